"""What `udpdisc help` says, taken apart."""

import re
from dataclasses import dataclass

from clitool import run

COLUMN = 34  # where the words about an option begin
HEADINGS = ("In brackets", "exit status:", "examples:", "topics, to paste:", "-j:")


@dataclass
class Row:
    """One option: its names as they are listed, its argument, and what is said of it."""

    names: list
    argument: str
    text: str
    default: str = None
    variable: str = None


def parse_row(lines):
    synopsis, text = lines[0][:COLUMN].split(), " ".join(line[COLUMN:].strip() for line in lines)
    names = [word.rstrip(",") for word in synopsis if word.startswith("-")]
    argument = "".join(word for word in synopsis if not word.startswith("-"))
    row = Row(names, argument, text)
    sources = re.search(r" \[([^\[\]]+)\]$", text)
    if sources:
        row.text = text[:sources.start()]
        for word in sources[1].split(", "):
            if word.startswith("DISCOVERY_"):
                row.variable = word
            else:
                row.default = word
    return row


def rows(command):
    """The options of a command, in order."""
    found = []
    for line in run("help", command).out.splitlines():
        if line.startswith(HEADINGS):
            break
        if re.match(r" {2}(-|    --)", line):
            found.append([line])
        elif found and line.startswith(" " * COLUMN):
            found[-1].append(line)
    return [parse_row(lines) for lines in found]


def block(page, heading):
    """The lines below a heading, to the next empty one."""
    found = re.search(rf"^{re.escape(heading)}(.*\n(?:.+\n)*)", page, re.MULTILINE)
    return [line for line in found[1].splitlines() if line] if found else []


def commands():
    """Their names, as `udpdisc help` lists them."""
    page = run("help").out
    listed = page.split("\n\n")[1]
    return re.findall(r"^  ([\w-]+) ", listed, re.MULTILINE)


def statuses(command):
    """The exit statuses that the help of a command tells of; none where it has no such block."""
    lines = block(run("help", command).out, "exit status:")
    return {found[1] for line in lines if (found := re.match(r"  (\d|128\+n)  ", line))}


def json_keys(command):
    """The keys that the help of a command shows of its JSON."""
    return re.findall(r'"(\w+)"', " ".join(block(run("help", command).out, "-j:")))


def examples(command):
    lines = block(run("help", command).out, "examples:")
    return [line.strip() for line in lines]
