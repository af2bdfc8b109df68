"""--output-file: a file is what it was or what it became, whatever happens meanwhile."""

import json
import os
import re
import signal

import pytest

import stages
from clitool import ANSWER, LIMIT_S, heard, refused, responder, run, shell, udp_socket
from old_file import NOBODY, NO_ROOT, OLD, assert_new, old_file

LOOP = "(Symbolic link loop|Too many levels of symbolic links)"
WRITES = ("open", "openat", "write", "fsync", "close", "rename", "renameat", "renameat2")


@pytest.fixture
def path(tmp_path):
    with old_file(tmp_path) as file:
        yield file


def cannot(path, why, *args, **options):
    """It is said before anybody is asked, and that is all."""
    with responder(ANSWER) as peer:
        result = run("discover-one", "-T", peer.target, "--output-file", path, *args, **options)
        assert (result.code, result.out) == (3, "")
        assert re.fullmatch(f"udpdisc: cannot write '{re.escape(str(path))}': {why}\n", result.err)
        assert not peer.probes


# --- what can not be written ---------------------------------------------------------

@pytest.mark.parametrize("args", [[], ["-q"], ["-j"]])
def test_no_such_folder(tmp_path, args):
    cannot(tmp_path / "no" / "file", "No such file or directory", *args)


def test_a_folder_in_place_of_the_file(path, tmp_path):
    (tmp_path / "link").symlink_to("folder")
    cannot(path.parent, "Is a directory")
    cannot(tmp_path / "link", "Is a directory")
    cannot(f"{path.parent}/", "Is a directory")
    cannot("/", "Is a directory")
    cannot(".", "Is a directory")


def test_a_name_that_is_none(path):
    cannot(f"{path}/", "Not a directory")
    cannot(f"{path}/x", "Not a directory")
    cannot(f"{path.parent}/{'x' * 256}", "File ?name too long")
    cannot(f"{path.parent}/{'x/' * 1900}x", "No such file or directory")
    cannot(f"{path.parent}/new/", "Is a directory")
    assert os.listdir(path.parent) == ["file"]


def test_no_name():
    refused("discover", "--output-file=", names=["--output-file"])
    refused("discover", "--output-file", "", names=["--output-file"])
    refused("discover-one", "--output-file", "x" * 5000, names=["--output-file", "4095"])
    refused("discover", "--output-file", names=["--output-file"])
    refused("serve", "--output-file=x", names=["--output-file"])


def test_links_that_lead_nowhere(path, tmp_path):
    loop, dangling, long = tmp_path / "loop", tmp_path / "dangling", tmp_path / "0"
    loop.symlink_to("loop")
    dangling.symlink_to("no/folder/file")
    for n in range(60):
        (tmp_path / str(n)).symlink_to(str(n + 1))
    (tmp_path / "60").symlink_to(path)
    cannot(loop, LOOP)
    cannot(long, LOOP)
    cannot(dangling, "No such file or directory")
    assert path.read_text("ascii") == OLD


def test_a_link_whose_name_is_too_long_with_its_folder(tmp_path):
    folder = tmp_path
    while len(str(folder)) < 3700:
        folder /= "x" * 200
    folder.mkdir(parents=True)
    (folder / "link").symlink_to("y" * 250 + "/" + "z" * 250)
    cannot(folder / "link", "(File ?)?[Nn]ame too long")


def test_links_that_go_on_for_ever(path, tmp_path, tracer):
    """Another program changes each as it is read."""
    (tmp_path / "link").symlink_to("nowhere")
    cannot(tmp_path / "link", LOOP, wrapper=tracer.wrapper(
        "-e", f"inject=readlink,readlinkat:retval=4:poke_exit=@arg2={b'link'.hex()}"))


def test_a_file_of_the_root_folder():
    """Nothing is written there where nobody is asked."""
    name = "/udpdisc-of-a-test"
    result = run("discover", "-i", "nosuch0", "--output-file", name)
    assert (result.code, result.out) == (3, "") and not os.path.exists(name)
    assert "cannot write" not in result.err or os.getuid() != 0 or not os.access("/", os.W_OK)


@pytest.mark.parametrize("mode", [0o555, 0o666, 0o000])
def test_a_folder_that_can_not_be_written(path, mode):
    path.parent.chmod(mode)
    try:
        cannot(path, "Permission denied", wrapper=NO_ROOT)
        cannot(path.parent / "new", "Permission denied", wrapper=NO_ROOT)
    finally:
        path.parent.chmod(0o700)
    assert path.read_text("ascii") == OLD


def test_a_file_system_that_is_read_only(path):
    wrapper = ["/usr/bin/unshare", "-m", *shell(
        f'mount --bind {path.parent} {path.parent} && mount -o remount,bind,ro {path.parent} && '
        'exec "$@"')]
    cannot(path, "Read-only file system", wrapper=wrapper)


def test_the_name_is_escaped(tmp_path):
    result = run("discover", "--output-file", f"{tmp_path}/no\x1b[m\n/x", *NOBODY)
    assert result.code == 3 and "no\\x1b[m\\x0a/x': No such file" in result.err


def test_a_folder_that_goes_away(path):
    """The run was good and is lost: that is said."""
    with udp_socket() as peer, \
         stages.started("discover-one", "--output-file", path, "-T",
                        "127.0.0.1:{1}".format(*peer.getsockname())) as process:
        _, asker = peer.recvfrom(64)
        path.unlink()
        path.parent.rmdir()
        peer.sendto(ANSWER, asker)
        out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out) == (3, b"")
    assert heard(err) == f"udpdisc: cannot write '{path}': No such file or directory\n"


@pytest.mark.parametrize("quiet", [[], ["-q"]])
def test_a_full_disk(path, quiet):
    """One page and not a byte more: the old file is in it."""
    replies = [b"SERVER_IP:10.1.%d.%d" % divmod(n, 256) for n in range(400)]
    script = (f"mount -t tmpfs -o size=8k tmpfs {path.parent} && echo old >{path} && "
              f'{{ "$@"; echo $?; cat {path}; ls -A {path.parent}; }}')
    with responder(*replies) as peer:
        result = run("discover", "-jc400", "-T", peer.target, "--output-file", path, *quiet,
                     wrapper=["/usr/bin/unshare", "-m", *shell(script)])
    assert result.out == "3\nold\nfile\n"
    assert result.err == f"udpdisc: cannot write '{path}': No space left on device\n"


def test_a_file_may_not_be_so_large(server, path):
    """A limit of none, whose signal would end it."""
    result = run("discover-one", "-jT", f"127.0.0.1:{server.port}", "--output-file", path,
                 wrapper=shell('ulimit -f 0; exec "$@"'))
    assert (result.code, result.out) == (3, "")
    assert result.err == f"udpdisc: cannot write '{path}': File too large\n"
    assert path.read_text("ascii") == OLD


@pytest.mark.parametrize("args, code", [
    (["--bogus"], 2), (["-T0.0.0.0"], 2), (["--targets-file=/missing"], 2),
    (["--targets-file=/dev/null"], 3), ([], 3), (["-T192.0.2.1", "-t0.05"], 3)])
@pytest.mark.parametrize("more", [[], ["-j"], ["-q"]])
def test_what_could_not_run_leaves_the_old_one(path, args, code, more):
    result = run("discover", "--output-file", path, *args, *more)
    assert (result.code, result.out) == (code, "")
    assert path.read_text("ascii") == OLD


# --- signals -----------------------------------------------------------------------

@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("fmt", ["text", "json", "ndjson"])
@pytest.mark.parametrize("stage", [*stages.BEFORE, stages.asking, stages.answered])
def test_a_signal_leaves_the_old_one(tmp_path, path, stage, fmt, signum):
    with stage(tmp_path, "discover", "-o", fmt, "--output-file", path) as process:
        code, out, err = stages.end(process, signum)
    assert (code, out) == (128 + signum, "")
    if stage not in stages.BEFORE:
        assert err == f"udpdisc: ended by {signum.name}; '{path}' is as it was\n"
    assert path.read_text("ascii") == OLD


def arguments(server, path, command="discover-one", fmt="json"):
    return [command, "-o", fmt, "-T", f"127.0.0.1:{server.port}", "--output-file", path]


def test_a_signal_at_each_call(server, path, tracer):
    """The file is the old one, and the signal is what it ended by; or it was done before."""
    args, codes = arguments(server, path), set()
    for call, result in tracer.at_each_call("signal=TERM", *args,
                                            before=lambda: path.write_text(OLD, "ascii")):
        codes.add(result.code)
        assert result.out == ""
        assert os.listdir(path.parent) == ["file"], call
        if result.code == 0:
            assert_new(path)
        else:
            assert result.code in (143, -signal.SIGTERM), call
            assert path.read_text("ascii") == OLD, call
    assert codes >= {0, 143}


def is_new(text, fmt):
    if fmt == "nagios":
        return text.startswith("UDPDISC OK - 1 server: 127.0.0.1:8000 | ") and text[-1] == "\n"
    return json.loads(text)["ip"] == "127.0.0.1"


@pytest.mark.parametrize("fmt", ["json", "nagios"])
def test_sigkill_at_each_call(server, path, tracer, fmt):
    """The old file or the new one, whole, whatever it was about to do."""
    args, seen = arguments(server, path, fmt=fmt), []
    for call, result in tracer.at_each_call("signal=KILL", *args,
                                            before=lambda: path.write_text(OLD, "ascii")):
        assert result.code in (-signal.SIGKILL, 0), call  # not each run makes the same calls
        text = path.read_text("utf-8")
        assert text == OLD or is_new(text, fmt), call
        assert text != OLD or result.code != 0
        seen.append(text == OLD)
        for name in os.listdir(path.parent):
            assert name == "file" or name.startswith(".udpdisc."), call
            if name != "file":
                os.unlink(path.parent / name)
    assert set(seen) == {True, False}


@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EDQUOT"])
@pytest.mark.parametrize("exists", [True, False])
def test_an_error_of_each_call_that_writes(server, path, tracer, error, exists):
    """Exit 3 with the old file, or 0 with the new one where it does no harm; no litter."""
    args, failed = arguments(server, path), set()

    def restore():
        if exists:
            path.write_text(OLD, "ascii")
        elif path.exists():
            path.unlink()

    for call, result in tracer.at_each_call(f"error={error}", *args, only=WRITES, before=restore):
        if result.code == 0:
            assert_new(path)
            continue
        failed.add(call)
        assert (result.code, result.out) == (3, "")
        assert result.err.startswith(f"udpdisc: cannot write '{path}': "), (call, result.err)
        assert result.err.count("\n") == 1
        assert os.listdir(path.parent) == (["file"] if exists else [])
        assert not exists or path.read_text("ascii") == OLD
    assert {name for name, _ in failed} >= {"write", "fsync", "renameat"}


def test_interrupted_calls_are_no_errors(server, path, tracer):
    args = arguments(server, path)
    for call, result in tracer.at_each_call("error=EINTR", *args, only=("write", "ppoll"),
                                            before=lambda: path.write_text(OLD, "ascii")):
        assert (result.code, result.err) == (0, ""), call
        assert_new(path)


def test_it_is_on_disk_before_it_has_the_name(server, path, tracer):
    names = [name for name, _ in tracer.calls(*arguments(server, path)) if name in WRITES]
    tail = names[names.index("openat"):]
    assert tail[:6] == ["openat", "write", "fsync", "close", "renameat", "fsync"], tail
