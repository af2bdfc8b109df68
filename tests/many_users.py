"""Runs a sh script in namespaces of its own: many_users.py SCRIPT [ARGUMENT]...

tests/run starts the tests by it. root keeps all its users and groups in there, so
that a program can change to another one; unshare(1) alone maps a single user.
Where there are no others, or may not be, it is `unshare -Urnm`. UDPDISC_USERS
tells the tests which it is, many or one.
"""

import ctypes
import os
import signal
import sys

CLONE_NEWUSER = 0x10000000
NOBODY = 65534  # whom the tests change to

libc = ctypes.CDLL(None)


def same(kind):
    """The map of all uids or gids that we have, in which each is itself."""
    with open(f"/proc/self/{kind}_map", encoding="ascii") as table:
        ranges = [(int(first), int(count)) for first, _, count in map(str.split, table)]
    if not any(first <= NOBODY < first + count for first, count in ranges):
        raise PermissionError(f"no {kind} {NOBODY}")
    return "".join(f"{first} {first} {count}\n" for first, count in ranges)


def start_holder():
    """The pid of a child that makes a user namespace and stops in it; it ends if it can't."""
    pid = os.fork()
    if pid == 0:
        if libc.unshare(CLONE_NEWUSER) == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(1)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    return pid


def enter_many():
    """Go to a user namespace with all our users; after an OSError we are where we were."""
    if os.geteuid() != 0:
        raise PermissionError("not root")
    maps = {kind: same(kind) for kind in ("uid", "gid")}
    holder = start_holder()
    try:
        for kind, text in maps.items():  # refused if it ended: then the map is our own
            with open(f"/proc/{holder}/{kind}_map", "w", encoding="ascii") as table:
                table.write(text)
        if libc.setns(os.open(f"/proc/{holder}/ns/user", os.O_RDONLY), CLONE_NEWUSER) != 0:
            raise PermissionError("setns")
    finally:
        os.kill(holder, signal.SIGKILL)
        os.waitpid(holder, 0)


def main():
    users, options = "many", "-nm"
    try:
        enter_many()
    except OSError:
        users, options = "one", "-Urnm"
    os.environ["UDPDISC_USERS"] = users
    os.execvp("unshare", ["unshare", options, "sh", "-c", sys.argv[1], "sh", *sys.argv[2:]])


main()
