"""What the tests of this folder share: copies of the source, and make in them."""

import os
import pathlib
import shutil
import subprocess

REPO = pathlib.Path(__file__).resolve().parents[2]
CJSON = REPO / os.environ.get("CJSON_DIR", "build/cjson")
TAG = "9.8.7"
TIME = 1700000001  # of the commit
NOBODY = 65534
# What is installed, in the folder PREFIX.
DATA = {"share/man/man1/udpdisc.1", "share/man/man5/udpdisc-services.5",
        "share/bash-completion/completions/udpdisc", "lib/systemd/system/udpdisc.service",
        *(f"share/doc/udpdisc/{name}" for name in (
            "README.md", "CHANGELOG.md", "LICENSE", "examples/services.json",
            "examples/udpdisc.default"))}
ALL = {"bin/udpdisc", *DATA}
# Nothing of this make, this user or this clone gets in.
ENV = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1",
       **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
          for what, value in (("NAME", "x"), ("EMAIL", "x"), ("DATE", f"{TIME} +0000"))}}


def run(*args, cwd, check=True, **env):
    """With umask 077."""
    ended = subprocess.run(list(map(str, args)), cwd=cwd, env={**ENV, **env}, check=False,
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, umask=0o077)
    assert ended.returncode == 0 or not check, ended.stderr
    return ended


def copy_source(folder):
    """As it is here, but for what was built, and what only a source tarball has."""
    def passed_over(path, names):
        extra = {".git", "build", "cjson", "VERSION"} if pathlib.Path(path) == REPO else set()
        return {"__pycache__", *extra}.intersection(names)

    shutil.copytree(REPO, folder, ignore=passed_over)


def commit(folder, *tags):
    """A new one, of all that is there."""
    run("git", "init", "-q", cwd=folder)
    run("git", "add", "-A", cwd=folder)
    run("git", "commit", "-q", "-m", "x", "--allow-empty", cwd=folder)
    for name in tags:
        run("git", "tag", name, cwd=folder)


def files(folder):
    """Where in it they are."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def other_user():
    """What to begin a command with, so that another user runs it, where there is one."""
    words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    tried = subprocess.run([*words, "true"], stderr=subprocess.DEVNULL, check=False)
    return words if tried.returncode == 0 else []
