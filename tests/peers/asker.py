#!/usr/bin/env python3
"""Sends foreign datagrams (hex lines on stdin), then from another socket a true probe.

A responder that works in order has answered the foreign ones, if it ever does, when its
reply to the probe is here; so their replies are counted without a wait. Prints JSON.
"""

import argparse
import json
import socket
import sys


def make_socket(given):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sock.bind((given.source, 0))
    if given.device:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, given.device.encode())
    return sock


def waiting(sock):
    """What is in the receive buffer at this moment."""
    sock.setblocking(False)
    while True:
        try:
            yield sock.recv(65535).decode("utf-8", "replace")
        except BlockingIOError:
            return


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("to")
    parser.add_argument("--port", type=int, default=9999)
    parser.add_argument("--source", default="")
    parser.add_argument("--device", help="send here (255.255.255.255 needs it)")
    parser.add_argument("--message", default="DISCOVER_SERVER")
    parser.add_argument("--timeout", type=float, default=5.0)
    return parser.parse_args()


def main():
    given = options()
    foreign, asker = make_socket(given), make_socket(given)
    for line in sys.stdin:
        foreign.sendto(bytes.fromhex(line), (given.to, given.port))
    asker.settimeout(given.timeout)
    asker.sendto(given.message.encode(), (given.to, given.port))
    try:
        reply, source = asker.recvfrom(65535)
        answer = {"reply": reply.decode("utf-8", "replace"), "source": list(source)}
    except socket.timeout:
        answer = {"reply": None, "source": None}
    print(json.dumps({**answer, "foreign_replies": list(waiting(foreign))}))


if __name__ == "__main__":
    main()
