#!/usr/bin/env python3
"""Sends one probe per SOURCE:PORT with that forged source; needs CAP_NET_RAW."""

import argparse
import socket
import struct


def packet(source, source_port, to, port, payload):
    """An IPv4 packet; the kernel fills in lengths and checksum, UDP goes without one."""
    udp = struct.pack("!HHHH", source_port, port, 8 + len(payload), 0)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0,
                     socket.inet_aton(source), socket.inet_aton(to))
    return ip + udp + payload


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("to")
    parser.add_argument("sources", nargs="+", metavar="SOURCE:PORT")
    parser.add_argument("--device", required=True)
    parser.add_argument("--port", type=int, default=9999)
    parser.add_argument("--message", default="DISCOVER_SERVER")
    return parser.parse_args()


def main():
    given = options()
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, given.device.encode())
    for source in given.sources:
        address, source_port = source.split(":")
        sock.sendto(packet(address, int(source_port), given.to, given.port,
                           given.message.encode()), (given.to, 0))


if __name__ == "__main__":
    main()
