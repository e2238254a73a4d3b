"""Compare the dates that two articles give, whole or in part. Pure."""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from pipeline.records import Mention

__all__ = [
    "DAY_NATS",
    "MONTH_NATS",
    "NAMED",
    "NEXT_DAY",
    "WEEKDAY_CLASH",
    "WEEKDAY_NATS",
    "YEAR_NATS",
    "Day",
    "DayComparison",
    "compare_days",
    "days_apart",
    "event_days",
    "main_day",
    "read_day",
    "support",
]

_VALUE = re.compile(
    r"(?P<year>\d{4}|\?{4})(?:-W\?\?-(?P<weekday>[1-7])|-(?P<month>\d\d|\?\?)(?:-(?P<day>\d\d|\?\?))?)?"
)
# What agreement by chance would cost, in nats: one year of a few, one month of 12, one day of 30, one weekday of 7.
YEAR_NATS, MONTH_NATS, DAY_NATS, WEEKDAY_NATS = 1.5, math.log(12), math.log(30), math.log(7)
_EARLY_SEGMENTS, _EARLY, _LATER = 3, 0.6, 0.3
_FUTURE = 0.5
# Different weekdays are a weak clash: "on Friday" may be the day of the statement, of the report or of another week.
WEEKDAY_CLASH = 0.3
# Days next to one another clash half: see _one_day_apart.
NEXT_DAY = 0.5
# A main date that the other text names in its lead: the same story told from another day, or a look back at it.
NAMED = 0.75


@dataclass(frozen=True, slots=True)
class Day:
    """Hold a date of which parts may be unknown, how much the text stresses it (0 to 1), and its rank in the text."""

    value: str
    year: int | None
    month: int | None
    day: int | None
    weekday: int | None
    weight: float
    position: int

    @property
    def nats(self) -> float:
        """Return how much an agreement on every known part would say."""
        return (
            YEAR_NATS * (self.year is not None)
            + MONTH_NATS * (self.month is not None)
            + DAY_NATS * (self.day is not None)
            + WEEKDAY_NATS * (self.day is None and self.weekday is not None)
        )


@dataclass(frozen=True, slots=True)
class DayComparison:
    """Say how the dates of two articles relate.

    ``agreement`` is the evidence for one day in nats (0 when no date is shared, ``None`` when a side gives none);
    ``clash`` in [0, 1] says that the main dates exclude one another (``None`` when they cannot be compared).
    """

    agreement: float | None
    clash: float | None
    shared: tuple[str, str] | None
    main: tuple[str, str] | None


@lru_cache(maxsize=65_536)
def read_day(value: str, weight: float = 1.0, position: int = 0) -> Day | None:
    """Read a canonical date value; ``None`` for decades, offsets and anything else that names no day."""
    match = _VALUE.fullmatch(value)
    if match is None:
        return None
    year, month, day = (_known(match.group(name)) for name in ("year", "month", "day"))
    weekday = _known(match.group("weekday"))
    if month is not None and not 1 <= month <= 12:
        return None
    if year and month and day:
        if day > calendar.monthrange(year, month)[1]:
            return None
        weekday = date(year, month, day).isoweekday()
    return Day(value, year, month, day, weekday, weight, position)


def _known(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def event_days(mentions: Sequence[Sequence[Mention]], lead: int) -> tuple[Day, ...]:
    """Return the dates of an article that could be its event's, by weight times information, strongest first.

    Dates in title and lead count most, those announced for the future half. Bare years say too little.

    Args:
        mentions: facts of each segment in order.
        lead: number of segments that count as title and lead.
    """
    found: list[Day] = []
    for position, segment in enumerate(mentions):
        place = 1.0 if position < lead else _EARLY if position < lead + _EARLY_SEGMENTS else _LATER
        for mention in segment:
            if mention.kind == "date":
                day = read_day(mention.value, place * (_FUTURE if mention.role == "future" else 1.0), len(found))
                if day is not None and (day.month or day.day or day.weekday):
                    found.append(day)
    return tuple(sorted(found, key=lambda d: (-d.weight * d.nats, d.position, d.value)))


def main_day(days: Sequence[Day]) -> Day:
    """Return the day an article is most likely about: the first of its lead that names one, else the strongest."""
    named = [d for d in days if d.weight >= 1.0 and (d.day is not None or d.weekday is not None)]
    return min(named, key=lambda d: d.position) if named else days[0]


def compare_days(a: Sequence[Day], b: Sequence[Day]) -> DayComparison:
    """Compare the dates of two articles."""
    if not a or not b:
        return DayComparison(None, None, None, None)
    best, shared = 0.0, None
    for x in a:
        for y in b:
            score = x.weight * y.weight * _agreement(x, y)
            if score > best:
                best, shared = score, (x.value, y.value)
    return DayComparison(best, _clash(a, b), shared, (main_day(a).value, main_day(b).value))


def _agreement(x: Day, y: Day) -> float:
    """Return the nats of what agrees; 0 when a known part differs or nothing is known on both sides."""
    total = 0.0
    for left, right, nats in (
        (x.year, y.year, YEAR_NATS),
        (x.month, y.month, MONTH_NATS),
        (x.day, y.day, DAY_NATS),
    ):
        if left is not None and right is not None:
            if left != right:
                return 0.0
            total += nats
    if x.weekday is not None and y.weekday is not None:
        if x.weekday != y.weekday:
            return 0.0
        if x.day is None or y.day is None:
            total += WEEKDAY_NATS
    return total


def _clash(a: Sequence[Day], b: Sequence[Day]) -> float | None:
    """Say how surely the main dates exclude one another; one that the other text names as well counts less."""
    x, y = main_day(a), main_day(b)
    if not _comparable(x, y):
        return None
    if _agreement(x, y) > 0:
        return 0.0
    named = max(
        max((o.weight for o in b if _agreement(x, o) > 0), default=0.0),
        max((o.weight for o in a if _agreement(y, o) > 0), default=0.0),
    )
    by_weekday_only = not any(p is not None and q is not None for p, q in ((x.month, y.month), (x.day, y.day)))
    sureness = min(x.weight, y.weight) * (WEEKDAY_CLASH if by_weekday_only else 1.0)
    return sureness * (1.0 - NAMED * named) * (NEXT_DAY if _one_day_apart(x, y) else 1.0)


def _one_day_apart(x: Day, y: Day) -> bool:
    """Say whether two days that differ can be neighbours: what a time zone, or the day of the report, makes of one."""
    apart = days_apart(x.value, y.value)
    if apart is not None:
        return apart == 1
    if x.day is None or y.day is None or (x.month is not None and y.month is not None and x.month != y.month):
        return False
    return abs(x.day - y.day) == 1


def _comparable(x: Day, y: Day) -> bool:
    pairs = ((x.month, y.month), (x.day, y.day), (x.weekday, y.weekday))
    return any(left is not None and right is not None for left, right in pairs)


def days_apart(a: str, b: str) -> int | None:
    """Return the distance of two full ISO dates in days (times are ignored), ``None`` when either is not full."""
    try:
        return abs((date.fromisoformat(a[:10]) - date.fromisoformat(b[:10])).days)
    except ValueError:
        return None


def support(days: Iterable[Sequence[Day]]) -> str | None:
    """Return the date that most articles support, as a value in which ``?`` stands for the unknown.

    Each article adds for a date the weight of its strongest compatible one, twice for its main date; a fuller date wins
    a tie.
    """
    articles = [list(d) for d in days if d]
    candidates = {day.value: day for article in articles for day in article if day.day is not None}
    scored = sorted((-_supported(day, articles), -day.nats, value) for value, day in candidates.items())
    return scored[0][2] if scored else None


def _supported(day: Day, articles: Sequence[Sequence[Day]]) -> float:
    total = 0.0
    for article in articles:
        main = main_day(article)
        total += max((o.weight * (2.0 if o == main else 1.0) * _agreement(day, o) for o in article), default=0.0)
    return total
