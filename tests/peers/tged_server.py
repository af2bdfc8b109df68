#!/usr/bin/env python3
"""Behaves as the original server of TGED does."""

import argparse
import json
import socket

HEADER = "TGED DISCOVERY 1.0"
INVALID = "TGED INVALID 1.0\r\nRP: INVALID\r\n\r\n"
REQUEST_MAX = 4096


def asked(lines):
    """The service that the lines behind the header ask for; None where there is none."""
    for line in lines:
        key, colon, name = line.partition(":")
        if colon and key == "RQ":
            return name
    return None


def reply(fields):
    lines = "".join(f"{key}: {value}\r\n" for key, value in fields.items())
    return f"TGED REPLY 1.0\r\n{lines}\r\n"


def answer(datagram, services):
    """What is sent back; None where it is no request."""
    header, *lines = datagram.decode("utf-8", "replace").split("\r\n")
    if header != HEADER:
        return None
    name = asked(lines)
    return reply(services[name]) if name in services else INVALID


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("services", type=json.loads, metavar="JSON",
                        help="an object of services, each an object of fields")
    parser.add_argument("--port", type=int, default=4745)
    return parser.parse_args()


def main():
    given = options()
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("0.0.0.0", given.port))
    print("ready", flush=True)
    while True:
        datagram, asker = sock.recvfrom(REQUEST_MAX)
        text = answer(datagram, given.services)
        if text is not None:
            sock.sendto(text.encode(), asker)


if __name__ == "__main__":
    main()
