#!/usr/bin/env python3
"""Peers that no stock server is: deaf at first, chatty, crowded or malicious.

Prints `ready`, then one JSON object for each datagram that arrives.
"""

import argparse
import collections
import itertools
import json
import select
import socket
import struct

IP_PKTINFO = 8
CHAT_S = 0.01


def crowd(count):
    """That many valid replies, each with another address."""
    for i in range(count):
        yield f"SERVER_IP:10.99.{i // 250}.{i % 250 + 1}".encode()


def receive(sock):
    """A datagram, who sent it, and what is known of its way."""
    datagram, control, _, asker = sock.recvmsg(65535, 64)
    index, _, to = struct.unpack("=I4s4s", control[0][2])
    print(json.dumps({"source": asker[0], "source_port": asker[1],
                      "to": socket.inet_ntoa(to), "interface": socket.if_indextoname(index),
                      "hex": datagram.hex()}), flush=True)
    return datagram, asker


def converse(sock, given, replies):
    """Answer each asker's probes after the first given.ignore ones, for ever."""
    probes = collections.Counter()
    chats = {}
    while True:
        if select.select([sock], [], [], CHAT_S if chats else None)[0]:
            datagram, asker = receive(sock)
            if datagram != given.message.encode():
                continue
            probes[asker] += 1
            if probes[asker] <= given.ignore:
                continue
            if given.chatty:
                chats.setdefault(asker, itertools.cycle(replies))
            else:
                for reply in replies:
                    sock.sendto(reply, asker)
        for asker, chat in chats.items():
            sock.sendto(next(chat), asker)


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9999)
    parser.add_argument("--address", default="", help="hear what is sent to this one alone")
    parser.add_argument("--message", default="DISCOVER_SERVER")
    parser.add_argument("--ignore", type=int, default=0, metavar="N",
                        help="leave each asker's first N probes unanswered")
    parser.add_argument("--hex", type=bytes.fromhex, action="append", default=[],
                        help="answer with these bytes; repeatable")
    parser.add_argument("--crowd", type=int, default=0, metavar="N",
                        help="answer with N different valid replies")
    parser.add_argument("--chatty", action="store_true",
                        help="once asked, send a reply every 10 ms for ever")
    return parser.parse_args()


def main():
    given = options()
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    sock.bind((given.address, given.port))
    print("ready", flush=True)
    converse(sock, given, given.hex + list(crowd(given.crowd)))


if __name__ == "__main__":
    main()
