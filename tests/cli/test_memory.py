"""Memory that ends, at each page in turn, by the limit of data (setrlimit(2))."""

import functools
import json
import pathlib
import re
import signal
import subprocess

import pytest

from clitool import FOREIGN, SANITIZED, next_port, responder, run, wait_for
from surroundings import interface
from test_tged_options import REPLY, SQL, ask, serve_services

pytestmark = pytest.mark.skipif(
    SANITIZED or FOREIGN, reason="what ASan or qemu keeps for itself counts too")

PAGE = 4096
PAGES_MAX = 1024
SAID = "[Oo]ut of memory"
MANY = 400
ADDRESSES = [f"127.{n // 250}.{n % 250}.1" for n in range(1000)]
SHORT = ["-r0", "-t0.5"]


def limited(pages):
    """A wrapper for start() and run(): no more memory than so many pages."""
    return ["/usr/bin/prlimit", f"--data={pages * PAGE}"]


@functools.cache
def least_pages():
    """With how many it starts; with fewer the kernel ends it before its first step."""
    return next(pages for pages in range(PAGES_MAX) if run("-V", wrapper=limited(pages)).code == 0)


def plain(result):
    """What does not change from run to run."""
    return result.code, *(re.sub(r"[\d.]+", "N", text) for text in (result.out, result.err))


def run_short(*args, **options):
    """Runs args with one page more each time, until it ends as with all memory; the Results
    of those that did not. Each could not run, and said why."""
    wanted, short = plain(run(*args, **options)), []
    for pages in range(least_pages(), PAGES_MAX):
        result = run(*args, wrapper=limited(pages), **options)
        if plain(result) == wanted:
            return short
        assert result.code == 3, (pages, vars(result))
        assert re.search(SAID, result.out + result.err), vars(result)
        short.append(result)
    raise AssertionError(f"{PAGES_MAX} pages are not enough: {vars(result)}")


@pytest.mark.parametrize("args", [
    ["ifaces"], ["ifaces", "-j"], ["help"], ["discover", "--help"],
    ["check-segmented", *[f"--address={n + 1}.0.0.1/16" for n in range(200)]],
    ["check-segmented", "-j", *[f"--address=10.{n % 250}.{n // 250}.1/16" for n in range(1000)]],
    ["serve", "--check"],
    ["serve", "--check", "-j", *[f"--allow={address}" for address in ADDRESSES]]])
def test_what_prints(args):
    for result in run_short(*args):
        assert result.out == ""


FORMATS = [[], ["-j"], ["-ondjson"], ["-onagios"]]


@pytest.mark.parametrize("args", FORMATS)
@pytest.mark.parametrize("command", [["discover", "--count=1"], ["discover-one"]])
@pytest.mark.parametrize("source", ["option", "file", "many options", "networks"])
def test_discover(server, tmp_path, command, args, source):
    """Wherever the targets come from."""
    many = [f"127.0.0.1:{server.port}", *ADDRESSES]
    path = tmp_path / "targets"
    path.write_text("".join(f"{target}\n" for target in many), "ascii")
    words = {"option": [f"--target={many[0]}"], "file": [f"--targets-file={path}"],
             "many options": [f"--target={target}" for target in many],
             "networks": [f"--target={many[0]}", *(f"--target={t}/30" for t in ADDRESSES)]}[source]
    assert run_short(*command, *args, "-r0", "-t2", *words)


def many_servers():
    """One that answers as many would."""
    return responder(*(b"SERVER_IP:10.%d.%d.1" % divmod(n, 250) for n in range(MANY)))


def growing_memory():
    pages = least_pages()
    while pages < PAGES_MAX:
        yield limited(pages)
        pages += 1 + pages // 10


def test_a_file_for_which_there_is_no_memory(tmp_path):
    """All are in it, or it is as it was."""
    path = tmp_path / "found"
    path.write_text("old", "ascii")
    with many_servers() as peer:
        for wrapper in growing_memory():
            result = run("discover", "-j", *SHORT, f"--count={MANY}", f"-T{peer.target}",
                         f"--output-file={path}", wrapper=wrapper)
            if result.code == 0:
                break
            assert result.code == 3 and re.search(SAID, result.err), vars(result)
            assert path.read_text("ascii") == "old"
    assert len(json.loads(path.read_text("ascii"))) == MANY


@pytest.mark.parametrize("more", [[], ["-vv"]])
def test_servers_for_which_there_is_no_memory(more):
    """Those that were found are shown, and how many more there were is told."""
    told = []
    with many_servers() as peer:
        for wrapper in growing_memory():
            result = run("discover", "-ondjson", *SHORT, f"--count={MANY}", f"-T{peer.target}",
                         *more, wrapper=wrapper)
            if len(result.rows) == MANY:
                break
            if result.code == 0:
                told += re.findall(r"^udpdisc: warning: (\d+) replies were not kept: .*"
                                   "memory ran out$", result.err, re.MULTILINE)
                assert len(result.rows) + int(told[-1]) == MANY
            else:
                assert result.code == 3 and re.search(SAID, result.err), vars(result)
    assert told


def test_nagios_takes_no_memory_for_no_trouble():
    """The status is that of the line."""
    ends = set()
    with many_servers() as peer:
        for pages in range(least_pages(), least_pages() + 8):
            result = run("discover", "-onagios", *SHORT, f"--count={MANY}", f"-T{peer.target}",
                         wrapper=limited(pages))
            ends.add((result.code, result.out.split(" - ")[0]))
    assert ends == {(0, "UDPDISC OK"), (3, "UDPDISC UNKNOWN")}


@pytest.mark.parametrize("args", [["ifaces"], ["discover", *SHORT], ["check-segmented"]])
def test_many_addresses(args):
    with interface("10.98.0.1/24"):
        subprocess.run(["ip", "-batch", "-"], check=True, text=True, input="".join([
            "link set wire1 up\n", *(f"addr add {11 + n // 250}.{n % 250}.0.1/16 dev wire0\n"
                                     for n in range(1500))]))
        assert run_short(*args)


@pytest.mark.parametrize("count", [1, 600])
def test_serve(tmp_path, count):
    """Whose folder of services is longer than its memory."""
    for n in range(count):
        (tmp_path / f"{n}{'x' * 200}.json").write_text("{}", "ascii")
    for n in range(5):
        (tmp_path / f"{n}.json").write_text(SQL, "ascii")
    assert run_short("serve", "-p", next_port(), "--tged-port", next_port(), "-S", tmp_path,
                     "--duration=0.01")


def status(server, name):
    """Of /proc/PID/status."""
    text = pathlib.Path(f"/proc/{server.process.pid}/status").read_text("ascii")
    return re.search(rf"^{name}:\s+(\w+)", text, re.MULTILINE)[1]


def limit(server, pages):
    """From now on."""
    subprocess.run(["prlimit", f"--pid={server.process.pid}", f"--data={pages * PAGE}:"],
                   check=True)


def reload(server):
    """Whoever asks afterwards is answered after the reload."""
    server.send(signal.SIGHUP)
    wait_for(lambda: int(status(server, "ShdPnd"), 16) == 0, "the signal to be read")


def test_a_reload_for_which_there_is_no_memory(tmp_path):
    """The services stay as they were; once there is memory they are loaded."""
    path = tmp_path / "services.json"
    path.write_text(SQL, "ascii")
    with serve_services(path) as (server, port):
        least = int(status(server, "VmData")) * 1024 // PAGE
        limit(server, least)
        path.write_text(json.dumps({"SQL": {"PORT": 1}, **{f"s{n}": {} for n in range(4000)}}),
                        "ascii")
        more = 1
        while (reply := ask(port)) == REPLY:
            reload(server)
            limit(server, least + more)
            more += 1 + more // 10
        assert b"PORT: 1\r" in reply and more > 20
        assert re.search("cannot read .*Out of memory; the last good services stay", server.log)
