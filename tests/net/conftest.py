"""Fixtures of the network tests; tests/run starts them in namespaces of their own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

OTHER_ETC = 'mount --bind "$1/hosts" /etc/hosts && ' \
    'mount --bind "$1/resolv.conf" /etc/resolv.conf && shift && exec "$@"'
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "peers")]

from hosts import Net  # noqa: E402  (found through the line above)
from tged import make_file, make_folder  # noqa: E402


def pytest_sessionstart():
    # A shell ignores it for what it starts in the background, and so would our children.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def is_isolated():
    """Whether this very process is in a namespace of its own, from which nobody is reached."""
    try:
        if os.readlink("/proc/self/ns/net") == os.readlink("/proc/1/ns/net"):
            return False
    except PermissionError:
        pass  # init is in another user namespace than we are
    links = json.loads(subprocess.check_output(["ip", "-j", "addr"]))
    return not any(link["addr_info"] for link in links if link["ifname"] != "lo")


@pytest.fixture(scope="session")
def namespaces():
    """Refuse to make hosts and send broadcasts anywhere but in a namespace made for it."""
    if os.environ.get("UDPDISC_NETNS") != "1" or not is_isolated():
        pytest.skip("network tests run in namespaces only: start them with tests/run")


@pytest.fixture
def net(namespaces, tmp_path):
    """Fresh hosts and wires; all of it is gone after the test."""
    net = Net(tmp_path)
    yield net
    net.close()


@pytest.fixture
def lan(net):
    """One wire."""
    return net.segment()


@pytest.fixture
def server(lan):
    """A host on that wire."""
    return lan.host("server", "192.168.1.2/24")


@pytest.fixture
def client(lan):
    """Another one."""
    return lan.host("client", "192.168.1.5/24")


@pytest.fixture
def two_wires(net, server, client):
    """Server and client have an eth1 each, on a wire of its own."""
    second = net.segment("second")
    second.plug(server, "192.168.2.2/24")
    second.plug(client, "192.168.2.5/24")
    return server, client


@pytest.fixture
def second(net, server):
    """A second wire, which the server has its eth1 on."""
    second = net.segment("second")
    second.plug(server, "192.168.2.2/24")
    return second


@pytest.fixture
def second_client(second):
    """A host on that wire."""
    return second.host("client2", "192.168.2.5/24")


@pytest.fixture
def alone(net):
    """A host on no wire, which asks itself."""
    return net.host("alone")


@pytest.fixture
def etc(tmp_path):
    """Writes /etc/resolv.conf and /etc/hosts; the words that run a command with these."""
    def write(resolv_conf="", hosts=""):
        folder = tmp_path / "etc"
        folder.mkdir(exist_ok=True)
        (folder / "resolv.conf").write_text(resolv_conf, "ascii")
        (folder / "hosts").write_text(hosts, "ascii")
        return ["unshare", "-m", "sh", "-c", OTHER_ETC, "sh", folder]

    return write


@pytest.fixture
def old_file(tmp_path):
    """A services file in which SQL says old."""
    return make_file(tmp_path)


@pytest.fixture
def old_folder(tmp_path):
    """A folder with such a file."""
    return make_folder(tmp_path)


@pytest.fixture
def services(tmp_path):
    """A file with these services."""
    def write(table, name="services.json"):
        path = tmp_path / name
        path.write_text(json.dumps(table), "utf-8")
        return path

    return write
