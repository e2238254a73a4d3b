"""Align the sentences of articles, some pairs at a time, in any number of processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from pipeline.alignment.api import AlignmentSettings, align_sentences
from pipeline.alignment.views import ArticleView
from pipeline.executors import Crew
from pipeline.records import Bead
from pipeline.stages.view_shelf import ViewShelf
from pipeline.tables import chunks
from pipeline.text import fingerprint

__all__ = ["BeadDesk", "OpenBeadDesk", "PairToAlign", "aligned"]

_PAIRS = 64  # of a part
_HELD = 256  # articles whose views each process holds: those of an event, and some more


@dataclass(frozen=True, slots=True)
class PairToAlign:
    """Name two articles of an event by their ids and their places on the shelf of views."""

    event_id: str
    articles: tuple[str, str]
    places: tuple[int, int]


@dataclass(frozen=True, slots=True)
class BeadDesk:
    """Hold what is needed to align sentences; each process opens its own.

    Args:
        shelf: file of a :class:`~pipeline.stages.view_shelf.ViewShelf`; there when the first pair comes.
        dimension: of its vectors.
        settings: of the alignment.
    """

    shelf: Path
    dimension: int
    settings: AlignmentSettings

    def __call__(self) -> OpenBeadDesk:
        """Open the shelf."""
        return OpenBeadDesk(ViewShelf(self.shelf, self.dimension), self.settings)


class OpenBeadDesk:
    """Read views, and hold those that were asked for last."""

    def __init__(self, shelf: ViewShelf, settings: AlignmentSettings) -> None:
        self.shelf = shelf
        self.settings = settings
        self.read = lru_cache(maxsize=_HELD)(self._read)

    def _read(self, place: int) -> tuple[ArticleView, tuple[str, ...]]:
        """Return the view of an article and the ids of its segments."""
        return self.shelf[place], self.shelf.segment_ids(place)

    def close(self) -> None:
        """Let go of the views."""
        self.shelf.close()


def aligned(pairs: Iterable[PairToAlign], crew: Crew[OpenBeadDesk]) -> Iterator[Bead]:
    """Align pairs of articles sentence by sentence.

    Args:
        pairs: those of one event together, as they have most of their articles in common.
        crew: works at a :class:`BeadDesk`.

    Yields:
        The beads of each pair, in the order of the pairs.
    """
    for beads in crew.stream(partial(_align, part) for part in chunks(pairs, _PAIRS)):
        yield from beads


def _align(pairs: Sequence[PairToAlign], at: OpenBeadDesk) -> list[Bead]:
    beads = []
    for pair in pairs:
        (view_a, ids_a), (view_b, ids_b) = map(at.read, pair.places)
        for bead in align_sentences(view_a, view_b, at.settings):
            side_a = tuple(ids_a[k] for k in bead.a)
            side_b = tuple(ids_b[k] for k in bead.b)
            beads.append(
                Bead(
                    id="b" + fingerprint(*pair.articles, *side_a, "|", *side_b),
                    event_id=pair.event_id,
                    article_a=pair.articles[0],
                    article_b=pair.articles[1],
                    segments_a=side_a,
                    segments_b=side_b,
                    similarity=None if bead.similarity is None else round(bead.similarity, 4),
                )
            )
    return beads
