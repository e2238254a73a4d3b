"""Align synthetic corpora of growing size: time, memory and B3 against the events they were drawn around.

python -m benchmarks events --articles N [--articles M ...] [--plot docs/images/growth.svg]

Each size runs in a process of its own, so that its peak of memory is its own. Measured is all that turns article views
into events and threads: copies, search, profiles, pair decisions, linkage. Drawing the articles is timed apart and
taken off.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

import numpy as np

from benchmarks.common import Row
from benchmarks.growth_plot import growth_plot
from benchmarks.synthetic import SyntheticCorpus
from pipeline.alignment.views import ArticleView

__all__ = ["main", "measure"]

SIZES = (10_000, 30_000, 100_000)
_SAMPLE = 2_000  # articles drawn once more to time the drawing


def measure() -> list[Row]:
    """Measure the smallest size, for ``make bench``."""
    return _rows([_apart(SIZES[0])])


def main(arguments: list[str]) -> int:
    """Run the sizes asked for, print them, and draw the growth curve."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks events")
    parser.add_argument("--articles", type=int, action="append", help="size of a corpus; may be repeated")
    parser.add_argument("--plot", type=Path, help="SVG file for the growth curve")
    parser.add_argument("--results", type=Path, help="JSON file that results are kept in, and read from for the plot")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.one:
        print(json.dumps(_one(asked.one)))
        return 0
    found = json.loads(asked.results.read_text()) if asked.results and asked.results.exists() else []
    print("| measure | figure |\n|---|---|")
    for size in asked.articles or SIZES:
        result = _apart(size)
        found = sorted([r for r in found if r["articles"] != size] + [result], key=lambda r: r["articles"])
        for name, figure in _rows([result]):
            print(f"| {name} | {figure} |", flush=True)
        if asked.results:
            asked.results.write_text(json.dumps(found, indent=1) + "\n")
    if asked.plot:
        asked.plot.write_text(growth_plot(found), encoding="utf-8")
    return 0


def _rows(results: list[dict[str, float]]) -> list[Row]:
    return [
        (
            f"events of {int(r['articles']):,} articles",
            f"{r['seconds']:.0f} s, {1000 * r['seconds'] / r['articles']:.2f} ms an article, "
            f"peak {r['peak_mb']:.0f} MB and {r['with_files_mb']:.0f} MB with mapped files, B3 F1 {r['b3']:.3f}, "
            f"{int(r['events']):,} events of {int(r['true_events']):,}, {int(r['pairs']):,} pairs",
        )
        for r in results
    ]


def _apart(size: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks", "events", "--one", str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def _one(size: int) -> dict[str, float]:
    from pipeline.alignment.api import AlignmentSettings, decide_articles
    from pipeline.alignment.model import load_model
    from pipeline.depots import DiskDepot
    from pipeline.engines.index import GraphIndex

    corpus = _Counted(size, SyntheticCorpus(size))
    settings = AlignmentSettings()
    with tempfile.TemporaryDirectory() as folder:
        begun, memory = time.process_time(), _Memory()
        memory.start()
        depot = DiskDepot(Path(folder))
        decisions = decide_articles(corpus, settings, load_model(), make_index=GraphIndex, depot=depot)
        total = time.process_time() - begun
        memory.over.set()
    assert decisions is not None
    drawing = corpus.seconds()
    labels = decisions.event_of[decisions.nodes.node]
    return {
        "articles": size,
        "seconds": total - drawing,
        "drawing": drawing,
        "peak_mb": max(memory.peak, _own_memory()),
        "with_files_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "b3": b_cubed(corpus.corpus.event, labels),
        "events": int(labels.max()) + 1,
        "true_events": len(set(corpus.corpus.event.tolist())),
        "pairs": len(decisions.odds.pairs),
    }


def _own_memory() -> float:
    """Return the memory that this process holds in MB, without the pages of files that it has mapped."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    kept = re.search(r"RssAnon:\s+(\d+) kB", status.read_text())
    return int(kept[1]) / 1024 if kept else 0.0


class _Memory(threading.Thread):
    """Look at the memory ten times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self.over = 0.0, threading.Event()

    def run(self) -> None:
        """Keep the highest figure until it is over."""
        while not self.over.wait(0.1):
            self.peak = max(self.peak, _own_memory())


class _Counted(Sequence[ArticleView]):
    """Hand on the articles of a corpus and count how many are drawn: a clock read for each costs more than drawing."""

    def __init__(self, size: int, corpus: SyntheticCorpus) -> None:
        self.size, self.corpus, self.drawn = size, corpus, 0

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[ArticleView]:
        return (self[i] for i in range(self.size))

    @overload
    def __getitem__(self, index: int) -> ArticleView: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[ArticleView]: ...

    def __getitem__(self, index: int | slice) -> ArticleView | Sequence[ArticleView]:
        self.drawn += 1
        return self.corpus[index]

    def seconds(self) -> float:
        """Return what the drawing took, by the time of a sample."""
        sample = range(0, self.size, max(1, self.size // _SAMPLE))
        begun = time.process_time()
        for index in sample:
            self.corpus[index]
        return (time.process_time() - begun) / len(sample) * self.drawn


def b_cubed(gold: np.ndarray, found: np.ndarray) -> float:
    """Return B3 F1 (Bagga & Baldwin 1998) by counting the cells of the contingency table."""
    _, cell, sizes = np.unique(
        gold.astype(np.int64) * (int(found.max()) + 1) + found, return_inverse=True, return_counts=True
    )
    both = sizes[cell]
    precision = (both / np.bincount(found)[found]).mean()
    recall = (both / np.bincount(gold)[gold]).mean()
    return float(2 * precision * recall / (precision + recall))
