"""The path through the table: equal to an exhaustive search, and of a cost that grows with length only."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from alignment_helpers import random_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alignment.bead_scores import SHAPES, BeadScorer, Shares, load_bead_model
from pipeline.alignment.corridors import Corridor, Gaps, best_path, find_corridor, whole_table
from pipeline.alignment.sentences import align_parallel
from pipeline.alignment.side import plain_side
from pipeline.alignment.views import FloatArray, unit_rows

SMALL = ((1, 1), (1, 2), (2, 1), (2, 2))


def noisy(n: int, seed: int, missing: float = 0.1) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    rows = random_rows(n, rng)
    other = unit_rows(rows + 0.08 * rng.standard_normal(rows.shape).astype(np.float32))
    return rows[rng.random(n) >= missing], other[rng.random(n) >= missing]


def table_scores(values: dict[tuple[int, int], FloatArray], corridor: Corridor):
    def scores(start: int, stop: int) -> FloatArray:
        i, j, inside = corridor.cells(start, stop)
        found = np.full((stop - start, len(SMALL), corridor.width), -np.inf, dtype=np.float32)
        for k, (p, q) in enumerate(SMALL):
            there = inside & (i >= p) & (j >= q)
            found[:, k][there] = values[p, q][i[there] - p, j[there] - q]
        return found

    return scores


def value_of(path, values, gaps: Gaps) -> float:
    total, in_gap = 0.0, False
    for i, j, p, q in path:
        if p and q:
            total += float(values[p, q][i, j])
        else:
            total += (gaps.going_on if in_gap else gaps.opening) + float(gaps.a[i] if p else gaps.b[j])
        in_gap = not (p and q)
    return total


def every_path(n: int, m: int, i: int = 0, j: int = 0):
    if (i, j) == (n, m):
        yield []
    for p, q in ((0, 1), (1, 0), *SMALL):
        if i + p <= n and j + q <= m:
            for rest in every_path(n, m, i + p, j + q):
                yield [(i, j, p, q), *rest]


@settings(max_examples=40, deadline=None)
@given(n=st.integers(0, 4), m=st.integers(0, 4), seed=st.integers(0, 2**16))
def test_the_best_path_is_the_best_of_all(n: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = {(p, q): rng.normal(size=(max(0, n - p + 1), max(0, m - q + 1))).astype(np.float32) for p, q in SMALL}
    gaps = Gaps(rng.normal(size=n), rng.normal(size=m), float(rng.normal()), float(rng.normal()))
    corridor = whole_table(n, m)
    found = best_path(corridor, SMALL, table_scores(values, corridor), gaps)
    best = max(value_of(path, values, gaps) for path in every_path(n, m))
    assert value_of(found, values, gaps) == pytest.approx(best, abs=1e-5)


@pytest.mark.parametrize(("n", "seed"), [(560, 1), (760, 2)])
def test_the_corridor_finds_what_the_whole_table_holds(n: int, seed: int) -> None:
    a, b = noisy(n, seed)
    corridor = find_corridor(a, b)
    assert corridor.width < min(len(a), len(b))
    assert align_parallel(a, b) == align_parallel(a, b, whole=True)


def test_the_corridor_goes_round_a_long_insertion() -> None:
    a, b = noisy(800, 4, missing=0.0)
    b = np.vstack([b[:400], random_rows(150, np.random.default_rng(5)), b[400:]])
    beads = align_parallel(a, b)
    assert sum(bead.b == (i if i < 400 else i + 150,) for i, bead in enumerate(x for x in beads if x.a and x.b)) > 790


def test_memory_grows_with_length_and_not_with_its_square() -> None:
    peaks = []
    for n in (900, 2700):
        a, b = noisy(n, 6)
        tracemalloc.start()
        beads = align_parallel(a, b)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert sum(len(x.a) == len(x.b) == 1 for x in beads) > 0.75 * n
    assert peaks[1] < 4 * peaks[0]


@pytest.mark.parametrize(("n", "m"), [(1, 900), (900, 1), (30, 3000), (3000, 30)])
def test_one_document_may_be_a_hundred_times_longer(n: int, m: int) -> None:
    rng = np.random.default_rng(7)
    short, long = (random_rows(k, rng) for k in sorted((n, m)))
    long[50 : 50 + len(short)] = short
    a, b = (short, long) if n < m else (long, short)
    beads = [bead for bead in align_parallel(a, b) if bead.a and bead.b]
    assert len(beads) >= 0.9 * len(short)
    assert all((bead.a[0] - bead.b[0]) == (50 if n > m else -50) for bead in beads)


def test_scores_do_not_depend_on_the_blocks() -> None:
    a, b = noisy(120, 8)
    scorer = BeadScorer(plain_side(a), plain_side(b), load_bead_model())
    corridor = whole_table(len(a), len(b))
    last = corridor.n + corridor.m + 1
    together = scorer.diagonals(corridor, 0, last)
    parts = np.concatenate([scorer.diagonals(corridor, d, min(d + 7, last)) for d in range(0, last, 7)])
    assert np.allclose(together, parts, atol=1e-4)


def test_shares_are_counted_on_a_path() -> None:
    model = load_bead_model()
    path = [(0, 0, 1, 1), (1, 1, 1, 0), (2, 1, 0, 1), (2, 2, 1, 2), (3, 4, 2, 2)]
    counted = np.exp(Shares.counted(path, model, weight=1e-9).log)
    assert counted == pytest.approx([0.2, 0.2, 0, 0.2, 0.2, 0.2], abs=1e-6)
    heavy = Shares.counted(path, model, weight=1e9)
    assert heavy.log == pytest.approx(Shares.usual(model).log, abs=1e-6)
    assert len(SHAPES) == len(heavy.beads)
