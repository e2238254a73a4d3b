"""Divide a text into parts that can be translated on their own: its sentences, else two clauses. Pure.

A small model drops a clause of a long sentence rather than translate it wrongly; asked for each half, it says both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from pipeline.facts.korean_names import korean_tokens
from pipeline.text import split_sentences

__all__ = ["clauses", "sentences"]

# A clause below this is not worth a translation of its own. Korean says the same in about half the characters.
_SHORTEST, _SHORTEST_KOREAN = 30, 15
_BREAK = re.compile(r"(?<=[,;:])\s+|\s+(?=[–—]\s)")
# Endings that close a clause in Korean: connective ones, but not those before an auxiliary verb ("하고 있다").
_CONNECTIVE, _AUXILIARY = "EC", ("VX",)


def sentences(text: str, language: str) -> tuple[str, ...]:
    """Return the sentences of a text; the text itself where one of them is too short to stand alone.

    Args:
        text: one segment.
        language: ISO 639-1 code.
    """
    found = tuple(text[a:b] for a, b in split_sentences(text, language))
    return found if all(len(sentence) >= _shortest(language) for sentence in found) else (text,)


def clauses(text: str, language: str) -> tuple[str, ...]:
    """Return the sentences of a text; of one sentence, two clauses; the text itself where it has neither.

    Args:
        text: one segment.
        language: ISO 639-1 code.

    Returns:
        Parts in order, none empty; joined by spaces they are the text again but for white space.
    """
    found = sentences(text, language)
    if len(found) > 1:
        return found
    shortest = _shortest(language)
    cuts = [cut for cut in _clause_ends(text, language) if shortest <= cut <= len(text) - shortest]
    if not cuts:
        return (text,)
    middle = min(cuts, key=lambda cut: (abs(2 * cut - len(text)), cut))
    return text[:middle].strip(), text[middle:].strip()


def _shortest(language: str) -> int:
    return _SHORTEST_KOREAN if language == "ko" else _SHORTEST


def _clause_ends(text: str, language: str) -> Iterator[int]:
    yield from (match.start() for match in _BREAK.finditer(text))
    if language != "ko":
        return
    tokens = korean_tokens(text)
    for token, after in pairwise(tokens):
        if token.tag == _CONNECTIVE and after.tag not in _AUXILIARY and text[token.end : token.end + 1].isspace():
            yield token.end
