"""The options of TGED: which values they take, what contradicts them, what --check shows."""

import contextlib
import os

import pytest

from clitool import (columns_aligned, next_port, pending, refused, responder, run,
                     run_on_terminal, serve, udp_socket, variables, wait_for)

REQUEST = b"TGED DISCOVERY 1.0\r\nRQ:SQL\r\n\r\n"
INVALID = b"TGED INVALID 1.0\r\nRP: INVALID\r\n\r\n"
SQL = '{"SQL": {"HOST": "test", "IP": "auto", "PORT": 3306}}'
REPLY = b"TGED REPLY 1.0\r\nHOST: test\r\nIP: 127.0.0.1\r\nPORT: 3306\r\n\r\n"
WIRE = {"port": "1", "message": "x", "response_prefix": "x"}
WIRE_BAD = {"port": "x", "message": "x" * 1025, "response_prefix": "x" * 1001}
NAME_MAX = 4069
ROWS = ["services", "tged-port", "tged-only", "tged-compact", "tged-invalid", "rate-limit"]
PORTS_BAD = ["0", "65536", "-1", "+5", "1e3", "0x10", "9.0", "x", " ", "", "4745x", "\u0669"]


@pytest.fixture
def path(tmp_path):
    """A good services file."""
    path = tmp_path / "services.json"
    path.write_text(SQL, "ascii")
    return path


def checked(*args, **options):
    """The settings that `serve --check -j args` reports."""
    result = run("serve", "--check", "-j", *args, **options)
    assert (result.code, result.err) == (0, "")
    return result.json


@contextlib.contextmanager
def serve_services(path, *args, ready=" of '", **options):
    """A serve with services at path that listens for both; it, and the port of TGED."""
    port = next_port()
    with serve("-S", path, "--tged-port", port, *args, ready=ready, **options) as server:
        wait_for(lambda: pending(port) is not None, f"port {port} to be bound")
        yield server, port


def ask(port, request=REQUEST):
    """The reply to a request."""
    with udp_socket() as asker:
        asker.sendto(request, ("127.0.0.1", port))
        return asker.recv(2048)


@pytest.mark.parametrize("name", [
    "SQL", "a b", "x:y", "-", "--service", "caf\u00e9", b"\xff\xfe", "x\ty", "\u00a0", "\x01",
    "x" * NAME_MAX])
def test_the_request(name):
    wanted = os.fsencode(name)
    with responder(REPLY) as peer:
        for words in (["-s", name], ["--service", name], [b"--service=" + wanted],
                      [b"-js" + wanted], ["-s", "first", "-s", name]):
            result = run("discover-one", "-jT", peer.target, *words)
            assert (result.code, result.err) == (0, "")
            assert result.json["extra"]["service"] == wanted.decode("utf-8", "replace")
        request = b"TGED DISCOVERY 1.0\r\nRQ:" + wanted + b"\r\n\r\n"
        assert [data for data, _ in peer.probes] == [request] * 5


@pytest.mark.parametrize("command", ["discover", "discover-one"])
@pytest.mark.parametrize("name", [
    "", " ", " x", "x ", "\tx", "x\n", "a\nb", "a\rb", "\x0bx", "x" * (NAME_MAX + 1),
    "\u00e9" * 2035])
def test_bad_names_of_a_service(command, name):
    for words in (("-s", name), (f"--service={name}",)):
        result = refused(command, *words, "-T", "127.0.0.1:1", names=["--service", "4069"])
        assert len(result.err) < 500


@pytest.mark.parametrize("command", ["discover", "discover-one"])
@pytest.mark.parametrize("words, name", [
    (["-p", "9999"], "--port"), (["--port=4745"], "--port"), (["-m", "x"], "--message"),
    (["--message=DISCOVER_SERVER"], "--message"), (["--response-prefix", "x"],
                                                   "--response-prefix")])
def test_service_contradicts(command, words, name):
    """Also where the value is the default, and in either order."""
    for args in (["-s", "SQL", *words], [*words, "--service=SQL"]):
        refused(command, "-T", "127.0.0.1:1", *args, names=["--service", name])


@pytest.mark.parametrize("values", [WIRE, WIRE_BAD, {**WIRE, "message": "xy"}])
def test_variables_of_the_other_protocol_are_of_no_account(values):
    with responder(REPLY) as peer:
        args = ("discover-one", "-T", peer.target, "-s", "SQL", "-q")
        for env in (variables(**values), *(variables(**{name: values[name]}) for name in values)):
            assert vars(run(*args, env=env)) == {"code": 0, "out": "", "err": ""}
        assert {data for data, _ in peer.probes} == {REQUEST}


def test_other_variables_still_count():
    for name, value in (("timeout", "x"), ("retries", "17"), ("interfaces_whitelist", ",")):
        refused("discover", "-T127.0.0.1:1", "-s", "SQL", env=variables(**{name: value}),
                names=[f"DISCOVERY_CLIENT_{name.upper()}"])
    with responder() as peer:
        env = variables(timeout="0.6", retries="1", port="1")
        result = run("discover", "-T", peer.target, "-s", "SQL", env=env)
        assert (result.code, len(peer.probes)) == (1, 2)


def test_the_port_of_a_target():
    """4745, whatever the variable for the other protocol says, and --tged-port."""
    with responder(REPLY) as peer, udp_socket("127.0.0.1", 4745) as usual:
        args = ("discover-one", "-s", "SQL", "-T", "127.0.0.1", "-t0.2", "-r0")
        assert run(*args, env=variables(port=peer.port)).code == 1
        assert usual.recv(99) == REQUEST and peer.probes == []
        assert run(*args, "-t9", f"--tged-port={peer.port}").code == 0
        assert [data for data, _ in peer.probes] == [REQUEST]


@pytest.mark.parametrize("command, words", [
    ("discover", ["-S", "x"]), ("serve", ["-s", "x"]), ("serve", ["--service", "x"]),
    ("ifaces", ["--tged-port=1"]), ("check-segmented", ["-s", "x"]),
    ("discover", ["--rate-limit=5"]), ("discover-one", ["--tged-only"]),
    ("discover", ["--tged-invalid=always"]), ("discover", ["--tged-compact"]),
    ("serve", ["--tged"]), ("serve", ["--tged-only=1"]), ("serve", ["--tged-compact=yes"]),
    ("serve", ["-S"]), ("discover", ["-s"]), ("serve", ["--tged-port"]),
    ("serve", ["--rate-limit"]), ("serve", ["--tged-invalid"])])
def test_options_of_other_commands_and_missing_values(command, words):
    refused(command, *words, names=[f"'{words[0].split('=')[0]}'"])


def test_terminal(path):
    with serve_services(path) as (_, port):
        out = run_on_terminal("discover-one", "-s", "SQL", "-T", f"127.0.0.1:{port}").out
    header, row = out.splitlines()
    assert header.split() == ["ADDRESS", "PORT", "INTERFACE", "SOURCE", "RTT_MS", "FIELDS"]
    assert row.split()[5:] == ["HOST=test", "IP=127.0.0.1", "PORT=3306"]
    assert columns_aligned([header, row[:row.index("  IP=")]])


@pytest.mark.parametrize("words, value", [
    (["-S", "{}"], "{}"), (["-S{}"], "{}"), (["--services={}"], "{}"), (["--services", "{}"], "{}"),
    (["-qjS", "{}"], "{}"), (["-S", "/nowhere", "-S", "{}"], "{}")])
def test_services_is_readable(path, words, value):
    settings = checked(*(word.format(path) for word in words))
    assert settings["services"] == {"value": value.format(path), "origin": "option"}


def test_bad_paths(tmp_path):
    refused("serve", "--check", "-S", "", names=["--services"])
    refused("serve", "--check", "-S", "x" * 4096, names=["--services", "4095"])
    refused("serve", "--check", "-S", "x" * 4095, names=["xxx"])
    refused("serve", "--check", "-S", "x" * 300, names=["cannot read"])
    refused("serve", "--check", "--services", "-", names=["cannot read '-'"])
    for hostile in (b"a\nb", b"\x1b[2J", b"\xff", b"\xe2\x80\xae"):
        file = tmp_path / os.fsdecode(hostile)
        refused("serve", "--check", "-S", os.fsencode(file), names=[str(tmp_path)])
        file.write_text("[", "ascii")
        refused("serve", "--check", "-S", os.fsencode(file), names=[":1:2: "])


def test_tged_only_needs_services(path):
    for args in (["--check"], []):
        refused("serve", *args, "--tged-only", names=["--tged-only", "--services"])
    assert checked("--tged-only", "-S", path)["tged-only"]["value"] is True


@pytest.mark.parametrize("value", PORTS_BAD)
def test_bad_tged_ports(path, value):
    for command in (["serve", "--check", "-S", path], ["discover", "-s", "SQL"]):
        refused(*command, f"--tged-port={value}", names=["--tged-port", "65535"])


@pytest.mark.parametrize("value, port", [("1", 1), ("65535", 65535), (" 99\n", 99), ("007", 7)])
def test_good_tged_ports(path, value, port):
    settings = checked("-S", path, "--tged-port", value)
    assert settings["tged-port"] == {"value": port, "origin": "option"}


@pytest.mark.parametrize("value", ["", "never", "Always", "ALWAYS", "always,unicast", "always ",
                                   "unicas", "broadcast", "1"])
def test_bad_tged_invalid(path, value):
    refused("serve", "--check", "-S", path, "--tged-invalid", value,
            names=["--tged-invalid", "always", "unicast"])


@pytest.mark.parametrize("value", ["always", "unicast"])
def test_good_tged_invalid(path, value):
    settings = checked("-S", path, f"--tged-invalid={value}")
    assert settings["tged-invalid"] == {"value": value, "origin": "option"}


@pytest.mark.parametrize("value, shown", [
    ("0", "0"), ("1", "1/2"), ("5", "5/10"), ("5/1", "5/1"), ("50/100", "50/100"), ("7/7", "7/7"),
    (" 5 ", "5/10"), ("\t50/100\n", "50/100"), ("1000000/1000000", "1000000/1000000"),
    ("500000", "500000/1000000"), ("1000000", "1000000/2000000"), ("1/2000000", "1/2000000")])
def test_good_rate_limits(value, shown):
    """What is shown can be given again and is the same."""
    setting = checked("--rate-limit", value)["rate-limit"]
    assert setting["origin"] == "option" and setting["value"] == shown
    assert checked("--rate-limit", setting["value"])["rate-limit"] == setting


@pytest.mark.parametrize("value", [
    "", " ", "x", "-1", "+5", "5/0", "5/", "/5", "/", "5/x", "x/5", "5/-1", "5/+1", "5//1",
    "5/1/1", "5/1/", "1000001", "5/2000001", "1e3", "0x5", "1.5", "5.0", "5/1.5", "5 5", "5s",
    "99999999999999999999", "5/99999999999999999999", "\u0665", "inf", "none"])
def test_bad_rate_limits(value):
    refused("serve", "--check", f"--rate-limit={value}", names=["--rate-limit", "1000000"])


def test_defaults():
    settings = checked()
    assert {name: settings[name] for name in ROWS} == {
        name: {"value": value, "origin": "default"} for name, value in zip(
            ROWS, [None, 4745, False, False, "always", "50/100"])}
    table = {name: value for name, value, _ in run("serve", "--check").rows}
    assert [table[name] for name in ROWS] == ["-", "4745", "no", "no", "always", "50/100"]


def test_all_of_them_are_shown(path):
    args = ("-S", path, "--tged-port=99", "--tged-only", "--tged-compact", "--tged-invalid=unicast",
            "--rate-limit=7")
    settings = checked(*args)
    assert {name: settings[name] for name in ROWS} == {
        name: {"value": value, "origin": "option"} for name, value in zip(
            ROWS, [str(path), 99, True, True, "unicast", "7/14"])}
    rows = [row for row in run("serve", "--check", *args).rows if row[0] in ROWS]
    assert sorted(rows) == sorted([name, value, "option"] for name, value in zip(
        ROWS, [str(path), "99", "yes", "yes", "unicast", "7/14"]))


@pytest.mark.parametrize("args, env, names", [
    (("-p5000", "--tged-port=5000"), {}, ["--tged-port", "--port", "5000"]),
    (("-p4745",), {}, ["--tged-port", "--port", "4745"]),
    (("--tged-port=9999",), {}, ["--tged-port", "9999"]),
    ((), variables(port="4745"), ["DISCOVERY_CLIENT_PORT", "4745"]),
    (("--tged-port=9999",), variables(port="9999"), ["--tged-port", "9999"])])
def test_both_ports_the_same(path, args, env, names):
    for more in (("--check",), ("--check", "-j"), ()):
        refused("serve", *more, "-S", path, *args, env=env, names=names)


def test_a_variable_gives_way_to_the_port_of_tged(path):
    settings = checked("-S", path, "--tged-port=5000", env=variables(port="5000"))
    assert settings["port"] == {"value": 9999, "origin": "default"}
    assert settings["tged-port"] == {"value": 5000, "origin": "option"}


@pytest.mark.parametrize("args", [
    ("--tged-only", "-p5000", "--tged-port=5000"), ("--tged-only", "--tged-port=9999"),
    ("--tged-only", "-p4745")])
def test_the_same_port_where_one_protocol_is_off(path, args):
    assert run("serve", "--check", "-S", path, *args).code == 0
    assert run("serve", "--check", "-p4745").code == 0


@pytest.mark.parametrize("option", ["--tged-port=5000", "--tged-compact", "--tged-invalid=unicast"])
def test_what_does_nothing_without_services_is_a_warning(option):
    result = run("serve", "--check", option)
    name = option.split("=")[0]
    assert result.code == 0
    assert result.err == f"udpdisc: warning: {name} does nothing without --services\n"


def test_a_tged_port_does_nothing_without_a_service():
    result = run("discover", "--tged-port", "5000", "-T", "127.0.0.1:1", "-t", "0.1")
    assert result.err.startswith(
        "udpdisc: warning: --tged-port does nothing without --service\n")
