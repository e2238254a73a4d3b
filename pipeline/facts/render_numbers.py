"""Render numbers, ordinals, money, percentages and durations into another language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from pipeline.facts.figures import figure, figure_range, in_words, ordinal, takes_de
from pipeline.facts.korean import DAY_NOUNS
from pipeline.facts.lexicon import table
from pipeline.facts.numeral import Numeral, canonical
from pipeline.facts.numerals import numerals
from pipeline.facts.rendering import NARROW, Rendering, forms
from pipeline.records import Mention

__all__ = ["join_de", "render_number"]


@dataclass(frozen=True, slots=True)
class _Quantity:
    """Hold what a mention counts: its one or two values, and the numerals that write them (mention offsets)."""

    mention: Mention
    source: str
    target: str
    values: tuple[Decimal, ...]
    written: tuple[Numeral, ...]

    @property
    def last(self) -> Decimal:
        """Return the value that decides about the plural."""
        return self.values[-1]

    @property
    def tail(self) -> str:
        """Return what follows the last numeral in the mention."""
        return self.mention.surface[self.written[-1].end :] if self.written else ""

    @property
    def head(self) -> str:
        """Return what stands before the first numeral in the mention."""
        return self.mention.surface[: self.written[0].start] if self.written else ""


def render_number(mention: Mention, source: str, target: str) -> Rendering | None:
    """Render a mention of kind number, ordinal, money, percent or duration; ``None`` where no form is sure enough."""
    quantity = _quantity(mention, source, target)
    if quantity is None:
        return None
    if mention.kind == "ordinal":
        return _ordinal(quantity)
    if _is_plural(quantity):
        return _plural(quantity)
    read = {"money": _money, "percent": _percent, "duration": _duration}.get(mention.kind, _number)
    rendering = read(quantity)
    return _hedged(quantity, rendering) if rendering else None


def _quantity(mention: Mention, source: str, target: str) -> _Quantity | None:
    amount = re.search(r"[\d./-]+", mention.value)
    if amount is None:
        return None
    parts = [p for p in re.split(r"[-/]", amount.group()) if p]
    written = tuple(numerals(mention.surface, source))
    values = tuple(Decimal(p) for p in parts)
    return _Quantity(mention, source, target, values, written) if 0 < len(values) <= 2 else None


def _span(quantity: _Quantity) -> tuple[int, int]:
    return quantity.mention.start, quantity.mention.end


def _figures(quantity: _Quantity) -> str:
    values = quantity.values
    return (
        figure(values[0], quantity.target) if len(values) == 1 else figure_range(values[0], values[1], quantity.target)
    )


def _form(quantity: _Quantity, entry: Mapping[str, Sequence[str]]) -> str:
    """Return the singular or plural of a table entry, as the last value asks."""
    if quantity.target == "ko":
        return str(entry["ko"])
    several = quantity.last >= 2 if quantity.target == "fr" else quantity.last != 1
    return entry[quantity.target][several]


def join_de(number: str, noun: str, language: str) -> str:
    """Put a noun behind a number: with "de" or "d'" after French millions, without a space in Korean."""
    if language == "ko":
        return number + noun
    if language == "fr" and takes_de(number):
        return f"{number} d'{noun}" if re.match(r"[aeiouyéèêhâîœ]", noun) and noun != "yen" else f"{number} de {noun}"
    return f"{number} {noun}"


# --- kinds ------------------------------------------------------------------------------------------------------------


def _number(quantity: _Quantity) -> Rendering | None:
    mention = quantity.mention
    if _is_lone_one(quantity):
        return None
    if mention.unit == "score":
        return Rendering(mention.value, *_span(quantity), alternatives=(mention.value.replace("-", " to "),))
    name = mention.value.partition(" ")[2] or mention.unit or ""
    if name == "magnitude":
        return _magnitude(quantity)
    if name in forms("measures"):
        return _measure(quantity, name)
    noun = _noun(quantity) if mention.unit else None
    if noun is not None:
        return _counted(quantity, noun)
    return _alone(quantity)


def _is_lone_one(quantity: _Quantity) -> bool:
    """Tell whether a mention is a word for one (한 명, 한편): as often an article or an idiom as a count."""
    return quantity.values == (Decimal(1),) and not re.search(r"\d", quantity.mention.surface)


def _alone(quantity: _Quantity) -> Rendering | None:
    """Render the number and leave out what it counts."""
    if not quantity.written or len(quantity.written) != len(quantity.values):
        return None
    start = quantity.mention.start + quantity.written[0].start
    end = quantity.mention.start + quantity.written[-1].end
    digits = _figures(quantity)
    word = in_words(quantity.last, quantity.target) if len(quantity.values) == 1 else None
    if word and not quantity.written[0].digits:
        return Rendering(word, start, end, alternatives=(digits,))
    return Rendering(digits, start, end, alternatives=(word,) if word else ())


def _magnitude(quantity: _Quantity) -> Rendering:
    word = {"ko": "규모", "fr": "magnitude", "en": "magnitude"}[quantity.target]
    return Rendering(f"{word} {_figures(quantity)}", *_span(quantity))


def _measure(quantity: _Quantity, name: str) -> Rendering:
    entry = forms("measures")[name]
    number, noun = _figures(quantity), _form(quantity, entry)
    sign = entry.get("sign")
    below = quantity.head.startswith("영하")
    if below:
        number = {"en": "minus ", "fr": "moins ", "ko": "영하 "}[quantity.target] + number
    symbol = f"{number}{'' if quantity.target == 'ko' or sign == '°C' else ' '}{sign}" if sign else ""
    if quantity.target == "ko" and noun in ("°C", "°F"):
        return Rendering(
            f"{'' if below else '섭씨 ' if noun == '°C' else '화씨 '}{number}도", *_span(quantity), not below
        )
    text = join_de(number, noun, quantity.target)
    return Rendering(text, *_span(quantity), not below, (symbol,) if symbol and symbol != text else ())


@cache
def _nouns(language: str) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Map every surface of a counted noun in a language to its entry; of several entries the first."""
    found: dict[str, Mapping[str, Sequence[str]]] = {}
    entries: Sequence[Mapping[str, Sequence[str]]] = table("render")["nouns"]
    for entry in entries:
        for surface in entry["from"] if language == "ko" else entry[language][:2]:
            found.setdefault(surface, entry)
    return found


# The unit classes of the parsers that Korean counts with one counter, whatever the noun.
_COUNTERS = {
    "person": "명",
    "household": "가구",
    "country": "개국",
    "goal": "골",
    "match": "경기",
    "seat": "석",
    "vote": "표",
    "animal": "마리",
    "ship": "척",
    "vehicle": "대",
    "place": "곳",
    "case": "건",
    "times": "번",
    "flight": "편",
    "film": "편",
    "floor": "층",
    "page": "쪽",
    "ticket": "장",
    "book": "권",
}


def _noun(quantity: _Quantity) -> Mapping[str, Sequence[str]] | None:
    surface = re.sub(r"^[\s-]*(?:여|남짓)?\s?(?:de\s|d['’])?", "", quantity.tail).strip().lower()
    entry = _nouns(quantity.source).get(surface)
    if entry is None and quantity.target == "ko" and quantity.source != "ko":
        counter = _COUNTERS.get(quantity.mention.unit or "")
        return {"ko": counter} if counter else None
    return entry


def _counted(quantity: _Quantity, entry: Mapping[str, Sequence[str]]) -> Rendering:
    noun, number = _form(quantity, entry), _figures(quantity)
    if quantity.target == "en" and noun in ("time", "times") and len(quantity.values) == 1 and quantity.last in (1, 2):
        word = "once" if quantity.last == 1 else "twice"
        return Rendering(word, *_span(quantity), False, (f"{number} {noun}",))
    feminine = quantity.target == "fr" and "f" in entry["fr"][2:]
    word_form = in_words(quantity.last, quantity.target, feminine) if len(quantity.values) == 1 else None
    certain = quantity.tail.strip() not in ("인", "배")
    text = join_de(word_form or number, noun, quantity.target)
    other = join_de(number, noun, quantity.target)
    # A Korean counter says what is counted only loosely; the number alone is right too.
    return Rendering(text, *_span(quantity), certain, (other,) if other != text else ())


def _percent(quantity: _Quantity) -> Rendering:
    number, target = _figures(quantity), quantity.target
    if re.search(r"%\s?(?:포인트|[pP])|퍼센트\s?포인트|points?", quantity.mention.surface):
        unit = {"en": " percentage points", "fr": " points de pourcentage", "ko": "%포인트"}[target]
        if quantity.last == 1 and target != "ko":
            unit = unit.replace("points", "point")
        return Rendering(number + unit, *_span(quantity))
    if target == "ko":
        return Rendering(f"{number}%", *_span(quantity), alternatives=(f"{number}퍼센트",))
    if target == "fr":
        return Rendering(f"{number}{NARROW}%", *_span(quantity), alternatives=(f"{number} %", f"{number} pour cent"))
    words, sign = f"{number} percent", f"{number}%"
    if len(quantity.values) == 2:
        return Rendering(words, *_span(quantity), alternatives=(sign,))
    return Rendering(sign, *_span(quantity), alternatives=(words,))


def _money(quantity: _Quantity) -> Rendering | None:
    entry = forms("currencies").get(quantity.mention.unit or "")
    if entry is None:
        return _other_money(quantity)
    number = _figures(quantity)
    text = _amount(number, _form(quantity, entry), quantity.target)
    sign = entry.get("sign")
    signed: tuple[str, ...] = ()
    if sign and quantity.target == "en":
        signed = (sign + number,)
    elif sign and quantity.target == "fr":
        signed = (f"{number}{NARROW}{sign}",)
    return Rendering(text, *_span(quantity), alternatives=signed)


def _amount(number: str, name: str, language: str) -> str:
    """Join an amount and its currency; Korean parts all but 원 from 만, 억, 조: 12억원, 12억 달러."""
    spaced = language == "ko" and name != "원" and not number[-1].isdigit()
    return join_de(number, f" {name}" if spaced else name, language)


def _other_money(quantity: _Quantity) -> Rendering | None:
    """Render a currency by its CLDR name."""
    from babel.numbers import get_currency_name

    code = quantity.mention.unit or ""
    if not re.fullmatch(r"[A-Z]{3}", code):
        return None
    name = get_currency_name(code, count=float(quantity.last), locale=quantity.target)
    space = " " if quantity.target == "ko" else ""
    return Rendering(join_de(_figures(quantity), space + name, quantity.target), *_span(quantity))


_DURATION = re.compile(r"P(?P<time>T?)[\d./]+(?P<letter>[YMWDHS])")


def _duration_code(match: re.Match[str]) -> str:
    letter = match.group("letter")
    return "MO" if letter == "M" and not match.group("time") else letter


def _duration(quantity: _Quantity) -> Rendering | None:
    match = _DURATION.fullmatch(quantity.mention.value)
    if match is None:
        return None
    entry = forms("durations")[_duration_code(match)]
    number, noun, target = _figures(quantity), _form(quantity, entry), quantity.target
    if quantity.mention.role == "age":
        return _age(quantity, number)
    word = in_words(quantity.last, target, "f" in entry["fr"][2:]) if len(quantity.values) == 1 else None
    text, digits = join_de(word or number, noun, target), join_de(number, noun, target)
    if target == "ko" and match.group("letter") == "D":
        return _days(quantity, digits)
    others = [digits] if digits != text else []
    is_age = quantity.source == "fr" and quantity.mention.surface.endswith(("ans", "an"))  # "ans" counts ages too
    if is_age:
        others.extend({"en": (f"{number} years old", f"{number}-year-old"), "ko": (f"{number}세",)}[target])
    return Rendering(text, *_span(quantity), not is_age and not _is_lone_one(quantity), tuple(others))


def _days(quantity: _Quantity, digits: str) -> Rendering:
    """Render days in Korean, where 2일 is a date as well: 이틀, 5일간."""
    noun = next((n for n, days in DAY_NOUNS.items() if days == quantity.last and days in _DAYS_BY_NAME), None)
    text = noun or f"{digits}간"
    return Rendering(text, *_span(quantity), False, (digits,))


_DAYS_BY_NAME = frozenset((1, 2, 3, 4, 10))


def _age(quantity: _Quantity, number: str) -> Rendering:
    plural = "" if quantity.last == 1 else "s"
    if quantity.target == "en":
        text, other = f"{number} year{plural} old", f"{number}-year-old"
    elif quantity.target == "fr":
        text, other = f"{number} an{'s' if quantity.last >= 2 else ''}", number
    else:
        text, other = f"{number}세", f"{number}살"
    return Rendering(text, *_span(quantity), False, (other, number))


def _ordinal(quantity: _Quantity) -> Rendering:
    value, surface, target = int(quantity.last), quantity.mention.surface, quantity.target
    digits, word = ordinal(value, target), _ordinal_word(value, target)
    if surface.endswith("호"):
        numbered = {"en": f"No. {value}", "fr": f"n° {value}"}.get(target, f"제{value}호")
        return Rendering(numbered, *_span(quantity), False, (digits,))
    written = re.search(r"\d", surface) is not None
    others = {"ko": (f"제{value}", f"{value}위", f"{value}차"), "en": (word,), "fr": (word,)}[target]
    if not written and word:
        return Rendering(word, *_span(quantity), False, (digits,))
    return Rendering(digits, *_span(quantity), False, tuple(o for o in others if o))


def _ordinal_word(value: int, language: str) -> str:
    words = forms("ordinals")[language]
    return str(words[value]) if language != "ko" and 0 < value < len(words) else ""


# --- approximation ----------------------------------------------------------------------------------------------------


def _is_plural(quantity: _Quantity) -> bool:
    """Tell whether a mention is "hundreds" or 수백, without a count."""
    return len(quantity.written) == 1 and quantity.written[0].plural


def _plural(quantity: _Quantity) -> Rendering | None:
    word = forms("plurals")[quantity.target].get(canonical(quantity.last))
    if word is None:
        return None
    start = quantity.mention.start
    number = start + quantity.written[0].start, start + quantity.written[-1].end
    noun = _plural_noun(quantity)
    if noun is None:
        text = {"en": word, "fr": f"des {word}", "ko": word}[quantity.target]
        return Rendering(text, *number, False)
    text = {"en": f"{word} of {noun}", "fr": "des " + join_de(word, noun, "fr"), "ko": f"{word} {noun}"}
    return Rendering(text[quantity.target], *_span(quantity), False)


def _plural_noun(quantity: _Quantity) -> str | None:
    unit = quantity.mention.unit or ""
    named = forms("currencies") if quantity.mention.kind == "money" else forms("measures")
    name = quantity.mention.value.partition(" ")[2] or unit
    duration = _DURATION.fullmatch(quantity.mention.value)
    if duration:
        return _duration_noun(quantity, duration)
    entry = named.get(name) or (_noun(quantity) if unit else None)
    if entry is None or quantity.target not in entry:
        return None
    return str(entry["ko"]) if quantity.target == "ko" else str(entry[quantity.target][1])


def _duration_noun(quantity: _Quantity, match: re.Match[str]) -> str:
    entry = forms("durations")[_duration_code(match)]
    return str(entry["ko"]) if quantity.target == "ko" else str(entry[quantity.target][1])


def _hedged(quantity: _Quantity, rendering: Rendering) -> Rendering:
    """Say what 여 or 남짓 inside a Korean mention says, or a French dizaine."""
    if any(n.vague for n in quantity.written):
        about = forms("hedges")[quantity.target]["~"].format(rendering.text)
        return Rendering(about, rendering.start, rendering.end, False, (rendering.text,))
    if quantity.source != "ko" or not re.match(r"\s?(?:여|남짓)", quantity.tail):
        return rendering
    more, about = (forms("hedges")[quantity.target][sign] for sign in (">~", "~"))
    end = max(rendering.end, quantity.mention.end if rendering.end == quantity.mention.end else rendering.end + 1)
    return Rendering(
        more.format(rendering.text), rendering.start, end, False, (about.format(rendering.text), rendering.text)
    )
