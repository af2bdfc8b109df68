"""serve in one life through networks that move, and that it looks nothing up to answer."""

import contextlib
import re
import shutil
import signal
import sys
from pathlib import Path

import pytest
from hosts import PEERS
from processes import wait_until
from tged import counters

ALL, SECOND_ALL = "192.168.1.255", "192.168.2.255"
CALL = re.compile(r"^(?:\d+ +)?(\w+)\(", re.MULTILINE)


# --- what comes and goes


def test_before_there_is_anything(net, lan, client):
    """Not even loopback is up."""
    server = net.host("server", loopback=False)
    with server.serve():
        server.ip("link set lo up")
        assert server.told("127.0.0.1") == "127.0.0.1"
        lan.plug(server, "192.168.1.2/24")
        assert client.told(ALL) == "192.168.1.2"
        server.ip("link set lo down")
        assert client.told(ALL) == "192.168.1.2"
        server.ip("link set lo up")
        assert server.told("127.0.0.1") == "127.0.0.1"


def test_deleted_and_another_of_the_same_name(lan, server, client):
    """It has another index: nothing may go by the old one."""
    with server.serve("-i", "eth0"):
        assert client.told(ALL) == "192.168.1.2"
        index = server.link("eth0")["ifindex"]
        server.ip("link del eth0")
        lan.plug(server, "192.168.1.77/24", dev="eth0")
        assert server.link("eth0")["ifindex"] != index
        assert client.told(ALL) == client.told("192.168.1.77") == "192.168.1.77"


def test_one_more_and_then_gone_and_again(net, server, client):
    """At last without the first one."""
    other = net.segment("other")
    neighbour = other.host("neighbour", "192.168.2.5/24")
    with server.serve():
        other.plug(server, "192.168.2.2/24")
        assert neighbour.told(SECOND_ALL) == "192.168.2.2"
        server.ip("link del eth1")
        assert client.told(ALL) == "192.168.1.2"
        server.ip("link del eth0")
        other.plug(server, "192.168.2.3/24")
        assert neighbour.told(SECOND_ALL) == "192.168.2.3"


def test_everything_in_one_life(lan, server, client):
    with server.serve() as serving:
        for end in range(10, 13):
            server.ip("link set eth0 down")
            assert client.in_vain(ALL)
            server.ip("addr flush dev eth0")
            server.ip(f"link set eth0 name net{end}")
            server.add_address(f"net{end}", f"192.168.1.{end}/24")
            server.ip(f"link set net{end} up")
            server.wait_state(f"net{end}", "UP")
            assert client.told(ALL) == client.told(f"192.168.1.{end}") == f"192.168.1.{end}"
            server.rename(f"net{end}", "eth0")
        assert client.told(ALL) == "192.168.1.12"
        server.ip("addr flush dev eth0")
        assert client.in_vain(ALL)
        server.add_address("eth0", "192.168.1.77/24")
        assert client.told(ALL) == "192.168.1.77"
        lan.cut(server)
        assert client.in_vain(ALL)
        lan.mend(server)
        assert client.told(ALL) == "192.168.1.77"
    assert "warning" not in serving.stderr


def test_more_changes_than_the_kernel_tells(server, client):
    """While serve stands still its netlink socket overflows; the last change counts too."""
    crowd = [f"10.1.{i // 250}.{i % 250 + 1}/32 dev lo" for i in range(3000)]
    with server.serve() as serving:
        serving.send(signal.SIGSTOP)
        server.ip_batch(f"addr add {address}" for address in crowd)
        server.ip("addr del 192.168.1.2/24 dev eth0")
        server.add_address("eth0", "192.168.1.77/24")
        serving.send(signal.SIGCONT)
        assert client.told(ALL) == "192.168.1.77"
        assert server.told("10.1.11.250") == "10.1.11.250"


def test_others_are_answered_while_one_flaps(two_wires):
    """No probe of theirs is lost; and the one that flapped answers at the end."""
    server, client = two_wires
    with server.serve("--rate-limit", "0"):
        prober = client.start(sys.executable, PEERS / "prober.py", "192.168.1.2",
                              "--count", 200, "--rate", 200)
        while prober.popen.poll() is None:
            server.ip_batch(["link set eth1 down", "link set eth1 up"] * 5)
        answer, = prober.records()
        assert answer["replies"] == answer["sent"] == 200
        server.wait_state("eth1", "UP")
        assert client.told(SECOND_ALL) == "192.168.2.2"


# --- lists and addresses go by what there is now


def test_globs_that_begin_and_cease_to_fit(net, server, client):
    other = net.segment("other")
    neighbour = other.host("neighbour", "192.168.2.5/24")
    with server.serve("-i", "lan*", "--interfaces-blacklist", "*x"):
        assert client.in_vain(ALL)
        other.plug(server, "192.168.2.2/24", dev="lan1")
        assert neighbour.told(SECOND_ALL) == "192.168.2.2"
        server.rename("eth0", "lan0")
        assert client.told(ALL) == "192.168.1.2"
        server.rename("lan1", "lan1x")
        assert neighbour.in_vain(SECOND_ALL)
        server.rename("lan1x", "lan2")
        assert neighbour.told(SECOND_ALL) == "192.168.2.2"
        server.rename("lan0", "eth0")
        assert client.in_vain(ALL)


@pytest.mark.parametrize("promote, others, expected", [
    (1, ["192.168.1.3/24"], "192.168.1.3"),
    (0, ["192.168.1.3/24", "10.5.0.2/24"], "10.5.0.2"),  # those of its network go with it
])
def test_the_primary_address_is_removed(lan, server, promote, others, expected):
    """An asker of a foreign subnet is told what is the first one then."""
    server.sysctl("conf/eth0/promote_secondaries", promote)
    for address in others:
        server.add_address("eth0", address)
    stranger = lan.host("stranger", "10.7.0.5/24")
    limited = ("255.255.255.255", "--device", "eth0")
    with server.serve():
        assert stranger.told(*limited) == "192.168.1.2"
        server.ip("addr del 192.168.1.2/24 dev eth0")
        assert stranger.told(*limited) == expected


def test_own_networks_by_their_masks_of_now(lan):
    """Public ones, which the default list admits only as networks of this host."""
    server, client = lan.host("server", "8.8.1.2/24"), lan.host("client", "8.8.1.200/24")
    with server.serve() as serving:
        assert client.told("8.8.1.2") == "8.8.1.2"
        server.add_address("eth0", "8.8.1.2/25")
        server.ip("addr del 8.8.1.2/24 dev eth0")
        server.ip("route add 8.8.1.128/25 dev eth0")
        assert client.in_vain("8.8.1.2")
        server.add_address("eth0", "8.8.1.2/23")
        assert client.told("8.8.1.2") == "8.8.1.2"
    assert serving.stderr.count("refused 8.8.1.200,") == 1


def test_an_own_network_of_another_interface(server, client):
    """It counts for whatever comes in anywhere, down or not, until it is removed."""
    client.add_address("eth0", "8.8.8.8/32")
    server.ip("route add 8.8.8.8 via 192.168.1.5")
    with server.serve():
        assert client.in_vain("192.168.1.2", "--source", "8.8.8.8")
        server.ip("link add spare type bridge")
        server.add_address("spare", "8.8.8.1/24")
        assert client.told("192.168.1.2", "--source", "8.8.8.8") == "192.168.1.2"
        server.ip("link del spare")
        assert client.in_vain("192.168.1.2", "--source", "8.8.8.8")


def test_broadcast_sources_by_the_networks_of_now(server, client):
    """192.168.7.255 is a host like others where no network of ours ends there."""
    server.ip("route add 192.168.0.0/16 via 192.168.1.5")
    server.sysctl("conf/all/accept_local", 1)

    def judged(serving):
        before = counters(serving)
        after = wait_until(lambda: forge() or (figures := counters(serving))["probes"] >
                           before["probes"] and figures, "the probe")
        return {name for name in ("replies", "bad_source") if after[name] > before[name]}

    def forge():
        client.ask("forger", "255.255.255.255", "--device", "eth0", "192.168.7.255:5000")

    with server.serve() as serving:
        assert judged(serving) == {"replies"}
        server.add_address("eth0", "192.168.7.1/24")
        assert judged(serving) == {"bad_source"}
        server.ip("addr del 192.168.7.1/24 dev eth0")
        assert judged(serving) == {"replies"}


# --- what an answer costs


PROBES = 100


@contextlib.contextmanager
def traced(host, serving, log):
    """Its system calls meanwhile are in the file LOG afterwards."""
    strace = shutil.which("strace") or pytest.skip("strace is missing")
    tracer = host.start(strace, "-f", "-qq", "-o", log, "-p", serving.popen.pid)
    status = Path(f"/proc/{serving.popen.pid}/status")
    wait_until(lambda: "TracerPid:\t0\n" not in status.read_text("ascii") or
               tracer.popen.poll() is not None, "strace")
    if tracer.popen.poll() is not None:
        pytest.skip(f"strace does not work here: {tracer.stderr}")
    yield
    tracer.stop()


def test_nothing_is_looked_up_for_an_answer(server, client, tmp_path):
    """Between the first reply and the last it only waits, receives and sends."""
    lines = f"{b'DISCOVER_SERVER'.hex()}\n" * PROBES
    with server.serve("--rate-limit", "0") as serving:
        with traced(server, serving, tmp_path / "calls"):
            assert client.ask("prober", "192.168.1.2", "--count", PROBES, "--rate", 500)[
                "replies"] == PROBES
            assert len(client.ask("asker", "192.168.1.255", stdin=lines)["foreign_replies"]) \
                == PROBES
    calls = CALL.findall((tmp_path / "calls").read_text("ascii"))
    replies = [place for place, call in enumerate(calls) if call == "sendmsg"]
    assert len(replies) == 2 * PROBES + 1
    between = calls[replies[0]:replies[-1]]
    assert set(between) - {"clock_gettime"} == {"ppoll", "recvmsg", "sendmsg"}
