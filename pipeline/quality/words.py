"""Look at a translation word by word: how common its words are, what it says twice, which words it covers. Pure."""

from __future__ import annotations

import html
import itertools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.facts.content import content_words, split_words

__all__ = [
    "Coverage",
    "WordUse",
    "content_words",
    "cover",
    "doubled",
    "kept_words",
    "open_ended",
    "split_words",
    "word_use",
]

_PART = re.compile(r"[^\W\d_]+")
_END = re.compile(r"[.!?…。」』»”\"'’)\]]\s*$")
_RAREST = -8.0  # log10 share of a word that the list does not know; its rarest words lie near -7.9
_SPAN = 4  # words in the stretch of the source whose coverage is the worst


@dataclass(frozen=True, slots=True)
class WordUse:
    """Hold how common the words of a text are: mean log10 share, and the share of words that no list knows."""

    common: float
    unknown: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """Hold how well the words of two sentences match, as means of the best cosines.

    ``support`` is over the words of the translation, ``coverage`` over those of the source, ``weakest`` over the worst
    stretch of four words of the source.
    """

    support: float
    coverage: float
    weakest: float


def word_use(text: str, shares: Mapping[str, float]) -> WordUse | None:
    """Look every word up in a frequency list; ``None`` when a text has no words.

    Args:
        text: any text.
        shares: log10 of a word's share of all words, by its lower-case form without accents.
    """
    parts = [_fold(p) for p in _PART.findall(html.unescape(text))]
    if not parts:
        return None
    found = [shares.get(p) for p in parts]
    known = [_RAREST if f is None else f for f in found]
    return WordUse(sum(known) / len(known), sum(f is None for f in found) / len(found))


def _fold(word: str) -> str:
    folded = unicodedata.normalize("NFKD", word.lower())
    return "".join(c for c in folded if not unicodedata.combining(c))


def cover(source: npt.NDArray[np.float32], target: npt.NDArray[np.float32]) -> Coverage | None:
    """Match the words of two sentences by their vectors; ``None`` where a side has none.

    Args:
        source: unit vectors of the words in order, shape ``(n, d)``.
        target: unit vectors of the words in order, shape ``(m, d)``.
    """
    if not len(source) or not len(target):
        return None
    cosines = source @ target.T
    best = cosines.max(axis=1)
    size = min(_SPAN, len(best))
    spans = np.convolve(best, np.ones(size) / size, mode="valid")
    values = (cosines.max(axis=0).mean(), best.mean(), spans.min())
    return Coverage(*(round(float(v), 4) for v in values))


def doubled(words: Sequence[str]) -> float:
    """Return the share of neighbouring word pairs that occurred before in the same text."""
    pairs = list(itertools.pairwise(words))
    return 1.0 - len(set(pairs)) / len(pairs) if pairs else 0.0


def kept_words(source: Sequence[str], target: Sequence[str]) -> float:
    """Return the share of the translation's words, names apart, that stand in the source in the same form."""
    plain = [w for w in target if len(w) > 1 and w[0].isalpha() and not w[0].isupper()]
    there = set(source)
    return sum(w in there for w in plain) / len(plain) if plain else 0.0


def open_ended(source: str, target: str) -> float:
    """Return 1 where the source ends like a sentence and the translation does not."""
    return float(_END.search(source) is not None and _END.search(target) is None)
