"""serve: each rule by itself: the same datagrams are answered without it and dropped with it."""

from dataclasses import dataclass

import pytest
from processes import wait_until
from tged import PORT, asking, counters, request
from wire import replies_sent, wait_passed, wait_replies

CLIENT = ("192.168.1.5:5000",)
LIMITED_BROADCAST = "255.255.255.255"


@dataclass(frozen=True)
class Rule:
    """What serve is told with the rule on and with it off, and what it is then sent."""

    counter: str  # of those that are dropped
    on: tuple = ()
    off: tuple = ()
    sources: tuple = CLIENT
    to: str = "192.168.1.2"
    port: int = 9999
    message: str = "DISCOVER_SERVER"
    still: int = 0  # so many are answered with the rule on

    def words(self, on, services):
        """SERVICES stands where the words have a file of them."""
        return [services if word == "FILE" else word for word in (self.on if on else self.off)]


TGED = {"port": PORT, "message": request("SQL")}
RULES = {
    "default list": Rule("refused", off=("--allow", "any"), sources=("8.8.8.8:5000",)),
    "--allow": Rule("refused", on=("--allow", "10.0.0.0/8")),
    "whitelist": Rule("interface", on=("-i", "eth1"), off=("-i", "eth0")),
    "blacklist": Rule("interface", on=("--interfaces-blacklist", "eth0"),
                      off=("--interfaces-blacklist", "eth1")),
    "own port, TGED": Rule("own_port", on=("-S", "FILE"), sources=(f"192.168.1.5:{PORT}",)),
    "own port, SERVER_IP": Rule("own_port", on=("-S", "FILE"), off=("-S", "FILE", "--tged-only"),
                                sources=("192.168.1.5:9999",), **TGED),
    "limit of one": Rule("limited", on=("--rate-limit", "1/1"), off=("--rate-limit", "0"),
                         sources=("192.168.1.5:5000", "192.168.1.5:5001"), still=1),
    "the message, in the kernel": Rule("dropped", off=("-m", "discover_server"),
                                       message="discover_server"),
    "the message, in serve": Rule("foreign", on=("-vv",), off=("-vv", "-m", "discover_server"),
                                  message="discover_server"),
    "--tged-invalid": Rule("unknown", on=("-S", "FILE", "--tged-invalid", "unicast"),
                           off=("-S", "FILE"), to="192.168.1.255", port=PORT,
                           message=request("WEB")),
}


def wait_judged(serving, counter, count):
    """The counters once so many datagrams were answered or dropped by that rule."""
    return wait_until(lambda: (figures := counters(serving))["replies"] + figures[counter] ==
                      count and figures, f"{count} datagrams")


@pytest.mark.parametrize("on", [False, True], ids=["off", "on"])
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_same_datagrams(server, client, services, rule, on):
    server.ip("route add default via 192.168.1.5")
    sniffer = server.peer("sniffer")
    words = rule.words(on, services({"SQL": {"HOST": "test"}}))
    with server.serve(*words, port=rule.port) as serving:
        client.ask("forger", rule.to, "--device", "eth0", "--port", rule.port, "--message",
                   rule.message, *rule.sources)
        figures = wait_judged(serving, rule.counter, len(rule.sources))
        wait_passed(server, sniffer)
        wait_replies(sniffer, figures["replies"])
    assert len(replies_sent(sniffer)) == figures["replies"]
    assert figures["replies"] == (rule.still if on else len(rule.sources))


@pytest.mark.parametrize("limit, dropped", [("1/1", True), ("0", False)])
def test_the_limit_of_all(server, client, limit, dropped):
    """A hundred times as high; none of these is over its own."""
    sources = [f"10.9.{i // 250}.{i % 250 + 1}:5000" for i in range(300)]
    server.ip("route add default via 192.168.1.5")
    with server.serve("--rate-limit", limit) as serving:
        client.ask("forger", "192.168.1.2", "--device", "eth0", *sources)
        figures = wait_judged(serving, "limited", len(sources))
    assert figures["replies"] >= 100
    assert bool(figures["limited"]) is dropped


# --- sources that no option admits: what differs is the source, or the network that it is in


@pytest.fixture
def lenient(server):
    """The server's kernel lets such sources through, given a 255.255.255.255 target."""
    server.sysctl("conf/all/accept_local", 1)
    server.ip("route add default via 192.168.1.5")
    return server


def judge(server, sender, source, dev="eth0"):
    """What counters a probe with this source moves; serve admits whom it can."""
    with server.serve("--allow", "any") as serving:
        sender.ask("forger", LIMITED_BROADCAST, "--device", dev, source)
        wait_until(lambda: counters(serving)["probes"] == 1, "the probe")
        figures = counters(serving)
    return {name for name, count in figures.items() if count} - {"probes", "uptime_s"}


@pytest.mark.parametrize("source, counter", [
    ("192.168.1.5:0", "bad_source"),
    ("192.168.1.5:1", "replies"),
    ("0.1.2.3:5000", "bad_source"),
    ("1.1.2.3:5000", "replies"),
    ("192.168.1.5:9999", "own_port"),
    ("192.168.1.5:9998", "replies"),
])
def test_sources(lenient, client, source, counter):
    assert judge(lenient, client, source) == {counter}


def test_a_broadcast_address_is_one_in_its_network_only(lenient, client):
    assert judge(lenient, client, "192.168.1.255:5000") == {"bad_source"}
    lenient.ip("addr del 192.168.1.2/24 dev eth0")
    lenient.add_address("eth0", "192.168.1.2/16")
    assert judge(lenient, client, "192.168.1.255:5000") == {"replies"}


def test_a_loopback_source_is_good_on_loopback_only(lenient, client):
    assert judge(lenient, client, "127.5.5.5:5000") == {"bad_source"}
    assert judge(lenient, lenient, "127.5.5.5:5000", "lo") == {"replies"}


# --- ports that are not listened on


@pytest.mark.parametrize("words, server_ip, tged", [
    ((), True, False),
    (("-S", "FILE"), True, True),
    (("-S", "FILE", "--tged-only"), False, True),
])
def test_which_protocols_are_spoken(server, client, services, words, server_ip, tged):
    path = services({"SQL": {}})
    words = [path if word == "FILE" else word for word in words]
    with server.serve(*words, port=9999 if server_ip else PORT):
        answers = [client.ask("asker", "192.168.1.2", *protocol, "--timeout", wait)["reply"]
                   for protocol, wait in (((), "5" if server_ip else "0.3"),
                                          (asking("SQL"), "5" if tged else "0.3"))]
    assert [bool(answer) for answer in answers] == [server_ip, tged]
