"""Collect what a sentence says in numbers, so that another language's sentence can be checked against it.

A translator may write 14, fourteen, 열넷, 2 p.m. or 14 h: evidence is generous. Claims are strict: only what is written
in digits, or as a plain number word, can be found missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.facts.lexicon import lexicon
from pipeline.facts.numerals import numerals
from pipeline.facts.parse import parse_numeric
from pipeline.quality.calendar import months, weekdays, without_months
from pipeline.records import FidelityKind, Mention

__all__ = ["Claim", "Evidence", "claims", "evidence", "supports", "unsupported"]

_KIND: dict[str, FidelityKind] = {
    "number": "number",
    "ordinal": "number",
    "duration": "number",
    "money": "money",
    "percent": "percent",
    "date": "date",
    "time": "date",
}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_SINO = "영일이삼사오육칠팔구십"
_RUN = re.compile(r"\d+")
_FIRM, _FIRM_HANGUL = 3.0, 5.0  # "two" comes and goes with the idiom, and 세 begins many words
_VAGUE = re.compile(
    r"dozen|score|aine|tens\b|hundreds|thousands|millions|billions|trillions|milliers|milliards$|수[십백천만]|여러|몇|"
    r"^an?\s|^une?\s|^half|^demi|^cent$|^mille$"
)
_RELATIVE_TOLERANCE = 1e-6
_POUND = 0.45359237
_CONVERSION_TOLERANCE = 0.08  # "6 feet" is written 1.8 m and 105 mph 165 km/h by careful translators


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold one number that must come through: its possible values, and its measures in base units.

    A measure is (value in the base unit, base unit, unit as written). A month or weekday (``part``) is only found in
    another one: the 8 of "le 8" is no August.
    """

    kind: FidelityKind
    surface: str
    start: int
    values: tuple[float, ...]
    digits: str
    measures: tuple[tuple[float, str, str], ...] = ()
    currency: str | None = None
    part: Literal["number", "month", "weekday"] = "number"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Hold the numbers of a sentence: values in any form, measures, all digits in a row, months and weekdays."""

    values: frozenset[float]
    measures: tuple[tuple[float, str, str], ...]
    digits: str
    money: tuple[tuple[float, str], ...]
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()


def claims(text: str, language: str, mentions: Sequence[Mention] | None = None) -> list[Claim]:
    """List what a sentence states in digits; month names count as digits."""
    numeric = parse_numeric(text, language) if mentions is None else [m for m in mentions if m.kind in _KIND]
    found = [
        Claim("date", surface, start, (float(number),), "", part="weekday")
        for number, start, surface in weekdays(text, language)
    ]
    for m in numeric:
        if m.kind == "date":
            found.extend(_month_claim(m))
        found.extend(_digit_claims(m))
    covered = [(m.start, m.end) for m in numeric]
    for match in _RUN.finditer(text):
        if not any(a <= match.start() < b for a, b in covered):
            found.append(Claim("number", match.group(), match.start(), (float(match.group()),), match.group()))
    return found


def _month_claim(mention: Mention) -> list[Claim]:
    match = re.match(r"(?:\?{4}|\d{4}|A?Y[+-]\d)-(\d\d)(?!\d)", mention.value)
    if match is None:
        return []
    return [Claim("date", mention.surface, mention.start, (float(match.group(1)),), "", part="month")]


def _digit_claims(mention: Mention) -> list[Claim]:
    """Split a mention into the numbers that it is written with, each to be found on its own."""
    parts = _parts(mention)
    currency = mention.unit if mention.kind == "money" else None
    digits = re.sub(r"\D", "", mention.surface)
    return [
        Claim(
            _KIND[mention.kind],
            mention.surface,
            mention.start,
            values,
            digits if len(parts) == 1 else "",
            tuple(_measures(mention)),
            currency,
        )
        for values in parts
        if values != (1.0,)  # first, once, a: one is said in too many ways to be missed
    ]


def _measures(mention: Mention) -> Iterable[tuple[float, str, str]]:
    """Yield the bounds of a measure in its base unit, with the unit it was written in."""
    bounds = [b for b in (mention.low, mention.high) if b is not None]
    if mention.kind == "money" and mention.unit == "GBP" and "£" not in mention.surface:
        yield from ((b * _POUND, "kg", "lb") for b in bounds)  # "550 pounds" may be a weight
    if mention.kind not in ("number", "duration") or mention.unit in (None, "score"):
        return
    written = re.sub(r"[\d./]", "", mention.value) if mention.kind == "duration" else mention.value.partition(" ")[2]
    yield from ((b, mention.unit or "", written) for b in bounds)
    if mention.unit == "deg":
        yield from ((b, "degC", "degC?") for b in bounds)
        yield from (((b - 32) / 1.8, "degC", "degF?") for b in bounds)


def _parts(mention: Mention) -> list[tuple[float, ...]]:
    has_digits = re.search(r"\d", mention.surface) is not None
    if mention.kind == "time":
        hour, minute = (float(x) for x in mention.value[1:].split(":"))
        hours = (hour, (hour + 12) % 24, hour + 24) if hour else (0.0, 12.0, 24.0)
        return [hours, *([(minute,)] if minute else [])] if has_digits else []
    if mention.kind == "date":
        return _date_parts(mention) if has_digits else []
    if not has_digits and not _plain_word(mention):
        return []
    written = [float(n) for n in _NUMBER.findall(mention.value.split(" ")[0])]
    if re.search(r"decad|décenn|centur|siècle", mention.surface.lower()):
        return [(n, n / 10, n / 100) for n in written]
    return [(n,) for n in written]


def _plain_word(mention: Mention) -> bool:
    """Tell whether a number in words is firm enough to be missed: no ordinal, no dozens, not the two of idioms."""
    if (
        mention.kind == "ordinal"
        or _VAGUE.search(mention.surface.lower())
        or (mention.low is None and mention.high is None)
    ):
        return False
    firm = _FIRM_HANGUL if re.search(r"[가-힣]", mention.surface) else _FIRM
    return min((float(n) for n in _NUMBER.findall(mention.value.split(" ")[0])), default=0.0) >= firm


def _date_parts(mention: Mention) -> list[tuple[float, ...]]:
    """Return the day and the year of a date; the month is a claim of its own."""
    written = [float(n) for n in _NUMBER.findall(mention.surface)]
    parts: list[tuple[float, ...]] = []
    for part in _without_month(mention.value):
        number = float(part)
        short = number % 100
        if number >= 1000 and short in written and number not in written:
            parts.append((number, short))
        elif number in written or number >= 1000:
            parts.append((number,))
    return parts if not re.search(r"W\?\?", mention.value) else []


def _without_month(value: str) -> list[str]:
    """Return the numbers of a date's value but for its month and the count of an offset."""
    bare = re.sub(r"^((?:\?{4}|\d{4}|A?Y[+-]\d)-)\d\d(?!\d)", r"\1", value)
    return re.findall(r"\d+", re.sub(r"[MYDWA]+[+-]\d", "", bare))


# --- evidence ---------------------------------------------------------------------------------------------------------


def evidence(text: str, language: str, mentions: Sequence[Mention] | None = None) -> Evidence:
    """Collect every number that a sentence may be understood to state."""
    numeric = parse_numeric(text, language) if mentions is None else [m for m in mentions if m.kind in _KIND]
    values: set[float] = set()
    measures: list[tuple[float, str, str]] = []
    money: list[tuple[float, str]] = []
    for m in numeric:
        values.update(_values(m))
        measures.extend(_measures(m))
        if m.kind == "money":
            money.extend((bound, m.unit or "") for bound in (m.low, m.high) if bound is not None)
    plain = without_months(text, language)
    values.update(float(r) for r in _RUN.findall(plain))
    values.update(float(r.replace(",", ".")) for r in re.findall(r"\d+[.,]\d+", plain))
    found = numerals(plain, language)
    values.update(float(n.value) for n in found)
    values.update(float(n.value / n.multiplier) for n in found if n.multiplier > 1)
    values.update(_weak(text, language))
    return Evidence(
        frozenset(values),
        tuple(measures),
        re.sub(r"(?<=\d)[\s.,:/-](?=\d)", "", text),
        tuple(money),
        months(text, language),
        frozenset(number for number, _, _ in weekdays(text, language)),
    )


def _values(mention: Mention) -> Iterable[float]:
    numbers = [float(n) for n in _NUMBER.findall(mention.value)]
    if mention.kind == "time":
        yield from (numbers[0], (numbers[0] + 12) % 24, numbers[0] + 24, *(m for m in numbers[1:] if m))
        return
    if mention.kind == "date":
        numbers = [float(n) for n in _without_month(mention.value)]
        yield from (n % 100 for n in numbers if n >= 1000)
        yield from (n // 100 + 1 for n in numbers if n >= 1000)  # 1800s, nineteenth century
    yield from numbers
    if mention.low is not None:
        yield mention.low
    if mention.high is not None:
        yield mention.high


def _weak(text: str, language: str) -> set[float]:
    words = lexicon(language)
    if language == "ko":
        found = {float(v) for w, v in words.weak.items() if w in text}
        found |= {float(_SINO.index(c)) for c in re.findall(rf"(?<![가-힣])[{_SINO}](?![가-힣])", text)}
    else:
        tokens = set(re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text.lower().replace("’", "'")))
        tokens |= {part for t in tokens for part in re.split(r"['-]", t)}
        found = {float(i) for i, n in enumerate(_ROMAN, 1) if n in text.split()}
        tables = (words.weak, words.cardinals, words.ordinals, words.collectives)
        found |= {float(t[w]) for t in tables for w in tokens if w in t}
    if 2.0 in found:  # half a million, 50 %
        found |= {50.0, 0.5, 500.0, 5e5, 5e6, 5e8}
    return found


def supports(there: Evidence, claim: Claim) -> bool:
    """Tell whether a sentence's evidence covers a claim of the other sentence."""
    if claim.part != "number":
        return int(claim.values[0]) in (there.months if claim.part == "month" else there.weekdays)
    if any(_close(v, e) for v in claim.values for e in there.values):
        return True
    if _converted(claim, there.measures, there):
        return True
    return len(claim.digits) >= 4 and claim.digits in there.digits


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= _RELATIVE_TOLERANCE * max(1.0, abs(a), abs(b))


def _converted(claim: Claim, measures: Sequence[tuple[float, str, str]], there: Evidence) -> bool:
    """Tell whether a claim is a conversion of one of the measures; not where its own unit was kept too."""
    units = {unit for _, _, unit in there.measures if not unit.endswith("?")}
    return any(_converts(a, b) for a in claim.measures if a[2] not in units for b in measures)


def _converts(a: tuple[float, str, str], b: tuple[float, str, str]) -> bool:
    """Tell whether two measures are one, written in two units; in one unit they would have the same number."""
    if a[1] != b[1] or a[2] == b[2]:
        return False
    slack = 2.0 if a[1] == "degC" else 0.0
    return abs(a[0] - b[0]) <= max(slack, _CONVERSION_TOLERANCE * max(abs(a[0]), abs(b[0])))


def unsupported(stated: Sequence[Claim], there: Evidence) -> list[Claim]:
    """Return the claims that the other sentence does not cover, nor as the conversion of one it covers."""
    open_claims = [c for c in stated if not supports(there, c)]
    held = [m for c in stated if c not in open_claims for m in c.measures]
    return [c for c in open_claims if not _converted(c, held, there)]
