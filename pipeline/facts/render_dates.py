"""Render dates and times of day into another language; month and weekday names come from CLDR."""

from __future__ import annotations

import re
from functools import cache

from pipeline.facts.figures import ordinal
from pipeline.facts.rendering import NARROW, Rendering, forms
from pipeline.records import Mention

__all__ = ["month_name", "render_date", "render_time", "weekday_name"]

_CALENDAR = re.compile(r"(?P<year>\d{4}|\?{4})(?:-(?P<month>\d\d|\?\?))?(?:-(?P<day>\d\d))?")
_OFFSET = re.compile(r"(?P<head>(?:A?Y|A|M|W|D)[+-]\d)(?:-(?P<month>\d\d|\?\?))?(?:-(?P<day>\d\d))?")


@cache
def month_name(month: int, language: str) -> str:
    """Return the name of a month, as CLDR writes it inside a date."""
    from babel import Locale

    return str(Locale.parse(language).months["format"]["wide"][month])


@cache
def weekday_name(day: int, language: str) -> str:
    """Return the name of a weekday; 1 is Monday."""
    from babel import Locale

    return str(Locale.parse(language).days["format"]["wide"][day - 1])


def render_date(mention: Mention, source: str, target: str) -> Rendering | None:
    """Render a date mention that has not been resolved (no reference date); ``None`` for a form without rendering."""
    value, span = mention.value, (mention.start, mention.end)
    relative = _relative(mention, target)
    if relative is not None:
        return Rendering(relative[0], *span, relative[1])
    if value.startswith("????-W"):
        return _weekday(mention, target)
    if value.endswith("s") and value[:-1].isdigit():
        decade = {"en": f"the {value}", "fr": f"les années {value[:-1]}", "ko": f"{value[:-1]}년대"}[target]
        other = {"en": (value,), "fr": (f"années {value[:-1]}",)}.get(target, ())
        return Rendering(decade, *span, alternatives=other)
    if re.fullmatch(r"\d{4}/\d{4}", value):
        first, last = value.split("/")
        text = f"{first}~{last}년" if target == "ko" else f"{first}-{last}"
        return Rendering(text, *span, alternatives=(f"{first}-{last}",) if target == "ko" else (mention.surface,))
    offset = _OFFSET.fullmatch(value)
    if offset:
        return _offset_date(mention, offset, target)
    calendar = _CALENDAR.fullmatch(value)
    return _calendar(mention, calendar, source, target) if calendar else None


# --- relative ---------------------------------------------------------------------------------------------------------


def _relative(mention: Mention, target: str) -> tuple[str, bool] | None:
    moment = forms("moments").get(mention.surface.lower(), {}).get(target)
    if moment:
        return str(moment), True
    entry = forms("relative").get(mention.value)
    return (str(entry[target]), mention.value[0] != "A") if entry else None


def _weekday(mention: Mention, target: str) -> Rendering:
    name = weekday_name(int(mention.value[-1]), target)
    text = _directed(name, mention.role, target)
    return Rendering(text, mention.start, mention.end, mention.role is None, () if text == name else (name,))


def _directed(name: str, role: str | None, target: str) -> str:
    """Put "last" or "next" to a month or weekday."""
    words = {
        ("past", "en"): "last {}",
        ("future", "en"): "next {}",
        ("past", "fr"): "{} dernier",
        ("future", "fr"): "{} prochain",
        ("past", "ko"): "지난 {}",
        ("future", "ko"): "오는 {}",
    }
    return words.get((role or "", target), "{}").format(name)


def _offset_date(mention: Mention, match: re.Match[str], target: str) -> Rendering | None:
    """Render 올 4월, 다음 달 6일, November 9 last year."""
    entry = forms("relative").get(match.group("head"))
    if entry is None:
        return None
    head, month, day = str(entry[target]), match.group("month"), match.group("day")
    if match.group("head")[0] == "M":
        number = int(day or month or 0)
        of_month = {
            "en": f"the {ordinal(number, 'en')} of {head}",
            "fr": f"le {_french_day(number)} {head.replace('le ', 'du ', 1)}",
        }
        text = of_month.get(target, f"{head} {number}일")
        return Rendering(text, mention.start, mention.end, False)
    known = int(month) if month and month != "??" else None
    date = _written(None, known, int(day) if day else None, target, article=False)
    text = f"{_short_year(head)} {date}" if target == "ko" else f"{date} {'de ' if target == 'fr' else ''}{head}"
    return Rendering(text, mention.start, mention.end, alternatives=(date,))


def _short_year(head: str) -> str:
    return "올" if head == "올해" else head


# --- calendar ---------------------------------------------------------------------------------------------------------


def _calendar(mention: Mention, match: re.Match[str], source: str, target: str) -> Rendering:
    year = None if match.group("year") == "????" else int(match.group("year"))
    raw = match.group("month")
    month = int(raw) if raw and raw != "??" else None
    day = int(match.group("day")) if match.group("day") else None
    span = (mention.start, mention.end)
    if day is None and month is not None and year is None:
        name = month_name(month, target)
        text = _directed(name, mention.role, target)
        return Rendering(text, *span, mention.role is None, () if text == name else (name,))
    if day is None and month is None:
        return Rendering(f"{year}년" if target == "ko" else str(year), *span, alternatives=(str(year),))
    weekday = _weekday_in(mention.surface, source)
    text = _written(year, month, day, target, weekday=weekday)
    return Rendering(text, *span, alternatives=_others((year, month, day), target, text))


def _others(parts: tuple[int | None, int | None, int | None], target: str, text: str) -> tuple[str, ...]:
    """Return the other ways to write a date: without its article or weekday, the day first."""
    year, month, day = parts
    other = [_written(year, month, day, target, article=False)]
    if target == "en" and month and day:
        other.append(f"{day} {month_name(month, 'en')}{f' {year}' if year else ''}")
    if target == "en" and not month:
        other.append(f"on {text}")
    return tuple(o for o in dict.fromkeys(other) if o != text)


@cache
def _weekdays(source: str) -> re.Pattern[str]:
    names = "|".join(weekday_name(day, source) for day in range(1, 8))
    return re.compile(rf"({names})|\(([월화수목금토일])\)", re.IGNORECASE)


def _weekday_in(surface: str, source: str) -> int | None:
    """Return the weekday that a mention of a date names beside the day (1 is Monday)."""
    match = _weekdays(source).search(surface)
    if match is None:
        return None
    if match.group(2):
        return "월화수목금토일".index(match.group(2)) + 1
    return next(day for day in range(1, 8) if weekday_name(day, source).lower() == match.group(1).lower())


def _written(
    year: int | None,
    month: int | None,
    day: int | None,
    target: str,
    *,
    weekday: int | None = None,
    article: bool = True,
) -> str:
    """Write a calendar date from the parts that are known."""
    if target == "ko":
        parts = [f"{year}년" if year else "", f"{month}월" if month else "", f"{day}일" if day else ""]
        tail = f"({weekday_name(weekday, 'ko')[0]})" if weekday else ""
        return " ".join(p for p in parts if p) + tail
    name = month_name(month, target) if month else ""
    if target == "fr":
        lead = f"{weekday_name(weekday, 'fr')} " if weekday else ("le " if day and article else "")
        return lead + " ".join(p for p in (_french_day(day), name, str(year or "")) if p)
    lead = f"{weekday_name(weekday, 'en')}, " if weekday else ""
    if not month:
        return f"{lead}{'the ' if article else ''}{ordinal(day or 0, 'en')}"
    if not day:
        return f"{name} {year}" if year else name
    return f"{lead}{name} {day}" + (f", {year}" if year else "")


def _french_day(day: int | None) -> str:
    return "1er" if day == 1 else str(day or "")


# --- times ------------------------------------------------------------------------------------------------------------


def render_time(mention: Mention, source: str, target: str) -> Rendering:
    """Render a time of day; an hour whose half of the day is left open (role ``12h``) is never certain."""
    hour, minute = (int(x) for x in mention.value[1:].split(":"))
    is_open = mention.role == "12h" and hour > 0
    # French counts to 24: its 8 heures is the morning's. In Korean and English an open hour stays open.
    spoken = is_open and source != "fr"
    text, others = {"en": _english_time, "fr": _french_time, "ko": _korean_time}[target](hour, minute, spoken)
    return Rendering(text, mention.start, mention.end, not is_open, others)


def _english_time(hour: int, minute: int, is_open: bool) -> tuple[str, tuple[str, ...]]:
    clock = f"{hour}:{minute:02d}"
    twelve = f"{(hour - 1) % 12 + 1}" + (f":{minute:02d}" if minute else "")
    if is_open:
        return (twelve if minute else f"{twelve} o'clock"), (twelve,)
    text = f"{twelve} {'a' if hour < 12 else 'p'}.m."
    named = {(12, 0): "noon", (0, 0): "midnight"}.get((hour, minute))
    return named or text, (text, clock) if named else (clock,)


def _french_time(hour: int, minute: int, is_open: bool) -> tuple[str, tuple[str, ...]]:
    named = {(12, 0): "midi", (0, 0): "minuit"}.get((hour, minute))
    if minute:
        return f"{hour}{NARROW}h{NARROW}{minute:02d}", (f"{hour} h {minute:02d}", f"{hour}h{minute:02d}")
    hours = f"{hour} heure{'s' if hour > 1 else ''}"
    return (named, (hours,)) if named and not is_open else (hours, (f"{hour}{NARROW}h", f"{hour}h"))


def _korean_time(hour: int, minute: int, is_open: bool) -> tuple[str, tuple[str, ...]]:
    minutes = f" {minute}분" if minute else ""
    twelve = f"{(hour - 1) % 12 + 1}시{minutes}"
    if is_open:
        return twelve, ()
    named = {(12, 0): "정오", (0, 0): "자정"}.get((hour, minute))
    text = f"{'오전' if hour < 12 else '오후'} {twelve if hour else f'0시{minutes}'}"
    return (named, (text,)) if named else (text, (f"{hour}시{minutes}",))
