"""What is run under faults: the commands as they are used, each in a few steps."""

import json
import re
import signal
import time

from clitool import ANSWER, LIMIT_S, MESSAGE, udp_socket, wait_for
from old_file import OLD

NETWORK = "10.98.0.1/20"
PORT, TGED_PORT = 20001, 20002  # of who answers discover
PEER = "127.0.0.1"
NAME = "peer.test"  # only DNS knows it
HOSTS = "127.0.0.1 localhost known.test\n"
VOLATILE = ("rtt_ms", "attempt", "time")
SQL = '{"SQL": {"HOST": "test", "IP": "auto", "PORT": %d}}'
REQUEST = b"TGED DISCOVERY 1.0\r\nRQ:SQL\r\n\r\n"
REPLY = "TGED REPLY 1.0\r\nHOST: test\r\nIP: 127.0.0.1\r\nPORT: %d\r\n\r\n"
OLD_PORT, NEW_PORT = 3306, 1
SHORT_S = 0.2
MEMORY = ("malloc", "calloc", "strdup", "mmap", "brk")


def steady(value):
    """A JSON value without what differs from run to run."""
    if isinstance(value, dict):
        return {key: steady(inner) for key, inner in value.items() if key not in VOLATILE}
    return [steady(inner) for inner in value] if isinstance(value, list) else value


def read_json(text):
    return steady(json.loads(text)) if text else None


def read_lines(text):
    if text and not text.endswith("\n"):
        raise ValueError("a half line")
    return [steady(json.loads(line)) for line in text.splitlines()]


def read_ups(text):
    return [event for event in read_lines(text) if event["event"] == "up"]


def read_rows(text):
    """Rows of text, but for the last column, the time."""
    if text and not text.endswith("\n"):
        raise ValueError("a half line")
    rows = [line.split("\t") for line in text.splitlines()]
    if any(len(row) != 5 for row in rows):
        raise ValueError("a half row")
    return [row[:-1] for row in rows]


STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


def read_nagios(text):
    """The state, the words, and how many servers; None for no line."""
    found = re.fullmatch(r"UDPDISC (\w+) - ([^\n|]+)"
                         r"(?: \| servers=(\d+);;;0 time=[\d.]+s;;;0)?\n", text)
    return found and found.groups()


class Scenario:
    """A command that ends by itself."""

    usual_code = 0
    is_silent = False  # says nothing on standard error
    given = frozenset()  # descriptors that it is started with
    streams = False  # prints what it finds at once
    others = ()  # what it may print besides, if not all went well
    check_output = None  # in place of the usual rule
    stride = 1  # the short form of the tests takes so manieth calls

    def __init__(self, name, *words, read=read_json, codes=(0, 3), **more):
        self.name, self.words, self.read, self.codes = name, words, read, codes
        vars(self).update(more)

    def arguments(self, run):
        return self.words

    def variables(self, run):
        return {}

    def before(self, run):
        """Words of what starts it."""
        return ()

    def prepare(self, run):
        pass

    def drive(self, run):
        pass

    def collect(self, run):
        pass

    def check(self, run, usual):
        return ()


class Discover(Scenario):
    """Somebody answers, so that it is never right to say that nobody does."""


class Nagios(Scenario):
    """One line whatever happens, which says what the exit code says, and no other."""

    codes = (0, 3)
    is_silent = True

    def check_output(self, run, usual):
        outcome = run.outcome
        line = read_nagios(outcome.out)
        if run.fault.is_of("write") and not outcome.out:
            return
        # It is printed when standard output is closed.
        if outcome.code == 3 and run.fault.is_of("close") and line:
            return
        if not line or line[0] != STATES[outcome.code]:
            yield f"exit code {outcome.code}, and {outcome.out!r}"
        elif outcome.code == 0 and line != read_nagios(usual.out):
            yield f"says {outcome.out!r}"

    def check(self, run, usual):
        if run.outcome.err:
            yield f"standard error: {run.outcome.err!r}"


class ToFile(Discover):
    """Writes a file, which is the old one or the new one."""

    def prepare(self, run):
        folder = run.path("folder")
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            path.unlink()
        (folder / "file").write_text(OLD, "ascii")

    def arguments(self, run):
        return [*self.words, "--output-file", run.path("folder/file")]

    def collect(self, run):
        run.outcome.seen["names"] = sorted(p.name for p in run.path("folder").iterdir())
        run.outcome.seen["text"] = run.text("folder/file")

    def check(self, run, usual):
        text, names = run.outcome.seen["text"], run.outcome.seen["names"]
        if run.outcome.out:
            yield f"printed: {run.outcome.out!r}"
        if names != ["file"] and not run.fault.is_of("unlinkat"):
            yield f"litter: {names}"
        if run.outcome.code > 1:
            if text != OLD:
                yield f"exit code {run.outcome.code}, and the file is {text!r}"
        elif read_json(text) != read_json(usual.seen["text"]):
            yield f"exit code {run.outcome.code}, but the file is {text!r}"


class FromFile(Discover):
    """Asks the targets of a file: a name of DNS, and one of /etc/hosts."""

    def prepare(self, run):
        run.path("targets").write_text(f"{NAME}:{PORT} # both\nknown.test:{PORT}\n", "ascii")


class Sweep(Discover):
    """Where the kernel has no room for a while it waits, a minute at most, but for a signal."""

    def drive(self, run):
        if run.is_on("sendmsg") and run.fault.error == "ENOBUFS":
            run.until(lambda: False, 1)
            run.send(signal.SIGTERM)

    def check(self, run, usual):
        if run.outcome.code == 128 + signal.SIGTERM and not run.is_on("sendmsg"):
            yield "ended by a signal that nobody sent"


class Watch(Scenario):
    """Ends by a signal in its second round; or by itself if it can't begin."""

    streams = True

    def drive(self, run):
        patience_s = 2.5 if run.fault and run.fault.on else LIMIT_S
        run.until(lambda: run.text("err").count("sent probe 1 to ") > 1, patience_s)
        run.send(signal.SIGTERM)

    def check(self, run, usual):
        if '"down"' in run.outcome.out and not run.fault.on:
            yield f"a server went down: {run.outcome.out!r}"


class Checks(Scenario):
    """serve --check of a good file."""

    def prepare(self, run):
        run.path("services.json").write_text(SQL % OLD_PORT, "ascii")


class Serve(Scenario):
    """A life: asked for both protocols, reloaded, asked for its counters, stopped."""

    codes = (0, 2, 3)

    def __init__(self, name, *words, folder=False, **more):
        super().__init__(name, *words, codes=self.codes, read=lambda text: text, **more)
        self.folder = folder

    def prepare(self, run):
        if self.folder:
            run.path("services").mkdir(exist_ok=True)
        self.write(run, OLD_PORT)
        run.slot.messages()

    def path(self, run):
        return run.path("services/a.json" if self.folder else "services.json")

    def write(self, run, port):
        path = self.path(run)
        path.with_suffix(".new").write_text(SQL % port, "ascii")
        path.with_suffix(".new").rename(path)

    def arguments(self, run):
        port, tged = run.slot.ports
        # A signal that can't be read ends nothing.
        more = ["--duration=2"] if run.is_on("read") else []
        return ["serve", "--user=0", "-p", port, "--tged-port", tged, "-S",
                run.path("services" if self.folder else "services.json"), *self.words, *more]

    def variables(self, run):
        return {"NOTIFY_SOCKET": str(run.path("notify"))}

    def ask(self, run, port, payload):
        """A reply, asked for until there is one; None if it ended, or loses them all."""
        deaf = run.is_on("sendmsg", "recvmsg", "ppoll")
        end = time.monotonic() + (3 * SHORT_S if deaf else LIMIT_S)
        while not run.ended() and time.monotonic() < end:
            with udp_socket() as asker:
                asker.settimeout(SHORT_S if deaf else 0.5)
                asker.connect(("127.0.0.1", port))
                try:
                    asker.send(payload)
                    return asker.recv(2048)
                except ConnectionRefusedError:
                    time.sleep(0.002)
                except TimeoutError:
                    pass
        if not run.ended() and not deaf:
            run.wrong(f"no answer to {payload!r}: {run.text('err')!r}")
        return None

    def port_of(self, run):
        """The port that the services say now."""
        reply = self.ask(run, run.slot.ports[1], REQUEST)
        for port in (OLD_PORT, NEW_PORT):
            if reply == (REPLY % port).encode():
                return port
        if reply is not None:
            run.wrong(f"answers {reply!r}")
        return None

    def answers(self, run):
        reply = self.ask(run, run.slot.ports[0], MESSAGE)
        if reply not in (None, ANSWER):
            run.wrong(f"answers {reply!r}")
        return reply is not None

    def reload(self, run):
        """The new services come in time; if they never can, the old ones stay."""
        if self.folder:
            self.reload_bad(run)
        self.write(run, NEW_PORT)
        run.send(signal.SIGHUP)
        if run.fault is None or not run.fault.on:
            if not run.until(lambda: self.port_of(run) == NEW_PORT) and not run.ended():
                run.wrong(f"the new services never come: {run.text('err')!r}")
        self.port_of(run)

    def reload_bad(self, run):
        """A bad file beside the good one changes nothing."""
        bad = run.path("services/b.json")
        bad.write_text('{"SQL": {"HOST": ', "ascii")
        run.send(signal.SIGHUP)
        if self.port_of(run) == NEW_PORT:
            run.wrong("new services out of a bad file")
        bad.unlink()

    def count(self, run):
        """The counters are told, if a line can be made and written."""
        if run.is_on("read", "write", "poll"):
            return
        run.send(signal.SIGUSR1)
        told = run.until(lambda: "counters: " in run.text("err"), 1 if run.fault else LIMIT_S)
        if not told and not run.ended() and not run.is_of("write", "poll", *MEMORY):
            run.wrong(f"no counters: {run.text('err')!r}")

    def drive(self, run):
        self.answers(run)
        if run.ended():
            return
        if self.port_of(run) == NEW_PORT:
            run.wrong("new services out of nothing")
        before = run.descriptors()
        self.reload(run)
        if not run.until(lambda: run.descriptors() == before, 2) and not run.ended() and \
                not run.is_of("close"):
            run.wrong(f"descriptors: {before} became {run.descriptors()}")
        self.count(run)
        self.answers(run)
        if run.ended() and not run.is_of("ppoll"):
            run.wrong(f"ended by itself: {run.text('err')!r}")
        run.outcome.seen["lived"] = not run.ended()
        run.send(signal.SIGTERM)

    def collect(self, run):
        run.outcome.seen["messages"] = [message.split("=")[0] for message in run.slot.messages()]

    def check(self, run, usual):
        lived = run.outcome.seen.get("lived")
        if lived and run.outcome.code != 0 and not run.fault.is_of("ppoll"):
            yield f"exit code {run.outcome.code} upon SIGTERM: {run.outcome.err!r}"
        if run.outcome.code == 0 and not lived:
            yield "exit code 0 without a life"
        told = " ".join(run.outcome.seen["messages"])
        if lived and not re.fullmatch(r"READY( RELOADING READY| READY)* STOPPING", told) and \
                not run.fault.is_of("socket", "connect", "send", "sendto", "ppoll") and \
                not run.is_on("read"):
            yield f"told the manager: {told}"


def free_socket(port):
    """A socket at this port; None while the strace of an earlier run still holds it."""
    try:
        return udp_socket("0.0.0.0", port)
    except OSError:
        return None


class Passed(Serve):
    """Serves at sockets that a service manager made."""

    given = frozenset({3, 4})

    def before(self, run):
        first, second = [sock.fileno() for sock in run.sockets]
        return ["/bin/bash", "-c", f"exec 3<&{first}- 4<&{second}-; LISTEN_PID=$$ exec \"$@\"",
                "bash"]

    def prepare(self, run):
        super().prepare(run)
        run.sockets = [wait_for(lambda port=port: free_socket(port), f"port {port}")
                       for port in run.slot.ports]

    def variables(self, run):
        return {**super().variables(run), "LISTEN_FDS": "2"}

    def collect(self, run):
        super().collect(run)
        for sock in run.sockets:
            sock.close()


ROUNDS = ("-t", 1, "-r", 3)
BROADCAST = ("-p", PORT, *ROUNDS)
TO_PEER = ("--target", f"{PEER}:{PORT}", *ROUNDS)

SCENARIOS = (
    Discover("discover", "discover", "-j", *BROADCAST, "-t", 0.4),
    Discover("discover-text", "discover", *BROADCAST, "-c1", read=read_rows),
    Discover("discover-few", "discover", "-j", "-x2", *BROADCAST, "-t", 0.4,
             codes=(1, 3), usual_code=1, stride=2),
    ToFile("discover-file", "discover", "-j", "-c1", *BROADCAST, read=lambda text: text),
    FromFile("discover-names", "discover", "-jc1", "--targets-file", "targets", *ROUNDS,
             codes=(0, 2, 3)),
    Discover("discover-tged", "discover", "-jc1", "-s", "SQL", "--tged-port", TGED_PORT,
             *ROUNDS),
    Sweep("discover-sweep", "discover", "-j", "-T", "10.98.0.0/29", "--broadcast", *BROADCAST,
          "-t", 0.4, codes=(0, 3, 143), others=([],), stride=2),
    Discover("discover-one", "discover-one", "-j", *TO_PEER),
    Nagios("nagios", "discover", "-o", "nagios", *TO_PEER, "-c1", read=read_nagios),
    Watch("watch", "discover", "--watch", "-vo", "ndjson", "--interval=0.5", *BROADCAST, "-t", 0.3,
          read=read_ups, stride=4),
    Serve("serve"),
    Serve("serve-folder", "-j", folder=True, stride=3),
    Passed("serve-passed", stride=3),
    Checks("serve-check", "serve", "--check", "-j", "-S", "services.json", codes=(0, 2, 3)),
    Scenario("ifaces", "ifaces", "-j"),
    Scenario("check-segmented", "check-segmented", "-j", codes=(1, 3), usual_code=1),
)
