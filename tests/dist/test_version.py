"""Which version it is, and what another one builds anew."""

import os
import re
import shutil

import pytest

from tree import REPO, TAG, TIME, commit, run

NUMBER = "1.2.3"
UNKNOWN = "1735689600"


@pytest.fixture
def clone(folder):
    """A clone with a commit, of the script alone."""
    (folder / "scripts").mkdir()
    shutil.copy(REPO / "scripts" / "version", folder / "scripts" / "version")
    commit(folder)
    return folder


def told(folder, **env):
    """The version and its time."""
    return run("scripts/version", NUMBER, cwd=folder, **env).stdout.split()


def hash_of(folder):
    return "g" + run("git", "rev-parse", "--short=10", "HEAD", cwd=folder).stdout.strip()


def test_no_tag(clone):
    assert told(clone) == [f"{NUMBER}-{hash_of(clone)}", str(TIME)]


def test_tag(clone):
    commit(clone, "v2.0", "w3", "very-new")
    assert told(clone) == ["2.0", str(TIME)]
    commit(clone)
    assert told(clone) == [f"2.0-1-{hash_of(clone)}", str(TIME)]


def test_a_tag_that_can_be_no_version(clone):
    """The one before it counts."""
    commit(clone, "v2.0")
    commit(clone, "v2.1/rc", "v2.1'")
    assert told(clone) == [f"2.0-1-{hash_of(clone)}", str(TIME)]


def test_changed(clone):
    """By an edit; not by a file that is no part of it, nor by a touch. Git writes nothing."""
    commit(clone, "v2.0")
    (clone / "notes").touch()
    os.utime(clone / "scripts" / "version", (1, 1))
    index = (clone / ".git" / "index").read_bytes()
    assert told(clone)[0] == "2.0"
    assert (clone / ".git" / "index").read_bytes() == index
    with open(clone / "scripts" / "version", "a", encoding="ascii") as script:
        script.write("#\n")
    assert told(clone)[0] == "2.0-dirty"


@pytest.mark.parametrize("text, expected", [
    ("4.5\n1600000000\n", ["4.5", "1600000000"]), ("4.5\n", ["4.5", UNKNOWN]),
    ("4.5", ["4.5", UNKNOWN]), ("4'5\n", None), ("4 5\n", None), ("", None), ("4.5\nx\n", None)])
def test_the_file_of_a_tarball_wins(clone, text, expected):
    (clone / "VERSION").write_text(text, "ascii")
    if expected:
        assert told(clone) == expected
        return
    ended = run("scripts/version", NUMBER, cwd=clone, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert re.match("scripts/version: bad (version|time) ", ended.stderr)


@pytest.mark.parametrize("left", ["nothing", "an empty .git"])
def test_in_a_repository_of_somebody_else(clone, left):
    commit(clone, "v2.0")
    inner = clone / "inner"
    shutil.copytree(clone / "scripts", inner / "scripts")
    if left != "nothing":
        (inner / ".git").mkdir()
    assert told(inner) == [NUMBER, UNKNOWN]
    assert told(inner, GIT_DIR=str(clone / ".git")) == [NUMBER, UNKNOWN]


def test_in_a_hook_of_somebody_else(clone):
    commit(clone, "v2.0")
    assert told(clone, GIT_DIR="/nonexistent", GIT_INDEX_FILE="/nonexistent")[0] == "2.0"


def without_git(folder):
    tools = folder / "tools"
    tools.mkdir()
    for name in ["sh", "dirname", "sed"]:
        (tools / name).symlink_to(shutil.which(name))
    return {"PATH": str(tools)}


@pytest.mark.parametrize("why", ["owner", "no git"])
def test_git_refuses(clone, why):
    """What was built stays what it is, as for make install by root."""
    env = without_git(clone) if why == "no git" else {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    commit(clone, "v2.0")
    assert told(clone, **env) == [NUMBER, UNKNOWN]
    (clone / "build").mkdir()
    (clone / "build" / "version.h").write_text('#define VERSION "2.0-7-gabcdef"\n', "ascii")
    assert told(clone, **env) == ["2.0-7-gabcdef", UNKNOWN]
    assert told(clone)[0] == "2.0"


def compiled(*args, cwd):
    return re.findall(r" -o (\S+)", run("make", "V=1", *args, cwd=cwd).stdout)


def test_another_version_compiles_only_main(release, folder):
    copy = folder / "copy"
    shutil.copytree(release, copy, symlinks=True)
    assert compiled(cwd=copy) == []
    assert compiled("VERSION=5.5", cwd=copy) == ["build/obj/main.o", "build/udpdisc.tmp"]
    assert run("build/udpdisc", "--version", cwd=copy).stdout == "udpdisc 5.5\n"


def test_a_release_tells_its_version(release):
    assert run("build/udpdisc", "--version", cwd=release).stdout == f"udpdisc {TAG}\n"
