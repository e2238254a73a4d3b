"""Names that are translated, not transcribed: countries, peoples, parties, organisations, faiths, old city names.

A term has one key in all three languages; a form that ends in ``*`` in the table stands for all its endings.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

from pipeline.facts.lexicon import table

__all__ = ["Term", "has_term", "is_term", "terms"]

# One syllable stands for a country beside another one, or alone: 한미, 방미, 미 대통령.
_COUNTRY_SYLLABLES = "한미중일러북남영독불"


@dataclass(frozen=True, slots=True)
class Term:
    """Hold one form found in a text and the keys it may stand for."""

    start: int
    end: int
    keys: tuple[str, ...]


@cache
def _forms(language: str) -> Mapping[str, tuple[str, ...]]:
    """Map each form, with its star, to its keys."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for key, forms in table("terms")["terms"].items():
        for form in forms.get(language, "").split(","):
            if form:
                found[form].append(key)
    return MappingProxyType({form: tuple(keys) for form, keys in found.items()})


def _expression(form: str, language: str, *, tail: bool = False) -> str:
    """Write a form as a pattern; ``tail`` leaves out what may stand before a syllable that means a country."""
    base = re.escape(form.rstrip("*")).replace("'", "['’]")
    if language != "ko":
        return rf"(?<!\w){base}" + (r"[\w’'-]*" if form.endswith("*") else r"(?!\w)")
    if len(form.rstrip("*")) > 1:
        return base
    if form[0] in _COUNTRY_SYLLABLES:
        after = rf"{base}(?:[·-]?[{_COUNTRY_SYLLABLES}])?(?![가-힣])"
        before = rf"(?<![가-힣])[{_COUNTRY_SYLLABLES}방주대반친][·-]?{base}"
        return (
            rf"(?<![가-힣]){after}"
            if tail
            else rf"{before}|(?<![가-힣]){after}" + ("|(?<![가-힣])북" if form == "북*" else "")
        )
    return rf"(?<![가-힣]){base}" + ("" if form.endswith("*") else r"(?![가-힣])")


@cache
def _by_head(language: str) -> Mapping[str, tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]]:
    """Group the forms by how they begin, the longest first, so that a text need not be tried against all of them."""
    heads: defaultdict[str, list[tuple[re.Pattern[str], tuple[str, ...]]]] = defaultdict(list)
    for form in sorted(_forms(language), key=lambda f: (-len(f), f)):
        size = 1 if language == "ko" else 2
        heads[form[:size]].append((re.compile(_expression(form, language, tail=True)), _forms(language)[form]))
    return MappingProxyType({head: tuple(entries) for head, entries in heads.items()})


@lru_cache(maxsize=256)
def terms(text: str, language: str) -> tuple[Term, ...]:
    """Find the terms of a text, the longest form where several begin together."""
    heads, korean, found, position = _by_head(language), language == "ko", [], 0
    for start in range(len(text)) if korean else (m.start() for m in re.finditer(r"(?<!\w)\w", text)):
        if start < position:
            continue
        for pattern, keys in heads.get(text[start : start + (1 if korean else 2)], ()):
            if match := pattern.match(text, start):
                found.append(Term(start, match.end(), keys))
                position = match.end()
                break
    return tuple(found)


@cache
def _key_pattern(key: str, language: str) -> re.Pattern[str]:
    forms = [f for f, keys in _forms(language).items() if key in keys]
    return re.compile("|".join(_expression(f, language) for f in forms) or r"(?!)")


def has_term(text: str, key: str, language: str) -> bool:
    """Tell whether a text says a term in any of its forms."""
    return _key_pattern(key, language).search(text) is not None


def is_term(word: str, language: str) -> bool:
    """Tell whether a word is one of the forms that the table lists in full."""
    return word in _forms(language)
