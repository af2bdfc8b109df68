#!/usr/bin/env python3
"""Another program of a host: asks one neighbour after the other, each only once.

It needs a peer that answers each datagram. Prints `ready`, and when it is told to end
(SIGTERM) or has asked all, one JSON object: how many it asked, and who did not answer.
"""

import argparse
import json
import select
import signal
import socket

PATIENCE_S = 5.0


def ask(address, given):
    """Whether that neighbour answers one datagram."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(given.message.encode(), (address, given.port))
        return bool(select.select([sock], [], [], PATIENCE_S)[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prefix", help="such as 192.168.7: asks .129 to .254 of it")
    parser.add_argument("--port", type=int, default=9999)
    parser.add_argument("--message", default="DISCOVER_SERVER")
    parser.add_argument("--gap", type=float, default=0.3, help="seconds between two of them")
    given = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    print("ready", flush=True)
    asked, silent = 0, []
    while asked < 126 and not signal.sigtimedwait([signal.SIGTERM], given.gap):
        address = f"{given.prefix}.{129 + asked}"
        asked += 1
        if not ask(address, given):
            silent.append(address)
    print(json.dumps({"asked": asked, "silent": silent}), flush=True)


if __name__ == "__main__":
    main()
