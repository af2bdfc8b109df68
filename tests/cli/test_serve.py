"""serve on loopback: exact bytes, what gets no reply, its port, its log."""

import json
import re
import socket
import struct

import pytest

from clitool import (ANSWER, MESSAGE, drain, next_port, pending, run, serve, udp_socket,
                     wait_read)

LONG = 65507  # the largest UDP payload


@pytest.mark.parametrize("args, probe, reply", [
    ((), MESSAGE, ANSWER),
    (("--advertise-port=8080",), MESSAGE, ANSWER + b":8080"),
    (("--advertise", "10.1.2.3"), MESSAGE, b"SERVER_IP:10.1.2.3"),
    (("--advertise", "10.1.2.3:80"), MESSAGE, b"SERVER_IP:10.1.2.3:80"),
    (("--advertise=1.2.3.4:65535", "--advertise=10.0.0.1"), MESSAGE, b"SERVER_IP:1.2.3.4:65535"),
    (("--response-prefix", "P="), MESSAGE, b"P=127.0.0.1"),
    (("--response-prefix", b"\xff \xc3\xa9\n"), MESSAGE, b"\xff \xc3\xa9\n127.0.0.1"),
    (("--response-prefix=" + "p" * 1000, "--advertise", "255.255.255.254:65535"), MESSAGE,
     b"p" * 1000 + b"255.255.255.254:65535"),
    (("-m", "x"), b"x", ANSWER),
    (("-m", b"\xff\xfe\n"), b"\xff\xfe\n", ANSWER),
    (("--message=" + "m" * 1024,), b"m" * 1024, ANSWER),
    (("--allow", "10.0.0.0/8"), MESSAGE, ANSWER),
    (("--allow", "any"), MESSAGE, ANSWER),
    (("-i", "nothere"), MESSAGE, ANSWER),
    (("--interfaces-blacklist", "eth*"), MESSAGE, ANSWER),
    (("-q",), MESSAGE, ANSWER),
])
def test_reply(args, probe, reply):
    with serve(*args, ready=None) as server:
        assert server.ask(probe) == (reply, ("127.0.0.1", server.port))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "127.255.255.254"])
def test_the_asked_address_answers_for_itself(server, address):
    assert server.ask(address=address) == (b"SERVER_IP:" + address.encode(), (address, server.port))


@pytest.mark.parametrize("payload", [
    b"", MESSAGE[:-1], MESSAGE + b"R", MESSAGE[:14] + b"\0", b"\0" + MESSAGE, MESSAGE + b"\0",
    MESSAGE.lower(), MESSAGE.title(), MESSAGE + b"\r\n", MESSAGE + b"\n", b" " + MESSAGE,
    MESSAGE + b" ", b"\xef\xbb\xbf" + MESSAGE, MESSAGE[:8] + b"\0" + MESSAGE[9:],
    MESSAGE * 2, MESSAGE.ljust(LONG, b"\0"), (MESSAGE * 5000)[:LONG], MESSAGE.ljust(1025, b"x"),
    ANSWER, ANSWER + b":9999", b"SERVER_IP:", b"TGED DISCOVERY 1.0\r\nRQ:SQL\r\n\r\n",
])
def test_anything_but_the_message_gets_nothing(server, payload):
    assert server.answers(payload) == []
    assert server.answers(payload, MESSAGE, payload, payload) == [ANSWER]


def test_what_nearly_is_the_longest_message():
    message = b"m" * 1024
    with serve("-m", message) as server:
        near = (message[:-1], message + b"m", message * 2, b"m")
        assert server.answers(*near, closing=message) == []


def test_the_client_that_left_costs_no_reply(server):
    for _ in range(20):
        with udp_socket() as gone:
            gone.sendto(MESSAGE, ("127.0.0.1", server.port))
        assert server.ask()[0] == ANSWER


def forge(source, source_port, port, payload=MESSAGE):
    """Sends a datagram over lo with any source, by a raw socket."""
    udp = struct.pack("!HHHH", source_port, port, 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, socket.IPPROTO_UDP, 0,
                     socket.inet_aton(source), socket.inet_aton("127.0.0.1"))
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        raw.sendto(ip + udp, ("127.0.0.1", 0))


@pytest.mark.parametrize("source, source_port", [
    ("127.0.0.1", "own"), ("127.0.0.9", "own"), ("127.0.0.1", 0), ("224.0.0.1", 5000),
    ("255.255.255.255", 5000), ("127.255.255.255", 5000), ("0.1.2.3", 5000)])
def test_sources_that_get_nothing(source, source_port):
    with serve() as server, udp_socket() as honest:
        port = server.port if source_port == "own" else source_port
        forge("127.0.0.1", honest.getsockname()[1], server.port)
        assert honest.recv(99) == ANSWER  # so the forgery is well made
        forge(source, port, server.port)
        assert server.ask()[0] == ANSWER
        counters = server.counters()
        assert (counters["replies"], counters["failed"]) == ("2", "0")


def test_blacklisted_loopback_gets_nothing():
    with serve("--interfaces-blacklist", "lo") as server, udp_socket() as asker:
        asker.sendto(MESSAGE, ("127.0.0.1", server.port))
        wait_read(server.port)
        assert server.counters()["replies"] == "0"
        assert drain(asker) == []


def test_start_and_second_instance():
    with serve("-m", "it's me") as server:
        assert server.log == f"udpdisc: listening on 0.0.0.0:{server.port} for 'it's me'\n"
        second = run("serve", "-p", server.port)
        assert (second.code, second.out, second.err.count("\n")) == (3, "", 1)
        assert str(server.port) in second.err
        assert server.ask(b"it's me")[0] == ANSWER
        with serve() as third:
            assert third.ask()[0] == ANSWER


def test_default_port_and_message():
    with serve(argv=["serve"], port=9999) as server:
        assert server.log == "udpdisc: listening on 0.0.0.0:9999 for 'DISCOVER_SERVER'\n"


def test_the_port_is_free_again_at_once():
    for _ in range(3):
        with serve(port=9997) as server:
            assert server.ask()[0] == ANSWER
            assert server.stop() == 0
        assert pending(9997) is None


@pytest.mark.parametrize("args", [(), ("-q",), ("-v",)])
def test_a_taken_port(taken_port, args):
    result = run("serve", "-p", taken_port, *args)
    assert (result.code, result.out) == (3, "")
    assert sum(str(taken_port) in line for line in result.err.splitlines()) >= 1
    assert "listening" not in result.err


def test_a_taken_port_of_one_address():
    with udp_socket("127.0.0.1", next_port()) as holder:
        result = run("serve", "-p", holder.getsockname()[1])
    assert (result.code, result.err.count("\n")) == (3, 1)


def test_a_forbidden_port():
    unprivileged = ["/usr/bin/setpriv", "--bounding-set=-net_bind_service",
                    "--inh-caps=-net_bind_service"]
    result = run("serve", "-p", "80", "--duration=1", wrapper=unprivileged)
    assert (result.code, result.err.count("\n")) == (3, 1)
    assert re.search(r"\b80\b", result.err)


@pytest.mark.parametrize("args, warnings", [
    (("-i", "nope"), ["nope"]), (("-i", "nope,lo"), ["nope"]),
    (("--interfaces-blacklist", "nope"), ["nope"]), (("-i", "zz*"), []), (("-i", "lo"), []),
    (("--advertise=10.0.0.1", "--advertise=10.0.0.2"), ["10.0.0.2"]),
    (("--advertise=10.0.0.1",), [])])
def test_warnings_at_start(args, warnings):
    with serve(*args) as server:
        server.ask()
        server.stop()
        told = [line for line in server.log.splitlines() if line.startswith("udpdisc: warning: ")]
        assert len(told) == len(warnings)
        assert all(word in line for word, line in zip(warnings, told))


def test_json_log():
    with serve("-jvv", "-m", 'a"\\\x1b', "-i", "nope,lo") as server:
        assert server.ask(b'a"\\\x1b')[0] == ANSWER
        with udp_socket() as asker:
            asker.sendto(b"MARK\x1b\xff\"\n", ("127.0.0.1", server.port))
        server.counters()
        assert server.stop() == 0
        records = [json.loads(line) for line in server.log.splitlines()]
    for record in records:
        assert list(record)[:3] == ["time", "level", "message"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record["time"])
        assert record["level"] in ("error", "warning", "info", "debug")
        assert not record["message"].startswith("udpdisc")
    told = [(record["level"], record["message"]) for record in records]
    assert any(level == "info" and text.startswith("listening on 0.0.0.0:") for level, text in told)
    assert any(level == "warning" and "nope" in text for level, text in told)
    assert sum(text.startswith("counters: ") for _, text in told) == 1
    assert sum("MARK" in text for _, text in told) == 1
    assert re.fullmatch(r"stopped after \d+s: 1 probes, 1 replies", told[-1][1])


@pytest.mark.parametrize("args, answered, dropped", [
    ((), 0, 0), (("-v",), 1, 0), (("-vv",), 1, 1), (("-v", "-v"), 1, 1)])
def test_verbosity(args, answered, dropped):
    with serve(*args) as server, udp_socket() as asker:
        asker.sendto(MESSAGE, ("127.0.0.1", server.port))
        assert asker.recv(99) == ANSWER
        hostile = b"MARK\x1b]0;x\x07\xff\xc2\x9b\xe2\x80\xae\r\nTAIL"
        asker.sendto(hostile, ("127.0.0.1", server.port))
        wait_read(server.port)
        server.stop()
        port = str(asker.getsockname()[1])
        assert server.log.replace("\n", "").isprintable()
        lines = server.log.splitlines()
        assert all(line.startswith("udpdisc: ") for line in lines)
        marked = [line for line in lines if "MARK" in line]
        assert len(marked) == dropped and all("TAIL" in line for line in marked)
        named = [line for line in lines if "127.0.0.1" in line and port in line]
        assert bool(set(named) - set(marked)) == bool(answered)


def test_a_port_that_no_reply_will_hold_is_a_warning():
    with serve("--advertise", "10.0.0.1", "--advertise-port", "80") as server:
        assert server.answers(MESSAGE) == [b"SERVER_IP:10.0.0.1"]
        server.stop()
        assert server.log.count("--advertise-port is never used") == 1
