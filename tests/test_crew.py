"""Worker processes: results in order, errors as raised, a killed worker explained, and none outlives its run."""

import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

from pipeline.errors import StageError, StoreError
from pipeline.executors import Crew, crew


class Counter:
    """A state that counts how often this process has made one."""

    made = 0

    def __init__(self, start):
        type(self).made += 1
        self.start = start
        self.closed = False

    def close(self):
        self.closed = True


def add(number, state):
    time.sleep(0.02 * (number % 3))
    return state.start + number, type(state).made, os.getpid()


def refuse(state):
    raise StoreError("The disk is full.", f"Free {state.start} bytes.")


def die(_state):
    os.kill(os.getpid(), signal.SIGKILL)


def no_state():
    raise StoreError("The file is gone.", "Look for it.")


@pytest.fixture(params=[1, 3])
def workers(request):
    return request.param


def test_results_come_in_the_order_of_the_functions_and_a_state_is_made_once_a_process(workers):
    Counter.made, seen = 0, []
    with Crew(workers, partial(Counter, 100)) as members:
        first = members.run([partial(add, n) for n in range(9)], seen.append)
        second = members.run([partial(add, n) for n in range(9, 20)])
        assert members.run([]) == []
    made = first + second
    assert [value for value, _, _ in made] == list(range(100, 120))
    assert {count for _, count, _ in made} == {1}
    assert sorted(seen) == sorted(first)
    processes = {process for _, _, process in made}
    assert processes == {os.getpid()} if workers == 1 else len(processes) > 1 and os.getpid() not in processes


def test_a_stream_is_read_as_workers_come_free(workers):
    asked = []

    def tasks():
        for n in range(60):
            asked.append(n)
            yield partial(add, n)

    with Crew(workers, partial(Counter, 100)) as members:
        found = members.stream(tasks())
        assert next(found)[0] == 100
        assert len(asked) <= 4 * workers
        assert [value for value, _, _ in found] == list(range(101, 160))
        assert list(members.stream(())) == []
        with pytest.raises(StoreError):
            list(members.stream([partial(add, 1), refuse, partial(add, 2)]))


def test_an_error_is_raised_as_it_was(workers):
    with Crew(workers, partial(Counter, 7)) as members:
        with pytest.raises(StoreError, match=r"(?s)disk is full.*Free 7 bytes"):
            members.run([partial(add, 1), refuse, *(partial(add, n) for n in range(200))])
        assert [value for value, _, _ in members.run([partial(add, 1)])] == [8]
    with Crew(workers, no_state) as members, pytest.raises(StoreError, match="The file is gone"):
        members.run([partial(add, 1)])


def test_what_is_open_in_this_process_is_closed():
    kept = []
    with pytest.raises(StoreError), Crew(1, lambda: kept.append(Counter(1)) or kept[0]) as members:
        members.run([refuse])
    assert kept[0].closed


def test_a_killed_worker_is_explained():
    with Crew(2, partial(Counter, 0)) as members, pytest.raises(StageError, match=r"(?s)killed.*runtime\.workers"):
        members.run([die, *(partial(add, n) for n in range(5))])
    with Crew(2, partial(Counter, 0)) as members, pytest.raises(StageError, match="killed"):
        list(members.stream(partial(add, n) if n != 7 else die for n in range(50)))


_RUN = """
import multiprocessing, os, signal, sys, time
from pathlib import Path
from pipeline.executors import Batch, Crew, ItemJob, LocalExecutor, map_batches
from pipeline.records import Anchor

signal.signal(signal.SIGINT, signal.default_int_handler)  # what was started in the background ignores it

def tell(_state):
    with open(sys.argv[2], "a") as told:
        told.write(f"{os.getpid()} ")
    time.sleep(60)

def slow(batch):
    tell(None)
    return Batch({"anchors": batch})

if __name__ == "__main__":
    if sys.argv[1] == "datasets":
        batches = [[Anchor(i, i)] for i in range(2)]
        list(map_batches(LocalExecutor(workers=2), ItemJob(slow, Anchor, {"anchors": Anchor}), batches))
    else:
        multiprocessing.set_start_method(sys.argv[1])
        with Crew(2, Path) as members:
            members.run([tell, tell])
"""


@pytest.mark.skipif(not hasattr(os, "register_at_fork"), reason="processes are not forked here")
@pytest.mark.parametrize("start", ["datasets", "fork", "spawn", "forkserver"])
def test_no_worker_outlives_a_killed_run(tmp_path, start):
    """What was started meanwhile ends too: datasets keeps a process of its own beside the workers."""
    script, told = tmp_path / "run.py", tmp_path / "told"
    script.write_text(_RUN, encoding="utf-8")
    run = subprocess.Popen([sys.executable, str(script), start, str(told)])
    try:
        _wait(lambda: told.exists() and len(told.read_text().split()) == 2)
        workers = {int(process) for process in told.read_text().split()}
        started = {process for process, parent in _processes() if parent == run.pid}
        assert start == "forkserver" or workers <= started
        started |= workers
    finally:
        run.kill()
        run.wait()
    try:
        _wait(lambda: not started & {process for process, _ in _processes()})
    finally:
        for process in started & {process for process, _ in _processes()}:
            os.kill(process, signal.SIGKILL)


def test_an_interrupted_run_tells_it_once(tmp_path):
    """Ctrl-C reaches every process of a terminal; only the one that began the run reports it."""
    script, told = tmp_path / "run.py", tmp_path / "told"
    script.write_text(_RUN.replace("sleep(60)", "sleep(2)"), encoding="utf-8")
    command = [sys.executable, str(script), "fork", str(told)]
    run = subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE, text=True)
    _wait(lambda: told.exists() and len(told.read_text().split()) == 2)
    os.killpg(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert said.count("Traceback") == 1 and "KeyboardInterrupt" in said


def _wait(until):
    for _ in range(300):
        if until():
            return
        time.sleep(0.1)
    raise AssertionError("it took more than 30 seconds")


def _processes():
    """Give the id and the parent of every process that has not ended."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return [(int(process), int(parent)) for process, parent, state in rows if not state.startswith("Z")]


def test_processes_that_others_fork_are_left_alone(monkeypatch):
    """Only children that are forked while workers are wanted end with their parent."""
    ended = []
    monkeypatch.setattr(crew, "_end_after", ended.append)
    crew._watch_owner()
    with crew.ending_together():
        with crew.ending_together():
            pass
        crew._watch_owner()
        crew._watch_owner()  # what a worker forks in its turn is its own
    crew._watch_owner()
    with crew.ending_together():
        pass
    crew._watch_owner()
    assert ended == [os.getpid()]
