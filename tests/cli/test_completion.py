"""The script that `completion bash` prints, as bash uses it while somebody types."""

import os
import re
import shutil
import subprocess

import pytest

from clitool import BINARY, COMMANDS, refused, run

BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(not BASH, reason="there is no bash")

# What bash does where TAB is pressed: the words so far, of which the last is unfinished; it
# divides at = as well. Its own compopt works only there.
HARNESS = """
set -u
source /dev/stdin
compopt() { printf 'compopt %s\\n' "$*"; }
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_udpdisc
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script():
    result = run("completion", "bash")
    assert (result.code, result.err) == (0, "")
    return result.out


@pytest.fixture
def complete(script, tmp_path):
    """complete(WORD...) gives what bash would offer for the last one, in order."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "udpdisc").symlink_to(BINARY)
    (tmp_path / "a file.json").touch()
    environment = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}

    def press(*words):
        ended = subprocess.run([BASH, "--norc", "-c", HARNESS, "bash", "udpdisc", *words],
                               input=script, text=True, capture_output=True, check=True,
                               cwd=tmp_path, env=environment)
        assert ended.stderr == ""
        return sorted(ended.stdout.splitlines())
    return press


def offered(command):
    """All options of a command as its help lists them."""
    names = re.findall(r"^  +(-[\w-]+(?:, -[\w-]+)*)", run("help", command).out, re.MULTILINE)
    return sorted(name for row in names for name in row.split(", "))


def test_commands(complete):
    everything = sorted([*COMMANDS, "completion", "help"])
    assert complete("") == everything
    assert complete("disc") == ["discover", "discover-one"]
    assert complete("help", "") == sorted([*everything, "unit", "services", "cron", "firewall"])
    assert complete("completion", "") == ["bash"]
    assert complete("--") == ["--help", "--version"]


@pytest.mark.parametrize("command", [*COMMANDS, "completion"])
def test_options_are_those_of_help(complete, command):
    assert len(offered(command)) >= 4
    assert complete(command, "-") == offered(command)


@pytest.mark.parametrize("words, expected", [
    (("discover", "-o", ""), ["json", "ndjson", "nagios", "text"]),
    (("discover", "--output", "n"), ["nagios", "ndjson"]),
    (("discover", "--output", "="), ["json", "nagios", "ndjson", "text"]),
    (("discover", "--output", "=", "j"), ["json"]),
    (("serve", "-j", "--tged-invalid", ""), ["always", "unicast"]),
    (("ifaces", "-i", "l"), ["lo"]),
    (("ifaces", "--interfaces-blacklist", "eth0,"), ["eth0,lo"]),
    (("serve", "-u", "nobod"), ["nobody"]),
    (("discover", "--watch", "--time"), ["--timeout"]),
    (("discover", "--no"), ["--no-scan"]),
    (("serve", "--services", "a"), ["a file.json", "compopt -o filenames"]),
    (("discover", "--targets-file", "a"), ["a file.json", "compopt -o filenames"]),
])
def test_values(complete, words, expected):
    assert complete(*words) == sorted(expected)


@pytest.mark.parametrize("words", [
    ("bogus", "-"), ("discover", "--port", ""), ("discover", "--timeout", "="),
    ("serve", "--count"), ("serve", "$(touch x)", "x"), ("ifaces", "*"), ("discover", "plain"),
])
def test_nothing_to_offer(complete, words):
    assert complete(*words) == [""]


@pytest.mark.parametrize("name, shown", [("$(touch${IFS}x)", r"\$\(touch\$\{IFS\}x\)"),
                                         ("a*", r"a\*"), ("`x`", r"\`x\`")])
def test_what_stands_in_a_name_is_not_run(complete, tmp_path, name, shown):
    """An interface may be called like this."""
    program = tmp_path / "bin" / "udpdisc"
    program.unlink()
    program.write_text(f"#!/bin/sh\necho '{name}'\n", "ascii")
    program.chmod(0o755)
    assert complete("ifaces", "-i", "") == [shown]
    assert complete("ifaces", "-i", "lo,") == [f"lo,{shown}"]
    assert not (tmp_path / "x").exists()


def test_it_may_be_loaded_from_within_a_function(script):
    """As the package bash-completion does: what it declares must outlive that."""
    ended = subprocess.run([BASH, "--norc", "-c", """
        load() { source /dev/stdin; }
        load && complete -p udpdisc && echo "${#_udpdisc_options[@]}" """],
        input=script, text=True, capture_output=True, check=True)
    assert ended.stdout == f"complete -F _udpdisc udpdisc\n{len(COMMANDS) + 2}\n"


@pytest.mark.parametrize("words", [("zsh",), ("Bash",), ("",), ()])
def test_another_shell(words):
    refused("completion", *words, names=["completion bash"])


def test_one_shell_at_a_time():
    refused("completion", "bash", "zsh", names=["'zsh'"])
