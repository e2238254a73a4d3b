"""score: parse facts, compare the accounts of each event, and sum up how far translations can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from pipeline.config import Config
from pipeline.digests import code_digest
from pipeline.engines.workshop import Workshop
from pipeline.executors import Batch, ItemJob, map_items
from pipeline.facts import compare, to_facts
from pipeline.facts.document import parse_document
from pipeline.facts.resolve import full_date
from pipeline.quality import estimation, fidelity
from pipeline.quality.agreement import INTERVAL, share_of
from pipeline.records import (
    Article,
    ArticleScore,
    Bead,
    Copy,
    Event,
    EventScore,
    Fact,
    Finding,
    PairScore,
    Segment,
    Translation,
)
from pipeline.shelf import Shelf
from pipeline.stages.base import Count, Stage, StageContext, StageOutput
from pipeline.stages.compare_events import CompareEvents, EventPart, EventSource, part_size
from pipeline.stages.translate import SOURCE_ENGINE
from pipeline.tables import Records, matched

__all__ = ["STAGE", "Account", "read_accounts"]


@dataclass(frozen=True, slots=True)
class Account:
    """Hold what an article says: its segments with their translations, and the dates that relative ones refer to.

    ``event_day`` is the day of its event where that is known, ``None`` otherwise.
    """

    article_id: str
    published: str | None
    event_day: str | None
    segments: tuple[Segment, ...]
    translations: tuple[Translation, ...]


def _run(context: StageContext) -> StageOutput:
    articles, events = context.stream("detect", "articles", Article), context.stream("align", "events", Event)
    partial = context.store.partial("score", context.key)
    context.progress.start("score", len(articles), "articles")
    tables = {"facts": Fact, "article_scores": ArticleScore}
    job = ItemJob(read_accounts, Account, tables, size=_characters, name=attrgetter("article_id"))
    folder = context.batches("accounts", code_digest(("facts", "quality", "stages/score.py")), fidelity.SIGNATURE)
    read = map_items(context.executor, job, _accounts(context, articles, events), folder, context.progress.advance)
    compared = _compare_events(context, events, read.tables["facts"], partial)
    return StageOutput(
        {**read.tables, **compared}, (), {"articles": Count(len(articles), len(read.tables["article_scores"]))}
    )


def _accounts(context: StageContext, articles: Records[Article], events: Records[Event]) -> Iterator[Account]:
    days = {a: event.date for event in events if full_date(event.date or "") for a in event.article_ids}
    segments = context.stream("detect", "segments", Segment)
    translations = context.stream("translate", "translations", Translation)
    own_segments = matched(articles.column("id"), segments, lambda s: s.article_id)
    own_translations = matched(articles.column("id"), translations, lambda t: t.article_id)
    for article, own, made in zip(articles, own_segments, own_translations, strict=True):
        yield Account(article.id, article.published, days.get(article.id), tuple(own), tuple(made))


def _compare_events(
    context: StageContext, events: Records[Event], facts: Records[Fact], partial: Path
) -> dict[str, Records[Any]]:
    """Compare the accounts of each event; its records are looked up in a file."""
    reviews = context.workshop.reviews()
    job = ItemJob(
        CompareEvents(context.workshop.elsewhere(), context.config.score, context.config.target, reviews),
        EventPart,
        {"findings": Finding, "pair_scores": PairScore, "event_scores": EventScore},
        size=part_size,
        name=attrgetter("event.id"),
        articles=attrgetter("event.article_ids"),
    )
    with Shelf(partial / "accounts.sqlite") as shelf:
        segments = context.stream("detect", "segments", Segment)
        translations = context.stream("translate", "translations", Translation)
        shelf.put("segments", Segment, segments, ["article"], lambda s: (s.article_id,))
        shelf.put("translations", Translation, translations, ["article"], lambda t: (t.article_id,))
        shelf.put("facts", Fact, facts, ["article"], lambda f: (f.article_id,))
        for table in ("segments", "translations", "facts"):
            shelf.index(table, "article")
        beads, copies = context.stream("align", "beads", Bead), context.stream("align", "copies", Copy)
        shelf.put("beads", Bead, beads, ["event", "a", "b"], lambda b: (b.event_id, b.article_a, b.article_b))
        shelf.index("beads", "event", "a", "b")
        shelf.put("copies", Copy, copies, ["event"], lambda c: (c.event_id,))
        shelf.index("copies", "event")
        source = EventSource(shelf, events)
        context.progress.start("score", len(source), "events")
        made = map_items(context.executor, job, source, context.batches("events"), context.progress.advance).tables
        findings, scores = source.joined(made["findings"], made["event_scores"], reviews, partial)
    return {"findings": findings, "pair_scores": made["pair_scores"], "event_scores": scores}


def read_accounts(accounts: Sequence[Account]) -> Batch:
    """Read the facts of each article and sum up how far its translation can be trusted: a per-item stage."""
    # One account at a time: what was read of its sentences is still at hand when its translation is checked.
    read = [(_facts(account), _article_score(account)) for account in accounts]
    facts = [fact for found, _ in read for fact in found]
    return Batch({"facts": facts, "article_scores": [score for _, score in read]})


def _characters(account: Account) -> int:
    return sum(len(segment.text) for segment in account.segments)


def _facts(account: Account) -> list[Fact]:
    texts, languages = [s.text for s in account.segments], [s.language for s in account.segments]
    parsed = parse_document(texts, languages, account.published, account.event_day)
    return [fact for segment, found in zip(account.segments, parsed, strict=True) for fact in to_facts(found, segment)]


def _article_score(account: Account) -> ArticleScore:
    rows = zip(account.segments, account.translations, strict=True)
    translated = [(s, t) for s, t in rows if t.engine != SOURCE_ENGINE]
    checks = [fidelity.check(s.text, t.text, s.language, t.target_language) for s, t in translated]
    qualities = [t.quality for _, t in translated if t.quality is not None]
    kept = share_of((c.n_kept, c.n_facts) for c in checks)
    return ArticleScore(
        article_id=account.article_id,
        n_segments=len(account.segments),
        n_translated=len(translated),
        quality=round(sum(qualities) / len(qualities), 4) if qualities else None,
        fidelity=kept.value,
        fidelity_low=kept.low,
        fidelity_high=kept.high,
        n_facts=kept.n,
        n_facts_kept=kept.k,
        flagged=sum(bool(t.findings) for _, t in translated),
        signature=f"{fidelity.SIGNATURE}|cluster:segment|{INTERVAL}|{estimation.signature()}",
    )


def _settings(config: Config) -> Mapping[str, Any]:
    return {"target": config.target, **config.score.model_dump()}


def _signatures(_config: Config, workshop: Workshop) -> Mapping[str, str]:
    from importlib.metadata import version

    return {
        "agreement": compare.SIGNATURE,
        "encoder": workshop.encoder().signature,
        "reviews": workshop.reviews().digest(["finding"]),
        "fidelity": fidelity.SIGNATURE,
        "metrics": f"sacrebleu:{version('sacrebleu')}",
    }


STAGE = Stage(
    name="score",
    version="3",
    code=("facts", "quality", "reviews", "engines/accounts.py", "stages/compare_events.py", "stages/score.py"),
    requires=("detect", "translate", "align"),
    tables={
        "facts": Fact,
        "findings": Finding,
        "pair_scores": PairScore,
        "event_scores": EventScore,
        "article_scores": ArticleScore,
    },
    settings=_settings,
    signatures=_signatures,
    run=_run,
)
