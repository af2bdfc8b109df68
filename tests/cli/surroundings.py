"""What is around a running serve: its users, files that others may read, interfaces, strace."""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

from clitool import BINARY, FOREIGN, SANITIZED, rights, serve, wait_for
from test_tged_options import SQL
from tracing import STRACE

NOBODY = 65534
CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapAmb")
FILTER = 0 if SANITIZED or FOREIGN else 2  # Seccomp
MANY = os.environ.get("UDPDISC_USERS") == "many"
whole_options = pytest.mark.skipif(
    FOREIGN, reason="qemu has no SO_DETACH_FILTER and SO_GET_FILTER, and a half of SO_MEMINFO")
many = pytest.mark.skipif(not MANY, reason="there is one user in this namespace")


def as_user(uid, gid, *options):
    """A wrapper: udpdisc is started by this user; with --groups if there are to be any."""
    groups = [] if any(word.startswith("--groups") for word in options) else ["--clear-groups"]
    return ["/usr/bin/setpriv", f"--reuid={uid}", f"--regid={gid}", *groups, *options]


ONE_USER = ["/usr/bin/unshare", "-Ur"]  # a wrapper: root, and nobody else


@contextlib.contextmanager
def public_folder():
    """A folder that every user may enter; pytest's own are for root alone."""
    path = pathlib.Path(tempfile.mkdtemp(dir="/run"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path)


def public_binary(folder):
    """The path of a copy of udpdisc that every user may run."""
    return shutil.copy(BINARY, folder / "udpdisc")


@contextlib.contextmanager
def interface(address):
    """A new interface with this address and prefix, and the other end of its wire."""
    def ip(*words):
        subprocess.run(["ip", *words], check=True)

    ip("link", "add", "wire0", "type", "veth", "peer", "name", "wire1")
    try:
        ip("address", "add", address, "broadcast", "+", "dev", "wire0")
        ip("link", "set", "wire0", "up")
        ip("link", "set", "wire1", "up")
        yield "wire0"
    finally:
        ip("link", "del", "wire0")


def limits(pid):
    """The limits of a process: name to (soft, hard), as in /proc/PID/limits."""
    text = pathlib.Path(f"/proc/{pid}/limits").read_text("ascii")
    return {name: (soft, hard) for name, soft, hard in re.findall(
        r"^(Max [\w ]*?\w) +(\d+|unlimited) +(\d+|unlimited)", text, re.MULTILINE)}


def beside(tracer, *options):
    """A wrapper for start(): the process is udpdisc itself, and strace stands beside it."""
    return [STRACE, "-D", "-f", "-q", "-o", str(tracer.log), *options]


def wait_traced(tracer):
    """All that strace wrote of a process that ended."""
    return wait_for(lambda: "+++ " in tracer.text and tracer.text, "the end of strace")


@contextlib.contextmanager
def traced(tracer, options, *args, **more):
    """A serve with strace beside it, in which an option like name:error=EIO is of inject=."""
    words = [word for option in options for word in (
        ("-e", f"inject={option}") if ":" in option else (option,))]
    with serve(*args, wrapper=beside(tracer, *words), **more) as server:
        yield server
    wait_traced(tracer)


def warnings(server):
    """Its warnings, without what each of them begins with."""
    return re.findall(r"^udpdisc: warning: (.*)$", server.log, re.MULTILINE)


def check_given_up(pid, kept=0):
    """No rights but these capabilities."""
    held = rights(pid)
    assert [held[name] for name in CAPABILITIES] == [0, kept, kept, 0]
    assert (held["NoNewPrivs"], held["Seccomp"]) == (1, FILTER)


def check_is(pid, uid, gid, groups=()):
    held = rights(pid)
    assert (held["Uid"], held["Gid"], held["Groups"]) == ([uid] * 4, [gid] * 4, [*groups])


@pytest.fixture
def folder():
    """One that everybody may read."""
    with public_folder() as path:
        yield path


@pytest.fixture
def path(folder):
    """A good services file that everybody may read."""
    path = folder / "services.json"
    path.write_text(SQL, "ascii")
    return path
