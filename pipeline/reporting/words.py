"""Turn codes and values into words for readers: languages, dates, amounts, grades, file names. Pure."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Literal

from pipeline.text import fingerprint

__all__ = [
    "UNKNOWN",
    "VERDICT_WORDS",
    "Grade",
    "count",
    "event_date",
    "grade",
    "human_date",
    "human_value",
    "interval",
    "joined",
    "language_name",
    "number",
    "percent",
    "safe_name",
    "sentence_case",
    "visible",
]

Grade = Literal["good", "fair", "rough", "unknown"]
UNKNOWN = "unknown"
VERDICT_WORDS = {
    "conflict": "conflict",
    "translation_artefact": "differs only in translation",
    "agree": "agree",
    "only_one": "in one account only",
}

_MONTHS = ["January", "February", "March", "April", "May", "June"]
_MONTHS += ["July", "August", "September", "October", "November", "December"]
_DATE = re.compile(r"([\d?]{4})(?:-([\d?]{2}))?(?:-([\d?]{2}))?(?:T.*)?")
_PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_HASHED_NAME = re.compile(r".*-[0-9a-f]{16}")
# Names that Windows gives to devices, whatever the ending.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))})
_KEPT_CONTROLS = "\n\t"


def safe_name(identity: str) -> str:
    """Turn an id into a file name and anchor that is safe on every system, and different for different ids.

    Ids of lower-case letters, digits, ``-`` and ``_`` stay as they are; all others get a readable rest and a hash.
    """
    plain = _PLAIN_NAME.fullmatch(identity) and not _HASHED_NAME.fullmatch(identity)
    if plain and identity not in _DEVICES:
        return identity
    stem = re.sub(r"[^a-z0-9]+", "-", identity.lower()).strip("-")[:40].strip("-")
    return f"{stem or 'id'}-{fingerprint(identity)}"


def visible(text: str) -> str:
    """Replace what could hide or reorder text on a page (controls, bidirectional marks, lone surrogates)."""
    if text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(c if c.isprintable() or not _is_tricky(c) else f"[U+{ord(c):04X}]" for c in text)


def _is_tricky(char: str) -> bool:
    category = unicodedata.category(char)
    joiner = char in "\u200c\u200d"  # scripts and emoji need these two
    return category in {"Cc", "Cf", "Cs"} and char not in _KEPT_CONTROLS and not joiner


@cache
def language_name(code: str | None) -> str:
    """Name a language in English; an unknown code stays as it is."""
    if not code:
        return "unknown language"
    from babel import Locale, UnknownLocaleError

    try:
        name: str | None = Locale.parse(code.replace("-", "_")).get_language_name("en")
    except (UnknownLocaleError, ValueError):
        name = None
    return name or code


def human_date(value: str | None) -> str:
    """Write an ISO date, also one with unknown parts (``????-05-10``), for readers."""
    found = _DATE.fullmatch(value or "")
    if not found:
        return value or UNKNOWN
    year, month, day = (None if part is None or "?" in part else part for part in found.groups())
    month_name = _MONTHS[int(month) - 1] if month and 1 <= int(month) <= 12 else None
    words = [str(int(day))] if day else []
    words += [month_name] if month_name else []
    words += [year] if year else []
    if day and not month_name:
        return f"day {int(day)} of an unknown month" + (f", {year}" if year else "")
    if not words:
        return UNKNOWN
    return " ".join(words) + ("" if year else " (year unknown)")


def event_date(value: str | None) -> str:
    """Write the date of an event, which may be unknown."""
    return human_date(value) if value else "date unknown"


def human_value(kind: str, value: str, unit: str | None = None) -> str | None:
    """Write a canonical fact value for readers, ``None`` where it is only a comparison key."""
    if kind == "date":
        return human_date(value)
    if kind not in {"number", "money", "percent", "ordinal"}:
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return value
    if not amount.is_finite():
        return value
    text = f"{amount.normalize():,f}"
    if kind == "percent":
        return f"{text}%"
    return f"{text} {unit}" if unit else text


def number(value: float | None, digits: int = 2) -> str:
    """Write a figure with fixed decimals; ``None`` is "unknown"."""
    return UNKNOWN if value is None else f"{value:.{digits}f}"


def percent(value: float | None) -> str:
    """Write a share as whole percent, never rounding up to a perfect 100 % or down to an empty 0 %."""
    if value is None:
        return UNKNOWN
    rounded = min(99, max(1, round(value * 100))) if 0.0 < value < 1.0 else round(value * 100)
    return f"{rounded}%"


def interval(low: float | None, high: float | None) -> str:
    """Write an interval of shares, "" where it is unknown: ``36% to 76%``."""
    return "" if low is None or high is None else f"{percent(low)} to {percent(high)}"


def count(amount: int, singular: str, plural: str | None = None) -> str:
    """Write an amount with its noun: ``1 event``, ``1,204 events``, ``no events``."""
    noun = singular if amount == 1 else plural or f"{singular}s"
    return f"{amount:,} {noun}" if amount else f"no {noun}"


def joined(words: list[str] | tuple[str, ...], last: str = "and") -> str:
    """Join words as English does: ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def sentence_case(text: str) -> str:
    """Raise the first letter only."""
    return text[:1].upper() + text[1:]


def grade(value: float | None, limits: tuple[float, float]) -> Grade:
    """Place a score: from the first limit good, from the second fair, below it rough."""
    if value is None:
        return "unknown"
    good, fair = limits
    if value >= good:
        return "good"
    return "fair" if value >= fair else "rough"
