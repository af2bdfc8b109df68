"""Whom --target and --targets-file name, and that each of them is asked."""

import json
import os
import re

import pytest
from expect import addresses, found, server as result, servers
from hosts import BINARY
from sweeps import own_all, seen, sources, sweep, watch, write_targets

OWN_HEX = b"SERVER_IP:192.168.1.2".hex()


@pytest.fixture
def crowd(lan):
    """A host that has .16 to .31, each of which answers for itself."""
    host = lan.host("crowd", "192.168.1.2/24")
    own_all(host, "192.168.1.16/28")
    with host.serve("--rate-limit", "0"):
        yield host


CROWD = [f"192.168.1.{last}" for last in range(16, 32)]


@pytest.mark.parametrize("words, wanted", [
    (["-T", "192.168.1.16/28"], CROWD[1:-1]), (["-T", "192.168.1.16/255.255.255.240"], CROWD[1:-1]),
    (["-T", "192.168.1.19/28"], CROWD[1:-1]), (["-T", "192.168.1.20/30"], CROWD[5:7]),
    (["-T", "192.168.1.20/31"], CROWD[4:6]), (["-T", "192.168.1.20/32"], CROWD[4:5]),
    (["-T", "192.168.1.20"], CROWD[4:5]), (["--target=192.168.1.20:9999"], CROWD[4:5]),
    (["-T", "192.168.1.30", "-T192.168.1.16/31", "-T", "192.168.1.17"], [*CROWD[:2], CROWD[14]]),
])
def test_who_is_asked(crowd, client, words, wanted):
    witness = watch(crowd)
    run = sweep(client, *words)
    assert seen(witness)["udp"] == dict.fromkeys(wanted, 1)
    assert (run.returncode, run.stderr, sources(run)) == (0, "", set(wanted))


FILE = """# the first floor
192.168.1.17
   192.168.1.18:9999\t# a comment behind it\r
\t192.168.1.20/31

192.168.1.17#again
  # and no line end at the end
192.168.1.30"""
OF_FILE = [CROWD[i] for i in (1, 2, 4, 5, 14)]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "targets"
    path.write_bytes(FILE.encode())
    return path


def test_a_file(crowd, client, path):
    witness = watch(crowd)
    run = sweep(client, "--targets-file", path)
    assert seen(witness)["udp"] == dict.fromkeys(OF_FILE, 1)
    assert (run.returncode, run.stderr, sources(run)) == (0, "", set(OF_FILE))


def test_standard_input(crowd, client):
    run = client.run(BINARY, "discover", "-j", "-t", "0.5", "--targets-file", "-", stdin=FILE)
    assert (run.returncode, run.stderr, sources(run)) == (0, "", set(OF_FILE))


def test_a_fifo(crowd, client, tmp_path):
    """It is read to its end, however late that comes."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    running = client.start_udpdisc("discover", "-j", "-t", "0.5", "--targets-file", path)
    with path.open("w", encoding="ascii") as fifo:
        fifo.write("192.168.1.17\n192.168.1")
        fifo.flush()
        assert running.popen.poll() is None
        fifo.write(".18\n")
    assert running.wait() == 0
    assert [found["ip"] for found in json.loads(running.stdout)] == CROWD[1:3]


def test_all_of_these_at_once(crowd, client, path, tmp_path):
    """Two files, standard input, options; and a port of their own for single targets only."""
    second = tmp_path / "second"
    second.write_text("192.168.1.24/30\n", "ascii")
    witness, other = watch(crowd), watch(crowd, port=12345)
    run = client.run(BINARY, "discover", "-j", "-t", "0.5", "-r0", "--targets-file", path,
                     "--targets-file=-", "--targets-file", second, "-T", "192.168.1.17",
                     "-T", "192.168.1.17:12345", "-T", "192.168.1.28/31",
                     stdin="192.168.1.25\n192.168.1.22\n")
    wanted = [*OF_FILE, *(CROWD[i] for i in (9, 10, 6, 12, 13))]
    assert seen(witness)["udp"] == dict.fromkeys(wanted, 1)
    assert seen(other)["udp"] == {"192.168.1.17": 1}
    assert (run.returncode, run.stderr, sources(run)) == (0, "", set(wanted))


def test_a_target_is_asked_until_it_answers(server, client):
    """And no more then, while another one that is deaf for longer is."""
    peer = server.peer("odd_peer", "--hex", OWN_HEX, "--ignore", "2")
    deaf = server.peer("odd_peer", "--hex", OWN_HEX + b":2".hex(), "--ignore", "9",
                       "--port", "12345")
    run = client.udpdisc("discover", "-j", "-t", "1.5", "-r", "4", "-T", "192.168.1.2",
                         "-T", "192.168.1.2:12345")
    assert found(run) == servers(result("192.168.1.2", attempt=3))
    assert len(client.probes_at(peer)) == 3 and len(deaf.records()) == 5


def test_a_swept_network_is_asked_once(server, client):
    peer = server.peer("odd_peer", "--hex", OWN_HEX, "--ignore", "1")
    run = client.udpdisc("discover", "-j", "-t", "0.5", "-r", "4", "-T", "192.168.1.2/31")
    assert addresses(run) == []
    assert len(client.probes_at(peer)) == 1


def test_rounds_go_before_sweeps(net, lan, server, client):
    """With all of their time, and -c counts the answers of both."""
    witness = watch(server)
    own_all(server, "192.168.1.16/28")
    run = sweep(client, "--broadcast", "-T", "192.168.1.16/28", "-T", "192.168.1.2", "-r", "1")
    noted = seen(witness)["udp"]
    assert list(noted) == ["192.168.1.255", "192.168.1.2", *CROWD[1:-1]]
    assert list(noted.values()) == [2, 2] + 14 * [1]
    assert run.elapsed_s > 1  # the timeout of the rounds, and that of the sweep


# --- addresses that are none of another host's


@pytest.mark.parametrize("address", ["192.168.1.255", "192.168.1.127"])
def test_a_broadcast_address(lan, client, address):
    """It is sent as it is, to the hosts that take it for one."""
    with lan.host("server", f"192.168.1.2/{25 if '127' in address else 24}").serve():
        run = client.discover("-T", address)
    assert run.returncode == (0 if address.endswith("255") else 1)
    assert addresses(run) == ([("192.168.1.2", 8000)] if address.endswith("255") else [])


def test_the_limited_broadcast_address(server, client):
    with server.serve():
        nowhere = client.discover("-T", "255.255.255.255")
        client.ip("route add default dev eth0")
        run = client.find(1, "-T", "255.255.255.255")
    assert nowhere.returncode == 3 and "255.255.255.255" in nowhere.stderr
    assert found(run) == servers(result("192.168.1.2"))


def test_the_own_address(client):
    with client.serve():
        single = client.find(1, "-T", "192.168.1.5")
        swept = client.find(1, "-T", "192.168.1.4/30")
        ignored = client.discover("-T", "192.168.1.5", "--ignore-local")
    assert addresses(single) == addresses(swept) == [("192.168.1.5", 8000)]
    assert json.loads(single.stdout)[0]["extra"]["local"] is True
    assert (ignored.returncode, addresses(ignored)) == (1, [])


def test_loopback(client):
    with client.serve():
        run = client.find(14, "-T", "127.0.0.0/28")
        single = client.find(1, "-T", "127.0.0.1")
    assert addresses(run) == [(f"127.0.0.{last}", 8000) for last in range(1, 15)]
    assert {entry["extra"]["interface"] for entry in json.loads(run.stdout)} == {"lo"}
    assert addresses(single) == [("127.0.0.1", 8000)]


# --- --source-port


@pytest.mark.parametrize("words", [("-T", "192.168.1.2"), ("-T", "192.168.1.2/30"), ()])
def test_the_source_port(server, client, words):
    """For broadcast, single targets and sweeps alike."""
    witness = watch(server)
    with server.serve():
        run = client.find(1, "--source-port", "9998", *words)
    assert addresses(run) == [("192.168.1.2", 8000)]
    assert seen(witness)["source_ports"] == [9998]


def test_a_source_port_that_is_taken(server, client):
    client.peer("odd_peer", "--port", "9998")
    run = client.discover("--source-port", "9998", "-T", "192.168.1.2")
    assert (run.returncode, run.stdout) == (3, "")
    assert re.fullmatch(r"udpdisc: cannot ask from UDP port 9998: [^\n]+\n", run.stderr)


# --- hosts without a server


def refuse_all(host):
    """Let it tell of each closed port: the kernel would stint."""
    for key, value in (("icmp_ratelimit", 0), ("icmp_msgs_per_sec", 100_000),
                       ("icmp_msgs_burst", 100_000)):
        host.sysctl(key, value)


@pytest.fixture
def refusing(lan, client):
    """A host of 254 addresses, of which one has a server."""
    host = lan.host("refusing", "192.168.1.2/24")
    own_all(host, "10.9.8.0/24")
    client.ip("route add 10.9.8.0/24 via 192.168.1.2")
    refuse_all(host)
    host.peer("odd_peer", "--address", "10.9.8.200", "--hex", b"SERVER_IP:10.9.8.200".hex())
    return host


REFUSING = [f"10.9.8.{last}" for last in range(1, 255)]


def test_refusals_do_not_disturb_a_sweep(refusing, client):
    witness = watch(refusing)
    run = sweep(client, "-T", "10.9.8.0/24", "--rate", "100000")
    assert seen(witness)["udp"] == dict.fromkeys(REFUSING, 1)
    assert (run.returncode, addresses(run), run.stderr) == (0, [("10.9.8.200", 8000)], "")


def test_refusals_do_not_disturb_rounds(refusing, client, tmp_path):
    path = write_targets(tmp_path, REFUSING)
    witness = watch(refusing)
    run = sweep(client, "--targets-file", path, "-r", "2", "-t", "1")
    assert seen(witness)["udp"] == {**dict.fromkeys(REFUSING, 3), "10.9.8.200": 1}
    assert (run.returncode, addresses(run), run.stderr) == (0, [("10.9.8.200", 8000)], "")
