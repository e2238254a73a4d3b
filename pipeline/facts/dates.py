"""Find dates: absolute, partial, relative, years, decades, weekdays.

Values look like ISO 8601 with ``?`` for what the text leaves open: ``2024-05-10``, ``????-05-10``, ``????-??-26``,
``2018-04``, ``????-08``, ``2017``, ``1980s``, ``????-W??-3`` (a Wednesday). Relative ones are offsets: ``D-1``
yesterday, ``W+1`` next week, ``M+1-06`` the 6th of next month, ``Y-1`` last year, ``A-1`` the day before the day
spoken of, ``AY-1`` the year before that. :mod:`pipeline.facts.resolve` turns them into dates. ``role`` holds the
direction the words give (``past``, ``future``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from pipeline.facts.date_patterns import YEAR, Reader, date_patterns
from pipeline.facts.lexicon import LANGUAGES, table
from pipeline.facts.spans import longest
from pipeline.records import Mention

__all__ = ["dates"]

_Builder = Callable[["re.Match[str]", "_Tables"], "tuple[str, str | None] | None"]


@dataclass(frozen=True, slots=True)
class _Tables:
    """Hold the names of one language, ready for patterns."""

    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    relative: Mapping[str, str]
    past: tuple[str, ...]
    future: tuple[str, ...]


def dates(text: str, language: str) -> list[Mention]:
    """Find the dates of a text, unresolved, in order, the longest where readings overlap."""
    if language not in LANGUAGES:
        return longest(_numeric(text, language))
    found: list[Mention] = list(_numeric(text, language))
    tables = _tables(language)
    for pattern, reader in date_patterns(language):
        for match in pattern.finditer(text):
            built = _READERS[reader](match, tables)
            if built is not None:
                start, end = match.span("date")
                found.append(Mention("date", built[0], text[start:end], start, end, role=built[1]))
    return longest(found)


@cache
def _tables(language: str) -> _Tables:
    raw: Mapping[str, Any] = table("dates")[language]
    return _Tables(
        MappingProxyType({form.lower(): i for i, forms in enumerate(raw["months"], 1) for form in forms.split("|")}),
        MappingProxyType({form.lower(): i for i, forms in enumerate(raw["weekdays"], 1) for form in forms.split("|")}),
        MappingProxyType(dict(raw["relative"])),
        tuple(raw["past"]),
        tuple(raw["future"]),
    )


_COUNTED = re.compile(
    r"\s(?:"
    r"people|men|women|children|million|billion|years|miles|km|kg|metres|meters|feet|troops|soldiers|jobs|"
    r"homes|calories|personnes|hommes|femmes|enfants|millions|milliards|ans|kilomètres|mètres|euros|"
    r"dollars|soldats|emplois|foyers|degrees|members|students|passengers|patients|cases|cas|points|tonnes|"
    r"tons|acres|hectares|square|pages|words|mots|visitors|workers|employees|employés|salariés|victimes|"
    r"morts|deaths|spectateurs|spectators|voix|votes|seats"
    r")"
)


def _bare_year(match: re.Match[str], tables: _Tables) -> tuple[str, str | None] | None:
    if _COUNTED.match(match.string, match.end()):
        return None
    return match.group("year"), None


def _calendar(match: re.Match[str], tables: _Tables) -> tuple[str, str | None] | None:
    groups = match.groupdict()
    year, month, day = _year(groups), _month(groups, tables), _day(groups)
    if day is not None and not 1 <= day <= 31:
        return None
    direction = _direction(groups.get("dir"), tables)
    head = _relative_head(groups, tables)
    if head is not None:
        return _offset(head, month, day), direction
    if day is not None:
        return f"{year or '????'}-{_two(month)}-{day:02d}", direction
    if month is not None:
        return f"{year or '????'}-{month:02d}", direction
    return (year, direction) if year else None


def _year(groups: Mapping[str, str | None]) -> str | None:
    short = groups.get("short")
    if short:
        return ("19" if short[1:] > "40" else "20") + short[1:]
    return groups.get("year")


def _month(groups: Mapping[str, str | None], tables: _Tables) -> int | None:
    raw = groups.get("month")
    if raw is None:
        return None
    return int(raw) if raw.isdigit() else tables.months[raw.lower()]


def _day(groups: Mapping[str, str | None]) -> int | None:
    raw = groups.get("day")
    return int(raw.removesuffix("er")) if raw else None


def _two(value: int | None) -> str:
    return "??" if value is None else f"{value:02d}"


def _direction(word: str | None, tables: _Tables) -> str | None:
    if word is None:
        return None
    key = word.lower()
    if key in tables.past:
        return "past"
    return "future" if key in tables.future or key == "다음" else None


def _relative_head(groups: Mapping[str, str | None], tables: _Tables) -> str | None:
    """Return the offset a calendar date hangs on: 다음 달 6일, 올 4월, November 9 last year."""
    word = groups.get("rel")
    if word:
        return "Y+0" if word == "올" else tables.relative[word]
    year = groups.get("ryear")
    if year is None:
        return None
    if year.lower().startswith(("last", "dern")):
        return "Y-1"
    return "Y+1" if year.lower().startswith(("next", "proch")) else "Y+0"


def _offset(head: str, month: int | None, day: int | None) -> str:
    if head[0] in "DWA" and not head.startswith("AY"):
        return f"????-{_two(month)}-{_two(day)}" if day or month else head
    if head[0] == "M":
        return f"{head}-{_two(day)}" if day else head
    if day:
        return f"{head}-{_two(month)}-{_two(day)}"
    return f"{head}-{_two(month)}" if month else head


def _weekday(match: re.Match[str], tables: _Tables) -> tuple[str, str | None] | None:
    return f"????-W??-{tables.weekdays[match.group('weekday').lower()]}", _direction(match.group("dir"), tables)


def _decade(match: re.Match[str], tables: _Tables) -> tuple[str, str | None] | None:
    decade = match.group("decade")
    return f"{decade if len(decade) == 4 else '19' + decade}s", None


def _relative(match: re.Match[str], tables: _Tables) -> tuple[str, str | None] | None:
    return tables.relative[match.group("date").lower().replace("’", "'")], None


def _span_of_years(match: re.Match[str], tables: _Tables) -> tuple[str, str | None] | None:
    first, until = match.group("year"), match.group("until")
    last = until if len(until) == 4 else first[:2] + until
    return (f"{first}/{last}", None) if first < last < "2100" else None


_READERS: Mapping[Reader, _Builder] = MappingProxyType(
    {
        "calendar": _calendar,
        "weekday": _weekday,
        "decade": _decade,
        "relative": _relative,
        "span_of_years": _span_of_years,
        "bare_year": _bare_year,
    }
)
_ISO = re.compile(rf"(?<![\d-])({YEAR})-(0\d|1[0-2])-([0-2]\d|3[01])(?![\d-])")
_DOTTED = re.compile(rf"(?<![\d.])({YEAR})\.\s?(1[0-2]|0?[1-9])\.\s?(3[01]|[12]\d|0?[1-9])(?!\d)\.?")
_SLASHED = re.compile(rf"(?<![\d/])(\d{{1,2}})/(\d{{1,2}})/({YEAR})(?![\d/])")


def _numeric(text: str, language: str) -> Iterator[Mention]:
    for pattern in (_ISO, _DOTTED):
        for match in pattern.finditer(text):
            year, month, day = (int(g) for g in match.groups())
            yield _mention(match, f"{year:04d}-{month:02d}-{day:02d}")
    for match in _SLASHED.finditer(text):
        first, second, year = (int(g) for g in match.groups())
        month_first = language == "en" and first <= 12 and second > 12
        day, month = (second, first) if month_first else (first, second)
        if month <= 12 and 1 <= day <= 31 and month >= 1:
            yield _mention(match, f"{year:04d}-{month:02d}-{day:02d}")


def _mention(match: re.Match[str], value: str) -> Mention:
    return Mention("date", value, match.group(), match.start(), match.end())
