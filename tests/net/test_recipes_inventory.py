"""The recipes of the README that hand the servers to Ansible, dnsmasq, Prometheus and Consul."""

import json
import re

import pytest
from hosts import ROOT
from recipes import (OLD, REPLY, Machine, answering, check_needs_servers, check_survives,
                     check_with, hasten, read_json, recipe)

TWO = [b"SERVER_IP:192.168.1.2:8080", b"SERVER_IP:192.168.1.2:8081"]
TGED = b"TGED REPLY 1.0\r\nHOST: db1\r\nFQDN: DB1.lan.example.com\r\n\r\n"
LISTS = {"Ansible": ("group_by(.ip)", "ansible.json"), "dnsmasq": ("lan.example", "hosts/udpdisc"),
         "Prometheus": ("{targets:", "targets.json")}


@pytest.fixture
def machine(client, tmp_path):
    return Machine(client, tmp_path)


def made(machine, part, name):
    """Run a recipe that must succeed in silence; the file that it makes."""
    run = machine.paste(hasten(recipe(part)))
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    path = machine.folder / name
    assert path.stat().st_mode & 0o777 == 0o644
    return path


@pytest.mark.parametrize("program", LISTS)
def test_a_file_outlives_what_goes_wrong(lan, server, machine, program):
    part, name = LISTS[program]
    tged = program == "dnsmasq"
    check_needs_servers(machine, recipe(part), machine.folder / name)
    check_survives(machine, lan, answering(server, TGED if tged else REPLY, tged=tged),
                   recipe(part), machine.folder / name)


# --- Ansible --------------------------------------------------------------------------------------

def test_an_inventory_for_ansible(lan, server, machine):
    """A group with hosts and their variables, as a file of YAML or JSON may hold it."""
    answering(server, *TWO)
    answering(lan.host("other", "192.168.1.3/24"), b"SERVER_IP:192.168.1.3")
    path = made(machine, *LISTS["Ansible"])
    assert read_json(path) == {"udpdisc": {"hosts": {
        "192.168.1.2": {"udpdisc_ports": [8080, 8081]},
        "192.168.1.3": {"udpdisc_ports": [8000]}}}}
    listed = check_with(machine.host, "ansible-inventory", "-i", path, "--list")
    if listed:
        assert json.loads(listed)["_meta"]["hostvars"] == read_json(path)["udpdisc"]["hosts"]


# --- dnsmasq --------------------------------------------------------------------------------------

def named(fields):
    """A reply with these fields of TGED."""
    lines = "".join(f"{key}: {value}\r\n" for key, value in fields.items())
    return f"TGED REPLY 1.0\r\n{lines}\r\n".encode()


def test_a_hosts_file(lan, server, machine):
    """The name in full where there is one, else the short one in the domain; lower case."""
    answering(server, named({"HOST": "x", "FQDN": "DB1.lan.example.com"}), named({"HOST": "db-2"}),
              named({"HOST": "db-2", "PORT": "1"}), tged=True)
    answering(lan.host("other", "192.168.1.3/24"), named({"HOST": "db1", "IP": "192.168.1.3"}),
              tged=True)
    path = made(machine, *LISTS["dnsmasq"])
    assert path.read_text("ascii") == ("192.168.1.2 db-2.lan.example.com\n"
                                       "192.168.1.2 db1.lan.example.com\n"
                                       "192.168.1.3 db1.lan.example.com\n")
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


BAD = ["", "localhost.", ".", "-db", "db-", "a b", "a\tb", "a#b", "a.b", "db1 localhost", "a_b",
       "x" * 64, "$(id)", "`id`", "a;b", "a'b", "a\x1b[2Jb", "d\u00fc", "db1\u2028localhost",
       "a\rb", "192.168.1.9 a"]
BAD_FULL = ["db1", "db1.example.com", "www.example.org", "lan.example.com", ".lan.example.com",
            "a.b.lan.example.com", "db1xlan.example.com", "db1.lan.example.com.", "localhost",
            "db1.lan.example.com.example.org", "db1.lan.example.com localhost"]


def test_a_hosts_file_takes_no_other_names(server, machine):
    """One good name among them; none of the others gets in, or keeps it out."""
    answering(server, *(named({"HOST": name, "IP": "192.168.1.2", "N": n})
                        for n, name in enumerate(BAD)),
              *(named({"FQDN": name, "HOST": "good"}) for name in BAD_FULL),
              named({"HOST": "stolen", "IP": "192.168.1.9"}), named({"USER": "nobody"}),
              named({"HOST": "db1"}), tged=True)
    path = made(machine, *LISTS["dnsmasq"])
    assert path.read_text("utf-8") == "192.168.1.2 db1.lan.example.com\n"
    listed = read_json(machine.folder / "hosts.in")
    assert len(listed) == len(BAD) + len(BAD_FULL) + 3


def test_a_hosts_file_is_left_where_there_is_no_good_name(server, machine):
    part, name = LISTS["dnsmasq"]
    (machine.folder / name).write_text(OLD, "ascii")
    answering(server, named({"HOST": "a b"}), tged=True)
    assert machine.paste(hasten(recipe(part))).returncode != 0
    assert (machine.folder / name).read_text("ascii") == OLD


# --- Prometheus -----------------------------------------------------------------------------------

def test_targets_for_prometheus(lan, server, machine):
    """What file_sd_configs reads: groups of strings, and labels that are strings too."""
    answering(server, *TWO)
    answering(lan.host("other", "192.168.1.3/24"), b"SERVER_IP:192.168.1.3")
    path = made(machine, *LISTS["Prometheus"])
    labels = {"__meta_udpdisc_interface": "eth0"}
    assert all(re.fullmatch("[a-z_]+", name) for name in labels)
    assert read_json(path) == [{"targets": [target], "labels": labels} for target in
                               ("192.168.1.2:8080", "192.168.1.2:8081", "192.168.1.3:8000")]
    assert f"files: [/var/lib/udpdisc/{path.name}]" in (ROOT / "README.md").read_text("utf-8")
    config = path.with_name("prometheus.yml")
    config.write_text("scrape_configs: [{job_name: lan, file_sd_configs: [{files: "
                      f"['{path}']}}]}}]\n", "ascii")
    check_with(machine.host, "promtool", "check", "config", config)


# --- Consul ---------------------------------------------------------------------------------------

REGISTER = "/v1/agent/service/register"


def expected(port):
    return {"ID": f"udpdisc-192.168.1.2-{port}", "Name": "udpdisc", "Address": "192.168.1.2",
            "Port": port, "Check": {"TCP": f"192.168.1.2:{port}", "Interval": "30s",
                                    "DeregisterCriticalServiceAfter": "10m"}}


def test_services_for_consul(server, client, machine):
    """One PUT a server."""
    agent = client.peer("http_recorder")
    answering(server, *TWO)
    run = machine.paste(hasten(recipe(REGISTER)))
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert [(asked["method"], asked["path"], json.loads(asked["body"]))
            for asked in agent.records()] == [("PUT", REGISTER, expected(8080)),
                                              ("PUT", REGISTER, expected(8081))]


def test_consul_refuses(server, client, machine):
    """It says so, and that is that."""
    agent = client.peer("http_recorder", "--status", "403")
    answering(server, *TWO)
    run = machine.paste(hasten(recipe(REGISTER)))
    assert run.returncode != 0
    assert "403" in run.stderr
    assert len(agent.records()) == 1


def test_consul_is_not_there(server, machine):
    answering(server, REPLY)
    run = machine.paste(hasten(recipe(REGISTER)))
    assert run.returncode != 0
    assert run.stderr.startswith("curl: ")


def test_nobody_is_no_service_for_consul(client, machine):
    agent = client.peer("http_recorder")
    run = machine.paste(hasten(recipe(REGISTER)))
    assert run.returncode == 1
    assert "no server answered" in run.stderr
    assert agent.records() == []
