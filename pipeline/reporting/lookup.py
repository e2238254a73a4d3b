"""Find the records of a run by what they belong to, in the order in which pages show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

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
from pipeline.reporting.mentions import translated_mentions
from pipeline.reporting.model import RunData
from pipeline.reporting.words import safe_name, visible

__all__ = [
    "Lookup",
    "Title",
    "article_label",
    "article_page",
    "article_title",
    "build_lookup",
    "event_page",
    "ordered_articles",
    "segment_anchor",
]

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
PASSED_THROUGH = "source"
MAX_TITLE = 160


@dataclass(frozen=True, slots=True)
class Lookup:
    """Hold a run's records by id and by owner; owners without records are simply absent from the grouped ones."""

    run: RunData
    mentions: Mapping[str, Sequence[Mention]]
    articles: dict[str, Article]
    events: dict[str, Event]
    threads: dict[str, Thread]
    segments: dict[str, Segment]
    translations: dict[str, Translation]
    facts: dict[str, Fact]
    scores: dict[str, ArticleScore]
    event_scores: dict[str, EventScore]
    segments_of: dict[str, list[Segment]]
    findings_of: dict[str, list[Finding]]
    beads_of: dict[str, list[Bead]]
    pair_scores_of: dict[str, list[PairScore]]
    facts_of: dict[str, list[Fact]]
    relations_of: dict[str, list[Relation]]
    copies_of: dict[str, list[Copy]]
    rejections_of: dict[str, list[Rejection]]
    events_of: dict[str, list[Event]]
    findings_in: dict[str, list[Finding]]

    def translation(self, segment: Segment) -> Translation | None:
        """Return the translation of a segment, ``None`` where it is in the target language or was not translated."""
        found = self.translations.get(segment.id)
        return None if found is None or found.engine == PASSED_THROUGH else found


def build_lookup(run: RunData) -> Lookup:
    """Index a run."""
    relations: dict[str, list[Relation]] = defaultdict(list)
    for relation in sorted(run.relations, key=lambda r: (-r.probability, r.article_a, r.article_b)):
        relations[relation.article_a].append(relation)
        relations[relation.article_b].append(relation)
    findings = sorted(run.findings, key=lambda f: (-f.importance, f.id))
    segments = sorted(run.segments, key=lambda s: (s.article_id, s.index, s.id))
    return Lookup(
        run=run,
        mentions=translated_mentions(run) if run.mentions is None else run.mentions,
        articles=_by(run.articles, lambda a: a.id),
        events=_by(run.events, lambda e: e.id),
        threads=_by(run.threads, lambda t: t.id),
        segments=_by(segments, lambda s: s.id),
        translations=_by(run.translations, lambda t: t.segment_id),
        facts=_by(run.facts, lambda f: f.id),
        scores=_by(run.article_scores, lambda s: s.article_id),
        event_scores=_by(run.event_scores, lambda s: s.event_id),
        segments_of=_group(segments, lambda s: s.article_id),
        findings_of=_group(findings, lambda f: f.event_id),
        beads_of=_group(run.beads, lambda b: b.event_id),
        pair_scores_of=_group(sorted(run.pair_scores, key=_pair_key), lambda p: p.event_id),
        facts_of=_group(sorted(run.facts, key=lambda f: (f.raw_start, f.id)), lambda f: f.article_id),
        relations_of=dict(relations),
        copies_of=_group(run.copies, lambda c: c.event_id),
        rejections_of=_group((r for r in run.rejections if r.article_id), lambda r: str(r.article_id)),
        events_of=_owners(run.events),
        findings_in=_findings_in(findings),
    )


def _by(records: Iterable[T], key: Callable[[T], K]) -> dict[K, T]:
    return {key(record): record for record in records}


def _group(records: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = defaultdict(list)
    for record in records:
        groups[key(record)].append(record)
    return dict(groups)


def _pair_key(score: PairScore) -> tuple[str, str, str]:
    return score.event_id, score.article_a, score.article_b


def _owners(events: Iterable[Event]) -> dict[str, list[Event]]:
    owners: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda e: e.id):
        for article_id in event.article_ids:
            owners[article_id].append(event)
    return dict(owners)


def _findings_in(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    inside: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        for segment_id in sorted({s.segment_id for s in (finding.a, finding.b) if s}):
            inside[segment_id].append(finding)
    return dict(inside)


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
