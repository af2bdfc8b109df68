"""serve --advertise NETWORK=ADDR[:PORT]: what each asker is told, by its own address."""

import pytest
from tged import PORT, ask, reply

DMZ = ("--advertise", "10.50.0.0/16=203.0.113.7:8443")
LAN = ("--advertise", "192.168.1.0/24=192.168.1.80:80")


@pytest.fixture
def far_client(net, lan, server):
    """Behind a router of the first wire."""
    router, far = lan.host("router", "192.168.1.1/24"), net.segment("far")
    router.sysctl("ip_forward", 1)
    far.plug(router, "10.50.0.1/24")
    server.ip("route add default via 192.168.1.1")
    client = far.host("client3", "10.50.0.5/24")
    client.ip("route add default via 10.50.0.1")
    return client


def test_each_asker_by_its_network(server, client, second_client, far_client):
    words = (*LAN, *DMZ, "--advertise", "192.168.2.99/255.255.255.0=192.168.2.80")
    with server.serve(*words):
        assert client.told("192.168.1.255") == "192.168.1.80:80"
        assert second_client.told("192.168.2.255") == "192.168.2.80"
        assert far_client.told("192.168.1.2") == "203.0.113.7:8443"


def test_none_fits(server, client, second_client, far_client):
    """Then it is automatic, and --advertise-port is of that alone."""
    with server.serve(*LAN, "--advertise-port", "81"):
        assert client.told("192.168.1.255") == "192.168.1.80:80"
        assert second_client.told("192.168.2.255") == "192.168.2.2:81"
        assert far_client.told("192.168.1.2") == "192.168.1.2:81"
        assert server.told("127.0.0.1") == "127.0.0.1:81"


@pytest.mark.parametrize("networks, expected", [
    (("192.168.1.5/32=10.0.0.1", "192.168.0.0/16=10.0.0.2", "10.0.0.3"), (1, 2, 3)),
    (("192.168.0.0/16=10.0.0.1", "192.168.1.5/32=10.0.0.2", "10.0.0.3"), (1, 1, 3)),
    (("192.168.2.0/24=10.0.0.1", "0.0.0.0/0=10.0.0.2", "10.50.0.0/16=10.0.0.3"), (2, 1, 2)),
    (("10.0.0.1", "192.168.0.0/16=10.0.0.2"), (1, 1, 1)),
])
def test_the_first_that_fits(server, client, second_client, far_client, networks, expected):
    words = [word for rule in networks for word in ("--advertise", rule)]
    with server.serve(*words):
        assert [client.told("192.168.1.2"), second_client.told("192.168.2.2"),
                far_client.told("192.168.1.2")] == [f"10.0.0.{end}" for end in expected]


def test_the_asker_counts_and_not_where_it_asks(server, client, second_client):
    """Of another interface's address, and by a second address of its own."""
    client.add_address("eth0", "10.50.9.9/32")
    client.ip("route add 192.168.2.0/24 via 192.168.1.2")
    server.ip("route add 10.50.9.9 via 192.168.1.5")
    with server.serve(*LAN, *DMZ):
        assert client.told("192.168.2.2", "--source", "192.168.1.5") == "192.168.1.80:80"
        assert client.told("192.168.2.2", "--source", "10.50.9.9") == "203.0.113.7:8443"
        assert client.told("192.168.1.255", "--source", "10.50.9.9") == "203.0.113.7:8443"


def test_the_host_itself(server, client):
    with server.serve("--advertise", "127.0.0.0/8=127.0.0.9:1", *LAN):
        assert server.told("127.0.0.1") == "127.0.0.9:1"
        assert server.told("192.168.1.2", "--source", "192.168.1.2") == "192.168.1.80:80"


def test_auto_of_tged(server, client, second_client, far_client, services):
    """The address alone."""
    path = services({"WEB": {"IP": "auto", "PORT": 1}})
    with server.serve("-S", path, *LAN, *DMZ, port=PORT):
        for host, to, address in ((client, "192.168.1.255", "192.168.1.80"),
                                  (second_client, "192.168.2.255", "192.168.2.2"),
                                  (far_client, "192.168.1.2", "203.0.113.7")):
            assert ask(host, "WEB", to) == reply({"IP": address, "PORT": 1})


def test_a_rule_admits_nobody(server, client):
    """Who is told what says nothing of who is answered."""
    with server.serve(*LAN, "--allow", "10.50.0.0/16"):
        assert client.in_vain("192.168.1.2")


def test_a_rule_that_is_never_used(server, client):
    with server.serve("--advertise", "192.168.0.0/16=10.0.0.1", *LAN) as serving:
        assert client.told("192.168.1.2") == "10.0.0.1"
    warning, = [line for line in serving.stderr.splitlines() if "warning" in line]
    assert warning == ("udpdisc: warning: --advertise 192.168.1.0/24=192.168.1.80:80 is never "
                       "used: --advertise 192.168.0.0/16=10.0.0.1 fits every asker there")
