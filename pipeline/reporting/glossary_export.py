"""Collect the names that recur, with the renderings that were seen, and write them as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.records import Article, Event, Side
from pipeline.reporting.exports import csv_lines
from pipeline.reporting.lookup import Lookup
from pipeline.reporting.mentions import best_name

__all__ = ["Rendering", "glossary_csv", "keep_renderings", "renderings_in_article", "renderings_in_event"]


@dataclass(frozen=True, slots=True)
class Rendering:
    """Hold one way in which a name was rendered; ``evidence`` says where.

    It comes from an aligned article in the target language, or from the machine translation.
    """

    term: str
    language: str
    target: str
    evidence: Literal["article", "machine translation"]


def keep_renderings(lookup: Lookup, renderings: Iterable[Rendering]) -> None:
    """Put renderings on the run's shelf, where they are counted when all are there."""
    columns = ("term", "language", "target", "evidence")
    lookup.shelf.put("renderings", Rendering, renderings, columns, lambda r: (r.term, r.language, r.target, r.evidence))


def glossary_csv(lookup: Lookup) -> Iterator[str]:
    """Write names that recur, with their renderings; the first four columns are those of a glossary file.

    A rendering comes from an aligned article in the target language (evidence "article"), else from the machine
    translation itself. Several renderings of one term are worth a decision, so those terms come first.
    """
    keep_renderings(lookup, ())
    _count(lookup)
    terms = "term, language, COUNT(*) AS ways, SUM(n) AS total FROM rendered GROUP BY term, language"
    named = "COALESCE((SELECT m.n FROM named m WHERE m.term = t.term AND m.language = t.language), 0)"
    query = (
        f"t.term, t.language, r.target, r.evidence, r.n, {named} AS mentions FROM (SELECT {terms}) t"
        " JOIN rendered r ON r.term = t.term AND r.language = t.language WHERE mentions > 1 OR t.ways > 1"
        " ORDER BY t.ways DESC, t.total DESC, t.term, t.language, r.evidence, r.n DESC, r.target"
    )
    header = ["term", "language", "target", "note", "times_rendered", "times_named"]
    return csv_lines(header, ([str(cell) for cell in row] for row in lookup.shelf.select(query)))


def _count(lookup: Lookup) -> None:
    named = "json_extract(f.line, '$.surface') AS term, json_extract(s.line, '$.language') AS language, COUNT(*) AS n"
    joined = "facts f JOIN segments s ON s.id = json_extract(f.line, '$.segment_id')"
    where = "json_extract(f.line, '$.kind') = 'name' GROUP BY 1, 2"
    lookup.shelf.derive("named", f"{named} FROM {joined} WHERE {where}")
    lookup.shelf.derive(
        "rendered", "term, language, target, evidence, COUNT(*) AS n FROM renderings GROUP BY 1, 2, 3, 4"
    )
    for table in ("named", "rendered"):
        lookup.shelf.index(table, "term", "language")


def renderings_in_event(lookup: Lookup, event: Event) -> Iterator[Rendering]:
    """Yield the names on which articles of an event in two languages agree."""
    for finding in lookup.findings_of.get(event.id, ()):
        if finding.kind == "name" and finding.verdict == "agree" and finding.b is not None:
            yield from _from_articles(lookup, finding.a, finding.b)


def _from_articles(lookup: Lookup, a: Side, b: Side) -> Iterator[Rendering]:
    target = lookup.run.target
    for one, other in ((a, b), (b, a)):
        language = lookup.segments[one.segment_id].language
        if language != target and lookup.segments[other.segment_id].language == target:
            yield Rendering(one.surface, language, other.surface, "article")


def renderings_in_article(lookup: Lookup, article: Article) -> Iterator[Rendering]:
    """Yield what the translation of an article made of its names."""
    for fact in lookup.facts_of.get(article.id, ()):
        segment = lookup.segments[fact.segment_id]
        if fact.kind != "name" or lookup.translation(segment) is None:
            continue
        mentions = lookup.mentions.get(segment.id, ())
        same = next((m for m in mentions if m.kind == "name" and m.value == fact.value), None)
        rendering = same or best_name(fact.surface, mentions)
        if rendering:
            yield Rendering(fact.surface, segment.language, rendering.surface, "machine translation")
