#!/usr/bin/env python3
"""Behaves as the original client of TGED does, which trims nothing and forgives nothing.

Prints the fields of the first datagram that comes as JSON, null where none came; what it
cannot divide ends it with a traceback.
"""

import argparse
import json
import socket

REPLY_MAX = 1024


def request(service):
    return f"TGED DISCOVERY 1.0\r\nRQ:{service}\r\n\r\n".encode()


def parse(datagram):
    """The fields: all but the header and exactly two empty lines at the end is KEY:VALUE."""
    lines = datagram.decode("utf-8").split("\r\n")
    fields = {}
    for line in lines[1:-2]:
        key, value = line.split(":")
        fields[key] = value
    return fields


def ask(given):
    """The first datagram that comes in time, as much as the buffer holds, and its sender."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        if given.device:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, given.device.encode())
        sock.settimeout(given.timeout)
        sock.sendto(request(given.service), (given.to, given.port))
        return sock.recvfrom(REPLY_MAX)


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service")
    parser.add_argument("--to", default="255.255.255.255")
    parser.add_argument("--port", type=int, default=4745)
    parser.add_argument("--device", help="send here (255.255.255.255 needs it)")
    parser.add_argument("--timeout", type=float, default=10.0)
    return parser.parse_args()


def main():
    try:
        datagram, source = ask(options())
    except socket.timeout:
        print("null")
        return
    print(json.dumps({**parse(datagram), "SVR": source[0]}))


if __name__ == "__main__":
    main()
