"""Sockets that the service manager opened: sd_listen_fds(3)."""

import ctypes
import json
import pathlib
import socket
import struct
import sys
import tempfile

import pytest

from clitool import (ANSWER, MESSAGE, next_port, pending, run, serve, udp_socket,
                     wait_for)
from surroundings import as_user, many, public_binary, public_folder, warnings, whole_options
from test_tged_options import REPLY, REQUEST, SQL, ask

FIRST = 3  # SD_LISTEN_FDS_START
SO_TIMES = (29, 35)  # SO_TIMESTAMP and SO_TIMESTAMPNS, in their old forms
PASS = """
import fcntl, os, sys
count = int(sys.argv[1])
fds = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 64) for fd in sys.argv[2:2 + count]]
for place, fd in enumerate(fds):
    os.dup2(fd, 3 + place)
os.closerange(3 + count, 256)
os.environ.setdefault("LISTEN_PID", str(os.getpid()))
os.environ.setdefault("LISTEN_FDS", str(count))
argv = sys.argv[2 + count:]
os.execv(argv[0], argv)
"""
SO_ATTACH_FILTER, IP_PKTINFO, IP_RECVERR = 26, 8, 11


def passing(*sockets, **env):
    """The options of start() with which udpdisc gets these as descriptors from 3 on."""
    fds = [sock.fileno() for sock in sockets]
    return {"wrapper": [sys.executable, "-SEc", PASS, str(len(fds)), *map(str, fds)],
            "pass_fds": fds, "env": env}


def opened(address="0.0.0.0", port=None):
    """As ListenDatagram= makes it."""
    return udp_socket(address, next_port() if port is None else port)


def inodes(server):
    """Those of its sockets by descriptor."""
    found = {}
    for fd in pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir():
        if fd.is_socket():
            found[int(fd.name)] = fd.stat().st_ino
    return found


def inode(sock):
    return pathlib.Path(f"/proc/self/fd/{sock.fileno()}").stat().st_ino


def port_of(sock):
    return sock.getsockname()[1]


@pytest.fixture
def path(tmp_path):
    """A good services file."""
    path = tmp_path / "services.json"
    path.write_text(SQL, "ascii")
    return path


@pytest.fixture
def both():
    """Sockets for either protocol."""
    with opened() as one, opened() as other:
        yield one, other


# --- whose they are ----------------------------------------------------------------

@pytest.mark.parametrize("swapped", [False, True])
def test_both_in_either_order(path, both, swapped):
    probed, tged = both
    given = (tged, probed) if swapped else (probed, tged)
    with serve("-S", path, "--tged-port", port_of(tged), port=port_of(probed), ready=" of '",
               **passing(*given)) as server:
        assert [inodes(server)[FIRST + i] for i in range(2)] == [inode(sock) for sock in given]
        probed.close()
        tged.close()
        assert server.ask() == (ANSWER, ("127.0.0.1", server.port))
        assert ask(int(server.log.split("0.0.0.0:")[2].split()[0])) == REPLY
        assert warnings(server) == []
        assert server.stop() == 0


@pytest.mark.parametrize("passed", ["probed", "tged"])
def test_the_other_port_is_bound_as_ever(path, both, passed):
    sockets = dict(zip(("probed", "tged"), both))
    probed, tged = map(port_of, both)
    keep = sockets.pop(passed)
    for sock in sockets.values():
        sock.close()
    with serve("-S", path, "--tged-port", tged, port=probed, ready=" of '", **passing(keep)
               ) as server:
        assert inodes(server)[FIRST] == inode(keep)
        assert (server.ask()[0], ask(tged)) == (ANSWER, REPLY)
        assert warnings(server) == []


@pytest.mark.parametrize("env", [
    {"LISTEN_PID": "1"}, {"LISTEN_PID": ""}, {"LISTEN_PID": "x"}, {"LISTEN_FDS": ""},
    {"LISTEN_FDS": "0"}, {"LISTEN_FDS": "x"}, {"LISTEN_FDS": "-1"}, {"LISTEN_FDS": "1x"}])
def test_what_is_meant_for_another(env):
    """So the port is taken."""
    with opened() as sock:
        result = run("serve", "-p", port_of(sock), **passing(sock, **env))
        assert (result.code, result.err.count("\n")) == (3, 1)
        assert f"cannot listen on UDP port {port_of(sock)}: " in result.err


def test_check_and_discover_take_none(server):
    with opened() as sock:
        assert run("serve", "--check", "-p", port_of(sock), **passing(sock)).code == 0
        assert run("discover-one", "-T", f"127.0.0.1:{server.port}", **passing(sock)).code == 0


@many
def test_a_port_that_the_user_could_not_bind():
    with public_folder() as folder, opened(port=82) as sock:
        given = passing(sock)
        given["wrapper"] = [*as_user(1234, 2345), *given["wrapper"]]
        with serve(port=82, user=None, argv0=public_binary(folder), **given) as server:
            assert server.ask()[0] == ANSWER


# --- what they are -------------------------------------------------------------------

def tcp():
    sock = socket.socket()
    sock.bind(("0.0.0.0", 0))
    sock.listen()
    return sock


def sixth(port=0):
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.bind(("::", port))
    return sock


KINDS = {"tcp": tcp, "ipv6": sixth, "unix": lambda: socket.socketpair()[0],
         "raw": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP),
         "file": tempfile.TemporaryFile, "none": lambda: open("/dev/null", "rb")}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", [0, 1])
def test_what_is_no_udp_socket(kind, place):
    with opened() as good, KINDS[kind]() as odd:
        given = [good, odd] if place else [odd, good]
        result = run("serve", "-p", port_of(good), **passing(*given))
        assert (result.code, result.out, result.err.count("\n")) == (3, "", 1)
        for word in (f"descriptor {FIRST + place} of LISTEN_FDS",
                     "'ListenDatagram=0.0.0.0:PORT'"):
            assert word in result.err


def test_a_descriptor_that_is_not_there():
    with opened() as sock:
        result = run("serve", "-p", port_of(sock), **passing(sock, LISTEN_FDS="2"))
        assert (result.code, result.err.count("\n")) == (3, 1)
        assert f"descriptor {FIRST + 1} of LISTEN_FDS" in result.err


def check_useless(server, port):
    """A warning, and it is closed."""
    assert warnings(server) == [
        f"the socket of port {port} that was passed (LISTEN_FDS) has no use"]
    assert server.ask()[0] == ANSWER
    assert pending(port) is None


@pytest.mark.parametrize("first", [True, False])
def test_a_port_of_no_use(first):
    with opened() as good, opened() as idle:
        port = port_of(idle)
        given = passing(*((idle, good) if first else (good, idle)))
        with serve(port=port_of(good), **given) as server:
            idle.close()
            check_useless(server, port)


def test_the_port_of_a_protocol_that_is_not_spoken():
    with opened(port=4745) as idle, serve(**passing(idle)) as server:
        idle.close()
        check_useless(server, 4745)


def test_a_socket_that_is_not_bound():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as idle, \
         serve(**passing(idle)) as server:
        held = inode(idle)
        assert len(warnings(server)) == 1 and "port 0 " in warnings(server)[0]
        assert held not in inodes(server).values()
        assert server.ask()[0] == ANSWER


def test_a_socket_of_one_address():
    with opened("127.0.0.1") as sock, serve(port=port_of(sock), **passing(sock)) as server:
        assert server.ask()[0] == ANSWER
        assert warnings(server) == [f"the socket of port {server.port} that was passed hears no "
                                    "broadcast: it is bound to 127.0.0.1"]


def test_warnings_in_json():
    with opened("127.0.0.1") as sock, serve("-j", port=port_of(sock), **passing(sock)) as server:
        records = [json.loads(line) for line in server.log.splitlines()]
        assert [record["level"] for record in records] == ["warning", "info"]


# --- what they were before -------------------------------------------------------------

@pytest.mark.parametrize("info", [True, False])
def test_what_came_before_the_start_is_answered(path, both, info):
    """With PassPacketInfo= or without: the probe that a start is for is none to lose."""
    probed, tged = both
    with udp_socket() as asker:
        for sock in both:
            sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, info)
        asker.sendto(MESSAGE, ("127.0.0.1", port_of(probed)))
        asker.sendto(REQUEST, ("127.0.0.1", port_of(tged)))
        with serve("-S", path, "--tged-port", port_of(tged), port=port_of(probed),
                   **passing(probed, tged)) as server:
            assert {asker.recv(2048) for _ in range(2)} == {ANSWER, REPLY}
            assert server.stop() == 0
            assert "2 probes, 2 replies" in server.log


def test_no_probe_is_lost_while_it_is_started_again():
    with opened() as sock, udp_socket() as asker:
        sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        for _ in range(3):
            asker.sendto(MESSAGE, ("127.0.0.1", port_of(sock)))
            with serve(port=port_of(sock), **passing(sock)) as server:
                assert asker.recv(99) == ANSWER
                assert server.stop() == 0


def attach(sock, *steps):
    """Gives it a filter: (code, jt, jf, k) a step, linux/filter.h."""
    program = b"".join(struct.pack("HBBI", *step) for step in steps)
    memory = ctypes.create_string_buffer(program)
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                    struct.pack("HP", len(steps), ctypes.addressof(memory)))


def attach_nothing(sock):
    """It drops all that comes."""
    attach(sock, (6, 0, 0, 0))


@whole_options
@pytest.mark.parametrize("args", [(), ("-vv",)])
def test_an_old_filter_is_replaced(path, both, args):
    probed, tged = both
    with udp_socket() as asker:
        for sock in both:
            attach_nothing(sock)
            for _ in range(3):
                asker.sendto(MESSAGE, ("127.0.0.1", port_of(sock)))
        with serve("-S", path, "--tged-port", port_of(tged), *args, port=port_of(probed),
                   ready=" of '", **passing(probed, tged)) as server:
            assert (server.ask()[0], ask(port_of(tged))) == (ANSWER, REPLY)
            assert server.answers(b"junk", b"more") == []
            counters = server.counters()
            junk = {"dropped": "0", "foreign": "2"} if args else {"dropped": "2", "foreign": "0"}
            assert {name: counters[name] for name in junk} == junk


@whole_options
def test_the_kernel_drops_junk_there_too():
    with opened() as sock, serve("-v", port=port_of(sock), **passing(sock)) as server:
        assert "the kernel drops what is not the message" in server.log
        assert server.answers(b"junk") == []
        assert server.counters()["dropped"] == "1"


def test_other_options_do_no_harm():
    """Errors of one asker are none of the next; it may block, and tell times."""
    with opened() as sock:
        for option in SO_TIMES:
            sock.setsockopt(socket.SOL_SOCKET, option, 1)
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        sock.setblocking(True)
        with serve(port=port_of(sock), **passing(sock)) as server:
            for _ in range(20):
                with udp_socket() as gone:
                    gone.sendto(MESSAGE, ("127.0.0.1", server.port))
                assert server.ask()[0] == ANSWER
            assert sock.getsockopt(socket.IPPROTO_IP, IP_RECVERR) == 0
            wait_for(lambda: server.counters()["replies"] == "40", "all replies")
            assert warnings(server) == []


def test_a_socket_that_cannot_be_set_up(tracer):
    with opened() as sock:
        given = passing(sock)
        failing = tracer.wrapper("-e", "inject=ioctl:error=EIO")
        result = run("serve", "-p", port_of(sock),
                     **{**given, "wrapper": [*failing, *given["wrapper"]]})
    assert result.code == 3 and "I/O error" in result.err, result.err
