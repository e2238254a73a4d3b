"""Write the patterns of dates in each language; :mod:`pipeline.facts.dates` reads their groups.

Every pattern has the group ``date``, the span of the mention, and those of ``year month day weekday dir rel ryear short
decade until`` that its reader needs.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from pipeline.facts.lexicon import table

__all__ = ["YEAR", "Patterns", "Reader", "date_patterns"]

YEAR = r"(?:1[0-9]|20)\d\d"
Reader = Literal["calendar", "weekday", "decade", "relative", "span_of_years", "bare_year"]
Patterns = tuple[tuple[re.Pattern[str], Reader], ...]


@cache
def date_patterns(language: str) -> Patterns:
    """Return the patterns of a language that has tables, each with the name of the function that reads its match."""
    return {"en": _english, "fr": _french, "ko": _korean}[language]()


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


def _english() -> Patterns:
    (name, month), weekday = _month_names("en"), _names("en", "weekdays")
    day = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
    year = rf"(?:,?\s(?:of\s)?(?P<year>{YEAR})(?![\d%]|[.,]\d)|,?\s(?P<ryear>last|this|next)\syear)?"
    week = rf"(?:(?P<weekday>{weekday})\.?,?\s(?:the\s)?)?"
    end = r"(?=\W|$)"
    stop = (
        r"(?=\s*(?:$|[.,;:)!?”\"’]|\b(?:and|at|in|of|after|when|with|to|by|for|as|from|before|but|while|that|the|a|they|he|she|"
        r"it|we|is|was|were|will)\b))"
    )
    return (
        (re.compile(rf"\b(?P<date>{week}{day}(?:\s|-)(?:of\s)?{month}{year}){end}"), "calendar"),
        (re.compile(rf"\b(?P<date>{week}{month}\s(?:the\s)?{day}(?![\d:.,]\d|\d|%){year}){end}"), "calendar"),
        (re.compile(rf"\b(?P<date>{month},?\s(?:of\s)?(?P<year>{YEAR})\b)"), "calendar"),
        (re.compile(rf"\b(?P<date>{name},?\s(?P<ryear>last|this|next)\syear)"), "calendar"),
        (
            re.compile(
                rf"\b(?:(?i:in|since|by|until|till|during|of|from|to|for|early|late|mid|between|and|through|before|"
                rf"after|on|every|each)[\s-]|(?=last|next|this|past))"
                rf"(?P<date>(?:(?P<dir>last|next|this|past|this past|coming)\s)?"
                rf"{name})(?!\s[A-Z])"
            ),
            "calendar",
        ),
        (re.compile(rf"(?<=[a-z,]\s)(?P<date>(?P<month>{_unambiguous()})\b)(?!\s[A-Z])"), "calendar"),
        (re.compile(rf"^(?P<date>(?P<month>{_unambiguous()})\b)(?=[,:])"), "calendar"),
        (
            re.compile(
                rf"\b(?i:on|by|until|till|since|from|of)\sthe\s(?P<date>(?P<day>[0-3]?\d)(?:st|nd|rd|th)){stop}"
            ),
            "calendar",
        ),
        (
            re.compile(
                rf"\b(?P<date>(?:(?P<dir>last|next|this|past|this past|coming)\s)?(?P<weekday>{_long('en')})s?)\b"
            ),
            "weekday",
        ),
        (re.compile(r"\b(?P<date>(?:the\s)?(?P<decade>(?:1[0-9]|20)\d0)['’]?s)\b"), "decade"),
        (re.compile(r"(?<!\w)(?P<date>['’](?P<decade>[2-9]0)['’]?s)\b"), "decade"),
        (re.compile(rf"\b(?P<date>{_names('en', 'relative')})\b(?!['’]s)", re.IGNORECASE), "relative"),
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


def _french() -> Patterns:
    (_, month), weekday = _month_names("fr"), _names("fr", "weekdays")
    day = r"(?P<day>1er|[0-3]?\d)"
    year = (
        rf"(?:\s(?:de\s)?(?:l['’]an\s)?(?P<year>{YEAR})(?![\d%]|[.,]\d)"
        r"|\sde\sl['’](?:an|année)\s(?P<ryear>derni[eè]re?|proch\w+))?"
    )
    direction = r"(?:\s(?P<dir>dernier|prochain|passé))?"
    stop = (
        r"(?=\s*(?:$|[.,;:)!?»]|\b(?:à|au|aux|de|du|en|dans|et|pour|par|avec|sur|lors|a|est|sera|après|avant|afin|dernier|"
        r"prochain|chez|ont|que|qui)\b))"
    )
    return (
        (
            re.compile(rf"\b(?P<date>(?:(?P<weekday>{weekday})\s)?{day}\s{month}{year}{direction})", re.IGNORECASE),
            "calendar",
        ),
        (re.compile(rf"\b(?P<date>{month}\s(?:de\s)?(?P<year>{YEAR}))\b", re.IGNORECASE), "calendar"),
        (re.compile(rf"\b(?P<date>(?P<month>{_full('fr')}){direction})\b(?!\s\d|-)"), "calendar"),
        (
            re.compile(
                rf"\b(?:le|du|au|dès le|depuis le|jusqu['’]au|(?P<weekday>{weekday}))\s"
                rf"(?P<date>(?P<day>1er|[1-3]?\d)){stop}",
                re.IGNORECASE,
            ),
            "calendar",
        ),
        (
            re.compile(rf"\b(?P<date>(?P<weekday>{weekday})s?(?:\s(?P<dir>dernier|prochain|passé))?)\b", re.IGNORECASE),
            "weekday",
        ),
        (re.compile(r"\b(?:[Aa]nnées\s(?P<date>(?P<decade>(?:(?:1[0-9]|20)\d|[2-9])0)))\b"), "decade"),
        (re.compile(rf"\b(?P<date>{_names('fr', 'relative')})\b", re.IGNORECASE), "relative"),
        *_years(),
    )


def _korean() -> Patterns:
    relative = _names("ko", "relative")
    prefix = rf"(?:(?:(?P<rel>{relative}|올)|(?P<dir>지난|오는|다가오는))\s?)?"
    # 일 also counts days: not a date before what marks a span of time
    not_span = (
        r"(?!\s?(?:간|동안|만에|만\s|전\b|전에|전까지|뒤|후|째|이내|차|치|가량|정도|여|씩|이상|분의|사이|내내"
        r"|연속|짜리|넘|밖에))"
    )
    year = rf"(?:(?P<year>{YEAR})년|(?P<short>['’‘][0-9]{{2}})년)"
    return (
        (
            re.compile(
                rf"(?P<date>{prefix}(?:{year}\s?)?(?<!\d)(?P<month>1[0-2]|0?[1-9])월\s?(?P<day>[0-3]?\d)일)"
                rf"(?:\s?\([월화수목금토일]\))?"
            ),
            "calendar",
        ),
        (
            re.compile(
                rf"(?P<date>{prefix}(?:{year}\s?)?(?<!\d)(?P<month>1[0-2]|0?[1-9])월)(?!\s?\d{{1,2}}일|[가-힣]*요일)"
            ),
            "calendar",
        ),
        (
            re.compile(rf"(?P<date>{prefix}(?<![\d.,])(?P<day>3[01]|[12]\d|[1-9])일){not_span}(?![가-힣]*요일)"),
            "calendar",
        ),
        (re.compile(rf"(?P<date>{year})(?!대)"), "calendar"),
        (re.compile(r"(?<!\d)(?P<date>(?P<decade>(?:1[0-9]|20)\d0|[2-9]0)년대)"), "decade"),
        (
            re.compile(
                rf"(?P<date>(?:(?P<dir>지난|오는|다음|이번)\s)?(?:주\s)?(?P<weekday>{_names('ko', 'weekdays')}))"
            ),
            "weekday",
        ),
        (re.compile(rf"(?<![가-힣])(?P<date>{relative})"), "relative"),
        (
            re.compile(rf"(?<![\d.,~-])(?P<date>(?P<year>{YEAR}))(?=\s[가-힣A-Z]|\))(?!\s?[만천억조명개원달년월일시])"),
            "calendar",
        ),
        (
            re.compile(rf"(?<![\d.,])(?P<date>(?P<year>{YEAR})\s?[-~–]\s?(?P<until>(?:\d\d)?\d\d))\s?년"),
            "span_of_years",
        ),
    )


def _years() -> Patterns:
    """Read a four-digit number without grouping as a year where nothing is counted by it."""
    lead = r"(?:(?<=^)|(?<=[\s(«“\"'’/,-]))"
    return (
        (
            re.compile(
                rf"{lead}(?<![\d.,])(?P<date>(?P<year>{YEAR})\s?[-–/]\s?(?P<until>(?:\d\d)?\d\d))(?![\d,.]\d|\d|%)"
            ),
            "span_of_years",
        ),
        (
            re.compile(rf"{lead}(?<![$€£¥]\s)(?P<date>(?P<year>1[5-9]\d\d|20\d\d))(?![\d%°]|[.,]\d|\s\d\d\d)(?=\W|$)"),
            "bare_year",
        ),
    )
