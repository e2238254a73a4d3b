"""Hold what is compared of articles as arrays, so that pairs can be measured by the thousand. Pure.

Every field of :class:`~pipeline.alignment.profiles.Profile` that maps words to weights is a sparse matrix with one row
per article. A profile can be taken out again, for evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from pipeline.alignment.calendars import Calendars
from pipeline.alignment.coded import KINDS, Corpus
from pipeline.alignment.depot import Arrays, ragged_index, starts_of
from pipeline.alignment.profiles import Profile, Weights
from pipeline.alignment.views import FloatArray
from pipeline.alignment.weighing import FIELDS, Stock

__all__ = ["Columns", "Rows", "make_columns"]

IntArray = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Hold one weight field of all articles.

    Attributes:
        weights: sparse matrix, shape ``(n, words)``, float32, columns in order within a row.
        marks: the same with 1 for each weight.
        known: whether the article has the field at all, shape ``(n,)``.
    """

    weights: csr_array
    marks: csr_array
    known: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Hold some articles of a corpus, one row per article.

    Attributes:
        corpus: the articles as numbers.
        stock: what is known of them as a whole.
        nodes: which node each row is, ascending, shape ``(n,)``.
        places: where its article stands in the corpus, shape ``(n,)``.
        fields: sparse rows by field name.
        vocabulary: hash of the word that each sparse column stands for, by kind.
        segments: unit rows of all segments of all articles, one article after the other, shape ``(segments, d)``, in
            half precision: their cosines are off by a thousandth at most.
        starts: first segment of each article, and the end, shape ``(n + 1,)``.
        lead_rows: which of its segments are the lead of each article, -1 for no more, shape ``(n, LEAD_SEGMENTS)``.
        calendars: the dates of each article.
        centre: unit mean of the segments, shape ``(n, d)``; zeros where there is none.
        lead: unit vector of title and lead, shape ``(n, d)``; zeros where there is none.
        language: a number per language, shape ``(n,)``.
        day: publication day as an ordinal, NaN where unknown, shape ``(n,)``.
        length: number of segments, shape ``(n,)``.
        digests: hash of all that a pair decision sees of an article, shape ``(n,)``.
    """

    corpus: Corpus
    stock: Stock
    nodes: IntArray
    places: IntArray
    fields: Mapping[str, Rows]
    vocabulary: Mapping[str, npt.NDArray[np.uint64]]
    segments: npt.NDArray[np.float16]
    starts: IntArray
    lead_rows: npt.NDArray[np.int32]
    calendars: Calendars
    centre: FloatArray
    lead: FloatArray
    language: npt.NDArray[np.int32]
    day: npt.NDArray[np.float64]
    length: IntArray
    digests: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.nodes)

    def segments_of(self, articles: IntArray) -> FloatArray:
        """Return the segment vectors of articles with equally many, in single precision, shape ``(articles, m, d)``."""
        rows = self.starts[articles][:, None] + np.arange(self.length[articles[0]])
        return self.segments[rows].astype(np.float32)

    def profile(self, index: int) -> Profile:
        """Take the profile of an article out again; weights come back in single precision."""
        corpus, place = self.corpus, int(self.places[index])
        there = self.length[index] > 0
        weights = {name: w for kind in KINDS for name, w in self._weights(kind, index)}
        return Profile(
            language=corpus.languages[int(self.language[index])],
            published=corpus.published[place],
            segments=self.segments[self.starts[index] : self.starts[index + 1]].astype(np.float32),
            lead=self.lead[index] if there else None,
            lead_rows=tuple(row for row in self.lead_rows[index].tolist() if row >= 0),
            days=corpus.days(place),
            centre=self.centre[index] if there else None,
            **weights,
        )

    def _weights(self, kind: str, index: int) -> Iterator[tuple[str, Weights | None]]:
        place = int(self.places[index])
        texts: Mapping[int, str] = self.stock.texts
        if kind != "names":
            hashes = self.corpus.ragged(f"{kind}.hash", np.array([place]))[1].tolist()
            texts = dict(zip(hashes, self.corpus.words(kind, place), strict=True))
        for name in FIELDS[kind]:
            rows = self.fields[name]
            first, last = rows.weights.indptr[index : index + 2]
            words = self.vocabulary[kind][rows.weights.indices[first:last]].tolist()
            values = rows.weights.data[first:last].tolist()
            yield name, {texts[w]: v for w, v in zip(words, values, strict=True)} if rows.known[index] else None


def make_columns(
    corpus: Corpus, stock: Stock, place_of: IntArray, weighed: Sequence[tuple[IntArray, Arrays]]
) -> Columns:
    """Put articles together that were weighed in several parts.

    Args:
        corpus: the articles.
        stock: what is known of them as a whole.
        place_of: the place of each node's article.
        weighed: nodes and their weights, as :func:`pipeline.alignment.weighing.weigh` returns them.
    """
    joined = np.concatenate([nodes for nodes, _ in weighed])
    order = np.argsort(joined, kind="stable")
    nodes = joined[order]
    places = place_of[nodes]
    parts = [arrays for _, arrays in weighed]
    vocabulary: dict[str, npt.NDArray[np.uint64]] = {}
    fields: dict[str, Rows] = {}
    for kind in KINDS:
        vocabulary[kind] = np.unique(np.concatenate([p[f"{kind}.vocabulary"] for p in parts]))
        fields.update(_rows(kind, vocabulary[kind], parts, order))
    starts, segments = corpus.ragged("segments", places)
    return Columns(
        corpus=corpus,
        stock=stock,
        nodes=nodes,
        places=places,
        fields=fields,
        vocabulary=vocabulary,
        segments=segments,
        starts=starts,
        lead_rows=corpus.rows("lead_rows", places),
        calendars=corpus.calendars(places),
        centre=corpus.rows("centre", places),
        lead=corpus.rows("lead", places),
        language=corpus.language[places],
        day=corpus.day[places],
        length=corpus.length[places],
        digests=np.concatenate([p["digest"] for p in parts])[order],
    )


def _rows(
    kind: str, vocabulary: npt.NDArray[np.uint64], parts: Sequence[Arrays], order: IntArray
) -> Iterator[tuple[str, Rows]]:
    """Join the fields of one kind: columns of each part are numbered anew."""
    numbers = [np.searchsorted(vocabulary, p[f"{kind}.vocabulary"]).astype(np.int32) for p in parts]
    moved = not (order[1:] > order[:-1]).all()
    for name in FIELDS[kind]:
        counts = np.concatenate([p[f"{name}.n"] for p in parts])
        columns = np.concatenate([n[p[f"{name}.columns"]] for n, p in zip(numbers, parts, strict=True)])
        weights = np.concatenate([p[f"{name}.weights"] for p in parts])
        known = np.concatenate([p[f"{name}.known"] for p in parts])
        if moved:
            index = ragged_index(starts_of(counts), order)
            counts, columns, weights, known = counts[order], columns[index], weights[index], known[order]
        starts = starts_of(counts)
        kind_of_index = np.int32 if starts[-1] < np.iinfo(np.int32).max else np.int64
        indptr, columns = starts.astype(kind_of_index), columns.astype(kind_of_index, copy=False)
        shape = (len(counts), max(len(vocabulary), 1))
        marks = csr_array((np.ones(len(weights), np.float32), columns, indptr), shape)
        yield name, Rows(csr_array((weights, columns, indptr), shape), marks, known)
