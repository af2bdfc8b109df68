"""serve --check: every setting with its value and origin; nothing is bound."""

import json

import pytest

from clitool import refused, run, serve, variables

SETTINGS = ["port", "message", "response-prefix", "advertise", "advertise-port",
            "interfaces-whitelist", "interfaces-blacklist", "allow", "duration", "user"]
DEFAULTS = {"port": "9999", "message": "DISCOVER_SERVER", "response-prefix": "SERVER_IP:",
            "advertise": "-", "advertise-port": "-", "interfaces-blacklist": "-", "duration": "-"}
HOSTILE = "a\tb\nc\r\x1b]0;x\x07\x7f\u009b\u202ez"


def test_text_rows():
    result = run("serve", "--check")
    assert (result.code, result.err) == (0, "")
    assert all(len(row) == 3 for row in result.rows), result.out
    names = [name for name, _, _ in result.rows]
    assert len(set(names)) == len(names)
    assert set(SETTINGS) <= set(names)
    assert {origin for _, _, origin in result.rows} <= {"default", "option"}
    table = {name: (value, origin) for name, value, origin in result.rows}
    for name, value in DEFAULTS.items():
        assert table[name] == (value, "default")


def test_text_origins():
    result = run("serve", "--check", "-p", "1", "--advertise=10.0.0.1", "--advertise=10.0.0.2:8",
                 env=variables(message="hello", port="bad"))
    table = {name: (value, origin) for name, value, origin in result.rows}
    assert table["port"] == ("1", "option")
    assert table["message"] == ("hello", "DISCOVERY_CLIENT_MESSAGE")
    assert table["response-prefix"] == ("SERVER_IP:", "default")
    value, origin = table["advertise"]
    assert origin == "option"
    assert value.index("10.0.0.1") < value.index("10.0.0.2:8")


def test_json_has_the_rows_of_the_text():
    result = run("serve", "--check", "-j")
    assert (result.code, result.err) == (0, "")
    assert all(list(entry) == ["value", "origin"] for entry in result.json.values())
    assert set(SETTINGS) <= set(result.json)
    text = [name for name, _, _ in run("serve", "--check").rows]
    assert list(result.json) == text


@pytest.mark.parametrize("args, name, value", [
    ((), "port", 9999),
    ((), "message", "DISCOVER_SERVER"),
    ((), "response-prefix", "SERVER_IP:"),
    ((), "advertise-port", None),
    ((), "duration", None),
    ((), "interfaces-blacklist", None),
    (("--advertise-port=80",), "advertise-port", 80),
    (("--duration=1.5",), "duration", 1.5),
    (("--duration=5.",), "duration", 5),
    (("--allow=10.0.0.0/8",), "allow", ["10.0.0.0/8"]),
    (("--advertise=10.0.0.1:80",), "advertise", ["10.0.0.1:80"]),
    (("--interfaces-blacklist=e*,lo",), "interfaces-blacklist", "e*,lo"),
    (("-m", HOSTILE), "message", HOSTILE),
    (("-m", b"\xffx\xc3"), "message", "\ufffdx\ufffd"),
])
def test_json_values(args, name, value):
    setting = run("serve", "--check", "-j", *args).json[name]
    assert setting == {"value": value, "origin": "option" if args else "default"}
    assert not isinstance(setting["value"], bool)


def test_json_flags_are_booleans():
    settings = run("serve", "--check", "-j").json
    for name in ("quiet", "verbose"):
        if name in settings:
            assert settings[name]["value"] in (False, 0)


@pytest.mark.parametrize("message", [HOSTILE, b"\x80\xff\xc0\xaf", "\x01" * 1024])
def test_hostile_bytes_keep_the_table_whole(message):
    result = run("serve", "--check", "-m", message)
    assert all(len(row) == 3 for row in result.rows), result.out
    assert result.out.replace("\n", "").replace("\t", "").isprintable()
    assert len(result.rows) == len(run("serve", "--check").rows)


@pytest.mark.parametrize("args, env, name", [
    (("-p", "0"), {}, "--port"),
    (("-m", ""), {}, "--message"),
    (("--allow", "10.0.0.0/33"), {}, "--allow"),
    ((), variables(port="x"), "DISCOVERY_CLIENT_PORT"),
    ((), variables(interfaces_whitelist=","), "DISCOVERY_CLIENT_INTERFACES_WHITELIST"),
])
def test_bad_input(args, env, name):
    for more in ((), ("-j",)):
        refused("serve", "--check", *more, *args, env=env, names=[name])


def test_binds_nothing(taken_port):
    assert run("serve", "--check", "-p", taken_port).code == 0
    assert run("serve", "-p", taken_port).code == 3


def test_reports_what_serve_then_does():
    args = ("-m", "m", "--response-prefix", "p", "--advertise-port", "80")
    settings = json.loads(run("serve", "--check", "-j", *args).out)
    with serve(*args) as server:
        reply, _ = server.ask(settings["message"]["value"].encode())
    assert reply.decode() == "{}127.0.0.1:{}".format(
        settings["response-prefix"]["value"], settings["advertise-port"]["value"])


def test_on_a_quiet_run_only_json_is_printed():
    assert run("serve", "--check", "-q").out == ""
    assert run("serve", "--check", "-q", "-j").json["port"]["value"] == 9999
    refused("serve", "--check", "-q", "-p", "0", names=["--port"])
