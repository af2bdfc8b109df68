"""serve: what is not the message is dropped by the kernel and by serve alike, and costs little."""

import os
import signal
import time
from pathlib import Path

import pytest
from hosts import udpdisc_argv
from processes import wait_until
from tged import (asking, counters, descriptors, log_of, make_file, memory_kib, say, serve,
                  wait_said)

SANITIZED = os.environ.get("UDPDISC_KIND") == "sanitized"
LONGEST_DATAGRAM = 65507
OPTMEM_MAX = "/proc/sys/net/core/optmem_max"
OLD_OPTMEM_MAX = 20480  # of kernels before 6.7


# --- near misses


def near_misses(message):
    """Bytes that differ from a message as little as can be, and as much."""
    size = len(message)
    yield from (b"", b"DISCOVER_SERVER", message[:-1], message[1:], message + b"X",
                message + b"\0", b"\0" + message, message + message, message + b"\n",
                message + b"\r\n", b"\xef\xbb\xbf" + message, bytes(size), b"\xff" * size,
                message.swapcase(), message.ljust(size + 512, b"\0"),
                message.ljust(LONGEST_DATAGRAM, b"\0"))
    for place in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
        for other in (message[place] ^ 1, message[place] ^ 128, 0):
            yield message[:place] + bytes([other]) + message[place + 1:]


def misses_of(message):
    """Each once, so that they can be counted; swapcase() changes no digit."""
    return sorted(set(near_misses(message)) - {message})


def text_of(size):
    """A message of that many bytes, of which no two parts are the same."""
    return "".join(f"n{number}-" for number in range(size))[:size]


def check_near_misses(server, client, message, *words):
    """The counters after all of them, none answered, and the message, which is."""
    misses = misses_of(message.encode())
    lines = "".join(f"{miss.hex()}\n" for miss in misses)
    with server.serve("-m", message, *words) as serving:
        answer = client.ask("asker", "192.168.1.2", "--message", message, stdin=lines)
        figures = counters(serving)
    assert (answer["reply"], answer["foreign_replies"]) == ("SERVER_IP:192.168.1.2", [])
    assert (figures["probes"], figures["replies"]) == (1, 1)
    assert figures["dropped"] + figures["foreign"] == len(misses)
    return figures


SIZES = [1, 2, 3, 4, 5, 15, 600, 1023, 1024]


def takes_filter_of(server, size):
    """Whether it is within the bound on a socket's filter; older kernels don't show that here."""
    run = server.run("cat", OPTMEM_MAX)
    return size < 256 or (run.returncode == 0 and int(run.stdout) > 4 * OLD_OPTMEM_MAX)


@pytest.mark.parametrize("size", SIZES)
def test_near_misses_in_the_kernel(server, client, size):
    if not takes_filter_of(server, size):
        pytest.skip("this kernel takes no filter as long")
    assert check_near_misses(server, client, text_of(size))["foreign"] == 0


@pytest.mark.parametrize("size", [1, 15, 1024])
def test_near_misses_in_serve(server, client, size):
    """With -vv each of them is told, and there is no filter."""
    assert check_near_misses(server, client, text_of(size), "-vv")["dropped"] == 0


def test_near_misses_beyond_ascii(server, client):
    assert check_near_misses(server, client, "knöck €")["foreign"] == 0


def test_a_kernel_that_takes_no_filter_as_long(server, client):
    """It compares what it can, and serve the rest."""
    run = server.run("sh", "-c", f"echo {OLD_OPTMEM_MAX} >{OPTMEM_MAX}")
    if run.returncode:
        pytest.skip(f"the bound on a socket's filter cannot be set here: {run.stderr}")
    figures = check_near_misses(server, client, text_of(1024))
    assert figures["dropped"] > figures["foreign"] > 0
    assert check_near_misses(server, client, text_of(256))["foreign"] == 0


@pytest.mark.parametrize("words, told", [(("-v",), "drops"), (("-vv",), "passes")])
def test_whether_there_is_a_filter_is_said(server, words, told):
    with server.serve(*words) as serving:
        serving.wait_stderr("listening on")
    assert serving.stderr.count(f"the kernel {told} what is not the message") == 1


def test_a_datagram_without_bytes_ends_nothing(server, client, services):
    """Neither port takes it for the end of anything."""
    with serve(server, services({"SQL": {"SAYS": "here"}})) as serving:
        for port in (9999, 4745):
            client.ask("asker", "192.168.1.2", "--port", port, "--message", "",
                       "--timeout", "0.1", stdin="\n" * 3)
        assert client.ask("asker", "192.168.1.2")["reply"] == "SERVER_IP:192.168.1.2"
        assert say(server, "SQL") == "here"
        figures = counters(serving)
    assert (figures["dropped"], figures["foreign"]) == (4, 4)


# --- floods


JUNK = "DISCOVER_SERVEX"
FLOOD = ("--device", "eth0", "--sources", 100, "--rate", 100_000, "--count", 80_000, "--most", 1)
LONGER = ("--count", 800_000, "--most", 10)  # it is over when the test is


def start_flood(attacker, *words):
    return attacker.peer("flooder", "192.168.1.2", *FLOOD, *words)


def cpu_s(serving):
    """The time that it ran, in user mode and in the kernel."""
    stat = Path(f"/proc/{serving.popen.pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def attacker(lan, server, client):
    """A host that forges; the others know each other."""
    attacker = lan.host("attacker", "192.168.1.66/24")
    for host in (client, attacker):
        host.meet("192.168.1.2")
    return attacker


@pytest.mark.parametrize("port, share", [(9999, 1 / 2), (4745, 1 / 4)])
def test_a_second_of_junk(server, client, attacker, tmp_path, port, share):
    """A real client is answered beside it; serve says nothing, keeps nothing and counts all.

    The port of TGED has no filter: what it has no room for is dropped.
    """
    words = asking("SQL") if port == 4745 else ()
    with serve(server, make_file(tmp_path), "--rate-limit", "0") as serving:
        client.ask("prober", "192.168.1.2", *words, "--count", 10)
        kib_before = memory_kib(serving)
        flood = start_flood(attacker, "--port", port, "--message", JUNK)
        answer = client.ask("prober", "192.168.1.2", *words, "--count", 200, "--rate", 250,
                            "--wait", "1")
        flooded, = flood.wait_records(1)
        figures, kib = counters(serving), memory_kib(serving)
        assert log_of(serving) == []
    counted = figures["foreign"] + figures["dropped"]
    print(f"{flooded['sent']} sent in {flooded['seconds']:.2f} s, {figures['foreign']} foreign, "
          f"{figures['dropped']} dropped; {answer['replies']} of {answer['sent']} answered; "
          f"{kib_before} and {kib} KiB")
    assert answer["replies"] >= answer["sent"] * share
    assert (figures["foreign"] == 0) is (port == 9999)
    lost = answer["sent"] - answer["replies"]
    assert flooded["sent"] * 0.9 <= counted <= flooded["sent"] + lost
    assert SANITIZED or kib - kib_before <= 128


def cost_of_junk(server, attacker, *words):
    """The processor time that the flood cost serve, and how many datagrams it was."""
    quiet = ("sh", "-c", 'exec "$@" 2>/dev/null', "sh")
    serving = server.start(*quiet, *udpdisc_argv("serve", *words))
    serving.wait_port(9999)
    server.ask("asker", "127.0.0.1")
    before = cpu_s(serving)
    flooded, = start_flood(attacker, "--message", JUNK).wait_records(1)
    server.ask("asker", "127.0.0.1")
    cost = cpu_s(serving) - before
    assert serving.stop() == 0
    return cost, flooded["sent"]


def test_junk_costs_nothing(server, attacker):
    """What the filter drops never wakes serve; without it each datagram is taken and judged."""
    with_filter, sent = cost_of_junk(server, attacker)
    without, sent_too = cost_of_junk(server, attacker, "-vv")
    print(f"{with_filter:.2f} s for {sent} datagrams, {without:.2f} s for {sent_too}")
    if without < 0.1:
        pytest.skip("this machine floods too slowly to tell")
    assert with_filter / sent * 4 < without / sent_too


# --- signals


@pytest.mark.parametrize("words", [(), ("-vv",)])
@pytest.mark.parametrize("message", ["DISCOVER_SERVER", JUNK])
def test_sigterm_in_a_flood(server, attacker, message, words):
    with server.serve("--rate-limit", "0", *words) as serving:
        flood = start_flood(attacker, "--message", message, *LONGER)
        wait_until(lambda: sum(counters(serving)[name] for name in
                               ("probes", "foreign", "dropped")) > 1000, "the flood")
        began = time.monotonic()
        serving.send(signal.SIGTERM)
        assert serving.wait() == 0
        elapsed_s = time.monotonic() - began
        assert not flood.records(), "the flood was over before"
    print(f"{elapsed_s * 1000:.0f} ms")
    assert elapsed_s < 1
    assert serving.stderr.splitlines()[-1].startswith("udpdisc: stopped after ")


@pytest.mark.parametrize("with_services", [True, False])
def test_a_thousand_sighup(server, client, tmp_path, with_services):
    path = make_file(tmp_path)
    words = ("-S", path) if with_services else ()
    with server.serve(*words) as serving:
        serving.wait_stderr("listening on")
        held, kib_before = descriptors(serving), memory_kib(serving)
        for number in range(1000):
            serving.send(signal.SIGHUP)
            if number % 100 == 0:
                assert client.ask("asker", "192.168.1.2")["reply"] == "SERVER_IP:192.168.1.2"
        figures = counters(serving)
        assert descriptors(serving) == held
        assert SANITIZED or memory_kib(serving) - kib_before <= 256
        assert (figures["reloads"] >= 10) is with_services
        if with_services:
            wait_said(server, "SQL", "old")
    assert "warning" not in serving.stderr
