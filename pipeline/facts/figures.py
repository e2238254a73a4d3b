"""Write bare numbers the way each language does: grouping, scale words, words for the small ones."""

from __future__ import annotations

import re
from decimal import Decimal

from pipeline.facts.numeral import canonical
from pipeline.facts.rendering import NARROW, forms

__all__ = ["figure", "figure_range", "in_words", "ordinal", "takes_de"]

_SCALES = {
    "en": (("trillion", 10**12), ("billion", 10**9), ("million", 10**6)),
    "fr": (("milliard", 10**9), ("million", 10**6)),
}
_KOREAN = (("조", 10**12), ("억", 10**8), ("만", 10**4))
_LONGEST_FRACTION = 3  # digits after the point that still read well before a scale word


def figure(value: Decimal, language: str) -> str:
    """Write a number in digits, with scale words where news does: 1.2 billion, 35 000, 12억 5000만."""
    if language == "ko":
        return _korean(value)
    for word, scale in _SCALES[language]:
        scaled = value / scale
        if value >= scale and -int(scaled.normalize().as_tuple().exponent) <= _LONGEST_FRACTION:
            plural = "s" if language == "fr" and scaled >= 2 else ""
            return f"{_grouped(scaled, language)} {word}{plural}"
    return _grouped(value, language)


def _grouped(value: Decimal, language: str) -> str:
    whole, _, fraction = canonical(value).partition(".")
    separator, point = (NARROW, ",") if language == "fr" else (",", ".")
    return f"{int(whole):,}".replace(",", separator) + (point + fraction if fraction else "")


def _korean(value: Decimal) -> str:
    if value < 10**4 or value != int(value) or value >= 10**16:
        return _grouped(value, "ko")
    parts, rest = [], int(value)
    for word, scale in _KOREAN:
        section, rest = divmod(rest, scale)
        if section:
            parts.append(f"{section}{word}")
    return " ".join([*parts, *([str(rest)] if rest else [])])


def figure_range(low: Decimal, high: Decimal, language: str) -> str:
    """Write a range; a scale word that both share is said once."""
    first, last = figure(low, language), figure(high, language)
    if language == "ko":
        return f"{first}~{last}"
    scale = _scale_word(last)
    if scale and _scale_word(first).rstrip("s") == scale.rstrip("s"):
        first = first.removesuffix(_scale_word(first)).rstrip()
    return f"{first} {'to' if language == 'en' else 'à'} {last}"


def _scale_word(text: str) -> str:
    match = re.search(r"[a-z]+$", text)
    return match.group() if match else ""


def takes_de(text: str) -> bool:
    """Tell whether a French number needs "de" before its noun: 5 millions d'euros, but 5 500 000 euros."""
    return re.search(r"(?:millions?|milliards?|dizaines|centaines|milliers)$", text) is not None


def in_words(value: Decimal, language: str, feminine: bool = False) -> str | None:
    """Write a whole number below ten in words, as news does before a noun; ``None`` for others and for Korean."""
    words = forms("small").get(language)
    if words is None or value != int(value) or not 0 < value < len(words):
        return None
    return "une" if feminine and value == 1 and language == "fr" else str(words[int(value)])


def ordinal(value: int, language: str, feminine: bool = False) -> str:
    """Write an ordinal in digits: 21st, 1er, 14e, 14번째; the first of Korean is 첫 번째."""
    if language == "ko":
        words = forms("ordinals")["ko"]
        return f"{words[value]} 번째" if 0 < value < len(words) else f"{value}번째"
    if language == "fr":
        return f"{value}{('re' if feminine else 'er') if value == 1 else 'e'}"
    suffix = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{suffix}"
