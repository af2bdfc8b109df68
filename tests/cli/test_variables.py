"""DISCOVERY_CLIENT_*: where they are read, what outranks them, bad ones."""

import json
import re

import pytest

from clitool import ANSWER, refused, responder, run, serve, variables

LISTS = {"interfaces_whitelist": ",", "interfaces_blacklist": " , "}
WIRE = {"port": "65536", "message": "x" * 1025, "response_prefix": "x" * 1001}
CLIENT = {"timeout": "1e3", "retries": "17"}
BAD = {  # command: the variables that it reads, with a bad value of each
    "serve": {**WIRE, **LISTS},
    "discover": {**WIRE, **CLIENT, **LISTS},
    "discover-one": {**WIRE, **CLIENT, **LISTS},
    "ifaces": LISTS,
    "check-segmented": LISTS,
}
GOOD = {"port": "12345", "message": "hello", "response_prefix": "P:", "timeout": "0.2",
        "retries": "2", "interfaces_whitelist": "lo", "interfaces_blacklist": "zz*"}
READ = [(command, name) for command, table in BAD.items() for name in table]
UNREAD = [(command, name) for command in BAD for name in {**WIRE, **CLIENT, **LISTS}
          if name not in BAD[command]]


def arguments(command, name):
    """What makes command end soon, without the option that belongs to variable name."""
    args = {"serve": ["serve", "--check"],
            "discover": ["discover", "--target=127.0.0.1:1", "-x0", "-t0.05"],
            "discover-one": ["discover-one", "--target=127.0.0.1:1", "-t0.05"]}
    return [word for word in args.get(command, [command])
            if name != "timeout" or not word.startswith("-t")]


def option(name):
    return "--" + name.replace("_", "-")


def origins(**env):
    result = run("serve", "--check", "-j", env=variables(**env))
    assert result.code == 0, result.err
    return result.json


@pytest.mark.parametrize("command, name", READ)
def test_a_bad_one_is_named(command, name):
    bad = variables(**{name: BAD[command][name]})
    refused(*arguments(command, name), env=bad, names=bad)


@pytest.mark.parametrize("name, value", [
    ("port", "0"), ("port", "x"), ("timeout", "0"), ("timeout", "inf"), ("timeout", "-1"),
    ("retries", "-1"), ("interfaces_whitelist", " "), ("message", "SERVER_IP:"),
    ("port", "9\x1b[31m\n9")])
def test_bad_values(name, value):
    refused("discover", "--target=127.0.0.1:1",
            env=variables(**{name: value}), names=[f"DISCOVERY_CLIENT_{name.upper()}"])


@pytest.mark.parametrize("command, name", UNREAD)
def test_not_read_without_the_option(command, name):
    bad = variables(**{name: {**WIRE, **CLIENT}[name]})
    assert vars(run(*arguments(command, ""), env=bad)) == vars(run(*arguments(command, "")))


@pytest.mark.parametrize("command, name", READ)
def test_not_looked_at_beside_the_option(command, name):
    given = f"{option(name)}={'0.05' if name == 'timeout' else GOOD[name]}"
    args = arguments(command, name)
    bad = variables(**{name: BAD[command][name]})
    with_bad = run(*args, given, env=bad)
    assert with_bad.code == run(*args, given).code != 2, with_bad.err


@pytest.mark.parametrize("command, name", READ)
def test_empty_is_unset(command, name):
    args = arguments(command, "")
    assert vars(run(*args, env=variables(**{name: ""}))) == vars(run(*args))


@pytest.mark.parametrize("name", BAD["serve"])
def test_precedence(name):
    row, default = name.replace("_", "-"), origins()[name.replace("_", "-")]
    value = json.loads(GOOD[name]) if name == "port" else GOOD[name]
    assert default["origin"] == "default" and default["value"] != value
    assert origins(**{name: ""})[row] == default
    variable, = variables(**{name: 1})
    assert origins(**{name: GOOD[name]})[row] == {"value": value, "origin": variable}
    both = run("serve", "--check", "-j", f"{option(name)}={GOOD[name]}",
               env=variables(**{name: "1"})).json
    assert both[row] == {"value": value, "origin": "option"}


def test_white_space_around_a_number():
    assert origins(port=" 99\n")["port"]["value"] == 99


def test_the_wire_variables_reach_both_sides():
    env = variables(message="hello", response_prefix="P:")
    with serve(env=env) as server:
        assert server.ask(b"hello")[0] == b"P:127.0.0.1"
        assert server.answers(b"DISCOVER_SERVER", closing=b"hello") == []
        env = {**env, **variables(port=server.port)}
        found = run("discover", "--target=127.0.0.1", "-c1", "-j", env=env).json
        assert found[0]["raw_response"] == "P:127.0.0.1"


def test_retries_and_timeout_of_discover():
    with responder() as peer:
        result = run("discover", "-T", peer.target, env=variables(timeout="0.8", retries="1"))
        assert result.code == 1
        assert len(peer.probes) == 2


def test_the_lists_are_not_looked_at_beside_address():
    for value in ("lo", "eth0", ","):
        env = variables(interfaces_whitelist=value, interfaces_blacklist=value)
        assert run("check-segmented", "--address", "10.0.0.1/24", env=env).code == 0


def test_verbose_names_the_origin_of_each_setting():
    env = variables(**{**GOOD, "message": "", "timeout": "5", "response_prefix": "SERVER_IP:"})
    with responder(ANSWER) as peer:
        err = run("discover", "-vc1", "-T", peer.target, "-r0", env=env).err
    for name, origin in [("port", "DISCOVERY_CLIENT_PORT"), ("message", "default"),
                         ("response-prefix", "DISCOVERY_CLIENT_RESPONSE_PREFIX"),
                         ("timeout", "DISCOVERY_CLIENT_TIMEOUT"), ("retries", "option"),
                         ("target", "option"), ("count", "option"), ("expect", "default"),
                         ("interfaces-whitelist", "DISCOVERY_CLIENT_INTERFACES_WHITELIST")]:
        assert re.search(rf"^udpdisc: .*\b{name}\b.*\b{origin}\b", err, re.MULTILINE), err


@pytest.mark.parametrize("args, env, message, prefix", [
    (("-m", "HELLO_X"), variables(response_prefix="HELLO"), "HELLO_X", "SERVER_IP:"),
    (("--response-prefix", "HI"), variables(message="HI_X"), "DISCOVER_SERVER", "HI"),
])
def test_a_variable_gives_way_to_an_option_that_it_contradicts(args, env, message, prefix):
    settings = run("serve", "--check", "-j", *args, env=env).json
    assert (settings["message"]["value"], settings["response-prefix"]["value"]) == (message, prefix)


def test_two_variables_that_contradict_each_other_are_refused():
    refused("serve", "--check", env=variables(message="HI_X", response_prefix="HI"),
            names=("DISCOVERY_CLIENT_MESSAGE", "DISCOVERY_CLIENT_RESPONSE_PREFIX"))
