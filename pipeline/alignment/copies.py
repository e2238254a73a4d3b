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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from pipeline.alignment.terms import fold
from pipeline.text import fingerprint, tidy

__all__ = ["KEYS", "Nodes", "collapse", "containment", "content_key", "copy_keys", "shingles"]

Shingles = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
IntArray = npt.NDArray[np.int64]
SHINGLE_WORDS = 4
# Eight bands of eight hashes: texts that share 90 % of their shingles meet in a band 99 times in 100, those that share
# half of them 3 times in 100.
_BANDS, _ROWS = 8, 8
KEYS = 1 + _BANDS
"""Hashes that an article may share with its copies."""
_ODD = np.uint64(0x9E3779B97F4A7C15)
# Articles whose shingles are loaded at a time.
_LOADED = 4096
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


def copy_keys(language: str, content: str, found: Shingles, figures: Sequence[str]) -> list[int]:
    """Return what a text shares with its copies: a hash of its content, and one for each band of its MinHash.

    Args:
        language: of the text; copies are looked for inside one.
        content: from :func:`content_key`.
        found: from :func:`shingles`.
        figures: the figures and dates that the text states, sorted: what templates differ in.

    Returns:
        ``KEYS`` hashes; 0 where there is none. An empty text has none at all.
    """
    keys = [0] * KEYS
    if not content:
        return keys
    keys[0] = _word_hash(f"{language} {content}")
    if len(found) >= _ROWS:  # of fewer, one word more is another text
        factor, shift = _hashing()
        mixed = found.astype(np.uint64)[:, None] * factor + shift
        sketch = (mixed >> np.uint64(32)).min(axis=0).reshape(_BANDS, _ROWS)
        known = hashlib.blake2b(repr((language, figures)).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        salt = np.uint64(int.from_bytes(known, "little"))
        band = salt + np.arange(1, _BANDS + 1, dtype=np.uint64) * _ODD
        for row in range(_ROWS):
            band = (band ^ sketch[:, row]) * _ODD
            band ^= band >> np.uint64(29)
        keys[1:] = band.tolist()
    return keys


@cache
def _hashing() -> tuple[Hashes, Hashes]:
    """Return the factors and summands of the hash functions of the sketch, the same on every run."""
    rng = np.random.default_rng(0)
    factor = rng.integers(1, 2**63, _BANDS * _ROWS, np.uint64) | np.uint64(1)
    return factor, rng.integers(0, 2**63, _BANDS * _ROWS, np.uint64)


def collapse(
    keys: Hashes,
    content: Hashes,
    days: npt.NDArray[np.float64],
    shingles_of: Callable[[IntArray], Sequence[Shingles]],
    window: int,
) -> Nodes:
    """Make one node of all copies of a text, so that 100,000 of them cost what one does.

    An article joins the first earlier one with the same content, or with at least ``NEARLY_ALL`` of the shingles and
    the same figures (a template filled in twice is two texts). Texts published more than ``window`` days apart stay
    apart: last year's text is another event. Most articles share no key with any other and are not looked at.

    Args:
        keys: of each article, from :func:`copy_keys`, in an order that does not depend on how they came, shape
            ``(n, KEYS)``.
        content: hash of each text, shape ``(n,)``.
        days: publication days as ordinals, NaN when unknown, shape ``(n,)``.
        shingles_of: gives the shingles of articles by position.
        window: days.
    """
    names, counts = np.unique(keys[keys != 0], return_counts=True)
    crowded = np.flatnonzero(np.isin(keys, names[counts > 1]).any(axis=1))
    head_of = np.arange(len(keys), dtype=np.int64)
    buckets: defaultdict[int, list[int]] = defaultdict(list)
    kept: dict[int, Shingles] = {}
    for start in range(0, len(crowded), _LOADED):
        part = crowded[start : start + _LOADED]
        for position, own in zip(part.tolist(), shingles_of(part), strict=True):

            def same(head: int, here: int = position, own: Shingles = own) -> bool:
                if abs(days[head] - days[here]) > window:
                    return False
                return bool(content[head] == content[here]) or _jaccard(kept[head], own) >= NEARLY_ALL

            shared = [key for key in keys[position].tolist() if key]
            found = next((h for key in shared for h in _latest(buckets, key) if same(h)), None)
            if found is not None:
                head_of[position] = found
                continue
            kept[position] = own
            for key in shared:
                buckets[key].append(position)
    heads = np.flatnonzero(head_of == np.arange(len(keys)))
    node = np.searchsorted(heads, head_of)
    weights = np.bincount(node, minlength=len(heads))
    return Nodes(heads, node, weights, content[head_of] == content)


def _latest(buckets: defaultdict[int, list[int]], key: int) -> list[int]:
    return buckets[key][: -_MOST_HEADS - 1 : -1] if key in buckets else []
