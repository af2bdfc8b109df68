"""--source-port: all probes come from it, and it may be none that is asked."""

import pytest

from clitool import (ANSWER, NUMBERS_BAD, asked, next_port, refused, responder, run, settings,
                     udp_socket, variables)

BOTH = ["discover", "discover-one"]
UNPRIVILEGED = ["/usr/bin/setpriv", "--bounding-set=-net_bind_service",
                "--inh-caps=-net_bind_service"]


def test_all_probes_come_from_it():
    port = next_port()
    with responder(ANSWER, nth=3) as one, \
         responder(b"SERVER_IP:10.0.0.1", address="127.0.0.2") as two:
        result = run("discover", "-c2", "-T", one.target, "-T", two.target, "-p", next_port(),
                     "-T127.0.0.8/30", "-t0.8", "--source-port", port)
        assert (result.code, len(result.rows)) == (0, 2)
        assert {source for _, source in one.probes + two.probes} == {port}
        assert len(one.probes) == 3


@pytest.mark.parametrize("value", ["65535", " 40000 ", "00040001"])
def test_source_ports(value):
    with responder(ANSWER) as peer:
        result = run("discover", "-vc1", "-T", peer.target, "--source-port", value)
        assert result.code == 0
        assert [source for _, source in peer.probes] == [int(value)]
        assert settings(result)["source-port"] == f"{int(value)} (option)"


@pytest.mark.parametrize("value", [*NUMBERS_BAD, "0", "65536"])
def test_bad_source_ports(value):
    shown = [f"'{value}'"] if value.isascii() else []
    for command in BOTH:
        refused(command, "-T127.0.0.1", "--source-port", value,
                names=["bad --source-port '", *shown, "from 1 to 65535"])


@pytest.mark.parametrize("args, env", [
    (["--source-port=9999"], {}), (["-T127.0.0.1", "--source-port=9999"], {}),
    (["-T127.0.0.0/24", "--source-port=9999"], {}),
    (["-p8000", "--source-port=8000"], {}), (["--source-port=8000", "-p", "8000"], {}),
    (["-p8000", "--source-port=8000", "-T127.0.0.1"], variables(port="7000")),
    (["-sSQL", "--source-port=4745"], {}),
    (["-sSQL", "--tged-port=8000", "--source-port=8000"], {}),
    (["-T127.0.0.1:8000", "--source-port=8000"], {}),
    (["-T127.0.0.1", "-T127.0.0.2:8000", "--source-port=8000"], {}),
    (["-Tlocalhost:8000", "--source-port=8000"], {}),
    (["-sSQL", "-T127.0.0.1:8000", "--source-port=8000"], {}),
    # the default is what a variable gives way to, and it is the same here
    (["--source-port=9999"], variables(port="9999")),
    (["-T127.0.0.1:8000", "--source-port=8000"], variables(port="8000"))])
def test_the_port_that_is_asked_is_refused(args, env):
    port = next(word for word in args if word.startswith("--source-port=")).split("=")[1]
    for command in BOTH:
        refused(command, *args, env=env, names=[f"bad --source-port '{port}'", "asked"])
        refused(command, "-q", *args, env=env, names=[f"bad --source-port '{port}'"])


@pytest.mark.parametrize("line", [
    "127.0.0.1:8000", "127.0.0.1\n127.0.0.2:8000 # that", "localhost:8000"])
def test_the_port_of_a_line_is_refused_too(line, tmp_path):
    path = tmp_path / "targets"
    path.write_text(line, "ascii")
    refused("discover", "-t0.1", "--source-port=8000", "--targets-file", path,
            names=["--source-port '8000'"])


@pytest.mark.parametrize("args, env, targets", [
    (["-T127.0.0.1"], variables(port="8000"), ["127.0.0.1:9999"]),
    (["-T127.0.0.8/30"], variables(port="8000"), ["127.0.0.9:9999", "127.0.0.10:9999"]),
    (["-T127.0.0.1"], variables(port="7000"), ["127.0.0.1:7000"]),
    (["-p9", "-T127.0.0.1"], variables(port="8000"), ["127.0.0.1:9"]),
    (["-sSQL", "-T127.0.0.1"], variables(port="8000"), ["127.0.0.1:4745"]),
    (["-p9", "-T127.0.0.1:7000"], {}, ["127.0.0.1:7000"])])
def test_a_variable_gives_way(args, env, targets):
    assert asked("--source-port=8000", *args, env=env) == targets


def test_the_port_of_the_other_protocol_is_none_that_is_asked():
    assert asked("-sSQL", "-T127.0.0.1", "--source-port=9999") == ["127.0.0.1:4745"]
    assert asked("-T127.0.0.1", "--source-port=4745") == ["127.0.0.1:9999"]


def test_verbose_tells_that_a_variable_gave_way():
    result = run("discover", "-vr0", "-t0.05", "-T127.0.0.1", "--source-port=8000",
                 env=variables(port="8000"))
    assert settings(result)["port"] == "9999 (default)"


@pytest.mark.parametrize("command", BOTH)
@pytest.mark.parametrize("args", [[], ["-q"], ["-j"]])
def test_a_taken_port(taken_port, command, args):
    result = run(command, "-T127.0.0.1", "--source-port", taken_port, *args)
    assert (result.code, result.out, result.err.count("\n")) == (3, "", 1)
    assert f"cannot ask from UDP port {taken_port}: Address in use" in result.err or \
        f"cannot ask from UDP port {taken_port}: Address already in use" in result.err


def test_a_port_that_another_holds_at_one_address():
    with udp_socket("127.0.0.1", next_port()) as holder:
        result = run("discover", "-T127.0.0.1", "--source-port", holder.getsockname()[1])
    assert (result.code, result.err.count("\n")) == (3, 1)


@pytest.mark.parametrize("args", [[], ["-q"]])
def test_a_forbidden_port(args):
    result = run("discover", "-T127.0.0.1", "--source-port=80", *args, wrapper=UNPRIVILEGED)
    assert (result.code, result.out, result.err.count("\n")) == (3, "", 1)
    assert "cannot ask from UDP port 80: Permission denied" in result.err


def test_a_privileged_port():
    assert asked("-T127.0.0.1", "--source-port=80") == ["127.0.0.1:9999"]
