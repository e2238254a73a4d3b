"""Find the unit that goes with a quantity, and convert measures to a base unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

from pipeline.facts.lexicon import table

__all__ = ["Unit", "unit_after", "unit_before"]


@dataclass(frozen=True, slots=True)
class Unit:
    """Hold a unit as written and how it converts: ``base = value * factor + shift``."""

    name: str
    base: str
    factor: Decimal = Decimal(1)
    shift: Decimal = Decimal(0)
    kind: Literal["measure", "count", "percent", "duration"] = "measure"


@cache
def _units() -> dict[str, Unit]:
    """Map every written form to its unit; a form is looked up as written first, then in lower case."""
    forms: dict[str, Unit] = {}
    for name, measure in table("units")["measures"].items():
        shift = Decimal("-17.7777777778") if name == "degF" else Decimal(0)
        unit = Unit(name, measure["base"], Decimal(measure["factor"]), shift)
        forms.update(dict.fromkeys(measure["forms"], unit))
    for name, words in table("units")["counts"].items():
        forms.update({w: Unit(name, name, kind="count") for w in words if w not in forms})
    return forms


@cache
def _pattern(korean: bool) -> re.Pattern[str]:
    hangul = re.compile(r"[가-힣]")
    forms = [f for f in _units() if korean or not hangul.search(f)]
    alternatives = "|".join(re.escape(f).replace("'", "['’]") for f in sorted(forms, key=len, reverse=True))
    # Korean counters run into particles (50명이), Latin units end at a word boundary.
    return re.compile(rf"[\s-]?(?P<unit>{alternatives})(?![A-Za-zÀ-ÿ²³])", re.IGNORECASE)


_FILLER = re.compile(
    r"\s(?:(?:other|more|new|young|local|foreign|Korean|South Korean|Japanese|French|British|American|German|Chinese|"
    r"additional|different|major|leading|remaining|dead|injured|autres|nouveaux|nouvelles|jeunes|de)\s|d['’])"
)


def unit_after(text: str, end: int, language: str) -> tuple[Unit, int] | None:
    """Return the unit that follows a number ending at ``end`` and where it ends; ``None`` when there is none."""
    match = _pattern(language == "ko").match(text, end)
    if match is None and language != "ko":
        filler = _FILLER.match(text, end)
        match = _pattern(False).match(text, filler.end() - (1 if filler.group()[-1] == " " else 0)) if filler else None
        if match is None or _lookup(match.group("unit")).kind != "count":
            return None
    if match is None:
        return None
    surface = match.group("unit")
    if surface.upper() == surface.lower() or len(surface) > 2 or surface in _units() or language == "ko":
        return _lookup(surface), match.end()
    return None


def _lookup(surface: str) -> Unit:
    units = _units()
    key = surface.replace("’", "'")
    return units.get(key) or _lower_units()[key.lower()]


@cache
def _lower_units() -> dict[str, Unit]:
    return {form.lower(): unit for form, unit in reversed(_units().items())}


def unit_before(text: str, start: int, language: str, unit: Unit | None) -> tuple[Unit, int] | None:
    """Return the unit that a Korean word before the number makes of the one after it, and where that word starts.

    시속 160km is 160 km/h, 초속 37m is 37 m/s, 화씨 90도 is 90 °F, 규모 7.5 a magnitude.
    """
    lead = text[max(0, start - 16) : start]
    if language != "ko":
        return (Unit("magnitude", "magnitude"), start) if _MAGNITUDE.search(lead) else None
    match = _KOREAN_LEAD.search(lead)
    if match is None:
        return None
    found = _korean_unit(match.group(1), unit.name if unit else None)
    return (found, start - len(match.group())) if found else None


_MAGNITUDE = re.compile(r"magnitude(?:\s(?:of|de))?\s$", re.IGNORECASE)
_KOREAN_LEAD = re.compile(r"(시속|초속|시간당|초당|섭씨|화씨|영하|규모|진도)\s?(?:약\s?|최대\s?|최고\s?)?$")
_KOREAN_UNITS = {
    **{(word, "km"): "km/h" for word in ("시속", "시간당")},
    **{(word, "mile"): "mph" for word in ("시속", "시간당")},
    **{(word, "m"): "m/s" for word in ("초속", "초당")},
    **{(word, "deg"): "°C" for word in ("섭씨", "영하")},
    ("화씨", "deg"): "°F",
}


def _korean_unit(word: str, name: str | None) -> Unit | None:
    if word in ("규모", "진도"):
        return Unit("magnitude", "magnitude") if name is None else None
    form = _KOREAN_UNITS.get((word, name or ""))
    return _units()[form] if form else None
