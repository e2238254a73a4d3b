"""Hold what the alignment knows of one article, and build it from texts and vectors. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import overload

import numpy as np
import numpy.typing as npt

from pipeline.alignment.copies import content_key, shingles
from pipeline.alignment.terms import content_terms
from pipeline.facts.document import parse_document
from pipeline.records import Mention

__all__ = ["LEAD_SEGMENTS", "ArticleView", "FloatArray", "Picked", "lead_text", "make_view", "unit_rows"]

FloatArray = npt.NDArray[np.float32]
# Title and the first two sentences: news puts who, what, where and when there.
LEAD_SEGMENTS = 3
# Shorter lines are datelines, kickers and names; Korean, Chinese and Japanese say the same in half the characters.
_LEAD_CHARS = 30
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


@dataclass(frozen=True, slots=True, eq=False)
class ArticleView:
    """Hold one article as the pair decision sees it.

    Attributes:
        id: the article's id; ids are unique in a corpus.
        language: ISO 639-1 code of the original.
        published: ISO date or date and time, ``None`` when unknown.
        title: title in the target language, ``None`` when there is none.
        own_terms: content terms of each segment of the original, title first.
        terms: the same in the target language; empty when no text of the target language is at hand.
        mentions: facts of each segment of the original, title first.
        segments: unit rows of the original's segments, title first, shape ``(n, d)``.
        lead: unit vector of title and lead, shape ``(d,)``; ``None`` without any segment.
        lead_rows: which segments are title and lead: the first ones that are long enough to say something.
        content: key that only texts with the same words share; empty for an empty text.
        shingles: hashes of four words in a row of the original, sorted, for finding copies.
    """

    id: str
    language: str
    published: str | None
    title: str | None
    own_terms: tuple[tuple[str, ...], ...]
    terms: tuple[tuple[str, ...], ...]
    mentions: tuple[tuple[Mention, ...], ...]
    segments: FloatArray
    lead: FloatArray | None
    lead_rows: tuple[int, ...]
    content: str
    shingles: npt.NDArray[np.uint32]

    @property
    def lead_end(self) -> int:
        """Return the index after the lead; short lines in between (a dateline) belong to it."""
        return self.lead_rows[-1] + 1 if self.lead_rows else 0


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


def make_view(
    article_id: str,
    language: str,
    segments: Sequence[str],
    vectors: FloatArray,
    *,
    languages: Sequence[str] | None = None,
    target_segments: Sequence[str] | None = None,
    title: str | None = None,
    published: str | None = None,
    lead: FloatArray | None = None,
) -> ArticleView:
    """Build a view from the sentences of an article.

    Args:
        article_id: unique in the corpus.
        language: ISO 639-1 code of ``segments``.
        segments: sentences of the original, the title first where there is one.
        vectors: shape ``(len(segments), d)``; rows are scaled to unit length.
        languages: of each segment, for an article that mixes them; ``language`` by default.
        target_segments: the same in the target language; ``None`` when no translation is at hand, and then articles
            of two languages compare by embeddings and facts only.
        title: title in the target language.
        published: ISO date; relative and partial dates resolve against it, else against full dates of the text.
        lead: vector of title and lead encoded as one text; without it, the mean of the first segments.

    Raises:
        ValueError: rows and segments differ in number.
    """
    if len(vectors) != len(segments):
        raise ValueError(f"{len(vectors)} vectors for {len(segments)} segments of article {article_id}")
    rows = unit_rows(np.asarray(vectors, dtype=np.float32))
    lead_rows = _lead_rows(segments)
    own = tuple(content_terms(text) for text in segments)
    same = target_segments is not None and list(target_segments) == list(segments)
    return ArticleView(
        id=article_id,
        language=language,
        published=published,
        title=title,
        own_terms=own,
        terms=own if same else tuple(content_terms(text) for text in target_segments or ()),
        mentions=tuple(map(tuple, parse_document(segments, languages or language, published))),
        segments=rows,
        lead=_lead(rows, lead_rows, lead),
        lead_rows=lead_rows,
        content=content_key(segments),
        shingles=shingles(segments),
    )


def lead_text(segments: Sequence[str]) -> str:
    """Return title and lead as one text, to be encoded as ``lead``."""
    return " ".join(segments[i] for i in _lead_rows(segments))


def unit_rows(rows: FloatArray) -> FloatArray:
    """Scale each row to length 1; rows of zeros stay."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: FloatArray = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
    return scaled


def _lead_rows(segments: Sequence[str]) -> tuple[int, ...]:
    """Take the first segment and the next long ones: skip lines such as "Press release" and "10 May 2024"."""
    long = (i for i, text in enumerate(segments) if not i or len(text) * (1 + bool(_DENSE.search(text))) >= _LEAD_CHARS)
    return tuple(islice(long, LEAD_SEGMENTS))


def _lead(rows: FloatArray, lead_rows: tuple[int, ...], lead: FloatArray | None) -> FloatArray | None:
    if lead is None:
        if not len(rows):
            return None
        lead = rows[list(lead_rows)].mean(axis=0)
    vector: FloatArray = unit_rows(np.asarray(lead, dtype=np.float32).reshape(1, -1))[0]
    return vector
