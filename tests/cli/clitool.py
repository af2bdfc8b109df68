"""What the cli tests share: udpdisc as a user runs it, and peers on loopback.

Everything happens in the network namespace of tests/run, so ports below the
ephemeral range are all ours and are simply counted up.
"""

import contextlib
import itertools
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

REPO = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.path.abspath(os.environ.get("UDPDISC", REPO / "build" / "udpdisc"))
KIND = os.environ.get("UDPDISC_KIND", "shipped")  # sanitized, foreign, coverage
SANITIZED = KIND == "sanitized"
FOREIGN = KIND == "foreign"
COMMANDS = ("serve", "discover", "discover-one", "ifaces", "check-segmented")
MESSAGE = b"DISCOVER_SERVER"
ANSWER = b"SERVER_IP:127.0.0.1"
NUMBERS_BAD = ["", " ", "-1", "+5", "1.5", "1e3", "0x10", "x", "10/s", "1 0", "nan", "inf",
               "\u0669", "99999999999999999999"]
UNCONFINED = re.compile(r"^.*goes on without this: a list of system calls: .*\n", re.MULTILINE)
LIMIT_S = 60 if FOREIGN else 10  # what never ends otherwise: a hang, not a measurement

PORTS = itertools.count(20001)


def next_port():
    return next(PORTS)


def variables(**values):
    """variables(port=9) is {"DISCOVERY_CLIENT_PORT": "9"}."""
    return {f"DISCOVERY_CLIENT_{name.upper()}": str(text) for name, text in values.items()}


def environment(given=None):
    """As under env -i, but for what a sanitized binary needs."""
    kept = {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
    return {**kept, **(given or {})}


def heard(said):
    """What udpdisc wrote, without that qemu has no list of system calls for it."""
    text = said.decode("utf-8", "strict")
    return UNCONFINED.sub("", text) if FOREIGN else text


def wait_for(condition, what):
    """Polls until condition() holds and returns its value; fails after LIMIT_S."""
    end = time.monotonic() + LIMIT_S
    while not (value := condition()):
        assert time.monotonic() < end, f"waited {LIMIT_S} s for {what}"
        time.sleep(0.002)
    return value


class Result:
    """One finished run. Whatever udpdisc prints is UTF-8, and each line on stderr is its own."""

    def __init__(self, code, out, err):
        self.code = code
        self.out = out.decode("utf-8", "strict")
        self.err = heard(err)
        for line in self.err.splitlines():
            assert line.startswith(("udpdisc: ", "  ", '{"time":')), self.err

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def rows(self):
        return [line.split("\t") for line in self.out.splitlines()]


def shell(script):
    """A wrapper for start() and run(): a sh script, in which "$@" is udpdisc."""
    return ["/bin/sh", "-c", script, "sh"]


class Process(subprocess.Popen):
    """One that a test which failed does not wait for."""

    def __exit__(self, failure, *more):
        if failure:
            self.kill()
        super().__exit__(failure, *more)


def start(*args, env=None, argv0=BINARY, wrapper=(), user="0", **popen):
    """A Process of the binary, or of wrapper with it as arguments; the environment is clean.

    serve stays this --user, unless args say another: nobody, who it becomes as root by
    itself (None), may read no file of the tests.
    """
    if args[:1] == ("serve",) and user is not None:
        args = ("serve", f"--user={user}", *args[1:])
    argv = [*wrapper, argv0, *(word if isinstance(word, bytes) else str(word) for word in args)]
    return Process(argv, executable=wrapper[0] if wrapper else BINARY,
                   env=environment(env), **{"stdin": subprocess.DEVNULL, **popen})


def run(*args, stdin=None, **options):
    """Runs udpdisc to its end; stdin is bytes to feed, the options are those of start()."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if stdin is not None:
        pipes["stdin"] = subprocess.PIPE
    with start(*args, **{**pipes, **options}) as process:
        try:
            out, err = process.communicate(stdin, timeout=LIMIT_S)
        finally:
            process.kill()
        return Result(process.returncode, out or b"", err or b"")


def run_on_terminal(*args, env=None):
    """As run(), with a terminal as stdout; its lines end in LF here."""
    master, slave = os.openpty()
    with start(*args, env=env, stdout=slave, stderr=subprocess.PIPE) as process:
        os.close(slave)
        out = b""
        with contextlib.suppress(OSError):  # EIO: nobody holds the slave any more
            while part := os.read(master, 4096):
                out += part
        os.close(master)
        return Result(process.wait(LIMIT_S), out.replace(b"\r\n", b"\n"),
                      process.stderr.read())


def refused(*args, names=(), **options):
    """Asserts a usage error: exit 2, nothing on stdout, one line that holds names."""
    result = run(*args, **options)
    assert (result.code, result.out) == (2, ""), result.err
    assert result.err.count("\n") == 1 and result.err.endswith("\n"), result.err
    assert result.err[:-1].isprintable(), result.err
    for name in names:
        assert name in result.err
    return result


def asked(*args, code=1, **options):
    """Whom one round of `discover args`, and its sweep, ask: ADDR:PORT in order."""
    result = run("discover", "-v", "-r0", "-t0.05", *args, **options)
    assert result.code == code, result.err
    return re.findall(r"^udpdisc: (?:sent|(?:warning: )?cannot send)\b[\w ]* to ([\d.]+:\d+)",
                      result.err, re.MULTILINE)


def settings(result):
    """What a run with -v told of its settings: name to "value (origin)"."""
    return dict(re.findall(r"^udpdisc: ([a-z-]+): (.* \(\w+\))$", result.err, re.MULTILINE))


def columns_aligned(lines):
    """True where the words of each column begin, or end, below each other."""
    spans = [[word.span() for word in re.finditer(r"\S+", line)] for line in lines]
    return len({len(row) for row in spans}) == 1 and all(
        len({begin for begin, _ in column}) == 1 or len({end for _, end in column}) == 1
        for column in zip(*spans))


def rights(pid):
    """Whom a process runs as and what it may, as /proc/PID/status names it: Uid and Gid (real,
    effective, saved, fs) and Groups are lists, CapEff and the other sets, NoNewPrivs and
    Seccomp (0 none, 2 filter) numbers; without them in the kernel they are missing."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text("utf-8")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return {**{name: [int(number) for number in fields[name].split()]
               for name in ("Uid", "Gid", "Groups")},
            **{name: int(text, 16) for name, text in fields.items()
               if name.startswith("Cap") or name in ("NoNewPrivs", "Seccomp")}}


def udp_socket(address="127.0.0.1", port=0):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(LIMIT_S)
    sock.bind((address, port))
    return sock


def pending(port):
    """The bytes in the receive queue of the UDP socket at port; None without one."""
    with open("/proc/self/net/udp", encoding="ascii") as table:
        for row in table.readlines()[1:]:
            fields = row.split()
            if int(fields[1].split(":")[1], 16) == port:
                return int(fields[4].split(":")[1], 16)
    return None


def wait_read(port):
    """Waits until whoever owns port has read all that was sent to it."""
    wait_for(lambda: pending(port) == 0, f"port {port} to be read")


def drain(sock):
    """The datagrams that wait at sock."""
    sock.setblocking(False)
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(sock.recv(2048))
    return found


class Server:
    """A running `udpdisc serve`."""

    def __init__(self, process, port, log):
        self.process, self.port, self._log = process, port, log

    @property
    def log(self):
        return heard(os.pread(self._log.fileno(), 1 << 20, 0))

    def wait_log(self, text):
        return wait_for(lambda: text in self.log and self.log, f"'{text}' in {self.log}")

    def send(self, signum):
        self.process.send_signal(signum)

    def ask(self, payload=MESSAGE, address="127.0.0.1"):
        """Sends one datagram and returns the reply and where it came from."""
        with udp_socket() as asker:
            asker.sendto(payload, (address, self.port))
            return asker.recvfrom(2048)

    def answers(self, *payloads, closing=MESSAGE):
        """All replies to payloads; complete, since the later probe closing was answered."""
        with udp_socket() as asker:
            for payload in payloads:
                asker.sendto(payload, ("127.0.0.1", self.port))
            self.ask(closing)
            return drain(asker)

    def counters(self):
        """The counters line that SIGUSR1 asks for, as a dict of strings."""
        wait_read(self.port)
        before = self.log.count("counters: ")
        self.send(signal.SIGUSR1)
        wait_for(lambda: self.log.count("counters: ") > before, "the counters")
        return dict(re.findall(r"(\w+)=(\d+)", self.log.rpartition("counters: ")[2]))

    def stop(self, signum=signal.SIGTERM):
        """Ends it and returns its exit code."""
        if self.process.poll() is None:
            self.send(signum)
        return self.process.wait(LIMIT_S)


@contextlib.contextmanager
def serve(*args, port=None, argv=None, ready="listening on", **options):
    """Runs `serve -p PORT args` and waits until it listens and has said ready.

    argv replaces the options where a test must not give -p; ready None waits for
    the socket alone (-q, a lost stderr).
    """
    port = port or next_port()
    with tempfile.TemporaryFile() as log:
        command = argv if argv is not None else ("serve", "-p", port, *args)
        process = start(*command, **{"stderr": log, "stdout": subprocess.DEVNULL, **options})
        server = Server(process, port, log)
        try:
            wait_for(lambda: process.poll() is not None or
                     (pending(port) is not None and (ready is None or ready in server.log)),
                     f"serve to listen: {server.log}")
            assert process.poll() is None, server.log
            yield server
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


class Responder(threading.Thread):
    """Answers its Nth probe, and each one after it, with datagrams of its own."""

    def __init__(self, replies, nth, address, port):
        super().__init__(daemon=True)
        self.replies, self.nth = replies, nth
        self.sock = udp_socket(address, port)
        self.sock.settimeout(None)
        self.target = "{}:{}".format(*self.sock.getsockname())
        self.port = self.sock.getsockname()[1]
        self.probes, self.answered = [], threading.Event()

    def run(self):
        while True:
            data, asker = self.sock.recvfrom(65536)
            if asker == self.sock.getsockname():
                return
            self.probes.append((data, asker[1]))
            if len(self.probes) >= self.nth:
                for reply in self.replies:
                    self.sock.sendto(reply, asker)
                self.answered.set()

    def wait_taken(self):
        """Waits until an asker has read what it was answered with."""
        assert self.answered.wait(LIMIT_S)
        wait_read(self.probes[-1][1])


@contextlib.contextmanager
def running(peer):
    """A thread with a socket that an empty datagram ends."""
    peer.start()
    try:
        yield peer
    finally:
        peer.sock.sendto(b"", peer.sock.getsockname())
        peer.join(LIMIT_S)
        peer.sock.close()


def responder(*replies, nth=1, address="127.0.0.1"):
    return running(Responder(replies, nth, address, next_port()))
