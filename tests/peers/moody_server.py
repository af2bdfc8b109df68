#!/usr/bin/env python3
"""Answers by a plan, round by round of a watch: what, or not at all.

The plan is a word of a letter a round: `a` is the first reply, `b` the second and so on, `-`
is silence. The last letter is for all rounds that come later. A round is the probes that come
from one port. Prints `ready`, then one JSON object for each probe that arrives: of which
round it is, from 1, where it came from and went to, and when.
"""

import argparse
import json
import socket
import struct
import time

IP_PKTINFO = 8


def receive(sock):
    """A probe's sender, and what is known of its way."""
    _, control, _, asker = sock.recvmsg(65535, 64)
    index, _, to = struct.unpack("=I4s4s", control[0][2])
    return asker, {"source_port": asker[1], "to": socket.inet_ntoa(to),
                   "interface": socket.if_indextoname(index), "at_s": time.monotonic()}


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plan", metavar="PLAN")
    parser.add_argument("replies", nargs="*", metavar="REPLY")
    parser.add_argument("--port", type=int, default=9999)
    parser.add_argument("--address", default="", help="hear what is sent to this one alone")
    return parser.parse_args()


def main():
    given, before, number = options(), None, 0
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    sock.bind((given.address, given.port))
    print("ready", flush=True)
    while True:
        asker, probe = receive(sock)
        number += asker != before
        before = asker
        print(json.dumps({"round": number, **probe}), flush=True)
        letter = given.plan[min(number, len(given.plan)) - 1]
        if letter != "-":
            sock.sendto(given.replies[ord(letter) - ord("a")].encode(), asker)


if __name__ == "__main__":
    main()
