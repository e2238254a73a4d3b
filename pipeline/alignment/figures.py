"""Name the figures of a text, and say how rare they are in news at large. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.records import Mention

__all__ = ["figure_share", "figures_of"]

# Share of general news articles that hold a figure, by how round it is; rarity of figures starts from these.
_SMALL, _ROUND, _EXACT = 0.4, 0.1, 0.01
_SCORE = re.compile(r"(\d+)-(\d+)")
_KINDS = frozenset({"number", "money", "percent", "duration"})


def figures_of(mentions: Sequence[Mention]) -> list[str]:
    """Name each figure of a segment with its unit; a score reads the same from both sides."""
    return [_named(m) for m in mentions if m.kind in _KINDS]


def _named(mention: Mention) -> str:
    score = _SCORE.fullmatch(mention.value) if mention.unit == "score" else None
    value = "-".join(sorted(score.groups(), key=int, reverse=True)) if score else mention.value
    return f"{value} {mention.unit}" if mention.unit else value


def figure_share(figure: str) -> float:
    """Return the share of general news articles that hold a figure."""
    digits = "".join(c for c in figure.partition(" ")[0].partition(".")[0] if c.isdigit())
    significant = digits.strip("0")
    if len(digits) < 2:
        return _SMALL
    return _ROUND if len(significant) < 2 or len(digits) == 2 else _EXACT
