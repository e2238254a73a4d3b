"""Write Hangul in Latin letters, and compare names across spellings and scripts."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import accumulate

from rapidfuzz.distance import Levenshtein

__all__ = ["fold", "name_key", "name_similarity", "romanise"]

_INITIALS = ("g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h")
_VOWELS = (
    "a",
    "ae",
    "ya",
    "yae",
    "eo",
    "e",
    "yeo",
    "ye",
    "o",
    "wa",
    "wae",
    "oe",
    "yo",
    "u",
    "wo",
    "we",
    "wi",
    "yu",
    "eu",
    "ui",
    "i",
)
_FINALS = (
    "",
    "k",
    "k",
    "k",
    "n",
    "n",
    "n",
    "t",
    "l",
    "k",
    "m",
    "l",
    "l",
    "l",
    "p",
    "l",
    "m",
    "p",
    "p",
    "t",
    "t",
    "ng",
    "t",
    "t",
    "k",
    "t",
    "p",
    "t",
)
_LIAISON = {1: "g", 2: "kk", 7: "d", 8: "r", 17: "b", 19: "s", 20: "ss", 22: "j", 23: "ch", 24: "k", 25: "t", 26: "p"}
_BASE, _LAST = 0xAC00, 0xD7A3


def romanise(text: str) -> str:
    """Write Hangul in the Revised Romanisation of Korean; other characters pass through.

    Finals move to a following vowel (liaison) and ㄹㄹ is ``ll``; the other sound changes are left out, because names
    do not show them.
    """
    pieces: list[str] = []
    for i, c in enumerate(text):
        if not _is_syllable(c):
            pieces.append(c)
            continue
        initial, vowel, final = _jamo(c)
        following = _jamo(text[i + 1]) if i + 1 < len(text) and _is_syllable(text[i + 1]) else None
        before = _jamo(text[i - 1]) if i and _is_syllable(text[i - 1]) else None
        head = "" if before and initial == 11 and before[2] in _LIAISON else _INITIALS[initial]
        if before and before[2] == 8 and initial == 5:
            head = "l"
        tail = _FINALS[final]
        if following and following[0] == 11 and final in _LIAISON:
            tail = _LIAISON[final]
        pieces.append(head + _VOWELS[vowel] + tail)
    return "".join(pieces)


def _is_syllable(c: str) -> bool:
    return _BASE <= ord(c) <= _LAST


def _jamo(c: str) -> tuple[int, int, int]:
    index = ord(c) - _BASE
    return index // 588, index % 588 // 28, index % 28


def fold(text: str) -> str:
    """Lower-case, without diacritics, hyphens and punctuation; words parted by one space."""
    plain = unicodedata.normalize(
        "NFKD", text.lower().replace("œ", "oe").replace("æ", "ae").replace("ø", "o").replace("ß", "ss")
    )
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    kept = unicodedata.normalize("NFC", kept)
    return " ".join(re.sub(r"[^\w\s]|_", " " if "-" not in kept else "", re.sub(r"['’.\-‐‑]", "", kept)).split())


@lru_cache(maxsize=16384)
def name_key(name: str) -> str:
    """Return the folded Latin form of a name in any script."""
    return fold(romanise(name))


# --- similarity -------------------------------------------------------------------------------------------------------

# Spellings of one sound, longest first: Korean in private romanisations, and Latin names as Hangul renders them.
_SOUNDS = (
    ("yeong", "yong"),
    ("young", "yong"),
    ("yeon", "yon"),
    ("youn", "yon"),
    ("yun", "yon"),
    ("hyun", "hyon"),
    ("hyeon", "hyon"),
    ("hyung", "hyong"),
    ("kyung", "kyong"),
    ("kyoung", "kyong"),
    ("woo", "u"),
    ("wu", "u"),
    ("eui", "i"),
    ("yeo", "yo"),
    ("you", "yu"),
    ("yoo", "yu"),
    ("ryu", "yu"),
    ("eau", "o"),
    ("oux", "u"),
    ("aul", "ol"),
    ("tch", "ch"),
    ("sch", "sh"),
    ("ph", "f"),
    ("qu", "k"),
    ("eo", "o"),
    ("oo", "u"),
    ("ou", "u"),
    ("ee", "i"),
    ("ea", "i"),
    ("eu", "u"),
    ("ae", "e"),
    ("oe", "e"),
    ("ai", "e"),
    ("ay", "ei"),
    ("ui", "i"),
    ("uh", "o"),
    ("ah", "a"),
    ("oh", "o"),
    ("eh", "e"),
    ("ck", "k"),
    ("th", "t"),
    ("sh", "s"),
    ("sy", "s"),
    ("ch", "j"),
    ("x", "ks"),
    ("c", "k"),
    ("q", "k"),
    ("gh", "k"),
)
_CLASS = {"g": "k", "d": "t", "b": "p", "v": "p", "f": "p", "z": "j", "r": "l", "w": "u", "y": "i"}
_VOWEL_SET = frozenset("aeiou")
_SOFT = re.compile("[aeiouh]")
_FAMILY_SPELLINGS = {
    "lee": "i",
    "yi": "i",
    "rhee": "i",
    "li": "i",
    "park": "bak",
    "pak": "bak",
    "roh": "no",
    "noh": "no",
    "no": "no",
    "rho": "no",
    "oh": "o",
    "o": "o",
    "woo": "u",
    "ryu": "yu",
    "yoo": "yu",
    "ryoo": "yu",
    "you": "yu",
    "lim": "im",
    "rim": "im",
    "im": "im",
    "choi": "choe",
    "chey": "choe",
    "chung": "jong",
    "jung": "jong",
    "cho": "jo",
    "chang": "jang",
    "kang": "gang",
    "kwon": "gwon",
    "ahn": "an",
    "shin": "sin",
}


@lru_cache(maxsize=16384)
def _sounds(token: str) -> str:
    token = _FAMILY_SPELLINGS.get(token, token)
    for spelling, sound in _SOUNDS:
        token = token.replace(spelling, sound)
    coded = "".join(_CLASS.get(c, c) for c in token)
    return re.sub(r"(.)\1+", r"\1", coded)


def _costs() -> dict[str, dict[str, float]]:
    """Return by both letters what taking one for the other costs; what is not there costs 1."""
    near = {c: {c: 0.0} for c in "abcdefghijklmnopqrstuvwxyz"}
    for a in _VOWEL_SET:
        near[a].update((b, 0.4) for b in _VOWEL_SET if a != b)
    for a, b in ("nl", "kj", "sj", "ts", "ij", "hp"):
        near[a][b] = near[b][a] = 0.5
    return near


_COSTS = _costs()


def _gap(c: str) -> float:
    return 0.35 if c in _VOWEL_SET or c == "h" else 0.9


def _distance(a: str, b: str) -> float:
    """Return the weighted edit distance of two sound strings: vowels and h are cheap."""
    gaps = [_gap(c) for c in b]
    row = list(accumulate(gaps, initial=0.0))
    for x in a:
        gap, costs = _gap(x), _COSTS.get(x) or {x: 0.0}
        last = row[0] + gap
        following = [last]
        for j, y in enumerate(b):
            last = min(row[j + 1] + gap, last + gaps[j], row[j] + costs.get(y, 1.0))
            following.append(last)
        row = following
    return row[-1]


@lru_cache(maxsize=65536)
def name_similarity(a: str, b: str, at_least: float = 0.0) -> float:
    """Compare two names in any script; 1 is the same, above about 0.8 variants of one spelling.

    Word order does not count ("Oh Young-joo", "Young-joo Oh"), nor does a Hangul name's missing space. A name that is
    one word of the other ("Roh", "Noh Yong-seok") scores at most 0.75.

    Args:
        a: a name.
        b: another.
        at_least: what is below it need not be known: some lower value may come in its place, sooner.
    """
    first, second = name_key(a), name_key(b)
    if not first or not second:
        return 0.0
    if first == second:
        return 1.0
    x, y = _tokens(a), _tokens(b)
    whole = max(_ratio(p, q, at_least) for p in _spoken_orders(x) for q in _spoken_orders(y))
    if len(x) == len(y) or min(len(x), len(y)) != 1:
        return whole
    short, long_name = (x[0], y) if len(x) == 1 else (y[0], x)
    if len(short) < 2:
        return whole
    return max(whole, 0.75 * max(_ratio(_sounds(short), _sounds(t), at_least) for t in long_name))


@lru_cache(maxsize=16384)
def _tokens(name: str) -> tuple[str, ...]:
    """Split a name; a Hangul name of three syllables without a space is surname and given name."""
    if re.fullmatch(r"[가-힣]{3}", name):
        return fold(romanise(name[0])), fold(romanise(name[1:]))
    return _join_given(tuple(name_key(name).split()))


def _join_given(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Join a given name written as two syllables: Ju Ji Hyeong is Ju Jihyeong."""
    if len(tokens) == 3 and all(len(t) <= 6 for t in tokens) and len(tokens[0]) <= 5:
        return tokens[0], tokens[1] + tokens[2]
    return tokens


@lru_cache(maxsize=16384)
def _spoken_orders(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sounds of a name's words in the orders in which they may stand."""
    orders = [tokens, (*tokens[1:], tokens[0]), (tokens[-1], *tokens[:-1])] if len(tokens) > 1 else [tokens]
    return tuple(dict.fromkeys("".join(map(_sounds, order)) for order in orders))


def _ratio(a: str, b: str, at_least: float = 0.0) -> float:
    longest = max(len(a), len(b))
    if not longest:
        return 0.0
    if at_least:
        best = 1.0 - _lower_bound(a, b) / longest
        if best < at_least - 1e-9:
            return max(0.0, best)
    return 1.0 - min(1.0, _distance(a, b) / longest)


def _lower_bound(a: str, b: str) -> float:
    """Return what the weighted distance cannot be below.

    Every edit costs 0.35 or more. One that touches a consonant costs 0.5 or more, so half the edits between the
    consonants alone is another bound.
    """
    consonants = Levenshtein.distance(_SOFT.sub("", a), _SOFT.sub("", b))
    return max(0.5 * consonants, 0.35 * Levenshtein.distance(a, b))
