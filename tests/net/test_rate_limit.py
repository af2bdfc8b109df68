"""serve --rate-limit: what one asker gets, what all get, and a flood with forged sources."""

import os
import time

import pytest
from processes import wait_until
from tged import asking, counters, make_file, memory_kib, serve

SANITIZED = os.environ.get("UDPDISC_KIND") == "sanitized"
PROBES = 200
PROTOCOLS = {"SERVER_IP": (), "TGED": asking("SQL"), "INVALID": asking("WEB")}
each_protocol = pytest.mark.parametrize("words", PROTOCOLS.values(), ids=PROTOCOLS)


@pytest.fixture
def path(tmp_path):
    return make_file(tmp_path)


@pytest.fixture
def client(server, client):
    client.meet("192.168.1.2")
    return client


class Gate:
    """How much could be answered since it was opened, going by N/BURST."""

    def __init__(self, per_second, burst):
        self._began, self._per_second, self._burst = time.monotonic(), per_second, burst

    def most(self):
        return self._burst + self._per_second * (time.monotonic() - self._began) + 1


def probe(host, *words, to="192.168.1.2", count=PROBES, wait="0.1"):
    """Send that many at once; how many replies came."""
    return host.ask("prober", to, *words, "--count", count, "--wait", wait)["replies"]


def wait_judged(serving, count):
    """The counters once so many probes were answered or not."""
    return wait_until(lambda: (figures := counters(serving))["probes"] == count and figures,
                      f"{count} probes")


@each_protocol
def test_without_a_limit_all_are_answered(server, client, path, words):
    with serve(server, path, "--rate-limit", "0") as serving:
        assert probe(client, *words, wait="5") == PROBES
        figures = wait_judged(serving, PROBES)
    assert (figures["replies"], figures["limited"]) == (PROBES, 0)
    assert "rate-limit" not in serving.stderr


@pytest.mark.parametrize("words, limit, per_second, burst", [
    ("SERVER_IP", (), 50, 100), ("TGED", (), 50, 100), ("INVALID", (), 50, 100),
    ("SERVER_IP", ("--rate-limit", "1/5"), 1, 5), ("TGED", ("--rate-limit", "20"), 20, 40),
    ("INVALID", ("--rate-limit", "1/1"), 1, 1)])
def test_the_burst_and_then_the_rate(server, client, path, words, limit, per_second, burst):
    with serve(server, path, *limit) as serving:
        gate = Gate(per_second, burst)
        replies = probe(client, *PROTOCOLS[words])
        figures = wait_judged(serving, PROBES)
        most = gate.most()
    assert burst <= figures["replies"] <= most
    assert figures["replies"] + figures["limited"] == PROBES
    assert replies <= figures["replies"]
    warning, = [line for line in serving.stderr.splitlines() if "warning" in line]
    assert f"--rate-limit {per_second}/{burst}" in warning and "192.168.1.5" in warning


def test_the_protocols_share_one_limit(server, client, path):
    with serve(server, path, "--rate-limit", "1/5") as serving:
        gate = Gate(1, 5)
        for words in PROTOCOLS.values():
            probe(client, *words)
        figures = wait_judged(serving, PROBES * len(PROTOCOLS))
        assert 5 <= figures["replies"] <= gate.most()
    assert serving.stderr.count("over --rate-limit") == 1


def test_one_asker_s_limit_is_not_another_s(lan, server, client, path):
    """An asker is an address, whatever port it asks from."""
    other = lan.host("other", "192.168.1.6/24")
    with serve(server, path, "--rate-limit", "1/5") as serving:
        gate = Gate(1, 5)
        probe(client)
        probe(client)
        wait_judged(serving, 2 * PROBES)
        assert probe(other, count=5, wait="5") == 5
        assert 10 <= counters(serving)["replies"] <= gate.most() + 5
    assert serving.stderr.count("over --rate-limit") == 1


def test_refilled(server, client, path):
    with serve(server, path, "--rate-limit", "100/5") as serving:
        for _ in range(2):
            assert probe(client) < PROBES
            wait_until(lambda: probe(client, count=5) == 5, "the burst again")
    assert serving.stderr.count("over --rate-limit") == 1


def test_asking_in_vain_costs_nothing(server, client, path):
    """Five times as often as is answered, for two seconds; 45 is what there is to have."""
    with serve(server, path, "--rate-limit", "20/5") as serving:
        gate = Gate(20, 5)
        probe(client, "--rate", "100")
        figures = wait_judged(serving, PROBES)
        assert 22 <= figures["replies"] <= gate.most()


@each_protocol
def test_loopback_is_exempt(server, client, path, words):
    """Others are limited all the same."""
    with serve(server, path, "--rate-limit", "1/1") as serving:
        for to in ("127.0.0.1", "127.5.5.5"):
            assert probe(server, *words, to=to, wait="5") == PROBES
        assert counters(serving)["limited"] == 0
        probe(client, *words)
        assert wait_judged(serving, 3 * PROBES)["limited"] > 0


# --- a flood

FORGED_A_SECOND = 15_000
ALL_A_SECOND, ALL_AT_ONCE = 100 * 50, 100 * 100
# Each below the limit of one asker: only that of all can leave it without a reply. There
# are ten, or chance would decide whether a quarter of so few probes is answered.
REAL = [f"192.168.1.{100 + i}" for i in range(10)]
REAL_PROBES, REAL_A_SECOND = 1200, 400


@pytest.fixture
def attacker(lan, server):
    """A host that forges; a router takes the replies and drops them."""
    lan.host("router", "192.168.1.1/24")
    server.ip("route add default via 192.168.1.1")
    return lan.host("attacker", "192.168.1.66/24")


@pytest.fixture
def real(lan, server):
    """A host of some real clients."""
    real = lan.host("real", *(f"{address}/24" for address in REAL))
    real.meet("192.168.1.2")
    return real


def ask_steadily(real, *words):
    sources = [word for address in REAL for word in ("--source", address)]
    return real.ask("prober", "192.168.1.2", *words, *sources, "--count", REAL_PROBES,
                    "--rate", REAL_A_SECOND, "--wait", "0.2")


@pytest.mark.parametrize("words", [PROTOCOLS["SERVER_IP"], PROTOCOLS["TGED"]],
                         ids=["SERVER_IP", "TGED"])
def test_ten_thousand_forged_sources(server, client, real, attacker, path, words):
    """The real ones ask when what all may have at once is used up."""
    with serve(server, path) as serving:
        probe(client, *words, count=10, wait="5")
        before, kib_before = counters(serving), memory_kib(serving)
        gate = Gate(ALL_A_SECOND, ALL_AT_ONCE)
        flood = attacker.peer("flooder", "192.168.1.2", "--device", "eth0", *words,
                              "--rate", FORGED_A_SECOND)
        serving.wait_stderr("over --rate-limit")
        answer = ask_steadily(real, *words)
        forged, = flood.wait_records(1)
        after, most = counters(serving), gate.most()
        kib_after = memory_kib(serving)
    grown = {name: after[name] - before[name] for name in after}
    a_second = forged["sent"] / forged["seconds"]
    print(f"{forged['sent']} forged probes in {forged['seconds']:.2f} s, {a_second:.0f} a second; "
          f"{grown['probes']} judged, {grown['replies']} answered (at most {most:.0f}), "
          f"{grown['limited']} limited, {grown['dropped']} dropped by the kernel; real clients "
          f"got {answer['replies']} of {answer['sent']} replies in {answer['sent_s']:.2f} s; "
          f"resident memory {kib_before} KiB before, {kib_after} KiB after")
    assert SANITIZED or abs(kib_after - kib_before) <= 128
    assert grown["replies"] <= most
    assert grown["failed"] == 0
    assert answer["replies"] * 4 >= answer["sent"]
    assert serving.stderr.count("over --rate-limit") == 1
    if a_second < 2 * ALL_A_SECOND:
        pytest.skip(f"this machine forges no more than {a_second:.0f} a second")
    assert grown["limited"] > forged["sent"] / 10
