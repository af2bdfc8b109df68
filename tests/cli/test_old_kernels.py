"""A kernel that lacks a newer call or option: what it costs, and that nothing newer is used."""

import json
import platform
import re
import signal
import subprocess
import sys
from errno import EINVAL, ENOPROTOOPT, ENOSYS, EPERM
from typing import NamedTuple

import pytest

from clitool import ANSWER, SANITIZED, next_port, run, serve
from kernels import is_native, lacking, number_of
from names import etc, name_server
from surroundings import beside, folder, interface, path, wait_traced, warnings
from test_activation import opened, passing
from test_manager import manager
from test_tged_options import REPLY, SQL, ask, serve_services
from watching import events

pytestmark = pytest.mark.skipif(SANITIZED or not is_native(),
                                reason="it looks at the program as shipped, and for this machine")

RIGHTS, LIMITS, LIST = "no new privileges", "limits of resources", "a list of system calls"
NOT_TOLD = "udpdisc: this kernel does not tell what it drops\n"
SOL_SOCKET, SO_ATTACH_FILTER, SO_MEMINFO = 1, 26, 55
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 22, 38, 47
SPEC_ALLOW = 4
MADV_FREE = 8
CALL = """
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall(*map(int, sys.argv[1:]))
print(ctypes.get_errno())
"""


class Newer(NamedTuple):
    """A call or option that not every kernel since OLDEST has, and all that is lost without it:
    what the warnings say (man page: COMPATIBILITY)."""
    name: str
    since: tuple  # by the man page of the call, or by the kernel's history
    refused: list
    lost: tuple = ()


NEWER = [
    Newer("SECCOMP_FILTER_FLAG_SPEC_ALLOW", (4, 17), [("seccomp", {1: SPEC_ALLOW}, EINVAL)]),
    # commit a2d133b1d465: discover -v says that drops are not told, serve counts none
    Newer("SO_MEMINFO", (4, 12), [("getsockopt", {1: SOL_SOCKET, 2: SO_MEMINFO}, ENOPROTOOPT)]),
    Newer("MADV_FREE", (4, 5), [("madvise", {2: MADV_FREE}, EINVAL)]),  # by the C library
    Newer("PR_CAP_AMBIENT", (4, 3), [("prctl", {0: PR_CAP_AMBIENT}, EINVAL)]),
    Newer("seccomp", (3, 17), [("seccomp", {}, ENOSYS)]),
    # commit a8fc92778080: serve -v says that the kernel passes what is not the message
    Newer("SO_GET_FILTER", (3, 8), [
        ("getsockopt", {1: SOL_SOCKET, 2: SO_ATTACH_FILTER}, ENOPROTOOPT)]),
    Newer("PR_SET_NO_NEW_PRIVS", (3, 5), [("prctl", {0: PR_SET_NO_NEW_PRIVS}, EINVAL)],
          (RIGHTS, LIST)),
    Newer("PR_SET_SECCOMP", (3, 5), [("prctl", {0: PR_SET_SECCOMP}, EINVAL),
                                     ("seccomp", {}, ENOSYS)], (LIST,)),
    Newer("prlimit64", (2, 6, 36), [("prlimit64", {}, ENOSYS)], (LIMITS,)),
]
# A sandbox around it, as of a container, may say EPERM where there is no such call.
FORBIDDEN = [Newer(row.name, row.since, [(row.name, {}, EPERM)], row.lost)
             for row in NEWER if row.name in ("seccomp", "prlimit64")]

OLDEST = (2, 6, 39)
# The last system call of each, on x86_64 and on aarch64, which is there since 3.7.
KERNELS = {
    OLDEST: {"x86_64": 306}, (3, 2): {"x86_64": 311},
    (3, 10): {"x86_64": 313, "aarch64": 273}, (3, 16): {"x86_64": 316, "aarch64": 276},
    (4, 4): {"x86_64": 325, "aarch64": 284}, (4, 9): {"x86_64": 331, "aarch64": 290},
    (4, 14): {"x86_64": 332, "aarch64": 291}, (4, 19): {"x86_64": 334, "aarch64": 293}}


def check_warned(told, lost):
    """Each of them once, and nothing else."""
    assert [line.rpartition(": ")[0] for line in told] == [
        f"goes on without this: {what}" for what in lost]


def check_serve(path, lost, counts, options):
    """It answers, reloads, counts and ends well; what is lost is said once."""
    with serve_services(path, "-v", **options) as (server, port):
        assert server.answers(b"junk") == []
        assert ask(port) == REPLY
        path.write_text(SQL.replace("3306", "3307"), "ascii")
        server.send(signal.SIGHUP)
        server.wait_log("reloaded")
        assert b"PORT: 3307\r" in ask(port)
        assert server.counters()["dropped"] == ("1" if counts else "0")
        assert server.stop() == 0
        check_warned(warnings(server), lost)


def check_discover(server, file, lost, counts, options):
    """It finds by target and by sweep, and writes files."""
    asked = ("discover", "-v", "-j", f"-p{server.port}", "-T127.0.0.1")
    for more in (["-c1"], ["-T127.0.0.0/29", "-t0.2", "--output-file", file]):
        result = run(*asked, *more, **options)
        assert result.code == 0, result.err
        assert json.loads(result.out or file.read_text("utf-8"))[0]["ip"] == "127.0.0.1"
        check_warned(re.findall("^udpdisc: warning: (.*)", result.err, re.MULTILINE), lost)
        assert result.err.count(NOT_TOLD) == (0 if counts else 1)


def check_all(server, path, refused, lost, last=None, counts=True):
    options = lacking(*refused, last=last)
    check_serve(path, lost, counts, options)
    check_discover(server, path.parent / "found", lost, counts, options)
    assert "lo" in [row["name"] for row in run("ifaces", "-j", **options).json]
    assert run("help", **options).code == run("check-segmented", "--address=10.0.0.1/24",
                                              **options).code == 0


@pytest.mark.parametrize("row", NEWER, ids=[row.name for row in NEWER])
def test_the_filter_refuses_what_it_is_to(row):
    """Asked by a program that has no fallback."""
    for call, arguments, error in row.refused:
        asked = subprocess.run([sys.executable, "-Sc", CALL, str(number_of(call)),
                                *(str(arguments.get(i, 0)) for i in range(4))],
                               capture_output=True, text=True, check=True,
                               **lacking((call, arguments, error)))
        assert asked.stdout == f"{error}\n"


@pytest.mark.parametrize("row", [*NEWER, *FORBIDDEN],
                         ids=[*(row.name for row in NEWER),
                              *(f"{row.name}-forbidden" for row in FORBIDDEN)])
def test_without(server, path, row):
    check_all(server, path, row.refused, row.lost, counts=row.name != "SO_MEMINFO")


@pytest.mark.parametrize("version, last", KERNELS.items(),
                         ids=[".".join(map(str, version)) for version in KERNELS])
def test_a_kernel(server, path, version, last):
    """All that it lacks together: what is newer than its last system call is unknown to it."""
    if platform.machine() not in last:
        pytest.skip("this architecture came later")
    newer = [row for row in NEWER if row.since > version]
    refused = [refusal for row in newer for refusal in row.refused]
    lost = sorted({what for row in newer for what in row.lost}, key=[RIGHTS, LIMITS, LIST].index)
    check_all(server, path, refused, lost, last=last[platform.machine()],
              counts="SO_MEMINFO" not in [row.name for row in newer])


def test_whether_the_kernel_drops_may_be_unknown(server):
    """It does all the same."""
    row, = (row for row in NEWER if row.name == "SO_GET_FILTER")
    with serve("-v", **lacking(*row.refused)) as other:
        assert "the kernel passes what is not the message" in other.log
        other.answers(b"junk")
        assert other.counters()["dropped"] == "1"


# --- nothing newer is used -----------------------------------------------------------

# Of every kernel since OLDEST: by syscalls(2), and for options by socket(7), ip(7), prctl(2),
# open(2), fcntl(2), mmap(2), rtnetlink(7).
OLD_CALLS = set("""
    access arch_prctl bind brk capget capset close connect dup execve exit_group faccessat fcntl
    fstat fsync getdents64 getegid geteuid getgid getgroups getpid getsockname getsockopt getuid
    ioctl madvise mmap munmap newfstatat open openat poll ppoll prctl read readlink readlinkat
    recvfrom recvmsg renameat rt_sigaction rt_sigprocmask rt_sigreturn sendmsg sendto
    set_tid_address setgroups setresgid setresuid setsockopt signalfd4 socket stat write""".split())
OLD_OPTIONS = set("""
    SO_RCVBUF SO_RCVBUFFORCE SO_SNDBUF SO_SNDBUFFORCE SO_BROADCAST SO_ATTACH_FILTER
    SO_DETACH_FILTER SO_RCVTIMEO_OLD SO_TIMESTAMP_OLD SO_TIMESTAMPNS_OLD SO_TYPE IP_PKTINFO
    IP_RECVERR PR_CAPBSET_READ PR_CAPBSET_DROP SECCOMP_SET_MODE_FILTER F_SETFD FD_CLOEXEC FIONBIO
    FIOCLEX SIOCOUTQ TIOCOUTQ TIOCGWINSZ SOCK_DGRAM SOCK_RAW SOCK_CLOEXEC SOCK_NONBLOCK SFD_CLOEXEC
    SFD_NONBLOCK MSG_DONTWAIT MSG_NOSIGNAL MSG_ERRQUEUE MSG_TRUNC MSG_CTRUNC MAP_PRIVATE
    MAP_ANONYMOUS MAP_FIXED O_RDONLY O_WRONLY O_RDWR O_CREAT O_EXCL O_CLOEXEC O_NONBLOCK O_NOCTTY
    O_DIRECTORY O_LARGEFILE O_PATH AT_FDCWD AT_EMPTY_PATH RTM_GETLINK RTM_GETADDR RTM_GETNEIGH
    RTM_GETNEIGHTBL NLM_F_REQUEST NLM_F_DUMP""".split())
# An older kernel passes over these, of 4.4 (commit d5566fd72ec1): the answer is longer.
PASSED_OVER = {"IFLA_EXT_MASK", "RTEXT_FILTER_SKIP_STATS"}
SAME_AS_ROWS = {"PR_CAP_AMBIENT_CLEAR_ALL"}
OPTION = re.compile(r"\b(?:(?:SO|IP|PR|SECCOMP|F|FD|SOCK|SFD|MSG|MAP|MADV|O|AT)_[A-Z0-9_]+|"
                    r"(?:FIO|SIO|TIO)[A-Z]+)\b")
QUESTION = re.compile(r"\b(?:RTM|NLM|IFLA|NDA|NDTA|RTEXT)_[A-Z_]+\b")


def used(trace):
    """The calls of a trace, and the options that they name, without what is in strings."""
    calls, options = set(), set()
    for line in trace.splitlines():
        if found := re.match(r"\d+ +(\w+)\((.*)", line):
            words = re.sub(r'"(?:[^"\\]|\\.)*"', "", found[2]).split(") = ")[0]
            calls.add(found[1])
            options.update(OPTION.findall(words))
            if found[1] == "sendto":
                options.update(QUESTION.findall(words))
    return calls, options


def trace_serve(tracer, folder):
    """Once as an admin starts it, and once with all that a service manager does."""
    port = next_port()
    with serve("-vv", "-S", folder, "--tged-port", port, user=None, wrapper=beside(tracer)
               ) as server:
        assert (server.ask()[0], ask(port)) == (ANSWER, REPLY)
        server.send(signal.SIGHUP)
        server.wait_log("reloaded")
        with interface("10.98.0.1/24"):
            server.wait_log("the network has 2 addresses")
    yield wait_traced(tracer)
    tracer.log.unlink()
    with opened() as given, manager() as told:
        options = passing(given, WATCHDOG_USEC="100000", **told.env)
        options["wrapper"] += beside(tracer)
        with serve("-v", port=given.getsockname()[1], **options) as server:
            given.close()
            assert server.ask()[0] == ANSWER
            told.wait("READY")
            server.stop()
    yield wait_traced(tracer)
    tracer.log.unlink()


def trace_watch(tracer, server, folder):
    with events(folder, "-T", f"127.0.0.1:{server.port}", wrapper=beside(tracer)) as running:
        running.wait_lines(1)
        running.end()
    yield wait_traced(tracer)
    tracer.log.unlink()


def trace_runs(tracer, server, folder):
    (folder / "etc").mkdir()
    new, old = folder / "new", folder / "old"
    old.symlink_to(new)
    found = ["discover", f"-p{server.port}", "-t0.2", "-T127.0.0.1"]
    runs = [["help"], ["ifaces", "-j"], ["check-segmented"], ["serve", "--check", "-S", folder],
            ["discover-one", "-T127.0.0.1", "-s", "x", "-t0.1"], [*found, "-ondjson", "-vv"],
            [*found, "-c1", "--output-file", new], [*found, "-c1", "--output-file", old],
            [*found, "-c1", "--output-file=/dev/null"], [*found, "--targets-file", "/dev/null"],
            [*found, "--broadcast", "--scan", "--limited", "--source-port=77"],
            [*found, "-T127.0.0.0/28", "-T10.98.0.0/28"], [*found, "-Tlocalhost", "-Tself.test"]]
    with name_server(self=["127.0.0.1"]), interface("10.98.0.1/20"):
        for args in runs:
            result = run(*args, wrapper=[*etc(folder / "etc"), *tracer.wrapper()])
            assert result.code in (0, 1), result.err
            yield tracer.text


def test_nothing_newer_is_used(server, tracer, path, tmp_path):
    """What comes to be used must be in one of the tables, and what is in NEWER is used."""
    calls, options = set(), set()
    for trace in (*trace_serve(tracer, path.parent), *trace_watch(tracer, server, tmp_path),
                  *trace_runs(tracer, server, tmp_path)):
        more = used(trace)
        calls |= more[0]
        options |= more[1]
    rows = {row.name for row in NEWER}
    assert calls - OLD_CALLS - rows == set()
    assert options - OLD_OPTIONS - rows - PASSED_OVER - SAME_AS_ROWS == set()
    assert rows - calls - options == {"PR_SET_SECCOMP"}  # in place of seccomp
    assert PASSED_OVER <= options
