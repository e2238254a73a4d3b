"""Join numerals into quantities: ranges, scores, hedges such as "about" and 이상."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from pipeline.facts.lexicon import Lexicon, lexicon
from pipeline.facts.numeral import Numeral

__all__ = ["Quantity", "hedge_after", "hedge_before", "join_ranges"]

Form = Literal["single", "range", "score"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """Hold one or two numerals that belong together; ``hedge`` is one of ``~ < <= > >= <~ >~`` or ``""``."""

    start: int
    end: int
    numerals: tuple[Numeral, ...]
    form: Form = "single"
    hedge: str = ""

    @property
    def first(self) -> Numeral:
        """Return the numeral, or the lower end of a range as written."""
        return self.numerals[0]

    @property
    def last(self) -> Numeral:
        """Return the numeral, or the upper end of a range as written."""
        return self.numerals[-1]


_DASH = r"[-‐‑–—~∼〜～]"
_BETWEEN_UNIT = r"\s?(?:%|°C?|[$€£¥₩]|[^\W\d_]{1,12}\.?)?"


@cache
def _range_pattern(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    names = "|".join(map(re.escape, (*words.ranges, *words.between[1:])))
    # what may stand between the two: a repeated unit, then the sign or the word
    space = r"\s?" if language == "ko" else r"\s"
    alternatives = rf"\s?{_DASH}\s?" + (rf"|{space}(?P<word>{names})\s" if names else "")
    return re.compile(rf"(?P<unit>{_BETWEEN_UNIT})(?:{alternatives})[$€£¥₩]?")


@cache
def _score_pattern(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    names = "|".join(map(re.escape, words.score))
    return re.compile(rf"\s?[-–:]\s?|\s?(?:{names})\s?" if names else r"\s?[-–:]\s?")


def join_ranges(text: str, language: str, numerals: Sequence[Numeral]) -> list[Quantity]:
    """Group numerals into single quantities, ranges ("10 to 12") and scores ("27-24")."""
    words = lexicon(language)
    quantities: list[Quantity] = []
    index = 0
    while index < len(numerals):
        here = numerals[index]
        following = numerals[index + 1] if index + 1 < len(numerals) else None
        joined = _join(text, words, here, following) if following else None
        quantities.append(joined or Quantity(here.start, here.end, (here,)))
        index += 2 if joined else 1
    return quantities


def _join(text: str, words: Lexicon, a: Numeral, b: Numeral) -> Quantity | None:
    gap = text[a.end : b.start]
    if not 0 < len(gap) <= _LONGEST_GAP or any(n.ordinal or n.plural or n.code for n in (a, b)):
        return None
    if _is_score(text, words, a, b):
        return Quantity(a.start, b.end, (a, b), "score")
    match = _range_pattern(words.language).fullmatch(gap)
    if match is None or not _is_range_word(match.groupdict().get("word"), text, words, a):
        return None
    scaled = _share_scale(a, b)
    return Quantity(a.start, b.end, (scaled, b), "range") if scaled.value < b.value else None


def _is_range_word(word: str | None, text: str, words: Lexicon, a: Numeral) -> bool:
    """Tell whether the word between two numbers makes a range: "and" after "between", "to" unless after "from"."""
    before = text[max(0, a.start - 12) : a.start].lower()
    if word and words.between and word == words.between[1]:
        return _ends_with(before, words.between[0])
    if word and words.from_to and word == words.from_to[1]:
        return not _ends_with(before, words.from_to[0])  # "from 10 to 12" is a change, two quantities
    return True


def _share_scale(a: Numeral, b: Numeral) -> Numeral:
    """Give the first of "2 to 3 million" the scale of the second."""
    if a.multiplier == 1 and b.multiplier > 1 and a.value * b.multiplier < b.value:
        return replace(a, value=a.value * b.multiplier, multiplier=b.multiplier)
    return a


def _ends_with(before: str, word: str) -> bool:
    return re.search(rf"(?:^|\W){re.escape(word)}\s(?:[$€£¥₩]\s?)?$", before) is not None


def _is_score(text: str, words: Lexicon, a: Numeral, b: Numeral) -> bool:
    gap = text[a.end : b.start]
    if not (a.digits and b.digits and _score_pattern(words.language).fullmatch(gap) and _are_points(a, b)):
        return False
    if gap.strip() == ":" and b.width > 1:
        return False  # a time
    if text[b.end : b.end + 1] in ("%", "°", "-", "‑", "/") or text[a.start - 1 : a.start] in ("/", "-"):
        return False
    if a.value >= b.value and gap.strip():
        return True
    context = text[max(0, a.start - 60) : b.end + 40].lower()
    # "up 10 to 12": a word joins a score only with the larger number first
    worded = gap.strip() in ("to", "à")
    return not worded and _score_words(words.language).search(context) is not None and not _COUNTED.match(text, b.end)


def _are_points(a: Numeral, b: Numeral) -> bool:
    return all(n.value == int(n.value) and n.value <= _MOST_POINTS for n in (a, b))


_COUNTED = re.compile(r"\s?(?:years?|ans|people|%|percent|명|년|일|시간|months?|mois|jours|days|cm|km|m)\b")
_MOST_POINTS, _LONGEST_GAP = 300, 16


@cache
def _score_words(language: str) -> re.Pattern[str]:
    words = "|".join(map(re.escape, lexicon(language).score_context))
    return re.compile(words if language == "ko" else rf"\b(?:{words})\b")


@cache
def _hedges(language: str, side: Literal["before", "after"]) -> re.Pattern[str]:
    words = lexicon(language)
    table = words.before if side == "before" else words.after
    forms = "|".join(re.escape(w).replace("'", "['’]") for w in sorted(table, key=len, reverse=True))
    if side == "before":
        return re.compile(
            rf"(?:^|[\s(«“\"'‘’,])(?P<hedge>{forms})\s?(?:the\s|les?\s|[$€£¥₩]\s?|US\$\s?)?$", re.IGNORECASE
        )
    space = r"\s?" if language == "ko" else r"\s"
    return re.compile(rf"{space}(?P<hedge>{forms})" + ("" if language == "ko" else r"\b"), re.IGNORECASE)


def hedge_before(text: str, language: str, start: int) -> str:
    """Return the hedge that ends just before ``start``, ``""`` when there is none."""
    match = _hedges(language, "before").search(text[max(0, start - 28) : start])
    if match is None:
        return ""
    return lexicon(language).before[match.group("hedge").lower().replace("’", "'")]


def hedge_after(text: str, language: str, end: int) -> tuple[str, int]:
    """Return the hedge that begins just after ``end`` and where it ends."""
    match = _hedges(language, "after").match(text, end)
    if match is None:
        return "", end
    return lexicon(language).after[match.group("hedge").lower()], match.end()
