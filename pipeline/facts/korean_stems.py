"""Reduce a Korean sentence to the words that carry its content: nouns as they are written, verbs as in a dictionary."""

from __future__ import annotations

from pipeline.facts.korean_names import KoreanToken, korean_tokens

__all__ = ["korean_nouns", "korean_stems"]

_NOUNS = ("NNG", "NNP")
_VERBS = ("VV", "VA")
_ALWAYS = ("SL", "SN")  # Latin words and digits


def korean_stems(text: str) -> list[str]:
    """Return the distinct nouns (neighbours in one word joined), then stems with -다, adverbs and foreign words."""
    tokens = korean_tokens(text)
    others = [
        token.form + ("다" if token.tag in _VERBS else "")
        for token in tokens
        if token.tag in _ALWAYS or (token.tag in (*_VERBS, "MAG", "XR") and len(token.form) > 1)
    ]
    return list(dict.fromkeys([*korean_nouns(text), *others]))


def korean_nouns(text: str, tags: tuple[str, ...] = ("NNG", "NNP")) -> list[str]:
    """Return the distinct nouns of two syllables and more that consist of the given tags, neighbours joined."""
    tokens = korean_tokens(text)
    found: list[str] = []
    index = 0
    while index < len(tokens):
        end = index + 1
        if tokens[index].tag in _NOUNS:
            while end < len(tokens) and _goes_on(tokens[end - 1], tokens[end]):
                end += 1
            if all(token.tag in (*tags, "XSN") for token in tokens[index:end]):
                found.append(text[tokens[index].start : tokens[end - 1].end])
        index = end
    return [noun for noun in dict.fromkeys(found) if len(noun) > 1]


def _goes_on(before: KoreanToken, token: KoreanToken) -> bool:
    return token.tag in (*_NOUNS, "XSN") and token.start == before.end
