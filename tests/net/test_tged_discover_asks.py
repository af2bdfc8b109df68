"""discover over TGED: what it asks where, how often and how long, and what it then advises."""

import json
import re
import shlex

import pytest
from expect import HEADING, found, servers
from hosts import LONG_S, ROUNDS_S
from tged_discovery import (INVALID, PORT, REQUEST, SQL, SQL_RESULT, ask, ask_first, odd, original,
                            reply, result, serve)
from wire import wait_passed


def requests_at(client, peer, address="192.168.1.2"):
    """Where each that an odd_peer saw was sent, and what it was."""
    return [(seen["to"], seen["hex"]) for seen in client.probes_at(peer, address, PORT)]


def requests(*addresses):
    """The requests for SQL that were sent to these, as requests_at() gives them."""
    return [(address, REQUEST.encode().hex()) for address in addresses]


@pytest.fixture
def other(lan):
    """One more host to answer."""
    return lan.host("other", "192.168.1.3/24")


@pytest.mark.parametrize("address", ["192.168.0.9/16", "192.168.1.9/25", "10.7.0.2/24"])
def test_hosts_with_another_mask_are_found(lan, client, address):
    ip = address.split("/")[0]
    with serve(lan.host("stranger", address), {"SQL": {"IP": "auto"}}):
        run = ask_first(client)
    assert found(run) == servers(result({"IP": ip}, ip, claimed=ip))


@pytest.mark.parametrize("words, texts, limited", [
    (("-s", "SQL"), REQUEST, True), (("-s", "SQL", "--limited"), REQUEST, True),
    (("-p", str(PORT)), "DISCOVER_SERVER", False)])
def test_what_goes_out_on_each_interface(two_wires, words, texts, limited):
    client = two_wires[1]
    sniffer = client.peer("sniffer")
    client.discover("-t", "0.2", *words)
    wait_passed(client, sniffer)
    sent = [(seen["interface"], seen["to"], seen["text"]) for seen in sniffer.records()
            if seen["out"] and seen["port"] == PORT]
    directed = [("eth0", "192.168.1.255"), ("eth1", "192.168.2.255")]
    also = [("eth0", "255.255.255.255"), ("eth1", "255.255.255.255")]
    assert sorted(sent) == sorted((*way, texts) for way in directed + also * limited)


def test_only_the_selected_interfaces_are_asked(two_wires):
    server, client = two_wires
    peer = odd(server)
    ask(client, "-i", "eth1")
    assert requests_at(client, peer) == requests("192.168.2.255", "255.255.255.255")


def test_target_alone_gets_no_broadcast(server, other, client):
    original(server, SQL)
    peer = odd(other)
    run = ask(client, "-T", "192.168.1.2")
    assert (run.returncode, found(run)) == (0, servers(SQL_RESULT))
    assert requests_at(client, peer, "192.168.1.3") == []
    ask(client, "-T", "192.168.1.2", "--broadcast")
    assert requests_at(client, peer, "192.168.1.3")[1:] == requests(
        "192.168.1.255", "255.255.255.255")  # behind the LAST of before


@pytest.mark.parametrize("args, words", [
    ((), ("-T", "192.168.1.2")),
    (("--tged-port", "12345"), ("-T", "192.168.1.2", "--tged-port", "12345")),
    (("--tged-port", "12345"), ("-T", "192.168.1.2:12345")),
    (("--tged-port", "12345"), ("--tged-port=12345",)),
])
def test_ports_of_targets(server, client, args, words):
    with serve(server, {"SQL": {"IP": "auto"}}, *args):
        run = ask_first(client, *words)
    entry, = json.loads(run.stdout)
    assert entry["ip"] == "192.168.1.2"
    assert entry["extra"]["source_port"] == int((PORT, *args)[-1])


def test_variables_of_the_other_protocol_are_of_no_account(server, client):
    original(server, SQL)
    bad = {f"DISCOVERY_CLIENT_{name}": "x" * 2000 for name in ("MESSAGE", "RESPONSE_PREFIX")}
    for port in ("x", "12345"):
        run = ask(client, "-c1", "-t", LONG_S, env={**bad, "DISCOVERY_CLIENT_PORT": port})
        assert found(run) == servers(SQL_RESULT)


@pytest.mark.parametrize("said, probes", [((INVALID,), 1), ((reply(SQL),), 1), ((), 4)])
def test_a_target_is_asked_until_it_answers(server, client, said, probes):
    """Also where the answer is INVALID."""
    peer = odd(server, *said)
    client.udpdisc("discover", "-s", "SQL", "-t", ROUNDS_S, "-T", "192.168.1.2")
    assert requests_at(client, peer) == requests("192.168.1.2") * probes


def test_an_invalid_ends_no_broadcast_rounds(server, client):
    peer = odd(server, INVALID)
    client.udpdisc("discover", "-s", "SQL", "-t", ROUNDS_S)
    both = ("192.168.1.255", "255.255.255.255")
    assert sorted(requests_at(client, peer)) == sorted(requests(*both) * 4)


@pytest.fixture
def three_servers(lan, client):
    for last in (2, 3, 4):
        original(lan.host(f"server{last}", f"192.168.1.{last}/24"), {"RP": "x"})
    return client


@pytest.mark.parametrize("words, status, count", [
    (("-c", "2", "-t", LONG_S), 0, 2), (("-c", "4", "-x", "3"), 0, 3), (("-x", "3"), 0, 3),
    (("-x", "4"), 1, 3)])
def test_count_and_expect(three_servers, words, status, count):
    run = ask(three_servers, *words)
    assert (run.returncode, len(json.loads(run.stdout))) == (status, count)
    assert run.elapsed_s < float(LONG_S) / 3


def test_expect_none_and_all_said_invalid(server, client):
    original(server)
    assert ask(client, "-x", "0").returncode == 0


def test_ignore_local(server, client):
    with serve(client, {"SQL": {"IP": "auto"}}):
        own, alone = ask_first(client), ask(client, "--ignore-local")
        original(server, SQL)
        both = ask_first(client, "--ignore-local")
    assert found(own) == servers(
        result({"IP": "192.168.1.5"}, "192.168.1.5", claimed="192.168.1.5", local=True))
    assert (alone.returncode, alone.stdout.strip()) == (1, "[]")
    assert "of this host left out" in alone.stderr
    assert (both.returncode, found(both)) == (0, servers(SQL_RESULT))


def test_ignore_local_leaves_out_an_own_invalid_too(client):
    with serve(client, {}):
        run = ask(client, "--ignore-local")
    assert run.returncode == 1 and "no server answered for service 'SQL'" in run.stderr
    assert "INVALID" not in run.stderr and "of this host left out" in run.stderr


def commands(stderr):
    """The commands that are proposed, as a shell would read them."""
    return [shlex.split(line) for line in re.findall(r"^ *udpdisc (discover.*)", stderr, re.M)]


@pytest.mark.parametrize("name", ["SQL", "it's a 'name' $x", "caf\u00e9"])
@pytest.mark.parametrize("words", [(), ("--tged-port", "12345")])
def test_the_warning_of_a_segmented_network(lan, name, words):
    """Its commands ask for the service, and 255.255.255.255 was asked already."""
    alone = lan.host("alone", "10.15.64.7/18")
    run = alone.udpdisc("discover", "-s", name, "-t", "0.2", *words,
                        env={"DISCOVERY_CLIENT_PORT": "7777"})
    assert (run.returncode, run.stdout, run.stderr.count(HEADING)) == (1, "", 1)
    common = ["discover", "--service", name, *words]
    assert commands(run.stderr) == [[*common, "--scan", "-i", "eth0"],
                                    [*common, "--target", "10.15.65.0/24"]]
    again = alone.udpdisc(*commands(run.stderr)[1], "-t", "0.1")
    assert again.returncode == 1 and "asked 254 of 254 hosts" in again.stderr


def test_the_warning_where_all_said_invalid(lan):
    alone = lan.host("alone", "10.15.64.7/18")
    original(lan.host("near", "10.15.64.2/18"))
    run, quiet = ask(alone), ask(alone, "-q")
    assert run.stderr.count(HEADING) == 1 and "1 said INVALID" in run.stderr
    assert re.fullmatch(r"udpdisc: [^\n]*\n", quiet.stderr)
    for part in ("INVALID came from 10.15.64.2", HEADING, r"--service '?SQL'? --target 10\.15"):
        assert re.search(part, quiet.stderr)


def test_no_warning_where_the_service_was_found(lan):
    alone = lan.host("alone", "10.15.64.7/18")
    original(lan.host("near", "10.15.64.2/18"), {"RP": "x"})
    run = ask_first(alone)
    assert (run.returncode, run.stderr) == (0, "")
