"""Facts in text: numbers, dates, names, quotes, and how they compare. Pure."""

from __future__ import annotations

from pipeline.facts.parse import parse, to_facts
from pipeline.facts.resolve import resolve_partial, resolve_within

__all__ = ["parse", "resolve_partial", "resolve_within", "to_facts"]
