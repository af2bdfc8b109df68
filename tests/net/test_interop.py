"""udpdisc with the stock server and the stock client."""

import pytest
from expect import found, server as result, servers

ONE = ("--most", "1")


def heard(ip, port=8000, raw=None):
    """What the stock client says of a server that answered from the address it claims."""
    return {"ip": ip, "port": port, "source_address": "192.168.1.2",
            "raw_response": raw or f"SERVER_IP:{ip}"}


@pytest.mark.parametrize("words, expected", [
    ((), heard("192.168.1.2")),
    (("--advertise-port", "8000"), heard("192.168.1.2", 8000, "SERVER_IP:192.168.1.2:8000")),
    (("--advertise", "10.1.2.3:65535"), heard("10.1.2.3", 65535, "SERVER_IP:10.1.2.3:65535")),
])
def test_stock_client_finds_serve(server, client, words, expected):
    with server.serve(*words):
        assert client.ask("stock_client", *ONE) == [expected]


def test_stock_client_on_two_networks(two_wires):
    server, client = two_wires
    with server.serve():
        both = client.ask("stock_client", *ONE)
    assert both == [heard("192.168.1.2"),
                    {**heard("192.168.2.2"), "source_address": "192.168.2.2"}]


def test_stock_client_with_its_own_words(server, client):
    with server.serve("-p", "12345", "-m", "KNOCK", "--response-prefix", "WHO=", port=12345):
        answers = client.ask("stock_client", *ONE, "--port", "12345", "--message", "KNOCK",
                             "--prefix", "WHO=")
    assert answers == [heard("192.168.1.2", raw="WHO=192.168.1.2")]


def test_stock_client_with_the_longest_prefix(server, client):
    """Its buffer of 1024 bytes holds the reply."""
    prefix = "P" * 1000
    with server.serve("--response-prefix", prefix, "--advertise", "192.168.100.200:65535"):
        answer, = client.ask("stock_client", *ONE, "--prefix", prefix)
    assert (answer["ip"], answer["port"]) == ("192.168.100.200", 65535)


def test_discover_finds_stock_server(server, client):
    server.ip("route add default via 192.168.1.1")
    server.peer("stock_server")
    assert found(client.find(1)) == servers(result("192.168.1.2"))


def test_discover_finds_stock_server_with_its_own_words(server, client):
    server.peer("stock_server", "--port", "12345", "--message", "KNOCK", "--prefix", "WHO=",
                "--claim", "192.168.1.2:80")
    run = client.find(1, "-p", "12345", "-m", "KNOCK", "--response-prefix", "WHO=")
    assert '"raw_response": "WHO=192.168.1.2:80"' in found(run)


def test_stock_server_answers_from_another_address_than_was_asked(server, client):
    """It leaves the source to routing."""
    server.add_address("eth0", "192.168.1.3/24")
    server.peer("stock_server", "--claim", "192.168.1.3:80")
    assert found(client.find(1, "-T", "192.168.1.3")) == servers(
        result("192.168.1.3", 80, source="192.168.1.2"))


def test_stock_servers_of_a_reloader(server, client):
    """Django's reloader runs two processes on one port, thanks to SO_REUSEADDR."""
    for _ in range(2):
        server.peer("stock_server", "--claim", "192.168.1.2")
    assert found(client.find(1)) == servers(result("192.168.1.2"))


def test_serve_and_stock_server_side_by_side(lan, server, client):
    with server.serve():
        lan.host("stock", "192.168.1.3/24").peer("stock_server", "--claim", "192.168.1.3:80")
        run = client.find(2)
    assert found(run) == servers(result("192.168.1.2"), result("192.168.1.3", 80))
