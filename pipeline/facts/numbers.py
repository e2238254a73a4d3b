"""Turn numerals into facts: counts, measures, percentages, money, durations, ordinals, scores."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from pipeline.facts.lexicon import lexicon
from pipeline.facts.money import currency_after, currency_before
from pipeline.facts.numeral import Numeral, canonical
from pipeline.facts.numerals import roman_ordinals
from pipeline.facts.quantity import Quantity, hedge_after, hedge_before, join_ranges
from pipeline.facts.spans import Span, free, longest
from pipeline.facts.times import day_nouns, duration_after, duration_mention
from pipeline.facts.units import Unit, unit_after, unit_before
from pipeline.records import FactKind, Mention

__all__ = ["numbers"]

_AGE = re.compile(r"[\s-](?:old|of\sage)\b")
_LOWER, _UPPER = ("<", "<="), (">", ">=")


def numbers(text: str, language: str, numerals: Sequence[Numeral], taken: Sequence[Span]) -> list[Mention]:
    """Find every numeric fact that is not a date or a time of day.

    Args:
        text: normalised text.
        language: ISO 639-1 code.
        numerals: its numerals, as :func:`pipeline.facts.numerals.numerals` finds them.
        taken: spans that already mean something else.
    """
    open_numerals = [n for n in free(numerals, taken) if not n.code]
    found = [m for q in join_ranges(text, language, open_numerals) for m in _read(text, language, q)]
    if language == "ko":
        found.extend(free(day_nouns(text), [*taken, *found]))
    else:
        roman = [
            Mention("ordinal", str(value), text[a:b], a, b, float(value), float(value))
            for a, b, value in roman_ordinals(text)
        ]
        found.extend(free(roman, [*taken, *found]))
    # A mention can reach beyond its numeral (시속, 제, $) and meet what was taken.
    return longest(free(found, taken))


def _read(text: str, language: str, quantity: Quantity) -> Iterator[Mention]:
    if quantity.form == "score":
        value = "-".join(canonical(n.value) for n in quantity.numerals)
        yield Mention("number", value, text[quantity.start : quantity.end], quantity.start, quantity.end, unit="score")
    elif quantity.first.ordinal:
        yield _ordinal(text, quantity, quantity.start, quantity.end)
    else:
        mention = _quantity(text, language, quantity)
        if mention is not None:
            yield mention


def _ordinal(text: str, quantity: Quantity, start: int, end: int) -> Mention:
    value = quantity.first.value
    return Mention("ordinal", canonical(value), text[start:end], start, end, float(value), float(value))


@dataclass(frozen=True, slots=True)
class _Site:
    """Hold a quantity in its text; ``end`` lies after a hedge that stands before the counter (2만여 명)."""

    text: str
    language: str
    quantity: Quantity
    start: int
    end: int
    hedge: str


def _quantity(text: str, language: str, quantity: Quantity) -> Mention | None:
    end = quantity.end
    hedge, after = hedge_after(text, language, end) if language == "ko" else ("", end)
    inner = hedge != "" and text[end:after].strip() in ("여", "남짓")
    site = _Site(text, language, quantity, quantity.start, after if inner else end, hedge if inner else "")
    for read in (_percent, _money, _duration, _korean_ordinal, _measure):
        mention = read(site)
        if mention is not None:
            return mention
    return None if _is_letters(text, quantity) else _bounded(site, "number", site.start, quantity.end)


def _is_letters(text: str, quantity: Quantity) -> bool:
    """Tell whether letters run on after the digits (39C, 5G): a code, not a quantity."""
    following = text[quantity.end : quantity.end + 1]
    return quantity.last.digits and following.isascii() and following.isalpha()


@cache
def _percent_pattern(language: str) -> re.Pattern[str]:
    forms = "|".join(re.escape(f) for f in sorted(lexicon(language).percent, key=len, reverse=True))
    return re.compile(rf"[\s-]?(?:{forms})(?![A-Za-z가-힣]{{0}}[A-Za-z])", re.IGNORECASE)


def _percent(site: _Site) -> Mention | None:
    match = _percent_pattern(site.language).match(site.text, site.end)
    if match is None or (match.group().strip() == "프로" and re.match(r"[그젝모필]", site.text[match.end() :])):
        return None
    return _bounded(site, "percent", site.start, match.end(), name="%")


def _money(site: _Site) -> Mention | None:
    before = currency_before(site.text, site.start)
    after = currency_after(site.text, site.end, site.language)
    if before:
        stop = after[1] if after and after[0] == before[0] else site.end
        return _bounded(site, "money", before[1], stop, name=before[0])
    if after is None or (after[0] == "GBP" and site.language == "ko" and _is_weight(site.text, after[1])):
        return None
    return _bounded(site, "money", site.start, after[1], name=after[0])


def _is_weight(text: str, end: int) -> bool:
    """Tell whether 파운드 or "pounds" weighs something here."""
    return re.match(r"\s?(?:의\s(?:돼지|무게|체중)|짜리|을 감량|를 감량|의 무게)", text[end:]) is not None


def _duration(site: _Site) -> Mention | None:
    found = duration_after(site.text, site.end, site.language)
    if found is None:
        return None
    code, stop = found
    tail = _AGE.match(site.text, stop) if site.language == "en" else None
    stop = tail.end() if tail else stop
    first = site.quantity.first
    approximate = _hedge(site, site.start, stop) != "" or first.vague or first.plural
    return duration_mention(site.text, (site.start, stop), site.quantity, code, approximate)


_KO_ORDINAL_TAIL = re.compile(
    r"\s?(?:번째|위(?!원|험|해|한|하|치|기)|차(?!례|량|이|원|지|별|기)(?=[가-힣\s]|$)|호(?!텔|주|수)(?=[가-힣\s,.)]|$)|회(?=\s|째|차|$|에|까))"
)


def _korean_ordinal(site: _Site) -> Mention | None:
    if site.language != "ko" or site.quantity.form != "single":
        return None
    numbered = re.search(r"(?:^|[^가-힣])제$", site.text[max(0, site.start - 2) : site.start]) is not None
    match = _KO_ORDINAL_TAIL.match(site.text, site.end)
    if not numbered and (match is None or match.group().strip() == "회"):
        return None
    begin, stop = (site.start - 1 if numbered else site.start), (match.end() if match else site.end)
    return _ordinal(site.text, site.quantity, begin, stop)


def _measure(site: _Site) -> Mention | None:
    after = unit_after(site.text, site.end, site.language)
    before = unit_before(site.text, site.start, site.language, after[0] if after else None)
    unit = before[0] if before else (after[0] if after else None)
    if unit is None:
        return None
    return _bounded(site, "number", before[1] if before else site.start, after[1] if after else site.end, unit=unit)


def _hedge(site: _Site, start: int, end: int) -> str:
    return site.hedge or hedge_before(site.text, site.language, start) or hedge_after(site.text, site.language, end)[0]


def _bounded(
    site: _Site, kind: FactKind, start: int, end: int, *, name: str | None = None, unit: Unit | None = None
) -> Mention:
    """Build a mention with bounds in the base unit of what was measured."""
    quantity, hedge = site.quantity, _hedge(site, start, end)
    written = "-".join(canonical(n.value) for n in quantity.numerals)
    converted = unit is not None and unit.kind == "measure" and unit.name != unit.base
    low, high = (_convert(n.value, unit) for n in (quantity.first, quantity.last))
    several = quantity.first.plural  # "hundreds": two of them at least, no upper bound
    return Mention(
        kind,
        f"{written} {unit.name}" if unit and converted else written,
        site.text[start:end],
        start,
        end,
        None if hedge in _LOWER else low * (2 if several else 1),
        None if hedge in _UPPER or several else high,
        name or (unit.base if unit else None),
        None,
        bool(hedge) or several or quantity.first.vague,
    )


def _convert(value: Decimal, unit: Unit | None) -> float:
    return float(value * unit.factor + unit.shift) if unit else float(value)
