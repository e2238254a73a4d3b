"""Worker processes on this machine: they end with the run that started them, and keep what they have opened."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

from pipeline.errors import StageError

__all__ = ["Crew", "State", "ending_together", "worker_killed"]


class State(Protocol):
    """Be closed when the work is done."""

    def close(self) -> None:
        """Let go of what is open; a worker process that ends does not call it."""


S = TypeVar("S", bound=State)
R = TypeVar("R")
_AHEAD = 4  # functions of a stream that each worker has or waits for
_WATCH = "ends-with-the-run"
_LOOKS = 0.5  # seconds between two looks whether the run is still there


def worker_killed() -> StageError:
    """Return the error for a worker that the system has ended."""
    return StageError(
        "A worker process was killed, most likely because the machine ran out of memory.",
        "Lower runtime.workers, or give the machine more memory, and run again: finished batches are kept.",
    )


class _Owner:
    """Remember whose forked children are to end with it; 0 while nobody's are."""

    process = 0
    hooked = False


@contextmanager
def ending_together() -> Iterator[None]:
    """Let the processes that are forked meanwhile end as soon as this process is gone, however it went.

    A killed run cannot end its workers itself: they would finish what they were given and then wait for ever for more,
    each with its models in memory. Where processes are not forked this does nothing.
    """
    if not _Owner.hooked and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_watch_owner)
        _Owner.hooked = True
    before, _Owner.process = _Owner.process, os.getpid()
    try:
        yield
    finally:
        _Owner.process = before


def _watch_owner() -> None:
    owner, _Owner.process = _Owner.process, 0
    if owner:
        _end_after(owner)


def _end_after(owner: int) -> None:
    """End this process, a child of another one, once that is gone."""
    _end_when(lambda: os.getppid() != owner)


def _end_when(gone: Callable[[], bool]) -> None:
    def watch() -> None:
        while not gone():
            time.sleep(_LOOKS)
        os._exit(1)

    threading.Thread(target=watch, name=_WATCH, daemon=True).start()


class Crew(Generic[S]):
    """Call functions with a state that every worker process makes once, when it is first wanted, and keeps.

    Args:
        workers: processes, which are started at once, before this process has filled its memory: where they are forked
            they begin with all that it holds. One works in this process.
        state: makes the state; picklable where there are several workers, as are the functions and what they return.

    Raises:
        StageError: from :meth:`run` and :meth:`stream`, when a worker was killed. What a function raises is raised as
            it was.
    """

    def __init__(self, workers: int, state: Callable[[], S]) -> None:
        self._state = state
        self._here: list[S] = []
        self._ahead = _AHEAD * workers
        self._pool = None
        if workers > 1:
            self._pool = ProcessPoolExecutor(workers, initializer=_begin, initargs=(state,))
            with ending_together():
                self._pool.submit(os.getpid)

    def __enter__(self) -> Crew[S]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        for state in self._here:
            state.close()

    def run(self, tasks: Sequence[Callable[[S], R]], done: Callable[[R], None] = lambda _: None) -> list[R]:
        """Call every function and return what they gave, in their order.

        Args:
            tasks: the functions.
            done: called with each result as it comes, in any order.
        """
        if self._pool is None:
            found = []
            for result in map(self._call_here, tasks):
                done(result)
                found.append(result)
            return found
        try:
            given = [self._give(self._pool, task) for task in tasks]
            for future in as_completed(given):
                done(future.result())
        except BrokenProcessPool as error:
            raise worker_killed() from error
        return [future.result() for future in given]

    def stream(self, tasks: Iterable[Callable[[S], R]]) -> Iterator[R]:
        """Call functions and yield what they gave, in their order; a few for each worker are under way."""
        if self._pool is None:
            yield from map(self._call_here, tasks)
            return
        left, given = iter(tasks), deque[Future[R]]()
        try:
            while True:
                given.extend(self._give(self._pool, task) for task in islice(left, self._ahead - len(given)))
                if not given:
                    return
                yield given.popleft().result()
        except BrokenProcessPool as error:
            raise worker_killed() from error

    def _call_here(self, task: Callable[[S], R]) -> R:
        if not self._here:
            self._here.append(self._state())
        return task(self._here[0])

    def _give(self, pool: ProcessPoolExecutor, task: Callable[[S], R]) -> Future[R]:
        with ending_together():  # where they are not forked, more are started as there is more to do
            return pool.submit(_call, task)


class _Kept:
    """Hold the state of this worker, made when the first function wants it, so that its errors are raised there."""

    maker: Callable[[], Any]
    made: Any = None


def _begin(state: Callable[[], Any]) -> None:
    run = multiprocessing.parent_process()
    if run is not None and _WATCH not in {thread.name for thread in threading.enumerate()}:  # the run did not fork it
        _end_when(lambda: not run.is_alive())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever interrupts a run means the process that began it
    _Kept.maker, _Kept.made = state, None


def _call(task: Callable[[Any], R]) -> R:
    if _Kept.made is None:
        _Kept.made = _Kept.maker()
    return task(_Kept.made)
