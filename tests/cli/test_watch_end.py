"""discover --watch: signals, readers that go away, and how it is called."""

import os
import re
import signal

import pytest

import stages
from clitool import ANSWER, LIMIT_S, refused, responder, run, wait_for
from watching import FAST, events, rounds, watch

ROW = r"20[-0-9T:]+Z\t(up|down)\t127\.0\.0\.1\t8000\tlo\t127\.0\.0\.1\t\d+\.\d{3}"
LATE = r"(udpdisc: no server answered within .*\n(  .*\n)*)*"  # what a busy host brings
SIGNALS = [signal.SIGINT, signal.SIGTERM]


# --- its end -----------------------------------------------------------------------------

@pytest.mark.parametrize("signum", SIGNALS)
@pytest.mark.parametrize("fmt", ["text", "ndjson"])
@pytest.mark.parametrize("stage", [*stages.BEFORE, stages.asking])
def test_a_signal_is_a_clean_end(tmp_path, stage, fmt, signum):
    with stage(tmp_path, "discover", "-w", "-o", fmt) as process:
        assert stages.end(process, signum) == (0, "", "")


@pytest.mark.parametrize("signum", SIGNALS)
def test_a_signal_while_it_waits(tmp_path, signum):
    with rounds("1") as peer, watch(tmp_path, "-r0", "-t0.4", "-vT", peer.target) as running:
        running.wait_lines(1)
        running.wait_between()
        said = running.err
        assert (running.end(signum), running.err) == (0, said)
        assert len(peer.times) == 1


@pytest.mark.parametrize("signum, fmt", zip(SIGNALS, ["text", "ndjson"]))
def test_a_signal_while_nobody_reads(tmp_path, signum, fmt):
    reader, writer = stages.full_pipe()
    with responder(ANSWER) as peer, \
         watch(tmp_path, "-vv", *FAST, "-o", fmt, "-T", peer.target, stdout=writer) as running:
        os.close(writer)
        running.wait_err("a new server")
        process = running.process
        state = f"/proc/{process.pid}/stat"
        wait_for(lambda: open(state, encoding="ascii").read().split()[2] == "S", "it to sleep")
        assert running.end(signum) == 0
        assert len(peer.probes) == 1
    assert os.read(reader, 65536).strip(b"x") == b""
    os.close(reader)


def test_a_stopped_reader_loses_no_event(tmp_path):
    """What was stalled goes on where it was."""
    reader, writer = stages.full_pipe()
    with responder(ANSWER) as peer, \
         watch(tmp_path, *FAST, "-vv", "-T", peer.target, stdout=writer) as running:
        os.close(writer)
        running.wait_err("a new server")
        assert os.read(reader, 4096) == b"x" * 4096
        assert re.fullmatch(ROW + "\n", os.read(reader, 4096).decode())
        assert running.end() == 0
    os.close(reader)


@pytest.mark.parametrize("fmt", ["text", "ndjson"])
def test_a_reader_that_goes_away_is_noticed_while_it_waits(tmp_path, fmt):
    """The next round would come in ten minutes."""
    with rounds("1") as peer, \
         watch(tmp_path, "-r0", "-t0.4", "--interval=600", "-o", fmt, "-T",
               peer.target) as running:
        running.wait_lines(1)
        running.wait_between()
        running.stop_reading()
        assert running.process.wait(LIMIT_S) == 3
        assert running.err == ""


def test_a_reader_that_was_never_there():
    reader, writer = os.pipe()
    os.close(reader)
    result = run("discover", "-w", "-q", "-r0", "-t0.05", "-T127.0.0.1:1", stdout=writer)
    assert result.code == 3 and result.err.count("\n") == 1  # that nobody answered
    with responder(ANSWER) as peer:
        result = run("discover", "-w", "-r0", "-t0.05", "-T", peer.target, stdout=writer)
    assert (result.code, result.err) == (3, "")
    os.close(writer)


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_stdout_that_takes_nothing(redirection):
    with responder(ANSWER) as peer:
        result = run("discover", "-w", *FAST, "-T", peer.target,
                     wrapper=["/bin/sh", "-c", f'exec "$@" {redirection}', "sh"])
    assert result.code == 3 and result.err.count("\n") == 1
    assert "cannot write to standard output" in result.err


def test_a_lost_stderr_and_stdin_do_no_harm(tmp_path):
    with rounds("111") as peer, \
         events(tmp_path, "-vvT", peer.target, wrapper=[
             "/bin/sh", "-c", 'exec env -i "$@" <&- 2>&-', "sh"]) as running:
        running.wait_events("up 127.0.0.1:8000", "down 127.0.0.1:8000")
        assert running.end() == 0


def test_a_signal_at_each_call(tracer):
    """A clean end from the moment that the program has been loaded; in its first rounds."""
    with rounds("1" * 9999) as peer:
        args = ["discover", "-w", "-r0", "-t0.01", "--interval=0.01", "-T", peer.target]
        calls = tracer.calls(*args, until="sendmsg:signal=TERM:when=3")
        loading = True
        for call in calls[:calls.index(("sendmsg", 3))]:
            result = tracer.run_with("signal=TERM", call, *args)
            loading = loading and result.code == -signal.SIGTERM
            assert loading or result.code == 0, call
            assert re.fullmatch(LATE, result.err) and result.out.count("\tup\t") <= 1
    assert not loading


# --- usage -------------------------------------------------------------------------------

@pytest.mark.parametrize("args, names", [
    (["-x", "2"], ["--watch", "--expect"]), (["-x0"], ["--watch", "--expect"]),
    (["--count=3"], ["--watch", "--count"]),
    (["--output-file", "x"], ["--watch", "--output-file"]),
    (["--output-file=-"], ["--watch", "--output-file"]),
    (["-j"], ["--watch", "json"]), (["-o", "json"], ["--watch", "json"]),
    (["--watch=1"], ["--watch"]), (["--interval"], ["--interval"]),
    (["--no-watch"], ["--no-watch"]), (["x"], ["'x'"])])
def test_contradictions(args, names):
    refused("discover", "-w", *args, names=names)
    refused("discover", *args, "--watch", "-T127.0.0.1", names=names)


def test_nagios_has_no_events():
    result = run("discover", "-w", "-o", "nagios")
    assert (result.code, result.err) == (3, "")
    assert result.out.startswith("UDPDISC UNKNOWN - --watch contradicts --output nagios")


@pytest.mark.parametrize("command", ["discover-one", "serve", "ifaces", "check-segmented"])
@pytest.mark.parametrize("option", ["--watch", "-w", "--interval=5"])
def test_other_commands_do_not_watch(command, option):
    refused(command, option, names=[option[:2], f"help {command}"])


@pytest.mark.parametrize("text", ["", " ", "0", "0.0", "-1", "x", "1e3", "0x10", "inf", "nan", "5s",
                                  "1 0", "1000000001", "9" * 30, "+5", "1:30"])
def test_bad_intervals(text):
    refused("discover", "-w", f"--interval={text}", names=["--interval", "seconds"])
    refused("discover", "--interval", text, names=["--interval", "seconds"])


@pytest.mark.parametrize("text, shown", [("5", "5"), ("0.5", "0.5"), (" .25 ", "0.25"),
                                         ("1000000000", "1000000000"), ("0.000000001", None)])
def test_good_intervals(tmp_path, text, shown):
    with rounds("") as peer, \
         watch(tmp_path, "-vr0", "-t0.05", "--interval", text, "-T", peer.target) as running:
        running.wait_err("no server answered")
        assert f"interval: {shown or text} (option)" in running.err
        assert running.end() == 0


def test_an_interval_of_nothing():
    """A warning, which -q keeps to itself."""
    with responder(ANSWER) as peer:
        args = ["discover", "-T", peer.target, "-c1", "--interval=5"]
        result = run(*args)
        assert (result.code, len(result.rows)) == (0, 1)
        assert result.err == "udpdisc: warning: --interval does nothing without --watch\n"
        assert run(*args, "-q").err == ""
