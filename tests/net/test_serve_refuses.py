"""serve: what gets nothing, and that the next one is served all the same."""

import pytest
from expect import found, server as result, servers
from processes import wait_until
from tged import counters
from wire import askers_answered, wait_replies

PROBE = b"DISCOVER_SERVER"
FOREIGN = [
    b"", PROBE.lower(), PROBE + b"\r\n", PROBE + b"\n", PROBE + b"\0", b"\0" + PROBE,
    b"DISCOVER\0SERVER", PROBE[:-1], PROBE + b"X", b" " + PROBE, b"\xef\xbb\xbf" + PROBE,
    PROBE + PROBE, b"SERVER_IP:192.168.1.5", b"SERVER_IP:192.168.1.5:9999",
    b"\xff" * 15, PROBE.ljust(1024, b" "), PROBE.ljust(65507, b"\0"),
]


def test_foreign_datagrams(server, client):
    lines = "".join(f"{datagram.hex()}\n" for datagram in FOREIGN)
    with server.serve() as serving:
        answer = client.ask("asker", "192.168.1.255", stdin=lines)
        figures = counters(serving)
        assert len(serving.stderr.splitlines()) == 2, "foreign datagrams are ignored in silence"
    assert answer["foreign_replies"] == []
    assert answer["reply"] == "SERVER_IP:192.168.1.2"
    assert (figures["dropped"], figures["foreign"]) == (len(FOREIGN), 0)


# Sources that the kernel itself lets through to a socket, given a 255.255.255.255 target.
ARRIVE = ["192.168.1.5:0", "192.168.1.5:9999", "192.168.1.255:5000", "0.1.2.3:5000",
          "127.5.5.5:5000", "8.8.8.8:5000"]
DROPPED_BY_KERNEL = ["255.255.255.255:5000", "224.0.0.1:5000", "239.1.1.1:5000"]


@pytest.fixture
def lenient(lan, server):
    """The server and a recorder take martians; a default route lets replies out."""
    recorder = lan.host("recorder", "192.168.1.3/24")
    for host in (server, recorder):
        host.sysctl("conf/all/accept_local", 1)
        host.ip("route add default via 192.168.1.5")
    return recorder.peer("odd_peer")


def test_forged_sources(server, client, lenient):
    """A good source comes last: when its reply is on the wire, none will follow."""
    sniffer = server.peer("sniffer")
    with server.serve():
        client.ask("forger", "255.255.255.255", "--device", "eth0", *ARRIVE,
                   *DROPPED_BY_KERNEL, "192.168.1.5:5000")
        wait_replies(sniffer)
    assert askers_answered(sniffer) == [("192.168.1.5", 5000)]
    arrived = [f"{seen['source']}:{seen['source_port']}"
               for seen in lenient.wait_records(len(ARRIVE) + 1)]
    assert arrived == [*ARRIVE, "192.168.1.5:5000"]


def sent_to(sniffer, address):
    return [seen for seen in sniffer.records() if seen["out"] and seen["to"] == address]


def test_two_responders_never_talk(lan, server, client):
    """Each one's reply is the other's probe: one word, and they would never stop."""
    third = lan.host("third", "192.168.1.3/24")
    sniffers = [server.peer("sniffer"), third.peer("sniffer")]
    with server.serve(), third.serve("-m", "SERVER_IP:192.168.1.2", "--response-prefix", "X:"):
        client.ask("forger", "192.168.1.2", "--device", "eth0", "192.168.1.3:9999")
        assert client.ask("asker", "192.168.1.2")["reply"]
        assert client.ask("asker", "192.168.1.3", "--message", "SERVER_IP:192.168.1.2")["reply"]
        for sniffer in sniffers:
            sniffer.wait_for(lambda: sent_to(sniffer, "192.168.1.5"), "the last reply")
    assert sent_to(sniffers[0], "192.168.1.3") == sent_to(sniffers[1], "192.168.1.2") == []


def test_an_asker_that_is_gone(server, client):
    """Its host says that the port is closed; the next asker loses nothing by that."""
    with server.serve():
        client.ask("forger", "192.168.1.2", "--device", "eth0", *["192.168.1.5:7"] * 3)
        assert client.ask("asker", "192.168.1.2")["reply"] == "SERVER_IP:192.168.1.2"


@pytest.fixture
def public(server, client):
    """The client has a public address besides, which the server reaches through it."""
    client.add_address("eth0", "8.8.8.8/32")
    server.ip("route add 8.0.0.0/8 via 192.168.1.5")
    return client


def ask_from(host, source):
    return host.ask("asker", "192.168.1.2", "--source", source, "--timeout", "0.5",
                    stdin=f"{PROBE.hex()}\n" * 3)


def test_a_public_asker_is_refused_and_logged_once(server, public):
    with server.serve() as serving:
        refused, good = ask_from(public, "8.8.8.8"), ask_from(public, "192.168.1.5")
        assert ask_from(public, "8.8.8.8")["reply"] is None
    assert (refused["reply"], refused["foreign_replies"]) == (None, [])
    assert (good["reply"], len(good["foreign_replies"])) == ("SERVER_IP:192.168.1.2", 3)
    warning, = [line for line in serving.stderr.splitlines() if "8.8.8.8" in line]
    assert warning.startswith("udpdisc: warning: ")
    assert warning.endswith("; '--allow 8.8.8.8' admits it, and nobody else: --allow replaces "
                            "the default list")


@pytest.mark.parametrize("allow, admitted", [
    (["8.8.8.9"], set()),
    (["8.8.9.1/16"], {"8.8.8.8"}),
    (["8.8.0.0/255.255.0.0", "192.168.1.5"], {"8.8.8.8", "192.168.1.5"}),
])
def test_allow_replaces_the_default(server, public, allow, admitted):
    words = [word for network in allow for word in ("--allow", network)]
    with server.serve(*words) as serving:
        for source in ("8.8.8.8", "192.168.1.5"):
            assert bool(ask_from(public, source)["reply"]) == (source in admitted)
            advice = f"; '--allow {source}' admits it\n"
            assert (advice in serving.stderr) == (source not in admitted)


def test_a_public_peer_is_on_a_network_of_ours(lan):
    """Of an address with a peer, the network is the peer's."""
    near = lan.host("near", "8.8.8.1 peer 9.9.9.9/32")
    far = lan.host("far", "9.9.9.9 peer 8.8.8.1/32")
    with near.serve():
        assert found(far.find(1, "--target", "8.8.8.1")) == servers(result("8.8.8.1"))


def test_only_so_many_refused_askers_are_told_of(server, client, lenient):
    sources = [f"9.9.{n // 250}.{n % 250 + 1}:5000" for n in range(260)]
    with server.serve() as serving:
        client.ask("forger", "192.168.1.2", "--device", "eth0", *sources)
        wait_until(lambda: "256 askers were refused: no further one is logged" in serving.stderr,
                   "the last one to be told of")
        assert counters(serving)["refused"] == len(sources)
        assert serving.stderr.count("warning: refused 9.9.") == 256
