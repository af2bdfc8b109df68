"""Which values an option takes; what is wrong with the others is said in the line."""

import pytest

from clitool import refused, run

PORTS_BAD = ["0", "65536", "-1", "+5", "1e3", "0x10", "nan", "inf", "9.0", "9 9", "9999j",
             "99999999999999999999", "x", " ", "\u0669", "9\n9"]
SECONDS_GOOD = ["5", "0.5", ".5", "5.", " 5 ", "\t5\n", "0.001", "007"]
SECONDS_BAD = ["0", "0.0", "-1", "+1", "1e3", "inf", "nan", ".", "", "1,5", "0x1", "5s",
               "1.2.3", "5 5", "infinity", "1e-3", "-0"]
NETWORKS_GOOD = ["10.0.0.0/8", "10.1.2.3/8", "10.0.0.0/255.0.0.0", "10.9.9.9/255.255.254.0",
                 "0.0.0.0/0", "1.2.3.4/32", "1.2.3.4/255.255.255.255", "192.168.0.0/31"]
NETWORKS_BAD = ["10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "/8", "10.0.0.0/255.0.255.0",
                "10.0.0.0/0.0.0.255", "10.0.0/24", "10.0.0.256/24", "010.0.0.0/8", "::/0",
                "10.0.0.0/8/8", "10.0.0.0/+8", "10.0.0.0/255.0.0", "10.0.0.0/x", "", "x/8"]
LISTS_GOOD = ["lo", "lo,eth0", " lo , eth0 ", "e*,?o,[a-l]o", "lo,,eth0", ",lo,", "*"]
LISTS_BAD = ["", ",", " ", " , ", ",,", "\t"]
ADDRESSES_BAD = ["", "10.0.0", "10.0.0.1.1", "10.0.0.256", "10.0.0.01", "10.0.0.1:", ":80",
                 "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:x", "10.0.0.1:80:80", "10.0.0.-1",
                 "10.0.0.1:+80", "10.0.0.0x1", "10..0.1"]
IPV6 = ["::1", "[::1]", "[::1]:9999", "fe80::1%eth0", "2001:db8::1", "::ffff:10.0.0.1"]


def rows(option, values, *extra):
    return [(option, value, *extra) for value in values]


def named(option, value):
    """What an error about option has to hold: it, and the value where that is plain."""
    return [option, f"'{value}'"] if value.isascii() and value.isprintable() else [option]


@pytest.mark.parametrize("option, value", [
    *rows("--port", ["1", "65535", "9999", " 99 ", "\t99\n"]),
    *rows("--advertise-port", ["1", "65535", " 80 "]),
    *rows("--duration", SECONDS_GOOD),
    *rows("--message", ["x", "x" * 1024, "\u00e9" * 512, " ", "a\tb", "SERVER"]),
    *rows("--response-prefix", ["x", "x" * 1000, "\u00e9" * 500, " "]),
    *rows("--advertise", ["10.0.0.1", "10.0.0.1:80", "10.0.0.1:65535", "1.2.3.4:1"]),
    *rows("--allow", [*NETWORKS_GOOD, "any", "1.2.3.4"]),
    *rows("--interfaces-whitelist", LISTS_GOOD),
    *rows("--interfaces-blacklist", LISTS_GOOD),
])
def test_serve_takes(option, value):
    for args in ((option, value), (f"{option}={value}",)):
        result = run("serve", "--check", *args)
        assert result.code == 0, result.err


@pytest.mark.parametrize("option, value, right", [
    *rows("--port", PORTS_BAD, "65535"),
    *rows("--advertise-port", PORTS_BAD, "65535"),
    *rows("--duration", SECONDS_BAD, ""),
    *rows("--message", ["x" * 1025, "\u00e9" * 512 + "x"], "1024"),
    *rows("--response-prefix", ["x" * 1001], "1000"),
    *rows("--advertise", [*ADDRESSES_BAD, *IPV6, "any", "localhost"], ""),
    *rows("--allow", [*NETWORKS_BAD, "any/8", "anything", "10.0.0"], ""),
    *rows("--interfaces-whitelist", LISTS_BAD, ""),
    *rows("--interfaces-blacklist", LISTS_BAD, ""),
])
def test_serve_refuses(option, value, right):
    names = [option, right] if len(value) > 99 else [*named(option, value), right]
    refused("serve", "--check", option, value, names=names)
    refused("serve", "--check", f"{option}={value}", names=names)


@pytest.mark.parametrize("option, value", [
    *rows("--timeout", SECONDS_GOOD[:-2]),
    *rows("--retries", ["0", "16", " 3 "]),
    *rows("--port", ["1", "65535", " 99 "]),
    *rows("--count", ["1", " 1 "]),
    *rows("--expect", ["0", "1"]),
    *rows("--output", ["text", "json", "ndjson"]),
    *rows("--interfaces-whitelist", LISTS_GOOD),
    *rows("--interfaces-blacklist", LISTS_GOOD),
])
def test_discover_takes(server, option, value):
    first = ["--count=1"] if option != "--count" else []
    result = run("discover", f"--target=127.0.0.1:{server.port}", *first, option, value)
    assert result.code == 0, result.err


@pytest.mark.parametrize("option, value, right", [
    *rows("--port", PORTS_BAD, "65535"),
    *rows("--timeout", SECONDS_BAD, ""),
    *rows("--retries", ["17", "-1", "1.5", "+1", "1e0", "x", "0x1", ""], "16"),
    *rows("--count", ["0", "65537", "-1", "1.0", "x", "+1", ""], "65536"),
    *rows("--expect", ["65537", "-1", "0.5", "x", "+1", ""], "65536"),
    *rows("--output", ["yaml", "", "text,json", "jso"], "ndjson"),
    *rows("--message", ["x" * 1025], "1024"),
    *rows("--response-prefix", ["x" * 1001], "1000"),
    *rows("--interfaces-whitelist", LISTS_BAD, ""),
    *rows("--interfaces-blacklist", LISTS_BAD, ""),
    *rows("--target", [*ADDRESSES_BAD, "0.0.0.0", "0.0.0.0:9999", "224.0.0.1", "239.255.255.250",
                       "224.0.0.1:1900"], ""),
    *rows("--target", IPV6, "IPv6"),
])
def test_discover_refuses(option, value, right):
    names = [option, right] if len(value) > 99 else [*named(option, value), right]
    refused("discover", "-t0.1", option, value, names=names)


def test_targets_are_looked_at_one_by_one(server):
    good = f"127.0.0.1:{server.port}"
    refused("discover", "-T", good, "-T", "::1", "-T", good, names=["'::1'", "IPv6"])


@pytest.mark.parametrize("value", NETWORKS_GOOD)
def test_segmented_address_takes(value):
    assert run("check-segmented", "--address", value).code in (0, 1)


@pytest.mark.parametrize("value", [*NETWORKS_BAD, "any", "10.0.0"])
def test_segmented_address_refuses(value):
    refused("check-segmented", "--address", value, names=named("--address", value))


@pytest.mark.parametrize("option", ["--interfaces-whitelist", "--interfaces-blacklist", "-i"])
@pytest.mark.parametrize("command", ["ifaces", "check-segmented", "discover-one"])
def test_lists_of_the_other_commands(command, option):
    refused(command, option, " , ")
