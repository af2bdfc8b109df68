"""The recipes of the README, and the machines that they are pasted on."""

import json
import os
import re
import shutil
import signal

from hosts import BINARY, ROOT

CRON_PATH = "/usr/bin:/bin"
STUBS_PATH = f"/usr/local/bin:{CRON_PATH}"
REPLY = b"SERVER_IP:192.168.1.2:8080"
REQUEST = "TGED DISCOVERY 1.0\r\nRQ:SQL\r\n\r\n"
OLD = "what was there\n"
PREPARE = """mount --bind "$1" /usr/local/bin && mount --bind "$2" /var/lib && umask 022 &&
    shift 2 && exec "$@" """


def recipe(part):
    """The indented block of the README that holds these words, without its indent."""
    text = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"(?:^ {4}.*\n)+", text, re.MULTILINE)
    found = [block for block in blocks if part in block]
    assert len(found) == 1, f"{len(found)} blocks of the README hold {part!r}"
    return re.sub(r"^ {4}", "", found[0], flags=re.MULTILINE)


def with_timeout(seconds, text):
    """The same recipe with another timeout, so that a test need not wait for that of the README."""
    text, count = re.subn(r"(?<=\s-t )\d+(?!\S)", str(seconds), text)
    assert count == 1, f"{count} timeouts in {text!r}"
    return text


def hasten(text):
    return with_timeout(0.5, text)


def crontab(line):
    """The command of a line of a crontab, in which % would end it."""
    *when, command = line.strip().split(None, 5)
    assert len(when) == 5 and all(re.fullmatch(r"[\d*/,-]+", field) for field in when)
    assert "%" not in command and "\n" not in command
    return command


def put_tool(folder, name, script):
    """A command that stands in for one that this machine need not have."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", "ascii")
    path.chmod(0o755)


def make_tools(folder):
    """A folder that PATH begins with: udpdisc, and what a test puts there."""
    folder.mkdir()
    (folder / "udpdisc").symlink_to(BINARY)
    return folder


def run_on(host, tools, command):
    """Run a command with no environment but PATH."""
    return host.run("env", "-i", f"PATH={tools}:{os.environ['PATH']}", "sh", "-c", command)


def check_with(host, tool, *argv, stdin=""):
    """What the program that a recipe serves prints of the outcome; None where there is none."""
    path = shutil.which(tool)
    if not path:
        return None
    run = host.run(path, *argv, stdin=stdin)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


class Machine:
    """A host with udpdisc in /usr/local/bin and a /var/lib of its own, for recipes that name them.
    They run as under cron: no terminal, and of the environment PATH alone, without that folder."""

    def __init__(self, host, folder):
        self.host = host
        self.bin, self.lib = folder / "usr-local-bin", folder / "var-lib"
        self.folder = self.lib / "udpdisc"
        for made in (self.bin, self.folder / "hosts", self.lib / "prometheus" / "node-exporter"):
            made.mkdir(parents=True)
        shutil.copy(BINARY, self.bin / "udpdisc")

    def _argv(self, argv, path):
        return ["unshare", "-m", "sh", "-c", PREPARE, "sh", self.bin, self.lib,
                "setsid", "-w", "env", "-i", f"PATH={path}", *argv]

    def run(self, *argv, path=CRON_PATH):
        """Run a command to its end; stdin is empty."""
        return self.host.run(*self._argv(argv, path))

    def run_shut(self, *argv):
        """The same with stdin closed, as plugins and daemons are started."""
        return self.run("sh", "-c", 'exec "$@" <&-', "sh", *argv)

    def paste(self, text, path=CRON_PATH):
        return self.run("sh", "-c", text, path=path)

    def start(self, text):
        """Paste a recipe; it leads a process group, which interrupt() ends."""
        return self.host.start(*self._argv(["sh", "-c", text], CRON_PATH))


def interrupt(process):
    """End a recipe and all that it runs, as Ctrl-C or systemd does."""
    os.killpg(process.popen.pid, signal.SIGTERM)
    assert process.wait() in (-signal.SIGTERM, 128 + signal.SIGTERM)


def one_line(run):
    """What a run that failed said: a line on stderr, and nothing on stdout."""
    assert run.stdout == ""
    assert run.stderr.count("\n") == 1 and run.stderr.endswith("\n"), run.stderr
    return run.stderr


def answering(server, *replies, tged=False):
    """A peer that answers with these bytes and says when it is asked."""
    words = [word for reply in replies for word in ("--hex", reply.hex())]
    return server.peer("odd_peer", *words,
                       *(["--port", "4745", "--message", REQUEST] if tged else []))


def check_survives(machine, lan, peer, text, path, by_jq=True):
    """A file stays as it was where the list isn't had, and where jq fails that makes the file."""
    path.write_text(OLD, "ascii")

    process = machine.start(with_timeout(60, text))
    peer.wait_records(1)
    interrupt(process)
    assert path.read_text("ascii") == OLD

    if by_jq:
        put_tool(machine.bin, "jq", "printf '[{\"half'; kill -KILL $$")
        assert machine.paste(hasten(text), STUBS_PATH).returncode != 0
        assert path.read_text("ascii") == OLD

    lan.cut(machine.host)
    run = machine.paste(text)
    assert run.returncode == 3
    assert "udpdisc: " in one_line(run)
    assert path.read_text("ascii") == OLD
    assert not list(machine.lib.glob("**/.udpdisc.*"))


def check_needs_servers(machine, text, path):
    """A file stays as it was where nobody answers."""
    path.write_text(OLD, "ascii")
    run = machine.paste(hasten(text))
    assert run.returncode == 1
    assert "no server answered" in one_line(run)
    assert path.read_text("ascii") == OLD


def read_json(path):
    return json.loads(path.read_text("utf-8"))
