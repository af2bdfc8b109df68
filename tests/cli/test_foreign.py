"""The list of system calls of another architecture: no kernel is here to put it in force, so
it is held against what qemu says that udpdisc calls. Collected for a foreign binary alone."""

import mmap
import os
import pathlib
import re
import socket
import subprocess
import termios

import pytest

from clitool import ANSWER, BINARY, run, serve
from filters import ALLOWED, Filter
from surroundings import folder, interface, path
from test_given_up import live_through_all
from test_tged_options import serve_services
from watching import events

SERVE, DISCOVER, WRITE = 1, 2, 4  # the uses
BUILT = pathlib.Path(BINARY).parents[1]
HEADERS = BUILT.parent / "sysroot" / BUILT.name / "usr" / "include"
CONFINED = re.compile(r"^\d+ prctl\(22,2,.*\n", re.MULTILINE)  # PR_SET_SECCOMP
CALL = re.compile(r"^\d+ (\w+)\((.*?)\)? = ", re.MULTILINE)
FLAGS = {**vars(os), **vars(mmap), **vars(socket), **vars(termios)}


def numbers():
    """Each system call's, by its name."""
    header, = HEADERS.glob("*/bits/syscall.h")
    return {name: int(number) for name, number in re.findall(
        r"^#define __NR_(\w+)\s+(\d+)$", header.read_text("ascii"), re.MULTILINE)}


NUMBERS = numbers()


def value(word):
    """Of an argument as qemu writes it; what it doesn't know is 0."""
    names = [name.replace("PF_", "AF_", 1) for name in word.split("|")]
    return sum(int(FLAGS.get(name, name if name.isdigit() else 0)) for name in names)


def not_listed(log, uses):
    """The calls that the list refuses, of those that were made from where it was to hold."""
    before, made = CONFINED.split(log.read_text("utf-8"), 1)
    made = CALL.findall(made)
    assert CALL.search(before) and len(made) > 5
    verdict = Filter(subprocess.run([BUILT / "start" / "list", str(uses)], check=True, text=True,
                                    capture_output=True).stdout).verdict
    return {f"{name}({words})" for name, words in made
            if verdict(NUMBERS[name], *map(value, words.split(","))) != ALLOWED}


@pytest.fixture
def log(tmp_path):
    """Where qemu writes the calls of what is run with env=traced(log)."""
    return tmp_path / "calls"


def traced(log):
    return {"QEMU_STRACE": "1", "QEMU_LOG_FILENAME": str(log)}


def test_serve(path, log):
    with serve_services(path, "-v", env=traced(log)) as (server, port):
        live_through_all(server, path, port)
    assert not_listed(log, SERVE) == set()


@pytest.mark.parametrize("args, uses", [
    ("discover -vv", DISCOVER), ("discover -jc1 -Tlocalhost", DISCOVER),
    ("discover-one -ondjson -T127.0.0.1:1", DISCOVER), ("discover -T10.98.0.0/28", DISCOVER),
    ("discover --limited --broadcast", DISCOVER), ("discover -s x", DISCOVER),
    ("discover -c1 --output-file={new}", DISCOVER | WRITE)])
def test_discover(server, tmp_path, log, args, uses):
    port = "--tged-port" if "-s" in args.split() else "-p"
    with interface("10.98.0.1/24"):
        result = run(*args.format(new=tmp_path / "new").split(), "-T127.0.0.1", port, server.port,
                     "-t0.1", env=traced(log))
    assert result.code in (0, 1), result.err
    assert not_listed(log, uses) == set()


def test_watch(server, tmp_path, log):
    with events(tmp_path, "-T", f"127.0.0.1:{server.port}", "-T127.0.0.1:1", "-vv",
                env=traced(log)) as running:
        running.wait_err("sent probe 1 to ", 6)
        assert running.end() == 0
    assert not_listed(log, DISCOVER) == set()


def test_what_is_not_in_the_list(log):
    """So that it would be seen: what only writes a file asks nobody and answers nobody."""
    with serve(env=traced(log)) as server:
        assert server.ask()[0] == ANSWER
        assert server.stop() == 0
    assert {call.partition("(")[0] for call in not_listed(log, WRITE)} >= {"ppoll", "sendmsg"}
