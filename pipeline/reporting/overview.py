"""Gather what the start page shows: events, trust in the translation, differences, threads, all articles. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest

from pipeline.records import ArticleScore, Event, Thread
from pipeline.reporting.accounts import Account, Tally, headline
from pipeline.reporting.event_view import EventView
from pipeline.reporting.findings_view import Group
from pipeline.reporting.lookup import Lookup, article_label, article_page, article_title, event_page, outside_events
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
    "MAX_LISTED",
    "MAX_MAPPED",
    "Difference",
    "EventRow",
    "Gathered",
    "Orphan",
    "Overview",
    "ThreadEvent",
    "ThreadView",
    "TranslationRow",
    "build_overview",
]

MAX_DIFFERENCES = 6
MAX_TRANSLATIONS = 12
# More articles than this cannot be told apart on a map.
MAX_MAPPED = 40
# Events that the start page can search, and rows of any list: about 10 MB of page, which opens on an old laptop.
MAX_LISTED = 5000
_SPOKEN = "DISTINCT language FROM heads WHERE language IS NOT NULL AND language != ''"
_ORPHANS = "COUNT(*) FROM heads WHERE id NOT IN (SELECT article_id FROM members)"


@dataclass(frozen=True, slots=True)
class EventRow:
    """Hold one event as the start page lists it; ``search`` is what the search box looks through."""

    page: str
    title: str
    date: str
    sort_date: str
    place: str
    n_accounts: int
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
    hidden_orphans: int
    languages: tuple[tuple[str, str], ...]
    n_rejected: int


@dataclass(slots=True)
class Gathered:
    """Take what the start page shows of each event, so that its own page need not be kept.

    ``mapped`` names the articles and their event's number, as long as there are few enough to be drawn; ``threaded``
    the events that belong to threads of several.
    """

    threaded: Collection[str]
    rows: list[EventRow] = field(default_factory=list)
    thread_events: dict[str, ThreadEvent] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    n_differences: int = 0
    mapped: list[tuple[str, int]] = field(default_factory=list)

    @classmethod
    def of(cls, lookup: Lookup) -> Gathered:
        """Begin with nothing."""
        return cls({e for t in lookup.run.threads if len(t.event_ids) > 1 for e in t.event_ids})

    def add(self, lookup: Lookup, event: Event, view: EventView) -> None:
        """Take the page of an event."""
        if len(self.mapped) <= MAX_MAPPED:
            self.mapped += [(account.article_id, len(self.rows)) for account in view.accounts]
        self.rows.append(_row(lookup, event, view))
        if event.id in self.threaded:
            self.thread_events[event.id] = _thread_event(event, view)
        self._keep([Difference(view.page, view.title, g) for g in view.groups if g.verdict == "conflict"])

    def extend(self, later: Gathered) -> None:
        """Take what was gathered of the events that follow."""
        if len(self.mapped) <= MAX_MAPPED:
            self.mapped += [(article, len(self.rows) + number) for article, number in later.mapped]
        self.rows += later.rows
        self.thread_events.update(later.thread_events)
        self._keep(later.differences)
        self.n_differences += later.n_differences - len(later.differences)

    def _keep(self, found: Sequence[Difference]) -> None:
        self.n_differences += len(found)
        self.differences = nsmallest(MAX_DIFFERENCES, [*self.differences, *found], key=_weight)


def build_overview(lookup: Lookup, gathered: Gathered, trust: Sequence[PairTrust]) -> Overview:
    """Gather the start page.

    Args:
        lookup: the run.
        gathered: what the pages of all events gave.
        trust: what is known about each translated pair.
    """
    run = lookup.run
    rows = sorted(gathered.rows, key=_prominence)
    spoken = sorted((code for (code,) in lookup.shelf.select(_SPOKEN)), key=language_name)
    kept, n_kept = _translations(lookup)
    ((n_orphans,),) = lookup.shelf.select(_ORPHANS)
    return Overview(
        title=run.title,
        run_name=run.run_name,
        lead=_lead(lookup, rows, spoken),
        standing=_standing(rows),
        events=tuple(rows),
        differences=tuple(gathered.differences),
        hidden_differences=gathered.n_differences - len(gathered.differences),
        trust=tuple(trust),
        original=language_name(run.target) if run.target in spoken else "",
        translations=tuple(kept),
        hidden_translations=n_kept - len(kept),
        threads=tuple(_thread(gathered.thread_events, t) for t in _longest(run.threads)),
        orphans=tuple(
            Orphan(article_page(a.id), article_label(a), article_title(lookup, a).text, language_name(a.language))
            for a in outside_events(lookup, MAX_LISTED)
        ),
        hidden_orphans=max(0, n_orphans - MAX_LISTED),
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
        n_accounts=len(accounts),
        languages=tuple(languages),
        sources=tuple(dict.fromkeys(a.label for a in accounts)),
        independence=view.independence,
        tally=view.tally,
        agreement=view.agreement,
        coverage=view.coverage,
        trust=_row_trust(lookup, accounts),
        search=_searchable(words),
    )


def _translations(lookup: Lookup) -> tuple[list[TranslationRow], int]:
    """Return the translated articles that kept the smallest shares of their facts, and how many were checked."""
    scores: Iterable[ArticleScore] = lookup.shelf.scan("article_scores")
    counted = Counter[bool]()

    def checked() -> Iterator[ArticleScore]:
        for score in scores:
            if score.fidelity is not None:
                counted[True] += 1
                yield score

    least = nsmallest(MAX_TRANSLATIONS, checked(), key=lambda s: (s.fidelity, -s.n_facts, s.article_id))
    return [_translation(lookup, score) for score in least], counted[True]


def _translation(lookup: Lookup, score: ArticleScore) -> TranslationRow:
    article = lookup.articles[score.article_id]
    title = article_title(lookup, article)
    return TranslationRow(
        page=article_page(article.id),
        title=title.translation or title.text,
        language_name=language_name(article.language),
        fidelity=f"{score.n_facts_kept:,} of {score.n_facts:,} ({percent(score.fidelity)})",
        interval=interval(score.fidelity_low, score.fidelity_high),
    )


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
    return (-int(row.n_accounts > 1), -row.tally.n_conflict, -row.n_accounts, recent, row.title + row.page)


def _weight(difference: Difference) -> tuple[float, str, tuple[str, ...]]:
    return -difference.group.importance, difference.event_page, difference.group.anchors


def _lead(lookup: Lookup, rows: Sequence[EventRow], spoken: Sequence[str]) -> str:
    run = lookup.run
    if not len(run.articles):
        return "No article was read. The run page says what was found and why it was left out."
    languages = joined([language_name(code) for code in spoken]) or "unknown languages"
    shared = sum(1 for row in rows if row.n_accounts > 1)
    text = f"{sentence_case(count(len(run.articles), 'article'))} in {languages}"
    if not rows:
        return f"{text}, not yet grouped into events."
    text = f"{text}: {count(len(rows), 'event')}"
    if not shared:
        return text + ", each covered by one article only."
    return f"{text}, {shared:,} of them covered by more than one article."


def _standing(rows: Sequence[EventRow]) -> str:
    conflicts = sum(r.tally.n_conflict for r in rows)
    where = sum(1 for r in rows if r.tally.n_conflict)
    if conflicts:
        return f"The accounts conflict on {count(conflicts, 'fact')} in {count(where, 'event')}."
    if any(r.n_accounts > 1 for r in rows):
        return "No conflict was found between the accounts."
    return ""


def _longest(threads: Iterable[Thread]) -> list[Thread]:
    return sorted((t for t in threads if len(t.event_ids) > 1), key=lambda t: (-len(t.event_ids), t.id))


def _thread(events: Mapping[str, ThreadEvent], thread: Thread) -> ThreadView:
    return ThreadView(title=thread.title, events=tuple(events[e] for e in thread.event_ids))


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
