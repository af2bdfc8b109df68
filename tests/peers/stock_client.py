#!/usr/bin/env python3
"""Behaves as the stock client of django-udp-discovery does."""

import argparse
import ipaddress
import json
import socket
import subprocess

DEFAULT_PORT = 8000


def parse(datagram, prefix="SERVER_IP:"):
    """The (ip, port) of a reply, or None; as lenient as Python's int() is."""
    if not datagram.startswith(prefix.encode()):
        return None
    claim = datagram[len(prefix.encode()):].decode("utf-8", "ignore").strip()
    address, colon, port = claim.partition(":")
    try:
        number = int(port) if colon else DEFAULT_PORT
        octets = [int(part) for part in address.split(".")]
    except ValueError:
        return None
    if len(octets) != 4 or not all(0 <= octet <= 255 for octet in octets):
        return None
    return (address.strip(), number) if 1 <= number <= 65535 else None


def own_interfaces():
    """(address, directed broadcast) of each address but loopback's."""
    links = json.loads(subprocess.check_output(["ip", "-j", "-4", "addr"]))
    for link in links:
        if "LOOPBACK" in link.get("flags", ["LOOPBACK"]):
            continue  # an older ip(8) prints {} for one without IPv4
        for entry in link["addr_info"]:
            net = ipaddress.ip_interface(f"{entry['local']}/{entry['prefixlen']}").network
            yield entry["local"], entry.get("broadcast", str(net.broadcast_address))


def collect(sock, prefix, most):
    """Servers until no datagram came for the socket's timeout: each starts it again."""
    count = 0
    while count != most:
        try:
            datagram, source = sock.recvfrom(1024)
        except socket.timeout:
            return
        claim = parse(datagram, prefix)
        if claim:
            count += 1
            yield {"ip": claim[0], "port": claim[1], "source_address": source[0],
                   "raw_response": datagram.decode("utf-8", "ignore")}


def ask(address, broadcast, given):
    """The servers that answer a probe from this address to this broadcast address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.bind((address, 0))
        sock.settimeout(given.timeout)
        sock.sendto(given.message.encode(), (broadcast, given.port))
        return list(collect(sock, given.prefix, given.most))


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9999)
    parser.add_argument("--message", default="DISCOVER_SERVER")
    parser.add_argument("--prefix", default="SERVER_IP:")
    parser.add_argument("--timeout", type=float, default=5.0)
    parser.add_argument("--most", type=int, help="end after so many replies; default: never")
    parser.add_argument("--interface", action="append", metavar="IP/BROADCAST",
                        help="ask there only; repeatable; default: all")
    return parser.parse_args()


def main():
    given = options()
    interfaces = [pair.split("/") for pair in given.interface or []]
    servers = []
    for address, broadcast in interfaces or own_interfaces():
        servers += ask(address, broadcast, given)
    print(json.dumps(servers))


if __name__ == "__main__":
    main()
