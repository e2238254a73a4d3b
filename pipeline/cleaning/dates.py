"""Read publication dates from metadata and from the time stamps that stand over articles. Pure.

This is not the parser of dates in running text (see ``facts``): a stamp is absolute, has its year, and often a time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

__all__ = ["WEEKDAY", "Stamp", "find_stamps", "iso_date"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv",
            "february feb février fevrier févr fév",
            "march mar mars",
            "april apr avril avr",
            "may mai",
            "june jun juin",
            "july jul juillet juil",
            "august aug août aout",
            "september sept sep septembre",
            "october oct octobre",
            "november nov novembre",
            "december dec décembre decembre déc",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=lambda name: (-len(name), name))) + r")\b\.?"
# Only zones that mean one thing; EST, IST or CST are read as "no zone".
_ZONES = {"GMT": "+00:00", "UTC": "+00:00", "Z": "+00:00", "KST": "+09:00", "JST": "+09:00", "CET": "+01:00"} | {
    "CEST": "+02:00"
}
_DATE = (
    r"(?P<y1>(?:19|20)\d\d)\s?(?:[-./]|년)\s?(?P<m1>\d{1,2})\s?(?:[-./]|월)\s?(?P<d1>\d{1,2})(?!\d)(?:\s?일|\.)?"
    rf"|(?<!\d)(?P<d2>\d{{1,2}})(?:st|nd|rd|th|er)?\s+(?:of\s+)?(?P<m2>{_MONTH}),?\s+(?P<y2>(?:19|20)\d\d)"
    rf"|\b(?P<m3>{_MONTH})\s+(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y3>(?:19|20)\d\d)"
    r"|(?<!\d)(?P<d4>\d{1,2})[/.](?P<m4>\d{1,2})[/.](?P<y4>(?:19|20)\d\d)(?!\d)"
)
_TIME = (
    r"(?P<half>오전|오후)?\s?(?<!\d)(?P<hour>[01]?\d|2[0-4])"
    r"(?:\s?[:hH]\s?(?P<minute>[0-5]\d)(?::[0-5]\d(?:\.\d+)?)?|\s?[hH](?![a-zA-Z])|\s?시(?:\s?(?P<minute_ko>[0-5]?\d)\s?분)?)"
    r"(?:\s?(?P<ampm>[ap]\.?m\b\.?))?"
)
_ZONE = r"(?:\s?\(?(?P<zone>[A-Z]{1,4}\b|[+-]\d\d:?\d\d)\)?)?"
WEEKDAY = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|tue|wed|thu|fri|sat|sun)\b\.?"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|[월화수목금토일]요일)"
)
_STAMP = re.compile(
    rf"(?:{WEEKDAY}\s*,?\s*(?:(?:le|the|on)\s+)?)?(?:{_DATE})(?:\s?\([월화수목금토일]\))?"
    rf"(?:(?:\s*[,|–-]?\s*|\s+(?:à|at|T)\s+|T){_TIME}{_ZONE})?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Hold one time stamp in a text: its span, its ISO 8601 form, and whether it has a time of day."""

    start: int
    end: int
    iso: str
    timed: bool


def find_stamps(text: str) -> list[Stamp]:
    """Find absolute dates, each with the time and zone that follow it.

    Args:
        text: a short text, such as a line over an article or a metadata field.

    Returns:
        Stamps in order. A date in figures that can be read day-first and month-first is left out.
    """
    stamps = []
    for match in _STAMP.finditer(text):
        day = _day(match)
        if day is None:
            continue
        clock = _clock(match)
        iso = day.isoformat() + ("" if clock is None else f"T{clock}")
        stamps.append(Stamp(match.start(), match.end(), iso, clock is not None))
    return stamps


def iso_date(value: object) -> str | None:
    """Bring a metadata value to ISO 8601; ``None`` for what is not a date.

    Args:
        value: a string, a ``date`` or a ``datetime``; anything else is unknown.
    """
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        return None
    stamps = find_stamps(value.strip())
    return stamps[0].iso if stamps and stamps[0].start <= 6 else None


def _day(match: re.Match[str]) -> date | None:
    for number in "1234":
        year = match[f"y{number}"]
        if year is None:
            continue
        first, second = match[f"d{number}"], match[f"m{number}"]
        month = int(second) if second.isdecimal() else _MONTHS[second.lower().rstrip(".")]
        day = int(first)
        if number == "4":
            if month > 12:
                day, month = month, day
            elif day <= 12 and day != month and "." not in match[0]:
                return None  # 05/11/2025: May or November
        try:
            return date(int(year), month, day)
        except ValueError:
            return None
    return None


def _clock(match: re.Match[str]) -> str | None:
    if match["hour"] is None:
        return None
    hour = int(match["hour"])
    minute = int(match["minute"] or match["minute_ko"] or 0)
    afternoon = match["half"] == "오후" or (match["ampm"] or "").lower().startswith("p")
    morning = match["half"] == "오전" or (match["ampm"] or "").lower().startswith("a")
    if afternoon and hour < 12:
        hour += 12
    elif morning and hour == 12:
        hour = 0
    if hour > 23:
        return None
    return f"{hour:02d}:{minute:02d}{_offset(match['zone'])}"


def _offset(zone: str | None) -> str:
    if zone is None:
        return ""
    if zone[0] in "+-":
        return zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    return _ZONES.get(zone.upper(), "")
