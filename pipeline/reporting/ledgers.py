"""Lay the compared facts of each event out as tables: matrix, omission map, and ledger of dates and numbers. Pure.

All three are derived from the groups of findings that the pages show, so that a table and a page never disagree.
Copies and translations of another article of the event (table ``copies``) belong to its account, which counts once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.facts.grouping import VERDICTS, finding_sides
from pipeline.quality.agreement import account_roots as _roots_of
from pipeline.records import Article, Event, Fact, FactKind, Finding, FindingVerdict, Side
from pipeline.reporting.findings_view import finding_groups
from pipeline.reporting.lookup import Lookup, ordered_articles

__all__ = [
    "DERIVED",
    "LedgerEntry",
    "MatrixCell",
    "Omission",
    "account_roots",
    "event_ledger",
    "event_matrix",
    "event_omissions",
]

_COUNTED: frozenset[FactKind] = frozenset(("number", "money", "percent", "date", "time", "duration", "ordinal"))


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """Say what one article of an event says of one fact.

    ``finding_id`` names the fact: it is the leading finding of the group. ``state`` is ``silent`` where the article
    does not state it, else the verdict of the group (the gravest of its findings). ``surface``, ``value``,
    ``segment_id`` and the span in the raw file are those of the first mention, ``None`` where silent; ``n_mentions``
    counts the mentions that were compared. ``account_id`` is the article that this one descends from, itself where it
    is independent; ``n_accounts`` counts the independent accounts of the event that state the fact.
    """

    event_id: str
    finding_id: str
    kind: FactKind
    verdict: FindingVerdict
    importance: float
    article_id: str
    account_id: str
    state: Literal["conflict", "translation_artefact", "agree", "only_one", "silent"]
    surface: str | None
    value: str | None
    segment_id: str | None
    raw_start: int | None
    raw_end: int | None
    n_mentions: int
    n_accounts: int


@dataclass(frozen=True, slots=True)
class Omission:
    """Say how many independent accounts of one language, or of one source, state a fact and how many leave it out.

    ``by`` tells what ``name`` is: the language's code (``und`` where unknown), or the source (its article's file name
    where unknown). An account counts for each language and source among its articles, and as stating the fact there
    where one of these articles does. ``omitted`` is true where none of the group states what another one does.
    """

    event_id: str
    finding_id: str
    kind: FactKind
    importance: float
    by: Literal["language", "source"]
    name: str
    n_accounts: int
    n_stating: int
    omitted: bool


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """Hold one date or number that an article of an event states, with its first mention.

    ``verdict`` is the gravest among the findings on its mentions, ``None`` where none was compared; ``n_accounts``
    counts the independent accounts of the event that state the same kind, unit and value. A bare number may count
    different things in two accounts: ``verdict`` tells whether it was held to be the same.
    """

    event_id: str
    kind: FactKind
    value: str
    unit: str | None
    approximate: bool
    article_id: str
    account_id: str
    surface: str
    segment_id: str
    raw_start: int
    raw_end: int
    n_mentions: int
    n_accounts: int
    verdict: FindingVerdict | None


def account_roots(lookup: Lookup, event: Event) -> dict[str, str]:
    """Return for each article of an event the one that it descends from; itself where it is an independent account."""
    return _roots_of(event.article_ids, lookup.copies_of.get(event.id, ()))


def event_matrix(lookup: Lookup, event: Event) -> list[MatrixCell]:
    """Return facts by articles for one event, most important facts first, silent articles included."""
    roots = account_roots(lookup, event)
    return [c for findings in finding_groups(lookup, event) for c in _row(lookup, event, roots, findings)]


def _row(lookup: Lookup, event: Event, roots: Mapping[str, str], findings: Sequence[Finding]) -> Iterator[MatrixCell]:
    lead, said = findings[0], _said(lookup, findings)
    accounts = len({roots[a] for a in said})
    for article in ordered_articles(lookup, event):
        own = said.get(article.id, ())
        first = own[0] if own else None
        yield MatrixCell(
            event_id=event.id,
            finding_id=lead.id,
            kind=lead.kind,
            verdict=lead.verdict,
            importance=lead.importance,
            article_id=article.id,
            account_id=roots[article.id],
            state=lead.verdict if first else "silent",
            surface=first.surface if first else None,
            value=first.value if first else None,
            segment_id=first.segment_id if first else None,
            raw_start=first.raw_start if first else None,
            raw_end=first.raw_end if first else None,
            n_mentions=len(own),
            n_accounts=accounts,
        )


def _said(lookup: Lookup, findings: Sequence[Finding]) -> dict[str, list[Side]]:
    """Return the mentions of a fact by article, in reading order, each once."""
    places = {(s.segment_id, s.start, s.end): s for f in findings for s in finding_sides(f)}
    said: dict[str, list[Side]] = defaultdict(list)
    for side in sorted(places.values(), key=lambda s: (lookup.segments[s.segment_id].index, s.start, s.end)):
        said[side.article_id].append(side)
    return said


def event_omissions(lookup: Lookup, event: Event) -> list[Omission]:
    """Return for every fact of an event which languages and which sources state it, each account counted once."""
    roots = account_roots(lookup, event)
    return [o for findings in finding_groups(lookup, event) for o in _omissions(lookup, event, roots, findings)]


def _language(article: Article) -> str:
    return article.language or "und"


def _source(article: Article) -> str:
    return article.source or article.name


_GROUPINGS: tuple[tuple[Literal["language", "source"], Callable[[Article], str]], ...] = (
    ("language", _language),
    ("source", _source),
)


def _omissions(
    lookup: Lookup, event: Event, roots: Mapping[str, str], findings: Sequence[Finding]
) -> Iterator[Omission]:
    lead = findings[0]
    stating = {s.article_id for f in findings for s in finding_sides(f)}
    for by, name_of in _GROUPINGS:
        members: dict[str, set[str]] = defaultdict(set)
        saying: dict[str, set[str]] = defaultdict(set)
        for article in ordered_articles(lookup, event):
            name = name_of(article)
            members[name].add(roots[article.id])
            if article.id in stating:
                saying[name].add(roots[article.id])
        for name in sorted(members):
            n = len(saying[name])
            yield Omission(
                event.id, lead.id, lead.kind, lead.importance, by, name, len(members[name]), n, omitted=n == 0
            )


def event_ledger(lookup: Lookup, event: Event) -> list[LedgerEntry]:
    """Return the dates and numbers of one event: by kind, unit and value, then by article."""
    return list(_entries(lookup, event))


def _entries(lookup: Lookup, event: Event) -> Iterator[LedgerEntry]:
    roots, verdicts = account_roots(lookup, event), _verdicts(lookup, event)
    stated: dict[tuple[str, str, str], dict[str, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    for article in ordered_articles(lookup, event):
        for fact in lookup.facts_of.get(article.id, ()):
            if fact.kind in _COUNTED:
                stated[fact.kind, fact.unit or "", fact.value][article.id].append(fact)
    for _, by_article in sorted(stated.items()):
        accounts = len({roots[a] for a in by_article})
        for article_id, facts in by_article.items():
            first = facts[0]
            ranks = [verdicts[f.id] for f in facts if f.id in verdicts]
            yield LedgerEntry(
                event_id=event.id,
                kind=first.kind,
                value=first.value,
                unit=first.unit,
                approximate=first.approximate,
                article_id=article_id,
                account_id=roots[article_id],
                surface=first.surface,
                segment_id=first.segment_id,
                raw_start=first.raw_start,
                raw_end=first.raw_end,
                n_mentions=len(facts),
                n_accounts=accounts,
                verdict=min(ranks)[1] if ranks else None,
            )


def _verdicts(lookup: Lookup, event: Event) -> Mapping[str, tuple[int, FindingVerdict]]:
    """Return the gravest verdict on each fact that was compared, with its rank (0 the gravest)."""
    found: dict[str, tuple[int, FindingVerdict]] = {}
    for findings in finding_groups(lookup, event):
        for finding in findings:
            ranked = VERDICTS.index(finding.verdict), finding.verdict
            for side in finding_sides(finding):
                if side.fact_id:
                    found[side.fact_id] = min(found.get(side.fact_id, ranked), ranked)
    return found


# Name of the table, record type, how it is derived for an event, what it holds.
DERIVED: Sequence[tuple[str, Any, Callable[[Lookup, Event], Sequence[Any]], str]] = (
    ("matrix", MatrixCell, event_matrix, "facts by articles: who states what, who is silent, where accounts differ"),
    (
        "omissions",
        Omission,
        event_omissions,
        "facts by language and by source: stated or left out, accounts counted once",
    ),
    ("ledger", LedgerEntry, event_ledger, "dates and numbers of each event, who states them and whether they differ"),
)
