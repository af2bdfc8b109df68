#!/usr/bin/env python3
"""Asks on and on at a steady pace, from a new port each time, until SIGTERM.

Prints `ready`, and one JSON object for each probe when it is 2 s old: when it was sent, and
when its answer came, null where none did. Another reply than expected, or a second one, ends it.
"""

import argparse
import json
import random
import re
import select
import signal
import socket
import time

LATE_S = 2.0


class Probe:
    """One that was sent, and its answer."""

    def __init__(self, given):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.sent_s, self.answered_s = time.monotonic(), None
        self.sock.sendto(given.message.encode(), (given.to, given.port))

    def take(self, given):
        reply, (source, _) = self.sock.recvfrom(65535)
        expected = given.reply.replace("SOURCE", re.escape(source))
        if self.answered_s or not re.fullmatch(expected.encode(), reply, re.DOTALL):
            raise SystemExit(f"not expected from {source}: {reply!r}")
        self.answered_s = time.monotonic()

    def end(self):
        self.sock.close()
        print(json.dumps({"sent_s": self.sent_s, "answered_s": self.answered_s}), flush=True)


def take_replies(probes, until_s, given):
    """At least what is there, or one that comes until then; the oldest ones are over."""
    by_sock = {probe.sock: probe for probe in probes}
    for sock in select.select(list(by_sock), [], [], max(until_s - time.monotonic(), 0))[0]:
        by_sock[sock].take(given)
    while probes and probes[0].sent_s + LATE_S < time.monotonic():
        probes.pop(0).end()


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("to")
    parser.add_argument("--port", type=int, default=9999)
    parser.add_argument("--message", default="DISCOVER_SERVER")
    parser.add_argument("--reply", default="SERVER_IP:SOURCE",
                        help="what answers match as a whole; SOURCE is who sends it")
    parser.add_argument("--rate", type=float, default=10, help="probes a second")
    return parser.parse_args()


def main():
    given, probes, ended = options(), [], []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    print("ready", flush=True)
    due_s = time.monotonic()
    while probes or not ended:
        take_replies(probes, due_s, given)
        now_s = time.monotonic()
        if now_s >= due_s:  # what a busy machine kept it from sending is not made up for
            due_s = now_s + random.uniform(0.5, 1.5) / given.rate
            probes += [] if ended else [Probe(given)]


if __name__ == "__main__":
    main()
