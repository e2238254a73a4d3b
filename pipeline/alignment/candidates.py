"""Propose the pairs of articles worth deciding: nearest neighbours among all, or among those of about one time. Pure.

Below a size, every article is compared with every other. Beyond it, time is cut into blocks of ``window`` days on a
fixed calendar grid, and an article of one block is compared with those of the same and the two adjacent blocks and with
all undated ones; undated articles are compared with everything. The grid is fixed, so that an article that arrives
moves no border. Where a block is still too large for an exact product, an index takes its place: any
:class:`Index`, such as :class:`pipeline.engines.index.GraphIndex`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipeline.alignment.views import FloatArray

__all__ = ["UNDATED", "Index", "MakeIndex", "block_names", "nearest", "nearest_rows"]

IntArray = npt.NDArray[np.int64]
# Numbers in a block of cosines: 64 MB of float32, whatever the corpus; and vectors compared with at a time.
_BLOCK_CELLS = 16_000_000
_BASE = 65_536
# Cosines that agree in as many decimals are equal.
_DECIMALS = 5
UNDATED = int(np.iinfo(np.int64).min)
"""The number of the block of those without a date: the smallest, which no block of days has."""


class Index(Protocol):
    """Search a set of unit vectors approximately, with the same result on every run."""

    def search(self, queries: FloatArray, k: int) -> IntArray:
        """Return for each query the positions of up to ``k`` vectors, shape ``(queries, k)``, -1 for none."""
        ...


MakeIndex = Callable[[FloatArray], Index]


def nearest(vectors: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
    """Find the nearest rows of each row by cosine, exactly.

    Args:
        vectors: unit rows, shape ``(n, d)``; a row of zeros is near to nothing.
        k: neighbours wanted; fewer when there are fewer other rows.

    Returns:
        Indices and cosines, both of shape ``(n, min(k, n - 1))``, nearest first, ties by index, the row itself left
        out; cosines in five decimals.
    """
    n = len(vectors)
    k = min(k, n - 1)
    if k < 1:
        return np.empty((n, 0), dtype=np.int64), np.empty((n, 0), dtype=np.float32)
    every = np.arange(n, dtype=np.int64)
    return _exact(lambda rows: vectors[rows], every, every, k)


def block_names(days: npt.NDArray[np.float64], window: int, exact_below: int) -> IntArray:
    """Return the number of the block of time of each article, shape ``(n,)``; the undated have the smallest number.

    Args:
        days: publication days as ordinals, NaN where unknown.
        window: days of a block.
        exact_below: articles up to which all are one block.
    """
    if len(days) <= exact_below:
        return np.zeros(len(days), dtype=np.int64)
    return np.where(np.isnan(days), UNDATED, np.nan_to_num(days).astype(np.int64) // max(window, 1))


def nearest_rows(
    vectors_of: Callable[[IntArray], FloatArray],
    queries: IntArray,
    base: IntArray,
    k: int,
    *,
    exact_below: int,
    make_index: MakeIndex | None = None,
) -> IntArray:
    """Find the nearest of some articles for each of a part of them.

    Args:
        vectors_of: gives unit rows by number.
        queries: the articles that ask, ascending.
        base: the articles that are asked, ascending, the queries among them.
        k: neighbours wanted.
        exact_below: number of queries up to which the search is exact.
        make_index: builds an index for more; without it the search stays exact.

    Returns:
        Numbers, nearest first, ties by number, shape ``(queries, k)``, -1 where there are fewer.
    """
    found = np.full((len(queries), k), -1, dtype=np.int64)
    if k and len(base) > 1:
        # Adding a vector to an index costs as much as some 25,000 cosines: it pays where many ask.
        if make_index is None or len(queries) <= exact_below:
            part = _exact(vectors_of, queries, base, min(k, len(base) - 1))[0]
        else:
            vectors = vectors_of(base)
            places = _indexed(vectors, np.searchsorted(base, queries), k, make_index)
            part = np.where(places >= 0, base[places], -1)
        found[:, : part.shape[1]] = part
    return found


def _exact(
    vectors_of: Callable[[IntArray], FloatArray], queries: IntArray, base: IntArray, k: int
) -> tuple[IntArray, FloatArray]:
    """Compare ``queries`` with ``base`` (ascending, holding the queries) by blocks of a matrix product."""
    asking = vectors_of(queries)
    indices = np.full((len(queries), k), -1, dtype=np.int64)
    cosines = np.full((len(queries), k), -np.inf, dtype=np.float32)
    for first in range(0, len(base), _BASE):
        part = base[first : first + _BASE]
        there = vectors_of(part)
        rows = max(1, _BLOCK_CELLS // len(part))
        for start in range(0, len(queries), rows):
            chosen = queries[start : start + rows]
            block = asking[start : start + rows] @ there.T
            own = np.searchsorted(part, chosen)
            inside = np.flatnonzero(part[np.minimum(own, len(part) - 1)] == chosen)
            block[inside, own[inside]] = -np.inf
            order, best = _best(block, k)
            done = slice(start, start + rows)
            # Of equal cosines the earlier part comes first, and it is the one that stands there already.
            found = np.concatenate([cosines[done], best], axis=1)
            names = np.concatenate([indices[done], part[order]], axis=1)
            kept = np.argsort(-found, axis=1, kind="stable")[:, :k]
            cosines[done] = np.take_along_axis(found, kept, axis=1)
            indices[done] = np.take_along_axis(names, kept, axis=1)
    return indices, cosines


def _best(block: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
    """Return the columns of the ``k`` largest values of each row, or of all, and the values; largest first.

    Values are rounded, so that copies of one text tie and the order is that of the index, whatever the block's shape.
    """
    rows, n = block.shape
    if n <= 4 * k:
        rounded = np.round(block, _DECIMALS)
        order = np.argsort(-rounded, axis=1, kind="stable")[:, :k]
        return order, np.take_along_axis(rounded, order, axis=1)
    # The k-th largest of the maxima of stretches of columns is a lower bound of the k-th largest value, and a close
    # one: a few values more than k pass it. A partition of the whole row costs five times as much.
    stretch = n // (4 * k)
    maxima = block[:, : 4 * k * stretch].reshape(rows, 4 * k, stretch).max(axis=2)
    least = np.partition(maxima, 3 * k, axis=1)[:, 3 * k : 3 * k + 1]
    cells = np.flatnonzero(block >= least - 2 * 10.0**-_DECIMALS)
    row, column = np.divmod(cells, n)
    values = np.round(block.reshape(-1)[cells], _DECIMALS)
    order = np.lexsort((column, -values, row))
    starts = np.searchsorted(row, np.arange(rows))
    picked = order[(starts[:, None] + np.arange(k)).reshape(-1)].reshape(rows, k)
    return column[picked], values[picked]


def _indexed(vectors: FloatArray, queries: IntArray, k: int, make_index: MakeIndex) -> IntArray:
    """Ask an index for a few more than wanted, and put what it returns in exact order; -1 for none."""
    index = make_index(vectors)
    result = np.full((len(queries), k), -1, dtype=np.int64)
    rows = max(1, _BLOCK_CELLS // (vectors.shape[1] * (k + 1)))
    for start in range(0, len(queries), rows):
        chosen = queries[start : start + rows]
        found = index.search(vectors[chosen], k + 1)
        cosines = np.einsum("qd,qkd->qk", vectors[chosen], vectors[found], optimize=False)
        cosines = np.where((found < 0) | (found == chosen[:, None]), -np.inf, np.round(cosines, _DECIMALS))
        order = np.lexsort((found, -cosines), axis=1)[:, :k]
        best = np.take_along_axis(found, order, axis=1)
        result[start : start + rows] = np.where(np.isinf(np.take_along_axis(cosines, order, axis=1)), -1, best)
    return result
