"""serve: what it answers, from where, and on which interfaces."""

import json
import re
import signal

import pytest
from expect import found, server as result, servers
from processes import wait_until
from tged import counters


def test_reply_to_the_byte(server, client):
    with server.serve():
        answer = client.ask("asker", "192.168.1.255")
    assert answer == {"reply": "SERVER_IP:192.168.1.2", "source": ["192.168.1.2", 9999],
                      "foreign_replies": []}


def test_each_asker_gets_the_address_on_its_side(server, client, second_client):
    with server.serve():
        first, second = client.find(1), second_client.find(1)
    assert found(first) == servers(result("192.168.1.2"))
    assert found(second) == servers(result("192.168.2.2"))


@pytest.mark.parametrize("words, on_first", [
    (("-i", "eth0"), True),
    (("-i", "eth1,eth7"), False),
    (("-i", "eth*", "--interfaces-blacklist", "eth1"), True),
])
def test_interface_lists(server, client, second_client, words, on_first):
    with server.serve(*words):
        if on_first:
            assert client.told("192.168.1.255") and second_client.in_vain("192.168.2.255")
        else:
            assert client.in_vain("192.168.1.255") and second_client.told("192.168.2.255")


def test_loopback_is_always_answered_unless_blacklisted(server):
    with server.serve("-i", "eth0", "--allow", "10.0.0.0/8"):
        assert server.told("127.0.0.1") == "127.0.0.1"
    with server.serve("-i", "lo,eth0", "--interfaces-blacklist", "l?"):
        assert server.in_vain("127.0.0.1")


def test_a_list_goes_by_where_the_probe_arrives(server, client, second):
    """Not by which interface holds the address that it asks."""
    client.ip("route add 192.168.2.0/24 via 192.168.1.2")
    with server.serve("-i", "eth1"):
        assert client.in_vain("192.168.2.2")
    with server.serve("-i", "eth0"):
        assert client.told("192.168.2.2") == "192.168.2.2"


def test_a_taken_port(server):
    server.peer("stock_server")
    run = server.udpdisc("serve", "--duration", "5")
    assert (run.returncode, run.stdout) == (3, "")
    assert re.fullmatch(r"udpdisc: [^\n]*9999[^\n]*\n", run.stderr)


def test_first_and_last_words(server, client):
    with server.serve() as serving:
        client.ask("asker", "192.168.1.2", stdin="00\n")
    assert re.fullmatch(
        r"udpdisc: listening on 0\.0\.0\.0:9999 for 'DISCOVER_SERVER'\n"
        r"udpdisc: stopped after \d+s: 1 probes, 1 replies\n", serving.stderr)
    assert serving.stdout == ""


def test_quiet_says_neither(server, client):
    with server.serve("-q") as serving:
        assert client.told("192.168.1.2")
    assert (serving.stdout, serving.stderr) == ("", "")


def test_json_log(server):
    with server.serve("-j") as serving:
        serving.wait_stderr("listening")
    for line in serving.stderr.splitlines():
        entry = json.loads(line)
        assert list(entry)[:3] == ["time", "level", "message"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["time"])
        assert entry["level"] in ("error", "warning", "info", "debug")


def test_duration_ends_it(server):
    run = server.udpdisc("serve", "--duration", "0.3")
    assert run.returncode == 0
    assert re.search(r"stopped after \d+s: 0 probes, 0 replies\n", run.stderr)
    assert run.elapsed_s >= 0.3


def test_sigint_and_sighup(server, client):
    with server.serve() as serving:
        serving.send(signal.SIGHUP)
        assert client.told("192.168.1.2")
        assert serving.stop(signal.SIGINT) == 0


def test_a_reply_that_cannot_be_sent_costs_only_that(lan, server, client):
    server.block("192.168.1.5")
    other = lan.host("other", "192.168.1.6/24")
    with server.serve() as serving:
        assert client.in_vain("192.168.1.2") and other.told("192.168.1.2")
        figures = counters(serving)
    assert (figures["replies"], figures["failed"]) == (1, 1)


def test_each_reason_is_told_once(lan, server, client):
    """Else askers at two unreachable addresses could fill the log."""
    server.ip("route add unreachable 10.1.0.0/16")
    server.ip("route add prohibit 10.2.0.0/16")
    sources = ["10.1.0.5:5000", "10.2.0.5:5000"] * 20
    with server.serve("--allow", "any") as serving:
        client.ask("forger", "192.168.1.2", "--device", "eth0", *sources)
        wait_until(lambda: counters(serving)["failed"] == len(sources), "all failures")
    assert serving.stderr.count("cannot answer") == 2


def test_verbose_names_the_askers(server, client):
    with server.serve("-v") as serving:
        assert client.told("192.168.1.2")
    assert [line for line in serving.stderr.splitlines() if "192.168.1.5" in line]


def test_counters(server, client):
    """What is not the message is dropped before serve sees it, and counted all the same."""
    with server.serve() as serving:
        client.ask("asker", "192.168.1.2", stdin="00\n01\n")
        first = counters(serving)
        client.ask("asker", "192.168.1.2")
        second = counters(serving)
    assert (first["probes"], first["replies"], first["dropped"]) == (1, 1, 2)
    assert (first["foreign"], first["refused"], first["failed"]) == (0, 0, 0)
    assert (second["probes"], second["replies"], second["dropped"]) == (2, 2, 2)
