"""The peers behave as the stock ones do, by the tables in tests/data; no udpdisc takes part."""

import pytest
import stock_client
from expect import table

PROBE_HEX = b"DISCOVER_SERVER".hex()


@pytest.mark.parametrize("vector", table("server_ip_replies"),
                         ids=lambda vector: vector["datagram_hex"][20:60])
def test_stock_client_reads_replies_as_the_table_says(vector):
    verdict = stock_client.parse(bytes.fromhex(vector["datagram_hex"]))
    if "the stock client takes" in vector["note"]:
        assert vector["verdict"] is None and verdict is not None
    elif vector["verdict"] is None:
        assert verdict is None
    else:
        assert verdict == (vector["verdict"]["ip"], vector["verdict"]["port"])


def test_stock_client_finds_stock_server(server, client):
    server.peer("stock_server", "--claim", "192.168.1.2:80")
    assert client.ask("stock_client", "--most", "1") == [
        {"ip": "192.168.1.2", "port": 80, "source_address": "192.168.1.2",
         "raw_response": "SERVER_IP:192.168.1.2:80"}]


def test_stock_client_asks_the_interfaces_it_is_given(server, client):
    server.peer("stock_server")
    elsewhere = client.ask("stock_client", "--timeout", "0.3",
                           "--interface", "192.168.1.5/192.168.1.77")
    there = client.ask("stock_client", "--most", "1",
                       "--interface", "192.168.1.5/192.168.1.255")
    assert elsewhere == [] and len(there) == 1


def test_stock_server_says_the_address_of_its_default_route(server, client, second):
    server.ip("route add default via 192.168.2.1")
    server.peer("stock_server")
    assert client.ask("asker", "192.168.1.255")["reply"] == "SERVER_IP:192.168.2.2"


def test_stock_server_without_default_route_says_loopback(server, client):
    server.peer("stock_server")
    assert client.ask("asker", "192.168.1.2")["reply"] == "SERVER_IP:127.0.0.1"


def test_stock_server_ends_listening_on_its_first_send_error(lan):
    server = lan.host("server", "10.7.0.2/24").peer("stock_server")
    near, far = lan.host("near", "10.7.0.5/24"), lan.host("far", "192.168.1.5/24")
    assert near.ask("asker", "10.7.0.255")["reply"]
    assert far.ask("asker", "255.255.255.255", "--device", "eth0", "--timeout", "0.3")[
        "reply"] is None
    server.wait_for(lambda: "listener ended: " in server.stdout, "the end of the listener")
    assert near.ask("asker", "10.7.0.255", "--timeout", "0.3")["reply"] is None
    assert server.popen.poll() is None


def test_asker_counts_replies_to_foreign_datagrams(server, client):
    server.peer("stock_server")
    answer = client.ask("asker", "192.168.1.2", stdin=f"00\n{PROBE_HEX}\n{PROBE_HEX}\n")
    assert answer["foreign_replies"] == ["SERVER_IP:127.0.0.1"] * 2
    assert answer["source"] == ["192.168.1.2", 9999]


def test_forger_and_sniffer(server, client):
    server.ip("route add default via 192.168.1.5")
    server.peer("stock_server")
    sniffer = server.peer("sniffer")
    client.ask("forger", "192.168.1.2", "--device", "eth0", "8.8.8.8:5353", "192.168.1.5:77")
    seen = sniffer.wait_records(4)
    common = {"interface": "eth0", "source": "192.168.1.2", "source_port": 9999,
              "text": "SERVER_IP:192.168.1.2"}
    assert [record for record in seen if record["out"]] == [
        {**common, "out": True, "to": "8.8.8.8", "port": 5353},
        {**common, "out": True, "to": "192.168.1.5", "port": 77}]


def test_odd_peer_is_deaf_at_first_and_records(server, client):
    peer = server.peer("odd_peer", "--ignore", "1", "--hex", "61")
    assert client.ask("asker", "192.168.1.2", "--timeout", "0.3")["reply"] is None
    seen = peer.wait_records(1)[0]
    assert seen.pop("source_port") > 0
    assert seen == {"source": "192.168.1.5", "to": "192.168.1.2", "interface": "eth0",
                    "hex": PROBE_HEX}


def test_odd_peer_chats_until_it_is_stopped(server, client):
    sniffer = client.peer("sniffer")
    server.peer("odd_peer", "--chatty", "--hex", "61", "--hex", "62")
    assert client.ask("asker", "192.168.1.2")["reply"] == "a"

    def chat():
        return [seen["text"] for seen in sniffer.records() if seen["source_port"] == 9999]

    sniffer.wait_for(lambda: len(chat()) >= 6, "the chat")
    assert chat()[:6] == ["a", "b"] * 3


def test_odd_peer_is_a_crowd(server, client):
    server.peer("odd_peer", "--crowd", "1000")
    found = client.ask("stock_client", "--most", "101")
    assert len({entry["ip"] for entry in found}) == 101
