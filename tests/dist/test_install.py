"""make install and make uninstall."""

import pytest

from tree import ALL, DATA, NOBODY, files, other_user, run


def install(release, target, *args, goal="install", check=True):
    """By another user than who built it."""
    return run(*other_user(), "make", "-s", goal, f"DESTDIR={target}", *args, cwd=release,
               check=check)


def test_what_is_installed(release, folder):
    """Nothing is built for it, and the umask, 077, leaves no trace."""
    built = release / "build" / "udpdisc"
    before = built.stat().st_mtime_ns
    install(release, folder / "a 'folder")
    assert built.stat().st_mtime_ns == before
    target = folder / "a 'folder" / "usr" / "local"
    assert files(target) == ALL
    assert (target / "bin/udpdisc").read_bytes() == built.read_bytes()
    for path in target.rglob("*"):
        plain = str(path.relative_to(target)) in DATA
        assert path.stat().st_mode & 0o7777 == (0o644 if plain else 0o755), path
    if other_user():
        assert (target / "bin/udpdisc").stat().st_uid == NOBODY


def test_places(release, folder):
    install(release, folder, "PREFIX=/usr", "BINDIR=/opt/b", "UNITDIR=/lib/units", "DOCDIR=/d")
    assert {"opt/b/udpdisc", "lib/units/udpdisc.service", "d/LICENSE", "d/examples/services.json",
            "usr/share/man/man1/udpdisc.1"} <= files(folder)
    unit = (folder / "lib/units/udpdisc.service").read_text("utf-8")
    assert "\nExecStart=/opt/b/udpdisc serve" in unit
    assert "/usr/local" not in unit


@pytest.mark.parametrize("bad", ["PREFIX=/a /b", "PREFIX=a", "BINDIR=/a%i", "MANDIR=/a'b"])
def test_a_bad_folder_is_refused(release, folder, bad):
    ended = install(release, folder, bad, check=False)
    assert ended.returncode != 0
    assert f"bad folder '{bad.partition('=')[2]}" in ended.stderr
    assert "expected an absolute path" in ended.stderr
    assert files(folder) == set()


def test_uninstall_takes_what_install_made(release, folder):
    """After two installations; what others have beside it stays, also their folders."""
    local = folder / "usr" / "local"
    others = {"share/doc/udpdisc/NEWS", "bin/udpdisc2", "share/man/man1/udp.1"}
    for name in others:
        (local / name).parent.mkdir(parents=True)
        (local / name).touch()
    for path in folder.rglob("*"):
        path.chmod(0o777)
    for _ in range(2):
        install(release, folder)
    assert files(local) == ALL | others
    assert (local / "bin").stat().st_mode & 0o7777 == 0o777
    install(release, folder, goal="uninstall")
    assert files(local) == others
    assert not (local / "share/doc/udpdisc/examples").exists()
    assert (local / "lib/systemd/system").is_dir()


def test_uninstall_leaves_no_folder_of_ours(release, folder):
    install(release, folder)
    install(release, folder, goal="uninstall")
    assert list(folder.rglob("*udpdisc*")) == []


def test_examples_are_sound(release):
    binary = release / "build" / "udpdisc"
    examples = release / "src" / "share" / "examples"
    text = (examples / "udpdisc.default").read_text("utf-8").replace("/etc/udpdisc/", "")
    lines = [line.lstrip("#") for line in text.splitlines() if "UDPDISC_OPTIONS=" in line]
    assert len(lines) == 3
    for line in ["-S services.json", *lines]:
        options = line.removeprefix("UDPDISC_OPTIONS=").split()
        run(binary, "serve", "--check", "-q", *options, cwd=examples)
