"""discover on a host with several interfaces, addresses, and troubles with them."""

import json

import pytest
from expect import addresses, found, server as result, servers


@pytest.fixture
def other(net, client):
    """A second wire, which the client has its eth1 on."""
    other = net.segment("other")
    other.plug(client, "192.168.2.5/24")
    return other


@pytest.fixture
def two_servers(server, client, other):
    with server.serve(), other.host("second", "192.168.2.2/24").serve():
        yield client


def test_two_networks(two_servers):
    assert found(two_servers.find(2)) == servers(
        result("192.168.1.2"), result("192.168.2.2", interface="eth1"))


@pytest.mark.parametrize("words, found_there", [
    (("-i", "eth1"), ["192.168.2.2"]),
    (("-i", "eth0, eth1"), ["192.168.1.2", "192.168.2.2"]),
    (("-i", "eth*"), ["192.168.1.2", "192.168.2.2"]),
    (("-i", "eth[0-9]", "--interfaces-blacklist", "*1"), ["192.168.1.2"]),
    (("--interfaces-blacklist", "eth0"), ["192.168.2.2"]),
])
def test_interface_lists(two_servers, words, found_there):
    run = two_servers.discover(*words)
    assert ([ip for ip, _ in addresses(run)], run.stderr) == (found_there, "")


def test_name_that_fits_nothing_is_one_warning(two_servers):
    run = two_servers.find(1, "-i", "eth0,nosuch0,none*")
    assert addresses(run) == [("192.168.1.2", 8000)]
    warning, = run.stderr.splitlines()
    assert warning.startswith("udpdisc: warning: ") and "nosuch0" in warning


def test_one_server_heard_on_two_interfaces(server, client, other):
    other.plug(server, "192.168.2.2/24")
    with server.serve("--advertise", "192.168.1.2:80"):
        run = client.discover()
    entry, = json.loads(run.stdout)
    paths = {(path["interface"], path["source_address"]) for path in entry["extra"]["seen_on"]}
    assert len(entry["extra"]["seen_on"]) == 2
    assert paths == {("eth0", "192.168.1.2"), ("eth1", "192.168.2.2")}
    assert (entry["extra"]["interface"], entry["extra"]["source_address"]) in paths


def test_secondary_addresses(lan, client):
    client.add_address("eth0", "10.5.0.5/24")
    server = lan.host("server", "192.168.1.2/24", "192.168.1.3/24", "10.5.0.2/24")
    with server.serve():
        assert found(client.find(2)) == servers(result("10.5.0.2"), result("192.168.1.2"))
        assert found(client.find(1, "-T", "192.168.1.3")) == servers(result("192.168.1.3"))


def test_one_probe_for_each_broadcast_address(lan, client):
    recorder = lan.host("recorder", "192.168.1.2/24", "192.168.7.2/24").peer("odd_peer")
    client.add_address("eth0", "192.168.1.6/24")
    client.add_address("eth0", "192.168.7.5/24")
    client.discover("--limited")
    seen = client.probes_at(recorder)
    assert {record["hex"] for record in seen} == {b"DISCOVER_SERVER".hex()}
    assert sorted(record["to"] for record in seen) == [
        "192.168.1.255", "192.168.7.255", "255.255.255.255"]


def test_the_broadcast_address_of_the_kernel_is_used(lan):
    odd = "broadcast 192.168.1.127"
    recorder = lan.host("recorder", f"192.168.1.2/24 {odd}").peer("odd_peer")
    client = lan.host("client", f"192.168.1.5/24 {odd}")
    client.discover()
    assert [seen["to"] for seen in client.probes_at(recorder)] == ["192.168.1.127"]


def test_the_broadcast_address_is_computed_where_the_kernel_has_none(lan, server):
    bare = lan.host("bare")
    bare.ip("addr add 192.168.1.5/24 dev eth0")
    assert "broadcast" not in bare.ip("-j addr show dev eth0").split("addr_info")[1]
    with server.serve():
        assert addresses(bare.find(1)) == [("192.168.1.2", 8000)]


def lines_with(word, text):
    return [line for line in text.splitlines() if word in line]


def test_a_failing_interface_does_not_stop_the_others(two_servers):
    two_servers.block("192.168.1.255")
    run = two_servers.find(1)
    assert (run.returncode, addresses(run)) == (0, [("192.168.2.2", 8000)])
    line, = lines_with("eth0", run.stderr)
    assert "not permitted" in line and not lines_with("eth1", run.stderr)


def test_an_interface_that_fails_twice_is_told_once(two_servers):
    two_servers.block("192.168.1.255")
    two_servers.block("255.255.255.255")
    run = two_servers.discover("--limited", "-i", "eth0", "--interfaces-blacklist", "none*")
    assert run.returncode == 3
    assert len(lines_with("warning: cannot send", run.stderr)) == 1


def test_every_send_failed(two_servers):
    two_servers.block("192.168.1.255")
    two_servers.block("192.168.2.255")
    run = two_servers.discover()
    assert (run.returncode, run.stdout.strip()) in [(3, ""), (3, "[]")]
    assert "eth0" in run.stderr and "eth1" in run.stderr


def test_targets_that_cannot_be_reached(client, server):
    client.ip("route add prohibit 10.66.0.1")
    with server.serve():
        run = client.find(1, "-T", "10.66.0.1", "-T", "10.67.0.1", "-T", "192.168.1.2")
        alone = client.discover("-T", "10.66.0.1")
    assert (run.returncode, addresses(run)) == (0, [("192.168.1.2", 8000)])
    assert len(lines_with("10.66.0.1", run.stderr)) == 1
    assert len(lines_with("10.67.0.1", run.stderr)) == 1
    assert alone.returncode == 3 and "10.66.0.1" in alone.stderr


def test_a_target_that_is_closed_is_only_silent(server, client):
    """Its host says so, and that is no failure to send."""
    run = client.udpdisc("discover", "-j", "-t", "0.5", "-T", "192.168.1.2")
    assert (run.returncode, addresses(run)) == (1, [])


@pytest.mark.parametrize("change", ["link set eth1 down", "link del eth1"])
def test_an_interface_that_goes_away_meanwhile(server, client, other, change):
    server.peer("odd_peer", "--ignore", "2", "--hex", b"SERVER_IP:192.168.1.2".hex())
    recorder = other.host("recorder", "192.168.2.2/24").peer("odd_peer")
    running = client.start_udpdisc("discover", "-j", "-t", "4", "-c", "1")
    recorder.wait_records(1)
    client.ip(change)
    assert running.wait() == 0
    assert [entry["ip"] for entry in json.loads(running.stdout)] == ["192.168.1.2"]
    assert len(lines_with("eth1", running.stderr)) == 1


@pytest.mark.parametrize("words", [(), ("-i", "nosuch0"), ("--interfaces-blacklist", "eth*")])
def test_nothing_to_send_to(lan, alone, words):
    host = lan.host("client", "192.168.1.5/24") if words else alone
    run = host.discover(*words)
    assert (run.returncode, run.stdout.strip()) in [(3, ""), (3, "[]")]
    assert run.stderr.startswith("udpdisc: ")


def test_an_interface_with_ipv6_only_is_nothing(lan):
    host = lan.host("client")
    host.ip("addr add fd00::5/64 dev eth0 nodad")
    assert host.discover().returncode == 3


def test_loopback_target_on_a_host_without_network(alone):
    with alone.serve():
        run = alone.find(1, "-T", "127.0.0.1")
    assert found(run) == servers(result("127.0.0.1", interface="lo", local=True))
