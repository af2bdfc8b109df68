"""How large the binary is, whole and with a part of its commands."""

from pathlib import Path

from hosts import BINARY
from lanes import BUILD, Line, tool

MOST = 128 * 1024


def sizes(_net, _scale):
    whole = Path(BINARY).stat().st_size
    yield Line("size of the binary", f"{whole:,} bytes",
               bare=f"{tool('floor_server').stat().st_size:,} and "
                    f"{tool('floor_client').stat().st_size:,} bytes",
               goal="131,072 bytes", reached=whole < MOST)
    for kept, words in (("server", "serve alone"), ("client", "all but serve"),
                        ("look", "ifaces and check-segmented alone")):
        yield Line(f"... {words}", f"{(BUILD / f'udpdisc-{kept}').stat().st_size:,} bytes")


ROWS = (sizes,)
