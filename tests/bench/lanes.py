"""What the measurements share: how long they take, who runs where, and a line of the table."""

import json
import os
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from hosts import BINARY, ENVIRONMENT, PEERS, ROOT, udpdisc_argv
from processes import Process

BUILD = ROOT / "build" / "bench"
STOCK = (sys.executable, PEERS / "stock_server.py")
CLIENT = (sys.executable, PEERS / "stock_client.py")
LOOPBACK = "127.0.0.1"


@dataclass
class Scale:
    """How much is measured."""

    rounds: int
    load_ms: int  # of one contender in one round
    runs: int  # of a whole command
    on_link: int  # prefix of an empty network
    alive: int  # of one of which half is alive
    routed: int


FULL = Scale(rounds=9, load_ms=1000, runs=500, on_link=20, alive=21, routed=16)
QUICK = Scale(rounds=1, load_ms=50, runs=3, on_link=27, alive=28, routed=24)


@dataclass
class Line:
    """A line of the table; what there is none of is a dash."""

    what: str
    udpdisc: str
    stock: str = "-"
    bare: str = "-"
    goal: str = "-"
    reached: bool | None = None

    def cells(self, judged):
        verdict = {True: "yes", False: "**no**"}.get(self.reached, "-") if judged else "-"
        return [self.what, self.udpdisc, self.stock, self.bare, self.goal, verdict]


def cores():
    """Two of them: for whoever answers and for whoever asks; the same where there is one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[-1], usable[0]


ANSWERING, ASKING = cores()


def on(core, *argv):
    return ["taskset", "-c", str(core), *map(str, argv)]


def tool(name):
    return BUILD / name


def start(net, *argv, host=None, port=None, core=ANSWERING):
    """Someone who answers, on loopback or on a host, as soon as it listens there."""
    command = on(core, *argv)
    if host:
        process = host.start(*command)
    else:
        process = Process(command, net.next_stem("answering"), ENVIRONMENT)
        net.processes.append(process)
    if port:
        process.wait_port(port)
    return process


def serve(net, *args, program=BINARY, **where):
    """`udpdisc serve`, that of another build too."""
    return start(net, program, *udpdisc_argv("serve", *args)[1:], **where)


def numbers(text):
    return [int(word) for word in text.split()]


def ask(net, name, *args, host=None, core=ASKING):
    """The numbers that a program of the benchmark prints."""
    asking = start(net, tool(name), *args, host=host, core=core)
    assert asking.popen.wait(120) == 0, asking.stderr
    return numbers(asking.stdout)


def cpu_s(process):
    """The processor time of all its threads, to a nanosecond."""
    return sum(int((task / "schedstat").read_text("ascii").split()[0])
               for task in Path(f"/proc/{process.popen.pid}/task").iterdir()) / 1e9


class Turns:
    """What is measured of each contender, one after the other in each round."""

    def __init__(self, rounds, contenders, measure):
        turn, self._seen = list(contenders.items()), []
        for _ in range(rounds):
            self._seen.append({name: measure(contender) for name, contender in turn})
            turn.reverse()

    def median(self, name):
        return statistics.median(seen[name] for seen in self._seen)

    def ratio(self, name, to):
        """That of a round, since the next one may find a slower machine."""
        return statistics.median(seen[name] / seen[to] for seen in self._seen)


@dataclass
class Run:
    """The medians of a command that ran often, and the worst exit status."""

    wall_s: float
    cpu_s: float
    most_kib: int
    status: int


def times(net, runs, *commands, host=None, core=ASKING, seconds=60):
    """Runs whole commands in turns."""
    words = [str(word) for command in commands for word in ("--", *command)][1:]
    asking = start(net, tool("times"), runs, seconds, *words, host=host, core=core)
    assert asking.popen.wait(seconds + 60) == 0, asking.stderr
    return [Run(wall / 1e9, cpu / 1e6, kib, status)
            for wall, cpu, kib, status in map(numbers, asking.stdout.splitlines())]


def resident_kib(process):
    """What is in memory of it, shared pages too, counted page by page."""
    rollup = Path(f"/proc/{process.popen.pid}/smaps_rollup").read_text("ascii")
    return int(rollup.split("Rss:")[1].split()[0])


def write_services(path, count, more=""):
    """A services file of S0000, S0001..."""
    services = {f"S{number:04}": {"HOST": f"host{number}.example.com", "IP": "192.168.1.2",
                                  "PORT": 1024 + number, "SAYS": more} for number in range(count)}
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(services), "ascii")
    fresh.rename(path)
    return path
