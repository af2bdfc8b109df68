"""--targets-file: how its lines are read, what is said of bad ones and bad files."""

import os
import re
import signal
import stat
import subprocess
import threading

import pytest

from clitool import LIMIT_S, REPO, asked, refused, run, settings, shell, start, wait_for
from stages import open_once_read

EXPECTED = "expected ADDR[:PORT], NETWORK or HOST[:PORT]"
FILE_MAX = 64 << 20
LIMIT = 65536
# Root reads everything but for these.
NO_ROOT = ["/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search",
           "--inh-caps=-dac_override,-dac_read_search"]


@pytest.fixture
def write(tmp_path):
    """Writes a file of targets, in the text or bytes given, and returns its path."""
    def write(text, name="targets"):
        path = os.path.join(os.fsencode(tmp_path), os.fsencode(name))
        with open(path, "wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)
        return os.fsdecode(path)
    return write


def cannot(path, *args, why, **options):
    """Asserts that the file is refused as one that can't be read."""
    refused("discover", "--targets-file", path, *args, **options,
            names=["cannot read targets from", os.fsdecode(path), why])


def nothing(*args, **options):
    """Asserts exit 3 and one line, since no line of the files holds a target."""
    result = run("discover", *args, **options)
    assert (result.code, result.out) == (3, ""), result.err
    assert result.err.startswith("udpdisc: no target to ask") and result.err.count("\n") == 1


# --- what is read ------------------------------------------------------------

@pytest.mark.parametrize("text, targets", [
    ("127.0.0.1\n127.0.0.2:80\n", "1:9999 2:80"),
    ("127.0.0.1\n127.0.0.2", "1:9999 2:9999"),  # no final newline
    ("127.0.0.1", "1:9999"),
    ("127.0.0.1\r\n127.0.0.2:80\r\n", "1:9999 2:80"),
    ("127.0.0.1\r\n127.0.0.2\r", "1:9999 2:9999"),
    ("\ufeff127.0.0.1\r\n127.0.0.2\r\n", "1:9999 2:9999"),
    ("\n\n  \n\t\r\n127.0.0.1\n\n", "1:9999"),
    ("  127.0.0.1  \n\t127.0.0.2\t\n", "1:9999 2:9999"),
    ("# all\n127.0.0.1\n  # more\n#127.0.0.2\n", "1:9999"),
    ("127.0.0.1 # one\n127.0.0.2# two\n127.0.0.3#\n", "1:9999 2:9999 3:9999"),
    ("127.0.0.1 # one # 127.0.0.2 \x1b \xff\n", "1:9999"),
    ("127.0.0.1 # 0.0.0.0\r\n", "1:9999"),
    ("127.0.0.8/30\n", "9:9999 10:9999"),
    ("127.0.0.8/255.255.255.252 # two\n", "9:9999 10:9999"),
    ("127.0.0.4/31\n127.0.0.9/32", "4:9999 5:9999 9:9999"),
    ("127.0.0.8/30\n127.0.0.1:5\n", "1:5 9:9999 10:9999"),
    ("127.0.0.1\n127.0.0.1\n127.0.0.1:9999\n", "1:9999")])
def test_good(write, text, targets):
    where = [f"127.0.0.{target}" for target in targets.split()]
    path = write(text)
    assert asked("--targets-file", path) == where
    assert asked(f"--targets-file={path}") == where
    assert asked("--targets-file=-", stdin=text.encode()) == where
    assert asked("--targets-file", "/dev/stdin", stdin=text.encode()) == where


def test_files_and_options_add_up(write):
    one, two = write("127.0.0.1\n127.0.0.8/30", "one"), write("127.0.0.2:5", "two")
    found = asked("--targets-file", one, "-T127.0.0.3", "--targets-file", two, "-T127.0.0.9",
                  "--targets-file", "-", "--targets-file", one, stdin=b"127.0.0.4\n")
    assert sorted(found) == sorted(f"127.0.0.{target}" for target in (
        "1:9999", "2:5", "3:9999", "4:9999", "9:9999", "10:9999"))


def test_the_options_of_the_protocol_hold(write):
    path = write("127.0.0.1\n127.0.0.8/32\n127.0.0.2:5\n")
    for args, port in ((["-p80"], 80), (["-sSQL"], 4745)):
        assert asked("--targets-file", path, *args) == [
            f"127.0.0.1:{port}", "127.0.0.2:5", f"127.0.0.8:{port}"]


@pytest.mark.parametrize("command", ["discover", "discover-one"])
def test_it_finds_a_server(command, server, write):
    path = write(f"# the server\n127.0.0.1:{server.port}\n")
    more = ["-c1"] if command == "discover" else []
    for source in (path, "-"):
        result = run(command, "--targets-file", source, *more, stdin=open(path, "rb").read())
        assert (result.code, result.rows[0][0]) == (0, "127.0.0.1")


def test_no_broadcast_is_sent_beside(write):
    """Where there is nothing to broadcast on, that would be exit 3."""
    path = write("127.0.0.1")
    assert asked("--targets-file", path) == ["127.0.0.1:9999"]
    refused("discover", "--limited", "--targets-file", path, names=["--limited", "--broadcast"])
    assert asked("--limited", "--broadcast", "--targets-file", path) == ["127.0.0.1:9999"]


def test_verbose_tells_which(write):
    path = write("127.0.0.1")
    told = settings(run("discover", "-vr0", "-t0.05", "--targets-file", path, "--targets-file=-"))
    assert told["targets-file"] == f"{path},- (option)"
    assert told["target"] == "- (default)"


def test_a_file_named_as_the_words_for_stdin(write, tmp_path):
    write("127.0.0.1\n", "-")
    assert asked("--targets-file=./-", stdin=b"127.0.0.2", cwd=tmp_path) == ["127.0.0.1:9999"]
    assert asked("--targets-file=-", stdin=b"127.0.0.2", cwd=tmp_path) == ["127.0.0.2:9999"]


# --- bad lines -----------------------------------------------------------------

@pytest.mark.parametrize("text, line, shown", [
    ("10.0.0.256\n", 1, "10.0.0.256"),
    ("127.0.0.1\n1.2.3\n127.0.0.2\n", 2, "1.2.3"),
    ("# all\n\n\r\n127.0.0.1\r\n10.0.0.0/33 # net\r\n", 5, "10.0.0.0/33"),
    ("127.0.0.1\n\n  x y  #z", 3, "x y"),
    ("127.0.0.1 127.0.0.2\n", 1, "127.0.0.1 127.0.0.2"),
    ("127.0.0.1,127.0.0.2\n", 1, "127.0.0.1,127.0.0.2"),
    ("127.0.0.1;\n", 1, "127.0.0.1;"),
    ("0.0.0.0\n", 1, "0.0.0.0"), ("0.0.0.0/0\n", 1, "0.0.0.0/0"), ("239.1.2.3", 1, "239.1.2.3"),
    ("224.0.0.0/24", 1, "224.0.0.0/24"), ("127.0.0.1:\n", 1, "127.0.0.1:"),
    ("127.0.0.1:0\n", 1, "127.0.0.1:0"), ("127.0.0.1:65536\n", 1, "127.0.0.1:65536"),
    ("host.1\n", 1, "host.1"), ("a..b\n", 1, "a..b"), ("-T 127.0.0.1\n", 1, "-T 127.0.0.1"),
    ('"127.0.0.1"\n', 1, '"127.0.0.1"'), ("127.0.0.1\r127.0.0.2\r", 1, "127.0.0.1\\x0d127.0.0.2"),
    ("\x1b[2J\x07\n", 1, "\\x1b[2J\\x07"), ("a\tb", 1, "a\\x09b"), ("x\x7fy", 1, "x\\x7fy"),
    ("\u009b31m", 1, "\\xc2\\x9b31m"), ("\u202e1.1.1.1", 1, "\\xe2\\x80\\xae1.1.1.1"),
    ("b\u00fccher.de\n", 1, "b\u00fccher.de"), (b"\xff\xfe\xc3", 1, "\\xff\\xfe\\xc3"),
    (b"127.0.0.1\n127.0.0.2\0\n", 2, "127.0.0.2\\x00"), (b"\0\n", 1, "\\x00"),
    # UTF-16, and a second mark of what Windows puts in front of UTF-8
    ("\ufeff127.0.0.1\n".encode("utf-16-le"), 1, "\\xff\\xfe1\\x002\\x007"),
    ("\ufeff\ufeff127.0.0.1\n", 1, "\\xef\\xbb\\xbf127.0.0.1")])
def test_bad_line(write, text, line, shown):
    path = write(text)
    for args in ((), ("-q",), ("-j",)):
        err = refused("discover", *args, "--targets-file", path, names=[EXPECTED]).err
        assert err.startswith(f"udpdisc: {path}:{line}: bad target '{shown}")
    text = text.encode() if isinstance(text, str) else text
    err = refused("discover-one", "--targets-file=-", stdin=text, names=[EXPECTED]).err
    assert err.startswith(f"udpdisc: standard input:{line}: bad target '{shown}")


def test_ipv6_in_a_line_is_told_of(write):
    refused("discover", "--targets-file", write("127.0.0.1\n::1\n"),
            names=[":2: bad target '::1'", "IPv6 is not supported"])


def test_a_long_line_is_cut(write):
    err = refused("discover", "--targets-file", write(b"x/" * 1000000)).err
    assert len(err) < 600 and "..." in err


def test_the_first_bad_line_is_told_and_no_other(write):
    path = write("".join(f"127.0.0.{n}\n" for n in range(250, 260)) + "x y\n")
    later = write("a b", "later")
    err = refused("discover", "--targets-file", later, "--targets-file", path).err
    assert "later:1: bad target 'a b'" in err
    err = refused("discover", "--targets-file", path, "--targets-file", later).err
    assert f"{path}:7: bad target '127.0.0.256'" in err


def test_nobody_is_asked_where_a_line_is_bad(server, write):
    path = write(f"127.0.0.1:{server.port}\n127.0.0.0/33\n")
    err = run("discover", "-vv", "--targets-file", path).err
    assert "sent" not in err and f"{path}:2: bad target" in err


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2Jb", "a\u009bb", b"a\xffb"])
def test_the_name_of_the_file_is_escaped(write, name, tmp_path):
    """And in one line, which refused() looks at; however the file is bad."""
    path = write("x y\n", name)
    err = refused("discover", "--targets-file", path, names=["\\x", ":1: bad target 'x y'"]).err
    assert err.startswith(f"udpdisc: {tmp_path}/a\\x")
    os.unlink(path)
    refused("discover", "--targets-file", path, names=["\\x", "No such file"])


# --- files that hold none --------------------------------------------------------

@pytest.mark.parametrize("text", ["", "\n", "# only\n", " \t\r\n#\n\n", "#", "\r\n\r\n"])
def test_no_target(write, text):
    path = write(text)
    for args in ((), ("-q",), ("-j",)):
        nothing("--targets-file", path, *args)
    nothing("--targets-file", "-", stdin=text.encode())
    nothing("--targets-file", path, "--targets-file", path, "--targets-file", "-")
    assert asked("--targets-file", path, "-T127.0.0.1") == ["127.0.0.1:9999"]


def test_dev_null():
    nothing("--targets-file", "/dev/null")
    nothing("--targets-file", "-", stdin=None)


# --- files that can't be read ------------------------------------------------------

@pytest.mark.parametrize("args", [(), ("-q",), ("-j",), ("-T127.0.0.1",), ("--broadcast",)])
def test_missing(tmp_path, args):
    cannot(tmp_path / "missing", *args, why="No such file or directory")
    cannot(tmp_path / "no" / "folder", *args, why="No such file or directory")


def test_no_name():
    refused("discover", "--targets-file=", names=["--targets-file ''"])
    refused("discover", "--targets-file", "x" * 5000, names=["--targets-file", "4095"])
    refused("discover", "--targets-file", names=["--targets-file"])


def test_a_folder(tmp_path):
    cannot(tmp_path, why="Is a directory")
    cannot(f"{REPO}/README.md/x", why="Not a directory")


def test_a_folder_as_stdin(tmp_path):
    refused("discover", "--targets-file=-", wrapper=shell(f'exec "$@" <{tmp_path}'),
            names=["cannot read targets from", "standard input", "Is a directory"])


def test_forbidden(write):
    path = write("127.0.0.1")
    os.chmod(path, 0)
    if run("discover", "--targets-file", path, "-t0.05", wrapper=NO_ROOT).code == 1:
        pytest.skip("a file of mode 000 can be read here, whatever is done")
    cannot(path, why="Permission denied", wrapper=NO_ROOT)
    cannot(path, "-q", why="Permission denied", wrapper=NO_ROOT)


def test_a_closed_stdin():
    for redirection in ("<&-", "<&- >&-"):
        refused("discover", "--targets-file=-", wrapper=shell(f'exec "$@" {redirection}'),
                names=["cannot read targets from", "standard input"])


def test_a_link_that_leads_nowhere(tmp_path):
    (tmp_path / "link").symlink_to("missing")
    (tmp_path / "loop").symlink_to("loop")
    cannot(tmp_path / "link", why="No such file")
    cannot(tmp_path / "loop", why="ymbolic link")


@pytest.mark.parametrize("args", [(), ("-q",)])
def test_too_large(tmp_path, args):
    path = tmp_path / "large"
    path.touch()
    os.truncate(path, FILE_MAX + 1)
    cannot(path, *args, why="too large")
    refused("discover", "--targets-file=-", *args, wrapper=shell(f'exec "$@" <{path}'),
            names=["standard input", "too large"])


def test_a_stream_without_end():
    refused("discover", "--targets-file=/dev/zero", names=["/dev/zero", "too large"])


# --- FIFOs -------------------------------------------------------------------------

@pytest.fixture
def fifo(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


def test_a_fifo(fifo):
    def feed():
        with open(fifo, "wb", 0) as writer:
            for part in (b"127.0.0.1\n127.", b"0.0.2 # x\n", b"127.0.0.3"):
                writer.write(part)
    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    assert asked("--targets-file", fifo) == [f"127.0.0.{n}:9999" for n in (1, 2, 3)]
    feeder.join(LIMIT_S)
    assert not feeder.is_alive() and stat.S_ISFIFO(os.stat(fifo).st_mode)


def test_the_output_of_a_program():
    script = shell('printf "127.0.0.1\\n127.0.0.2:80\\n" | "$@"')
    assert asked("--targets-file", "-", wrapper=script) == ["127.0.0.1:9999", "127.0.0.2:80"]


def test_a_fifo_that_was_closed_without_a_word(fifo):
    feeder = threading.Thread(target=lambda: open(fifo, "wb").close(), daemon=True)
    feeder.start()
    nothing("--targets-file", fifo)
    feeder.join(LIMIT_S)


def test_a_run_that_waits_for_its_targets_can_be_ended(fifo):
    process = start("discover", "--targets-file", fifo, stdout=subprocess.DEVNULL)
    try:
        writer = wait_for(lambda: open_once_read(fifo), "it to read")
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) in (-signal.SIGTERM, 128 + signal.SIGTERM)
        os.close(writer)
    finally:
        process.kill()
        process.wait()


# --- how many ------------------------------------------------------------------------

def lines(count):
    return "".join(f"127.{1 + (n >> 16)}.{n >> 8 & 255}.{n & 255}\n" for n in range(count))


def test_as_many_as_may_be(write):
    """Each is asked at least once, whatever the timeout."""
    result = run("discover", "-r0", "-t0.05", "--targets-file", write(lines(LIMIT)))
    assert (result.code, result.out) == (1, "")
    assert f"and to {LIMIT - 8} more targets\n" in result.err


def test_too_many(write):
    path = write(lines(LIMIT + 1))
    for args in ((), ("-q",), ("-j",)):
        refused("discover", *args, "--targets-file", path, names=[f"{LIMIT + 1}", "--force"])
    path = write(lines(70000))
    refused("discover", "--targets-file", path, names=["70000", "65536", "--force"])
    refused("discover-one", "--targets-file=-", stdin=lines(70000).encode(), names=["70000"])


def test_too_many_together_with_others(write):
    path = write(lines(LIMIT))
    refused("discover", "--targets-file", path, "-T127.9.9.9", names=[f"{LIMIT + 1}", "--force"])
    refused("discover", "--targets-file", path, "--targets-file", write("127.9.0.0/30", "more"),
            names=[f"{LIMIT + 2}", "--force"])
    path = write("127.1.0.0/16\n127.1.0.0/16 # again\n127.1.3.0/24\n127.2.0.0/16\n")
    refused("discover", "--targets-file", path, names=["131068", "--force"])


def test_force_asks_them_all_the_same(write):
    result = run("discover", "-r0", "-t0.05", "--force", "--targets-file", write(lines(70000)))
    assert (result.code, result.out) == (1, "")
    assert re.search(r"and to 69992 more targets\n", result.err)


def test_each_is_counted_once(server, write):
    path = write("127.1.0.0/16\n127.1.0.0/16\n127.1.0.0\n127.1.255.255\n127.1.4.0/22\n" * 2)
    result = run("discover", "-c1", "-p", server.port, "--targets-file", path)
    assert (result.code, result.err) == (0, "")
