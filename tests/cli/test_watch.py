"""discover --watch over loopback: events, rounds, targets, and what stderr says."""

import calendar
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from clitool import (ANSWER, LIMIT_S, SANITIZED, columns_aligned, responder, run,
                     udp_socket, wait_for)
from names import etc, name_server
from watching import FAST, SURE, events, rounds, watch

TIME = r"20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\dZ"
ROW = rf"{TIME}\t(up|down)\t127\.0\.0\.1\t8000\tlo\t127\.0\.0\.1\t\d+\.\d{{3}}"
TOP = ["ip", "port", "raw_response", "extra"]


# --- events --------------------------------------------------------------------

def test_up_at_once_and_down_after_three_misses(tmp_path):
    before = int(time.time())
    with rounds("11") as peer, events(tmp_path, "-T", peer.target) as running:
        up, down = running.wait_events("up 127.0.0.1:8000", "down 127.0.0.1:8000")
        assert len(peer.times) >= 5
        assert running.end() == 0
        assert len(running.lines) == 2
    for event in (up, down):
        assert list(event) == ["event", "time", "server"]
        assert re.fullmatch(TIME, event["time"])
        then = calendar.timegm(time.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ"))
        assert before <= then <= time.time()
        assert list(event["server"]) == TOP
        assert event["server"]["extra"]["interface"] == "lo"
    assert up["time"] <= down["time"]


def test_two_misses_are_none(tmp_path):
    """Each 1 is an answer: there are two in a row without one, twice, and then three."""
    with rounds("10010010001") as peer, \
         events(tmp_path, "-T", peer.target, "-t0.12", "--interval=0.1") as running:
        running.wait_events("up 127.0.0.1:8000", "down 127.0.0.1:8000", "up 127.0.0.1:8000")
        peer.wait_round(11)
        assert running.end() == 0


def test_a_server_goes_down_as_it_answered_last(tmp_path):
    """With what it said then, which is the same server."""
    with responder(b"SERVER_IP:127.0.0.1") as peer, events(tmp_path, "-T", peer.target) as running:
        running.wait_events("up 127.0.0.1:8000")
        peer.replies = [b"SERVER_IP: 127.0.0.1 :8000"]
        asked = len(peer.probes)
        wait_for(lambda: len(peer.probes) > asked + 1, "two rounds more")
        peer.replies = []
        _, down = running.wait_events("up 127.0.0.1:8000", "down 127.0.0.1:8000")
        assert down["server"]["raw_response"] == "SERVER_IP: 127.0.0.1 :8000"


def test_events_of_many(tmp_path):
    """Up as they answer, down in the order of their places."""
    three = ["10.0.0.10:8000", "10.0.0.9:90", "10.0.0.9:80"]
    ups = [f"up {place}" for place in three]
    with responder(*(f"SERVER_IP:{place}".encode() for place in three)) as peer, \
         events(tmp_path, "-T", peer.target) as running:
        running.wait_events(*ups)
        peer.replies = peer.replies[:1]
        ups += ["down 10.0.0.9:80", "down 10.0.0.9:90"]
        running.wait_events(*ups)
        peer.replies = [*peer.replies, b"SERVER_IP:10.0.0.9:80"]
        running.wait_events(*ups, "up 10.0.0.9:80")
        assert running.end() == 0
        assert len(running.lines) == 6


def reply(**fields):
    lines = [f"{name}: {value}\r\n" for name, value in fields.items()]
    return f"TGED REPLY 1.0\r\n{''.join(lines)}\r\n".encode()


def test_other_fields_are_another_server(tmp_path):
    with responder(reply(IP="10.0.0.5", PORT=80, USER="john")) as peer, \
         events(tmp_path, "-sSQL", "-T", peer.target) as running:
        running.wait_events("up 10.0.0.5:80")
        peer.replies = [reply(IP="10.0.0.5", PORT=80, USER="jane")]
        found = running.wait_events("up 10.0.0.5:80", "up 10.0.0.5:80", "down 10.0.0.5:80")
        users = [event["server"]["extra"]["fields"]["USER"] for event in found]
        assert users == ["john", "jane", "john"]


def test_text(tmp_path):
    with rounds("111") as peer, watch(tmp_path, *FAST, "-T", peer.target) as running:
        lines = running.wait_lines(2)
        assert [re.fullmatch(ROW, line)[1] for line in lines] == ["up", "down"]
        assert running.end() == 0


def test_text_of_a_service(tmp_path):
    replies = [reply(IP="10.0.0.5", USER="a b"), reply(PORT=1)]
    with responder(*replies) as peer, \
         watch(tmp_path, *FAST, "-sSQL", "-T", peer.target) as running:
        one, two = (line.split("\t") for line in running.wait_lines(2))
        assert one[1:6] == ["up", "10.0.0.5", "-", "lo", "127.0.0.1"]
        assert one[7:] == ["IP=10.0.0.5", "USER=a b"]
        assert two[1:4] == ["up", "127.0.0.1", "1"] and two[7:] == ["PORT=1"]


def read_terminal(master, count):
    """The first lines that come, without their ends."""
    out = b""
    while out.count(b"\n") < count:
        out += os.read(master, 4096)
    return out.decode().split("\r\n")[:count]


def test_a_terminal_has_a_header_once(tmp_path):
    master, slave = os.openpty()
    with responder(b"SERVER_IP:10.0.0.1:1") as peer, \
         watch(tmp_path, *FAST, "-T", peer.target, stdout=slave):
        os.close(slave)
        lines = read_terminal(master, 2)
        peer.replies = [b"SERVER_IP:10.11.12.13:9000"]
        lines += read_terminal(master, 2)
    os.close(master)
    assert lines[0].split() == ["TIME", "EVENT", "ADDRESS", "PORT", "INTERFACE", "SOURCE", "RTT_MS"]
    assert [line.split()[1:4] for line in lines[1:]] == [
        ["up", "10.0.0.1", "1"], ["up", "10.11.12.13", "9000"], ["down", "10.0.0.1", "1"]]
    assert "\t" not in "".join(lines) and columns_aligned(lines), lines


# --- rounds ----------------------------------------------------------------------

@pytest.mark.parametrize("interval", ["0.3", "0.01"])
def test_rounds_have_their_time(tmp_path, interval):
    """From start to start, but never two at a time: each takes 0.2 s."""
    with rounds("1") as peer, watch(tmp_path, "-r0", "-t0.2", "--interval", interval, "-T",
                                    peer.target):
        peer.wait_round(5)
        gaps = [after - before for before, after in zip(peer.times, peer.times[1:])]
    gap = max(float(interval), 0.2)
    # A busy host delays some: the gap behind it is shorter, and all of them are not.
    assert sum(gaps) > gap * 0.8 * len(gaps) and min(gaps) < gap + 0.15, gaps


def test_the_default_interval_is_long(tmp_path):
    with rounds("1") as peer, watch(tmp_path, "-r0", "-t0.4", "-vT", peer.target) as running:
        running.wait_lines(1)
        assert "interval: 30 (default)" in running.err
        over = time.monotonic() + 1
        wait_for(lambda: time.monotonic() > over, "some rounds of 0.4 s")
        assert len(peer.times) == 1


def test_each_round_has_its_retries(tmp_path):
    with rounds("") as peer, watch(tmp_path, "-r1", "-t0.2", "--interval=0.2", "-vT",
                                   peer.target) as running:
        err = running.wait_err("sent probe 2", 2)
    assert re.findall(r"sent probe (\d)", err)[:4] == ["1", "2", "1", "2"]


def held(process):
    """How many descriptors, and how many kB it allocated."""
    status = Path(f"/proc/{process.pid}/status").read_text("ascii")
    size = re.search(r"^VmData:\s+(\d+) kB$", status, re.MULTILINE)[1]
    return len(os.listdir(f"/proc/{process.pid}/fd")), 0 if SANITIZED else int(size)


def test_each_round_gives_back_what_it_took(tmp_path):
    with rounds("1" * 9999) as peer, \
         watch(tmp_path, "-r0", "-t0.001", "--interval=0.001", "-T", peer.target) as running:
        peer.wait_round(20)
        most = tuple(max(column) for column in zip(*(held(running.process) for _ in range(99))))
        peer.wait_round(500)
        late = tuple(min(column) for column in zip(*(held(running.process) for _ in range(9))))
        assert late[0] <= most[0] and late[1] <= most[1]
        assert running.end() == 0
        assert running.lines[0].split("\t")[1] == "up"


def test_a_source_port_is_free_again_in_the_next_round(tmp_path):
    with rounds("1" * 9) as peer, udp_socket() as holder:
        port = holder.getsockname()[1]
        holder.close()
        with events(tmp_path, *SURE, "-T", peer.target, f"--source-port={port}") as running:
            peer.wait_round(4)
            running.wait_events("up 127.0.0.1:8000")
            assert running.err == ""


# --- targets -----------------------------------------------------------------------

def test_names_are_resolved_in_each_round(tmp_path):
    """The server moves to another address, and what a name server says follows."""
    folder = tmp_path / "etc"
    folder.mkdir()
    with name_server(it=["127.0.0.1"]) as dns, responder(b"SERVER_IP:10.0.0.1") as one, \
         responder(b"SERVER_IP:10.0.0.2", address="127.0.0.2") as two, \
         events(tmp_path, f"-Tit.test:{one.port}", f"-Tnext.test:{two.port}",
                wrapper=etc(folder)) as running:
        running.wait_events("up 10.0.0.1:8000")
        dns.table["next.test"] = ["127.0.0.2"]
        running.wait_events("up 10.0.0.1:8000", "up 10.0.0.2:8000")
        dns.table["it.test"] = ["127.0.0.9"]
        running.wait_events("up 10.0.0.1:8000", "up 10.0.0.2:8000", "down 10.0.0.1:8000")
        assert len(dns.asked) >= 6
        assert running.err.count("cannot resolve 'next.test'") == 1


def test_the_hosts_file_is_read_in_each_round(tmp_path):
    folder = tmp_path / "etc"
    folder.mkdir()
    names = etc(folder, "127.0.0.9 it\n")
    with responder(ANSWER) as peer, \
         events(tmp_path, f"-Tit:{peer.port}", wrapper=names) as running:
        running.wait_err("no server answered")
        (folder / "hosts").write_text("127.0.0.1 it\n", "ascii")
        running.wait_events("up 127.0.0.1:8000")


def test_a_round_that_has_nothing_to_send_to_counts(tmp_path):
    """But for the first: a name leads nowhere for a while."""
    folder = tmp_path / "etc"
    folder.mkdir()
    names = etc(folder, "127.0.0.1 it\n")
    with responder(ANSWER) as peer, \
         events(tmp_path, f"-Tit:{peer.port}", wrapper=names) as running:
        running.wait_events("up 127.0.0.1:8000")
        (folder / "hosts").write_text("0.0.0.0 it\n", "ascii")
        running.wait_events("up 127.0.0.1:8000", "down 127.0.0.1:8000")
        assert running.err.count("'it'") == running.err.count("no target to ask") == 1
        (folder / "hosts").write_text("127.0.0.1 it\n", "ascii")
        running.wait_events("up 127.0.0.1:8000", "down 127.0.0.1:8000", "up 127.0.0.1:8000")
        assert running.end() == 0


@pytest.mark.parametrize("args, words", [
    ([], "no interface"), (["--targets-file=/dev/null"], "no target"), (["-Tzero"], "'zero'"),
    (["-T192.0.2.1"], "no probe could be sent")])
@pytest.mark.parametrize("quiet", [[], ["-q"], ["-qondjson"]])
def test_a_first_round_that_has_nothing_to_send_to(tmp_path, args, words, quiet):
    result = run("discover", "-w", *FAST, *args, *quiet, wrapper=etc(tmp_path, "0.0.0.0 zero\n"))
    assert (result.code, result.out) == (3, "")
    assert words in result.err and (result.err.count("\n") == 1 or not quiet)


@pytest.mark.parametrize("when, failed", [("3..9", 7), ("4+2", 7)])
def test_a_round_that_could_not_be_held_does_not_count(tmp_path, tracer, when, failed):
    """Two sockets a round: either the first or the second is not to be had for a while."""
    with responder(ANSWER) as peer, \
         events(tmp_path, "-T", peer.target, wrapper=tracer.lasting(
             "-e", f"inject=socket:error=EMFILE:when={when}")) as running:
        wait_for(lambda: tracer.text.count("(INJECTED)") >= failed, "rounds that fail")
        if ".." in when:
            wait_for(lambda: len(peer.probes) > 1, "another round")
        running.wait_events("up 127.0.0.1:8000")
        assert running.err.count("\n") == running.err.count("udpdisc: cannot ") == 1
        tracer.send(signal.SIGTERM)
        assert running.process.wait(LIMIT_S) == 0


def test_a_first_round_that_could_not_be_held(tracer):
    for number in (1, 2):
        result = run("discover", "-w", *FAST, "-T127.0.0.1:1", wrapper=tracer.wrapper(
            "-e", f"inject=socket:error=EMFILE:when={number}"))
        assert (result.code, result.out, result.err.count("\n")) == (3, "", 1)


def test_a_taken_port_in_the_first_round(taken_port):
    result = run("discover", "-w", *FAST, "-T127.0.0.1:1", f"--source-port={taken_port}")
    assert (result.code, result.out) == (3, "") and str(taken_port) in result.err


def test_files_of_targets_are_read_once(tmp_path):
    path = tmp_path / "targets"
    with responder(ANSWER) as peer:
        path.write_text(f"{peer.target} # it\n", "ascii")
        with events(tmp_path, "--targets-file", path) as running:
            running.wait_events("up 127.0.0.1:8000")
            path.unlink()
            asked = len(peer.probes)
            wait_for(lambda: len(peer.probes) > asked + 3, "more rounds")
            assert running.err == "" and len(running.lines) == 1


def test_targets_from_stdin(tmp_path):
    with responder(ANSWER) as peer:
        with events(tmp_path, "--targets-file=-", stdin=subprocess.PIPE) as running:
            running.write(peer.target.encode())
            wait_for(lambda: len(peer.probes) > 3, "some rounds")
            running.wait_events("up 127.0.0.1:8000")


# --- stderr --------------------------------------------------------------------------

def test_that_nobody_answers_is_said_when_it_begins(tmp_path):
    """In the first round, and after one that somebody answered in."""
    with rounds("000001100000") as peer, events(tmp_path, "-T", peer.target) as running:
        running.wait_events("up 127.0.0.1:8000", "down 127.0.0.1:8000")
        peer.wait_round(13)
        assert running.err == 2 * (f"udpdisc: no server answered within 0.06 s\n  sent 1 probe to "
                                   f"{peer.target}\n  0 foreign datagrams came\n")


def test_what_comes_in_silence_is_no_news(tmp_path):
    """The account of each of these rounds would differ from the one before."""
    with rounds("0j0j0j") as peer, events(tmp_path, "-T", peer.target) as running:
        peer.wait_round(8)
        assert running.err.count("no server answered") == 1
        assert running.err.count("0 foreign datagrams came") == 1


def test_a_warning_is_said_once(tmp_path):
    with rounds("1" * 9) as peer, \
         events(tmp_path, *SURE, "-T", peer.target, "-inone", "--broadcast") as running:
        peer.wait_round(5)
        assert running.err.count("\n") == running.err.count("'none'") == 1


def test_an_idle_option_is_told_once(tmp_path):
    with rounds("1" * 9) as peer, \
         events(tmp_path, *SURE, "-T", peer.target, "--tged-port=9") as running:
        peer.wait_round(4)
        assert running.err.count("\n") == running.err.count("--tged-port does nothing") == 1


def test_a_target_that_fails_is_told_once(tmp_path):
    with rounds("1" * 9) as peer, \
         events(tmp_path, *SURE, "-T", peer.target, "-T192.0.2.1") as running:
        peer.wait_round(5)
        assert running.err.count("\n") == running.err.count("192.0.2.1:9999") == 1


def test_verbose_says_it_in_each_round(tmp_path):
    with rounds("1" * 9) as peer, events(tmp_path, "-vT", peer.target) as running:
        running.wait_err(f"sent probe 1 to {peer.target}\n", 4)
        assert running.err.count("interval: 0.06 (option)") == 1


def test_quiet_events(tmp_path):
    """On stderr one line in all that time."""
    with rounds("0110000110000") as peer, events(tmp_path, "-qT", peer.target) as running:
        running.wait_events(*["up 127.0.0.1:8000", "down 127.0.0.1:8000"] * 2)
        peer.wait_round(15)
        assert running.end() == 0
        assert running.err.count("\n") == 1
        assert running.err.startswith("udpdisc: no server answered")


def test_quiet_text(tmp_path):
    with rounds("1111") as peer, watch(tmp_path, "-qT", peer.target, *FAST) as running:
        peer.wait_round(9)
        assert running.end() == 0
        assert (running.lines, running.err.count("\n")) == ([], 1)
    with rounds("1111") as peer, watch(tmp_path, "-qT", peer.target, *FAST, "-otext") as running:
        assert re.fullmatch(ROW, running.wait_lines(1)[0])
