"""Cut the words around a fact that say what it is about: its clause and its sentence, the value taken out. Pure.

Two facts fill the same slot of two accounts where these words mean the same; an encoder that embeds them in one space
compares them across languages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from pipeline.facts.content import content_words
from pipeline.facts.numerals import numerals
from pipeline.records import Fact

__all__ = ["NAMED", "Context", "clause_span", "context"]

NAMED = frozenset(("name", "role", "outcome"))
"""Kinds of facts that are told apart by name and place, not by the slot of a value."""

_MIN_WORDS = 4
_GAP = "…"
_MOST_WORDS = 60
_KEPT = 2048  # contexts that are kept; an event of 24 articles has about as many facts
# Where a clause ends. Words stand for the boundary itself and open the next clause.
_MARKS = r"[;:()«»“”\"–—]|,(?!\d)|\.\.\.|…"
_BOUNDARY = {
    "en": rf"{_MARKS}|\s(?=(?:and|but|while|which|who|whose|after|when|because|although|before|as)\s)",
    "fr": rf"{_MARKS}|\s(?=(?:et|mais|qui|dont|tandis|après|avant|lorsque|quand|alors|où|puis)\s)",
    "ko": rf"{_MARKS}|·|(?<=[고며서나만데자뒤후때])\s(?=[^\s]{{2}})",
}


@dataclass(frozen=True, slots=True)
class Context:
    """Hold what surrounds a fact: clause and sentence with the value taken out, and the content words of both.

    The words of names, offices and outcomes are empty: no model of slots looks at them.
    """

    clause: str
    sentence: str
    clause_words: tuple[str, ...]
    sentence_words: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Return everything that an encoder has to embed."""
        return self.clause, self.sentence, *self.clause_words, *self.sentence_words


@cache
def _boundary(language: str) -> re.Pattern[str]:
    return re.compile(_BOUNDARY.get(language, _BOUNDARY["en"]))


def clause_span(text: str, language: str, start: int, end: int) -> tuple[int, int]:
    """Return the clause around a span: what lies between two boundaries, widened until it has a few words.

    Args:
        text: a sentence.
        language: ISO 639-1 code.
        start: first code point of the fact.
        end: one past its last.
    """
    cuts = [m.end() if m.group().strip() else m.start() for m in _boundary(language).finditer(text)]
    edges = sorted({0, len(text), *(c for c in cuts if not start < c < end)})
    first = max(i for i, e in enumerate(edges) if e <= start)
    last = min(i for i, e in enumerate(edges) if e >= end)
    while len(_around(text, edges[first], edges[last], start, end).split()) < _MIN_WORDS:
        if first == 0 and last == len(edges) - 1:
            break
        # The shorter neighbour first: the rest of a phrase that a comma cut, not the next statement.
        before = edges[first] - edges[first - 1] if first else len(text) + 1
        after = edges[last + 1] - edges[last] if last + 1 < len(edges) else len(text) + 1
        first, last = (first - 1, last) if before <= after else (first, last + 1)
    return edges[first], edges[last]


def _around(text: str, first: int, last: int, start: int, end: int) -> str:
    return re.sub(r"[^\w\s]", " ", f"{text[first:start]} {text[end:last]}")


def context(fact: Fact, text: str, language: str) -> Context:
    """Return the surroundings of a fact with its value taken out; the unit of a quantity stays.

    Args:
        fact: a fact of the sentence.
        text: the sentence.
        language: its language, ISO 639-1.
    """
    kept = _unit_words(fact, language)
    return _context(text, language, fact.start, fact.end, kept, worded=fact.kind not in NAMED)


@lru_cache(maxsize=_KEPT)
def _context(text: str, language: str, start: int, end: int, kept: str, *, worded: bool) -> Context:
    """Cut the surroundings of a span, for which ``kept`` stands; each account of an event is compared several times."""
    first, last = clause_span(text, language, start, end)
    clause, sentence = _tidy(f"{text[first:start]}{kept}{text[end:last]}"), _tidy(f"{text[:start]}{kept}{text[end:]}")
    words = [_words(part, language) if worded else () for part in (clause, sentence)]
    return Context(clause, sentence, *words)


def _words(text: str, language: str) -> tuple[str, ...]:
    return tuple(w for w in content_words(text, language)[:_MOST_WORDS] if len(w) > 1 and not w[0].isdigit())


def _unit_words(fact: Fact, language: str) -> str:
    if fact.kind not in ("number", "money", "percent", "duration") or fact.unit == "score":
        return _GAP if fact.kind != "outcome" else ""
    return _without_numerals(fact.surface, language)


@lru_cache(maxsize=_KEPT)
def _without_numerals(surface: str, language: str) -> str:
    kept, position = [], 0
    for numeral in numerals(surface, language):
        kept.append(surface[position : numeral.start])
        position = numeral.end
    rest = "".join([*kept, surface[position:]])
    return f"{_GAP} {rest}" if rest.strip() else _GAP


def _tidy(text: str) -> str:
    return " ".join(text.split())
