"""Host names as targets: all their addresses, those that lead nowhere, and when they are asked."""

import subprocess
import time

import re

import pytest

from clitool import (ANSWER, LIMIT_S, MESSAGE, asked, refused, responder, run, settings, start,
                     wait_for)
from names import etc, name_server

LABEL, LONG = 63 * "a", "a." * 123 + "aa"  # and ".test" makes 253
HOSTS = """\
127.0.0.1 localhost
127.0.0.21 db1 db1.example.com
127.0.0.22 db2 # 127.0.0.23 db2
127.0.0.24 db2
127.0.0.25 under_score 3com a-b host1 1.2.3.x
2001:db8::1 six
0.0.0.0 zero
224.0.0.1 many
255.255.255.255 everybody
127.0.0.26 both.test
"""
UNKNOWN = "nobody.test"


@pytest.fixture(scope="module", autouse=True)
def server():
    """The table of DNS; each name has .test behind it."""
    with name_server(one=["127.0.0.11"], two=["127.0.0.12", "127.0.0.13"], none=[],
                     under_score=["127.0.0.14"], both=["127.0.0.99"], zero=["0.0.0.0"],
                     many=["224.0.0.1", "127.0.0.15"], self=["127.0.0.1"],
                     **{LABEL: ["127.0.0.16"], LONG: ["127.0.0.17"]}) as running:
        yield running


@pytest.fixture
def names(tmp_path):
    folder = tmp_path / "etc"
    folder.mkdir()
    return etc(folder, HOSTS)


def unresolved(result):
    return [line for line in result.err.splitlines()
            if re.match(r"udpdisc: warning: (cannot resolve '|'.*' has the address )", line)]


@pytest.mark.parametrize("name, targets", [
    ("localhost", ["1:9999"]), ("localhost:80", ["1:80"]), ("db1", ["21:9999"]),
    ("db1.example.com", ["21:9999"]), ("db2", ["22:9999", "24:9999"]),
    ("db2:1", ["22:1", "24:1"]), ("under_score", ["25:9999"]), ("3com:65535", ["25:65535"]),
    ("a-b", ["25:9999"]), ("host1", ["25:9999"]), ("1.2.3.x", ["25:9999"]), (" db1 ", ["21:9999"]),
    ("one.test", ["11:9999"]), ("one.test.", ["11:9999"]), ("one.test.:80", ["11:80"]),
    ("two.test", ["12:9999", "13:9999"]), ("two.test:80", ["12:80", "13:80"]),
    ("under_score.test", ["14:9999"]), ("both.test", ["26:9999"]),
    (f"{LABEL}.test", ["16:9999"]), (f"{LONG}.test", ["17:9999"])])
def test_a_name_means_all_its_addresses(names, name, targets):
    found = asked("--target", name, wrapper=names)
    assert sorted(found) == sorted(f"127.0.0.{target}" for target in targets)


def test_names_are_asked_at_the_port_of_the_protocol(names):
    assert asked("-Tdb1", "-p80", wrapper=names) == ["127.0.0.21:80"]
    assert asked("-Tdb1", "-sSQL", wrapper=names) == ["127.0.0.21:4745"]


@pytest.mark.parametrize("command", ["discover", "discover-one"])
def test_localhost_is_found(names, command):
    with responder(ANSWER) as peer:
        more = ["-jc1"] if command == "discover" else ["-j"]
        result = run(command, "-T", f"localhost:{peer.port}", *more, wrapper=names)
        found = result.json[0] if command == "discover" else result.json
        assert (found["ip"], found["extra"]["source_address"]) == ("127.0.0.1", "127.0.0.1")
        assert [data for data, _ in peer.probes] == [MESSAGE]


def test_names_beside_others(names, tmp_path):
    path = tmp_path / "targets"
    path.write_text("two.test # both\n127.0.0.12\ndb1:80\r\n127.0.0.20/30\n", "ascii")
    found = asked("-Tone.test", "--targets-file", path, "-T127.0.0.11", wrapper=names)
    assert sorted(found) == sorted(f"127.0.0.{target}" for target in (
        "11:9999", "12:9999", "13:9999", "21:80", "21:9999", "22:9999"))


def test_verbose_tells_the_name_and_its_addresses(names):
    result = run("discover", "-vr0", "-t0.05", "-Tdb2:80", "-Tone.test", wrapper=names)
    assert settings(result)["target"] == "db2:80,one.test (option)"
    for address in ("127.0.0.22:80", "127.0.0.24:80", "127.0.0.11:9999"):
        assert f"sent probe 1 to {address}\n" in result.err


# --- names that lead nowhere ---------------------------------------------------

@pytest.mark.parametrize("name", [UNKNOWN, f"{UNKNOWN}:80", "none.test", "six", "nobody", "zero",
                                  "zero.test", "many"])
def test_no_address(names, name):
    """The one line that -q leaves names it too; a broadcast is not sent in its place."""
    host = name.split(":")[0]
    for args in ((), ("-j",), ("-v",)):
        result = run("discover", "-T", name, *args, wrapper=names)
        assert (result.code, result.out) == (3, "")
        assert len(unresolved(result)) == 1 and f"'{host}'" in unresolved(result)[0]
        assert result.err.splitlines()[-1].startswith("udpdisc: no target to ask")
    result = run("discover", "-q", "-T", name, wrapper=names)
    assert (result.code, result.out, result.err.count("\n")) == (3, "", 1)
    assert f"'{host}'" in result.err


def test_two_without_an_address(names):
    result = run("discover", f"-T{UNKNOWN}", "-Tnone.test", wrapper=names)
    assert result.code == 3
    assert [UNKNOWN in line for line in unresolved(result)] == [True, False]
    result = run("discover-one", "-q", f"-T{UNKNOWN}", "-Tnone.test", wrapper=names)
    assert (result.code, result.err.count("\n")) == (3, 1)


@pytest.mark.parametrize("others", [[UNKNOWN], ["zero"], ["six", UNKNOWN], ["none.test", "db2"]])
def test_the_others_go_on(names, others):
    with responder(ANSWER) as peer:
        args = [f"-T{name}" for name in [others[0], peer.target, *others[1:]]]
        result = run("discover", "-c1", *args, wrapper=names)
        assert (result.code, result.rows[0][0]) == (0, "127.0.0.1")
        assert len(unresolved(result)) == result.err.count("\n") == len(set(others) - {"db2"})
        result = run("discover", "-qc1", *args, wrapper=names)
        assert (result.code, result.out, result.err) == (0, "", "")


def test_a_bad_address_among_good_ones(names):
    """DNS says 224.0.0.1 and 127.0.0.15."""
    result = run("discover", "-vr0", "-t0.05", "-Tmany.test", wrapper=names)
    assert "sent probe 1 to 127.0.0.15:9999\n" in result.err
    assert "224.0.0.1:" not in result.err and len(unresolved(result)) == 1


def test_in_a_file(names, tmp_path):
    path = tmp_path / "targets"
    path.write_text(f"{UNKNOWN}\n127.0.0.1\n", "ascii")
    result = run("discover", "-r0", "-t0.05", "--targets-file", path, wrapper=names)
    assert result.code == 1 and len(unresolved(result)) == 1
    assert "sent 1 probe to 127.0.0.1:9999\n" in result.err


def test_a_broadcast_address_is_sent_as_it_is(names):
    assert asked("-Teverybody", code=3, wrapper=names) == ["255.255.255.255:9999"]


def test_a_bad_line_is_told_before_names_are_looked_up(names):
    refused("discover", "-Tnobody.x.test", "-T10.0.0.256", wrapper=names, names=["'10.0.0.256'"])


# --- when ------------------------------------------------------------------------

def test_names_are_resolved_before_the_deadline_starts(names, server):
    """The name server is slower than the timeout is long."""
    before = len(server.asked)
    server.hold.clear()
    with responder(ANSWER) as peer, \
         start("discover", "-t0.2", "-r0", "-T", f"self.test:{peer.port}", wrapper=names,
               stdout=subprocess.PIPE) as process:
        try:
            wait_for(lambda: len(server.asked) > before, "the query")
            over = time.monotonic() + 0.3
            wait_for(lambda: time.monotonic() > over, "the timeout to be over")
        finally:
            server.hold.set()
        out, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0
    assert out.startswith(b"127.0.0.1\t8000\t")


def test_a_name_is_looked_up_once(names, server):
    before = len(server.asked)
    asked("-Tone.test", "-r3", wrapper=names)
    assert server.asked[before:] == ["one.test"]
