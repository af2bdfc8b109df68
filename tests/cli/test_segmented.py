"""check-segmented --address, against the verdicts of the stock client."""

import json

import pytest

from clitool import REPO, columns_aligned, run, run_on_terminal, shell, variables

VECTORS = json.loads((REPO / "tests/data/segmented.json").read_text("utf-8"))
KEYS = ["interface", "ip", "network", "prefix", "total_hosts", "calculated_broadcast",
        "likely_broadcast_domain", "is_corporate", "segments", "virtual"]
FLAGGED = [entry for entry in VECTORS if entry["stock_verdict"]]
PLAIN = [entry for entry in VECTORS if not entry["stock_verdict"]]


def judge(*addresses):
    return run("check-segmented", *(f"--address={address}" for address in addresses))


def judge_json(*addresses):
    return run("check-segmented", "-j", *(f"--address={address}" for address in addresses))


def expected(entry):
    """An address alone belongs to no interface, so that none is virtual."""
    return {**entry["stock_verdict"], "interface": None, "virtual": False}


def row(network):
    return ["-", network["ip"], network["network"], network["calculated_broadcast"],
            network["likely_broadcast_domain"], str(network["segments"]), "no"]


@pytest.mark.parametrize("entry", VECTORS, ids=lambda entry: entry["address"])
def test_verdict(entry):
    flagged = entry["stock_verdict"] is not None
    result, text = judge_json(entry["address"]), judge(entry["address"])
    networks = [expected(entry)] if flagged else []
    assert result.json == {"segmented": flagged, "networks": networks}
    assert all(list(network) == KEYS for network in result.json["networks"])
    assert (result.code, text.code) == (flagged, flagged)
    assert text.rows == [row(network) for network in networks]
    assert result.err == text.err == ""


@pytest.mark.parametrize("address, network, likely, segments", [
    ("10.15.0.7/16", "10.15.0.0/16", "10.15.0.255", 256),
    ("10.15.0.7/255.255.0.0", "10.15.0.0/16", "10.15.0.255", 256),
    ("10.15.0.0/16", "10.15.0.0/16", "10.15.0.255", 256),
    ("10.0.0.1/23", "10.0.0.0/23", "10.0.0.255", 2),
    ("10.0.1.1/23", None, None, 0),  # the broadcast of its /24 is that of all
    ("10.0.0.1/24", None, None, 0),
    ("10.0.0.1/32", None, None, 0),
    ("172.15.0.1/16", None, None, 0),
    ("172.16.0.1/12", "172.16.0.0/12", "172.16.0.255", 4096),
    ("172.31.0.1/16", "172.31.0.0/16", "172.31.0.255", 256),
    ("172.32.0.1/16", None, None, 0),
    ("9.255.0.1/8", None, None, 0),
    ("11.0.0.1/8", None, None, 0),
    ("192.168.0.1/16", None, None, 0),
    ("169.254.0.1/16", None, None, 0),
    ("127.0.0.1/8", None, None, 0),
])
def test_borders(address, network, likely, segments):
    result = judge_json(address)
    found = [(one["network"], one["likely_broadcast_domain"], one["segments"])
             for one in result.json["networks"]]
    assert found == ([(network, likely, segments)] if network else [])
    assert result.code == bool(network)


def test_all_at_once():
    result = judge_json(*(entry["address"] for entry in VECTORS))
    assert result.code == 1
    by_ip = sorted(result.json["networks"], key=lambda one: (one["ip"], one["prefix"]))
    assert by_ip == sorted(map(expected, FLAGGED), key=lambda one: (one["ip"], one["prefix"]))
    none = judge_json(*(entry["address"] for entry in PLAIN))
    assert (none.code, none.json) == (0, {"segmented": False, "networks": []})


def test_large_numbers_stay_integers():
    result = judge_json("10.0.0.9/0")
    assert '4294967296' in result.out and '16777216' in result.out


def test_terminal():
    addresses = [f"--address={entry['address']}" for entry in FLAGGED]
    result = run_on_terminal("check-segmented", *addresses)
    lines = result.out.splitlines()
    assert lines[0].split() == ["INTERFACE", "ADDRESS", "NETWORK", "BROADCAST", "REACHES",
                                "SEGMENTS", "VIRTUAL"]
    assert len(lines) == 1 + len(FLAGGED) and columns_aligned(lines), result.out
    assert run_on_terminal("check-segmented", "--address=10.0.0.1/24").out == ""


@pytest.mark.parametrize("args, out", [(["-q"], ""), (["-qj"], '{"segmented":true')])
def test_quiet(args, out):
    quiet = run("check-segmented", "--address=10.0.0.1/16", *args)
    assert quiet.code == 1
    assert "".join(quiet.out.split()).startswith(out) and bool(quiet.out) == bool(out)
    assert quiet.err.count("\n") <= 1


@pytest.mark.parametrize("args, env", [
    ([], {}), (["-j"], {}), (["-q"], {}), (["-i", "lo"], {}), (["-i", "nope"], {}),
    (["--interfaces-blacklist", "lo"], {}), ([], variables(interfaces_whitelist="nope"))])
def test_nothing_selected(args, env):
    """The namespace has lo alone, which discover would not use."""
    result = run("check-segmented", *args, env=env)
    assert (result.code, result.out) == (3, "")
    assert result.err.startswith("udpdisc: ")


def test_quiet_names_the_interface_and_no_virtual_one():
    host = shell(" && ".join(
        f"ip link add {name} type veth peer name to-{name} && ip addr add {address} dev {name} && "
        f"ip link set {name} up && ip link set to-{name} up"
        for name, address in (("v0", "10.20.1.1/16"), ("docker0", "172.17.0.1/16"))) +
        ' && exec "$@"')
    result = run("check-segmented", "-q", wrapper=["/usr/bin/unshare", "-n", *host])
    assert (result.code, result.out) == (1, "")
    assert result.err == "udpdisc: segmented network detected: 10.20.0.0/16 on v0\n"
