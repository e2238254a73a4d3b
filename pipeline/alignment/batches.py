"""Measure features for whole arrays of pairs: sparse and dense products instead of a loop over articles. Pure.

The values are those of :func:`pipeline.alignment.features.measure` (a test compares them).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.alignment.columns import Columns, Rows
from pipeline.alignment.model import FloatMatrix64
from pipeline.alignment.views import FloatArray

__all__ = ["CHEAP", "COSTLY", "Batch"]

IntArray = npt.NDArray[np.int64]
Vector = npt.NDArray[np.float64]
Batch = Callable[[Columns, IntArray, IntArray], FloatMatrix64]
_TOP = 5
# Numbers of segment vectors that are compared at a time: 8 MB.
_CELLS = 2_000_000


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


def _rooted(name: str) -> Batch:
    def batch(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
        root: Vector = np.sqrt(np.maximum(_cosine(c.fields[name], i, c.fields[name], j), 0.0))
        return root[:, None]

    return batch


def _cosine_of(name: str) -> Batch:
    return lambda c, i, j: _cosine(c.fields[name], i, c.fields[name], j)[:, None]


def _lead_in_text(prefix: str) -> Batch:
    def batch(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
        lead, text = c.fields[prefix + "lead_terms"], c.fields[prefix + "terms"]
        return ((_cosine(lead, i, text, j) + _cosine(text, i, lead, j)) / 2)[:, None]

    return batch


def _covered_both_ways(part: str, whole: str, power: int) -> Batch:
    """Compare how much of the weight of one side's ``part`` the other side's ``whole`` holds; lower, then higher."""

    def batch(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
        rows, other = c.fields[part], c.fields[whole]
        ways = []
        for x, y in ((i, j), (j, i)):
            shared = _shared(rows, x, other, y)
            total = (rows.weights[x].astype(np.float64) ** power).sum(axis=1)
            share = np.divide(shared.sum(shared.a**power), total, out=np.zeros(len(x)), where=total > 0)
            ways.append(_where_known(rows, x, other, y, share))
        # Where one way is not known, the other stands for both.
        return np.stack([np.fmin(*ways), np.fmax(*ways)], axis=1)

    return batch


def _in_one_language(make: Callable[[str], Batch]) -> Batch:
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


# --- sentence by sentence, date by date -------------------------------------------------------------------------


def _passages(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
    """Compare all sentences of both; a product for each pair, so that its last bits depend on nothing else."""
    rows = np.full((len(i), 4), np.nan)
    n, m = c.length[i], c.length[j]
    order = np.flatnonzero((n > 0) & (m > 0))
    order = order[np.lexsort((m[order], n[order]))]
    shape = np.stack([n[order], m[order]], axis=1)
    for group in np.split(order, np.flatnonzero((shape[1:] != shape[:-1]).any(axis=1)) + 1):
        if len(group):
            size = max(1, _CELLS // int((n[group[0]] + m[group[0]]) * c.segments.shape[1]))
            for start in range(0, len(group), size):
                part = group[start : start + size]
                rows[part] = _matched(c, i[part], j[part])
    return rows


def _matched(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
    """Compare pairs of which all left sides have as many sentences, and all right sides."""
    # Pairs come sorted by their left side, so that it has few articles: half of the conversions are saved.
    left, place = np.unique(i, return_inverse=True)
    similarity = c.segments_of(left)[place] @ c.segments_of(j).transpose(0, 2, 1)
    best_i, best_j = similarity.max(axis=2), similarity.max(axis=1)
    ways = np.stack([_means(best_i), _means(best_j)])
    leads = (_lead_means(best_i, c.lead_rows[i]) + _lead_means(best_j, c.lead_rows[j])) / 2
    return np.stack([ways.min(axis=0), ways.max(axis=0), leads, best_i.max(axis=1)], axis=1)


def _means(best: FloatArray) -> Vector:
    means: Vector = best.sum(axis=1).astype(np.float64) / best.shape[1]
    return means


def _lead_means(best: FloatArray, lead_rows: npt.NDArray[np.int32]) -> Vector:
    """Average over the sentences of the lead; -1 fills up where there are fewer."""
    there = lead_rows >= 0
    chosen = np.where(there, np.take_along_axis(best, np.maximum(lead_rows, 0), axis=1), 0)
    means: Vector = chosen.sum(axis=1).astype(np.float64) / there.sum(axis=1)
    return means


def _dates(c: Columns, i: IntArray, j: IntArray) -> FloatMatrix64:
    return np.stack(c.calendars.compare(i, j), axis=1)


# What needs sparse products only, and what looks at each pair by itself.
CHEAP: tuple[tuple[tuple[str, ...], Batch], ...] = (
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
    (("main_names_low", "main_names_high"), _covered_both_ways("main_names", "names", 1)),
    (("distinctive_names",), _rooted("local_names")),
    (("figures",), _figures),
    (("lead_figures_low", "lead_figures_high"), _covered_both_ways("lead_figures", "figures", 1)),
    (("distinctive_figures",), _rooted("local_figures")),
    (("published_gap",), _gap),
    (("length_ratio",), _length),
)
COSTLY: tuple[tuple[tuple[str, ...], Batch], ...] = (
    (("coverage_low", "coverage_high", "lead_coverage", "best_passage"), _passages),
    (("date_agreement", "date_clash"), _dates),
)
