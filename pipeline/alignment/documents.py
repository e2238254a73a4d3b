"""Find the documents of two collections that are translations of one another, across languages. Pure.

A pair is scored by coverage: how near, on average, each sentence of either comes to some sentence of the other.
From that the mean score of both with their best other candidates is taken (margin, Artetxe and Schwenk 2019), so that a
document near to everything is nobody's counterpart. Pairs are then assigned one to one; a document may stay alone. How
often that is so is estimated from the two collections: where nearly all documents have a clear counterpart a faint one
is believed, and where few have one it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pipeline.alignment.views import FloatArray, unit_rows

__all__ = ["DocumentMatch", "document_signature", "match_documents"]

Numbers = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
# How the chance that an assigned pair are counterparts grows with its margin, where half of the documents have one:
# log-odds per unit of margin, and the margin of even chance. Fitted on news documents of which half of the sentences
# are missing, against collections with nothing in common; the slope is half of the fitted one, because the margins of
# one collection err together.
_SLOPE, _EVEN = 30.0, 0.125
_ROUNDS = 50
# Nearest documents, by their mean vectors, whose sentences are compared.
_CANDIDATES = 32
_MARGIN_NEIGHBOURS = 4
# Coverage of unrelated documents, counted as so many others: two collections of one document each have no others.
_USUAL, _USUAL_WEIGHT = 0.25, 0.5
_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class DocumentMatch:
    """Say that document ``a`` of one collection and ``b`` of the other are counterparts, by what margin."""

    a: int
    b: int
    margin: float


def document_signature(least_margin: float = 0.0) -> str:
    """Name the method and every setting that changes the matches."""
    chance = f"chance:{_SLOPE:g}x{_EVEN:g}"
    return f"documents|coverage|margin:{_MARGIN_NEIGHBOURS}|candidates:{_CANDIDATES}|{chance}|least:{least_margin:g}"


def match_documents(a: Sequence[FloatArray], b: Sequence[FloatArray], least_margin: float = 0.0) -> list[DocumentMatch]:
    """Match the documents of two collections.

    Up to 32 documents on a side every pair is compared; beyond, each document with the nearest by mean vector.

    Args:
        a: unit rows of each document's sentences, shape ``(sentences, d)`` each; a document may be empty.
        b: those of the other collection.
        least_margin: pairs with less are no counterparts, whatever their chance.

    Returns:
        Matches by ``a``; every document is in at most one.
    """
    if not len(a) or not len(b):
        return []
    rows, columns = _candidates(_means(a), _means(b))
    coverage = np.array([_coverage(a[i], b[j]) for i, j in zip(rows, columns, strict=True)])
    usual_a, usual_b = _usual(rows, coverage, len(a)), _usual(columns, coverage, len(b))
    # Rounded, so that no choice depends on the last bits of a product.
    margin = (coverage - (usual_a + usual_b) / 2).round(6)
    kept = (margin >= least_margin) & (coverage > 0)
    assigned = _assign(rows[kept], columns[kept], margin[kept])
    return _believed(assigned, min(len(a), len(b)))


def _means(documents: Sequence[FloatArray]) -> FloatArray:
    """Return the mean of each document's sentences, less what all documents share, shape ``(n, d)``."""
    dimension = max(rows.shape[1] for rows in documents)
    means = np.zeros((len(documents), dimension), dtype=np.float32)
    for i, rows in enumerate(documents):
        if len(rows):
            means[i] = rows.mean(axis=0)
    means = unit_rows(means)
    return unit_rows(means - means.mean(axis=0)) if len(means) > 1 else means


def _candidates(a: FloatArray, b: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the pairs of which one is among the nearest of the other, in order."""
    forward, backward = _nearest(a, b), _nearest(b, a)
    places = np.arange(len(a)).repeat(forward.shape[1]) * len(b) + forward.ravel()
    others = backward.ravel() * len(b) + np.arange(len(b)).repeat(backward.shape[1])
    both = np.unique(np.concatenate([places, others]))
    return both // len(b), both % len(b)


def _nearest(x: FloatArray, y: FloatArray) -> IntArray:
    k = min(_CANDIDATES, len(y))
    found = np.empty((len(x), k), dtype=np.int64)
    for start in range(0, len(x), _BLOCK):
        cosine = (x[start : start + _BLOCK] @ y.T).round(6)
        found[start : start + _BLOCK] = np.argsort(-cosine, axis=1, kind="stable")[:, :k]
    return found


def _coverage(x: FloatArray, y: FloatArray) -> float:
    if not len(x) or not len(y):
        return 0.0
    cosine = x @ y.T
    return float(cosine.max(axis=1).mean(dtype=np.float64) + cosine.max(axis=0).mean(dtype=np.float64)) / 2


def _usual(owners: IntArray, coverage: Numbers, n: int) -> Numbers:
    """Return for each candidate pair the mean coverage of its document's best candidates, the very best left out."""
    usual = np.empty(n)
    order = np.lexsort((-coverage, owners))
    bounds = np.searchsorted(owners[order], np.arange(n + 1))
    for i in range(n):
        others = coverage[order[bounds[i] : bounds[i + 1]]][1 : 1 + _MARGIN_NEIGHBOURS]
        usual[i] = (others.sum() + _USUAL * _USUAL_WEIGHT) / (len(others) + _USUAL_WEIGHT)
    return usual[owners]


def _assign(rows: IntArray, columns: IntArray, margin: Numbers) -> list[DocumentMatch]:
    """Choose the one-to-one pairs of the greatest total margin; parts of the graph that do not touch are apart."""
    if not len(rows):
        return []
    n, m = int(rows.max()) + 1, int(columns.max()) + 1
    graph = coo_array((np.ones(len(rows)), (rows, columns + n)), shape=(n + m, n + m))
    _, labels = connected_components(graph, directed=False)
    order = np.argsort(labels[rows], kind="stable")
    cuts = np.flatnonzero(np.diff(labels[rows[order]])) + 1
    found = []
    for part in np.split(order, cuts):
        found += _assign_part(rows[part], columns[part], margin[part])
    return sorted(found, key=lambda match: match.a)


def _assign_part(rows: IntArray, columns: IntArray, margin: Numbers) -> list[DocumentMatch]:
    own_a, x = np.unique(rows, return_inverse=True)
    own_b, y = np.unique(columns, return_inverse=True)
    table = np.zeros((len(own_a), len(own_b)))
    table[x, y] = margin
    pairs = zip(*linear_sum_assignment(table, maximize=True), strict=True)
    return [DocumentMatch(int(own_a[i]), int(own_b[j]), float(table[i, j])) for i, j in pairs if table[i, j] > 0]


def _believed(assigned: Sequence[DocumentMatch], n: int) -> list[DocumentMatch]:
    """Keep the pairs that are more likely counterparts than not.

    The share of documents with a counterpart is found by expectation and maximisation, the chances by margin being
    known (Saerens, Latinne and Decaestecker 2002).

    Args:
        assigned: one pair at most for each document.
        n: documents of the smaller collection.
    """
    evidence = _SLOPE * (np.array([match.margin for match in assigned]) - _EVEN)
    share, chance = 0.5, np.zeros(len(assigned))
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-(evidence + np.log(share / (1 - share)))))
        share = (float(chance.sum()) + 0.5) / (n + 1)
    return [match for match, own in zip(assigned, chance.round(6), strict=True) if own >= 0.5]
