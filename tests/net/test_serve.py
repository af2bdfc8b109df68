"""serve: what it answers, from where, and on which interfaces."""

import json
import re
import signal

import pytest
from expect import addresses, found, server as result, servers
from processes import wait_until
from tged import counters


@pytest.fixture
def other(net, server):
    """A second wire, which the server has its eth1 on."""
    other = net.segment("other")
    other.plug(server, "192.168.2.2/24")
    return other


@pytest.fixture
def second_client(other):
    return other.host("client2", "192.168.2.5/24")


def test_reply_to_the_byte(server, client):
    with server.serve():
        answer = client.ask("asker", "192.168.1.255")
    assert answer == {"reply": "SERVER_IP:192.168.1.2", "source": ["192.168.1.2", 9999],
                      "foreign_replies": []}


def test_each_asker_gets_the_address_on_its_side(server, client, second_client):
    with server.serve():
        first, second = client.discover(), second_client.discover()
    assert found(first) == servers(result("192.168.1.2"))
    assert found(second) == servers(result("192.168.2.2"))


def test_unicast_is_answered_from_the_address_that_was_asked(server, client, other):
    server.add_address("eth0", "192.168.1.3/24")
    client.ip("route add 192.168.2.0/24 via 192.168.1.2")
    with server.serve():
        for asked in ("192.168.1.3", "192.168.2.2"):
            assert found(client.discover("-T", asked)) == servers(result(asked))


def test_each_subnet_of_one_interface_gets_its_address(lan, server, client):
    server.add_address("eth0", "10.5.0.2/24")
    neighbour = lan.host("client2", "10.5.0.5/24")
    with server.serve():
        assert found(client.discover()) == servers(result("192.168.1.2"))
        assert found(neighbour.discover()) == servers(result("10.5.0.2"))


def test_an_asker_beyond_a_router_is_answered_as_routing_says(net, lan, server, other):
    """The probe comes in on eth0, and the way back leads through eth1."""
    router = lan.host("router", "192.168.1.1/24")
    router.sysctl("ip_forward", 1)
    far = net.segment("far")
    for segment, address in ((other, "192.168.2.1/24"), (far, "10.50.0.1/24")):
        segment.plug(router, address)
    asker = far.host("asker", "10.50.0.5/24")
    asker.ip("route add default via 10.50.0.1")
    server.ip("route add default via 192.168.2.1")
    with server.serve():
        assert found(asker.discover("-T", "192.168.1.2")) == servers(result("192.168.1.2"))


@pytest.mark.parametrize("words, claim", [
    (("--advertise", "10.9.8.7"), ("10.9.8.7", None)),
    (("--advertise", "10.9.8.7:81"), ("10.9.8.7", 81)),
    (("--advertise-port", "82"), ("192.168.1.2", 82)),
    (("--advertise-port", "8000"), ("192.168.1.2", 8000)),
])
def test_advertise(server, client, words, claim):
    with server.serve(*words):
        run = client.discover()
    assert found(run) == servers(result(*claim, source="192.168.1.2"))


def answered(host, *words):
    return bool(addresses(host.discover(*words)))


@pytest.mark.parametrize("words, first, second", [
    ((), True, True),
    (("-i", "eth0"), True, False),
    (("-i", "eth1,eth7"), False, True),
    (("--interfaces-blacklist", "eth0"), False, True),
    (("-i", "eth*", "--interfaces-blacklist", "eth1"), True, False),
    (("--interfaces-blacklist", "lo"), True, True),
])
def test_interface_lists(server, client, second_client, words, first, second):
    with server.serve(*words):
        assert (answered(client), answered(second_client)) == (first, second)


@pytest.mark.parametrize("words, expected", [
    ((), True),
    (("-i", "eth0"), True),
    (("--allow", "10.0.0.0/8"), True),
    (("--interfaces-blacklist", "eth0"), True),
    (("--interfaces-blacklist", "lo"), False),
    (("-i", "lo,eth0", "--interfaces-blacklist", "l?"), False),
])
def test_loopback_is_always_answered_unless_blacklisted(server, words, expected):
    with server.serve(*words):
        assert answered(server, "-T", "127.0.0.1") is expected


def test_a_list_goes_by_where_the_probe_arrives(server, client, other):
    """Not by which interface holds the address that it asks."""
    client.ip("route add 192.168.2.0/24 via 192.168.1.2")
    with server.serve("-i", "eth1"):
        assert not answered(client, "-T", "192.168.2.2")
    with server.serve("-i", "eth0"):
        assert answered(client, "-T", "192.168.2.2")


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
        assert answered(client)
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
    assert run.returncode == 0 and "stopped after 0s: 0 probes, 0 replies" in run.stderr
    assert 0.3 <= run.elapsed_s < 3


def test_sigint_and_sighup(server, client):
    with server.serve() as serving:
        serving.send(signal.SIGHUP)
        assert answered(client)
        assert serving.stop(signal.SIGINT) == 0


def test_a_reply_that_cannot_be_sent_costs_only_that(lan, server, client):
    server.block("192.168.1.5")
    other = lan.host("other", "192.168.1.6/24")
    with server.serve() as serving:
        assert not answered(client) and answered(other)
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
        assert answered(client)
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
