"""What discover finds, and how it prints it."""

import json
import re

import pytest
from expect import addresses, found, found_lines, server as result, servers, text_of
from hosts import LONG_S

ROW = r"{}\t8000\teth0\t{}\t\d+\.\d{{3}}\n"


def test_one_server(server, client):
    with server.serve():
        run = client.find(1)
    assert (run.returncode, run.stderr) == (0, "")
    assert found(run) == servers(result("192.168.1.2"))


def test_several_servers_in_numeric_order(lan, client):
    for last in (10, 9, 200):
        lan.host(f"server{last}", f"192.168.1.{last}/24").peer("stock_server")
    assert addresses(client.find(3)) == [
        ("192.168.1.9", 8000), ("192.168.1.10", 8000), ("192.168.1.200", 8000)]


def test_text_rows(lan, server, client):
    second = lan.host("second", "192.168.1.10/24")
    with server.serve(), second.serve():
        run = client.udpdisc("discover", "-c", "2", "-t", LONG_S)
    rows = [ROW.format(ip, ip) for ip in ("192.168.1.2", "192.168.1.10")]
    assert run.returncode == 0 and re.fullmatch("".join(rows), run.stdout)


def test_ndjson_comes_as_it_arrives(lan, server, client):
    server.peer("odd_peer", "--ignore", "1", "--hex", b"SERVER_IP:192.168.1.2".hex())
    lan.host("quick", "192.168.1.3/24").peer("stock_server", "--claim", "192.168.1.3")
    run = client.udpdisc("discover", "-o", "ndjson", "-t", "4", "-c", "2")
    assert found_lines(run.stdout) == [text_of(result("192.168.1.3")),
                                       text_of(result("192.168.1.2", attempt=2))]


def test_ndjson_is_flushed_while_discover_runs(server, client):
    with server.serve():
        running = client.start_udpdisc("discover", "-o", "ndjson", "-t", "60")
        running.wait_records(1)
        assert running.popen.poll() is None


@pytest.mark.parametrize("form, nothing", [("text", ""), ("json", "[]"), ("ndjson", "")])
def test_nothing_found(client, form, nothing):
    run = client.udpdisc("discover", "-o", form, "-t", "0.2")
    assert (run.returncode, run.stdout.strip()) == (1, nothing)
    assert "192.168.1.255" in run.stderr and "eth0" in run.stderr


def test_discover_one(server, client):
    with server.serve():
        run = client.udpdisc("discover-one", "-j", "-t", "5")
    assert (run.returncode, found(run)) == (0, text_of(result("192.168.1.2")))


def test_discover_one_without_any(client):
    run = client.udpdisc("discover-one", "-j", "-t", "0.2")
    assert (run.returncode, run.stdout.strip()) == (1, "null")


def test_quiet(server, client):
    with server.serve():
        run = client.udpdisc("discover", "-q", "-t", "0.5")
        explicit = client.discover("-q")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert addresses(explicit) == [("192.168.1.2", 8000)]


def test_quiet_failure_is_one_line(client):
    run = client.udpdisc("discover", "-q", "-t", "0.2")
    assert (run.returncode, run.stdout) == (1, "")
    assert re.fullmatch(r"udpdisc: [^\n]+\n", run.stderr)


def test_message_prefix_and_port(server, client):
    words = ("-m", "KNOCK", "--response-prefix", "WHO=", "-p", "12345")
    with server.serve(*words, port=12345):
        mine, usual = client.find(1, *words), client.discover()
    entry = json.loads(mine.stdout)[0]
    assert entry["raw_response"] == "WHO=192.168.1.2"
    assert entry["extra"]["source_port"] == 12345
    assert addresses(usual) == []


def test_variables(net, server, client):
    net.segment("other").plug(client, "192.168.2.5/24")
    with server.serve("-p", "12345", port=12345):
        run = client.find(1, env={"DISCOVERY_CLIENT_PORT": "12345",
                                  "DISCOVERY_CLIENT_INTERFACES_WHITELIST": "eth0"})
        elsewhere = client.discover(env={"DISCOVERY_CLIENT_PORT": "12345",
                                         "DISCOVERY_CLIENT_INTERFACES_BLACKLIST": "eth0"})
    assert addresses(run) == [("192.168.1.2", 8000)]
    assert addresses(elsewhere) == []


@pytest.fixture
def own_server(client):
    with client.serve():
        yield client


def test_own_server_is_local(own_server):
    assert found(own_server.find(1)) == servers(result("192.168.1.5", local=True))


def test_own_server_left_out(own_server, server):
    alone = own_server.discover("--ignore-local")
    assert (alone.returncode, addresses(alone)) == (1, [])
    with server.serve():
        run = own_server.find(1, "--ignore-local")
    assert found(run) == servers(result("192.168.1.2"))


def test_target_alone_gets_no_broadcast(lan, server, client):
    other = lan.host("other", "192.168.1.3/24")
    with server.serve(), other.serve():
        run = client.discover("-T", "192.168.1.3")
        both = client.find(2, "-T", "192.168.1.3", "--broadcast")
    assert found(run) == servers(result("192.168.1.3"))
    assert found(both) == servers(result("192.168.1.2"), result("192.168.1.3"))


def test_target_that_is_a_broadcast_address(server, client):
    with server.serve():
        run = client.find(1, "-T", "192.168.1.255")
    assert found(run) == servers(result("192.168.1.2"))


def test_target_with_a_port(server, client):
    with server.serve("-p", "12345", port=12345):
        run = client.find(1, "-T", "192.168.1.2:12345")
    assert addresses(run) == [("192.168.1.2", 8000)]


def test_targets_in_another_network(net, lan, server, client):
    """Unicast goes where routing says, through a router and whatever -i says."""
    router = lan.host("router", "192.168.1.1/24")
    router.sysctl("ip_forward", 1)
    far = net.segment("far")
    far.plug(router, "10.9.8.1/24")
    target = far.host("target", "10.9.8.2/24")
    for host, gateway in ((client, "192.168.1.1"), (target, "10.9.8.1")):
        host.ip(f"route add default via {gateway}")
    net.segment("idle").plug(client, "192.168.7.5/24")
    with target.serve(), server.serve():
        run = client.find(1, "-T", "10.9.8.2", "-i", "eth1")
    assert found(run) == servers(result("10.9.8.2"))


def test_a_server_of_many_addresses_is_one_result(server, client):
    own = [f"192.168.1.{last}" for last in range(10, 30)]
    for address in own:
        server.add_address("eth0", f"{address}/24")
    with server.serve("--advertise", "192.168.1.2:80"):
        run = client.discover(*(word for address in own for word in ("-T", address)))
    entry, = json.loads(run.stdout)
    assert (entry["ip"], entry["port"]) == ("192.168.1.2", 80)
    paths = [path["source_address"] for path in entry["extra"]["seen_on"]]
    assert len(paths) == len(set(paths)) == 16 and set(paths) < set(own)
