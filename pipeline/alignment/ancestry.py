"""Say which articles of an event are copies of which: exact, near, or translated. Pure.

Measured here, decided by the thresholds of :class:`CopySettings`; the score that decided is stored. In one language it
is the share of the copy's word shingles that the original has; across languages the share of segments that stand in
matching beads, in the same order, when the two are aligned as a text and its translation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from pipeline.alignment.copies import containment
from pipeline.alignment.sentences import align_parallel
from pipeline.alignment.views import ArticleView

__all__ = ["CopySettings", "Descent", "bead_coverage", "descents", "seniority"]

# Two texts of fewer segments agree too easily to call one a translation of the other.
_LEAST_SEGMENTS = 3
# A bead of several segments can be more similar than each of them alone.
_SLACK = 0.05


@dataclass(frozen=True, slots=True)
class CopySettings:
    """Say from where on an article is a copy.

    Attributes:
        containment: share of the shingles of the shorter text that the longer one has as well.
        coverage: share of the segments of both texts that stand in matching beads.
        similarity: cosine that a bead of a translation reaches.
    """

    containment: float = 0.4
    coverage: float = 0.5
    similarity: float = 0.5


@dataclass(frozen=True, slots=True)
class Descent:
    """Say that the article at position ``copy`` descends from the one at ``original``."""

    copy: int
    original: int
    kind: Literal["exact", "near", "translation"]
    score: float


def descents(
    views: Sequence[ArticleView], pairs: Sequence[tuple[int, int]] | None, settings: CopySettings
) -> list[Descent]:
    """Find the copies among the articles of one event.

    The earlier published article is the original, of two of one day or without a date the longer one, then the first by
    id. Each copy descends from the one article that explains it best.

    Args:
        views: articles of one event.
        pairs: positions that are compared; all by default.
        settings: thresholds.

    Returns:
        At most one descent per article, without circles, so that articles minus descents are independent accounts.
    """
    rank = {i: n for n, i in enumerate(sorted(range(len(views)), key=lambda i: seniority(views[i])))}
    best: dict[int, Descent] = {}
    for pair in pairs if pairs is not None else combinations(range(len(views)), 2):
        original, copy = sorted(pair, key=lambda i: rank[i])
        found = _compare(views, copy, original, settings)
        if found is not None and (copy not in best or _better(found, best[copy], rank)):
            best[copy] = found
    return [best[copy] for copy in sorted(best)]


def seniority(view: ArticleView) -> tuple[str, int, str]:
    """Return what orders articles from original to copy: day of publication, then length, then id."""
    return (view.published or "9999")[:10], -len(view.segments), view.id


def _better(found: Descent, other: Descent, rank: dict[int, int]) -> bool:
    """Prefer a copy in one language to a translation, then the higher score, then the older original."""
    keys = [(d.kind != "translation", d.score, -rank[d.original]) for d in (found, other)]
    return keys[0] > keys[1]


def _compare(views: Sequence[ArticleView], copy: int, original: int, settings: CopySettings) -> Descent | None:
    a, b = views[copy], views[original]
    if a.language != b.language:
        score = bead_coverage(a, b, settings.similarity, settings.coverage)
        return Descent(copy, original, "translation", score) if score >= settings.coverage else None
    if a.content and a.content == b.content:
        return Descent(copy, original, "exact", 1.0)
    shorter, longer = sorted((a.shingles, b.shingles), key=len)
    score = containment(shorter, longer)
    return Descent(copy, original, "near", score) if score >= settings.containment else None


def bead_coverage(a: ArticleView, b: ArticleView, similarity: float, least: float = 0.0) -> float:
    """Return the share of the segments of both articles that stand one to one in beads at least so similar.

    Args:
        a: one article.
        b: the other, of another language.
        similarity: cosine that a bead reaches.
        least: a share below which the answer may be 0: too few segments have a counterpart at all, and the aligner,
            which costs a hundred times as much as finding that out, is not asked.
    """
    n = len(a.segments) + len(b.segments)
    if min(len(a.segments), len(b.segments)) < _LEAST_SEGMENTS:
        return 0.0
    best = a.segments @ b.segments.T
    if (np.sum(best.max(axis=1) >= similarity - _SLACK) + np.sum(best.max(axis=0) >= similarity - _SLACK)) / n < least:
        return 0.0
    beads = align_parallel(a.segments, b.segments)
    # One to one only: groups of sentences of two independent accounts grow alike, single ones seldom do.
    single = [x for x in beads if len(x.a) == len(x.b) == 1]
    return 2 * sum(x.similarity is not None and x.similarity >= similarity for x in single) / n
