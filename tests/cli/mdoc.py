"""The man pages as a test reads them: what they say of options, variables and statuses."""

import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "man"
PAGE = FOLDER / "udpdisc.1"
PAGES = sorted(FOLDER.glob("*.[15]"))
ESCAPES = {r"\(dq": '"', r"\e": "\\", r"\&": ""}
MACROS = {"Ar", "Bd", "Cm", "Ed", "Ev", "Fl", "Fn", "It", "Nm", "No", "Ns", "Op", "Pa", "Pf",
          "Pq", "Ql", "Sx", "Sy", "Va", "Xr"}


DELIMITERS = {",", ";", ":", ".", ")", "|"}


def unescape(text):
    for written, meant in ESCAPES.items():
        text = text.replace(written, meant)
    return text


def words_of(line):
    """A line of macros as words; Fl gives its own a dash, and what Ns joins is one word."""
    text, dash, joined = [], False, False
    for word in line.lstrip(".").split():
        if word == "Fl":
            dash = True
        elif word in ("Ns", "Pf"):
            joined = word == "Ns"
        elif word in MACROS:
            dash = False
        elif word in DELIMITERS:
            text.append(word)
        else:
            word = "-" + word if dash else word
            text[-1:] = [text[-1] + word] if joined and text else [*text[-1:], word]
            joined = False
    return text


def plain(lines):
    """These lines as running text, macros left out."""
    shown = [" ".join(words_of(line)) if line.startswith(".") else line for line in lines]
    return re.sub(r" +([,;:.)])", r"\1", re.sub(r"\s+", " ", unescape(" ".join(shown)))).strip()


def parts(path=PAGE):
    """The lines of each part: by the name of its section, or (section, subsection)."""
    found, key = {}, None
    for line in path.read_text("utf-8").splitlines():
        title = re.match(r"\.(S[hs]) (.*)", line)
        if title:
            section = title[2] if title[1] == "Sh" else section
            key = section if title[1] == "Sh" else (section, title[2])
            assert key not in found, f"{key} is twice in {path}"
            found[key] = []
        elif key:
            found[key].append(line)
    return found


def subsections(section):
    return {key[1]: lines for key, lines in parts().items()
            if isinstance(key, tuple) and key[0] == section}


def items(lines):
    """The tagged entries of a list: the tags that stand together, and the lines below them."""
    found, inside = [], False
    for line in lines:
        if line.startswith((".Bl", ".El")):
            inside = line.startswith(".Bl")
        elif inside and line.startswith(".It "):
            if not found or found[-1][1]:
                found.append(([], []))
            found[-1][0].append(line)
        elif inside:
            found[-1][1].append(line)
    return found


def synopsis(lines):
    """What the first display of a command's section says of its options: each as it is written
    there, in a cluster or alone, to its argument."""
    found = {}
    for line in lines[:lines.index(".Ed")]:
        if not line.startswith(".Op Fl "):
            continue
        line = line.replace("Op :", "[:").replace("Op /", "[/")
        names, argument = [], ""
        for word in words_of(line):
            if word.startswith("-"):
                names.append(word)
            elif word != "|":
                argument = word + "]" * word.count("[")
        if len(names[0]) > 2 and names[0][1] != "-":
            names = [f"-{letter}" for letter in names[0][1:]]
        found.update(dict.fromkeys(names, argument.upper()))
    return found


@dataclass
class Entry:
    """What OPTIONS says of an option: its names, what it calls its argument (one more for each
    further tag), and the text."""

    names: list
    arguments: list = field(default_factory=list)
    text: str = ""

    @property
    def default(self):
        found = re.findall(r"(\S+) by default", self.text)
        assert len(found) <= 1, self.text
        return found[0] if found else None

    @property
    def is_repeatable(self):
        return bool(re.search(r"\brepeatable\b", self.text, re.IGNORECASE))


def entry(tags, lines):
    found = Entry([], [], plain(lines))
    for tag in tags:
        tag = tag.replace("Op :", "[:").replace("Op /", "[/")
        words = [word for word in words_of(tag) if word != ","]
        found.names += [word for word in words if word.startswith("-") and word not in found.names]
        found.arguments += [(word + "]" * word.count("[")).upper() for word in words
                            if not word.startswith("-")]
    return found


def commands_of(title, commands):
    """Those that a heading like "Options of serve and discover" is about."""
    said = title.removeprefix("Options of ")
    listed, _, left_out = said.partition(" but ")
    if listed in ("all", "all commands"):
        names = set(re.findall(r"[\w-]+", left_out)) - {"and"}
        assert names <= set(commands), title
        return set(commands) - names
    names = set(re.findall(r"[\w-]+", said)) - {"and"}
    assert names <= set(commands), title
    return names


def entries(command, commands):
    """The entries of OPTIONS that are about this command."""
    return [entry(tags, lines)
            for title, part in subsections("OPTIONS").items()
            if command in commands_of(title, commands)
            for tags, lines in items(part)]


COMMAND = re.compile(r"[$#] |\*/|@\w")


def display(lines):
    """What a display holds: its commands, each with the lines that it goes on in, or one text."""
    found = []
    for line in map(unescape, lines):
        if not found or COMMAND.match(line):
            found.append(line)
        else:
            found[-1] += "\n" + line
    return found


def examples(path, section=None):
    """What the displays of a section, or of all, hold, as it stands there: "$ " or "# " and a
    command, a line of a crontab, or another text."""
    found, block = [], None
    for key, lines in parts(path).items():
        if section not in (None, key):
            continue
        for line in lines:
            if line.startswith(".Dl "):
                found += display([line[4:]])
            elif line.startswith(".Bd -literal"):
                block = []
            elif line.startswith(".Ed"):
                found += display(block or [])
                block = None
            elif block is not None:
                block.append(line)
    return found
