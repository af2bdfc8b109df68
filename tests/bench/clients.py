"""What discover-one takes from start to exit."""

import socket

from hosts import BINARY
from lanes import (ANSWERING, ASKING, CLIENT, LOOPBACK, STOCK, Line, resident_kib, serve, start,
                   times, tool)
from processes import PATIENCE_S


def start_to_exit(net, scale):
    """The stock client is content with the first reply here, and asks no interface for its
    addresses; the open one is ours with all its rights."""
    serve(net, "--rate-limit", "0", port=9999)
    words = "discover-one", "--target", f"{LOOPBACK}:9999"
    for what, core in {"another core": ASKING, "the same core": ANSWERING}.items():
        ours, bare, stock, *parts = times(
            net, scale.runs, (BINARY, *words), (tool("floor_client"), LOOPBACK, 9999),
            (*CLIENT, "--most", 1, "--interface", f"{LOOPBACK}/{LOOPBACK}"),
            (BINARY, "help"), (BINARY, "ifaces"), (tool("udpdisc-open"), *words), core=core)
        assert not any(run.status for run in (ours, bare, stock, parts[0], parts[-1]))
        times_bare, times_faster = ours.wall_s / bare.wall_s, stock.wall_s / ours.wall_s
        started, listed, unconfined = (f"{1e3 * part.wall_s:.2f}" for part in parts)
        yield Line(f"discover-one, start to exit, answered on {what}",
                   f"{1e3 * ours.wall_s:.2f} ms: {started} `help`, {listed} `ifaces`, "
                   f"{unconfined} with all rights",
                   f"{1e3 * stock.wall_s:.1f} ms ({times_faster:.0f} ×)",
                   f"{1e3 * bare.wall_s:.2f} ms (ours {times_bare:.1f} ×)",
                   "2 × bare, 1/100 of stock", times_bare <= 2 and times_faster >= 100)


def on_a_lan(net, scale):
    lan = net.segment()
    server, client = lan.host("server", "192.168.1.2/24"), lan.host("client", "192.168.1.5/24")
    start(net, *STOCK, host=server, port=9999)
    ours, = times(net, scale.runs, (BINARY, "discover-one"), host=client)
    stock, = times(net, 1, CLIENT, host=client)
    assert max(ours.status, stock.status) == 0
    yield Line("discover-one on a LAN with a stock server", f"{1e3 * ours.wall_s:.2f} ms",
               f"{stock.wall_s:.2f} s (its timeout is 5 s)", goal="5 ms",
               reached=ours.wall_s < 0.005)


def memory_of_one(net, _scale):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((LOOPBACK, 0))
        silent.settimeout(PATIENCE_S)
        target = f"{LOOPBACK}:{silent.getsockname()[1]}"
        asking = start(net, BINARY, "discover-one", "-t", 10, "-r", 0, "--target", target)
        silent.recv(100)
        ours = resident_kib(asking)
        asking.stop()
    yield Line("memory of discover-one, resident, while it waits", f"{ours} KiB", goal="512 KiB",
               reached=ours <= 512)


ROWS = (start_to_exit, on_a_lan, memory_of_one)
