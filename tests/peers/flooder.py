#!/usr/bin/env python3
"""Sends probes with forged sources by the thousand; needs CAP_NET_RAW.

Prints `ready` before the first, and JSON at the end: how many in how many seconds. It is
bounded by count and time, whatever else happens.
"""

import argparse
import json
import socket
import time

from forger import packet


def packets(given):
    """One for each source: 10.99.0.1, 10.99.0.2..."""
    for number in range(given.sources):
        address = f"10.99.{number // 250}.{number % 250 + 1}"
        yield packet(address, 5000, given.to, given.port, given.message.encode())


def flood(sock, given):
    """Send each when it is due, without a pause that tokens could gather in; how many."""
    turn = list(packets(given))
    sent, began = 0, time.monotonic()
    while sent < given.count and (elapsed_s := time.monotonic() - began) < given.most:
        due = min(given.count, int(elapsed_s * given.rate) + 1)
        for number in range(sent, due):
            sock.sendto(turn[number % len(turn)], (given.to, 0))
        sent = max(sent, due)
    return sent


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("to")
    parser.add_argument("--device", required=True)
    parser.add_argument("--port", type=int, default=9999)
    parser.add_argument("--message", default="DISCOVER_SERVER")
    parser.add_argument("--sources", type=int, default=10_000)
    parser.add_argument("--count", type=int, default=70_000)
    parser.add_argument("--rate", type=int, default=15_000, help="in all, a second")
    parser.add_argument("--most", type=float, default=15.0, help="seconds")
    return parser.parse_args()


def main():
    given = options()
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, given.device.encode())
    print("ready", flush=True)
    began = time.monotonic()
    sent = flood(sock, given)
    print(json.dumps({"sent": sent, "seconds": time.monotonic() - began}), flush=True)


if __name__ == "__main__":
    main()
