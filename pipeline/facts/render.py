"""Render the facts of a text into another language, to be pinned in a prompt or written in a repair. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.facts.figures import ordinal
from pipeline.facts.lexicon import LANGUAGES
from pipeline.facts.parse import parse
from pipeline.facts.press_terms import PARTICLES, TermMatch, find_terms
from pipeline.facts.quantity import hedge_after
from pipeline.facts.render_dates import render_date, render_time
from pipeline.facts.render_names import glossed_names, korean_people, place_name, place_renderings, with_title
from pipeline.facts.render_numbers import render_number
from pipeline.facts.rendering import Rendering, forms
from pipeline.facts.spans import free, longest
from pipeline.records import Mention

__all__ = ["Pin", "Rendering", "pins", "render"]

_NUMERIC = frozenset(("number", "ordinal", "money", "percent", "duration"))


@dataclass(frozen=True, slots=True)
class Pin:
    """Hold a piece of source text and the form that it takes in the target language.

    ``kind`` is that of the fact, or ``term``, ``title``, ``body``, ``person``, ``place``. ``certain`` is that of
    :class:`~pipeline.facts.rendering.Rendering`. ``trivial`` marks what any model copies right: the same digits, the
    same letters, the best known countries.
    """

    kind: str
    source: str
    target: str
    start: int
    end: int
    certain: bool = True
    alternatives: tuple[str, ...] = ()
    trivial: bool = False


def render(mention: Mention, source_language: str, target_language: str) -> Rendering | None:
    """Render one mention into another language.

    Args:
        mention: as :func:`pipeline.facts.parse` finds it, dates unresolved.
        source_language: fr, ko or en.
        target_language: another of them.

    Returns:
        The form that a news writer would use, or ``None`` where none is sure enough (people need their context, see
        :func:`pins`).
    """
    if not {source_language, target_language} <= set(LANGUAGES) or source_language == target_language:
        return None
    if mention.kind in _NUMERIC:
        return render_number(mention, source_language, target_language)
    if mention.kind == "date":
        return render_date(mention, source_language, target_language)
    if mention.kind == "time":
        return render_time(mention, source_language, target_language)
    if mention.kind == "name" and mention.role == "place":
        name = place_name(mention.value, target_language) if re.fullmatch(r"[A-Z]{2}|\w+/\w+", mention.value) else None
        return Rendering(name, mention.start, mention.end) if name else None
    return None


def pins(text: str, source_language: str, target_language: str, mentions: Sequence[Mention] | None = None) -> list[Pin]:
    """List what is worth pinning in a prompt that translates a text.

    Args:
        text: a sentence or paragraph.
        source_language: fr, ko or en; other languages have no pins.
        target_language: another of them.
        mentions: what :func:`pipeline.facts.parse` found in the text, without a reference date, if known.

    Returns:
        Pins in the order of the text, the longest where several could stand.
    """
    if not {source_language, target_language} <= set(LANGUAGES) or source_language == target_language:
        return []
    found = parse(text, source_language) if mentions is None else mentions
    known = find_terms(text, source_language, target_language)
    candidates = [
        *_numeric(text, found, source_language, target_language),
        *_terms(text, found, known, source_language),
        *_names(text, found, known, (source_language, target_language)),
    ]
    return [_marked(pin, source_language, target_language) for pin in longest(candidates)]


def _pin(text: str, kind: str, rendering: Rendering) -> Pin:
    return Pin(
        kind,
        text[rendering.start : rendering.end],
        rendering.text,
        rendering.start,
        rendering.end,
        rendering.certain,
        rendering.alternatives,
    )


# --- numbers and dates ------------------------------------------------------------------------------------------------


def _numeric(text: str, mentions: Sequence[Mention], source: str, target: str) -> list[Pin]:
    found: list[Pin] = []
    before: Pin | None = None
    for mention in mentions:
        rendering = render(mention, source, target) if mention.kind not in ("name", "quote") else None
        if rendering is None or (source == "ko" and _is_inside_word(text, mention)):
            continue
        pin = _pin(text, mention.kind, rendering)
        if before is not None and _is_compound(text, before, pin):
            pin = _compound(text, before, pin, target)
            found.pop()
        # What follows a duration goes with all of it: 3년 6개월 동안.
        found.append(_extended(text, pin, mention, (source, target)))
        before = pin
    return found


def _is_inside_word(text: str, mention: Mention) -> bool:
    """Tell whether a Korean word for a day or number goes on as another word: 모레 in 모레로스."""
    if re.search(r"\d", mention.surface):
        return False
    tail = rf"(?:{PARTICLES}|간|째|여|쯤|경|씩|밤|날|오전|오후|저녁|아침|만에|전|후|뒤|동안|이상|이하)?(?![가-힣])"
    return re.match(tail, text[mention.end : mention.end + 8]) is None


def _is_compound(text: str, before: Pin, after: Pin) -> bool:
    """Tell whether two durations are one: 1년 5개월, 1 an et 5 mois."""
    gap = text[before.end : after.start]
    return before.kind == after.kind == "duration" and re.fullmatch(r"\s?|\s(?:et|and)\s", gap) is not None


def _compound(text: str, before: Pin, after: Pin, target: str) -> Pin:
    joined = {"en": "{} and {}", "fr": "{} et {}", "ko": "{} {}"}[target].format(before.target, after.target)
    source = text[before.start : after.end]
    return replace(before, source=source, target=joined, end=after.end, alternatives=(), certain=False)


def _extended(text: str, pin: Pin, mention: Mention, pair: tuple[str, str]) -> Pin:
    """Take in the particle or hedge that changes what the form should be."""
    source, target = pair
    if mention.kind in ("number", "ordinal"):
        century = _century(text, pin, mention, pair)
        if century is not None:
            return century
    if source == "ko" and mention.kind == "duration":
        return _after_span(text, pin, target)
    if source == "ko" and mention.kind == "date":
        return _korean_date(text, pin, mention, target)
    if source == "ko" and mention.approximate and pin.end == mention.end:
        return _after_hedge(text, pin, target)
    if source == "fr" and mention.kind == "date":
        return _french_date(text, pin)
    return pin


_CENTURY = {"ko": re.compile(r"\s?세기"), "en": re.compile(r"[\s-]century\b"), "fr": re.compile(r"\ssiècle\b")}


def _century(text: str, pin: Pin, mention: Mention, pair: tuple[str, str]) -> Pin | None:
    """Render 19세기, the 21st century, le XXIe siècle."""
    match = _CENTURY[pair[0]].match(text, mention.end)
    if match is None or not re.fullmatch(r"[12]?\d", mention.value):
        return None
    value, target = int(mention.value), pair[1]
    digits, roman = ordinal(value, target), _ROMAN[value // 10] + _ROMAN_UNITS[value % 10]
    written = {
        "en": (f"{digits} century",),
        "fr": (f"{roman}{digits[-1] if value > 1 else 'er'} siècle", f"{digits} siècle"),
    }
    first, *others = written.get(target, (f"{value}세기",))
    return replace(
        pin,
        source=text[pin.start : match.end()],
        target=first,
        end=match.end(),
        alternatives=tuple(others),
        certain=True,
    )


_ROMAN, _ROMAN_UNITS = ("", "X", "XX"), ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")


def _grown(text: str, pin: Pin, end: int, target: str, *alternatives: str, start: int | None = None) -> Pin:
    begin = pin.start if start is None else start
    kept = tuple(dict.fromkeys((*alternatives, *pin.alternatives)))
    return replace(pin, source=text[begin:end], target=target, start=begin, end=end, alternatives=kept, certain=False)


_SPANS = {
    ("en", "만에"): ("for the first time in {}", "after {}"),
    ("en", "전"): ("{} ago", "{} earlier"),
    ("en", "뒤"): ("{} later", "after {}"),
    ("en", "동안"): ("for {}", "over {}"),
    ("fr", "만에"): ("pour la première fois en {}", "après {}"),
    ("fr", "전"): ("il y a {}", "{} plus tôt"),
    ("fr", "뒤"): ("{} plus tard", "après {}"),
    ("fr", "동안"): ("pendant {}", "durant {}"),
}
_SPAN = re.compile(r"\s?(?P<word>만에|전(?=에|\s|,|$)|뒤|후(?![보])|동안)")


def _after_span(text: str, pin: Pin, target: str) -> Pin:
    match = _SPAN.match(text, pin.end)
    if match is None or pin.source.endswith(("세", "살")):
        return pin
    word = "뒤" if match["word"] == "후" else match["word"]
    first, second = (form.format(pin.target) for form in _SPANS[target, word])
    return _grown(text, pin, match.end(), first, second)


_UNTIL = {"en": ("by {}", "until {}"), "fr": ("d'ici {}", "jusqu'en {}")}


def _korean_date(text: str, pin: Pin, mention: Mention, target: str) -> Pin:
    """Render 2030년까지; a month or day keeps its own form."""
    if target not in _UNTIL or not text.startswith("까지", pin.end):
        return pin
    bare = re.fullmatch(r"\d{4}", mention.value) is not None
    if target == "fr" and not bare:
        return pin
    first, second = (form.format(pin.target) for form in _UNTIL[target])
    return _grown(text, pin, pin.end + 2, first, second)


def _after_hedge(text: str, pin: Pin, target: str) -> Pin:
    """Render 100명 이상, 50명가량."""
    hedge, end = hedge_after(text, "ko", pin.end)
    form = forms("hedges")[target].get(hedge)
    if form is None or not re.match(r"\s?(?:이상|이하|미만|초과|가량|안팎|내외|남짓|정도)", text[pin.end : end + 1]):
        return pin
    return _grown(text, pin, end, form.format(pin.target), pin.target)


def _french_date(text: str, pin: Pin) -> Pin:
    """Take in the article of "le 26" and the noun of "les années 1980", which belong to the form."""
    lead = re.search(r"\b(?:[Ll]e|(?:[Ll]es )?[Aa]nnées)\s$", text[max(0, pin.start - 12) : pin.start])
    if lead is None or not re.search(r"\d", pin.source):
        return pin
    start = pin.start - len(lead.group())
    return replace(pin, source=text[start : pin.end], start=start)


# --- terms and names --------------------------------------------------------------------------------------------------


def _terms(text: str, mentions: Sequence[Mention], known: Sequence[TermMatch], source: str) -> Iterator[Pin]:
    abroad = [m.end for m in mentions if m.kind == "name" and m.role == "place" and m.value not in ("KR", "KP")]
    for match in known:
        surface, term = text[match.start : match.end], match.term
        foreign = source == "ko" and any(0 <= match.start - end <= _NEAR for end in abroad)
        if term.note == "person" or (foreign and term.note == "body" and term.alternatives):
            continue  # another country's parliament or police; people are rendered with their titles
        certain = term.note in ("body", "place") and not term.alternatives
        yield Pin(term.note, surface, term.target, match.start, match.end, certain, term.alternatives)


_NEAR = 2  # characters between a country and its body: 영국 국회, 영국의 국회


def _names(text: str, mentions: Sequence[Mention], terms: Sequence[TermMatch], pair: tuple[str, str]) -> Iterator[Pin]:
    source, target = pair
    named = [m for m in mentions if m.kind == "name"]
    known_people = [t for t in terms if t.term.note == "person"]
    for rendering, key in place_renderings(text, named, source, target):
        yield replace(_pin(text, "place", rendering), trivial=key in forms("well_known"))
    for found in known_people:
        spelt = Rendering(found.term.target, found.start, found.end, False, found.term.alternatives)
        yield _pin(text, "person", with_title(text, spelt, target) if source == "ko" else spelt)
    if source != "ko":
        return
    glossed = glossed_names(text)
    for rendering in glossed:
        yield _pin(text, "name", rendering)
    known = [m for m in named if m.role == "place" and re.fullmatch(r"[A-Z]{2}|\w+/\w+", m.value)]
    for rendering in free(korean_people(text, named, target), [*glossed, *known, *known_people]):
        yield _pin(text, "person", rendering)
    for match in _ACRONYM.finditer(text):
        yield Pin("name", match.group(), match.group(), match.start(), match.end())


_ACRONYM = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Z&.-]*[A-Z](?![A-Za-z])")


# --- what any model copies --------------------------------------------------------------------------------------------

_PLAIN_KINDS = frozenset(("number", "percent", "date", "duration", "money"))
_SCALED = re.compile(r"[십백천만억조경]")


def _marked(pin: Pin, source: str, target: str) -> Pin:
    if pin.trivial or pin.source.casefold() == pin.target.casefold():
        return replace(pin, trivial=True)
    here, there = _digits(pin.source), _digits(pin.target)
    bare_day = pin.kind == "date" and re.search(r"\d{4}", pin.source) is None
    scaled = _SCALED.search(pin.source if source == "ko" else pin.target if target == "ko" else "") is not None
    if "ko" not in (source, target) and not here and pin.kind in ("number", "ordinal", "duration"):
        return replace(pin, trivial=True)  # number words of French and English
    plain = pin.kind in _PLAIN_KINDS and here != [] and here == there and pin.certain
    return replace(pin, trivial=plain and not scaled and not bare_day)


def _digits(text: str) -> list[str]:
    """List the numbers of a short text without grouping, with a point for the fraction."""
    joined = re.sub(r"(?<=\d)[\s,.](?=\d{3}(?!\d))", "", text)
    return re.findall(r"\d+(?:\.\d+)?", joined.replace(",", "."))
