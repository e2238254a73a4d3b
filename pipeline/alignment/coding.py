"""Read every article of a corpus once, and keep it as numbers: terms as hashes, vectors, days, keys of copies. Pure.

Deciding which articles cover one event needs no text. A term, a name or a figure is a hash of 64 bits with the number
of times it occurs; the words themselves are laid aside for the evidence. Hashes depend on nothing but the word, so that
parts of a corpus can be worked on anywhere and in any order, and fit together.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.alignment.calendars import day_rows
from pipeline.alignment.coded import CHUNK, SEPARATOR, Corpus, group_name, length_name
from pipeline.alignment.copies import KEYS, copy_keys
from pipeline.alignment.depot import Arrays, Depot
from pipeline.alignment.figures import figure_share, figures_of
from pipeline.alignment.names import NameWord, name_words
from pipeline.alignment.views import LEAD_SEGMENTS, ArticleView
from pipeline.alignment.when import Day, event_days

__all__ = ["hashed", "ordinal", "read_corpus", "salt_of"]

# What a template is filled in with: two texts that differ in one of these are two texts.
_FILLED_IN = frozenset({"number", "money", "percent", "duration", "date", "time", "ordinal"})


def read_corpus(views: Iterable[ArticleView], depot: Depot) -> Corpus | None:
    """Read every article once.

    Args:
        views: the articles, in any order.
        depot: keeps what is large.

    Returns:
        ``None`` without any article.
    """
    reader = _Reader(depot)
    for view in views:
        reader.add(view)
    return reader.corpus()


def ordinal(published: str | None) -> float:
    """Return the day of an ISO date or date and time as a number of days, NaN when there is none."""
    try:
        return float(date.fromisoformat((published or "")[:10]).toordinal())
    except ValueError:
        return np.nan


@lru_cache(maxsize=1 << 18)
def hashed(word: str) -> int:
    """Return a hash of 64 bits that depends on the word only."""
    return _digest(word.encode("utf-8", "surrogatepass"))


def salt_of(language: str) -> np.uint64:
    """Return what is added to the hashes of the original's words: those of two languages never meet."""
    salt: np.uint64 = np.uint64(_digest(b"language " + language.encode()))
    return salt


def _digest(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


class _Reader:
    """Collect the numbers of articles as they come."""

    def __init__(self, depot: Depot) -> None:
        self._depot = depot
        self._ids: list[str] = []
        self._published: list[str | None] = []
        self._languages: dict[str, int] = {}
        self._language, self._length = array("i"), array("q")
        self._day, self._keys = array("d"), array("Q")
        self._content, self._seen = array("Q"), array("Q")
        self._names: dict[int, NameWord] = {}
        self._chunk = _Chunk()
        self._full: list[_Chunk] = []
        self._groups = self._dimension = 0

    def add(self, view: ArticleView) -> None:
        """Take note of one article."""
        self._ids.append(view.id)
        self._published.append(view.published)
        self._language.append(self._languages.setdefault(view.language, len(self._languages)))
        self._length.append(len(view.segments))
        day = ordinal(view.published)
        self._day.append(day)
        filled = sorted({m.value for segment in view.mentions for m in segment if m.kind in _FILLED_IN})
        self._keys.extend(copy_keys(view.language, view.content, view.shingles, filled))
        self._content.append(hashed(view.content))
        days = event_days(view.mentions, view.lead_end)
        self._seen.append(_seen(view, days))
        self._dimension = self._dimension or (view.segments.shape[1] if len(view.segments) else 0)
        self._chunk.add(view, days, self._words(view))
        if self._chunk.size == CHUNK:
            self._put()

    def _words(self, view: ArticleView) -> dict[str, _Counts]:
        """Count the words of each kind, sorted by hash."""
        end = view.lead_end
        own = _counted(view.own_terms, end, hashed)
        terms = own if view.terms is view.own_terms else _counted(view.terms, end, hashed)
        own = _Counts(own.words, own.hashes + salt_of(view.language), own.every, own.lead).sorted()
        names = _counted([[w for m in s if m.kind == "name" for w in name_words(m)] for s in view.mentions], end, _name)
        for word, value in zip(names.words, names.hashes.tolist(), strict=True):
            self._names.setdefault(value, word)
        figures = _counted([figures_of(segment) for segment in view.mentions], end, hashed)
        return {
            "terms": terms,
            "own": own,
            "names": _Counts([w.text for w in names.words], names.hashes, names.every, names.lead),
            "figures": figures,
        }

    def _put(self, *, last: bool = False) -> None:
        """Hand full groups on, once the dimension of the vectors is known: articles without text do not tell it."""
        if self._chunk.size:
            self._full.append(self._chunk)
            self._chunk = _Chunk()
        if self._dimension or last:
            for chunk in self._full:
                self._depot.put(group_name(self._groups), chunk.arrays(max(self._dimension, 1)))
                self._groups += 1
            self._full = []

    def corpus(self) -> Corpus | None:
        """Return what was read."""
        if not self._ids:
            return None
        self._put(last=True)
        return Corpus(
            depot=self._depot,
            ids=self._ids,
            language=np.array(self._language, np.int32),
            languages=list(self._languages),
            published=self._published,
            day=np.array(self._day, np.float64),
            length=np.array(self._length, np.int64),
            keys=np.array(self._keys, np.uint64).reshape(-1, KEYS),
            content=np.array(self._content, np.uint64),
            seen=np.array(self._seen, np.uint64),
            names=self._names,
            dimension=max(self._dimension, 1),
        )


def _name(word: NameWord) -> int:
    return hashed(f"{word.text} {word.transliterated}")


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """Hold the words of one kind that an article has, how often in all, and how often in the lead."""

    words: Sequence[Any]
    hashes: npt.NDArray[np.uint64]
    every: npt.NDArray[np.int32]
    lead: npt.NDArray[np.int32]

    def sorted(self) -> _Counts:
        """Return the same by hash, so that sums come out the same everywhere."""
        order = np.argsort(self.hashes, kind="stable")
        words = [self.words[i] for i in order.tolist()]
        return _Counts(words, self.hashes[order], self.every[order], self.lead[order])


def _counted(segments: Sequence[Sequence[Any]], end: int, hash_of: Callable[[Any], int]) -> _Counts:
    """Count words in all segments and in the lead."""
    every = Counter(chain.from_iterable(segments))
    lead = Counter(chain.from_iterable(segments[:end]))
    hashes = np.fromiter(map(hash_of, every), np.uint64, len(every))
    counts = np.array(list(every.values()), np.int32), np.array([lead[w] for w in every], np.int32)
    return _Counts(list(every), hashes, *counts).sorted()


def _seen(view: ArticleView, days: Sequence[Day]) -> int:
    """Hash all that a decision sees of an article besides the weights of its words."""
    digest = hashlib.blake2b(digest_size=8)
    digest.update(repr((days, view.language, view.published, view.lead_rows)).encode())
    digest.update(np.ascontiguousarray(view.segments).tobytes())
    if view.lead is not None:
        digest.update(np.ascontiguousarray(view.lead).tobytes())
    return int.from_bytes(digest.digest(), "little")


def _letters(words: Sequence[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer(SEPARATOR.join(words).encode("utf-8", "surrogatepass"), np.uint8)


class _Chunk:
    """Collect the arrays of one group."""

    def __init__(self) -> None:
        self.size = 0
        self._values: dict[str, list[npt.NDArray[Any]]] = {}
        self._counts: dict[str, array[int]] = {}

    def add(self, view: ArticleView, days: Sequence[Day], words: Mapping[str, _Counts]) -> None:
        """Take one article in."""
        self.size += 1
        self._append("segments", view.segments.astype(np.float16))
        self._append("shingles", view.shingles)
        self._append("days", day_rows(days))
        self._append("days.text", _letters([d.value for d in days]))
        rows = np.full(LEAD_SEGMENTS, -1, np.int32)
        rows[: len(view.lead_rows)] = view.lead_rows
        self._fixed("lead_rows", rows)
        self._fixed("lead", view.lead)
        self._fixed("centre", view.segments.mean(axis=0) if len(view.segments) else None)
        for kind, found in words.items():
            self._append(f"{kind}.text", _letters(found.words))
            self._append(f"{kind}.hash", found.hashes)
            self._append(f"{kind}.all", found.every)
            self._append(f"{kind}.lead", found.lead)
            if kind == "figures":
                self._append("figures.share", np.array([figure_share(f) for f in found.words], np.float64))

    def _append(self, name: str, values: npt.NDArray[Any]) -> None:
        self._values.setdefault(name, []).append(values)
        if (length := length_name(name)) == name + ".n" or name.endswith(".hash"):
            self._counts.setdefault(length, array("q")).append(len(values))

    def _fixed(self, name: str, row: npt.NDArray[Any] | None) -> None:
        self._values.setdefault(name, []).append(np.empty(0, np.float32) if row is None else row)

    def arrays(self, dimension: int) -> Arrays:
        """Return the group; rows of vectors that are missing are zeros."""
        found: dict[str, npt.NDArray[Any]] = {}
        for name, rows in self._values.items():
            if name in ("lead", "centre"):
                found[name] = np.stack([row if len(row) else np.zeros(dimension, np.float32) for row in rows])
            elif name == "lead_rows":
                found[name] = np.stack(rows)
            elif name == "segments":
                none = np.empty((0, dimension), np.float16)
                found[name] = np.concatenate([row if len(row) else none for row in rows])
            else:
                found[name] = np.concatenate(rows)
        norms = np.linalg.norm(found["centre"], axis=1, keepdims=True)
        found["centre"] = np.divide(found["centre"], norms, out=np.zeros_like(found["centre"]), where=norms > 0)
        return {**found, **{name: np.array(counts, np.int64) for name, counts in self._counts.items()}}
