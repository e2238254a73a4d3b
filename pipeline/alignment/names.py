"""Bring the names of a corpus to common keys across scripts and spellings, word by word. Pure.

A name is compared as a bag of words, because "Tara Reid" becomes "Reid" in the second sentence. Words that are written
differently are joined when their consonants agree after the mergers that transliteration makes (k/g, t/d, p/b/f/v,
l/r, ch/j/s, inserted vowels) and their letters are alike.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rapidfuzz import process
from rapidfuzz.distance import Indel

from pipeline.facts.romanise import romanise
from pipeline.records import Mention

__all__ = ["NameWord", "canonical_words", "name_words", "skeleton"]

_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_PERSON = re.compile(r"[\uac00-\ud7a3]{3}")
# Share of letters in common that makes one word of two. Two transliterated words were one script before and differ
# when they differ; a transliteration against an original gains vowels ("kereuballang" for "Kervalan": 0.60).
_SAME_SCRIPT, _TRANSLITERATED = 0.8, 0.55
_ROUNDING = 1e-6  # 8 letters of 10 are 0.8, whichever way it is computed
_CLASSES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), letter)
    for pattern, letter in (
        ("tch|sch|sh|ch|cz|zh|dj|ts|tz", "s"),
        ("ph", "p"),
        ("ng|gn", "n"),
        ("ck|qu|gh", "k"),
        ("th|dh", "t"),
        ("lr|rl", "r"),
    )
)
_LETTERS = str.maketrans({**dict.fromkeys("cqg", "k"), "d": "t", **dict.fromkeys("bfv", "p"), "l": "r",
                          **dict.fromkeys("jzx", "s"), **dict.fromkeys("aeiouywh", None)})  # fmt: skip
_REPEAT = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True, order=True)
class NameWord:
    """Hold one word of a name as a comparison key; ``transliterated`` marks one that was not in Latin script."""

    text: str
    transliterated: bool


def name_words(mention: Mention) -> tuple[NameWord, ...]:
    """Cut the key of a name into words; a Korean personal name of three syllables into family and given name."""
    hangul = _HANGUL.search(mention.surface) is not None
    if mention.role == "person" and _PERSON.fullmatch(mention.surface):
        parts = [romanise(mention.surface[0]), romanise(mention.surface[1:])]
    else:
        parts = mention.value.split()
    return tuple(NameWord(part, hangul) for part in parts if len(part) > 1)


def skeleton(word: str) -> str:
    """Return the classes of a Latin word's consonants, repeats joined; vowels, h and w fall away."""
    text = word.lower()
    for pattern, letter in _CLASSES:
        text = pattern.sub(letter, text)
    return _REPEAT.sub(r"\1", text.translate(_LETTERS))


def canonical_words(words: Iterable[NameWord]) -> Mapping[NameWord, str]:
    """Map each name word of a corpus to the text that stands for all its spellings.

    Words whose skeleton has fewer than two consonants, and codes in capitals, stand for themselves: too many short
    words are alike.

    Args:
        words: in any order; the result does not depend on it.
    """
    ordered = sorted(set(words), key=lambda w: (w.transliterated, w.text))
    blocks: defaultdict[str, list[NameWord]] = defaultdict(list)
    for word in ordered:
        key = "" if word.text.isupper() else skeleton(word.text)
        if len(key) > 1:
            blocks[key].append(word)
    result = {word: word.text for word in ordered}
    for block in blocks.values():
        result.update(_joined(block))
    return MappingProxyType(result)


def _joined(block: Sequence[NameWord]) -> dict[NameWord, str]:
    """Give each word of one block the representative it is most alike to, if any; Latin words come first.

    Two transliterated words are never joined with each other, so that representatives are Latin.
    """
    heads: list[str] = []
    chosen: dict[NameWord, str] = {}
    for word in block:
        floor = _TRANSLITERATED if word.transliterated else _SAME_SCRIPT
        best = process.extractOne(word.text, heads, scorer=Indel.normalized_similarity, score_cutoff=floor - _ROUNDING)
        if best is None and not word.transliterated:
            heads.append(word.text)
        chosen[word] = word.text if best is None else best[0]
    return chosen
