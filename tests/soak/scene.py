"""The hosts of the soak, and what happens to serve and watch there, a step at a time."""

import collections
import contextlib
import itertools
import json
import math
import os
import signal
import socket
import threading
import time

import pytest
import tged
from hosts import BINARY
from processes import PATIENCE_S, rights, wait_until
from watching import events

SERVER = "192.168.1.2"
WATCHDOG_S = 10
FLOOD_S = 1.5  # too short for the watch to miss three rounds
STRAINED_S = 1.0  # as long after one the tokens of all may be few, so that chance decides
FLOODS = {"junk": ("--message", "DISCOVER_SERVEX", "--rate", 20_000),
          "junk of TGED": ("--message", "TGED DISCOVERX", "--port", tged.PORT, "--rate", 3000),
          "forged": ("--sources", 10_000, "--rate", 15_000)}
PROTOCOLS = {"SERVER_IP": (), "TGED": (*tged.asking("SQL"), "--reply",
                                      r"TGED REPLY 1\.0\r\nSAYS: \d+\r\n\r\n")}


def pause(seconds):
    threading.Event().wait(seconds)


def address_of(host, dev="eth0"):
    """Its IP address, broadcast address and hardware address there."""
    link, = json.loads(host.ip(f"-j -4 addr show dev {dev}"))
    first, = link["addr_info"]
    return first["local"], first["broadcast"], host.link(dev)["address"]


def know(host, *others, dev="eth0"):
    """For good: there is one neighbour table for all namespaces, which others may fill. Even a
    broadcast address needs an entry."""
    known = {address: link for address, _, link in others}
    known.update(dict.fromkeys((address_of(host, dev)[1], "255.255.255.255"),
                               "ff:ff:ff:ff:ff:ff"))
    host.ip_batch(f"neigh replace {address} lladdr {link} dev {dev} nud permanent"
                  for address, link in known.items())


class Manager:
    """The service manager: what it was told, and how long at most it heard of no life."""

    def __init__(self, path):
        self.told, self.silent_us, self._last_us = collections.Counter(), 0, None
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sock.bind(str(path))
        path.chmod(0o666)
        self.env = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": str(WATCHDOG_S * 1_000_000)}
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while text := self._sock.recv(4096).decode():
            lines = dict(line.split("=", 1) for line in text.splitlines())
            if "WATCHDOG" in lines:
                now_us = int(lines["MONOTONIC_USEC"])
                self.silent_us = max(self.silent_us, now_us - (self._last_us or now_us))
                self._last_us = now_us
            self.told[next(iter(lines))] += 1


class Scene:
    """Three wires: on the lan no interface moves; on the second one that of serve does, and on
    the third one that of the watch."""

    def __init__(self, net, folder):
        self.began_s, self.spans, self.events, self.runs = time.monotonic(), [], [], []
        self.counts = collections.Counter()  # of what was done
        self._make_hosts(net)
        self._path = folder / "services.d" / "sql.json"
        self._path.parent.mkdir()
        self._says = 0
        tged.rename_over(self._path, tged.saying(0))
        self.manager = Manager(folder / "notify")
        self.serving = self._start_serve()
        self.watching = self.watcher.start_udpdisc(
            "discover", "--watch", "--interval", "1", "-o", "ndjson", "-t", "0.6", "-r", "3")
        self.expect(f"up {SERVER}")
        self.island.peer("stock_server", "--claim", "192.168.3.2")
        self.expect("up 192.168.3.2")
        self.asking = [(name, host is self.far, host.peer("steady", to, *words))
                       for name, words in PROTOCOLS.items()
                       for host, to in [*((host, SERVER) for host in self.askers),
                                        (self.far, "192.168.2.255")]]
        self._turns = {kind: itertools.cycle(steps) for kind, steps in self._steps().items()}

    def _make_hosts(self, net):
        lan, self.second, self.third = (net.segment(f"wire{number}") for number in (1, 2, 3))
        on_lan = [lan.host(name, f"192.168.1.{last}/24") for name, last in (
            ("server", 2), ("client", 5), ("watch", 6), ("stock", 30), ("guest", 31),
            ("attacker", 66), ("router", 1), ("asker1", 11), ("asker2", 12))]
        self.server, self.client, self.watcher, self.stock, self.guest, self.attacker = on_lan[:6]
        self.askers = on_lan[-2:]
        self.far = self.second.host("far", "192.168.2.5/24")
        self.island = self.third.host("island", "192.168.3.2/24")
        self._dev, self._address = "eth1", "192.168.2.2/24"
        self.second.plug(self.server, self._address, dev="eth1")
        self.third.plug(self.watcher, "192.168.3.5/24", dev="eth1")
        # The router takes the replies to forged sources, and drops them.
        self.server.ip("route add default via 192.168.1.1")
        addresses = {host: address_of(host) for host in on_lan}
        for host in on_lan:
            know(host, *(addresses[other] for other in on_lan if other is not host))
        know(self.far)
        know(self.server, address_of(self.far), dev="eth1")
        self._know_island()

    def _know_island(self):
        know(self.watcher, address_of(self.island), dev="eth1")
        know(self.island, address_of(self.watcher, "eth1"))

    def _start_serve(self):
        """It becomes nobody, where there is one. What it doesn't know of its interfaces shows,
        since by a list it answers on those alone that it knows."""
        serving = self.server.start(BINARY, "serve", "--services", self._path.parent,
                                    "-i", "eth*,wan*", env=self.manager.env)
        serving.wait_stderr(" of '")
        held = rights(serving.popen.pid)
        assert held["Seccomp"] == 2 and held["CapEff"] == 0, held
        assert os.environ["UDPDISC_USERS"] != "many" or held["Uid"] == [65534] * 4, held
        return serving

    def lasting(self):
        """What runs from the beginning to the end."""
        return [self.serving, self.watching, *(peer for _, _, peer in self.asking)]

    # --- what happens: the steps of a kind take turns

    def _steps(self):
        return {"reload": [self.rename, self.hang_up, self.rename, self.spoil, self.count],
                "flap": [self.down_up, self.readdress, self.rename_link, self.make_again],
                "flood": [lambda kind=kind: self.flood(kind) for kind in FLOODS],
                "visit": [self.visit_stock, self.visit_serve, self.leave_island],
                "client": [lambda: self._found(self._stock),
                           lambda: self._found(self._discover, "discover"),
                           lambda: self._found(self._discover, "discover-one", "-s", "SQL"),
                           lambda: self._found(self._discover, "discover", "-s", "SQL")]}

    def step(self, kind):
        next(self._turns[kind])()
        self.counts[kind] += 1

    def warm_up(self):
        """Each step once."""
        for kind, steps in self._steps().items():
            for _ in steps:
                self.step(kind)

    @contextlib.contextmanager
    def _span(self, kind):
        """While answers may suffer."""
        span = [kind, time.monotonic(), math.inf]
        self.spans.append(span)
        yield
        span[2] = time.monotonic()

    # --- services

    def _told(self):
        """What serve says now, None where no answer came."""
        run = self.server.udpdisc("discover-one", "-s", "SQL", "-T", "127.0.0.1", "-t", "2", "-j")
        found = json.loads(run.stdout or "null")
        return found and found["extra"]["fields"]["SAYS"]

    def _wait_told(self):
        wait_until(lambda: self._told() == str(self._says), f"services to say {self._says}")
        self.counts["good"] += 1

    def rename(self, signalled=False):
        """A new file over the old one."""
        self._says += 1
        tged.rename_over(self._path, tged.saying(self._says))
        if signalled:
            self._signal()
        self._wait_told()

    def _signal(self):
        self.counts["SIGHUP"] += 1
        self.serving.send(signal.SIGHUP)
        wait_until(lambda: self.manager.told["RELOADING"] >= self.counts["SIGHUP"], "RELOADING")

    def hang_up(self):
        self.rename(signalled=True)

    def spoil(self):
        """A bad file changes nothing, and the good one comes back."""
        good = self._path.read_bytes()
        tged.rename_over(self._path, good[:-1])
        self._signal()
        self.counts["bad"] += 1
        said = wait_until(self._told, "services")
        assert said == str(self._says), f"a bad file made services say {said}"
        tged.rename_over(self._path, good)
        self._wait_told()

    def count(self):
        self.counts["SIGUSR1"] += 1
        return tged.counters(self.serving)

    # --- serve's interface on the second wire

    def _flap(self, *lines):
        with self._span("flap"):
            self.server.ip_batch(lines)
            if not lines:
                self.server.ip(f"link del {self._dev}")
                self.second.plug(self.server, self._address, dev=self._dev)
            self.second.mend(self.server, self._dev)
            know(self.server, address_of(self.far), dev=self._dev)

    def down_up(self):
        self._flap(f"link set {self._dev} down", f"link set {self._dev} up")

    def readdress(self):
        old = self._address
        self._address = "192.168.2.3/24" if old == "192.168.2.2/24" else "192.168.2.2/24"
        self._flap(f"addr del {old} dev {self._dev}",
                   f"addr add {self._address} broadcast + dev {self._dev}")

    def rename_link(self):
        old, self._dev = self._dev, "wan1" if self._dev == "eth1" else "eth1"
        self._flap(f"link set {old} down", f"link set {old} name {self._dev} up")

    def make_again(self):
        self._flap()

    # --- floods on the lan

    def flood(self, kind):
        with self._span("forged" if kind == "forged" else "junk"):
            flooder = self.attacker.peer("flooder", SERVER, "--device", "eth0", "--count", 30_000,
                                         "--most", FLOOD_S, *FLOODS[kind])
            self.counts[kind] += flooder.wait_records(1)[0]["sent"]
            flooder.stop()
            self._wait_taken()
            pause(STRAINED_S if kind == "forged" else 0)

    def _wait_taken(self):
        """Until serve has taken what it was sent before: it answers what came later."""
        ask = ("discover-one", "-T", "127.0.0.1", "-t", "2", "-j")
        wait_until(lambda: self.server.udpdisc(*ask).returncode == 0, "SERVER_IP after a flood")
        wait_until(self._told, "TGED after a flood")

    # --- what the watch sees

    def expect(self, event):
        """It is the next and the only one that the watch tells."""
        self.events.append(event)
        deadline_s = time.monotonic() + 6 * PATIENCE_S
        while self.watching.stdout.count("\n") < len(self.events):
            if time.monotonic() > deadline_s or self.watching.popen.poll() is not None:
                pytest.fail(f"the watch missed '{event}'")
            pause(0.1)
        told = events(self.watching)
        if told != self.events:
            pytest.fail(f"the watch told {told[-3:]} where it was {self.events[-3:]}")

    def visit_stock(self):
        peer = self.stock.peer("stock_server", "--claim", "192.168.1.30")
        self.expect("up 192.168.1.30")
        peer.stop()
        self.expect("down 192.168.1.30")

    def visit_serve(self):
        serving = self.guest.start_udpdisc("serve")
        self.expect("up 192.168.1.31")
        status = serving.stop()
        assert status == 0, f"the serve of a visitor ended with {status}"
        self.expect("down 192.168.1.31")

    def leave_island(self):
        """The watch's own interface goes, and comes again."""
        self.watcher.ip("link del eth1")
        self.expect("down 192.168.3.2")
        self.third.plug(self.watcher, "192.168.3.5/24", dev="eth1")
        self._know_island()
        self.expect("up 192.168.3.2")

    # --- clients of one run

    def _found(self, find, *words):
        """Notes when a client began, and when it had found serve, which is None if it didn't."""
        began_s = time.monotonic()
        found = find(*words)
        self.runs.append((began_s, time.monotonic() if SERVER in found else None))

    def _stock(self):
        return [server["ip"] for server in self.client.ask("stock_client", "--timeout", "2")]

    def _discover(self, *words):
        run = self.client.udpdisc(*words, "-t", "2", "-j")
        assert run.returncode in (0, 1), f"{words[0]} ended with {run.returncode}: {run.stderr}"
        found = json.loads(run.stdout) or []
        assert run.returncode == (not found), run
        return [server["ip"] for server in (found if isinstance(found, list) else [found])]
