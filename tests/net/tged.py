"""What the tests of serve --services share: requests, services files, logs and figures."""

import contextlib
import json
import os
import re
import signal
from pathlib import Path

from hosts import udpdisc_argv
from processes import wait_until

PORT = 4745
INVALID = "TGED INVALID 1.0\r\nRP: INVALID\r\n\r\n"
STAY = "; the last good services stay"


def request(service):
    return f"TGED DISCOVERY 1.0\r\nRQ:{service}\r\n\r\n"


def reply(fields):
    lines = [f"{key}: {value}\r\n" for key, value in fields.items()]
    return f"TGED REPLY 1.0\r\n{''.join(lines)}\r\n"


def asking(service, port=PORT):
    """The words that make the asker and others ask for this service."""
    return "--port", port, "--message", request(service)


def ask(host, service, to="127.0.0.1", *words, port=PORT):
    """The reply that this host gets, or None."""
    return host.ask("asker", to, *asking(service, port), *words)["reply"]


def original(host, service, *words):
    """What the original client makes of the first reply, in order."""
    answer = host.ask("tged_client", service, "--device", "eth0", *words)
    return None if answer is None else list(answer.items())


def say(host, service):
    """A service's field SAYS, as the host itself is told; None where it has no such service."""
    text = ask(host, service)
    assert text is not None, f"no reply for {service}"
    return None if text == INVALID else text.split("SAYS: ")[1].split("\r\n")[0]


def wait_said(host, service, expected):
    wait_until(lambda: say(host, service) == expected, f"{service} to be {expected}")


def saying(text, service="SQL"):
    """A services file in which this one says so."""
    return json.dumps({service: {"SAYS": text}})


def make_file(place):
    """A services file that says old."""
    path = place / "services.json"
    path.write_text(saying("old"), "ascii")
    return path


def make_folder(place):
    """A folder with such a file."""
    (place / "services.d").mkdir()
    (place / "services.d" / "sql.json").write_text(saying("old"), "ascii")
    return place / "services.d"


@contextlib.contextmanager
def serve(host, path, *words, program=()):
    """A `udpdisc serve` that has loaded the services at PATH; PROGRAM runs it."""
    process = host.start(*program, *udpdisc_argv("serve", "--services", path, *words))
    process.wait_stderr(" of '")
    yield process
    assert process.stop() == 0, process.stderr


def counters(serving):
    """The figures that SIGUSR1 brings to the log."""
    before = serving.stderr.count("counters: ")
    serving.send(signal.SIGUSR1)
    log = serving.wait_stderr("counters: ", before + 1)
    figures = log.rsplit("counters: ", 1)[1].partition("\n")[0].split()
    return {name: int(figure) for name, figure in (pair.split("=") for pair in figures)}


def memory_kib(serving):
    """The memory of a process that is resident."""
    status = Path(f"/proc/{serving.popen.pid}/status").read_text("ascii")
    return int(status.split("VmRSS:")[1].split()[0])


def descriptors(serving):
    """What each open descriptor of a process is, which may open and close some meanwhile."""
    found = {}
    for entry in Path(f"/proc/{serving.popen.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found[int(entry.name)] = str(entry.readlink())
    return found


@contextlib.contextmanager
def frozen(serving):
    """It can't look while a change takes several steps."""
    serving.send(signal.SIGSTOP)
    os.waitpid(serving.popen.pid, os.WUNTRACED)
    yield
    serving.send(signal.SIGCONT)


def rename_over(path, content):
    fresh = path.with_name(".fresh")
    fresh.write_bytes(content if isinstance(content, bytes) else content.encode())
    fresh.replace(path)


def edit(path, text):
    """In place."""
    with path.open("r+", encoding="ascii") as file:
        file.truncate()
        file.write(text)


def take_away(path):
    path.rmdir() if path.is_dir() else path.unlink()


def log_of(serving):
    """What it said between its first words and its last."""
    return [line for line in serving.stderr.splitlines()
            if not re.match(r"udpdisc: (listening on|stopped after|counters:) ", line)]


def wait_log(server, serving, text, count=1):
    """Ask, so that it looks, until the log has this."""
    wait_until(lambda: say(server, "SQL") and serving.stderr.count(text) >= count,
               f"{text!r} in the log")


def check_unmoved(server, expected="old"):
    """So often that it looks again meanwhile."""
    for _ in range(10):
        assert say(server, "SQL") == expected


def drop(folder, name, text):
    """As a package does: whole, and under its name only then."""
    (folder / f".{name}").write_text(text, "ascii")
    (folder / f".{name}").rename(folder / name)
