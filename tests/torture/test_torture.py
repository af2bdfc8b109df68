"""Each call fails in turn, once and from there on, in a run of its own: it ends in time, in a
way that is documented, says why, prints all or nothing, and leaves nothing behind."""

import concurrent.futures
import os
import pathlib
import queue
import tempfile

import pytest

import faults
import running
from scenarios import PORT, SCENARIOS

WORKERS = 3 * (os.cpu_count() or 1)  # they wait most of the time
MISSED_MAX = 0.2  # not each run makes the same calls
SHOWN_MAX = 40


@pytest.fixture
def slots():
    """What the runs share out among themselves, where the path of a socket is short."""
    free = queue.SimpleQueue()
    with tempfile.TemporaryDirectory(dir="/run") as folder:
        for n in range(WORKERS + 1):
            ports = PORT + 100 + 2 * n, PORT + 101 + 2 * n
            free.put(running.Slot(pathlib.Path(folder) / str(n), ports))
        yield free


def run_one(scenario, way, slots, fault):
    slot = slots.get()
    try:
        run = running.Run(scenario, way, slot, fault)
        run.all()
        return run
    finally:
        slots.put(slot)


def torture(scenario, way, slots):
    """(faults that happened, those that did not, what was wrong)"""
    usual = run_one(scenario, way, slots, None)
    running.check_usual(usual)
    calls = {name: count for name, count in usual.outcome.calls.items()
             if name not in faults.NO_FAULTS}
    happened, missed, wrong = 0, [], []
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for run in pool.map(lambda fault: run_one(scenario, way, slots, fault),
                            way.chosen(calls, scenario.stride)):
            if not run.outcome.failed:
                missed.append(run.fault)
                continue
            happened += 1
            wrong += [f"{run.fault}: {what}" for what in running.judge(run, usual.outcome)]
    return happened, missed, wrong


@pytest.mark.parametrize("way", faults.WAYS, ids=lambda way: way.name)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_faults_in_turn(peers, slots, tally, scenario, way):
    if way.why_not():
        pytest.skip(way.why_not())
    happened, missed, wrong = torture(scenario, way, slots)
    tally.faults += happened
    tally.scenarios.add(scenario.name)
    assert not wrong, f"{len(wrong)} wrong:\n" + "\n".join(wrong[:SHOWN_MAX])
    assert len(missed) <= MISSED_MAX * (happened + len(missed)), list(map(str, missed))
