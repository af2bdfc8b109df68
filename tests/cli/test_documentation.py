"""Help and man page say the same of each option, and the program does; the binary is as small and
static as promised."""

import re
import string
import struct

import helptext
import mdoc
import pytest

from clitool import BINARY, COMMANDS, KIND, refused, run, settings

ALL = (*COMMANDS, "completion", "help")
COMMON = {"--help", "--version"}
LISTS = {"-j", "--quiet", "--verbose", "--interfaces-whitelist", "--interfaces-blacklist"}
WIRE = {"--port", "--message", "--response-prefix", "--tged-port"}
ONE = COMMON | LISTS | WIRE | {"--timeout", "--retries", "--target", "--broadcast", "--limited",
                               "--ignore-local", "--output", "--service", "--targets-file",
                               "--scan", "--no-scan", "--rate", "--force", "--source-port",
                               "--output-file"}
# What users script against: a row that is lost is missed here, and nowhere else.
OPTIONS = {
    "discover": ONE | {"--count", "--expect", "--watch", "--interval"},
    "discover-one": ONE,
    "serve": COMMON | LISTS | WIRE | {"--advertise", "--advertise-port", "--allow", "--duration",
                                      "--check", "--services", "--tged-only", "--tged-compact",
                                      "--tged-invalid", "--rate-limit", "--user"},
    "ifaces": COMMON | LISTS,
    "check-segmented": COMMON | LISTS | {"--address"},
    "completion": COMMON,
    "help": COMMON,
}
LETTERS = {"-p": "--port", "-m": "--message", "-t": "--timeout", "-r": "--retries",
           "-i": "--interfaces-whitelist", "-T": "--target", "-c": "--count", "-x": "--expect",
           "-o": "--output", "-s": "--service", "-S": "--services", "-j": "", "-q": "--quiet",
           "-u": "--user", "-w": "--watch", "-v": "--verbose", "-h": "--help", "-V": "--version"}
VARIABLES = {"--port": "PORT", "--message": "MESSAGE", "--response-prefix": "RESPONSE_PREFIX",
             "--timeout": "TIMEOUT", "--retries": "RETRIES",
             "--interfaces-whitelist": "INTERFACES_WHITELIST",
             "--interfaces-blacklist": "INTERFACES_BLACKLIST",
             "--scan": "ENABLE_SUBNET_SCAN"}
DEFAULTS = {"--port": "9999", "--message": "DISCOVER_SERVER", "--response-prefix": "SERVER_IP:",
            "--timeout": "5.0", "--retries": "3", "--scan": "no", "--rate": "1000",
            "--tged-port": "4745", "--expect": "1", "--output": "text", "--interval": "30",
            "--tged-invalid": "always", "--rate-limit": "50/100"}
# Two values of each kind of argument.
VALUES = {"N": ("2", "3"), "TEXT": ("a", "b"), "SECONDS": ("0.25", "0.5"), "LIST": ("a", "b"),
          "TARGET": ("127.0.0.2", "127.0.0.3"), "FILE": ("/nobody/a", "/nobody/b"),
          "PPS": ("7", "8"), "NAME": ("A", "B"), "FORMAT": ("json", "ndjson"),
          "PATH": ("/nobody/a", "/nobody/b"), "WHEN": ("unicast", "always"),
          "ADDR[:PORT]": ("192.0.2.1", "192.0.2.2:8"), "NETWORK": ("10.0.0.0/8", "172.16.0.0/12"),
          "N[/BURST]": ("7/8", "8/9"), "USER[:GROUP]": ("0", "0:0")}


def each_command(test):
    return pytest.mark.parametrize("command", ALL)(test)


def each_running(test):
    return pytest.mark.parametrize("command", COMMANDS)(test)


def told(command, *args, **options):
    """What -v tells of the settings, name to "value (origin)". There is no interface to broadcast
    on, and so the run is over at once."""
    return settings(run(command, *["--check"] * (command == "serve"), *args, "-v", **options))


# --- help and the contract


def test_help_lists_the_commands():
    assert set(helptext.commands()) == set(ALL)


@each_command
def test_help_lists_each_option_once(command):
    words = [word for row in helptext.rows(command) for word in row.names]
    assert len(words) == len(set(words))
    assert set(words) >= OPTIONS[command]


@each_command
def test_help_keeps_letters_variables_and_defaults(command):
    for row in helptext.rows(command):
        name = next((name for name in row.names if name in OPTIONS[command]), None)
        if name:
            letters = [letter for letter, meant in LETTERS.items() if meant == name]
            variable = VARIABLES.get(name)
            assert row.names == [*letters, name, *["--no-scan"] * (name == "--scan")]
            assert row.variable == (variable and f"DISCOVERY_CLIENT_{variable}"), name
            assert row.default == DEFAULTS.get(name), name


# --- help and what the program does


@each_command
def test_what_help_lists_is_known(command):
    """An empty value is wrong for a flag as for any other option, but never unknown."""
    for row in helptext.rows(command):
        for name in row.names:
            if name.startswith("--"):
                assert "unknown" not in refused(command, f"{name}=").err


@each_command
def test_what_help_does_not_list_is_unknown(command):
    listed = {name for row in helptext.rows(command) for name in row.names}
    names = {f"-{letter}" for letter in string.ascii_letters + string.digits}
    names |= {name for other in ALL for row in helptext.rows(other) for name in row.names}
    names |= {"--no-" + name[2:] for name in names if name.startswith("--")}
    for name in sorted(names - listed):
        assert f"unknown option '{name}'" in refused(command, name).err


@each_command
def test_an_option_takes_a_value_where_help_says_so(command):
    for row in helptext.rows(command):
        for name in row.names:
            if row.argument:
                assert "no value behind" in refused(command, name).err
            elif name.startswith("--"):
                assert "no value goes with" in refused(command, f"{name}=x").err


def setting_of(row):
    return row.names[-1].removeprefix("--no-").lstrip("-")


def is_same(value, default):
    """Whether a setting is what help calls its default: none is no, 0 or a dash."""
    if default is None:
        return value in ("-", "no", "0")
    return value == default or default.endswith(".0") and value == default[:-2]


@each_running
def test_the_defaults_are_those_of_help(command):
    said = told(command)
    for row in helptext.rows(command):
        name = setting_of(row)
        value, _, origin = said.get(name, " (option)").rpartition(" ")
        if origin == "(default)":
            assert is_same(value, row.default), name
        elif name in said:
            assert name in ("verbose", "user"), name  # which were given


@each_running
def test_the_variables_are_those_of_help(command):
    for row in helptext.rows(command):
        if row.variable:
            value = VALUES[row.argument][0] if row.argument else "yes"
            said = told(command, env={row.variable: value})
            assert said[setting_of(row)] == f"{value} ({row.variable})"


def repeats(command, row):
    """Whether a second value is added to the first."""
    first, second = VALUES[row.argument]
    name = row.names[-1]
    soon = ["-t", "0.01"] if row.argument == "TARGET" else []
    said = told(command, *soon, name, first, name, second)[name.lstrip("-")]
    assert said in (f"{first},{second} (option)", f"{second} (option)"), said
    return said == f"{first},{second} (option)"


@each_running
def test_what_is_repeatable(command):
    """The man page says so of each that is, and help of no other."""
    said = {name: entry for entry in mdoc.entries(command, ALL) for name in entry.names}
    for row in helptext.rows(command):
        if row.argument:
            assert repeats(command, row) == said[row.names[-1]].is_repeatable, row.names
        if "repeatable" in row.text:
            assert said[row.names[-1]].is_repeatable


# --- help and the man page


def test_man_page_has_the_commands():
    assert list(mdoc.subsections("DESCRIPTION")) == [
        "serve", "discover", "discover-one", "ifaces", "check-segmented", "help", "completion"]
    assert set(mdoc.subsections("DESCRIPTION")) == set(helptext.commands())
    listed = [line.split()[1] for line in mdoc.parts()["SYNOPSIS"] if line.startswith(".Cm")]
    assert [name for name in listed if name != "bash"] == list(mdoc.subsections("DESCRIPTION"))


def test_man_page_has_the_topics():
    """Those that help has beside the commands; it shows something of each."""
    topics = [line.split()[0] for line in helptext.block(run("help").out, "topics, to paste:")]
    said = mdoc.subsections("DESCRIPTION")["help"]
    assert re.findall(r"^\.Cm (\w+)", "\n".join(said), re.MULTILINE) == topics
    for topic in topics:
        assert len(run("help", topic).out.splitlines()) > 5


@each_command
def test_a_synopsis_of_the_man_page(command):
    lines = mdoc.subsections("DESCRIPTION")[command]
    assert lines[1] == f".Nm udpdisc Cm {command}"
    expected = {}
    for row in helptext.rows(command):
        shown = row.names if row.names[-1].startswith("--no-") else row.names[:1]
        expected.update(dict.fromkeys(shown, row.argument))
    assert mdoc.synopsis(lines) == expected


@each_command
def test_the_operand_of_the_man_page(command):
    """That of the usage line, in lower case."""
    usage, = re.findall(r"^usage: udpdisc [\w-]+ \[OPTION\]\.\.\.(.*)$", run("help", command).out,
                        re.MULTILINE)
    lines = mdoc.subsections("DESCRIPTION")[command]
    shown = [mdoc.words_of(line) for line in lines[2:lines.index(".Ed")]
             if not line.startswith(".Op Fl")]
    assert "".join(usage.lower().split()).strip("[]") == "".join(word for words in shown
                                                                 for word in words)


@each_command
def test_options_of_the_man_page(command):
    """Names, letters, arguments and defaults are those of help, and nothing is in twice."""
    listed = mdoc.entries(command, ALL)
    said = {entry.names[0]: entry for entry in listed}
    rows = {row.names[0]: row for row in helptext.rows(command)}
    assert len(said) == len(listed)
    assert set(said) == set(rows)
    for name, row in rows.items():
        assert said[name].names == row.names
        assert said[name].arguments[:1] == [row.argument][:bool(row.argument)]
        in_words = re.search(r"(\w+) by default", row.text)
        expected = in_words[1] if in_words else row.default
        assert said[name].default == {"no": "off"}.get(expected, expected), name


def test_no_heading_of_the_man_page_is_about_nobody():
    for title in mdoc.subsections("OPTIONS"):
        assert title.startswith("Options of ")
        assert mdoc.commands_of(title, ALL)


def test_variables_of_the_man_page():
    """Each with its option and default, as help has them; and no other anywhere in the page."""
    said = {}
    for tags, lines in mdoc.items(mdoc.parts()["ENVIRONMENT"]):
        if lines:
            option, default = mdoc.plain(lines).removesuffix(" by default").split("; ")
            said[mdoc.words_of(tags[0])[0]] = (option, default)
    expected = {row.variable: (row.names[-1].replace("--no-", "--"), row.default)
                for command in COMMANDS for row in helptext.rows(command) if row.variable}
    unset = {"--interfaces-whitelist": "all", "--interfaces-blacklist": "none", "--scan": "off"}
    assert said == {variable: (option, unset.get(option, default))
                    for variable, (option, default) in expected.items()}
    for page in mdoc.PAGES:
        assert set(re.findall(r"DISCOVERY_CLIENT_\w+", page.read_text("utf-8"))) <= set(said)


def test_each_option_that_a_page_names_is_one():
    """Also behind a command, of that one."""
    known = {command: {name for row in helptext.rows(command) for name in row.names}
             for command in ALL}
    known["any"] = set().union(*known.values())
    for page in mdoc.PAGES:
        for line in page.read_text("utf-8").splitlines():
            command = re.search(rf"Cm ({'|'.join(ALL)})\b(?= Fl)", line)
            for name in re.findall(r"\bFl (-?[A-Za-z][\w-]*)", line):
                name = "-" + {"vv": "v", "p9999": "p"}.get(name, name)
                assert line.startswith(".Op Fl h") or \
                    name in known[command[1] if command else "any"], f"{page.name}: {line}"


@each_running
def test_contradictions_of_the_man_page(command):
    """Each that the page tells of is refused, where nothing lifts it."""
    rows = {name: row for row in helptext.rows(command) for name in row.names}
    for entry in mdoc.entries(command, ALL):
        for sentence in re.findall(r"Contradicts (.*?)[.](?:\s|$)", entry.text):
            sentence = sentence.partition(" without")[0]
            for other in re.findall(r"--[\w-]+", sentence):
                if other not in rows:
                    continue
                words = [entry.names[0], other]
                argv = [[name, *VALUES.get(rows[name].argument, ())[:1]] for name in words]
                assert "contradicts" in refused(command, *argv[0], *argv[1]).err


# --- the binary


def elf(image):
    """The type of an ELF64 file and the sets of its segment and section types."""
    assert image[:6] == b"\x7fELF\x02\x01"
    kind, = struct.unpack_from("<H", image, 16)
    phoff, shoff = struct.unpack_from("<QQ", image, 32)
    phsize, phnum, shsize, shnum = struct.unpack_from("<4H", image, 54)
    segments = {struct.unpack_from("<I", image, phoff + n * phsize)[0] for n in range(phnum)}
    sections = {struct.unpack_from("<I", image, shoff + n * shsize + 4)[0] for n in range(shnum)}
    return kind, segments, sections


@pytest.mark.skipif(KIND != "shipped", reason="only the shipped one is small")
def test_the_binary_is_static_pie_stripped_and_small():
    with open(BINARY, "rb") as file:
        image = file.read()
    kind, segments, sections = elf(image)
    assert kind == 3, "not ET_DYN"
    assert 3 not in segments, "has PT_INTERP: dynamic"
    assert 2 in segments, "no PT_DYNAMIC: not a PIE"
    assert 2 not in sections, "has a symbol table: not stripped"
    size = len(image)
    assert size < 128 * 1024
