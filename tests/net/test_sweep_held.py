"""Sweeps that the kernel holds up: its buffers or its neighbour table are full."""

import re

import pytest
from sweeps import hosts_of, make_gateway, seen, settle, sweep, watch, write_targets

NETWORK = "10.20.0.0/23"


@pytest.fixture
def far(lan, client):
    """A gateway that has all of a network."""
    far = make_gateway(lan, client, NETWORK)
    far.ip("neigh add 192.168.1.5 lladdr " + client.link("eth0")["address"] + " dev eth0")
    client.ip("neigh add 192.168.1.2 lladdr " + far.link("eth0")["address"] + " dev eth0")
    return far


def limit(host, rate):
    """Let its interface send so much, and hold no more than some fifty probes."""
    run = host.run("tc", *f"qdisc add dev eth0 root tbf rate {rate} burst 1600 limit 3000".split())
    if run.returncode:
        pytest.skip(f"this kernel limits no rate: {run.stderr}")


def dropped(host):
    """So often it did not have room for a datagram."""
    said = host.run("tc", "-s", "qdisc", "show", "dev", "eth0").stdout
    return int(re.search(r"dropped (\d+)", said)[1])


@pytest.fixture
def path(tmp_path):
    return write_targets(tmp_path, hosts_of(NETWORK))


@pytest.mark.parametrize("how", ["network", "file"])
def test_a_slow_interface(far, client, path, how):
    """What it drops is sent again."""
    limit(client, "200kbit")
    witness = watch(far)
    run = sweep(client, *(["-T", NETWORK] if how == "network" else ["--targets-file", path]))
    assert seen(witness)["udp"] == dict.fromkeys(hosts_of(NETWORK), 1)
    assert run.returncode == 1 and "not asked" not in run.stderr
    assert dropped(client) > 0


def test_a_neighbour_table_that_others_fill(net, lan):
    """All of this machine share it. They leave it after a while."""
    settle()
    client, far = lan.host("client", "10.15.0.1/24"), lan.host("far", "10.15.0.2/24")
    witness = watch(far)
    crowder = net.segment("crowded").host("crowd", "10.77.0.1/20").peer("crowder", "10.77.0.0/21")
    running = client.start_udpdisc("discover", "-v", "-t", "8", "-T", "10.15.0.0/26", "-r", "0")
    running.wait_stderr("No buffer space")
    crowder.stop()
    running.wait_stderr("sent ", 62)
    assert set(seen(witness)["arp"]) == hosts_of("10.15.0.0/26") - {"10.15.0.1"}
    assert running.stop() == 143
