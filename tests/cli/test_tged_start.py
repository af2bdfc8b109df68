"""serve with services: bad ones at the start and with --check, odd paths, ports, the log."""

import json
import os
import pathlib
import signal
import socket
import stat

import pytest

from clitool import (ANSWER, LIMIT_S, MESSAGE, next_port, pending, refused, run, serve, shell,
                     udp_socket)
from test_broken_output import REDIRECTIONS
from test_tged_options import INVALID, REPLY, REQUEST, SQL, ask, checked, serve_services

DEEP = b'{"A": {"K": ' + b"[" * 98
SYNTAX = [  # the place is where ^ stands
    b"^", b" \n ^", b"{^", b'{"A": {"K": ^"v', b'{"A": {"K": "v"}^', b'{"A": {"K": "v"}}^x',
    b'{"A": {"K": "v"}}\n\n ^{}', b'{"A": {}}^,', b'{"A": {"K": "v"},^}', b'{"A": {"K": "v",^}}',
    b"{^A: {}}", b"{^'A': {}}", b'{"A" ^{}}', b'{"A": {"K": ^+1}}', b'{"A": {"K": 0^1}}',
    b'{"A": {"K": ^NaN}}', b'{"A": {"K": ^oops}}', b'{"A": {"K": ^True}}', b'{"A": {"K": 1 ^2}}',
    b"^// comment\n{}", b"^/* c */{}", b"{^# c\n}", b"^\xef\xbb\xbf{}", b"{}^\0", b"^\0{}",
    b"{}^\x0c", b"^\xff\xfe{\0}\0", b'{"A": {"K": "a^\xff"}}', b'{"A": {"K": "a^\xc0\x80"}}',
    b'{"A": {"K": "a^\xed\xa0\x80"}}', b'{"A": {"a^\xff": 1}}', b'{"^\x80": {}}',
    b'{"A": {"K": "a^\x1fb"}}', b'{"A": {"K": "a^\tb"}}', b'{"A": {"K": "a^\nb"}}',
    b'{"A": {"K": "a^\0b"}}', b'{"A": {"K": "a^\\u0000b"}}', b'{"a^\\u0000": {}}',
    b'{"A": {"K": "a^\\xb"}}', b'{"A": {"K": "a^\\u12"}}', b'{"A": {"K": "a^\\ud800"}}',
    b'{"A": {"K": "a^\\udc00\\ud800"}}', b'{"\xc3\xa9\xe2\x82\xac": {"K": ^x}}',
    b'{\n  "A": {\n    "K": ^oops\n  }\n}', b'{\r\n"A": ^oops}', DEEP + b"^[" + b"]" * 99 + b"}}",
    b"[" * 100 + b"^" + b"[" * 900 + b"]" * 1000,
]


def split_mark(marked):
    """The text without its mark, and LINE:COLUMN of that, counted in characters."""
    before, _, behind = marked.partition(b"^")
    line = before.rpartition(b"\n")[2].decode("utf-8", "surrogateescape")
    return before + behind, f"{before.count(10) + 1}:{len(line) + 1}"


def bad_services(path, *names):
    """Asserts what --check and a start make of it; the line of the one and the other."""
    ports = [next_port(), next_port()]
    start = ("serve", "-p", ports[0], "-S", path, "--tged-port", ports[1])
    lines = [refused(*start, *more, names=names).err for more in (
        ("--check",), ("--check", "-q"), (), ("-q",), ("--tged-only",))]
    assert len(set(lines)) == 1 and "listening" not in lines[0]
    told = refused(*start, "--check", "-j").err
    assert "udpdisc: " + json.loads(told)["message"] == lines[0][:-1]
    assert [pending(port) for port in ports] == [None, None]
    return lines[0]


@pytest.fixture
def path(tmp_path):
    """A good services file."""
    path = tmp_path / "services.json"
    path.write_text(SQL, "ascii")
    return path


@pytest.mark.parametrize("marked", SYNTAX)
def test_bad_syntax_is_placed(tmp_path, marked):
    path = tmp_path / "s.json"
    text, place = split_mark(marked)
    path.write_bytes(text)
    line = bad_services(path)
    assert line.startswith(f"udpdisc: {path}:{place}: "), line


FAULTS = [  # file, service, key
    ("[]", None, None), ("null", None, None), ('"x"', None, None), ("1", None, None),
    ('{"A": 1}', "A", None), ('{"A": []}', "A", None), ('{"A": null}', "A", None),
    ('{"A": "x"}', "A", None), ('{"A": {}, "B": true}', "B", None),
    ('{"": {}}', "", None), ('{" A": {}}', " A", None), ('{"A ": {}}', "A ", None),
    ('{"A\\t": {}}', r"A\x09", None), ('{"a\\nb": {}}', r"a\x0ab", None),
    ('{"a\\rb": {}}', r"a\x0db", None), ('{"A": {}, "B": {}, "A": {}}', "A", None),
    ('{"A": {}, "\\u0041": {}}', "A", None), ('{"A": {"K": "v", "K": "v"}}', "A", "K"),
    ('{"A": {"K": 1, "L": 2, "\\u004b": 2}}', "A", "K"),
    ('{"A": {"a:b": "v"}}', "A", "a:b"), ('{"A": {"a\\nb": "v"}}', "A", r"a\x0ab"),
    ('{"A": {"a\\r": "v"}}', "A", r"a\x0d"), ('{"A": {"K": "a:b"}}', "A", "K"),
    ('{"A": {"K": "a\\nb"}}', "A", "K"), ('{"A": {"K": "\\r"}}', "A", "K"),
    ('{"A": {"K": "http://x"}}', "A", "K"), ('{"A": {"K": null}}', "A", "K"),
    ('{"A": {"K": []}}', "A", "K"), ('{"A": {"K": {}}}', "A", "K"), ('{"A": {"K": 1.5}}', "A", "K"),
    ('{"A": {"K": 9007199254740993}}', "A", "K"), ('{"A": {"K": -9007199254740993}}', "A", "K"),
    ('{"A": {"K": 9007199254740992.5}}', "A", "K"), ('{"A": {"K": 1e16}}', "A", "K"),
    ('{"A": {"K": 1e400}}', "A", "K"), ('{"A": {"K": 1e-1}}', "A", "K"),
    ('{"A": {"K": 0.99999999999999999999}}', "A", "K"),
    ('{"A": {"I": 1, "K": "%s"}}' % ("x" * 1000), "A", "K"),
    ('{"\\u001b[2J": {"\\u202e": null}}', r"\x1b[2J", r"\xe2\x80\xae"),
]


@pytest.mark.parametrize("text, service, key", FAULTS)
def test_faults_of_a_service_are_named(tmp_path, text, service, key):
    path = tmp_path / "s.json"
    path.write_text(text, "utf-8")
    line = bad_services(path)
    parts = [str(path)]
    parts += [f"service '{service}'"] if service is not None else []
    place = ": ".join(parts) + (f", key '{key}'" if key is not None else "")
    assert line.startswith(f"udpdisc: {place}: "), line


def one_value(length):
    """A file of one service, whose reply is so long."""
    return '{"A": {"K": "%s"}}' % ("x" * (length - len("TGED REPLY 1.0\r\nK: \r\n\r\n")))


def automatic(length):
    """As long with the longest address."""
    fixed = len("TGED REPLY 1.0\r\nIP: 255.255.255.255\r\nK: \r\n\r\n")
    return '{"A": {"IP": "auto", "K": "%s"}}' % ("x" * (length - fixed))


@pytest.mark.parametrize("make", [one_value, automatic])
def test_a_reply_is_1024_bytes_at_most(path, make):
    path.write_text(make(1024), "ascii")
    checked("-S", path)
    with serve_services(path) as (_, port):
        wanted = 1024 - (6 if make is automatic else 0)  # 127.0.0.1 is 6 shorter
        assert len(ask(port, REQUEST.replace(b"SQL", b"A"))) == wanted
    path.write_text(make(1025), "ascii")
    bad_services(path, "service 'A'", "1024")
    checked("-S", path, "--tged-compact")  # which is shorter


@pytest.mark.parametrize("text", [
    "{}", " {\n} ", '{"A": {}}', '{"A": {"K": ""}}', '{"A B": {"K L": " v "}}',
    '{"A": {"K": true, "L": false, "M": -1, "N": 1.0, "O": 1e3, "P": 0}}',
    '{"A": {"K": 9007199254740992, "L": -9007199254740992, "M": 90071992547409920e-1}}',
    '{"A": {"k": 1, "K": 2}, "a": {}, "x:y": {}}', '{"\\u00e9\\ud83d\\ude00": {"\\u0001": "\\t"}}',
    '{"A": {"K": "\\"\\\\\\/\\b\\f"}}', '{"A": {"K": "\u202e\u009b"}}',
    "{}" + " " * ((1 << 20) - 2)])
def test_good_services(path, text):
    path.write_text(text, "utf-8")
    assert checked("-S", path)["services"]["value"] == str(path)
    with serve_services(path) as (server, _):
        assert server.stop() == 0


def make_socket(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(path))


def make_endless(path):
    path.touch()
    os.truncate(path, 1 << 33)


ODD_FILES = {
    "fifo": os.mkfifo,
    "socket": make_socket,
    "dangling": lambda path: path.symlink_to("nowhere"),
    "loop": lambda path: path.symlink_to(path),
    "device": lambda path: path.symlink_to("/dev/zero"),
    "too-long": lambda path: path.write_bytes(b"{}" + b" " * ((1 << 20) - 1)),
    "endless": make_endless,
}


@pytest.mark.parametrize("kind", ODD_FILES)
def test_what_cannot_be_read(tmp_path, kind):
    """The path itself, or a file in the folder that it is; nothing hangs."""
    path = tmp_path / "x.json"
    ODD_FILES[kind](path)
    bad_services(path, f"cannot read '{path}': ")
    bad_services(tmp_path, f"cannot read '{path}': ")


def test_a_missing_file(tmp_path):
    bad_services(tmp_path / "x.json", f"cannot read '{tmp_path}/x.json': No such file")


def test_parts_of_the_path_that_are_no_folder(path):
    bad_services(path / "x.json", f"cannot read '{path}/x.json': Not a directory")


@pytest.fixture
def unprivileged():
    """What root may read in spite of the mode is not read."""
    drop = "-dac_override,-dac_read_search"
    return ["/usr/bin/setpriv", f"--bounding-set={drop}", f"--inh-caps={drop}"]


def test_unreadable(path, unprivileged):
    folder = path.parent
    path.chmod(0)
    for given in (path, folder):
        line = refused("serve", "--check", "-S", given, wrapper=unprivileged).err
        assert line == f"udpdisc: cannot read '{path}': Permission denied, to --user '0'\n"
        assert refused("serve", "-p", next_port(), "-S", given, wrapper=unprivileged).err == line
    path.chmod(0o600)
    folder.chmod(0o300)
    refused("serve", "--check", "-S", folder, wrapper=unprivileged,
            names=[f"cannot read '{folder}': Permission denied"])
    folder.chmod(0o700)


@pytest.mark.parametrize("names", [[], [".hidden.json", ".json", "x.json~", "x.JSON", "json",
                                        "x.json.new", "README"]])
def test_a_folder_without_services(tmp_path, names):
    for name in names:
        (tmp_path / name).write_text("no JSON", "ascii")
    (tmp_path / "folder").mkdir()
    warning = f"udpdisc: warning: there is no *.json in '{tmp_path}'\n"
    check = run("serve", "--check", "-S", tmp_path)
    assert (check.code, check.err) == (0, warning) and ["services", str(tmp_path)] in [
        row[:2] for row in check.rows]
    with serve_services(tmp_path) as (server, port):
        assert server.wait_log(warning).endswith(f"for 0 services of '{tmp_path}'\n{warning}")
        assert ask(port) == INVALID


def test_a_folder(tmp_path):
    (tmp_path / "b.json").write_text('{"SQL": {"RP": "b"}, "B": {}}', "ascii")
    (tmp_path / "a.json").write_text(SQL, "ascii")
    (tmp_path / "c.json").symlink_to("missing")
    bad_services(tmp_path, f"cannot read '{tmp_path}/c.json': ")
    (tmp_path / "missing").write_text('{"C": {}}', "ascii")
    for name in (".hidden.json", ".json", "b.json~", "z.JSON"):
        (tmp_path / name).write_text("no JSON", "ascii")
    warning = (f"udpdisc: warning: service 'SQL' of '{tmp_path}/a.json' gives way to that of "
               f"'{tmp_path}/b.json'\n")
    for given in (tmp_path, f"{tmp_path}/"):
        check = run("serve", "--check", "-S", given)
        assert (check.code, check.err) == (0, warning)
        with serve_services(given) as (server, port):
            assert ask(port) == b"TGED REPLY 1.0\r\nRP: b\r\n\r\n"
            assert f" for 3 services of '{given}'\n" in server.log
            assert server.log.endswith(warning)


def test_one_bad_file_refuses_the_folder(tmp_path):
    (tmp_path / "a.json").write_text(SQL, "ascii")
    (tmp_path / "b.json").write_text("[1", "ascii")
    bad_services(tmp_path, f"{tmp_path}/b.json:1:3: ")


def test_a_folder_of_more_than_1_mib_in_all(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.json").write_text("{}" + " " * ((1 << 19) - 2), "ascii")
    checked("-S", tmp_path)
    (tmp_path / "c.json").write_text("{}", "ascii")
    bad_services(tmp_path, f"cannot read '{tmp_path}/c.json': ", "1 MiB")


def test_a_folder_of_too_many_files(tmp_path):
    for i in range(4096):
        (tmp_path / f"{i}.json").write_text("{}", "ascii")
    checked("-S", tmp_path)
    (tmp_path / "more.json").write_text("{}", "ascii")
    bad_services(tmp_path, f"cannot read '{tmp_path}': ", "4096")


def test_check_binds_nothing(path, taken_port):
    checked("-S", path, "--tged-port", taken_port)


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("only", [(), ("--tged-only",)])
@pytest.mark.parametrize("loudness", [(), ("-q",)])
def test_a_taken_port(path, given, only, loudness):
    port = next_port() if given else 4745
    words = [f"--tged-port={port}"] if given else []
    own = next_port()
    with udp_socket("0.0.0.0", port):
        result = run("serve", "-p", own, "-S", path, *words, *only, *loudness)
    assert (result.code, result.out, result.err.count("\n")) == (3, "", 1)
    assert str(port) in result.err and "--tged-port" in result.err
    assert str(own) not in result.err and pending(own) is None


def test_a_taken_port_that_the_other_protocol_has_by_default(path):
    """It is --tged-port that would take another."""
    with udp_socket("0.0.0.0", 9999):
        result = run("serve", "--tged-only", "--tged-port=9999", "-S", path)
    assert (result.code, result.err.count("\n")) == (3, 1)
    assert "9999" in result.err and "--tged-port" in result.err


def test_the_taken_port_of_the_other_protocol(path, taken_port):
    port = next_port()
    result = run("serve", "-p", taken_port, "-S", path, "--tged-port", port)
    assert (result.code, result.err.count("\n")) == (3, 1)
    assert str(taken_port) in result.err and "--tged-port" not in result.err
    with serve(argv=["serve", "-p", taken_port, "--tged-only", "-S", path, "--tged-port", port],
               port=port) as server:
        assert ask(port) == REPLY
        assert server.log == f"udpdisc: listening on 0.0.0.0:{port} for 1 service of '{path}'\n"


def test_a_forbidden_port(path):
    dropped = ["/usr/bin/setpriv", "--bounding-set=-net_bind_service",
               "--inh-caps=-net_bind_service"]
    result = run("serve", "-p", next_port(), "-S", path, "--tged-port=80", wrapper=dropped)
    assert (result.code, result.err.count("\n")) == (3, 1) and " 80: " in result.err
    assert result.err.endswith("; ports below 1024 need root or CAP_NET_BIND_SERVICE\n")


def test_a_port_that_is_forbidden_for_another_reason(tracer):
    port = next_port()
    fault = tracer.wrapper("-e", "inject=bind:error=EACCES:when=1")
    result = run("serve", "-p", port, wrapper=fault)
    assert result.code == 3
    assert result.err == f"udpdisc: cannot listen on UDP port {port}: Permission denied\n"


@pytest.mark.parametrize("text, count", [
    ("{}", "0 services"), (SQL, "1 service"), ('{"A": {}, "B": {}}', "2 services")])
def test_lines_at_the_start(path, text, count):
    path.write_text(text, "ascii")
    with serve_services(path) as (server, port):
        assert server.log == (
            f"udpdisc: listening on 0.0.0.0:{server.port} for 'DISCOVER_SERVER'\n"
            f"udpdisc: listening on 0.0.0.0:{port} for {count} of '{path}'\n")
        assert ask(server.port, MESSAGE) == ANSWER
        assert ask(port) == (REPLY if text == SQL else INVALID)


def test_json_lines_at_the_start(path):
    with serve_services(path, "-j") as (server, port):
        records = [json.loads(line) for line in server.log.splitlines()]
        first, second = records
        assert list(first) == ["time", "level", "message", "port"]
        assert list(second) == ["time", "level", "message", "port", "services"]
        assert [record.pop("time")[-1] for record in records] == ["Z", "Z"]
        assert records == [
            {"level": "info", "port": server.port,
             "message": f"listening on 0.0.0.0:{server.port} for 'DISCOVER_SERVER'"},
            {"level": "info", "port": port, "services": 1,
             "message": f"listening on 0.0.0.0:{port} for 1 service of '{path}'"}]


def test_a_path_of_odd_bytes_keeps_the_log_whole(tmp_path):
    path = os.fsencode(tmp_path) + b"/a\nudpdisc: x\x1b[2J\xff.json"
    pathlib.Path(os.fsdecode(path)).write_text(SQL, "ascii")
    for given in (path, os.fsencode(tmp_path)):
        with serve_services(given) as (server, port):
            assert ask(port) == REPLY
            assert server.log.count("\n") == 2
            assert server.log.replace("\n", "").isprintable()


def test_default_ports(path):
    with serve(argv=["serve", "-S", path], port=4745) as server:
        server.wait_log(f"listening on 0.0.0.0:4745 for 1 service of '{path}'")
        assert (ask(4745), ask(9999, MESSAGE)) == (REPLY, ANSWER)


def test_the_ports_are_free_again_at_once(path):
    for _ in range(3):
        with serve(argv=["serve", "-p9997", "-S", path, "--tged-port=4747"], port=4747) as server:
            assert (ask(4747), ask(9997, MESSAGE)) == (REPLY, ANSWER)
            assert server.stop() == 0
        assert (pending(4747), pending(9997)) == (None, None)


def test_a_port_that_is_not_used_is_not_bound(path):
    with serve(argv=["serve", "-p9996", "--tged-only", "-S", path, "--tged-port=4748"],
               port=4748) as server:
        assert ask(4748) == REPLY
        assert pending(9996) is None
        assert server.stop() == 0
        assert server.log.endswith("1 probes, 1 replies\n")
    with serve(argv=["serve", "-p9996", "--tged-port=4748"], port=9996) as server:
        assert ask(9996, MESSAGE) == ANSWER
        assert pending(4748) is None


def test_quiet(path):
    with serve_services(path, "-q", ready=None) as (server, port):
        assert (ask(server.port, MESSAGE), ask(port)) == (ANSWER, REPLY)
        server.send(signal.SIGHUP)
        assert ask(port) == REPLY
        assert server.stop() == 0
        assert server.log == ""


def test_quiet_at_a_bad_start(path):
    path.write_text("[", "ascii")
    assert refused("serve", "-q", "-S", path).err == refused("serve", "-S", path).err


def test_compact(path):
    with serve_services(path, "--tged-compact") as (_, port):
        assert ask(port) == REPLY.replace(b": ", b":")
        assert ask(port, REQUEST.replace(b"SQL", b"sql")) == INVALID.replace(b": ", b":")


@pytest.mark.parametrize("args", [(), ("-j",), ("-vv",)])
def test_sighup_without_services_is_harmless(args):
    with serve(*args) as server:
        for _ in range(20):
            server.send(signal.SIGHUP)
            assert server.ask()[0] == ANSWER
        counters = server.counters()
        assert (counters["replies"], counters["reloads"]) == ("20", "0")
        assert "reloaded" not in server.log and "error" not in server.log
        assert server.stop() == 0


@pytest.mark.parametrize("redirection", REDIRECTIONS)
def test_closed_descriptors(path, redirection):
    """No socket and no services file becomes standard input, output or error."""
    with serve_services(path, "-vv", ready=None,
                        wrapper=shell(f'exec "$@" {redirection}')) as (server, port):
        for _ in range(3):
            assert (ask(server.port, MESSAGE), ask(port)) == (ANSWER, REPLY)
        server.send(signal.SIGHUP)
        assert (ask(server.port, MESSAGE), ask(port)) == (ANSWER, REPLY)
        for number in range(3):
            held = pathlib.Path(f"/proc/{server.process.pid}/fd/{number}")
            assert not held.exists() or not stat.S_ISSOCK(held.stat().st_mode)
        assert path.read_text("ascii") == SQL
        assert server.process.poll() is None and server.stop() == 0


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
def test_check_that_cannot_be_printed(path, redirection):
    result = run("serve", "--check", "-S", path, wrapper=shell(f'exec "$@" {redirection}'))
    assert result.code == 3 and result.err.startswith("udpdisc: ")
    path.write_text("[", "ascii")
    result = run("serve", "--check", "-S", path, wrapper=shell(f'exec "$@" {redirection}'))
    assert result.code == 2 and result.err.startswith(f"udpdisc: {path}:1:2: ")


def test_a_discover_that_reads_no_stdin(path):
    with serve_services(path) as (_, port):
        args = ("discover-one", "-js", "SQL", "-T", f"127.0.0.1:{port}", "-t", LIMIT_S)
        result = run(*args, wrapper=shell('exec "$@" <&- 2>&-'))
    assert (result.code, result.json["port"]) == (0, 3306)


def test_only_so_many_services_of_several_files_are_told_of(tmp_path):
    text = json.dumps({f"s{n}": {} for n in range(10)})
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(text, "ascii")
    with serve_services(tmp_path) as (server, _):
        server.wait_log("10 services are in several files")
        assert server.log.count("' gives way to that of '") == 8


def test_what_is_no_request_is_told_of(tmp_path):
    path = tmp_path / "services.json"
    path.write_text(SQL, "ascii")
    with serve_services(path, "-vv") as (server, port):
        with udp_socket() as asker:
            asker.sendto(b"junk", ("127.0.0.1", port))
        server.wait_log("it is no request of TGED): 'junk'")
