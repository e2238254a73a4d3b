"""Find the values that two accounts give differently: quantities, scores, dates, times. Pure.

Two values contradict when they fill one slot, cannot both be true, and neither account gives the other's value as well.
In passages that are two wordings of one text only the passage itself can confirm a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from pipeline.facts.compatible import comparable, compatible, dates_compatible, specific
from pipeline.facts.pairing import Match, Pairing
from pipeline.facts.resolve import full_date
from pipeline.records import Fact

__all__ = ["value_conflicts"]

# Least probability that two facts fill one slot: telling units, others, weekdays alone; chosen for precision.
SLOT, BARE_SLOT, WEEKDAY_SLOT, TIME_SLOT = 0.5, 0.8, 0.8, 0.7
_BARE_SIMILARITY = 0.6
_APART, _BARE_APART = 12.0, 4.0
_AMBIGUOUS, _LEAST_COSINE = 0.05, 0.21
_DAYS_APART, _WEEK = 92, 7
_NUMERIC = frozenset(("number", "money", "percent", "duration", "ordinal"))
_WEEKDAY, _OFFSET = re.compile(r"\?{4}-W\?\?-[1-7]"), re.compile(r"A?[DWMY][+-]\d+")
# An hour told in another zone moves the day: neighbouring days are then no contradiction.
_ZONE = re.compile(
    r"\b(?:GMT|UTC|[CEPM][SD]T|KST|CES?T|BST)\b|\b[A-Z][a-z]+ time\b|local time|heure (?:de |d['’]|locale)|sur place"
    r"|(?:현지|한국)\s?시[간각]"
)


def value_conflicts(pairing: Pairing, used: Iterable[str]) -> list[Match]:
    """Return the contradicting values, surest first, each fact at most once.

    Args:
        pairing: the two accounts.
        used: ids of facts that agree with one of the other account.
    """
    taken = set(used)
    open_a, open_b = (
        [f for f in account.facts if f.id not in taken and _contestable(f) and not _in_name(f, account.facts)]
        for account in (pairing.a, pairing.b)
    )
    found = []
    for match in _nearest(pairing, open_a, open_b):
        if _ambiguous(match, pairing, open_a, open_b):
            continue
        if _contradicts(match, pairing) and not _settled(match, pairing):
            found.append(match)
    return found


def _contestable(fact: Fact) -> bool:
    if fact.kind == "date":
        return re.fullmatch(r"\d{4}s|\d{4}/\d{4}", fact.value) is None
    return fact.kind in _NUMERIC or fact.kind == "time"


def _ambiguous(match: Match, pairing: Pairing, left: Iterable[Fact], right: Iterable[Fact]) -> bool:
    """Tell whether both sentences hold several open values of the family and nothing says which belong together.

    As many on either side are told in one order.
    """
    here = [pairing.match(x, match.b) for x in left if x.id != match.a.id and _beside(x, match.a)]
    there = [pairing.match(match.a, y) for y in right if y.id != match.b.id and _beside(y, match.b)]
    least = match.slot - _AMBIGUOUS
    return len(here) != len(there) and any(m.slot >= least for m in here) and any(m.slot >= least for m in there)


def _beside(x: Fact, y: Fact) -> bool:
    return x.segment_id == y.segment_id and comparable(x, y) and x.value != y.value


def _in_name(fact: Fact, facts: Iterable[Fact]) -> bool:
    """Tell whether a number is part of a name: Two Oceans Cup."""
    return any(
        f.kind == "name" and f.segment_id == fact.segment_id and f.start <= fact.start and fact.end <= f.end
        for f in facts
    )


def _nearest(pairing: Pairing, left: list[Fact], right: list[Fact]) -> Iterator[Match]:
    """Yield matches of facts that are each other's likeliest counterpart, by falling probability."""
    options = [pairing.match(x, y) for x in left for y in right if _paired(x, y)]
    options.sort(key=lambda m: (-m.slot, -(m.similarity or 0.0), m.a.id, m.b.id))
    taken: set[str] = set()
    for match in options:
        if taken.isdisjoint((match.a.id, match.b.id)):
            taken |= {match.a.id, match.b.id}
            yield match


def _paired(x: Fact, y: Fact) -> bool:
    return comparable(x, y) and (x.kind != "number" or specific(x) == specific(y) or "score" not in (x.unit, y.unit))


def _contradicts(match: Match, pairing: Pairing) -> bool:
    a, b = match.a, match.b
    if compatible(a, b) or max(pairing.sentence_cosine(a, b), pairing.clause_cosine(a, b)) < _LEAST_COSINE:
        return False
    if a.kind == "date":
        return _dates_contradict(match, pairing)
    if a.kind == "time":
        return match.slot >= TIME_SLOT and not _zoned(match, pairing)
    if a.unit == "score":
        return match.slot >= SLOT
    near = pairing.near(match.similarity)
    bare = not (specific(a) and specific(b))
    if bare and not near and (match.slot < BARE_SLOT or (match.similarity or 0.0) < _BARE_SIMILARITY):
        return False
    return match.slot >= SLOT and _comparable_size(a, b, _BARE_APART if bare else _APART, near)


def _comparable_size(a: Fact, b: Fact, factor: float, near: bool) -> bool:
    """Tell whether two quantities can be of one thing: not too far apart, unless the passages are one text."""
    values = [abs(v) for v in (a.low, a.high, b.low, b.high) if v is not None]
    if not values or a.kind == "ordinal":
        return bool(values) or a.kind == "ordinal"
    if near:
        return True
    return min(values) > 0 and max(values) <= factor * min(values)


def _dates_contradict(match: Match, pairing: Pairing) -> bool:
    known = [full_date(f.value) for f in (match.a, match.b)]
    if None in known:
        return _partial_dates_contradict(match, pairing)
    days = [day or date.min for day in known]
    apart = abs((days[0] - days[1]).days)
    weekday = [not re.search(r"\d", f.surface) and f.role is None for f in (match.a, match.b)]
    if match.a.approximate or match.b.approximate:
        return match.slot >= SLOT and apart > _WEEK // 2
    if apart == 1 and _zoned(match, pairing):
        return False
    if any(weekday):  # "Friday" is the last or the coming one: only the day of the week counts
        return match.slot >= WEEKDAY_SLOT and apart % _WEEK != 0 and apart < _WEEK
    return match.slot >= SLOT and apart <= _DAYS_APART


def _partial_dates_contradict(match: Match, pairing: Pairing) -> bool:
    """Compare dates of which not all is known: only in two wordings of one text, where nothing completes them."""
    if not pairing.near(match.similarity) or match.slot < SLOT:
        return False
    a, b = match.a.value, match.b.value
    if _WEEKDAY.fullmatch(a) and _WEEKDAY.fullmatch(b):
        return a != b
    if _OFFSET.fullmatch(a) and _OFFSET.fullmatch(b):
        return a != b and a[0] == b[0]
    return dates_compatible(a, b) is False


def _zoned(match: Match, pairing: Pairing) -> bool:
    return any(_ZONE.search(pairing.text(f)) is not None for f in (match.a, match.b))


def _settled(match: Match, pairing: Pairing) -> bool:
    """Tell whether one account also gives the other's value, so that both may be right."""
    near = pairing.near(match.similarity)
    return any(pairing.confirmed(f, pairing.aligned(f.segment_id) if near else None) for f in (match.a, match.b))
