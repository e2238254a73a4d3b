"""Recognise countries and large cities by their CLDR names, under one key in every language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from pipeline.facts.lexicon import table
from pipeline.records import Mention

__all__ = ["place_key", "place_names", "places"]

# Territory and city names that are everyday words or given names in one of the languages.
_OPEN = frozenset(
    (
        "chad",
        "jersey",
        "georgia",
        "jordan",
        "guinea",
        "man",
        "nice",
        "nome",
        "center",
        "louisville",
        "vincennes",
        "indianapolis",
        "winamac",
        "knox",
        "phoenix",
        "world",
        "africa",
        "europe",
        "asia",
        "jordanie",
        "mali",
        "togo",
        "niue",
        "guam",
        "오만",
        "기니",
        "차드",
        "수단",
        "가나",
        "마리",
        "이란",
        "노르",
        "리가",
        "로마",
        "소피아",
        "마카오",
        "괌",
        "니제르",
        "말리",
        "토고",
        "페루",
        "쿠바",
        "몰타",
        "저지",
        "건지",
        "troll",
        "davis",
        "dawson",
        "marengo",
        "tell city",
        "petersburg",
        "monticello",
        "casey",
        "midway",
        "wake",
        "easter",
        "ville inconnue",
        "unknown city",
        "unknown location",
        "알 수 없는 장소",
        "lieu inconnu",
        "vevay",
        "salta",
        "macquarie",
        "currie",
        "creston",
        "barbade",
    )
)


@cache
def _names(language: str) -> Mapping[str, str]:
    from babel import Locale
    from babel.core import UnknownLocaleError

    names: dict[str, str] = {}
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse("en")
    for code, name in locale.territories.items():
        if len(code) == 2 and code.isalpha() and code not in ("ZZ", "XA", "XB", "EU", "EZ", "UN"):
            names[re.sub(r"\s\(.*\)$", "", name)] = code
    for zone, data in Locale.parse("en").time_zones.items():
        if "city" in data and "/" in zone:
            names.setdefault(_city(locale, zone, data), zone)
    for zone in _zones():
        names.setdefault(_city(locale, zone, {}), zone)
    for code, forms in table("names")["countries"].items():
        names.update(dict.fromkeys(forms, code))
    return MappingProxyType({n: key for n, key in names.items() if n.lower() not in _OPEN and len(n) > 1})


def _city(locale: object, zone: str, fallback: Mapping[str, str]) -> str:
    zones: Mapping[str, Mapping[str, str]] = getattr(locale, "time_zones")  # noqa: B009  babel has no types
    name = zones.get(zone, {}).get("city") or fallback.get("city") or zone.rsplit("/", 1)[1].replace("_", " ")
    return str(name)


@cache
def _zones() -> tuple[str, ...]:
    """List the time zones that CLDR names a city for, from the locale that names most of them."""
    from babel import Locale

    regions = ("Africa/", "America/", "Asia/", "Australia/", "Europe/", "Pacific/", "Atlantic/", "Indian/")
    zones = {z for z, data in Locale.parse("ko").time_zones.items() if "city" in data and z.startswith(regions)}
    return tuple(sorted(z for z in zones if z.count("/") == 1))


@cache
def _pattern(language: str) -> re.Pattern[str]:
    forms = "|".join(re.escape(n).replace("'", "['’]") for n in sorted(_names(language), key=lambda n: (-len(n), n)))
    if language == "ko":
        return re.compile(rf"(?<![가-힣A-Za-z])(?:{forms})(?![A-Za-z])")
    return re.compile(rf"(?<!\w)(?:{forms})(?!\w)")


_KOREAN_TAIL = re.compile(
    r"(?:(?:에서|으로|에게|까지|부터|에는|에도|에|의|은|는|이|가|을|를|와|과|도|로|시|내|산|발|행|뿐|측|인|정부|대통령|총리|국민|군|인들|외|"
    r"등|당국|언론|대표|축구|공항|만|식|계|시의|시에|시에서|주재|여행|올림픽)?(?![가-힣])|[가-힣]{0,4}\s)"
)


def places(text: str, language: str) -> list[Mention]:
    """Find countries (value: ISO 3166 code) and cities with a time zone of their own (value: its name)."""
    known = _names(language)
    found = []
    for match in _pattern(language).finditer(text):
        if language == "ko" and not _KOREAN_TAIL.match(text, match.end()):
            continue
        key = known[match.group().replace("’", "'")]
        found.append(Mention("name", key, match.group(), match.start(), match.end(), role="place"))
    return found


def place_names(language: str) -> Mapping[str, str]:
    """Return the names of countries and cities in a language, each with its shared key."""
    return _names(language)


def place_key(name: str) -> str | None:
    """Return the shared key of a place name in any of the three languages."""
    for language in ("en", "fr", "ko"):
        key = _names(language).get(name.replace("’", "'"))
        if key:
            return key
    return None
