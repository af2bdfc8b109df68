"""What the sweep tests share: who was asked, and what that did to the sweeping host."""

import contextlib
import json
import socket
from ipaddress import ip_network
from pathlib import Path

import pytest
from neighbour_watch import all_entries
from processes import PATIENCE_S, wait_until

SWEEP_S = 400  # a sweep that takes longer counts as hanging
WAITING_MOST, USED_MOST = 512, 768  # of the 1024 entries of the neighbour table
ARP_TRIES = 3
OTHERS_MOST = 128
FORGOTTEN_AFTER_S = 60  # at the latest


def hosts_of(*networks):
    """All addresses of networks that can be hosts, as text."""
    return {str(host) for network in networks for host in ip_network(network).hosts()}


def watch(host, dev="eth0", port=9999):
    """Begin to note who is asked by what arrives there."""
    return host.peer("witness", "--device", dev, "--port", str(port))


def seen(witness):
    """End it; what it noted."""
    witness.stop()
    noted, = witness.records()
    assert noted["missed"] == 0
    return noted


def sweep(host, *args, timeout=SWEEP_S, **options):
    """`udpdisc discover -j` with time for a long sweep; -t is only its last wait."""
    return host.udpdisc("discover", "-j", "-t", "0.5", "-r", "0", *args, timeout=timeout, **options)


def sources(run):
    """Where its answers came from; each server stands there once."""
    entries = json.loads(run.stdout)
    found = {entry["extra"]["source_address"] for entry in entries}
    assert len(found) == len(entries)
    return found


def forget_soon(host, dev="eth0"):
    """Let what the kernel knows of a neighbour be reclaimed after some 8 s, not 20 to 50."""
    host.sysctl(f"neigh/{dev}/base_reachable_time_ms", 2500)
    host.sysctl(f"neigh/{dev}/delay_first_probe_time", 1)


def give_up_soon(host, dev="eth0"):
    """Let the kernel look for a neighbour for 1.2 s, not 3."""
    host.sysctl(f"neigh/{dev}/retrans_time_ms", 400)


def own_all(host, network):
    """Let a host have all addresses of a network."""
    host.ip(f"route add local {network} dev lo")


def make_gateway(lan, client, network):
    """A host that has all of a network, by which the client reaches it."""
    settle()
    far = lan.host("far", "192.168.1.2/24")
    own_all(far, network)
    client.ip(f"route add {network} via 192.168.1.2")
    return far


def write_targets(folder, targets):
    """A file for --targets-file."""
    path = folder / "targets"
    path.write_text("\n".join(targets), "ascii")
    return path


def add_sink(net, host):
    """A way to a gateway that takes all, answers nothing, and costs one neighbour."""
    dev = net.segment("sink").plug(host, "192.168.88.1/24")
    host.ip(f"neigh add 192.168.88.2 lladdr 02:00:00:00:00:02 dev {dev}")
    return f"via 192.168.88.2 dev {dev}"


def answer_by_proxy(router, dev="eth0", delay=0):
    """Answer for each address that it has a route to by another interface, after up to so
    many hundredths of a second; Linux takes 80, and lets no more than 64 requests wait."""
    router.sysctl("ip_forward", 1)
    router.sysctl(f"conf/{dev}/proxy_arp", 1)
    router.sysctl(f"neigh/{dev}/proxy_delay", delay)


def settle():
    """Wait until the hosts of earlier tests have left the neighbour table."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        for _ in range(int(FORGOTTEN_AFTER_S / PATIENCE_S)):
            with contextlib.suppress(pytest.fail.Exception):
                wait_until(lambda: all_entries(sock) < OTHERS_MOST, "room in the neighbour table")
                return
    pytest.skip("other programs of this machine fill the neighbour table")


def bytes_waiting(process):
    """What the first UDP socket of its host has not sent yet."""
    rows = Path(f"/proc/{process.popen.pid}/net/udp").read_text("ascii").splitlines()[1:]
    return int(rows[0].split()[4].split(":")[0], 16) if rows else 0


class Guard:
    """What else happens on a sweeping host: its table is watched, and another program of it
    meets new neighbours, on a wire of their own, which the host joins."""

    def __init__(self, net, host, dev="eth0"):
        wire = net.segment("elsewhere")
        wire.plug(host, "192.168.77.1/24")
        neighbours = wire.host("neighbours", "192.168.77.2/24")
        own_all(neighbours, "192.168.77.128/25")
        neighbours.peer("odd_peer", "--hex", b"hello".hex())
        self._table = host.peer("neighbour_watch", dev)
        self._visitor = host.peer("visitor", "192.168.77")

    def close(self):
        """All was well, on so many occasions that it means something."""
        self._visitor.stop()
        self._table.stop()
        visits, table = *self._visitor.records(), *self._table.records()
        print(visits, table)
        assert table["looks"] > 20 and visits["asked"] > 5
        assert table["waiting"] <= WAITING_MOST
        assert table["used"] <= USED_MOST
        if visits["silent"] and table["others"] > OTHERS_MOST:
            pytest.skip("other programs of this machine filled the neighbour table meanwhile")
        assert visits["silent"] == []
        return table
