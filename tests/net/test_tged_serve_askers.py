"""serve --services: with several servers and beside SERVER_IP, and who gets nothing."""

import pytest
from expect import found, server as result, servers
from processes import wait_until
from tged import INVALID, PORT, ask, asking, counters, original, reply, serve

SQL = {"HOST": "test", "PORT": 3306}


@pytest.fixture
def other(net, server):
    """A second wire, which the server has its eth1 on."""
    other = net.segment("other")
    other.plug(server, "192.168.2.2/24")
    return other


def heard(sniffer):
    """The senders of the replies that came to this host so far."""
    return sorted(seen["source"] for seen in sniffer.records()
                  if not seen["out"] and seen["source_port"] == PORT)


@pytest.fixture
def third(lan):
    return lan.host("third", "192.168.1.3/24")


def test_invalid_is_not_said_to_a_broadcast(server, third, client, services):
    """It would hide the reply of the one that has the service."""
    with serve(server, services({"SQL": SQL}), "--tged-invalid", "unicast"), \
            serve(third, services({}, "none.json"), "--tged-invalid", "unicast") as without:
        assert ask(client, "SQL", "192.168.1.255") == reply(SQL)
        assert original(client, "SQL")[0] == ("HOST", " test")
        wait_until(lambda: counters(without)["unknown"] == 2, "both requests")
        assert counters(without)["replies"] == 0
        assert original(client, "SQL", "--to", "192.168.1.3") == [
            ("RP", " INVALID"), ("SVR", "192.168.1.3")]
        assert counters(without)["replies"] == 1


@pytest.mark.parametrize("words", [(), ("--tged-invalid", "always")])
def test_invalid_is_said_always(server, third, client, services, words):
    sniffer = client.peer("sniffer")
    with serve(server, services({"SQL": SQL}), *words), \
            serve(third, services({}, "none.json"), *words) as without:
        ask(client, "SQL", "192.168.1.255")
        sniffer.wait_for(lambda: heard(sniffer) == ["192.168.1.2", "192.168.1.3"],
                         "the reply and the INVALID")
        assert counters(without)["replies"] == 1
        assert ask(client, "SQL", "192.168.1.3") == INVALID


# --- beside SERVER_IP


def test_both_protocols_at_once(server, client, services):
    with serve(server, services({"SQL": SQL})) as serving:
        assert found(client.discover()) == servers(result("192.168.1.2"))
        assert original(client, "SQL")[0] == ("HOST", " test")
        assert client.ask("asker", "192.168.1.2", "--port", PORT, "--timeout", "0.3")[
            "reply"] is None
        assert ask(client, "SQL", "192.168.1.2", "--timeout", "0.3", port=9999) is None
        figures = counters(serving)
    assert (figures["probes"], figures["replies"]) == (2, 2)
    assert (figures["foreign"], figures["dropped"]) == (1, 1)
    assert ": 2 probes, 2 replies" in serving.stderr


def test_tged_only_leaves_the_other_port_to_another(server, client, services):
    with serve(server, services({"SQL": SQL}), "--tged-only") as serving:
        server.peer("stock_server", "--claim", "192.168.1.2:80")
        assert client.ask("asker", "192.168.1.2")["reply"] == "SERVER_IP:192.168.1.2:80"
        assert original(client, "SQL")[0] == ("HOST", " test")
    assert ":9999" not in serving.stderr


def test_another_port(server, client, services):
    with serve(server, services({"SQL": SQL}), "--tged-port", "5000"), \
            serve(server, services({"WEB": {}}, "other.json"), "--tged-only"):
        assert original(client, "SQL", "--port", "5000")[0] == ("HOST", " test")
        assert original(client, "SQL")[0] == ("RP", " INVALID")


@pytest.mark.parametrize("port, ours", [(9999, "9999"), (PORT, "4745"), (5000, "5000")])
def test_a_taken_port(server, services, port, ours):
    """Either of the two; the line names the one."""
    words = ("--tged-port", "5000") if port == 5000 else ()
    server.peer("stock_server", "--port", port)
    run = server.udpdisc("serve", "--services", services({"SQL": SQL}), *words,
                         "--duration", "5")
    assert (run.returncode, run.stdout, len(run.stderr.splitlines())) == (3, "", 1)
    assert ours in run.stderr


# --- who gets nothing


def replies_on_the_wire(sniffer):
    return [(seen["to"], seen["port"]) for seen in sniffer.records()
            if seen["out"] and seen["text"].startswith(("TGED REPLY", "SERVER_IP:"))]


@pytest.mark.parametrize("words", [asking("SQL"), ("--port", "9999")])
def test_own_ports_are_no_askers(server, client, services, words):
    """Two responders would never stop; each of our ports counts for either protocol."""
    sniffer = server.peer("sniffer")
    with serve(server, services({"SQL": SQL})) as serving:
        client.ask("forger", "192.168.1.2", "--device", "eth0", *words, "192.168.1.5:9999",
                   "192.168.1.5:4745", "192.168.1.5:5000")
        sniffer.wait_for(lambda: replies_on_the_wire(sniffer), "a reply")
        assert counters(serving)["own_port"] == 2
    assert replies_on_the_wire(sniffer) == [("192.168.1.5", 5000)]


@pytest.mark.parametrize("source", ["192.168.1.5:0", "192.168.1.255:5000", "0.1.2.3:5000",
                                    "127.5.5.5:5000"])
def test_nobody_can_be_there(server, client, services, source):
    sniffer = server.peer("sniffer")
    server.sysctl("conf/all/accept_local", 1)
    server.ip("route add default via 192.168.1.5")
    with serve(server, services({"SQL": SQL}), "--allow", "any"):
        client.ask("forger", "255.255.255.255", "--device", "eth0", *asking("SQL"), source,
                   "8.8.8.8:5000")
        sniffer.wait_for(lambda: replies_on_the_wire(sniffer), "a reply")
    assert replies_on_the_wire(sniffer) == [("8.8.8.8", 5000)]


def ask_from(host, source):
    return bool(ask(host, "SQL", "192.168.1.2", "--source", source, "--timeout", "0.5"))


@pytest.mark.parametrize("words, admitted", [
    ((), {"192.168.1.5"}),
    (("--allow", "any"), {"192.168.1.5", "8.8.8.8"}),
    (("--allow", "8.8.8.8"), {"8.8.8.8"}),
    (("--allow", "10.0.0.0/8"), set()),
])
def test_the_allow_list_holds(server, client, services, words, admitted):
    client.add_address("eth0", "8.8.8.8/32")
    server.ip("route add 8.0.0.0/8 via 192.168.1.5")
    with serve(server, services({"SQL": SQL}), *words) as serving:
        sources = ("192.168.1.5", "8.8.8.8")
        assert {source for source in sources if ask_from(client, source)} == admitted
        assert ask(server, "SQL") == reply(SQL)
    refused = set(sources) - admitted
    for source in sources:
        assert serving.stderr.count(f"refused {source},") == (source in refused)


@pytest.mark.parametrize("words, first, second, loopback", [
    (("-i", "eth0"), True, False, True),
    (("-i", "eth1,eth7"), False, True, True),
    (("--interfaces-blacklist", "eth0"), False, True, True),
    (("-i", "eth*", "--interfaces-blacklist", "eth1"), True, False, True),
    (("--interfaces-blacklist", "lo"), True, True, False),
])
def test_interface_lists_hold(server, client, other, services, words, first, second, loopback):
    neighbour = other.host("client2", "192.168.2.5/24")

    def answered(host, to):
        return bool(ask(host, "SQL", to, "--timeout", "0.5"))

    with serve(server, services({"SQL": SQL}), *words):
        assert (answered(client, "192.168.1.255"), answered(neighbour, "192.168.2.255"),
                answered(server, "127.0.0.1")) == (first, second, loopback)
