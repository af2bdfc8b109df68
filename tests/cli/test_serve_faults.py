"""System calls of a running serve that fail: sends, receipts, signals, files, waits."""

import collections
import contextlib
import os
import pathlib
import re
import resource
import signal
import subprocess
import time

import pytest

from clitool import (ANSWER, LIMIT_S, MESSAGE, SANITIZED, drain, next_port, serve, udp_socket,
                     wait_for, wait_read)
from surroundings import interface, traced, wait_traced, warnings
from test_tged_options import REPLY, SQL, ask, serve_services

PAUSE_S = 0.01  # after what could not be received
LIFE_S = 2  # of those that a signal may not end; so a busy machine gets to ask them
SEND_ERRORS = ["EPERM", "ENETUNREACH", "EHOSTUNREACH", "ENOBUFS", "EAGAIN", "EMSGSIZE", "EACCES",
               "ENODEV"]
LEAK_KB_MAX = 100
LOOK_S = 0.1  # at least, from one look at the services to the next


@pytest.fixture
def path(tmp_path):
    """A good services file."""
    path = tmp_path / "services.json"
    path.write_text(SQL, "ascii")
    return path


def probe(asker, server):
    """Sends a probe, and waits until it was read."""
    asker.sendto(MESSAGE, ("127.0.0.1", server.port))
    wait_read(server.port)


# --- replies that cannot be sent ---------------------------------------------------

@pytest.mark.parametrize("error", SEND_ERRORS)
def test_a_reply_that_cannot_be_sent(tracer, error):
    """Told once, counted, not tried again; the next asker is answered."""
    with udp_socket() as asker, traced(tracer, [f"sendmsg:error={error}:when=1..3"]) as server:
        for _ in range(3):
            probe(asker, server)
        assert server.ask()[0] == ANSWER
        counters = server.counters()
        assert [counters[name] for name in ("probes", "replies", "failed")] == ["4", "1", "3"]
        told = warnings(server)
        assert len(told) == 1 and told[0].startswith("cannot answer 127.0.0.1:"), told
        assert drain(asker) == []
        assert server.stop() == 0
        assert warnings(server) == told and server.log.endswith(": 4 probes, 1 replies\n")
    assert wait_traced(tracer).count("sendmsg(") == 4


def test_a_reply_that_cannot_be_sent_is_told_each_time_with_v(tracer):
    with udp_socket() as asker, traced(tracer, ["sendmsg:error=EPERM:when=1..3"], "-v") as server:
        for _ in range(3):
            probe(asker, server)
        assert server.ask()[0] == ANSWER
        assert server.log.count("cannot answer 127.0.0.1:") == 3 and len(warnings(server)) == 1


def test_a_reply_of_tged_that_cannot_be_sent(tracer, path):
    port = next_port()
    with udp_socket() as asker, traced(tracer, ["sendmsg:error=ENETUNREACH:when=2"], "-S", path,
                                       f"--tged-port={port}", ready=" of '") as server:
        assert ask(port) == REPLY
        asker.sendto(b"TGED DISCOVERY 1.0\r\nRQ:SQL\r\n\r\n", ("127.0.0.1", port))
        wait_read(port)
        assert (ask(port), server.ask()[0]) == (REPLY, ANSWER)
        assert server.counters()["failed"] == "1" and len(warnings(server)) == 1
        assert drain(asker) == []


# --- what cannot be received -----------------------------------------------------------

@pytest.mark.parametrize("error", ["EIO", "ENOMEM", "ENOTCONN"])
def test_a_socket_that_fails_for_good(tracer, error):
    """No spin: a pause behind each failure bounds how many there can be."""
    with udp_socket() as asker, traced(tracer, [f"recvmsg:error={error}"], f"--duration={LIFE_S}"
                                       ) as server:
        asker.sendto(MESSAGE, ("127.0.0.1", server.port))
        assert server.process.wait(LIMIT_S) == 0
        told = warnings(server)
        assert len(told) == 1 and told[0].startswith("cannot receive: ")
    assert 2 <= wait_traced(tracer).count("recvmsg(") <= LIFE_S / PAUSE_S + 2


@pytest.mark.parametrize("call", ["recvmsg:error=EIO", "recvmsg:error=ENOBUFS:when=2+"])
def test_a_signal_ends_what_cannot_receive(tracer, call):
    with udp_socket() as asker, traced(tracer, [call]) as server:
        asker.sendto(MESSAGE, ("127.0.0.1", server.port))
        asker.sendto(MESSAGE, ("127.0.0.1", server.port))
        server.wait_log("cannot receive: ")
        server.send(signal.SIGUSR1)
        server.wait_log("counters: ")
        assert server.stop() == 0


def test_a_socket_that_fails_for_a_while(tracer, path):
    """What waited meanwhile is answered, and it is told once."""
    with traced(tracer, ["recvmsg:error=EIO:when=1..20"], "-S", path, "--tged-port=4751",
                ready=" of '") as server:
        assert (server.ask()[0], ask(4751)) == (ANSWER, REPLY)
        assert len(warnings(server)) == 1
        assert server.stop() == 0


def test_signals_that_cannot_be_read(tracer):
    """It answers and ends in time, and does not spin."""
    with traced(tracer, ["read:error=EIO"], f"--duration={LIFE_S}") as server:
        server.send(signal.SIGUSR1)
        server.wait_log("cannot receive: ")
        assert server.ask()[0] == ANSWER
        server.send(signal.SIGTERM)
        assert server.ask()[0] == ANSWER
        assert server.process.wait(LIMIT_S) == 0
        assert len(warnings(server)) == 1 and "counters" not in server.log
    assert wait_traced(tracer).count("read(") <= LIFE_S / PAUSE_S + 4


def test_signals_that_can_be_read_again(tracer):
    with traced(tracer, ["read:error=EIO:when=1..10"]) as server:
        assert server.stop() == 0
        assert len(warnings(server)) == 1 and "stopped after" in server.log


def test_what_is_followed_fails_for_good(tracer):
    """The table of interfaces stays as it was, and it does not spin."""
    with traced(tracer, ["recvfrom:error=EIO:when=20+"], f"--duration={LIFE_S}") as server:
        with interface("10.98.0.1/24"):
            assert server.ask()[0] == ANSWER
            assert server.process.wait(LIMIT_S) == 0
        told = [line.split(":")[0] for line in warnings(server)]
        # What it can't load any more it may not be told of either.
        assert sorted(told) in (["cannot follow the interfaces (rtnetlink)", "cannot receive"],
                                ["cannot follow the interfaces (rtnetlink)"])
    assert wait_traced(tracer).count("recvfrom(") <= 2 * LIFE_S / PAUSE_S + 30


def test_a_kernel_that_does_not_tell_how_a_datagram_came(tracer):
    """Without IP_PKTINFO any of them can be forged."""
    with traced(tracer, ["setsockopt:retval=0"]) as server:
        with udp_socket() as asker:
            asker.sendto(MESSAGE, ("127.0.0.1", server.port))
            assert server.counters()["bad_source"] == "1"
        assert server.stop() == 0


# --- waits ---------------------------------------------------------------------------

def test_a_wait_that_fails_for_good(tracer):
    with traced(tracer, ["ppoll:error=ENOMEM:when=3+"]) as server:
        with udp_socket() as asker:
            wait_for(lambda: asker.sendto(MESSAGE, ("127.0.0.1", server.port)) and
                     server.process.poll() is not None, "its end")
        assert server.process.returncode == 3
        assert "udpdisc: cannot go on: " in server.log and "stopped after" in server.log


WAITING = {"open", "openat", "read", "write", "poll", "ppoll", "recvfrom", "recvmsg", "sendto",
           "sendmsg", "close", "stat", "newfstatat", "fstat", "getrandom"}


def test_each_call_that_is_interrupted_is_made_again(tracer, path):
    """From the start to the end, one at a time."""
    args = ("serve", "-p", next_port(), "-S", path, "--tged-port", next_port(), "--duration=0.02")
    tried = collections.Counter()
    for call, result in tracer.at_each_call("error=EINTR", *args, only=WAITING):
        assert result.code == 0, (call, result.err)
        assert re.fullmatch("(udpdisc: (listening|stopped) .*\n){3}", result.err), call
        tried[call[0]] += 1
    assert len(tried) > 6 and sum(tried.values()) > 15


def live(server, path, port):
    """Answers, reloads, interfaces and counters."""
    for i in range(3):
        assert (server.ask()[0], ask(port).startswith(b"TGED REPLY")) == (ANSWER, True)
        path.write_text(SQL.replace("3306", str(i)), "ascii")
        server.send(signal.SIGHUP)
        wait_for(lambda: b"PORT: %d\r" % i in ask(port), "the reload")
    with interface("10.98.0.1/24"):
        server.wait_log("the network has 2 addresses on 3 interfaces")
    server.counters()
    assert server.stop() == 0


@pytest.mark.parametrize("calls", [
    "ppoll:error=EINTR:when=1+2",
    "recvmsg,sendmsg,read,recvfrom,sendto,poll,write:error=EINTR:when=3+3"])
def test_interrupted_calls_are_made_again(tracer, path, calls):
    """Through all of a life."""
    with traced(tracer, [calls], "-v", "-S", path, "--tged-port=4752", ready=" of '") as server:
        live(server, path, 4752)
        assert warnings(server) == [] and "counters: " in server.log
    assert "INJECTED" in tracer.text


# --- descriptors and memory ------------------------------------------------------------

def descriptors(server):
    """Those that stay: a look at the services opens one for a moment."""
    return set.intersection(*(set(os.listdir(f"/proc/{server.process.pid}/fd"))
                              for _ in range(3)))


def resident_kb(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text("ascii")
    return int(status.split("VmRSS:")[1].split()[0])


@contextlib.contextmanager
def no_descriptors_left(server):
    """Not one more can be opened."""
    pid = server.process.pid
    limit = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    held = descriptors(server)
    free = next(number for number in range(99) if str(number) not in held)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (free, limit[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)


def test_no_descriptors_while_it_reloads(path):
    with serve_services(path) as (server, port):
        with no_descriptors_left(server):
            path.write_text(SQL.replace("3306", "1"), "ascii")
            server.wait_log(f"cannot read '{path}': ")
            assert ask(port) == REPLY
            server.send(signal.SIGHUP)
            assert (ask(port), server.ask()[0]) == (REPLY, ANSWER)
        wait_for(lambda: b"PORT: 1\r" in ask(port), "the new services")
        assert server.stop() == 0


def test_no_descriptors_while_the_network_changes():
    with serve("-v") as server:
        with no_descriptors_left(server), interface("10.98.0.1/24"):
            server.wait_log("warning: cannot follow the interfaces (rtnetlink): ")
            assert server.ask()[0] == ANSWER
        before = server.log.count("the network has 1 addresses on 1 interfaces")
        with interface("10.98.0.1/24"):
            server.wait_log("the network has 2 addresses on 3 interfaces")
        wait_for(lambda: server.log.count("the network has 1 addresses on 1 interfaces") > before,
                 "the end of the interface")
        assert len(warnings(server)) == 1


@pytest.mark.parametrize("when, live_at_last", [("4+", False), ("4..6", True)])
def test_files_that_cannot_be_opened(tracer, path, when, live_at_last):
    """None is left in the system: told once, tried again, and that is no spin."""
    with traced(tracer, [f"open,openat:error=ENFILE:when={when}"], "-S", path,
                "--tged-port=4753", ready=" of '") as server:
        began = time.monotonic()
        path.write_text(SQL.replace("3306", "1"), "ascii")
        server.wait_log(f"cannot read '{path}': Too many open files in system; the last good ")
        for _ in range(100):
            assert (server.ask()[0], ask(4753).startswith(b"TGED REPLY")) == (ANSWER, True)
        if live_at_last:
            wait_for(lambda: b"PORT: 1\r" in ask(4753), "the new services")
        tries = (time.monotonic() - began) / LOOK_S + 2
        assert server.log.count("cannot read") == 1
        assert server.stop() == 0
    assert 0 < wait_traced(tracer).count("INJECTED") <= 3 * tries


def test_reloads_leak_nothing(path):
    """Neither those that load nor those that fail; warm beforehand."""
    texts = [SQL, "{", '{"A": {}}', SQL.replace("3306", "1")]

    def reload(times):
        for i in range(times):
            path.write_text(texts[i % len(texts)], "ascii")
            server.send(signal.SIGHUP)
            assert server.ask()[0] == ANSWER

    with serve_services(path, ready=None, stderr=subprocess.DEVNULL) as (server, port):
        assert ask(port) == REPLY
        held = descriptors(server)
        reload(100)
        memory_kb = resident_kb(server)
        reload(1500)
        with no_descriptors_left(server):
            reload(500)
        wait_for(lambda: descriptors(server) == held, "what was open before, and no more")
        assert SANITIZED or resident_kb(server) <= memory_kb + LEAK_KB_MAX
        assert server.stop() == 0


# --- signals ---------------------------------------------------------------------------

@pytest.mark.parametrize("signum", [signal.SIGHUP, signal.SIGUSR1])
def test_a_storm_of_signals(path, signum):
    with serve_services(path, "-q", ready=None) as (server, port):
        assert ask(port) == REPLY
        held, memory_kb = descriptors(server), resident_kb(server)
        for _ in range(40):
            for _ in range(50):
                server.send(signum)
            assert (server.ask()[0], ask(port)) == (ANSWER, REPLY)
        wait_for(lambda: descriptors(server) == held, "what was open before, and no more")
        assert SANITIZED or resident_kb(server) <= memory_kb + LEAK_KB_MAX
        assert server.stop() == 0
