"""Gather what the page of an event shows. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.records import Event, EventScore
from pipeline.reporting.accounts import Account, Tally, accounts_of, headline, independence, tally
from pipeline.reporting.findings_view import Cell, Group, dismissed_groups, group_findings, matrix_cells
from pipeline.reporting.ledger_view import LedgerRow, OmissionMap, build_ledger, build_omissions
from pipeline.reporting.lookup import Lookup, event_page, segment_anchor
from pipeline.reporting.passages import Pair, build_pairs
from pipeline.reporting.reasons import Near, WhyPair, build_near, build_why
from pipeline.reporting.trust import PairTrust
from pipeline.reporting.words import count, event_date, human_date, interval, joined, number, percent

__all__ = ["EventView", "TimelineEntry", "build_event_view"]

# A page stays readable and quick to open; what is beyond these is in data/ and the page says so.
MAX_PAIRS = 24
MAX_ROWS = 300
MAX_NEAR = 5


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Hold one date: which articles were published on it, and which sentences name it."""

    when: str
    published: tuple[str, ...]
    named: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EventView:
    """Hold everything the page of one event shows."""

    id: str
    page: str
    title: str
    meta: str
    participants: str
    languages: str
    cohesion: str
    thread_title: str | None
    thread_events: tuple[tuple[str, str, str], ...]
    accounts: tuple[Account, ...]
    independence: str
    tally: Tally
    agreement: str
    coverage: str
    groups: tuple[Group, ...]
    dismissed: tuple[Group, ...]
    rows: tuple[tuple[Group, tuple[Cell, ...]], ...]
    hidden_rows: int
    omissions: OmissionMap | None
    timeline: tuple[TimelineEntry, ...]
    ledger: tuple[LedgerRow, ...]
    hidden_ledger: int
    pairs: tuple[Pair, ...]
    hidden_pairs: int
    why: tuple[WhyPair, ...]
    near: tuple[Near, ...]
    signatures: tuple[tuple[str, ...], ...]
    translated: bool = False


def build_event_view(lookup: Lookup, event: Event, trust: Mapping[str, PairTrust]) -> EventView:
    """Gather the page of one event.

    Args:
        lookup: the run.
        event: the event.
        trust: the grade of each source language's translation.
    """
    accounts, score = accounts_of(lookup, event, trust), lookup.event_scores.get(event.id)
    groups = group_findings(lookup, event)
    ids = [a.article_id for a in accounts]
    compared = [g for g in groups if g.verdict != "only_one"]
    pairs, hidden_pairs = build_pairs(lookup, event, accounts, MAX_PAIRS)
    ledger = build_ledger(lookup, event, accounts) if len(ids) > 1 else []
    thread = lookup.threads[event.thread_id]
    return EventView(
        id=event.id,
        page=event_page(event.id),
        title=headline(event),
        meta=", ".join(w for w in (event_date(event.date), event.place) if w),
        participants=joined(list(event.participants)),
        languages=joined(sorted({a.language_name for a in accounts})),
        cohesion=number(event.cohesion) if event.cohesion is not None else "",
        thread_title=thread.title if len(thread.event_ids) > 1 else None,
        thread_events=tuple(_thread_events(lookup, event)) if len(thread.event_ids) > 1 else (),
        accounts=accounts,
        independence=independence(accounts),
        tally=tally(event, groups),
        agreement=_agreement(score),
        coverage=_coverage(score),
        groups=tuple(groups),
        dismissed=tuple(dismissed_groups(lookup, event)),
        rows=tuple((g, tuple(matrix_cells(g, ids))) for g in compared[:MAX_ROWS]) if len(ids) > 1 else (),
        hidden_rows=max(0, len(compared) - MAX_ROWS),
        omissions=build_omissions(lookup, event),
        ledger=tuple(ledger[:MAX_ROWS]),
        hidden_ledger=max(0, len(ledger) - MAX_ROWS),
        timeline=tuple(_timeline(lookup, accounts)),
        pairs=tuple(pairs),
        hidden_pairs=hidden_pairs,
        why=tuple(build_why(lookup, accounts, MAX_PAIRS)),
        near=tuple(build_near(lookup, accounts, event.id, MAX_NEAR)),
        signatures=_signatures(lookup, event),
        translated=any(a.language != lookup.run.target for a in accounts),
    )


def _agreement(score: EventScore | None) -> str:
    if score is None or score.n_articles < 2:
        return ""
    if score.agreement is None:
        return "unknown: one independent account" if score.n_accounts < 2 else "unknown: no fact could be compared"
    span = interval(score.agreement_low, score.agreement_high)
    return f"{percent(score.agreement)} of {count(score.n_compared, 'fact')} (95% interval {span})"


def _coverage(score: EventScore | None) -> str:
    if score is None or score.coverage is None:
        return ""
    span = interval(score.coverage_low, score.coverage_high)
    return f"{percent(score.coverage)} of {count(score.n_segments, 'sentence')} (95% interval {span})"


def _thread_events(lookup: Lookup, event: Event) -> list[tuple[str, str, str]]:
    others = (lookup.events[e] for e in lookup.threads[event.thread_id].event_ids)
    return [(event_page(e.id) if e.id != event.id else "", headline(e), event_date(e.date)) for e in others]


def _timeline(lookup: Lookup, accounts: Sequence[Account]) -> list[TimelineEntry]:
    """List the full dates that articles carry or name; partial ones cannot be placed."""
    published: dict[str, list[str]] = defaultdict(list)
    named: dict[str, dict[str, str]] = defaultdict(dict)
    for account in accounts:
        date = lookup.articles[account.article_id].published
        if date:
            published[date[:10]].append(account.letter)
        for fact in lookup.facts_of.get(account.article_id, ()):
            if fact.kind == "date" and len(fact.value) >= 10 and "?" not in fact.value:
                anchor = segment_anchor(lookup.segments[fact.segment_id])
                named[fact.value[:10]].setdefault(account.letter, f"{account.page}#{anchor}")
    return [
        TimelineEntry(human_date(day), tuple(published.get(day, ())), tuple(sorted(named.get(day, {}).items())))
        for day in sorted({*published, *named})
    ]


def _signatures(lookup: Lookup, event: Event) -> tuple[tuple[str, ...], ...]:
    """Return the signatures of the figures of the page: of chrF and BLEU, of agreement, of coverage."""
    pairs = lookup.pair_scores_of.get(event.id, [])
    whole = lookup.event_scores.get(event.id) if pairs else None
    wording = {s for p in pairs for s in (p.chrf_signature, p.bleu_signature)}
    agreement = {p.agreement_signature for p in pairs} | ({whole.agreement_signature} if whole else set())
    coverage = {p.coverage_signature for p in pairs} | ({whole.coverage_signature} if whole else set())
    return tuple(tuple(sorted(filter(None, found))) for found in (wording, agreement, coverage))
