"""Find a Latin name in Korean text by its sound: 오바마 for Obama, 캘리포니아 for California.

Both sides become strings of sound classes: consonants that Hangul does not tell apart share one (b, p, f, v), vowels
weigh little, ㅡ next to nothing, r may fall silent. The Latin word is aligned with the stretch of the Korean text
that fits best, from the beginning of a syllable to the end of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pipeline.facts.romanise import fold

__all__ = ["Heard", "heard", "sound", "weight"]

_INITIALS = ("k", "k", "n", "t", "t", "r", "m", "p", "p", "s", "s", "", "c", "c", "c", "k", "t", "p", "h")
_VOWELS = ("a", "e", "ia", "ie", "o", "e", "io", "ie", "o", "ua", "ue", "e", "io", "u", "uo", "ue", "ui", "iu", ".",
           "i", "i")  # fmt: skip
_FINALS = ("", "k", "k", "k", "n", "n", "n", "t", "r", "k", "m", "r", "r", "r", "p", "r", "m", "p", "p", "t", "t",
           "N", "t", "t", "k", "t", "p", "t")  # fmt: skip
_BASE, _LAST = 0xAC00, 0xD7A3
_VOWEL = frozenset("aeiou.")

# Spellings and the classes they may be heard as, longest first; a capital stands for a choice (see _CHOICE).
_SPELLINGS = (
    ("ancoi", "ansua"),
    ("tson", "tson"), ("dson", "tson"), ("mpson", "mson"),
    ("schw", "su"), ("sch", "s"),
    ("tch", "c"), ("dge", "c"), ("dg", "c"), ("dj", "c"), ("tsch", "c"), ("cz", "c"),
    ("zh", "c"), ("tz", "C"), ("ts", "C"), ("ds", "C"), ("kh", "H"), ("ch", "C"), ("sh", "s"), ("th", "T"), ("ph", "p"),
    ("gh", "G"), ("gn", "n"), ("ck", "k"), ("cc", "k"), ("qu", "ku"), ("mc", "mk"),
    ("nge", "nJe"), ("ngi", "nJi"), ("ng", "NK"),
    ("wr", "r"),
    ("kn", "kn"), ("ps", "ps"), ("sci", "si"), ("sce", "se"), ("ce", "Se"), ("ci", "Si"), ("cy", "Si"), ("ge", "Je"),
    ("gi", "Ji"), ("gy", "Ji"), ("eau", "o"), ("au", "o"), ("ou", "u"), ("oo", "u"), ("ee", "i"), ("ea", "i"),
    ("ie", "i"), ("ei", "ai"), ("eu", "o"), ("oe", "o"), ("ae", "e"), ("oi", "ua"), ("ay", "ei"), ("ai", "ei"),
    ("x", "ks"),
)  # fmt: skip
_SINGLE = {**dict.fromkeys("bpfv", "p"), **dict.fromkeys("ckq", "k"), "d": "t", "t": "t", "l": "r", "r": "R", "m": "m",
           "n": "n", "s": "s", "z": "Z", "j": "J", "g": "k", "h": "h", "w": "W", "y": "i"}  # fmt: skip
_CHOICE = {
    "C": "cks",
    "T": "ts",
    "G": "kh",
    "H": "kh",
    "S": "sc",
    "J": "ckh",
    "Z": "cst",
    "R": "r",
    "N": "N",
    "W": "p",
    "K": "k",
}
# What is left out, or put in: cost of a class without partner.
_SILENT = {"R": 0.12, "h": 0.25, "G": 0.1, "W": 0.25, "H": 0.6, "J": 0.5, "N": 0.9, "K": 0.0}
_NEAR = {frozenset("nN"): 0.2, frozenset("mn"): 0.55, frozenset("mN"): 0.6, frozenset("sc"): 0.35, frozenset("tc"): 0.5,
         frozenset("ts"): 0.6, frozenset("hp"): 0.5, frozenset("kh"): 0.6, frozenset("kc"): 0.7,
         frozenset("nr"): 0.7}  # fmt: skip
_INSIDE = 0.6  # cost of beginning inside a word of the Korean text: compounds are written together
_VOWEL_CHANGE = {frozenset("oa"): 0.15, frozenset("ou"): 0.1, frozenset("ei"): 0.12, frozenset("ae"): 0.12,
                 frozenset("eo"): 0.2}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """Hold how well a Latin word is heard in a Korean text (1 is perfect), and where (half-open span)."""

    score: float
    start: int
    end: int


@lru_cache(maxsize=32768)
def sound(word: str) -> str:
    """Return the sound classes of a Latin word; capitals stand for a choice of classes."""
    text = re.sub(r"[^a-z]", "", fold(word))
    text = re.sub(r"^x", "s", text)
    # Soft before a silent e: Pence, Rouge.
    text = re.sub(r"(?<=.)([cg])e$", lambda m: "s" if m[1] == "c" else "j", text)
    text = re.sub(r"(?<=[^aeiou])e$|(?<=[aeiou])gh$", "", text) or text
    text = re.sub(r"ey$", "i", text)
    text = re.sub(r"a[iy]r(?![aeiouy])", "eor", text)  # Blair; but Cairo
    text = re.sub(r"([a-z])\1", lambda m: m.group() if m.group(1) in "eo" else m.group(1), text)
    out: list[str] = []
    i = 0
    while i < len(text):
        for spelling, classes in _SPELLINGS:
            if text.startswith(spelling, i):
                out.append(classes)
                i += len(spelling)
                break
        else:
            spoken = text[i] == "r" and text[i + 1 : i + 2] in tuple("aeiouy")
            out.append("r" if spoken else _SINGLE.get(text[i], text[i]))
            i += 1
    return re.sub(r"[rR]+(?=r)", "", "".join(out))  # lr is one sound in Hangul


@lru_cache(maxsize=512)
def _korean(text: str) -> tuple[str, tuple[int, ...], tuple[float, ...]]:
    """Return the classes of a text, the character each comes from, and the cost of beginning before each."""
    classes: list[str] = []
    origin: list[int] = []
    cost: list[float] = []
    fresh = True
    for i, c in enumerate(text):
        if not _BASE <= ord(c) <= _LAST:
            fresh = True
            continue
        index = ord(c) - _BASE
        initial, vowel = _INITIALS[index // 588], _VOWELS[index % 588 // 28]
        if initial in ("s", "c") and vowel[0] == "i":
            vowel = vowel[1:] or vowel  # 슈 and 셔 write sh
        syllable = initial + vowel + _FINALS[index % 28]
        if classes and classes[-1] == syllable[0] and not fresh:
            syllable = syllable[1:]  # ㄹㄹ is one l, and a double n is heard once
        for k, s in enumerate(syllable):
            classes.append(s)
            origin.append(i)
            cost.append((0.0 if fresh else _INSIDE) if k == 0 else 9.0)
        fresh = False
    return "".join(classes), tuple(origin), tuple(cost)


def _change(a: str, b: str) -> float:
    """Return the cost of hearing the Latin class ``a`` as the Korean class ``b``."""
    if a == b or (a in _CHOICE and b in _CHOICE[a]):
        return 0.0
    if a in _VOWEL or b in _VOWEL:
        if a in _VOWEL and b in _VOWEL:
            return 0.1 if "." in (a, b) else _VOWEL_CHANGE.get(frozenset((a, b)), 0.3)
        if a == "W" and b in "uo":
            return 0.0
        if a == "J" and b == "i":
            return 0.1
        return 1.2
    options = _CHOICE.get(a, a)
    return min(_NEAR.get(frozenset((o, b)), 1.0) for o in options)


def _drop(a: str, last: bool) -> float:
    if a in _VOWEL:
        return 0.2
    if last and a in "tsZp":
        return 0.45
    return _SILENT.get(a, 0.9)


def _insert(b: str) -> float:
    if b == ".":
        return 0.03
    return 0.25 if b in _VOWEL else (0.4 if b in "hk" else 0.9)


_CHANGE = {(a, b): _change(a, b) for a in "aeiou.ptkrRmnNshZJcCTGHSWK" for b in "aeiou.ptkrmnNshc"}
_INSERT = {b: _insert(b) for b in "aeiou.ptkrmnNshc"}


def weight(classes: str) -> float:
    """Return what the classes of a word could cost at most: consonants count, vowels a little."""
    return sum(0.3 if c in _VOWEL else 0.0 if c == "K" else 0.9 for c in classes) or 0.3


@lru_cache(maxsize=8192)
def heard(word: str, text: str) -> Heard:
    """Find the stretch of a Korean text that sounds most like a Latin word."""
    classes = sound(word)
    there, origin, cost = _korean(text)
    if not classes or not there:
        return Heard(0.0, 0, 0)
    n = len(there)
    # row[j]: cheapest way to have used the first i Latin classes, ending before Korean class j; begin[j] its start
    row = [*cost, 9.0]
    begin = list(range(n + 1))
    for j in range(1, n + 1):
        put = row[j - 1] + _INSERT[there[j - 1]]
        if put < row[j]:
            row[j], begin[j] = put, begin[j - 1]
    for i, a in enumerate(classes):
        drop = _drop(a, i == len(classes) - 1)
        new = [row[0] + drop]
        start = [begin[0]]
        last = new[0]
        for j in range(1, n + 1):
            b = there[j - 1]
            best, where = row[j - 1] + _CHANGE[a, b], begin[j - 1]
            x = row[j] + drop
            if x < best:
                best, where = x, begin[j]
            x = last + _INSERT[b]
            if x < best:
                best, where = x, start[j - 1]
            new.append(best)
            start.append(where)
            last = best
        row, begin = new, start
    ends = [j for j in range(1, n + 1) if j == n or origin[j] != origin[j - 1]]
    end = min(ends, key=lambda j: (row[j], j))
    score = max(0.0, 1.0 - row[end] / weight(classes))
    return Heard(score, origin[min(begin[end], n - 1)], origin[end - 1] + 1)
