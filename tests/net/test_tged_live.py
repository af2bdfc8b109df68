"""serve --services: what changes on disk is served, in whatever way, and what that costs."""

import contextlib
import itertools
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest
from processes import PATIENCE_S
from tged import (STAY, check_unmoved, counters, descriptors, edit, frozen, log_of, make_file,
                  make_folder, memory_kib, rename_over, say, saying, serve, wait_log, wait_said)

SANITIZED = os.environ.get("UDPDISC_KIND") == "sanitized"
LONG_S = 4.0  # no file system's time stamps are as coarse as that


@contextlib.contextmanager
def mounted(source, target, *words):
    run = subprocess.run(["mount", *words, source, target], capture_output=True, text=True,
                         check=False)
    if run.returncode:
        pytest.skip(f"nothing can be mounted here: {run.stderr}")
    try:
        yield
    finally:
        subprocess.run(["umount", target], check=True)


# --- every way to change a file


def recreate(path, text):
    path.unlink()
    path.write_text(text, "ascii")


WAYS = [edit, rename_over, recreate]


@pytest.mark.parametrize("change", WAYS)
def test_changed(alone, old_file, change):
    with serve(alone, old_file) as serving:
        for text in ("new", "newer", "old"):
            change(old_file, saying(text))
            wait_said(alone, "SQL", text)
    assert f"udpdisc: reloaded '{old_file}': 1 service" in log_of(serving)


@pytest.mark.parametrize("change", WAYS)
def test_changed_in_one_piece_is_one_line(alone, old_file, change):
    with serve(alone, old_file) as serving:
        check_unmoved(alone)
        with frozen(serving):
            change(old_file, saying("new"))
        wait_said(alone, "SQL", "new")
        check_unmoved(alone, "new")
        assert counters(serving)["reloads"] == 1
    assert log_of(serving) == [f"udpdisc: reloaded '{old_file}': 1 service"]


def test_seen_without_any_request(alone, old_file):
    with serve(alone, old_file) as serving:
        rename_over(old_file, saying("new"))
        serving.wait_stderr("reloaded")
        rename_over(old_file, "{")
        serving.wait_stderr(STAY)
        rename_over(old_file, saying("newer"))
        serving.wait_stderr("reloaded", 2)


def make_ram_folder(place, stack):
    """A file system whose time stamps have no more than the clock's ticks."""
    place.mkdir()
    stack.enter_context(mounted("ramfs", place, "-t", "ramfs"))
    return place


def make_plain_folder(place, _):
    place.mkdir()
    return place


def wait_loaded(serving, count):
    """At once, without the pauses in which ticks pass."""
    deadline = time.monotonic() + PATIENCE_S
    while serving.stderr.count("reloaded") < count:
        assert time.monotonic() < deadline


@pytest.mark.parametrize("make", [make_plain_folder, make_ram_folder])
def test_size_and_time_prove_nothing(alone, tmp_path, make):
    """The second of two changes within one tick of the clock, of one size, counts."""
    with contextlib.ExitStack() as stack:
        path = make_file(make(tmp_path / "place", stack))
        serving = stack.enter_context(serve(alone, path))
        for number in range(5):
            path.write_text(saying(f"first {number}"), "ascii")
            before = serving.stderr.count("reloaded")
            serving.send(signal.SIGHUP)
            wait_loaded(serving, before + 1)
            path.write_text(saying(f"later {number}"), "ascii")
            wait_said(alone, "SQL", f"later {number}")


def test_touched_is_not_changed(alone, old_file):
    with serve(alone, old_file) as serving:
        check_unmoved(alone)
        old_file.touch()
        rename_over(old_file, old_file.read_bytes())
        check_unmoved(alone)
    assert log_of(serving) == []


def point(link, target):
    """Swap a symlink in one step."""
    fresh = link.with_name(".fresh")
    fresh.symlink_to(target)
    fresh.replace(link)


def test_symlink_swapped(alone, old_file, tmp_path):
    other, link = tmp_path / "other", tmp_path / "link"
    other.write_text(saying("new"), "ascii")
    link.symlink_to(old_file.name)
    with serve(alone, link) as serving:
        assert say(alone, "SQL") == "old"
        point(link, other.name)
        wait_said(alone, "SQL", "new")
        rename_over(other, saying("newer"))
        wait_said(alone, "SQL", "newer")
        point(link, old_file.name)
        wait_said(alone, "SQL", "old")
    assert log_of(serving) == [f"udpdisc: reloaded '{link}': 1 service"] * 3


def test_data_folder_swapped(alone, tmp_path):
    """As Kubernetes does with a ConfigMap: files are links into ..data, itself a link."""
    folder = tmp_path / "volume"
    for version in ("old", "new"):
        (folder / f"..{version}").mkdir(parents=True)
        (folder / f"..{version}" / "sql.json").write_text(saying(version), "ascii")
    (folder / "..data").symlink_to("..old")
    (folder / "sql.json").symlink_to("..data/sql.json")
    with serve(alone, folder) as serving:
        assert say(alone, "SQL") == "old"
        point(folder / "..data", "..new")
        wait_said(alone, "SQL", "new")
    assert log_of(serving) == [f"udpdisc: reloaded '{folder}': 1 service"]


def test_bind_mount(alone, old_file, old_folder, tmp_path):
    """Over the file, and over the folder that it is in."""
    other, elsewhere = tmp_path / "other", tmp_path / "elsewhere"
    other.write_text(saying("new"), "ascii")
    elsewhere.mkdir()
    (elsewhere / "sql.json").write_text(saying("elsewhere"), "ascii")
    for serves, source in ((old_file, other), (old_folder, elsewhere)):
        expected = "new" if source == other else "elsewhere"
        with serve(alone, serves) as serving:
            assert say(alone, "SQL") == "old"
            with mounted(source, serves, "--bind"):
                wait_said(alone, "SQL", expected)
            wait_said(alone, "SQL", "old")
        assert len(log_of(serving)) == 2


# --- long after the one before


def wait_long(said):
    """Ask these hosts meanwhile, who must go on saying so."""
    began = time.monotonic()
    while time.monotonic() - began < LONG_S:
        for host, expected in said.items():
            assert say(host, "SQL") == expected


def keep_time(path, text):
    """As `cp -p` and the like do; the size stays, too."""
    seen = path.stat()
    edit(path, text)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert path.stat().st_size == seen.st_size


def replace_keeping_time(path, text):
    seen = path.stat()
    fresh = path.with_name(".fresh")
    fresh.write_text(text, "ascii")
    os.utime(fresh, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    fresh.replace(path)
    assert path.stat().st_size == seen.st_size


def change_target(path, text):
    edit(path.resolve(), text)


def change_link(path, text):
    other = path.with_name("other")
    other.write_text(text, "ascii")
    point(path, other.name)


def change_in_folder(folder, text):
    edit(folder / "sql.json", text)


def change_data_folder(folder, text):
    """..data is in another folder, which is itself not looked at."""
    (folder / "sql.json").resolve().parent.with_name("..new").mkdir()
    (folder.parent / "..new" / "sql.json").write_text(text, "ascii")
    point(folder.parent / "..data", "..new")


def make_link(place):
    make_file(place)
    (place / "link").symlink_to("services.json")
    return place / "link"


def make_data_folder(place):
    for name in ("..old", "services.d"):
        (place / name).mkdir()
    (place / "..old" / "sql.json").write_text(saying("old"), "ascii")
    (place / "..data").symlink_to("..old")
    (place / "services.d" / "sql.json").symlink_to("../..data/sql.json")
    return place / "services.d"


LATE = {keep_time: make_file, replace_keeping_time: make_file, recreate: make_file,
        change_target: make_link, change_link: make_link, change_in_folder: make_folder,
        change_data_folder: make_data_folder}


def test_changed_long_after(net, tmp_path):
    """Each host has a way of its own, and all of them wait at once."""
    with contextlib.ExitStack() as stack:
        hosts = {}
        for change, make in LATE.items():
            place, host = tmp_path / change.__name__, net.host(change.__name__)
            place.mkdir()
            hosts[host] = change, make(place)
            stack.enter_context(serve(host, hosts[host][1]))
        wait_long({host: "old" for host in hosts})
        for change, path in hosts.values():
            change(path, saying("new"))
        for host in hosts:
            wait_said(host, "SQL", "new")


# --- SIGHUP


def test_sighup_at_once(alone, old_file):
    """Twenty looks without it, a second after each other, would take longer."""
    with serve(alone, old_file) as serving:
        began = time.monotonic()
        for number in range(20):
            rename_over(old_file, saying(number))
            serving.send(signal.SIGHUP)
            serving.wait_stderr("reloaded", number + 1)
        assert time.monotonic() - began < 10
        assert say(alone, "SQL") == "19"


def test_sighup_loads_what_did_not_change(alone, old_file):
    with serve(alone, old_file) as serving:
        serving.send(signal.SIGHUP)
        serving.wait_stderr(f"reloaded '{old_file}': 1 service\n")
        assert counters(serving)["reloads"] == 1


def test_sighup_with_a_bad_file(alone, old_file):
    with serve(alone, old_file) as serving:
        rename_over(old_file, "{")
        serving.send(signal.SIGHUP)
        serving.wait_stderr(STAY)
        assert say(alone, "SQL") == "old"
        assert counters(serving)["reloads"] == 0


# --- what it costs


def limit_descriptors(serving, count):
    """It may open none but the COUNT lowest; what is open stays so."""
    _, most = resource.prlimit(serving.popen.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(serving.popen.pid, resource.RLIMIT_NOFILE, (count or most, most))


def run_time_s(serving):
    """How long it was on a processor."""
    figures = Path(f"/proc/{serving.popen.pid}/schedstat").read_text("ascii")
    return int(figures.split()[0]) / 1e9


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_no_descriptor_left(alone, old_file, old_folder, kind):
    """The table stays, nothing spins, and once there are some the change is served."""
    serves = old_file if kind == "file" else old_folder
    changes = old_file if kind == "file" else old_folder / "sql.json"
    with serve(alone, serves) as serving:
        before = descriptors(serving)
        limit_descriptors(serving, next(n for n in itertools.count() if n not in before))
        rename_over(changes, saying("new"))
        wait_log(alone, serving, STAY)
        began, used_s = time.monotonic(), run_time_s(serving)
        wait_long({alone: "old"})
        used_s, elapsed_s = run_time_s(serving) - used_s, time.monotonic() - began
        print(f"{used_s * 1000:.1f} ms on a processor in {elapsed_s:.2f} s")
        assert used_s < elapsed_s / 10
        limit_descriptors(serving, None)
        wait_said(alone, "SQL", "new")
        assert descriptors(serving) == before
    refusal, loaded = log_of(serving)
    assert refusal.startswith(f"udpdisc: cannot read '{serves}': ") and refusal.endswith(STAY)
    assert loaded == f"udpdisc: reloaded '{serves}': 1 service"


def test_many_reloads(alone, old_file):
    """Each is of changed content and each is served; none leaves anything behind."""
    count, first = (1000 if SANITIZED else 10_000), 100
    with serve(alone, old_file) as serving:
        alone.ask("reloader", serving.popen.pid, old_file, "--count", first)
        open_before, kib_before = descriptors(serving), memory_kib(serving)
        began = time.monotonic()
        answer = alone.ask("reloader", serving.popen.pid, old_file, "--from", first, "--count",
                            count - first)
        elapsed_s = time.monotonic() - began
        open_after, kib_after = descriptors(serving), memory_kib(serving)
        figures = counters(serving)
    print(f"reloads={figures['reloads']}, the last {answer['served']} in {elapsed_s:.1f} s with "
          f"{answer['asked']} requests; open descriptors {len(open_before)} before, "
          f"{len(open_after)} after; resident memory {kib_before} KiB before, {kib_after} KiB "
          "after")
    assert figures["reloads"] == count
    assert serving.stderr.count("reloaded") == count
    assert open_after == open_before
    assert SANITIZED or abs(kib_after - kib_before) <= 256
