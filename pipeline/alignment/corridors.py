"""Find the best path through the table of two documents inside a corridor: cost linear in length. Pure.

Cells are addressed by anti-diagonal: ``(d, c)`` is the point after ``i = d - j`` sentences of the first document and
``j = offsets[d] + c`` of the second. A whole table is a corridor as wide as its shorter side. For long documents the
corridor follows a path found coarse to fine, on pairs of pairs of sentences (Thompson and Koehn 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.alignment.views import FloatArray, unit_rows

__all__ = ["Corridor", "Gaps", "Scorer", "best_path", "find_corridor", "whole_table"]

IntArray = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
# Scores of the beads that end in the cells of diagonals ``start .. stop``: shape ``(stop - start, shapes, width)``.
Scorer = Callable[[int, int], FloatArray]
# Tables up to so many cells are filled whole.
WHOLE_CELLS = 250_000
# Cells on either side of the path: a stray block of so many sentences that misleads the coarse path is still seen.
HALF_WIDTH = 32
_BLOCK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Corridor:
    """Say which cells of a table are filled."""

    n: int
    m: int
    offsets: IntArray
    width: int

    def cells(self, start: int, stop: int) -> tuple[IntArray, IntArray, npt.NDArray[np.bool_]]:
        """Return ``i``, ``j`` and whether they lie in the table, shape ``(stop - start, width)`` each."""
        j = self.offsets[start:stop, None] + np.arange(self.width)
        i = np.arange(start, stop)[:, None] - j
        return i, j, (i >= 0) & (j >= 0) & (i <= self.n) & (j <= self.m)


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """Score sentences left alone: ``first`` for each, and what a gap adds when it opens and when it goes on."""

    a: Numbers
    b: Numbers
    opening: float
    going_on: float


def whole_table(n: int, m: int) -> Corridor:
    """Return the corridor that holds every cell."""
    return Corridor(n, m, np.maximum(0, np.arange(n + m + 1) - n), min(n, m) + 1)


def find_corridor(a: FloatArray, b: FloatArray) -> Corridor:
    """Choose the cells worth filling: all of a small table, else those around a path found coarse to fine.

    Args:
        a: unit rows of one document, shape ``(n, d)``.
        b: those of the other, shape ``(m, d)``.
    """
    if len(a) * len(b) <= WHOLE_CELLS:
        return whole_table(len(a), len(b))
    return _around(_coarse(_centred(a), _centred(b)), len(a), len(b))


def _centred(rows: FloatArray) -> FloatArray:
    """Take away what all sentences of a document share, so that unrelated ones are at a cosine of about 0."""
    return unit_rows(rows - rows.mean(axis=0, dtype=np.float64).astype(np.float32))


def _around(points: IntArray, n: int, m: int) -> Corridor:
    """Lay a corridor along points ``(i, j)``, in order, from the first cell to the last."""
    diagonals = np.interp(np.arange(n + m + 1), points.sum(axis=1), points[:, 1])
    return Corridor(n, m, np.floor(diagonals + 1e-9).astype(np.int64) - HALF_WIDTH, 2 * HALF_WIDTH + 1)


def _coarse(a: FloatArray, b: FloatArray) -> IntArray:
    """Return the points of the order-keeping path of 1-1 beads that gathers most similarity."""
    n, m = len(a), len(b)
    corridor = whole_table(n, m)
    if n * m > WHOLE_CELLS and min(n, m) > 1:
        corridor = _around(_finer(_coarse(_halved(a), _halved(b)), n, m), n, m)

    def scores(start: int, stop: int) -> FloatArray:
        i, j, inside = corridor.cells(start, stop)
        inside &= (i > 0) & (j > 0)
        found = np.full(inside.shape, -np.inf, dtype=np.float32)
        if inside.any():
            x, y = i[inside] - 1, j[inside] - 1
            block = a[x.min() : x.max() + 1] @ b[y.min() : y.max() + 1].T
            # Squared: many chance likenesses must not outweigh one counterpart.
            found[inside] = np.maximum(block[x - x.min(), y - y.min()], 0) ** 2
        return found[:, None, :]

    path = best_path(corridor, ((1, 1),), scores, Gaps(np.zeros(n), np.zeros(m), 0.0, 0.0))
    matched = [(i + 1, j + 1) for i, j, p, q in path if p and q]
    return np.unique(np.array([(0, 0), *matched, (n, m)], dtype=np.int64), axis=0)


def _halved(rows: FloatArray) -> FloatArray:
    even = len(rows) - len(rows) % 2
    pairs = rows[:even].reshape(-1, 2, rows.shape[1]).sum(axis=1)
    return _centred(np.vstack([pairs, rows[even:]]))


def _finer(points: IntArray, n: int, m: int) -> IntArray:
    inner = points[1:-1] * 2
    return np.vstack([points[:1], inner[(inner[:, 0] < n) & (inner[:, 1] < m)], [(n, m)]])


def best_path(
    corridor: Corridor, shapes: tuple[tuple[int, int], ...], scores: Scorer, gaps: Gaps
) -> list[tuple[int, int, int, int]]:
    """Find the order-keeping path of the highest score.

    Args:
        corridor: cells to fill.
        shapes: sizes ``(p, q)`` of the beads; ``(1, 0)`` and ``(0, 1)`` come in addition.
        scores: of beads by the cell that they end in, ``-inf`` where there is none.
        gaps: scores of sentences left alone.

    Returns:
        Moves ``(i, j, p, q)`` in order: ``p`` sentences from ``i`` with ``q`` from ``j``.
    """
    table = _Table(corridor, shapes, gaps)
    last = corridor.n + corridor.m
    for start in range(0, last + 1, _BLOCK):
        stop = min(start + _BLOCK, last + 1)
        table.fill(start, stop, scores(start, stop))
    return list(table.moves())[::-1]


class _Table:
    """Fill the table diagonal by diagonal; only as many diagonals are kept as the largest bead reaches back."""

    def __init__(self, corridor: Corridor, shapes: tuple[tuple[int, int], ...], gaps: Gaps) -> None:
        self._corridor, self._gaps = corridor, gaps
        self._shapes = np.array(shapes)
        self._reach = int(self._shapes.sum(axis=1).max())
        self._rows = self._reach + 1
        self._stride = corridor.width + 2 * self._reach
        # Best score of a path that ends here with a bead (or has not begun), and of one that ends with a gap.
        self._bead, self._gap = np.full((2, self._rows * self._stride), -np.inf)
        cells = (corridor.n + corridor.m + 1, corridor.width)
        self._from_bead, self._from_gap = np.zeros(cells, np.int8), np.zeros(cells, np.int8)
        self._columns = np.arange(corridor.width)

    def fill(self, start: int, stop: int, scores: FloatArray) -> None:
        i, j, inside = self._corridor.cells(start, stop)
        skip_a = np.where(inside & (i > 0), _taken(self._gaps.a, i - 1), -np.inf)
        skip_b = np.where(inside & (j > 0), _taken(self._gaps.b, j - 1), -np.inf)
        for d in range(start, stop):
            r = d - start
            here = (d % self._rows) * self._stride + self._reach
            row = slice(here, here + self._corridor.width)
            self._bead[row], self._from_bead[d] = self._best_bead(d, scores[r])
            self._gap[row], self._from_gap[d] = self._best_gap(d, skip_a[r], skip_b[r])
            if d == 0:
                self._bead[here - self._corridor.offsets[0]] = 0.0

    def _back(self, d: int, i: npt.NDArray[np.int64], j: npt.NDArray[np.int64]) -> IntArray:
        """Return the places of the cells ``i`` and ``j`` sentences back, shape ``(len(i), width)``."""
        before = np.maximum(d - i - j, 0)
        shift = self._corridor.offsets[d] - j - self._corridor.offsets[before] + self._reach
        place = (before % self._rows) * self._stride + shift
        places: IntArray = place[:, None] + self._columns
        return places

    def _best_bead(self, d: int, scores: FloatArray) -> tuple[Numbers, npt.NDArray[np.int8]]:
        places = self._back(d, self._shapes[:, 0], self._shapes[:, 1])
        bead, gap = self._bead[places], self._gap[places]
        after_gap = gap > bead
        value = np.where(after_gap, gap, bead) + scores
        best = value.argmax(axis=0)
        return value[best, self._columns], (2 * best + after_gap[best, self._columns]).astype(np.int8)

    def _best_gap(self, d: int, skip_a: Numbers, skip_b: Numbers) -> tuple[Numbers, npt.NDArray[np.int8]]:
        if d == 0:
            return np.full(len(self._columns), -np.inf), np.zeros(len(self._columns), np.int8)
        one, none = np.array([0, 1]), np.array([1, 0])  # a stray of the second document, of the first
        places = self._back(d, one, none)
        skips = np.stack([skip_b, skip_a])
        # Rows: second after a bead, second within a gap, first after a bead, first within a gap.
        value = np.stack([self._bead[places] + self._gaps.opening, self._gap[places] + self._gaps.going_on], axis=1)
        value = (value + skips[:, None, :]).reshape(4, -1)
        best = value.argmax(axis=0)
        return value[best, self._columns], best.astype(np.int8)

    def moves(self) -> Iterator[tuple[int, int, int, int]]:
        """Trace the path from its end."""
        i, j = self._corridor.n, self._corridor.m
        here = ((i + j) % self._rows) * self._stride + self._reach + j - self._corridor.offsets[i + j]
        in_gap = bool(self._gap[here] > self._bead[here])
        while i or j:
            c = j - self._corridor.offsets[i + j]
            if in_gap:
                code = int(self._from_gap[i + j, c])
                p, q = (0, 1) if code < 2 else (1, 0)
            else:
                code = int(self._from_bead[i + j, c])
                p, q = (int(size) for size in self._shapes[code // 2])
            in_gap = bool(code % 2)
            i, j = i - p, j - q
            yield i, j, p, q


def _taken(values: Numbers, places: IntArray) -> Numbers:
    """Read values at places, whatever those outside give."""
    return values[np.clip(places, 0, len(values) - 1)] if len(values) else np.zeros(places.shape)
