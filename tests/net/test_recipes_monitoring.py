"""The recipes of the README for cron, systemd, Nagios, Icinga, Prometheus and health checks."""

import configparser
import json
import re
import shlex
import shutil
import time

import prometheus
import pytest
from recipes import (REPLY, STUBS_PATH, Machine, answering, check_survives, check_with, crontab,
                     hasten, one_line, read_json, recipe)

SERVERS = [("192.168.1.2", 8080), ("192.168.1.3", 8080)]
PLUGIN_LINE = r"UDPDISC {} - [^|\n]+ \| servers={};;;0 time=\d+\.\d{{3}}s;;;0\n"


@pytest.fixture
def machine(client, tmp_path):
    return Machine(client, tmp_path)


@pytest.fixture
def other(lan):
    """A second server on the wire."""
    return lan.host("other", "192.168.1.3/24")


def serve(*hosts):
    """Servers that run until the test is over."""
    for host in hosts:
        host.start_udpdisc("serve", "--advertise-port", "8080").wait_port(9999)


def addresses(path):
    return [(server["ip"], server["port"]) for server in read_json(path)]


# --- cron -----------------------------------------------------------------------------------------

@pytest.fixture
def cron_check():
    return hasten(crontab(recipe("discover -q --ignore-local")))


@pytest.fixture
def cron_list():
    return hasten(crontab(recipe("/var/lib/udpdisc/servers.json")))


def test_cron_is_silent_with_two_others(server, other, client, machine, cron_check):
    serve(server, other, client)
    run = machine.paste(cron_check)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_cron_mails_a_line_where_there_are_fewer(server, client, machine, cron_check):
    """Its own responder is no other server."""
    serve(server, client)
    run = machine.paste(cron_check)
    assert run.returncode == 1
    assert "only 1 of 2" in one_line(run)


def test_cron_mails_a_line_where_there_is_no_network(lan, client, machine, cron_check):
    lan.cut(client)
    run = machine.paste(cron_check)
    assert run.returncode == 3
    assert "udpdisc: " in one_line(run)


def test_cron_keeps_a_list(server, other, machine, cron_list):
    """Silent, with servers and without."""
    path = machine.folder / "servers.json"
    run = machine.paste(cron_list)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert read_json(path) == []
    serve(server, other)
    run = machine.paste(cron_list)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert addresses(path) == SERVERS
    assert path.stat().st_mode & 0o777 == 0o644
    assert [entry.name for entry in machine.folder.iterdir() if entry.is_file()] == [path.name]


def test_the_list_of_cron_outlives_what_goes_wrong(lan, server, client, machine):
    check_survives(machine, lan, answering(server, REPLY),
                   crontab(recipe("/var/lib/udpdisc/servers.json")),
                   machine.folder / "servers.json", by_jq=False)


# --- systemd --------------------------------------------------------------------------------------

class Unit(configparser.ConfigParser):
    """A unit of the README: its sections, its text and the name in its first line."""

    optionxform = staticmethod(str)

    def __init__(self, name):
        super().__init__(interpolation=None)
        self.text = recipe(f"/etc/systemd/system/{name}\n")
        self.read_string(self.text)


@pytest.fixture
def service():
    return Unit("udpdisc-list.service")


@pytest.fixture
def timer():
    return Unit("udpdisc-list.timer")


def start_service(machine, unit):
    """Run its command as systemd would: no shell, root without privileges."""
    argv = shlex.split(hasten(unit["Service"]["ExecStart"]))
    assert not set("%$") & set(unit["Service"]["ExecStart"])
    assert unit["Service"]["CapabilityBoundingSet"] == ""
    return machine.run_shut("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs",
                            *argv)


def test_the_service_keeps_a_list(server, other, client, machine, service):
    serve(server, other, client)
    run = start_service(machine, service)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert addresses(machine.folder / "others.json") == SERVERS


def test_the_service_fails_where_there_are_fewer(server, client, machine, service):
    """Exit status 1, a line for the journal, and the list of those that are there."""
    serve(server, client)
    run = start_service(machine, service)
    assert run.returncode == 1
    assert "only 1 of 2" in one_line(run)
    assert addresses(machine.folder / "others.json") == SERVERS[:1]


def test_the_list_of_the_service_outlives_what_goes_wrong(lan, server, client, machine, service):
    check_survives(machine, lan, answering(server, REPLY), service["Service"]["ExecStart"],
                   machine.folder / "others.json", by_jq=False)


def test_the_units_fit_together(service, timer):
    """The folder that systemd makes is that of the list; nothing deletes or hides it."""
    [path] = re.findall(r"--output-file (\S+)", service["Service"]["ExecStart"])
    assert path.startswith(f"/var/lib/{service['Service']['StateDirectory']}/")
    assert service["Service"]["Type"] == "oneshot"
    assert "DynamicUser" not in service["Service"]
    assert "Unit" not in timer["Timer"]  # so it is the service of the same name
    assert timer["Install"]["WantedBy"] == "timers.target"


@pytest.mark.parametrize("broken", [None, ("OnCalendar=", "OnCalender="), ("*:0/5", "*:0/x"),
                                    ("ExecStart=/", "ExecStart="), ("oneshot", "oneshoot")])
def test_systemd_takes_the_units(machine, service, timer, tmp_path, broken):
    """And would not take them with a mistake, where this machine has systemd to tell."""
    if not shutil.which("systemd-analyze"):
        return
    texts = {"udpdisc-list.service": service.text, "udpdisc-list.timer": timer.text}
    for name, text in texts.items():
        (tmp_path / name).write_text(text.replace(*broken) if broken else text, "ascii")
    run = machine.run("systemd-analyze", "verify", "--man=no", *(tmp_path / name for name in texts))
    said = [line for line in (run.stdout + run.stderr).splitlines() if "udpdisc" in line]
    assert bool(said) == bool(broken), run.stderr


# --- Nagios, Icinga, NRPE -------------------------------------------------------------------------

def nagios(expect):
    """The command line of Nagios with its macro replaced, for a shell."""
    settings = dict(re.findall(r"^    (\w+) +(.+)$", recipe("define command {"), re.MULTILINE))
    assert list(settings) == ["command_name", "command_line"]
    line = settings["command_line"].replace("$ARG1$", str(expect))
    assert not set("$;") & set(line)
    return ["sh", "-c", hasten(line)]


def nrpe(expect):
    """The command line of NRPE, for a shell; it holds the number itself."""
    name, line = recipe("command[check_udpdisc]").strip().split("=", 1)
    assert name == "command[check_udpdisc]"
    return ["sh", "-c", hasten(line).replace("-x 2", f"-x {expect}")]


def icinga_value(text, given):
    """A string with its macros replaced."""
    return re.sub(r"\$(\w+)\$", lambda macro: str(given[macro[1]]), json.loads(text))


def icinga(expect):
    """The words of a CheckCommand: its command, and each argument that is set, in their order."""
    text = recipe("object CheckCommand")
    given = {name: json.loads(value)
             for name, value in re.findall(r"^    vars\.(\w+) = (.+)$", text, re.MULTILINE)}
    given.update(udpdisc_timeout=0.5, udpdisc_expect=expect)
    words = json.loads(re.search(r"command = (\[.+\])", text)[1])
    for key, condition, value in re.findall(r'^ {8}"(.+)" = (?:\{ set_if = (".+") \}|(".+"))$',
                                            text, re.MULTILINE):
        if value:
            words += [key, icinga_value(value, given)]
        elif icinga_value(condition, given) == "True":
            words.append(key)
    assert words[-5:] == ["--ignore-local", "-t", "0.5", "-x", str(expect)]
    return words


PLUGINS = pytest.mark.parametrize("plugin", [nagios, icinga, nrpe])


@PLUGINS
def test_a_plugin_says_ok_warning_and_critical(server, other, client, machine, plugin):
    serve(client)
    run = machine.run_shut(*plugin(2))
    assert (run.returncode, run.stderr) == (2, "")
    assert re.fullmatch(PLUGIN_LINE.format("CRITICAL", 0), run.stdout), run.stdout
    serve(server)
    run = machine.run_shut(*plugin(2))
    assert (run.returncode, run.stderr) == (1, "")
    assert re.fullmatch(PLUGIN_LINE.format("WARNING", 1), run.stdout), run.stdout
    serve(other)
    run = machine.run_shut(*plugin(2))
    assert (run.returncode, run.stderr) == (0, "")
    assert re.fullmatch(PLUGIN_LINE.format("OK", 2), run.stdout), run.stdout


@PLUGINS
def test_a_plugin_says_unknown(lan, client, machine, plugin):
    """Where it can't ask, and where its administrator mistyped the number."""
    lan.cut(client)
    for expect in (2, "two"):
        run = machine.run_shut(*plugin(expect))
        assert (run.returncode, run.stderr) == (3, "")
        assert re.fullmatch(r"UDPDISC UNKNOWN - [^|\n]+\n", run.stdout), run.stdout


# --- Prometheus -----------------------------------------------------------------------------------

@pytest.fixture
def textfile(machine):
    return machine.lib / "prometheus" / "node-exporter" / "udpdisc.prom"


def collect(machine, textfile):
    """Run the recipe; what the collector reads then."""
    run = machine.paste(hasten(recipe("udpdisc_servers")))
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert [path.name for path in textfile.parent.glob("*.prom")] == [textfile.name]
    assert textfile.stat().st_mode & 0o777 == 0o644
    text = textfile.read_text("utf-8")
    return text, prometheus.read(text)


def test_the_metrics(server, other, machine, textfile):
    """Times in seconds, gauges, and a number of seconds that date(1) would give."""
    serve(server, other)
    before = int(time.time())
    text, families = collect(machine, textfile)
    assert {name: family.type for name, family in families.items()} == {
        "udpdisc_servers": "gauge", "udpdisc_server_rtt_seconds": "gauge",
        "udpdisc_last_run_timestamp_seconds": "gauge"}
    assert [prometheus.lint(*family) for family in families.items()] == [[], [], []]
    assert families["udpdisc_servers"].samples == [({}, 2)]
    [(labels, now)] = families["udpdisc_last_run_timestamp_seconds"].samples
    assert labels == {} and before <= now <= time.time()
    check_with(machine.host, "promtool", "check", "metrics", stdin=text)


def test_the_metrics_are_those_of_the_list(server, other, machine, textfile):
    serve(server, other)
    _, families = collect(machine, textfile)
    assert families["udpdisc_server_rtt_seconds"].samples == [
        ({"ip": found["ip"], "port": "8080", "interface": "eth0"},
         pytest.approx(found["extra"]["rtt_ms"] / 1000))
        for found in read_json(textfile.with_suffix(".in"))]
    assert len(families["udpdisc_server_rtt_seconds"].samples) == 2


def test_nobody_is_a_zero(machine, textfile):
    text, families = collect(machine, textfile)
    assert families["udpdisc_servers"].samples == [({}, 0)]
    assert families["udpdisc_server_rtt_seconds"].samples == []
    assert "udpdisc_servers 0\n" in text
    check_with(machine.host, "promtool", "check", "metrics", stdin=text)


def test_a_server_reached_on_two_ways(net, server, client, machine, textfile):
    """One sample a way; the name of an interface is escaped."""
    second = net.segment("second")
    second.plug(server, "192.168.2.2/24")
    second.plug(client, "192.168.2.5/24", dev='e"t\\h')
    server.start_udpdisc("serve", "--advertise", "192.168.1.2:8080").wait_port(9999)
    text, families = collect(machine, textfile)
    assert families["udpdisc_servers"].samples == [({}, 1)]
    assert [labels for labels, _ in families["udpdisc_server_rtt_seconds"].samples] == [
        {"ip": "192.168.1.2", "port": "8080", "interface": name} for name in ('e"t\\h', "eth0")]
    assert r'interface="e\"t\\h"' in text
    check_with(machine.host, "promtool", "check", "metrics", stdin=text)


def test_two_hosts_that_claim_one_address(server, other, machine, textfile):
    """The collector takes no file in which a sample is twice."""
    answering(server, REPLY)
    answering(other, REPLY)
    _, families = collect(machine, textfile)
    assert families["udpdisc_servers"].samples == [({}, 1)]
    assert len(families["udpdisc_server_rtt_seconds"].samples) == 1
    [listed] = read_json(textfile.with_suffix(".in"))
    assert len(listed["extra"]["seen_on"]) == 2


def test_the_metrics_outlive_what_goes_wrong(lan, server, machine, textfile):
    check_survives(machine, lan, answering(server, REPLY), recipe("udpdisc_servers"), textfile)


@pytest.mark.parametrize("name, kind, told, label", [
    ("udpdisc_rtt_ms", "gauge", "x", "ip"), ("udpdisc_rtt_milliseconds", "gauge", "x", "ip"),
    ("udpdisc_age_minutes", "gauge", "x", "ip"), ("udpdisc_servers_total", "gauge", "x", "ip"),
    ("udpdisc_runs", "counter", "x", "ip"), ("udpdisc_servers_count", "gauge", "x", "ip"),
    ("udpdisc_servers_gauge", "gauge", "x", "ip"), ("udpdiscServers", "gauge", "x", "ip"),
    ("udpdisc_servers", "gauge", "", "ip"), ("udpdisc_servers", "gauge", "x", "le"),
    ("udpdisc_servers", "gauge", "x", "ipAddress")])
def test_the_rules_for_metrics_find(name, kind, told, label):
    """What promtool of Prometheus 2.42 says of these too."""
    assert len(prometheus.lint(name, prometheus.Family(told, kind, [({label: "x"}, 1)]))) == 1


# --- health ---------------------------------------------------------------------------------------

def test_the_health_of_the_responder(client, machine):
    check = recipe("the responder is down").splitlines()[0]
    [words] = re.findall(r"CMD (\[.+\])", recipe("HEALTHCHECK"))
    run = machine.paste(check, STUBS_PATH)
    assert (run.returncode, run.stdout) == (0, "the responder is down\n")
    assert machine.run_shut(*json.loads(words)).returncode == 1
    serve(client)
    run = machine.paste(check, STUBS_PATH)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    run = machine.run_shut(*json.loads(words))
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
