"""Render durations and ages into another language."""

from __future__ import annotations

import re

from pipeline.facts.counted import Quantity, figures_of, form_of, is_lone_one, join_de, span_of
from pipeline.facts.figures import in_words
from pipeline.facts.korean import DAY_NOUNS
from pipeline.facts.rendering import Rendering, forms

__all__ = ["DURATION", "duration_noun", "render_duration"]

DURATION = re.compile(r"P(?P<time>T?)[\d./]+(?P<letter>[YMWDHS])")


def _duration_code(match: re.Match[str]) -> str:
    letter = match.group("letter")
    return "MO" if letter == "M" and not match.group("time") else letter


def render_duration(quantity: Quantity) -> Rendering | None:
    """Render a duration or an age; ``None`` for a form that ISO 8601 mentions do not have."""
    match = DURATION.fullmatch(quantity.mention.value)
    if match is None:
        return None
    entry = forms("durations")[_duration_code(match)]
    number, noun, target = figures_of(quantity), form_of(quantity, entry), quantity.target
    if quantity.mention.role == "age":
        return _age(quantity, number)
    word = in_words(quantity.last, target, "f" in entry["fr"][2:]) if len(quantity.values) == 1 else None
    text, digits = join_de(word or number, noun, target), join_de(number, noun, target)
    if target == "ko" and match.group("letter") == "D":
        return _days(quantity, digits)
    others = [digits] if digits != text else []
    is_age = quantity.source == "fr" and quantity.mention.surface.endswith(("ans", "an"))  # "ans" counts ages too
    if is_age:
        others.extend({"en": (f"{number} years old", f"{number}-year-old"), "ko": (f"{number}세",)}[target])
    return Rendering(text, *span_of(quantity), not is_age and not is_lone_one(quantity), tuple(others))


def _days(quantity: Quantity, digits: str) -> Rendering:
    """Render days in Korean, where 2일 is a date as well: 이틀, 5일간."""
    noun = next((n for n, days in DAY_NOUNS.items() if days == quantity.last and days in _DAYS_BY_NAME), None)
    text = noun or f"{digits}간"
    return Rendering(text, *span_of(quantity), False, (digits,))


_DAYS_BY_NAME = frozenset((1, 2, 3, 4, 10))


def _age(quantity: Quantity, number: str) -> Rendering:
    plural = "" if quantity.last == 1 else "s"
    if quantity.target == "en":
        text, other = f"{number} year{plural} old", f"{number}-year-old"
    elif quantity.target == "fr":
        text, other = f"{number} an{'s' if quantity.last >= 2 else ''}", number
    else:
        text, other = f"{number}세", f"{number}살"
    return Rendering(text, *span_of(quantity), False, (other, number))


def duration_noun(quantity: Quantity, match: re.Match[str]) -> str:
    """Return the plural noun of a duration, for hundreds of hours."""
    entry = forms("durations")[_duration_code(match)]
    return str(entry["ko"]) if quantity.target == "ko" else str(entry[quantity.target][1])
