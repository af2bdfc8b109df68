"""How discover reads and prints replies of TGED: by the table, odd, hostile, and long ones."""

import json
import re
import subprocess

import pytest
from expect import found, found_lines, servers, table, text_of
from hosts import LONG_S
from tged_discovery import SQL, SQL_RESULT, ask, odd, reply, result

SHORTEST = b"TGED REPLY 1.0\r\n\r\n"
LONGEST = 65507  # bytes of the largest UDP payload
HOSTILE = {  # in the reply, and in JSON once that is read
    b"\x1b[2J": "\x1b[2J", b"\x1b]52;c;QUFB\x07": "\x1b]52;c;QUFB\x07", b"\r": "\r",
    b"\x08\x7f": "\x08\x7f", b"\x00": "\ufffd", b"\t": "\t", b"\x0b\x0c": "\x0b\x0c",
    b"\xc2\x9b31m": "\u009b31m", b"\x9b31m": "\ufffd31m", b"\xe2\x80\xae": "\u202e",
    b"\xe2\x81\xa6": "\u2066", b"\xe2\x80\xa8": "\u2028", b"\xff\xfe": "\ufffd\ufffd",
    b"\xc0\xaf": "\ufffd\ufffd", b"\\": "\\", b'"': '"', b"\\x1b": "\\x1b", b"=": "=",
    b"\xf0\x9f\x98\x80": "\U0001f600",
}


def lines_of(pairs):
    """A reply of these lines, which are bytes."""
    return b"TGED REPLY 1.0\r\n" + b"".join(b"%s:%s\r\n" % pair for pair in pairs) + b"\r\n"


def as_result(fields, datagram):
    """The result of a reply from 192.168.1.2 with these fields."""
    ip, port = fields.get("IP"), fields.get("PORT")
    return result(fields, ip or "192.168.1.2", port and int(port), claimed=ip,
                  source="192.168.1.2",
                  raw=datagram.decode("utf-8", "replace").replace("\0", "\ufffd"))


def rows_of(kind):
    """The rows of the table that are of this kind: the datagram, and its fields if it has any."""
    return [(bytes.fromhex(row["datagram_hex"]), dict(row.get("fields") or ()))
            for row in table("tged_replies") if row["kind"] == kind]


LINES = [
    (lines_of([(b"", b"v"), (b"K", b"")]), {"": "v", "K": ""}),
    (lines_of([(b" K ", b"\t v \t"), (b"\tL", b"\x0b")]), {"K": "v", "L": ""}),
    (lines_of([(b"k", b"1"), (b"K", b"2")]), {"k": "1", "K": "2"}),
    (lines_of([(b"A", b"1"), (b" A", b"2"), (b"A ", b"3")]), {"A": "3"}),
    (lines_of([(b"A\xff", b"1"), (b"B", b"2"), (b"A\xfe", b"3")]), {"A\ufffd": "3", "B": "2"}),
    (lines_of([(b"A\0B", b"1"), (b"A\0C", b"2")]), {"A\ufffdB": "1", "A\ufffdC": "2"}),
    (SHORTEST + b"A: 1\r\n", {}),
    (SHORTEST[:-2], {}),
    (SHORTEST[:-4], {}),
    (b"TGED REPLY 1.0\nA:1\r\nB:2\n\r\nC:3", {"A": "1", "B": "2"}),
    (b"TGED REPLY 1.0\r\nA:1\r\n \r\nB:2\r\n\r\n", {"A": "1", "B": "2"}),
    (b"TGED REPLY 1.0\r\nA:1", {"A": "1"}),
    (b"TGED REPLY 1.0\r\n__proto__:1\r\nconstructor:2\r\n\r\n",
     {"__proto__": "1", "constructor": "2"}),
]
NO_REPLIES = [
    b"TGED REPLY 1.0 \r\nA: 1\r\n\r\n", b" TGED REPLY 1.0\r\n\r\n", b"TGED REPLY 1.0\rA: 1\r\r",
    b"TGED REPLY 1.00\r\n\r\n", b"TGED REPLY 1.0\0\r\n\r\n", b"TGED REPLY 1.", b"\r\n\r\n",
    b"\xef\xbb\xbfTGED REPLY 1.0\r\n\r\n", b"TGED REPLY\r\n\r\n", b"TGED INVALID 1.1\r\n\r\n",
    b"\r\nTGED REPLY 1.0\r\n\r\n", b"tged invalid 1.0\r\n\r\n",
]


def test_all_replies_of_the_table_at_once(server, client):
    """Those with the same fields are one result; what is no reply keeps none from being read."""
    replies = [*rows_of("reply"), *LINES]
    odd(server, *NO_REPLIES, *(datagram for kind in ("none", "invalid") for datagram, _ in
                               rows_of(kind)), *(datagram for datagram, _ in replies))
    expected = {}
    for datagram, fields in replies:
        expected.setdefault(text_of(fields), as_result(fields, datagram))
    run = ask(client, "-o", "ndjson", "-t", "2")
    assert sorted(found_lines(run.stdout)) == sorted(map(text_of, expected.values()))
    assert 10 < len(expected) < len(replies)


def test_all_that_is_no_reply_at_once(server, client):
    foreign = [*NO_REPLIES, *(datagram for datagram, _ in rows_of("none"))]
    invalid = [datagram for datagram, _ in rows_of("invalid")]
    odd(server, *foreign, *invalid)
    run = ask(client, "-t", "2", "-T", "192.168.1.2")
    assert (run.returncode, run.stdout) == (1, "[]\n") and foreign and invalid
    assert "1 said INVALID" in run.stderr
    assert f"{len(foreign)} foreign datagrams came" in run.stderr


def hostile_reply():
    """One with each of them in a key and in a value; with what its fields are."""
    pairs = [(b"%dK%sY" % (i, part), b" V%sL" % part) for i, part in enumerate(HOSTILE)]
    fields = {f"{i}K{text}Y": f"V{text}L" for i, text in enumerate(HOSTILE.values())}
    return lines_of(pairs), fields


@pytest.mark.parametrize("form", ["json", "ndjson", "one"])
def test_hostile_fields_in_json(server, client, form):
    datagram, fields = hostile_reply()
    odd(server, datagram)
    words = ("discover-one", "-j") if form == "one" else ("discover", "-c1", "-o", form)
    run = client.udpdisc(*words, "-s", "SQL", "-t", LONG_S)
    jq = subprocess.run(["jq", "-c", "(arrays | .[0]) // ."], input=run.stdout.encode(),
                        capture_output=True, check=True)
    entry = json.loads(jq.stdout)
    assert text_of(entry["extra"]["fields"]) == text_of(fields)
    assert entry["raw_response"].count("\r\n") == len(fields) + 2
    # No terminal would take what JSON must escape, and there is one line end.
    assert not re.search(r"[\x00-\x1f]", run.stdout[:-1]) and run.stdout.endswith("\n")


@pytest.mark.parametrize("words", [(), ("-vv",)])
@pytest.mark.parametrize("command", [("discover", "-c1"), ("discover-one",)])
def test_hostile_fields_in_text(server, client, command, words):
    datagram, fields = hostile_reply()
    odd(server, datagram)
    run = client.udpdisc(*command, "-s", "SQL", "-t", LONG_S, *words)
    row, end = run.stdout.split("\n")
    cells = row.split("\t")
    assert (run.returncode, end) == (0, "") and len(cells) == 5 + len(fields)
    assert all(cell.isprintable() for cell in cells)
    for i, cell in enumerate(cells[5:]):
        assert re.fullmatch(rf"{i}K(.+)Y=V\1L", cell), cell
    assert run.stderr.replace("\n", "").isprintable()


def test_hostile_bytes_of_what_is_dropped(server, client):
    odd(server, *(b"TGED %s" % part for part in HOSTILE))
    run = client.udpdisc("discover", "-s", "SQL", "-t", "0.3", "-r0", "-vv")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.replace("\n", "").isprintable() and run.stderr.count("TGED ") > len(HOSTILE)


def test_the_row_of_the_text_says_what_is_what(server, client):
    odd(server, lines_of([(b"A\tB", b"1=2\t\\"), (b"C", b"")]))
    run = client.udpdisc("discover-one", "-s", "SQL", "-t", LONG_S)
    assert run.stdout.split("\t")[5:] == [r"A\x09B=1=2\x09" + "\\\\", "C=\n"]


@pytest.mark.parametrize("count, more", [
    (257, []), (1024, []), (1023, [(b"7", b"last")]), (1024, [(b"7", b"left")]), (5000, [])])
def test_the_first_1024_lines_count(server, client, count, more):
    pairs = [*((b"%d" % i, b"v%d" % i) for i in range(count)), *more]
    datagram = lines_of(pairs)
    odd(server, datagram)
    fields = {key.decode(): value.decode() for key, value in pairs[:1024]}
    run = ask(client, "-c1", "-t", LONG_S)
    assert found(run) == servers(result(fields, raw=datagram.decode()))


@pytest.mark.parametrize("size", [1025, 4097, 60_000, LONGEST])
def test_long_replies_are_whole(server, client, size):
    value = "x" * (size - len(reply({"K": ""})))
    odd(server, reply({"K": value}))
    run = ask(client, "-c1", "-t", LONG_S)
    assert found(run) == servers(result({"K": value}))
    text = client.udpdisc("discover-one", "-s", "SQL", "-t", LONG_S)
    assert text.stdout.split("\t")[5:] == [f"K={value}\n"]


def test_a_long_reply_that_is_escaped_is_whole(server, client):
    odd(server, lines_of([(b"K", b"\x01" * 60_000)]))
    text = client.udpdisc("discover-one", "-s", "SQL", "-t", LONG_S)
    assert text.stdout.split("\t")[5:] == ["K=" + r"\x01" * 60_000 + "\n"]
    entry = json.loads(client.udpdisc("discover-one", "-js", "SQL", "-t", LONG_S).stdout)
    assert entry["extra"]["fields"] == {"K": "\x01" * 60_000}


def test_a_hostile_flood_keeps_no_good_reply_away(server, client):
    bad = [b"TGED REPLY 1.1" + lines_of([(b"%d" % i, b"") for i in range(5000 + n)])
           for n in range(20)]
    odd(server, *bad, reply(SQL))
    assert found(ask(client, "-c1", "-t", LONG_S)) == servers(SQL_RESULT)
