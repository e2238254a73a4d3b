"""Turn numerals into facts: counts, measures, percentages, money, durations, ordinals, scores."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache

from pipeline.facts.lexicon import lexicon
from pipeline.facts.money import currency_after, currency_before
from pipeline.facts.numeral import Numeral, canonical
from pipeline.facts.numerals import roman_ordinals
from pipeline.facts.quantity import Quantity, hedge_after, hedge_before, join_ranges
from pipeline.facts.spans import Span, free
from pipeline.facts.times import day_nouns, duration_after, duration_mention
from pipeline.facts.units import Unit, unit_after, unit_before
from pipeline.records import FactKind, Mention

__all__ = ["numbers"]

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
            Mention("ordinal", str(value), text[a:b], a, b, float(value), float(value)) for a, b, value in roman_ordinals(text)
        ]
        found.extend(free(roman, [*taken, *found]))
    return sorted(found, key=lambda m: m.start)


def _read(text: str, language: str, quantity: Quantity) -> Iterator[Mention]:
    if quantity.form == "score":
        value = "-".join(canonical(n.value) for n in quantity.numerals)
        yield Mention("number", value, text[quantity.start : quantity.end], quantity.start, quantity.end, unit="score")
    elif quantity.first.ordinal:
        yield _ordinal(text, language, quantity)
    else:
        mention = _quantity(text, language, quantity)
        if mention is not None:
            yield mention


def _ordinal(text: str, language: str, quantity: Quantity) -> Mention:
    value = quantity.first.value
    return Mention("ordinal", canonical(value), text[quantity.start : quantity.end], quantity.start, quantity.end,
                   float(value), float(value))


def _quantity(text: str, language: str, quantity: Quantity) -> Mention | None:
    start, end = quantity.start, quantity.end
    hedge, bare_end = hedge_after(text, language, end) if language == "ko" else ("", end)
    if hedge and text[end:bare_end].strip() in ("여", "남짓"):
        end = bare_end  # 2만여 명: the counter comes after the hedge
    else:
        hedge = ""
    for read in (_percent, _money, _duration, _korean_ordinal, _measure):
        mention = read(text, language, quantity, start, end, hedge)
        if mention is not None:
            return mention
    if _is_letters(text, quantity):
        return None
    return _bounded("number", None, None, text, language, quantity, start, quantity.end, hedge)


def _is_letters(text: str, quantity: Quantity) -> bool:
    """Tell whether letters run on after the digits (39C, 5G): a code, not a quantity."""
    following = text[quantity.end : quantity.end + 1]
    return quantity.last.digits and following.isascii() and following.isalpha()


@cache
def _percent_pattern(language: str) -> re.Pattern[str]:
    forms = "|".join(re.escape(f) for f in sorted(lexicon(language).percent, key=len, reverse=True))
    return re.compile(rf"[\s-]?(?:{forms})(?![A-Za-z가-힣]{{0}}[A-Za-z])", re.IGNORECASE)


def _percent(text: str, language: str, quantity: Quantity, start: int, end: int, hedge: str) -> Mention | None:
    match = _percent_pattern(language).match(text, end)
    if match is None or (match.group().strip() == "프로" and re.match(r"[그젝모필]", text[match.end() :])):
        return None
    return _bounded("percent", "%", None, text, language, quantity, start, match.end(), hedge)


def _money(text: str, language: str, quantity: Quantity, start: int, end: int, hedge: str) -> Mention | None:
    before = currency_before(text, start)
    after = currency_after(text, end, language)
    if before:
        stop = after[1] if after and after[0] == before[0] else end
        return _bounded("money", before[0], None, text, language, quantity, before[1], stop, hedge)
    if after is None or (after[0] == "GBP" and language == "ko" and _is_weight(text, after[1])):
        return None
    return _bounded("money", after[0], None, text, language, quantity, start, after[1], hedge)


def _is_weight(text: str, end: int) -> bool:
    """Tell whether 파운드 or "pounds" weighs something here."""
    return re.match(r"\s?(?:의\s(?:돼지|무게|체중)|짜리|을 감량|를 감량|의 무게)", text[end:]) is not None


def _duration(text: str, language: str, quantity: Quantity, start: int, end: int, hedge: str) -> Mention | None:
    found = duration_after(text, end, language)
    if found is None:
        return None
    code, stop = found
    tail = re.compile(r"[\s-](?:old|of\sage)\b").match(text, stop) if language == "en" else None
    stop = tail.end() if tail else stop
    hedge = hedge or hedge_before(text, language, start) or hedge_after(text, language, stop)[0]
    return duration_mention(text, start, stop, quantity, code, hedge or ("~" if quantity.first.vague or quantity.first.plural else ""))


_KO_ORDINAL_TAIL = re.compile(r"\s?(?:번째|위(?!원|험|해|한|하|치|기)|차(?!례|량|이|원|지|별|기)(?=[가-힣\s]|$)|호(?!텔|주|수)(?=[가-힣\s,.)]|$)|회(?=\s|째|차|$|에|까))")


def _korean_ordinal(text: str, language: str, quantity: Quantity, start: int, end: int, hedge: str) -> Mention | None:
    if language != "ko" or quantity.form != "single":
        return None
    numbered = text[max(0, start - 1) : start] == "제"
    match = _KO_ORDINAL_TAIL.match(text, end)
    if not numbered and (match is None or match.group().strip() == "회"):
        return None
    begin, stop = (start - 1 if numbered else start), (match.end() if match else end)
    value = quantity.first.value
    return Mention("ordinal", canonical(value), text[begin:stop], begin, stop, float(value), float(value))


def _measure(text: str, language: str, quantity: Quantity, start: int, end: int, hedge: str) -> Mention | None:
    after = unit_after(text, end, language)
    before = unit_before(text, start, language, after[0] if after else None)
    unit = before[0] if before else (after[0] if after else None)
    if unit is None:
        return None
    begin = before[1] if before else start
    return _bounded("number", None, unit, text, language, quantity, begin, after[1] if after else end, hedge)


def _bounded(
    kind: FactKind,
    name: str | None,
    unit: Unit | None,
    text: str,
    language: str,
    quantity: Quantity,
    start: int,
    end: int,
    hedge: str,
) -> Mention:
    """Build a mention with bounds in the base unit of what was measured."""
    written = "-".join(canonical(n.value) for n in quantity.numerals)
    hedge = hedge or hedge_before(text, language, start) or hedge_after(text, language, end)[0]
    low, high = (_convert(n.value, unit) for n in (quantity.first, quantity.last))
    vague = quantity.first.plural or quantity.first.vague
    value = f"{written} {unit.name}" if unit and unit.kind == "measure" and unit.name != unit.base else written
    return Mention(
        kind,
        value,
        text[start:end],
        start,
        end,
        None if hedge in _LOWER else low * (2 if quantity.first.plural else 1),
        None if hedge in _UPPER or quantity.first.plural else high,
        name or (unit.base if unit else None),
        None,
        bool(hedge) or vague,
    )


def _convert(value: Decimal, unit: Unit | None) -> float:
    return float(value * unit.factor + unit.shift) if unit else float(value)
