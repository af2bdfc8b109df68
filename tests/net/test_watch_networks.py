"""discover --watch where interfaces, addresses and names change."""

import os

import pytest
from hosts import BINARY
from sweeps import hosts_of, own_all, seen, settle, watch as note
from watching import (ROUNDS, SILENT, events, moody, saying, stop, wait_events,
                      wait_more_rounds, wait_over, wait_rounds, wait_told, watch)

UP, DOWN = "up 192.168.1.2", "down 192.168.1.2"
UP3, DOWN3 = "up 192.168.1.3", "down 192.168.1.3"
UP_SECOND, DOWN_SECOND = "up 192.168.2.2", "down 192.168.2.2"
NOTHING = "no interface to broadcast on"


@pytest.fixture
def far(net):
    """A second wire, with a server on it that no host is plugged to yet."""
    far = net.segment("far")
    far.server = far.host("far-server", "192.168.2.2/24")
    return far


def said(watching):
    """The lines on standard error, but for a round that an interface was in when it went."""
    return [line for line in watching.stderr.splitlines()
            if not line.endswith(": No such device")]


def plug_again(wire, host, address, neighbour, dev):
    """With a new cable it has another hardware address, which the neighbour would learn late."""
    neighbour.ip("neigh flush dev eth0")
    wire.plug(host, address, dev=dev)


def test_an_interface_comes_and_goes(server, client, far):
    """Its server comes and goes with it, the other one stays; the name is told to the end."""
    moody(server, "a")
    moody(far.server, "a", saying("192.168.2.2"))
    watching = watch(client)
    wait_events(watching, UP)
    far.plug(client, "192.168.2.5/24")
    wait_events(watching, UP, UP_SECOND)
    client.ip("link del eth1")
    told = wait_events(watching, UP, UP_SECOND, DOWN_SECOND)
    for event in told[1:]:
        assert event["server"]["extra"]["interface"] == "eth1"
        path, = event["server"]["extra"]["seen_on"]
        assert path["interface"] == "eth1"
    plug_again(far, client, "192.168.2.5/24", far.server, dev="again0")
    told = wait_events(watching, UP, UP_SECOND, DOWN_SECOND, UP_SECOND)
    assert told[3]["server"]["extra"]["interface"] == "again0"
    stop(watching, UP, UP_SECOND, DOWN_SECOND, UP_SECOND)
    assert said(watching) == []


def test_an_interface_that_was_down_comes_up(lan, server, client):
    """At the start that is the end, where there is no other; later it is not."""
    moody(server, "a")
    client.ip("link set eth0 down")
    run = client.udpdisc("discover", "--watch", *ROUNDS)
    assert (run.returncode, run.stdout, run.stderr.count(NOTHING)) == (3, "", 1)
    client.ip("link set eth0 up")
    client.wait_state("eth0", "UP")
    watching = watch(client)
    wait_events(watching, UP)
    lan.cut(client)
    wait_events(watching, UP, DOWN)
    lan.mend(client)
    wait_events(watching, UP, DOWN, UP)
    line, = said(watching)
    assert line.startswith(f"udpdisc: {NOTHING}: ") and "eth0 is down" in line
    stop(watching, UP, DOWN, UP)


def test_all_interfaces_go_and_come_back(lan, server, client):
    moody(server, "a")
    watching = watch(client)
    wait_events(watching, UP)
    for number in (1, 2):
        client.ip("link del eth0")
        wait_events(watching, *number * [UP, DOWN])
        plug_again(lan, client, "192.168.1.5/24", server, dev="eth0")
        wait_events(watching, *number * [UP, DOWN], UP)
        assert said(watching) == number * [f"udpdisc: {NOTHING}: lo is loopback"]
    stop(watching, UP, DOWN, UP, DOWN, UP)


def test_one_event_a_server(net, lan, server, client, far):
    """Though two of them are heard on three interfaces."""
    third = net.segment("third")
    other = lan.host("other", "192.168.1.3/24")
    for wire, network in ((far, 2), (third, 3)):
        for host, last in ((server, 2), (other, 3), (client, 5)):
            wire.plug(host, f"192.168.{network}.{last}/24")
    peers = [moody(server, "a", saying("192.168.1.2")), moody(other, "a", saying("192.168.1.3"))]
    watching = watch(client)
    for peer in peers:
        wait_rounds(peer, 4)
        assert {probe["interface"] for probe in peer.records()} == {"eth0", "eth1", "eth2"}
    for peer in peers:
        peer.stop()
    wait_told(watching, UP, UP3, DOWN, DOWN3)
    assert {len(event["server"]["extra"]["seen_on"]) for event in watching.records()} == {1}
    stop(watching, *events(watching))


def test_a_server_gets_another_address(server, client):
    with server.serve():
        watching = watch(client)
        wait_events(watching, UP)
        server.ip_batch(["addr del 192.168.1.2/24 dev eth0",
                         "addr add 192.168.1.3/24 broadcast + dev eth0"])
        wait_events(watching, UP, UP3, DOWN)
        stop(watching, UP, UP3, DOWN)


def test_this_host_gets_another_address(lan, server, client):
    """In another network of the same wire."""
    moody(server, "a")
    moody(lan.host("other", "10.5.0.2/24"), "a", saying("10.5.0.2"))
    watching = watch(client)
    wait_events(watching, UP)
    client.ip_batch(["addr flush dev eth0", "addr add 10.5.0.5/24 broadcast + dev eth0"])
    wait_events(watching, UP, "up 10.5.0.2", DOWN)
    stop(watching, UP, "up 10.5.0.2", DOWN)


# --- troubles are told when they begin


def unblock(host):
    run = host.run("ip", "xfrm", "policy", "flush")
    assert run.returncode == 0, run.stderr


def test_an_interface_that_can_t_send(server, client, far):
    """Is told once however many rounds, and again when it could meanwhile."""
    far.plug(client, "192.168.2.5/24")
    peer = moody(server, "a")
    client.block("192.168.2.255")
    watching = watch(client)
    for number in (1, 2):
        wait_more_rounds(peer, 2)
        assert watching.stderr.count("cannot send to ") == number
        unblock(client)
        wait_more_rounds(peer, 2)
        client.block("192.168.2.255")
    wait_more_rounds(peer, 2)
    stop(watching, UP)
    assert watching.stderr.count("cannot send to 192.168.2.255:9999 on eth1: ") == 3
    assert watching.stderr.count("\n") == 3


def test_every_send_fails(server, client):
    """At the start that is the end; later it is a missed round."""
    moody(server, "a")
    client.block("192.168.1.255")
    run = client.udpdisc("discover", "--watch", *ROUNDS)
    assert (run.returncode, run.stdout) == (3, "")
    unblock(client)
    watching = watch(client)
    wait_events(watching, UP)
    client.block("192.168.1.255")
    wait_events(watching, UP, DOWN)
    unblock(client)
    wait_events(watching, UP, DOWN, UP)
    stop(watching, UP, DOWN, UP)
    assert watching.stderr.count("cannot send to ") == 1


def test_a_name_that_fits_no_interface(server, client, far):
    moody(far.server, "a", saying("192.168.2.2"))
    peer = moody(server, "a")
    watching = watch(client, "-i", "eth0,eth1")
    wait_more_rounds(peer, 3)
    far.plug(client, "192.168.2.5/24")
    wait_told(watching, UP, UP_SECOND)
    assert watching.stderr.count("\n") == watching.stderr.count("no interface is named 'eth1'") == 1
    wait_more_rounds(peer, 2)
    client.ip("link del eth1")
    wait_told(watching, UP, UP_SECOND, DOWN_SECOND)
    wait_more_rounds(peer, 2)
    stop(watching, UP, UP_SECOND, DOWN_SECOND)
    assert watching.stderr.count("no interface is named 'eth1'") == 2


# --- targets


def test_a_network_is_swept_in_each_round(server, client):
    """Servers in it come and go."""
    witness = note(server)
    peer = moody(server, "-aa-----", address="192.168.1.2")
    watching = watch(client, "--target", "192.168.1.0/28")
    wait_over(peer, watching, 8)
    assert events(watching) == [UP, DOWN]
    asked = seen(witness)
    assert asked["udp"]["192.168.1.2"] == len(peer.records()) >= 8
    assert hosts_of("192.168.1.0/28") - {"192.168.1.2", "192.168.1.5"} <= set(asked["arp"])
    assert "192.168.1.255" not in asked["udp"]


def test_a_scan_in_each_round(lan):
    """The mask of the server keeps the broadcast from it; others answer ARP and no more."""
    settle()
    client, server = lan.host("client", "10.15.0.5/23"), lan.host("server", "10.15.0.20/24")
    own_all(lan.host("others", "192.168.7.7/24"), "10.15.1.0/24")
    peer = moody(server, "a", saying("10.15.0.20"), address="10.15.0.20")
    watching = watch(client, "--scan")
    wait_over(peer, watching, 2)
    assert events(watching) == ["up 10.15.0.20"]
    assert {probe["to"] for probe in peer.records()} == {"10.15.0.20"}


def test_a_file_of_targets_is_read_once(lan, server, client, tmp_path):
    """So standard input will do."""
    moody(lan.host("other", "192.168.1.3/24"), "a", saying("192.168.1.3"))
    peer = moody(server, "a")
    path = tmp_path / "targets"
    path.write_text("192.168.1.2 # the server\n", "ascii")
    watching = watch(client, "--targets-file", path)
    wait_events(watching, UP)
    path.write_text("192.168.1.3\n", "ascii")
    wait_more_rounds(peer, 3)
    stop(watching, UP)


# --- names


@pytest.fixture
def by_name(client, etc):
    """Watches db1.test, which HOSTS and a name server on loopback know or not."""
    def start(hosts=""):
        return client.start(*etc("nameserver 127.0.0.1\n", hosts), BINARY, "discover", "--watch",
                            "-o", "ndjson", *ROUNDS, "-T", "db1.test")

    return start


def test_a_name_leads_elsewhere(lan, server, client, by_name, tmp_path):
    moody(server, "a")
    moody(lan.host("other", "192.168.1.3/24"), "a", saying("192.168.1.3"))
    watching = by_name("192.168.1.2 db1.test\n")
    wait_events(watching, UP)
    with (tmp_path / "etc" / "hosts").open("r+b", buffering=0) as hosts:
        os.pwrite(hosts.fileno(), b"192.168.1.3", 0)
    wait_events(watching, UP, UP3, DOWN)
    stop(watching, UP, UP3, DOWN)
    assert watching.stderr == ""


def test_a_name_is_asked_for_in_each_round(server, client, by_name):
    """Without a name server there is nobody to ask, which is no end."""
    peer = moody(server, "a")
    zone = "--name=db1.test=192.168.1.2"
    names = client.peer("dns_server", zone)
    watching = by_name()
    wait_events(watching, UP)
    wait_more_rounds(peer, 2)
    assert len(names.records()) >= 3
    names.stop()
    wait_events(watching, UP, DOWN)
    client.peer("dns_server", zone)
    wait_events(watching, UP, DOWN, UP)
    stop(watching, UP, DOWN, UP)
    assert watching.stderr.count("cannot resolve 'db1.test': no name server can be reached") == 1
    assert watching.stderr.count("no target to ask") == 1 and SILENT not in watching.stderr


def test_a_name_that_no_one_knows_at_the_start(client, by_name):
    watching = by_name()
    assert watching.wait() == 3
    assert watching.stderr.count("cannot resolve 'db1.test'") == 1


def test_a_signal_while_a_name_is_looked_up(client, by_name):
    names = client.peer("dns_server", "--ignore=99")
    watching = by_name()
    names.wait_records(1)
    stop(watching)
    assert watching.stderr == ""
