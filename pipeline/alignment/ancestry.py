"""Say which articles of an event are copies of which: exact, near, or translated. Pure.

Measured here, decided by the thresholds of :class:`CopySettings`; the score that decided is stored. In one language it
is the share of the copy's word shingles that the original has; across languages the share of segments that pair off
with one of the other text, each other's most similar one, in the same order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from pipeline.alignment.copies import containment
from pipeline.alignment.views import ArticleView

__all__ = ["CopySettings", "Descent", "descents", "ordered_coverage", "seniority"]

# Two texts of fewer segments agree too easily to call one a translation of the other.
_LEAST_SEGMENTS = 3


@dataclass(frozen=True, slots=True)
class CopySettings:
    """Say from where on an article is a copy.

    Attributes:
        containment: share of the shingles of the shorter text that the longer one has as well.
        coverage: share of the segments of both texts that pair off in the same order.
        similarity: cosine that such a pair reaches.
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
        score = ordered_coverage(a, b, settings.similarity)
        return Descent(copy, original, "translation", score) if score >= settings.coverage else None
    if a.content and a.content == b.content:
        return Descent(copy, original, "exact", 1.0)
    shorter, longer = sorted((a.shingles, b.shingles), key=len)
    score = containment(shorter, longer)
    return Descent(copy, original, "near", score) if score >= settings.containment else None


def ordered_coverage(a: ArticleView, b: ArticleView, similarity: float) -> float:
    """Return the share of the segments of both articles that pair off in the same order.

    A pair are two segments that are each other's most similar one, at least so similar; counted is the longest run of
    pairs that cross nowhere. Two independent accounts tell some of the same things, and not one after the other.

    Args:
        a: one article.
        b: the other, of another language.
        similarity: cosine that a pair reaches.
    """
    if min(len(a.segments), len(b.segments)) < _LEAST_SEGMENTS:
        return 0.0
    cosines = a.segments @ b.segments.T
    best = cosines.argmax(axis=1)
    mutual = (cosines.argmax(axis=0)[best] == np.arange(len(best))) & (cosines.max(axis=1) >= similarity)
    ends: list[int] = []  # where the run of each length ends at the earliest
    for place in best[mutual].tolist():
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
    return 2 * len(ends) / (len(a.segments) + len(b.segments))
