"""Parse every kind of fact from a text, each in its own file, and settle who gets an overlapping span."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from pipeline.facts.dates import dates
from pipeline.facts.names import names
from pipeline.facts.numbers import numbers
from pipeline.facts.numerals import numerals
from pipeline.facts.quotes import quotes
from pipeline.facts.resolve import resolve_partial
from pipeline.facts.spans import free
from pipeline.facts.times import times
from pipeline.records import Fact, Mention, Segment, raw_span

__all__ = ["parse", "parse_numeric", "to_facts"]

_SENTENCES = 1024  # whose reading is kept


def parse(text: str, language: str, *, reference: str | None = None) -> list[Mention]:
    """Find the facts of a text.

    Args:
        text: normalised text, a sentence or a paragraph.
        language: ISO 639-1 code; beyond fr, ko and en only digits, ISO dates and capitalised names are found.
        reference: ISO date of publication; with it partial and relative dates are resolved, without it they keep
            the form that :mod:`pipeline.facts.dates` describes.

    Returns:
        Mentions by position, spans exact (``text[m.start:m.end] == m.surface``). Numeric kinds never overlap; a name
        may contain a number.
    """
    named = names(text, language)
    found = [*parse_numeric(text, language), *named, *quotes(text, language, named)]
    mentions = sorted(found, key=lambda m: (m.start, m.end, m.kind))
    return resolve_partial(mentions, reference) if reference else mentions


def parse_numeric(text: str, language: str) -> list[Mention]:
    """Find numbers, ordinals, money, percentages, dates, times and durations only."""
    return list(_numeric(text, language))


@lru_cache(maxsize=_SENTENCES)
def _numeric(text: str, language: str) -> tuple[Mention, ...]:
    """Read a sentence once: facts, their check against a translation and the evidence all ask for it."""
    found_dates = dates(text, language)
    found_numerals = numerals(text, language)
    found_times = free(times(text, language, found_numerals), found_dates)
    taken = [*found_dates, *found_times]
    return tuple(sorted([*taken, *numbers(text, language, found_numerals, taken)], key=lambda m: m.start))


def to_facts(mentions: Iterable[Mention], segment: Segment) -> list[Fact]:
    """Give mentions of a segment's text their ids and their place in the raw file."""
    facts = []
    for number, m in enumerate(mentions):
        raw_start, raw_end = raw_span(segment.offsets, m.start, m.end)
        facts.append(
            Fact(
                id=f"{segment.id}-f{number:02d}",
                article_id=segment.article_id,
                segment_id=segment.id,
                kind=m.kind,
                value=m.value,
                surface=m.surface,
                start=m.start,
                end=m.end,
                raw_start=raw_start,
                raw_end=raw_end,
                low=m.low,
                high=m.high,
                unit=m.unit,
                role=m.role,
                approximate=m.approximate,
            )
        )
    return facts
