#!/usr/bin/env python3
"""Runs a command whose stderr is a terminal, and with --both its stdout too.

Prints JSON at its end: its exit status, all that went to the terminal, and its stdout else.
"""

import argparse
import contextlib
import json
import os
import subprocess


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--both", action="store_true")
    parser.add_argument("--until", default=None, help="end it (SIGTERM) when it said this")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    return parser.parse_args()


def read_all(terminal, process, until):
    said = b""
    with contextlib.suppress(OSError):  # EIO: nobody holds the other end any more
        while part := os.read(terminal, 4096):
            said += part
            if until and until.encode() in said:
                process.terminate()
                until = None
    return said


def main():
    given = options()
    terminal, other_end = os.openpty()
    out = other_end if given.both else subprocess.PIPE
    with subprocess.Popen(given.command, stdin=subprocess.DEVNULL, stdout=out,
                          stderr=other_end) as process:
        os.close(other_end)
        said = read_all(terminal, process, given.until)
        data = process.stdout.read().decode() if process.stdout else ""
    print(json.dumps({"status": process.returncode, "said": said.decode(), "stdout": data}))


if __name__ == "__main__":
    main()
