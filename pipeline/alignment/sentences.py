"""Align the sentences of two documents: monotone for parallel texts, order-free for comparable ones. Pure.

Both price a bead against leaving its sentences alone, and learn that price from the two documents. The monotone aligner
finds the best path with the shares of 1-1 beads, merges and gaps usual in texts, counts them on the path, and goes on
with what it counted (hard expectation maximisation); in long documents it learns from a stretch in the middle. The
order-free one matches sentences that are each other's best by margin (Artetxe and Schwenk 2019).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pipeline.alignment.bead_scores import SHAPES, BeadModel, BeadScorer, Shares, load_bead_model
from pipeline.alignment.corridors import Corridor, Scorer, best_path, find_corridor, whole_table
from pipeline.alignment.side import Side, length_ratio, plain_side, with_words
from pipeline.alignment.views import FloatArray

__all__ = ["IndexBead", "Order", "align_comparable", "align_pairs", "align_parallel", "sentence_signature"]

Numbers = npt.NDArray[np.float64]
Order = Literal["parallel", "comparable"]
_Moves = list[tuple[int, int, int, int]]
# Passes that learn the shares; they seldom change after the second.
_PASSES = 3
# Steps for which the usual shares count against those counted.
_SHARES_WEIGHT = 20.0
# Sentences of both documents together from which the shares are learnt.
_LEARN_FROM = 4_000
# Nearest others that the order-free margin is taken against, as in the source.
_MARGIN_NEIGHBOURS = 4
# Most sentences on a side of an order-free bead.
_MAX_COMPARABLE = 3
# A neighbour joins an order-free bead when the score rises by at least this much: noise raises it by about 0.005.
_GROWTH = 0.02
# What an order-free bead loses where one side is e times as long as the other; characters added to both.
_LENGTH_LOSS, _LENGTH_PRIOR = 0.05, 10.0
# Cosine that an order-free bead reaches at least, unless the caller says otherwise.
DEFAULT_FLOOR = 0.35


@dataclass(frozen=True, slots=True)
class IndexBead:
    """Hold one bead as indices of both documents; ``similarity`` is the groups' cosine, ``None`` with an empty side."""

    a: tuple[int, ...]
    b: tuple[int, ...]
    similarity: float | None


def sentence_signature(order: Order, floor: float = DEFAULT_FLOOR) -> str:
    """Name the model and every setting that changes the beads."""
    if order == "parallel":
        return f"{load_bead_model().signature}|parallel|shares:{_SHARES_WEIGHT:g}x{_PASSES}|learn:{_LEARN_FROM}"
    return f"beads|margin:{_MARGIN_NEIGHBOURS}|comparable|floor:{floor:g}|growth:{_GROWTH:g}|length:{_LENGTH_LOSS:g}"


def align_pairs(
    pairs: Iterable[tuple[Side, Side]], order: Order, floor: float = DEFAULT_FLOOR
) -> list[list[IndexBead]]:
    """Align many pairs of documents in one call; what one pair gives does not depend on the others."""
    return [align_parallel(a, b) if order == "parallel" else align_comparable(a, b, floor) for a, b in pairs]


def align_parallel(
    a: Side | FloatArray, b: Side | FloatArray, model: BeadModel | None = None, *, whole: bool = False
) -> list[IndexBead]:
    """Align two translations of one text, in order; time and memory grow linearly with length.

    Args:
        a: one document, or the unit rows of its sentences, shape ``(n, d)``.
        b: the other.
        model: coefficients; the packaged ones by default.
        whole: fill the whole table, whatever its size, instead of a corridor through it.

    Returns:
        Beads in order; every sentence is in exactly one. What holds no letter and no digit (a rule, a page mark) is
        left alone, and a bead may reach over it.
    """
    whole_a, whole_b = _side(a), _side(b)
    (a, own_a), (b, own_b) = with_words(whole_a), with_words(whole_b)
    if not len(a) or not len(b):
        return _unaligned(range(len(whole_a)), range(len(whole_b)))
    corridor = whole_table(len(a), len(b)) if whole else find_corridor(a.groups(1), b.groups(1))
    moves = _learn_and_align(a, b, model or load_bead_model(), corridor)
    beads = _beads(a, b, [(range(i, i + p), range(j, j + q)) for i, j, p, q in moves])
    return (
        beads if (len(a), len(b)) == (len(whole_a), len(whole_b)) else _placed(beads, (own_a, own_b), whole_a, whole_b)
    )


def _placed(
    beads: Sequence[IndexBead], places: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], a: Side, b: Side
) -> list[IndexBead]:
    """Give the beads of the sentences with words their places in the whole documents, and set the others between."""
    others = _unaligned(*(sorted(set(range(len(s))) - set(p.tolist())) for s, p in zip((a, b), places, strict=True)))
    left = [bead for bead in others if bead.a]
    right = [bead for bead in others if bead.b]
    placed: list[IndexBead] = []
    for bead in beads:
        x, y = (tuple(int(p[i]) for i in side) for p, side in zip(places, (bead.a, bead.b), strict=True))
        while left and x and left[0].a < x:
            placed.append(left.pop(0))
        while right and y and right[0].b < y:
            placed.append(right.pop(0))
        placed.append(IndexBead(x, y, bead.similarity))
    return [*placed, *left, *right]


def _side(document: Side | FloatArray) -> Side:
    return document if isinstance(document, Side) else plain_side(document)


def _learn_and_align(a: Side, b: Side, model: BeadModel, corridor: Corridor) -> _Moves:
    shares = Shares.usual(model)
    if len(a) + len(b) > _LEARN_FROM:
        middle = _middle(corridor)
        part_a, part_b = a.part(*middle[0]), b.part(*middle[1])
        _, shares = _passes(part_a, part_b, model, find_corridor(part_a.groups(1), part_b.groups(1)))
        scorer = BeadScorer(a, b, model)
        return _align(scorer, corridor, shares, lambda start, stop: scorer.diagonals(corridor, start, stop))
    return _passes(a, b, model, corridor)[0]


def _middle(corridor: Corridor) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the stretch of both documents that a corridor passes through in its middle."""
    last = corridor.n + corridor.m
    points = []
    for d in ((last - _LEARN_FROM) // 2, (last + _LEARN_FROM) // 2):
        j = int(np.clip(corridor.offsets[d] + corridor.width // 2, max(0, d - corridor.n), min(d, corridor.m)))
        points.append((d - j, j))
    return (points[0][0], points[1][0]), (points[0][1], points[1][1])


def _passes(a: Side, b: Side, model: BeadModel, corridor: Corridor) -> tuple[_Moves, Shares]:
    """Align and count in turn; the scores are computed once."""
    shares, moves = Shares.usual(model), _Moves()
    if not len(a) or not len(b):
        return moves, shares
    scorer = BeadScorer(a, b, model)
    last = corridor.n + corridor.m + 1
    scores = np.concatenate([scorer.diagonals(corridor, d, min(d + 256, last)) for d in range(0, last, 256)])
    for _ in range(_PASSES):
        moves = _align(scorer, corridor, shares, lambda start, stop: scores[start:stop])
        shares = Shares.counted(moves, model, _SHARES_WEIGHT)
    return moves, shares


def _align(scorer: BeadScorer, corridor: Corridor, shares: Shares, scores: Scorer) -> _Moves:
    return best_path(corridor, SHAPES, lambda start, stop: scores(start, stop) + shares.beads, scorer.gaps(shares))


_Spans = tuple[range, range]


def _beads(a: Side, b: Side, spans: Sequence[_Spans]) -> list[IndexBead]:
    similar = iter(_similarities(a, b, [s for s in spans if s[0] and s[1]]))
    return [IndexBead(tuple(x), tuple(y), float(next(similar)) if x and y else None) for x, y in spans]


def _similarities(a: Side, b: Side, spans: Sequence[_Spans]) -> Numbers:
    """Return the cosine of the groups of each bead."""
    if not spans:
        return np.zeros(0)
    bounds = np.array([(x.start, x.stop, y.start, y.stop) for x, y in spans], dtype=np.int64)
    cosine = (a.spans(bounds[:, 0], bounds[:, 1]) * b.spans(bounds[:, 2], bounds[:, 3])).sum(axis=1, dtype=np.float64)
    clipped: Numbers = np.clip(cosine, -1.0, 1.0)
    return clipped


def align_comparable(a: Side | FloatArray, b: Side | FloatArray, floor: float = DEFAULT_FLOOR) -> list[IndexBead]:
    """Match passages of two accounts of one event, whatever their order.

    Sentences that are each other's best match by margin, and alike enough, make beads; then a neighbour that is left
    over joins a bead where the group becomes more similar by it. The rest stays alone. The whole table of sentences is
    filled.

    Args:
        a: one document, or the unit rows of its sentences, shape ``(n, d)``.
        b: the other.
        floor: cosine that a bead reaches at least.

    Returns:
        Beads by their first sentence of ``a``, then the sentences of ``b`` that stay alone; every sentence is in
        exactly one.
    """
    a, b = _side(a), _side(b)
    if not len(a) or not len(b):
        return _unaligned(range(len(a)), range(len(b)))
    cosine = np.asarray(a.groups(1) @ b.groups(1).T, dtype=np.float64)
    loss = _LengthLoss(a, b)
    margin = cosine - (_hubness(cosine)[:, None] + _hubness(cosine.T)[None, :]) / 2 - loss.table()
    forward, backward = margin.argmax(axis=1), margin.argmax(axis=0)
    beads = [
        (range(i, i + 1), range(forward[i], forward[i] + 1))
        for i in range(len(a))
        if backward[forward[i]] == i and cosine[i, forward[i]] >= floor and margin[i, forward[i]] > 0
    ]
    grown = _Growth(a, b, loss, beads).run()
    left_a = sorted(set(range(len(a))) - {i for x, _ in grown for i in x})
    left_b = sorted(set(range(len(b))) - {j for _, y in grown for j in y})
    beads_found = [*_beads(a, b, grown), *_unaligned(left_a, left_b)]
    return sorted(beads_found, key=lambda bead: (not bead.a, bead.a or bead.b, bead.b))


def _hubness(cosine: Numbers) -> Numbers:
    """Return for each row the mean cosine to its nearest others, the best left out."""
    k = min(_MARGIN_NEIGHBOURS + 1, cosine.shape[1])
    if k == 1:
        return np.zeros(len(cosine))
    top = -np.sort(-np.partition(cosine, -k, axis=1)[:, -k:], axis=1)
    return np.asarray(top[:, 1:].mean(axis=1))


class _LengthLoss:
    """Say what a bead loses for the lengths of its sides, scaled by those of the documents."""

    def __init__(self, a: Side, b: Side) -> None:
        ratio = length_ratio(a, b)
        self._a = np.concatenate([[0.0], np.cumsum(a.lengths)])
        self._b = np.concatenate([[0.0], np.cumsum(b.lengths)]) * ratio

    def table(self) -> Numbers:
        """Return the loss of each pair of single sentences."""
        x, y = (np.log(np.diff(total) + _LENGTH_PRIOR) for total in (self._a, self._b))
        return np.asarray(_LENGTH_LOSS * np.abs(x[:, None] - y[None, :]))

    def of(self, spans: Sequence[_Spans]) -> Numbers:
        """Return the loss of each bead."""
        x = np.array([self._a[s.stop] - self._a[s.start] for s, _ in spans])
        y = np.array([self._b[s.stop] - self._b[s.start] for _, s in spans])
        return np.asarray(_LENGTH_LOSS * np.abs(np.log((x + _LENGTH_PRIOR) / (y + _LENGTH_PRIOR))))


class _Growth:
    """Let beads take in free neighbours as long as a group gains by it; the best beads choose first."""

    def __init__(self, a: Side, b: Side, loss: _LengthLoss, beads: Sequence[_Spans]) -> None:
        self._a, self._b, self._loss, self._beads = a, b, loss, beads
        self._taken_a = {i for x, _ in beads for i in x}
        self._taken_b = {j for _, y in beads for j in y}

    def run(self) -> list[_Spans]:
        scores = self._scores(self._beads)
        grown = list(self._beads)
        for k in sorted(range(len(grown)), key=lambda k: (-scores[k], k)):
            grown[k] = self._grow(grown[k], scores[k])
        return grown

    def _scores(self, spans: Sequence[_Spans]) -> Numbers:
        """Score beads; rounded, so that no choice depends on the last bits of a product."""
        scores: Numbers = (_similarities(self._a, self._b, spans) - self._loss.of(spans)).round(6)
        return scores

    def _grow(self, bead: _Spans, score: float) -> _Spans:
        while True:
            x, y = bead
            options = [(w, y) for w in _wider(x, len(self._a), self._taken_a)]
            options += [(x, w) for w in _wider(y, len(self._b), self._taken_b)]
            scores = self._scores(options)
            if not options or scores.max() <= score + _GROWTH:
                return bead
            best = int(scores.argmax())
            bead, score = options[best], float(scores[best])
            self._taken_a.update(bead[0])
            self._taken_b.update(bead[1])


def _wider(span: range, n: int, taken: set[int]) -> list[range]:
    if len(span) >= _MAX_COMPARABLE:
        return []
    sides = []
    if span.start > 0 and span.start - 1 not in taken:
        sides.append(range(span.start - 1, span.stop))
    if span.stop < n and span.stop not in taken:
        sides.append(range(span.start, span.stop + 1))
    return sides


def _unaligned(left: Sequence[int] | range, right: Sequence[int] | range) -> list[IndexBead]:
    return [IndexBead((i,), (), None) for i in left] + [IndexBead((), (j,), None) for j in right]
