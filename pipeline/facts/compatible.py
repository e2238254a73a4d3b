"""Decide whether two facts can both be true of one thing.

Rounding, hedges, ranges, conversions, partial dates and spellings are no contradiction.
"""

from __future__ import annotations

import re

from pipeline.facts.romanise import name_similarity
from pipeline.records import Fact, Mention

__all__ = ["comparable", "compatible", "dates_compatible", "family", "same_name", "specific"]

Located = Fact | Mention

# Units that say nothing about what is counted: they may confirm a value and never contradict one.
_GENERIC = frozenset(("item", "machine", "kind", "rank", "place", "times", "fold", "deg"))
SAME_NAME = 0.8
_DEGREES = 1.5
_HEDGED, _CONVERTED, _CONVERTED_ROUND, _EXACT, _ROUNDED = 0.1, 0.03, 0.08, 1e-6, 0.05


def family(fact: Located) -> str:
    """Name what a fact can be compared with: its kind, and its unit where it has a telling one."""
    if fact.kind in ("number", "money") and fact.unit and fact.unit not in _GENERIC:
        return f"{fact.kind}:{fact.unit}"
    return fact.kind


def specific(fact: Located) -> bool:
    """Tell whether a fact can contradict another: its unit says what it measures or counts."""
    if fact.kind == "number":
        return fact.unit is not None and fact.unit not in _GENERIC
    return fact.kind in ("money", "percent", "duration", "date")


def comparable(a: Located, b: Located) -> bool:
    """Tell whether two facts are of one family, a count without a telling unit going with any count."""
    if a.kind != b.kind:
        return False
    if a.kind == "number" and "score" not in (a.unit, b.unit):
        return a.unit == b.unit or not specific(a) or not specific(b)
    return family(a) == family(b)


def compatible(a: Located, b: Located) -> bool:
    """Tell whether two comparable facts agree.

    Numbers agree when equal, when one is a rounding of the other (to 5 %), within 10 % of a hedged value, within 3 %
    across units, or when ranges meet. Dates agree where neither contradicts the other's known parts, scores in any
    order, names when their spellings are alike.
    """
    if a.kind == "name":
        return same_name(a, b)
    if a.kind == "date":
        return dates_compatible(a.value, b.value) is True
    if a.kind == "time":
        return _times(a, b)
    if a.unit == "score" or b.unit == "score":
        return a.unit == b.unit and sorted(a.value.split("-")) == sorted(b.value.split("-"))
    if a.kind == "ordinal":
        return a.value == b.value
    return _bounds(a, b) or (a.unit == b.unit == "deg" and _degrees(a, b))


def _degrees(a: Located, b: Located) -> bool:
    """Tell whether bare degrees fit when one side counts in Fahrenheit and the other in Celsius."""
    if a.low is None or b.low is None or a.low != a.high or b.low != b.high:
        return False
    return any(abs((x - 32.0) / 1.8 - y) <= _DEGREES for x, y in ((a.low, b.low), (b.low, a.low)))


def same_name(a: Located, b: Located) -> bool:
    """Tell whether two names are one, by key or by spelling; places by their key where both have one."""
    if a.value == b.value:
        return True
    if _is_code(a.value) and _is_code(b.value):
        return False
    return name_similarity(a.surface, b.surface, SAME_NAME) >= SAME_NAME


def _is_code(value: str) -> bool:
    return re.fullmatch(r"[A-Z]{2}|[A-Z]\w+/\w+", value) is not None


def _bounds(a: Located, b: Located) -> bool:
    """Compare two quantities with bounds; an open bound reaches to twice, or half, the one that is known."""
    low_a, high_a = _reach(a)
    low_b, high_b = _reach(b)
    if low_a is None or high_a is None or low_b is None or high_b is None:
        return a.value == b.value
    if low_a <= high_b and low_b <= high_a:
        return True
    gap = max(low_a - high_b, low_b - high_a)
    size = max(abs(x) for x in (low_a, high_a, low_b, high_b))
    tolerance = _EXACT
    if a.approximate or b.approximate:
        tolerance = _HEDGED
    elif _written_unit(a) != _written_unit(b):
        tolerance = _CONVERTED_ROUND if _is_round(a) and _is_round(b) else _CONVERTED
    return gap <= tolerance * size or _rounding(a, b)


def _is_round(fact: Located) -> bool:
    """Tell whether a number was written with two digits at most before its zeros: 300 km, 12 mph."""
    written = re.match(r"\d+", fact.value)
    return written is not None and "." not in fact.value and len(written.group().rstrip("0")) <= 2


def _reach(fact: Located) -> tuple[float | None, float | None]:
    low, high = fact.low, fact.high
    if low is None and high is not None:
        low = high / 2 if high > 0 else high * 2
    elif high is None and low is not None:
        high = low * 2 if low > 0 else low / 2
    return low, high


def _written_unit(fact: Located) -> str:
    return re.sub(r"[\d./-]", "", fact.value) if fact.kind == "duration" else fact.value.partition(" ")[2]


def _rounding(a: Located, b: Located) -> bool:
    """Tell whether one number is the other, rounded to its last digit that is not 0."""
    x, y = (re.match(r"\d+(?:\.\d+)?", f.value) for f in (a, b))
    if not x or not y or a.low != a.high or b.low != b.high or _written_unit(a) != _written_unit(b):
        return False
    return any(_rounds_to(float(p), float(q), r) for p, q, r in ((x[0], y[0], y[0]), (y[0], x[0], x[0])))


def _rounds_to(value: float, rounded: float, written: str) -> bool:
    if "." in written:
        step = 10.0 ** -len(written.partition(".")[2])
    else:
        step = 10.0 ** (len(written) - len(written.rstrip("0")))
    return step / 2 <= _ROUNDED * abs(rounded) and abs(value - rounded) <= step / 2


def _times(a: Located, b: Located) -> bool:
    if a.value == b.value:
        return True
    (hour_a, minute_a), (hour_b, minute_b) = ((int(x) for x in f.value[1:].split(":")) for f in (a, b))
    return minute_a == minute_b and "12h" in (a.role, b.role) and (hour_a - hour_b) % 12 == 0


def dates_compatible(a: str, b: str) -> bool | None:
    """Compare two date values; ``None`` where they cannot be compared (unresolved, of different forms).

    ``????-??-10`` agrees with ``2024-05-10``, and so does ``2024-05``; ``2024-05-09`` does not.
    """
    if a == b:
        return True
    parts_a, parts_b = _date_parts(a), _date_parts(b)
    if parts_a is None or parts_b is None:
        return None
    known = [(x, y) for x, y in zip(parts_a, parts_b, strict=False) if "?" not in x + y]
    if any(x != y for x, y in known):
        return False
    return True if known else None


def _date_parts(value: str) -> list[str] | None:
    match = re.fullmatch(r"(\d{4}|\?{4})(?:-(\d\d|\?\?))?(?:-(\d\d|\?\?))?", value)
    return [p for p in match.groups() if p] if match else None
