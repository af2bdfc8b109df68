"""serve --services: with several servers and beside SERVER_IP, and who gets nothing."""

import pytest
from expect import found, server as result, servers
from processes import wait_until
from tged import INVALID, PORT, ask, asking, counters, original, reply, serve
from wire import askers_answered, wait_replies

SQL = {"HOST": "test", "PORT": 3306}


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
        assert found(client.find(1)) == servers(result("192.168.1.2"))
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


def test_nobody_can_be_there(server, client, services):
    """A good source comes last: when its reply is on the wire, none will follow."""
    sniffer = server.peer("sniffer")
    server.sysctl("conf/all/accept_local", 1)
    server.ip("route add default via 192.168.1.5")
    with serve(server, services({"SQL": SQL}), "--allow", "any"):
        client.ask("forger", "255.255.255.255", "--device", "eth0", *asking("SQL"),
                   "192.168.1.5:0", "192.168.1.255:5000", "0.1.2.3:5000", "127.5.5.5:5000",
                   "8.8.8.8:5000")
        wait_replies(sniffer)
    assert askers_answered(sniffer) == [("8.8.8.8", 5000)]


def ask_from(host, source):
    return bool(ask(host, "SQL", "192.168.1.2", "--source", source, "--timeout", "0.5"))


@pytest.mark.parametrize("words, admitted", [
    ((), {"192.168.1.5"}),
    (("--allow", "8.8.8.8"), {"8.8.8.8"}),
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


def test_interface_lists_hold(server, client, second_client, services):
    path = services({"SQL": SQL})
    with serve(server, path, "-i", "eth*", "--interfaces-blacklist", "eth1"):
        assert ask(client, "SQL", "192.168.1.255") == reply(SQL)
        assert ask(second_client, "SQL", "192.168.2.255", "--timeout", "0.5") is None
        assert ask(server, "SQL") == reply(SQL)
    with serve(server, path, "--interfaces-blacklist", "lo"):
        assert ask(client, "SQL", "192.168.1.255") == reply(SQL)
        assert ask(server, "SQL", "127.0.0.1", "--timeout", "0.5") is None
