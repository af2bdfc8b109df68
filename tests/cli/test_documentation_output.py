"""The JSON, the tables and the log of each command are what the man page says of them."""

import json
import re

import helptext
import mdoc
import pytest

from clitool import next_port, responder, run, run_on_terminal, serve, start

TYPES = {str: "string", int: "number", float: "number", bool: "boolean", dict: "object",
         list: "array", type(None): "null"}
TGED = "TGED REPLY 1.0\r\n{}\r\n"
REQUEST = b"TGED DISCOVERY 1.0\r\nRQ:A\r\n\r\n"
# What only an interface that is gone, or that this network lacks, has.
NEVER_HERE = {"extra.interface": {"null"}, "extra.seen_on[].interface": {"null"},
              "broadcast": {"null"}, "reason": {"null"}, "mac": {"null"},
              "networks[].interface": {"string"}}


def documented(title):
    """The keys of a part of OUTPUT, in order, and the types that the page gives each."""
    found = {}
    for tags, _ in mdoc.items(mdoc.subsections("OUTPUT")[title]):
        for tag in tags:
            key, *types = mdoc.words_of(tag)
            found[key] = set(types) - {"or"}
    return found


def seen(value, path=""):
    """The paths of an object's keys, in order, with the types of what is there. The fields of a
    service are its own."""
    found = {}
    for key, inner in value.items():
        at = f"{path}{key}"
        found.setdefault(at, set()).add(TYPES[type(inner)])
        inside = {"[]": inner} if isinstance(inner, list) else {"": inner}
        for mark, below in inside.items():
            for each in below if isinstance(below, list) else [below]:
                if isinstance(each, dict) and key != "fields":
                    for name, types in seen(each, f"{at}{mark}.").items():
                        found.setdefault(name, set()).update(types)
    return found


def check(title, *objects):
    """The page has these keys, in this order, and of each the types that these objects have."""
    page, types = documented(title), {}
    for each in objects:
        assert list(seen(each)) == [key for key in page if key in seen(each)]
        for key, found in seen(each).items():
            types.setdefault(key, set()).update(found)
    assert types == {key: said - NEVER_HERE.get(key, set()) for key, said in page.items()}


def answers(*replies, args=(), command="discover-one"):
    """The JSON that each of these replies becomes."""
    found = []
    for reply in replies:
        with responder(reply.encode()) as peer:
            found.append(run(command, "-j", "-t5", "-T", peer.target, *args).json)
    return found


def servers():
    """With a port and without; of TGED with address and port, and with nothing at all."""
    return [*answers("SERVER_IP:127.0.0.1:8080", "SERVER_IP:127.0.0.1"),
            *answers(TGED.format("IP: 127.0.0.1\r\nPORT: 1\r\n"), TGED.format(""),
                     args=["-s", "A"])]


def test_json_of_discover_one():
    check("JSON of discover and discover-one", *servers())


def test_json_of_discover_is_an_array_of_the_same():
    [one], = answers("SERVER_IP:127.0.0.1", args=["-c1"], command="discover")
    assert list(seen(one)) == list(documented("JSON of discover and discover-one"))
    lines = [json.loads(line) for line in ndjson()]
    assert [list(seen(line)) for line in lines] == [list(seen(one))]


def ndjson():
    with responder(b"SERVER_IP:127.0.0.1") as peer:
        return run("discover", "-o", "ndjson", "-c1", "-T", peer.target).out.splitlines()


def test_json_of_a_watch():
    with responder(b"SERVER_IP:127.0.0.1") as peer, \
            start("discover", "-w", "-o", "ndjson", "-T", peer.target, stdout=-1) as process:
        event = json.loads(process.stdout.readline())
        process.terminate()
    assert {key: types for key, types in seen(event).items() if "." not in key} == \
        documented("JSON of discover --watch --output ndjson")
    server = documented("JSON of discover and discover-one")
    assert list(seen(event["server"])) == list(server)


def test_json_of_ifaces():
    interface, = run("ifaces", "-j").json
    page = documented("JSON of ifaces")
    assert list(interface) == list(page)
    for key, value in interface.items():
        assert TYPES[type(value)] in page[key]
    assert page["reason"] == page["mac"] == page["broadcast"] == {"string", "null"}
    assert all(len(types) == 1 for key, types in page.items()
               if key not in ("reason", "mac", "broadcast"))


def test_json_of_check_segmented():
    found = run("check-segmented", "-j", "--address", "10.15.0.7/16").json
    assert found["networks"][0].pop("interface") is None
    page = documented("JSON of check-segmented")
    assert page.pop("networks[].interface") == {"string", "null"}
    assert seen(found) == page


@pytest.mark.parametrize("command, title", [
    ("discover", "JSON of discover and discover-one"), ("ifaces", "JSON of ifaces"),
    ("check-segmented", "JSON of check-segmented")])
def test_the_json_of_help_is_that_of_the_man_page(command, title):
    """All keys, but for those of a way, which help leaves out."""
    keys = [key.rpartition(".")[2] for key in documented(title) if "seen_on[]" not in key]
    assert helptext.json_keys(command) == keys


def test_json_of_the_settings():
    """A key for each option with a value, and in it what the page says."""
    shown = run("serve", "--check", "-j").json
    names = {row.names[-1].lstrip("-") for row in helptext.rows("serve")}
    assert set(shown) == names - {"j", "help", "version", "check"}
    for setting in shown.values():
        assert list(setting) == list(documented("JSON of serve --check"))
    origins = run("serve", "--check", "-p9", env={"DISCOVERY_CLIENT_MESSAGE": "x"}).rows
    assert {row[2] for row in origins} == {"option", "default", "DISCOVERY_CLIENT_MESSAGE"}


def said_of_the_log():
    lines = mdoc.subsections("OUTPUT")["The log of serve"]
    return mdoc.plain(lines), list(documented("The log of serve"))


def test_the_log_in_json(tmp_path):
    """What each line has beside the three; the counters are those of the page, in order."""
    page, counters = said_of_the_log()
    (tmp_path / "a.json").write_text('{"A": {}}', "utf-8")
    with serve("-j", "-S", tmp_path / "a.json", "--tged-port", next_port()) as server:
        server.ask()
        server.wait_log('"services":1}')
        server.send(1)
        server.wait_log("reloaded")
        server.counters()
        server.stop()
        lines = [json.loads(line) for line in server.log.splitlines()]
    beside = {}
    for line in lines:
        assert list(line)[:3] == ["time", "level", "message"]
        beside[line["message"].split(" ")[0]] = list(line)[3:]
        assert all(isinstance(line[key], int) for key in list(line)[3:])
        assert line["level"] in ("error", "warning", "info", "debug")
    assert beside == {"listening": ["port", "services"], "reloaded": ["services"],
                      "counters:": counters, "stopped": ["uptime_s", "probes", "replies"]}
    told = "when it listens, port and services; when the services were reloaded, services; " \
        "when it stopped, uptime_s, probes and replies"
    assert told in page


def test_the_counters_in_text():
    with serve() as server:
        assert list(server.counters()) == said_of_the_log()[1]


# --- tables


def headers():
    """What the page says that a command's columns are called on a terminal."""
    return {", ".join(word for word in mdoc.words_of(tags[0]) if word != ","):
            mdoc.plain(lines).partition(":")[0].split()
            for tags, lines in mdoc.items(mdoc.parts()["OUTPUT"])}


def test_the_page_has_each_table():
    assert list(headers()) == ["discover, discover-one", "discover, --watch", "ifaces",
                               "check-segmented", "serve, --check"]


@pytest.mark.parametrize("of, args", [
    ("ifaces", ["ifaces"]), ("check-segmented", ["check-segmented", "--address", "10.15.0.7/16"]),
    ("serve, --check", ["serve", "--check"])])
def test_the_header_of_a_table(of, args):
    assert run_on_terminal(*args).out.splitlines()[0].split() == headers()[of]


@pytest.mark.parametrize("args, reply, more", [
    ([], "SERVER_IP:127.0.0.1", []), (["-s", "A"], TGED.format("A: b\r\n"), ["FIELDS"])])
def test_the_header_of_servers(args, reply, more):
    expected = headers()["discover, discover-one"] + more
    page = mdoc.plain(mdoc.parts()["OUTPUT"])
    assert not more or f"then {more[0]}, a column" in page
    with responder(reply.encode()) as peer:
        shown = run_on_terminal("discover-one", "-T", peer.target, *args).out
    assert shown.splitlines()[0].split() == expected


def test_the_header_of_events():
    assert headers()["discover, --watch"] == \
        ["TIME", "EVENT", *headers()["discover, discover-one"]]


def test_the_line_for_nagios():
    """That of the page is such as this run's, but for the figures."""
    said = re.search(r"^\.Dl (UDPDISC .*)$", "\n".join(mdoc.subsections("OUTPUT")["Nagios"]),
                     re.MULTILINE)[1]
    with responder(b"SERVER_IP:127.0.0.1:8080") as peer:
        shown = run("discover-one", "-o", "nagios", "-T", peer.target).out

    def mask(line):
        return re.sub(r"\d+\.\d{3}s", "T", line.replace("10.0.0.1", "127.0.0.1"))

    assert mask(shown) == mask(said) + "\n"
