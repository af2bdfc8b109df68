"""A discover that is at a certain point when a signal comes."""

import contextlib
import fcntl
import os
import pathlib
import re
import subprocess

from clitool import ANSWER, LIMIT_S, heard, responder, start, wait_for
from names import etc, name_server

PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


@contextlib.contextmanager
def started(*args, **options):
    process = start(*args, **{**PIPES, **options})
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def full_pipe():
    """A pipe without room for a byte, as a reader that fell asleep leaves it."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.write(writer, b"x" * 4096)
    return reader, writer


def wait_taken(process):
    """Until it sleeps again, or has ended, and has no signal but such as it holds back."""
    status = pathlib.Path(f"/proc/{process.pid}/status")

    def is_over():
        fields = dict(re.findall(r"^(\w+):\t(\w+)", status.read_text("utf-8"), re.MULTILINE))
        pending, held = (int(fields[name], 16) for name in ("ShdPnd", "SigBlk"))
        return fields["State"] in "SZ" and not pending & ~held

    wait_for(is_over, "the signals to be taken")


def open_once_read(path):
    """A descriptor to write to the FIFO with, or None while nobody reads it."""
    with contextlib.suppress(OSError):
        return os.open(path, os.O_WRONLY | os.O_NONBLOCK)


@contextlib.contextmanager
def reading(folder, *args, **options):
    """It reads its targets from a FIFO."""
    fifo = folder / "fifo"
    os.mkfifo(fifo)
    with started(*args, "--targets-file", fifo, **options) as process:
        writer = wait_for(lambda: open_once_read(fifo), "it to read")
        try:
            yield process
        finally:
            os.close(writer)


@contextlib.contextmanager
def resolving(folder, *args, **options):
    """It waits for a name server."""
    (folder / "etc").mkdir()
    with name_server(self=["127.0.0.1"]) as server:
        server.hold.clear()
        with started(*args, "-Tself.test", wrapper=etc(folder / "etc"), **options) as process:
            wait_for(lambda: server.asked, "the query")
            yield process


@contextlib.contextmanager
def asking(_folder, *args, **options):
    """It waits for answers, and has none."""
    with responder(b"junk") as peer, started(*args, "-T", peer.target, "-t60",
                                             **options) as process:
        peer.wait_taken()
        yield process


@contextlib.contextmanager
def answered(_folder, *args, **options):
    """It waits for more answers, and has one."""
    with responder(ANSWER) as peer, started(*args, "-T", peer.target, "-t60",
                                            **options) as process:
        peer.wait_taken()
        yield process


BEFORE = [reading, resolving]  # no probe was sent by then


def end(process, signum):
    """Its exit code, stdout and stderr, once the signal ended it."""
    process.send_signal(signum)
    out, err = process.communicate(timeout=LIMIT_S)
    return process.returncode, out.decode(), heard(err)
