"""Kernels that lack something: a seccomp filter answers in their place, as they would.

It is put before the program starts, so that not even the C library finds what is missing
(strace tells system calls apart by number alone, and not by the option that they ask for).
"""

import ctypes
import platform
import struct
from errno import ENOSYS

from clitool import FOREIGN

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
ALLOW, ERROR = 0x7fff0000, 0x00050000  # SECCOMP_RET_*
LOAD, EQUAL, ABOVE, RETURN = 0x20, 0x15, 0x25, 0x06  # BPF_*
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data

# AUDIT_ARCH_*, and the numbers of what is refused
MACHINES = {
    "x86_64": (0xc000003e, {"madvise": 28, "getsockopt": 55, "prctl": 157, "prlimit64": 302,
                            "seccomp": 317}),
    "aarch64": (0xc00000b7, {"prctl": 167, "getsockopt": 209, "madvise": 233, "prlimit64": 261,
                             "seccomp": 277})}


def is_native():
    """Whether the binary makes system calls of this machine: an emulator makes its own."""
    return not FOREIGN and platform.machine() in MACHINES


def number_of(call):
    return MACHINES[platform.machine()][1][call]


def step(code, operand, equal=0, other=0):
    return struct.pack("=HBBI", code, equal, other, operand)


def refusal(number, arguments, error):
    """The steps that answer one call, where these of its arguments have these values."""
    answer = step(RETURN, ERROR | error)
    for at, value in reversed(arguments.items()):
        skip = len(answer) // 8
        answer = step(LOAD, ARGUMENTS + 8 * at) + step(EQUAL, value, 0, skip) + answer
    return step(EQUAL, number, 0, len(answer) // 8) + answer + step(LOAD, NUMBER)


def program(refused, last):
    """The filter: refused is (call, arguments, error); numbers behind last are unknown."""
    audit = MACHINES[platform.machine()][0]
    steps = step(LOAD, ARCHITECTURE) + step(EQUAL, audit, 1, 0) + step(RETURN, ALLOW)
    steps += step(LOAD, NUMBER)
    for call, arguments, error in refused:
        steps += refusal(number_of(call), arguments, error)
    if last is not None:
        steps += step(ABOVE, last, 0, 1) + step(RETURN, ERROR | ENOSYS)
    return steps + step(RETURN, ALLOW)


def lacking(*refused, last=None):
    """Options for start() and run(): what this kernel refuses."""
    libc = ctypes.CDLL(None)
    steps = program(refused, last)

    def install():
        held = ctypes.create_string_buffer(steps, len(steps))
        head = struct.pack("@HP", len(steps) // 8, ctypes.addressof(held))
        if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head, 0, 0) != 0:
            raise PermissionError("no filter for seccomp")

    return {"preexec_fn": install}
