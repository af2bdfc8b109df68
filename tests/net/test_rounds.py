"""When discover asks again, and when it ends."""

import json
import re
import signal
from ipaddress import ip_address

import pytest
from expect import addresses, found, server as result, servers
from hosts import LONG_S, ROUNDS_S

OWN_HEX = b"SERVER_IP:192.168.1.2".hex()


def in_good_time(run):
    """Ended by something else than the long timeout."""
    return run.elapsed_s < float(LONG_S) / 3


@pytest.mark.parametrize("deaf", [1, 2, 3])
def test_a_server_that_misses_probes_is_found_later(server, client, deaf):
    server.peer("odd_peer", "--ignore", str(deaf), "--hex", OWN_HEX)
    run = client.discover("-t", "4", "-r", "3", "-c", "1")
    assert found(run) == servers(result("192.168.1.2", attempt=deaf + 1))


def test_without_retries_it_is_not_found(server, client):
    peer = server.peer("odd_peer", "--ignore", "1", "--hex", OWN_HEX)
    run = client.discover("--retries", "0")
    assert (run.returncode, addresses(run)) == (1, [])
    assert len(client.probes_at(peer)) == 1


def test_broadcast_rounds(server, client):
    """An answer doesn't end them: there may be other servers."""
    peer = server.peer("odd_peer", "--hex", OWN_HEX)
    run = client.udpdisc("discover", "-j", "-t", ROUNDS_S)
    assert addresses(run) == [("192.168.1.2", 8000)]
    assert len(json.loads(run.stdout)[0]["extra"]["seen_on"]) == 1
    assert len(client.probes_at(peer)) == 4


def test_rounds_are_never_close(server, client):
    """17 of them, 50 ms apart at least, don't fit into half a second."""
    peer = server.peer("odd_peer")
    client.discover("-t", "0.5", "-r", "16")
    assert 1 < len(client.probes_at(peer)) <= 11


@pytest.mark.parametrize("words, probes", [(("--hex", OWN_HEX), 1), ((), 4)])
def test_a_target_is_asked_until_it_answers(server, client, words, probes):
    peer = server.peer("odd_peer", *words)
    client.udpdisc("discover", "-t", ROUNDS_S, "-T", "192.168.1.2")
    assert len(client.probes_at(peer)) == probes


@pytest.mark.parametrize("replies, expected", [
    ([b"SERVER_IP:192.168.1.2"], [("192.168.1.2", 8000)]),
    ([b"junk", b"SERVER_IP:", b""], []),
    ([b"junk", b"SERVER_IP:10.1.1.1:1", b"SERVER_IP:10.1.1.2:2"],
     [("10.1.1.1", 1), ("10.1.1.2", 2)]),
])
def test_chatter_does_not_move_the_deadline(server, client, replies, expected):
    words = [word for reply in replies for word in ("--hex", reply.hex())]
    server.peer("odd_peer", "--chatty", *words)
    run = client.udpdisc("discover", "-j", "-t", "0.5")
    assert (run.returncode, addresses(run)) == (0 if expected else 1, expected)
    assert run.elapsed_s < 5


@pytest.fixture
def three_servers(lan, client):
    for last in (2, 3, 4):
        lan.host(f"server{last}", f"192.168.1.{last}/24").peer("stock_server")
    return client


def test_count_ends_early(three_servers):
    run = three_servers.find(2)
    assert (run.returncode, len(addresses(run))) == (0, 2) and in_good_time(run)


def test_count_that_is_not_reached(three_servers):
    run = three_servers.discover("-c", "4", "-x", "3")
    assert (run.returncode, len(addresses(run))) == (0, 3)


@pytest.mark.parametrize("expected, status", [("3", 0), ("4", 1)])
def test_expect(three_servers, expected, status):
    run = three_servers.discover("--expect", expected)
    assert (run.returncode, len(addresses(run))) == (status, 3)


def test_expect_none_and_none_came(client):
    assert client.discover("-x", "0", "-t", "0.2").returncode == 0


def test_discover_one_ends_with_the_first_valid_answer(server, client):
    server.peer("odd_peer", "--hex", b"junk".hex(), "--hex", OWN_HEX)
    run = client.udpdisc("discover-one", "-j", "-t", LONG_S)
    assert json.loads(run.stdout)["ip"] == "192.168.1.2" and in_good_time(run)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_prints_what_was_found(server, client, number):
    peer = server.peer("odd_peer", "--hex", OWN_HEX)
    running = client.start_udpdisc("discover", "-j", "-t", "4")
    peer.wait_records(2)  # the second round: the first one's answer was read
    running.send(number)
    assert running.wait() == 128 + number
    assert [entry["ip"] for entry in json.loads(running.stdout)] == ["192.168.1.2"]


def test_a_signal_when_nothing_was_found(server, client):
    peer = server.peer("odd_peer")
    running = client.start_udpdisc("discover", "-j", "-t", LONG_S)
    peer.wait_records(1)
    running.send(signal.SIGINT)
    assert (running.wait(), json.loads(running.stdout)) == (130, [])


def sorted_lines(ndjson):
    """The objects in the order of their addresses."""
    return sorted(ndjson.splitlines(), key=lambda line: ip_address(json.loads(line)["ip"]))


@pytest.mark.parametrize("form", ["-j", "-ondjson"])
def test_ten_thousand_servers(server, client, form):
    """All are kept; where the kernel gives too small a buffer, the loss is said."""
    limit = int(client.run("cat", "/proc/sys/net/core/rmem_max").stdout)
    server.peer("odd_peer", "--crowd", "10000")
    run = client.discover("-t", "15" if limit >= 4 << 20 else "2", "-c", "10000", form)
    if form == "-ondjson":
        run.stdout = f"[{','.join(sorted_lines(run.stdout))}]"
    crowd = [(f"10.99.{i // 250}.{i % 250 + 1}", 8000) for i in range(10000)]
    if limit >= 4 << 20 or len(addresses(run)) == len(crowd):
        assert addresses(run) == crowd
    else:
        assert set(addresses(run)) < set(crowd)
        assert re.search(r"the kernel dropped \d+ datagrams", run.stderr)
