"""score: parse facts, compare the accounts of each event, and sum up how far translations can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from operator import attrgetter
from typing import Any, TypeVar

from pipeline.config import Config, ScoreConfig
from pipeline.digests import code_digest
from pipeline.engines.accounts import check_wording, context_vectors
from pipeline.engines.base import Encoder
from pipeline.engines.workshop import Workshop
from pipeline.executors import Batch, ItemJob, map_items
from pipeline.facts import compare, parse, to_facts
from pipeline.facts.compare import Comparison, Inputs, compare_passages
from pipeline.facts.document import parse_document
from pipeline.facts.pairing import Vectors
from pipeline.facts.resolve import full_date
from pipeline.quality import estimation, fidelity
from pipeline.quality.agreement import (
    AGREEMENT,
    COVERAGE,
    INTERVAL,
    event_score,
    pair_agreement,
    pair_coverage,
    share_of,
)
from pipeline.quality.metrics import bleu, chrf
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
    Segment,
    Translation,
)
from pipeline.reviews.book import Reviews
from pipeline.stages.align import ALL_PAIRS
from pipeline.stages.base import Count, Stage, StageContext, StageOutput
from pipeline.stages.translate import SOURCE_ENGINE

__all__ = ["STAGE", "Account", "kept_findings", "pair_score", "read_accounts"]


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


_OfEvent = TypeVar("_OfEvent", Finding, Bead, Copy)


@dataclass(frozen=True, slots=True)
class _Corpus:
    """Hold the records of a run by the keys that scoring looks them up with."""

    target: str
    segments: Mapping[str, list[Segment]]
    translations: Mapping[str, Translation]
    facts: Mapping[str, list[Fact]]
    encoder: Encoder


def _run(context: StageContext) -> StageOutput:
    articles = context.read("detect", "articles", Article)
    segments: dict[str, list[Segment]] = {article.id: [] for article in articles}
    for segment in context.read("detect", "segments", Segment):
        segments[segment.article_id].append(segment)
    translations = {t.segment_id: t for t in context.read("translate", "translations", Translation)}
    events = context.read("align", "events", Event)
    beads = context.read("align", "beads", Bead)
    copies = context.read("align", "copies", Copy)
    context.progress.start("score", len(articles), "articles")
    days = {a: event.date for event in events if full_date(event.date or "") for a in event.article_ids}
    accounts = (
        Account(
            article.id,
            article.published,
            days.get(article.id),
            tuple(segments[article.id]),
            tuple(translations[s.id] for s in segments[article.id]),
        )
        for article in articles
    )
    job = ItemJob(
        read_accounts,
        Account,
        {"facts": Fact, "article_scores": ArticleScore},
        size=_characters,
        name=attrgetter("article_id"),
    )
    folder = context.batches("accounts", code_digest(("facts", "quality", "stages/score.py")), fidelity.SIGNATURE)
    made = map_items(context.executor, job, accounts, folder, context.progress.advance)
    facts: dict[str, list[Fact]] = {article.id: [] for article in articles}
    for fact in made.tables["facts"]:
        facts[fact.article_id].append(fact)
    corpus = _Corpus(context.config.target, segments, translations, facts, context.workshop.encoder())
    reviews = context.workshop.reviews()
    findings, pair_scores = _compare_events(corpus, events, beads, (context.config, reviews))
    event_scores = _event_scores(events, [f for f in findings if not reviews.rejected(f)], beads, copies)
    tables = {**made.tables, "findings": findings, "pair_scores": pair_scores, "event_scores": event_scores}
    return StageOutput(tables, (), {"articles": Count(len(articles), len(made.tables["article_scores"]))})


def read_accounts(accounts: Sequence[Account]) -> Batch:
    """Read the facts of each article and sum up how far its translation can be trusted: a per-item stage."""
    facts = [fact for account in accounts for fact in _facts(account)]
    return Batch({"facts": facts, "article_scores": [_article_score(account) for account in accounts]})


def _characters(account: Account) -> int:
    return sum(len(segment.text) for segment in account.segments)


def _facts(account: Account) -> list[Fact]:
    texts, languages = [s.text for s in account.segments], [s.language for s in account.segments]
    parsed = parse_document(texts, languages, account.published, account.event_day)
    return [fact for segment, found in zip(account.segments, parsed, strict=True) for fact in to_facts(found, segment)]


def _compare_events(
    corpus: _Corpus, events: Sequence[Event], beads: Sequence[Bead], policy: tuple[Config, Reviews]
) -> tuple[list[Finding], list[PairScore]]:
    config, reviews = policy
    by_pair: dict[tuple[str, str], list[Bead]] = {}
    for bead in beads:
        by_pair.setdefault((bead.article_a, bead.article_b), []).append(bead)
    findings: list[Finding] = []
    scores: list[PairScore] = []
    for event in events:
        ids = sorted(event.article_ids)
        vectors, translated = _vectors(corpus, ids), _translated(corpus, ids)
        for first, second in combinations(ids, 2):
            pair = by_pair.get((first, second), [])
            if not pair and len(ids) > ALL_PAIRS:
                continue  # in a large event only the articles most alike were aligned
            inputs = _inputs(corpus, event.id, (first, second), translated, vectors)
            kept = kept_findings(compare_passages(pair, inputs), config.score, reviews.confirmed)
            findings.extend(kept.findings)
            counted = Comparison(tuple(f for f in kept.findings if not reviews.rejected(f)))
            texts = {b.id: corpus.translations[b.id].text for a in (first, second) for b in corpus.segments[a]}
            scores.append(pair_score((event.id, first, second), pair, counted, texts, corpus.target))
    # What only one article states comes once from each pair with an article that does not: it is one finding.
    return list({finding.id: finding for finding in reversed(findings)}.values())[::-1], scores


def _event_scores(
    events: Sequence[Event], findings: Sequence[Finding], beads: Sequence[Bead], copies: Sequence[Copy]
) -> list[EventScore]:
    found, aligned, copied = _by_event(findings), _by_event(beads), _by_event(copies)
    return [event_score(e, found.get(e.id, ()), aligned.get(e.id, ()), copied.get(e.id, ())) for e in events]


def _by_event(records: Sequence[_OfEvent]) -> dict[str, list[_OfEvent]]:
    groups: dict[str, list[_OfEvent]] = {}
    for record in records:
        groups.setdefault(record.event_id, []).append(record)
    return groups


def kept_findings(
    compared: Comparison, settings: ScoreConfig, confirmed: Callable[[Finding], bool] = lambda _: False
) -> Comparison:
    """Drop the findings that the settings do not want: kinds that are hidden, conflicts that are not probable enough.

    Args:
        compared: what was found.
        settings: filters by kind and probability.
        confirmed: tells whether a reviewer confirmed a finding, which then stays.
    """
    least: Mapping[str, float] = {str(kind): limit for kind, limit in settings.min_probability_of.items()}

    def stays(finding: Finding) -> bool:
        if finding.kind in settings.hidden_kinds:
            return False
        limit = least.get(finding.kind, settings.min_probability)
        return finding.verdict != "conflict" or finding.probability >= limit or confirmed(finding)

    return Comparison(tuple(filter(stays, compared.findings)))


def _vectors(corpus: _Corpus, article_ids: Sequence[str]) -> Vectors:
    """Embed the words around the facts of an event's articles, once for all its pairs."""
    if len(article_ids) < 2:
        return {}
    segments = [s for article_id in article_ids for s in corpus.segments[article_id]]
    facts: dict[str, list[Fact]] = {}
    for article_id in article_ids:
        for fact in corpus.facts[article_id]:
            facts.setdefault(fact.segment_id, []).append(fact)
    return context_vectors(segments, facts, corpus.encoder)


def _translated(corpus: _Corpus, article_ids: Sequence[str]) -> dict[str, list[Mention]]:
    """Parse the translations of an event's articles, once for all its pairs; by segment."""
    if len(article_ids) < 2:
        return {}
    made = (corpus.translations[s.id] for article_id in article_ids for s in corpus.segments[article_id])
    return {t.segment_id: parse(t.text, t.target_language) for t in made if t.engine != SOURCE_ENGINE}


def _inputs(
    corpus: _Corpus,
    event_id: str,
    pair: tuple[str, str],
    translated: Mapping[str, list[Mention]],
    vectors: Vectors,
) -> Inputs:
    segments = {s.id: s for article_id in pair for s in corpus.segments[article_id]}
    facts: dict[str, list[Fact]] = {segment_id: [] for segment_id in segments}
    for article_id in pair:
        for fact in corpus.facts[article_id]:
            facts[fact.segment_id].append(fact)
    of_pair = {s: translated[s] for s in segments if s in translated}
    return Inputs(event_id, segments, facts, of_pair, vectors, check_wording)


def pair_score(
    names: tuple[str, str, str],
    beads: Sequence[Bead],
    compared: Comparison,
    texts: Mapping[str, str],
    target: str = "en",
) -> PairScore:
    """Sum up the comparison of two articles.

    Args:
        names: ids of the event and of both articles.
        beads: their alignment; every segment is in one.
        compared: the findings that are kept.
        texts: text of each segment in the target language; originals where nothing was translated.
        target: the target language.
    """
    event_id, first, second = names
    agreement, (covered_a, covered_b) = pair_agreement(compared.findings), pair_coverage(beads)
    aligned = [b for b in beads if b.segments_a and b.segments_b]
    left = [" ".join(texts[s] for s in b.segments_a) for b in aligned]
    right = [" ".join(texts[s] for s in b.segments_b) for b in aligned]
    chrf_score, bleu_score = chrf(left, right), bleu(left, right, target)
    return PairScore(
        event_id=event_id,
        article_a=first,
        article_b=second,
        agreement=agreement.value,
        agreement_low=agreement.low,
        agreement_high=agreement.high,
        n_agree=compared.count("agree"),
        n_conflict=compared.count("conflict"),
        n_only_one=compared.count("only_one"),
        n_artefact=compared.count("translation_artefact"),
        coverage_a=covered_a.value,
        coverage_a_low=covered_a.low,
        coverage_a_high=covered_a.high,
        coverage_b=covered_b.value,
        coverage_b_low=covered_b.low,
        coverage_b_high=covered_b.high,
        chrf=_rounded(chrf_score.value),
        bleu=_rounded(bleu_score.value),
        agreement_signature=AGREEMENT.format(by="mention"),
        coverage_signature=COVERAGE.format(by="segment", cluster="bead"),
        chrf_signature=chrf_score.signature,
        bleu_signature=bleu_score.signature,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


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
    code=("facts", "quality", "reviews", "engines/accounts.py", "stages/score.py"),
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
