"""Gather the omission map and the ledger of dates and numbers as the page of an event shows them. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice

from pipeline.facts.content import content_words
from pipeline.records import Event, FactKind, Segment, Side
from pipeline.reporting.accounts import Account
from pipeline.reporting.findings_view import finding_anchor, finding_groups
from pipeline.reporting.ledgers import LedgerEntry, account_roots, event_ledger, event_omissions
from pipeline.reporting.lookup import Lookup, article_page, segment_anchor
from pipeline.reporting.words import VERDICT_WORDS, human_value, joined, language_name, visible

__all__ = ["LedgerRow", "Mentioned", "OmissionMap", "OmissionRow", "build_ledger", "build_omissions"]

MAX_ROWS = 300
MAX_NAMES = 5
MAX_WORDS = 3
_NEXT_WORD = re.compile(r"[ \u00a0]([^\W\d_][\w'’-]*)")
_DATES: Sequence[FactKind] = ("date", "time", "duration")
_ORDER: Sequence[FactKind] = (*_DATES, "money", "percent", "number", "ordinal")


@dataclass(frozen=True, slots=True)
class OmissionRow:
    """Hold a fact that some accounts state and others do not.

    ``by_language`` says for each language of the map how many of its accounts state the fact, "" where none does.
    """

    anchor: str
    kind: str
    surface: str
    language: str
    by_language: tuple[str, ...]
    stated_by: str
    left_out_by: str


@dataclass(frozen=True, slots=True)
class OmissionMap:
    """Hold the facts that only some of an event's accounts state; ``languages`` is empty where there is one only."""

    languages: tuple[str, ...]
    words: str
    n_facts: int
    rows: tuple[OmissionRow, ...]


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Hold where one article states a date or number first."""

    letter: str
    surface: str
    language: str
    href: str
    n_mentions: int


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """Hold one date or number with the articles that state it."""

    is_date: bool
    kind: str
    value: str
    approximate: bool
    verdict: str
    verdict_words: str
    mentions: tuple[Mentioned, ...]


def build_omissions(lookup: Lookup, event: Event) -> OmissionMap | None:
    """Gather the facts that only some independent accounts of an event state, the most important first.

    Returns:
        ``None`` where there are no two independent accounts.
    """
    roots = account_roots(lookup, event)
    total = len(set(roots.values()))
    if total < 2:
        return None
    stated: dict[str, dict[tuple[str, str], tuple[int, int]]] = {}
    for o in event_omissions(lookup, event):
        stated.setdefault(o.finding_id, {})[o.by, o.name] = (o.n_stating, o.n_accounts)
    languages = sorted({name for cells in stated.values() for by, name in cells if by == "language"})
    rows: list[tuple[float, OmissionRow]] = []
    silent: Counter[str] = Counter()
    for findings in finding_groups(lookup, event):
        sides = [s for f in findings for s in (f.a, f.b) if s is not None]
        if len({roots[s.article_id] for s in sides}) == total:
            continue
        lead, cells = findings[0], stated[findings[0].id]
        silent.update(name for name in languages if not cells["language", name][0])
        sources = [(name, n) for (by, name), (n, _) in cells.items() if by == "source"]
        row = OmissionRow(
            anchor=finding_anchor(lead),
            kind=lead.kind,
            surface=visible(_with_noun(lookup.segments[lead.a.segment_id], lead.a)),
            language=lookup.segments[lead.a.segment_id].language,
            by_language=tuple(_of(*cells["language", name]) for name in languages),
            stated_by=_names([name for name, n in sources if n]),
            left_out_by=_names([name for name, n in sources if not n]),
        )
        rows.append((lead.importance, row))
    rows.sort(key=lambda item: -item[0])
    several = len(languages) > 1
    return OmissionMap(
        languages=tuple(language_name(name) for name in languages) if several else (),
        words=joined([f"{language_name(name)} {silent[name]:,}" for name in languages]) if several else "",
        n_facts=len(rows),
        rows=tuple(row for _, row in rows[:MAX_ROWS]),
    )


def _with_noun(segment: Segment, side: Side) -> str:
    """Put behind a bare figure the words that it counts, as far as they stand together: 10 Japanese drug makers."""
    if re.search(r"[^\W\d_]", side.surface) or segment.language not in ("en", "fr"):
        return side.surface
    end = side.end
    for word in islice(_NEXT_WORD.finditer(segment.text, end), MAX_WORDS):
        if word.start() != end or not content_words(word.group(1), segment.language):
            break
        end = word.end()
    return segment.text[side.start : end]


def _of(stating: int, accounts: int) -> str:
    return f"{stating} of {accounts}" if stating else ""


def _names(names: Sequence[str]) -> str:
    shown = [visible(name) for name in names[:MAX_NAMES]]
    rest = len(names) - len(shown)
    return joined([*shown, f"{rest} more"]) if rest else ", ".join(shown)


def build_ledger(lookup: Lookup, event: Event, accounts: Sequence[Account]) -> list[LedgerRow]:
    """Gather the dates and numbers of an event: dates and times first, then amounts, by value.

    Args:
        lookup: the run.
        event: the event.
        accounts: its articles with their letters.
    """
    letters = {a.article_id: a.letter for a in accounts}
    groups: dict[tuple[FactKind, str, str], list[LedgerEntry]] = {}
    for entry in event_ledger(lookup, event):
        groups.setdefault((entry.kind, entry.unit or "", entry.value), []).append(entry)
    return [_ledger_row(lookup, groups[key], letters) for key in sorted(groups, key=_place)]


def _place(key: tuple[FactKind, str, str]) -> tuple[int, str, Decimal, str]:
    kind, unit, value = key
    return _ORDER.index(kind), unit, _amount(value), value


def _amount(value: str) -> Decimal:
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return Decimal(0)
    return amount if amount.is_finite() else Decimal(0)


def _ledger_row(lookup: Lookup, entries: Sequence[LedgerEntry], letters: Mapping[str, str]) -> LedgerRow:
    first = entries[0]
    verdict = next((e.verdict for e in entries if e.verdict), None)
    return LedgerRow(
        is_date=first.kind in _DATES,
        kind=first.kind,
        value=visible(_readable(first)),
        approximate=any(e.approximate for e in entries),
        verdict=verdict or "none",
        verdict_words=VERDICT_WORDS[verdict] if verdict else "not compared",
        mentions=tuple(_mentioned(lookup, e, letters) for e in entries),
    )


def _readable(entry: LedgerEntry) -> str:
    """Write a value for readers: as it stands in the text where the canonical form is only a key (``D-1``)."""
    if entry.kind == "date" and entry.value[:1].isalpha():
        return entry.surface
    counted = entry.kind == "number" and entry.unit is not None and entry.unit.isalpha()
    value = human_value(entry.kind, entry.value, None if counted else entry.unit) or entry.surface
    return f"{value} ({entry.unit})" if counted else value


def _mentioned(lookup: Lookup, entry: LedgerEntry, letters: Mapping[str, str]) -> Mentioned:
    segment = lookup.segments[entry.segment_id]
    return Mentioned(
        letter=letters[entry.article_id],
        surface=visible(entry.surface),
        language=segment.language,
        href=f"{article_page(entry.article_id)}#{segment_anchor(segment)}",
        n_mentions=entry.n_mentions,
    )
