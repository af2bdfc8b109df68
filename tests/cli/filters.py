"""What a seccomp filter decides, read from the trace of the call that installs it."""

import re

STEP = re.compile(r"BPF_(?:STMT|JUMP)\(([\w|]+), ([\w|]+)(?:, (\w+), (\w+))?\)")
REFUSED = "SECCOMP_RET_ERRNO|0x26"  # ENOSYS
ALLOWED = "SECCOMP_RET_ALLOW"


class Filter:
    """The program of a trace by `strace -v -e trace=seccomp`."""

    def __init__(self, trace):
        self.steps = [(set(code.split("|")), value, int(equal or "0", 0), int(other or "0", 0))
                      for code, value, equal, other in STEP.findall(trace)]
        self.arch = next(int(value, 0) for code, value, *_ in self.steps if "BPF_JEQ" in code)

    def verdict(self, number, *arguments, arch=None):
        """What it returns for that system call: ALLOWED, REFUSED or anything else."""
        data = {0: number, 4: self.arch if arch is None else arch,
                **{16 + 8 * i: argument for i, argument in enumerate(arguments)}}
        at, value = 0, 0
        while True:
            code, operand, equal, other = self.steps[at]
            at += 1
            if "BPF_RET" in code:
                return operand
            if "BPF_LD" in code:
                value = data.get(int(operand, 0), 0)
            elif "BPF_AND" in code:
                value &= int(operand, 0)
            elif "BPF_JGE" in code:
                at += equal if value >= int(operand, 0) else other
            else:
                assert "BPF_JEQ" in code
                at += equal if value == int(operand, 0) else other
