"""Measure pairs of articles by the thousand, and leave out those that cannot matter. Pure.

The values are those of :func:`pipeline.alignment.features.measure` (a test compares them), computed for whole arrays of
pairs. A feature that has no such function here is measured pair by pair, so that a new feature is slow at first and
never wrong.

Pairs are measured in two steps: the cheap features first, and the costly ones (sentence by sentence, date by date) only
where the log-odds could still pass the floor at which clustering treats a pair as certainly apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pipeline.alignment.clusters import CLIP
from pipeline.alignment.columns import Columns, Rows
from pipeline.alignment.features import FEATURES, measure
from pipeline.alignment.model import EventModel, FloatMatrix64, Logistic
from pipeline.alignment.profiles import Profile
from pipeline.alignment.views import FloatArray
from pipeline.alignment.when import compare_days

__all__ = ["CHEAP", "COSTLY", "Decided", "PairOdds", "decide_pairs", "measure_pairs", "reach"]

IntArray = npt.NDArray[np.int64]
Vector = npt.NDArray[np.float64]
_Batch = Callable[[Columns, IntArray, IntArray], FloatMatrix64]
# Pairs per block: vectors of 512 numbers for both sides are 32 MB.
_BLOCK = 8192
_TOP = 5
# Log-odds that features without a stated range may add at most: this many standard deviations of the training pairs.
_DEVIATIONS = 4.0
# What a feature can be at the extremes; dates: a full date of a certain year.
_RANGES = {
    **dict.fromkeys(("coverage_low", "coverage_high", "lead_coverage", "best_passage"), (-1.0, 1.0)),
    "date_agreement": (0.0, 7.4),
    "date_clash": (0.0, 1.0),
}


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
    rest = [i for i, name in enumerate(FEATURES) if name not in _NAMES_OF_CHEAP | _NAMES_OF_COSTLY]
    if not rest:
        return

    @lru_cache(maxsize=4096)
    def profile(index: int) -> Profile:
        return columns.profile(index)

    for n, (i, j) in enumerate(pairs.tolist()):
        rows[n, rest] = np.array(measure(profile(i), profile(j)))[rest]


def _run(
    table: Sequence[tuple[tuple[str, ...], _Batch]], columns: Columns, pairs: IntArray, rows: FloatMatrix64
) -> None:
    for names, batch in table:
        if len(pairs) and all(name in FEATURES for name in names):
            rows[:, [FEATURES.index(name) for name in names]] = batch(columns, pairs[:, 0], pairs[:, 1])


# --- dense ------------------------------------------------------------------------------------------------------------


def _other_language(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
    other: Vector = (c.language[i] != c.language[j]).astype(np.float64)
    return other[:, None]


def _lead_similarity(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
    return _dots(c.lead, i, j)


def _document_similarity(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
    return _dots(c.centre, i, j)


def _dots(vectors: npt.NDArray[np.float32], i: IntArray, j: IntArray) -> FloatMatrix64:
    """Multiply row by row; a row of zeros stands for a vector that is not there."""
    x, y = vectors[i], vectors[j]
    dots = (x * y).sum(axis=1, dtype=np.float64)
    there: npt.NDArray[np.bool_] = np.logical_and(np.any(x != 0, axis=1), np.any(y != 0, axis=1))
    return np.where(there, dots, np.nan)[:, None]


def _gap(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
    gap: Vector = np.log1p(np.abs(c.day[i] - c.day[j]))
    return gap[:, None]


def _length(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
    shorter, longer = np.minimum(c.length[i], c.length[j]), np.maximum(c.length[i], c.length[j])
    ratio: Vector = np.log(np.divide(shorter, longer, out=np.full(len(i), np.nan), where=shorter > 0))
    return ratio[:, None]


# --- sparse -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Shared:
    """Hold the terms that the articles of each pair share: the pair, and the weight on either side."""

    n: int
    pair: IntArray
    a: Vector
    b: Vector

    def sum(self, values: Vector) -> Vector:
        total: Vector = np.bincount(self.pair, weights=values, minlength=self.n).astype(np.float64)
        return total


def _shared(a: Rows, i: IntArray, b: Rows, j: IntArray) -> _Shared:
    left = a.weights[i].multiply(b.marks[j]).tocsr()
    right = a.marks[i].multiply(b.weights[j]).tocsr()
    pair = np.repeat(np.arange(len(i)), np.diff(left.indptr))
    return _Shared(len(i), pair, left.data.astype(np.float64), right.data.astype(np.float64))


def _where_known(a: Rows, i: IntArray, b: Rows, j: IntArray, values: Vector) -> Vector:
    return np.where(a.known[i] & b.known[j], values, np.nan)


def _cosine(a: Rows, i: IntArray, b: Rows, j: IntArray) -> Vector:
    shared = _shared(a, i, b, j)
    return _where_known(a, i, b, j, shared.sum(shared.a * shared.b))


def _rooted(name: str) -> _Batch:
    def batch(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
        root: Vector = np.sqrt(np.maximum(_cosine(c.fields[name], i, c.fields[name], j), 0.0))
        return root[:, None]

    return batch


def _cosine_of(name: str) -> _Batch:
    return lambda c, i, j: _cosine(c.fields[name], i, c.fields[name], j)[:, None]


def _lead_in_text(prefix: str) -> _Batch:
    def batch(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
        lead, text = c.fields[prefix + "lead_terms"], c.fields[prefix + "terms"]
        return ((_cosine(lead, i, text, j) + _cosine(text, i, lead, j)) / 2)[:, None]

    return batch


def _covered_both_ways(part: str, whole: str, power: int) -> _Batch:
    """Compare how much of the weight of one side's ``part`` the other side's ``whole`` holds; lower, then higher."""

    def batch(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
        rows, other = c.fields[part], c.fields[whole]
        ways = []
        for x, y in ((i, j), (j, i)):
            shared = _shared(rows, x, other, y)
            total = (rows.weights[x].astype(np.float64) ** power).sum(axis=1)
            share = np.divide(shared.sum(shared.a**power), total, out=np.zeros(len(x)), where=total > 0)
            ways.append(_where_known(rows, x, other, y, share))
        forth, back = ways  # a side that is not known leaves what the other says, as the pair-by-pair form does
        return np.stack([np.where(back < forth, back, forth), np.where(back > forth, back, forth)], axis=1)

    return batch


def _in_one_language(make: Callable[[str], _Batch]) -> _Batch:
    """Compare the words of the originals where both are of one language, else those of the target language."""
    own, target = make("own_"), make("")

    def batch(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
        same = c.language[i] == c.language[j]
        first = own(c, i[same], j[same])
        values = np.empty((len(i), first.shape[1]))
        values[same] = first
        values[~same] = target(c, i[~same], j[~same])
        return values

    return batch


def _top_names(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
    """Return the weight of the rarest shared name, and the sum of the five rarest."""
    rows = c.fields["names"]
    shared = _shared(rows, i, rows, j)
    lower = np.minimum(shared.a, shared.b)
    order = np.lexsort((-lower, shared.pair))
    pair, lower = shared.pair[order], lower[order]
    rank = np.arange(len(pair)) - np.searchsorted(pair, pair)
    tops = [_Shared(shared.n, pair[rank < k], lower, lower).sum(lower[rank < k]) for k in (1, _TOP)]
    return np.stack([_where_known(rows, i, rows, j, top) for top in tops], axis=1)


def _figures(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
    rows = c.fields["figures"]
    shared = _shared(rows, i, rows, j)
    return np.log1p(_where_known(rows, i, rows, j, shared.sum(np.minimum(shared.a, shared.b))))[:, None]


# --- pair by pair -----------------------------------------------------------------------------------------------------


def _passages(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
    """Compare all sentences of both; a product for each pair, so that its last bits depend on nothing else."""
    rows = np.full((len(i), 4), np.nan)

    @lru_cache(maxsize=1024)
    def article(index: int) -> tuple[FloatArray, IntArray]:
        return c.segments_of(index), np.array(c.lead_rows[index], dtype=np.int64)

    # ``np.mean`` costs more than the product of two articles, so the sums are divided here.
    add, top = np.add.reduce, np.maximum.reduce
    for n, (a, b) in enumerate(zip(i.tolist(), j.tolist(), strict=True)):
        (x, lead_x), (y, lead_y) = article(a), article(b)
        if len(x) and len(y):
            similarity = x @ y.T
            best_x, best_y = top(similarity, axis=1), top(similarity, axis=0)
            ways = float(add(best_x)) / len(x), float(add(best_y)) / len(y)
            leads = float(add(best_x[lead_x])) / len(lead_x) + float(add(best_y[lead_y])) / len(lead_y)
            rows[n] = min(ways), max(ways), leads / 2, top(best_x)
    return rows


def _dates(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
    rows = np.full((len(i), 2), np.nan)
    for n, (a, b) in enumerate(zip(i.tolist(), j.tolist(), strict=True)):
        x, y = c.other("days", a), c.other("days", b)
        if x and y:
            compared = compare_days(x, y)
            values = (compared.agreement, compared.clash)
            rows[n] = [np.nan if v is None else v for v in values]
    return rows


CHEAP: tuple[tuple[tuple[str, ...], _Batch], ...] = (
    (("other_language",), _other_language),
    (("lead_similarity",), _lead_similarity),
    (("document_similarity",), _document_similarity),
    (("terms",), _in_one_language(lambda own: _cosine_of(f"{own}terms"))),
    (("lead_terms",), _in_one_language(lambda own: _cosine_of(f"{own}lead_terms"))),
    (("lead_in_text",), _in_one_language(_lead_in_text)),
    (
        ("main_terms_low", "main_terms_high"),
        _in_one_language(lambda own: _covered_both_ways(f"{own}lead_terms", f"{own}terms", 2)),
    ),
    (("distinctive_terms",), _in_one_language(lambda own: _rooted(f"{own}local"))),
    (("names_low", "names_high"), _covered_both_ways("names", "names", 1)),
    (("lead_names_low", "lead_names_high"), _covered_both_ways("lead_names", "names", 1)),
    (("rarest_name", "shared_names"), _top_names),
    (("distinctive_names",), _rooted("local_names")),
    (("figures",), _figures),
    (("published_gap",), _gap),
    (("length_ratio",), _length),
)
COSTLY: tuple[tuple[tuple[str, ...], _Batch], ...] = (
    (("coverage_low", "coverage_high", "lead_coverage", "best_passage"), _passages),
    (("date_agreement", "date_clash"), _dates),
)
_NAMES_OF_CHEAP = frozenset(name for names, _ in CHEAP for name in names)
_NAMES_OF_COSTLY = frozenset(name for names, _ in COSTLY for name in names)
