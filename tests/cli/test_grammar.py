"""How options are written, and what is said about those that can't be read."""

import pytest

from clitool import COMMANDS, refused, run


def checked(*args, **options):
    """The settings that `serve --check -j args` reports."""
    result = run("serve", "--check", "-j", *args, **options)
    assert result.code == 0, result.err
    return result.json


@pytest.mark.parametrize("args, name, value", [
    (("--port=9",), "port", 9),
    (("--port", "9"), "port", 9),
    (("-p9",), "port", 9),
    (("-p", "9"), "port", 9),
    (("-jp9",), "port", 9),
    (("-jp", "9"), "port", 9),
    (("-vjp9",), "port", 9),
    (("-mx", "-p9"), "port", 9),
    (("--message=a=b",), "message", "a=b"),
    (("-m=x",), "message", "=x"),
    (("-mp9",), "message", "p9"),
    (("-m", "-p"), "message", "-p"),
    (("-m", "--"), "message", "--"),
    (("--message", "--port"), "message", "--port"),
    (("--message=--",), "message", "--"),
    (("-p9", "--"), "port", 9),
    (("-p1", "-p2"), "port", 2),
    (("--port=2", "-p", "1"), "port", 1),
    (("-m", "one", "--message=two"), "message", "two"),
    (("-i", "a", "-i", "b"), "interfaces-whitelist", "b"),
    (("--allow", "10.0.0.0/8", "--allow=1.2.3.4/32"), "allow", ["10.0.0.0/8", "1.2.3.4/32"]),
    (("--advertise", "10.0.0.1", "--advertise=10.0.0.2:80"), "advertise",
     ["10.0.0.1", "10.0.0.2:80"]),
])
def test_readable(args, name, value):
    assert checked(*args)[name] == {"value": value, "origin": "option"}


@pytest.mark.parametrize("args, first", [
    (("-qj",), "["), (("-jq",), "["), (("-jv",), "["), (("-j", "-q"), "["),
    (("-vv",), "lo\t"), (("-v", "-v"), "lo\t"), (("--",), "lo\t"), (("--verbose",), "lo\t")])
def test_clusters_of_flags(args, first):
    result = run("ifaces", *args)
    assert result.code == 1
    assert result.out.startswith(first)


@pytest.mark.parametrize("args, first", [
    (("-j", "-o", "text"), "127.0.0.1\t"),
    (("-o", "text", "-j"), "[{"),
    (("-jo", "ndjson"), "{"),
    (("-ojson", "-ondjson"), "{"),
])
def test_last_output_format_wins(server, args, first):
    result = run("discover", "--target", f"127.0.0.1:{server.port}", "-c1", *args)
    assert "".join(result.out.split()).startswith("".join(first.split())), result.out


@pytest.mark.parametrize("command, args, names", [
    # unknown; abbreviations are
    ("discover", ["--bogus"], ["'--bogus'", "help discover"]),
    ("serve", ["--bogus=1"], ["--bogus", "help serve"]),
    ("discover", ["--por", "9"], ["--por"]),
    ("discover", ["--por=9"], ["--por"]),
    ("serve", ["--ports", "9"], ["--ports"]),
    ("serve", ["--adv", "10.0.0.1"], ["--adv"]),
    ("ifaces", ["--verb"], ["--verb"]),
    ("ifaces", ["---quiet"], ["---quiet"]),
    ("ifaces", ["--=x"], ["--"]),
    ("ifaces", ["--Quiet"], ["--Quiet"]),
    ("ifaces", ["-quiet"], ["u"]),
    ("ifaces", ["-Z"], ["Z"]),
    ("ifaces", ["-jZ"], ["Z"]),
    ("ifaces", ["-jqZ"], ["Z"]),
    ("ifaces", ["-j-"], ["-"]),
    ("ifaces", ["-j\x1b"], ["help ifaces"]),
    # of other commands
    ("ifaces", ["-p", "9"], ["p"]),
    ("ifaces", ["--port=9"], ["--port"]),
    ("serve", ["-t", "5"], ["t"]),
    ("serve", ["--target", "127.0.0.1"], ["--target"]),
    ("check-segmented", ["--timeout", "1"], ["--timeout"]),
    ("discover", ["--allow", "any"], ["--allow"]),
    ("discover", ["--check"], ["--check"]),
    ("discover", ["--address", "10.0.0.0/8"], ["--address"]),
    ("discover-one", ["--count", "1"], ["--count"]),
    ("discover-one", ["-c1"], ["c"]),
    ("discover-one", ["--expect=1"], ["--expect"]),
    ("discover-one", ["-x", "1"], ["x"]),
    # values missing or too many
    ("discover", ["--port"], ["--port"]),
    ("discover", ["-p"], ["p"]),
    ("serve", ["-jp"], ["p"]),
    ("discover", ["-j", "--target"], ["--target"]),
    ("discover", ["--limited=1"], ["--limited"]),
    ("discover", ["--broadcast=yes"], ["--broadcast"]),
    ("ifaces", ["--quiet="], ["--quiet"]),
    ("serve", ["--check=true"], ["--check"]),
    ("serve", ["--help=1"], ["--help"]),
    ("discover", ["--port="], ["--port"]),
    ("discover", ["--port", ""], ["--port"]),
    ("discover", ["--message="], ["--message", "1024"]),
    ("serve", ["--response-prefix="], ["--response-prefix", "1000"]),
    # operands
    ("discover", ["eth0"], ["'eth0'"]),
    ("discover", ["-"], ["'-'"]),
    ("discover", [""], ["''"]),
    ("discover", ["--", "-p9"], ["'-p9'"]),
    ("serve", ["--check", "9999"], ["'9999'"]),
    ("ifaces", ["lo", "-j"], ["'lo'"]),
    ("check-segmented", ["10.0.0.0/8"], ["'10.0.0.0/8'"]),
    # contradictions
    ("discover", ["-c", "2", "-x", "3"], ["--expect", "--count"]),
    ("discover", ["--limited", "--target", "127.0.0.1"], ["--limited", "--target"]),
    ("discover", ["-qv"], ["--quiet", "--verbose"]),
    ("serve", ["-v", "--check", "-q"], ["--quiet", "--verbose"]),
    ("check-segmented", ["--address", "10.0.0.0/8", "-i", "lo"],
     ["--address", "--interfaces-whitelist"]),
    ("check-segmented", ["--address", "10.0.0.0/8", "--interfaces-blacklist", "lo"],
     ["--address", "--interfaces-blacklist"]),
    ("serve", ["-m", "SERVER_IP:x"], ["--message", "--response-prefix"]),
    ("serve", ["-m", "AB", "--response-prefix", "AB"], ["--message", "--response-prefix"]),
    ("discover", ["-m", "AB", "--response-prefix", "A"], ["--message", "--response-prefix"]),
])
def test_unreadable(command, args, names):
    refused(command, *args, names=names)


@pytest.mark.parametrize("command", COMMANDS)
def test_one_error_at_a_time(command):
    """However many are wrong, it is the first that the one line is about."""
    refused(command, "--first", "--second", "-Z", "operand", names=["--first"])
