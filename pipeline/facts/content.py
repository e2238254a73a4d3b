"""Reduce a text to the words that carry its content."""

from __future__ import annotations

import html
import re

from pipeline.facts.korean_stems import korean_stems

__all__ = ["content_words", "split_words"]

# Word and number, with the marks that hold one together: l'eau, 1,000, twenty-one.
_WORD = re.compile(r"\w+(?:['’.,-]\w+)*")
# Words that carry no content of their own, in lower case.
_PLAIN_WORDS = {
    "en": "the a an of to in on at by for with from and or but is are was were be been it its as not that this he she "
    "they his her their has have had will would can could which who than then there these those into also",
    "fr": "le la les l un une des de du d à au aux en dans sur par pour avec et ou mais est sont était étaient être "
    "été a ont avait qui que qu ce c cette ces il elle ils elles son sa ses leur leurs ne n pas se s plus y on",
}
_PLAIN = {language: frozenset(words.split()) for language, words in _PLAIN_WORDS.items()}


def split_words(text: str) -> list[str]:
    """Return the words and numbers of a text, character references resolved."""
    return _WORD.findall(html.unescape(text))


def content_words(text: str, language: str) -> list[str]:
    """Return the distinct words that carry the content of a text, in order; in Korean nouns and the stems of verbs."""
    if language == "ko":
        return korean_stems(text)
    plain = _PLAIN.get(language, frozenset())
    parts = (part for word in split_words(text.lower()) for part in re.split(r"['’]", word))
    return list(dict.fromkeys(p for p in parts if p and p not in plain))
