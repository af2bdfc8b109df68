"""Standard error that is the journal: each line begins with its priority, sd-daemon(3)."""

import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile

import pytest

import stages
from clitool import ANSWER, LIMIT_S, heard, responder, serve, shell, start, udp_socket, wait_read
from surroundings import interface

ERROR, WARNING, INFO, DEBUG = "<3>", "<4>", "<6>", "<7>"
LEVELS = {"error": ERROR, "warning": WARNING, "info": INFO, "debug": DEBUG}
JOURNAL = shell('export JOURNAL_STREAM=$(stat -Lc %d:%i /dev/stderr); exec "$@"')


def journal(*args, code=0, **options):
    """What a run says to its journal: (priority, the rest) a line."""
    with tempfile.TemporaryFile() as log:
        with start(*args, wrapper=JOURNAL, stdout=subprocess.DEVNULL, stderr=log, **options
                   ) as process:
            assert process.wait(LIMIT_S) == code
        return split(heard(os.pread(log.fileno(), 1 << 20, 0)))


def split(text):
    """Each line as its priority and the rest."""
    assert text.endswith("\n")
    lines = [(line[:3], line[3:]) for line in text.splitlines()]
    assert all(re.fullmatch("<[3467]>", priority) for priority, _ in lines), text
    return lines


@contextlib.contextmanager
def logged(*args):
    """A serve whose log is the journal."""
    with serve(*args, wrapper=JOURNAL) as server:
        yield server


def drive(server):
    """All that it has to say, but errors."""
    assert server.ask()[0] == ANSWER
    with udp_socket() as asker:
        asker.sendto(b"junk\n<0>x", ("127.0.0.1", server.port))
    wait_read(server.port)
    server.counters()
    assert server.stop() == 0


def test_the_levels_of_serve():
    with logged("-vv", "-i", "nope,lo") as server:
        drive(server)
        found = {}
        for priority, text in split(server.log):
            assert text.startswith("udpdisc: ") and "<0>" not in text[:9]
            assert (priority == WARNING) == text.startswith("udpdisc: warning: ")
            found[text.split()[1]] = priority
    assert found == {**{word: DEBUG for word in found}, "warning:": WARNING, "listening": INFO,
                     "counters:": INFO, "stopped": INFO}
    assert {"port:", "in", "answered", "dropped"} <= {
        word for word, priority in found.items() if priority == DEBUG}


def test_the_levels_of_json():
    with logged("-jvv", "-i", "nope,lo") as server:
        drive(server)
        lines = split(server.log)
    levels = [json.loads(text)["level"] for _, text in lines]
    assert [LEVELS[level] for level in levels] == [priority for priority, _ in lines]
    assert set(levels) == {"warning", "info", "debug"}


@pytest.mark.parametrize("json_too", [(), ("-j",)])
def test_errors(taken_port, tmp_path, json_too):
    for args, code in ([("-p", taken_port), 3], [("-S", tmp_path / "none"), 2],
                       [("-u", "no user"), 2], [("--bogus",), 2], [("-p", "0"), 2],
                       [("--check", "-S", tmp_path / "none"), 2]):
        lines = journal("serve", *args, *json_too, code=code)
        assert [priority for priority, _ in lines] == [ERROR], lines


def test_a_bad_reload(tmp_path):
    path = tmp_path / "services.json"
    path.write_text("{}", "ascii")
    with logged("-S", path, "--tged-port=4749") as server:
        path.write_text("{", "ascii")
        server.send(signal.SIGHUP)
        server.wait_log("the last good services stay")
        assert [priority for priority, _ in split(server.log)] == [INFO, INFO, ERROR]


@pytest.mark.parametrize("args, code, priorities", [
    (("bogus",), 2, {ERROR}), ((), 2, {ERROR}), (("ifaces", "--bogus"), 2, {ERROR}),
    (("discover",), 3, {ERROR}), (("check-segmented",), 3, {ERROR}),
    (("discover", "-T127.0.0.1:1", "-t0.1"), 1, {ERROR}),
    (("discover", "-vvT127.0.0.1:1", "-t0.1", "-i", "nope"), 1, {ERROR, WARNING, DEBUG}),
    (("discover-one", "-T127.0.0.1:1", "-t0.1"), 1, {ERROR})])
def test_other_commands(args, code, priorities):
    """Lines that go on with what one before says have a priority too."""
    lines = journal(*args, code=code)
    assert {priority for priority, _ in lines} == priorities, lines


def test_the_block_of_a_warning():
    with interface("10.98.0.1/16"):
        lines = journal("discover", "-t0.1", code=1)
    begin = next(i for i, (_, text) in enumerate(lines) if "segmented network detected" in text)
    block = [lines[begin], *(line for line in lines[begin + 1:] if line[1].startswith("  "))]
    assert len(block) > 4 and {priority for priority, _ in block} == {WARNING}


@pytest.mark.parametrize("stage", [*stages.BEFORE, stages.asking, stages.answered])
def test_the_words_of_an_end(tmp_path, stage):
    """Also those of the handler, before the first probe."""
    with tempfile.TemporaryFile() as log:
        env = {"JOURNAL_STREAM": stream_of(log)}
        with stage(tmp_path, "discover", env=env, stderr=log) as process:
            process.send_signal(signal.SIGTERM)
            assert process.wait(LIMIT_S) == 143
        lines = split(heard(os.pread(log.fileno(), 1 << 20, 0)))
    assert any("ended by SIGTERM" in text for _, text in lines)


def stream_of(file, inode=0, device=0):
    """The DEVICE:INODE of it, or of one so much further."""
    found = os.fstat(file.fileno())
    return f"{found.st_dev + device}:{found.st_ino + inode}"


BAD_STREAMS = ["", ":", "1", "1:", ":1", "x:y", "-1:-1", "{right}:1", "{right} ", " {right}",
               "0x1:1", "99999999999999999999:1", "{right}99999999999999999999"]


@pytest.mark.parametrize("stream", [*BAD_STREAMS, "{right}"])
def test_what_is_not_the_journal(stream):
    with tempfile.TemporaryFile() as log:
        env = {"JOURNAL_STREAM": stream.format(right=stream_of(log))}
        with start("discover", stderr=log, env=env) as process:
            assert process.wait(LIMIT_S) == 3
        text = os.pread(log.fileno(), 1 << 20, 0).decode("utf-8")
    assert text.startswith("<3>udpdisc: " if stream == "{right}" else "udpdisc: ")


@pytest.mark.parametrize("offset", [{"inode": 1}, {"inode": -1}, {"device": 1}])
def test_another_file(offset):
    with tempfile.TemporaryFile() as log:
        with start("discover", stderr=log,
                   env={"JOURNAL_STREAM": stream_of(log, **offset)}) as process:
            assert process.wait(LIMIT_S) == 3
        assert os.pread(log.fileno(), 9, 0) == b"udpdisc: "


def test_a_stdout_that_is_the_journal_does_not_count():
    with tempfile.TemporaryFile() as log, tempfile.TemporaryFile() as other:
        env = {"JOURNAL_STREAM": stream_of(log)}
        with responder(ANSWER) as peer, start(
                "discover-one", "-vT", peer.target, stdout=log, stderr=other, env=env) as process:
            assert process.wait(LIMIT_S) == 0
        assert os.pread(log.fileno(), 9, 0) == b"127.0.0.1"
        assert b"<" not in os.pread(other.fileno(), 1 << 20, 0)
