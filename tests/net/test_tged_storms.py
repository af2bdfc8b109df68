"""serve --services under storms: of signals, of dead neighbours, and a change that hides."""

import json
import mmap
import shutil
import signal
import time

from processes import wait_until
from tged import (STAY, check_unmoved, counters, frozen, make_file, make_folder, say, saying,
                  serve, wait_said)

SERVICES = 20_000


def large():
    """A set that takes its time to load."""
    return json.dumps({"SQL": {"SAYS": "large"},
                       **{f"S{number:05}": {"A": 1} for number in range(SERVICES)}})


def test_a_storm_of_sighup_keeps_nobody_out(server, tmp_path):
    """Signals of all kinds and requests are taken between two loads."""
    path = make_file(tmp_path)
    path.write_text(large(), "ascii")
    with serve(server, path) as serving:
        storm = server.start("sh", "-c", f"while kill -HUP {serving.popen.pid}; do :; done")
        serving.wait_stderr("reloaded", 3)
        assert [say(server, "SQL") for _ in range(5)] == ["large"] * 5
        serving.send(signal.SIGTERM)
        began = time.monotonic()
        assert serving.wait() == 0
        assert time.monotonic() - began < 5
        storm.wait()


def test_a_removed_folder_is_not_an_empty_one(server, tmp_path):
    """Who is in it can still look at it, and finds nothing."""
    folder = make_folder(tmp_path)
    inside = ("sh", "-c", f'cd {folder} && exec "$@"', "sh")
    with serve(server, ".", program=inside) as serving:
        with frozen(serving):
            shutil.rmtree(folder)
        serving.wait_stderr("cannot read '.': ")
        check_unmoved(server)
        serving.send(signal.SIGHUP)
        serving.wait_stderr(STAY, 2)
        check_unmoved(server)
        assert " 0 services" not in serving.stderr


def test_a_change_through_a_mapping_is_seen(server, tmp_path):
    """The stamp of a page that is written to a second time may stay as it was."""
    path = make_file(tmp_path)
    with serve(server, path) as serving, path.open("r+b") as file, \
            mmap.mmap(file.fileno(), 0) as page:
        place = page.find(b"old")
        page[place:place + 3] = b"new"
        wait_said(server, "SQL", "new")
        stamp = path.stat().st_mtime_ns
        page[place:place + 3] = b"odd"
        wait_said(server, "SQL", "odd")
        print("the stamp", "changed" if path.stat().st_mtime_ns != stamp else "stayed")
        assert counters(serving)["reloads"] == 2


def test_a_file_stays_a_file(server, tmp_path):
    """A container's mount of a file that is missing makes an empty folder in its place."""
    path = make_file(tmp_path)
    with serve(server, path) as serving:
        path.unlink()
        path.mkdir()
        serving.wait_stderr("needs a restart; the last good services stay")
        assert say(server, "SQL") == "old"
        path.rmdir()
        path.write_text(saying("new"), "ascii")
        wait_said(server, "SQL", "new")


def test_dead_neighbours_keep_no_reply_from_others(lan, server, client, tmp_path):
    """What waits for their ARP holds room in the send buffer, for three seconds each."""
    server.ip("addr add 10.99.255.1/16 dev eth0")
    attacker = lan.host("attacker", "10.99.255.2/16")
    with serve(server, make_file(tmp_path)) as serving:
        flood = attacker.peer("flooder", "192.168.1.2", "--device", "eth0", "--sources", 900,
                              "--count", 900, "--rate", 300)
        answer = client.ask("prober", "192.168.1.2", "--source", "192.168.1.5", "--message",
                            "DISCOVER_SERVER", "--count", 90, "--rate", 30, "--wait", "2")
        flood.wait_records(1)
        figures = wait_until(lambda: (seen := counters(serving))["replies"] + seen["failed"] == 990
                             and seen, "all of them to be judged")
    assert answer["replies"] == answer["sent"] == 90
    assert (figures["replies"], figures["failed"]) == (990, 0)
