"""Compare the dates of thousands of pairs of articles at once. Pure.

The values are those of :func:`pipeline.alignment.when.compare_days` (a test compares them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from pipeline.alignment.when import (
    DAY_NATS,
    MONTH_NATS,
    NAMED,
    NEXT_DAY,
    WEEKDAY_CLASH,
    WEEKDAY_NATS,
    YEAR_NATS,
    Day,
    main_day,
)

__all__ = ["Calendars", "calendars_of", "day_rows", "stress_of"]

IntArray = npt.NDArray[np.int64]
Vector = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
_UNKNOWN = -1


@dataclass(frozen=True, slots=True, eq=False)
class Calendars:
    """Hold the dates of all articles of a corpus, one article after the other.

    Attributes:
        starts: first date of each article, and the end, shape ``(n + 1,)``.
        parts: year, month, day, weekday and ordinal of each date, -1 for the unknown, shape ``(dates, 5)``.
        weight: how much the text stresses each date, shape ``(dates,)``.
        main: which date each article is about, -1 without any, shape ``(n,)``.
    """

    starts: IntArray
    parts: npt.NDArray[np.int32]
    weight: Vector
    main: IntArray

    def compare(self, i: IntArray, j: IntArray) -> tuple[Vector, Vector]:
        """Return agreement and clash of pairs of articles, each of shape ``(pairs,)``; NaN where there is none."""
        agreement, clash = np.full(len(i), np.nan), np.full(len(i), np.nan)
        both = np.flatnonzero((self.main[i] >= 0) & (self.main[j] >= 0))
        if len(both):
            agreement[both] = self._shared(i[both], j[both])
            clash[both] = self._clash(i[both], j[both])
        return agreement, clash

    def _shared(self, i: IntArray, j: IntArray) -> Vector:
        """Return the weight of the heaviest date that both give."""
        left, right, first = self._product(self.starts[i], self._count(i), self.starts[j], self._count(j))
        return self._heaviest(self.weight[left] * self.weight[right] * self._agreement(left, right), first)

    def _clash(self, i: IntArray, j: IntArray) -> Vector:
        x, y = self.main[i], self.main[j]
        p, q = self.parts[x], self.parts[y]
        known: Bools = np.logical_and(p != _UNKNOWN, q != _UNKNOWN)
        named = np.maximum(self._named(x, j), self._named(y, i))
        sureness = np.minimum(self.weight[x], self.weight[y]) * np.where(known[:, 1] | known[:, 2], 1.0, WEEKDAY_CLASH)
        clash = sureness * (1.0 - NAMED * named) * np.where(_one_day_apart(p, q, known), NEXT_DAY, 1.0)
        clash = np.where(self._agreement(x, y) > 0, 0.0, clash)
        return np.where(known[:, 1:4].any(axis=1), clash, np.nan)

    def _named(self, dates: IntArray, articles: IntArray) -> Vector:
        """Return how much each article stresses one date of another."""
        left, right, first = self._product(dates, np.ones_like(dates), self.starts[articles], self._count(articles))
        return self._heaviest(np.where(self._agreement(left, right) > 0, self.weight[right], 0.0), first)

    def _count(self, articles: IntArray) -> IntArray:
        return self.starts[articles + 1] - self.starts[articles]

    @staticmethod
    def _product(a: IntArray, n: IntArray, b: IntArray, m: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Pair ``n`` rows from ``a`` on with ``m`` rows from ``b`` on; return both rows, and where each pair begins."""
        sizes = n * m
        first = np.cumsum(sizes) - sizes
        pair = np.repeat(np.arange(len(sizes)), sizes)
        step = np.arange(len(pair)) - first[pair]
        return a[pair] + step // m[pair], b[pair] + step % m[pair], first

    @staticmethod
    def _heaviest(values: Vector, first: IntArray) -> Vector:
        heaviest: Vector = np.maximum(np.maximum.reduceat(values, first), 0.0)
        return heaviest

    def _agreement(self, x: IntArray, y: IntArray) -> Vector:
        """Return the nats of what agrees; 0 where a known part differs or nothing is known on both sides."""
        p, q = self.parts[x, :4], self.parts[y, :4]
        known = (p != _UNKNOWN) & (q != _UNKNOWN)
        total = np.zeros(len(x))
        for part, nats in enumerate((YEAR_NATS, MONTH_NATS, DAY_NATS)):
            total += np.where(known[:, part], nats, 0.0)
        total += np.where(known[:, 3] & ~known[:, 2], WEEKDAY_NATS, 0.0)
        return np.where((known & (p != q)).any(axis=1), 0.0, total)


def _one_day_apart(p: npt.NDArray[np.int32], q: npt.NDArray[np.int32], known: Bools) -> Bools:
    near = np.abs(p - q) == 1
    by_day: Bools = known[:, 2] & near[:, 2] & ~(known[:, 1] & (p[:, 1] != q[:, 1]))
    apart: Bools = np.where(known[:, 4], near[:, 4], by_day)
    return apart


def day_rows(days: Sequence[Day]) -> Vector:
    """Return the dates of one article as numbers, shape ``(dates, 8)``, for :func:`calendars_of`.

    Args:
        days: as :func:`pipeline.alignment.when.event_days` returns them.

    Returns:
        Year, month, day, weekday, ordinal, weight and rank of each, and 1 for the main date. -1 stands for the unknown.
    """
    main = main_day(days) if days else None
    rows = np.full((len(days), 8), _UNKNOWN, dtype=np.float64)
    for row, d in zip(rows, days, strict=True):
        full = date(d.year, d.month, d.day).toordinal() if d.year and d.month and d.day else None
        parts = (d.year, d.month, d.day, d.weekday, full)
        row[:] = *(_UNKNOWN if part is None else part for part in parts), d.weight, d.position, d == main
    return rows


def stress_of(row: Sequence[float]) -> tuple[float, int]:
    """Return weight and rank of a date from its row."""
    return row[5], int(row[6])


def calendars_of(starts: IntArray, rows: Vector) -> Calendars:
    """Put the dates of several articles together.

    Args:
        starts: first row of each article, and the end, shape ``(n + 1,)``.
        rows: of :func:`day_rows`, one article after the other.
    """
    main = np.full(len(starts) - 1, _UNKNOWN, dtype=np.int64)
    marked = np.flatnonzero(rows[:, 7] > 0)[::-1]  # of two equal dates the first one
    main[np.searchsorted(starts, marked, side="right") - 1] = marked
    return Calendars(starts, rows[:, :5].astype(np.int32), rows[:, 5].copy(), main)
