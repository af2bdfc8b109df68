"""Help and man page say the same; the binary is as small and static as promised."""

import re
import struct

import pytest

from clitool import BINARY, COMMANDS, KIND, REPO, refused, run

MAN = REPO / "man" / "udpdisc.1"
COMMON = {"-j", "--quiet", "--verbose", "--help", "--version"}
LISTS = {"--interfaces-whitelist", "--interfaces-blacklist"}
WIRE = {"--port", "--message", "--response-prefix"}
ONE = COMMON | LISTS | WIRE | {"--timeout", "--retries", "--target", "--broadcast", "--limited",
                               "--ignore-local", "--output", "--service", "--tged-port",
                               "--targets-file", "--scan", "--no-scan", "--rate", "--force",
                               "--source-port", "--output-file"}
OPTIONS = {
    "discover": ONE | {"--count", "--expect", "--watch", "--interval"},
    "discover-one": ONE,
    "serve": COMMON | LISTS | WIRE | {"--advertise", "--advertise-port", "--allow", "--duration",
                                      "--check", "--services", "--tged-port", "--tged-only",
                                      "--tged-compact", "--tged-invalid", "--rate-limit",
                                      "--user"},
    "ifaces": COMMON | LISTS,
    "check-segmented": COMMON | LISTS | {"--address"},
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


def help_rows(command):
    """The names of each row of options in the help of command, like ["-p", "--port"]."""
    names = re.findall(r"^ +(-[\w-]+(?:, -[\w-]+)*)", run("help", command).out, re.MULTILINE)
    return [row.split(", ") for row in names]


def man_options():
    """The options of all .It lines of the man page, as they are typed; --no-x where it stands."""
    found = set()
    for line in re.findall(r"^\.(It Fl .*|Fl -no-.*)", MAN.read_text("utf-8"), re.MULTILINE):
        found |= {"-" + name for name in re.findall(r"\bFl (-?[A-Za-z][A-Za-z-]*)", line)}
    return found


def man_variables():
    return set(re.findall(r"DISCOVERY_CLIENT_[A-Z_]+[A-Z]", MAN.read_text("utf-8")))


@pytest.mark.parametrize("command", COMMANDS)
def test_help_lists_each_option_once(command):
    rows = help_rows(command)
    words = [word for row in rows for word in row]
    assert len(words) == len(set(words))
    assert set(words) >= OPTIONS[command]
    for first, *names in rows:
        if first in LETTERS:
            assert names == [name for name in [LETTERS[first]] if name]
        else:
            assert first.startswith("--") and first not in LETTERS.values()


@pytest.mark.parametrize("command", COMMANDS)
def test_what_help_lists_is_known(command):
    """An empty value is wrong for a flag as for any other option, but never unknown."""
    for names in help_rows(command):
        for name in names:
            if name.startswith("--"):
                assert "unknown" not in refused(command, f"{name}=").err


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_the_variables(command):
    page = run("help", command).out
    for option, name in VARIABLES.items():
        assert (f"DISCOVERY_CLIENT_{name}" in page) == (option in OPTIONS[command])


@pytest.mark.skipif(not MAN.exists(), reason=f"{MAN} is not there yet")
def test_man_page_and_help_list_the_same_options():
    helped = {word for command in COMMANDS for row in help_rows(command) for word in row}
    assert man_options() == helped


@pytest.mark.skipif(not MAN.exists(), reason=f"{MAN} is not there yet")
def test_man_page_and_help_list_the_same_variables():
    helped = {name for command in COMMANDS
              for name in re.findall(r"DISCOVERY_CLIENT_[A-Z_]+[A-Z]", run("help", command).out)}
    assert man_variables() == helped


@pytest.mark.skipif(not MAN.exists(), reason=f"{MAN} is not there yet")
def test_man_page_names_the_commands():
    page = MAN.read_text("utf-8")
    for command in COMMANDS:
        assert re.search(rf"^\.(S[sh]|Nm|It|Ic|Cm).*\b{command}\b", page, re.MULTILINE), command


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
