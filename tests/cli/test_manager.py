"""What serve says to the service manager that started it: sd_notify(3), sd_watchdog_enabled(3)."""

import contextlib
import itertools
import os
import re
import signal
import socket
import tempfile
import time

import pytest

from clitool import ANSWER, LIMIT_S, drain, next_port, refused, run, serve, shell, wait_for
from surroundings import many, public_folder, traced, wait_traced, warnings
from test_tged_options import INVALID, REPLY, SQL, ask, serve_services

WATCHDOG_US = 100_000
NAMES = itertools.count()


class Manager:
    """A NOTIFY_SOCKET, and what came to it so far: a message is a dict."""

    def __init__(self, address):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.settimeout(LIMIT_S)
        self.sock.bind(address)
        self.env = {"NOTIFY_SOCKET": address.replace("\0", "@")}

    def next(self):
        """The message that is next, and that it is as it should be."""
        text = self.sock.recv(4096).decode("utf-8", "strict")
        assert text.endswith("\n") and text.isascii()
        pairs = [line.split("=", 1) for line in text.splitlines()]
        message = dict(pairs)
        assert len(message) == len(pairs)
        told_ns = int(message.pop("MONOTONIC_USEC")) * 1000
        assert time.clock_gettime_ns(time.CLOCK_MONOTONIC) - LIMIT_S * 10**9 < told_ns
        assert told_ns <= time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        return {**message, "at_us": told_ns // 1000}

    def wait(self, state):
        """The next message, which is of this state; what it says besides."""
        message = self.next()
        assert message.pop(state) == "1" and message.keys() <= {"STATUS", "at_us"}, message
        return message

    def skip_filling(self):
        """All that fill() left; what has come behind it meanwhile stays."""
        while self.sock.recv(4096, socket.MSG_PEEK) == b"x":
            self.sock.recv(4096)

    def rest(self):
        """All that is left, as it came."""
        return drain(self.sock)


@contextlib.contextmanager
def manager(address=None):
    address = address or f"\0udpdisc-{os.getpid()}-{next(NAMES)}"
    running = Manager(address)
    try:
        yield running
    finally:
        running.sock.close()


@pytest.fixture
def path(tmp_path):
    """A good services file."""
    path = tmp_path / "services.json"
    path.write_text(SQL, "ascii")
    return path


# --- READY, RELOADING, STOPPING ------------------------------------------------

@pytest.fixture
def short_path():
    """Of a socket: it may not be as long as those of tmp_path."""
    with tempfile.TemporaryDirectory(dir="/run") as folder:
        yield f"{folder}/notify"


@pytest.mark.parametrize("kind", ["path", "abstract", "longest"])
def test_a_life(short_path, kind):
    address = {"path": short_path, "abstract": None,
               "longest": "\0" + "x" * 106}[kind]
    with manager(address) as listening, serve(env=listening.env) as server:
        assert listening.wait("READY")["STATUS"] == f"answers on UDP port {server.port}"
        assert server.ask()[0] == ANSWER
        assert server.stop() == 0
        assert listening.wait("STOPPING").keys() == {"at_us"}
        assert listening.rest() == [] and warnings(server) == []


@pytest.mark.parametrize("args, status", [
    ((), "answers on UDP port {port} and {tged} for 1 service"),
    (("--tged-only",), "answers on UDP port {tged} for 1 service")])
def test_the_status(path, args, status):
    with manager() as listening:
        port = next_port()
        other = next_port()
        with serve(argv=["serve", "-p", other, "-S", path, "--tged-port", port, *args], port=port,
                   env=listening.env):
            assert listening.wait("READY")["STATUS"] == status.format(port=other, tged=port)
            assert ask(port) == REPLY


def test_ready_is_said_when_all_is_done(path, tracer):
    """Both sockets are bound, the rights given up and the services read."""
    port = next_port()
    with manager() as listening, traced(tracer, ["-s", "200"], "-S", path, "--tged-port", port,
                                        env=listening.env) as server:
        listening.wait("READY")
        assert (server.ask()[0], ask(port)) == (ANSWER, REPLY)
        server.stop()
    trace = wait_traced(tracer)
    steps = [re.search(call, trace).start() for call in (
        rf"bind\(.*\({server.port}\)", rf"bind\(.*\({port}\)", r"capset\(",
        rf'open(at)?\([^"]*"{path}"', "READY=1")]
    assert steps == sorted(steps)
    assert trace.count("READY=1") == 1


@many
@pytest.mark.parametrize("mode", [0o666, 0o600])
def test_nobody_can_tell_it_too(mode):
    """Whoever may write to its socket: it was opened before."""
    with public_folder() as folder, manager(str(folder / "notify")) as listening:
        (folder / "notify").chmod(mode)
        with serve(user=None, env=listening.env) as server:
            listening.wait("READY")
            server.stop()
            listening.wait("STOPPING")
            assert warnings(server) == []


@pytest.mark.parametrize("services", [False, True])
def test_reloading(path, services):
    with manager() as listening, serve_services(
            path, env=listening.env) if services else serve(env=listening.env) as running:
        server = running[0] if services else running
        first = listening.wait("READY")
        for _ in range(3):
            server.send(signal.SIGHUP)
            assert listening.wait("RELOADING").keys() == {"at_us"}
            assert listening.wait("READY")["STATUS"] == first["STATUS"]
        server.stop()
        listening.wait("STOPPING")


def test_the_times_of_a_reload_tell_it_from_others():
    """systemd wants a MONOTONIC_USEC that is not before its own time of the request."""
    with manager() as listening, serve(env=listening.env) as server:
        listening.wait("READY")
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        server.send(signal.SIGHUP)
        reloading, ready = listening.wait("RELOADING"), listening.wait("READY")
        assert before <= reloading["at_us"] <= ready["at_us"]


def test_a_reload_is_over_when_the_services_are_live(path):
    with manager() as listening, serve_services(path, env=listening.env) as (server, port):
        listening.wait("READY")
        path.write_text('{"A": {}, "SQL": {"PORT": 1}}', "ascii")
        server.send(signal.SIGHUP)
        listening.wait("RELOADING")
        assert listening.wait("READY")["STATUS"].endswith(f" {port} for 2 services")
        assert ask(port) == b"TGED REPLY 1.0\r\nPORT: 1\r\n\r\n"
        path.write_text("{", "ascii")
        server.send(signal.SIGHUP)
        listening.wait("RELOADING")
        assert listening.wait("READY")["STATUS"].endswith(
            " for 2 services, not the latest: the log says why")
        assert "the last good services stay" in server.log
        path.write_text(SQL, "ascii")
        server.send(signal.SIGHUP)
        listening.wait("RELOADING")
        assert listening.wait("READY")["STATUS"].endswith(" for 1 service")


def test_services_that_changed_by_themselves(path):
    """The status is current, without a reload that nobody asked for."""
    with manager() as listening, serve_services(path, env=listening.env) as (_, port):
        listening.wait("READY")
        path.write_text('{"A": {}, "B": {}, "C": {}}', "ascii")
        wait_for(lambda: ask(port) == INVALID, "the new services")
        assert listening.wait("READY")["STATUS"].endswith(f" {port} for 3 services")
        assert listening.rest() == []


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, None])
def test_stopping_is_said_once(end):
    with manager() as listening, serve(*["--duration=1"] * (not end),
                                       env=listening.env) as server:
        listening.wait("READY")
        if end:
            server.send(end)
        assert server.process.wait(LIMIT_S) == 0
        listening.wait("STOPPING")
        assert listening.rest() == []


def test_nothing_is_said_where_it_never_was_ready(path, taken_port):
    path.write_text("{", "ascii")
    with manager() as listening:
        refused("serve", "-S", path, env=listening.env)
        refused("serve", "--bogus", env=listening.env)
        assert run("serve", "-p", taken_port, env=listening.env).code == 3
        assert run("serve", "--check", env=listening.env).code == 0
        assert run("ifaces", env=listening.env).code == 1
        assert listening.rest() == []


# --- WATCHDOG ------------------------------------------------------------------

def watched(args=(), env=None, **options):
    """A serve with a watchdog."""
    return serve(*args, env={"WATCHDOG_USEC": str(WATCHDOG_US), **env}, **options)


def check_pace(times):
    """At half of the interval, and later only where the machine is busy."""
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    assert WATCHDOG_US // 2 <= min(gaps) < WATCHDOG_US * 9 // 10, gaps
    assert max(gaps) < 10 * WATCHDOG_US, gaps


def test_the_watchdog():
    with manager() as listening, watched(env=listening.env) as server:
        listening.wait("READY")
        check_pace([listening.wait("WATCHDOG")["at_us"] for _ in range(6)])
        server.stop()


def test_the_watchdog_of_a_busy_serve():
    """Probes move it neither here nor there."""
    with manager() as listening, watched(("--rate-limit=0",), listening.env) as server:
        listening.wait("READY")
        listening.sock.setblocking(False)
        times = []

        def heard():
            assert server.ask()[0] == ANSWER
            with contextlib.suppress(BlockingIOError):
                times.append(listening.wait("WATCHDOG")["at_us"])
            return len(times) == 5

        wait_for(heard, "five messages")
        check_pace(times)


@pytest.mark.parametrize("env", [
    {"WATCHDOG_USEC": ""}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "x"},
    {"WATCHDOG_USEC": "-1000"}, {"WATCHDOG_USEC": "1000 "}, {"WATCHDOG_PID": "1"},
    {"WATCHDOG_PID": "x"}])
def test_no_watchdog_is_meant(env):
    with manager() as listening, watched(("--duration=1",), {**listening.env, **env}) as server:
        assert server.process.wait(LIMIT_S) == 0
        listening.wait("READY")
        listening.wait("STOPPING")
        assert listening.rest() == []


def test_the_watchdog_is_meant():
    with manager() as listening, watched(env=listening.env, wrapper=shell(
            'export WATCHDOG_PID=$$; exec "$@"')):
        listening.wait("READY")
        listening.wait("WATCHDOG")


def test_the_shortest_watchdog_is_no_spin(tracer):
    with manager() as listening:
        env = {**listening.env, "WATCHDOG_USEC": "1"}
        with traced(tracer, ["-e", "trace=ppoll"], "--duration=1", env=env) as server:
            listening.wait("READY")
            listening.wait("WATCHDOG")
            assert server.process.wait(LIMIT_S) == 0
    assert wait_traced(tracer).count("ppoll(") < 150  # it is 100 a second at most


def test_a_long_watchdog_keeps_nobody_awake(tracer):
    """Its first message comes at once, and then nothing is done for the half of a minute."""
    with manager() as listening:
        env = {**listening.env, "WATCHDOG_USEC": "60000000"}
        with traced(tracer, ["-e", "trace=ppoll"], "--duration=1", env=env) as server:
            listening.wait("READY")
            listening.wait("WATCHDOG")
            assert server.process.wait(LIMIT_S) == 0
    assert wait_traced(tracer).count("ppoll(") < 10


# --- a manager that is no good ---------------------------------------------------

@pytest.mark.parametrize("address", ["relative", "vsock:2:1", "@" + "x" * 108, "/" + "x" * 108])
def test_a_socket_that_cannot_be_used(address):
    with serve(env={"NOTIFY_SOCKET": address}) as server:
        told = warnings(server)
        assert len(told) == 1 and told[0].startswith("cannot use NOTIFY_SOCKET: ")
        server.send(signal.SIGHUP)
        assert server.ask()[0] == ANSWER
        assert server.stop() == 0
        assert warnings(server) == told


@pytest.mark.parametrize("address", ["/nowhere/notify", "@nobody", "/dev/null", "/"])
def test_a_socket_that_nobody_hears(address):
    """It goes on, and a watchdog fills no log."""
    env = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "20000"}
    with serve(env=env) as server:
        server.wait_log("cannot tell the service manager 'READY=1': ")
        for _ in range(20):
            assert server.ask()[0] == ANSWER
            server.send(signal.SIGHUP)
        assert server.ask()[0] == ANSWER
        assert server.stop() == 0
        assert len(warnings(server)) == 1


@pytest.mark.parametrize("env", [{}, {"NOTIFY_SOCKET": ""}])
def test_no_manager(env):
    with serve("-v", env={"WATCHDOG_USEC": "1000", **env}) as server:
        assert server.ask()[0] == ANSWER
        assert server.stop() == 0
        assert "manager" not in server.log and warnings(server) == []


def fill(listening):
    """So many messages that no further one has room."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            for _ in range(100_000):
                sender.sendto(b"x", listening.sock.getsockname())
            raise AssertionError("it takes everything")


def test_a_manager_that_does_not_read():
    """Replies don't wait for it. It is told when it reads again."""
    with manager() as listening:
        fill(listening)
        with serve(env={**listening.env, "WATCHDOG_USEC": "20000"}) as server:
            for _ in range(10):
                server.send(signal.SIGHUP)
                assert server.ask()[0] == ANSWER
            server.counters()  # it has taken all signals
            listening.skip_filling()
            states = (next(iter(listening.next())) for _ in range(LIMIT_S * 100))
            assert next(state for state in states if state != "WATCHDOG") == "READY"
            assert server.stop() == 0
            assert len(warnings(server)) == 1


def test_an_end_that_a_manager_does_not_hear():
    with manager() as listening, serve(env=listening.env) as server:
        listening.wait("READY")
        fill(listening)
        assert server.stop() == 0
        assert len(warnings(server)) == 1 and "STOPPING=1" in warnings(server)[0]


def test_another_manager_in_its_place(short_path):
    with manager(short_path) as first, serve(env=first.env) as server:
        first.wait("READY")
        first.sock.close()
        os.unlink(short_path)
        with manager(short_path) as second:
            server.send(signal.SIGHUP)
            second.wait("RELOADING")
            second.wait("READY")
            assert server.stop() == 0
            second.wait("STOPPING")
            assert warnings(server) == []


def test_a_manager_that_ends():
    with manager() as listening, serve(env=listening.env) as server:
        listening.wait("READY")
        listening.sock.close()
        server.send(signal.SIGHUP)
        assert server.ask()[0] == ANSWER
        assert server.stop() == 0


def test_no_socket_to_tell_by(tracer):
    """It serves, and says that the manager does not hear of it."""
    with manager() as listening, traced(tracer, [], env=listening.env):
        pass
    sockets = re.findall(r" socket\((\w+)", wait_traced(tracer))
    tracer.log.unlink()
    failing = f"socket:error=EMFILE:when={sockets.index('AF_UNIX') + 1}"
    with manager() as listening, traced(tracer, [failing], env=listening.env) as server:
        assert server.ask()[0] == ANSWER
        assert listening.rest() == []
        assert warnings(server) == [
            "cannot use NOTIFY_SOCKET: No file descriptors available"]
