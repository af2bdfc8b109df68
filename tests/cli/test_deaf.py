"""A host that can't receive, keep or wait: that is told, and never taken for silence."""

import re

import pytest

from clitool import run
from watching import FAST, watch

DEAF = ["-e", "inject=recvmsg:error=ENOMEM"]


@pytest.mark.parametrize("args, out", [
    (["discover"], ""), (["discover", "-j"], ""), (["discover-one", "-j"], ""),
    (["discover", "-q"], "")])
def test_what_cannot_be_received(server, tracer, args, out):
    """For good: it ends in time without a spin, and says why."""
    result = run(*args, "-T", f"127.0.0.1:{server.port}", "-t0.5", wrapper=tracer.wrapper(*DEAF))
    assert (result.code, result.out) == (3, out)
    assert result.err == "udpdisc: cannot discover: Out of memory\n"
    assert 1 < tracer.text.count("recvmsg(") < 3000


def test_nagios_tells_it_too(server, tracer):
    result = run("discover", "-onagios", "-T", f"127.0.0.1:{server.port}", "-t0.2",
                 wrapper=tracer.wrapper(*DEAF))
    assert (result.code, result.err) == (3, "")
    assert result.out == "UDPDISC UNKNOWN - cannot discover: Out of memory\n"


def test_what_cannot_be_received_for_a_while(server, tracer):
    """The reply waits in the socket."""
    result = run("discover-one", "-T", f"127.0.0.1:{server.port}",
                 wrapper=tracer.wrapper("-e", "inject=recvmsg:error=ENOMEM:when=1..40"))
    assert result.code == 0 and result.err == ""


def test_nagios_without_memory_is_unknown(server, tracer):
    """Whenever it ends: no other exit status goes with that line."""
    args = ["discover", "-onagios", "-c1", "-T", f"127.0.0.1:{server.port}", "-t2"]
    without = 0
    for call in tracer.calls(*args):
        if call[0] in ("mmap", "brk"):
            result = tracer.run_with("error=ENOMEM", (call[0], f"{call[1]}+"), *args)
            if "OK" not in result.out:
                assert re.fullmatch("UDPDISC UNKNOWN - .*\n", result.out) and result.code == 3, call
                without += "out of memory" in result.out.lower()
    assert without > 0


def test_a_wait_between_rounds_that_fails(tmp_path, tracer):
    with watch(tmp_path, *FAST, "-T127.0.0.1:1",
               wrapper=tracer.lasting("-e", "inject=ppoll:error=ENOMEM:when=6+")) as running:
        assert running.process.wait(10) == 3
        assert "udpdisc: cannot go on: Out of memory" in running.err
