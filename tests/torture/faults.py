"""Which call fails, how, and the two ways of letting it fail."""

import collections
import errno
import os
import re
import struct
from dataclasses import dataclass

import tracing
from clitool import BINARY, REPO, wait_for

WHOLE = os.environ.get("UDPDISC_TORTURE") == "whole"
WRAPPED = REPO / "build" / "torture" / "udpdisc"

# What each call can fail with, the likeliest first. The names are those of the system calls
# and those of the C library. An interrupted call that is always interrupted is none of them.
ERRORS = {
    "socket": "EMFILE EPERM EAFNOSUPPORT ENOBUFS",
    "bind": "EADDRINUSE EACCES ENOBUFS",
    "connect": "ECONNREFUSED EACCES ENETUNREACH",
    "setsockopt": "EPERM ENOPROTOOPT ENOMEM",
    "getsockopt": "ENOPROTOOPT EPERM",
    "getsockname": "ENOBUFS",
    "sendmsg": "EPERM ENETUNREACH ENOBUFS EAGAIN EINTR",
    "sendto": "ENOBUFS EPERM ECONNREFUSED EAGAIN EINTR",
    "send": "ENOBUFS EPERM ECONNREFUSED EAGAIN EINTR",
    "recvmsg": "ENOMEM ECONNREFUSED EINTR EAGAIN",
    "recvfrom": "ENOBUFS ENOMEM ECONNREFUSED EINTR EAGAIN",
    "recv": "ENOBUFS ENOMEM ECONNREFUSED EINTR EAGAIN",
    "open": "EMFILE ENOENT EACCES",
    "openat": "EMFILE ENOENT EACCES ENOSPC",
    "opendir": "EMFILE ENOENT EACCES ENOMEM",
    "readdir": "EIO",
    "getdents64": "EIO",
    "read": "EIO EINTR",
    "write": "ENOSPC EIO EPIPE EINTR EAGAIN",
    "close": "EIO",
    "fsync": "EIO ENOSPC",
    "renameat": "EACCES ENOSPC EIO",
    "unlinkat": "EIO",
    "stat": "EACCES ENOENT EIO",
    "fstat": "EIO",
    "readlink": "EIO EACCES",
    "access": "EACCES EROFS",
    "dup": "EMFILE",
    "ppoll": "ENOMEM EINTR",
    "poll": "ENOMEM EINTR",
    "signalfd": "EMFILE ENOMEM",
    "signalfd4": "EMFILE ENOMEM",
    "prctl": "EINVAL EPERM",
    "seccomp": "EINVAL ENOSYS",
    "ioctl": "ENOTTY EINVAL",
    **dict.fromkeys(("malloc", "calloc", "strdup", "mmap", "mprotect", "munmap", "brk"), "ENOMEM"),
}
ANY_OTHER = "EPERM ENOSYS"  # what a list of allowed system calls says
PASSING = ("EINTR", "EAGAIN")  # these come once

# Who may not hold signals back may not from the first time on.
HOLDING = ("sigprocmask", "rt_sigprocmask")

# What the kernel can't refuse, and what is strace's own.
NO_FAULTS = {"execve", "exit_group", "exit", "arch_prctl", "set_tid_address", "rt_sigreturn",
             "restart_syscall", "getpid", "getuid", "geteuid", "getgid", "getegid"}


@dataclass(frozen=True)
class Fault:
    """Call NUMBER of this name fails; with ON each from there on."""

    name: str
    number: int
    error: str
    on: bool = False

    def __str__(self):
        return f"{self.name} {self.number}{'+' * self.on} {self.error}"

    def is_of(self, *names):
        return self.name in names


def errors_of(name):
    return ERRORS.get(name, ANY_OTHER).split()


def lasts(name, number, error):
    """Whether a call can fail so from there on."""
    return error not in PASSING and (number == 1 or name not in HOLDING)


def every(calls, _stride):
    """Each call with each error, once and from there on."""
    for name, count in calls.items():
        for error in errors_of(name):
            for number in range(1, count + 1):
                yield Fault(name, number, error)
                if lasts(name, number, error):
                    yield Fault(name, number, error, on=True)


def each_once(calls, stride):
    """Each STRIDEth call, with one of its errors; and from the first, middle and last on."""
    for name, count in calls.items():
        errors = errors_of(name)
        for number in range(1, count + 1, stride):
            yield Fault(name, number, errors[number % len(errors)])
        for number in {1, (count + 1) // 2, max(1, count - 1), count}:
            if lasts(name, number, errors[0]):
                yield Fault(name, number, errors[0], on=True)


def ends(calls, _stride):
    """The first and the last call of each name, and all of them."""
    for name, count in calls.items():
        for number in {1, count}:
            yield Fault(name, number, errors_of(name)[number % len(errors_of(name))])
        yield Fault(name, 1, errors_of(name)[0], on=True)


class Traced:
    """The binary that is shipped, under strace: its system calls fail."""

    name = "traced"
    binary = BINARY
    chosen = staticmethod(every if WHOLE else ends)

    @staticmethod
    def why_not():
        return tracing.why_not()

    @staticmethod
    def prepare(folder, fault):
        """The words before the binary's own, and its environment."""
        inject = ()
        if fault:
            inject = ("-e", f"trace={fault.name}", "-e", f"inject={fault.name}:"
                      f"error={fault.error}:when={fault.number}{'+' * fault.on}")
        log = folder / "strace"
        log.unlink(missing_ok=True)
        return [tracing.STRACE, "-D", "-f", "-q", "-o", str(log), *inject], {}

    @staticmethod
    def report(folder):
        """What a run that ended called, how many of these failed, and no descriptors."""
        log = folder / "strace"
        text = wait_for(lambda: "+++ " in (found := log.read_text("utf-8", "replace")) and found,
                        "the end of strace")
        calls = collections.Counter(re.findall(r"^\d+ +(\w+)\(", text, re.MULTILINE))
        return calls, text.count("(INJECTED)"), set()


class Wrapped:
    """The same sources with the sanitizers: what they call of the C library fails."""

    name = "wrapped"
    binary = str(WRAPPED)
    chosen = staticmethod(every if WHOLE else each_once)
    ROW = struct.Struct("=24sII")

    @staticmethod
    def why_not():
        return None

    @staticmethod
    def prepare(folder, fault):
        report = folder / "report"
        report.unlink(missing_ok=True)
        env = {"TORTURE_REPORT": str(report), "ASAN_OPTIONS": "exitcode=99",
               "LSAN_OPTIONS": "exitcode=98", "UBSAN_OPTIONS": "exitcode=97:print_stacktrace=1"}
        if fault:
            number = getattr(errno, fault.error)
            env["TORTURE"] = f"{fault.name}:{fault.number}:{number}{'+' * fault.on}"
        return [], env

    @classmethod
    def report(cls, folder):
        data = (folder / "report").read_bytes()
        rows, (bits,) = data[:-8], struct.unpack("=Q", data[-8:])
        calls, failed = collections.Counter(), 0
        for name, count, broken in cls.ROW.iter_unpack(rows):
            calls[name.rstrip(b"\0").decode()] = count
            failed += broken
        return +calls, failed, {fd for fd in range(64) if bits >> fd & 1}


WAYS = (Traced, Wrapped)
