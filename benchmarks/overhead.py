"""What the pipeline costs beside the model: a real translation run, and how much of it the model had.

    python -m benchmarks overhead [SEED ...]

Runs the embedded model on the two shortest seeds (or those named), in a folder of its own. The model's time is what is
spent inside its methods, loading included; everything else counts as overhead: reading, detecting, checking and judging
translations, aligning, scoring, the report.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from benchmarks.common import SEEDS, Row, timed

__all__ = ["main", "measure"]

_SHORTEST = ("001_da5b2b627a796a6b.txt", "003_8c49706cb32dc222.txt")
_WORK = ("__init__", "translate", "propose", "score")


def measure() -> list[Row]:
    """Measure the two shortest seeds."""
    return _run(_SHORTEST)


def main(arguments: Sequence[str]) -> int:
    """Measure the seeds named, and print a table."""
    print("| measure | figure |\n|---|---|")
    for measure_, figure in _run(arguments or _SHORTEST):
        print(f"| {measure_} | {figure} |")
    return 0


class _Clock:
    """Add up the seconds inside some methods, calls inside calls once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = 0

    def around(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """Return a method that is timed."""

        @wraps(method)
        def timed_method(*arguments: Any, **options: Any) -> Any:
            self._depth += 1
            begun = time.perf_counter()
            try:
                return method(*arguments, **options)
            finally:
                self._depth -= 1
                if not self._depth:
                    self.seconds += time.perf_counter() - begun

        return timed_method


@contextmanager
def _timed_model(clock: _Clock) -> Iterator[None]:
    from pipeline.engines.gguf import GgufTranslator

    plain = {name: getattr(GgufTranslator, name) for name in _WORK}
    for name, method in plain.items():
        setattr(GgufTranslator, name, clock.around(method))
    try:
        yield
    finally:
        for name, method in plain.items():
            setattr(GgufTranslator, name, method)


def _run(names: Sequence[str]) -> list[Row]:
    from pipeline.config import Config
    from pipeline.runner import run

    clock = _Clock()
    with tempfile.TemporaryDirectory() as folder, _timed_model(clock):
        source = Path(folder) / "in"
        source.mkdir()
        for name in names:
            shutil.copy(SEEDS / name, source)
        total, results = timed(lambda: run(Config(), str(source), Path(folder) / "out"))
    stages: Any = results
    beside = total - clock.seconds
    rows = [(f"{len(names)} articles with the embedded model", f"{total:.1f} s, the model {clock.seconds:.1f} s")]
    rows += [(f"stage {result.stage}", f"{result.seconds:.2f} s") for result in stages]
    return [*rows, ("beside the model", f"{beside:.1f} s, {100 * beside / clock.seconds:.1f} % of the model's time")]
