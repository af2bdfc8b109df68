"""README, CHANGELOG, help and man page name no option, variable, status or example that is not,
and miss none that is."""

import re

import helptext
import markdown
import mdoc
import pytest

from clitool import COMMANDS, REPO, run
from test_documentation import ALL, VARIABLES

TEXTS = {"README": markdown.README, "CHANGELOG": markdown.CHANGELOG}
SANDBOX = REPO / "src" / "sys" / "sandbox.c"
RULES = ("nft ", "firewall-cmd ", "ufw ", "udpdisc ")


def rows_of(command):
    """The options of a command, or of all, by each of their names."""
    found = {}
    for each in [command] if command else ALL:
        for row in helptext.rows(each):
            found.update(dict.fromkeys(row.names, row))
    return found


@pytest.fixture(scope="module")
def known():
    return {command: rows_of(command) for command in (*ALL, None)}


def unknown_options(rows, given):
    """Those of these words that are no options, clusters taken apart and values passed over."""
    bad, rest = [], list(given)
    while rest:
        word = rest.pop(0).rstrip(",.:")
        if word == "--":
            break
        if word.startswith("--"):
            row = rows.get(word.partition("=")[0])
            if not row:
                bad.append(word)
            elif row.argument and "=" not in word:
                rest = rest[1:]
        elif re.match(r"-\w", word):
            for at, letter in enumerate(word[1:], 1):
                row = rows.get("-" + letter)
                if not row:
                    bad.append(word)
                    break
                if row.argument:
                    rest = rest[len(word) == at + 1:]
                    break
    return bad


# --- README and CHANGELOG


@pytest.mark.parametrize("text", TEXTS)
def test_each_option_that_is_named_is_one(text, known):
    """Of that command, where one is named with it."""
    named = markdown.calls(TEXTS[text], ALL)
    assert len(named) > 10
    bad = {(command, word) for command, given in named
           for word in unknown_options(known[command], given)}
    assert not bad


def test_an_option_that_is_none_is_found(known):
    text = "`discover --nope`, `udpdisc serve -qx`, `--no-force`\n\n    udpdisc ifaces -q --scan\n"
    bad = [word for command, given in markdown.calls(text, ALL)
           for word in unknown_options(known[command], given)]
    assert bad == ["--nope", "-qx", "--no-force", "--scan"]


@pytest.mark.parametrize("text", TEXTS)
def test_each_variable_that_is_named_is_one(text):
    names = re.findall(r"`(?:DISCOVERY_CLIENT)?_([A-Z_]+)`", TEXTS[text])
    assert set(names) <= set(VARIABLES.values())
    if text == "README":
        assert sorted(names) == sorted(VARIABLES.values())


def test_the_commands_of_the_readme():
    """Each that does something has a row there, with the statuses that its help tells of."""
    rows = {row[0].strip("`"): row[-1] for row in markdown.table(markdown.README, "command")}
    assert set(COMMANDS) <= set(rows) <= set(ALL)
    for command, said in rows.items():
        told = set(re.findall(r"(?<![\w*])\d(?!\w)", said))
        assert told <= helptext.statuses(command)
        assert ("1" in told) == ("1" in helptext.statuses(command)), command


def test_the_options_of_the_readme(known):
    """A table has each as serve's help calls it; more forms than one are in the page, too."""
    page = {name: entry for entry in mdoc.entries("serve", ALL) for name in entry.names}
    rows = markdown.table(markdown.README, "option")
    assert len(rows) >= 5
    for row in rows:
        for span in re.findall(r"`([^`]+)`", row[0]):
            name, _, argument = span.partition(" ")
            assert name in known["serve"]
            assert argument in page[name].arguments or not argument and not page[name].arguments


# --- statuses and examples of help and page


def test_the_statuses_of_the_man_page():
    """Those of each command are those that its help tells of."""
    said = {mdoc.words_of(tags[0])[0]: "\n".join(lines)
            for tags, lines in mdoc.items(mdoc.parts()["EXIT STATUS"])}
    assert list(said) == ["0", "1", "2", "3", "128+n"]
    for command in COMMANDS:
        told = helptext.statuses(command)
        assert {"0", "2", "3"} <= told <= set(said)
        for status in ("1", "128+n"):
            named = re.findall(r"^\.Cm ([\w-]+)", said[status], re.MULTILINE)
            assert (command in named) == (status in told), (command, status)


@pytest.mark.parametrize("command", ALL)
def test_the_examples_of_help_are_in_the_man_page(command):
    """Where all of them are run."""
    page = mdoc.examples(mdoc.PAGE)
    for line in helptext.examples(command):
        assert f"$ {line}" in page, line


def test_the_cron_lines_of_help_are_those_of_the_man_page():
    lines = [line for line in run("help", "cron").out.splitlines() if line[:1] not in ("#", "")]
    assert sorted(lines) == sorted(line for line in mdoc.examples(mdoc.PAGE) if line[0] in "*@")


def test_the_rules_of_help_are_those_of_the_man_page():
    lines = [line for line in run("help", "firewall").out.splitlines() if line.startswith(RULES)]
    said = mdoc.examples(mdoc.PAGE, "FIREWALL")
    assert len(lines) > 5
    assert lines == [line[2:] for line in said]


# --- what the man page says of the source


def test_the_system_calls_of_the_man_page():
    """Those that each command keeps, by the table that the filter is made of."""
    kept = {}
    for kind, name, uses in re.findall(r"^\t(ANY|IF)\((\w+), (\w+)", SANDBOX.read_text("utf-8"),
                                       re.MULTILINE):
        kept.setdefault(uses, set()).add(name)
    said = {mdoc.plain(tags): {word for line in lines if line.startswith(".Va")
                               for word in re.findall(r"\w{3,}", line)}
            for tags, lines in mdoc.items(mdoc.subsections("SECURITY")["Rights"])}
    assert said == {"serve, discover, discover-one": kept["BOTH"],
                    "serve": kept["SANDBOX_SERVE"],
                    "discover, discover-one": kept["SANDBOX_DISCOVER"],
                    "discover, discover-one with --output-file": kept["SANDBOX_WRITE"]}
