"""What commands must print (OUTPUT in udpdisc(1)), and comparing whole outputs with it."""

import json

from hosts import ROOT

VOLATILE_MS = 0.0
HEADING = "segmented network detected"
# Claims of a neighbour in 192.168.1.0/24 that lead nowhere.
UNREACHABLE = ["127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "224.0.0.1",
               "239.255.255.250", "255.255.255.255", "192.168.1.255"]


def table(name):
    """The rows of tests/data/NAME.json."""
    return json.loads((ROOT / "tests" / "data" / f"{name}.json").read_text("utf-8"))


def server(ip, port=None, *, interface="eth0", source=None, claimed=None, raw=None,
           attempt=1, local=False, seen_on=None):
    """One result, keys in order; a port of None is one that the reply didn't give."""
    source, claimed = source or ip, claimed or ip
    paths = seen_on or [(interface, source)]
    said = claimed if port is None else f"{claimed}:{port}"
    return {
        "ip": ip,
        "port": 8000 if port is None else port,
        "raw_response": raw or f"SERVER_IP:{said}",
        "extra": {
            "source_address": source,
            "source_port": 9999,
            "interface": interface,
            "rtt_ms": VOLATILE_MS,
            "attempt": attempt,
            "local": local,
            "claimed_ip": claimed,
            "claimed_port": port,
            "service": None,
            "fields": None,
            "seen_on": [{"interface": name, "source_address": address,
                         "rtt_ms": VOLATILE_MS} for name, address in paths],
        },
    }


def _steady(pairs):
    """A JSON object with its time checked and then replaced."""
    found = dict(pairs)
    assert len(found) == len(pairs), f"a key twice in {pairs}"
    if "rtt_ms" in found:
        assert type(found["rtt_ms"]) in (int, float) and 0 <= found["rtt_ms"] < 60_000
        found["rtt_ms"] = VOLATILE_MS
    return found


def text_of(value):
    """JSON that is equal only where order and types are too, and that diffs well."""
    return json.dumps(value, indent=1)


def found(run):
    """The JSON on stdout, times replaced, as text_of() gives it."""
    return text_of(json.loads(run.stdout, object_pairs_hook=_steady))


def found_lines(stdout):
    """The same of each line of ndjson."""
    return [text_of(json.loads(line, object_pairs_hook=_steady))
            for line in stdout.splitlines()]


def servers(*results):
    """What found() gives for these results."""
    return text_of(list(results))


def addresses(run):
    """The (ip, port) of each result."""
    return [(entry["ip"], entry["port"]) for entry in json.loads(run.stdout)]
