"""Parse the sentences of one article together, so that dates complete one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.facts.claims import claims
from pipeline.facts.parse import parse
from pipeline.facts.resolve import resolve_partial, resolve_within
from pipeline.records import Mention

__all__ = ["parse_document"]


def parse_document(texts: Sequence[str], language: Sequence[str] | str, published: str | None) -> list[list[Mention]]:
    """Parse every sentence of an article.

    Args:
        texts: sentences in order.
        language: ISO 639-1 code of all, or one per sentence.
        published: ISO date against which partial and relative dates resolve; without it they resolve against the
            full dates of the article itself, and stay partial where that leaves a doubt.

    Returns:
        The mentions of each sentence, spans relative to it.
    """
    languages = [language] * len(texts) if isinstance(language, str) else language
    parsed = [claims(text, lang, parse(text, lang)) for text, lang in zip(texts, languages, strict=True)]
    if published is not None:
        return [resolve_partial(found, published) for found in parsed]
    offset = 0
    shifted: list[Mention] = []
    for text, found in zip(texts, parsed, strict=True):
        shifted.extend(replace(m, start=m.start + offset, end=m.end + offset) for m in found)
        offset += len(text) + 1
    resolved = iter(resolve_within(shifted))
    return [[replace(m, value=next(resolved).value) for m in found] for found in parsed]
