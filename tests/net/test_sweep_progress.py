"""What a person sees on a terminal while hosts are asked, and that nobody else does."""

import json
import re

import pytest
from hosts import BINARY
from sweeps import make_gateway, settle

HOSTS = 1022
NETWORK = "10.20.0.0/22"
SERVER = "10.20.3.1"  # the fourth that is asked
TIME = r"(\d+h)?(\d+m)?(\d+s)?"
BEFOREHAND = rf"udpdisc: asking {HOSTS} hosts: about {TIME}"
STATUS = rf"asked (\d+) of {HOSTS}, (\d+) servers?, about {TIME} left"


@pytest.fixture
def far(lan, client):
    """A gateway that has all of a network; one address of it has a server."""
    far = make_gateway(lan, client, NETWORK)
    far.peer("odd_peer", "--address", SERVER, "--hex", f"SERVER_IP:{SERVER}".encode().hex())
    return far


def on_terminal(host, *words, both=False, until=None):
    """A run with a terminal as stderr, and maybe as stdout."""
    mode = (["--both"] if both else []) + (["--until", until] if until else [])
    return host.ask("terminal", *mode, BINARY, *words)


def screen(said):
    """The lines that stand on it in the end."""
    lines = [""]
    for part in re.findall(r"\r\n|\r|\x1b\[K|[^\r\n\x1b]+", said):
        if part == "\r\n":
            lines.append("")
        elif part == "\r":
            lines[-1] = "\r" + lines[-1].removeprefix("\r")
        elif part == "\x1b[K":
            lines[-1] = "" if lines[-1].startswith("\r") else lines[-1]
        else:
            assert not lines[-1].startswith("\r"), f"{part!r} is written over {lines[-1]!r}"
            lines[-1] += part
    assert "".join(re.findall(r"\r\n|\r|\x1b\[K|[^\r\n\x1b]+", said)) == said
    return [line.removeprefix("\r") for line in lines]


def statuses(said):
    """(hosts asked, servers found) of each line that was shown."""
    return [(int(asked), int(found)) for asked, found, *_ in re.findall(STATUS, said)]


def test_a_sweep(far, client):
    run = on_terminal(client, "discover", "-j", "-T", NETWORK, "-t", "0.5", "-x", "2")
    first, *rest = screen(run["said"])
    shown = statuses(run["said"])
    assert re.fullmatch(BEFOREHAND, first)
    assert len(rest) == 3 and rest[2] == ""
    assert rest[1].startswith("  asked 1022 of 1022 hosts, ")
    assert rest[0].startswith("udpdisc: only 1 of 2 expected servers answered within 0.5 s")
    assert len(shown) > 2 and shown == sorted(shown) and shown[-1][0] <= HOSTS
    assert shown[-1][1] == 1
    assert run["status"] == 1 and [found["ip"] for found in json.loads(run["stdout"])] == [SERVER]


def test_a_warning_takes_the_place_of_the_status(far, client):
    client.block("10.20.2.200")
    run = on_terminal(client, "discover", "-T", NETWORK, "-t", "0.5")
    _, warning, *rest = screen(run["said"])
    assert warning.startswith("udpdisc: warning: cannot send to 10.20.2.200:9999: ")
    assert rest == [""] and run["status"] == 0
    before, after = run["said"].split("cannot send to")
    assert statuses(before) and statuses(after)


def test_rows_and_status_share_a_terminal(far, client):
    """The status is gone where a row is written."""
    run = on_terminal(client, "discover", "-o", "ndjson", "-T", NETWORK, "-t", "0.5", both=True)
    first, row, last = screen(run["said"])
    assert re.fullmatch(BEFOREHAND, first) and json.loads(row)["ip"] == SERVER and last == ""
    assert len(statuses(run["said"])) > 2 and run["status"] == 0


def test_it_is_erased_where_a_signal_ends_it(far, client):
    run = on_terminal(client, "discover", "-T", NETWORK, "-t", "60", "--rate", "100",
                      until="1 server,")
    assert re.fullmatch(BEFOREHAND + "\nudpdisc: ended by SIGTERM; 1 server answered so far\n",
                        "\n".join(screen(run["said"])))
    assert run["status"] == 143 and run["stdout"].startswith(SERVER)


def test_a_scan(lan):
    settle()
    client = lan.host("alone", "10.15.0.5/23")
    run = on_terminal(client, "discover", "--scan", "-t", "0.3", "-r", "0")
    assert re.match("udpdisc: asking 510 hosts: about ", screen(run["said"])[0])
    assert re.search(r"asked \d+ of 510, 0 servers, about", run["said"])
    assert screen(run["said"])[1].startswith("udpdisc: no server answered within 0.3 s")


def test_without_a_sweep_there_is_none(far, client):
    run = on_terminal(client, "discover", "-T", "10.20.0.1", "-t", "0.5")
    assert run["said"].startswith("udpdisc: no server answered") and "\x1b" not in run["said"]


def test_quiet(far, client):
    found = on_terminal(client, "discover", "-q", "-T", NETWORK, "-t", "0.3", "--rate", "3000")
    none = on_terminal(client, "discover", "-q", "-T", "10.20.0.0/24", "-t", "0.3")
    assert (found["status"], found["said"], found["stdout"]) == (0, "", "")
    assert none["status"] == 1
    assert re.fullmatch(r"udpdisc: no server answered[^\r\n\x1b]+\r\n", none["said"])


def test_without_a_terminal(far, client):
    run = client.discover("-T", NETWORK, "--rate", "3000")
    assert (run.returncode, run.stderr) == (0, "")
