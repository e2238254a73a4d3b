"""What a report is made from: every record of a run, with a check that their ids join."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import StageError
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
from pipeline.reviews.book import Reviews

__all__ = ["Limits", "RunData", "check_joins"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Hold the thresholds that turn stored scores into words, each as (good from, fair from).

    They colour and word the pages and change no stored number. Those of ``chrf`` and ``bleu`` follow published figures:
    OPUS-MT scores 41.7 BLEU for French and 20.6 for Korean into English on FLORES-200, which reads as good and as
    usable with care. ``quality`` is on the scale of :mod:`pipeline.quality.estimation` (chrF++ / 100, drawn towards its
    mean): over the sentences of FLORES-200 dev, strong systems average 0.68 from French and 0.54 from Korean, the
    weakest one at hand 0.48.
    """

    quality: tuple[float, float] = (0.53, 0.5)
    fidelity: tuple[float, float] = (0.95, 0.85)
    chrf: tuple[float, float] = (58.0, 48.0)
    bleu: tuple[float, float] = (30.0, 18.0)
    similarity: tuple[float, float] = (0.75, 0.5)
    probability: tuple[float, float] = (0.85, 0.6)


@dataclass(frozen=True, slots=True)
class RunData:
    """Hold everything that a report shows.

    Attributes:
        run_name: name of the outputs folder, as people know it.
        target: ISO 639-1 code of the language everything was translated into.
        languages: the configured languages.
        manifests: per stage its manifest: ``stage, version, key, inputs, config, signatures, counts
            {unit: {in, out, rejected}}, seconds, files``. Durations never reach a page.
        models: the models that were used: ``name``, and where known ``licence, source, revision, description,
            evidence`` and ``quality`` (``{"ko-en": {"bleu": 10.7, "chrf": 40.7}}``).
        mentions: per segment id the facts parsed from its translation, so that a fact can be marked there too;
            ``None`` lets the report parse those it needs.
        title: heading of the pages.
        reviews: what reviewers decided, as far as it is in force.
    """

    run_name: str
    target: str
    languages: Sequence[str]
    articles: Sequence[Article] = ()
    segments: Sequence[Segment] = ()
    translations: Sequence[Translation] = ()
    events: Sequence[Event] = ()
    threads: Sequence[Thread] = ()
    relations: Sequence[Relation] = ()
    copies: Sequence[Copy] = ()
    beads: Sequence[Bead] = ()
    facts: Sequence[Fact] = ()
    findings: Sequence[Finding] = ()
    pair_scores: Sequence[PairScore] = ()
    event_scores: Sequence[EventScore] = ()
    article_scores: Sequence[ArticleScore] = ()
    rejections: Sequence[Rejection] = ()
    manifests: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    models: Sequence[Mapping[str, Any]] = ()
    mentions: Mapping[str, Sequence[Mention]] | None = None
    title: str = "Concord"
    reviews: Reviews = field(default_factory=Reviews)
    limits: Limits = field(default_factory=Limits)


def check_joins(run: RunData) -> None:
    """Check that every id that a record names is there, and that no id stands twice.

    Raises:
        StageError: an id is missing or not unique; the message names both records.
    """
    articles = _unique("article", (a.id for a in run.articles))
    segments = _unique("segment", (s.id for s in run.segments))
    events = _unique("event", (e.id for e in run.events))
    threads = _unique("thread", (t.id for t in run.threads))
    _unique("translation of segment", (t.segment_id for t in run.translations))
    _unique("finding", (f.id for f in run.findings))
    _unique("event score of", (s.event_id for s in run.event_scores))
    _unique("article score of", (s.article_id for s in run.article_scores))
    for kind, wanted, known in (
        ("segment", _pairs(run.segments, "article_id"), articles),
        ("translation", _pairs(run.translations, "segment_id"), segments),
        ("event", ((e.id, a) for e in run.events for a in e.article_ids), articles),
        ("event", _pairs(run.events, "thread_id"), threads),
        ("thread", ((t.id, e) for t in run.threads for e in t.event_ids), events),
        ("relation", ((f"{r.article_a}/{r.article_b}", a) for r in run.relations for a in _both(r)), articles),
        ("copy", _pairs(run.copies, "event_id"), events),
        ("copy", ((c.article_id, a) for c in run.copies for a in (c.article_id, c.original_id)), articles),
        ("bead", _pairs(run.beads, "event_id"), events),
        ("bead", ((b.id, a) for b in run.beads for a in _both(b)), articles),
        ("bead", ((b.id, s) for b in run.beads for s in b.segments_a + b.segments_b), segments),
        ("fact", _pairs(run.facts, "segment_id"), segments),
        ("finding", _pairs(run.findings, "event_id"), events),
        ("finding", ((f.id, s.article_id) for f in run.findings for s in (f.a, f.b) if s), articles),
        ("finding", ((f.id, s.segment_id) for f in run.findings for s in (f.a, f.b) if s), segments),
        ("pair score", _pairs(run.pair_scores, "event_id"), events),
        ("pair score", ((p.event_id, a) for p in run.pair_scores for a in _both(p)), articles),
        ("event score", _pairs(run.event_scores, "event_id"), events),
        ("article score", ((s.article_id, s.article_id) for s in run.article_scores), articles),
    ):
        _check(kind, wanted, known)


def _both(record: Relation | Bead | PairScore) -> tuple[str, str]:
    return record.article_a, record.article_b


def _pairs(records: Iterable[Any], name: str) -> Iterable[tuple[str, str]]:
    return ((getattr(r, "id", getattr(r, name)), getattr(r, name)) for r in records)


def _unique(kind: str, ids: Iterable[str]) -> frozenset[str]:
    seen: set[str] = set()
    for identity in ids:
        if identity in seen:
            raise StageError(f"{kind} {identity!r} stands twice in the run.", _REMEDY)
        seen.add(identity)
    return frozenset(seen)


def _check(kind: str, wanted: Iterable[tuple[str, str]], known: frozenset[str]) -> None:
    for owner, identity in wanted:
        if identity not in known:
            raise StageError(f"{kind} {owner!r} names {identity!r}, which is not in the run.", _REMEDY)


_REMEDY = "Remove the stages' folder of this run and run all stages again; if it stays, report it as a defect."
