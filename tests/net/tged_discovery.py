"""What the tests of discover over TGED share: servers that answer, and the results of that."""

import json

import tged
from expect import server
from hosts import LONG_S
from wire import hex_words

PORT = tged.PORT
REQUEST = tged.request("SQL")
INVALID = tged.INVALID.encode()
SQL = {"HOST": "test", "FQDN": "test.example.com", "IP": "192.168.1.2", "PORT": "3306",
       "USER": "john"}


def reply(fields, space=" "):
    """The bytes with which the original server answers."""
    lines = "".join(f"{key}:{space}{value}\r\n" for key, value in fields.items())
    return f"TGED REPLY 1.0\r\n{lines}\r\n".encode()


def result(fields, ip="192.168.1.2", port=None, *, claimed=None, service="SQL", raw=None, **way):
    """One result; a claimed address of None is one that the reply didn't give."""
    entry = server(ip, raw=raw or reply(fields).decode("utf-8"), **way)
    entry["port"] = port
    entry["extra"].update(source_port=PORT, claimed_ip=claimed, claimed_port=port,
                          service=service, fields=fields)
    return entry


SQL_RESULT = result(SQL, port=3306, claimed="192.168.1.2")


def original(host, fields=None, *args):
    """The original server, which has SQL where there are fields of it."""
    return host.peer("tged_server", json.dumps({} if fields is None else {"SQL": fields}), *args)


def odd(host, *replies, ignore=0):
    """A peer that answers each request but the first ignored ones with these replies."""
    return host.peer("odd_peer", "--port", PORT, "--message", REQUEST, "--ignore", ignore,
                     *hex_words(replies))


def serve(host, services, *args):
    """`udpdisc serve` with these services."""
    path = host.net.next_stem(f"{host.name}.json")
    path.write_text(json.dumps(services), "utf-8")
    return tged.serve(host, path, *args)


def ask(host, *args, **options):
    """One short round for SQL; the last of an option wins."""
    return host.discover("-s", "SQL", *args, **options)


def ask_first(host, *args):
    """As ask(), but it ends with the first result, however long that takes."""
    return ask(host, "-t", LONG_S, "-c", "1", *args)
