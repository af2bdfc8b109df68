#!/usr/bin/env python3
"""Changes a services file again and again; each time the responder must serve it.

The new file is renamed over the old one and SIGHUP sent; then it asks until the reply is
the new one. Prints JSON: how many changes were served, and the requests that took.
"""

import argparse
import json
import os
import signal
import socket
import time
from pathlib import Path

PATIENCE_S = 10.0
REQUEST = b"TGED DISCOVERY 1.0\r\nRQ:SQL\r\n\r\n"
SIZES = 40


def services(number):
    """Files of many sizes, of which no two are the same."""
    others = {f"S{i}": {"SAYS": "x" * (number % 100)} for i in range(number % SIZES)}
    return json.dumps({"SQL": {"SAYS": number}, **others})


def change(path, number, pid):
    fresh = path.with_suffix(".new")
    fresh.write_text(services(number), "ascii")
    fresh.replace(path)
    os.kill(pid, signal.SIGHUP)


def ask_until(sock, expected):
    """How many requests it took."""
    deadline = time.monotonic() + PATIENCE_S
    asked = 0
    while time.monotonic() < deadline:
        sock.send(REQUEST)
        asked += 1
        if sock.recv(1024) == expected:
            return asked
    raise TimeoutError(f"not served: {expected}")


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pid", type=int)
    parser.add_argument("path", type=Path)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--port", type=int, default=4745)
    return parser.parse_args()


def main():
    given = options()
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(PATIENCE_S)
    sock.connect(("127.0.0.1", given.port))
    asked = 0
    for number in range(given.first, given.first + given.count):
        change(given.path, number, given.pid)
        asked += ask_until(sock, f"TGED REPLY 1.0\r\nSAYS: {number}\r\n\r\n".encode())
    print(json.dumps({"served": given.count, "asked": asked}))


if __name__ == "__main__":
    main()
