"""What a reply claims against where it came from (OUTPUT in udpdisc(1))."""

import json

import pytest
from expect import UNREACHABLE, addresses, found, server as result, servers, table
from wire import hex_words


def test_a_claim_that_cannot_be_reached_gives_way_to_the_source(server, client):
    claims = list(enumerate(UNREACHABLE, 1))
    server.peer("odd_peer", *hex_words(f"SERVER_IP:{ip}:{port}".encode() for port, ip in claims))
    assert found(client.find(len(claims))) == servers(*(
        result("192.168.1.2", port, claimed=ip) for port, ip in claims))


def test_another_address_is_kept(server, client):
    server.peer("stock_server", "--claim", "10.99.0.1:80")
    assert found(client.find(1)) == servers(
        result("10.99.0.1", 80, source="192.168.1.2"))


def test_two_hosts_that_claim_loopback_are_two(lan, client):
    for last in (2, 3):
        lan.host(f"server{last}", f"192.168.1.{last}/24").peer("stock_server")
    assert found(client.find(2)) == servers(
        result("192.168.1.2", claimed="127.0.0.1"), result("192.168.1.3", claimed="127.0.0.1"))


def test_two_hosts_that_claim_the_same_address_are_one(lan, client):
    for last in (2, 3):
        host = lan.host(f"server{last}", f"192.168.1.{last}/24")
        host.peer("stock_server", "--claim", "192.168.1.9")
    entry, = json.loads(client.discover().stdout)
    assert entry["ip"] == "192.168.1.9"
    assert sorted(path["source_address"] for path in entry["extra"]["seen_on"]) == [
        "192.168.1.2", "192.168.1.3"]


def test_loopback_of_this_very_host_is_kept(client):
    client.peer("stock_server")
    assert found(client.find(1)) == servers(
        result("127.0.0.1", source="192.168.1.5", local=True))


def test_replies_are_read_as_the_table_says(server, client):
    vectors = table("server_ip_replies")
    server.peer("odd_peer", *hex_words(bytes.fromhex(row["datagram_hex"]) for row in vectors))
    verdicts = [row["verdict"] for row in vectors if row["verdict"]]
    expected = {("192.168.1.2" if verdict["ip"] in UNREACHABLE else verdict["ip"],
                 verdict["port"]) for verdict in verdicts}
    run = client.discover()
    assert sorted(addresses(run)) == sorted(expected) and len(expected) > 5


def test_white_space_of_a_reply_is_escaped(server, client):
    server.peer("odd_peer", *hex_words([b"SERVER_IP: 192.168.1.2 :\t80\r\n"]))
    assert found(client.find(1)) == servers(
        result("192.168.1.2", 80, raw="SERVER_IP: 192.168.1.2 :\t80\r\n"))


HOSTILE = [b"SERVER_IP:\x1b[2J10.1.2.3", b"SERVER_IP:10.1.2.3\x1b]52;c;QUFB\x07",
           b"SERVER_IP:10.1.2.3:\x9b31m", b"SERVER_IP:10.1.2.3\xe2\x80\xae",
           b"SERVER_IP:\xff\xfe10.1.2.3", b"SERVER_IP:10.1.2.3:" + b"1" * 300]


@pytest.mark.parametrize("verbosity", [(), ("-v",), ("-vv",)])
def test_hostile_replies_reach_no_terminal(server, client, verbosity):
    server.peer("odd_peer", *hex_words(HOSTILE))
    run = client.udpdisc("discover", "-t", "0.3", "-r", "0", *verbosity)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.isascii()
    assert all(char.isprintable() or char == "\n" for char in run.stderr)
    assert str(len(HOSTILE)) in run.stderr  # how many foreign datagrams came


def test_a_good_reply_after_hostile_ones(server, client):
    server.peer("odd_peer", *hex_words([*HOSTILE, b"SERVER_IP:192.168.1.2"]))
    assert addresses(client.find(1)) == [("192.168.1.2", 8000)]
