"""Alter one number, date or name of a sentence at random, to measure how many alterations a check finds. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

import numpy as np

from pipeline.facts.dates import dates
from pipeline.facts.lexicon import lexicon, table
from pipeline.quality.calendar import weekdays
from pipeline.quality.nametokens import name_tokens

__all__ = ["KINDS", "Alteration", "alter", "names_of"]

Kind = Literal["number", "date", "name"]
KINDS: tuple[Kind, ...] = ("number", "date", "name")
_NUMBER = re.compile(r"(?<![\w.,/:-])\d+(?:[ \u00a0\u202f,.]\d{3})*(?:[.,]\d+)?(?![\d/:-])")
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_FIRST_WORD = 3  # "one" and "two" are said in too many ways to be called altered


@dataclass(frozen=True, slots=True)
class Alteration:
    """Hold an altered text: ``text[start:end]`` is ``after``, and stands where ``before`` stood."""

    kind: Kind
    how: str
    text: str
    start: int
    end: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Site:
    """Hold a place that can be altered and the ways to do so."""

    start: int
    end: int
    ways: tuple[tuple[str, Callable[[str, np.random.Generator], str | None]], ...]


def alter(
    text: str, language: str, kind: Kind, rng: np.random.Generator, pool: Sequence[str] = ()
) -> Alteration | None:
    """Alter one fact of a text, drawn at random with the way to do it; ``None`` where it has none of that kind.

    Args:
        text: a sentence.
        language: its language, ISO 639-1.
        kind: what to alter.
        rng: source of randomness.
        pool: names of other sentences in the same language, to put in place of a name.
    """
    sites = list(_SITES[kind](text, language, pool))
    for index in rng.permutation(len(sites)):
        site = sites[index]
        for way in rng.permutation(len(site.ways)):
            how, change = site.ways[way]
            before = text[site.start : site.end]
            after = change(before, rng)
            if after is not None and after != before:
                altered = text[: site.start] + after + text[site.end :]
                return Alteration(kind, how, altered, site.start, site.start + len(after), before, after)
    return None


# --- numbers ----------------------------------------------------------------------------------------------------------


def _numbers(text: str, language: str, pool: Sequence[str]) -> Iterator[_Site]:
    taken = [(d.start, d.end) for d in dates(text, language)]
    ways = (("digit", _another_digit), ("value", _another_value), ("scale", _another_scale))
    for match in _NUMBER.finditer(text):
        if not any(a < match.end() and match.start() < b for a, b in taken):
            yield _Site(match.start(), match.end(), ways)
    for word, start in _number_words(text, language):
        if not any(a < start + len(word) and start < b for a, b in taken):
            yield _Site(start, start + len(word), (("word", _another_word(language)),))


def _another_digit(text: str, rng: np.random.Generator) -> str | None:
    places = [i for i, c in enumerate(text) if c.isdigit()]
    place = places[rng.integers(len(places))]
    options = [d for d in "0123456789" if d != text[place] and not (d == "0" and place == 0)]
    return text[:place] + options[rng.integers(len(options))] + text[place + 1 :]


def _another_value(text: str, rng: np.random.Generator) -> str:
    first = True
    pieces = []
    for c in text:
        pieces.append(str(rng.integers(1 if first else 0, 10)) if c.isdigit() else c)
        first = first and not c.isdigit()
    return "".join(pieces)


def _another_scale(text: str, rng: np.random.Generator) -> str | None:
    """Multiply a plain number by ten."""
    return text + "0" if text.isdigit() and text != "0" else None


@cache
def _cardinals(language: str) -> Mapping[str, int]:
    words = {w: v for w, v in lexicon(language).cardinals.items() if _FIRST_WORD <= v <= 90 and len(w) > 3}
    return MappingProxyType(words if language in ("en", "fr") else {})


def _number_words(text: str, language: str) -> Iterator[tuple[str, int]]:
    for match in re.finditer(r"(?<![\w-])[^\W\d_]+(?![\w-])", text):
        if match.group() in _cardinals(language):
            yield match.group(), match.start()


def _another_word(language: str) -> Callable[[str, np.random.Generator], str | None]:
    def change(text: str, rng: np.random.Generator) -> str:
        words = sorted(w for w, v in _cardinals(language).items() if v != _cardinals(language)[text])
        return words[rng.integers(len(words))]

    return change


# --- dates ------------------------------------------------------------------------------------------------------------


def _dates(text: str, language: str, pool: Sequence[str]) -> Iterator[_Site]:
    for mention in dates(text, language):
        for year in _YEAR.finditer(mention.surface):
            yield _shifted(mention.start, year, "year", _another_year)
        for day in re.finditer(r"(?<!\d)\d{1,2}(?=일|\b|st|nd|rd|th|er)", mention.surface):
            if not re.match(r"\d{1,2}년|\d{1,2}월", mention.surface[day.start() :]) and "-" in mention.value:
                yield _shifted(mention.start, day, "day", _another_day)
        for month in _months(language).finditer(mention.surface):
            yield _shifted(mention.start, month, "month", _another_form(language, "months"))
    for _, start, surface in weekdays(text, language):
        yield _Site(start, start + len(surface), (("weekday", _another_form(language, "weekdays")),))


def _shifted(
    offset: int, match: re.Match[str], how: str, change: Callable[[str, np.random.Generator], str | None]
) -> _Site:
    return _Site(offset + match.start(), offset + match.end(), ((how, change),))


def _another_year(text: str, rng: np.random.Generator) -> str:
    shift = int(rng.integers(1, 10)) * (1 if rng.random() < 0.5 else -1)
    return str(int(text) + shift)


def _another_day(text: str, rng: np.random.Generator) -> str:
    options = [d for d in range(1, 29) if d != int(text)]
    return str(options[rng.integers(len(options))])


@cache
def _full_forms(language: str, what: str) -> tuple[str, ...]:
    return tuple(entry.split("|")[0] for entry in table("dates").get(language, {}).get(what, ()))


@cache
def _months(language: str) -> re.Pattern[str]:
    forms = "|".join(map(re.escape, sorted(_full_forms(language, "months"), key=len, reverse=True)))
    return re.compile(rf"(?<![\w])(?:{forms})(?![a-zà-ÿ])" if forms else r"(?!)")


def _another_form(language: str, what: str) -> Callable[[str, np.random.Generator], str | None]:
    def change(text: str, rng: np.random.Generator) -> str | None:
        forms = _full_forms(language, what)
        stem = text.lower().removesuffix("s") if what == "weekdays" else text.lower()
        options = [f for f in forms if f.lower() not in (stem, text.lower())]
        if len(options) == len(forms):
            return None  # an abbreviation, or a weekday in brackets
        chosen = options[rng.integers(len(options))]
        return chosen if not text[0].isupper() else chosen[0].upper() + chosen[1:]

    return change


# --- names ------------------------------------------------------------------------------------------------------------


def names_of(text: str, language: str) -> list[str]:
    """Return the names of a sentence that can be altered, or put in place of others."""
    return [text[a:b] for a, b in _name_spans(text, language)]


def _name_spans(text: str, language: str) -> list[tuple[int, int]]:
    tokens = name_tokens(text, language)
    return [(t.start, t.end) for t in tokens if t.sort in ("proper", "rare") and not t.initial and len(t.text) > 2]


def _names(text: str, language: str, pool: Sequence[str]) -> Iterator[_Site]:
    others = [name for name in pool if name not in text]
    ways = (("other", _from(others)), ("other", _from(others)), ("other", _from(others)), ("spelling", _misspelt))
    for start, end in _name_spans(text, language):
        yield _Site(start, end, ways)


def _from(pool: Sequence[str]) -> Callable[[str, np.random.Generator], str | None]:
    return lambda text, rng: pool[int(rng.integers(len(pool)))] if pool else None


def _misspelt(text: str, rng: np.random.Generator) -> str | None:
    """Exchange one consonant for another that sounds different: Johnson, Johnton; in Hangul one syllable."""
    groups = ("bp", "dt", "kgcq", "ln", "m", "r", "s", "v", "w")
    places = [i for i, c in enumerate(text) if i and (c.lower() in "".join(groups) or "가" <= c <= "힣")]
    if not places or len(text) < 4 - ("가" <= text[0] <= "힣"):
        return None
    place = places[rng.integers(len(places))]
    if "가" <= text[place] <= "힣":
        options = [c for c in "나다라마바사아자카타파하로무비소" if c != text[place]]
    else:
        options = [c for g in groups if text[place].lower() not in g for c in g[0]]
    return text[:place] + options[rng.integers(len(options))] + text[place + 1 :]


_SITES: Mapping[Kind, Callable[[str, str, Sequence[str]], Iterator[_Site]]] = MappingProxyType(
    {"number": _numbers, "date": _dates, "name": _names}
)
