"""serve --services: what TGED's original client and others are told, and on which requests."""

import json

import pytest
import tged_client
from expect import table
from tged import INVALID, PORT, ask, asking, counters, original, reply, request, serve

SQL = {"HOST": "test", "FQDN": "test.example.com", "IP": "192.168.0.34", "PORT": 3306,
       "USER": "john"}
AUTO = {"WEB": {"IP": "auto"}}


# --- the peer itself


def test_original_client_does_not_trim():
    assert tged_client.parse(b"TGED REPLY 1.0\r\nA: b \r\nC:d\r\n\r\n") == {"A": " b ", "C": "d"}


@pytest.mark.parametrize("datagram", [
    b"TGED REPLY 1.0\r\nA: b:c\r\n\r\n", b"TGED REPLY 1.0\r\nA\r\n\r\n",
    b"TGED REPLY 1.0\r\nA: b\r\n\r\n\r\n", b"TGED REPLY 1.0\r\nA: b\nC: d\r\n\r\n"])
def test_original_client_forgives_nothing(datagram):
    with pytest.raises(ValueError):
        tged_client.parse(datagram)


def test_original_client_loses_a_field_where_a_line_end_is_missing():
    assert tged_client.parse(b"TGED REPLY 1.0\r\nA: b\r\nC: d\r\n") == {"A": " b"}


def test_original_client_gives_up(server, client):
    assert original(client, "SQL", "--timeout", "0.2") is None


# --- what it is told


def test_fields_in_the_order_of_the_file_and_untrimmed(server, client, services):
    with serve(server, services({"SQL": SQL})):
        assert original(client, "SQL") == [
            ("HOST", " test"), ("FQDN", " test.example.com"), ("IP", " 192.168.0.34"),
            ("PORT", " 3306"), ("USER", " john"), ("SVR", "192.168.1.2")]


def test_compact_is_what_a_client_that_does_not_trim_can_use(server, client, services):
    with serve(server, services({"SQL": SQL}), "--tged-compact"):
        assert original(client, "SQL") == [
            ("HOST", "test"), ("FQDN", "test.example.com"), ("IP", "192.168.0.34"),
            ("PORT", "3306"), ("USER", "john"), ("SVR", "192.168.1.2")]


def test_an_unknown_service(server, client, services):
    with serve(server, services({"SQL": SQL})):
        assert original(client, "sql") == [("RP", " INVALID"), ("SVR", "192.168.1.2")]
    with serve(server, services({"SQL": SQL}), "--tged-compact"):
        assert original(client, "S") == [("RP", "INVALID"), ("SVR", "192.168.1.2")]


def test_values_of_each_kind(server, services, tmp_path):
    path = tmp_path / "kinds.json"
    path.write_text('{"K": {"z": "", "a": " b\\t", "1": 0, "2": -5, "3": 1.0, "4": 1e3, '
                    '"5": 9007199254740992, "y": true, "x": false, "IP": "AUTO", '
                    '"HOST": "auto", "\\u00e4 \\/": "\\u20ac"}, "N": {}}', "utf-8")
    with serve(server, path):
        assert ask(server, "K") == reply({
            "z": "", "a": " b\t", "1": "0", "2": "-5", "3": "1", "4": "1000",
            "5": "9007199254740992", "y": "true", "x": "false", "IP": "AUTO", "HOST": "auto",
            "ä /": "€"})
        assert ask(server, "N") == reply({})


def test_the_longest_reply_reaches_it_whole(server, client, services):
    longest = {"TEXT": "x" * (1024 - len(reply({"TEXT": "", "END": "here"}))), "END": "here"}
    with serve(server, services({"LONG": longest})):
        assert len(ask(server, "LONG")) == 1024
        assert original(client, "LONG")[1:] == [("END", " here"), ("SVR", "192.168.1.2")]


def test_no_services_at_all(server, services):
    with serve(server, services({})) as serving:
        assert ask(server, "SQL") == INVALID
    assert "for 0 services of '" in serving.stderr


# --- which requests are one


def verdicts():
    """The table, with what serve must send back for each row."""
    for row in table("tged_requests"):
        verdict = row["verdict"]
        if verdict == "silence":
            yield row["datagram_hex"], []
        elif verdict["asks"] is None:
            yield row["datagram_hex"], [INVALID]
        else:
            yield row["datagram_hex"], [reply({"NAME": verdict["asks"]})]


def replies_to(host, *datagrams, to="127.0.0.1", port=PORT, service="LAST"):
    """All that comes back before the reply to a request that follows them."""
    answer = host.ask("asker", to, *asking(service, port),
                      stdin="".join(f"{datagram}\n" for datagram in datagrams))
    assert answer["reply"] is not None
    return answer["foreign_replies"]


def test_every_row_of_the_table(server, services):
    expected = dict(verdicts())
    names = {"LAST", "SQL", "A", "sql"}
    with serve(server, services({name: {"NAME": name} for name in names})):
        assert {row: replies_to(server, row) for row in expected} == expected


def hexes(*texts):
    return [text.encode().hex() for text in texts]


@pytest.mark.parametrize("parts, expected", [
    (("TGED DISCOVERY 1.0\r\n", "RQ:SQL\r\n\r\n"), [INVALID]),
    (("TGED DISCOVERY 1.0\r\nRQ:SQL\r\n", "\r\n"), [reply(SQL)]),
    (("TGED DISC", "OVERY 1.0\r\nRQ:SQL\r\n\r\n"), []),
])
def test_a_request_in_two_datagrams(server, services, parts, expected):
    """Each datagram stands for itself."""
    with serve(server, services({"SQL": SQL})):
        assert replies_to(server, *hexes(*parts)) == expected


@pytest.mark.parametrize("size", [4097, 32768, 65507])
def test_too_long_a_request(server, services, size):
    """Though the service is asked for in the first bytes of it, or is all of it."""
    first = request("SQL").ljust(size, "\n")
    padded = request("S".ljust(size - len(request("")), "S"))
    with serve(server, services({"SQL": SQL})) as serving:
        assert replies_to(server, *hexes(first, padded)) == []
        assert counters(serving)["foreign"] == 2


# --- the address that the asker can reach


def test_auto_is_the_address_on_the_asker_s_side(server, client, second_client, services):
    with serve(server, services(AUTO)):
        for host, address in ((client, "192.168.1.2"), (second_client, "192.168.2.2")):
            assert original(host, "WEB") == [("IP", f" {address}"), ("SVR", address)]
        assert ask(server, "WEB") == reply({"IP": "127.0.0.1"})


def test_auto_is_the_address_that_was_asked(server, client, second, services):
    server.add_address("eth0", "192.168.1.3/24")
    client.ip("route add 192.168.2.0/24 via 192.168.1.2")
    with serve(server, services(AUTO)):
        for address in ("192.168.1.3", "192.168.2.2"):
            assert original(client, "WEB", "--to", address) == [
                ("IP", f" {address}"), ("SVR", address)]


def test_auto_follows_the_network(server, client, services):
    with serve(server, services(AUTO)):
        assert ask(client, "WEB", "192.168.1.255") == reply({"IP": "192.168.1.2"})
        server.ip("addr del 192.168.1.2/24 dev eth0")
        server.add_address("eth0", "192.168.1.77/24")
        assert ask(client, "WEB", "192.168.1.255") == reply({"IP": "192.168.1.77"})


# --- a folder of files


def test_a_folder(server, services, tmp_path):
    """The later name wins, by bytes; what has another name is no services file."""
    folder = tmp_path / "services.d"
    folder.mkdir()
    for name, held in {
        "10-sql.json": {"SQL": {"FROM": "10"}, "WEB": {"FROM": "10"}},
        "9-sql.json": {"SQL": {"FROM": "9"}},
        "Z.json": {"MAIL": {"FROM": "Z"}},
        "a.json": {"MAIL": {"FROM": "a"}, "DNS": {"FROM": "a"}},
    }.items():
        services(held, f"services.d/{name}")
    for name in (".hidden.json", ".json", "sql.json.bak", "sql.jso", "README"):
        (folder / name).write_text("no services", "ascii")
    with serve(server, folder) as serving:
        for service, file in {"SQL": "9", "WEB": "10", "MAIL": "a", "DNS": "a"}.items():
            assert ask(server, service) == reply({"FROM": file})
    assert f"for 4 services of '{folder}'" in serving.stderr
    warnings = [line for line in serving.stderr.splitlines() if "warning" in line]
    assert sorted(warnings) == [
        f"udpdisc: warning: service 'MAIL' of '{folder}/Z.json' gives way to that of "
        f"'{folder}/a.json'",
        f"udpdisc: warning: service 'SQL' of '{folder}/10-sql.json' gives way to that of "
        f"'{folder}/9-sql.json'"]


def test_an_empty_folder(server, tmp_path):
    """Before the first package drops a file there."""
    folder = tmp_path / "services.d"
    folder.mkdir()
    with serve(server, folder) as serving:
        assert ask(server, "SQL") == INVALID
    assert f"for 0 services of '{folder}'" in serving.stderr


def test_json_log(server, services):
    path = services({"SQL": SQL})
    with server.serve("--services", path, "-j", port=PORT) as serving:
        serving.wait_stderr(" of '")
    entries = [json.loads(line) for line in serving.stderr.splitlines()]
    assert [(entry["port"], entry.get("services")) for entry in entries[:2]] == [
        (9999, None), (PORT, 1)]


def test_the_log_names_the_service(server, client, services):
    with serve(server, services({"SQL": SQL}), "-v") as serving:
        for name in ("SQL", "NO"):
            ask(client, name, "192.168.1.2")
        log = serving.wait_stderr(" for service 'NO': 'TGED INVALID 1.0")
    assert " for service 'SQL': 'TGED REPLY 1.0" in log


def test_a_key_may_be_empty(server, services):
    with serve(server, services({"SQL": {"": "x", "A": 1}})):
        assert ask(server, "SQL") == "TGED REPLY 1.0\r\n: x\r\nA: 1\r\n\r\n"
