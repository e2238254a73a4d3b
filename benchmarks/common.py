"""What the benchmarks share: timing, texts, folders of articles, ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

__all__ = ["SEEDS", "Row", "alternately", "sentences", "timed", "write_articles"]

Row = tuple[str, str]
"""What was measured, and the figure."""

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
FRENCH = ("000_319ca5ab96b61ed8.txt", "001_da5b2b627a796a6b.txt")


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Return the seconds that some work takes, and its result."""
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def alternately(work: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Return the median seconds of each piece of work, done in turn so that a machine that drifts drifts for all."""
    seconds: list[list[float]] = [[] for _ in work]
    for turn in range(rounds):
        order = range(len(work)) if turn % 2 == 0 else reversed(range(len(work)))
        for i in order:
            seconds[i].append(timed(work[i])[0])
    return [statistics.median(found) for found in seconds]


def sentences() -> list[str]:
    """Return the sentences of the French seeds."""
    from pipeline.text import normalise, split_sentences

    found = []
    for name in FRENCH:
        for line in normalise((SEEDS / name).read_text(encoding="utf-8")).text.split("\n"):
            found += [line[a:b] for a, b in split_sentences(line, "fr") if b - a > 60]
    return found


def write_articles(folder: Path, count: int, paragraphs: int = 10) -> int:
    """Write different French articles made of the seeds' sentences and numbers; return how many segments they hold."""
    texts = sentences()
    folder.mkdir(parents=True, exist_ok=True)
    for article in range(count):
        lines = [
            f"{texts[(article * 7 + p) % len(texts)]} Le dossier {article * paragraphs + p} compte {p + 2} pages."
            for p in range(paragraphs)
        ]
        (folder / f"{article:05d}.txt").write_text("\n\n".join(lines), encoding="utf-8")
    return 2 * count * paragraphs
