"""Load the per-language tables of number words, approximations and contexts, once each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

__all__ = ["LANGUAGES", "Lexicon", "common_words", "lexicon", "table"]

LANGUAGES = ("en", "fr", "ko")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Hold what one language says about numbers.

    ``weak`` maps words that may stand for a small number ("both", "a", "양") to it: evidence for a translation check,
    never a fact of their own. ``before`` and ``after`` map hedges to one of ``~ < <= > >= <~ >~``.
    """

    language: str
    cardinals: Mapping[str, int]
    ordinals: Mapping[str, int]
    scales: Mapping[str, int]
    suffixes: Mapping[str, int]
    collectives: Mapping[str, int]
    plurals: Mapping[str, int]
    articles: frozenset[str]
    joiners: frozenset[str]
    weak: Mapping[str, int]
    before: Mapping[str, str]
    after: Mapping[str, str]
    between: tuple[str, ...]
    from_to: tuple[str, ...]
    ranges: tuple[str, ...]
    score: tuple[str, ...]
    score_context: tuple[str, ...]
    percent: tuple[str, ...]
    halves: Mapping[str, Decimal]
    fractions: Mapping[str, Decimal]


@cache
def table(name: str) -> Mapping[str, Any]:
    """Read a JSON table that lies beside the parsers; ``name`` without ``.json``."""
    text = files(__package__).joinpath("tables").joinpath(f"{name}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return MappingProxyType(loaded)


@cache
def lexicon(language: str) -> Lexicon:
    """Return the tables of a language; one without tables gets English hedges and no number words."""
    known = language in LANGUAGES
    raw = table(language if known else "en")
    words = dict.fromkeys(("cardinals", "ordinals", "scales", "collectives", "plurals", "weak"), None)
    numbers: dict[str, Mapping[str, int]] = {name: MappingProxyType(dict(raw[name]) if known else {}) for name in words}
    return Lexicon(
        language=language,
        suffixes=MappingProxyType(dict(raw["suffixes"])),
        articles=frozenset(raw["articles"]),
        joiners=frozenset(raw["joiners"]),
        before=MappingProxyType(dict(raw["before"])),
        after=MappingProxyType(dict(raw["after"])),
        between=tuple(raw["between"]),
        from_to=tuple(raw["from_to"]),
        ranges=tuple(raw["range"]),
        score=tuple(raw["score"]),
        score_context=tuple(raw["score_context"]),
        percent=tuple(raw["percent"]),
        halves=MappingProxyType({k: Decimal(str(v)) for k, v in raw["halves"].items()}),
        fractions=MappingProxyType({k: Decimal(str(v)) for k, v in raw["fractions"].items()}),
        **numbers,
    )


@cache
def common_words(language: str) -> frozenset[str]:
    """Return words of French or English that are no names: those written in lower case more often than not.

    Taken from the vocabulary of the Universal Sentence Encoder (Apache-2.0), which counts both spellings.
    """
    return frozenset(word for line in table("words").get(language, ()) for word in line.split())
