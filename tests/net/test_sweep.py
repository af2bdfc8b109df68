"""Sweeps: every target is asked, none twice, and the host that asks stays well meanwhile.

The neighbour table is one for all hosts of these tests, as for a host and its containers.
"""

import random
from ipaddress import ip_address

import pytest
from sweeps import (ARP_TRIES, WAITING_MOST, Guard, add_sink, answer_by_proxy, bytes_waiting,
                    forget_soon, give_up_soon, hosts_of, own_all, seen, settle, sources, sweep,
                    watch, write_targets)

BIG = "10.20.0.0/16"
ROUTED = "10.20.0.0/22"
WAITING_BYTES = 100_000  # of probes for which there is no hardware address yet


@pytest.fixture
def lan(lan):
    settle()
    return lan


def in_order(addresses):
    """As a sweep visits them: x.x.x.1 of every /24, then x.x.x.2, and x.x.x.0 last."""
    return sorted(addresses, key=lambda text: ((int(ip_address(text)) - 1) % 256,
                                               int(ip_address(text))))


def is_each_once(noted):
    return set(noted.values()) == {1}


def is_each_tried(noted):
    """A second probe to one of them would have begun its tries anew."""
    return set(noted.values()) <= set(range(1, ARP_TRIES + 1))


def test_an_empty_network(net, lan):
    client, far = lan.host("client", "10.15.0.1/21"), lan.host("far", "192.168.1.2/24")
    witness, guard = watch(far), Guard(net, client)
    run = sweep(client, "-T", "10.15.0.0/21")
    table, asked = guard.close(), seen(witness)["arp"]
    print(f"{len(asked)} addresses in {run.elapsed_s:.1f} s")
    assert (run.returncode, sources(run)) == (1, set())
    assert "asked 2046 of 2046 hosts, 10.15.0.1 to 10.15.7.254" in run.stderr
    assert set(asked) == hosts_of("10.15.0.0/21") - {"10.15.0.1"}
    assert is_each_tried(asked)
    assert table["waiting"] > 256  # and it is no slower than it must be


def test_a_network_of_which_half_is_alive(net, lan):
    client, far = lan.host("client", "10.15.0.1/21"), lan.host("far", "10.15.7.254/21")
    own_all(far, "10.15.4.0/22")
    forget_soon(client)
    alive = {f"10.15.{third}.{last}" for third in range(4, 8) for last in range(256)}
    alive.remove("10.15.7.255")
    witness, guard = watch(far), Guard(net, client)
    with far.serve("--rate-limit", "0"):
        run = sweep(client, "-T", "10.15.0.0/21")
    table, noted = guard.close(), seen(witness)
    print(f"{len(noted['arp'])} addresses, {len(alive)} alive, in {run.elapsed_s:.1f} s")
    assert set(noted["arp"]) | alive == hosts_of("10.15.0.0/21") - {"10.15.0.1"}
    assert is_each_tried(noted["arp"])
    assert set(noted["udp"]) == alive and is_each_once(noted["udp"])
    assert (run.returncode, sources(run)) == (0, alive)
    assert table["used"] > WAITING_MOST


def proxied(net, lan, prefix, delay=0):
    """A host in a network for all of which a proxy answers, and the proxy."""
    client, router = lan.host("client", f"10.15.0.1/{prefix}"), lan.host("router", "192.168.1.2/24")
    router.ip(f"route add 10.15.0.0/{prefix} {add_sink(net, router)}")
    router.ip("route add 10.15.0.1/32 dev eth0")
    answer_by_proxy(router, delay=delay)
    forget_soon(client)
    return client, router


def test_a_network_for_all_of_which_a_proxy_answers(net, lan):
    """An answered entry can't be reclaimed for long, so these are slower than an empty network."""
    client, router = proxied(net, lan, 22)
    witness, guard = watch(router), Guard(net, client)
    run = sweep(client, "-T", "10.15.0.0/22")
    table, noted = guard.close(), seen(witness)
    print(f"{len(noted['udp'])} addresses in {run.elapsed_s:.1f} s")
    assert set(noted["udp"]) == hosts_of("10.15.0.0/22") - {"10.15.0.1"}
    assert is_each_once(noted["udp"])
    assert table["used"] > WAITING_MOST


@pytest.mark.parametrize("how", ["network", "file"])
def test_a_proxy_that_takes_its_time(net, lan, tmp_path, how):
    """As Linux does, which drops the requests that are too many for it: then slower, and anew."""
    client, router = proxied(net, lan, 24, delay=80)
    path = write_targets(tmp_path, hosts_of("10.15.0.0/24"))
    witness = watch(router)
    run = sweep(client, *(["-T", "10.15.0.0/24"] if how == "network" else
                          ["--targets-file", path]), "-t", "2")
    noted = seen(witness)["udp"]
    print(f"{len(noted)} addresses in {run.elapsed_s:.1f} s")
    assert set(noted) == hosts_of("10.15.0.0/24") - {"10.15.0.1"}
    assert set(noted.values()) <= {1, 2}


def test_three_thousand_single_targets(net, lan, tmp_path):
    """They are asked in rounds, which a full table stops as little as a sweep."""
    client, far = lan.host("client", "10.15.0.1/20"), lan.host("far", "192.168.1.2/24")
    give_up_soon(client)
    targets = random.Random(1).sample(sorted(hosts_of("10.15.0.0/20") - {"10.15.0.1"}), 3000)
    path = write_targets(tmp_path, targets)
    witness, guard = watch(far), Guard(net, client)
    run = sweep(client, "--targets-file", path)
    guard.close()
    asked = seen(witness)["arp"]
    print(f"{len(asked)} addresses in {run.elapsed_s:.1f} s")
    assert set(asked) == set(targets) and is_each_tried(asked)
    assert run.returncode == 1 and "and to 2992 more targets" in run.stderr


@pytest.fixture
def far(lan):
    """A host that has all of a big network, behind the address .2."""
    far = lan.host("far", "192.168.1.3/24")
    own_all(far, BIG)
    return far


@pytest.fixture
def routed(client):
    client.ip(f"route add {BIG} via 192.168.1.2")
    return client


def test_a_routed_network(far, routed):
    """Its addresses are no neighbours: only the rate limits them."""
    far.add_address("eth0", "192.168.1.2/24")
    witness = watch(far)
    run = sweep(routed, "-T", BIG, "--rate", "20000")
    noted = seen(witness)
    print(f"{len(noted['udp'])} addresses in {run.elapsed_s:.1f} s")
    assert list(noted["udp"]) == in_order(hosts_of(BIG))
    assert is_each_once(noted["udp"]) and set(noted["arp"]) == {"192.168.1.2"}
    assert "asked 65534 of 65534 hosts, 10.20.0.1 to 10.20.255.254" in run.stderr


def test_networks_that_overlap_are_asked_once(far, routed):
    far.add_address("eth0", "192.168.1.2/24")
    witness = watch(far)
    run = sweep(routed, "-T", "10.20.4.0/24", "-T", "10.20.5.0/25", "-T", "10.20.4.0/23",
                "-T", "10.20.7.8/31", "-T", "10.20.7.10/32", "-T", "10.20.5.7")
    noted = seen(witness)
    wanted = hosts_of("10.20.4.0/23") | {"10.20.7.8", "10.20.7.9", "10.20.7.10"}
    assert set(noted["udp"]) == wanted and is_each_once(noted["udp"])
    assert list(noted["udp"])[0] == "10.20.5.7"
    assert list(noted["udp"])[1:] == in_order(wanted - {"10.20.5.7"})
    assert run.returncode == 1


def test_the_rate_of_a_sweep(far, routed):
    far.add_address("eth0", "192.168.1.2/24")
    witness = watch(far)
    run = sweep(routed, "-T", "10.20.4.0/24", "--rate", "200", "-t", "0.1")
    assert set(seen(witness)["udp"]) == hosts_of("10.20.4.0/24")
    assert run.elapsed_s > 253 / 200


@pytest.mark.parametrize("how", ["network", "file"])
def test_a_gateway_that_is_slow_to_answer(far, routed, tmp_path, how):
    """The kernel keeps but some 250 probes for it: the rest must not go before it is there."""
    path = write_targets(tmp_path, hosts_of(ROUTED))
    words = ("-T", ROUTED) if how == "network" else ("--targets-file", path)
    witness = watch(far)
    running = routed.start_udpdisc("discover", "-t", "0.5", "-r", "0", *words, "--rate", "1000")
    running.wait_for(lambda: bytes_waiting(running) > WAITING_BYTES, "probes that wait")
    far.add_address("eth0", "192.168.1.2/24")
    assert running.wait() == 1
    noted = seen(witness)
    assert set(noted["udp"]) == hosts_of(ROUTED) and is_each_once(noted["udp"])
