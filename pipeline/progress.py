"""Show people how far a run is: a bar with rate and remaining time in a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from pipeline.stages.base import Progress

__all__ = ["ByteProgress", "LineProgress", "console_progress", "duration"]

_LINE_SECONDS = 10.0


def duration(seconds: float) -> str:
    """Write a duration for people: ``0.4 s``, ``12 s``, ``3 min 05 s``, ``2 h 10 min``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


class LineProgress:
    """Implement :class:`~pipeline.stages.base.Progress` with lines, for logs and pipes."""

    def __init__(self, stream: TextIO, every: float = _LINE_SECONDS) -> None:
        self._stream = stream
        self._every = every
        self._stage, self._unit = "", ""
        self._total: int | None = None
        self._done = 0
        self._begun = self._shown = 0.0

    def start(self, stage: str, total: int | None, unit: str) -> None:
        """Begin a stage."""
        self._stage, self._total, self._unit, self._done = stage, total, unit, 0
        self._begun = self._shown = time.monotonic()
        self._write(f"{stage}: {total if total is not None else '?'} {unit}")

    def advance(self, done: int) -> None:
        """Add finished units; print when the last line is old enough."""
        self._done += done
        now = time.monotonic()
        if now - self._shown >= self._every and self._done:
            self._shown = now
            rate = self._done / max(now - self._begun, 1e-6)
            of = f"/{self._total}" if self._total else ""
            left = f", about {duration((self._total - self._done) / rate)} left" if self._total else ""
            self._write(f"{self._stage}: {self._done}{of} {self._unit}, {rate:.2g}/s{left}")

    def note(self, text: str) -> None:
        """Print a remark."""
        self._write(text)

    def _write(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


class BarProgress:
    """Implement :class:`~pipeline.stages.base.Progress` with a rich progress bar."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task: int | None = None
        self._begun = 0.0

    def __enter__(self) -> BarProgress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def start(self, stage: str, total: int | None, unit: str) -> None:
        """Begin a stage; the bar of the one before goes."""
        from rich.progress import TaskID

        if self._task is not None:
            self._bar.remove_task(TaskID(self._task))
        self._begun = time.monotonic()
        self._task = self._bar.add_task(stage, total=total, unit=unit, rate="")

    def advance(self, done: int) -> None:
        """Add finished units."""
        from rich.progress import TaskID

        if self._task is None:
            return
        task = TaskID(self._task)
        self._bar.advance(task, done)
        seconds = time.monotonic() - self._begun
        rate = self._bar.tasks[0].completed / seconds if seconds > 0 else 0.0
        self._bar.update(task, rate=f"{rate:.2g}/s")

    def note(self, text: str) -> None:
        """Print a remark above the bar."""
        self._bar.console.print(text, markup=False, highlight=False)


class ByteProgress:
    """Show how many bytes are done: one renewing line in a terminal, every tenth elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._label = ""
        self._tenth = -1

    def __call__(self, label: str, done: int, total: int) -> None:
        """Report ``done`` of ``total`` bytes of what ``label`` names; a total of 0 is unknown."""
        tenth = 10 * done // total if total else done // 10**8
        if label == self._label and tenth == self._tenth:
            return
        self._label, self._tenth = label, tenth
        end = "\r" if self._stream.isatty() and done != total else "\n"
        of = f" of {total / 1e6:,.0f} MB" if total else " MB"
        print(f"{label}: {done / 1e6:,.0f}{of}   ", end=end, file=self._stream, flush=True)


@contextmanager
def console_progress(quiet: bool) -> Iterator[Progress]:
    """Choose how progress is shown: nothing, a bar in a terminal, or lines."""
    if quiet:
        from pipeline.runner import Quiet

        yield Quiet()
    elif sys.stderr.isatty():
        with BarProgress() as bar:
            yield bar
    else:
        yield LineProgress(sys.stderr)
