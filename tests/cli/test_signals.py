"""What signals do: discover gives up with what it has, serve ends or reports."""

import os
import re
import select
import signal
import subprocess
import time

import pytest

import stages
from clitool import ANSWER, LIMIT_S, MESSAGE, heard, responder, serve, shell, start, wait_for
from surroundings import whole_options

ENDS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
STOPPED = r"udpdisc: stopped after \d+s: {0} probes, {0} replies\n"


def interrupted(peer, signum, *args, ready):
    """The exit code, stdout and stderr of a discover that signum ends after ready()."""
    with start(*args, "-T", peer.target, "-t60", stdout=subprocess.PIPE,
               stderr=subprocess.PIPE) as process:
        ready()
        process.send_signal(signum)
        out, err = process.communicate(timeout=LIMIT_S)
        return process.returncode, out.decode(), heard(err)


@pytest.mark.parametrize("signum, code", ENDS)
@pytest.mark.parametrize("fmt, out", [
    ("text", r"127\.0\.0\.1\t8000\tlo\t127\.0\.0\.1\t[\d.]+\n"),
    ("json", r'\[\s*\{.*"ip": ?"127\.0\.0\.1".*\}\s*\]\n'),
    ("ndjson", r'\{"ip": ?"127\.0\.0\.1".*\}\n')])
def test_discover_prints_what_was_found(signum, code, fmt, out):
    with responder(ANSWER) as peer:
        result = interrupted(peer, signum, "discover", "-o", fmt, ready=peer.wait_taken)
    assert result[0] == code
    assert re.fullmatch(out, result[1], re.DOTALL)
    assert result[1].count("raw_response") == (fmt != "text")


@pytest.mark.parametrize("signum, code", ENDS)
@pytest.mark.parametrize("command, fmt, out", [
    ("discover", "json", "[]\n"), ("discover", "text", ""), ("discover", "ndjson", ""),
    ("discover-one", "json", "null\n"), ("discover-one", "text", "")])
def test_discover_that_found_nothing(signum, code, command, fmt, out):
    with responder(b"junk") as peer:
        result = interrupted(peer, signum, command, "-o", fmt, ready=peer.wait_taken)
    assert result[:2] == (code, out)


@pytest.mark.parametrize("signum, code", ENDS)
@pytest.mark.parametrize("args", [[], ["-q"], ["-j"], ["-qondjson"]])
@pytest.mark.parametrize("stage, had", [(stages.asking, "0 servers"),
                                        (stages.answered, "1 server")])
def test_discover_says_what_ended_it(tmp_path, signum, code, args, stage, had):
    with stage(tmp_path, "discover", *args) as process:
        result = stages.end(process, signum)
    assert result[0] == code
    assert result[2] == f"udpdisc: ended by {signum.name}; {had} answered so far\n"


@pytest.mark.parametrize("signum, code", ENDS)
@pytest.mark.parametrize("stage", stages.BEFORE)
@pytest.mark.parametrize("command, args, out", [
    ("discover", ["-j"], "[]\n"), ("discover", ["-qj"], "[]\n"), ("discover", [], ""),
    ("discover", ["-ondjson"], ""), ("discover-one", ["-j"], "null\n"), ("discover-one", [], ""),
    ("discover-one", ["-o", "json", "-vv"], "null\n")])
def test_a_signal_before_the_first_probe(tmp_path, signum, code, stage, command, args, out):
    with stage(tmp_path, command, *args) as process:
        assert stages.end(process, signum)[:2] == (code, out)


@pytest.mark.parametrize("command, none", [("discover", []), ("discover-one", None)])
def test_json_is_whole_whenever_a_signal_comes(server, tracer, command, none):
    """But while the program is still being loaded."""
    args = [command, "-jT", f"127.0.0.1:{server.port}", *["-c1"] * (command == "discover")]
    loading, found = True, 0
    for call, result in tracer.at_each_call("signal=TERM", *args):
        loading = loading and result.code == -signal.SIGTERM
        if loading:
            continue
        assert result.out.endswith("\n"), call
        assert result.code == 143 or result.json != none, call
        found += result.json != none
    assert found > 3


@pytest.mark.parametrize("stage", [*stages.BEFORE, stages.asking])
@pytest.mark.parametrize("ignored, signum, code", [
    (signal.SIGINT, signal.SIGTERM, 143), (signal.SIGTERM, signal.SIGINT, 130)])
@pytest.mark.parametrize("args", [["-j"], ["-w"], ["-onagios"]])
def test_an_ignored_signal_stays_ignored(tmp_path, stage, ignored, signum, code, args):
    """As a shell leaves SIGINT to what it starts in the background."""
    before = signal.signal(ignored, signal.SIG_IGN)
    try:
        with stage(tmp_path, "discover", *args) as process:
            for _ in range(10):
                process.send_signal(ignored)
            stages.wait_taken(process)
            assert process.poll() is None
            assert stages.end(process, signum)[0] == {"-w": 0, "-onagios": 3}.get(args[0], code)
            assert process.returncode != 128 + ignored
    finally:
        signal.signal(ignored, before)


@pytest.mark.parametrize("signum, code", ENDS)
def test_a_run_whose_messages_nobody_reads_can_be_ended(signum, code):
    """It asks, and what it tells of the answers fills the pipe."""
    reader, writer = os.pipe()
    with responder(*[b"junk" * 250] * 100) as peer, \
         start("discover", "-vv", "-T", peer.target, "-t60", stderr=writer) as process:
        wait_for(lambda: not select.select([], [writer], [], 0)[1], "a full pipe")
        wait_for(lambda: process.send_signal(signum) or process.poll() is not None, "its end")
        assert process.returncode == code
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("signum, code", ENDS)
def test_a_run_whose_first_message_nobody_reads_can_be_ended(signum, code):
    """It has done nothing yet that a signal may not cut short."""
    reader, writer = stages.full_pipe()
    with start("discover", "-vv", "-T127.0.0.1:1", "-t60", stderr=writer) as process:
        wait_for(lambda: process.send_signal(signum) or process.poll() is not None, "its end")
        assert process.returncode in (-signum, code)
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("asked", [0, 1, 12])
def test_serve_ends_with_a_summary(signum, asked):
    with serve() as server:
        for _ in range(asked):
            assert server.ask()[0] == ANSWER
        assert server.stop(signum) == 0
        assert re.fullmatch(STOPPED.format(asked), server.log.splitlines(True)[-1])


def test_quiet_serve_says_nothing():
    with serve("-q", ready=None) as server:
        assert server.ask()[0] == ANSWER
        assert server.stop() == 0
        assert server.log == ""


@pytest.mark.parametrize("args, foreign, dropped", [
    pytest.param((), "0", "3", marks=whole_options), (("-vv",), "3", "0")])
def test_counters(args, foreign, dropped):
    """What is not the message the kernel drops, unless all of it is to be seen."""
    with serve(*args) as server:
        assert server.answers(MESSAGE, b"junk", b"", MESSAGE + b"\n") == [ANSWER]
        counters = server.counters()
        lines = [line for line in server.log.splitlines() if "counters" in line]
        assert len(lines) == 1 and lines[0].startswith("udpdisc: counters: ")
        expected = {"probes": "2", "replies": "2", "foreign": foreign, "dropped": dropped,
                    "refused": "0", "failed": "0"}
        assert {name: counters[name] for name in expected} == expected
        assert int(counters["uptime_s"]) < 60
        assert server.ask()[0] == ANSWER


def test_a_burst_of_sighup_ends_nothing():
    with serve() as server:
        for _ in range(20):
            for _ in range(100):
                server.send(signal.SIGHUP)
            assert server.ask()[0] == ANSWER
        assert server.process.poll() is None
        assert server.stop() == 0
        assert re.search(STOPPED.format(20), server.log)


def test_signals_between_probes_lose_no_reply():
    with serve() as server:
        for _ in range(50):
            server.send(signal.SIGUSR1)
            assert server.ask()[0] == ANSWER
        assert server.stop() == 0


def test_serve_heeds_an_ignored_sigint():
    """What a script starts in the background ignores it; a script can end it by SIGINT."""
    with serve(wrapper=shell("trap '' INT; exec \"$@\"")) as server:
        assert server.ask()[0] == ANSWER
        assert server.stop(signal.SIGINT) == 0


@pytest.mark.parametrize("seconds", ["0.9", ".9"])
def test_duration_ends_serve(seconds):
    begin = time.monotonic()
    with serve("--duration", seconds) as server:
        assert server.ask()[0] == ANSWER
        assert server.process.wait(LIMIT_S) == 0
        assert 0.9 <= time.monotonic() - begin < 9
        assert re.search(STOPPED.format(1), server.log)


def test_duration_is_not_moved_by_traffic():
    begin = time.monotonic()
    with responder() as quiet, serve("--duration=0.9") as server:
        def asked_until_the_end():
            quiet.sock.sendto(MESSAGE, ("127.0.0.1", server.port))
            return server.process.poll() is not None
        wait_for(asked_until_the_end, "the end of serve")
        assert server.process.returncode == 0
    assert time.monotonic() - begin < 9
