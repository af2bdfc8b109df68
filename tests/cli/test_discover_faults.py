"""What goes wrong while discover runs: it goes on where it can, and tells how far it came."""

import os
import re
import signal
import subprocess

import pytest

from clitool import (ANSWER, LIMIT_S, responder, run, shell,
                     start, udp_socket, wait_for)
from names import etc, name_server
from surroundings import beside, whole_options
from test_tged_options import INVALID

SHORT = ["-r0", "-t0.3"]
WIRE = shell("ip link add v0 type veth peer name v1 && ip addr add 10.20.1.1/24 dev v0 && "
             'ip link set lo up && ip link set v0 up && ip link set v1 up && exec "$@"')


def test_a_wait_that_fails(server, tracer):
    result = run("discover", "-j", f"-T127.0.0.1:{server.port}", *SHORT,
                 wrapper=tracer.wrapper("-e", "inject=ppoll:error=ENOMEM"))
    assert result.code == 3 and "Out of memory" in result.err, vars(result)


@pytest.mark.parametrize("calls", [
    "socket:error=EMFILE:when=3+", "bind:error=ENOMEM:when=3+", "sendto:error=ENOBUFS:when=3+",
    "recvfrom:error=EAGAIN:when=5+"])
def test_a_table_of_neighbours_that_cannot_be_read(tracer, calls):
    """Told once, and the sweep goes on slowly; the first two calls ask for the interfaces."""
    result = run("discover", "-T10.20.1.0/27", *SHORT, wrapper=[
        "/usr/bin/unshare", "-n", *WIRE, *tracer.wrapper("-e", f"inject={calls}")])
    assert result.err.count("cannot look at the neighbour table") == 1, vars(result)
    assert result.code == 1 and "no server answered" in result.err


def test_targets_that_cannot_be_asked(server):
    """Eight are told of one by one."""
    targets = [f"-T10.99.0.{n}" for n in range(1, 31)]
    result = run("discover", *SHORT, *targets)
    assert result.code == 3 and result.err.count("warning: cannot send to ") == 8
    assert "and to 22 more targets, 22 of which could not be asked" in result.err
    result = run("discover", *SHORT, *targets, f"-T127.0.0.1:{server.port}")
    assert result.code == 0 and result.err.count("warning: cannot send to ") == 8
    assert "30 targets could not be asked" in result.err


def test_a_target_that_can_be_asked_only_once(tracer):
    with udp_socket() as silent:
        target = "127.0.0.1:%d" % silent.getsockname()[1]
        result = run("discover", "-T", target, "-r1", "-t0.2",
                     wrapper=tracer.wrapper("-e", "inject=sendmsg:error=ENETDOWN:when=2+"))
    assert result.code == 1
    assert f"sent 1 probe to {target}, 1 failed: Network is down" in result.err


@pytest.mark.parametrize("reply, args, words", [
    (ANSWER, ["--ignore-local"], "dropped, of this host"),
    (INVALID, ["-sSQL"], "it has no such service")])
def test_each_reply_is_told_of(reply, args, words):
    with responder(reply) as peer:
        result = run("discover", "-vv", "-T", peer.target, *args, *SHORT)
    assert words in result.err, result.err


@whole_options
def test_replies_that_came_faster_than_they_were_read():
    with udp_socket() as peer:
        with start("discover", "-T127.0.0.1:%d" % peer.getsockname()[1], "-t0.5", "-r0",
                   stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            _, asker = peer.recvfrom(64)
            process.send_signal(signal.SIGSTOP)
            os.waitpid(process.pid, os.WUNTRACED)
            for _ in range(20000):
                peer.sendto(ANSWER + b" " * 900, asker)
            process.send_signal(signal.SIGCONT)
            out, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0 and out.startswith(b"127.0.0.1\t")
    assert re.search(rb"the kernel dropped \d+ datagrams", err), err


def test_targets_from_a_pipe_that_does_not_wait(server, tracer):
    """Another process may have set it to O_NONBLOCK."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with start("discover-one", "--targets-file=-", "-r0", "-t1", stdin=reader,
               stdout=subprocess.PIPE, wrapper=beside(tracer)) as process:
        try:
            wait_for(lambda: " EAGAIN " in tracer.text, "it to find nothing")
            os.write(writer, f"127.0.0.1:{server.port}\n".encode())
            os.close(writer)
            assert process.communicate(timeout=LIMIT_S)[0].startswith(b"127.0.0.1\t")
        finally:
            process.kill()
    os.close(reader)


@pytest.mark.parametrize("call, why", [
    ("sendto:error=EPERM:when=3+", "no name server can be reached"),
    ("ppoll:error=ENOMEM", "no name server")])
def test_a_name_server_that_cannot_be_asked(tmp_path, tracer, call, why):
    with name_server(one=["127.0.0.11"]):
        result = run("discover", "-Tone.test", *SHORT, wrapper=[
            *etc(tmp_path), *tracer.wrapper("-e", f"inject={call}")])
    assert result.code == 3 and why in result.err, vars(result)
