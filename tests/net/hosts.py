"""Hosts and wires of the network tests: each is a network namespace of its own."""

import contextlib
import itertools
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from processes import PATIENCE_S, Process, wait_until

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "tests" / "peers"
SHORT_S, LONG_S = "0.5", "30"
ROUNDS_S = "2"  # the last of four rounds is due when half of it is left
LAST = b"LAST"
BINARY = str(Path(os.environ.get("UDPDISC") or ROOT / "build" / "udpdisc").absolute())
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if not name.startswith("DISCOVERY_CLIENT_")}


def udpdisc_argv(*args):
    """These words for udpdisc. Where serve is not told otherwise it stays root: becoming nobody
    takes a second user, which not every namespace has."""
    words = [str(word) for word in args]
    if words[:1] == ["serve"] and not any(w.startswith(("-u", "--user")) for w in words):
        words[1:1] = ["--user", "0"]
    return [BINARY, *words]


@dataclass
class Run:
    """What a command that ended left behind."""

    returncode: int
    stdout: str
    stderr: str
    elapsed_s: float


class Host:
    """A network namespace, with what runs in it."""

    def __init__(self, net, name, loopback=True):
        self.net, self.name = net, name
        self._interfaces = itertools.count()
        subprocess.run(["ip", "netns", "add", name], check=True)
        # What a distribution sets for init's namespace is inherited: start from known ground.
        self.sysctl("conf/all/rp_filter", 0)
        self.sysctl("conf/default/rp_filter", 0)
        if loopback:
            self.ip("link set lo up")

    def _argv(self, argv):
        return ["nsenter", f"--net=/run/netns/{self.name}", "--", *map(str, argv)]

    def run(self, *argv, env=None, stdin="", timeout=2 * PATIENCE_S):
        """Run a command to its end."""
        began = time.monotonic()
        ended = subprocess.run(self._argv(argv), capture_output=True, timeout=timeout,
                               input=stdin.encode(), env={**ENVIRONMENT, **(env or {})},
                               check=False)
        return Run(ended.returncode, ended.stdout.decode("utf-8"),
                   ended.stderr.decode("utf-8"), time.monotonic() - began)

    def start(self, *argv, env=None):
        """Run a command in the background until the test is over."""
        process = Process(self._argv(argv), self.net.next_stem(self.name),
                          {**ENVIRONMENT, **(env or {})})
        self.net.processes.append(process)
        return process

    def ip(self, words):
        """Run ip(8) with these words; its stdout."""
        run = self.run("ip", *words.split())
        assert run.returncode == 0, f"ip {words}: {run.stderr}"
        return run.stdout

    def ip_batch(self, lines):
        """Run many ip(8) commands in one process."""
        run = self.run("ip", "-batch", "-", stdin="".join(f"{line}\n" for line in lines))
        assert run.returncode == 0, run.stderr

    def sysctl(self, key, value):
        run = self.run("sh", "-c", f"echo {value} >/proc/sys/net/ipv4/{key}")
        assert run.returncode == 0, run.stderr

    def link(self, dev):
        """What ip(8) says about this interface."""
        return json.loads(self.ip(f"-j link show dev {dev}"))[0]

    def block(self, address):
        """Make every send to this address fail with EPERM."""
        run = self.run("ip", "xfrm", "policy", "add", "dir", "out", "dst", f"{address}/32",
                       "action", "block")
        if run.returncode:
            pytest.skip(f"this kernel has no xfrm: {run.stderr}")

    def wait_state(self, dev, *states):
        wait_until(lambda: self.link(dev)["operstate"] in states,
                   f"{dev} of {self.name} to be {' or '.join(states)}")

    def add_address(self, dev, address):
        """ADDR/PREFIX gets the usual broadcast address; more words are taken as they are."""
        usual = " " not in address and int(address.split("/")[1]) < 31
        self.ip(f"addr add {address} {'broadcast +' if usual else ''} dev {dev}")

    def rename(self, dev, name):
        """Not while it is up, which only newer kernels take."""
        self.ip(f"link set {dev} down")
        self.ip(f"link set {dev} name {name} up")
        self.wait_state(name, "UP")

    def next_interface(self):
        return f"eth{next(self._interfaces)}"

    def peer(self, script, *args):
        """Start a program of tests/peers and wait until it is ready."""
        return self.start(sys.executable, PEERS / f"{script}.py", *args).wait_ready()

    def ask(self, script, *args, stdin=""):
        """Run a program of tests/peers to its end; the JSON that it printed."""
        run = self.run(sys.executable, PEERS / f"{script}.py", *args, stdin=stdin)
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout or "null")

    def told(self, to, *words):
        """What serve tells this host, or None."""
        reply = self.ask("asker", to, *words)["reply"]
        return reply and reply.removeprefix("SERVER_IP:")

    def in_vain(self, to, *words):
        return self.told(to, *words, "--timeout", "0.2") is None

    def meet(self, address):
        """Find a neighbour's hardware address: of many probes that wait for it few are kept."""
        self.ask("asker", address, "--port", 7, "--timeout", "0.01")
        wait_until(lambda: "lladdr" in self.ip(f"neigh show {address}"), f"who {address} is")

    def probes_at(self, recorder, address="192.168.1.2", port=9999):
        """What an odd_peer saw; a last datagram to it shows that this is all."""
        def last():
            return [i for i, seen in enumerate(recorder.records()) if seen["hex"] == LAST.hex()]

        self.ask("asker", address, "--port", port, "--message", LAST.decode(),
                 "--timeout", "0.01")
        return recorder.records()[:wait_until(last, "the last datagram")[-1]]

    def udpdisc(self, *args, env=None, timeout=2 * PATIENCE_S):
        return self.run(*udpdisc_argv(*args), env=env, timeout=timeout)

    def discover(self, *args, env=None):
        """`udpdisc discover -j`: short, and in one round, so that a reply that a busy machine
        delays still counts for the first. The last of an option wins."""
        return self.udpdisc("discover", "-j", "-t", SHORT_S, "-r", "0", *args, env=env)

    def find(self, count, *args, env=None):
        """As discover(), but it ends with so many servers, however long that takes."""
        return self.discover("-c", count, "-t", LONG_S, *args, env=env)

    def start_udpdisc(self, *args):
        return self.start(*udpdisc_argv(*args))

    @contextlib.contextmanager
    def serve(self, *args, port=9999):
        """A `udpdisc serve` that listens; it must end well when told to."""
        process = self.start_udpdisc("serve", *args)
        process.wait_port(port)
        yield process
        assert process.stop() == 0, process.stderr


class Segment:
    """A wire that hosts are plugged into: a switch in a namespace of its own."""

    def __init__(self, net, name):
        self.net = net
        self._switch = net.host(name)
        self._switch.ip("link add wire type bridge")
        self._switch.ip("link set wire up")

    def host(self, name, *addresses):
        """A new host on this wire."""
        host = self.net.host(name)
        self.plug(host, *addresses)
        return host

    def plug(self, host, *addresses, dev=None):
        """Give a host one more interface, on this wire, and wait until it carries."""
        dev, port = dev or host.next_interface(), self.port(host)
        self._switch.ip(f"link add {port} type veth peer name {dev} netns {host.name}")
        self._switch.ip(f"link set {port} master wire up")
        for address in addresses:
            host.add_address(dev, address)
        host.ip(f"link set {dev} up")
        self._switch.wait_state(port, "UP")
        host.wait_state(dev, "UP")
        return dev

    @staticmethod
    def port(host):
        """The switch's end of the cable; a host has one cable to a wire."""
        return f"to-{host.name}"

    def cut(self, host, dev="eth0"):
        """Take the carrier away from a host's interface."""
        self._switch.ip(f"link set {self.port(host)} down")
        host.wait_state(dev, "LOWERLAYERDOWN", "DOWN")

    def mend(self, host, dev="eth0"):
        """Give it back."""
        self._switch.ip(f"link set {self.port(host)} up")
        self._switch.wait_state(self.port(host), "UP")
        host.wait_state(dev, "UP")


class Net:
    """All hosts, wires and processes of one test."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []
        self._hosts = []
        self._serial = itertools.count()

    def host(self, name, loopback=True):
        host = Host(self, name, loopback)
        self._hosts.append(host)
        return host

    def segment(self, name="switch"):
        return Segment(self, name)

    def next_stem(self, name):
        return self.folder / f"{next(self._serial)}-{name}"

    def close(self):
        for process in reversed(self.processes):
            process.discard()
        for host in self._hosts:
            subprocess.run(["ip", "netns", "del", host.name], check=True)
