"""Cut the words of a sentence that may be names, and say how sure that is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from pipeline.facts.korean_names import KoreanToken, korean_tokens
from pipeline.facts.lexicon import common_words, table
from pipeline.facts.terms import is_term

__all__ = ["NameToken", "korean_nouns", "latin_words", "name_tokens", "sounds_foreign"]

Sort = Literal["proper", "rare", "common", "acronym", "loan"]
_LETTER = "A-Za-zÀ-ÖØ-öø-ÿĀ-ž"  # not Hangul: a Latin name runs into its Korean particle
_WORD = re.compile(rf"[{_LETTER}](?:[{_LETTER}\d]|['’](?=[{_LETTER}])|-(?=[{_LETTER}\d]))*")
_ELISION = re.compile(r"^(?:[cdjlmnstCDJLMNST]|[qQ]u|[jJ]usqu|[lL]orsqu|[pP]uisqu|[qQ]uelqu)['’](?=\w)")
_TAIL = re.compile(r"(?:n['’]t|['’](?:s|ve|re|m|ll|d|hui)?)$")
_ROMAN = re.compile(r"[IVX]+(?:e|er|ème|th)?$")
# Syllables that Korean words of its own seldom have: a name with two of them was transcribed.
_FOREIGN = re.compile(
    r"[스르브드크트프즈츠키캐케코쿠캘켄켈콜클티테톰튼틴펠폴플피러레루릭린렌랜릴벨벤베빌블비셔슨쉬셸시씨싱앤앨에엔엘웨윌윈워찰카타파]"
)
# Up to this many syllables one of them is enough; and a common noun of fewer is too short to tell.
_SHORT_FOREIGN, _LEAST_LOAN = 3, 3
_NOT_VERBAL = ("NN", "SL", "XR", "IC", "NR", "MM", "XPN", "XSN", "UN")


@dataclass(frozen=True, slots=True)
class NameToken:
    """Hold one word of a name.

    ``sort`` is ``common`` for a word of the dictionary with a capital ("Supreme"), which is translated, ``rare`` for
    one that is a name as often ("Smith", "Judiciary"), ``acronym`` for capitals only, ``loan`` for a Korean noun of
    foreign sound: a loanword, or a name that the tagger does not know.
    """

    start: int
    end: int
    text: str
    sort: Sort
    initial: bool = False


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    text: str
    initial: bool


def sounds_foreign(word: str) -> bool:
    """Tell whether a Korean word was transcribed from another language, by its syllables."""
    count = len(_FOREIGN.findall(word))
    return count >= 2 or (count == 1 and len(word) <= _SHORT_FOREIGN)


@lru_cache(maxsize=256)
def latin_words(text: str) -> tuple[str, ...]:
    """Return the words of a text in Latin letters, without elisions and possessives, in order."""
    return tuple(w.text for w in _words(text))


def _words(text: str) -> Iterator[_Word]:
    """Yield words; those that open a sentence or a quotation are initial. Capitalised compounds are parted."""
    position = 0
    for match in _WORD.finditer(text):
        initial = position == 0 or re.search(r"[.!?:;«“\"‘(\[•–—|/]\s*$", text[position : match.start()]) is not None
        position = match.end()
        word, start = match.group(), match.start()
        if elided := _ELISION.match(word):
            word, start = word[elided.end() :], start + elided.end()
        word = _TAIL.sub("", word)
        for part in re.finditer(r"[^-]+(?:-[^\W\dA-ZÀ-Ý][^-]*)*", word):
            yield _Word(start + part.start(), _given_name(part.group()), initial and part.start() == 0)


def _given_name(part: str) -> str:
    """Keep Jong-un whole; of "Paris-based" keep the name."""
    head, hyphen, tail = part.partition("-")
    whole = not hyphen or not head[0].isupper() or (len(part) <= 12 and not _is_common(tail, "en"))
    return part if whole else head


@cache
def _calendar(language: str) -> frozenset[str]:
    dates = table("dates").get(language, {})
    return frozenset(f.lower() for what in ("months", "weekdays") for e in dates.get(what, ()) for f in e.split("|"))


@cache
def _listed(language: str) -> frozenset[str]:
    """Return titles, words that open sentences and generic words of organisations and places, in lower case."""
    names = table("names").get(language, {})
    return frozenset(w.lower() for what in ("starters", "titles", "organisation", "place") for w in names.get(what, ()))


_PREFIX = re.compile("un|re|de|non|anti|inter|super|pre|dis|in")
_ENDINGS = {  # "|" parts them
    "en": "s|es|ed|d|ing|ly|er|ers|ity|ness|al|ally|y|ized|ised|ists|est|ism|ist|ic|ical|ian",
    "fr": "s|es|e|ment|ant|ants|ait|aient|ée|ées|és|é|er|ez|ons|ent|x",
}


@lru_cache(maxsize=16384)
def _is_common(word: str, language: str) -> bool:
    """Tell whether a word in lower case is one of the dictionary, or an inflected form of one."""
    words = common_words(language)
    if word in words or word in _listed(language):
        return True
    if (prefix := _PREFIX.match(word)) and len(word) - prefix.end() > 3 and word[prefix.end() :] in words:
        return True
    stems = [
        word[: -len(e)]
        for e in _ENDINGS.get(language[:2], "").split("|")
        if e and word.endswith(e) and len(word) - len(e) > 2
    ]
    return any(stem + tail in words for stem in stems for tail in ("", "e", "y", "er", "ir"))


def name_tokens(text: str, language: str) -> list[NameToken]:
    """Find the words of a sentence that may be names."""
    return _korean(text) if language == "ko" else _latin(text, language)


def _latin(text: str, language: str) -> list[NameToken]:
    found = []
    headline = _is_headline(text)
    for word in _words(text):
        lowered = word.text.lower()
        if (
            not word.text[0].isupper()
            or len(word.text) < 2
            or lowered in _calendar(language)
            or _ROMAN.match(word.text)
        ):
            continue
        known = _is_common(lowered, language) or _is_common(lowered.partition("-")[0], language)
        if word.initial and known:
            continue
        rare = not known and _is_common(lowered, f"{language}-rare") and not is_term(word.text, language)
        sort: Sort = "common" if known else "rare" if rare else "proper"
        if re.fullmatch(r"[A-Z]{1,5}s|[A-Z]{2,5}|[A-Z][a-z]?[A-Z]", word.text):
            sort = "acronym"
        found.append(NameToken(word.start, word.start + len(word.text), word.text, sort, word.initial or headline))
    return found


def _is_headline(text: str) -> bool:
    """Tell whether nearly all long words have a capital, so that it says nothing."""
    long_words = [w for w in latin_words(text) if len(w) > 3]
    return len(long_words) >= 4 and sum(w[0].isupper() for w in long_words) >= 0.8 * len(long_words)


def _korean(text: str) -> list[NameToken]:
    """Join neighbouring proper nouns that are written together; Latin words count as they do elsewhere."""
    spans: list[tuple[int, int]] = []
    for token in korean_tokens(text):
        if token.tag == "NNP":
            joined = bool(spans) and spans[-1][1] == token.start
            spans[-1:] = [(spans[-1][0], token.end)] if joined else [*spans[-1:], (token.start, token.end)]
    words = [(a + m.start(), a + m.end()) for a, b in spans for m in re.finditer(r"[가-힣]{2,}", text[a:b])]
    found = [NameToken(a, b, text[a:b], "proper") for a, b in words]
    found += [
        NameToken(t.start, t.end, text[t.start : t.end], "loan")
        for t in korean_tokens(text)
        if t.tag == "NNG" and t.end - t.start >= _LEAST_LOAN and sounds_foreign(text[t.start : t.end])
    ]
    latin = [
        NameToken(m.start(), m.end(), m.group(), "acronym" if m.group().isupper() else "proper")
        for m in re.finditer(r"(?<![A-Za-z@./])[A-Z][A-Za-zÀ-ÿ'’-]*[A-Za-zÀ-ÿ]", text)
    ]
    return sorted([*found, *latin], key=lambda t: t.start)


@lru_cache(maxsize=256)
def korean_nouns(text: str) -> str:
    """Return a Korean text with everything but nouns, roots and Latin words blotted out; the length stays."""
    letters = list(text)
    for token in korean_tokens(text):
        if not token.tag.startswith(_NOT_VERBAL):
            _blot(letters, token)
    return "".join(letters)


def _blot(letters: list[str], token: KoreanToken) -> None:
    for i in range(token.start, token.end):
        letters[i] = "#"
