"""Hold the profiles of a corpus as arrays: a few kilobytes an article instead of a hundred. Pure.

Every field of :class:`~pipeline.alignment.profiles.Profile` that maps terms to weights becomes a sparse matrix with one
row per article, whatever the field is called, so that pairs can be measured by the thousand. A profile can be taken out
again, for evidence and for features that only exist pair by pair.
"""

from __future__ import annotations

import hashlib
import typing
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from pipeline.alignment.calendars import Calendars, CalendarsBuilder
from pipeline.alignment.profiles import Profile, Weights
from pipeline.alignment.views import LEAD_SEGMENTS, ArticleView, FloatArray

__all__ = ["Allocate", "Columns", "Rows", "in_memory", "make_columns", "ordinal", "weight_fields"]

Bools = npt.NDArray[np.bool_]
Allocate = Callable[[tuple[int, int]], npt.NDArray[np.float16]]
# Values are kept in single precision and digests made of them rounded: what a sum of another order changes is noise.
_DIGITS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Hold one weight field of all articles.

    Attributes:
        weights: sparse matrix, shape ``(n, terms)``, float32, columns in order within a row.
        marks: the same with 1 for each weight.
        known: whether the article has the field at all, shape ``(n,)``.
    """

    weights: csr_array
    marks: csr_array
    known: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Hold the profiles of a corpus, one row per article.

    Attributes:
        views: the articles; may load them one by one from disk.
        fields: sparse rows by field name.
        terms: what each sparse column stands for.
        others: the remaining fields of each profile, in the order of :func:`other_fields`.
        segments: unit rows of all segments of all articles, one article after the other, shape ``(segments, d)``, in
            half precision: their cosines are off by a thousandth at most. May lie on disk.
        starts: first segment of each article, and the end, shape ``(n + 1,)``.
        lead_rows: which of its segments are the lead of each article, -1 for no more, shape ``(n, LEAD_SEGMENTS)``.
        calendars: the dates of each article, for comparing many.
        centre: unit mean of the segments, shape ``(n, d)``; zeros where there is none.
        lead: unit vector of title and lead, shape ``(n, d)``; zeros where there is none.
        language: a number per language, shape ``(n,)``.
        day: publication day as an ordinal, NaN where unknown, shape ``(n,)``.
        length: number of segments, shape ``(n,)``.
        digests: hash of all that a pair decision sees of an article, shape ``(n,)``.
    """

    views: Sequence[ArticleView]
    fields: Mapping[str, Rows]
    terms: Sequence[str]
    others: Sequence[tuple[Any, ...]]
    segments: npt.NDArray[np.float16]
    starts: npt.NDArray[np.int64]
    lead_rows: npt.NDArray[np.int32]
    calendars: Calendars
    centre: FloatArray
    lead: FloatArray
    language: npt.NDArray[np.int32]
    day: npt.NDArray[np.float64]
    length: npt.NDArray[np.int64]
    digests: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.length)

    def segments_of(self, articles: npt.NDArray[np.int64]) -> FloatArray:
        """Return the segment vectors of articles with equally many, in single precision, shape ``(articles, m, d)``."""
        rows = self.starts[articles][:, None] + np.arange(self.length[articles[0]])
        return self.segments[rows].astype(np.float32)

    def other(self, name: str, index: int) -> Any:
        """Return a field that is not a row of weights."""
        return self.others[index][other_fields().index(name)]

    def profile(self, index: int) -> Profile:
        """Take the profile of an article out again; weights come back in single precision."""
        view = self.views[index]
        values: dict[str, Any] = {name: self._weights(rows, index) for name, rows in self.fields.items()}
        values.update(zip(other_fields(), self.others[index], strict=True))
        return Profile(view=view, centre=self.centre[index] if len(view.segments) else None, **values)

    def _weights(self, rows: Rows, index: int) -> Weights | None:
        if not rows.known[index]:
            return None
        first, last = rows.weights.indptr[index : index + 2]
        columns, values = rows.weights.indices[first:last].tolist(), rows.weights.data[first:last].tolist()
        return {self.terms[c]: v for c, v in zip(columns, values, strict=True)}


@cache
def weight_fields() -> tuple[str, ...]:
    """Name the fields of a profile that map terms to weights."""
    hints = typing.get_type_hints(Profile)
    return tuple(f.name for f in fields(Profile) if hints[f.name] == Weights | None)


@cache
def other_fields() -> tuple[str, ...]:
    """Name the fields that are neither weights nor the view nor vectors."""
    return tuple(f.name for f in fields(Profile) if f.name not in {*weight_fields(), "view", "centre"})


class _Vocabulary:
    """Number terms as they come, and keep a hash of each: numbers depend on the order of articles, hashes do not."""

    def __init__(self) -> None:
        self.number: dict[str, int] = {}
        self._hashes = array("Q")

    def numbers(self, terms: Iterable[str]) -> npt.NDArray[np.int32]:
        """Return the numbers of terms, shape ``(terms,)``."""
        return np.array([self._add(term) for term in terms], dtype=np.int32)

    def hashes(self, numbers: npt.NDArray[np.int32]) -> npt.NDArray[np.uint64]:
        """Return the hashes of numbered terms."""
        return np.frombuffer(self._hashes, np.uint64)[numbers]

    def _add(self, term: str) -> int:
        number = self.number.get(term)
        if number is None:
            number = self.number[term] = len(self.number)
            self._hashes.append(int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "little"))
        return number


class _RowsBuilder:
    """Collect rows of weights; the columns are those of a vocabulary shared by all fields."""

    def __init__(self) -> None:
        self._indices, self._data = array("i"), array("f")
        self._ends = array("q", [0])
        self._known = bytearray()

    def add(self, weights: Weights | None, vocabulary: _Vocabulary) -> bytes:
        """Add one article; return what a digest sees of it: hashes of its terms and the rounded weights."""
        found = {term: weight for term, weight in (weights or {}).items() if weight}
        columns = vocabulary.numbers(found)
        values = np.array(list(found.values()), dtype=np.float64)
        order = np.argsort(columns)
        self._indices.frombytes(columns[order].tobytes())
        self._data.frombytes(values[order].astype(np.float32).tobytes())
        self._ends.append(len(self._indices))
        self._known.append(weights is not None)
        hashes = vocabulary.hashes(columns)
        by_hash = np.argsort(hashes)
        rounded = np.rint(values[by_hash] * 10**_DIGITS).astype(np.int64)
        seen: bytes = b"%d %d " % (weights is not None, len(found)) + hashes[by_hash].tobytes() + rounded.tobytes()
        return seen

    def __len__(self) -> int:
        return len(self._indices)

    def build(self, terms: int, ones: npt.NDArray[np.float32]) -> Rows:
        """Return the matrix, without a copy; ``ones`` holds as many as any field has weights, and is shared."""
        indices, data = np.frombuffer(self._indices, np.int32), np.frombuffer(self._data, np.float32)
        kind = np.int32 if len(indices) < np.iinfo(np.int32).max else np.int64
        indptr = np.frombuffer(self._ends, np.int64).astype(kind)
        indices = indices.astype(kind, copy=False)
        shape = (len(indptr) - 1, max(terms, 1))
        return Rows(
            csr_array((data, indices, indptr), shape=shape),
            csr_array((ones[: len(data)], indices, indptr), shape=shape),
            np.frombuffer(self._known, np.bool_),
        )


def in_memory(shape: tuple[int, int]) -> npt.NDArray[np.float16]:
    """Return an array for segment vectors in memory."""
    return np.empty(shape, dtype=np.float16)


def make_columns(
    views: Sequence[ArticleView],
    prepared: Iterable[Profile],
    lengths: npt.NDArray[np.int64],
    vectors: FloatArray,
    allocate: Allocate = in_memory,
) -> Columns:
    """Turn profiles into arrays, one by one as they come.

    Args:
        views: the articles.
        prepared: their profiles, in the same order.
        lengths: number of segments of each article, shape ``(n,)``.
        vectors: the unit mean of the segments of each article, zeros without any, shape ``(n, d)``.
        allocate: gives the array that the segment vectors are kept in; one on disk bounds the memory.
    """
    n = len(views)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    dimension = vectors.shape[1]
    segments = allocate((int(starts[-1]), dimension))
    lead_rows = np.full((n, LEAD_SEGMENTS), -1, np.int32)
    calendars = CalendarsBuilder()
    builders = {name: _RowsBuilder() for name in weight_fields()}
    vocabulary = _Vocabulary()
    languages: dict[str, int] = {}
    others: list[tuple[Any, ...]] = []
    lead = np.zeros((n, dimension), np.float32)
    language, length = np.zeros(n, np.int32), np.zeros(n, np.int64)
    day, digests = np.full(n, np.nan), np.zeros(n, np.uint64)
    for i, profile in enumerate(prepared):
        view = profile.view
        seen = [builder.add(getattr(profile, name), vocabulary) for name, builder in builders.items()]
        if len(view.segments):
            segments[starts[i] : starts[i + 1]] = view.segments
        lead_rows[i, : len(view.lead_rows)] = view.lead_rows
        calendars.add(profile.days)
        others.append(tuple(getattr(profile, name) for name in other_fields()))
        if view.lead is not None:
            lead[i] = view.lead
        language[i] = languages.setdefault(view.language, len(languages))
        length[i] = len(view.segments)
        day[i] = ordinal(view.published)
        digests[i] = _digest(profile, seen)
    ones = np.ones(max((len(builder) for builder in builders.values()), default=0), np.float32)
    return Columns(
        views=views,
        fields={name: builder.build(len(vocabulary.number), ones) for name, builder in builders.items()},
        terms=list(vocabulary.number),
        others=others,
        segments=np.asarray(segments),  # a slice of a mapped array costs three times one of a plain view of it
        starts=starts,
        lead_rows=lead_rows,
        calendars=calendars.build(),
        centre=vectors,
        lead=lead,
        language=language,
        day=day,
        length=length,
        digests=digests,
    )


def ordinal(published: str | None) -> float:
    """Return the day of an ISO date or date and time as a number of days, NaN when there is none."""
    try:
        return float(date.fromisoformat((published or "")[:10]).toordinal())
    except ValueError:
        return np.nan


def _digest(profile: Profile, weights: Iterable[bytes]) -> int:
    """Hash all that a decision sees of an article, so that a pair of known digests need not be measured again."""
    view = profile.view
    digest = hashlib.blake2b(digest_size=8)
    for seen in weights:
        digest.update(seen)
    for name in other_fields():
        digest.update(repr(getattr(profile, name)).encode())
    digest.update(repr((view.language, view.published, view.lead_rows)).encode())
    digest.update(np.ascontiguousarray(view.segments).tobytes())
    if view.lead is not None:
        digest.update(np.ascontiguousarray(view.lead).tobytes())
    return int.from_bytes(digest.digest(), "little")
