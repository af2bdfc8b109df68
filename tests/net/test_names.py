"""Names of targets: /etc/hosts, and name servers of /etc/resolv.conf that are good or bad."""

import re
import signal

import pytest
from hosts import BINARY

ANSWER = "db1.test=127.0.1.1"


@pytest.fixture
def host(net):
    return net.host("client")


def servers(*last, options="timeout:2"):
    """The text of a resolv.conf: these name servers on loopback."""
    return "".join(f"nameserver 127.0.0.{n}\n" for n in last) + f"options {options}\n"


def discover(host, wrapper, *names):
    return host.run(*wrapper, BINARY, "discover", "-vr0", "-t0.05",
                    *(f"-T{name}" for name in names))


def asked(run):
    assert run.returncode == 1, run.stderr
    return re.findall(r"^udpdisc: sent probe 1 to ([\d.]+):9999$", run.stderr, re.MULTILINE)


def reason(run):
    assert run.returncode == 3, run.stderr
    return re.search(r"^udpdisc: warning: cannot resolve '[^']*': (.*)$", run.stderr,
                     re.MULTILINE)[1]


def names(server):
    return [query["name"] for query in server.records()]


@pytest.mark.parametrize("name, addresses", [
    ("one.test", ["1.1"]), ("ONE.Test.", ["1.1"]), ("three.test", ["3.1", "3.2", "3.3"]),
    ("alias.test", ["1.1"]), ("chain.test", ["3.1", "3.2", "3.3"]), ("both.test", ["9.1", "9.2"])])
def test_all_addresses(host, etc, name, addresses):
    table = ["one.test=127.0.1.1", "three.test=127.0.3.1,127.0.3.2,127.0.3.3",
             "alias.test=one.test", "chain.test=link.test", "link.test=three.test"]
    host.peer("dns_server", *(f"--name={row}" for row in table))
    wrapper = etc(servers(1), "127.0.9.1 x both.test\n127.0.9.2 BOTH.test\n")
    assert asked(discover(host, wrapper, name)) == [f"127.0.{a}" for a in addresses]


def test_no_more_than_128_addresses(host, etc):
    many = ",".join(f"127.0.2.{n}" for n in range(1, 141))
    host.peer("dns_server", f"--name=many.test={many}")
    run = discover(host, etc(servers(1)), "many.test")
    assert asked(run) == [f"127.0.2.{n}" for n in range(1, 129)]


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST.", "db1.localhost"])
def test_localhost_is_asked_of_nobody(host, etc, name):
    server = host.peer("dns_server", "--name=localhost=127.9.9.9")
    assert asked(discover(host, etc(servers(1)), name)) == ["127.0.0.1"]
    wrapper = etc(servers(1), f"127.0.0.8 {name.rstrip('.')}\n")
    assert asked(discover(host, wrapper, name)) == ["127.0.0.8"]
    assert server.records() == []


@pytest.mark.parametrize("options, expected", [
    (["--name=other.test=127.0.0.1"], "no such host"),
    (["--name=db1.test="], "it has no IPv4 address"),
    (["--rcode=2"], "the name servers could not tell"),
    (["--rcode=5"], "the name servers could not tell"),
    (["--cut=1", f"--name={ANSWER}"], "the name servers could not tell")])
def test_reasons(host, etc, options, expected):
    host.peer("dns_server", *options)
    run = discover(host, etc(servers(1, options="timeout:9")), "db1.test")
    assert reason(run) == expected and run.elapsed_s < 5


def test_what_is_cut_counts(host, etc):
    host.peer("dns_server", "--cut=3", "--name=db1.test=127.0.1.1,127.0.1.2,127.0.1.3")
    assert asked(discover(host, etc(servers(1)), "db1.test")) == ["127.0.1.1", "127.0.1.2"]


def test_nobody_listens(host, etc):
    """Three refusals, and the server on loopback where no server is given."""
    for conf in (servers(1, 2, 3, options="timeout:9"), "options timeout:9\n"):
        run = discover(host, etc(conf), "db1.test")
        assert reason(run) == "no name server can be reached" and run.elapsed_s < 5


def test_no_way_to_the_server(host, etc):
    run = discover(host, etc("nameserver 192.0.2.1\noptions timeout:9"), "db1.test")
    assert reason(run) == "no name server can be reached" and run.elapsed_s < 5


def test_a_silent_server_is_asked_again(host, etc):
    """As often as it says, within one timeout."""
    server = host.peer("dns_server", "--ignore=99")
    run = discover(host, etc(servers(1, options="timeout:2 attempts:5")), "db1.test")
    assert reason(run) == "no name server answered" and 2 <= run.elapsed_s < 10
    assert names(server) == 5 * ["db1.test"]


def test_the_time_of_all_domains_is_that_of_one(host, etc):
    server = host.peer("dns_server", "--ignore=99")
    conf = servers(1, options="timeout:1 attempts:1") + "search a.test b.test c.test\n"
    run = discover(host, etc(conf), "db1")
    assert reason(run) == "no name server answered" and run.elapsed_s >= 1
    assert names(server) == ["db1.a.test"]


def test_a_lost_query(host, etc):
    server = host.peer("dns_server", "--ignore=1", f"--name={ANSWER}")
    run = discover(host, etc(servers(1, options="timeout:2 attempts:4")), "db1.test")
    assert asked(run) == ["127.0.1.1"]
    assert len({(query["id"], query["port"]) for query in server.records()}) == 1


@pytest.mark.parametrize("other", [None, "--ignore=99", "--rcode=2", "--rcode=5"])
@pytest.mark.parametrize("good", [1, 3])
def test_one_good_server_is_enough(host, etc, other, good):
    host.peer("dns_server", f"--bind=127.0.0.{good}", f"--name={ANSWER}")
    if other:
        host.peer("dns_server", "--bind=127.0.0.2", other)
    conf = servers(*sorted([2, good]), options="timeout:9")
    run = discover(host, etc(conf), "db1.test")
    assert asked(run) == ["127.0.1.1"] and run.elapsed_s < 5


def test_one_refuses_and_one_is_silent(host, etc):
    host.peer("dns_server", "--bind=127.0.0.1", "--ignore=99")
    run = discover(host, etc(servers(1, 2, options="timeout:1")), "db1.test")
    assert reason(run) == "no name server answered"
    host.peer("dns_server", "--bind=127.0.0.3", "--rcode=2")
    run = discover(host, etc(servers(1, 2, 3, options="timeout:1")), "db1.test")
    assert reason(run) == "the name servers could not tell"


def test_forgeries_do_not_count(host, etc):
    host.peer("dns_server", "--forge", f"--name={ANSWER}")
    assert asked(discover(host, etc(servers(1)), "db1.test")) == ["127.0.1.1"]


def test_another_source_does_not_count(host, etc):
    """The server is bound to all addresses, and answers from 127.0.0.1."""
    server = host.peer("dns_server", "--bind=0.0.0.0", f"--name={ANSWER}")
    run = discover(host, etc(servers(5, options="timeout:1 attempts:1")), "db1.test")
    assert reason(run) == "no name server answered"
    assert names(server) == ["db1.test"]


@pytest.mark.parametrize("name, conf, queries", [
    ("db1", "search a.test b.test", ["db1.a.test", "db1.b.test", "db1"]),
    ("db1", "domain a.test", ["db1.a.test", "db1"]),
    ("db1.", "search a.test", ["db1"]),
    ("db1.x", "search a.test", ["db1.x"]),
    ("db1.x", "search a.test\noptions ndots:2", ["db1.x.a.test", "db1.x"]),
    ("db1.x.", "search a.test\noptions ndots:2", ["db1.x"]),
    ("db1", f"search {64 * 'a'} . b..c a.test.", ["db1", "db1.a.test", "db1"])])
def test_domains(host, etc, name, conf, queries):
    server = host.peer("dns_server")
    run = discover(host, etc(f"{conf}\n"), name)
    assert (reason(run), names(server)) == ("no such host", queries)
    assert len({query["id"] for query in server.records()}) >= len(queries) - 1


def test_the_first_domain_with_an_address_counts(host, etc):
    server = host.peer("dns_server", "--name=db1.a.test=", "--name=db1.b.test=127.0.1.2",
                       "--name=db1=127.0.1.3")
    wrapper = etc("search a.test b.test c.test\n")
    assert asked(discover(host, wrapper, "db1")) == ["127.0.1.2"]
    assert names(server) == ["db1.a.test", "db1.b.test"]
    assert reason(discover(host, etc("search a.test\n"), "db1.a")) == "no such host"
    host.peer("dns_server", "--bind=127.0.0.2", "--name=db2.a.test=")
    run = discover(host, etc(servers(2) + "search a.test\n"), "db2")
    assert reason(run) == "it has no IPv4 address"


def test_no_files(host, etc):
    """In their places are devices, which are not read."""
    host.peer("dns_server", f"--name={ANSWER}")
    wrapper = ["unshare", "-m", "sh", "-c", "mount --bind /dev/null /etc/hosts && "
               'mount --bind /dev/null /etc/resolv.conf && exec "$@"', "sh"]
    assert asked(discover(host, wrapper, "db1.test", "localhost")) == ["127.0.1.1", "127.0.0.1"]


def test_servers_of_ipv6(host, etc):
    host.ip("link add eth0 type veth peer name eth1")
    host.ip("-6 addr add fe80::53/64 dev eth0 nodad")
    host.ip("link set eth0 up")
    host.ip("link set eth1 up")
    host.peer("dns_server", "--bind=::1", f"--name={ANSWER}")
    host.peer("dns_server", "--bind=fe80::53%eth0", f"--name={ANSWER}")
    for address in ("::1", "fe80::53%eth0"):
        run = discover(host, etc(f"nameserver {address}\n"), "db1.test")
        assert asked(run) == ["127.0.1.1"]
    for address in ("fe80::53%eth9", "fe80::53"):
        run = discover(host, etc(f"nameserver {address}\n"), "db1.test")
        assert reason(run) == "no name server can be reached"


def test_an_interrupt_ends_it(host, etc):
    server = host.peer("dns_server", "--ignore=99")
    wrapper = etc(servers(1, options="timeout:30"))
    process = host.start(*wrapper, BINARY, "discover", "-Tdb1.test")
    server.wait_records(1)
    assert process.stop(signal.SIGINT) == 128 + signal.SIGINT
