"""Virtual networks of this host: told by name or by rtnetlink, and never warned about."""

import json

import pytest
from expect import HEADING, addresses, text_of
from sweeps import seen, watch

DOCKER = {"interface": "br-1", "ip": "172.17.0.1", "network": "172.17.0.0/16", "prefix": 16,
          "total_hosts": 65536, "calculated_broadcast": "172.17.255.255",
          "likely_broadcast_domain": "172.17.0.255", "is_corporate": True, "segments": 256}


def add_member(host, bridge, kind, name):
    how = {"veth": f"link add {name} type veth peer name {name}-in",
           "tap": f"tuntap add mode tap name {name}",
           "ifb": f"link add {name} type ifb",
           "vxlan": f"link add {name} type vxlan id 5 dstport 4789"}
    run = host.run("ip", *how[kind].split())
    if run.returncode:
        pytest.skip(f"no {kind} can be made here: {run.stderr}")
    host.ip(f"link set {name} master {bridge} up")
    if kind == "veth":
        host.ip(f"link set {name}-in up")


def add_bridge(host, *members):
    """A bridge with the address that container engines take."""
    host.ip("link add br-1 type bridge")
    host.add_address("br-1", "172.17.0.1/16")
    host.ip("link set br-1 up")
    for number, kind in enumerate(members):
        add_member(host, "br-1", kind, f"m{number}")
    host.wait_state("br-1", "UP", "UNKNOWN")


def is_virtual(host, name):
    listed = json.loads(host.udpdisc("ifaces", "-j").stdout)
    return next(row["virtual"] for row in listed if row["name"] == name)


def check(host):
    run = host.udpdisc("check-segmented", "-j")
    return run.returncode, text_of(json.loads(run.stdout))


@pytest.mark.parametrize("members, virtual", [
    ((), True), (("veth",), True), (("veth", "veth", "tap"), True),
    (("veth", "vxlan"), False), (("ifb",), False),
])
def test_bridges_are_told_by_their_members(net, members, virtual):
    host = net.host("host")
    add_bridge(host, *members)
    assert is_virtual(host, "br-1") is virtual
    assert check(host) == (0 if virtual else 1, text_of(
        {"segmented": not virtual, "networks": [{**DOCKER, "virtual": virtual}]}))


@pytest.mark.parametrize("name, virtual", [
    ("docker0", True), ("my-DOCKER-1", True), ("vmware8", True), ("VirtualBox0", True),
    ("vHyper-V1", True), ("virbr0", True), ("xvirbr0", False), ("eth0", False),
])
def test_others_are_told_by_their_names(net, lan, name, virtual):
    host = net.host("host")
    lan.plug(host, "172.17.0.1/16", dev=name)
    assert is_virtual(host, name) is virtual
    assert check(host) == (0 if virtual else 1, text_of(
        {"segmented": not virtual,
         "networks": [{**DOCKER, "interface": name, "virtual": virtual}]}))


def test_discover_does_not_warn_of_a_virtual_network(client):
    add_bridge(client, "veth")
    run = client.discover("-t", "0.2")
    assert run.returncode == 1 and HEADING not in run.stderr


def test_discover_warns_of_the_real_network_beside_it(lan):
    host = lan.host("host", "10.15.64.7/18")
    add_bridge(host, "veth")
    run = host.discover("-t", "0.2")
    assert run.stderr.count(HEADING) == 1
    block = run.stderr[run.stderr.index(HEADING):]
    assert "10.15.64.0/18" in block and "172.17.0.0/16" not in block


@pytest.fixture
def host(net):
    """A host with a container."""
    host, host.container = net.host("host"), net.host("container")
    add_bridge(host)
    host.ip("link add m0 type veth peer name eth0 netns container")
    host.ip("link set m0 master br-1 up")
    host.container.add_address("eth0", "172.17.0.2/16")
    host.container.ip("link set eth0 up")
    host.wait_state("m0", "UP")
    host.container.wait_state("eth0", "UP")
    return host


def test_discover_still_asks_a_virtual_network(host):
    """A server in a container of this host is found."""
    with host.container.serve():
        run = host.find(1)
    assert (run.returncode, addresses(run)) == (0, [("172.17.0.2", 8000)])


def test_a_virtual_network_is_not_swept(host):
    witness = watch(host.container)
    run = host.discover("--scan")
    assert run.returncode == 1 and "no segmented network" in run.stderr
    noted = seen(witness)
    assert set(noted["udp"]) == {"172.17.255.255"} and noted["arp"] == {}
