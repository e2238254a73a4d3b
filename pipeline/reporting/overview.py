"""Gather what the start page shows: events, trust in the translation, differences, threads, all articles. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.records import Event, Thread
from pipeline.reporting.accounts import Account, Tally, headline
from pipeline.reporting.event_view import EventView
from pipeline.reporting.findings_view import Group
from pipeline.reporting.lookup import Lookup, article_label, article_page, article_title, event_page
from pipeline.reporting.trust import GRADE_SHORT, PairTrust, worst_grade
from pipeline.reporting.words import (
    Grade,
    count,
    event_date,
    human_date,
    interval,
    joined,
    language_name,
    percent,
    sentence_case,
)

__all__ = [
    "Difference",
    "EventRow",
    "Orphan",
    "Overview",
    "ThreadEvent",
    "ThreadView",
    "TranslationRow",
    "build_overview",
]

MAX_DIFFERENCES = 6
MAX_TRANSLATIONS = 12


@dataclass(frozen=True, slots=True)
class EventRow:
    """Hold one event as the start page lists it; ``search`` is what the search box looks through."""

    page: str
    title: str
    date: str
    sort_date: str
    place: str
    accounts: tuple[Account, ...]
    languages: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    independence: str
    tally: Tally
    agreement: str
    coverage: str
    trust: tuple[tuple[str, Grade, str], ...]
    search: str


@dataclass(frozen=True, slots=True)
class TranslationRow:
    """Hold how many facts the translation of one article kept."""

    page: str
    title: str
    language_name: str
    fidelity: str
    interval: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Hold one conflict with the event that it belongs to."""

    event_page: str
    event_title: str
    group: Group


@dataclass(frozen=True, slots=True)
class ThreadEvent:
    """Hold an event as its thread lists it; ``iso`` is its date as stored."""

    page: str
    title: str
    date: str
    languages: str
    iso: str | None
    n_accounts: int
    state: str


@dataclass(frozen=True, slots=True)
class ThreadView:
    """Hold a thread of more than one event."""

    title: str
    events: tuple[ThreadEvent, ...]


@dataclass(frozen=True, slots=True)
class Orphan:
    """Hold an article that belongs to no event."""

    page: str
    label: str
    title: str
    language_name: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Hold everything the start page shows."""

    title: str
    run_name: str
    lead: str
    standing: str
    events: tuple[EventRow, ...]
    differences: tuple[Difference, ...]
    hidden_differences: int
    trust: tuple[PairTrust, ...]
    original: str
    translations: tuple[TranslationRow, ...]
    hidden_translations: int
    threads: tuple[ThreadView, ...]
    orphans: tuple[Orphan, ...]
    languages: tuple[tuple[str, str], ...]
    n_rejected: int


def build_overview(lookup: Lookup, views: Sequence[EventView], trust: Sequence[PairTrust]) -> Overview:
    """Gather the start page.

    Args:
        lookup: the run.
        views: the pages of all events, in any order.
        trust: what is known about each translated pair.
    """
    run = lookup.run
    by_id = {view.id: view for view in views}
    rows = sorted((_row(lookup, event, by_id[event.id]) for event in run.events), key=_prominence)
    differences, kept = _differences(views), _translations(lookup)
    spoken = sorted({a.language for a in run.articles if a.language}, key=language_name)
    return Overview(
        title=run.title,
        run_name=run.run_name,
        lead=_lead(lookup, spoken),
        standing=_standing(rows),
        events=tuple(rows),
        differences=tuple(differences[:MAX_DIFFERENCES]),
        hidden_differences=max(0, len(differences) - MAX_DIFFERENCES),
        trust=tuple(trust),
        original=language_name(run.target) if run.target in spoken else "",
        translations=tuple(kept[:MAX_TRANSLATIONS]),
        hidden_translations=max(0, len(kept) - MAX_TRANSLATIONS),
        threads=tuple(_thread(lookup, by_id, t) for t in _longest(run.threads) if len(t.event_ids) > 1),
        orphans=tuple(
            Orphan(article_page(a.id), article_label(a), article_title(lookup, a).text, language_name(a.language))
            for a in run.articles
            if a.id not in lookup.events_of
        ),
        languages=tuple((code, language_name(code)) for code in spoken),
        n_rejected=len(run.rejections),
    )


def _row(lookup: Lookup, event: Event, view: EventView) -> EventRow:
    accounts = view.accounts
    languages = sorted({(a.language or "und", a.language_name) for a in accounts}, key=lambda pair: pair[1])
    words = [view.title, event.place or "", *event.participants, human_date(event.date)]
    for account in accounts:
        words += [account.label, account.title, account.translated_title or "", account.language_name]
    return EventRow(
        page=event_page(event.id),
        title=view.title,
        date=event_date(event.date),
        sort_date=event.date or "",
        place=event.place or "",
        accounts=accounts,
        languages=tuple(languages),
        sources=tuple(dict.fromkeys(a.label for a in accounts)),
        independence=view.independence,
        tally=view.tally,
        agreement=view.agreement,
        coverage=view.coverage,
        trust=_row_trust(lookup, accounts),
        search=_searchable(words),
    )


def _translations(lookup: Lookup) -> list[TranslationRow]:
    """List the translated articles of which facts were checked, those that kept the smallest share first."""
    scores = [s for s in lookup.run.article_scores if s.fidelity is not None]
    rows = []
    for score in sorted(scores, key=lambda s: (s.fidelity, -s.n_facts, s.article_id)):
        article = lookup.articles[score.article_id]
        title = article_title(lookup, article)
        rows.append(
            TranslationRow(
                page=article_page(article.id),
                title=title.translation or title.text,
                language_name=language_name(article.language),
                fidelity=f"{score.n_facts_kept:,} of {score.n_facts:,} ({percent(score.fidelity)})",
                interval=interval(score.fidelity_low, score.fidelity_high),
            )
        )
    return rows


def _searchable(texts: Iterable[str]) -> str:
    """List each word once: the search box looks for words, in any order, so a second mention adds only bytes."""
    return " ".join(dict.fromkeys(word for text in texts for word in text.casefold().split()))


def _row_trust(lookup: Lookup, accounts: Sequence[Account]) -> tuple[tuple[str, Grade, str], ...]:
    """Give the worst grade of each translated language among the accounts."""
    worst: dict[str, Grade] = {}
    for account in accounts:
        if account.language != lookup.run.target:
            worst[account.language_name] = worst_grade([worst.get(account.language_name, "unknown"), account.grade])
    return tuple((name, own, GRADE_SHORT[own]) for name, own in sorted(worst.items()))


def _prominence(row: EventRow) -> tuple[int, int, int, str, str]:
    """Put what several accounts report first, conflicts before agreement, then the newest."""
    recent = "".join(chr(0x10FFFF - ord(c)) for c in row.sort_date) or "\U0010ffff"
    return (-int(len(row.accounts) > 1), -row.tally.n_conflict, -len(row.accounts), recent, row.title + row.page)


def _differences(views: Sequence[EventView]) -> list[Difference]:
    found = [Difference(v.page, v.title, g) for v in views for g in v.groups if g.verdict == "conflict"]
    return sorted(found, key=lambda d: (-d.group.importance, d.event_page, d.group.anchors))


def _lead(lookup: Lookup, spoken: Sequence[str]) -> str:
    run = lookup.run
    if not run.articles:
        return "No article was read. The run page says what was found and why it was left out."
    languages = joined([language_name(code) for code in spoken]) or "unknown languages"
    shared = sum(1 for e in run.events if len(set(e.article_ids)) > 1)
    text = f"{sentence_case(count(len(run.articles), 'article'))} in {languages}"
    if not run.events:
        return f"{text}, not yet grouped into events."
    text = f"{text}: {count(len(run.events), 'event')}"
    if not shared:
        return text + ", each covered by one article only."
    return f"{text}, {shared:,} of them covered by more than one article."


def _standing(rows: Sequence[EventRow]) -> str:
    conflicts = sum(r.tally.n_conflict for r in rows)
    where = sum(1 for r in rows if r.tally.n_conflict)
    if conflicts:
        return f"The accounts conflict on {count(conflicts, 'fact')} in {count(where, 'event')}."
    if any(len(r.accounts) > 1 for r in rows):
        return "No conflict was found between the accounts."
    return ""


def _longest(threads: Sequence[Thread]) -> list[Thread]:
    return sorted(threads, key=lambda t: (-len(t.event_ids), t.id))


def _thread(lookup: Lookup, views: Mapping[str, EventView], thread: Thread) -> ThreadView:
    events = (lookup.events[e] for e in thread.event_ids)
    return ThreadView(
        title=thread.title,
        events=tuple(_thread_event(e, views[e.id]) for e in events),
    )


def _thread_event(event: Event, view: EventView) -> ThreadEvent:
    return ThreadEvent(
        page=event_page(event.id),
        title=headline(event),
        date=event_date(event.date),
        languages=view.languages,
        iso=event.date,
        n_accounts=len(view.accounts),
        state=view.tally.state,
    )
