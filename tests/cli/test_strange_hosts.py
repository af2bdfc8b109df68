"""Hosts that lack what others have: the whole job is done on each."""

import subprocess
from typing import Callable, NamedTuple

import pytest

from clitool import ANSWER, FOREIGN, SANITIZED, run, shell
from surroundings import (MANY, ONE_USER, as_user, folder, many, path, public_binary, warnings)
from test_tged_options import REPLY, ask, serve_services

pytestmark = pytest.mark.skipif(SANITIZED, reason="it looks at the program as shipped")

WEB = (1234, 2345)  # anybody
AS_ROOT = ("cannot become nobody (65534): Operation not permitted; goes on as root, which --user 0 "
           "asks for")


class Host(NamedTuple):
    """Where the program runs: the file, the services and a new file as it sees them."""
    wrapper: list
    binary: str
    services: str
    new: str


def like_this(folder, *wrapper):
    return Host([*wrapper], public_binary(folder), folder / "services.json", folder / "new")


def elsewhere(folder, script, *wrapper):
    """In a mount namespace of its own, in which the script was run: $1 is the folder."""
    words = shell(f'folder=$1; shift; {script} && exec "$@"')
    return like_this(folder, "/usr/bin/unshare", "-m", *words, str(folder), *wrapper)


def empty_root(folder, *more):
    """Nothing but the program and its services: no /etc, /dev, /proc or /sys."""
    host = elsewhere(folder, "true" if not more else " && ".join(more),
                     "/usr/sbin/chroot", str(folder))
    return host._replace(binary="/udpdisc", services="/services.json", new="/new")


def read_only_root(folder):
    return empty_root(folder, 'mount --bind "$folder" "$folder"',
                      'mount -o remount,bind,ro "$folder"')


def without(name):
    """Something else is there, and it is empty."""
    return lambda folder: elsewhere(folder, f"mount -t tmpfs -o mode=0 none {name}")


def in_folder(name):
    """Without variables, in a folder where nobody may write."""
    return lambda folder: like_this(folder, *shell(f'cd {name} && exec /usr/bin/env -i "$@"'))


HOSTS: dict[str, Callable] = {
    "empty-root": empty_root, "read-only-root": read_only_root, "no-proc": without("/proc"),
    "no-sys": without("/sys"), "no-dev": without("/dev"), "no-etc": without("/etc"),
    "no-variables": in_folder("/proc"), "no-variables-in-sys": in_folder("/sys"),
    "any-user": lambda folder: like_this(folder, *as_user(*WEB), "/usr/bin/setpriv",
                                         "--bounding-set=-all", "--inh-caps=-all"),
    "one-user": lambda folder: like_this(folder, *ONE_USER),
    "no-user": lambda folder: like_this(folder, "/usr/bin/unshare", "-U")}
no_qemu = pytest.mark.skipif(FOREIGN, reason="qemu is not in that root")
MARKS = {"any-user": many, "empty-root": no_qemu, "read-only-root": no_qemu}
NOT_ROOT = ("any-user", "no-user")


@pytest.fixture(params=[pytest.param(name, marks=MARKS.get(name, ())) for name in HOSTS])
def name(request):
    return request.param


@pytest.fixture
def host(name, path):
    path.parent.chmod(0o777)
    return HOSTS[name](path.parent)


@pytest.mark.parametrize("lost", ["proc", "sys", "dev", "etc"])
def test_what_is_lost(path, lost):
    """There really is nothing."""
    wrapper = HOSTS[f"no-{lost}"](path.parent).wrapper
    listed = subprocess.run([*wrapper, "/bin/ls", "-A", f"/{lost}"], capture_output=True,
                            check=True)
    assert listed.stdout == b""


def run_there(host, *args):
    return run(*args, wrapper=host.wrapper, argv0=host.binary)


def find(host, server, *args):
    return run_there(host, "discover", "-j", "-T127.0.0.1", f"-p{server.port}", *args)


def test_serve(name, host):
    """As whom it is started: root becomes nobody."""
    with serve_services(host.services, user=None, wrapper=host.wrapper, argv0=host.binary
                        ) as (server, port):
        assert (server.ask()[0], ask(port)) == (ANSWER, REPLY)
        alone = name == "one-user" or name not in NOT_ROOT and not MANY
        assert warnings(server) == [AS_ROOT] * alone
        assert server.stop() == 0


def test_discover(host, server):
    for more in (["-c1"], ["-T127.0.0.0/29", "-t0.2"]):
        result = find(host, server, *more)
        assert (result.code, result.err) == (0, "")
        assert result.json[0]["ip"] == "127.0.0.1"
    missing = run_there(host, "discover", "-T127.0.0.1:1", "-t0.05", "-q")
    assert (missing.code, missing.out, missing.err.count("\n")) == (1, "", 1)


def test_what_asks_nobody(host):
    """The same as anywhere."""
    for args in (["ifaces", "-j"], ["check-segmented"], ["help"], ["discover", "--help"],
                 ["--version"], ["serve", "--port=x"]):
        here, there = run(*args), run_there(host, *args)
        assert (there.code, there.out, there.err) == (here.code, here.out, here.err)
        assert there.out or there.err


def test_names(host, server):
    """localhost needs no file; for others there is no name server to be reached."""
    found = run_there(host, "discover-one", "-j", f"-Tlocalhost:{server.port}")
    assert (found.code, found.json["ip"]) == (0, "127.0.0.1")
    unknown = run_there(host, "discover", "-q", "-Tno.such.invalid")
    assert unknown.code == 3 and "no.such.invalid" in unknown.err


def test_a_file_is_written(name, host, folder, server):
    result = find(host, server, "-c1", "--output-file", host.new)
    if name == "read-only-root":
        assert (result.code, result.out) == (3, "")
        assert result.err == f"udpdisc: cannot write '{host.new}': Read-only file system\n"
        assert not (folder / "new").exists()
    else:
        assert (result.code, result.out, result.err) == (0, "", "")
        assert (folder / "new").read_text("utf-8").startswith('[{"ip":"127.0.0.1"')
