"""--target: what may stand there, whom that asks, how many it may be."""

import re
import time

import pytest

from clitool import (ANSWER, asked, next_port, refused, responder, run, serve, settings, shell,
                     udp_socket)

ISOLATED = ["/usr/bin/unshare", "-n"]  # a host without any interface that is up

ADDRESSES_BAD = [
    "", " ", ".", "10.0.0.256", "256.0.0.1", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5", "10", "1",
    "010.0.0.1", "10.0.0.01", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:x",
    "10.0.0.1:-1", "10.0.0.1:80:80", "10.0.0.1:8 0", ":80", "10.0.0.1 10.0.0.2",
    "10.0.0.1,10.0.0.2", "10.0.0.*", "-10.0.0.1", "10.0.0.1#", "udp://10.0.0.1",
    "0.0.0.0", "0.0.0.0:80", "224.0.0.0", "224.0.0.1:1900", "239.255.255.255"]
# what the C library would take for an address (inet_aton)
ODD_ADDRESSES = ["0x7f000001", "0x7f000001:80", "127.0.0.0x1", "0x1"]
NETWORKS_BAD = [
    "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/x", "10.0.0.0/8/8",
    "10.0.0.0/255.0.255.0", "10.0.0.0/0.0.0.255", "10.0.0.0/255.0.0", "10.0.0/24", "10.0.0.256/24",
    "010.0.0.0/8", "/8", "10.0.0.0/24:80", "10.0.0.0:80/24", "any/8",
    "db1.example.com/24", "10.0.0.0 / 24", "10.0.0.0/0x8",
    # these hold 0.0.0.0, multicast or 255.255.255.255
    "0.0.0.0/0", "0.0.0.0/8", "0.0.0.0/32", "0.0.0.1/31", "10.0.0.0/0", "224.0.0.0/24",
    "239.1.2.3/32", "224.0.0.0/3", "128.0.0.0/1", "240.0.0.0/4", "255.255.255.255/32"]
NAMES_BAD = [
    "host.1", "host.1.", "1.host.2", "db1:", "db1:0", "db1:65536", "db1:x", "db1:8 0", "db1.:",
    "-db1", "a.-b", "a..b", ".a", "a...", "db 1", "db,1", "db1/", "db/24", "db!", "db@1",
    "b\u00fccher.de", f"{64 * 'a'}.de", 127 * "a." + "de"]
IPV6 = ["::", "::1", "[::1]", "[::1]:80", "fe80::1", "fe80::1%eth0", "2001:db8::/32",
        "[fe80::1%lo]:1", "::ffff:10.0.0.1", "1:2:3:4:5:6:7:8"]
HOSTILE = ["\x1b[2Jx", "a\nb", "a\tb", "a\rb", "a\x7f", "a\u009b31m", "\u202eb", b"\xff\xfe",
           b"a\xc3", "\ufeff10.0.0.1"]


def known(value):
    """The names that the error about value holds."""
    plain = isinstance(value, str) and value.isprintable() and len(value) <= 80
    return [f"'{value}'"] if plain else []


def addresses(first, last, port=9999):
    """addresses(1, 3) is 127.0.0.1 to 127.0.0.3, as asked() has them."""
    return [f"127.0.0.{n}:{port}" for n in range(first, last + 1)]


@pytest.mark.parametrize("value", [*ADDRESSES_BAD, *NETWORKS_BAD, *NAMES_BAD])
def test_bad(value):
    names = ["bad --target '", *known(value), "ADDR[:PORT]", "NETWORK", "HOST[:PORT]"]
    for args in (("--target", value), (f"--target={value}",), ("-T", value)):
        assert "IPv6" not in refused("discover", *args, names=names).err


@pytest.mark.parametrize("value", ODD_ADDRESSES)
def test_an_address_that_is_odd_is_no_name(value):
    refused("discover", "-t0.1", "--target", value, names=["bad --target", f"'{value}'"])


@pytest.mark.parametrize("value", IPV6)
def test_ipv6_is_told_of(value):
    refused("discover", "-T", value, names=["--target", f"'{value}'", "IPv6 is not supported"])


@pytest.mark.parametrize("value", HOSTILE)
def test_what_is_bad_is_escaped(value):
    """And in one line, which refused() looks at."""
    assert "\\x" in refused("discover", "-T", value, names=["--target"]).err


def test_a_long_one_is_cut():
    value = 2000 * "x" + "/24"
    err = refused("discover", "-T", value, names=["--target", "xxx..."]).err
    assert len(err) < 400


@pytest.mark.parametrize("command", ["discover", "discover-one"])
def test_each_is_looked_at(command):
    for args in (["10.0.0.1", "10.0.0.256", "127.0.0.1"], ["10.0.0.0/24", "10.0.0.256"]):
        refused(command, *(f"-T{word}" for word in args), names=["'10.0.0.256'"])
        refused(command, "-q", *(f"-T{word}" for word in args), names=["'10.0.0.256'"])
        refused(command, "-j", *(f"-T{word}" for word in args), names=["'10.0.0.256'"])


@pytest.mark.parametrize("value, port", [
    ("127.0.0.1", 9999), (" 127.0.0.1 ", 9999), ("\t127.0.0.1\n", 9999), ("127.0.0.1:1", 1),
    ("127.0.0.1:65535", 65535)])
def test_addresses(value, port):
    assert asked("--target", value) == [f"127.0.0.1:{port}"]
    assert asked(f"-T{value}", "-p80") == [f"127.0.0.1:{port if port != 9999 else 80}"]


@pytest.mark.parametrize("value", [
    "10.0.0.5:80", "0.0.0.1:80", "223.255.255.255:80", "240.0.0.1:80"])
def test_addresses_where_no_way_leads(value):
    assert asked("-T", value, code=3) == [value]


@pytest.mark.parametrize("value", ["255.255.255.255", "127.255.255.255"])
def test_a_broadcast_address_is_sent_as_it_is(value):
    """On a loopback where that goes nowhere, or to the host itself."""
    on_lo = shell('ip link set lo up && ip route add 255.255.255.255/32 dev lo && exec "$@"')
    assert asked("-T", value, wrapper=[*ISOLATED, *on_lo]) == [f"{value}:9999"]


@pytest.mark.parametrize("value, first, last", [
    ("127.0.0.0/29", 1, 6), ("127.0.0.5/29", 1, 6), ("127.0.0.7/29", 1, 6),
    ("127.0.0.0/255.255.255.248", 1, 6), ("127.0.0.3/255.255.255.248", 1, 6),
    (" 127.0.0.0/29 ", 1, 6), ("127.0.0.16/28", 17, 30), ("127.0.0.0/30", 1, 2),
    ("127.0.0.3/30", 1, 2), ("127.0.0.4/30", 5, 6),
    ("127.0.0.4/31", 4, 5), ("127.0.0.5/31", 4, 5), ("127.0.0.4/255.255.255.254", 4, 5),
    ("127.0.0.4/32", 4, 4), ("127.0.0.4/255.255.255.255", 4, 4), ("127.0.0.254/31", 254, 255)])
def test_networks(value, first, last):
    assert asked("-T", value) == addresses(first, last)


def test_a_network_of_31_that_begins_with_0_is_asked_whole():
    assert sorted(asked("-T", "127.0.0.0/31")) == addresses(0, 1)


def test_a_network_is_asked_at_the_port_of_the_protocol():
    assert asked("-T127.0.0.0/30", "-p80") == addresses(1, 2, 80)
    assert asked("-T127.0.0.0/30", "-sSQL") == addresses(1, 2, 4745)
    assert asked("-T127.0.0.0/30", "-sSQL", "--tged-port=80") == addresses(1, 2, 80)
    assert asked("-T127.0.0.1", "-sSQL") == addresses(1, 1, 4745)


@pytest.mark.parametrize("values, first, last", [
    (["127.0.0.1", "127.0.0.1"], 1, 1), (["127.0.0.1", "127.0.0.1:9999"], 1, 1),
    (["127.0.0.0/29", "127.0.0.0/29"], 1, 6), (["127.0.0.0/29", "127.0.0.0/30"], 1, 6),
    (["127.0.0.0/30", "127.0.0.4/30", "127.0.0.3", "127.0.0.4"], 1, 6),
    (["127.0.0.4", "127.0.0.0/29"], 1, 6), (["127.0.0.1/32", "127.0.0.1"], 1, 1),
    (["127.0.0.1", "127.0.0.0/30", "127.0.0.2"], 1, 2)])
def test_what_is_given_twice_is_asked_once(values, first, last):
    assert sorted(asked(*(f"-T{value}" for value in values))) == addresses(first, last)


def test_the_same_address_at_two_ports_is_two_targets():
    found = asked("-T127.0.0.2:1", "-T127.0.0.2", "-T127.0.0.0/30", "-T127.0.0.2:2")
    assert sorted(found) == sorted(["127.0.0.2:1", "127.0.0.2:2", *addresses(1, 2)])


def test_single_targets_come_first():
    assert asked("-T127.0.0.0/30", "-T127.0.0.9") == [*addresses(9, 9), *addresses(1, 2)]


def test_a_network_is_asked_once_and_a_single_target_in_each_round():
    with udp_socket("127.0.0.0") as network, udp_socket("127.0.0.1") as single:
        result = run("discover", "-v", "-r1", "-t0.4",
                     "-T127.0.0.0/32", "-p", network.getsockname()[1],
                     "-T", "127.0.0.1:{}".format(single.getsockname()[1]))
    assert re.findall(r"udpdisc: sent (.*) to (127\.0\.0\.\d)", result.err) == [
        ("probe 1", "127.0.0.1"), ("probe 2", "127.0.0.1"), ("a probe", "127.0.0.0")]


def test_each_host_of_a_network_gets_one_probe():
    err = run("discover", "-vr3", "-t0.05", "-T127.0.0.0/30").err
    assert re.findall(r"udpdisc: sent (.* to [\d.]+)", err) == [
        "a probe to 127.0.0.1", "a probe to 127.0.0.2"]


def test_a_network_finds_its_servers(server):
    result = run("discover", "--target", "127.0.0.0/28", "-p", server.port, "-jt0.3")
    assert (result.code, result.err) == (0, "")
    assert [found["ip"] for found in result.json] == [f"127.0.0.{n}" for n in range(1, 15)]
    for found in result.json:
        extra, seen = found["extra"], found["extra"]["seen_on"]
        assert (extra["source_address"], extra["source_port"]) == (found["ip"], server.port)
        assert (extra["attempt"], extra["interface"], extra["local"]) == (1, "lo", True)
        assert 0 <= extra["rtt_ms"] < 3000
        assert [sight["source_address"] for sight in seen] == [found["ip"]]


def test_a_network_finds_one_server():
    with responder(ANSWER, address="127.0.0.11") as peer:
        result = run("discover", "-T127.0.0.0/28", "-p", peer.port, "-t0.3")
        assert result.code == 0 and [row[3] for row in result.rows] == ["127.0.0.11"]
        assert run("discover", "-T127.0.0.0/29", "-p", peer.port, "-qt0.1").code == 1
        assert run("discover-one", "-T127.0.0.0/28", "-p", peer.port, "-j").json["extra"][
            "source_address"] == "127.0.0.11"
        assert len(peer.probes) == 2


def test_rtt_in_a_sweep_counts_from_the_own_probe():
    """Not from the first: with 20 probes a second that would be half a second."""
    with responder(ANSWER, address="127.0.0.12") as peer:
        found, = run("discover", "-T127.0.0.0/28", "-p", peer.port, "--rate=20", "-jt0.2").json
    assert found["extra"]["rtt_ms"] < 400


def test_enough_ends_a_sweep(server):
    result = run("discover", "-vc1", "-T127.0.0.0/24", "-p", server.port, "--rate=20")
    assert result.code == 0
    assert 0 < len(re.findall("sent a probe to", result.err)) < 20


def test_the_rate_of_a_sweep_is_kept():
    """Between the first and the last of 14 probes are 13 gaps of 50 ms."""
    begin = time.monotonic()
    assert asked("-T127.0.0.0/28", "--rate=20") == addresses(1, 14)
    assert time.monotonic() - begin > 13 * 0.05


@pytest.mark.parametrize("value", ["10.0.0.0/24", "10.0.0.1"])
def test_nothing_could_be_sent(value):
    for args in ((), ("-q",)):
        result = run("discover", "-T", value, "-t0.1", *args)
        assert (result.code, result.out) == (3, "")
        assert "no probe could be sent" in result.err
        assert "Network unreachable" in result.err or "Network is unreachable" in result.err
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("args, account", [
    (["-T127.0.0.0/29"], "asked 6 of 6 hosts, 127.0.0.1 to 127.0.0.6"),
    (["-T127.0.0.0/29", "-T127.0.1.0/30"], "asked 8 of 8 hosts, 127.0.0.1 to 127.0.0.6 and to "),
    (["-T127.0.0.9"], "sent 1 probe to 127.0.0.9:9999"),
    ([f"-T127.0.0.{n}" for n in range(1, 12)], "and to 3 more targets")])
def test_the_account_where_nobody_answers(args, account):
    result = run("discover", "-r0", "-t0.05", *args)
    assert (result.code, result.out) == (1, "")
    assert account.removesuffix("to ") in result.err
    result = run("discover", "-q", "-r0", "-t0.05", *args)
    assert result.code == 1 and account.removesuffix("to ") in result.err
    assert result.err.count("\n") == 1


def test_verbose_tells_them():
    result = run("discover", "-vr0", "-t0.05", "-T127.0.0.1", "-T127.0.0.9/30", "-T127.0.0.2:80")
    told = settings(result)
    assert told["target"] == "127.0.0.1,127.0.0.9/30,127.0.0.2:80 (option)"
    assert told["targets-file"] == "- (default)"
    assert told["rate"] == "1000 (default)"
    assert told["force"] == "no (default)"
    assert told["source-port"] == "- (default)"


# --- how many --------------------------------------------------------------

@pytest.mark.parametrize("values, hosts", [
    (["127.0.0.0/15"], 131070), (["127.1.0.0/16", "127.2.0.0/16"], 131068),
    (["10.0.0.0/8"], 2**24 - 2),
    (["127.1.0.0/16", "127.2.0.1", "127.2.0.2", "127.2.0.3"], 65537),
    (["127.1.0.0/16", "127.1.0.0", "127.1.255.255", "127.2.0.0/32"], 65537)])
def test_too_many(values, hosts):
    args = [f"-T{value}" for value in values]
    for command, *more in (["discover"], ["discover", "-q"], ["discover-one", "-j"]):
        refused(command, *args, *more, names=[str(hosts), "65536", "--force"])


@pytest.mark.parametrize("values", [
    ["127.1.0.0/16", "127.1.0.0/16"], ["127.1.0.0/16", "127.1.7.0/24", "127.1.9.0/29"],
    ["127.1.0.0/16", "127.1.0.0", "127.1.255.255"],
    ["127.1.0.0/16", "127.1.0.1", "127.1.0.2", "127.1.0.3", "127.1.0.4:1", "127.1.0.4:2"]])
def test_each_is_counted_once(values, server):
    """The sweep ends with its first answer."""
    result = run("discover", "-c1", "-t0.3", "-p", server.port, *(f"-T{value}" for value in values))
    assert (result.code, result.err) == (0, "")


@pytest.mark.parametrize("values", [["127.1.0.0/16", "127.2.0.0/16"], ["127.0.0.0/8"]])
@pytest.mark.parametrize("command", ["discover", "discover-one"])
def test_force_asks_them_all_the_same(command, values, server):
    more = ["-c1"] if command == "discover" else []
    result = run(command, *more, "--force", "-p", server.port, *(f"-T{value}" for value in values))
    assert (result.code, result.err) == (0, "")


def test_force_makes_no_bad_target_good():
    for value in ("0.0.0.0/0", "128.0.0.0/1", "224.0.0.0/4"):
        refused("discover", "--force", "-T", value, names=[f"'{value}'"])


def test_a_server_at_its_own_port_beside_a_network():
    port = next_port()
    with serve(port=port), responder(b"SERVER_IP:10.0.0.1", address="127.0.0.9") as peer:
        found = run("discover", "-T", peer.target, "-T127.0.0.0/30", "-p", port, "-jt0.2").json
    assert [server["ip"] for server in found] == ["10.0.0.1", "127.0.0.1", "127.0.0.2"]
