"""Segmented networks: check-segmented, and the block that discover prints."""

import json
import re
import shlex

import pytest
from expect import addresses, text_of
from test_peers import VECTORS

HEADING = "segmented network detected"
ALONE = {"interface": "eth0", "ip": "10.15.64.7", "network": "10.15.64.0/18", "prefix": 18,
         "total_hosts": 16384, "calculated_broadcast": "10.15.127.255",
         "likely_broadcast_domain": "10.15.64.255", "is_corporate": True, "segments": 64,
         "virtual": False}


def vectors():
    return json.loads((VECTORS / "segmented.json").read_text("utf-8"))


@pytest.fixture
def alone(lan):
    """A host in a big network, with nobody else on its wire."""
    return lan.host("alone", "10.15.64.7/18")


@pytest.fixture
def wide(net, alone):
    """The same with a second such interface and one of no interest."""
    net.segment("second").plug(alone, "172.20.1.1/14")
    net.segment("third").plug(alone, "192.168.0.5/16")
    return alone


def check(host, *args):
    run = host.udpdisc("check-segmented", "-j", *args)
    return run.returncode, json.loads(run.stdout)


@pytest.mark.parametrize("vector", vectors(), ids=lambda row: row["address"])
def test_verdicts_are_those_of_the_table(net, lan, vector):
    host = net.host("host")
    lan.plug(host, vector["address"], dev=vector["interface"])
    status, answer = check(host)
    virtual = vector["interface"] == "docker0"
    verdict = vector["stock_verdict"]
    flagged = verdict is not None and not virtual
    assert text_of(answer) == text_of({
        "segmented": flagged, "networks": [{**verdict, "virtual": virtual}] if verdict else []})
    assert status == (1 if flagged else 0)


def test_every_flagged_interface_is_reported(wide):
    status, answer = check(wide)
    assert (status, answer["segmented"]) == (1, True)
    assert [row["interface"] for row in answer["networks"]] == ["eth0", "eth1"]
    assert text_of(answer["networks"][0]) == text_of(ALONE)


def test_only_selected_interfaces_count(wide):
    assert [row["interface"] for row in check(wide, "-i", "eth1,eth2")[1]["networks"]] == ["eth1"]
    assert check(wide, "-i", "eth2") == (0, {"segmented": False, "networks": []})
    assert check(wide, "--interfaces-blacklist", "eth[01]")[0] == 0
    assert wide.udpdisc("check-segmented", "-j", "-i", "nosuch0").returncode == 3


def test_text_rows(wide):
    run = wide.udpdisc("check-segmented")
    assert run.returncode == 1
    assert run.stdout == (
        "eth0\t10.15.64.7\t10.15.64.0/18\t10.15.127.255\t10.15.64.255\t64\tno\n"
        "eth1\t172.20.1.1\t172.20.0.0/14\t172.23.255.255\t172.20.1.255\t1024\tno\n")


def test_the_broadcast_of_the_kernel_counts(lan):
    host = lan.host("host", "10.15.64.7/18 broadcast 10.15.64.255")
    assert check(host) == (0, {"segmented": False, "networks": []})


def test_a_host_alone_is_told_once(alone):
    run = alone.udpdisc("discover", "-t", "0.5")
    assert (run.returncode, run.stdout, run.stderr.count(HEADING)) == (1, "", 1)
    said = run.stderr.replace(",", "")
    for fact in ("eth0", "10.15.64.0/18", "16384", "10.15.127.255", "64", "--scan -i eth0",
                 "--target 10.15.65.0/24", "--limited -i eth0"):
        assert fact in said
    assert re.search(r"10\.15\.64\.(0/24|255)", said)


def test_quiet_says_it_in_one_line(alone):
    run = alone.udpdisc("discover", "-q", "-t", "0.5")
    assert (run.returncode, run.stdout) == (1, "")
    assert re.fullmatch(r"udpdisc: [^\n]+\n", run.stderr) and "10.15.64.0/18" in run.stderr


def test_discover_one_tells_it_too(alone):
    run = alone.udpdisc("discover-one", "-j", "-t", "0.2")
    assert (run.returncode, run.stdout.strip()) == (1, "null")
    assert run.stderr.count(HEADING) == 1


def test_all_networks_stand_under_one_heading(wide):
    run = wide.discover("-t", "0.2")
    assert run.stderr.count(HEADING) == 1
    assert "10.15.64.0/18" in run.stderr and "172.20.0.0/14" in run.stderr
    assert "192.168.0.0/16" not in run.stderr


def test_a_network_with_two_addresses_stands_there_once(alone):
    """And the other segment is none where an address of this host is."""
    alone.add_address("eth0", "10.15.65.7/18")
    run = alone.discover("-t", "0.2")
    assert run.stderr.count("10.15.64.0/18 has") == run.stderr.count("--limited -i eth0") == 1
    assert "udpdisc discover --target 10.15.66.0/24\n" in run.stderr


def test_nothing_is_said_where_enough_answered(lan, alone):
    with lan.host("server", "10.15.64.2/18").serve():
        enough, too_few = alone.discover(), alone.discover("-x", "2")
        verbose = alone.discover("-v")
    assert (enough.returncode, enough.stderr) == (0, "")
    assert (too_few.returncode, too_few.stderr.count(HEADING)) == (1, 1)
    assert addresses(too_few) == [("10.15.64.2", 8000)]
    assert verbose.returncode == 0 and "10.15.64.0/18" in verbose.stderr


@pytest.mark.parametrize("words", [("-T", "10.15.64.9"), ("-i", "eth2")])
def test_nothing_is_said_of_a_network_that_was_not_asked(wide, words):
    run = wide.discover("-t", "0.2", *words)
    assert run.returncode == 1 and HEADING not in run.stderr


def test_nothing_is_said_of_a_network_that_could_not_be_asked(alone):
    alone.block("10.15.127.255")
    run = alone.discover("-t", "0.2")
    assert run.returncode == 3 and HEADING not in run.stderr


@pytest.mark.parametrize("name, words", [("x'y;z$", ["-i", "x'y;z$"]), ("a,b", []), ("c*", [])])
def test_the_commands_quote_an_odd_name(net, lan, name, words):
    host = net.host("host")
    lan.plug(host, "10.15.64.7/18", dev=name)
    run = host.udpdisc("discover", "-t", "0.1")
    command = re.search(r"udpdisc discover --limited(.*)", run.stderr)[1]
    assert shlex.split(command) == words
