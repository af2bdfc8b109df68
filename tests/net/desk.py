"""Where the examples of the man pages are typed."""

import contextlib
import os
import re
import signal
import sys

from hosts import ROOT
from recipes import CRON_PATH, STUBS_PATH, Machine, crontab

sys.path.append(str(ROOT / "tests" / "cli"))

import mdoc  # noqa: E402  (found through the line above)

FIVE, ONE = mdoc.PAGES
SOON = "DISCOVERY_CLIENT_TIMEOUT=0.5"
ETC = 'mount -t tmpfs tmpfs /etc && mkdir -m 755 /etc/udpdisc /etc/bash_completion.d && ' \
    'cp "$1"/etc/* /etc/udpdisc && cp "$1"/etc/hosts /etc/hosts && cd "$1" && shift && exec "$@"'


class Desk(Machine):
    """A machine where somebody types: in a folder with his files, and with an /etc of its own."""

    def __init__(self, host, folder):
        super().__init__(host, folder)
        self._begun = []
        self.desk = folder / "desk"
        (self.desk / "etc").mkdir(parents=True)
        self.desk.chmod(0o755)  # serve --check looks as nobody
        file, = [text for text in mdoc.examples(FIVE) if text.startswith("{")]
        for path in (self.desk / "services.json", self.desk / "etc" / "services.json"):
            path.write_text(file, "utf-8")
        (self.desk / "etc" / "hosts").write_text("192.168.1.2 db1.example.com\n", "ascii")
        (self.desk / "hosts.txt").write_text("192.168.1.9 # off\n192.168.1.2\n", "ascii")

    def _typed(self, text):
        return ["sh", "-c", ETC, "sh", self.desk, "env", SOON,
                "bash", "-c", re.sub(r"^[$#] ", "", text)]

    def type(self, text):
        """Run an example to its end."""
        return self.run(*self._typed(text), path=STUBS_PATH)

    def begin(self, argv, path=STUBS_PATH):
        """Start what goes on until the test is over; it leads a process group."""
        self._begun.append(self.host.start(*self._argv(argv, path)))
        return self._begun[-1]

    def begin_typed(self, text):
        return self.begin(self._typed(text))

    def end(self):
        for process in self._begun:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.popen.pid, signal.SIGTERM)
            process.wait()

    def by_cron(self, text):
        """Run a line of a crontab."""
        return self.run("env", SOON, "sh", "-c", crontab(text), path=CRON_PATH)
