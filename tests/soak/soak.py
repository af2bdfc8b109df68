"""serve and watch under a mixed load for so many seconds: soak.py SECONDS, 10 at least.

`make soak SOAK_TIME=1200` starts it in namespaces of its own. It prints what was asked and
answered and what that cost, names each figure that is beyond its bound, and then exits with 1.
"""

import argparse
import collections
import os
import re
import resource
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "net")]

import pytest  # noqa: E402  (found through the lines above, as those below)
from conftest import is_isolated  # noqa: E402
from hosts import Net  # noqa: E402
from processes import wait_until  # noqa: E402
from scene import WATCHDOG_S, Scene, pause  # noqa: E402
from tged import memory_kib  # noqa: E402

GAPS_S = {"reload": 1, "flap": 4, "flood": 20, "visit": 1, "client": 1}
LATE_S = 2.0  # an answer that comes later is none
# How many probes must be answered; each counts for the first of these that it saw.
LEAST = {"flap": 0.0, "forged": 0.25, "junk": 0.99, "outside": 1.0}
GROWN_KIB, STEADY_KIB = 64, 4
LOGGED = {  # what serve may say
    "listening": r"listening on ", "stopped": r"stopped after ", "counters": r"counters: ",
    "reloaded": r"reloaded '", "refused": r"/.*sql\.json:1:\d+: .*; the last good services stay$",
    "user": r"warning: cannot become nobody ",
    "limited": r"warning: no reply to 10\.99\..*: over --rate-limit ",
    "failed": r"warning: cannot answer 192\.168\.2\.5:",
    "repeated": r"warning: \d+ more times in 10 minutes: "}


class Load:
    """All kinds of steps at once, a thread each, until it is ended or one fails."""

    def __init__(self, scene):
        self.faults, self.over, self._scene = [], threading.Event(), scene
        self._threads = [threading.Thread(target=self._go_round, args=pair)
                         for pair in GAPS_S.items()]
        for thread in self._threads:
            thread.start()

    def _go_round(self, kind, gap_s):
        try:
            while not self.over.is_set():
                due_s = time.monotonic() + gap_s
                self._scene.step(kind)
                self.over.wait(max(due_s - time.monotonic(), 0))
        except BaseException as fault:  # that of pytest.fail() is no Exception
            self.faults.append(f"{kind}: {fault or repr(fault)}"[:200])
            self.over.set()

    def end(self):
        self.over.set()
        for thread in self._threads:
            thread.join()


class Seen:
    """What serve or watch held after the warm-up and later."""

    def __init__(self, process):
        self._process, self.cpu_s = process, 0.0
        self.descriptors, self.kib = [self._held()], [memory_kib(process)]

    def _held(self):
        """The fewest descriptors in two seconds of looks: some are open for a moment only."""
        counts, until_s = [], time.monotonic() + 2
        while time.monotonic() < until_s:
            counts.append(len(os.listdir(f"/proc/{self._process.popen.pid}/fd")))
            pause(0.01)
        return min(counts)

    def look(self):
        self.kib.append(memory_kib(self._process))

    def end(self):
        self.descriptors.append(self._held())
        stat = Path(f"/proc/{self._process.popen.pid}/stat").read_text("ascii").rsplit(")", 1)[1]
        self.cpu_s = sum(map(int, stat.split()[11:13])) / os.sysconf("SC_CLK_TCK")

    def steady_kib(self):
        """From the highest of the first quarter to the lowest of the last."""
        quarter = max(len(self.kib) // 4, 1)
        return max(0, min(self.kib[-quarter:]) - max(self.kib[:quarter]))


class Verdict:
    """Prints figures, and keeps those that are beyond their bound."""

    def __init__(self, faults):
        self.faults = list(faults)

    def check(self, good, name, text):
        print(f"  {name:<24} {text}")
        if not good:
            self.faults.append(f"{name}: {text}")

    def answers(self, rows):
        print(f"  {'answered of asked':<24}" + "".join(f"{kind:>20}" for kind in LEAST))
        for name, kinds in rows.items():
            asked = {kind: len(kinds[kind]) for kind in LEAST}
            lost = {kind: [at_s for at_s in kinds[kind] if at_s is not None] for kind in LEAST}
            got = {kind: asked[kind] - len(lost[kind]) for kind in LEAST}
            print(f"  {name:<24}" + "".join(
                f"{f'{100 * got[kind] / asked[kind]:.2f} % of {asked[kind]}':>20}"
                if asked[kind] else f"{'-':>20}" for kind in LEAST))
            self.faults += [f"answers, {name}, {kind}: {got[kind]} of {asked[kind]}, lost from "
                            f"second {min(lost[kind]):.1f} to {max(lost[kind]):.1f}"
                            for kind, least in LEAST.items() if got[kind] < asked[kind] * least]

    def process(self, name, seen):
        steady, first, *_, last = seen.steady_kib(), *seen.kib, seen.kib[-1]
        self.check(max(seen.kib) - first <= GROWN_KIB and steady <= STEADY_KIB, f"{name}: memory",
                   f"{first} KiB after the warm-up, {max(seen.kib)} at most, {last} at the end; "
                   f"steady growth {steady}")
        first, last = seen.descriptors
        self.check(first == last, f"{name}: descriptors",
                   f"{first} after the warm-up, {last} at the end")
        self.check(True, f"{name}: CPU", f"{seen.cpu_s:.2f} s")

    def counters(self, scene, figures, answered):
        """They agree with each other and with what was sent."""
        done, junk = scene.counts, scene.counts["junk"] + scene.counts["junk of TGED"]
        others = ("foreign", "dropped", "reloads", "uptime_s", "probes")
        self.check(figures["probes"] == sum(figure for name, figure in figures.items()
                                            if name not in others), "counters of serve",
                   " ".join(f"{name}={figure}" for name, figure in figures.items() if figure))
        self.check(figures["replies"] >= answered and figures["limited"] <= done["forged"] and
                   figures["foreign"] <= done["junk of TGED"] and
                   0.9 * junk <= figures["foreign"] + figures["dropped"] <= junk + done["forged"],
                   "against what was sent", f"{answered} answers, {junk} junk, "
                   f"{done['forged']} forged; {done['flood']} floods")
        self.check(done["good"] <= figures["reloads"] <= done["good"] + done["SIGHUP"] and
                   figures["reloads"] == scene.serving.stderr.count("udpdisc: reloaded "),
                   "reloads", f"{figures['reloads']} for {done['good']} good files, "
                   f"{done['bad']} bad ones and {done['SIGHUP']} SIGHUP")

    def manager(self, told, silent_us, asked):
        self.check(told["RELOADING"] == asked and told["STOPPING"] == 1 and
                   silent_us < WATCHDOG_S * 1_000_000, "service manager",
                   ", ".join(f"{count} {state}" for state, count in sorted(told.items())) +
                   f"; no WATCHDOG for {silent_us / 1e6:.1f} s at most")

    def log(self, scene, repeats):
        """What repeats is said as often."""
        kinds = collections.Counter(
            next((kind for kind, start in LOGGED.items() if re.match(f"udpdisc: {start}", line)),
                 line) for line in scene.serving.stderr.splitlines())
        most = {"listening": 2, "stopped": 1, "counters": scene.counts["SIGUSR1"],
                "reloaded": kinds["reloaded"], "refused": 2 * scene.counts["bad"],
                "user": os.environ["UDPDISC_USERS"] == "one",
                "limited": repeats, "failed": 3 * repeats, "repeated": 4 * repeats}
        self.check(all(count <= most.get(kind, 0) for kind, count in kinds.items()), "serve: log",
                   ", ".join(f"{count} {kind}" for kind, count in kinds.items()))
        said = scene.watching.stderr.splitlines()
        self.check(len(said) <= scene.counts["visit"], "watch: log",
                   f"{len(said)} lines, the last one {said[-1] if said else None!r}")

    def events(self, scene):
        lines = scene.watching.stdout.splitlines()
        ups = sum(event.startswith("up ") for event in scene.events)
        self.check(len(lines) == len(scene.watching.records()) == len(scene.events),
                   "watch: events", f"{len(lines)} for {ups} servers that came and "
                   f"{len(scene.events) - ups} that went")


def kind_of(sent_s, answered_s, spans):
    until_s = answered_s or sent_s + LATE_S
    seen = {kind for kind, began_s, ended_s in spans if began_s < until_s and sent_s < ended_s}
    return next(kind for kind in LEAST if kind in {*seen, "outside"})


def answers(scene):
    """Per row of the table and kind, of each probe the second of one that was lost, or None."""
    floods = [span for span in scene.spans if span[0] != "flap"]
    probes = [(f"{name} {'that flaps' if flaps else 'steady'}", scene.spans if flaps else floods,
               tuple(probe.values())) for name, flaps, peer in scene.asking
              for probe in peer.records()]
    probes += [("runs of clients", floods, run) for run in scene.runs]
    rows = collections.defaultdict(lambda: collections.defaultdict(list))
    for row, spans, (sent_s, answered_s) in probes:
        rows[row][kind_of(sent_s, answered_s, spans)].append(
            None if answered_s else sent_s - scene.began_s)
    return rows


def check_lasting(scene, faults=()):
    ended = [f"{' '.join(map(str, process.argv[3:5]))} ended with {process.popen.poll()}: "
             f"{process.stderr[-160:]!r}" for process in scene.lasting()
             if process.popen.poll() is not None]
    if ended:
        pytest.fail("; ".join([*ended, *faults]))


def soak(scene, seconds):
    """What was seen of serve and watch meanwhile, and the faults."""
    scene.warm_up()
    seen = {"serve": Seen(scene.serving), "watch": Seen(scene.watching)}
    until_s, load = time.monotonic() + seconds, Load(scene)
    try:
        while time.monotonic() < until_s and not load.over.wait(0.5):
            check_lasting(scene)
            for process in seen.values():
                process.look()
    finally:
        load.end()
    check_lasting(scene, load.faults)
    for process in seen.values():
        process.end()
    return seen, load.faults


def judge(scene, seconds):
    """Prints the table; the faults."""
    began_s = time.monotonic()
    seen, faults = soak(scene, seconds)
    print(f"{seconds:g} s, with the warm-up {time.monotonic() - began_s:.0f} s; " + ", ".join(
        f"{scene.counts[kind]} {kind}s" for kind in GAPS_S))
    verdict, askers = Verdict(faults), [peer for _, _, peer in scene.asking]
    end_all(askers)
    statuses = [peer.wait() for peer in askers]
    figures = scene.count()
    statuses += [scene.watching.stop(), scene.serving.stop()]
    wait_until(lambda: scene.manager.told["STOPPING"], "STOPPING")
    rows = answers(scene)
    verdict.answers(rows)
    for name, process in seen.items():
        verdict.process(name, process)
    verdict.counters(scene, figures, sum(
        probes.count(None) for kinds in rows.values() for probes in kinds.values()))
    verdict.manager(scene.manager.told, scene.manager.silent_us, scene.counts["SIGHUP"])
    verdict.log(scene, 1 + seconds // 600)
    verdict.events(scene)
    verdict.check(not any(statuses), "exit statuses", " ".join(map(str, statuses)))
    return verdict.faults


def end_all(processes):
    """Without a wait for each before the next is told to."""
    for process in processes:
        if process.popen.poll() is None:
            process.send(signal.SIGTERM)


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=float)
    given = parser.parse_args()
    if not given.seconds >= 10:
        parser.error("SECONDS must be 10 or more")
    if not is_isolated():
        parser.error("'make soak' starts it, in namespaces of its own")
    return given


def main():
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell ignores it in the background
        signal.signal(number, signal.default_int_handler)
    seconds = options().seconds
    folder = Path(tempfile.mkdtemp(dir="/run"))
    folder.chmod(0o755)
    net = Net(folder)
    try:
        faults = judge(Scene(net, folder), seconds)
    except (Exception, pytest.fail.Exception) as fault:
        faults = [str(fault) or repr(fault)]
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        end_all(net.processes)
        net.close()
    used = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
    print(f"  {'CPU of all':<24} {sum(one.ru_utime + one.ru_stime for one in used):.0f} s")
    for fault in faults:
        print(f"failed: {fault}")
    return 1 if faults else 0


sys.exit(main())
