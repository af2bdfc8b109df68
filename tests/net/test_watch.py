"""discover --watch on one wire: what it tells of servers, and when."""

import json
import os
import re
import signal
import sys

import pytest
from expect import found_lines, server as result, text_of
from hosts import BINARY
from processes import wait_until
from tged import descriptors, memory_kib
from watching import (LONG, ROUNDS, check_time, events, gaps, moody, rounds,
                      saying, stop, wait_events, wait_more_rounds, wait_over, wait_rounds,
                      wait_told, watch)

ROW = r"[-\d]{{10}}T[\d:]{{8}}Z\t{}\t192\.168\.1\.2\t8000\teth0\t192\.168\.1\.2\t" \
    r"\d+\.\d{{3}}\n"
UP, DOWN = "up 192.168.1.2", "down 192.168.1.2"
SOURCE_PORT = 999
SANITIZED = os.environ.get("UDPDISC_KIND") == "sanitized"
HOLD_A_PORT = """import socket, signal
holder = socket.socket(type=socket.SOCK_DGRAM)
holder.bind(("", int(__import__("sys").argv[1])))
print("ready", flush=True)
signal.pause()
"""


def test_an_event_holds_the_server(server, client):
    """As discover -j shows it; of one that is down, as it was."""
    moody(server, "a-")
    watching = watch(client)
    wait_events(watching, UP, DOWN)
    stop(watching, UP, DOWN)
    told = [json.loads(line) for line in found_lines(watching.stdout)]
    for event in told:
        check_time(event["time"])
    assert [text_of(event) for event in told] == [
        text_of({"event": name, "time": event["time"], "server": result("192.168.1.2")})
        for name, event in zip(("up", "down"), told)]


def test_text_rows(server, client):
    moody(server, "a-")
    running = client.start_udpdisc("discover", "--watch", *ROUNDS)
    running.wait_for(lambda: running.stdout.count("\n") == 2, "two rows")
    assert running.stop() == 0
    assert re.fullmatch(ROW.format("up") + ROW.format("down"), running.stdout)


def test_down_is_three_missed_rounds_in_a_row(server, client):
    """Two are none, however often."""
    peer = moody(server, "a--a--a---a")
    watching = watch(client, "-t", "0.25", "--interval", "0.25")
    wait_over(peer, watching, 11)
    assert events(watching) == [UP, DOWN, UP]


def test_down_is_told_when_the_third_round_ends(server, client):
    """Not by the fourth."""
    peer = moody(server, "a-")
    watching = watch(client, "-t", "0.1", "--interval", "0.6")
    wait_events(watching, UP, DOWN)
    assert rounds(peer) == 4
    stop(watching, UP, DOWN)


def test_the_stock_server(lan, server, client):
    """It comes, goes and comes again, and another stays; the claimed 127.0.0.1 is nobody."""
    lan.host("other", "192.168.1.3/24").peer("stock_server")
    stock = server.peer("stock_server")
    watching = watch(client)
    wait_told(watching, UP, "up 192.168.1.3")
    assert stock.stop() == -signal.SIGTERM
    assert watching.wait_records(3)[2]["server"]["extra"]["claimed_ip"] == "127.0.0.1"
    server.peer("stock_server")
    watching.wait_records(4)
    stop(watching, *events(watching)[:2], DOWN, UP)
    assert watching.stderr == ""


def test_servers_that_go_together_are_sorted(lan, client):
    """By address as a number, then by port."""
    for last, told in ((2, ("192.168.1.10", 10)), (3, ("192.168.1.9",)),
                       (4, ("192.168.1.10", 9))):
        moody(lan.host(f"server{last}", f"192.168.1.{last}/24"), "a-", saying(*told))
    watching = watch(client)
    down = [(event["event"], event["server"]["ip"], event["server"]["port"])
            for event in watching.wait_records(6)[3:]]
    assert down == [("down", "192.168.1.9", 8000), ("down", "192.168.1.10", 9),
                    ("down", "192.168.1.10", 10)]
    assert watching.stop() == 0


def test_a_crowd(server, client):
    """Each of a hundred servers has two events."""
    peer = server.peer("odd_peer", "--crowd", "100")
    watching = watch(client)
    up = watching.wait_records(100)
    peer.stop()
    down = watching.wait_records(200)[100:]
    crowd = [f"10.99.0.{last}" for last in range(1, 101)]
    assert {(event["event"], event["server"]["ip"]) for event in up} == {
        ("up", address) for address in crowd}
    assert [event["server"]["ip"] for event in down] == crowd
    assert watching.stop() == 0 and len(watching.records()) == 200


def test_a_server_of_this_host(server, client):
    moody(server, "a")
    with client.serve():
        watching, others = watch(client), watch(client, "--ignore-local")
        wait_told(watching, UP, "up 192.168.1.5")
        wait_events(others, UP)
    watching.wait_records(3)
    stop(watching, *events(watching)[:2], "down 192.168.1.5")
    stop(others, UP)


# --- when it tells and asks


@pytest.mark.parametrize("form", ["text", "ndjson"])
def test_up_is_told_while_its_round_goes_on(server, client, form):
    moody(server, "a")
    running = client.start_udpdisc("discover", "--watch", "-o", form, *LONG)
    running.wait_for(lambda: running.stdout.endswith("\n"), "a line")
    assert "192.168.1.2" in running.stdout and running.popen.poll() is None
    assert running.stop() == 0


def test_a_reader_that_leaves(server, client):
    """It got its line through the pipe at once; that it left is noticed between rounds."""
    moody(server, "a")
    script = '{ timeout --foreground 30 "$@"; echo "exit $?" >&2; } | head -n 1'
    running = client.start("sh", "-c", script, "sh", BINARY, "discover", "--watch", *ROUNDS,
                           "--interval", "60")
    running.wait_stderr("exit ")
    assert re.fullmatch(ROW.format("up"), running.stdout)
    assert running.stderr == "exit 3\n"


def test_an_interval_counts_from_start_to_start(server, client):
    """A run that takes all of it is followed by the next at once, and not by a pause as long."""
    peer = moody(server, "-")
    watching = watch(client, "-t", "0.5", "--interval", "0.5")
    wait_rounds(peer, 4)
    assert min(gaps(peer)) < 0.9 and sum(gaps(peer)) > 1
    stop(watching)


@pytest.mark.parametrize("timeout_s, interval_s", [("0.02", "0.4"), ("0.4", "0.02")])
def test_the_longer_of_both_is_between_rounds(server, client, timeout_s, interval_s):
    peer = moody(server, "-")
    watching = watch(client, "-t", timeout_s, "--interval", interval_s)
    wait_rounds(peer, 4)
    assert sum(gaps(peer)) > 0.4
    stop(watching)


def is_between_rounds(watching):
    return not any(what.startswith("socket:") for what in descriptors(watching).values())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("words", [LONG, (*ROUNDS, "--interval", "60")])
def test_a_signal_is_a_clean_end(server, client, number, words):
    """Within a round and between two."""
    moody(server, "a")
    watching = watch(client, *words)
    wait_events(watching, UP)
    wait_until(lambda: words == LONG or is_between_rounds(watching), "the round to end")
    assert (watching.stop(number), watching.stderr) == (0, "")
    assert events(watching) == [UP]


# --- what makes a server another one


def test_another_port_is_another_server(server, client):
    moody(server, "aabb", saying("192.168.1.2", 80), saying("192.168.1.2", 81))
    watching = watch(client)
    told = wait_events(watching, UP, UP, DOWN)
    assert [event["server"]["port"] for event in told] == [80, 81, 80]
    stop(watching, UP, UP, DOWN)


def test_changed_fields_are_another_server(server, client, services):
    """The new ones are up at once, and the old ones down later."""
    path = services({"SQL": {"HOST": "old", "PORT": 3306}})
    with server.serve("--services", path, port=4745):
        watching = watch(client, "-s", "SQL")
        wait_events(watching, UP)
        services({"SQL": {"HOST": "new", "PORT": 3306}})
        told = wait_events(watching, UP, UP, DOWN)
    assert [event["server"]["extra"]["fields"]["HOST"] for event in told] == ["old", "new", "old"]
    wait_events(watching, UP, UP, DOWN, DOWN)
    assert watching.stop() == 0


def test_a_service_that_is_dropped(server, client, services):
    """Its server still answers, and says INVALID."""
    path = services({"SQL": {"HOST": "db"}, "WEB": {}})
    with server.serve("--services", path, port=4745):
        watching = watch(client, "-s", "SQL")
        wait_events(watching, UP)
        services({"WEB": {}})
        wait_events(watching, UP, DOWN)
        assert watching.stderr.count("no server has service 'SQL'") == 1
        stop(watching, UP, DOWN)


# --- one port, and no more of anything than at first


def test_a_source_port(server, client):
    peer = moody(server, "a")
    watching = watch(client, "--source-port", SOURCE_PORT)
    assert {probe["source_port"] for probe in peer.wait_records(6)} == {SOURCE_PORT}
    stop(watching, UP)


def take_port(host):
    """A process that holds the port, or None where a round had it at that moment."""
    thief = host.start(sys.executable, "-c", HOLD_A_PORT, SOURCE_PORT)
    wait_until(lambda: thief.stdout or thief.popen.poll(), "the thief")
    return thief if thief.popen.poll() is None else None


def test_a_source_port_that_is_taken(server, client):
    """At the start it is the end; a later round that can't be held doesn't count."""
    peer = moody(server, "a")
    watching = watch(client, "-r", "0", "-t", "0.05", "--source-port", SOURCE_PORT)
    wait_events(watching, UP)
    thief = wait_until(lambda: take_port(client), "the port to be free for once")
    watching.wait_stderr(f"cannot ask from UDP port {SOURCE_PORT}: ")
    clock = watch(client)
    wait_more_rounds(peer, 6)
    again = client.udpdisc("discover", "--watch", *ROUNDS, "--source-port", SOURCE_PORT)
    assert (again.returncode, again.stdout) == (3, "")
    thief.stop()
    stop(clock, UP)
    peer.wait_for(lambda: peer.records()[-1]["source_port"] == SOURCE_PORT, "its next probe")
    stop(watching, UP)
    assert watching.stderr.count("cannot ask") == watching.stderr.count("\n") == 1


def test_memory_stays(server, client):
    """So do descriptors, with servers that come and go all the time."""
    plan = "".join(chr(ord("a") + number % 26) for number in range(1000))
    peer = moody(server, plan, *(saying(f"10.9.8.{last}") for last in range(1, 27)))
    watching = watch(client, "-t", "0.02", "--interval", "0.02")
    wait_rounds(peer, 20)
    memory, count = memory_kib(watching), len(descriptors(watching))
    wait_rounds(peer, 200)
    assert SANITIZED or memory_kib(watching) <= memory + 64
    assert len(descriptors(watching)) <= count + 4
    assert watching.stop() == 0 and len(watching.records()) > 200
