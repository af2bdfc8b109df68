"""A running `discover --watch`, and servers that it asks round by round."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from clitool import ANSWER, LIMIT_S, heard, running, start, udp_socket, wait_for

FAST = ["-r0", "-t0.06", "--interval=0.06"]
SURE = ["-t0.4"]  # behind FAST, where one answer that is late would be told
ANSWERS = {"1": ANSWER, "j": b"junk"}


class Watch:
    """A running `discover --watch`, and what it printed so far."""

    def __init__(self, process, err):
        self.process, self._err, self._out = process, err, b""
        if process.stdout:
            os.set_blocking(process.stdout.fileno(), False)

    @property
    def lines(self):
        while part := self.process.stdout.read():
            self._out += part
        return self._out.decode("utf-8", "strict").splitlines()

    @property
    def err(self):
        return heard(os.pread(self._err.fileno(), 1 << 20, 0))

    def write(self, text):
        """All that it reads."""
        self.process.stdin.write(text)
        self.process.stdin.close()
        self.process.stdin = None

    def stop_reading(self):
        self.process.stdout.close()
        self.process.stdout = None

    def wait_lines(self, count):
        wait_for(lambda: len(self.lines) >= count, f"{count} lines: {self.lines} {self.err}")
        return self.lines

    def wait_events(self, *expected):
        """All events so far, like "up 127.0.0.1:8000", once there are so many."""
        events = [json.loads(line) for line in self.wait_lines(len(expected))]
        assert [f"{e['event']} {e['server']['ip']}:{e['server']['port']}" for e in events] == list(
            expected)
        return events

    def wait_err(self, text, count=1):
        return wait_for(lambda: self.err.count(text) >= count and self.err, f"'{text}' on stderr")

    def wait_between(self):
        """Until a round is over: it has no socket then."""
        folder = Path(f"/proc/{self.process.pid}/fd")
        wait_for(lambda: not any(fd.is_socket() for fd in folder.iterdir()), "the round to end")

    def end(self, signum=signal.SIGTERM):
        """Ends it; its exit code. No line is cut."""
        self.process.send_signal(signum)
        code = self.process.wait(LIMIT_S)
        if self.process.stdout:
            assert self.lines is not None and self._out[-1:] in (b"", b"\n")
        return code


@contextlib.contextmanager
def watch(folder, *args, **options):
    with open(folder / "stderr", "w+b") as err:
        process = start("discover", "--watch", *args,
                        **{"stdout": subprocess.PIPE, "stderr": err, **options})
        try:
            yield Watch(process, err)
        finally:
            process.kill()
            process.communicate()


@contextlib.contextmanager
def events(folder, *args, **options):
    """A watch in short rounds that writes ndjson."""
    with watch(folder, "-ondjson", *FAST, *args, **options) as running:
        yield running


class Rounds(threading.Thread):
    """Answers the probe of round I as SCRIPT says: 1 a server, j junk; nothing behind its end."""

    def __init__(self, script):
        super().__init__(daemon=True)
        self.script, self.times = script, []
        self.sock = udp_socket()
        self.sock.settimeout(None)
        self.target = "{}:{}".format(*self.sock.getsockname())

    def run(self):
        while True:
            data, asker = self.sock.recvfrom(2048)
            if not data:
                return
            if answer := ANSWERS.get(self.script[len(self.times):][:1]):
                self.sock.sendto(answer, asker)
            self.times.append(time.monotonic())

    def wait_round(self, number):
        wait_for(lambda: len(self.times) >= number, f"round {number}")


def rounds(script):
    return running(Rounds(script))
