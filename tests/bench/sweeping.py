"""Sweeps, with the kernel's own settings."""

import re
from ipaddress import ip_network

from lanes import FULL, Line, numbers, serve, start, tool
from sweeps import own_all, settle, sources, sweep

# What the pace that keeps the neighbour table usable makes of a /20 and of a /21.
EMPTY_A_SECOND = 170
ALIVE_S = 42
ROUTED_A_SECOND = 20_000
PATIENCE_S = 300


def wait_for_room(scale):
    if scale is FULL:
        settle()


def asked(run):
    """How many of how many the sweep says that it asked."""
    return tuple(map(int, re.search(r"asked (\d+) of (\d+) hosts", run.stderr).groups()))


def on_link(net, scale):
    wait_for_room(scale)
    client = net.segment().host("client", f"10.15.0.1/{scale.on_link}")
    run = sweep(client, "-T", f"10.15.0.0/{scale.on_link}", timeout=PATIENCE_S)
    hosts = 2 ** (32 - scale.on_link) - 2
    allowed_s = hosts / EMPTY_A_SECOND
    count, of = asked(run)
    assert of == hosts
    yield Line(f"sweep of an empty on-link /{scale.on_link}",
               f"{run.elapsed_s:.1f} s, {count:,} of {of:,} asked",
               goal=f"{allowed_s:.1f} s by the rule, and a third",
               reached=count == of and run.elapsed_s <= allowed_s * 4 / 3)


def half_alive(net, scale):
    wait_for_room(scale)
    whole = ip_network(f"10.15.0.0/{scale.alive}")
    _, half = whole.subnets()
    lan = net.segment()
    client, far = (lan.host(name, f"{address}/{scale.alive}")
                   for name, address in (("client", whole[1]), ("far", whole[-2])))
    own_all(far, half)
    serve(net, "--rate-limit", 0, host=far, port=9999)
    run = sweep(client, "-T", whole, timeout=PATIENCE_S)
    alive, found = half.num_addresses - 1, len(sources(run))
    assert found > 0
    yield Line(f"sweep of a /{scale.alive} of which half is alive",
               f"{run.elapsed_s:.1f} s, {found:,} of {alive:,} found",
               goal=f"{ALIVE_S} s by the rule, and a third" if scale is FULL else "-",
               reached=found == alive and run.elapsed_s <= ALIVE_S * 4 / 3)


def routed(net, scale):
    lan = net.segment()
    client, far = lan.host("client", "192.168.1.5/24"), lan.host("far", "192.168.1.2/24")
    own_all(far, f"10.20.0.0/{scale.routed}")
    client.ip(f"route add 10.20.0.0/{scale.routed} via 192.168.1.2")
    sink = start(net, tool("sink"), 9999, host=far, port=9999)
    run = sweep(client, "-T", f"10.20.0.0/{scale.routed}", "--rate", str(ROUTED_A_SECOND))
    assert run.returncode == 1 and sink.stop() == 0
    count, ns = numbers(sink.stdout)
    hosts, rate = 2 ** (32 - scale.routed) - 2, count * 1e9 / ns
    yield Line(f"sweep of a routed /{scale.routed} at `--rate {ROUTED_A_SECOND}`",
               f"{rate:,.0f} a second, {count:,} of {hosts:,} came", goal="within 10 %",
               reached=count == hosts and abs(rate / ROUTED_A_SECOND - 1) <= 0.1)


ROWS = (on_link, half_alive, routed)
