"""Runs everything in one namespace, on a wire of its own, with who answers there."""

import os
import signal
import subprocess
import sys
from ipaddress import ip_interface
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "cli")]

import clitool  # noqa: E402  (found through the lines above)
import faults  # noqa: E402
import names  # noqa: E402
import scenarios  # noqa: E402


class Tally:
    """How many faults there were, for the last line but one."""

    faults = 0
    scenarios = set()


def pytest_sessionstart():
    # A shell ignores it for what it starts in the background, and so would our children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with open("/proc/self/net/route", encoding="ascii") as routes:
        if os.environ.get("UDPDISC_NETNS") != "1" or len(routes.readlines()) > 1:
            pytest.exit("only in an isolated network namespace: use tests/run", 2)
    for binary in (clitool.BINARY, faults.WRAPPED):
        if not os.access(binary, os.X_OK):
            pytest.exit(f"no binary '{binary}': use make check-torture", 2)


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(
        f"torture: {Tally.faults} faults in {len(Tally.scenarios)} scenarios")


@pytest.fixture(scope="session")
def wire():
    """An interface with a network, whose broadcasts this host hears itself, however full
    the table of neighbours is, which all namespaces share."""
    for words in ("link add wire0 type veth peer name wire1",
                  f"address add {scenarios.NETWORK} broadcast + dev wire0",
                  "link set wire0 up", "link set wire1 up",
                  f"neighbour replace {ip_interface(scenarios.NETWORK).network.broadcast_address}"
                  " lladdr ff:ff:ff:ff:ff:ff nud permanent dev wire0"):
        subprocess.run(["ip", *words.split()], check=True)


@pytest.fixture(scope="session")
def known(tmp_path_factory):
    """An /etc with our hosts and a name server. The mounts are this session's own."""
    folder = tmp_path_factory.mktemp("etc")
    for name, text in (("hosts", scenarios.HOSTS), ("resolv.conf", "nameserver 127.0.0.1\n")):
        (folder / name).write_text(text, "ascii")
        subprocess.run(["mount", "--bind", folder / name, f"/etc/{name}"], check=True)
    with names.name_server(peer=[scenarios.PEER]):
        yield


@pytest.fixture(scope="session")
def peers(wire, known, tmp_path_factory):
    """Who answers discover: a serve that nothing happens to, and DNS."""
    path = tmp_path_factory.mktemp("peer") / "services.json"
    path.write_text(scenarios.SQL % scenarios.OLD_PORT, "ascii")
    with clitool.serve("-S", path, "--tged-port", scenarios.TGED_PORT, "--rate-limit=0",
                       port=scenarios.PORT, ready=" of '"):
        yield


@pytest.fixture
def tally():
    return Tally
