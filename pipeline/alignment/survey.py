"""Look at every article of a corpus once, and keep what is small: ids, days, document vectors, copies. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import overload

import numpy as np
import numpy.typing as npt

from pipeline.alignment.columns import ordinal
from pipeline.alignment.copies import Copied, Nodes, collapse
from pipeline.alignment.views import ArticleView, FloatArray, unit_rows

__all__ = ["Picked", "Survey", "survey"]

IntArray = npt.NDArray[np.int64]
# What a template is filled in with: two texts that differ in one of these are two texts.
_FIGURES = frozenset({"number", "money", "percent", "duration", "date", "time", "ordinal"})


@dataclass(frozen=True, slots=True, eq=False)
class Picked(Sequence[ArticleView]):
    """Show some articles of a sequence in an order of its own, without loading them."""

    views: Sequence[ArticleView]
    places: Sequence[int]

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, index: int) -> ArticleView: ...

    @overload
    def __getitem__(self, index: slice) -> Picked: ...

    def __getitem__(self, index: int | slice) -> ArticleView | Picked:
        if isinstance(index, slice):
            return Picked(self.views, self.places[index])
        return self.views[self.places[index]]


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """Hold what one look at a corpus gives.

    Attributes:
        ids: of all articles, ascending.
        places: where each article stands in the sequence that was given.
        nodes: which articles are copies of one text.
        vectors: unit mean of the segments of each node's head, shape ``(m, d)``; zeros without segments.
        days: publication day of each head as an ordinal, NaN when unknown, shape ``(m,)``.
        lengths: number of segments of each head, shape ``(m,)``.
    """

    ids: Sequence[str]
    places: Sequence[int]
    nodes: Nodes
    vectors: FloatArray
    days: npt.NDArray[np.float64]
    lengths: IntArray


def survey(views: Sequence[ArticleView], window: int) -> Survey | None:
    """Look at every article once.

    Args:
        views: the articles, in any order.
        window: days that copies of one text lie apart at most.

    Returns:
        ``None`` when there is no article.

    Raises:
        ValueError: two views have one id.
    """
    n = len(views)
    dimension = next((v.segments.shape[1] for v in views if len(v.segments)), 1)
    ids: list[str] = []
    copied: list[Copied] = []
    vectors, lengths = np.zeros((n, dimension), dtype=np.float32), np.zeros(n, dtype=np.int64)
    for i, view in enumerate(views):
        ids.append(view.id)
        copied.append(_copied(view))
        lengths[i] = len(view.segments)
        if lengths[i]:
            vectors[i] = view.segments.mean(axis=0)
    if not ids:
        return None
    places = sorted(range(n), key=lambda i: ids[i])
    ordered = [ids[i] for i in places]
    if any(a == b for a, b in pairwise(ordered)):
        raise ValueError("two articles have the same id")
    nodes = collapse((copied[i] for i in places), window)
    heads = np.array(places, dtype=np.int64)[nodes.heads]
    days = np.array([np.nan if (day := copied[i].day) is None else day for i in heads.tolist()], dtype=np.float64)
    return Survey(ordered, places, nodes, unit_rows(vectors[heads]), days, lengths[heads])


def _copied(view: ArticleView) -> Copied:
    figures = {m.value for segment in view.mentions for m in segment if m.kind in _FIGURES}
    day = ordinal(view.published)
    known = None if np.isnan(day) else int(day)
    return Copied(view.language, view.content, view.shingles, tuple(sorted(figures)), known)
