"""Parse the sentences of one article together, so that dates complete one another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.facts.claims import claims
from pipeline.facts.parse import parse
from pipeline.facts.resolve import resolve_partial, resolve_within
from pipeline.records import Mention

__all__ = ["parse_document"]


def parse_document(
    texts: Sequence[str], language: Sequence[str] | str, published: str | None, event_day: str | None = None
) -> list[list[Mention]]:
    """Parse every sentence of an article.

    Args:
        texts: sentences in order.
        language: ISO 639-1 code of all, or one per sentence.
        published: ISO date against which partial and relative dates resolve; without it they resolve against the
            full dates of the article itself, and stay partial where that leaves a doubt.
        event_day: ISO date of what the article reports, as another account gives it; completes days of an unknown
            month or year where the day of publication is not known ("on the 10th").

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
    complete = [[replace(m, value=next(resolved).value) for m in mentions] for mentions in parsed]
    return complete if event_day is None else [_completed(mentions, event_day) for mentions in complete]


_DAY = re.compile(r"\?{4}-(?:\d\d|\?\?)-\d\d")


def _completed(mentions: Sequence[Mention], event_day: str) -> list[Mention]:
    """Complete days of the month; "yesterday" and weekdays hang on the day of publication, which is not known."""
    near = [resolve_partial([m], event_day)[0] if _DAY.fullmatch(m.value) else m for m in mentions]
    return [replace(m, value=n.value) for m, n in zip(mentions, near, strict=True)]
