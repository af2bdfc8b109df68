"""The systemd unit: what it holds, and what systemd says of it."""

import re
import shutil
import subprocess

import pytest

from clitool import BINARY, REPO, next_port, run
from tracing import CALL

UNIT = REPO / "src" / "share" / "udpdisc.service"
EXPOSURE_MAX = 1.5
BY_ROOT_ONLY = {"setgroups", "capset"}
ANALYZE = shutil.which("systemd-analyze")
systemd = pytest.mark.skipif(not ANALYZE, reason="there is no systemd-analyze")


def analyze(*args):
    """Its stdout."""
    return subprocess.run([ANALYZE, *map(str, args)], capture_output=True, text=True,
                          check=True).stdout


def directives(name):
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text("utf-8"), re.MULTILINE)


@systemd
def test_exposure():
    said = analyze("security", "--offline=true", "--no-pager", UNIT)
    told = re.search(r"exposure level for udpdisc.service: ([\d.]+)", said)
    assert float(told[1]) <= EXPOSURE_MAX


@systemd
def test_systemd_knows_each_directive(tmp_path):
    """Such as is unknown or bad is told on stderr, and ignored."""
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text("utf-8").replace("/usr/local/bin/udpdisc", BINARY), "utf-8")
    ended = subprocess.run([ANALYZE, "verify", "--man=no", copy], capture_output=True, text=True,
                           check=False)
    assert ended.returncode == 0, ended.stderr
    assert str(copy) not in ended.stderr


def test_options_are_checked_before_it_starts():
    [check], [start] = directives("ExecStartPre"), directives("ExecStart")
    assert check == start.replace(" serve ", " serve --check -q ")
    assert directives("Type") == ["notify"]
    assert int(directives("WatchdogSec")[0]) >= 10


def allowed_calls():
    """The system calls that the unit lets through."""
    words = " ".join(directives("SystemCallFilter")).split()
    found = {word for word in words if not word.startswith("@")}
    groups = [word for word in words if word.startswith("@")]
    listed = analyze("syscall-filter", "@default", *groups)
    return found | set(re.findall(r"^ +(\w+)$", listed, re.MULTILINE))


@systemd
def test_the_unit_allows_what_serve_calls(tracer, tmp_path):
    path = tmp_path / "services.json"
    path.write_text('{"A": {"B": "c"}}', "utf-8")
    ended = run("serve", "-p", next_port(), "-S", path, "--tged-port", next_port(), "--user=0",
                "--duration=1.2", wrapper=tracer.wrapper())
    assert ended.code == 0
    calls = set(CALL.findall(tracer.text))
    assert {"bind", "ppoll", "seccomp"} <= calls
    assert calls - BY_ROOT_ONLY <= allowed_calls()
