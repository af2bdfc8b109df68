"""Outputs that are full, closed or never read, and descriptors missing at start."""

import contextlib
import fcntl
import itertools
import os
import pathlib
import signal
import stat
import subprocess

import pytest

from clitool import (ANSWER, COMMANDS, LIMIT_S, MESSAGE, heard, responder, run, serve, shell,
                     start, udp_socket, wait_for)
from stages import full_pipe

FORMATS = ("text", "json", "ndjson")
# commands with something to print; {port} is a server
PRINTING = [
    *(("discover", "-T", "127.0.0.1:{port}", "-c1", "-o", fmt) for fmt in FORMATS),
    *(("discover-one", "-T", "127.0.0.1:{port}", "-o", fmt) for fmt in FORMATS),
    ("discover", "-T", "127.0.0.1:1", "-t0.1", "-j"),
    ("ifaces",), ("ifaces", "-j"),
    ("check-segmented", "--address=10.0.0.1/16"),
    ("check-segmented", "--address=10.0.0.1/24", "-j"),
    ("serve", "--check"), ("serve", "--check", "-j"),
    ("help",), ("--version",), *((command, "--help") for command in COMMANDS),
]
REDIRECTIONS = [" ".join(chosen) for count in range(1, 4)
                for chosen in itertools.combinations(("<&-", ">&-", "2>&-"), count)]


def fill(args, server):
    return [word.format(port=server.port) for word in args]


@pytest.mark.parametrize("args", PRINTING)
@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_stdout_that_takes_nothing(server, args, redirection):
    result = run(*fill(args, server), wrapper=shell(f'exec "$@" {redirection}'))
    assert result.code == 3
    assert result.err not in ("", run(*fill(args, server)).err)


@pytest.mark.parametrize("args", PRINTING)
def test_closed_pipe_is_exit_3_without_a_word(server, args):
    for ignored in (False, True):
        reader, writer = os.pipe()
        os.close(reader)
        with start(*fill(args, server), stdout=writer, stderr=subprocess.PIPE,
                   restore_signals=not ignored) as process:
            os.close(writer)
            assert heard(process.stderr.read()) == ""
            assert process.wait(LIMIT_S) == 3


@pytest.mark.parametrize("fmt", ["json", "ndjson"])
def test_a_pipe_that_closes_half_way(fmt):
    """400 objects are more than a pipe holds, so that head is gone before the last."""
    replies = [b"SERVER_IP:10.1.%d.%d" % divmod(n, 256) for n in range(400)]
    script = 'exec 3>&1; { "$@"; echo $? >&3; } | head -c1 >/dev/null'
    with responder(*replies) as peer:
        result = run("discover", "-T", peer.target, "-t0.4", "-o", fmt, wrapper=shell(script))
    assert (result.out, result.err) == ("3\n", "")


def test_a_file_system_that_is_full_only_when_it_is_closed(tracer):
    """As those over a network."""
    result = run("help", wrapper=tracer.wrapper("-e", "inject=close:error=ENOSPC"))
    assert result.code == 3 and result.out.startswith("usage: ")
    assert result.err == "udpdisc: cannot write to standard output: No space left on device\n"


def test_no_descriptor_in_place_of_a_closed_one(tracer):
    """There is none left in the system; what needs none goes on."""
    result = run("help", wrapper=[*shell('exec "$@" <&-'), *tracer.wrapper(
        "-e", "inject=open,openat:error=ENFILE:when=1")])
    assert "INJECTED" in tracer.text
    assert (result.code, result.err) == (0, "") and result.out.startswith("usage: ")


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "<&-", "<&- 2>&-"])
@pytest.mark.parametrize("verbose", ["-j", "-jv", "-jvv"])
def test_a_lost_stderr_or_stdin_does_no_harm(redirection, verbose):
    with responder(b"junk", ANSWER) as peer:
        result = run("discover-one", "-T", peer.target, verbose,
                     wrapper=shell(f'exec "$@" {redirection}'))
        assert result.code == 0
        assert result.json["ip"] == "127.0.0.1"
        assert {data for data, _ in peer.probes} == {MESSAGE}


@pytest.mark.parametrize("redirection", REDIRECTIONS)
@pytest.mark.parametrize("verbose", ["-j", "-vv"])
def test_serve_started_without_descriptors(redirection, verbose):
    ready = None if "2>&-" in redirection else "listening on"
    with serve(verbose, ready=ready, wrapper=shell(f'exec "$@" {redirection}')) as server:
        assert server.answers(b"junk", MESSAGE, b"", MESSAGE) == [ANSWER, ANSWER]
        for number in range(3):
            path = pathlib.Path(f"/proc/{server.process.pid}/fd/{number}")
            assert not path.exists() or not stat.S_ISSOCK(path.stat().st_mode)
        assert server.stop() == 0


@pytest.mark.parametrize("redirection", REDIRECTIONS)
@pytest.mark.parametrize("args", [("discover-one", "-T", "127.0.0.1:{port}"), ("ifaces",),
                                  ("help", "serve")])
def test_others_started_without_descriptors(server, args, redirection):
    usual = run(*fill(args, server)).code
    result = run(*fill(args, server), wrapper=shell(f'exec "$@" {redirection}'))
    assert result.code == (3 if ">&-" in redirection.split() else usual)
    assert (result.out == "") == (result.code == 3)


@pytest.mark.parametrize("fmt", ["text", "json", "ndjson"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_nobody_reads_can_be_ended(fmt, number):
    """The first signal can come before there is output: then the next one ends it."""
    reader, writer = full_pipe()
    with responder(ANSWER) as peer:
        with start("discover-one", "-T", peer.target, "-o", fmt, stdout=writer) as process:
            wait_for(lambda: process.send_signal(number) or process.poll() is not None, "its end")
            assert process.returncode in (-number, 128 + number)
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("args", [["-vv"], ["-vvj"]])
def test_a_full_stderr_does_not_block_serve(args):
    reader, writer = full_pipe()
    with serve(*args, ready=None, stderr=writer) as server:
        os.close(writer)
        assert server.answers(*[b"junk", MESSAGE] * 50) == [ANSWER] * 50
        assert server.stop() == 0
    os.close(reader)


@pytest.mark.parametrize("args", [["-vv"], ["-vvj"]])
def test_a_line_for_which_stderr_has_too_little_room_does_not_block_serve(args):
    """The pipe takes one page more; a binary datagram of 1025 bytes, escaped, is longer."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 2 * 4096)
    os.set_blocking(reader, False)
    seen = []

    def marked():
        with contextlib.suppress(BlockingIOError):
            seen.append(os.read(reader, 4096))
        return b"MARK" in b"".join(seen)

    with serve(*args, ready=None, stderr=writer) as server, udp_socket() as asker:
        asker.sendto(b"MARK", ("127.0.0.1", server.port))
        wait_for(marked, "the log of the last datagram")  # nothing is being written then
        os.write(writer, b"x" * 4096)
        assert server.answers(b"\0" * 1025, MESSAGE) == [ANSWER]
        assert server.stop() == 0
    os.close(reader)
    os.close(writer)


def test_stdin_is_not_read(server):
    result = run("discover-one", "-T", f"127.0.0.1:{server.port}", "-q", stdin=b"junk\n" * 99)
    assert (result.code, result.out, result.err) == (0, "", "")
