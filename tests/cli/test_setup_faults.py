"""Each call by which a run sets itself up fails, one at a time."""

import json
import re

import pytest

from clitool import next_port, variables
from test_tged_options import SQL

SETUP = {"socket", "bind", "setsockopt", "getsockopt", "ioctl", "signalfd4", "rt_sigprocmask",
         "rt_sigaction", "fstat", "fcntl", "getdents64", "getrandom", "sendto", "connect"}
CANNOT = r"udpdisc: (out of memory|cannot \w+|[^\n]*: [A-Z])"


def check_said(call, result):
    """An end that could not run says why; what goes on may warn."""
    assert result.code == 0 or result.code == 3 and re.search(CANNOT, result.err), (
        call, vars(result))


@pytest.mark.parametrize("error", ["ENOMEM", "EPERM"])
@pytest.mark.parametrize("more", [["-T127.0.0.0/28"], ["--targets-file=/dev/null"],
                                  ["--source-port={}"], ["--ignore-local", "-T127.0.0.2"]])
def test_discover(tracer, server, more, error):
    more = [word.format(next_port()) for word in more]
    args = ("discover", "-j", "-c1", "-t0.3", "-r0", f"-p{server.port}",
            f"-T127.0.0.1:{server.port}", *more)
    tried = 0
    for call, result in tracer.at_each_call(f"error={error}", *args, only=SETUP):
        if result.code == 1:  # a server of this host is left out
            assert "--ignore-local" in more, (call, vars(result))
        else:
            check_said(call, result)
        assert result.out == "" or isinstance(json.loads(result.out), list)
        tried += 1
    assert tried > 8


@pytest.mark.parametrize("error", ["ENOMEM", "EPERM"])
@pytest.mark.parametrize("is_folder", [True, False])
def test_serve(tracer, tmp_path, is_folder, error):
    path = tmp_path / "a.json"
    path.write_text(SQL, "ascii")
    tried = 0
    args = ("serve", "-p", next_port(), "-S", tmp_path if is_folder else path, "--tged-port",
            next_port(), "--duration=0.02")
    for call, result in tracer.at_each_call(f"error={error}", *args, only=SETUP):
        check_said(call, result)
        assert result.out == ""
        tried += 1
    assert tried > 20
