"""make dist: what stands in its two tarballs, and of what use they are."""

import os
import pathlib
import platform
import shutil
import tarfile

import pytest

from tree import ALL, TAG, TIME, files, run

SOURCE = f"udpdisc-{TAG}"
BINARY = f"{SOURCE}-linux-{platform.machine()}"
SUMS = "share/doc/udpdisc/SHA256SUMS"
CJSON = {f"cjson/{name}" for name in ("LICENSE", "cJSON.c", "cJSON.h")}


def members(release, name):
    """By path in its one folder; of one owner and time, and in order."""
    with tarfile.open(release / "build" / "dist" / f"{name}.tar.gz") as tar:
        found = tar.getmembers()
    assert {(one.uid, one.gid, one.uname, one.gname, one.mtime) for one in found} == {
        (0, 0, "", "", TIME)}
    assert all(one.isfile() and not one.pax_headers for one in found)
    names = [one.name for one in found]
    assert names == sorted(names)
    return {one.name.removeprefix(f"{name}/"): one for one in found}


def unpack(release, name, folder):
    run("tar", "-C", folder, "--strip-components=1", "-xf",
        release / "build" / "dist" / f"{name}.tar.gz", cwd=folder)


def test_sums_beside(release):
    dist = release / "build" / "dist"
    assert files(dist) == {f"{SOURCE}.tar.gz", f"{BINARY}.tar.gz", "SHA256SUMS"}
    said = run("sha256sum", "-c", "SHA256SUMS", cwd=dist).stdout
    assert said.splitlines() == [f"{SOURCE}.tar.gz: OK", f"{BINARY}.tar.gz: OK"]


def test_source(release):
    found = members(release, SOURCE)
    tracked = run("git", "ls-files", cwd=release).stdout.split()
    assert set(found) == {*tracked, "VERSION", *CJSON}
    for name in tracked:
        ours = release / name
        assert found[name].mode == (0o755 if os.access(ours, os.X_OK) else 0o644), name


def test_binary(release, folder):
    """To unpack it is to install it, and its sums are good there too."""
    modes = {name: one.mode for name, one in members(release, BINARY).items()}
    assert modes == {**dict.fromkeys([*ALL, SUMS], 0o644), "bin/udpdisc": 0o755}
    old = folder / "bin"
    old.mkdir(0o700)
    unpack(release, BINARY, folder)
    assert old.stat().st_mode & 0o7777 == 0o700
    assert run(folder / "bin/udpdisc", "--version", cwd=folder).stdout == f"udpdisc {TAG}\n"
    assert "ExecStart=/usr/local/bin/udpdisc" in (
        folder / "lib/systemd/system/udpdisc.service").read_text("utf-8")
    said = run("sha256sum", "-c", SUMS, cwd=folder).stdout
    assert {line.removesuffix(": OK") for line in said.splitlines()} == ALL


def test_setup_fetches_nothing_in_a_source_tarball(release, folder):
    """It finds all packages there, and asks for no other."""
    unpack(release, SOURCE, folder)
    tools = folder / "tools"
    tools.mkdir()
    for name, script in [("dpkg-query", "echo install ok installed"), ("apk", ":"),
                         ("apt-get", f"touch {folder}/asked; false")]:
        (tools / name).write_text(f"#!/bin/sh\n{script}\n", "ascii")
        (tools / name).chmod(0o755)
    ended = run("scripts/setup", cwd=folder, PATH=f"{tools}:{os.environ['PATH']}")
    assert (ended.stdout, ended.stderr) == ("", "")
    assert not (folder / "asked").exists() and not (folder / "build" / "cjson").exists()


@pytest.fixture
def copy(release, folder):
    return shutil.copytree(release, folder / "copy", symlinks=True)


@pytest.mark.parametrize("name", ["src/new.txt", "src/share/help/cron~"])
def test_what_git_does_not_know_is_refused(copy, name):
    """Though it passes over it."""
    (copy / ".git" / "info" / "exclude").write_text("*~\n", "ascii")
    (copy / name).touch()
    ended = run("make", "dist", cwd=copy, check=False)
    assert ended.returncode != 0
    assert f"scripts/dist: not in git, but in the binary: {name}\n" in ended.stderr


def test_it_is_for_usr_local_whatever_the_folders(release, copy):
    name = pathlib.Path("build", "dist", f"{BINARY}.tar.gz")
    run("make", "dist", "PREFIX=/opt", "BINDIR=/usr/bin", "DOCDIR=/a", "MANDIR=/b", cwd=copy)
    assert (copy / name).read_bytes() == (release / name).read_bytes()
