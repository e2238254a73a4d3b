"""Find the records of a run by what they belong to, in the order in which pages show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from pipeline.facts.grouping import fact_groups
from pipeline.records import (
    Article,
    ArticleScore,
    Bead,
    Copy,
    Event,
    EventScore,
    Fact,
    Finding,
    Mention,
    PairScore,
    Rejection,
    Relation,
    Segment,
    Thread,
    Translation,
)
from pipeline.reporting.mentions import parsed_mentions
from pipeline.reporting.model import RunData
from pipeline.reporting.stock import stock
from pipeline.reporting.words import safe_name, visible
from pipeline.shelf import Shelf

__all__ = [
    "Found",
    "Lookup",
    "Title",
    "article_label",
    "article_page",
    "article_title",
    "build_lookup",
    "event_page",
    "open_lookup",
    "ordered_articles",
    "outside_events",
    "segment_anchor",
    "sorted_events",
]

T = TypeVar("T")
PASSED_THROUGH = "source"
MAX_TITLE = 160
# Answers that are remembered, as a page asks for the same again: one record; all records of an article; of an event.
_ONE, _MANY, _EVENTS = 4096, 256, 16


class Found(Generic[T]):
    """Find what belongs to an id, and remember the last answers; an id that has nothing is not in it.

    Args:
        find: returns what belongs to an id; ``None`` or nothing where there is nothing.
        remembered: number of answers.
    """

    def __init__(self, find: Callable[[str], T | None], remembered: int) -> None:
        self._find = lru_cache(remembered)(find)

    def get(self, key: str, default: Any = None) -> Any:
        """Return what belongs to an id, or something else."""
        return self._find(key) or default

    def __getitem__(self, key: str) -> T:
        found = self._find(key)
        if not found:
            raise KeyError(key)
        return found

    def __contains__(self, key: str) -> bool:
        return bool(self._find(key))


@dataclass(frozen=True, slots=True)
class Lookup:
    """Find a run's records by id and by owner. Articles come without their paragraphs, which no page shows."""

    run: RunData
    shelf: Shelf
    mentions: Found[Sequence[Mention]]
    articles: Found[Article]
    events: Found[Event]
    threads: Found[Thread]
    segments: Found[Segment]
    translations: Found[Translation]
    facts: Found[Fact]
    scores: Found[ArticleScore]
    event_scores: Found[EventScore]
    segments_of: Found[list[Segment]]
    findings_of: Found[list[Finding]]
    beads_of: Found[list[Bead]]
    pair_scores_of: Found[list[PairScore]]
    facts_of: Found[list[Fact]]
    relations_of: Found[list[Relation]]
    copies_of: Found[list[Copy]]
    rejections_of: Found[list[Rejection]]
    events_of: Found[list[Event]]
    findings_in: Found[list[Finding]]
    groups_of: Found[list[list[Finding]]]

    def translation(self, segment: Segment) -> Translation | None:
        """Return the translation of a segment, ``None`` where it is in the target language or was not translated."""
        found = self.translations.get(segment.id)
        return None if found is None or found.engine == PASSED_THROUGH else found


def build_lookup(run: RunData, shelf: Shelf | None = None) -> Lookup:
    """Index a run.

    Args:
        run: its records.
        shelf: where they are kept; empty.
    """
    shelf = shelf or Shelf()
    stock(run, shelf)
    return open_lookup(run, shelf)


def open_lookup(run: RunData, shelf: Shelf) -> Lookup:
    """Find records on a shelf that holds those of a run already."""

    def one(table: str, column: str = "id") -> Found[Any]:
        return Found(lambda key: next(iter(shelf.find(table, column, key)), None), _ONE)

    def many(table: str, column: str, order: str = "rowid") -> Found[list[Any]]:
        remembered = _EVENTS if column == "event_id" else _MANY
        return Found(lambda key: shelf.find(table, column, key, order), remembered)

    articles, translations = one("heads"), one("translations", "segment_id")
    facts_of = many("facts", "article_id", "raw_start, id")
    findings_in: Found[list[Finding]] = Found(lambda key: _findings_in(shelf, key), 4 * _MANY)
    findings_of = many("findings", "event_id", "importance DESC, id")

    def groups(event_id: str) -> list[list[Finding]]:
        return fact_groups([f for f in findings_of.get(event_id, ()) if not run.reviews.rejected(f)])

    def mentions(segment_id: str) -> Sequence[Mention] | None:
        if run.mentions is not None:
            return run.mentions.get(segment_id)
        translation: Translation | None = translations.get(segment_id)
        if translation is None:
            return None
        named = any(f.segment_id == segment_id and f.kind == "name" for f in facts_of.get(translation.article_id, ()))
        if not named and segment_id not in findings_in:
            return None
        article = articles.get(translation.article_id)
        return parsed_mentions(translation, article.published if article else None)

    return Lookup(
        run=run,
        shelf=shelf,
        mentions=Found(mentions, _ONE),
        articles=articles,
        events=one("events"),
        threads=one("threads"),
        segments=one("segments"),
        translations=translations,
        facts=one("facts"),
        scores=one("article_scores", "article_id"),
        event_scores=one("event_scores", "event_id"),
        segments_of=many("segments", "article_id", "position, id"),
        findings_of=findings_of,
        beads_of=many("beads", "event_id"),
        pair_scores_of=many("pair_scores", "event_id", "article_a, article_b"),
        facts_of=facts_of,
        relations_of=Found(lambda key: _relations(shelf, key), _MANY),
        copies_of=many("copies", "event_id"),
        rejections_of=many("rejections", "article_id"),
        events_of=Found(lambda key: _owners(shelf, key), _ONE),
        findings_in=findings_in,
        groups_of=Found(groups, _EVENTS),
    )


def sorted_events(lookup: Lookup) -> Iterator[Event]:
    """Yield the events in the order of their ids."""
    return lookup.shelf.scan("events", "id")


def outside_events(lookup: Lookup, most: int = -1) -> Iterator[Article]:
    """Yield the articles that belong to no event, at most so many."""
    query = f"line FROM heads WHERE id NOT IN (SELECT article_id FROM members) ORDER BY rowid LIMIT {most}"
    return lookup.shelf.records("heads", query)


def _relations(shelf: Shelf, article_id: str) -> list[Relation]:
    sides: list[Relation] = [
        r for side in ("article_a", "article_b") for r in shelf.find("relations", side, article_id)
    ]
    return sorted(sides, key=lambda r: (-r.probability, r.article_a, r.article_b))


def _owners(shelf: Shelf, article_id: str) -> list[Event]:
    query = "line FROM members m JOIN events e ON e.id = m.event_id WHERE m.article_id = ? ORDER BY e.id"
    return list(shelf.records("events", query, article_id))


def _findings_in(shelf: Shelf, segment_id: str) -> list[Finding]:
    where = "segment_a = ?1 OR segment_b = ?1"
    return list(shelf.records("findings", f"line FROM findings WHERE {where} ORDER BY importance DESC, id", segment_id))


def article_label(article: Article) -> str:
    """Name an article as a reader would: its source, else its file's name."""
    return visible(article.source or article.name)


def ordered_articles(lookup: Lookup, event: Event) -> list[Article]:
    """Return the articles of an event as pages list them: by publication, unknown last, then by name."""
    articles = [lookup.articles[a] for a in dict.fromkeys(event.article_ids)]
    return sorted(articles, key=lambda a: (a.published is None, a.published or "", a.source or a.name, a.name, a.id))


@dataclass(frozen=True, slots=True)
class Title:
    """Hold what an article is called on pages, in its own language and translated where it was."""

    text: str
    language: str | None
    translation: str | None


def article_title(lookup: Lookup, article: Article) -> Title:
    """Return the title of an article; without one, the beginning of its text; without text, its file's name."""
    segments = lookup.segments_of.get(article.id, ())
    first = next((s for s in segments if s.kind == "title"), None)
    if first is None and not article.title:
        first = next(iter(segments), None)
    if first is None:
        return Title(article.title or article.name, article.language if article.title else None, None)
    translation = lookup.translation(first)
    shown = article.title if first.kind == "title" and article.title else first.text
    return Title(_shortened(shown), first.language, _shortened(translation.text) if translation else None)


def _shortened(text: str) -> str:
    """Cut a text that is too long for a heading at a space."""
    if len(text) <= MAX_TITLE:
        return text
    start = text[:MAX_TITLE]
    at = start.rfind(" ")
    return start[: at if at > MAX_TITLE // 2 else MAX_TITLE].rstrip(" ,;:") + "…"


def article_page(article_id: str) -> str:
    """Return the path of an article's page inside the outputs folder."""
    return f"articles/{safe_name(article_id)}.html"


def event_page(event_id: str) -> str:
    """Return the path of an event's page inside the outputs folder."""
    return f"events/{safe_name(event_id)}.html"


def segment_anchor(segment: Segment) -> str:
    """Return the anchor of a segment on its article's page."""
    return f"s-{segment.index:04d}"
