"""Measure pairs of articles by the thousand, and leave out those that cannot matter. Pure.

Pairs are measured in two steps: the cheap features first, and the costly ones (sentence by sentence, date by date) only
where the log-odds could still pass the floor at which clustering treats a pair as certainly apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipeline.alignment.batches import CHEAP, COSTLY, Batch
from pipeline.alignment.clusters import CLIP
from pipeline.alignment.columns import Columns
from pipeline.alignment.features import FEATURES
from pipeline.alignment.model import EventModel, FloatMatrix64, Logistic

__all__ = ["Decided", "PairOdds", "decide_pairs", "joined_odds", "measure_pairs", "reach"]

IntArray = npt.NDArray[np.int64]
Vector = npt.NDArray[np.float64]
# Pairs per block: vectors of 512 numbers for both sides are 32 MB.
_BLOCK = 8192
# Log-odds that features without a stated range may add at most: this many standard deviations of the training pairs.
_DEVIATIONS = 4.0
# What a feature can be at the extremes; dates: a full date of a certain year.
_RANGES = {
    **dict.fromkeys(("coverage_low", "coverage_high", "lead_coverage", "best_passage"), (-1.0, 1.0)),
    "date_agreement": (0.0, 7.4),
    "date_clash": (0.0, 1.0),
}
_NAMES_OF_CHEAP = frozenset(name for names, _ in CHEAP for name in names)


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """Hold decisions by what they were made of, to be used again in a later run.

    Attributes:
        keys: hash of the digests of both articles, ascending, shape ``(pairs,)``.
        event: log-odds, shape ``(pairs,)``.
        thread: the same.
    """

    keys: npt.NDArray[np.uint64]
    event: Vector
    thread: Vector

    @classmethod
    def none(cls) -> Decided:
        """Return an empty one."""
        return cls(np.empty(0, np.uint64), np.empty(0), np.empty(0))

    def find(self, keys: npt.NDArray[np.uint64]) -> IntArray:
        """Return where each key stands, -1 for an unknown one."""
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, place, -1)


@dataclass(frozen=True, slots=True, eq=False)
class PairOdds:
    """Hold decided pairs.

    Attributes:
        pairs: positions of the articles, ``i < j``, sorted, shape ``(pairs, 2)``.
        event: log-odds that both report one event, shape ``(pairs,)``.
        thread: log-odds that both belong to one thread, at least ``event``.
        keys: what they are found by in a later run, shape ``(pairs,)``.
        measured: how many pairs were measured now; the others were known from before.
    """

    pairs: IntArray
    event: Vector
    thread: Vector
    keys: npt.NDArray[np.uint64]
    measured: int

    def renamed(self, names: IntArray) -> PairOdds:
        """Return the same with other numbers for the articles; ``names`` is ascending, shape ``(articles,)``."""
        return replace(self, pairs=names[self.pairs])

    def decided(self) -> Decided:
        """Return the decisions by key."""
        keys, first = np.unique(self.keys, return_index=True)
        return Decided(keys, self.event[first], self.thread[first])


def decide_pairs(
    columns: Columns,
    pairs: IntArray,
    keep: npt.NDArray[np.bool_],
    model: EventModel,
    known: Decided | None = None,
) -> PairOdds:
    """Decide candidate pairs.

    Args:
        columns: the articles.
        pairs: candidates ``(i, j)`` with ``i < j``, sorted, shape ``(pairs, 2)``.
        keep: pairs that are wanted whatever their odds, because they are to be shown.
        model: the coefficients.
        known: decisions of an earlier run with the same model; a pair of which both articles are as they were is not
            measured again.

    Returns:
        The pairs that are kept or whose log-odds can pass ``-CLIP`` in either model. Leaving out the rest changes no
        cluster: a pair at ``-CLIP`` or below counts exactly as one that is not listed.
    """
    known = known or Decided.none()
    blocks, measured = [], 0
    for start in range(0, len(pairs), _BLOCK):
        block = pairs[start : start + _BLOCK]
        keys = pair_keys(columns, block)
        place = known.find(keys)
        odds = np.stack([_taken(known.event, place), _taken(known.thread, place)], axis=1)
        new = np.flatnonzero(place < 0)
        rows = _cheap_rows(columns, block[new])
        wanted = keep[start : start + _BLOCK][new] | _possible(rows, model)
        new, rows = new[wanted], rows[wanted]
        _fill(columns, block[new], rows)
        event = model.event.log_odds(rows)
        odds[new] = np.stack([event, np.maximum(event, model.thread.log_odds(rows))], axis=1)
        listed = ~np.isnan(odds[:, 0])
        measured += len(new)
        blocks.append((block[listed], odds[listed], keys[listed]))
    found = np.concatenate([np.empty((0, 2), np.int64), *(b for b, _, _ in blocks)])
    both = np.concatenate([np.empty((0, 2)), *(o for _, o, _ in blocks)])
    keys = np.concatenate([np.empty(0, np.uint64), *(k for _, _, k in blocks)])
    return PairOdds(found, both[:, 0].copy(), both[:, 1].copy(), keys, measured)


def joined_odds(parts: Sequence[PairOdds]) -> PairOdds:
    """Put decisions about different pairs together."""
    pairs = np.concatenate([p.pairs for p in parts])
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    event, thread, keys = (
        np.concatenate([getattr(p, name) for p in parts])[order] for name in ("event", "thread", "keys")
    )
    return PairOdds(pairs[order], event, thread, keys, sum(p.measured for p in parts))


def _taken(values: Vector, place: IntArray) -> Vector:
    """Return the values at places, NaN at -1."""
    return np.where(place >= 0, values[place], np.nan) if len(values) else np.full(len(place), np.nan)


def pair_keys(columns: Columns, pairs: IntArray) -> npt.NDArray[np.uint64]:
    """Hash the digests of the articles of each pair, shape ``(pairs,)``."""
    mixed = columns.digests[pairs[:, 0]] * np.uint64(0x9E3779B97F4A7C15) + columns.digests[pairs[:, 1]]
    mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    result: npt.NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(29))
    return result


def measure_pairs(columns: Columns, pairs: IntArray) -> FloatMatrix64:
    """Return all features of pairs, shape ``(pairs, features)``, NaN where one cannot be measured."""
    blocks = []
    for start in range(0, len(pairs), _BLOCK):
        block = pairs[start : start + _BLOCK]
        rows = _cheap_rows(columns, block)
        _fill(columns, block, rows)
        blocks.append(rows)
    return np.concatenate([*blocks, np.empty((0, len(FEATURES)))])


def _possible(rows: FloatMatrix64, model: EventModel) -> npt.NDArray[np.bool_]:
    """Say which pairs could still pass the floor if all that is not measured yet spoke for them."""
    cheap = [i for i, name in enumerate(FEATURES) if name in _NAMES_OF_CHEAP]
    possible = np.zeros(len(rows), dtype=np.bool_)
    for logistic in (model.event, model.thread):
        known = logistic.contributions(rows)[:, cheap].sum(axis=1)
        possible |= logistic.intercept + known + reach(logistic) > -CLIP
    return possible


def reach(logistic: Logistic) -> float:
    """Return the most that the features not measured cheaply can add to the log-odds."""
    total = 0.0
    for i, name in enumerate(FEATURES):
        if name not in _NAMES_OF_CHEAP:
            spread = _DEVIATIONS * logistic.scale[i]
            low, high = _RANGES.get(name, (logistic.centre[i] - spread, logistic.centre[i] + spread))
            ends = [logistic.weight[i] * (x - logistic.centre[i]) / logistic.scale[i] for x in (low, high)]
            total += max(*ends, logistic.missing[i])
    return total


def _cheap_rows(columns: Columns, pairs: IntArray) -> FloatMatrix64:
    rows = np.full((len(pairs), len(FEATURES)), np.nan)
    _run(CHEAP, columns, pairs, rows)
    return rows


def _fill(columns: Columns, pairs: IntArray, rows: FloatMatrix64) -> None:
    """Measure what :data:`CHEAP` leaves open, in place."""
    _run(COSTLY, columns, pairs, rows)


def _run(
    table: Sequence[tuple[tuple[str, ...], Batch]], columns: Columns, pairs: IntArray, rows: FloatMatrix64
) -> None:
    for names, batch in table:
        if len(pairs) and all(name in FEATURES for name in names):
            rows[:, [FEATURES.index(name) for name in names]] = batch(columns, pairs[:, 0], pairs[:, 1])
