"""The record of a rendered fact, and the tables that the renderers share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.facts.lexicon import table

__all__ = ["NARROW", "Rendering", "forms"]

NARROW = "\u202f"
"""The narrow no-break space of French typography: before %, in large numbers, in times."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """Hold how a news writer of the target language would put a fact.

    ``certain`` says that the value and its wording are right in any context, articles and sentence case apart.
    ``start`` and ``end`` are what of the source text it stands for: less than the mention where the counted noun has
    no sure translation.
    """

    text: str
    start: int
    end: int
    certain: bool = True
    alternatives: tuple[str, ...] = ()


def forms(name: str) -> Mapping[str, Any]:
    """Return one section of the tables for rendering."""
    section: Mapping[str, Any] = table("render")[name]
    return section
