"""ifaces: every address of every interface, and why one is not used."""

import json
import os

import pytest
from expect import text_of


def entry(host, dev, ip, netmask, prefix, broadcast, reason=None, virtual=False):
    """One object of `ifaces -j`, keys in order; what only the kernel knows is from ip(8)."""
    link = host.link(dev)
    return {"name": dev, "index": link["ifindex"], "ip": ip, "netmask": netmask,
            "prefix": prefix, "broadcast": broadcast, "selected": reason is None,
            "reason": reason, "mac": link.get("address"), "mtu": link["mtu"],
            "virtual": virtual}


def ifaces(host, *args):
    """The entries of `ifaces -j`, loopback's left out."""
    listed = json.loads(host.udpdisc("ifaces", "-j", *args).stdout)
    return [row for row in listed if row["name"] != "lo"]


def reasons(host, *args):
    return {row["ip"]: row["reason"] for row in ifaces(host, *args)}


@pytest.fixture
def host(net, lan):
    """eth0 is well, eth1 has no carrier, eth2 is down."""
    host = lan.host("host", "192.168.1.2/24", "10.5.0.2/20")
    wires = [net.segment(name) for name in ("cut", "down")]
    wires[0].plug(host, "192.168.2.2/24")
    wires[1].plug(host, "192.168.3.2/24")
    wires[0].cut(host, "eth1")
    host.ip("link set eth2 down")
    return host


def test_all_interfaces(host):
    run = host.udpdisc("ifaces", "-j")
    rows = json.loads(run.stdout)
    loopback = rows[0]
    assert (run.returncode, run.stderr) == (0, "")
    assert (loopback["name"], loopback["selected"], loopback["reason"]) == (
        "lo", False, "loopback")
    assert text_of(rows[1:]) == text_of([
        entry(host, "eth0", "192.168.1.2", "255.255.255.0", 24, "192.168.1.255"),
        entry(host, "eth0", "10.5.0.2", "255.255.240.0", 20, "10.5.15.255"),
        entry(host, "eth1", "192.168.2.2", "255.255.255.0", 24, "192.168.2.255", "down"),
        entry(host, "eth2", "192.168.3.2", "255.255.255.0", 24, "192.168.3.255", "down")])


def test_text_rows(host):
    run = host.udpdisc("ifaces", "-i", "eth*")
    assert [line.split("\t") for line in run.stdout.splitlines()][1:] == [
        ["eth0", "192.168.1.2", "255.255.255.0", "24", "192.168.1.255", "yes", "-"],
        ["eth0", "10.5.0.2", "255.255.240.0", "20", "10.5.15.255", "yes", "-"],
        ["eth1", "192.168.2.2", "255.255.255.0", "24", "192.168.2.255", "no", "down"],
        ["eth2", "192.168.3.2", "255.255.255.0", "24", "192.168.3.255", "no", "down"]]


def test_lists(net, lan):
    host = lan.host("host", "192.168.1.2/24")
    net.segment("other").plug(host, "192.168.2.2/24")
    assert reasons(host, "-i", "eth1") == {"192.168.1.2": "not-whitelisted", "192.168.2.2": None}
    assert reasons(host, "--interfaces-blacklist", "?th1") == {
        "192.168.1.2": None, "192.168.2.2": "blacklisted"}
    assert reasons(host, "-i", "eth*", "--interfaces-blacklist", "eth0") == {
        "192.168.1.2": "blacklisted", "192.168.2.2": None}


@pytest.mark.parametrize("address, netmask", [
    ("192.168.1.2/31", "255.255.255.254"),
    ("192.168.1.2/32", "255.255.255.255"),
    ("192.168.1.2 peer 192.168.1.3/32", "255.255.255.255"),
])
def test_no_broadcast(lan, address, netmask):
    host = lan.host("host")
    host.ip(f"addr add {address} dev eth0")
    prefix = 31 if address.endswith("31") else 32
    assert ifaces(host) == [
        entry(host, "eth0", "192.168.1.2", netmask, prefix, None, "no-broadcast")]
    assert host.udpdisc("ifaces").returncode == 1
    assert host.discover().returncode == 3


def test_a_point_to_point_interface_has_no_broadcast(net):
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        pytest.skip("/dev/net/tun can't be opened")
    host = net.host("host")
    host.peer("tun_holder", "tun0")
    host.ip("addr add 10.5.0.2/20 dev tun0")
    host.ip("link set tun0 up")
    assert [(row["broadcast"], row["reason"]) for row in ifaces(host)] == [
        (None, "no-broadcast")]


def test_an_interface_without_ipv4_is_not_listed(lan):
    host = lan.host("host")
    host.ip("addr add fd00::2/64 dev eth0 nodad")
    run = host.udpdisc("ifaces", "-j")
    assert [row["name"] for row in json.loads(run.stdout)] == ["lo"]
    assert run.returncode == 1


def test_a_thousand_addresses(lan):
    """More than one message of the kernel holds."""
    host = lan.host("host")
    own = [f"192.168.{i // 250}.{i % 250 + 1}" for i in range(1000)]
    host.ip_batch(f"addr add {ip}/16 broadcast + dev eth0" for ip in own)
    assert [row["ip"] for row in ifaces(host)] == own


def test_an_address_label_is_no_name(lan):
    host = lan.host("host")
    host.ip("addr add 192.168.1.2/24 broadcast + dev eth0 label eth0:alias")
    assert [row["name"] for row in ifaces(host)] == ["eth0"]


def test_the_broadcast_of_the_kernel_and_the_computed_one(lan):
    host = lan.host("host")
    host.ip("addr add 192.168.1.2/24 broadcast 192.168.1.127 dev eth0")
    host.ip("addr add 192.168.7.2/24 dev eth0")
    assert [row["broadcast"] for row in ifaces(host)] == ["192.168.1.127", "192.168.7.255"]


def test_a_name_that_fits_nothing(server):
    run = server.udpdisc("ifaces", "-j", "-i", "eth0,nosuch0")
    assert run.returncode == 0
    warning, = run.stderr.splitlines()
    assert warning.startswith("udpdisc: warning: ") and "nosuch0" in warning
