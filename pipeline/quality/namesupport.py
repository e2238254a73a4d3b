"""Say how well a name of one sentence is found in the other: by term, spelling or sound; 1 is certain, 0 not at all."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import Indel

from pipeline.facts.romanise import fold
from pipeline.facts.terms import Term, has_term, terms
from pipeline.facts.transcribe import heard, sound
from pipeline.quality.nametokens import NameToken, korean_nouns, latin_words

__all__ = ["support"]

_PARTICLES = "의이은는가을를와과도로"
_SURE, _SURE_TOGETHER = 0.75, 0.8
_HANGUL = re.compile(r"[가-힣]")


def support(token: NameToken, here: str, here_language: str, there: str, there_language: str) -> float:
    """Return how well the other sentence supports a name of this one.

    Args:
        token: a word of ``here``.
        here: the sentence that holds the word.
        here_language: its language.
        there: the other sentence.
        there_language: its language.
    """
    keys = _keys(token, terms(here, here_language))
    if any(has_term(there, key, there_language) for key in keys):
        return 1.0
    if _HANGUL.search(token.text):
        return _korean_in_latin(token.text, there) if there_language != "ko" else float(token.text in there)
    best = _spelt(token.text, there)
    if there_language == "ko" and best < 1.0:
        best = max(best, _sounding(token.text, there, bool(keys)))
        if best < _SURE and not keys:
            best = max(best, _sounding_together(token, here, there))
    if token.sort == "acronym" and best < 1.0:
        best = max(best, _spelt_out(token.text, there))
    return best


def _sounding(word: str, there: str, is_term: bool) -> float:
    """Look for a name by sound; one that has its own word in Korean (China) only where the likeness is no chance."""
    score = heard(word, korean_nouns(there)).score
    return score if not is_term or (score >= _SURE and len(_VOWELS.sub("", sound(word))) >= 4) else 0.0


_BEFORE, _AFTER = re.compile(r"([A-ZÀ-Ý][\w’']+) $"), re.compile(r" ([A-ZÀ-Ý][\w’']+)")


def _sounding_together(token: NameToken, here: str, there: str) -> float:
    """Look for a name together with its neighbour: San Diego is one word in Korean."""
    before, after = _BEFORE.search(here, 0, token.start), _AFTER.match(here, token.end)
    joined = [before.group(1) + token.text] if before else []
    joined += [token.text + after.group(1)] if after else []
    score = max((heard(word, korean_nouns(there)).score for word in joined), default=0.0)
    return score if score >= _SURE_TOGETHER else 0.0


def _keys(token: NameToken, found: tuple[Term, ...]) -> list[str]:
    return [key for t in found if t.start < token.end and token.start < t.end for key in t.keys]


def _spelt(word: str, there: str) -> float:
    """Compare a Latin word with those of the other sentence, allowing for how names are transcribed in each."""
    key = fold(word)
    if not key:
        return 1.0
    best = 0.0
    for other in _folded(there):
        if other == key or (len(key) > 3 and (other.rstrip("s") == key.rstrip("s"))):
            return 1.0
        if len(key) >= 4 and len(other) >= 4 and abs(len(key) - len(other)) <= 4:
            best = max(best, _alike(key, other))
    return best


@lru_cache(maxsize=512)
def _folded(text: str) -> tuple[str, ...]:
    words = latin_words(text)
    joined = [a + b for a, b in pairwise(words) if a[:1].isupper() and b[:1].isupper()]
    parts = [p for w in (*words, *joined) for p in (w, *re.split(r"['’-]", w))]
    return tuple(dict.fromkeys(f for f in map(fold, parts) if f))


_VOWELS = re.compile(r"[aeiou.yW]+")
_SIBILANTS = str.maketrans({**dict.fromkeys("cCSZJ", "s"), "R": "r", "T": "t", "G": "k", "H": "k", "N": "n", "K": "k"})


@lru_cache(maxsize=16384)
def _alike(a: str, b: str) -> float:
    """Compare two spellings: one name where they sound alike but for the last vowels (Poutine, Putin).

    In a long word the other vowels may differ too; a different consonant makes a different name (Johnson, Johnston).
    """
    x, y = sound(a).translate(_SIBILANTS), sound(b).translate(_SIBILANTS)
    if not x or not y:
        return 0.0
    if x == y or _bare(x) == _bare(y):
        return 0.95
    likeness = float(Indel.normalized_similarity(a, b))
    if _VOWELS.sub("", _bare(x)) == _VOWELS.sub("", _bare(y)) and x[0] == y[0] and min(len(a), len(b)) >= 7:
        return 0.9 if likeness >= 0.6 else likeness
    return min(likeness, 0.7)


def _bare(sounds: str) -> str:
    return re.sub(r"[aeiou.]+$|s$", "", sounds.removesuffix("s"))


def _korean_in_latin(name: str, there: str) -> float:
    """Return how well any word, or two words together, of a Latin text is heard in a Korean name."""
    words = [w for w in latin_words(there) if len(w) > 1]
    best = 0.0
    length = len(name) - (len(name) > 2 and name[-1] in _PARTICLES)  # 페일린의: an unknown name keeps its particle
    for i, word in enumerate(words):
        pair = word + words[i + 1] if i + 1 < len(words) and word[0].isupper() and words[i + 1][0].isupper() else ""
        for candidate in filter(None, (word, pair)):
            found = heard(candidate, name)
            cover = min(1.0, (found.end - found.start) / length)
            capital = 0.0 if candidate[0].isupper() else 0.08
            best = max(best, found.score * (0.45 + 0.55 * cover) - capital)
    return best


def _spelt_out(acronym: str, there: str) -> float:
    """Find the words that an acronym abbreviates, in another language perhaps in another order."""
    capitals = "".join(w[0] for w in latin_words(there) if w[0].isupper())
    others = {w for w in latin_words(there) if w.isupper() and len(w) == len(acronym)}
    if acronym in capitals:
        return 1.0
    return 0.8 if any(sorted(o) == sorted(acronym) for o in others) else 0.0
