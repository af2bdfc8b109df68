#!/usr/bin/env python3
"""Behaves as the stock server of django-udp-discovery does."""

import argparse
import signal
import socket


def own_address():
    """The address that the default route would use, found without a packet."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        try:
            route.connect(("8.8.8.8", 80))
            return route.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def answer(sock, message, prefix, address):
    """Answer probes until the first error, which is the caller's to report. As in the original
    the timeout is there to see in time that it is to end, and the address a text."""
    sock.settimeout(1.0)
    while True:
        try:
            datagram, asker = sock.recvfrom(1024)
        except socket.timeout:
            continue
        if datagram == message:
            sock.sendto(prefix + address.encode(), asker)


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9999)
    parser.add_argument("--message", default="DISCOVER_SERVER")
    parser.add_argument("--prefix", default="SERVER_IP:")
    parser.add_argument("--claim", help="say this ADDR[:PORT] instead of the own one")
    return parser.parse_args()


def main():
    given = options()
    address = given.claim or own_address()
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("", given.port))
    print("ready", flush=True)
    try:
        answer(sock, given.message.encode(), given.prefix.encode(), address)
    except OSError as error:
        # The original's listener thread dies here, and its process lives on.
        print(f"listener ended: {error}", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
