"""Look up press terms whose translation is fixed: public bodies, parties, titles, acronyms, set phrases.

The table ``tables/terms.csv`` has the form of a glossary. Its note says what a term is: ``body``, ``person`` and
``place`` are names and hold in both directions, ``title`` and ``term`` are read from left to right only. Several
rows of one term give its alternatives, the first being the usual form. Where no row joins Korean and French, two rows
with the same English name do.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from pipeline.facts.spans import longest

__all__ = ["PARTICLES", "Term", "TermMatch", "find_terms", "terms"]

_BOTH_WAYS = frozenset(("body", "person", "place"))
# Particles and endings that a Korean noun may carry; the longest first where one begins another.
PARTICLES = (
    "으로부터|으로서|으로써|에서는|에서도|에서의|에게서|이라고|이라는|이었던|이었다|부터는|까지는|에게는|들에게|에서|에게|에는|에도|에의|으로|로서|로써|"
    "로부터|라고|라는|이라|이며|이고|이다|였던|였다|인데|이나|이란|처럼|보다|부터|까지|마다|조차|만이|만을|만의|들이|들은|들을|들의|들과|"
    "께서|측은|측이|측의|측에|측|등|들|은|는|이|가|을|를|의|에|와|과|도|만|로|나|인|및|내|간|란"
)
_TAIL = re.compile(rf"(?:{PARTICLES})?(?![가-힣A-Za-z0-9])")
_WORD_START = re.compile(r"(?<![^\W_])[^\W_]")


@dataclass(frozen=True, slots=True)
class Term:
    """Hold a term's translation and what kind of term it is."""

    target: str
    note: str
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TermMatch:
    """Hold a term at its place in a text."""

    start: int
    end: int
    term: Term


@dataclass(frozen=True, slots=True)
class _Row:
    term: str
    language: str
    target: str
    target_language: str
    note: str


@cache
def _rows() -> tuple[_Row, ...]:
    text = files(__package__).joinpath("tables").joinpath("terms.csv").read_text(encoding="utf-8")
    return tuple(
        _Row(r["term"], r["language"], r["target"], r["target_language"], r["note"])
        for r in csv.DictReader(text.splitlines())
    )


@cache
def terms(source: str, target: str) -> Mapping[str, Term]:
    """Return the terms of a pair by their form in the source language, case as in the table."""
    grouped: dict[str, list[_Row]] = {}
    for row in (*_direct(source, target), *_joined(source, target)):
        grouped.setdefault(row.term, []).append(row)
    found = {}
    for form, rows in grouped.items():
        targets = tuple(dict.fromkeys(r.target for r in rows if r.note == rows[0].note))
        found[form] = Term(targets[0], rows[0].note, targets[1:])
    return MappingProxyType(found)


def _direct(source: str, target: str) -> list[_Row]:
    straight = [r for r in _rows() if (r.language, r.target_language) == (source, target)]
    back = [
        _Row(r.target, source, r.term, target, r.note)
        for r in _rows()
        if (r.language, r.target_language) == (target, source) and r.note in _BOTH_WAYS
    ]
    return [*straight, *back]


def _joined(source: str, target: str) -> list[_Row]:
    """Join two rows through English, for names only."""
    if "en" in (source, target):
        return []
    there: dict[str, list[_Row]] = {}
    for row in _direct("en", target):
        there.setdefault(row.term, []).append(row)
    return [
        _Row(row.term, source, other.target, target, row.note)
        for row in _direct(source, "en")
        if row.note in _BOTH_WAYS
        for other in there.get(row.target, ())
    ]


@dataclass(frozen=True, slots=True)
class _Index:
    """Hold the folded forms with what they stand for, and by first character the lengths that occur, longest first."""

    forms: Mapping[str, tuple[str, Term]]
    lengths: Mapping[str, tuple[int, ...]]


@cache
def _index(source: str, target: str) -> _Index:
    folded = {form.lower().replace("’", "'"): (form, term) for form, term in terms(source, target).items()}
    lengths: dict[str, set[int]] = {}
    for form in folded:
        lengths.setdefault(form[0], set()).add(len(form))
    ordered = {c: tuple(sorted(ls, reverse=True)) for c, ls in lengths.items()}
    return _Index(MappingProxyType(folded), MappingProxyType(ordered))


def find_terms(text: str, source: str, target: str) -> list[TermMatch]:
    """Find the terms of a text, the longest where they overlap.

    A term begins where a word begins and ends where one ends; in Korean a particle may follow. Forms with a capital
    are matched as written, others in any case.
    """
    index = _index(source, target)
    plain = text.lower().replace("’", "'")
    if len(plain) != len(text):
        return []  # a letter whose lower case is longer: offsets would lie
    found = []
    for word in _WORD_START.finditer(text):
        match = _longest_at(text, plain, word.start(), source, index)
        if match:
            found.append(match)
    return longest(found)


def _longest_at(text: str, plain: str, start: int, source: str, index: _Index) -> TermMatch | None:
    for length in index.lengths.get(plain[start], ()):
        entry = index.forms.get(plain[start : start + length])
        if entry is None or start + length > len(text):
            continue
        form, term = entry
        surface = text[start : start + length].replace("’", "'")
        if (form == surface or form.lower() == form) and _ends_well(text, start + length, source):
            return TermMatch(start, start + length, term)
    return None


def _ends_well(text: str, end: int, source: str) -> bool:
    if source == "ko":
        return _TAIL.match(text, end) is not None
    return re.match(r"[^\W_]", text[end : end + 1]) is None
