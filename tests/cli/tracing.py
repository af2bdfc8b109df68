"""Runs under strace, where a signal or an error comes at one chosen system call."""

import collections
import functools
import os
import re
import shutil
import subprocess

from clitool import FOREIGN, SANITIZED, run

STRACE = shutil.which("strace", path="/usr/bin:/bin:/usr/local/bin") or ""
CALL = re.compile(r"^\d+ +(\w+)\(", re.MULTILINE)


@functools.cache
def why_not():
    """Why there is no tracing here, or None."""
    if FOREIGN:
        return "the system calls would be those of qemu"
    if SANITIZED:
        return "LeakSanitizer does not work under strace"
    if not STRACE:
        return "strace is missing: scripts/setup --test installs it"
    tried = subprocess.run([STRACE, "-o", "/dev/null", "/bin/true"], capture_output=True)
    return f"strace does not work here: {tried.stderr.decode()}" if tried.returncode else None


class Tracer:
    def __init__(self, log):
        self.log = log

    def wrapper(self, *options):
        """For run(): strace, which ends as udpdisc does."""
        return [STRACE, "-f", "-qq", "-o", str(self.log), *options]

    def lasting(self, *options):
        """For start(): udpdisc ends with its strace, and begins a few calls later."""
        return self.wrapper(*options, "/usr/bin/setpriv", "--pdeathsig", "KILL")

    @property
    def text(self):
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def send(self, signum):
        """To udpdisc: strace lets no signal through."""
        os.kill(int(self.text.split()[0]), signum)

    def calls(self, *args, until=None):
        """The system calls of a run, as (name, that it is the so manieth of this name).

        Until, as of inject=, ends one that does not end by itself.
        """
        run(*args, wrapper=self.wrapper(*["-e", f"inject={until}"] * bool(until)))
        counts, found = collections.Counter(), []
        for name in CALL.findall(self.text):
            counts[name] += 1
            if name != "execve":
                found.append((name, counts[name]))
        assert len(found) > 20
        return found

    def run_with(self, what, call, *args):
        """Runs args with WHAT, as of strace's inject=, at that call."""
        name, number = call
        return run(*args, wrapper=self.wrapper("-e", f"inject={name}:{what}:when={number}"))

    def at_each_call(self, what, *args, only=None, before=lambda: None):
        """For each system call of a run: the call, and the Result of a run with WHAT at it."""
        for call in self.calls(*args):
            if only is None or call[0] in only:
                before()
                yield call, self.run_with(what, call, *args)
