"""ifaces where lo is all there is; other interfaces are the business of tests/net."""

import pytest

from clitool import columns_aligned, run, run_on_terminal, variables

KEYS = ["name", "index", "ip", "netmask", "prefix", "broadcast", "selected", "reason", "mac",
        "mtu", "virtual"]
LO = ["lo", "127.0.0.1", "255.0.0.0", "8", "127.255.255.255", "no", "loopback"]


def test_text():
    result = run("ifaces")
    assert (result.code, result.rows) == (1, [LO])
    assert all(line.startswith("udpdisc: ") for line in result.err.splitlines())


def test_terminal():
    lines = run_on_terminal("ifaces").out.splitlines()
    assert [line.split() for line in lines] == [
        ["NAME", "ADDRESS", "NETMASK", "PREFIX", "BROADCAST", "USED", "REASON"], LO]
    assert columns_aligned(lines)


def test_json():
    result = run("ifaces", "-j")
    assert result.code == 1
    (interface,) = result.json
    assert list(interface) == KEYS
    assert interface.pop("mac") in (None, "00:00:00:00:00:00")
    assert interface == {
        "name": "lo", "index": 1, "ip": "127.0.0.1", "netmask": "255.0.0.0", "prefix": 8,
        "broadcast": "127.255.255.255", "selected": False, "reason": "loopback", "mtu": 65536,
        "virtual": False}


@pytest.mark.parametrize("args, out", [(["-q"], False), (["-qj"], True), (["-jq"], True)])
def test_quiet(args, out):
    result = run("ifaces", *args)
    assert (result.code, bool(result.out)) == (1, out)
    assert result.err.count("\n") <= 1


@pytest.mark.parametrize("args, env, warnings", [
    (["-i", "nope"], {}, 1), (["-i", "nope,lo"], {}, 1), (["-i", "LO"], {}, 1),
    (["-i", "lo"], {}, 0), (["-i", "n*"], {}, 0), (["-i", "l?,[k-m]o"], {}, 0),
    (["--interfaces-blacklist", "nope"], {}, 1),
    ([], variables(interfaces_whitelist="nope"), 1),
    ([], variables(interfaces_blacklist="nope , lo"), 1),
    (["-i", "nope", "--interfaces-blacklist", "nope2"], {}, 2),
    (["-i", "nope, nope", "--interfaces-blacklist", "nope"], {}, 1)])
def test_a_name_that_fits_nothing_is_one_warning(args, env, warnings):
    result = run("ifaces", *args, env=env)
    told = [line for line in result.err.splitlines() if line.startswith("udpdisc: warning: ")]
    assert result.code == 1
    assert len(told) == warnings
    assert all("nope" in line or "LO" in line for line in told)


def test_lo_is_never_selected():
    for args in (["-i", "lo"], ["-i", "*"]):
        (interface,) = run("ifaces", "-j", *args).json
        assert (interface["selected"], interface["reason"]) == (False, "loopback")
