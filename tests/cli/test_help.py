"""What help says beside the options: topics to paste, exit status, examples. Whether the manual
says the same is in test_documentation.py."""

import re

import pytest

from clitool import COMMANDS, REPO, next_port, refused, run, run_on_terminal, serve

SHARE = REPO / "src" / "share"
TOPICS = {"unit": SHARE / "udpdisc.service", "services": SHARE / "help" / "services",
          "cron": SHARE / "help" / "cron", "firewall": SHARE / "help" / "firewall"}
WIDTH = 80


def page(*words):
    result = run("help", *words)
    assert (result.code, result.err) == (0, "")
    return result.out


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_the_file_that_is_shipped(topic):
    assert page(topic) == TOPICS[topic].read_text("ascii")


def test_the_list_names_each_topic():
    for listing in (page(), page("help")):
        topics = listing.split("topics, to paste:\n")[1].split("\n\n")[0]
        assert re.findall(r"^  (\w+) ", topics, re.MULTILINE) == list(TOPICS)


@pytest.mark.parametrize("word", ["bogus", "Unit", "uni", ".options", ".bash", ""])
def test_no_such_topic(word):
    refused("help", word, names=[f"'{word}'", "udpdisc help"])


@pytest.mark.parametrize("command", [*COMMANDS, "completion", "help"])
def test_a_page_ends_with_what_stands_in_its_file(command):
    assert page(command).endswith("\n\n" + (SHARE / "help" / command).read_text("ascii"))


@pytest.mark.parametrize("command", COMMANDS)
def test_each_exit_status_is_told(command):
    told = page(command).split("\nexit status:\n")[1].split("\n\n")[0]
    found = re.findall(r"^  (\d) ", told, re.MULTILINE)
    assert found == (["0", "2", "3"] if command == "serve" else ["0", "1", "2", "3"])


def test_pages_fit_a_terminal():
    """But for lines that are pasted as they are."""
    for words in ((), *((command,) for command in COMMANDS), ("help",), ("firewall",)):
        assert max(map(len, page(*words).splitlines())) <= WIDTH


def test_the_services_can_be_served(tmp_path):
    text = page("services")
    path = tmp_path / "services.json"
    path.write_text(text[text.index("{"):text.rindex("}") + 1], "ascii")
    with serve("-S", path, "--tged-port", next_port()) as server:
        assert "for 2 services of" in server.log


def test_a_terminal_shows_the_same():
    assert run_on_terminal("help", "cron").out == page("cron")
