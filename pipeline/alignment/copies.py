"""Recognise copies of a text by its word shingles: exact ones, near ones, parts. Pure.

A shingle is four words in a row, hashed. Two accounts of one event by two people share hardly any; a copy that has been
cut or edited shares most of what it kept. MinHash (Broder 1997) finds texts that are nearly the same among many without
comparing all with all. The exact shingles are kept for containment, so what ``rensa`` or ``datasketch`` would add is
the sketch itself: a dozen lines of numpy.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pipeline.alignment.terms import fold
from pipeline.text import fingerprint, tidy

__all__ = ["Copied", "Nodes", "collapse", "containment", "content_key", "shingles"]

Shingles = npt.NDArray[np.uint32]
IntArray = npt.NDArray[np.int64]
SHINGLE_WORDS = 4
# Eight bands of eight hashes: texts that share 90 % of their shingles meet in a band 99 times in 100, those that share
# half of them 3 times in 100.
_BANDS, _ROWS = 8, 8
# Share of common shingles (Jaccard) from which two texts with the same figures are one text for clustering.
NEARLY_ALL = 0.9
# Heads of a bucket that an article is compared with, latest first: more differ only in their day.
_MOST_HEADS = 16
_WORD = re.compile(r"\w+")


def content_key(segments: Sequence[str]) -> str:
    """Return a key that two texts share when they differ in white space at most; empty for an empty text."""
    return fingerprint(*(tidy(s) for s in segments)) if segments else ""


def shingles(segments: Sequence[str]) -> Shingles:
    """Return the hashes of the word shingles of a text, sorted, each once.

    Args:
        segments: sentences in order; shingles run across their borders, because sentence splitting may differ. Case and
            accents do not count. A text of fewer than four words is one shingle.
    """
    words = [w for text in segments for w in _WORD.findall(fold(text))]
    if not words:
        return np.empty(0, dtype=np.uint32)
    hashes = np.array([_word_hash(w) for w in words], dtype=np.uint64)
    width = min(SHINGLE_WORDS, len(hashes))
    mixed = np.zeros(len(hashes) - width + 1, dtype=np.uint64)
    for k in range(width):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + hashes[k : len(hashes) - width + 1 + k]
    mixed ^= mixed >> np.uint64(29)
    return np.unique((mixed * np.uint64(0xBF58476D1CE4E5B9) >> np.uint64(32)).astype(np.uint32))


@lru_cache(maxsize=1 << 18)
def _word_hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def containment(a: Shingles, b: Shingles) -> float:
    """Return the share of the shingles of ``a`` that ``b`` has as well, 0 for an empty text."""
    return len(np.intersect1d(a, b, assume_unique=True)) / len(a) if len(a) else 0.0


def _jaccard(a: Shingles, b: Shingles) -> float:
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both / (len(a) + len(b) - both) if both else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Copied:
    """Hold what tells whether an article is a copy.

    Attributes:
        language: of the text; copies are looked for inside one.
        content: from :func:`content_key`.
        shingles: from :func:`shingles`.
        figures: the figures and dates that the text states, sorted: what templates differ in.
        day: publication day as an ordinal, ``None`` when unknown.
    """

    language: str
    content: str
    shingles: Shingles
    figures: tuple[str, ...]
    day: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Nodes:
    """Hold the articles of a corpus with the copies of one text made one node.

    Attributes:
        heads: position of the article that stands for each node, ascending, shape ``(m,)``.
        node: node of each article, shape ``(n,)``.
        weights: articles of each node, shape ``(m,)``.
        exact: whether an article's text is that of its head, shape ``(n,)``.
    """

    heads: IntArray
    node: IntArray
    weights: IntArray
    exact: npt.NDArray[np.bool_]


def collapse(articles: Iterable[Copied], window: int) -> Nodes:
    """Make one node of all copies of a text, so that 100,000 of them cost what one does.

    An article joins the first earlier one with the same content, or with at least ``NEARLY_ALL`` of the shingles and
    the same figures (a template filled in twice is two texts). Texts published more than ``window`` days apart stay
    apart: last year's text is another event.

    Args:
        articles: in an order that does not depend on how they came, by id.
        window: days.
    """
    buckets: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    heads: list[Copied] = []
    place: list[int] = []
    node: list[int] = []
    exact: list[bool] = []
    rng = np.random.default_rng(0)
    hashing = (
        (rng.integers(1, 2**63, _BANDS * _ROWS, np.uint64) | np.uint64(1)),
        rng.integers(0, 2**63, _BANDS * _ROWS, np.uint64),
    )
    for position, article in enumerate(articles):
        keys = _keys(article, hashing)
        found = next((h for key in keys for h in _latest(buckets, key) if _same(heads[h], article, window)), None)
        if found is None:
            found = len(heads)
            heads.append(article)
            place.append(position)
            for key in keys:
                buckets[key].append(found)
        node.append(found)
        exact.append(heads[found].content == article.content)
    weights = np.bincount(np.array(node, dtype=np.int64), minlength=len(heads))
    return Nodes(np.array(place, np.int64), np.array(node, np.int64), weights, np.array(exact, np.bool_))


def _latest(buckets: defaultdict[tuple[object, ...], list[int]], key: tuple[object, ...]) -> list[int]:
    return buckets[key][: -_MOST_HEADS - 1 : -1] if key in buckets else []


def _same(head: Copied, article: Copied, window: int) -> bool:
    if head.day is not None and article.day is not None and abs(head.day - article.day) > window:
        return False
    return head.content == article.content or _jaccard(head.shingles, article.shingles) >= NEARLY_ALL


def _keys(article: Copied, hashing: tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]) -> list[tuple[object, ...]]:
    """Return the buckets of an article: its content, and the bands of its MinHash. An empty text has none."""
    if not article.content:
        return []
    keys: list[tuple[object, ...]] = [(article.language, article.content)]
    if len(article.shingles) >= _ROWS:  # of fewer, one word more is another text
        factor, shift = hashing
        mixed = article.shingles.astype(np.uint64)[:, None] * factor + shift
        sketch = (mixed >> np.uint64(32)).astype(np.uint32).min(axis=0).reshape(_BANDS, _ROWS)
        keys += [(article.language, article.figures, band, sketch[band].tobytes()) for band in range(_BANDS)]
    return keys
