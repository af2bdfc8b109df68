"""discover and discover-one over loopback: what they print, and in which form."""

import json
import os
import re
import select
import signal
import subprocess
import time

import pytest

from clitool import (ANSWER, LIMIT_S, MESSAGE, REPO, columns_aligned, responder, run,
                     run_on_terminal, serve, shell, start, udp_socket, wait_for)

TOP = ["ip", "port", "raw_response", "extra"]
EXTRA = ["source_address", "source_port", "interface", "rtt_ms", "attempt", "local", "claimed_ip",
         "claimed_port", "service", "fields", "seen_on"]
SEEN = ["interface", "source_address", "rtt_ms"]
ROW = re.compile(r"127\.0\.0\.1\t8000\tlo\t127\.0\.0\.1\t\d+\.\d{3}\n")
THREE = (b"SERVER_IP:10.0.0.10", b"SERVER_IP:10.0.0.9:90", b"SERVER_IP:10.0.0.9:80")
JUNK = b"MARK\x1b]52;c;QUJD\x07\xc2\x9b31m\xff\xe2\x80\xae\r\nTAIL"
VECTORS = json.loads((REPO / "tests/data/server_ip_replies.json").read_text("utf-8"))
SEGMENTED = shell(  # a host with a segmented network, on which nobody answers
    "ip link add v0 type veth peer name v1 && ip addr add 10.20.1.1/16 dev v0 && "
    'ip link set v0 up && ip link set v1 up && exec "$@"')


def discover(peer, *args, **options):
    return run("discover", "--target", f"127.0.0.1:{peer.port}", *args, **options)


def discover_one(peer, *args, **options):
    return run("discover-one", "--target", f"127.0.0.1:{peer.port}", *args, **options)


def places(result):
    return [(server["ip"], server["port"]) for server in result.json]


def test_text_row(server):
    for result in (discover(server, "-c1"), discover_one(server),
                   discover(server, "-c1", "-o", "text")):
        assert (result.code, result.err) == (0, "")
        assert ROW.fullmatch(result.out), result.out


@pytest.mark.parametrize("command, more", [("discover", ["-c1"]), ("discover-one", [])])
def test_terminal(server, command, more):
    result = run_on_terminal(command, "--target", f"127.0.0.1:{server.port}", *more)
    header, row = result.out.splitlines()
    assert header.split() == ["ADDRESS", "PORT", "INTERFACE", "SOURCE", "RTT_MS"]
    assert "\t" not in result.out
    assert row.split()[:4] == ["127.0.0.1", "8000", "lo", "127.0.0.1"]


def test_terminal_columns_stand_below_their_header():
    with responder(b"SERVER_IP:10.0.0.1:1", b"SERVER_IP:10.200.200.200:65535") as peer:
        out = run_on_terminal("discover", "-T", peer.target, "-c2").out
    assert len(out.splitlines()) == 3 and columns_aligned(out.splitlines()), out


def test_terminal_shows_nothing_where_there_is_none():
    assert run_on_terminal("discover", "-T", "127.0.0.1:1", "-t0.1").out == ""


def test_json_is_the_same_on_a_terminal(server):
    result = run_on_terminal("discover", "-jc1", "-T", f"127.0.0.1:{server.port}")
    assert list(result.json[0]) == TOP


@pytest.mark.parametrize("pick", [
    lambda peer: discover(peer, "-jc1").json[0],
    lambda peer: discover(peer, "-c1", "-o", "ndjson").json,
    lambda peer: discover_one(peer, "--output=json").json,
    lambda peer: discover_one(peer, "-o", "ndjson").json,
])
def test_json_shape(server, pick):
    found = pick(server)
    extra, seen = found["extra"], found["extra"]["seen_on"][0]
    assert (list(found), list(extra), list(seen)) == (TOP, EXTRA, SEEN)
    for rtt in (extra.pop("rtt_ms"), seen.pop("rtt_ms")):
        assert isinstance(rtt, (int, float)) and 0 <= rtt < 5000
    assert found == {
        "ip": "127.0.0.1", "port": 8000, "raw_response": "SERVER_IP:127.0.0.1", "extra": {
            "source_address": "127.0.0.1", "source_port": server.port, "interface": "lo",
            "attempt": 1, "local": True, "claimed_ip": "127.0.0.1", "claimed_port": None,
            "service": None, "fields": None,
            "seen_on": [{"interface": "lo", "source_address": "127.0.0.1"}]}}
    assert type(found["port"]) is type(extra["attempt"]) is int and extra["local"] is True


@pytest.mark.parametrize("command, fmt, out", [
    ("discover", "json", "[]\n"), ("discover", "ndjson", ""), ("discover", "text", ""),
    ("discover-one", "json", "null\n"), ("discover-one", "ndjson", ""),
    ("discover-one", "text", "")])
def test_none_found(command, fmt, out):
    result = run(command, "-T", "127.0.0.1:1", "-t0.1", "-o", fmt)
    assert (result.code, result.out) == (1, out)
    assert result.err.startswith("udpdisc: ")


def test_through_jq(server):
    args = ("-T", f"127.0.0.1:{server.port}", "-j")
    for command, query, out in [
            ("discover", "'.[0].ip'", "127.0.0.1"), ("discover", "'.[] | .extra.local'", "true"),
            ("discover-one", ".extra.seen_on[0].interface", "lo")]:
        more = ["-c1"] if command == "discover" else []
        result = run(command, *args, *more, wrapper=shell(f'"$@" | jq -r {query}'))
        assert (result.code, result.out) == (0, out + "\n")


def test_claims():
    for claim, ip, port, claimed_port in [
            ("10.1.2.3", "10.1.2.3", 8000, None), ("10.1.2.3:80", "10.1.2.3", 80, 80),
            ("127.0.0.5:1", "127.0.0.5", 1, 1), ("0.0.0.0", "127.0.0.1", 8000, None),
            ("0.1.2.3:4", "127.0.0.1", 4, 4), ("224.0.0.9:7", "127.0.0.1", 7, 7),
            ("255.255.255.255:8000", "127.0.0.1", 8000, 8000)]:
        with responder(b"SERVER_IP:" + claim.encode()) as peer:
            found = discover_one(peer, "-j").json
        assert (found["ip"], found["port"]) == (ip, port)
        assert found["extra"]["claimed_ip"] == claim.split(":")[0]
        assert found["extra"]["claimed_port"] == claimed_port
        assert found["extra"]["source_address"] == "127.0.0.1"


def test_claims_that_are_dropped():
    bad = (b"10.1.2.3:000080", b"10.1.2.3:65536", b"10.1.2.3:", b"010.1.2.3", b"10.1.2.3 x", b"::1")
    with responder(*(b"SERVER_IP:" + claim for claim in bad), ANSWER) as peer:
        assert discover(peer, "-jc1").json[0]["extra"]["claimed_ip"] == "127.0.0.1"


def test_every_reply_of_the_vectors():
    good = {}
    for entry in VECTORS:
        if verdict := entry["verdict"]:
            special = verdict["ip"].startswith(("0.", "255."))
            place = ("127.0.0.1" if special else verdict["ip"], verdict["port"])
            good.setdefault(place, entry["text"])
    with responder(*(bytes.fromhex(entry["datagram_hex"]) for entry in VECTORS)) as peer:
        result = discover(peer, "-j", "-t0.5")
    assert {(s["ip"], s["port"]): s["raw_response"] for s in result.json} == good
    assert len(good) < sum(1 for entry in VECTORS if entry["verdict"])  # some are the same server


def test_order():
    with responder(*THREE) as peer:
        by_place = [("10.0.0.9", 80), ("10.0.0.9", 90), ("10.0.0.10", 8000)]
        assert places(discover(peer, "-jc3")) == by_place
        text = discover(peer, "-c3")
        assert [(row[0], int(row[1])) for row in text.rows] == by_place
        lines = discover(peer, "-c3", "-o", "ndjson").out.splitlines()
        assert [json.loads(line)["raw_response"].encode() for line in lines] == list(THREE)


def test_the_same_server_is_printed_once():
    with responder(ANSWER, ANSWER, b"SERVER_IP:127.0.0.1:8000", ANSWER) as peer:
        assert len(discover(peer, "-t0.2", "-j").json) == 1
        assert discover(peer, "-t0.2", "-c2", "-x1").code == 0


@pytest.mark.parametrize("args, code, count", [
    (["-c2"], 0, 2), (["-c1"], 0, 1), (["-c2", "-x2"], 0, 2), (["-x3", "-c3"], 0, 3),
    (["-x4"], 1, 3), (["-x3"], 0, 3), (["-x0"], 0, 3), (["-c4", "-x4"], 1, 3)])
def test_count_and_expect(args, code, count):
    with responder(*THREE) as peer:
        result = discover(peer, "-j", "-t0.3", *args)
    assert (result.code, len(result.json)) == (code, count)


def test_expect_none():
    assert run("discover", "-T", "127.0.0.1:1", "-x0", "-t0.1").code == 0


def test_discover_one_takes_the_first():
    with responder(*THREE) as peer:
        assert discover_one(peer, "-j").json["raw_response"].encode() == THREE[0]


def test_several_targets():
    with responder(b"SERVER_IP:10.0.0.1") as one, \
         responder(b"SERVER_IP:10.0.0.2", address="127.0.0.2") as two:
        result = run("discover", "-T", one.target, "--target", two.target, "-jc2")
        assert [(s["ip"], s["extra"]["source_address"]) for s in result.json] == [
            ("10.0.0.1", "127.0.0.1"), ("10.0.0.2", "127.0.0.2")]
        result = run("discover", "-T127.0.0.1", "-p", one.port, "-jc1")
        assert places(result) == [("10.0.0.1", 8000)]
        assert len(two.probes) == 1


def test_default_port():
    with serve(port=9999):
        assert run("discover-one", "--target", "127.0.0.1").code == 0


def test_target_beside_broadcast(server):
    assert discover(server, "--broadcast", "-jc1").json[0]["ip"] == "127.0.0.1"


def test_wire_options():
    with responder(b"P:10.0.0.1") as peer:
        assert discover_one(peer, "-m", "hi there", "--response-prefix=P:").code == 0
        assert [data for data, _ in peer.probes] == [b"hi there"]


def test_ignore_local(server):
    result = discover(server, "--ignore-local", "-jt0.2")
    assert (result.code, result.out) == (1, "[]\n")


@pytest.mark.parametrize("args, nth, probes", [
    (["-r0", "-t0.2"], 99, 1), (["-r2", "-t0.8"], 99, 3),
    (["-r2", "-t0.8"], 1, 1),  # who answered is not asked again
    (["-r2", "-t0.8"], 2, 2)])
def test_rounds(args, nth, probes):
    with responder(ANSWER, nth=nth) as peer:
        result = discover(peer, "-j", *args)
        assert [data for data, _ in peer.probes] == [MESSAGE] * probes
    assert [s["extra"]["attempt"] for s in result.json] == ([nth] if nth < 99 else [])


def test_the_deadline_holds():
    begin = time.monotonic()
    run("discover", "-T", "127.0.0.1:1", "-t0.3")
    assert 0.3 <= time.monotonic() - begin < 3


def test_ndjson_is_flushed_as_found():
    with responder(ANSWER) as peer, \
         start("discover", "-T", peer.target, "-t30", "-o", "ndjson",
               stdout=subprocess.PIPE) as process:
        assert select.select([process.stdout], [], [], 10)[0], "no line while it runs"
        assert json.loads(process.stdout.readline())["ip"] == "127.0.0.1"
        assert process.poll() is None
        process.terminate()
        assert process.stdout.read() == b""


@pytest.mark.parametrize("args, out", [
    (["-q"], r""), (["-q", "-j"], r"\[\{.*\}\]\n"), (["-q", "-o", "text"], ROW.pattern),
    (["-q", "-o", "ndjson"], r"\{.*\}\n")])
def test_quiet(server, args, out):
    result = discover(server, "-c1", *args)
    assert (result.code, result.err) == (0, "")
    assert re.fullmatch(out, result.out, re.DOTALL), result.out
    none = run("discover", "-T", "127.0.0.1:1", "-t0.1", *args)
    assert none.out == ("[]\n" if "-j" in args else "")
    assert (none.code, none.err.count("\n")) == (1, 1)


@pytest.mark.parametrize("args", [
    ["-p", "7"], ["--source-port", "40007"], ["--rate", "77"], ["--ignore-local"],
    ["--message", "a\\b\tc'd"], ["-x", "3"]])
def test_the_commands_of_the_warning_ask_as_this_run_did(args):
    """As words of a shell."""
    result = run("discover", "-t0.1", *args, wrapper=["/usr/bin/unshare", "-n", *SEGMENTED])
    command = re.search(r"udpdisc (discover .* --scan.*)", result.err)[1]
    words = subprocess.run(["bash", "-c", f"printf '%s\\0' {command}"], check=True,
                           capture_output=True).stdout.decode().split("\0")
    assert any(words[at:at + len(args)] == args for at in range(len(words))), command


@pytest.mark.parametrize("message", ["hello", "a\nb", "\x1b[2J"])
@pytest.mark.parametrize("quiet", [True, False])
def test_the_warning_is_escaped_and_with_quiet_one_line(message, quiet):
    result = run("discover", "-t0.1", "-m", message, *["-q"] * quiet,
                 wrapper=["/usr/bin/unshare", "-n", *SEGMENTED])
    assert (result.code, result.out) == (1, "")
    assert "segmented network detected" in result.err
    assert result.err.replace("\n", "").isprintable()
    assert (result.err.count("\n") == 1) == quiet


def test_verbose_tells_sends(server):
    result = run("discover", "-T127.0.0.1", "-p", server.port, "-vc1")
    assert ROW.fullmatch(result.out)
    assert f"127.0.0.1:{server.port}" in result.err


@pytest.mark.parametrize("args", [["-vv"], ["-v", "-v"], ["-vvj"]])
def test_what_is_dropped_is_told_escaped(args):
    with responder(JUNK, b"\x00\x9b\xfe" + JUNK, b"", ANSWER) as peer:
        result = discover(peer, "-c1", *args)
        once = discover(peer, "-c1", "-v")
    assert result.code == 0
    assert result.err.replace("\n", "").isprintable()
    assert sum("MARK" in line and "TAIL" in line for line in result.err.splitlines()) == 2
    assert "MARK" not in result.out + once.err + once.out


def test_raw_response_is_what_came():
    with responder(b"SERVER_IP:\t10.1.2.3 : 80 \r\n") as peer:
        assert discover_one(peer, "-j").json["raw_response"] == "SERVER_IP:\t10.1.2.3 : 80 \r\n"


def test_a_reply_that_came_in_time_counts_though_it_is_read_late():
    """A busy host may not let the client run until its deadline has passed."""
    with udp_socket() as peer:
        port = peer.getsockname()[1]
        with start("discover", "-T", f"127.0.0.1:{port}", "-t", "0.5", "-r", "0",
                   stdout=subprocess.PIPE) as process:
            _, asker = peer.recvfrom(64)
            process.send_signal(signal.SIGSTOP)
            os.waitpid(process.pid, os.WUNTRACED)
            peer.sendto(ANSWER, asker)
            over = time.monotonic() + 0.6
            wait_for(lambda: time.monotonic() > over, "the deadline to pass")
            process.send_signal(signal.SIGCONT)
            out, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0
    assert ROW.fullmatch(out.decode())
