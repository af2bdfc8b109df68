"""The examples of the man pages, each run as it stands there.

Only the timeout is another, by its variable, so that a test need not wait for that of the page."""

import json
import re
import shutil

import pytest
from desk import FIVE, ONE, Desk, mdoc
from processes import wait_until
from recipes import CRON_PATH, REPLY, answering, one_line, put_tool

SQL = {"HOST": "db1", "IP": "192.168.1.2", "PORT": "3306", "USER": "john"}
# What can't be run here, and why.
NOT_RUN = {
    "# nft": "needs nft, and a kernel with nf_tables",
    "# firewall-cmd": "needs firewalld, and systemd's bus",
    "# ufw": "needs ufw, which writes to /etc and /lib",
    "# systemctl": "needs systemd as process 1",
    "[Socket]": "needs systemd; test_activation.py of tests/cli passes such sockets",
    "UDPDISC OK": "is what is written: test_documentation_output.py of tests/cli compares it",
}
RUN = set()


def runs(*texts):
    """The test is given each of these examples, which so are known to be run."""
    RUN.update(texts)
    return pytest.mark.parametrize("text", texts, ids=[text[:60] for text in texts])


@pytest.fixture
def desk(client, tmp_path):
    desk = Desk(client, tmp_path)
    yield desk
    desk.end()


@pytest.fixture
def other(lan):
    return lan.host("other", "192.168.1.3/24")


@pytest.fixture
def two(server, other):
    """Two servers, which run until the test is over, and have the services of the page."""
    for host in (server, other):
        host.start_udpdisc("serve", "--advertise-port", "8080").wait_port(9999)


@pytest.fixture
def database(server, desk):
    """A server with the services of the page."""
    with server.serve("-S", desk.desk / "services.json", port=4745):
        yield


def ended(run, *lines):
    """It did what it should, without a word."""
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == "".join(f"{line}\n" for line in lines)


def started(desk, text, port=9999):
    process = desk.begin_typed(text)
    wait_until(lambda: "listening on 0.0.0.0:" + str(port) in process.stderr or
               process.popen.poll() is not None, "serve to listen")
    assert process.popen.poll() is None, process.stderr
    return process


def told(host, to="192.168.1.5", *words):
    return host.ask("asker", to, *words)["reply"]


# --- that all are known


def test_each_example_is_run_or_can_t_be():
    found = [text for page in mdoc.PAGES for text in mdoc.examples(page)]
    not_run = {text for text in found if text.startswith(tuple(NOT_RUN))}
    assert len(found) > 30
    assert set(found) - not_run == RUN
    assert not not_run & RUN
    assert all(any(text.startswith(start) for text in not_run) for start in NOT_RUN)


def test_there_is_no_other_kind_of_display():
    """Which mdoc.examples() would not see."""
    for page in mdoc.PAGES:
        displays = re.findall(r"^\.(?:Bd|D1|Dl).*$", page.read_text("utf-8"), re.MULTILINE)
        assert all(re.match(r"\.Dl |\.Bd -(literal|filled) -offset (indent|2n)$", line)
                   for line in displays), displays


# --- serve


@runs("$ udpdisc serve --advertise-port 8080")
def test_a_port(desk, server, text):
    started(desk, text)
    assert told(server) == "SERVER_IP:192.168.1.5:8080"


@runs("@reboot /usr/local/bin/udpdisc serve -q --advertise-port 8080")
def test_a_responder_by_cron(desk, server, text):
    process = desk.begin(["sh", "-c", text.removeprefix("@reboot ")], CRON_PATH)
    process.wait_port(9999)
    assert told(server) == "SERVER_IP:192.168.1.5:8080"
    assert (process.stdout, process.stderr) == ("", "")


@runs("$ udpdisc serve --advertise 10.0.0.0/8=192.0.2.7:8080",
      "$ udpdisc serve --advertise 10.0.0.0/8=192.0.2.7:8080 --allow 10.0.0.0/8")
def test_an_address_for_some(desk, server, client, text):
    for host, address in ((server, "10.0.0.2/24"), (client, "10.0.0.5/24")):
        host.add_address("eth0", address)
    started(desk, text)
    assert told(server, "10.0.0.5") == "SERVER_IP:192.0.2.7:8080"
    if "--allow" in text:
        assert told(server, "192.168.1.5", "--timeout", "0.5") is None
    else:
        assert told(server, "192.168.1.5") == "SERVER_IP:192.168.1.5"


@runs("$ udpdisc serve -S /etc/udpdisc/services.json")
def test_services(desk, server, text):
    started(desk, text, 4745)
    run = server.udpdisc("discover-one", "-s", "SQL", "-t", "5")
    assert run.stdout.split("\t")[5:] == ["HOST=db1", "IP=192.168.1.5", "PORT=3306",
                                          "USER=john\n"]


@runs("$ udpdisc serve --check -S services.json")
def test_a_check(desk, text):
    run = desk.type(text)
    assert run.returncode == 0
    assert "services\tservices.json\toption\n" in run.stdout
    (desk.desk / "services.json").write_text("{", "ascii")
    assert desk.type(text).returncode == 2


@runs("$ udpdisc serve --check -q --services services.json.new")
def test_a_check_of_a_new_file(desk, text):
    new = desk.desk / "services.json.new"
    shutil.copy(desk.desk / "services.json", new)
    run = desk.type(text)
    assert (run.returncode, run.stdout) == (0, "")
    new.write_text('{"SQL": {"URL": "http://db1/"}}', "ascii")
    run = desk.type(text)
    assert run.returncode == 2
    assert "key 'URL'" in run.stderr


@runs(*[text for text in mdoc.examples(FIVE) if "make-services" in text])
def test_a_new_file_in_place(desk, text):
    put_tool(desk.bin, "make-services", "echo '{}'")
    ended(desk.type(text))
    assert (desk.desk / "services.json").read_text("ascii") == "{}\n"
    put_tool(desk.bin, "make-services", "echo '{'; exit 1")
    assert desk.type(text).returncode == 1
    assert (desk.desk / "services.json").read_text("ascii") == "{}\n"


@runs(*[text for text in mdoc.examples(FIVE) if text.startswith("{")])
def test_the_file(server, client, tmp_path, text):
    (tmp_path / "services.json").write_text(text, "utf-8")
    with server.serve("-S", tmp_path / "services.json", port=4745):
        found = [json.loads(client.udpdisc("discover-one", "-j", "-s", name).stdout)
                 ["extra"]["fields"] for name in ("SQL", "DNS_SEARCH")]
    assert found == [SQL, {"RP": "example.com"}]


@runs(*[text for text in mdoc.examples(FIVE) if text.startswith("TGED")])
def test_the_reply_on_the_wire(database, server, text):
    reply = server.ask("asker", "127.0.0.1", "--port", "4745", "--message",
                       "TGED DISCOVERY 1.0\r\nRQ:SQL\r\n\r\n")["reply"]
    assert reply == "".join(f"{line}\r\n" for line in [*text.splitlines(), ""])


# --- discover


@runs("$ udpdisc discover")
def test_all_servers(desk, two, text):
    run = desk.type(text)
    assert (run.returncode, run.stderr) == (0, "")
    assert [line.split("\t")[:4] for line in run.stdout.splitlines()] == [
        [address, "8080", "eth0", address] for address in ("192.168.1.2", "192.168.1.3")]


@runs("$ udpdisc discover -j | jq -r '.[].ip'")
def test_their_addresses(desk, two, text):
    ended(desk.type(text), "192.168.1.2", "192.168.1.3")


@runs("""$ udpdisc discover --ignore-local -j | jq -r '.[] | "\\(.ip):\\(.port)"'""")
def test_those_that_are_not_this_host(desk, two, client, text):
    with client.serve():
        ended(desk.type(text), "192.168.1.2:8080", "192.168.1.3:8080")


@runs("""$ udpdisc discover-one -j | jq -er 'select(.) | "\\(.ip):\\(.port)"'""")
def test_the_first_server(desk, server, text):
    assert desk.type(text).returncode == 4  # jq's for no output
    with server.serve():
        ended(desk.type(text), "192.168.1.2:8000")


@runs("$ udpdisc discover --target db1.example.com --target 10.20.0.0/24")
def test_a_name_and_a_network(desk, server, client, text):
    server.ip("addr add 10.20.0.7/32 dev lo")
    client.ip("route add 10.20.0.0/24 via 192.168.1.2")
    with server.serve():
        run = desk.type(text)
    assert run.returncode == 0
    assert [line.split("\t")[0] for line in run.stdout.splitlines()] == [
        "10.20.0.7", "192.168.1.2"]


@runs("$ udpdisc discover --targets-file hosts.txt")
def test_a_list_of_hosts(desk, server, text):
    with server.serve():
        run = desk.type(text)
    assert [line.split("\t")[0] for line in run.stdout.splitlines()] == ["192.168.1.2"]


@pytest.fixture
def campus(lan, tmp_path):
    """A desk in a network of two segments, and a server in the other one: another mask, and so
    another broadcast address, has the same effect."""
    far = lan.host("far", "10.15.1.9/16")
    return Desk(lan.host("near", "10.15.0.5/23"), tmp_path), far


@runs("$ udpdisc discover --scan")
def test_a_scan(campus, text):
    desk, far = campus
    with far.serve():
        run = desk.type(text)
    assert run.stdout.startswith("10.15.1.9\t8000\teth0\t10.15.1.9\t")


@runs("$ udpdisc check-segmented")
def test_a_segmented_network(campus, text):
    run = campus[0].type(text)
    assert (run.returncode, run.stdout) == (
        1, "eth0\t10.15.0.5\t10.15.0.0/23\t10.15.1.255\t10.15.0.255\t2\tno\n")


@runs("$ udpdisc check-segmented --address 10.15.0.7/16")
def test_an_address_that_is_judged(desk, text):
    run = desk.type(text)
    assert (run.returncode, run.stdout) == (
        1, "-\t10.15.0.7\t10.15.0.0/16\t10.15.255.255\t10.15.0.255\t256\tno\n")


@runs("$ udpdisc ifaces")
def test_the_interfaces(desk, text):
    ended(desk.type(text), "lo\t127.0.0.1\t255.0.0.0\t8\t127.255.255.255\tno\tloopback",
          "eth0\t192.168.1.5\t255.255.255.0\t24\t192.168.1.255\tyes\t-")


@runs("$ udpdisc ifaces -j | jq -r '.[] | select(.selected).name'")
def test_the_interfaces_that_are_used(desk, text):
    ended(desk.type(text), "eth0")


def listed(path):
    return [(found["ip"], found["port"]) for found in json.loads(path.read_text("utf-8"))]


@runs("$ udpdisc discover -j --output-file servers.json")
def test_a_list(desk, two, text):
    ended(desk.type(text))
    assert listed(desk.desk / "servers.json") == [("192.168.1.2", 8080), ("192.168.1.3", 8080)]


@runs("*/5 * * * * /usr/local/bin/udpdisc discover -jq -x 0 "
      "--output-file /var/lib/udpdisc/servers.json")
def test_a_list_by_cron(desk, server, text):
    ended(desk.by_cron(text))
    assert listed(desk.folder / "servers.json") == []
    with server.serve():
        ended(desk.by_cron(text))
    assert listed(desk.folder / "servers.json") == [("192.168.1.2", 8000)]


@runs("$ udpdisc discover -q -x 2 --ignore-local",
      "*/5 * * * * /usr/local/bin/udpdisc discover -q --ignore-local -x 2")
def test_a_failure_where_there_are_fewer(desk, server, other, client, text):
    run = desk.by_cron if text.startswith("*") else desk.type
    with client.serve(), server.serve():
        few = run(text)
        with other.serve():
            ended(run(text))
    assert few.returncode == 1
    assert "only 1 of 2 expected servers answered" in one_line(few)


@runs("$ udpdisc discover -o nagios --ignore-local -x 2")
def test_a_plugin(desk, two, text):
    run = desk.type(text)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("UDPDISC OK - 2 servers: 192.168.1.2:8080, 192.168.1.3:8080 | ")


@runs("$ udpdisc discover-one -q -t 1 --target 127.0.0.1",
      "*/5 * * * * /usr/local/bin/udpdisc discover-one -q -t 1 --target 127.0.0.1")
def test_the_responder_of_this_host(desk, client, text):
    run = desk.by_cron if text.startswith("*") else desk.type
    silent = run(text)
    assert silent.returncode == 1
    assert "no server answered within 1 s" in one_line(silent)
    with client.serve():
        ended(run(text))


@runs("$ udpdisc discover --watch -o ndjson")
def test_who_comes_and_goes(desk, server, text):
    with server.serve():
        process = desk.begin_typed(text)
        [event] = process.wait_records(1)
    assert (event["event"], event["server"]["ip"]) == ("up", "192.168.1.2")
    assert process.stop() == 0


@runs(*[text for text in mdoc.examples(ONE) if "jq --unbuffered" in text])
def test_who_comes_and_goes_in_short(desk, server, text):
    with server.serve():
        process = desk.begin_typed(text)
        process.wait_for(lambda: "\n" in process.stdout, "an event")
    assert process.stdout == "up\t192.168.1.2\n"


@runs("$ udpdisc discover-one -s SQL -j | jq .extra.fields",
      "$ udpdisc discover --service SQL -j | jq '.[].extra.fields'")
def test_fields(desk, database, text):
    run = desk.type(text)
    assert (run.returncode, run.stderr) == (0, "")
    assert json.loads(run.stdout) == SQL


@runs("$ udpdisc discover-one --service SQL --target 127.0.0.1")
def test_what_a_client_gets(desk, client, text):
    with client.serve("-S", desk.desk / "services.json", port=4745):
        run = desk.type(text)
    assert run.stdout.split("\t")[5:] == ["HOST=db1", "IP=127.0.0.1", "PORT=3306", "USER=john\n"]


@runs("$ udpdisc discover --source-port 9998")
def test_a_port_of_the_client(desk, server, text):
    """Which is all that a firewall must let in, as the rules below it say."""
    peer = answering(server, REPLY)
    run = desk.type(text)
    assert run.stdout.startswith("192.168.1.2\t8080\teth0\t")
    assert {seen["source_port"] for seen in peer.records()} == {9998}
    rules = [rule for rule in mdoc.examples(ONE, "FIREWALL") if "9998" in rule and rule[0] == "#"]
    assert len(rules) == 3


# --- completion


COMPLETES = " && complete -p udpdisc"


@runs("$ source <(udpdisc completion bash)")
def test_completion_in_this_shell(desk, text):
    run = desk.type(text + COMPLETES)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.endswith(" udpdisc\n")


@runs("$ udpdisc completion bash >/etc/bash_completion.d/udpdisc")
def test_completion_for_all(desk, text):
    run = desk.type(text + " && source /etc/bash_completion.d/udpdisc" + COMPLETES)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.endswith(" udpdisc\n")
