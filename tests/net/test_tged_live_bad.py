"""serve --services: what is bad leaves the last good table as it was, and one line says why."""

import os
import re

import pytest
from tged import (STAY, check_unmoved, counters, drop, frozen, log_of, make_file, make_folder,
                  rename_over, say, saying, serve, wait_log, wait_said)


@pytest.fixture
def server(net):
    """A host of its own, which asks itself."""
    return net.host("server")


@pytest.fixture
def path(tmp_path):
    return make_file(tmp_path)


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


@pytest.mark.parametrize("content, where", BAD.values(), ids=BAD)
def test_bad_content(server, path, content, where):
    with serve(server, path) as serving:
        rename_over(path, content)
        wait_log(server, serving, STAY)
        check_unmoved(server)
        rename_over(path, saying("new"))
        wait_said(server, "SQL", "new")
        assert counters(serving)["reloads"] == 1
    refusal, loaded = log_of(serving)
    assert re.fullmatch(f"udpdisc: {re.escape(str(path))}{where}.+{STAY}", refusal)
    assert loaded == f"udpdisc: reloaded '{path}': 1 service"


def test_the_same_as_before_is_good_again(server, path):
    with serve(server, path) as serving:
        rename_over(path, "{")
        wait_log(server, serving, STAY)
        rename_over(path, saying("old"))
        wait_log(server, serving, "reloaded")
        check_unmoved(server)
    assert len(log_of(serving)) == 2


def test_each_fault_is_told(server, path):
    """Once for each; one that comes back after a good file is told again."""
    with serve(server, path) as serving:
        for count, content in enumerate(("{", "[]", "{}x", "{")):
            rename_over(path, content)
            wait_log(server, serving, STAY, count + 1)
        rename_over(path, saying("new"))
        wait_said(server, "SQL", "new")
        rename_over(path, "{")
        wait_log(server, serving, STAY, 5)
        check_unmoved(server, "new")
    assert len(log_of(serving)) == 6


def test_written_by_halves(server, path):
    whole = saying("new")
    with serve(server, path) as serving:
        with path.open("w", encoding="ascii") as file:
            file.write(whole[:20])
            file.flush()
            wait_log(server, serving, STAY)
            assert say(server, "SQL") == "old"
            file.write(whole[20:])
        wait_said(server, "SQL", "new")


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


def take_away(path):
    path.rmdir() if path.is_dir() else path.unlink()


@pytest.mark.parametrize("put", [put_folder, put_fifo, put_device, put_loop, put_large,
                                 put_too_large, take_away])
def test_no_file(server, path, put):
    with serve(server, path) as serving:
        with frozen(serving):
            put(path)
        wait_log(server, serving, STAY)
        check_unmoved(server)
        with frozen(serving):
            if put is not take_away:
                take_away(path)
            path.write_text(saying("new"), "ascii")
        wait_said(server, "SQL", "new")
    refusal, loaded = log_of(serving)
    assert re.fullmatch(f"udpdisc: cannot read '{re.escape(str(path))}': .+{STAY}", refusal)
    assert loaded == f"udpdisc: reloaded '{path}': 1 service"


def test_as_large_as_allowed(server, path):
    with serve(server, path):
        rename_over(path, saying("new").ljust(1 << 20))
        wait_said(server, "SQL", "new")


def test_forbidden(server, path):
    """To root too: serve gives up the rights that would let it read everything."""
    with serve(server, path) as serving:
        path.chmod(0)
        wait_log(server, serving, STAY)
        check_unmoved(server)
        with frozen(serving):
            path.chmod(0o600)
            path.write_text(saying("new"), "ascii")
        wait_said(server, "SQL", "new")
    refusal, loaded = log_of(serving)
    assert refusal.startswith(f"udpdisc: cannot read '{path}': ") and refusal.endswith(STAY)
    assert loaded == f"udpdisc: reloaded '{path}': 1 service"


# --- folders


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path)


@pytest.mark.parametrize("content, fault", [
    ("{", "{bad}:1:2: "),
    ('{"A": 1}', "{bad}: service 'A': "),
    (None, "cannot read '{bad}': "),
])
def test_one_bad_file_refuses_the_whole_set(server, folder, content, fault):
    bad = folder / "bad.json"
    with serve(server, folder) as serving:
        drop(folder, bad.name, content) if content else bad.mkdir()
        wait_log(server, serving, STAY)
        rename_over(folder / "sql.json", saying("new"))
        drop(folder, "web.json", saying("here", "WEB"))
        check_unmoved(server)
        assert say(server, "WEB") is None
        take_away(bad)
        wait_said(server, "SQL", "new")
        assert say(server, "WEB") == "here"
    refusal, loaded = log_of(serving)
    assert refusal.startswith(f"udpdisc: {fault.format(bad=bad)}") and refusal.endswith(STAY)
    assert loaded == f"udpdisc: reloaded '{folder}': 2 services"
