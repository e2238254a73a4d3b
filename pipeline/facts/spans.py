"""Choose among overlapping readings of one text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Protocol, TypeVar

__all__ = ["Span", "free", "longest"]


class Span(Protocol):
    """Name what every located thing has: a half-open span."""

    @property
    def start(self) -> int:
        """Return the first code point."""
        ...

    @property
    def end(self) -> int:
        """Return one past the last code point."""
        ...


T = TypeVar("T", bound=Span)


def longest(candidates: Iterable[T]) -> list[T]:
    """Keep the longest of overlapping candidates (the first on a tie); the result is sorted by position."""
    kept: list[T] = []
    starts: list[int] = []
    for candidate in sorted(candidates, key=lambda c: (c.start - c.end, c.start)):
        place = bisect_left(starts, candidate.start)
        if place < len(kept) and kept[place].start < candidate.end:
            continue
        if place and kept[place - 1].end > candidate.start:
            continue
        kept.insert(place, candidate)
        starts.insert(place, candidate.start)
    return kept


def free(candidates: Iterable[T], taken: Iterable[Span]) -> list[T]:
    """Drop the candidates that touch a taken span."""
    spans = sorted((t.start, t.end) for t in taken)
    starts = [s for s, _ in spans]
    result = []
    for candidate in candidates:
        place = bisect_left(starts, candidate.end) - 1  # the last span that starts before the candidate ends
        if place < 0 or spans[place][1] <= candidate.start:
            result.append(candidate)
    return result
