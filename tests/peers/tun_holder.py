#!/usr/bin/env python3
"""Holds a point-to-point tun interface of the given name open, so that it has a carrier."""

import fcntl
import signal
import struct
import sys

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000


def main():
    with open("/dev/net/tun", "r+b", buffering=0) as tun:
        request = struct.pack("16sH22x", sys.argv[1].encode(), IFF_TUN | IFF_NO_PI)
        fcntl.ioctl(tun, TUNSETIFF, request)
        print("ready", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
