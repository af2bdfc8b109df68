#!/usr/bin/env python3
"""Notes who is asked on a wire: ARP requests and UDP datagrams that come in; needs CAP_NET_RAW.

Prints `ready`, and when it is told to end (SIGTERM) one JSON object: how often each address
was asked for by ARP and how often by UDP, each in the order of the first time, from which
ports, and how many packets it missed. All of them are kept in a ring of the kernel's that
is only read at the end, so that a busy machine loses none.
"""

import argparse
import json
import mmap
import signal
import socket
import struct

ETH_P_ALL, ETH_P_IP, ETH_P_ARP = 3, 0x0800, 0x0806
SOL_PACKET, PACKET_RX_RING, PACKET_STATISTICS, PACKET_VERSION = 263, 5, 6, 10
TPACKET_V2, TP_STATUS_USER = 1, 1
FRAME, BLOCK, BLOCKS = 256, 1 << 16, 512
# struct tpacket2_hdr: status, length, captured, MAC and network offsets; behind it and its
# padding is a struct sockaddr_ll, of which protocol and packet type count here.
HEADER = struct.Struct("=IIIHH")
ADDRESS_AT, ADDRESS = 32, struct.Struct("=HHiHB")
ARP_REQUEST = struct.Struct("!6xH")


def open_ring(device):
    """A socket and its ring."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    sock.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V2)
    shape = struct.pack("=IIII", BLOCK, BLOCKS, FRAME, BLOCKS * BLOCK // FRAME)
    sock.setsockopt(SOL_PACKET, PACKET_RX_RING, shape)
    ring = mmap.mmap(sock.fileno(), BLOCKS * BLOCK)
    sock.bind((device, ETH_P_ALL))
    return sock, ring


def packets(ring):
    """The protocol and the bytes of each packet that came in, in order."""
    for at in range(0, len(ring), FRAME):
        status, _, captured, _, offset = HEADER.unpack_from(ring, at)
        if not status & TP_STATUS_USER:
            return
        _, protocol, _, _, kind = ADDRESS.unpack_from(ring, at + ADDRESS_AT)
        if kind != socket.PACKET_OUTGOING:
            yield socket.ntohs(protocol), ring[at + offset:at + offset + captured]


def note_arp(noted, packet):
    if ARP_REQUEST.unpack_from(packet)[0] == 1:
        target = socket.inet_ntoa(packet[24:28])
        noted[target] = noted.get(target, 0) + 1


def note_udp(noted, ports, packet, port):
    header = (packet[0] & 15) * 4
    if packet[9] != socket.IPPROTO_UDP:
        return
    source_port, to_port = struct.unpack_from("!HH", packet, header)
    if to_port == port:
        target = socket.inet_ntoa(packet[16:20])
        noted[target] = noted.get(target, 0) + 1
        ports.add(source_port)


def notes(ring, port):
    arp, udp, ports = {}, {}, set()
    for protocol, packet in packets(ring):
        if protocol == ETH_P_ARP:
            note_arp(arp, packet)
        elif protocol == ETH_P_IP:
            note_udp(udp, ports, packet, port)
    return {"arp": arp, "udp": udp, "source_ports": sorted(ports)}


def missed(sock):
    _, dropped = struct.unpack("=II", sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
    return dropped


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="eth0")
    parser.add_argument("--port", type=int, default=9999)
    given = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    sock, ring = open_ring(given.device)
    print("ready", flush=True)
    signal.sigwait([signal.SIGTERM])
    print(json.dumps({**notes(ring, given.port), "missed": missed(sock)}), flush=True)


if __name__ == "__main__":
    main()
