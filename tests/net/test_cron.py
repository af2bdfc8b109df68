"""discover in a crontab: not a word when all is well, and one line that says why when not."""

import json
import re

import pytest
from cron import AS_CRON, SHORT_S, cron
from expect import HEADING, addresses
from hosts import BINARY, LONG_S

FEWER = "only 2 of 3 expected servers answered within 0.4 s: 192.168.1.2:8000, 192.168.1.3:8000"


def quiet(host, *words, command="discover", **options):
    """The exit status, and the one line without what each begins with; None for none."""
    run = cron(host, command, "-q", *words, **options)
    assert run.stdout == ""
    if not run.stderr:
        return run.returncode, None
    found = re.fullmatch(r"udpdisc: ([^\n]+)\n", run.stderr)
    assert found, run.stderr
    return run.returncode, found[1]


@pytest.fixture
def two_servers(lan, server):
    with server.serve(), lan.host("second", "192.168.1.3/24").serve():
        yield


@pytest.mark.parametrize("words", [(), ("-T", "192.168.1.3"), ("-i", "eth0,nosuch0"),
                                   ("-T", "192.168.1.2", "-T", "nosuch.invalid")])
def test_all_is_well(two_servers, client, words):
    assert quiet(client, "-c1", *words, timeout_s=LONG_S) == (0, None)
    assert quiet(client, *words, command="discover-one", timeout_s=LONG_S) == (0, None)


def test_as_many_as_expected(two_servers, client):
    assert quiet(client, "-x", "2", "-c", "2", timeout_s=LONG_S) == (0, None)


@pytest.mark.parametrize("command", ["discover", "discover-one"])
@pytest.mark.parametrize("words, status, reasons", [
    ((), 1, ["no server answered within 0.1 s", "sent 2 probes to 192.168.1.255:9999 on eth0",
             "0 foreign datagrams came"]),
    (("-i", "nosuch0"), 3,
     ["no interface to broadcast on", "eth0 is not whitelisted", "'nosuch0'"]),
    (("-T", "nosuch.invalid"), 3, ["cannot resolve 'nosuch.invalid'"]),
    (("-T", "nosuch.invalid", "-T", "192.168.1.9"), 1,
     ["no server answered", "192.168.1.9:9999", "cannot resolve 'nosuch.invalid'"]),
    (("-T", "10.66.0.1"), 3, ["no probe could be sent", "10.66.0.1:9999", "unreachable"]),
    (("--targets-file", "-"), 2, ["cannot read targets from standard input"]),
    (("-t", "x"), 2, ["--timeout 'x'"])])
def test_why_not(client, command, words, status, reasons):
    ended, line = quiet(client, *words, command=command, timeout_s=SHORT_S)
    assert ended == status
    for reason in reasons:
        assert reason in line


def test_fewer_than_expected(two_servers, client):
    assert quiet(client, "-x", "3") == (1, FEWER)


def test_no_interface_at_all(alone):
    assert quiet(alone) == (3, "no interface to broadcast on: lo is loopback")


def test_an_interface_that_is_down(client):
    client.ip("link set eth0 down")
    status, line = quiet(client)
    assert status == 3 and line.startswith("no interface to broadcast on: ")
    assert "eth0 is down" in line


def test_all_sends_fail(client):
    client.block("192.168.1.255")
    status, line = quiet(client, timeout_s=SHORT_S)
    assert status == 3 and line.startswith("no probe could be sent; ")
    assert "192.168.1.255:9999 on eth0: Operation not permitted" in line


def test_a_segmented_network(lan):
    status, line = quiet(lan.host("client", "10.15.0.5/20"), timeout_s=SHORT_S)
    assert (status, line.count(HEADING)) == (1, 1)
    assert "udpdisc discover --target 10.15.1.0/24" in line


def test_it_is_ended(server, client):
    """By whoever shuts the host down, for example."""
    peer = server.peer("odd_peer", "--hex", b"SERVER_IP:192.168.1.2".hex())
    running = client.start(*AS_CRON[2:], "discover", "-q", "-t", "4", "-r", "3")
    peer.wait_records(2)
    assert (running.stop(), running.stdout) == (143, "")
    assert running.stderr == "udpdisc: ended by SIGTERM; 1 server answered so far\n"


# --- on a host that serves


@pytest.fixture
def serving(client):
    with client.serve():
        yield client


def test_a_host_that_serves_finds_itself(serving):
    assert quiet(serving, "-c1", timeout_s=LONG_S) == (0, None)
    assert quiet(serving, "-T", "127.0.0.1", command="discover-one", timeout_s=LONG_S) == (0, None)


def test_only_others_count(serving):
    status, line = quiet(serving, "--ignore-local")
    assert status == 1 and line.startswith("no server answered within 0.4 s; ")
    assert "; 2 replies of this host left out" in line
    alone = quiet(serving, "--ignore-local", "-r", "0")
    assert "; 1 reply of this host left out" in alone[1]


def test_of_others_as_many_as_expected(serving, two_servers):
    assert quiet(serving, "--ignore-local", "-x", "2", "-c", "2", timeout_s=LONG_S) == (0, None)
    assert quiet(serving, "-x", "3", "-c", "3", timeout_s=LONG_S) == (0, None)
    assert quiet(serving, "--ignore-local", "-x", "3") == (1, FEWER)


def test_an_address_of_another_interface_is_of_this_host(net, serving):
    net.segment("second").plug(serving, "192.168.2.5/24")
    for words in ((), ("-T", "192.168.2.5"), ("-T", "127.0.0.1"), ("-T", "127.1.2.3")):
        status, line = quiet(serving, "--ignore-local", *words, timeout_s="0.2")
        assert status == 1 and "of this host left out" in line


# --- a file instead


@pytest.fixture
def path(tmp_path):
    """It was there before."""
    path = tmp_path / "servers.json"
    path.write_text("old", "ascii")
    return path


def test_a_file_for_others(two_servers, client, path):
    run = cron(client, "discover", "-j", "-c", "2", "--output-file", path, timeout_s=LONG_S)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    run.stdout = path.read_text("utf-8")
    assert addresses(run) == [("192.168.1.2", 8000), ("192.168.1.3", 8000)]
    assert list(path.parent.glob("*servers.json")) == [path]
    assert not list(path.parent.glob(".udpdisc.*"))


def test_a_file_of_none(client, path):
    """That nobody is there is a result, and one line says so."""
    status, line = quiet(client, "-j", "--output-file", path, timeout_s=SHORT_S)
    assert status == 1 and line.startswith("no server answered")
    assert json.loads(path.read_text("utf-8")) == []


@pytest.mark.parametrize("trouble, reason", [
    (lambda host: host.ip("link set eth0 down"), "no interface to broadcast on"),
    (lambda host: host.block("192.168.1.255"), "no probe could be sent")])
def test_a_file_when_it_could_not_ask(client, path, trouble, reason):
    """It is as it was."""
    trouble(client)
    status, line = quiet(client, "-j", "--output-file", path, timeout_s=SHORT_S)
    assert status == 3 and line.startswith(reason)
    assert path.read_text("ascii") == "old"


def test_a_file_when_it_is_ended(server, client, path):
    peer = server.peer("odd_peer", "--hex", b"SERVER_IP:192.168.1.2".hex())
    running = client.start(BINARY, "discover", "-q", "-j", "--output-file", path, "-t", "4")
    peer.wait_records(2)
    assert running.stop() == 143
    assert running.stderr == f"udpdisc: ended by SIGTERM; '{path}' is as it was\n"
    assert path.read_text("ascii") == "old"
    assert not list(path.parent.glob(".udpdisc.*"))
