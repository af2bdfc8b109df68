"""--scan and its variable, --rate, --force: how they are written, what they refuse."""

import pytest

from clitool import ANSWER, NUMBERS_BAD, asked, refused, responder, run, settings, shell

BOTH = ["discover", "discover-one"]
VARIABLE = "DISCOVERY_CLIENT_ENABLE_SUBNET_SCAN"
ON = ["true", "1", "yes", "on", "TRUE", "True", "tRuE", "YES", "Yes", "ON", "oN", " true ",
      "\ton\n"]
OFF = ["false", "0", "no", "off", "FALSE", "False", "NO", "nO", "OFF", "Off", " no ", "0\n"]
BAD_WORDS = ["2", "-1", "00", "01", "y", "n", "t", "tru", "trueish", "true false", "enabled",
             "oui", " ", "true,", "'yes'", "--scan", "0.0", "\x1b[2J", "on\u009b", "o n"]


def scan_setting(*args, env=None):
    """What -v tells of scan; there is no interface to broadcast on, which is exit 3."""
    result = run("discover", "-v", *args, env=env)
    assert result.code == 3, result.err
    return settings(result)["scan"]


def host(*commands):
    """A wrapper: a host of its own, with interface v0, on which nobody answers."""
    setup = ["ip link set lo up", "ip link add v0 type veth peer name v1", *commands,
             "ip link set v0 up", "ip link set v1 up"]
    return ["/usr/bin/unshare", "-n", *shell(" && ".join([*setup, 'exec "$@"']))]


# --- how they are written -------------------------------------------------------

@pytest.mark.parametrize("args, value", [
    ([], "no (default)"), (["--scan"], "yes (option)"), (["--no-scan"], "no (option)"),
    (["--scan", "--no-scan"], "no (option)"), (["--no-scan", "--scan"], "yes (option)"),
    (["--scan", "--no-scan", "--scan"], "yes (option)"), (["--scan", "--scan"], "yes (option)"),
    (["--no-scan", "--no-scan"], "no (option)")])
def test_the_last_one_wins(args, value):
    assert scan_setting(*args) == value


@pytest.mark.parametrize("command", BOTH)
@pytest.mark.parametrize("args, names", [
    (["--scan=yes"], ["no value", "'--scan'"]), (["--scan=no"], ["'--scan'"]),
    (["--scan="], ["'--scan'"]), (["--no-scan=yes"], ["no value", "'--no-scan'"]),
    (["--no-scan="], ["'--no-scan'"]), (["--scan", "yes"], ["'yes'"]),
    (["--no-scan", "1"], ["'1'"]), (["--sca"], ["'--sca'"]), (["--no-sca"], ["'--no-sca'"]),
    (["--no"], ["'--no'"]), (["--no-"], ["'--no-'"]), (["--noscan"], ["'--noscan'"]),
    (["--no-no-scan"], ["'--no-no-scan'"]), (["--no_scan"], ["'--no_scan'"]),
    (["-no-scan"], ["unknown option"]), (["--Scan"], ["'--Scan'"]), (["--scan-"], ["'--scan-'"]),
    # no other flag can be turned off
    (["--no-quiet"], ["unknown option", "'--no-quiet'"]), (["--no-verbose"], ["'--no-verbose'"]),
    (["--no-limited"], ["'--no-limited'"]), (["--no-broadcast"], ["'--no-broadcast'"]),
    (["--no-force"], ["'--no-force'"]), (["--no-rate", "5"], ["'--no-rate'"]),
    (["--no-help"], ["'--no-help'"]), (["--force=1"], ["no value", "'--force'"]),
    (["--rat", "5"], ["'--rat'"]), (["--forc"], ["'--forc'"]),
    (["--targets", "x"], ["'--targets'"]), (["--source", "5"], ["'--source'"]),
    (["--rate"], ["'--rate'"]), (["--source-port"], ["'--source-port'"])])
def test_unreadable(command, args, names):
    refused(command, *args, names=[*names, f"help {command}"])


@pytest.mark.parametrize("command", ["serve", "ifaces", "check-segmented"])
@pytest.mark.parametrize("args", [
    ["--scan"], ["--no-scan"], ["--rate", "5"], ["--force"], ["--source-port", "5"],
    ["--targets-file", "x"]])
def test_the_other_commands_know_none_of_them(command, args):
    refused(command, *args, names=["unknown option", f"'{args[0]}'", f"help {command}"])


@pytest.mark.parametrize("command", BOTH)
def test_help(command):
    page = " ".join(run("help", command).out.split())
    for words in ("--scan, --no-scan ", f"[no, {VARIABLE}]", "--targets-file FILE ", "--rate PPS ",
                  "[1000]", "--force ", "--source-port N ", "-T, --target "):
        assert words in page


# --- the variable -----------------------------------------------------------------

@pytest.mark.parametrize("word, value", [
    *((word, "yes") for word in ON), *((word, "no") for word in OFF)])
def test_the_words_of_the_variable(word, value):
    assert scan_setting(env={VARIABLE: word}) == f"{value} ({VARIABLE})"


@pytest.mark.parametrize("word", BAD_WORDS)
@pytest.mark.parametrize("command", BOTH)
def test_other_words_name_the_variable(command, word):
    for args in ((), ("-q",), ("-T127.0.0.1", "--broadcast")):
        refused(command, *args, env={VARIABLE: word}, names=[f"bad {VARIABLE} '", "true", "off"])


@pytest.mark.parametrize("command", BOTH)
def test_without_broadcast_no_word_is_bad(command, tmp_path):
    """Where the variable has nothing to do, it is not read."""
    path = tmp_path / "targets"
    path.write_text("127.0.0.1\n", "ascii")
    for args in (("-T127.0.0.1",), ("--targets-file", path)):
        result = run(command, "-r0", "-t0.05", *args, env={VARIABLE: "maybe"})
        assert result.code == 1 and VARIABLE not in result.err


def test_an_empty_variable_is_unset():
    assert scan_setting(env={VARIABLE: ""}) == "no (default)"


@pytest.mark.parametrize("word", ["yes", "no", "bad", "", " "])
def test_the_option_outranks_the_variable(word):
    assert scan_setting("--scan", env={VARIABLE: word}) == "yes (option)"
    assert scan_setting("--no-scan", env={VARIABLE: word}) == "no (option)"


@pytest.mark.parametrize("args", [["serve", "--check"], ["ifaces"], ["check-segmented"],
                                  ["check-segmented", "--address=10.0.0.1/16"]])
def test_the_other_commands_do_not_read_it(args):
    assert vars(run(*args, env={VARIABLE: "bad"})) == vars(run(*args))


# --- with targets ------------------------------------------------------------------

@pytest.mark.parametrize("command", BOTH)
@pytest.mark.parametrize("targets", [["-T127.0.0.1"], ["--target=127.0.0.0/29"],
                                     ["--targets-file=/dev/null"], ["-Tlocalhost"]])
def test_scan_with_targets_needs_broadcast(command, targets):
    for args in (["--scan"], ["--scan", "-q"], ["--no-scan", "--scan"], ["--scan", "-j"]):
        refused(command, *targets, *args, names=["--scan", "--broadcast"])


@pytest.mark.parametrize("args, env", [
    (["--no-scan"], {}), (["--scan", "--no-scan"], {}), (["--scan", "--broadcast"], {}),
    ([], {VARIABLE: "yes"}), (["--broadcast"], {VARIABLE: "yes"}), ([], {VARIABLE: "no"}),
    (["--no-scan"], {VARIABLE: "yes"})])
def test_scan_that_is_no_contradiction(args, env):
    with responder(ANSWER) as peer:
        for command, more in (("discover", ["-c1"]), ("discover-one", [])):
            result = run(command, "-T", peer.target, *args, *more, env=env)
            assert (result.code, result.err) == (0, "")


def test_the_variable_is_ignored_with_targets():
    """Where too few answered, what --scan did not do is told elsewhere."""
    result = run("discover", "-r0", "-t0.05", "-T127.0.0.1", env={VARIABLE: "yes"})
    assert result.code == 1
    assert "--scan" not in result.err


def test_verbose_tells_that_the_variable_is_ignored():
    result = run("discover", "-vr0", "-t0.05", "-T127.0.0.1", env={VARIABLE: "yes"})
    assert settings(result)["scan"] == "no (default)"


# --- what it does, where there is nothing to do ------------------------------------

@pytest.mark.parametrize("args, env", [(["--scan"], {}), ([], {VARIABLE: "on"})])
def test_scan_where_no_network_is_flagged(args, env):
    on_lan = host("ip addr add 192.168.7.1/24 dev v0")
    for more in ([], ["-q"]):
        result = run("discover", "-t0.1", *args, *more, env=env, wrapper=on_lan)
        assert (result.code, result.out) == (1, "")
        assert result.err.count("--scan found no segmented network here; --target NETWORK") == 1
        assert (result.err.count("\n") == 1) == (more == ["-q"])


def test_without_scan_nothing_is_said_of_it():
    for args in ([], ["--no-scan"]):
        result = run("discover", "-t0.1", *args, wrapper=host("ip addr add 192.168.7.1/24 dev v0"))
        assert result.code == 1 and "scan" not in result.err


@pytest.mark.parametrize("more", [[], ["-q"]])
def test_scan_leaves_out_what_is_too_much(more):
    wide = host("ip addr add 10.0.0.1/8 dev v0")
    result = run("discover", "-t0.1", "--scan", *more, wrapper=wide)
    assert (result.code, result.out) == (1, "")
    assert result.err.count("--scan left out 10.0.0.0/8 on v0") == 1
    assert "--force" in result.err
    assert (result.err.count("\n") == 1) == (more == ["-q"])


def test_nothing_to_scan_on():
    for args in ([], ["-q"], ["-j"]):
        result = run("discover", "--scan", *args)
        assert (result.code, result.out, result.err.count("\n")) == (3, "", 1)
        assert "lo is loopback" in result.err


# --- --rate and --force ----------------------------------------------------------------

@pytest.mark.parametrize("value", ["1", "1000000", "1000", " 5 ", "\t7\n", "007"])
def test_rates(value):
    result = run("discover", "-vr0", "-t0.05", "-T127.0.0.1/32", "--rate", value)
    assert result.code == 1
    assert settings(result)["rate"] == f"{int(value)} (option)"


@pytest.mark.parametrize("value", [*NUMBERS_BAD, "0", "1000001"])
def test_bad_rates(value):
    shown = [f"'{value}'"] if value.isascii() else []
    for command in BOTH:
        refused(command, "-T127.0.0.1", "--rate", value,
                names=["bad --rate '", *shown, "from 1 to 1000000"])


def test_rate_and_force_change_nothing_without_a_sweep():
    assert asked("-T127.0.0.1", "-T127.0.0.2", "--rate=1", "--force") == [
        "127.0.0.1:9999", "127.0.0.2:9999"]
