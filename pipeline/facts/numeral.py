"""The record that the numeral scanners hand to the parsers of quantities, money, percentages and dates."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

__all__ = ["Numeral", "canonical"]


@dataclass(frozen=True, slots=True)
class Numeral:
    """Hold a bare quantity and how it was written.

    ``multiplier`` is the scale word it ended with (million: 1e6), ``plural`` marks "dozens" and 수백, ``vague``
    "une dizaine", ``code`` digits inside a name (A380), ``width`` the characters of the digits.
    """

    start: int
    end: int
    value: Decimal
    digits: bool = False
    ordinal: bool = False
    plural: bool = False
    vague: bool = False
    code: bool = False
    multiplier: Decimal = Decimal(1)
    width: int = 0


def canonical(value: Decimal) -> str:
    """Write a number without grouping, exponent or trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text
