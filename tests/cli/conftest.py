"""Refuses to run anywhere but in the namespace of tests/run; fixtures."""

import os
import signal
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
pytest.register_assert_rewrite("clitool", "filters", "old_file", "stages", "surroundings",
                               "tracing", "watching")

import clitool  # noqa: E402  (after register_assert_rewrite)
import tracing  # noqa: E402


collect_ignore = [] if clitool.FOREIGN else ["test_foreign.py"]


def has_routes():
    with open("/proc/self/net/route", encoding="ascii") as routes:
        return len(routes.readlines()) > 1


def pytest_sessionstart():
    # A shell ignores it for what it starts in the background, and so would our children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if os.environ.get("UDPDISC_NETNS") != "1" or has_routes():
        pytest.exit("only in an isolated network namespace: use tests/run", 2)
    if not os.access(clitool.BINARY, os.X_OK):
        pytest.exit(f"no binary '{clitool.BINARY}': build it, or set UDPDISC", 2)


def pytest_make_parametrize_id(val):
    """Readable names: arguments as typed, long ones cut."""
    if isinstance(val, (tuple, list)):
        val = " ".join(map(str, val))
    if isinstance(val, bytes) or isinstance(val, str) and not val.isprintable():
        val = repr(val)
    if not isinstance(val, str):
        return None
    return val if len(val) <= 60 else f"{val[:40]}...{len(val)}"


@pytest.fixture(scope="session")
def server():
    """One plain `serve`, for tests that only need somebody who answers."""
    with clitool.serve() as running:
        yield running


@pytest.fixture
def taken_port():
    """A port of 0.0.0.0 that somebody else holds."""
    with clitool.udp_socket("0.0.0.0", clitool.next_port()) as holder:
        yield holder.getsockname()[1]


@pytest.fixture
def tracer(tmp_path):
    """Runs under strace; without it the test is skipped."""
    if tracing.why_not():
        pytest.skip(tracing.why_not())
    folder = tmp_path / "traces"
    folder.mkdir()
    return tracing.Tracer(folder / "log")
