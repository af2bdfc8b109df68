"""What serve and discover give up for good, and that all works without it."""

import mmap
import os
import re
import signal
import socket

import pytest

from clitool import (ANSWER, FOREIGN, LIMIT_S, MESSAGE, SANITIZED, next_port, responder, rights,
                     run, serve, start, udp_socket, wait_for)
from filters import ALLOWED, REFUSED, Filter
from surroundings import (FILTER, MANY, as_user, beside, check_given_up, check_is, folder,
                          interface, limits, many, path, public_binary, traced, wait_traced,
                          warnings)
from test_tged_options import SQL, ask, serve_services
from watching import events

WEB = (1234, 2345)  # anybody
LIST = "a list of system calls"
IN_FORCE = ("no new privileges, no capabilities, limits of resources" +
            ("" if SANITIZED or FOREIGN else f", {LIST}"))
DAC_OVERRIDE, FOWNER, NET_BIND_SERVICE = 1 << 1, 1 << 3, 1 << 10
confined = pytest.mark.skipif(SANITIZED, reason="the list is for musl")


# --- what is in force ----------------------------------------------------------

def in_force(text):
    """All that is, as it was told."""
    return re.search("^udpdisc: in force: (.*)$", text, re.MULTILINE)[1]


def test_what_is_in_force_is_told():
    with serve("-v") as server:
        assert re.fullmatch(f"user 0, group 0( and others)?, {IN_FORCE}", in_force(server.log))
        assert server.log.index("in force: ") < server.log.index("listening on")
    with serve() as server:
        assert server.log.count("\n") == 1


def check_limits(pid):
    held = limits(pid)
    assert held["Max core file size"] == ("0", "0")
    assert held["Max open files"][0] == held["Max open files"][1]
    assert 64 < int(held["Max open files"][0]) < 64 + 32  # and those that it had before
    if not SANITIZED:
        assert held["Max processes"] == ("0", "0")


def test_limits():
    with serve() as server:
        check_limits(server.process.pid)


def test_limits_that_are_lower_stay():
    lower = ["/usr/bin/prlimit", "--nofile=20:30", "--nproc=0:0", "--core=0:0"]
    with serve(wrapper=lower) as server:
        assert limits(server.process.pid)["Max open files"] == ("20", "30")
        assert server.ask()[0] == ANSWER and warnings(server) == []


def nth_prctl(tracer, operation):
    """Which prctl of a serve that is, counted from 1."""
    with traced(tracer, ["-e", "trace=prctl"]):
        pass
    operations = re.findall(r"prctl\((\w+)", wait_traced(tracer))
    tracer.log.unlink()
    return operations.index(operation) + 1


CAPABILITIES, LIMITS = "no capabilities", "limits of resources"
NO_CAPSET, NO_LIMITS = "capset:error=EPERM", "prlimit64:error=EPERM"
FAILING = [
    ([NO_CAPSET], [CAPABILITIES]), (["capget:error=EPERM"], [CAPABILITIES]),
    ([NO_LIMITS], [LIMITS]), (["prlimit64:error=ENOSYS:when=6"], [LIMITS]),
    (["seccomp:error=EINVAL", "prctl:error=EINVAL:when=PR_SET_NO_NEW_PRIVS+"],
     ["no new privileges", LIST]),
    ([NO_CAPSET, NO_LIMITS, "seccomp:error=ENOSYS", "prctl:error=EINVAL"],
     ["no new privileges", CAPABILITIES, LIMITS, LIST])]


@pytest.mark.parametrize("calls, lost", FAILING)
def test_what_the_kernel_lacks_is_a_warning(tracer, calls, lost):
    """Said once each, and the rest is in force."""
    options = [re.sub("PR_[A-Z_]+", lambda name: str(nth_prctl(tracer, name[0])), call)
               for call in calls]
    with traced(tracer, options, "-v") as server:
        assert server.ask()[0] == ANSWER
        told = warnings(server)
        assert [line.rpartition(": ")[0] for line in told] == [
            f"goes on without this: {what}" for what in lost]
        force = in_force(server.log).split(", ")[2:]
        assert force == [what for what in IN_FORCE.split(", ") if what not in lost]
        server.send(signal.SIGHUP)
        assert server.ask()[0] == ANSWER
        assert server.stop() == 0
        assert warnings(server) == told


SYSTEM_CALLS = {  # numbers by the architecture, as of the filter
    0xc000003e: {"read": 0, "mmap": 9, "socket": 41, "clone": 56, "fork": 57, "execve": 59,
                 "ptrace": 101, "openat": 257, "io_uring_setup": 425, "sendmsg": 46},
    0xc00000b7: {"read": 63, "mmap": 222, "socket": 198, "clone": 220, "execve": 221,
                 "ptrace": 117, "openat": 56, "io_uring_setup": 425, "sendmsg": 211}}


@pytest.fixture
def installed(tracer):
    """The filter that serve installs."""
    with traced(tracer, ["-v", "-e", "trace=seccomp"]) as server:
        assert server.ask()[0] == ANSWER
    return Filter(wait_traced(tracer))


@confined
def test_no_call_is_an_end(installed):
    """Of all numbers those of the list are allowed, or some of their arguments."""
    verdicts = [installed.verdict(number) for number in range(2048)]
    assert set(verdicts) == {ALLOWED, REFUSED} and 20 < verdicts.count(ALLOWED) < 40
    assert installed.verdict(1 << 30) == installed.verdict((1 << 32) - 1) == REFUSED  # x32, -1
    assert {installed.verdict(number, arch=0x40000003) for number in range(500)} == {REFUSED}


@confined
def test_what_the_list_allows(installed):
    number = SYSTEM_CALLS[installed.arch]
    refused_ones = ["clone", "fork", "execve", "ptrace", "io_uring_setup"]
    assert {installed.verdict(number[name]) for name in refused_ones if name in number} == {REFUSED}
    assert {installed.verdict(number[name]) for name in ("read", "sendmsg")} == {ALLOWED}
    for name, arguments, verdict in [
            ("socket", [socket.AF_NETLINK], ALLOWED), ("socket", [socket.AF_INET], REFUSED),
            ("socket", [socket.AF_UNIX], REFUSED), ("socket", [socket.AF_PACKET], REFUSED),
            ("openat", [0, 0, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC], ALLOWED),
            ("openat", [0, 0, os.O_WRONLY], REFUSED), ("openat", [0, 0, os.O_RDWR], REFUSED),
            ("openat", [0, 0, os.O_CREAT], REFUSED), ("openat", [0, 0, os.O_TRUNC], REFUSED),
            ("mmap", [0, 4096, mmap.PROT_READ | mmap.PROT_WRITE], ALLOWED),
            ("mmap", [0, 4096, mmap.PROT_READ | mmap.PROT_EXEC], REFUSED)]:
        assert installed.verdict(number[name], *arguments) == verdict, (name, arguments)


@confined
def test_an_unknown_call_in_the_middle(tracer):
    """A getpid, which serve never makes, in the place of its second reply."""
    with traced(tracer, ["sendmsg:error=ENOSYS:syscall=getpid:when=2"]) as server:
        assert server.ask()[0] == ANSWER
        with udp_socket() as asker:
            asker.sendto(MESSAGE, ("127.0.0.1", server.port))
            server.wait_log("Function not implemented")
        assert server.counters()["failed"] == "1" and rights(server.process.pid)["Seccomp"] == 2
        assert server.ask()[0] == ANSWER
        assert server.stop() == 0
    assert "killed" not in tracer.text


# --- all works without them ----------------------------------------------------

def live_through_all(server, path, port):
    """Reloads, counters, interfaces that come and go."""
    path.write_text(SQL.replace("3306", "1"), "ascii")
    server.send(signal.SIGHUP)
    server.wait_log("reloaded")
    assert b"PORT: 1\r" in ask(port)
    path.write_text(SQL.replace("3306", "22"), "ascii")
    wait_for(lambda: b"PORT: 22\r" in ask(port), "the change of the file")
    path.write_text("{", "ascii")
    server.wait_log("the last good services stay")
    assert b"PORT: 22\r" in ask(port)
    with interface("10.98.0.1/24"):
        server.wait_log("the network has 2 addresses on 3 interfaces")
    wait_for(lambda: server.log.count("the network has 1 addresses on 1 interfaces") > 1,
             "the end of the interface")
    assert server.counters()["reloads"] == "2"
    assert server.ask()[0] == ANSWER
    assert server.stop() == 0
    assert "stopped after" in server.log and warnings(server) == []


def test_all_works_within_the_list(path):
    with serve_services(path, "-v", user=None if MANY else "0") as (server, port):
        assert rights(server.process.pid)["Seccomp"] == FILTER
        live_through_all(server, path, port)


def refused_calls(trace):
    """What the kernel refused as unknown."""
    return [line for line in trace.splitlines() if "ENOSYS" in line]


@confined
def test_no_call_is_missing_in_the_list(tracer, path):
    port = next_port()
    with traced(tracer, (), "-vv", "-S", path.parent, "--tged-port", port) as server:
        live_through_all(server, path, port)
    assert "seccomp(" in tracer.text and refused_calls(tracer.text) == []


@confined
@pytest.mark.parametrize("args", [
    "discover -vv", "discover -jc1", "discover -x2", "discover-one -ondjson", "discover -onagios",
    "discover -T127.0.0.0/28", "discover -Tlocalhost", "discover --targets-file={targets}",
    "discover -c1 --output-file={new}", "discover -c1 --output-file={targets}",
    "discover -c1 --output-file=/dev/null", "discover -c1 --source-port=21",
    "discover -T127.0.0.1:1", "discover -s x", "discover --broadcast -vv",
    "discover -T10.98.0.0/28", "discover --limited --broadcast"])
def test_no_call_of_discover_is_missing_in_the_list(server, tracer, tmp_path, args):
    targets = tmp_path / "targets"
    targets.write_text("127.0.0.2\n", "ascii")
    command, *words = args.format(targets=targets, new=tmp_path / "new").split()
    port = "--tged-port" if "-s" in words else "-p"
    with interface("10.98.0.1/24"):
        result = run(command, "-T127.0.0.1", port, server.port, "-t0.1", *words,
                     wrapper=tracer.wrapper())
    assert result.code in (0, 1), result.err
    assert "seccomp(" in tracer.text and refused_calls(tracer.text) == []


@confined
def test_no_call_of_watch_is_missing_in_the_list(server, tracer, tmp_path):
    with events(tmp_path, "-T", f"127.0.0.1:{server.port}", "-T127.0.0.1:1", "-vv",
                wrapper=beside(tracer)) as running:
        running.wait_err("sent probe 1 to ", 6)
        assert running.end() == 0
    assert "seccomp(" in wait_traced(tracer) and refused_calls(tracer.text) == []


# --- discover ------------------------------------------------------------------

@pytest.mark.parametrize("args, kept", [
    (["discover"], 0), (["discover-one"], 0), (["discover", "-jv"], 0),
    (["discover", "--output-file=/dev/null"], DAC_OVERRIDE | FOWNER),
    (["discover", "-w"], 0), (["discover", "--source-port=77"], 0),
    (["discover", "-w", "--source-port=77"], NET_BIND_SERVICE)])
def test_discover_gives_up_what_it_can(args, kept):
    """While it waits for answers."""
    with responder(b"junk") as peer, start(*args, "-t60", "-T", peer.target) as process:
        try:
            peer.wait_taken()
            check_given_up(process.pid, kept)
            check_is(process.pid, 0, 0, rights("self")["Groups"])
            check_limits(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) == (0 if "-w" in args else 143)


def test_discover_tells_what_is_in_force(server):
    asked = ("-v", "-c1", "-T", f"127.0.0.1:{server.port}")
    result = run("discover", *asked)
    assert result.code == 0 and in_force(result.err).endswith(f", {IN_FORCE}")
    result = run("discover", *asked, "--output-file=/dev/null")
    assert in_force(result.err).endswith(", " + IN_FORCE.replace("no cap", "few cap"))
    assert "in force" not in run("discover-one", "-T", f"127.0.0.1:{server.port}").err


@many
@pytest.mark.parametrize("exists", [True, False])
def test_a_file_of_another_user_is_written(server, folder, exists):
    os.chown(folder, *WEB)
    path = folder / "found.json"
    if exists:
        path.write_text("old", "ascii")
        os.chown(path, *WEB)
    result = run("discover", "-jc1", "-T", f"127.0.0.1:{server.port}", "--output-file", path)
    assert (result.code, result.err) == (0, "")
    assert path.read_text("ascii").startswith('[{"ip":"127.0.0.1"')
    assert [entry.name for entry in folder.iterdir()] == ["found.json"]


@many
def test_discover_by_others(server, folder):
    result = run("discover", "-v", "-c1", "-T", f"127.0.0.1:{server.port}", wrapper=as_user(*WEB),
                 argv0=public_binary(folder))
    assert result.code == 0 and "warning" not in result.err
    assert in_force(result.err) == f"user 1234, group 2345, {IN_FORCE}"
