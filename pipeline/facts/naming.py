"""Tell whether two names are one, and whether a name stands anywhere in another text, whatever the script. Pure.

Korean and Latin spellings meet by sound, translated names by the tables of terms, and a name of which only one word is
repeated (*Roh*, *Noh Yong-seok*) is the same name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from pipeline.facts.compatible import SAME_NAME, same_name
from pipeline.facts.lexicon import common_words
from pipeline.facts.places import place_names
from pipeline.facts.press_terms import TermMatch, find_terms
from pipeline.facts.romanise import fold, name_similarity
from pipeline.facts.terms import has_term, terms
from pipeline.facts.transcribe import heard
from pipeline.records import Fact

__all__ = ["Text", "one_name", "proves", "said_in"]

Text = tuple[str, str]  # a sentence and its language
_CODE = re.compile(r"[A-Z]{2}|[A-Z]\w+/[\w/]+")
_HANGUL = re.compile(r"[가-힣]")
_WORD = re.compile(r"[^\W\d_](?:\w|['’-](?=\w))*")
_HEARD = 0.8
_STRANGE = 0.5
_HEARD_SHORT, _HEARD_BESIDE = 0.9, 0.65
_ACRONYM = 6
_SMALL = frozenset(
    (
        "of",
        "the",
        "and",
        "for",
        "de",
        "du",
        "des",
        "la",
        "le",
        "les",
        "l",
        "d",
        "van",
        "von",
        "der",
        "den",
        "bin",
        "al",
        "el",
        "di",
        "da",
        "dos",
        "del",
        "et",
        "in",
        "saint",
        "st",
        "san",
    )
)
# What a place or a body is called beside its name; said in one account and left out in the other.
_GENERIC = frozenset(
    (
        "typhoon",
        "typhon",
        "storm",
        "hurricane",
        "city",
        "island",
        "ile",
        "mount",
        "mont",
        "lake",
        "river",
        "province",
        "county",
        "district",
        "prefecture",
        "region",
        "ville",
        "departement",
        "comte",
        "arena",
        "stadium",
        "stade",
        "hall",
        "centre",
        "center",
        "north",
        "south",
        "east",
        "west",
        "nord",
        "sud",
        "est",
        "ouest",
        "group",
        "groupe",
        "company",
        "university",
        "universite",
        "ministry",
        "ministere",
        "hospital",
        "airport",
    )
)
_KOREAN_GENERIC = re.compile(
    r"(?<=[가-힣]{2})(?:특별자치도|특별자치시|광역시|특별시|시|군|구|읍|면|동|리|도|섬|산|강|호|항|역|대교|공항|체육관|경기장)$"
)


@lru_cache(maxsize=65536)
def one_name(a: str, b: str) -> bool:
    """Tell whether two surfaces name one thing: alike, or each word of the shorter alike one of the longer."""
    if name_similarity(a, b, SAME_NAME) >= SAME_NAME:
        return True
    x, y = sorted((_words(a), _words(b)), key=len)
    if not x or all(len(w) < 2 for w in x):
        return False
    return _enough([max(_likeness(w, v) for v in y) for w in x])


def differing_words(a: str, b: str) -> tuple[list[str], list[str]] | None:
    """Return the words in which two names differ, ``None`` where they share none or one only says less."""
    x, y = ([w for w in _WORD.findall(n) if fold(w) not in _SMALL and len(w) > 1] for n in (a, b))
    alike = [[_likeness(w, v) for v in y] for w in x]
    if not any(score >= _HEARD for row in alike for score in row):
        return None
    left = [w for w, row in zip(x, alike, strict=True) if max(row) < _HEARD]
    right = [v for n, v in enumerate(y) if max(row[n] for row in alike) < _HEARD]
    loose = max((name_similarity(w, v) for w in left for v in right), default=0.0)
    return (left, right) if left and right and loose < _STRANGE else None


def stands(word: str, text: str) -> bool:
    """Tell whether a word of a name stands in a text, as written or more or less by sound."""
    return _standing(word, text) >= _STRANGE


def _enough(scores: Sequence[float]) -> bool:
    """Tell whether the words of a name are all found; a word of several may be heard less well than one alone."""
    if len(scores) == 1:
        return scores[0] >= _HEARD
    return min(scores) >= _HEARD_BESIDE and sum(scores) / len(scores) >= _HEARD


def _likeness(a: str, b: str) -> float:
    """Return how alike two words are; across scripts by sound, where the whole Korean word must be covered."""
    korean = [_HANGUL.search(name) is not None for name in (a, b)]
    if korean[0] == korean[1]:
        spelt = name_similarity(a, b, SAME_NAME)
        return spelt if spelt >= SAME_NAME else 0.0
    latin, hangul = (b, a) if korean[0] else (a, b)
    found = heard(latin, hangul)
    whole = found.start == 0 and len(hangul) - found.end <= 1
    return max(name_similarity(a, b), found.score if whole else 0.0)


@lru_cache(maxsize=65536)
def _words(name: str) -> tuple[str, ...]:
    """Return the words that tell a name from others; all of them where every one is general."""
    words = [
        w for w in _WORD.findall(name.replace("-", " ") if _HANGUL.search(name) else name) if fold(w) not in _SMALL
    ]
    telling = [w for w in words if fold(w) not in _GENERIC]
    return tuple(_KOREAN_GENERIC.sub("", w) for w in (telling or words))


def proves(name: str, language: str, role: str | None) -> bool:
    """Tell whether a name is one that another text would give as a name too, and not translate or spell out.

    Words of the dictionary (*World Cup*, *Échec*) and acronyms are translated; a word that a Korean analyser calls a
    name is believed where it is a person, a place, or more than one word.
    """
    if language == "ko":
        return role in ("person", "place") or " " in name
    words = [w for w in _WORD.findall(name) if fold(w) not in _SMALL]
    common = common_words(language)
    telling = [w for w in words if w.lower() not in common and w.lower().removesuffix("s") not in common]
    return (
        bool(telling) and not any(w.isupper() and len(w) < _ACRONYM for w in telling) and len(telling) * 2 > len(words)
    )


def said_in(fact: Fact, language: str, facts: Iterable[Fact], texts: Sequence[Text]) -> bool:
    """Tell whether a name occurs in another account, under any spelling, as a translation, or inside a longer name.

    Args:
        fact: a name.
        language: language of its sentence.
        facts: the other account's facts.
        texts: its sentences with their languages.
    """
    if any(f.kind == "name" and (same_name(fact, f) or one_name(fact.surface, f.surface)) for f in facts):
        return True
    coded = _CODE.fullmatch(fact.value) is not None
    found = [t for t in terms(fact.surface, language) if not coded or t.end - t.start >= len(fact.surface) - 1]
    keys = {key for term in found for key in term.keys}
    others = {other for _, other in texts}
    translated = {(m.term.target, *m.term.alternatives) for o in others for m in _found(fact.surface, language, o)}
    forms = {form for group in translated for form in group}
    for text, other in texts:
        if any(has_term(text, key, other) for key in keys) or any(form in text for form in forms):
            return True
    return any(_stands(fact.surface, text) for text, _ in texts) if not coded else _known_place(fact, texts)


def _known_place(place: Fact, texts: Sequence[Text]) -> bool:
    """Tell whether a place that CLDR knows is written in a text under its name in that language."""
    for text, language in texts:
        names = [n for n, key in place_names(language).items() if key == place.value]
        if any(n in text for n in names):
            return True
    return False


def _found(surface: str, language: str, other: str) -> list[TermMatch]:
    return list(find_terms(surface, language, other)) if language != other else []


@lru_cache(maxsize=65536)
def _stands(name: str, text: str) -> bool:
    """Tell whether the telling words of a name stand in a text, as written or by sound."""
    words = [w for w in _words(name) if len(w) > 1]
    return bool(words) and _enough([_standing(word, text) for word in words])


def _standing(word: str, text: str) -> float:
    """Return how well a word is found in a text, 1 where it is written there."""
    if _HANGUL.search(word):
        if word in text:
            return 1.0
        return max((_likeness(w, word) for w in _capitals(text) if len(fold(w)) > 2), default=0.0)
    folded = fold(word)
    if any(fold(w) == folded or _alike(folded, fold(w)) for w in _capitals(text)):
        return 1.0
    if not _HANGUL.search(text):
        return 0.0
    score = heard(word, text).score
    return score if len(folded) > 3 or score >= _HEARD_SHORT else 0.0


def _alike(a: str, b: str) -> bool:
    return len(a) > 3 and len(b) > 3 and a[0] == b[0] and name_similarity(a, b, SAME_NAME) >= SAME_NAME


@lru_cache(maxsize=8192)
def _capitals(text: str) -> tuple[str, ...]:
    found = [w for w in _WORD.findall(text) if w[:1].isupper() or "-" in w]
    parts = [p for w in found for p in re.split(r"['’-]", w) if p[:1].isupper()]
    return tuple(dict.fromkeys([*found, *parts]))
