"""Hold a corpus as numbers, most of it in a depot: what :mod:`pipeline.alignment.coding` has read. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.alignment.calendars import Calendars, calendars_of, stress_of
from pipeline.alignment.depot import Arrays, Depot, joined, ragged_index, starts_of
from pipeline.alignment.names import NameWord
from pipeline.alignment.when import Day, read_day

__all__ = ["CHUNK", "KINDS", "SEPARATOR", "Corpus", "group_name", "length_name"]

IntArray = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
# What is counted in an article: words in the target language, words of the original, words of names, figures.
KINDS = ("terms", "own", "names", "figures")
# Articles of a group of the depot.
CHUNK = 2048
# Between the words of an article: white space, which no word holds.
SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Hold a corpus as numbers. A *place* is the position of an article in the sequence that was read.

    Attributes:
        depot: holds what is large, in groups of some thousand articles.
        ids: of the articles, by place.
        language: a number per language, shape ``(n,)``.
        languages: by number.
        published: as given, by place; ``None`` when unknown.
        day: publication day as an ordinal, NaN when unknown, shape ``(n,)``.
        length: number of segments, shape ``(n,)``.
        keys: what copies of a text share, shape ``(n, KEYS)``, 0 for none.
        content: hash of the text, shape ``(n,)``.
        seen: hash of all that a decision sees of an article besides weights, shape ``(n,)``.
        names: how the words of names are written, by hash.
        dimension: of the vectors.
    """

    depot: Depot
    ids: Sequence[str]
    language: npt.NDArray[np.int32]
    languages: Sequence[str]
    published: Sequence[str | None]
    day: npt.NDArray[np.float64]
    length: IntArray
    keys: Hashes
    content: Hashes
    seen: Hashes
    names: Mapping[int, NameWord]
    dimension: int

    def __len__(self) -> int:
        return len(self.ids)

    def groups(self) -> Iterator[tuple[IntArray, Arrays]]:
        """Yield the places and the arrays of each group, in order."""
        for start in range(0, len(self), CHUNK):
            places = np.arange(start, min(start + CHUNK, len(self)), dtype=np.int64)
            yield places, self.depot.get(group_name(start // CHUNK))

    def rows(self, name: str, places: IntArray) -> npt.NDArray[Any]:
        """Return rows of ``lead``, ``centre`` or ``lead_rows``, in the order of the places."""
        order = np.argsort(places, kind="stable")
        parts = [arrays[name][rows] for rows, arrays in self._parts(places[order])]
        found = joined(parts, self._like(name))
        result = np.empty_like(found)
        result[order] = found
        return result

    def ragged(self, name: str, places: IntArray) -> tuple[IntArray, npt.NDArray[Any]]:
        """Return rows of different lengths in the order of the places: their starts with the end, and all values."""
        order = np.argsort(places, kind="stable")
        counts, parts = [np.zeros(0, np.int64)], []
        length = length_name(name)
        for rows, arrays in self._parts(places[order]):
            starts = starts_of(arrays[length])
            counts.append(arrays[length][rows].astype(np.int64))
            parts.append(np.asarray(arrays[name])[ragged_index(starts, rows)])
        values, starts = joined(parts, self._like(name)), starts_of(np.concatenate(counts))
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        if not (back[1:] > back[:-1]).all():
            values = values[ragged_index(starts, back)]
        lengths = np.diff(starts)[back]
        return starts_of(lengths), values

    def words(self, kind: str, place: int) -> list[str]:
        """Return the words of an article that the hashes of a kind stand for, in their order."""
        _, letters = self.ragged(f"{kind}.text", np.array([place]))
        return letters.tobytes().decode("utf-8", "surrogatepass").split(SEPARATOR) if len(letters) else []

    def days(self, place: int) -> tuple[Day, ...]:
        """Return the dates that could be the event's of an article, most likely first."""
        _, rows = self.ragged("days", np.array([place]))
        found = zip(self.words("days", place), rows.tolist(), strict=True)
        return tuple(day for value, row in found if (day := read_day(value, *stress_of(row))) is not None)

    def calendars(self, places: IntArray) -> Calendars:
        """Return the dates of articles for comparing."""
        return calendars_of(*self.ragged("days", places))

    def _parts(self, places: IntArray) -> Iterator[tuple[IntArray, Arrays]]:
        """Yield for each group that ascending places lie in the rows inside it and its arrays."""
        groups = places // CHUNK
        for part in np.split(places, np.flatnonzero(np.diff(groups)) + 1) if len(places) else ():
            yield part % CHUNK, self.depot.get(group_name(int(part[0]) // CHUNK))

    def _like(self, name: str) -> npt.NDArray[Any]:
        return np.asarray(self.depot.get(group_name(0))[name])


def group_name(number: int) -> str:
    """Name a group of the depot."""
    return f"articles-{number:06d}"


def length_name(name: str) -> str:
    """Name what holds the lengths of rows: words of one kind are as many as their hashes, their letters are not."""
    kind, dot, part = name.partition(".")
    return name + ".n" if not dot or part == "text" else kind + ".n"
