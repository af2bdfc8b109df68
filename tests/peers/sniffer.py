#!/usr/bin/env python3
"""Prints each UDP datagram that passes this host's interfaces, as JSON; needs CAP_NET_RAW."""

import json
import socket
import struct

ETH_P_ALL = 3


def decode(packet):
    """Addresses, ports and payload of an unfragmented UDP packet, else None."""
    if len(packet) < 28 or packet[0] >> 4 != 4 or packet[9] != socket.IPPROTO_UDP:
        return None
    header = (packet[0] & 15) * 4
    source_port, port, length = struct.unpack_from("!HHH", packet, header)
    return {"source": socket.inet_ntoa(packet[12:16]), "source_port": source_port,
            "to": socket.inet_ntoa(packet[16:20]), "port": port,
            "text": packet[header + 8:header + length].decode("utf-8", "replace")}


def main():
    # SOCK_DGRAM: without the link-layer header, so loopback and veth look alike.
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    print("ready", flush=True)
    while True:
        packet, (interface, _, kind, *_) = sock.recvfrom(65535)
        seen = decode(packet)
        if seen:
            out = kind == socket.PACKET_OUTGOING
            print(json.dumps({"interface": interface, "out": out, **seen}), flush=True)


if __name__ == "__main__":
    main()
