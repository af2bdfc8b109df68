"""Sweeps that are cut short, on a host whose network breaks meanwhile."""

import json
import re
import signal

import pytest
from expect import addresses, found_lines, server as result, text_of
from sweeps import hosts_of, make_gateway, own_all, seen, settle, sweep, watch

NETWORK = "10.20.0.0/21"
HOSTS = 2046
SERVER = "10.20.3.1"  # the fourth that is asked


@pytest.fixture
def far(lan, client):
    """A gateway that has all of a network; one address of it has a server."""
    far = make_gateway(lan, client, NETWORK)
    far.sysctl("icmp_ratelimit", 1000)
    far.peer("odd_peer", "--address", SERVER, "--hex", f"SERVER_IP:{SERVER}".encode().hex())
    return far


def start_sweep(client, *words):
    """A sweep of two seconds, and wait until it has found the server."""
    running = client.start_udpdisc("discover", "-vv", "-j", "-T", NETWORK, *words)
    running.wait_stderr("a new server")
    return running


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal(far, client, number):
    running = start_sweep(client, "-t", "60")
    running.send(number)
    assert running.wait() == 128 + number
    assert [entry["ip"] for entry in json.loads(running.stdout)] == [SERVER]
    assert running.stderr.count("sent ") < HOSTS


def test_a_signal_when_nothing_was_found(lan, client):
    """On-link addresses that nobody has: it waits for the table to empty."""
    settle()
    client.ip("route add 192.168.0.0/21 dev eth0")
    running = client.start_udpdisc("discover", "-v", "-j", "-T", "192.168.0.0/21", "-t", "60")
    running.wait_stderr("sent ", 20)
    running.send(signal.SIGINT)
    assert (running.wait(), json.loads(running.stdout)) == (130, [])


BREAKS = {"removed": "link del eth0", "down": "link set eth0 down",
          "readdressed": "addr flush dev eth0"}


@pytest.mark.parametrize("how", BREAKS)
def test_an_interface_that_goes_in_mid_run(far, client, how):
    """What was found is printed; what could not be asked is said once, and how much it is."""
    running = start_sweep(client, "-t", "0.5")
    client.ip(BREAKS[how])
    assert running.wait() == 0
    assert [entry["ip"] for entry in json.loads(running.stdout)] == [SERVER]
    asked = running.stderr.count("sent ")
    assert 4 <= asked < HOSTS
    assert running.stderr.count("warning: cannot send to ") == 1
    assert running.stderr.count(f"warning: {HOSTS - asked} hosts could not be asked: ") == 1


def test_a_scan_whose_interface_is_removed(lan):
    """Nobody can be asked there any more, so it ends soon."""
    settle()
    client = lan.host("alone", "10.15.0.5/20")
    running = client.start_udpdisc("discover", "-v", "-j", "-t", "0.3", "-r", "0", "--scan")
    running.wait_stderr("sent ", 20)
    client.ip("link del eth0")
    assert (running.wait(), json.loads(running.stdout)) == (1, [])
    assert running.stderr.count("hosts could not be asked: ") == 1


def test_the_others_are_asked_when_one_interface_goes(net, far, client):
    """Those behind the other come in turn all the time."""
    second = net.segment("second")
    second.plug(client, "192.168.2.5/24")
    other = second.host("other", "192.168.2.2/24")
    own_all(other, "10.21.0.0/22")
    client.ip("route add 10.21.0.0/22 via 192.168.2.2")
    witness = watch(other)
    running = client.start_udpdisc("discover", "-v", "-j", "-t", "0.5",
                                   "-T", "10.20.0.0/22", "-T", "10.21.0.0/22")
    running.wait_stderr("sent ", 20)
    client.ip("link set eth0 down")
    assert running.wait() in (0, 1)  # the server may not have answered yet
    assert seen(witness)["udp"] == dict.fromkeys(hosts_of("10.21.0.0/22"), 1)


def test_an_interface_that_comes_back(far, client):
    """The hosts of that moment are lost, and what was on its way; the others are asked."""
    witness = watch(far)
    running = start_sweep(client, "-t", "0.5", "--rate", "600")  # so it is not over before
    client.ip("link set eth0 down")
    running.wait_stderr("cannot send to")
    client.ip("link set eth0 up")
    client.wait_state("eth0", "UP")
    client.ip(f"route add {NETWORK} via 192.168.1.2")
    assert running.wait() == 0
    asked, lost = seen(witness)["udp"], re.search(r"(\d+) hosts could not be", running.stderr)
    assert set(asked.values()) == {1} and list(asked)[-1] == "10.20.7.0"
    assert 0 <= HOSTS - int(lost[1]) - len(asked) <= 64


def test_no_route_at_all(net):
    host = net.host("host")
    run = host.udpdisc("discover", "-T", "10.0.0.0/16", "-t", "60")
    assert (run.returncode, run.stdout) == (3, "")
    assert "asked 0 of 65534 hosts" in run.stderr and "unreachable" in run.stderr
    assert len(run.stderr.splitlines()) < 10 and run.elapsed_s < 30


def test_an_address_that_may_not_be_asked(far, client):
    client.block("10.20.0.77")
    witness = watch(far)
    run = sweep(client, "-T", "10.20.0.0/24", "-T", SERVER)
    assert (run.returncode, addresses(run)) == (0, [(SERVER, 8000)])
    assert set(seen(witness)["udp"]) == hosts_of("10.20.0.0/24") - {"10.20.0.77"} | {SERVER}
    assert re.fullmatch(r"udpdisc: (warning: )?cannot send to 10\.20\.0\.77:9999: [^\n]+\n",
                        run.stderr)


@pytest.mark.parametrize("words", [("discover", "-c", "1"), ("discover-one",)])
def test_enough_ends_a_sweep(far, client, words):
    witness = watch(far)
    run = client.udpdisc(*words, "-j", "-T", NETWORK, "-t", "60", "--rate", "100")
    assert run.returncode == 0 and SERVER in run.stdout
    assert len(seen(witness)["udp"]) < 1000


def test_quiet(far, client):
    found = client.udpdisc("discover", "-q", "-T", "10.20.3.0/28", "-t", "0.5")
    none = client.udpdisc("discover", "-q", "-T", "10.20.4.0/28", "-t", "0.5")
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
    assert (none.returncode, none.stdout) == (1, "")
    assert re.fullmatch(r"udpdisc: [^\n]*asked 14 of 14 hosts[^\n]*\n", none.stderr)


def test_ndjson_comes_while_it_sweeps(far, client):
    running = client.start_udpdisc("discover", "-o", "ndjson", "-T", NETWORK, "--rate", "200",
                                   "-t", "60")
    running.wait_records(1)
    assert running.popen.poll() is None
    assert running.stop() == 143
    assert found_lines(running.stdout) == [text_of(result(SERVER))]
