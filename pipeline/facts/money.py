"""Recognise currencies: ISO codes, CLDR names and symbols, and the words that news uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from pipeline.facts.lexicon import LANGUAGES

__all__ = ["currency_after", "currency_before"]

# What CLDR does not say: bare names in news mean the obvious country, and "$" the US one.
_PLAIN = {
    "en": {
        "dollar": "USD",
        "dollars": "USD",
        "won": "KRW",
        "euro": "EUR",
        "euros": "EUR",
        "yen": "JPY",
        "pound": "GBP",
        "pounds": "GBP",
        "yuan": "CNY",
        "renminbi": "CNY",
        "US dollars": "USD",
        "U.S. dollars": "USD",
        "rupees": "INR",
        "francs": "CHF",
        "rubles": "RUB",
        "roubles": "RUB",
        "pesos": "MXN",
        "pounds sterling": "GBP",
        "lira": "TRY",
        "cents": "USD-cent",
        "cent": "USD-cent",
        "pence": "GBP-cent",
        "kronor": "SEK",
        "kroner": "NOK",
        "rand": "ZAR",
        "US dollar": "USD",
        "South Korean won": "KRW",
        "Korean won": "KRW",
        "riyals": "SAR",
        "dirhams": "AED",
    },
    "fr": {
        "dollar": "USD",
        "dollars": "USD",
        "won": "KRW",
        "wons": "KRW",
        "euro": "EUR",
        "euros": "EUR",
        "yen": "JPY",
        "yens": "JPY",
        "livre sterling": "GBP",
        "livres sterling": "GBP",
        "livres": "GBP",
        "yuan": "CNY",
        "yuans": "CNY",
        "roupies": "INR",
        "roubles": "RUB",
        "francs": "CHF",
        "francs suisses": "CHF",
        "dollars américains": "USD",
        "dollars US": "USD",
        "wons sud-coréens": "KRW",
        "wons coréens": "KRW",
        "won sud-coréens": "KRW",
        "pesos": "MXN",
        "livre": "GBP",
        "rands": "ZAR",
        "couronnes": "SEK",
    },
    "ko": {
        "원": "KRW",
        "달러": "USD",
        "유로": "EUR",
        "엔": "JPY",
        "파운드": "GBP",
        "위안": "CNY",
        "루피": "INR",
        "루블": "RUB",
        "프랑": "CHF",
        "미국 달러": "USD",
        "미 달러": "USD",
        "센트": "USD-cent",
        "홍콩달러": "HKD",
        "호주달러": "AUD",
        "페소": "MXN",
        "호주 달러": "AUD",
        "캐나다 달러": "CAD",
        "홍콩 달러": "HKD",
        "리라": "TRY",
        "펜스": "GBP-cent",
        "유로화": "EUR",
        "대만달러": "TWD",
        "대만 달러": "TWD",
        "싱가포르달러": "SGD",
        "싱가포르 달러": "SGD",
        "바트": "THB",
        "동": "VND",
    },
}
_SYMBOLS = {
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₩": "KRW",
    "￦": "KRW",
    "￥": "JPY",
    "US$": "USD",
    "U.S.$": "USD",
    "USD$": "USD",
    "A$": "AUD",
    "AU$": "AUD",
    "C$": "CAD",
    "CA$": "CAD",
    "HK$": "HKD",
    "NZ$": "NZD",
    "S$": "SGD",
    "NT$": "TWD",
    "R$": "BRL",
    "₹": "INR",
    "₽": "RUB",
    "₺": "TRY",
    "＄": "USD",
    "미화": "USD",
    "AUD$": "AUD",
    "$US": "USD",
}
_CODES = (
    "USD",
    "EUR",
    "GBP",
    "JPY",
    "KRW",
    "CNY",
    "CHF",
    "CAD",
    "AUD",
    "NZD",
    "HKD",
    "SGD",
    "INR",
    "RUB",
    "BRL",
    "MXN",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "TRY",
    "ZAR",
    "THB",
    "VND",
    "TWD",
    "IDR",
    "PHP",
    "MYR",
    "SAR",
    "AED",
    "ILS",
    "EGP",
)
# CLDR names too open to be read as money without their country ("real", "sol", 동).
_TOO_OPEN = frozenset(("동", "real", "sol", "lev", "lei", "baht", "kip", "gourde"))


@cache
def _names(language: str) -> dict[str, str]:
    from babel import Locale
    from babel.core import UnknownLocaleError

    names = {code: code for code in _CODES}
    names.update(_PLAIN.get(language, {}))
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return names
    for code in _CODES:
        for form in (locale.currencies.get(code), *_plural_forms(locale, code)):
            if form:
                names.setdefault(form, code)
    return {name: code for name, code in names.items() if name not in _TOO_OPEN}


def _plural_forms(locale: Any, code: str) -> tuple[str, ...]:
    from babel.numbers import get_currency_name

    return tuple(get_currency_name(code, count=count, locale=locale) for count in (1, 2))


@cache
def _after(language: str) -> re.Pattern[str]:
    names = {**_names(language), **_SYMBOLS}
    if language == "ko":
        names = {**_names("en"), **names}
    forms = "|".join(re.escape(n) for n in sorted(names, key=len, reverse=True))
    link = r"(?:\s?(?:여\s?))?\s?" if language == "ko" else r"(?:\s(?:de\s|d['’]|of\s)?|-)?"
    return re.compile(rf"{link}(?P<name>{forms})(?![A-Za-zÀ-ÿ])", re.IGNORECASE)


@cache
def _before() -> re.Pattern[str]:
    forms = "|".join(re.escape(n) for n in sorted((*_SYMBOLS, *_CODES), key=len, reverse=True))
    return re.compile(rf"(?<![A-Za-z])(?P<name>{forms})\s?(?:약\s?)?$")


def currency_after(text: str, end: int, language: str) -> tuple[str, int] | None:
    """Return the currency that follows a number and where its name ends.

    The code is ISO 4217, with ``-cent`` for hundredths. Korean 원 must not begin another word (원유, 원칙).
    """
    match = _after(language if language in LANGUAGES else "en").match(text, end)
    if match is None:
        return None
    name = match.group("name")
    if name in ("원", "엔", "동", "프랑") and re.match(r"[유칙래인장고전형심소]", text[match.end() :]):
        return None
    code = _code(name, language)
    return (code, match.end()) if code else None


@cache
def _codes(language: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    names = {**_names("en"), **_names(language), **_SYMBOLS}
    return MappingProxyType(names), MappingProxyType({name.lower(): code for name, code in names.items()})


def _code(name: str, language: str) -> str | None:
    """Look a name up as written, then in lower case; "all" and "try" are words before they are lek and lira."""
    names, lowered = _codes(language)
    if name in names or name.isupper():
        return names.get(name)
    return None if name.lower() in ("all", "try") else lowered.get(name.lower())


def currency_before(text: str, start: int) -> tuple[str, int] | None:
    """Return the currency sign or code that stands before a number and where it starts."""
    match = _before().search(text, max(0, start - 8), start)
    if match is None:
        return None
    name = match.group("name")
    return _SYMBOLS.get(name, name), match.start()
