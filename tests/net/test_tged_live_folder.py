"""serve --services DIRECTORY: what comes, changes and goes is served, or refused as a whole."""

import signal

import pytest
from tged import (STAY, check_unmoved, drop, edit, frozen, log_of, rename_over, say, saying,
                  serve, take_away, wait_log, wait_said)


def test_a_file_dropped_in_and_removed(alone, old_folder):
    with serve(alone, old_folder) as serving:
        assert say(alone, "WEB") is None
        drop(old_folder, "web.json", saying("here", "WEB"))
        wait_said(alone, "WEB", "here")
        (old_folder / "web.json").unlink()
        wait_said(alone, "WEB", None)
        check_unmoved(alone)
    assert log_of(serving) == [f"udpdisc: reloaded '{old_folder}': 2 services",
                               f"udpdisc: reloaded '{old_folder}': 1 service"]


def test_a_file_changed_in_place(alone, old_folder):
    """Which moves no time stamp of the folder."""
    with serve(alone, old_folder):
        for text in ("new", "newer"):
            edit(old_folder / "sql.json", saying(text))
            wait_said(alone, "SQL", text)


def test_the_last_file_removed(alone, old_folder):
    with serve(alone, old_folder) as serving:
        (old_folder / "sql.json").unlink()
        wait_said(alone, "SQL", None)
        serving.send(signal.SIGHUP)
        serving.wait_stderr(f"reloaded '{old_folder}': 0 services", 2)
        drop(old_folder, "sql.json", saying("new"))
        wait_said(alone, "SQL", "new")


def test_what_is_no_services_file(alone, old_folder):
    with serve(alone, old_folder) as serving:
        for name in (".sql.json", "sql.json~", "sql.jso", "README"):
            (old_folder / name).write_text("bad", "ascii")
        check_unmoved(alone)
    assert log_of(serving) == []


def test_a_later_file_wins_with_a_warning_at_each_load(alone, old_folder):
    warning = (f"udpdisc: warning: service 'SQL' of '{old_folder}/sql.json' gives way to that of "
               f"'{old_folder}/z.json'")
    with serve(alone, old_folder) as serving:
        for text in ("new", "newer"):
            drop(old_folder, "z.json", saying(text))
            wait_said(alone, "SQL", text)
        (old_folder / "z.json").unlink()
        wait_said(alone, "SQL", "old")
    loaded = f"udpdisc: reloaded '{old_folder}': 1 service"
    assert log_of(serving) == [loaded, warning, loaded, warning, loaded]


def test_the_folder_moved_away_and_back(alone, old_folder):
    away = old_folder.with_name("away")
    with serve(alone, old_folder) as serving:
        old_folder.rename(away)
        wait_log(alone, serving, STAY)
        check_unmoved(alone)
        rename_over(away / "sql.json", saying("new"))
        away.rename(old_folder)
        wait_said(alone, "SQL", "new")
    refusal, loaded = log_of(serving)
    assert refusal.startswith(f"udpdisc: cannot read '{old_folder}': ")
    assert loaded == f"udpdisc: reloaded '{old_folder}': 1 service"


def test_another_folder_in_its_place(alone, old_folder):
    other = old_folder.with_name("other")
    other.mkdir()
    (other / "web.json").write_text(saying("here", "WEB"), "ascii")
    with serve(alone, old_folder) as serving:
        with frozen(serving):
            old_folder.rename(old_folder.with_name("away"))
            other.rename(old_folder)
        wait_said(alone, "WEB", "here")
        assert say(alone, "SQL") is None
    assert log_of(serving) == [f"udpdisc: reloaded '{old_folder}': 1 service"]


@pytest.mark.parametrize("content, fault", [
    ("{", "{bad}:1:2: "),
    ('{"A": 1}', "{bad}: service 'A': "),
    (None, "cannot read '{bad}': "),
])
def test_one_bad_file_refuses_the_whole_set(alone, old_folder, content, fault):
    bad = old_folder / "bad.json"
    with serve(alone, old_folder) as serving:
        drop(old_folder, bad.name, content) if content else bad.mkdir()
        wait_log(alone, serving, STAY)
        rename_over(old_folder / "sql.json", saying("new"))
        drop(old_folder, "web.json", saying("here", "WEB"))
        check_unmoved(alone)
        assert say(alone, "WEB") is None
        take_away(bad)
        wait_said(alone, "SQL", "new")
        assert say(alone, "WEB") == "here"
    refusal, loaded = log_of(serving)
    assert refusal.startswith(f"udpdisc: {fault.format(bad=bad)}") and refusal.endswith(STAY)
    assert loaded == f"udpdisc: reloaded '{old_folder}': 2 services"
