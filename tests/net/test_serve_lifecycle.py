"""serve while the network comes, goes and changes under it."""

import signal

import pytest
from expect import found, server as result, servers


def test_started_before_there_is_any_network(net, lan, client):
    server = net.host("server", loopback=False)
    with server.serve():
        lan.plug(server, "192.168.1.2/24")
        assert found(client.discover()) == servers(result("192.168.1.2"))


def test_more_changes_than_the_kernel_tells(server, client):
    """While serve stands still its netlink socket overflows; the last change counts too."""
    crowd = [f"10.1.{i // 250}.{i % 250 + 1}/32 dev lo" for i in range(3000)]
    with server.serve() as process:
        process.send(signal.SIGSTOP)
        server.ip_batch(f"addr add {address}" for address in crowd)
        server.ip("addr del 192.168.1.2/24 dev eth0")
        server.add_address("eth0", "192.168.1.77/24")
        process.send(signal.SIGCONT)
        assert found(client.discover()) == servers(result("192.168.1.77"))
        assert found(server.discover("-T", "10.1.11.250")) == servers(
            result("10.1.11.250", interface="lo", local=True))


def rename(host, dev, name):
    """Not while it is up, which only newer kernels take."""
    host.ip(f"link set {dev} down")
    host.ip(f"link set {dev} name {name} up")
    host.wait_state(name, "UP")


def test_renamed(server, client):
    with server.serve("-i", "eth0"):
        rename(server, "eth0", "lan0")
        assert client.discover("-t", "0.2").returncode == 1
        rename(server, "lan0", "eth0")
        assert found(client.discover()) == servers(result("192.168.1.2"))


@pytest.fixture
def serving(server):
    with server.serve():
        yield server


def test_down_and_up(serving, client):
    serving.ip("link set eth0 down")
    assert client.discover("-t", "0.2").returncode == 1
    serving.ip("link set eth0 up")
    serving.wait_state("eth0", "UP")
    assert found(client.discover()) == servers(result("192.168.1.2"))


def test_another_address(serving, client):
    serving.ip("addr del 192.168.1.2/24 dev eth0")
    serving.add_address("eth0", "192.168.1.77/24")
    assert found(client.discover()) == servers(result("192.168.1.77"))


def test_no_address_for_a_while(serving, client):
    serving.ip("addr flush dev eth0")
    assert client.discover("-t", "0.2").returncode == 1
    serving.add_address("eth0", "192.168.1.2/24")
    assert found(client.discover()) == servers(result("192.168.1.2"))


def test_an_interface_more_and_then_gone(net, serving, client):
    other = net.segment("other")
    other.plug(serving, "192.168.2.2/24")
    neighbour = other.host("client2", "192.168.2.5/24")
    assert found(neighbour.discover()) == servers(result("192.168.2.2"))
    serving.ip("link del eth1")
    assert found(client.discover()) == servers(result("192.168.1.2"))


def test_the_first_interface_removed(net, serving):
    serving.ip("link del eth0")
    other = net.segment("other")
    other.plug(serving, "192.168.2.2/24")
    neighbour = other.host("client2", "192.168.2.5/24")
    assert found(neighbour.discover()) == servers(result("192.168.2.2"))


@pytest.mark.parametrize("words, expected", [(("-i", "lan*"), 0),
                                             (("--interfaces-blacklist", "lan*"), 1)])
def test_lists_go_by_the_name_of_the_moment(server, client, words, expected):
    with server.serve(*words):
        server.ip("link set eth0 down")
        server.ip("link set eth0 name lan0")
        server.ip("link set lan0 up")
        server.wait_state("lan0", "UP")
        assert client.discover("-t", "0.3").returncode == expected


def test_a_lost_carrier(lan, serving, client):
    lan.cut(serving)
    assert client.discover("-t", "0.2").returncode == 1
    lan.mend(serving)
    assert found(client.discover()) == servers(result("192.168.1.2"))
