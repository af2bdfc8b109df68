"""serve: the address in a reply, the one that it leaves from, and the way that it takes."""

import pytest
from wire import replies_sent, wait_replies


class Roads:
    """A server on two wires, each with a router, and an asker on a third one behind both.

    The asker's way is by the first router; the server has no route until a test gives it one.
    """

    def __init__(self, net, lan, server):
        self.server = server
        self.back, far = net.segment("back"), net.segment("far")
        self.back.plug(server, "192.168.2.2/24")
        self.first = lan.host("router1", "192.168.1.1/24")
        self.second = self.back.host("router2", "192.168.2.1/24")
        far.plug(self.first, "10.50.0.1/24")
        far.plug(self.second, "10.50.0.2/24")
        for router in (self.first, self.second):
            router.sysctl("ip_forward", 1)
            router.sysctl("conf/all/bc_forwarding", 1)
            router.sysctl("conf/eth1/bc_forwarding", 1)
        self.asker = far.host("asker", "10.50.0.5/24")
        self.asker.ip("route add default via 10.50.0.1")

    def back_by(self, router):
        """The server's way to the asker."""
        self.server.ip(f"route replace default via {router}")


@pytest.fixture
def roads(net, lan, server):
    return Roads(net, lan, server)


def check(server, asker, to, *words, says, leaves):
    """The reply arrives, says this address and comes from it, and went out there and only there."""
    sniffer = server.peer("sniffer")
    with server.serve():
        answer = asker.ask("asker", to, *words)
        wait_replies(sniffer)
    assert answer == {"reply": f"SERVER_IP:{says}", "source": [says, 9999],
                      "foreign_replies": []}
    sent, = replies_sent(sniffer)
    assert (sent["source"], sent["interface"]) == (says, leaves)


# --- askers on the same wire


@pytest.mark.parametrize("to, says", [
    ("192.168.1.2", "192.168.1.2"),
    ("192.168.1.3", "192.168.1.3"),  # a second address of the same network
    ("10.5.0.2", "10.5.0.2"),  # and one of another
    ("192.168.1.255", "192.168.1.2"),
])
def test_on_the_same_wire(server, client, to, says):
    for address in ("192.168.1.3/24", "10.5.0.2/24"):
        server.add_address("eth0", address)
    client.ip("route add 10.5.0.0/24 dev eth0")
    check(server, client, to, says=says, leaves="eth0")


def test_a_broadcast_to_the_network_of_a_second_address(lan, server):
    """And not the first, from which this asker may have no way."""
    server.add_address("eth0", "10.5.0.2/24")
    server.add_address("eth0", "10.5.0.3/24")
    neighbour = lan.host("neighbour", "10.5.0.5/24")
    check(server, neighbour, "10.5.0.255", says="10.5.0.2", leaves="eth0")


def test_an_address_of_loopback(server, client):
    """A service address as routing daemons announce it."""
    server.ip("addr add 10.99.0.1/32 dev lo")
    client.ip("route add 10.99.0.1 via 192.168.1.2")
    check(server, client, "10.99.0.1", says="10.99.0.1", leaves="eth0")


def test_on_the_same_wire_whatever_the_routes(server, client, two_wires):
    """The asker is on-link where it asked: a route elsewhere does not take the reply along."""
    server.ip("route add 192.168.1.5/32 dev eth1")
    for to in ("192.168.1.2", "192.168.1.255"):
        check(server, client, to, "--device", "eth0", says="192.168.1.2", leaves="eth0")


# --- askers behind a router


@pytest.mark.parametrize("to", ["192.168.1.2", "192.168.1.3"])
def test_behind_a_router(roads, server, to):
    server.add_address("eth0", "192.168.1.3/24")
    roads.back_by("192.168.1.1")
    check(server, roads.asker, to, says=to, leaves="eth0")


def test_the_address_of_the_other_side(roads, server):
    """In by one interface for the address of the other one, and back by the first."""
    roads.back_by("192.168.1.1")
    roads.first.ip("route add 192.168.2.0/24 via 192.168.1.2")
    check(server, roads.asker, "192.168.2.2", says="192.168.2.2", leaves="eth0")


@pytest.mark.parametrize("to", ["192.168.1.2", "192.168.1.3"])
def test_asymmetric_routes(roads, server, to):
    """In by one router and back by the other: a reply that is kept on its interface is lost."""
    server.add_address("eth0", "192.168.1.3/24")
    roads.back_by("192.168.2.1")
    check(server, roads.asker, to, says=to, leaves="eth1")


@pytest.mark.parametrize("broadcast", ["192.168.1.255", "10.5.0.255"])
def test_a_directed_broadcast_through_a_router(roads, server, broadcast):
    """Of the interface's addresses it is the one that the route back has."""
    server.add_address("eth0", "10.5.0.2/24")
    roads.first.add_address("eth0", "10.5.0.1/24")
    roads.back_by("192.168.1.1")
    check(server, roads.asker, broadcast, says="192.168.1.2", leaves="eth0")
    roads.back_by("10.5.0.1")
    check(server, roads.asker, broadcast, says="10.5.0.2", leaves="eth0")


# --- askers of a foreign subnet on the same wire, by limited broadcast


LIMITED = ("255.255.255.255", "--device", "eth0")
ELSEWHERE = {
    "nowhere": None,
    "default, by a router": "default via 192.168.2.1",
    "default, on-link": "default dev eth1",
    "its network, by a router": "10.7.0.0/24 via 192.168.2.1",
    "its network, on-link": "10.7.0.0/24 dev eth1",
}


@pytest.mark.parametrize("route", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_foreign_subnet_on_the_same_wire(net, lan, server, route):
    net.segment("other").plug(server, "192.168.2.2/24")
    stranger = lan.host("stranger", "10.7.0.5/24")
    if route:
        server.ip(f"route add {route}")
    check(server, stranger, *LIMITED, says="192.168.1.2", leaves="eth0")


def test_a_foreign_subnet_and_a_default_route_on_the_same_wire(lan, server):
    """The kernel asks the router of that route, which has to know the asker."""
    router = lan.host("router", "192.168.1.1/24", "10.7.0.1/24")
    router.sysctl("ip_forward", 1)
    server.ip("route add default via 192.168.1.1")
    stranger = lan.host("stranger", "10.7.0.5/24")
    check(server, stranger, *LIMITED, says="192.168.1.2", leaves="eth0")
