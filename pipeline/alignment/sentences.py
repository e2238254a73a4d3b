"""Align the sentences of two documents: monotone for parallel texts, order-free for comparable ones. Pure.

Groups of neighbours are never encoded again: the vector of a group is the scaled sum of its sentences' vectors.
Some sentences are near to everything, so no cosine is taken as it is: the order-free matching subtracts the mean cosine
of both sides to their nearest others (margin, Artetxe and Schwenk 2019), the monotone one divides the distance by
what is usual for the two groups. The price of leaving a sentence alone is estimated from the two documents themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.alignment.views import FloatArray, unit_rows

__all__ = ["IndexBead", "align_comparable", "align_parallel"]

Scores = npt.NDArray[np.float64]
# Group shapes (n, m) of the monotone aligner: 1-1, merges up to three on either side, and two against two.
SHAPES = ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (2, 2))
MAX_GROUP = 3
_MOVES = ((0, 1), (1, 0), *SHAPES)  # on a tie a stray of the first document comes first
# Nearest others that the margin is taken against, as in the source.
_MARGIN_NEIGHBOURS = 4


@dataclass(frozen=True, slots=True)
class IndexBead:
    """Hold one bead as indices of both documents; ``similarity`` is the groups' cosine, ``None`` with an empty side."""

    a: tuple[int, ...]
    b: tuple[int, ...]
    similarity: float | None


def align_parallel(a: FloatArray, b: FloatArray) -> list[IndexBead]:
    """Align two translations of one text, in order.

    Args:
        a: unit rows of one document's sentences, shape ``(n, d)``.
        b: those of the other, shape ``(m, d)``.

    Returns:
        Beads in order; every sentence is in exactly one.
    """
    if not len(a) or not len(b):
        return _unaligned(range(len(a)), range(len(b)))
    groups_a, groups_b = _groups(a), _groups(b)
    distances = {(n, m): _distance(_cosines(groups_a[n - 1], groups_b[m - 1])) for n, m in SHAPES}
    moves = _best_path(distances, skip_price(distances[1, 1]), len(a), len(b))
    spans = ((tuple(range(i, i + p)), tuple(range(j, j + q))) for i, j, p, q in moves)
    return [IndexBead(x, y, _similarity(a, b, x, y) if x and y else None) for x, y in spans]


def _groups(rows: FloatArray) -> list[FloatArray]:
    """Return the vectors of 1, 2, 3 neighbours from each start: shape ``(n - size + 1, d)``, empty when too short."""
    total = np.vstack([np.zeros((1, rows.shape[1]), dtype=np.float64), np.cumsum(rows, axis=0, dtype=np.float64)])
    sums = (total[size:] - total[:-size] if size <= len(rows) else total[:0] for size in range(1, MAX_GROUP + 1))
    return [unit_rows(s.astype(np.float32)) for s in sums]


def _cosines(x: FloatArray, y: FloatArray) -> Scores:
    return np.asarray(x @ y.T, dtype=np.float64)


def _baseline(cosine: Scores) -> Scores:
    """Return for each pair of sentences the mean cosine of both to their nearest others, the best left out."""
    return (_hubness(cosine)[:, None] + _hubness(cosine.T)[None, :]) / 2


def _hubness(cosine: Scores) -> Scores:
    k = min(_MARGIN_NEIGHBOURS + 1, cosine.shape[1])
    top = -np.sort(-cosine, axis=1)[:, :k]
    hub: Scores = (top[:, 1:] if k > 1 else top * 0.0).mean(axis=1)
    return hub


def _distance(cosine: Scores) -> Scores:
    """Scale ``1 - cosine`` by what is usual for the two groups, so that an unrelated pair is at about 1.

    Usual is the median over the other document: longer groups are nearer to everything, and the median knows it. In
    documents of fewer than four sentences a median says nothing, and ``_UNRELATED`` stands for it.
    """
    raw = 1.0 - cosine
    if not raw.size or min(raw.shape) < 4:
        return raw / _UNRELATED
    usual = (np.median(raw, axis=1)[:, None] + np.median(raw, axis=0)[None, :]) / 2
    scaled: Scores = raw / np.maximum(usual, _SMALLEST)
    return scaled


# One less the median cosine of unrelated news sentences under the default encoder, and a guard for copies.
_UNRELATED, _SMALLEST = 0.85, 0.05


def skip_price(distance: Scores) -> float:
    """Estimate what leaving one sentence alone costs, from the nearest distances of both sides.

    They fall in two heaps, counterparts and strays. A pair is worth aligning below the point that parts the heaps with
    the least variance inside them (Otsu 1979); two sentences left alone cost as much. Where there is one heap, because
    nothing is missing, the point would cut it in two: it is never nearer than half way from a typical counterpart to
    the strays at 1.
    """
    nearest = np.sort(np.concatenate([distance.min(axis=1), distance.min(axis=0)]))
    typical = float(np.median(nearest))
    return min(0.5, max(_parting(nearest), (1.0 + typical) / 2) / 2)


def _parting(values: Scores) -> float:
    if len(values) < 4 or values[-1] - values[0] < 1e-6:
        return 0.0
    sizes = np.arange(1, len(values))
    sums = np.cumsum(values)[:-1]
    left, right = sums / sizes, (values.sum() - sums) / (len(values) - sizes)
    cut = int(np.argmax(sizes * (len(values) - sizes) * (right - left) ** 2))
    return float(values[cut] + values[cut + 1]) / 2


def _best_path(
    distances: dict[tuple[int, int], Scores], skip: float, n: int, m: int
) -> list[tuple[int, int, int, int]]:
    """Find the order-keeping path of the least cost; each move is ``(i, j, n, m)``.

    A bead costs its distance times ``n * m`` (Thompson and Koehn 2019), so that a merge must be better than its best
    part plus sentences left alone.
    """
    best = np.full((n + 1, m + 1), np.inf)
    move = np.zeros((n + 1, m + 1), dtype=np.int8)
    best[0, 0] = 0.0
    costs = [None, None, *(distances[p, q] * (p * q) for p, q in SHAPES)]
    for diagonal in range(1, n + m + 1):  # all cells of an anti-diagonal at once
        i = np.arange(max(0, diagonal - m), min(n, diagonal) + 1)
        j = diagonal - i
        for number, ((p, q), cost) in enumerate(zip(_MOVES, costs, strict=True)):
            inside = (i >= p) & (j >= q)
            x, y = i[inside] - p, j[inside] - q
            value = best[x, y] + (skip if cost is None else cost[x, y])
            better = value < best[i[inside], j[inside]]
            best[i[inside][better], j[inside][better]] = value[better]
            move[i[inside][better], j[inside][better]] = number
    return _traced(move, n, m)


def _traced(move: npt.NDArray[np.int8], n: int, m: int) -> list[tuple[int, int, int, int]]:
    path, i, j = [], n, m
    while i or j:
        p, q = _MOVES[move[i, j]]
        i, j = i - p, j - q
        path.append((i, j, p, q))
    return path[::-1]


def _similarity(a: FloatArray, b: FloatArray, left: Sequence[int], right: Sequence[int]) -> float:
    x, y = a[list(left)].sum(axis=0), b[list(right)].sum(axis=0)
    norm = float(np.linalg.norm(x) * np.linalg.norm(y))
    return min(1.0, max(-1.0, float(x @ y) / norm)) if norm > 0 else 0.0


def align_comparable(a: FloatArray, b: FloatArray, floor: float) -> list[IndexBead]:
    """Match passages of two accounts of one event, whatever their order.

    Sentences that are each other's best match by margin, and alike enough, make beads; then a neighbour that is left
    over joins a bead where the group becomes more similar by it. The rest stays alone.

    Args:
        a: unit rows, shape ``(n, d)``.
        b: unit rows, shape ``(m, d)``.
        floor: cosine that a bead reaches at least.

    Returns:
        Beads by their first sentence of ``a``, then the sentences of ``b`` that stay alone; every sentence is in
        exactly one.
    """
    if not len(a) or not len(b):
        return _unaligned(range(len(a)), range(len(b)))
    cosine = _cosines(a, b)
    margin = cosine - _baseline(cosine)
    forward, backward = margin.argmax(axis=1), margin.argmax(axis=0)
    beads = [
        ((i,), (int(forward[i]),))
        for i in range(len(a))
        if backward[forward[i]] == i and cosine[i, forward[i]] >= floor and margin[i, forward[i]] > 0
    ]
    grown = _grow(a, b, beads)
    left_a = sorted(set(range(len(a))) - {i for x, _ in grown for i in x})
    left_b = sorted(set(range(len(b))) - {j for _, y in grown for j in y})
    matched = [IndexBead(x, y, _similarity(a, b, x, y)) for x, y in grown]
    alone = _unaligned(left_a, left_b)
    return sorted([*matched, *alone], key=lambda bead: (not bead.a, bead.a or bead.b, bead.b))


_Spans = tuple[tuple[int, ...], tuple[int, ...]]


def _grow(a: FloatArray, b: FloatArray, beads: Sequence[_Spans]) -> list[_Spans]:
    """Let beads take in free neighbours as long as a group grows more similar; the most similar beads choose first."""
    taken_a, taken_b = {i for x, _ in beads for i in x}, {j for _, y in beads for j in y}
    order = sorted(range(len(beads)), key=lambda k: (-round(_similarity(a, b, *beads[k]), 6), beads[k]))
    grown = dict(enumerate(beads))
    for k in order:
        x, y = grown[k]
        while True:
            now = _similarity(a, b, x, y)
            options: list[_Spans] = [(w, y) for w in _wider(x, len(a), taken_a)]
            options += [(x, w) for w in _wider(y, len(b), taken_b)]
            scored = [(round(_similarity(a, b, *o), 6), -n) for n, o in enumerate(options)]
            if not scored or max(scored)[0] <= now + _GROWTH:
                break
            x, y = options[-max(scored)[1]]
            taken_a.update(x)
            taken_b.update(y)
        grown[k] = (x, y)
    return [grown[k] for k in range(len(beads))]


# A neighbour joins when the cosine of the groups rises by at least this much: noise raises it by about 0.005.
_GROWTH = 0.02


def _wider(span: tuple[int, ...], n: int, taken: set[int]) -> list[tuple[int, ...]]:
    if len(span) >= MAX_GROUP:
        return []
    sides = []
    if span[0] > 0 and span[0] - 1 not in taken:
        sides.append((span[0] - 1, *span))
    if span[-1] + 1 < n and span[-1] + 1 not in taken:
        sides.append((*span, span[-1] + 1))
    return sides


def _unaligned(left: Sequence[int] | range, right: Sequence[int] | range) -> list[IndexBead]:
    return [IndexBead((i,), (), None) for i in left] + [IndexBead((), (j,), None) for j in right]
