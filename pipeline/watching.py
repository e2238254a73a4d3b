"""Tell other processes how far a run is, and read what a run tells.

A run keeps ``.progress.json`` in its output folder, rewritten at most once a second. It is no result: nothing reads it
but ``concord status --watch``.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipeline.stages.base import Progress
from pipeline.store import write_atomic

__all__ = ["Snapshot", "ToldProgress", "read_snapshot", "watch"]

_FILE = ".progress.json"
_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Hold how far a run is: ``done`` of ``total`` units of a stage after ``seconds`` in it; ``total`` may be unknown.

    ``state`` is ``running``, ``ended``, or ``stopped`` when the process is gone without having said so.
    """

    pid: int
    state: str
    stage: str
    done: int
    total: int | None
    unit: str
    seconds: float

    @property
    def per_second(self) -> float | None:
        """Return units a second, ``None`` before the first one."""
        return self.done / self.seconds if self.done and self.seconds > 0 else None


class ToldProgress:
    """Hand progress on, and write it down beside the output. A file that cannot be written stops nothing.

    Args:
        shown: what shows people how far the run is.
        output: the run's folder.
    """

    def __init__(self, shown: Progress, output: Path) -> None:
        self._shown = shown
        self._path = output / _FILE
        self._now = Snapshot(os.getpid(), "running", "", 0, None, "", 0.0)
        self._begun = self._told = time.monotonic()

    def start(self, stage: str, total: int | None, unit: str) -> None:
        """Begin a stage."""
        self._shown.start(stage, total, unit)
        self._begun = time.monotonic()
        self._now = Snapshot(os.getpid(), "running", stage, 0, total, unit, 0.0)
        self._tell()

    def advance(self, done: int) -> None:
        """Add finished units."""
        self._shown.advance(done)
        self._now = replace(self._now, done=self._now.done + done, seconds=time.monotonic() - self._begun)
        if time.monotonic() - self._told >= _SECONDS:
            self._tell()

    def note(self, text: str) -> None:
        """Hand a remark on."""
        self._shown.note(text)

    def end(self) -> None:
        """Say that the run is over."""
        self._now = replace(self._now, state="ended")
        self._tell()

    def _tell(self) -> None:
        self._told = time.monotonic()
        try:
            write_atomic(self._path, json.dumps(asdict(self._now)).encode())
        except OSError:
            return


def read_snapshot(output: Path) -> Snapshot | None:
    """Return what the last run in a folder told, ``None`` where there was none or its file is not whole."""
    try:
        snapshot = Snapshot(**json.loads((output / _FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    if snapshot.state == "running" and not _alive(snapshot.pid):
        return replace(snapshot, state="stopped")
    return snapshot


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError, OverflowError):
        return True
    return True


def watch(output: Path, every: float = _SECONDS, sleep: Callable[[float], None] = time.sleep) -> Iterator[Snapshot]:
    """Yield what a run tells whenever it has changed, until it is over; at once over where nothing runs.

    Args:
        output: the run's folder.
        every: seconds between two looks.
        sleep: waits so many seconds.
    """
    last: Snapshot | None = None
    while (now := read_snapshot(output)) is not None:
        if now != last:
            yield now
        last = now
        if now.state != "running":
            return
        sleep(every)
