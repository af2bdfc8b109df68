"""discover -o nagios on a LAN: one line, whose first words and exit status say how it is."""

import re
import signal

import pytest
from cron import SHORT_S, cron
from expect import HEADING
from hosts import BINARY, LONG_S
from watching import saying

STATES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]
NUMBERS = r" \| servers=(\d+);;;0 time=(\d+\.\d{3})s;;;0"


def check(run):
    """The state and the text of a plugin's line; the number of servers where there is one."""
    assert run.stderr == ""
    found = re.fullmatch(rf"UDPDISC ([A-Z]+) - ([^|\n]+?)(?:{NUMBERS})?\n", run.stdout)
    assert found, run.stdout
    state, text, count, time_s = found.groups()
    assert STATES.index(state) == run.returncode
    assert (count is None) == (state == "UNKNOWN")
    if count is not None:
        assert float(time_s) < 60
    return state, text, count and int(count)


def nagios(host, *words, command="discover", **options):
    return check(cron(host, command, "-o", "nagios", *words, **options))


@pytest.fixture
def three_servers(lan, client):
    for last in (200, 9, 10):
        lan.host(f"server{last}", f"192.168.1.{last}/24").peer("stock_server")
    return client


@pytest.mark.parametrize("words", [("-x", "3"), ("-x", "0"), ("-vv",), ("-q",)])
def test_ok(three_servers, words):
    assert nagios(three_servers, "-c", "3", *words, timeout_s=LONG_S) == (
        "OK", "3 servers: 192.168.1.9:8000, 192.168.1.10:8000, 192.168.1.200:8000", 3)


def test_warning(three_servers):
    assert nagios(three_servers, "-x", "5") == (
        "WARNING", "3 servers: 192.168.1.9:8000, 192.168.1.10:8000, 192.168.1.200:8000; "
        "only 3 of 5 expected servers answered within 0.4 s", 3)


def test_critical(client):
    """What -q would say is in the line."""
    state, text, count = nagios(client, "-x", "5", timeout_s=SHORT_S)
    quiet = cron(client, "discover", "-x", "5", "-q", timeout_s=SHORT_S).stderr
    assert (state, count) == ("CRITICAL", 0)
    assert text.startswith("0 servers: no server answered within 0.1 s; sent 2 probes to "
                           "192.168.1.255:9999 on eth0; 0 foreign datagrams came")
    assert quiet == f"udpdisc: {text.removeprefix('0 servers: ')}\n"


def test_none_where_none_are_expected(client):
    assert nagios(client, "-x", "0", timeout_s=SHORT_S) == ("OK", "0 servers", 0)


@pytest.mark.parametrize("words, reason", [
    (("-i", "nosuch0"), "no interface to broadcast on "),
    (("-T", "nosuch.invalid"), "cannot resolve 'nosuch.invalid': "),
    (("-T", "10.66.0.1"), "no probe could be sent"),
    (("--source-port", "9999"), "bad --source-port '9999'"),
    (("--targets-file", "-"), "cannot read targets from standard input: "),
    (("--nosuch",), "unknown option '--nosuch'")])
def test_unknown(client, words, reason):
    state, text, count = nagios(client, *words, timeout_s=SHORT_S)
    assert (state, count) == ("UNKNOWN", None) and text.startswith(reason)


def test_no_interface_at_all(alone):
    assert nagios(alone)[:2] == (
        "UNKNOWN", "no interface to broadcast on: lo is loopback")


def test_all_sends_fail(client):
    client.block("192.168.1.255")
    state, text, _ = nagios(client)
    assert state == "UNKNOWN" and "192.168.1.255:9999 on eth0" in text


def test_one_interface_that_can_t_send(server, client, net):
    net.segment("second").plug(client, "192.168.2.5/24")
    client.block("192.168.2.255")
    with server.serve():
        assert nagios(client, "-c1", timeout_s=LONG_S) == ("OK", "1 server: 192.168.1.2:8000", 1)


@pytest.mark.parametrize("words", [("-v",), ("-q",)])
def test_a_segmented_network(lan, words):
    """The warning is in the line."""
    state, text, count = nagios(lan.host("client", "10.15.0.5/20"), *words,
                                timeout_s=SHORT_S)
    assert (state, count, text.count(HEADING)) == ("CRITICAL", 0, 1)
    assert "udpdisc discover --target 10.15.1.0/24" in text


def test_a_bar_that_is_no_limit(net, lan):
    """What is behind the first one is for a machine."""
    host = net.host("client")
    lan.plug(host, "192.168.1.5/24", dev="a|b")
    state, text, _ = nagios(host, timeout_s=SHORT_S)
    assert state == "CRITICAL" and r"192.168.1.255:9999 on a\x7cb; " in text


@pytest.mark.parametrize("count", [16, 17])
def test_many_servers(server, client, count):
    """The last one answers first."""
    last = "10.200.0.1"
    server.peer("odd_peer", "--hex", saying(last).encode().hex(), "--crowd", str(count - 1))
    named = [f"10.99.0.{number}:8000" for number in range(1, count)]
    named.append(f"{last}:8000" if count == 16 else "...")
    assert nagios(client, "-c", count, timeout_s=LONG_S) == (
        "OK", f"{count} servers: {', '.join(named)}", count)


def test_a_server_without_a_port(server, client, services):
    with server.serve("--services", services({"DNS": {"RP": "example.com"}}), port=4745):
        assert nagios(client, "-c1", "-s", "DNS", timeout_s=LONG_S) == (
            "OK", "1 server: 192.168.1.2", 1)
        state, text, _ = nagios(client, "-s", "SQL")
    assert state == "CRITICAL" and "no server has service 'SQL': 1 said INVALID" in text


def test_discover_one(three_servers):
    state, text, count = nagios(three_servers, command="discover-one", timeout_s=LONG_S)
    assert (state, count) == ("OK", 1) and text.startswith("1 server: 192.168.1.")


def test_a_server_of_this_host_does_not_count(client):
    with client.serve():
        assert nagios(client, "-c1", timeout_s=LONG_S) == ("OK", "1 server: 192.168.1.5:8000", 1)
        state, text, count = nagios(client, "--ignore-local")
    assert (state, count) == ("CRITICAL", 0)
    assert "; 2 replies of this host left out" in text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal(server, client, number):
    peer = server.peer("odd_peer")
    running = client.start(BINARY, "discover", "-o", "nagios", "-t", "30")
    peer.wait_records(1)
    running.send(number)
    name = signal.Signals(number).name
    assert (running.wait(), running.stderr) == (3, "")
    assert running.stdout == f"UDPDISC UNKNOWN - ended by {name}; 0 servers answered so far\n"
