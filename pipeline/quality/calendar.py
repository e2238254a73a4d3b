"""Read the months and weekdays that a sentence names, as claims and as evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from pipeline.facts.lexicon import LANGUAGES, table

__all__ = ["months", "weekdays", "without_months"]

_KOREAN_MONTH = re.compile(r"(?<![\d.,])(?:1[0-2]|0?[1-9])(?=\s?(?:[-~∼～,·]\s?(?:1[0-2]|[1-9])\s?)?월(?!드|등))")
_KOREAN_MONTH_WORDS = "일월|이월|삼월|사월|오월|유월|칠월|팔월|구월|시월|십일월|십이월"
_SLASHED = re.compile(r"(?<![\d/.])(\d{1,2})[/.](\d{1,2})(?:[/.](?:\d\d){1,2})?(?![\d/])")
_ISO = re.compile(r"(?<!\d)(?:1\d|20)\d\d[-.]\s?(\d{1,2})(?:[-.]\s?\d{1,2})?(?!\d)")
_KOREAN_DAY = re.compile(r"(?<![가-힣])([월화수목금토일])요일|\(([월화수목금토일])\)")
_KOREAN_DAYS = "월화수목금토일"


@cache
def _names(language: str, what: str) -> dict[str, int]:
    """Map every form of a month or weekday in lower case; the French "sept" is a number first, and stays out."""
    raw = table("dates").get(language, {}).get(what, ())
    return {form.lower(): i for i, forms in enumerate(raw, 1) for form in forms.split("|") if form != "sept"}


@cache
def _pattern(language: str, what: str) -> re.Pattern[str]:
    forms = "|".join(re.escape(f) for f in sorted(_names(language, what), key=len, reverse=True))
    plural = "s?" if what == "weekdays" else ""
    return re.compile(rf"(?<!\w)(?:{forms}){plural}(?!\w)" if forms else r"(?!)", re.IGNORECASE)


def months(text: str, language: str) -> frozenset[int]:
    """Return every month that a sentence may be understood to name, in words or in digits."""
    found = {int(m.group(1)) for m in _ISO.finditer(text)}
    found |= {int(g) for m in _SLASHED.finditer(text) for g in m.groups()}
    if language == "ko":
        found |= {int(m.group()) for m in _KOREAN_MONTH.finditer(text)}
        found |= {i for i, word in enumerate(_KOREAN_MONTH_WORDS.split("|"), 1) if word in text}
    elif language in LANGUAGES:
        found |= {_names(language, "months")[m.group().lower()] for m in _pattern(language, "months").finditer(text)}
    return frozenset(n for n in found if 1 <= n <= 12)


def without_months(text: str, language: str) -> str:
    """Blot out the digits that name a month in Korean, so that they do not count as numbers; the length stays."""
    return _KOREAN_MONTH.sub(lambda m: "_" * len(m.group()), text) if language == "ko" else text


def weekdays(text: str, language: str) -> Iterator[tuple[int, int, str]]:
    """Yield the weekdays of a sentence: number (1 is Monday), position, surface. Abbreviations do not count."""
    if language == "ko":
        for match in _KOREAN_DAY.finditer(text):
            yield _KOREAN_DAYS.index(match.group(1) or match.group(2)) + 1, match.start(), match.group()
        return
    names = _names(language, "weekdays")
    for match in _pattern(language, "weekdays").finditer(text):
        word = match.group().lower()
        number = names.get(word) or names.get(word.removesuffix("s"))
        if number and len(word) > 4 and (language != "en" or match.group()[0].isupper()):
            yield number, match.start(), match.group()
