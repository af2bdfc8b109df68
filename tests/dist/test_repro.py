"""The same version is the same bytes, whoever builds it, where and when.

One is the release, built from git by this user, by several jobs. The other is built from its source
tarball by another user, if there is one, by one job, of files of another time, in a longer folder
and a poorer place: elsewhere.sh.
"""

import subprocess
import sys
import time
import warnings

import pytest

from tree import REPO, TAG, files, run

FOLDER = f"/a/much/longer/folder/than/that/of/the/release/udpdisc-{TAG}"


@pytest.fixture(scope="module")
def rebuilt(release, shared):
    if subprocess.run(["unshare", "-Urn", "true"], check=False).returncode != 0:
        pytest.skip("'unshare -Urn true' fails here")
    root = shared / "root"
    users = run(sys.executable, REPO / "tests" / "many_users.py", 'exec sh "$@"',
                REPO / "tests" / "dist" / "elsewhere.sh",
                release / "build" / "dist" / f"udpdisc-{TAG}.tar.gz", root, FOLDER, cwd=shared,
                TZ="Asia/Tokyo", USER="another", LANG="tr_TR.UTF-8", LC_ALL="tr_TR.UTF-8").stdout
    if users != "many\n":
        warnings.warn("both were built by one user: here is no other")
    return root / FOLDER[1:]


def built(folder):
    return {name: (folder / "build" / name).read_bytes()
            for name in ["udpdisc", *(f"dist/{path}" for path in files(folder / "build/dist"))]}


def test_same_bytes(release, rebuilt):
    ours, others = built(release), built(rebuilt)
    assert len(ours) == 4
    assert [name for name in {*ours, *others} if ours.get(name) != others.get(name)] == []


def test_no_trace_of_where_and_when(release):
    """__DATE__ and __FILE__ would be, which may be the same in both."""
    binary = (release / "build" / "udpdisc").read_bytes()
    days = {time.strftime("%b %e %Y", time.localtime(time.time() - ago)) for ago in (0, 86400)}
    assert [word for word in [str(release), "udpdisc-dist", "src/", *days]
            if word.encode() in binary] == []
