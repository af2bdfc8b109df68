"""What discover --watch says to a person: on standard error, and on a terminal."""

import re

import pytest
from expect import HEADING
from hosts import BINARY
from watching import ROUNDS, SILENT, events, moody, saying, wait_over, wait_rounds, watch

COLUMNS = ["TIME", "EVENT", "ADDRESS", "PORT", "INTERFACE", "SOURCE", "RTT_MS"]
UP, DOWN = "up 10.15.0.2", "down 10.15.0.2"


@pytest.fixture
def campus(lan):
    """A host in a network that looks segmented, and one that may be a server."""
    return lan.host("client", "10.15.0.5/20"), lan.host("server", "10.15.0.2/20")


def test_silence_is_told_when_it_begins(campus):
    """Though noise comes in some rounds; and of a segmented network only once."""
    client, server = campus
    peer = moody(server, "-baa-b-a-b-", saying("10.15.0.2"), "hello")
    watching = watch(client)
    wait_over(peer, watching, 11)
    assert events(watching) == [UP, DOWN, UP, DOWN]
    assert watching.stderr.count(SILENT) == 3
    assert watching.stderr.count(HEADING) == 1
    assert watching.stderr.count("probes to 10.15.15.255:9999 on eth0") == 3


def test_the_warning_comes_with_the_first_silence(campus):
    """Which need not be the first round."""
    client, server = campus
    peer = moody(server, "aaa-", saying("10.15.0.2"))
    watching = watch(client)
    wait_rounds(peer, 3)
    assert watching.stderr == ""
    wait_over(peer, watching, 7)
    assert watching.stderr.count(HEADING) == watching.stderr.count(SILENT) == 1
    assert events(watching) == [UP, DOWN]


def test_quiet_is_events_and_one_line(campus):
    client, server = campus
    peer = moody(server, "-a---a-", saying("10.15.0.2"))
    watching = watch(client, "-q")
    wait_over(peer, watching, 8)
    assert events(watching) == [UP, DOWN, UP]
    assert re.fullmatch(SILENT + r"[^\n]+\n", watching.stderr)


def test_quiet_text_is_nothing(server, client):
    peer = moody(server, "a-", saying("10.15.0.2"))
    running = client.start_udpdisc("discover", "--watch", "-q", *ROUNDS)
    wait_over(peer, running, 6)
    assert running.stdout == "" and re.fullmatch(SILENT + r"[^\n]+\n", running.stderr)


def column_starts(row):
    return tuple(word.start() for word in re.finditer(r"\S+", row))


def test_a_terminal(server, client):
    """The header stands once; columns grow with what comes, and stay so."""
    moody(server, "aab", saying("10.0.0.1", 1), saying("192.168.100.100", 65535))
    shown = client.ask("terminal", "--both", "--until", " down ", BINARY, "discover", "--watch",
                       *ROUNDS)
    header, *rows = shown["said"].replace("\r", "").splitlines()
    assert shown["status"] == 0 and header.split() == COLUMNS
    assert [row.split()[1:4] for row in rows] == [
        ["up", "10.0.0.1", "1"], ["up", "192.168.100.100", "65535"], ["down", "10.0.0.1", "1"]]
    assert column_starts(header) == column_starts(rows[0])
    assert column_starts(rows[1]) == column_starts(rows[2])
