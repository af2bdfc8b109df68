"""Programs that the network tests run, and waiting for what they do."""

import json
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

PATIENCE_S = 30.0  # as much as a busy machine needs
POLL_S = 0.005


def wait_until(condition, what):
    """Poll until the condition holds and return what it gave; fail when patience ends."""
    deadline = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while not (value := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {PATIENCE_S:g} s in vain for {what}")
        pause.wait(POLL_S)
    return value


def rights(pid):
    """Whom a process runs as and what it may, as /proc/PID/status names it: Uid and Gid (real,
    effective, saved, fs) and Groups are lists, CapEff and the other sets, NoNewPrivs and
    Seccomp (0 none, 2 filter) numbers; without them in the kernel they are missing."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return {**{name: [int(number) for number in fields[name].split()]
               for name in ("Uid", "Gid", "Groups")},
            **{name: int(text, 16) for name, text in fields.items()
               if name.startswith("Cap") or name in ("NoNewPrivs", "Seccomp")}}


class Process:
    """A program in the background; its stdout and stderr go to two files."""

    def __init__(self, argv, stem, env):
        self.argv = argv
        self._out, self._err = Path(f"{stem}.out"), Path(f"{stem}.err")
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.popen = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=err, env=env)

    @property
    def stdout(self):
        return self._out.read_text("utf-8")

    @property
    def stderr(self):
        return self._err.read_text("utf-8")

    def records(self):
        """The JSON objects that it printed so far, a line each; other lines are left out."""
        lines = self.stdout.split("\n")[:-1]
        return [json.loads(line) for line in lines if line.startswith("{")]

    def wait_for(self, condition, what):
        """Wait until the condition holds; fail at once when the process ended before."""
        def held_or_ended():
            ended = self.popen.poll() is not None
            return condition() or ended

        wait_until(held_or_ended, what)
        if not condition():
            pytest.fail(f"{self.argv} ended with {self.popen.returncode} before {what}: "
                        f"{self.stdout}{self.stderr}")

    def wait_ready(self):
        self.wait_for(lambda: "ready\n" in self.stdout, "its ready line")
        return self

    def wait_records(self, count):
        self.wait_for(lambda: len(self.records()) >= count, f"{count} records")
        return self.records()

    def wait_port(self, port):
        """Wait until its network namespace has a UDP socket on 0.0.0.0 and this port."""
        def is_bound():
            try:
                table = Path(f"/proc/{self.popen.pid}/net/udp").read_text("ascii")
            except OSError:  # it ended
                return False
            return f" 00000000:{port:04X} " in table

        self.wait_for(is_bound, f"a socket on port {port}")

    def wait_stderr(self, text, count=1):
        self.wait_for(lambda: self.stderr.count(text) >= count, f"{text!r} on stderr")
        return self.stderr

    def send(self, number):
        self.popen.send_signal(number)

    def wait(self):
        return self.popen.wait(PATIENCE_S)

    def stop(self, number=signal.SIGTERM):
        """End it with this signal if it still runs; its exit status."""
        if self.popen.poll() is None:
            self.send(number)
        return self.wait()

    def discard(self):
        """End it in any case, and quietly."""
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
