"""Align the sentences of two documents: monotone for parallel texts, order-free for comparable ones. Pure.

Groups of neighbours are never encoded again: the vector of a group is the scaled sum of its sentences' vectors.
Similarities are compared by margin (Artetxe and Schwenk 2019): the cosine less the mean cosine of both sides to their
nearest others, because some sentences are near to everything. What separates a pair from chance, and therefore the
price of leaving a sentence alone, is estimated from the two documents themselves.
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
_MOVES = ((1, 0), (0, 1), *SHAPES)
# Nearest others that the margin is taken against, as in the source.
_MARGIN_NEIGHBOURS = 4


@dataclass(frozen=True, slots=True)
class IndexBead:
    """Hold one bead as indices of both documents; ``similarity`` is the groups' cosine, ``None`` beside an empty side."""

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
    cosines = {(n, m): _cosines(groups_a[n - 1], groups_b[m - 1]) for n, m in SHAPES}
    baseline = _baseline(cosines[1, 1])
    skip = _skip_price(cosines[1, 1] - baseline)
    moves = _best_path(cosines, baseline, skip, len(a), len(b))
    return [_bead(a, b, i, j, n, m) for i, j, n, m in moves]


def _groups(rows: FloatArray) -> list[FloatArray]:
    """Return the vectors of 1, 2, 3 neighbours from each start: shape ``(n - size + 1, d)``, empty when too short."""
    total = np.vstack([np.zeros((1, rows.shape[1]), dtype=np.float64), np.cumsum(rows, axis=0, dtype=np.float64)])
    sums = (
        total[size:] - total[:-size] if size <= len(rows) else total[:0] for size in range(1, MAX_GROUP + 1)
    )
    return [unit_rows(s.astype(np.float32)) for s in sums]


def _cosines(x: FloatArray, y: FloatArray) -> Scores:
    return np.asarray(x @ y.T, dtype=np.float64)


def _baseline(cosine: Scores) -> Scores:
    """Return for each pair of sentences the mean of what each is like to its nearest others, its best match left out."""
    return (_hubness(cosine)[:, None] + _hubness(cosine.T)[None, :]) / 2


def _hubness(cosine: Scores) -> Scores:
    k = min(_MARGIN_NEIGHBOURS + 1, cosine.shape[1])
    top = -np.sort(-cosine, axis=1)[:, :k]
    hub: Scores = (top[:, 1:] if k > 1 else top * 0.0).mean(axis=1)
    return hub


def _skip_price(margin: Scores) -> float:
    """Estimate the margin at which a pair is as likely chance as counterpart.

    Best matches of both sides fall in two heaps, counterparts and strays; the price is the point between them that
    splits the values with the least variance inside the parts (Otsu 1979), kept within what strays can reach.
    """
    best = np.sort(np.concatenate([margin.max(axis=1), margin.max(axis=0)]))
    stray = float(np.median(margin))
    if len(best) < 4 or best[-1] - best[0] < 1e-6:
        return stray + (float(best[0]) - stray) / 2
    cuts = np.arange(1, len(best))
    left = np.cumsum(best)[:-1] / cuts
    right = (best.sum() - np.cumsum(best)[:-1]) / (len(best) - cuts)
    between = cuts * (len(best) - cuts) * (right - left) ** 2
    cut = int(np.argmax(between))
    otsu = float(best[cut] + best[cut + 1]) / 2
    typical = float(np.median(best))
    # One heap only (nothing is missing): half the way from chance to a typical counterpart.
    return min(otsu, stray + (typical - stray) / 2)


def _best_path(
    cosines: dict[tuple[int, int], Scores], baseline: Scores, skip: float, n: int, m: int
) -> list[tuple[int, int, int, int]]:
    """Find the order-keeping path of the highest sum; each move is ``(i, j, n, m)``.

    A pair of groups earns its margin above the price once per sentence it takes on the longer side, so that a merge
    must be better than its best part plus a sentence left alone.
    """
    best = np.full((n + 1, m + 1), -np.inf)
    move = np.zeros((n + 1, m + 1), dtype=np.int8)
    best[0, 0] = 0.0
    gains = [None, None, *(_gain(shape, cosines[shape], baseline, skip) for shape in SHAPES)]
    for diagonal in range(1, n + m + 1):  # all cells of an anti-diagonal at once
        i = np.arange(max(0, diagonal - m), min(n, diagonal) + 1)
        j = diagonal - i
        for number, ((p, q), gain) in enumerate(zip(_MOVES, gains, strict=True)):
            inside = (i >= p) & (j >= q)
            x, y = i[inside] - p, j[inside] - q
            value = best[x, y] + (0.0 if gain is None else gain[x, y])
            better = value > best[i[inside], j[inside]]
            best[i[inside][better], j[inside][better]] = value[better]
            move[i[inside][better], j[inside][better]] = number
    return _traced(move, n, m)


def _gain(shape: tuple[int, int], cosine: Scores, baseline: Scores, skip: float) -> Scores:
    p, q = shape
    if not cosine.size:
        return cosine
    hub = np.zeros_like(cosine)
    for di in range(p):
        for dj in range(q):
            hub += baseline[di : di + cosine.shape[0], dj : dj + cosine.shape[1]]
    gain: Scores = (cosine - hub / (p * q) - skip) * (p + q) / 2
    return gain


def _traced(move: npt.NDArray[np.int8], n: int, m: int) -> list[tuple[int, int, int, int]]:
    path, i, j = [], n, m
    while i or j:
        p, q = _MOVES[move[i, j]]
        i, j = i - p, j - q
        path.append((i, j, p, q))
    return path[::-1]


def _bead(a: FloatArray, b: FloatArray, i: int, j: int, n: int, m: int) -> IndexBead:
    left, right = tuple(range(i, i + n)), tuple(range(j, j + m))
    return IndexBead(left, right, _similarity(a, b, left, right) if n and m else None)


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
            options: list[_Spans] = [(w, y) for w in _wider(x, len(a), taken_a)] + [(x, w) for w in _wider(y, len(b), taken_b)]
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
