"""serve --services: what is bad leaves the last good table as it was, and one line says why."""

import os
import re
import signal

import pytest
from tged import (STAY, check_unmoved, counters, frozen, log_of, rename_over, say, saying, serve,
                  take_away, wait_log, wait_said)


BAD = {
    "empty": (b"", ":1:1: "),
    "half written": (b'{"SQL": {"SAYS": "o', r":1:\d+: "),
    "half written, later": (b'{"SQL": {\n"SAYS": "old"\n', r":\d:\d+: "),
    "text behind it": (b'{"SQL": {"SAYS": "bad"}}\n x\n', ":2:2: "),
    "two documents": (b'{"SQL": {"SAYS": "bad"}}\n{}\n', ":2:1: "),
    "NUL behind it": (b'{"SQL": {"SAYS": "bad"}}\0', ":1:25: "),
    "key twice": (b'{"SQL": {"SAYS": "bad", "SAYS": 1}}', ": service 'SQL', key 'SAYS': "),
    "service twice": (b'{"SQL": {"SAYS": "bad"}, "SQL": {}}', ": service 'SQL': "),
    "byte order mark": (b'\xef\xbb\xbf{"SQL": {"SAYS": "bad"}}', ":1:1: "),
    "UTF-16": ('{"SQL": {"SAYS": "bad"}}'.encode("utf-16"), ":1:1: "),
    "Latin-1": (b'{"SQL":\n{"SAYS": "\xe4"}}', ":2:11: "),
    "surrogate": (b'{"SQL":\n{"SAYS": "\xed\xa0\x80"}}', ":2:11: "),
    "half a pair": (b'{"SQL":\n{"SAYS": "\\ud800"}}', ":2:11: "),
    "U+0000": (b'{"SQL":\n{"SAYS": "\\u0000"}}', ":2:11: "),
    "NUL": (b'{"SQL":\n{"SAYS": "\0"}}', ":2:11: "),
    "control byte": (b'{"SQL":\n{"SAYS": "\x1b[2J"}}', ":2:11: "),
    "nesting": (b'{"SQL": ' + b"[" * 1001 + b"]" * 1001 + b"}", r":1:\d+: "),
    "comma": (b'{"SQL": {"SAYS": "bad",}}', ":1:24: "),
    "comment": (b'{\n// ours\n"SQL": {"SAYS": "bad"}}', ":2:1: "),
    "no quotes": (b"{SQL: {}}", ":1:2: "),
    "leading zero": (b'{"SQL": {"SAYS": 01}}', r":1:\d+: "),
    "list": (b'[{"SQL": {"SAYS": "bad"}}]', ": "),
    "string": (b'"SQL"', ": "),
    "no object": (b'{"SQL": "SAYS"}', ": service 'SQL': "),
    "null": (b'{"SQL": {"SAYS": null}}', ": service 'SQL', key 'SAYS': "),
    "nested": (b'{"SQL": {"SAYS": {"A": 1}}}', ": service 'SQL', key 'SAYS': "),
    "fraction": (b'{"SQL": {"SAYS": 1.5}}', ": service 'SQL', key 'SAYS': "),
    "large": (b'{"SQL": {"SAYS": 9007199254740993}}', ": service 'SQL', key 'SAYS': "),
    "colon": (b'{"SQL": {"SAYS": "a:b"}}', ": service 'SQL', key 'SAYS': "),
    "line end": (b'{"SQL": {"SAYS": "a\\nb"}}', ": service 'SQL', key 'SAYS': "),
    "colon in a key": (b'{"SQL": {"A:B": 1}}', ": service 'SQL', key 'A:B': "),
    "empty name": (b'{"": {"SAYS": 1}}', ": service '': "),
    "white space": (b'{" SQL": {"SAYS": 1}}', ": service ' SQL': "),
    "too long": (b'{"SQL": {"SAYS": "' + b"x" * 1024 + b'"}}', ": service 'SQL', key 'SAYS': "),
}


def test_bad_content(alone, old_file):
    """One after the other, each at once."""
    with serve(alone, old_file) as serving:
        for count, (content, _) in enumerate(BAD.values(), 1):
            rename_over(old_file, content)
            serving.send(signal.SIGHUP)
            serving.wait_stderr(STAY, count)
            assert say(alone, "SQL") == "old"
        rename_over(old_file, saying("new"))
        wait_said(alone, "SQL", "new")
        assert counters(serving)["reloads"] == 1
    *refusals, loaded = log_of(serving)
    assert len(refusals) == len(BAD)
    for refusal, (name, (_, where)) in zip(refusals, BAD.items()):
        fault = f"udpdisc: {re.escape(str(old_file))}{where}.+{STAY}"
        assert re.fullmatch(fault, refusal), name
    assert loaded == f"udpdisc: reloaded '{old_file}': 1 service"


def test_the_same_as_before_is_good_again(alone, old_file):
    with serve(alone, old_file) as serving:
        rename_over(old_file, "{")
        wait_log(alone, serving, STAY)
        rename_over(old_file, saying("old"))
        wait_log(alone, serving, "reloaded")
        check_unmoved(alone)
    assert len(log_of(serving)) == 2


def test_each_fault_is_told(alone, old_file):
    """Once for each; one that comes back after a good file is told again."""
    with serve(alone, old_file) as serving:
        for count, content in enumerate(("{", "[]", "{}x", "{")):
            rename_over(old_file, content)
            wait_log(alone, serving, STAY, count + 1)
        rename_over(old_file, saying("new"))
        wait_said(alone, "SQL", "new")
        rename_over(old_file, "{")
        wait_log(alone, serving, STAY, 5)
        check_unmoved(alone, "new")
    assert len(log_of(serving)) == 6


def test_written_by_halves(alone, old_file):
    whole = saying("new")
    with serve(alone, old_file) as serving:
        with old_file.open("w", encoding="ascii") as file:
            file.write(whole[:20])
            file.flush()
            wait_log(alone, serving, STAY)
            assert say(alone, "SQL") == "old"
            file.write(whole[20:])
        wait_said(alone, "SQL", "new")


# --- what is no file


def put_folder(path):
    path.unlink()
    path.mkdir()


def put_fifo(path):
    path.unlink()
    os.mkfifo(path)


def put_device(path):
    path.unlink()
    path.symlink_to("/dev/zero")


def put_loop(path):
    path.unlink()
    path.symlink_to(path.name)


def put_large(path):
    os.truncate(path, 100 << 20)


def put_too_large(path):
    path.write_text(saying("bad").ljust((1 << 20) + 1), "ascii")


@pytest.mark.parametrize("put", [put_folder, put_fifo, put_device, put_loop, put_large,
                                 put_too_large, take_away])
def test_no_file(alone, old_file, put):
    with serve(alone, old_file) as serving:
        with frozen(serving):
            put(old_file)
        wait_log(alone, serving, STAY)
        check_unmoved(alone)
        with frozen(serving):
            if put is not take_away:
                take_away(old_file)
            old_file.write_text(saying("new"), "ascii")
        wait_said(alone, "SQL", "new")
    refusal, loaded = log_of(serving)
    assert re.fullmatch(f"udpdisc: cannot read '{re.escape(str(old_file))}': .+{STAY}", refusal)
    assert loaded == f"udpdisc: reloaded '{old_file}': 1 service"


def test_as_large_as_allowed(alone, old_file):
    with serve(alone, old_file):
        rename_over(old_file, saying("new").ljust(1 << 20))
        wait_said(alone, "SQL", "new")


def test_forbidden(alone, old_file):
    """To root too: serve gives up the rights that would let it read everything."""
    with serve(alone, old_file) as serving:
        old_file.chmod(0)
        wait_log(alone, serving, STAY)
        check_unmoved(alone)
        with frozen(serving):
            old_file.chmod(0o600)
            old_file.write_text(saying("new"), "ascii")
        wait_said(alone, "SQL", "new")
    refusal, loaded = log_of(serving)
    assert refusal.startswith(f"udpdisc: cannot read '{old_file}': ") and refusal.endswith(STAY)
    assert loaded == f"udpdisc: reloaded '{old_file}': 1 service"
