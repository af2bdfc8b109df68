"""What the tests of discover --watch share: watches of short rounds, and their events."""

import re
from datetime import datetime, timezone

# Two probes a round and interface, since a busy machine loses some.
ROUND_S = "0.15"
ROUNDS = ("-r", "1", "-t", ROUND_S, "--interval", ROUND_S)
LONG = ("-r", "16", "-t", "60", "--interval", "60")
SILENT = "udpdisc: no server answered within "


def watch(host, *words):
    """`udpdisc discover --watch -o ndjson`; the last of an option wins."""
    return host.start_udpdisc("discover", "--watch", "-o", "ndjson", *ROUNDS, *words)


def saying(address, port=None):
    """A reply of the usual form."""
    return f"SERVER_IP:{address}" if port is None else f"SERVER_IP:{address}:{port}"


def moody(host, plan, *replies, **options):
    """A server that answers by a plan: by default with its usual address."""
    words = (word for name, value in options.items() for word in (f"--{name}", value))
    return host.peer("moody_server", *words, "--", plan, *(replies or [saying("192.168.1.2")]))


def rounds(peer):
    """How many have reached a moody server."""
    return peer.records()[-1]["round"] if peer.records() else 0


def wait_rounds(peer, count):
    peer.wait_for(lambda: rounds(peer) >= count, f"round {count}")


def wait_more_rounds(peer, more):
    wait_rounds(peer, rounds(peer) + more)


def wait_over(peer, watching, count):
    """Wait until so many rounds are over, then end the watch."""
    wait_rounds(peer, count + 1)
    assert watching.stop() == 0, watching.stderr


def gaps(peer):
    """The seconds between the starts of rounds that a moody server saw."""
    starts = {}
    for probe in peer.records():
        starts.setdefault(probe["round"], probe["at_s"])
    times = list(starts.values())
    return [later - time for time, later in zip(times, times[1:])]


def events(watching):
    """What it told so far: "up 192.168.1.2" and the like."""
    return [f"{told['event']} {told['server']['ip']}" for told in watching.records()]


def wait_events(watching, *expected):
    """Wait until it told as much, which must be these in this order; their objects."""
    told = watching.wait_records(len(expected))
    assert events(watching) == list(expected), watching.stderr
    return told


def wait_told(watching, *expected):
    """The same where they come in any order."""
    told = watching.wait_records(len(expected))
    assert sorted(events(watching)) == sorted(expected), watching.stderr
    return told


def stop(watching, *expected):
    """It ends well, and these are all events that it ever told."""
    assert watching.stop() == 0, watching.stderr
    assert events(watching) == list(expected), watching.stderr


def check_time(text):
    """An RFC 3339 time in UTC, and of now."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text)
    told = datetime.fromisoformat(text[:-1]).replace(tzinfo=timezone.utc)
    assert abs((datetime.now(timezone.utc) - told).total_seconds()) < 60
