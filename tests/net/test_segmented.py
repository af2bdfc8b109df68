"""Segmented networks: check-segmented, and the block that discover prints."""

import json
import re
import shlex

import pytest
from expect import HEADING, addresses, table, text_of

BIG = {"interface": "eth0", "ip": "10.15.64.7", "network": "10.15.64.0/18", "prefix": 18,
         "total_hosts": 16384, "calculated_broadcast": "10.15.127.255",
         "likely_broadcast_domain": "10.15.64.255", "is_corporate": True, "segments": 64,
         "virtual": False}


@pytest.fixture
def big(lan):
    """A host in a big network, with nobody else on its wire."""
    return lan.host("big", "10.15.64.7/18")


@pytest.fixture
def wide(net, big):
    """The same with a second such interface and one of no interest."""
    net.segment("second").plug(big, "172.20.1.1/14")
    net.segment("third").plug(big, "192.168.0.5/16")
    return big


def check(host, *args):
    run = host.udpdisc("check-segmented", "-j", *args)
    return run.returncode, json.loads(run.stdout)


def test_verdicts_are_those_of_the_table(alone):
    """Each on an interface of its own; the kernel's order is theirs."""
    expected = []
    for number, row in enumerate(table("segmented")):
        name = row["interface"] if row["interface"] == "docker0" else f"wire{number}"
        alone.ip(f"link add {name} type veth peer name end{number}")
        alone.add_address(name, row["address"])
        alone.ip(f"link set {name} up")
        alone.ip(f"link set end{number} up")
        alone.wait_state(name, "UP")
        if row["stock_verdict"]:
            expected.append({**row["stock_verdict"], "interface": name,
                             "virtual": name == "docker0"})
    status, answer = check(alone)
    assert text_of(answer) == text_of({"segmented": True, "networks": expected})
    assert status == 1 and 1 < len(expected) < len(table("segmented"))


def test_every_flagged_interface_is_reported(wide):
    status, answer = check(wide)
    assert (status, answer["segmented"]) == (1, True)
    assert [row["interface"] for row in answer["networks"]] == ["eth0", "eth1"]
    assert text_of(answer["networks"][0]) == text_of(BIG)


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


def test_a_host_alone_is_told_once(big):
    run = big.udpdisc("discover", "-t", "0.5")
    assert (run.returncode, run.stdout, run.stderr.count(HEADING)) == (1, "", 1)
    said = run.stderr.replace(",", "")
    for fact in ("eth0", "10.15.64.0/18", "16384", "10.15.127.255", "64", "--scan -i eth0",
                 "--target 10.15.65.0/24", "--limited -i eth0"):
        assert fact in said
    assert re.search(r"10\.15\.64\.(0/24|255)", said)


def test_quiet_says_it_in_one_line(big):
    run = big.udpdisc("discover", "-q", "-t", "0.5")
    assert (run.returncode, run.stdout) == (1, "")
    assert re.fullmatch(r"udpdisc: [^\n]+\n", run.stderr) and "10.15.64.0/18" in run.stderr


def test_discover_one_tells_it_too(big):
    run = big.udpdisc("discover-one", "-j", "-t", "0.2")
    assert (run.returncode, run.stdout.strip()) == (1, "null")
    assert run.stderr.count(HEADING) == 1


def test_all_networks_stand_under_one_heading(wide):
    run = wide.discover("-t", "0.2")
    assert run.stderr.count(HEADING) == 1
    assert "10.15.64.0/18" in run.stderr and "172.20.0.0/14" in run.stderr
    assert "192.168.0.0/16" not in run.stderr


def test_a_network_with_two_addresses_stands_there_once(big):
    """And the other segment is none where an address of this host is."""
    big.add_address("eth0", "10.15.65.7/18")
    run = big.discover("-t", "0.2")
    assert run.stderr.count("10.15.64.0/18 has") == run.stderr.count("--limited -i eth0") == 1
    assert "udpdisc discover --target 10.15.66.0/24\n" in run.stderr


def test_nothing_is_said_where_enough_answered(lan, big):
    with lan.host("server", "10.15.64.2/18").serve():
        enough, too_few = big.find(1), big.discover("-x", "2")
        verbose = big.find(1, "-v")
    assert (enough.returncode, enough.stderr) == (0, "")
    assert (too_few.returncode, too_few.stderr.count(HEADING)) == (1, 1)
    assert addresses(too_few) == [("10.15.64.2", 8000)]
    assert verbose.returncode == 0 and "10.15.64.0/18" in verbose.stderr


@pytest.mark.parametrize("words", [("-T", "10.15.64.9"), ("-i", "eth2")])
def test_nothing_is_said_of_a_network_that_was_not_asked(wide, words):
    run = wide.discover("-t", "0.2", *words)
    assert run.returncode == 1 and HEADING not in run.stderr


def test_nothing_is_said_of_a_network_that_could_not_be_asked(big):
    big.block("10.15.127.255")
    run = big.discover("-t", "0.2")
    assert run.returncode == 3 and HEADING not in run.stderr


@pytest.mark.parametrize("name, words", [("x'y;z$", ["-i", "x'y;z$"]), ("a,b", []), ("c*", [])])
def test_the_commands_quote_an_odd_name(net, lan, name, words):
    host = net.host("host")
    lan.plug(host, "10.15.64.7/18", dev=name)
    run = host.udpdisc("discover", "-t", "0.1")
    command = re.search(r"udpdisc discover --limited(.*)", run.stderr)[1]
    assert shlex.split(command) == words
