"""Resolve partial and relative dates against a known day, or against other dates of the same text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from pipeline.records import Mention

__all__ = ["full_date", "resolve_partial", "resolve_within"]

_FULL = re.compile(r"\d{4}-\d\d-\d\d")
_OFFSET = re.compile(r"(AY|[DWMYA])([+-]\d{1,2})(?:-(\d\d))?(?:-(\d\d))?")
_DAYS_IN_WEEK = 7
# "The preceding day" leads back to a date just before it; further on it means the day of the story, which is not known.
_ANAPHORA_CHARS = 400


def full_date(value: str) -> date | None:
    """Return the day that a value names in full, else ``None``."""
    if not _FULL.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def resolve_partial(mentions: Sequence[Mention], reference: str) -> list[Mention]:
    """Complete partial and relative dates with the day they were published.

    Args:
        mentions: mentions of one text, in order; other kinds pass through.
        reference: ISO date, a time after it is ignored.

    Returns:
        The mentions with completed values; what cannot be completed stays as it was.
    """
    day = full_date(reference[:10])
    if day is None:
        return list(mentions)
    anchor = day
    resolved: list[Mention] = []
    for mention in mentions:
        done = mention if mention.kind != "date" else replace(mention, value=_resolve(mention, day, anchor))
        resolved.append(done)
        anchor = (full_date(done.value) if done.kind == "date" else None) or anchor
    return resolved


def resolve_within(mentions: Sequence[Mention]) -> list[Mention]:
    """Complete partial dates with the nearest full date of the same text; for texts of unknown publication date.

    "On the 10th" beside "as of April 30, 2024" gives no month: only a year and a month that *follow* are filled in,
    that is the year of month-and-day dates, and the day before or after a full date. A day alone stays partial.
    """
    days = [(m.start, full_date(m.value)) for m in mentions if m.kind == "date"]
    full = [(start, day) for start, day in days if day is not None]
    if not full:
        return list(mentions)
    resolved: list[Mention] = []
    anchor: date | None = None
    at = 0
    for mention in mentions:
        done = mention
        if mention.kind == "date":
            near = anchor if mention.start - at <= _ANAPHORA_CHARS else None
            done = replace(mention, value=_resolve_within(mention, full, near))
            anchor, at = full_date(done.value) or anchor, mention.end
        resolved.append(done)
    return resolved


def _resolve_within(mention: Mention, full: Sequence[tuple[int, date]], anchor: date | None) -> str:
    near = min(full, key=lambda item: abs(item[0] - mention.start))[1]
    if re.fullmatch(r"\?{4}-\d\d(-\d\d)?", mention.value):
        return _resolve(mention, near, near)
    if mention.value.startswith("A") and anchor is not None:
        return _resolve(mention, anchor, anchor)
    return mention.value


def _resolve(mention: Mention, day: date, anchor: date) -> str:
    value = mention.value
    offset = _OFFSET.fullmatch(value)
    if offset:
        return _offset(offset, day, anchor, value)
    week = re.fullmatch(r"\?{4}-W\?\?-([1-7])", value)
    if week:
        return _nearest_weekday(int(week.group(1)), day, mention.role).isoformat()
    month_day = re.fullmatch(r"\?{4}-(\d\d)-(\d\d)", value)
    if month_day:
        month, number = int(month_day.group(1)), int(month_day.group(2))
        options = [_date(year, month, number) for year in range(day.year - 1, day.year + 2)]
        return _choose(options, day, mention.role, value, 3.0)
    only_day = re.fullmatch(r"\?{4}-\?\?-(\d\d)", value)
    if only_day:
        options = [_date(*_add_months(day, k), int(only_day.group(1))) for k in (-2, -1, 0, 1, 2)]
        return _choose(options, day, mention.role, value, 1.5)
    only_month = re.fullmatch(r"\?{4}-(\d\d)", value)
    if only_month:
        return _nearest_month(int(only_month.group(1)), day, mention.role)
    return value


def _offset(match: re.Match[str], day: date, anchor: date, value: str) -> str:
    unit, count = match.group(1), int(match.group(2))
    if unit in ("D", "A"):
        return ((day if unit == "D" else anchor) + timedelta(days=count)).isoformat()
    if unit == "W":
        monday = day - timedelta(days=day.weekday()) + timedelta(weeks=count)
        year, week, _ = monday.isocalendar()
        return f"{year:04d}-W{week:02d}"
    if unit == "M":
        year, month = _add_months(day, count)
        return f"{year:04d}-{month:02d}" + (f"-{match.group(3)}" if match.group(3) else "")
    year = (anchor if unit == "AY" else day).year + count
    return "-".join([f"{year:04d}", *(part for part in match.groups()[2:] if part)])


def _add_months(day: date, count: int) -> tuple[int, int]:
    index = day.year * 12 + day.month - 1 + count
    return index // 12, index % 12 + 1


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _choose(options: Sequence[date | None], day: date, role: str | None, value: str, bias: float) -> str:
    """Take the option on the side of the reference that the words name, else the nearest.

    News tells of the past more than of the future: a coming day counts as ``bias`` times as far.
    """
    real = [o for o in options if o is not None]
    if role == "past":
        real = [o for o in real if o <= day] or real
    if role == "future":
        real = [o for o in real if o >= day] or real
    if not real:
        return value
    return min(real, key=lambda o: ((day - o).days if o <= day else (o - day).days * bias, o)).isoformat()


def _nearest_weekday(weekday: int, day: date, role: str | None) -> date:
    """Read a bare weekday as the last one up to today, as news texts mean it; "next" as the one to come."""
    back = (day.isoweekday() - weekday) % _DAYS_IN_WEEK
    if role == "future":
        return day + timedelta(days=(_DAYS_IN_WEEK - back) or _DAYS_IN_WEEK)
    if role == "past" and back == 0:
        back = _DAYS_IN_WEEK
    return day - timedelta(days=back)


def _nearest_month(month: int, day: date, role: str | None) -> str:
    here = day.year * 12 + day.month
    options = [(year * 12 + month, year) for year in (day.year - 1, day.year, day.year + 1)]
    if role == "past":
        options = [o for o in options if o[0] < here]
    if role == "future":
        options = [o for o in options if o[0] > here]
    year = min(options, key=lambda o: (here - o[0] if o[0] <= here else 3 * (o[0] - here), o[1]))[1]
    return f"{year:04d}-{month:02d}"
