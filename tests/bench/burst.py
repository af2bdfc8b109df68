"""Many different replies to one probe."""

from hosts import BINARY
from lanes import LOOPBACK, Line, start, times, tool

COUNTS = (1000, 10_000, 65_000)
PROPORTIONAL = 1.5  # so much more a server may take where there are 65 times as many


def bursts(net, scale):
    """`-q`, and `-j` whose output is thrown away; -x makes one that is missed a failure."""
    ports = {count: 9000 + nth for nth, count in enumerate((1, *COUNTS))}
    for count, port in ports.items():
        start(net, tool("burst"), port, count, port=port)
    for words in ("-q", "-j"):
        none, *runs = times(net, scale.rounds, *(
            (BINARY, "discover", words, "-r", 0, "-t", 5, "-c", count, "-x", count,
             "--target", f"{LOOPBACK}:{port}") for count, port in ports.items()))
        assert none.status == 0 and max(run.status for run in runs) <= 1
        each = [(1e6 * (run.wall_s - none.wall_s) / count,
                 1024 * (run.most_kib - none.most_kib) / count)
                for count, run in zip(COUNTS, runs)]
        yield Line(f"1k, 10k and 65k different replies in a burst, `discover {words}`",
                   f"{'some lost' if any(run.status for run in runs) else 'all kept'}; "
                   f"{', '.join(f'{1e3 * run.wall_s:.0f}' for run in runs)} ms; "
                   f"{', '.join(f'{us:.1f}' for us, _ in each)} µs and {each[-1][1]:.0f} bytes "
                   "a server", goal="all kept, in proportion",
                   reached=not any(run.status for run in runs) and
                   each[-1][0] <= PROPORTIONAL * each[0][0])


ROWS = (bursts,)
