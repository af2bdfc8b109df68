#!/usr/bin/env python3
"""Looks at the neighbour table again and again, as the kernel gives it.

Prints `ready`, and when it is told to end (SIGTERM) one JSON object: of the interface named
the most entries that waited for an answer at one time, and the most that waited or were
resolved; the most entries that other network namespaces had; and the number of looks.
"""

import json
import signal
import socket
import struct
import sys

RTM_GETNEIGH, RTM_GETNEIGHTBL, NLM_F_DUMP, NLMSG_DONE = 30, 66, 0x301, 3
INCOMPLETE, RESOLVED = 0x01, 0x02 | 0x08 | 0x10  # REACHABLE, DELAY, PROBE
MESSAGE, ENTRY, TABLE = struct.Struct("=IHHII"), struct.Struct("=BxxxiHBB"), struct.Struct("=Bxxx")
ATTRIBUTE, NDTA_CONFIG = struct.Struct("=HH"), 5
CONFIG = struct.Struct("=HHI")  # struct ndt_config: two lengths, then entries of all namespaces
GAP_S = 0.02


def ask(sock, kind, body):
    """The body of each message of the answer."""
    sock.send(MESSAGE.pack(MESSAGE.size + len(body), kind, NLM_F_DUMP, 0, 0) + body)
    while True:
        data, at = sock.recv(1 << 20), 0
        while at < len(data):
            length, kind, *_ = MESSAGE.unpack_from(data, at)
            if kind == NLMSG_DONE:
                return
            yield data[at + MESSAGE.size:at + length]
            at += (length + 3) & ~3


def all_entries(sock):
    """How many there are in all network namespaces."""
    most = 0
    for body in ask(sock, RTM_GETNEIGHTBL, TABLE.pack(socket.AF_INET)):
        at = TABLE.size
        while at < len(body):
            length, kind = ATTRIBUTE.unpack_from(body, at)
            if kind == NDTA_CONFIG:
                most = max(most, CONFIG.unpack_from(body, at + ATTRIBUTE.size)[2])
            at += (length + 3) & ~3
    return most


def look(sock, index):
    """How many wait for an answer, how many more are resolved, how many are of others."""
    bodies = ask(sock, RTM_GETNEIGH, ENTRY.pack(socket.AF_INET, 0, 0, 0, 0))
    entries = [ENTRY.unpack_from(body) for body in bodies]
    states = [state for _, interface, state, *_ in entries if interface == index]
    waiting = sum(bool(state & INCOMPLETE) for state in states)
    resolved = sum(bool(state & RESOLVED) for state in states)
    return waiting, waiting + resolved, all_entries(sock) - len(entries)


def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    index = socket.if_nametoindex(sys.argv[1])
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    print("ready", flush=True)
    most, looks = (0, 0, 0), 0
    while not signal.sigtimedwait([signal.SIGTERM], GAP_S):
        most = tuple(map(max, most, look(sock, index)))
        looks += 1
    waiting, used, others = most
    print(json.dumps({"waiting": waiting, "used": used, "others": others, "looks": looks}),
          flush=True)


if __name__ == "__main__":
    main()
