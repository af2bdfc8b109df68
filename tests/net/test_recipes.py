"""The recipes of the README, each run as it stands there."""

import json
import os
import sqlite3

import pytest
from processes import wait_until
from recipes import crontab, interrupt, make_tools, put_tool, recipe, run_on

SQL = {"SQL": {"HOST": "db1", "IP": "auto", "PORT": 3306, "USER": "john"}}
MAC = "52:54:00:12:34:56"


@pytest.fixture
def tools(tmp_path):
    """A folder that PATH begins with: udpdisc, and what a test puts there."""
    return make_tools(tmp_path / "bin")


@pytest.fixture
def services(tmp_path):
    path = tmp_path / "services.json"
    path.write_text(json.dumps(SQL), "utf-8")
    return path


def test_the_login_of_a_database(server, client, tools, services):
    with server.serve("--services", services, port=4745):
        run = run_on(client, tools, recipe("mysql://"))
    assert (run.returncode, run.stdout) == (0, "mysql://john@192.168.1.2:3306/\n")


def test_no_login_where_nobody_has_the_service(server, client, tools, services):
    services.write_text('{"OTHER": {}}', "utf-8")
    with server.serve("--services", services, port=4745):
        run = run_on(client, tools, recipe("mysql://").replace("-s SQL", "-s SQL -t 0.5"))
    assert run.returncode != 0
    assert run.stdout == ""


def test_wake_on_lan(server, client, tools, services, tmp_path):
    """The host and the user go into the query, and what it gives to wakeonlan."""
    put_tool(tools, "mysql", f'echo "$@" >{tmp_path}/query; echo {MAC}')
    put_tool(tools, "wakeonlan", f'echo "$@" >{tmp_path}/woken')
    with server.serve("--services", services, port=4745):
        run = run_on(client, tools, recipe("wakeonlan"))
    assert run.returncode == 0, run.stderr
    query = (tmp_path / "query").read_text("ascii")
    assert query.startswith("-h db1 -u john ")
    assert "SELECT mac" in query
    assert (tmp_path / "woken").read_text("ascii") == f"{MAC}\n"


def test_nobody_is_woken_where_nobody_has_the_service(server, client, tools, services, tmp_path):
    services.write_text('{"SQL": {"HOST": "db1"}}', "utf-8")
    for tool in ("mysql", "wakeonlan"):
        put_tool(tools, tool, f"touch {tmp_path}/{tool}-ran")
    with server.serve("--services", services, port=4745):
        run = run_on(client, tools, recipe("wakeonlan"))
    assert run.returncode != 0
    assert not list(tmp_path.glob("*-ran"))


def inventory(path, *rows):
    """A database as the recipe's query wants it, with nothing else in it."""
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE service (name, host, port)")
        database.executemany("INSERT INTO service VALUES (?, ?, ?)", rows)


def cron(host, tools, folder):
    """Run the recipe's line of a crontab, whose five fields of time come first.

    It is a folder that all may read, as /etc/udpdisc: serve --check looks as nobody.
    """
    folder.chmod(0o755)
    line = crontab(recipe("sqlite3 -json"))
    assert line.startswith("cd /etc/udpdisc && ")
    return run_on(host, tools, line.replace("/etc/udpdisc", str(folder)))


def test_services_from_a_database_by_cron(server, client, tools, tmp_path):
    folder = tmp_path / "etc"
    folder.mkdir()
    inventory(folder / "inventory.db", ("SQL", "db1", 3306), ("WEB", "web1", None))
    assert cron(server, tools, folder).returncode == 0

    def fields(service):
        run = client.discover("-s", service, "-c", "1")
        return [result["extra"]["fields"] for result in json.loads(run.stdout)]

    with server.serve("--services", folder / "services.json", port=4745):
        assert fields("SQL") == [{"HOST": "db1", "PORT": "3306"}]
        assert fields("WEB") == [{"HOST": "web1"}]
        inventory(folder / "inventory.db", ("SQL", "db2", 3307))
        assert cron(server, tools, folder).returncode == 0
        wait_until(lambda: fields("SQL") == [{"HOST": "db2", "PORT": "3307"}], "the new row")
        assert fields("WEB") == []


def test_an_empty_inventory_is_no_services(server, tools, tmp_path):
    inventory(tmp_path / "inventory.db")
    assert cron(server, tools, tmp_path).returncode == 0
    assert json.loads((tmp_path / "services.json").read_text("utf-8")) == {}


@pytest.mark.parametrize("rows", [None, [("SQL", "db1", 3306.5)], [("SQL", "a:b", 1)]])
def test_what_can_t_be_served_leaves_the_file(server, tools, tmp_path, rows):
    """No table, and rows that a services file can't hold."""
    services = tmp_path / "services.json"
    services.write_text(json.dumps(SQL), "utf-8")
    if rows:
        inventory(tmp_path / "inventory.db", *rows)
    run = cron(server, tools, tmp_path)
    assert run.returncode != 0
    assert run.stderr
    assert json.loads(services.read_text("utf-8")) == SQL


def test_a_list_of_hosts(server, client, tools, tmp_path):
    (tmp_path / "hosts.txt").write_text("192.168.1.9 # off\n192.168.1.2\n", "ascii")
    command = recipe("--targets-file hosts.txt").splitlines()[0]
    with server.serve():
        run = run_on(client, tools, f"cd {tmp_path} && {command}")
    assert (run.returncode, run.stdout) == (0, "192.168.1.2\n"), run.stderr


def test_the_networks_behind_gateways(server, client, tools):
    """Those of the routing table, but not what is on-link or the default route."""
    server.ip("addr add 192.168.9.1/32 dev lo")
    client.ip("route add 192.168.9.0/28 via 192.168.1.2")
    client.ip("route add default via 192.168.1.2")
    command = recipe("--targets-file hosts.txt").splitlines()[1]
    with server.serve():
        run = run_on(client, tools, f"{command} -t 1 -j | jq -r '.[].ip'")
    assert (run.returncode, run.stdout) == (0, "192.168.9.1\n"), run.stderr


def test_who_comes_and_goes(server, client, tools, tmp_path):
    """A line of the log at once when a server comes up, while the watch goes on."""
    log = tmp_path / "log"
    put_tool(tools, "logger", f'[ "$*" = "-t udpdisc" ] && exec cat >{log}')
    with server.serve():
        process = client.start("setsid", "-w", "env", "-i", f"PATH={tools}:{os.environ['PATH']}",
                               "sh", "-c", recipe("logger -t udpdisc"))
        wait_until(lambda: log.exists() and log.read_text("ascii") == "up 192.168.1.2:8000\n",
                   "the line of the log")
        interrupt(process)
