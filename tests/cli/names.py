"""Names for the tests: a name server on loopback, and an /etc that leads to it."""

import contextlib
import socket
import struct
import threading

from clitool import LIMIT_S, udp_socket

NO_SUCH_NAME = 3  # RCODE, RFC 1035, 4.1.1


def read_name(query):
    """The name that a query asks for, and where the question ends."""
    labels, at = [], 12
    while length := query[at]:
        labels.append(query[at + 1:at + 1 + length].decode("ascii"))
        at += 1 + length
    return ".".join(labels), at + 5


class NameServer(threading.Thread):
    """Answers queries for A records from a table: name to addresses."""

    def __init__(self, table):
        super().__init__(daemon=True)
        self.table, self.asked = table, []
        self.hold = threading.Event()  # no answer until it is set
        self.hold.set()
        self.sock = udp_socket("127.0.0.1", 53)
        self.sock.settimeout(None)

    def answer(self, query):
        name, end = read_name(query)
        self.asked.append(name)
        self.hold.wait(LIMIT_S)
        addresses = self.table.get(name)
        flags = 0x8180 | (NO_SUCH_NAME if addresses is None else 0)
        head = struct.pack(">HHHHH", flags, 1, len(addresses or ()), 0, 0)
        records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) +
                           socket.inet_aton(address) for address in addresses or ())
        return query[:2] + head + query[12:end] + records

    def run(self):
        while True:
            query, asker = self.sock.recvfrom(2048)
            if not query:
                return
            self.sock.sendto(self.answer(query), asker)


@contextlib.contextmanager
def name_server(**table):
    """A NameServer for the names NAME.test of the table; _ stands for itself."""
    server = NameServer({f"{name}.test": addresses for name, addresses in table.items()})
    server.start()
    try:
        yield server
    finally:
        server.hold.set()
        server.sock.sendto(b"", server.sock.getsockname())
        server.join(LIMIT_S)
        server.sock.close()


def etc(folder, hosts=""):
    """A wrapper for start() and run(): an /etc of its own, that the folder becomes.

    Its hosts are those of the text, and its name server is on loopback.
    """
    (folder / "hosts").write_text(hosts, "utf-8")
    (folder / "resolv.conf").write_text(
        "nameserver 127.0.0.1\noptions timeout:5 attempts:1\n", "ascii")
    # what the glibc of the sanitized binary reads besides
    (folder / "nsswitch.conf").write_text("hosts: files dns\n", "ascii")
    (folder / "host.conf").write_text("multi on\n", "ascii")
    return ["/usr/bin/unshare", "-m", "/bin/sh", "-c",
            f"mount --bind '{folder}' /etc && exec \"$@\"", "sh"]
