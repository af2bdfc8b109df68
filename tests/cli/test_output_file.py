"""--output-file: what is written, and to what kinds of files."""

import json
import os
import select
import signal
import stat
import threading

import pytest

import stages
from clitool import ANSWER, LIMIT_S, pending, responder, run, run_on_terminal, shell, wait_for
from old_file import NOBODY, NO_ROOT, OLD, assert_new, find, old_file


@pytest.fixture
def path(tmp_path):
    with old_file(tmp_path) as file:
        yield file


# --- what is written -----------------------------------------------------------

@pytest.mark.parametrize("args, begin, end", [
    ("discover -c1", "127.0.0.1\t8000\tlo\t127.0.0.1\t", "\n"),
    ("discover -c1 -q", "127.0.0.1\t8000\tlo\t127.0.0.1\t", "\n"),
    ("discover -jc1", '[{"ip":"127.0.0.1"', "}]\n"),
    ("discover -c1 -o ndjson", '{"ip":"127.0.0.1"', "}\n"),
    ("discover-one", "127.0.0.1\t8000\tlo\t127.0.0.1\t", "\n"),
    ("discover-one -qj", '{"ip":"127.0.0.1"', "}\n"),
    ("discover-one -o ndjson", '{"ip":"127.0.0.1"', "}\n")])
@pytest.mark.parametrize("exists", [True, False])
def test_each_format(server, path, args, begin, end, exists):
    """As on standard output, where nothing is."""
    if not exists:
        path.unlink()
    command = [*args.split(), "-T", f"127.0.0.1:{server.port}"]
    result = run(*command, "--output-file", path)
    text = path.read_text("utf-8")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert text.startswith(begin) and text.endswith(end) and text.count("\n") == 1
    assert args.endswith("-q") or len(text.split(",")) == len(run(*command).out.split(","))


@pytest.mark.parametrize("args, text", [
    ("discover -j", "[]\n"), ("discover", ""), ("discover -o ndjson", ""),
    ("discover-one -j", "null\n"), ("discover-one -q", "")])
def test_no_server_is_a_result(path, args, text):
    result = run(*args.split(), *NOBODY, f"--output-file={path}")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("udpdisc: no server answered")
    assert path.read_text("utf-8") == text


def test_fewer_than_expected_are_a_result(server, path):
    result = run("discover", "-jx2", "-t0.1", f"-T127.0.0.1:{server.port}", "--output-file", path)
    assert result.code == 1 and "only 1 of 2" in result.err
    assert len(json.loads(path.read_text("utf-8"))) == 1


def test_many_servers(path):
    replies = [b"SERVER_IP:10.1.%d.%d" % divmod(n, 256) for n in range(400)]
    for args in (["-j"], ["-ondjson"], []):
        with responder(*replies) as peer:
            result = run("discover", "-T", peer.target, "-c400", *args, "--output-file", path)
            assert (result.code, result.out) == (0, "")
        assert path.read_text("utf-8").count("10.1.1.143") in (1, 3)
    assert [row.split("\t")[0] for row in path.read_text("utf-8").splitlines()] == [
        f"10.1.{n // 256}.{n % 256}" for n in range(400)]


def test_a_terminal_gets_nothing(server, path):
    result = run_on_terminal("discover-one", "-T", f"127.0.0.1:{server.port}",
                             "--output-file", path)
    assert (result.code, result.out) == (0, "")
    assert path.read_text("utf-8").startswith("127.0.0.1\t8000\t")


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full", "<&-", "2>&-", "<&- >&- 2>&-"])
def test_it_needs_no_stdout(server, path, redirection):
    find(server, path, wrapper=shell(f'exec "$@" {redirection}'))
    assert_new(path)


def test_minus_is_stdout(server, path):
    for args in (["-j", "--output-file", "-"], ["--output-file=-", "-j"],
                 ["--output-file", path, "-j", "--output-file", "-"]):
        result = run("discover-one", "-T", f"127.0.0.1:{server.port}", *args, cwd=path.parent)
        assert (result.code, result.json["ip"]) == (0, "127.0.0.1")
    assert os.listdir(path.parent) == ["file"] and path.read_text("ascii") == OLD
    find(server, "./-", cwd=path.parent)
    assert_new(path.parent / "-")


def test_a_name_in_the_working_folder(server, path):
    for name in ("file", "./file", "../folder/file", "other"):
        find(server, name, cwd=path.parent)
        assert_new(path.parent / name)


@pytest.mark.parametrize("name", ["a b", "a\nb", "ü" * 127, "x" * 255, ".x", "-x"])
def test_odd_names(server, path, name):
    find(server, path.parent / name)
    assert_new(path.parent / name)
    os.unlink(path.parent / name)


# --- the file itself -------------------------------------------------------------

@pytest.mark.parametrize("umask", ["022", "077", "000", "027", "002"])
@pytest.mark.parametrize("exists", [True, False])
def test_the_mode_is_that_of_a_new_file(server, path, umask, exists):
    if exists:
        path.chmod(0o640)
    else:
        path.unlink()
    find(server, path, wrapper=shell(f'umask {umask}; exec "$@"'))
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~int(umask, 8)


def test_whoever_has_the_old_one_open_reads_on(server, path):
    os.link(path, path.parent / "hard")
    with open(path, encoding="ascii") as reader:
        find(server, path)
        assert reader.read() == OLD
    assert (path.parent / "hard").read_text("ascii") == OLD
    assert_new(path)


def test_a_read_only_file_is_replaced(server, path):
    path.chmod(0o444)
    find(server, path, wrapper=NO_ROOT)
    assert_new(path)


def test_a_folder_that_can_not_be_listed(server, path):
    path.parent.chmod(0o300)
    find(server, path, wrapper=NO_ROOT)
    path.parent.chmod(0o700)
    assert_new(path)


def test_it_is_whole_at_each_moment(server, path):
    """For who reads it again and again while it is replaced."""
    seen, stop = set(), threading.Event()

    def read():
        while not stop.is_set():
            text = path.read_text("utf-8")
            seen.add(text == OLD or json.loads(text)["port"])

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(20):
        find(server, path)
    stop.set()
    reader.join(LIMIT_S)
    assert seen == {True, 8000}


# --- links -------------------------------------------------------------------------

@pytest.mark.parametrize("exists", [True, False])
def test_a_link_is_followed(server, path, tmp_path, exists):
    """However it says where; the link stays what it is."""
    links = tmp_path / "links"
    links.mkdir()
    (tmp_path / "short").symlink_to("links")
    for name, to in (("absolute", path), ("relative", "../folder/file"), ("chain", "relative"),
                     ("longer", links / "chain"), ("far", "../short/chain"),
                     ("dots", "./.././links/longer")):
        (links / name).symlink_to(to)
        if exists:
            path.write_text(OLD, "ascii")
        else:
            path.unlink()
        find(server, links / name)
        assert_new(path)
        assert os.readlink(links / name) == str(to)
        assert not path.is_symlink()
    assert os.listdir(path.parent) == ["file"] and len(os.listdir(links)) == 6


def test_a_link_in_the_working_folder(server, path):
    (path.parent / "link").symlink_to("file")
    find(server, "link", cwd=path.parent)
    assert_new(path)
    assert os.readlink(path.parent / "link") == "file"


def test_a_folder_behind_a_link(server, path, tmp_path):
    (tmp_path / "link").symlink_to("folder")
    find(server, tmp_path / "link" / "file")
    assert_new(path)


def test_a_link_where_nothing_can_be_written(server, path, tmp_path):
    """The folder that counts is that of the file."""
    links = tmp_path / "links"
    links.mkdir()
    (links / "link").symlink_to("../folder/file")
    links.chmod(0o555)
    find(server, links / "link", wrapper=NO_ROOT)
    assert_new(path)


# --- what is no file -----------------------------------------------------------------

def test_devices(server, path):
    """They stand in a folder of ours, and would be busy if it took them for files."""
    null, full = path.parent / "null", path.parent / "full"
    for device in (null, full):
        device.touch()
    args = ["/usr/bin/unshare", "-m", *shell(
        f'mount --bind /dev/null {null} && mount --bind /dev/full {full} && "$@"; '
        f'echo $?; test -c {null} && test -c {full} && ls -A {path.parent}')]
    for device, code, err in ((null, 0, ""), (full, 3, f"udpdisc: cannot write '{full}': No space "
                                                       "left on device\n")):
        result = run("discover-one", "-T", f"127.0.0.1:{server.port}", "--output-file", device,
                     wrapper=args)
        assert (result.out.split(), result.err) == ([str(code), "file", "full", "null"], err)


def test_stdout_by_another_name(server, path):
    """A link to /proc, like /dev/stdout: to a pipe, and to a file."""
    link = path.parent / "stdout"
    link.symlink_to("/proc/self/fd/1")
    result = run("discover-one", "-jT", f"127.0.0.1:{server.port}", "--output-file", link)
    assert (result.code, result.json["ip"], result.err) == (0, "127.0.0.1", "")
    with open(path, "ab") as file:
        find(server, link, stdout=file)
    text = path.read_text("utf-8")
    assert text.startswith(OLD) and json.loads(text[len(OLD):])["ip"] == "127.0.0.1"
    assert os.readlink(link) == "/proc/self/fd/1"


def read_fifo(fifo, into):
    with open(fifo, "rb") as reader:
        into.append(reader.read())


@pytest.mark.parametrize("name", ["fifo", "link"])
def test_a_fifo(server, path, name):
    fifo, got = path.parent / "fifo", []
    os.mkfifo(fifo)
    (path.parent / "link").symlink_to(fifo)
    reader = threading.Thread(target=read_fifo, args=(fifo, got), daemon=True)
    reader.start()
    find(server, path.parent / name)
    reader.join(LIMIT_S)
    assert json.loads(got[0])["ip"] == "127.0.0.1"
    assert stat.S_ISFIFO(fifo.stat().st_mode)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_fifo_that_nobody_reads(path, signum):
    fifo = path.parent / "fifo"
    os.mkfifo(fifo)
    with responder(ANSWER) as peer, \
         stages.started("discover-one", "-T", peer.target, "--output-file", fifo) as process:
        assert peer.answered.wait(LIMIT_S)
        wait_for(lambda: pending(peer.probes[0][1]) is None, "it to close its socket")
        assert stages.end(process, signum)[:2] == (128 + signum, "")


def test_a_fifo_whose_reader_goes_away(path):
    """Its end is no news: it was there when the file was opened."""
    fifo = path.parent / "fifo"
    os.mkfifo(fifo)
    replies = [b"SERVER_IP:10.1.%d.%d" % divmod(n, 256) for n in range(400)]
    with responder(*replies) as peer:
        with stages.started("discover", "-jc400", "-T", peer.target, "--output-file",
                            fifo) as process:
            reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
            assert select.select([reader], [], [], LIMIT_S)[0]
            os.close(reader)
            assert process.wait(LIMIT_S) == 3
