#!/usr/bin/env python3
"""A name server for IPv4 addresses (RFC 1035), good or bad.

Prints `ready`, then one JSON object for each query that arrives.
"""

import argparse
import json
import socket
import struct

NO_NAME, CUT = 3, 0x0200
A, CNAME = 1, 5


def read_question(query):
    """The name in lower case, its type, and where the question ends."""
    labels, at = [], 12
    while length := query[at]:
        labels.append(query[at + 1:at + 1 + length].decode("ascii").lower())
        at += 1 + length
    return ".".join(labels), struct.unpack_from(">H", query, at + 1)[0], at + 5


def name_of(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def record(owner, kind, data):
    return name_of(owner) + struct.pack(">HHIH", kind, 1, 60, len(data)) + data


def records_for(name, table):
    """The chain of aliases and the addresses at its end."""
    found = []
    for value in table[name]:
        if value[0].isdigit():
            found.append(record(name, A, socket.inet_aton(value)))
        elif value:
            found += [record(name, CNAME, name_of(value)), *records_for(value, table)]
    return found


def answer(query, given, table):
    name, kind, end = read_question(query)
    rcode, records = given.rcode, []
    if not rcode and name not in table:
        rcode = NO_NAME
    if not rcode and kind == A:
        records = records_for(name, table)
    flags = 0x8180 | rcode | (CUT if given.cut else 0)
    if given.cut:
        records = records[:given.cut - 1]
    return query[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0) + \
        query[12:end] + b"".join(records)


def forgeries(true):
    """What may not count: another id, another question, a query, noise."""
    other_id = bytes([true[0] ^ 1])
    yield other_id + true[1:2] + b"\x81\x83" + true[4:]
    yield true[:2] + b"\x81\x83" + true[4:13] + bytes([true[13] ^ 1]) + true[14:]
    yield true[:2] + b"\1\0" + true[4:]
    yield b""
    yield true[:11]


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bind", default="127.0.0.1")
    parser.add_argument("--name", action="append", default=[], metavar="NAME=[VALUE,...]",
                        help="addresses or aliases of a name; repeatable")
    parser.add_argument("--rcode", type=int, default=0, help="say this to all")
    parser.add_argument("--cut", type=int, default=0, metavar="N",
                        help="say TC, with N - 1 records")
    parser.add_argument("--ignore", type=int, default=0, metavar="N",
                        help="leave the first N queries unanswered")
    parser.add_argument("--forge", action="store_true", help="send forgeries first")
    return parser.parse_args()


def main():
    given = options()
    table = {name: values.split(",") if values else []
             for name, values in (pair.split("=") for pair in given.name)}
    family, kind, _, _, own = socket.getaddrinfo(given.bind, 53, type=socket.SOCK_DGRAM)[0]
    sock = socket.socket(family, kind)
    sock.bind(own)
    print("ready", flush=True)
    while True:
        query, asker = sock.recvfrom(65535)
        print(json.dumps({"name": read_question(query)[0], "id": query[:2].hex(),
                          "port": asker[1], "hex": query.hex()}), flush=True)
        if given.ignore > 0:
            given.ignore -= 1
            continue
        true = answer(query, given, table)
        for datagram in [*(forgeries(true) if given.forge else ()), true]:
            sock.sendto(datagram, asker)


if __name__ == "__main__":
    main()
