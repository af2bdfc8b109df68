"""discover over TGED: whom it finds, what it makes of their fields, and of INVALID."""

import json
import re

import pytest
from expect import UNREACHABLE, found, found_lines, servers, text_of
from hosts import LONG_S
from tged_discovery import (INVALID, REQUEST, SQL, SQL_RESULT, ask, ask_first, odd, original, reply,
                            result, serve)
from wire import hex_words

NO_ADDRESS = ["db.example.com", "", "::1", "192.168.1", "010.0.0.1", "10.0.0.9:80", "256.0.0.1",
              "10.0.0.9, 10.0.0.8"]
NO_PORT = ["", "0", "65536", "+80", "-1", "8_0", "1e3", "0x50", "x", "80/tcp", "000080",
           "\u0663\u0663"]


def test_the_original_server(server, client):
    original(server, SQL)
    run = ask_first(client)
    assert (run.returncode, run.stderr) == (0, "")
    assert found(run) == servers(SQL_RESULT)


@pytest.mark.parametrize("args, space", [((), " "), (("--tged-compact",), "")])
def test_udpdisc_serve(server, client, args, space):
    with serve(server, {"SQL": {**SQL, "IP": "auto", "PORT": 3306}}, *args):
        run = ask_first(client)
    raw = reply(SQL, space).decode("ascii")
    assert (run.returncode, run.stderr) == (0, "")
    assert found(run) == servers({**SQL_RESULT, "raw_response": raw})


def test_discover_one(server, client):
    original(server, SQL)
    run = client.udpdisc("discover-one", "-j", "--service", "SQL", "-t", LONG_S)
    assert (run.returncode, run.stderr, found(run)) == (0, "", text_of(SQL_RESULT))


@pytest.mark.parametrize("name", ["a b", "caf\u00e9:1", "DNS_SEARCH", "-s", "'\"$\\"])
def test_names_are_free(server, client, name):
    with serve(server, {name: {"RP": "example.com"}, name.upper() + "x": {}}):
        run = client.find(1, "-s", name)
    assert found(run) == servers(result({"RP": "example.com"}, service=name))


def test_text_rows(lan, server, client):
    original(server, SQL)
    original(lan.host("second", "192.168.1.10/24"), {"RP": "example.com"})
    run = client.udpdisc("discover", "-s", "SQL", "-c", "2", "-t", LONG_S)
    assert run.returncode == 0 and re.fullmatch(
        r"192\.168\.1\.2\t3306\teth0\t192\.168\.1\.2\t\d+\.\d{3}\tHOST=test\t"
        r"FQDN=test\.example\.com\tIP=192\.168\.1\.2\tPORT=3306\tUSER=john\n"
        r"192\.168\.1\.10\t-\teth0\t192\.168\.1\.10\t\d+\.\d{3}\tRP=example\.com\n", run.stdout)


def test_text_row_of_discover_one(server, client):
    original(server, {"RP": "x"})
    run = client.udpdisc("discover-one", "-s", "SQL", "-t", LONG_S)
    assert run.returncode == 0 and re.fullmatch(
        r"192\.168\.1\.2\t-\teth0\t192\.168\.1\.2\t\d+\.\d{3}\tRP=x\n", run.stdout)


def test_ndjson_comes_as_it_arrives(lan, server, client):
    odd(server, reply(SQL), ignore=2)  # the first round, to two addresses
    original(lan.host("quick", "192.168.1.3/24"), {"RP": "x"})
    run = client.udpdisc("discover", "-o", "ndjson", "-s", "SQL", "-t", "4", "-c", "2")
    late = {**SQL_RESULT, "extra": {**SQL_RESULT["extra"], "attempt": 2}}
    assert found_lines(run.stdout) == [text_of(result({"RP": "x"}, "192.168.1.3")), text_of(late)]


@pytest.mark.parametrize("form, nothing", [
    ("text", ""), ("json", "[]"), ("ndjson", ""), ("one", "null")])
def test_nobody_there(client, form, nothing):
    command = ("discover-one", "-j") if form == "one" else ("discover", "-o", form)
    run = client.udpdisc(*command, "-s", "SQL", "-t", "0.2")
    assert (run.returncode, run.stdout.strip()) == (1, nothing)
    assert "no server answered for service 'SQL' within 0.2 s\n" in run.stderr
    assert "192.168.1.255:4745 on eth0" in run.stderr
    assert "255.255.255.255:4745 on eth0" in run.stderr and "INVALID" not in run.stderr


def test_nobody_there_and_quiet(client):
    run = client.udpdisc("discover", "-q", "-s", "a\x1b[2J\u202eb", "-t", "0.2")
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
    assert run.stderr[:-1].isprintable() and "[2J" in run.stderr


@pytest.fixture
def other(lan):
    """One more host to answer."""
    return lan.host("other", "192.168.1.3/24")


@pytest.mark.parametrize("late", ["REPLY", "INVALID"])
def test_a_reply_is_not_hidden_by_the_invalid_of_another(server, other, client, late):
    odd(server, reply(SQL), ignore=2 if late == "REPLY" else 0)
    odd(other, INVALID, ignore=2 if late == "INVALID" else 0)
    run = ask(client, "-t", "1", "-r", "1")
    entry, = json.loads(run.stdout)
    assert (run.returncode, run.stderr) == (0, "")
    assert (entry["extra"]["fields"], entry["extra"]["attempt"]) == (SQL, 1 + (late == "REPLY"))


def test_discover_one_does_not_end_with_an_invalid(server, other, client):
    odd(server, reply(SQL), ignore=2)
    odd(other, INVALID)
    run = client.udpdisc("discover-one", "-j", "-s", "SQL", "-t", "4", "-r", "3")
    entry = json.loads(run.stdout)
    assert (run.returncode, run.stderr) == (0, "")
    assert (entry["ip"], entry["extra"]["attempt"]) == ("192.168.1.2", 2)


@pytest.mark.parametrize("replies", [(INVALID, reply(SQL)), (reply(SQL), INVALID)])
def test_one_host_that_says_both(server, client, replies):
    odd(server, *replies)
    run = ask(client)
    assert (run.returncode, found(run)) == (0, servers(SQL_RESULT))


def test_an_invalid_is_no_server(server, other, client):
    original(server, SQL)
    original(other)
    enough, too_few = ask(client, "-c", "2", "-x", "1"), ask(client, "-x", "2")
    assert (enough.returncode, enough.stderr, found(enough)) == (0, "", servers(SQL_RESULT))
    assert (too_few.returncode, found(too_few)) == (1, servers(SQL_RESULT))
    assert "only 1 of 2 expected servers answered" in too_few.stderr


@pytest.mark.parametrize("form, nothing", [
    ("text", ""), ("json", "[]"), ("ndjson", ""), ("one", "null")])
def test_invalid_from_everyone(server, other, client, form, nothing):
    command = ("discover-one", "-j") if form == "one" else ("discover", "-o", form)
    original(server)
    with serve(other, {"sql": {"RP": "x"}}):
        run = client.udpdisc(*command, "-s", "SQL", "-t", "0.5")
    assert (run.returncode, run.stdout.strip()) == (1, nothing)
    assert "no server has service 'SQL': 2 said INVALID within 0.5 s\n" in run.stderr
    came_from, = re.findall(r"INVALID came from (.*) \(names are case-sensitive\)\n",
                            run.stderr)
    assert sorted(came_from.split(", ")) == ["192.168.1.2", "192.168.1.3"]


def test_invalid_from_everyone_and_quiet(server, other, client):
    original(server)
    original(other)
    run = client.udpdisc("discover", "-q", "-s", "SQL", "-t", "0.5")
    assert (run.returncode, run.stdout) == (1, "")
    line = re.fullmatch(r"udpdisc: no server has service 'SQL': 2 said INVALID.*\n", run.stderr)
    assert line and {"192.168.1.2", "192.168.1.3"} < set(re.findall(r"[\d.]+\b", line[0]))


def test_invalid_from_many_is_counted(server, client):
    """Each once, however often it said so; the first few are named."""
    own = [f"192.168.1.{last}" for last in range(10, 22)]
    for address in own:
        server.add_address("eth0", f"{address}/24")
    with serve(server, {}):
        run = ask(client, "--broadcast", "-r", "2", *(
            word for address in own for word in ("-T", address)))
    assert run.returncode == 1 and "13 said INVALID" in run.stderr
    named = set(re.findall(r"INVALID came from (.*)", run.stderr)[0].split(", "))
    assert 1 < len(named & {*own, "192.168.1.2"}) <= 13


def test_each_protocol_takes_its_own_replies_only(server, other, client):
    server.peer("odd_peer", *hex_words([reply(SQL)]))
    other.peer("odd_peer", "--message", REQUEST, *hex_words([b"SERVER_IP:192.168.1.3"]))
    for run in (client.discover("-t", "0.3"), ask(client, "-t", "0.3", "--tged-port", "9999")):
        assert (run.returncode, run.stdout) == (1, "[]\n")
        assert "1 foreign datagram came" in run.stderr or "2 foreign datagrams" in run.stderr


def test_one_server_heard_on_two_interfaces(two_wires):
    original(two_wires[0], SQL)
    entry, = json.loads(ask(two_wires[1]).stdout)
    assert (entry["ip"], entry["port"]) == ("192.168.1.2", 3306)
    paths = {(path["interface"], path["source_address"]) for path in entry["extra"]["seen_on"]}
    assert len(entry["extra"]["seen_on"]) == 2
    assert paths == {("eth0", "192.168.1.2"), ("eth1", "192.168.2.2")}
    assert (entry["extra"]["interface"], entry["extra"]["source_address"]) in paths


def test_an_automatic_address_on_two_interfaces(two_wires):
    """Each asker hears of the address that is near it, and so these are two."""
    with serve(two_wires[0], {"SQL": {"IP": "auto"}}):
        run = ask(two_wires[1], "-c", "2", "-t", LONG_S)
    ips = ["192.168.1.2", "192.168.2.2"]
    assert found(run) == servers(*(
        result({"IP": ip}, ip, claimed=ip, interface=f"eth{i}") for i, ip in enumerate(ips)))


def test_other_fields_are_another_server(server, client):
    """So many that some share a slot of any table."""
    users = [f"user{i}" for i in range(50)]
    odd(server, *(reply({**SQL, "USER": user}) for user in users))
    entries = json.loads(ask(client, "-c", str(len(users)), "-t", LONG_S).stdout)
    assert {(entry["ip"], entry["port"]) for entry in entries} == {("192.168.1.2", 3306)}
    assert sorted(entry["extra"]["fields"]["USER"] for entry in entries) == sorted(users)
    assert all(len(entry["extra"]["seen_on"]) == 1 for entry in entries)


def test_the_same_fields_written_otherwise_are_the_same_server(server, client):
    odd(server, reply(SQL), reply(SQL, ""), reply(SQL, "\t").replace(b"\r\n", b"\n"))
    assert found(ask(client)) == servers(SQL_RESULT)


def test_two_hosts_with_the_same_fields(server, other, client):
    """One where the fields say the address, two where they don't."""
    fields = [{"IP": "192.168.1.2"}, {"RP": "x"}]
    for host in (server, other):
        odd(host, *map(reply, fields))
    entries = json.loads(ask(client).stdout)
    assert [(entry["ip"], [*entry["extra"]["fields"]]) for entry in entries] == [
        ("192.168.1.2", ["IP"]), ("192.168.1.2", ["RP"]), ("192.168.1.3", ["RP"])]
    assert len(entries[0]["extra"]["seen_on"]) == 2


def test_order_is_numeric(server, client):
    places = [("10.0.0.10", "80"), ("10.0.0.9", "443"), ("10.0.0.9", "80"), ("9.0.0.1", "")]
    odd(server, *(reply({"IP": ip, "PORT": port}) for ip, port in places))
    entries = json.loads(ask(client, "-c", "4", "-t", LONG_S).stdout)
    assert [(entry["ip"], entry["port"]) for entry in entries] == [
        ("9.0.0.1", None), ("10.0.0.9", 80), ("10.0.0.9", 443), ("10.0.0.10", 80)]


def numbered(key, texts):
    """Fields of several servers, whose ports are 1, 2, 3 and so on."""
    return [{key: text, "PORT": str(i)} for i, text in enumerate(texts, 1)]


def test_a_field_ip_that_cannot_be_reached_gives_way_to_the_source(server, client):
    said = numbered("IP", UNREACHABLE)
    odd(server, *map(reply, said))
    assert found(ask(client, "-c", str(len(said)), "-t", LONG_S)) == servers(*(
        result(fields, port=int(fields["PORT"]), claimed=fields["IP"]) for fields in said))


def test_a_field_ip_that_is_no_address(server, client):
    said = numbered("IP", NO_ADDRESS)
    odd(server, *map(reply, said))
    assert found(ask(client, "-c", str(len(said)), "-t", LONG_S)) == servers(*(
        result(fields, port=int(fields["PORT"])) for fields in said))


@pytest.mark.parametrize("fields", [{}, {"PORT": "80"}, {"ip": "10.0.0.9", "PORT": "80"}])
def test_no_field_ip(server, client, fields):
    original(server, fields)
    port = int(fields["PORT"]) if fields else None
    assert found(ask_first(client)) == servers(result(fields, port=port))


def test_a_field_ip_elsewhere_is_kept(server, client):
    fields = {"PORT": "80", "IP": "10.99.0.1"}
    original(server, fields)
    assert found(ask_first(client)) == servers(
        result(fields, "10.99.0.1", 80, claimed="10.99.0.1", source="192.168.1.2"))


def test_loopback_of_this_very_host_is_kept(client):
    fields = {"IP": "127.0.0.1"}
    original(client, fields)
    assert found(ask_first(client)) == servers(
        result(fields, "127.0.0.1", claimed="127.0.0.1", source="192.168.1.5", local=True))


def test_field_port(server, client):
    said = [*((text, None) for text in NO_PORT), ("1", 1), ("00080", 80), ("65535", 65535)]
    fields = [{"IP": f"10.0.0.{i}", "PORT": text} for i, (text, _) in enumerate(said, 1)]
    odd(server, *map(reply, fields))
    run = ask(client, "-c", str(len(said)), "-t", LONG_S)
    assert found(run) == servers(*(
        result(one, one["IP"], port, claimed=one["IP"], source="192.168.1.2")
        for one, (_, port) in zip(fields, said)))
