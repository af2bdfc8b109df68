"""What the kernel answers when it is asked for the interfaces, or fails to; strace puts its words
in place of the kernel's (rtnetlink(7))."""

import struct

import pytest

from clitool import run

LINK, ADDRESS, ROUTE, ERROR, DONE = 16, 20, 24, 2, 3
GET_LINKS, GET_ADDRESSES = 18, 22  # the questions, and their numbers
MULTI, INTERRUPTED = 2, 0x10
NAME, BROADCAST, MASTER, MAC, LOCAL = 3, 4, 10, 1, 2
UP = 0x1 | 0x2 | 0x10000  # with broadcast and carrier
EPERM, ENOBUFS = 1, 105


def message(kind, body=b"", flags=MULTI, question=GET_LINKS, length=None):
    length = 16 + len(body) if length is None else length
    return struct.pack("=IHHII", length, kind, flags, question, 0) + body + bytes(-len(body) % 4)


def attribute(kind, value, length=None):
    length = 4 + len(value) if length is None else length
    return struct.pack("=HH", length, kind) + value + bytes(-len(value) % 4)


def number(value):
    return struct.pack("=i", value)


def link(*attributes, cut=0):
    """Interface 7; the padding of the last attribute may be cut."""
    body = struct.pack("=BxHiII", 0, 1, 7, UP, 0) + b"".join(attributes)
    return message(LINK, body, length=16 + len(body) - cut)


def address(family=2, prefix=24):
    """10.9.8.7 on interface 7."""
    body = struct.pack("=4BI", family, prefix, 0, 0, 7)
    return message(ADDRESS, body + attribute(LOCAL, b"\x0a\x09\x08\x07") +
                   attribute(BROADCAST, b"\x0a\x09\x08\xff"), question=GET_ADDRESSES)


def done(question=GET_LINKS, error=0):
    return message(DONE, number(error), question=question)


def ifaces(tracer, *answer, when="1+"):
    """`ifaces -j` that hears this and nothing else, whatever it asks for."""
    data = b"".join(answer)
    heard = f"retval={len(data)}:poke_exit=@arg2={data.hex()}"
    return run("ifaces", "-j", wrapper=tracer.wrapper("-e", f"inject=recvfrom:{heard}:when={when}"))


def row(tracer, *links, addresses=None, behind=b""):
    """What is told of interface 7, the only one that has an address."""
    result = ifaces(tracer, *links, done(), *(addresses or [address()]), done(GET_ADDRESSES),
                    behind)
    assert (result.code, result.err) == (0, ""), result.err
    found, = result.json
    assert (found["ip"], found["prefix"], found["broadcast"]) == ("10.9.8.7", 24, "10.9.8.255")
    return found


def check_cannot(result, why):
    assert (result.code, result.out) == (3, "")
    assert result.err == ("udpdisc: cannot ask the kernel for the interfaces (rtnetlink): "
                          f"{why}\n")


@pytest.mark.parametrize("answer, why", [
    (message(ERROR, number(-EPERM)), "Operation not permitted"),
    (done(error=-ENOBUFS), "No buffer space available"),
    (link(attribute(NAME, b"one\0")) + done(error=-EPERM), "Operation not permitted")])
def test_the_kernel_refuses(tracer, answer, why):
    check_cannot(ifaces(tracer, answer), why)


@pytest.mark.parametrize("call, why", [
    ("socket:error=EMFILE", "No file descriptors available"),
    ("bind:error=ENOMEM", "Out of memory"),
    ("sendto:error=ENOBUFS", "No buffer space available"),
    ("recvfrom:error=EAGAIN:when=2", "Resource temporarily unavailable")])
@pytest.mark.parametrize("command", ["ifaces", "check-segmented", "discover"])
def test_a_call_fails(tracer, command, call, why):
    check_cannot(run(command, "-q", wrapper=tracer.wrapper("-e", f"inject={call}")), why)


def test_an_answer_that_changed_meanwhile_is_asked_for_again(tracer):
    changed = message(LINK, flags=MULTI | INTERRUPTED)
    assert ifaces(tracer, changed, when="1").out == run("ifaces", "-j").out
    check_cannot(ifaces(tracer, changed), "Interrupted system call")
    assert tracer.text.count("recvfrom(") == 4


def test_an_interface_as_it_is_told(tracer):
    found = row(tracer, link(attribute(NAME, b"one\0"), attribute(MASTER, number(3)),
                             attribute(MAC, bytes(range(6)))))
    assert (found["name"], found["mac"], found["selected"]) == ("one", "00:01:02:03:04:05", True)


@pytest.mark.parametrize("attributes, name", [
    ([attribute(NAME, b"one\0" + bytes(range(1, 40)))], "one"),
    ([attribute(NAME, b"x" * 40)], "x" * 15),
    ([attribute(NAME, b"one\0"), attribute(NAME, b"two\0", length=3)], "one"),
    ([attribute(NAME, b"one\0"), attribute(NAME, b"two\0", length=9)], "one"),
    ([attribute(MAC, bytes(100)), attribute(NAME, b"one\0")], "one")])
def test_attributes_that_do_not_fit(tracer, attributes, name):
    assert row(tracer, link(*attributes))["name"] == name


def test_the_last_attribute_needs_no_padding(tracer):
    """Nothing behind it is taken for one more."""
    found = row(tracer, link(attribute(NAME, b"no\0"), cut=1), behind=attribute(NAME, b"two\0"))
    assert found["name"] == "no"


@pytest.mark.parametrize("other", [
    message(ROUTE, bytes(12)), message(LINK), message(LINK, bytes(16), question=GET_ADDRESSES),
    message(DONE, number(0), question=1)])
def test_what_was_not_asked_for(tracer, other):
    assert row(tracer, other, link(attribute(NAME, b"one\0")))["name"] == "one"


@pytest.mark.parametrize("other", [address(family=10), address(prefix=33)])
def test_addresses_that_are_none_of_ipv4(tracer, other):
    row(tracer, link(attribute(NAME, b"one\0")), addresses=[other, address()])


def test_an_address_without_its_interface(tracer):
    result = ifaces(tracer, done(), address(), done(GET_ADDRESSES))
    assert (result.code, result.out) == (1, "[]\n"), result.err
