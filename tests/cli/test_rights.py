"""Whom serve becomes, and what it may read and bind as such."""

import os
import signal

import pytest

from clitool import ANSWER, next_port, pending, refused, rights, run, serve, wait_for
from names import etc
from surroundings import (NOBODY, ONE_USER, as_user, check_given_up, check_is, folder, many,
                          path, public_binary, warnings)
from test_tged_options import REPLY, SQL, ask, serve_services

PASSWD = "root:x:0:0::/:/\nweb:x:1234:2345:Web, a user:/:/\nbad:x:y:z::/:/\n"
GROUP = "root:x:0:\nstaff:x:3456:web\nweb:x:2345:\n"
WEB = (1234, 2345)


@pytest.fixture
def accounts(tmp_path):
    """A wrapper: the users and groups are PASSWD and GROUP."""
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "passwd").write_text(PASSWD, "ascii")
    (folder / "group").write_text(GROUP, "ascii")
    return etc(folder)


# --- whom it becomes -----------------------------------------------------------

@many
@pytest.mark.parametrize("args, uid, gid", [
    ((), NOBODY, NOBODY), (("-u", "web"), *WEB), (("-u", "web:staff"), 1234, 3456),
    (("-u", "web:9"), 1234, 9), (("-uweb:web",), *WEB), (("--user=1234",), *WEB),
    (("-u", "1234:0"), 1234, 0), (("-u", "77"), 77, 77), (("-u77:staff",), 77, 3456),
    (("-u", "65534"), NOBODY, NOBODY), (("-u0:web",), 0, 2345), (("-u", "root:77"), 0, 77),
    (("-u", "web", "-u", "77"), 77, 77), (("-u", " web:77\n"), 1234, 77)])
def test_root_becomes(accounts, args, uid, gid):
    groups = ["/usr/bin/setpriv", "--groups=5,6", "--inh-caps=+net_raw", "--ambient-caps=+net_raw"]
    with serve("-v", *args, user=None, wrapper=[*groups, *accounts]) as server:
        assert server.ask()[0] == ANSWER
        check_is(server.process.pid, uid, gid)
        check_given_up(server.process.pid)
        assert rights(server.process.pid)["CapBnd"] == 0
        assert f"udpdisc: in force: user {uid}, group {gid}, no new privileges" in server.log
        assert warnings(server) == []


@pytest.mark.parametrize("user", ["0", "root", "0:0", "root:root"])
@pytest.mark.parametrize("wrapper", [[], ONE_USER])
def test_root_stays_root(user, wrapper):
    with serve("-v", "-u", user, wrapper=wrapper) as server:
        assert server.ask()[0] == ANSWER
        check_is(server.process.pid, 0, 0)
        check_given_up(server.process.pid)
        assert warnings(server) == []


def test_without_files_of_accounts_there_are_numbers(accounts, tmp_path):
    for name in ("passwd", "group"):
        (tmp_path / "etc" / name).unlink()
    with serve("-u0:0", wrapper=accounts) as server:
        assert server.ask()[0] == ANSWER
    refused("serve", "-u", "web", wrapper=accounts, names=["'web'", "/etc/passwd"])


@pytest.mark.parametrize("user", [
    "nosuch", "WEB", "web:nosuch", "web:", ":", ":web", "", " ", "bad", "-1", "+5", "1.5", "0x4d2",
    "4294967295", "4294967296", "99999999999999999999", "web:-1", "web:4294967295", "web:web:web",
    "1234:x", "w eb", "web: staff", "web :staff", "x" * 66, "\u0661", b"\xff", "a\x1b[2J\u202eb"])
def test_bad_users(accounts, user):
    port = next_port()
    for more in (["--check"], []):
        result = refused("serve", "-p", port, *more, "-u", user, wrapper=accounts,
                         names=["--user"])
        assert "expected NAME[:GROUP] or UID[:GID]\n" in result.err or user in ("", "x" * 66)
    assert pending(port) is None


def test_words_of_bad_users(accounts):
    told = [refused("serve", "-u", user, wrapper=accounts).err for user in
            ("nosuch", "web:nosuch", "web:")]
    assert told == [f"udpdisc: bad --user '{user}': {why}; expected NAME[:GROUP] or UID[:GID]\n"
                    for user, why in (
                        ("nosuch", "there is no such user in /etc/passwd"),
                        ("web:nosuch", "there is no such group in /etc/group"),
                        ("web:", "there is a part without a name"))]


def check_not_permitted(user, why, **options):
    """Exit 3 and one line; nobody is answered meanwhile."""
    port = next_port()
    for more in ([], ["-q"], ["-j"], ["--check"]):
        result = run("serve", "-p", port, *more, "-u", user, **options)
        assert (result.code, result.out, result.err.count("\n")) == (3, "", 1), result.err
        assert f"cannot become --user '{user}': {why}" in result.err
        assert pending(port) is None


def test_a_user_that_is_not_mapped():
    for user in ("1234", "0:1234"):
        check_not_permitted(user, "Operation not permitted", wrapper=ONE_USER)


@many
@pytest.mark.parametrize("user", ["0", "77", "1234:0", "77:2345"])
def test_others_become_nobody_else(folder, user):
    check_not_permitted(user, "Operation not permitted", wrapper=as_user(*WEB),
                        argv0=public_binary(folder))


@many
@pytest.mark.parametrize("lost", ["-setuid", "-setgid", "-setuid,-setgid"])
def test_root_that_may_not_change(lost):
    wrapper = ["/usr/bin/setpriv", f"--bounding-set={lost}", f"--inh-caps={lost}"]
    check_not_permitted("77:88", "Operation not permitted", wrapper=wrapper)


def test_the_default_where_there_is_no_nobody():
    """A container of one user: it says what it is not, and serves."""
    with serve(user=None, wrapper=ONE_USER) as server:
        assert server.ask()[0] == ANSWER
        check_is(server.process.pid, 0, 0)
        check_given_up(server.process.pid)
        assert warnings(server) == ["cannot become nobody (65534): Operation not permitted; goes "
                                    "on as root, which --user 0 asks for"]
    result = run("serve", "--check", user=None, wrapper=ONE_USER)
    assert result.code == 0 and result.err.count("\n") == 1 and "--user 0" in result.err


@many
@pytest.mark.parametrize("args", [(), ("-u1234:2345",)])
def test_whoever_is_not_root_stays_who_he_is(folder, args):
    with serve("-v", *args, user=None, wrapper=as_user(*WEB), argv0=public_binary(folder)
               ) as server:
        assert server.ask()[0] == ANSWER
        check_is(server.process.pid, *WEB)
        check_given_up(server.process.pid)
        assert warnings(server) == [] and "in force: user 1234, group 2345, no" in server.log


@many
def test_groups_of_whoever_is_not_root(folder):
    """He may not leave them."""
    wrapper = as_user(*WEB, "--groups=7,8")
    with serve("-v", user=None, wrapper=wrapper, argv0=public_binary(folder)) as server:
        assert server.ask()[0] == ANSWER
        check_is(server.process.pid, *WEB, [7, 8])
        assert warnings(server) == []
        assert "in force: user 1234, group 2345 and others, no new" in server.log


@many
@pytest.mark.parametrize("group, others", [(7, " and others"), (WEB[1], "")])
def test_a_group_of_whoever_is_not_root(folder, group, others):
    wrapper = as_user(*WEB, f"--groups={group}")
    with serve("-v", user=None, wrapper=wrapper, argv0=public_binary(folder)) as server:
        assert f"in force: user 1234, group 2345{others}, no new" in server.log


@many
@pytest.mark.parametrize("calls", ["setresgid:error=EAGAIN", "setresuid:error=EAGAIN"])
def test_a_change_that_fails_half_way(tracer, calls):
    check_not_permitted("77:88", "Resource temporarily unavailable",
                        wrapper=tracer.wrapper("-e", f"inject={calls}"))


@pytest.mark.parametrize("args, value, origin", [
    ((), "nobody", "default"), (("-u", "0"), "0", "option"), (("--user=root:0",), "root:0",
                                                               "option")])
def test_check_shows_the_user(args, value, origin):
    assert ["user", value, origin] in run("serve", "--check", *args, user=None).rows
    shown = run("serve", "--check", "-j", *args, user=None).json["user"]
    assert shown == {"value": value, "origin": origin}


@many
def test_check_shows_no_user_to_others(folder):
    options = {"user": None, "wrapper": as_user(*WEB), "argv0": public_binary(folder)}
    assert ["user", "-", "default"] in run("serve", "--check", **options).rows
    assert run("serve", "--check", "-j", **options).json["user"]["value"] is None


# --- what it reads and binds ---------------------------------------------------

@many
@pytest.mark.parametrize("hide", [
    lambda path: path.chmod(0o600), lambda path: path.parent.chmod(0o700),
    lambda path: os.chown(path, *WEB) or path.chmod(0o640)], ids=["file", "folder", "owner"])
def test_services_that_the_user_may_not_read(path, hide):
    """They fail at the start, and with --check, and not at the first reload."""
    hide(path)
    port = next_port()
    for user, name in (["-u", "77"], "77"), ([], "nobody"):
        told = {refused("serve", *more, "-p", port, "-S", path, *user, user=None).err
                for more in ([], ["--check"], ["-q"])}
        assert told == {f"udpdisc: cannot read '{path}': Permission denied, to --user '{name}'\n"}
    assert pending(port) is None


@many
@pytest.mark.parametrize("owner, mode, user", [
    ((0, 0), 0o600, "0"), (WEB, 0o600, "1234"), ((0, 2345), 0o640, "77:2345"),
    ((0, 0), 0o604, "77")])
def test_services_that_the_user_may_read(path, owner, mode, user):
    os.chown(path, *owner)
    path.chmod(mode)
    assert run("serve", "--check", "-S", path, "-u", user).code == 0
    with serve_services(path, "-u", user) as (server, port):
        assert ask(port) == REPLY
        check_given_up(server.process.pid)


@pytest.mark.parametrize("owner, mode", [
    ((0, 0), 0), pytest.param(WEB, 0o600, marks=many), pytest.param(WEB, 0, marks=many)])
def test_root_reads_nothing_by_capability(path, owner, mode):
    """It has none any more, and --check says so beforehand."""
    os.chown(path, *owner)
    path.chmod(mode)
    told = {refused("serve", *more, "-S", path, "-u0").err for more in ([], ["--check"])}
    assert told == {f"udpdisc: cannot read '{path}': Permission denied, to --user '0'\n"}


@many
def test_services_that_can_be_read_no_more(path):
    with serve_services(path, user=None) as (server, port):
        path.chmod(0o600)
        server.send(signal.SIGHUP)
        server.wait_log(f"cannot read '{path}': Permission denied; the last good services stay")
        assert ask(port) == REPLY
        path.write_text(SQL.replace("3306", "3307"), "ascii")
        path.chmod(0o604)
        wait_for(lambda: b"3307" in ask(port), "the new services")


@pytest.mark.parametrize("user", ["0", pytest.param(None, marks=many)])
def test_root_binds_a_port_below_1024(path, user):
    with serve("-S", path, "--tged-port=81", port=80, user=user, ready=" of '") as server:
        assert (server.ask()[0], ask(81)) == (ANSWER, REPLY)
        check_given_up(server.process.pid)


@many
def test_a_capability_that_another_gave(folder):
    """As systemd does by AmbientCapabilities=: used, and given up."""
    wrapper = as_user(*WEB, "--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service")
    with serve(port=80, user=None, wrapper=wrapper, argv0=public_binary(folder)) as server:
        assert server.ask()[0] == ANSWER
        check_given_up(server.process.pid)
