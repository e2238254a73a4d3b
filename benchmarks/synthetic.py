"""Draw a corpus of any size around known events, as the alignment sees articles: vectors, terms, names, dates.

Events stand in threads, threads in topics. An article draws its sentences around its event, its words from a Zipf
distribution and from the words of its topic, thread and event, its names and figures from those of its event, some of
them left out. One article in twenty copies another one of its event, one in two hundred has no date. An article is
drawn when it is asked for, from its own number, so that a corpus of a million takes no memory; the days grow with the
corpus, as they do in an archive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import overload

import numpy as np

from pipeline.alignment.views import ArticleView, FloatArray, Picked, unit_rows
from pipeline.records import Mention

__all__ = ["SyntheticCorpus"]

DIMENSION, SEGMENTS, WORDS = 512, 12, 14
PER_DAY = 1000  # articles of one day
_LANGUAGES = ("en", "fr", "ko")
_COMMON, _TOPICS = 40_000, 400
_COPIED, _UNDATED = 0.05, 0.005
_FIRST_DAY = date(2020, 1, 1)
# Cosines of two articles of one event, thread, topic and of none: about 0.8, 0.6, 0.45, 0.15, as real news gives.
_SHARE = {"language": 0.15, "topic": 0.3, "thread": 0.15, "event": 0.2}


@dataclass(frozen=True, slots=True)
class _Event:
    topic: int
    thread: int
    day: int
    size: int


class SyntheticCorpus(Sequence[ArticleView]):
    """Draw articles around known events.

    Args:
        size: number of articles.
        seed: of everything that is drawn.
    """

    def __init__(self, size: int, seed: int = 0) -> None:
        self.seed = seed
        rng = np.random.default_rng([seed, 0])
        days = max(30, size // PER_DAY)
        self._events: list[_Event] = []
        owner: list[np.ndarray] = []
        total = thread = 0
        while total < size:
            topic, start = int(rng.integers(_TOPICS)), int(rng.integers(days))
            for step in range(int(rng.integers(1, 4))):
                length = min(int(rng.geometric(0.22)), 40, size - total)
                if length:
                    owner.append(np.full(length, len(self._events), np.int32))
                    self._events.append(_Event(topic, thread, start + 5 * step, length))
                    total += length
            thread += 1
        order = rng.permutation(size)
        self.event = np.concatenate(owner)[order]
        copied = np.flatnonzero(rng.random(size) < _COPIED)
        first = np.full(len(self._events), size, np.int64)
        np.minimum.at(first, self.event, np.arange(size))
        self.source = np.arange(size)
        self.source[copied] = first[self.event[copied]]
        self._undated = rng.random(size) < _UNDATED

    def __len__(self) -> int:
        return len(self.event)

    @overload
    def __getitem__(self, index: int) -> ArticleView: ...

    @overload
    def __getitem__(self, index: slice) -> Picked: ...

    def __getitem__(self, index: int | slice) -> ArticleView | Picked:
        if isinstance(index, slice):
            return Picked(self, range(*index.indices(len(self))))
        if not -len(self) <= index < len(self):
            raise IndexError(f"article {index} of {len(self)}")
        return self._article(index % len(self))

    def _article(self, index: int) -> ArticleView:
        source = int(self.source[index])
        event = self._events[int(self.event[index])]
        rng = np.random.default_rng([self.seed, 1, source])
        segments = self._vectors(event, int(self.event[index]), rng)
        terms = self._terms(event, int(self.event[index]), rng)
        mentions = self._mentions(event, int(self.event[index]), rng)
        late = np.random.default_rng([self.seed, 2, index]).integers(0, 3)
        published = None if self._undated[index] else _iso(event.day + int(late))
        mixed = np.random.default_rng([self.seed, 3, source]).integers(0, 2**32, WORDS * SEGMENTS - 3, dtype=np.uint32)
        return ArticleView(
            id=f"{index:08d}",
            language=_LANGUAGES[source % 3],
            published=published,
            title=f"Article {source} of event {int(self.event[index])}",
            own_terms=terms,
            terms=terms,
            mentions=mentions,
            segments=segments,
            lead=unit_rows(segments[:3].mean(axis=0, keepdims=True))[0],
            lead_rows=(0, 1, 2),
            content=f"text {source}",
            shingles=np.unique(mixed),
        )

    def _vectors(self, event: _Event, number: int, rng: np.random.Generator) -> FloatArray:
        centre = sum(
            np.sqrt(share).astype(np.float32) * self._direction(*what)
            for what, share in (
                (("language", 0), _SHARE["language"]),
                (("topic", event.topic), _SHARE["topic"]),
                (("thread", event.thread), _SHARE["thread"]),
                (("event", number), _SHARE["event"]),
            )
        )
        noise = rng.standard_normal((SEGMENTS, DIMENSION), dtype=np.float32) / np.float32(np.sqrt(DIMENSION))
        return unit_rows((centre + np.float32(1.1) * noise).astype(np.float32))

    def _direction(self, kind: str, number: int) -> FloatArray:
        return _direction(self.seed, kind, number)

    def _terms(self, event: _Event, number: int, rng: np.random.Generator) -> tuple[tuple[str, ...], ...]:
        common = np.minimum(rng.zipf(1.3, SEGMENTS * WORDS), _COMMON).tolist()
        kinds = rng.random(SEGMENTS * WORDS).tolist()
        picks = rng.integers(0, 1_000_000, SEGMENTS * WORDS).tolist()
        words = [
            f"e{number}x{pick % 20}"
            if kind < 0.12
            else f"h{event.thread}x{pick % 20}"
            if kind < 0.2
            else f"t{event.topic}x{pick % 200}"
            if kind < 0.4
            else f"c{word}"
            for word, kind, pick in zip(common, kinds, picks, strict=True)
        ]
        return tuple(tuple(words[k : k + WORDS]) for k in range(0, len(words), WORDS))

    def _mentions(self, event: _Event, number: int, rng: np.random.Generator) -> tuple[tuple[Mention, ...], ...]:
        rows: list[tuple[Mention, ...]] = []
        for segment in range(SEGMENTS):
            pick = int(rng.integers(0, 5))
            who = f"person{_letters(number)}{pick}" if pick < 3 else f"place{_letters(event.thread)}{pick}"
            found = [Mention("name", who, who.title(), 0, len(who), role="person" if pick < 3 else "place")]
            if segment < 2:
                found.append(Mention("date", _iso(event.day), _iso(event.day), 20, 30))
            if segment % 3 == 0:
                value = str(1000 + (number * 7 + segment) % 9000)
                found.append(Mention("number", value, value, 40, 44))
            rows.append(tuple(found))
        return tuple(rows)


@lru_cache(maxsize=65_536)
def _direction(seed: int, kind: str, number: int) -> FloatArray:
    kinds = ("language", "topic", "thread", "event")
    rng = np.random.default_rng([seed, 4, kinds.index(kind), number])
    return rng.standard_normal(DIMENSION, dtype=np.float32) / np.float32(np.sqrt(DIMENSION))


def _letters(number: int) -> str:
    """Write a number in letters, consonants and vowels in turn, as names are."""
    text = ""
    while True:
        number, rest = divmod(number, 60)
        text += "bcdfghklmnpr"[rest % 12] + "aeiou"[rest // 12]
        if not number:
            return text


def _iso(day: int) -> str:
    return (_FIRST_DAY + timedelta(days=day)).isoformat()
