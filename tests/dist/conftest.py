"""Fixtures: a folder that all users may see, and in it a release that was built."""

import os
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, os.path.dirname(__file__))
pytest.register_assert_rewrite("tree")

import tree  # noqa: E402  (after register_assert_rewrite)


@pytest.fixture(scope="session")
def shared():
    """pytest's own folders are for one user alone."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="udpdisc-dist-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def folder(shared):
    made = pathlib.Path(tempfile.mkdtemp(dir=shared))
    made.chmod(0o777)
    return made


@pytest.fixture(scope="session")
def release(shared):
    """A clone at a tag, built, with its tarballs; all may read it, and nobody changes it."""
    clone = shared / "clone"
    tree.copy_source(clone)
    shutil.copytree(tree.CJSON, clone / "build" / "cjson")
    tree.commit(clone, f"v{tree.TAG}")
    tree.run("make", f"-j{os.cpu_count()}", "dist", cwd=clone, TZ="UTC", LC_ALL="C", USER="one")
    for path in [clone, *clone.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.stat().st_mode & 0o100 else 0o044))
    return clone
