"""Measures udpdisc beside the stock ways in Python and bare C programs, in turns, and prints a
Markdown table: bench.py [--quick] [ROW]...

scripts/bench builds what it needs and starts it in namespaces of its own. --quick shows in some
seconds that each measurement works, with figures that mean nothing.
"""

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "net"), str(HERE.parent / "peers")]

import burst  # noqa: E402  (found through the lines above, as those below)
import clients  # noqa: E402
import serving  # noqa: E402
import size  # noqa: E402
import sweeping  # noqa: E402
from conftest import is_isolated  # noqa: E402
from hosts import Net  # noqa: E402
from lanes import FULL, QUICK  # noqa: E402

ROWS = {row.__name__: row for module in (serving, clients, burst, sweeping, size)
        for row in module.ROWS}
RMEM_MAX = Path("/proc/sys/net/core/rmem_max")
HEAD = ("what", "udpdisc", "stock, in Python", "bare C", "to reach", "reached")


def machine():
    """What the figures come from."""
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        model = next((line.split(":")[1].strip() for line in info if line.startswith("model name")),
                     platform.machine())
    return (f"{len(os.sched_getaffinity(0))} cores of {model}, Linux {platform.release()}, "
            f"Python {platform.python_version()}, net.core.rmem_max {RMEM_MAX.read_text().strip()}")


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    given = parser.parse_args()
    for name in set(given.rows) - set(ROWS):
        parser.error(f"no row '{name}'; expected {', '.join(ROWS)}")
    return given


def print_row(cells):
    print(f"| {' | '.join(cells)} |", flush=True)


def main():
    given = options()
    if not is_isolated():
        sys.exit("bench: runs in namespaces only: start it with scripts/bench")
    print(f"{machine()}\n")
    print_row(HEAD)
    print_row(["---"] * len(HEAD))
    for name in given.rows or ROWS:
        with tempfile.TemporaryDirectory() as folder:
            net = Net(Path(folder))
            try:
                for line in ROWS[name](net, QUICK if given.quick else FULL):
                    print_row(line.cells(judged=not given.quick))
            finally:
                net.close()


main()
