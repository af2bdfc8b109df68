#!/usr/bin/env python3
"""Sends many probes, at a steady pace but for some chance, and counts what comes back."""

import argparse
import itertools
import json
import random
import select
import socket
import time


def count_replies(socks, until_s, most):
    """How many come until then, or as soon as there are that many."""
    count = 0
    while count < most:
        left_s = until_s - time.monotonic()
        ready, _, _ = select.select(socks, [], [], max(left_s, 0))
        if not ready:
            break
        for sock in ready:
            sock.recv(65535)
        count += len(ready)
    return count


def probe(socks, given):
    """Send them all, each from the next source and at some moment of its turn."""
    count, began, turns = 0, time.monotonic(), itertools.cycle(socks)
    for number in range(given.count):
        moment_s = began + (number + random.random()) / given.rate
        count += count_replies(socks, moment_s, given.count)
        next(turns).send(given.message.encode())
    return count


def make_socket(source, given):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((source, 0))
    sock.connect((given.to, given.port))
    return sock


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("to")
    parser.add_argument("--port", type=int, default=9999)
    parser.add_argument("--message", default="DISCOVER_SERVER")
    parser.add_argument("--source", action="append", help="repeatable: one after the other")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--rate", type=float, default=2000, help="probes a second")
    parser.add_argument("--wait", type=float, default=5.0,
                        help="so many seconds for missing replies after the last probe")
    return parser.parse_args()


def main():
    given = options()
    socks = [make_socket(source, given) for source in given.source or [""]]
    began = time.monotonic()
    count = probe(socks, given)
    sent_s = time.monotonic() - began
    count += count_replies(socks, time.monotonic() + given.wait, given.count - count)
    print(json.dumps({"sent": given.count, "replies": count, "sent_s": sent_s}))


if __name__ == "__main__":
    main()
