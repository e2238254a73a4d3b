"""Decide what a changed fact should be replaced by, and where exactly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.facts.figures import figure, ordinal, takes_de
from pipeline.facts.numeral import Numeral, canonical
from pipeline.facts.numerals import numerals
from pipeline.facts.parse import parse_numeric
from pipeline.facts.places import places
from pipeline.facts.render import render
from pipeline.facts.render_names import is_derived
from pipeline.facts.rendering import Rendering, forms
from pipeline.quality.repair_dates import date_edit, fuller_date_edit, year_edit
from pipeline.quality.repair_edit import Edit
from pipeline.records import FidelityFinding, Mention

__all__ = ["Edit", "edit_for"]

_NUMERIC = frozenset(("number", "money", "percent", "date"))
_COUNTED = frozenset(("number", "money", "percent", "duration", "ordinal"))


@dataclass(frozen=True, slots=True)
class _Sides:
    """Hold both texts with their numeric facts."""

    source: str
    target: str
    languages: tuple[str, str]
    stated: tuple[Mention, ...]
    said: tuple[Mention, ...]


def edit_for(finding: FidelityFinding, source: str, target: str, languages: tuple[str, str]) -> Edit | None:
    """Find the replacement that a finding of a changed fact asks for; ``None`` where anything is in doubt."""
    if finding.kind == "name":
        return _country(finding, source, target, languages)
    if finding.kind not in _NUMERIC:
        return None
    said = tuple(parse_numeric(target, languages[1]))
    sides = _Sides(source, target, languages, tuple(parse_numeric(source, languages[0])), said)
    here = _only(source, sides.stated, finding.source)
    if finding.target is None:
        return fuller_date_edit(here, said, target, languages) if here and here.kind == "date" else None
    there = _only(target, said, finding.target) or _currency_of(finding, here, said) or _bare(target, finding.target)
    if here is None or there is None:
        return None
    return _edit(here, there, sides)


def _edit(here: Mention, there: Mention, sides: _Sides) -> Edit | None:
    if here.kind in _COUNTED:
        return _number_edit(here, there, sides) if there.kind in _COUNTED else None
    if here.kind == "date":
        return date_edit(here, there, sides.languages[1]) if there.kind == "date" else year_edit(here, there)
    return _time_edit(here, there, sides) if here.kind == there.kind == "time" else None


def _only(text: str, mentions: Sequence[Mention], surface: str | None) -> Mention | None:
    """Return the one mention with a surface; ``None`` when there are several, or the surface recurs."""
    found = [m for m in mentions if m.surface == surface]
    return found[0] if surface and len(found) == 1 and text.count(surface) == 1 else None


def _bare(target: str, surface: str | None) -> Mention | None:
    """Take bare digits that no parser reads (28-year) for a number, where they occur once."""
    digits = re.match(r"\d+", surface or "")
    found = list(re.finditer(rf"(?<!\d){digits.group()}(?!\d)", target)) if digits else []
    if len(found) != 1 or digits is None:
        return None
    start, value = found[0].start(), float(digits.group())
    return Mention("number", digits.group(), digits.group(), start, found[0].end(), value, value)


def _currency_of(finding: FidelityFinding, here: Mention | None, said: Sequence[Mention]) -> Mention | None:
    """Find the amount of a finding about currencies, which names the code alone."""
    if here is None or finding.kind != "money":
        return None
    found = [m for m in said if m.kind == "money" and m.unit == finding.target and m.low == here.low]
    return found[0] if len(found) == 1 else None


# --- numbers ----------------------------------------------------------------------------------------------------------


def _number_edit(here: Mention, there: Mention, sides: _Sides) -> Edit | None:
    """Replace the numeral alone where the rest of the phrase can stay, else the whole phrase."""
    source, target = sides.languages
    rendering = render(here, source, target)
    # The numeral of an ordinal or a duration is sure where its phrase is not: 34-year-old, 14th.
    if rendering is None or not (rendering.certain or here.kind in ("ordinal", "duration")) or _is_code(here, there):
        return None
    if here.kind == there.kind == "money" and here.unit != there.unit:
        return _whole_edit(here, there, sides)
    values = _values(here)
    written = numerals(there.surface, target)
    old = _values(there)
    if not len(values) == len(written) == len(old):
        return None
    wrong = [i for i, (a, b) in enumerate(zip(values, old, strict=True)) if a != b]
    if len(wrong) != 1 or not _stays(here, there, written[wrong[0]], values[wrong[0]], target):
        return None
    return _numeral_edit(there, written[wrong[0]], values[wrong[0]], target)


def _is_code(*mentions: Mention) -> bool:
    """Tell whether digits are a code: they begin with a zero."""
    return any(re.search(r"(?<![\d.,])(?<!\d\s)0\d", m.surface) for m in mentions)


def _values(mention: Mention) -> list[Decimal]:
    amount = re.search(r"[\d.]+(?:[-/][\d.]+)?", mention.value)
    return [Decimal(v) for v in re.split(r"[-/]", amount.group())] if amount else []


def _stays(here: Mention, there: Mention, numeral: Numeral, value: Decimal, target: str) -> bool:
    """Tell whether the words around the numeral go with the new value: same unit, same number, no idiom."""
    measured = [m.unit in forms("measures") or m.unit in _BASES for m in (here, there)]
    if any("deg" in (m.unit or "") for m in (here, there)) or (any(measured) and here.unit != there.unit):
        return False  # a translator's conversion, more often than an error
    same_unit = here.kind == there.kind and (here.unit == there.unit or not (here.unit and there.unit))
    loose = {here.kind, there.kind} <= {"number", "ordinal"} or (here.kind == "number" and there.kind == "number")
    bare = there.kind == "number" and there.unit is None and here.kind in ("number", "duration")
    same_letters = bare or _unit_letters(here) == _unit_letters(there)
    if not (same_unit or loose or bare) or not same_letters or numeral.plural or numeral.vague:
        return False
    if here.kind == "ordinal" or there.kind == "ordinal":
        return here.kind == there.kind and numeral.digits
    return target == "ko" or (value == 1) == (numeral.value == 1)


_BASES = frozenset(("m3", "m2", "m/s", "kg", "hPa", "W", "Hz", "MB"))


def _unit_letters(mention: Mention) -> str:
    """Return the unit that a value is written in, beyond the base unit: the km of "12 km", the Y of P12Y."""
    return re.sub(r"[\d./]", "", mention.value).strip(" -") if mention.kind in ("number", "duration") else ""


def _numeral_edit(there: Mention, numeral: Numeral, value: Decimal, target: str) -> Edit:
    start, end = there.start + numeral.start, there.start + numeral.end
    text = (
        ordinal(int(value), target)
        if there.kind == "ordinal"
        else _like(there.surface[numeral.start : numeral.end], value, target)
    )
    if target == "fr" and there.kind != "ordinal":
        return _with_de(there, numeral, text)
    return Edit(there.kind, start, end, text)


def _like(old: str, value: Decimal, target: str) -> str:
    """Write a number in the style of the one that it replaces: grouped alike, or in scale words."""
    group = re.search(r"(?<=\d)[^\d](?=\d{3}(?!\d))", old)
    if re.search(r"[^\W\d]", old) or value != int(value) or (group is None and value >= 10**6):
        return figure(value, target)
    if group:
        return f"{int(value):,}".replace(",", group.group())
    return canonical(value) if len(old) >= 4 or value < 1000 else figure(value, target)


def _with_de(there: Mention, numeral: Numeral, text: str) -> Edit:
    """Keep French right where a number gains or loses its million: 5 millions d'euros, 500 000 euros."""
    start, end = there.start + numeral.start, there.start + numeral.end
    tail = there.surface[numeral.end :]
    link = re.match(r"\s(?:de\s|d['’])", tail)
    noun = re.match(r"\s(?=[^\W\d_])", tail)
    if link and not takes_de(text):
        return Edit(there.kind, start, end + link.end(), f"{text} ")
    if noun and not link and takes_de(text):
        elides = re.match(r"[aeiouéèêhœ]", tail[noun.end() :]) is not None
        return Edit(there.kind, start, end + noun.end(), f"{text} d'" if elides else f"{text} de ")
    return Edit(there.kind, start, end, text)


def _whole_edit(here: Mention, there: Mention, sides: _Sides) -> Edit | None:
    rendering = render(here, *sides.languages)
    if rendering is None or not rendering.certain or (rendering.start, rendering.end) != (here.start, here.end):
        return None
    return Edit(here.kind, there.start, there.end, _in_style(rendering, there.surface))


def _in_style(rendering: Rendering, surface: str) -> str:
    """Choose the form that is written like what stood there: with a sign before, or in words."""
    signed = _SIGN.match(surface) is not None
    written = (rendering.text, *rendering.alternatives)
    return next((f for f in written if (_SIGN.match(f) is not None) == signed), rendering.text)


_SIGN = re.compile(r"[$€£¥₩]")


def _time_edit(here: Mention, there: Mention, sides: _Sides) -> Edit | None:
    """Replace the hour or the minutes where the half of the day stays, else the whole time."""
    if here.role:
        return None
    (hour, minute), (old_hour, old_minute) = _clock(here), _clock(there)
    digits = list(re.finditer(r"\d+", there.surface))
    halves = re.search(r"[ap]\.?\s?m|오전|오후|o['’]clock", there.surface, re.IGNORECASE) is not None
    if (hour < 12) == (old_hour < 12) and digits and int(digits[0].group()) in (old_hour, (old_hour - 1) % 12 + 1):
        shown = str((hour - 1) % 12 + 1 if halves else hour)
        if minute == old_minute:
            return Edit("time", there.start + digits[0].start(), there.start + digits[0].end(), shown)
        if hour == old_hour and minute and len(digits) == 2:
            return Edit("time", there.start + digits[1].start(), there.start + digits[1].end(), f"{minute:02d}")
    return _whole_edit(here, there, sides)


def _clock(mention: Mention) -> tuple[int, int]:
    hour, minute = mention.value[1:].split(":")
    return int(hour), int(minute)


# --- countries --------------------------------------------------------------------------------------------------------

_WITH_ARTICLE = re.compile(r"United|Netherlands|Philippines|Republic|Islands|Emirates|Bahamas|Maldives|Gambia|Comoros")


def _country(finding: FidelityFinding, source: str, target: str, languages: tuple[str, str]) -> Edit | None:
    """Replace one country's name by another's in English, where neither takes an article."""
    if languages[1] != "en":
        return None
    here = _only(source, places(source, languages[0]), finding.source)
    there = _only(target, places(target, "en"), finding.target)
    rendering = render(here, *languages) if here and not is_derived(source, here, languages[0]) else None
    if rendering is None or there is None or any(_WITH_ARTICLE.search(t) for t in (rendering.text, there.surface)):
        return None
    return Edit("name", there.start, there.end, rendering.text)
