"""Find Korean proper nouns with kiwipiepy, and people by surname and title."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from pipeline.facts.lexicon import table
from pipeline.facts.romanise import name_key
from pipeline.facts.spans import longest
from pipeline.records import Mention
from pipeline.text import without_surrogates

__all__ = ["KoreanToken", "korean_names", "korean_tokens"]


# 한일, 한-미: two countries in one syllable each.
_COUNTRY_PAIR = re.compile(r"[한일미중러북남영독프대][-·]?[한일미중러북남영독프대](?:[-·]?[한일미중러])?")


@dataclass(frozen=True, slots=True)
class KoreanToken:
    """Hold a morpheme: its form, its tag in the Sejong set, its span."""

    form: str
    tag: str
    start: int
    end: int


@cache
def _analyser() -> Any:
    """Load the morphological analyser once: a second of work, some 200 MB."""
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=1)


@lru_cache(maxsize=1024)
def korean_tokens(text: str) -> tuple[KoreanToken, ...]:
    """Analyse a Korean text once; several checks of one sentence ask for it."""
    tokens = _analyser().tokenize(without_surrogates(text))
    return tuple(KoreanToken(t.form, t.tag, t.start, t.start + t.len) for t in tokens)


def korean_names(text: str) -> list[Mention]:
    """Find people, organisations and other proper nouns in Korean text; Latin words count as names too."""
    if not re.search(r"[가-힣]", text):
        return list(_latin(text))
    found = [*_titled(text), *_latin(text), *_runs(text, korean_tokens(text))]
    return longest(found)


@cache
def _titled_pattern() -> re.Pattern[str]:
    raw = table("names")["ko"]
    titles = "|".join(sorted(raw["titles"], key=len, reverse=True))
    return re.compile(
        rf"(?<![가-힣])(?P<name>[{raw['surnames']}][가-힣]{{2}})\s(?:[가-힣]{{1,8}}\s?)?(?:{titles})(?![가-힣]{{3}})"
    )


def _titled(text: str) -> Iterator[Mention]:
    """Find three-syllable names before a title; verbs and particles of the same shape rarely stand there."""
    for match in _titled_pattern().finditer(text):
        name = match.group("name")
        if not re.search(r"(?:[은는이가을를의와과도로]|에서|하는|되는|했던|있는|없는|보다|까지|부터)$", name):
            yield _mention(text, match.start("name"), match.end("name"), "person")


def _latin(text: str) -> Iterator[Mention]:
    for match in re.finditer(r"(?<![\w@./])[A-Z][\w&'’.-]*(?:\s(?:of\s|and\s|&\s|the\s|de\s)?[A-Z][\w&'’-]*)*", text):
        surface = re.sub(r"[가-힣].*$", "", match.group()).rstrip(".,'’-& ")
        if len(surface) > 1 and not re.fullmatch(r"(?:UTC|GMT|AM|PM|KST)", surface):
            yield _mention(text, match.start(), match.start() + len(surface), "other")


def _runs(text: str, tokens: Sequence[KoreanToken]) -> Iterator[Mention]:
    """Join neighbouring proper nouns; a common noun joins where it is written in the same word."""
    index = 0
    while index < len(tokens):
        if tokens[index].tag != "NNP":
            index += 1
            continue
        begin, end = _same_word(tokens, index)
        while end < len(tokens) and tokens[end].tag == "NNP" and text[tokens[end - 1].end : tokens[end].start] == " ":
            _, end = _same_word(tokens, end)
        run = tokens[begin:end]
        index = end
        surface = text[run[0].start : run[-1].end]
        if len(surface) > 1:
            yield from _named(text, run, tokens[end] if end < len(tokens) else None)


def _same_word(tokens: Sequence[KoreanToken], index: int) -> tuple[int, int]:
    begin, end = index, index + 1
    nouns = ("NNP", "NNG", "XSN", "SL", "SN")
    while begin and tokens[begin - 1].tag in ("NNG", "XPN") and tokens[begin - 1].end == tokens[begin].start:
        begin -= 1
    while end < len(tokens) and tokens[end].tag in nouns and tokens[end].start == tokens[end - 1].end:
        end += 1
    return begin, end


def _named(text: str, run: Sequence[KoreanToken], following: KoreanToken | None) -> Iterator[Mention]:
    start, end = run[0].start, run[-1].end
    surface = text[start:end]
    raw = table("names")["ko"]
    role = "other"
    if len(surface) > 2 and surface.endswith(tuple(s for s in raw["organisation"] if len(s) > 1)):
        role = "organisation"
    elif len(surface) > 2 and surface.endswith(tuple(raw["place"])) and len(run) > 1:
        role = "place"
    elif following and following.form in raw["titles"]:
        role = "person"
    if not _COUNTRY_PAIR.fullmatch(surface):
        yield _mention(text, start, end, role)


def _mention(text: str, start: int, end: int, role: str) -> Mention:
    surface = text[start:end]
    return Mention("name", name_key(surface), surface, start, end, role=role)
