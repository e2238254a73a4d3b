"""Render numbers, ordinals, money, percentages and durations into another language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pipeline.facts.counted import Quantity, figures_of, form_of, is_lone_one, join_de, noun_of, quantity_of, span_of
from pipeline.facts.figures import in_words, ordinal
from pipeline.facts.numeral import canonical
from pipeline.facts.render_durations import DURATION, duration_noun, render_duration
from pipeline.facts.rendering import NARROW, Rendering, forms
from pipeline.records import Mention

__all__ = ["render_number"]


def render_number(mention: Mention, source: str, target: str) -> Rendering | None:
    """Render a mention of kind number, ordinal, money, percent or duration; ``None`` where no form is sure enough."""
    quantity = quantity_of(mention, source, target)
    if quantity is None:
        return None
    if mention.kind == "ordinal":
        return _ordinal(quantity)
    if _is_plural(quantity):
        return _plural(quantity)
    read = {"money": _money, "percent": _percent, "duration": render_duration}.get(mention.kind, _number)
    rendering = read(quantity)
    return _hedged(quantity, rendering) if rendering else None


# --- kinds ------------------------------------------------------------------------------------------------------------


def _number(quantity: Quantity) -> Rendering | None:
    mention = quantity.mention
    if is_lone_one(quantity):
        return None
    if mention.unit == "score":
        return Rendering(mention.value, *span_of(quantity), alternatives=(mention.value.replace("-", " to "),))
    name = mention.value.partition(" ")[2] or mention.unit or ""
    if name == "magnitude":
        return _magnitude(quantity)
    if name in forms("measures"):
        return _measure(quantity, name)
    noun = noun_of(quantity) if mention.unit else None
    if noun is not None:
        return _counted(quantity, noun)
    return _alone(quantity)


def _alone(quantity: Quantity) -> Rendering | None:
    """Render the number and leave out what it counts."""
    if not quantity.written or len(quantity.written) != len(quantity.values):
        return None
    start = quantity.mention.start + quantity.written[0].start
    end = quantity.mention.start + quantity.written[-1].end
    digits = figures_of(quantity)
    word = in_words(quantity.last, quantity.target) if len(quantity.values) == 1 else None
    if word and not quantity.written[0].digits:
        return Rendering(word, start, end, alternatives=(digits,))
    return Rendering(digits, start, end, alternatives=(word,) if word else ())


def _magnitude(quantity: Quantity) -> Rendering:
    word = {"ko": "규모", "fr": "magnitude", "en": "magnitude"}[quantity.target]
    return Rendering(f"{word} {figures_of(quantity)}", *span_of(quantity))


def _measure(quantity: Quantity, name: str) -> Rendering:
    entry = forms("measures")[name]
    number, noun = figures_of(quantity), form_of(quantity, entry)
    sign = entry.get("sign")
    below = quantity.head.startswith("영하")
    if below:
        number = {"en": "minus ", "fr": "moins ", "ko": "영하 "}[quantity.target] + number
    symbol = f"{number}{'' if quantity.target == 'ko' or sign == '°C' else ' '}{sign}" if sign else ""
    if quantity.target == "ko" and noun in ("°C", "°F"):
        return Rendering(
            f"{'' if below else '섭씨 ' if noun == '°C' else '화씨 '}{number}도", *span_of(quantity), not below
        )
    text = join_de(number, noun, quantity.target)
    return Rendering(text, *span_of(quantity), not below, (symbol,) if symbol and symbol != text else ())


def _counted(quantity: Quantity, entry: Mapping[str, Sequence[str]]) -> Rendering:
    noun, number = form_of(quantity, entry), figures_of(quantity)
    if quantity.target == "en" and noun in ("time", "times") and len(quantity.values) == 1 and quantity.last in (1, 2):
        word = "once" if quantity.last == 1 else "twice"
        return Rendering(word, *span_of(quantity), False, (f"{number} {noun}",))
    feminine = quantity.target == "fr" and "f" in entry["fr"][2:]
    word_form = in_words(quantity.last, quantity.target, feminine) if len(quantity.values) == 1 else None
    certain = quantity.tail.strip() not in ("인", "배")
    text = join_de(word_form or number, noun, quantity.target)
    other = join_de(number, noun, quantity.target)
    # A Korean counter says what is counted only loosely; the number alone is right too.
    return Rendering(text, *span_of(quantity), certain, (other,) if other != text else ())


def _percent(quantity: Quantity) -> Rendering:
    number, target = figures_of(quantity), quantity.target
    if re.search(r"%\s?(?:포인트|[pP])|퍼센트\s?포인트|points?", quantity.mention.surface):
        unit = {"en": " percentage points", "fr": " points de pourcentage", "ko": "%포인트"}[target]
        if quantity.last == 1 and target != "ko":
            unit = unit.replace("points", "point")
        return Rendering(number + unit, *span_of(quantity))
    if target == "ko":
        return Rendering(f"{number}%", *span_of(quantity), alternatives=(f"{number}퍼센트",))
    if target == "fr":
        return Rendering(f"{number}{NARROW}%", *span_of(quantity), alternatives=(f"{number} %", f"{number} pour cent"))
    words, sign = f"{number} percent", f"{number}%"
    if len(quantity.values) == 2:
        return Rendering(words, *span_of(quantity), alternatives=(sign,))
    return Rendering(sign, *span_of(quantity), alternatives=(words,))


def _money(quantity: Quantity) -> Rendering | None:
    entry = forms("currencies").get(quantity.mention.unit or "")
    if entry is None:
        return _other_money(quantity)
    number = figures_of(quantity)
    text = _amount(number, form_of(quantity, entry), quantity.target)
    sign = entry.get("sign")
    signed: tuple[str, ...] = ()
    if sign == "$" and quantity.target == "en":
        return Rendering(sign + number, *span_of(quantity), alternatives=(text,))  # as 9 of 10 human translations do
    if sign and quantity.target == "en":
        signed = (sign + number,)
    elif sign and quantity.target == "fr":
        signed = (f"{number}{NARROW}{sign}",)
    return Rendering(text, *span_of(quantity), alternatives=signed)


def _amount(number: str, name: str, language: str) -> str:
    """Join an amount and its currency; Korean parts all but 원 from 만, 억, 조: 12억원, 12억 달러."""
    spaced = language == "ko" and name != "원" and not number[-1].isdigit()
    return join_de(number, f" {name}" if spaced else name, language)


def _other_money(quantity: Quantity) -> Rendering | None:
    """Render a currency by its CLDR name."""
    from babel.numbers import get_currency_name

    code = quantity.mention.unit or ""
    if not re.fullmatch(r"[A-Z]{3}", code):
        return None
    name = get_currency_name(code, count=float(quantity.last), locale=quantity.target)
    space = " " if quantity.target == "ko" else ""
    return Rendering(join_de(figures_of(quantity), space + name, quantity.target), *span_of(quantity))


def _ordinal(quantity: Quantity) -> Rendering:
    value, surface, target = int(quantity.last), quantity.mention.surface, quantity.target
    digits, word = ordinal(value, target), _ordinal_word(value, target)
    if surface.endswith("호"):
        numbered = {"en": f"No. {value}", "fr": f"n° {value}"}.get(target, f"제{value}호")
        return Rendering(numbered, *span_of(quantity), False, (digits,))
    written = re.search(r"\d", surface) is not None
    others = {"ko": (f"제{value}", f"{value}위", f"{value}차"), "en": (word,), "fr": (word,)}[target]
    if not written and word:
        return Rendering(word, *span_of(quantity), False, (digits,))
    return Rendering(digits, *span_of(quantity), False, tuple(o for o in others if o))


def _ordinal_word(value: int, language: str) -> str:
    words = forms("ordinals")[language]
    return str(words[value]) if language != "ko" and 0 < value < len(words) else ""


# --- approximation ----------------------------------------------------------------------------------------------------


def _is_plural(quantity: Quantity) -> bool:
    """Tell whether a mention is "hundreds" or 수백, without a count."""
    return len(quantity.written) == 1 and quantity.written[0].plural


def _plural(quantity: Quantity) -> Rendering | None:
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
    return Rendering(text[quantity.target], *span_of(quantity), False)


def _plural_noun(quantity: Quantity) -> str | None:
    unit = quantity.mention.unit or ""
    named = forms("currencies") if quantity.mention.kind == "money" else forms("measures")
    name = quantity.mention.value.partition(" ")[2] or unit
    duration = DURATION.fullmatch(quantity.mention.value)
    if duration:
        return duration_noun(quantity, duration)
    entry = named.get(name) or (noun_of(quantity) if unit else None)
    if entry is None or quantity.target not in entry:
        return None
    return str(entry["ko"]) if quantity.target == "ko" else str(entry[quantity.target][1])


def _hedged(quantity: Quantity, rendering: Rendering) -> Rendering:
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
