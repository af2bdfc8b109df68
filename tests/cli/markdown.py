"""README and CHANGELOG as a test reads them: tables, and the options that are named."""

import re

from clitool import REPO

README = (REPO / "README.md").read_text("utf-8")
CHANGELOG = (REPO / "CHANGELOG.md").read_text("utf-8")


def code(text):
    """What is set as code: spans, with a line end in them as a blank, and indented blocks, in
    which a line that ends in a backslash or a bar goes on."""
    blocks = re.findall(r"(?:^ {4}.*\n|^\n(?= {4}))+", text, re.MULTILINE)
    prose = re.sub(r"^ {4}.*\n", "\n", text, flags=re.MULTILINE)
    lines = [line for block in blocks
             for line in re.sub(r"\\\n", " ", block).splitlines() if line.strip()]
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)] + lines


def tables(text):
    """Each table as its rows, lists of cells; the first one is the header."""
    found = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    return [[[cell.strip() for cell in line.strip("|").split("|")]
             for line in table.splitlines() if not re.fullmatch(r"[|\s:-]+", line)]
            for table in found]


def table(text, first):
    """The one whose header begins with this word."""
    one, = [rows for rows in tables(text) if rows[0][0] == first and len(rows[0]) < 4
            and rows[1][0].startswith("`") and not rows[1][0].startswith(("`make", "`scripts"))
            and not rows[1][0].startswith("`src")]
    return one[1:]


def calls(text, commands):
    """(command, its words) of each call of udpdisc, or of "COMMAND --option" in a span; a span
    that is an option, or begins with one, has None in place of the command."""
    found = []
    for piece in code(text):
        named = list(re.finditer(rf"(?:^|\budpdisc )({'|'.join(commands)})(?= |$)", piece))
        for call in named:
            found.append((call[1], words(piece[call.end():])))
        if not named and re.match(r"--?\w", piece):
            found.append((None, words(piece)))
    return found


def words(text):
    """Those of one command: to what ends it in a shell, and without what is quoted."""
    text = re.sub(r"'[^']*'|\"[^\"]*\"", "X", text)
    return re.split(r"[|;&<>)#]|\s\[", text)[0].split()
