"""Say which forms a translation should use: the terms of the glossary first, then facts that our parsers render."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.engines.glossary import Glossary
from pipeline.facts.render import pins as fact_pins

__all__ = ["Pinner", "pinner"]

Pinner = Callable[[str, str, str], tuple[tuple[str, str], ...]]
"""Give the (source expression, form) pairs of a text for a language pair, in the order of the text."""

_AT_MOST = 12  # a longer list draws a small model's eye from the text


def pinner(glossary: Glossary | None, facts: bool = True) -> Pinner:
    """Return a function that pins the glossary's terms and, with ``facts``, what the text states."""

    def pins(text: str, source: str, target: str) -> tuple[tuple[str, str], ...]:
        found = (
            [(u.start, u.end, u.surface, u.wanted) for u in glossary.terms_in(text, source, target)] if glossary else []
        )
        if facts:
            for pin in fact_pins(text, source, target):
                free = all(pin.end <= start or end <= pin.start for start, end, _, _ in found)
                if free and not pin.trivial:
                    found.append((pin.start, pin.end, pin.source, pin.target))
        unique = {surface: form for _, _, surface, form in sorted(found)}
        return tuple(unique.items())[:_AT_MOST]

    return pins
