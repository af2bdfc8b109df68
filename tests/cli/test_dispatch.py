"""Which command runs: argv[1], the name of a link, help and version; exit codes."""

import os
import re

import pytest

from clitool import BINARY, COMMANDS, refused, run, serve, shell


def link(directory, name):
    path = directory / name
    os.symlink(BINARY, path)
    return path


def run_link(path, *args):
    """Runs the link itself rather than the binary with its name."""
    return run(*args, wrapper=shell(f'shift; exec {path} "$@"'))


@pytest.mark.parametrize("args, name", [
    ((), "help"),
    (("bogus",), "'bogus'"),
    (("Serve",), "'Serve'"),
    (("serv",), "'serv'"),
    (("discover_one",), "'discover_one'"),
    (("",), "''"),
    (("--bogus",), "'--bogus'"),
    (("-Z",), "Z"),
    (("-",), "'-'"),
    (("help", "bogus"), "'bogus'"),
    (("help", "serve", "extra"), "'extra'"),
])
def test_no_such_command(args, name):
    refused(*args, names=[name])


@pytest.mark.parametrize("args, meant", [
    (("serv",), "serve"), (("discover_one",), "discover-one"), (("check",), "check-segmented"),
    (("discover", "--timout=1"), "--timeout"), (("discover", "--tiemout", "1"), "--timeout"),
    (("discover", "--interfaces=lo"), "--interfaces-whitelist"), (("serve", "--prot"), "--port"),
    (("serve", "--servise"), None), (("discover", "--servise"), "--service"),
    (("discover", "--x"), None), (("bogus",), None), (("s",), None)])
def test_what_was_likely_meant(args, meant):
    """Of the names that go with this command."""
    told = f"; did you mean {meant}? see 'udpdisc help" if meant else "'; see 'udpdisc help"
    assert told in refused(*args).err


def test_control_bytes_of_an_argument_stay_off_the_terminal():
    refused("a\x1b[31m\nb\x07\x9b", names=["a", "[31m"])
    refused(b"\xff\xfebogus", names=["bogus"])


def test_help_lists_every_command():
    listing = run("help")
    assert (listing.code, listing.err) == (0, "")
    for name in (*COMMANDS, "completion", "help"):
        assert re.search(rf"^\s*{name}\s", listing.out, re.MULTILINE), name
    for same in ("-h", "--help"):
        assert run(same).out == listing.out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(command):
    page = run("help", command)
    assert (page.code, page.err) == (0, "")
    assert f"udpdisc {command}" in page.out
    for flag in ("-h", "--help"):
        same = run(command, flag)
        assert (same.code, same.out, same.err) == (0, page.out, "")


def test_help_needs_no_sound_environment():
    env = {"DISCOVERY_CLIENT_PORT": "bad"}
    assert run("discover", "--help", env=env).code == 0
    assert run("help", "discover", env=env).code == 0


@pytest.mark.parametrize("args", [
    ("-V",), ("--version",), *((command, "--version") for command in COMMANDS), ("serve", "-V")])
def test_version(args):
    result = run(*args)
    assert (result.code, result.err) == (0, "")
    assert re.fullmatch(r"udpdisc \S+\n", result.out)
    assert result.out == run("--version").out


@pytest.mark.parametrize("command", COMMANDS)
def test_link_named_after_a_command(tmp_path, command):
    path = link(tmp_path, command)
    assert run_link(path, "--help").out == run("help", command).out
    assert run(f"--{'x' * 8}", argv0=command).code == 2
    for argv0 in (command, str(path), f"./{command}", f"../x/{command}"):
        assert run("--help", argv0=argv0).out == run("help", command).out


def test_link_takes_operands_for_no_command(tmp_path):
    path = link(tmp_path, "ifaces")
    result = run_link(path, "serve")
    assert (result.code, result.out) == (2, "")
    assert "'serve'" in result.err


def test_link_to_a_link(tmp_path):
    os.symlink(link(tmp_path, "other"), tmp_path / "ifaces")
    assert run_link(tmp_path / "ifaces", "--help").out == run("help", "ifaces").out


@pytest.mark.parametrize("name", ["udpdisc-0.1", "foo", "serve.old", "xserve"])
def test_link_with_another_name_is_udpdisc(tmp_path, name):
    path = link(tmp_path, name)
    assert run_link(path, "--version").out == run("--version").out
    assert run_link(path, "help", "serve").out == run("help", "serve").out
    assert run_link(path, "bogus").code == 2


@pytest.mark.parametrize("argv0", ["", "/", "./", "serve/"])
def test_odd_argv0(argv0):
    refused("bogus", argv0=argv0, names=["bogus"])


def test_link_serves(tmp_path):
    with serve(argv=("-p", "9998"), port=9998, argv0=str(link(tmp_path, "serve"))) as server:
        assert server.ask()[0] == b"SERVER_IP:127.0.0.1"
        assert server.stop() == 0


@pytest.mark.parametrize("code, args", [
    (0, ("discover", "--target", "127.0.0.1:{port}", "-c", "1")),
    (0, ("discover-one", "--target", "127.0.0.1:{port}")),
    (0, ("check-segmented", "--address", "192.168.1.1/24")),
    (1, ("discover", "--target", "127.0.0.1:1", "-t", "0.1")),
    (1, ("discover-one", "--target", "127.0.0.1:1", "-t", "0.1")),
    (1, ("check-segmented", "--address", "10.0.0.1/16")),
    (1, ("ifaces",)),
    (2, ("ifaces", "--bogus")),
    (3, ("serve", "-p", "{port}")),
    (3, ("discover", "-t", "0.1")),
    (3, ("discover-one", "-t", "0.1")),
    (3, ("check-segmented",)),
])
def test_exit_status(server, code, args):
    result = run(*(word.format(port=server.port) for word in args))
    assert result.code == code, result.err
    if code in (2, 3):
        assert result.out == "" and result.err != ""


@pytest.mark.parametrize("word", ["--version", "-V", "--help", "-h"])
def test_nothing_goes_behind_the_words_that_stand_for_a_command(word):
    refused(word, "extra", names=("extra",))


def test_help_for_help():
    result = run("help", "help")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("usage: udpdisc help [OPTION]... [COMMAND | TOPIC]\n")
