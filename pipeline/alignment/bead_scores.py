"""Score beads: a log-linear model over how alike two groups are, what stands beside them, length and split marks. Pure.

The coefficients were fitted once, as those of a conditional random field over whole alignments, on texts with known
alignment (``bead_model.json`` names them). What differs from text to text, above all how often a sentence has no
counterpart, is not among them: :class:`Shares` holds it, and the aligner estimates it from the two documents.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from pipeline.alignment.corridors import Corridor, Gaps
from pipeline.alignment.side import JOINTS, Side, length_ratio
from pipeline.alignment.views import FloatArray

__all__ = ["MAX_GROUP", "SHAPES", "BeadModel", "BeadScorer", "Shares", "load_bead_model"]

Numbers = npt.NDArray[np.float64]
MAX_GROUP = 6
# Sizes of beads: up to six on one side, seven together.
SHAPES = tuple((p, q) for p in range(1, MAX_GROUP + 1) for q in range(1, MAX_GROUP + 1) if p + q <= MAX_GROUP + 1)
# Kinds of step whose shares are estimated: 1-1; 1-2 and 2-1; one to more; several to several; a gap opens; it goes on.
KINDS = 6
_KIND = np.array([0 if s == (1, 1) else 1 if sum(s) == 3 else 2 if min(s) == 1 else 3 for s in SHAPES])
# Sentences of the other document that a group is compared with, to learn what cosine is usual for it.
_SAMPLE = 200
# What is usual before anything is seen, counted as so many sentences.
_USUAL, _USUAL_WEIGHT = 0.12, 3
# Variance of a translation's length for each character of the source (Gale and Church 1993 give 6.8 for both sides).
_LENGTH_VARIANCE = 3.4


@dataclass(frozen=True, slots=True)
class BeadModel:
    """Hold the coefficients, by the names that :meth:`BeadScorer._similarity` and its kin use, and the usual shares."""

    weights: Mapping[str, float]
    shares: tuple[float, ...]
    signature: str


@lru_cache(maxsize=1)
def load_bead_model() -> BeadModel:
    """Read the packaged coefficients."""
    data = json.loads(files("pipeline.alignment").joinpath("bead_model.json").read_text(encoding="utf-8"))
    return BeadModel(data["weights"], tuple(data["shares"]), data["signature"])


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Hold the logarithm of each kind of step's share, shape ``(KINDS,)``."""

    log: Numbers

    @classmethod
    def usual(cls, model: BeadModel) -> Shares:
        """Return what is assumed before the documents are seen."""
        return cls(np.log(np.array(model.shares)))

    @classmethod
    def counted(cls, moves: list[tuple[int, int, int, int]], model: BeadModel, weight: float) -> Shares:
        """Estimate the shares from an alignment; the usual ones count as ``weight`` steps."""
        counts = np.array(model.shares) * weight
        in_gap = False
        for _, _, p, q in moves:
            gap = not (p and q)
            counts[(4 + in_gap) if gap else _KIND[SHAPES.index((p, q))]] += 1
            in_gap = gap
        return cls(np.log(counts / counts.sum()))

    @property
    def beads(self) -> FloatArray:
        """Return the share of each of the ``SHAPES``, as a logarithm, shape ``(shapes, 1)``."""
        return self.log[_KIND, None].astype(np.float32)


class BeadScorer:
    """Score the beads of two documents, block by block.

    Args:
        a: one document, of at least one sentence.
        b: the other.
        model: coefficients.
    """

    def __init__(self, a: Side, b: Side, model: BeadModel) -> None:
        self._a, self._b, self._weights = a, b, model.weights
        self._sample_a, self._sample_b = _sample(a), _sample(b)
        self._ratio = length_ratio(a, b)
        self._joint = np.array([model.weights[name] for name in JOINTS])

    def gaps(self, shares: Shares) -> Gaps:
        """Score sentences left alone: those without content are left alone more readily."""
        return Gaps(self._alone(self._a), self._alone(self._b), float(shares.log[4]), float(shares.log[5]))

    def _alone(self, side: Side) -> Numbers:
        few = self._weights["alone_short"] * np.exp(-side.lengths / 8)
        return np.asarray(few + self._weights["alone_junk"] * (side.lengths <= 3))

    def diagonals(self, corridor: Corridor, start: int, stop: int) -> FloatArray:
        """Score the beads that end in the cells of some diagonals, without shares.

        Returns:
            Shape ``(stop - start, shapes, width)``, ``-inf`` where a bead would begin outside the table.
        """
        i, j, inside = corridor.cells(start, stop)
        found = np.full((stop - start, len(SHAPES), corridor.width), -np.inf, dtype=np.float32)
        if not inside.any():
            return found
        # One sentence more on either side than the beads of the block hold: the neighbours that they are compared with.
        top, left = max(0, i[inside].min() - MAX_GROUP - 1), max(0, j[inside].min() - MAX_GROUP - 1)
        bottom, right = min(len(self._a), i[inside].max() + 1), min(len(self._b), j[inside].max() + 1)
        block = self.block(top, bottom, left, right)
        for k, ((p, q), scores) in enumerate(zip(SHAPES, block, strict=True)):
            x, y = i - p - top, j - q - left
            there = inside & (i >= p) & (j >= q) & (x >= 0) & (y >= 0) & (x < len(scores)) & (y < scores.shape[1])
            found[:, k, :][there] = scores[x[there], y[there]]
        return found

    def block(self, top: int, bottom: int, left: int, right: int) -> list[FloatArray]:
        """Score the beads inside ``top .. bottom`` by ``left .. right`` for each shape, by their first sentences."""
        groups_a = [self._a.groups(size, top, bottom) for size in range(1, MAX_GROUP + 1)]
        groups_b = [self._b.groups(size, left, right) for size in range(1, MAX_GROUP + 1)]
        usual_a = [_usual(rows, self._sample_b) for rows in groups_a]
        usual_b = [_usual(rows, self._sample_a) for rows in groups_b]
        cosine = {(p, q): groups_a[p - 1] @ groups_b[q - 1].T for p, q in SHAPES}
        a, b = self._a.part(top, bottom), self._b.part(left, right)
        scores = []
        for p, q in SHAPES:
            if not cosine[p, q].size:
                scores.append(cosine[p, q])
                continue
            margin = cosine[p, q] - (usual_a[p - 1][:, None] + usual_b[q - 1][None, :]) / 2
            score = self._similarity(p, q, cosine, margin) + self._shape(p, q, a, b)
            # Rounded, so that no choice depends on the last bits of a product.
            scores.append(score.astype(np.float32).round(4))
        return scores

    def _similarity(self, p: int, q: int, cosine: Mapping[tuple[int, int], FloatArray], margin: FloatArray) -> Numbers:
        w = self._weights
        beside = (_beside(cosine[p, 1], q) + _beside(cosine[1, q].T, p).T) / 2
        score = (w["margin"] + w["margin_size"] * (p + q - 2) / 2) * margin + w["beside"] * (cosine[p, q] - beside)
        if p + q > 2:
            score = score + w["edge"] * (cosine[p, q] - _without_edge(p, q, cosine))
        return np.asarray(score)

    def _shape(self, p: int, q: int, a: Side, b: Side) -> Numbers:
        w = self._weights
        x, y = _sums(a.lengths, p)[:, None], _sums(b.lengths, q)[None, :] * self._ratio
        off = np.minimum(1.0, (x - y) ** 2 / (_LENGTH_VARIANCE * (x + y) / 2) / 10)
        inner = (a.joints[p - 1 : len(a)] - a.joints[: len(a) - p + 1]) @ self._joint
        other = (b.joints[q - 1 : len(b)] - b.joints[: len(b) - q + 1]) @ self._joint
        inside = inner[:, None] + other[None, :]
        return np.asarray(w["bead"] + w["size"] * (p + q - 2) / 2 - w["length"] * off + inside)


def _sample(side: Side) -> FloatArray:
    """Take sentences at even distances."""
    places = np.unique(np.linspace(0, len(side) - 1, min(len(side), _SAMPLE)).astype(np.int64))
    return side.spans(places, places + 1)


def _usual(rows: FloatArray, sample: FloatArray) -> FloatArray:
    """Return the mean cosine of each row to a sample of the other document, the best left out."""
    if not len(rows):
        return np.zeros(0, dtype=np.float32)
    cosine = rows @ sample.T
    total = cosine.sum(axis=1) - cosine.max(axis=1) + _USUAL_WEIGHT * _USUAL
    return np.asarray(total / (len(sample) - 1 + _USUAL_WEIGHT))


def _beside(cosine: FloatArray, size: int) -> FloatArray:
    """Return the mean cosine to the sentences right before and after a group of ``size`` (Liu and Zhu 2023).

    Args:
        cosine: to single sentences, shape ``(k, n)``.
        size: sentences of the group that starts at each column; shape of the result ``(k, n - size + 1)``.
    """
    count = cosine.shape[1]
    starts = np.arange(count - size + 1)
    has_left, has_right = starts > 0, starts + size < count
    left = np.where(has_left, cosine[:, np.maximum(starts - 1, 0)], 0)
    right = np.where(has_right, cosine[:, np.minimum(starts + size, count - 1)], 0)
    mean: FloatArray = (left + right) / np.maximum(1, has_left.astype(np.float32) + has_right)
    return mean


def _without_edge(p: int, q: int, cosine: Mapping[tuple[int, int], FloatArray]) -> FloatArray:
    """Return the best cosine that is left when a first or last sentence goes: each has to earn its place."""
    best = np.full(cosine[p, q].shape, -np.inf, dtype=np.float32)
    if p > 1:
        smaller = cosine[p - 1, q]
        best = np.maximum(best, np.maximum(smaller[1:], smaller[:-1]))
    if q > 1:
        smaller = cosine[p, q - 1]
        best = np.maximum(best, np.maximum(smaller[:, 1:], smaller[:, :-1]))
    return best


def _sums(values: Numbers, size: int) -> Numbers:
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(np.maximum(1.0, total[size:] - total[:-size]))
