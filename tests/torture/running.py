"""One run of a scenario: the process, what it left behind, and whether that is right."""

import collections
import contextlib
import json
import os
import socket
import subprocess
import time
from dataclasses import dataclass, field

from clitool import LIMIT_S, environment

STEP_S = 0.002


class Slot:
    """What one run has for itself, and the next one after it: a folder and two ports."""

    def __init__(self, folder, ports):
        self.folder, self.ports = folder, ports
        folder.mkdir()
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.setblocking(False)
        self.manager.bind(str(folder / "notify"))

    def messages(self):
        """What came to NOTIFY_SOCKET since the last time."""
        found = []
        with contextlib.suppress(BlockingIOError):
            while True:
                found.append(self.manager.recv(4096).decode("ascii"))
        return found


@dataclass
class Outcome:
    """What a run left behind."""

    code: int = 0
    out: str = ""
    err: str = ""
    calls: collections.Counter = field(default_factory=collections.Counter)
    failed: int = 0
    open: set = field(default_factory=set)
    faults: list = field(default_factory=list)  # what was wrong already while it ran
    seen: dict = field(default_factory=dict)


class Run:
    """A process that is driven by its scenario."""

    def __init__(self, scenario, way, slot, fault):
        self.scenario, self.way, self.slot, self.fault = scenario, way, slot, fault
        self.outcome = Outcome()
        self.process = None
        self.sockets = ()  # to be passed

    def wrong(self, what):
        self.outcome.faults.append(what)

    def is_on(self, *names):
        """Whether the fault is one of these, and for good."""
        return self.fault is not None and self.fault.on and self.fault.name in names

    def is_of(self, *names):
        """Whether the fault is one of these."""
        return self.fault is not None and self.fault.is_of(*names)

    def path(self, name):
        return self.slot.folder / name

    def text(self, name):
        return self.path(name).read_bytes().decode("utf-8", "strict")

    def ended(self):
        return self.process.poll() is not None

    def until(self, condition, limit_s=LIMIT_S):
        """Polls until condition() holds or the process is over; the last value."""
        end = time.monotonic() + limit_s
        while not (value := condition()) and not self.ended() and time.monotonic() < end:
            time.sleep(STEP_S)
        return value

    def send(self, signum):
        if not self.ended():
            self.process.send_signal(signum)

    def descriptors(self):
        """Those that it holds; they can be gone with it."""
        with contextlib.suppress(OSError):
            return set(map(int, os.listdir(f"/proc/{self.process.pid}/fd")))
        return set()

    def start(self):
        words, env = self.way.prepare(self.slot.folder, self.fault)
        argv = [*self.scenario.before(self), *words, self.way.binary,
                *map(str, self.scenario.arguments(self))]
        env = {**environment(self.scenario.variables(self)), **env}
        with open(self.path("out"), "wb") as out, open(self.path("err"), "wb") as err:
            self.process = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=err, cwd=self.slot.folder,
                                            pass_fds=[sock.fileno() for sock in self.sockets])

    def finish(self):
        """Waits for its end, and collects what it left."""
        outcome = self.outcome
        try:
            outcome.code = self.process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            self.wrong(f"does not end: {self.text('err')!r}")
            self.process.kill()
            outcome.code = self.process.wait()
        outcome.out, outcome.err = self.text("out"), self.text("err")
        outcome.calls, outcome.failed, outcome.open = self.way.report(self.slot.folder)
        self.scenario.collect(self)
        return outcome

    def all(self):
        self.scenario.prepare(self)
        self.start()
        try:
            self.scenario.drive(self)
            return self.finish()
        finally:
            if not self.ended():
                self.process.kill()
                self.process.wait()


# --- what is right ---------------------------------------------------------------------

USAGE, CANNOT = 2, 3
FAILED = (USAGE, CANNOT)
STANDARD = {0, 1, 2}
CALLS_MAX, CALLS_TIMES = 4000, 10  # of one name, beside those of an undisturbed run
MENDED = ("sendmsg", "recvmsg")  # of which one may fail: each datagram is sent again


def is_word(line):
    """Whether a line on standard error is as those of udpdisc are."""
    if not line.startswith("{"):
        return line.startswith(("udpdisc: ", "  "))
    try:
        return {"time", "level", "message"} <= json.loads(line).keys()
    except ValueError:
        return False


def tells(run):
    """Whether a failure can be told: the fault is not that nothing can be written."""
    return not run.fault.is_of("write") or not (run.fault.on or run.outcome.out == "")


def check_words(run, _usual):
    if not all(map(is_word, run.outcome.err.splitlines())):
        yield f"standard error: {run.outcome.err!r}"


def check_code(run, usual):
    """Documented, with a reason, and the usual one where the fault does no harm."""
    outcome, scenario, fault = run.outcome, run.scenario, run.fault
    if outcome.code not in scenario.codes:
        yield f"exit code {outcome.code}: {outcome.err!r}"
    elif outcome.code != usual.code and not fault.on and (
            fault.error == "EINTR" or fault.is_of(*MENDED)):
        yield f"exit code {outcome.code} for nothing: {outcome.err!r}"
    elif outcome.code in FAILED and not outcome.err and tells(run) and not scenario.is_silent:
        yield f"exit code {outcome.code} without a word"


def check_output(run, usual):
    """Whole; the right one where it says so; nothing where it could not run."""
    outcome, scenario = run.outcome, run.scenario
    try:
        found, right = scenario.read(outcome.out), scenario.read(usual.out)
    except (ValueError, LookupError) as error:
        yield f"not whole: {outcome.out!r}: {error!r}"
        return
    told = f"exit code {outcome.code}, and {outcome.out!r}"
    if outcome.code == usual.code and found != right:
        yield told
    elif outcome.code != usual.code and outcome.out and found not in (right, *scenario.others):
        yield told
    elif outcome.code in FAILED and outcome.out and not scenario.streams and \
            not run.fault.is_of("close"):
        yield told


def check_leaks(run, usual):
    left = run.outcome.open - usual.open - STANDARD - run.scenario.given
    if left:
        yield f"left open: {left}"


def check_spin(run, usual):
    name = run.fault.name
    if run.outcome.calls[name] > CALLS_MAX + CALLS_TIMES * usual.calls[name]:
        yield f"spins: {run.outcome.calls[name]} calls of {name}, {usual.calls[name]} usually"


def judge(run, usual):
    """All that is wrong with a run under a fault, in words."""
    wrong = list(run.outcome.faults)
    for check in (check_words, check_code, run.scenario.check_output or check_output,
                  check_leaks, check_spin, run.scenario.check):
        wrong += check(run, usual)
    return wrong


def check_usual(run):
    """An undisturbed run is what the others are compared with."""
    outcome = run.outcome
    assert not outcome.faults, outcome.faults
    assert outcome.code == run.scenario.usual_code, (outcome.code, outcome.err)
    assert run.scenario.read(outcome.out) is not None, outcome
    assert not list(check_words(run, outcome)), outcome.err
    assert len(outcome.calls) > 5
