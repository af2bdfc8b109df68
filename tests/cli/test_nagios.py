"""-o nagios: one line, its exit codes, and nothing on stderr whatever happens."""

import os
import re
import signal

import pytest

import stages
from clitool import (ANSWER, COMMANDS, responder, run, run_on_terminal, shell, udp_socket,
                     variables, wait_for)
from names import etc

LINE = re.compile(r"UDPDISC ([A-Z]+) - ([^|\n]*[^|\n ])( \| servers=(\d+);;;0 time=(\d+\.\d{3})s"
                  r";;;0)?\n")
CODES = {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}
FORMS = [["-o", "nagios"], ["-onagios"], ["--output", "nagios"], ["--output=nagios"],
         ["-qo", "nagios"], ["-qonagios"], ["-vvonagios"], ["-j", "-o", "nagios"]]
THREE = (b"SERVER_IP:10.0.0.10", b"SERVER_IP:10.0.0.9:90", b"SERVER_IP:10.0.0.9:80")
NAMES = "10.0.0.9:80, 10.0.0.9:90, 10.0.0.10:8000"
NOBODY = ["-T127.0.0.1:1", "-t0.05", "-r0"]
SIGNALS = [signal.SIGINT, signal.SIGTERM]


class Line:
    """The one line of a plugin: its parts, which fit together and to the exit code."""

    def __init__(self, code, out, err=""):
        assert err == ""
        match = LINE.fullmatch(out)
        assert match, out
        self.state, self.text, numbers, self.servers, self.time = match.groups()
        assert (code, bool(numbers)) == (CODES[self.state], self.state != "UNKNOWN")
        assert self.text.isprintable()


def plugin(*args, **options):
    result = run(*args, **options)
    return Line(result.code, result.out, result.err)


def check(*args, command="discover", **options):
    return plugin(command, *args, "-o", "nagios", **options)


def unknown(*args, **options):
    """The text of a line that is UNKNOWN."""
    line = plugin(*args, **options)
    assert line.state == "UNKNOWN"
    return line.text


# --- what it says ------------------------------------------------------------

@pytest.mark.parametrize("args, state, servers, text", [
    (["-c1"], "OK", 1, "1 server: 10.0.0.10:8000"),
    (["-c2"], "OK", 2, "2 servers: 10.0.0.9:90, 10.0.0.10:8000"),
    (["-c3", "-x3"], "OK", 3, f"3 servers: {NAMES}"),
    (["-x0", "-c3"], "OK", 3, f"3 servers: {NAMES}"),
    (["-x4"], "WARNING", 3,
     f"3 servers: {NAMES}; only 3 of 4 expected servers answered within 0.2 s"),
    (["-x65536"], "WARNING", 3,
     f"3 servers: {NAMES}; only 3 of 65536 expected servers answered within 0.2 s")])
def test_servers(args, state, servers, text):
    with responder(*THREE) as peer:
        line = check("-T", peer.target, "-t0.2", *args)
    assert (line.state, line.servers, line.text) == (state, str(servers), text)
    assert float(line.time) < 2


def test_one_server_of_two():
    with responder(ANSWER) as peer:
        line = check("-T", peer.target, "-t0.2", "-x2")
    assert line.state == "WARNING"
    assert line.text == ("1 server: 127.0.0.1:8000; "
                         "only 1 of 2 expected servers answered within 0.2 s")


@pytest.mark.parametrize("command", ["discover", "discover-one"])
def test_no_server(command):
    """With the reasons that stderr would hold."""
    line = check("-T127.0.0.1:1", "-t0.3", "-r0", command=command)
    assert (line.state, line.servers) == ("CRITICAL", "0")
    assert line.text.startswith("0 servers: no server answered within 0.3 s; "
                                "sent 1 probe to 127.0.0.1:1; 0 foreign datagrams came")
    assert 0.3 <= float(line.time) < 3


def test_no_server_says_what_quiet_would():
    with responder(b"junk", b"more") as peer:
        args = ["discover", "-T", peer.target, "-x3", "-t0.2", "-r0"]
        said = run(*args, "-q").err
        line = plugin(*args, "-o", "nagios")
    assert (line.state, said) == ("CRITICAL", f"udpdisc: {line.text[11:]}\n")
    assert "2 foreign datagrams" in line.text


def test_no_server_where_none_is_expected():
    line = check(*NOBODY, "-x0")
    assert (line.state, line.text, line.servers) == ("OK", "0 servers", "0")


def test_discover_one(server):
    line = check("-T", f"127.0.0.1:{server.port}", command="discover-one")
    assert (line.state, line.text, line.servers) == ("OK", "1 server: 127.0.0.1:8000", "1")


@pytest.mark.parametrize("count, more", [(15, ""), (16, ""), (17, ", ..."), (40, ", ...")])
def test_sixteen_servers_are_named(count, more):
    with responder(*(b"SERVER_IP:10.0.0.%d" % n for n in range(count, 0, -1))) as peer:
        line = check("-T", peer.target, f"-c{count}")
    names = ", ".join(f"10.0.0.{n}:8000" for n in range(1, min(count, 16) + 1))
    assert line.text == f"{count} servers: {names}{more}"
    assert line.servers == str(count)


def test_a_server_without_a_port_is_its_address():
    replies = [b"TGED REPLY 1.0\r\nIP: 10.0.0.%d\r\n%s\r\n" % reply for reply in (
        (5, b"PORT: 80\r\n"), (4, b""), (5, b""), (4, b"X: 1\r\n"))]
    with responder(*replies) as peer:
        line = check("-T", peer.target, "-sSQL", "-c4")
    assert line.text == "4 servers: 10.0.0.4, 10.0.0.4, 10.0.0.5, 10.0.0.5:80"


def test_a_service_that_nobody_has():
    with responder(b"TGED INVALID 1.0\r\nRP: INVALID\r\n\r\n") as peer:
        line = check("-T", peer.target, "-sSQL", "-t0.1", "-r0")
    assert line.state == "CRITICAL"
    assert line.text.startswith("0 servers: no server has service 'SQL': 1 said INVALID")


def test_a_bar_is_no_bar():
    """What stands behind the first one are numbers."""
    line = check(*NOBODY, "-sa|b||")
    assert (line.state, "service 'a\\x7cb\\x7c\\x7c'" in line.text) == ("CRITICAL", True)
    for args in (["discover", "-Ta|b", "-o", "nagios"], ["a|b", "-o", "nagios"],
                 ["ifaces", "--a|b", "-onagios"]):
        assert "a\\x7cb'" in unknown(*args)


def test_control_bytes():
    assert "a\\x1b[m\\x0ab" in unknown("discover", "-o", "nagios", "a\x1b[m\nb")
    line = check(*NOBODY, "-s", "a\x1b\x07b")
    assert "'a\\x1b\\x07b'" in line.text


def test_a_terminal_has_the_same_line(server):
    result = run_on_terminal("discover-one", "-onagios", "-T", f"127.0.0.1:{server.port}")
    assert Line(result.code, result.out, result.err).state == "OK"


# --- where it stands -----------------------------------------------------------

@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("command", ["discover", "discover-one"])
def test_forms(server, command, form):
    target = f"-T127.0.0.1:{server.port}"
    more = ["-c1"] if command == "discover" else []
    for args in ([*form, target, *more], [target, *more, *form]):
        line = plugin(command, *args)
        assert (line.state, line.text) == ("OK", "1 server: 127.0.0.1:8000")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("word", ["--bogus", "-Z", "operand", "--port=x", "-qv"])
def test_usage_errors(form, word):
    name = {"-qv": "--quiet", "-Z": "Z", "--port=x": "--port 'x'"}.get(word, f"'{word}'")
    for args in ([word, *form], [*form, word]):
        assert name in unknown("discover", *args)


@pytest.mark.parametrize("command", [*COMMANDS, "help"])
def test_usage_errors_of_each_command(command):
    for form in FORMS[:5]:
        assert "'--bogus'" in unknown(command, "--bogus", *form)
        unknown(command, *form, "--bogus")


@pytest.mark.parametrize("args, name", [
    (["bogus"], "unknown command 'bogus'"), ([""], "unknown command ''"),
    (["--bogus"], "'--bogus'"), (["help"], "'-o'"), (["help", "bogus"], "'-o'"),
    (["--version"], "'-o'"), (["-h"], "'-o'"),
    (["serve"], "-o"), (["ifaces"], "-o"), ([], "'-o'")])
def test_usage_errors_of_no_command(args, name):
    """Mistyped, or put where a command would be."""
    assert name in unknown(*args, "-o", "nagios")


def test_usage_errors_of_a_link():
    assert "'--bogus'" in unknown("--bogus", "-o", "nagios", argv0="discover")
    assert "'x'" in unknown("x", "-onagios", argv0="/usr/lib/nagios/plugins/discover-one")


@pytest.mark.parametrize("args, names", [
    (["-w"], ["--watch", "nagios"]), (["-c2", "-x3"], ["--expect", "--count"]),
    (["-T0.0.0.0"], ["--target '0.0.0.0'"]), (["-T::1"], ["IPv6"]), (["--limited", "-T1.2.3.4"],
                                                                   ["--limited"]),
    (["--targets-file", "/missing"], ["'/missing'", "No such file"]), (["-t"], ["-t"]),
    (["--interval=0"], ["--interval"]), (["--output-file="], ["--output-file"]),
    (["-T127.0.0.0/8"], ["--force"])])
def test_what_is_wrong_with_the_options(args, names):
    text = unknown("discover", "-o", "nagios", *args)
    for name in names:
        assert name in text


@pytest.mark.parametrize("variable, text", [
    ("port", "x"), ("timeout", "0"), ("retries", "17"), ("enable_subnet_scan", "maybe")])
def test_a_bad_variable(variable, text):
    said = unknown("discover-one", "-onagios", env=variables(**{variable: text}))
    assert f"DISCOVERY_CLIENT_{variable.upper()} '{text}'" in said


@pytest.mark.parametrize("args", [["-h"], ["--help"], ["-V"], ["--version"]])
def test_help_is_help(args):
    for form in FORMS:
        result = run("discover", *form, *args)
        assert (result.code, result.err) == (0, "")
        assert result.out == run("discover", *args).out


def test_the_last_format_wins(server):
    target = f"-T127.0.0.1:{server.port}"
    assert plugin("discover-one", target, "-j", "-o", "text", "-o", "nagios").state == "OK"
    result = run("discover-one", target, "-o", "nagios", "-j")
    assert (result.code, result.json["ip"]) == (0, "127.0.0.1")
    result = run("discover", *NOBODY, "-o", "nagios", "-j")
    assert (result.code, result.out) == (1, "[]\n")
    assert result.err.startswith("udpdisc: no server answered")
    assert "'--bogus'" in unknown("discover", "-o", "nagios", "-j", "--bogus")


# --- what could not run ----------------------------------------------------------

@pytest.mark.parametrize("command", ["discover", "discover-one"])
def test_nothing_to_send_to(command):
    assert "no interface" in unknown(command, "-o", "nagios", "-t0.1")
    assert "no target" in unknown(command, "-o", "nagios", "--targets-file=/dev/null")


def test_every_send_failed():
    assert "no probe could be sent" in unknown("discover", "-onagios", "-t0.1", "-T192.0.2.1")


def test_a_port_that_is_taken(taken_port):
    port = f"--source-port={taken_port}"
    assert str(taken_port) in unknown("discover", "-onagios", *NOBODY, port)


def test_a_name_that_leads_nowhere(tmp_path):
    names = etc(tmp_path, "127.0.0.1 localhost\n0.0.0.0 zero\n")
    assert "'zero'" in unknown("discover", "-onagios", "-Tzero", wrapper=names)
    with responder(ANSWER) as peer:
        line = check("-Tzero", f"-Tlocalhost:{peer.port}", "-c1", wrapper=names)
    assert (line.state, line.text) == ("OK", "1 server: 127.0.0.1:8000")


# --- stderr ------------------------------------------------------------------------

@pytest.mark.parametrize("args", [["-v"], ["-vv"], ["-q"], ["--interval=5"], ["--tged-port=9"],
                                  ["-vv", "--interval=5", "--tged-port=9", "-inone"]])
@pytest.mark.parametrize("given, state", [(["-c1"], "OK"), (["-t0.1", "-x2"], "WARNING")])
def test_nothing_goes_to_stderr(args, given, state):
    """Which Line looks at; warnings and what is dropped would."""
    with responder(b"junk", ANSWER) as peer:
        assert check("-T", peer.target, *args, *given).state == state
    assert check(*NOBODY, *args).state == "CRITICAL"


def test_a_segmented_network():
    """The warning would have many lines."""
    host = shell("ip link add v0 type veth peer name v1 && ip addr add 10.20.1.1/16 dev v0 &&"
                 'ip link set v0 up && ip link set v1 up && exec "$@"')
    line = check("-t0.1", wrapper=["/usr/bin/unshare", "-n", *host])
    assert line.state == "CRITICAL"
    assert "segmented network detected" in line.text and "--scan" in line.text


# --- as a daemon would start it ------------------------------------------------------

@pytest.mark.parametrize("script", ['exec env -i "$@" <&-', 'exec env -i "$@" <&- 2>&-',
                                    'cd / && exec env -i "$@" <&- 2>/dev/full',
                                    'umask 777; exec "$@"', 'ulimit -c 0; exec "$@"'])
def test_as_plugins_are_run(server, script):
    given = ["-T", f"127.0.0.1:{server.port}", "-c1"]
    assert check(*given, wrapper=shell(script)).state == "OK"
    assert check(*NOBODY, wrapper=shell(script)).state == "CRITICAL"
    assert unknown("discover", "--bogus", "-o", "nagios", wrapper=shell(script))


@pytest.mark.parametrize("args", [["-T127.0.0.1:{port}", "-c1"], NOBODY, ["--bogus"], []])
def test_a_lost_line_is_unknown(server, args):
    """Nobody reads what cannot be written, but the exit code counts."""
    given = ["discover", "-onagios", *(word.format(port=server.port) for word in args)]
    for redirection in (">/dev/full", ">&-"):
        result = run(*given, wrapper=shell(f'exec "$@" {redirection}'))
        assert (result.code, result.err) == (3, "")
    reader, writer = os.pipe()
    os.close(reader)
    result = run(*given, stdout=writer)
    os.close(writer)
    assert (result.code, result.err) == (3, "")


# --- signals -------------------------------------------------------------------------

@pytest.mark.parametrize("signum", SIGNALS)
@pytest.mark.parametrize("command", ["discover", "discover-one"])
@pytest.mark.parametrize("stage", stages.BEFORE)
def test_a_signal_before_the_first_probe(tmp_path, stage, command, signum):
    with stage(tmp_path, command, "-o", "nagios") as process:
        line = Line(*stages.end(process, signum))
    assert line.state == "UNKNOWN" and line.text.startswith("ended by ")


@pytest.mark.parametrize("signum", SIGNALS)
@pytest.mark.parametrize("stage, count", [(stages.asking, "0 servers"),
                                          (stages.answered, "1 server ")])
def test_a_signal_while_it_asks(tmp_path, stage, count, signum):
    with stage(tmp_path, "discover", "-vv", "-o", "nagios") as process:
        line = Line(*stages.end(process, signum))
    assert line.state == "UNKNOWN"
    assert line.text.startswith(f"ended by {signum.name}; {count}")


@pytest.mark.parametrize("signum", SIGNALS)
def test_a_line_that_nobody_reads_can_be_given_up(server, signum):
    """The first signal can come before there is a line: then the next one ends it."""
    reader, writer = stages.full_pipe()
    with stages.started("discover-one", "-o", "nagios", "-T", f"127.0.0.1:{server.port}",
                        stdout=writer) as process:
        os.close(writer)
        wait_for(lambda: process.send_signal(signum) or process.poll() is not None, "its end")
        assert (process.returncode, process.stderr.read()) in [(3, b""), (-signum, b"")]
    os.close(reader)


def test_a_signal_at_each_call(server, tracer):
    """One line whenever it comes, but while the program is still being loaded."""
    args = ["discover-one", "-o", "nagios", "-T", f"127.0.0.1:{server.port}"]
    loading = True
    for call, result in tracer.at_each_call("signal=TERM", *args):
        loading = loading and result.code == -signal.SIGTERM
        if loading:
            assert (result.out, result.err) == ("", "")
            continue
        line = Line(result.code, result.out, result.err)
        assert line.state == "OK" or line.text.startswith("ended by "), call
    assert not loading


# --- --output-file ---------------------------------------------------------------------

@pytest.mark.parametrize("args, state", [
    (["-c1"], "OK"), (["-x3", "-t0.1"], "WARNING"), (["-q", "-c1"], "OK")])
def test_a_file_in_place_of_stdout(server, tmp_path, args, state):
    path = tmp_path / "line"
    result = run("discover", "-onagios", "--output-file", path, "-T", f"127.0.0.1:{server.port}",
                 *args)
    assert (result.out, result.err) == ("", "")
    assert Line(result.code, path.read_text("utf-8")).state == state


def test_a_file_where_none_answers(tmp_path):
    path = tmp_path / "line"
    result = run("discover", "-onagios", "--output-file", path, *NOBODY)
    assert (result.out, result.err) == ("", "")
    assert Line(result.code, path.read_text("utf-8")).state == "CRITICAL"


def test_a_file_that_can_not_be_written(tmp_path):
    """A daemon reads stdout."""
    text = unknown("discover", "-onagios", "--output-file", tmp_path / "no" / "x", *NOBODY)
    assert text.startswith(f"cannot write '{tmp_path}/no/x': No such file or directory")


def test_a_file_that_can_not_be_written_in_the_end(tmp_path):
    """The folder goes away meanwhile; the line that was kept for it is lost."""
    folder = tmp_path / "folder"
    folder.mkdir()
    with udp_socket() as peer, \
         stages.started("discover-one", "-onagios", "--output-file", folder / "x", "-T",
                        "127.0.0.1:{1}".format(*peer.getsockname())) as process:
        _, asker = peer.recvfrom(64)
        folder.rmdir()
        peer.sendto(ANSWER, asker)
        out, err = process.communicate(timeout=10)
    assert "cannot write" in Line(process.returncode, out.decode(), err.decode()).text


def test_the_file_is_replaced_once(server, tmp_path, tracer):
    path = tmp_path / "line"
    args = ["discover-one", "-onagios", "--output-file", path, "-T", f"127.0.0.1:{server.port}"]
    assert [name for name, _ in tracer.calls(*args) if name.startswith("rename")] == ["renameat"]
