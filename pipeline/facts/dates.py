"""Find dates: absolute, partial, relative, years, decades, weekdays.

Values look like ISO 8601 with ``?`` for what the text leaves open: ``2024-05-10``, ``????-05-10``, ``????-??-26``,
``2018-04``, ``????-08``, ``2017``, ``1980s``, ``????-W??-3`` (a Wednesday). Relative ones are offsets: ``D-1`` yesterday,
``W+1`` next week, ``M+1-06`` the 6th of next month, ``Y-1`` last year, ``A-1`` the day before the day spoken of, ``AY-1``
the year before that. :mod:`pipeline.facts.resolve` turns them into dates. ``role`` holds the direction the words give
(``past``, ``future``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from pipeline.facts.lexicon import LANGUAGES, table
from pipeline.facts.spans import longest
from pipeline.records import Mention

__all__ = ["dates"]

_YEAR = r"(?:1[0-9]|20)\d\d"
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
    for pattern, build in _patterns(language):
        for match in pattern.finditer(text):
            built = build(match, tables)
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


def _names(language: str, what: str) -> str:
    raw = table("dates")[language][what]
    forms = [form for entry in raw for form in entry.split("|")] if not isinstance(raw, dict) else list(raw)
    return "|".join(re.escape(f).replace("'", "['’]") for f in sorted(forms, key=len, reverse=True))


def _month_names(language: str) -> tuple[str, str]:
    """Return the pattern of month names, and the same with the dot of an abbreviation."""
    entries = [entry.split("|") for entry in table("dates")[language]["months"]]
    full = "|".join(entry[0] for entry in entries)
    short = "|".join(re.escape(form) for entry in entries for form in sorted(entry[1:], key=len, reverse=True))
    return rf"(?P<month>{full}|{short})(?!\w)", rf"(?:(?P<month>{full}|{short})(?!\w)(?:(?<={_tails(entries)})\.)?)"


def _tails(entries: list[list[str]]) -> str:
    return "|".join(sorted({form[-3:] for entry in entries for form in entry[1:]}))


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], _Builder], ...]:
    return {"en": _english, "fr": _french, "ko": _korean}[language]()


def _english() -> tuple[tuple[re.Pattern[str], _Builder], ...]:
    (name, month), weekday = _month_names("en"), _names("en", "weekdays")
    day = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
    year = rf"(?:,?\s(?:of\s)?(?P<year>{_YEAR})(?![\d%]|[.,]\d)|,?\s(?P<ryear>last|this|next)\syear)?"
    week = rf"(?:(?P<weekday>{weekday})\.?,?\s(?:the\s)?)?"
    end = r"(?=\W|$)"
    stop = r"(?=\s*(?:$|[.,;:)!?”\"’]|\b(?:and|at|in|of|after|when|with|to|by|for|as|from|before|but|while|that)\b))"
    return (
        (re.compile(rf"\b(?P<date>{week}{day}(?:\s|-)(?:of\s)?{month}{year}){end}"), _calendar),
        (re.compile(rf"\b(?P<date>{week}{month}\s(?:the\s)?{day}(?![\d:.,]\d|\d|%){year}){end}"), _calendar),
        (re.compile(rf"\b(?P<date>{month},?\s(?:of\s)?(?P<year>{_YEAR})\b)"), _calendar),
        (re.compile(rf"\b(?P<date>{name},?\s(?P<ryear>last|this|next)\syear)"), _calendar),
        (
            re.compile(
                rf"\b(?:(?i:in|since|by|until|till|during|of|from|to|for|early|late|mid|between|and|through|before|after|"
                rf"on|every|each)[\s-]|(?=last|next|this|past))(?P<date>(?:(?P<dir>last|next|this|past|this past|coming)\s)?"
                rf"{name})(?!\s[A-Z])"
            ),
            _calendar,
        ),
        (re.compile(rf"(?<=[a-z,]\s)(?P<date>(?P<month>{_unambiguous()})\b)(?!\s[A-Z])"), _calendar),
        (re.compile(rf"^(?P<date>(?P<month>{_unambiguous()})\b)(?=[,:])"), _calendar),
        (
            re.compile(
                rf"\b(?i:on|by|until|till|since|from|of)\sthe\s(?P<date>(?P<day>[0-3]?\d)(?:st|nd|rd|th)){stop}"
            ),
            _calendar,
        ),
        (
            re.compile(
                rf"\b(?P<date>(?:(?P<dir>last|next|this|past|this past|coming)\s)?(?P<weekday>{_long('en')})s?)\b"
            ),
            _weekday,
        ),
        (re.compile(rf"\b(?P<date>(?:the\s)?(?P<decade>(?:1[0-9]|20)\d0)['’]?s)\b"), _decade),
        (re.compile(r"(?<!\w)(?P<date>['’](?P<decade>[2-9]0)['’]?s)\b"), _decade),
        (re.compile(rf"\b(?P<date>{_names('en', 'relative')})\b(?!['’]s)", re.IGNORECASE), _relative),
        *_years(),
    )


def _long(language: str) -> str:
    return "|".join(entry.split("|")[0] for entry in table("dates")[language]["weekdays"])


def _full(language: str) -> str:
    return "|".join(entry.split("|")[0] for entry in table("dates")[language]["months"])


def _unambiguous() -> str:
    """Leave out the English months that are also words or given names."""
    full = [entry.split("|")[0] for entry in table("dates")["en"]["months"]]
    return "|".join(m for m in full if m not in ("March", "April", "May", "June", "August"))


def _french() -> tuple[tuple[re.Pattern[str], _Builder], ...]:
    (name, month), weekday = _month_names("fr"), _names("fr", "weekdays")
    day = r"(?P<day>1er|[0-3]?\d)"
    year = rf"(?:\s(?:de\s)?(?:l['’]an\s)?(?P<year>{_YEAR})(?![\d%]|[.,]\d)|\sde\sl['’](?:an|année)\s(?P<ryear>derni[eè]re?|proch\w+))?"
    direction = r"(?:\s(?P<dir>dernier|prochain|passé))?"
    stop = (
        r"(?=\s*(?:$|[.,;:)!?»]|\b(?:à|au|aux|de|du|en|dans|et|pour|par|avec|sur|lors|a|est|sera|après|avant|afin|dernier|"
        r"prochain|chez|ont|que|qui)\b))"
    )
    return (
        (
            re.compile(rf"\b(?P<date>(?:(?P<weekday>{weekday})\s)?{day}\s{month}{year}{direction})", re.IGNORECASE),
            _calendar,
        ),
        (re.compile(rf"\b(?P<date>{month}\s(?:de\s)?(?P<year>{_YEAR}))\b", re.IGNORECASE), _calendar),
        (re.compile(rf"\b(?P<date>(?P<month>{_full('fr')}){direction})\b(?!\s\d|-)"), _calendar),
        (
            re.compile(
                rf"\b(?:le|du|au|dès le|depuis le|jusqu['’]au|(?P<weekday>{weekday}))\s(?P<date>(?P<day>1er|[1-3]?\d)){stop}",
                re.IGNORECASE,
            ),
            _calendar,
        ),
        (
            re.compile(rf"\b(?P<date>(?P<weekday>{weekday})s?(?:\s(?P<dir>dernier|prochain|passé))?)\b", re.IGNORECASE),
            _weekday,
        ),
        (re.compile(r"\b(?:[Aa]nnées\s(?P<date>(?P<decade>(?:(?:1[0-9]|20)\d|[2-9])0)))\b"), _decade),
        (re.compile(rf"\b(?P<date>{_names('fr', 'relative')})\b", re.IGNORECASE), _relative),
        *_years(),
    )


def _korean() -> tuple[tuple[re.Pattern[str], _Builder], ...]:
    relative = _names("ko", "relative")
    prefix = rf"(?:(?:(?P<rel>{relative}|올)|(?P<dir>지난|오는|다가오는))\s?)?"
    not_span = r"(?!\s?(?:간|동안|만에|만\s|전\b|전에|전까지|뒤|후|째|이내|차|치|가량|정도|여|씩|이상|분의|사이|내내|연속|짜리|넘|밖에))"
    year = rf"(?:(?P<year>{_YEAR})년|(?P<short>['’‘][0-9]{{2}})년)"
    return (
        (
            re.compile(
                rf"(?P<date>{prefix}(?:{year}\s?)?(?<!\d)(?P<month>1[0-2]|0?[1-9])월\s?(?P<day>[0-3]?\d)일)"
                rf"(?:\s?\([월화수목금토일]\))?"
            ),
            _calendar,
        ),
        (
            re.compile(
                rf"(?P<date>{prefix}(?:{year}\s?)?(?<!\d)(?P<month>1[0-2]|0?[1-9])월)(?!\s?\d{{1,2}}일|[가-힣]*요일)"
            ),
            _calendar,
        ),
        (
            re.compile(rf"(?P<date>{prefix}(?<![\d.,])(?P<day>3[01]|[12]\d|[1-9])일){not_span}(?![가-힣]*요일)"),
            _calendar,
        ),
        (re.compile(rf"(?P<date>{year})(?!대)"), _calendar),
        (re.compile(r"(?<!\d)(?P<date>(?P<decade>(?:1[0-9]|20)\d0|[2-9]0)년대)"), _decade),
        (
            re.compile(
                rf"(?P<date>(?:(?P<dir>지난|오는|다음|이번)\s)?(?:주\s)?(?P<weekday>{_names('ko', 'weekdays')}))"
            ),
            _weekday,
        ),
        (re.compile(rf"(?<![가-힣])(?P<date>{relative})"), _relative),
        (
            re.compile(
                rf"(?<![\d.,~-])(?P<date>(?P<year>{_YEAR}))(?=\s[가-힣A-Z]|\))(?!\s?[만천억조명개원달년월일시])"
            ),
            _calendar,
        ),
        (
            re.compile(rf"(?<![\d.,])(?P<date>(?P<year>{_YEAR})\s?[-~–]\s?(?P<until>(?:\d\d)?\d\d))\s?년"),
            _span_of_years,
        ),
    )


def _years() -> tuple[tuple[re.Pattern[str], _Builder], ...]:
    """Read a four-digit number without grouping as a year where nothing is counted by it."""
    lead = r"(?:(?<=^)|(?<=[\s(«“\"'’/,-]))"
    return (
        (
            re.compile(
                rf"{lead}(?<![\d.,])(?P<date>(?P<year>{_YEAR})\s?[-–/]\s?(?P<until>(?:\d\d)?\d\d))(?![\d,.]\d|\d|%)"
            ),
            _span_of_years,
        ),
        (
            re.compile(rf"{lead}(?<![$€£¥]\s)(?P<date>(?P<year>1[5-9]\d\d|20\d\d))(?![\d%°]|[.,]\d|\s\d\d\d)(?=\W|$)"),
            _bare_year,
        ),
    )


_COUNTED = re.compile(
    r"\s(?:people|men|women|children|million|billion|years|miles|km|kg|metres|meters|feet|troops|soldiers|jobs|homes|calories|"
    r"personnes|hommes|femmes|enfants|millions|milliards|ans|kilomètres|mètres|euros|dollars|soldats|emplois|foyers|degrees|"
    r"shell|members|students|passengers|patients|cases|cas|points|tonnes|tons|acres|hectares|square|pages|words|mots|m\b|"
    r"visitors|workers|employees|employés|salariés|victimes|morts|deaths|spectateurs|spectators|voix|votes|seats)"
)
_MANY = re.compile(
    r"(?:about|some|over|nearly|than|almost|approximately|environ|quelque|de|les|des|of the|the) $", re.IGNORECASE
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


_ISO = re.compile(rf"(?<![\d-])({_YEAR})-(0\d|1[0-2])-([0-2]\d|3[01])(?![\d-])")
_DOTTED = re.compile(rf"(?<![\d.])({_YEAR})\.\s?(1[0-2]|0?[1-9])\.\s?(3[01]|[12]\d|0?[1-9])(?!\d)\.?")
_SLASHED = re.compile(rf"(?<![\d/])(\d{{1,2}})/(\d{{1,2}})/({_YEAR})(?![\d/])")


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
