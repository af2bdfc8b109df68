"""Past one broadcast domain: --scan, and the commands that the warning proposes."""

import re
import shlex

import pytest
from expect import HEADING, addresses
from hosts import BINARY
from sweeps import add_sink, answer_by_proxy, hosts_of, seen, settle, sweep, watch

SERVER = "10.15.1.20"
FOUND = [(SERVER, 8000)]
SCAN = {"DISCOVERY_CLIENT_ENABLE_SUBNET_SCAN": "yes"}


class Campus:
    """A network whose /24s are segments of their own: a router stands between them and
    answers ARP for all others. The client is in the first, the server in the second."""

    def __init__(self, net, prefix):
        settle()
        self.network = f"10.15.0.0/{prefix}"
        first, second = net.segment("first"), net.segment("second")
        self.router = first.host("router", "10.15.0.1/24")
        self.near = first
        second.plug(self.router, "10.15.1.1/32")
        self.client = first.host("client", f"10.15.0.5/{prefix}")
        self.server = second.host("server", f"{SERVER}/{prefix}")
        self.router.ip(f"route add {SERVER} dev eth1")
        self.router.ip(f"route add {self.network} {add_sink(net, self.router)}")
        answer_by_proxy(self.router, "eth0")
        answer_by_proxy(self.router, "eth1")
        self.witness = watch(self.router)

    def asked(self):
        """Who was asked by unicast: in the client's own segment by ARP alone."""
        noted = seen(self.witness)
        return set(noted["arp"]) | set(noted["udp"]) - {"10.15.15.255", "10.15.1.255"}


@pytest.fixture
def campus(net):
    """A /20; a sweep of all of it takes minutes, since the router answers for most."""
    return Campus(net, 20)


@pytest.fixture
def small(net):
    """A /23, which is two of them, and swept in a second."""
    return Campus(net, 23)


def proposed(run):
    """The words of each command in the warning."""
    assert run.stderr.count(HEADING) == 1
    commands = re.findall(r"^ +udpdisc (.*)$", run.stderr, re.MULTILINE)
    return [shlex.split(command) for command in commands]


def proposed_with(run, option):
    command, = [words for words in proposed(run) if option in words]
    return command


def test_broadcast_finds_none(campus):
    with campus.server.serve():
        run = campus.client.discover()
    assert (run.returncode, addresses(run)) == (1, [])


@pytest.mark.parametrize("words, env", [(("--scan",), {}), ((), SCAN),
                                        (("--target", "10.15.1.0/24"), {})])
def test_the_server_of_the_other_segment(campus, words, env):
    with campus.server.serve():
        run = sweep(campus.client, *words, "-c", "1", env=env)
    assert (run.returncode, addresses(run), run.stderr) == (0, FOUND, "")


def test_discover_one_scans(campus):
    with campus.server.serve():
        run = campus.client.udpdisc("discover-one", "--scan", "-t", "0.5")
    assert run.returncode == 0 and run.stdout.startswith(f"{SERVER}\t8000\teth0\t")


@pytest.mark.parametrize("option", ["--scan", "--target"])
def test_the_commands_that_the_warning_proposes(small, option):
    """As they stand there, but for a shorter wait."""
    with small.server.serve():
        words = proposed_with(small.client.discover(), option)
        run = sweep(small.client, *words[1:])
    assert words[0] == "discover"
    assert (run.returncode, addresses(run), run.stderr) == (0, FOUND, "")


def test_a_scan_asks_all_of_the_network_once(small):
    run = sweep(small.client, "--scan")
    noted = seen(small.witness)
    mine = hosts_of("10.15.0.0/24") - {"10.15.0.5"} | {"10.15.0.255"}
    others = hosts_of("10.15.0.0/23") - mine - {"10.15.0.5"}
    assert (run.returncode, addresses(run)) == (1, [])
    assert set(noted["arp"]) == mine | others
    assert {to: count for to, count in noted["udp"].items() if to != "10.15.1.255"} == {
        to: 1 for to in others | {"10.15.0.1"}}
    assert "asked 510 of 510 hosts, 10.15.0.1 to 10.15.1.254 on eth0" in run.stderr
    assert not any("--scan" in words for words in proposed(run))


@pytest.mark.parametrize("words, env", [
    (("--scan",), {}), ((), SCAN), (("--scan", "-x", "0"), {}),
    (("-T", "10.15.0.9"), SCAN), (("--no-scan", "-x", "2"), SCAN), (("-x", "2"), {})])
def test_no_scan(small, words, env):
    """Enough answered, or targets are all that is wanted, or nobody asked for it."""
    with small.near.host("near", "10.15.0.9/23").serve():
        run = sweep(small.client, *words, env=env)
    assert addresses(run) == [("10.15.0.9", 8000)]
    assert run.returncode == (1 if "2" in words else 0)
    assert small.asked() <= {"10.15.0.9", "10.15.0.5", "10.15.1.255"}


def test_a_scan_where_too_few_answered(small):
    with small.near.host("near", "10.15.0.9/23").serve(), small.server.serve():
        run = sweep(small.client, "--scan", "-x", "2")
    assert (run.returncode, addresses(run)) == (0, [("10.15.0.9", 8000), *FOUND])


def test_a_scan_beside_targets(small):
    """What a target names is not asked again."""
    run = sweep(small.client, "--scan", "--broadcast", "-T", "10.15.1.0/25", "-T", "10.15.1.200")
    asked = seen(small.witness)["udp"]
    asked.pop("10.15.1.255")
    assert run.returncode == 1
    assert set(asked) == hosts_of("10.15.0.0/23") - hosts_of("10.15.0.0/24") - {
        "10.15.0.255"} | {"10.15.0.1"}
    assert set(asked.values()) == {1}
    assert list(asked)[:2] == ["10.15.1.200", "10.15.1.1"]


def test_a_scan_stays_on_its_interface(net, lan):
    """Two interfaces are in that network; the routing table knows but one of them."""
    client, second = lan.host("client", "10.15.0.5/20"), net.segment("second")
    second.plug(client, "10.15.0.6/20")
    server = second.host("server", "10.15.1.20/24")
    server.ip("route add 10.15.0.0/20 dev eth0")
    with server.serve():
        run = sweep(client, "--scan", "-i", "eth1", "-c", "1")
        other = sweep(client, "-T", "10.15.1.16/28")
    assert (run.returncode, addresses(run)) == (0, FOUND)
    assert other.returncode == 1


# --- where there is nothing to scan


def test_no_network_is_flagged(lan, client):
    witness = watch(lan.host("other", "192.168.1.9/24"))
    run, quiet = client.discover("--scan"), client.discover("--scan", "-q")
    line, = [line for line in run.stderr.splitlines() if "no segmented network" in line]
    assert run.returncode == quiet.returncode == 1
    assert "--target NETWORK" in line and HEADING not in run.stderr
    assert quiet.stderr.count("\n") == 1 and "--target" in quiet.stderr
    assert set(seen(witness)["udp"]) <= {"192.168.1.255"}


def test_a_network_that_is_too_big_is_left_out(lan):
    client, other = lan.host("client", "10.1.2.3/8"), lan.host("other", "10.1.2.4/8")
    witness = watch(other)
    run = client.discover("--scan")
    line, = [line for line in run.stderr.splitlines() if "left out" in line]
    assert run.returncode == 1 and "10.0.0.0/8 on eth0" in line and "--force" in line
    assert set(seen(witness)["udp"]) == {"10.255.255.255"}


def test_it_is_swept_by_force(lan):
    """Of that network each /24 gets its first probe before any gets a second."""
    client, other = lan.host("client", "10.1.2.3/8"), lan.host("other", "192.168.1.4/24")
    witness = watch(other)
    running = client.start_udpdisc("discover", "-j", "-r0", "-t0.1", "--scan", "--force", "-v")
    running.wait_stderr("to 10.0.99.1:9999")
    assert running.stop() == 143
    asked = list(seen(witness)["arp"])
    assert asked[:90] == [f"10.0.{third}.1" for third in range(90)]


def test_what_is_too_much_in_all(net, lan):
    """Each alone would do."""
    client, second = lan.host("client", "10.15.0.5/16"), net.segment("second")
    second.plug(client, "10.16.0.5/16")
    far = second.host("far", "10.16.0.9/16")
    witness = watch(far)
    with lan.host("near", "10.15.0.1/24").serve():
        run = sweep(client, "--scan", "-c", "1")
    assert addresses(run) == [("10.15.0.1", 8000)]
    assert set(seen(witness)["udp"]) == {"10.16.255.255"}


# --- hosts with different masks on one segment


@pytest.mark.parametrize("address", [f"{SERVER}/24", "10.15.0.20/25", "10.15.0.20/16"])
def test_a_limited_broadcast_as_the_warning_proposes(lan, address):
    client = lan.host("client", "10.15.0.5/20")
    with lan.host("server", address).serve():
        first = client.discover()
        words = proposed_with(first, "--limited")
        run = client.run(BINARY, *words, "-j", "-t", "0.5")
    assert (first.returncode, addresses(first)) == (1, [])
    assert (run.returncode, addresses(run)) == (0, [(address.split("/")[0], 8000)])


def test_what_was_done_is_not_proposed_again(lan):
    client = lan.host("client", "10.15.0.5/20")
    commands = proposed(client.discover("--limited"))
    assert len(commands) == 2 and not any("--limited" in words for words in commands)


def test_the_commands_ask_as_the_first_one_did(small):
    words = ("-p", "12345", "-m", "A B", "--response-prefix", "x'y")
    with small.server.serve(*words, port=12345):
        first = small.client.discover(*words, "--source-port", "999")
        witness = watch(small.server, port=12345)
        runs = [sweep(small.client, *proposed_with(first, option)[1:])
                for option in ("--scan", "--target")]
    assert [addresses(run) for run in runs] == [FOUND, FOUND]
    assert len(proposed(first)) == 3
    for command in proposed(first):
        assert {"12345", "A B", "x'y", "999"} < set(command)
    assert seen(witness)["source_ports"] == [999]


def test_the_quiet_line_holds_the_same_commands(small):
    whole, quiet = small.client.discover(), small.client.udpdisc("discover", "-q", "-t", "0.2")
    assert quiet.stderr.count("\n") == 1
    for words in proposed(whole):
        assert f"udpdisc {' '.join(words)}" in quiet.stderr
