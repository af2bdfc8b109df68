"""Hosts of other subnets on the same wire: only a limited broadcast reaches them."""

import json

import pytest
from expect import addresses, found, server as result, servers


@pytest.mark.parametrize("address", ["192.168.0.9/16", "192.168.1.9/25", "10.7.0.2/24"])
def test_only_a_limited_broadcast_finds_another_mask(lan, client, address):
    stranger = lan.host("stranger", address)
    with stranger.serve():
        directed, limited = client.discover(), client.find(1, "--limited")
    assert (directed.returncode, addresses(directed)) == (1, [])
    assert found(limited) == servers(result(address.split("/")[0]))


def test_a_limited_broadcast_also_finds_the_usual_ones(lan, server, client):
    stranger = lan.host("stranger", "10.7.0.2/24")
    with server.serve(), stranger.serve():
        run = client.find(2, "--limited")
    assert found(run) == servers(result("10.7.0.2"), result("192.168.1.2"))


def test_a_default_route_elsewhere_does_not_mislead_serve(net, lan, client):
    """The kernel's choice would be the address and the wire of that route."""
    stranger = lan.host("stranger", "10.7.0.2/24")
    net.segment("other").plug(stranger, "172.30.0.2/24")
    stranger.ip("route add default via 172.30.0.1")
    with stranger.serve():
        run = client.find(1, "--limited")
    assert found(run) == servers(result("10.7.0.2"))


@pytest.fixture
def stock(lan):
    """A stock server of another subnet, with no route to ours, and a neighbour of its."""
    host = lan.host("stock", "10.7.0.2/24")
    return host.peer("stock_server", "--claim", "10.7.0.2"), lan.host("near", "10.7.0.5/24")


def test_discover_leaves_a_stock_server_of_another_subnet_alive(stock, client):
    server, near = stock
    assert client.udpdisc("discover", "-t", "0.5").returncode == 1
    assert addresses(near.find(1)) == [("10.7.0.2", 8000)]
    assert server.stdout == "ready\n"


def test_a_limited_broadcast_set_as_the_address_is_not_used(lan, stock):
    """The kernel lets 255.255.255.255 be an interface's broadcast address."""
    odd = lan.host("odd", "192.168.1.6/24 broadcast 255.255.255.255")
    run = odd.udpdisc("discover", "-t", "0.3")
    shown = json.loads(odd.udpdisc("ifaces", "-j", "-i", "eth0").stdout)
    assert [row["broadcast"] for row in shown if row["name"] == "eth0"] == ["255.255.255.255"]
    assert "to 192.168.1.255:9999 on eth0" in run.stderr
    assert stock[0].stdout == "ready\n"


def test_a_limited_broadcast_ends_it(stock, client):
    """What the test above would see, and why --limited is no default."""
    server, near = stock
    assert client.discover("--limited").returncode == 1
    server.wait_for(lambda: "listener ended: " in server.stdout, "the end of the listener")
    assert near.discover("-t", "0.3").returncode == 1


def test_limited_on_two_interfaces(net, client, lan):
    """255.255.255.255 goes out on each, without any default route."""
    other = net.segment("other")
    other.plug(client, "192.168.2.5/24")
    strangers = [lan.host("stranger", "10.7.0.2/24"), other.host("stranger2", "10.8.0.2/24")]
    with strangers[0].serve(), strangers[1].serve():
        run = client.find(2, "--limited")
        only = client.find(1, "--limited", "-i", "eth1")
    assert found(run) == servers(result("10.7.0.2"), result("10.8.0.2", interface="eth1"))
    assert found(only) == servers(result("10.8.0.2", interface="eth1"))
