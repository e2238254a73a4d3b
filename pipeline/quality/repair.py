"""Write a changed fact right, where both its form and its place in the translation are beyond doubt.

A repair touches as little as it can: the numeral inside "500 billion dollars", the day inside "May 14". It is kept only
if the check then no longer reports the fact and reports nothing new.
"""

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
from pipeline.facts.render_dates import month_name
from pipeline.facts.rendering import Rendering, forms
from pipeline.quality.fidelity import Fidelity, check
from pipeline.records import FidelityFinding, Mention

__all__ = ["SIGNATURE", "Repair", "Repaired", "repair"]

SIGNATURE = "repair|v:1"
_NUMERIC = frozenset(("number", "money", "percent", "date"))
_COUNTED = frozenset(("number", "money", "percent", "duration", "ordinal"))


@dataclass(frozen=True, slots=True)
class Repair:
    """Hold one replacement: the kind of fact, what stood in the translation, what stands there now."""

    kind: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """Hold a translation after repair, what was done, and what the check says of it now."""

    text: str
    repairs: tuple[Repair, ...]
    fidelity: Fidelity


@dataclass(frozen=True, slots=True)
class _Edit:
    """Hold a replacement at its place in the translation."""

    kind: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Sides:
    """Hold both texts with their numeric facts."""

    source: str
    target: str
    languages: tuple[str, str]
    stated: tuple[Mention, ...]
    said: tuple[Mention, ...]


def repair(
    source: str, hypothesis: str, source_language: str, target_language: str, fidelity: Fidelity
) -> Repaired | None:
    """Repair the changed facts of a translation.

    Args:
        source: text of the segment.
        hypothesis: its translation.
        source_language: fr, ko or en.
        target_language: another of them.
        fidelity: what :func:`pipeline.quality.fidelity.check` found.

    Returns:
        The repaired translation, or ``None`` when nothing could be repaired for certain. A fact is repaired when its
        finding says ``changed``, when it is the only such finding of its kind, when both surfaces occur once, and when
        the check is then content; names of people never are.
    """
    text, report, done = hypothesis, fidelity, list[Repair]()
    for finding in _repairable(fidelity.findings):
        edit = _edit(finding, source, text, (source_language, target_language))
        if edit is None:
            continue
        attempt = _applied(text, edit, target_language)
        after = check(source, attempt, source_language, target_language)
        if _is_better(report, after, finding):
            done.append(Repair(edit.kind, text[edit.start : edit.end], edit.text))
            text, report = attempt, after
    return Repaired(text, tuple(done), report) if done else None


def _repairable(findings: Sequence[FidelityFinding]) -> list[FidelityFinding]:
    """Keep the changed facts that are alone of their kind: of two, which became which cannot be told."""
    changed = [f for f in findings if f.verdict == "changed" and f.source and f.target]
    return [f for f in changed if sum(g.kind == f.kind for g in findings) == 1]


def _is_better(before: Fidelity, after: Fidelity, finding: FidelityFinding) -> bool:
    left = [f for f in before.findings if f != finding]
    return all(f in left for f in after.findings) and len(after.findings) < len(before.findings)


def _edit(finding: FidelityFinding, source: str, target: str, languages: tuple[str, str]) -> _Edit | None:
    if finding.kind == "name":
        return _country(finding, source, target, languages)
    if finding.kind not in _NUMERIC:
        return None
    said = tuple(parse_numeric(target, languages[1]))
    sides = _Sides(source, target, languages, tuple(parse_numeric(source, languages[0])), said)
    here = _only(source, sides.stated, finding.source)
    there = _only(target, said, finding.target) or _currency_of(finding, here, said)
    if here is None or there is None:
        return None
    if here.kind in _COUNTED:
        return _number_edit(here, there, sides) if there.kind in _COUNTED else None
    if here.kind == there.kind == "date":
        return _date_edit(here, there, sides)
    return _time_edit(here, there, sides) if here.kind == there.kind == "time" else None


def _only(text: str, mentions: Sequence[Mention], surface: str | None) -> Mention | None:
    """Return the one mention with a surface; ``None`` when there are several, or the surface recurs."""
    found = [m for m in mentions if m.surface == surface]
    return found[0] if surface and len(found) == 1 and text.count(surface) == 1 else None


def _currency_of(finding: FidelityFinding, here: Mention | None, said: Sequence[Mention]) -> Mention | None:
    """Find the amount of a finding about currencies, which names the code alone."""
    if here is None or finding.kind != "money":
        return None
    found = [m for m in said if m.kind == "money" and m.unit == finding.target and m.low == here.low]
    return found[0] if len(found) == 1 else None


# --- numbers ----------------------------------------------------------------------------------------------------------


def _number_edit(here: Mention, there: Mention, sides: _Sides) -> _Edit | None:
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
    if len(values) != 1 or len(written) != 1 or not _stays(here, there, written[0], values[0], target):
        return None
    return _numeral_edit(there, written[0], values[0], target)


def _is_code(*mentions: Mention) -> bool:
    """Tell whether digits are a code: they begin with a zero."""
    return any(re.search(r"(?<![\d.,])0\d", m.surface) for m in mentions)


def _values(mention: Mention) -> list[Decimal]:
    amount = re.search(r"[\d.]+(?:[-/][\d.]+)?", mention.value)
    return [Decimal(v) for v in re.split(r"[-/]", amount.group())] if amount else []


def _stays(here: Mention, there: Mention, numeral: Numeral, value: Decimal, target: str) -> bool:
    """Tell whether the words around the numeral go with the new value: same unit, same number, no idiom."""
    measured = [m.unit in forms("measures") or m.unit in _BASES for m in (here, there)]
    if any("deg" in (m.unit or "") for m in (here, there)) or any(measured) and here.unit != there.unit:
        return False  # a translator's conversion, more often than an error
    same_unit = here.kind == there.kind and (here.unit == there.unit or not (here.unit and there.unit))
    loose = {here.kind, there.kind} <= {"number", "ordinal"} or (here.kind == "number" and there.kind == "number")
    if not (same_unit or loose) or _unit_letters(here) != _unit_letters(there) or numeral.plural or numeral.vague:
        return False
    if here.kind == "ordinal" or there.kind == "ordinal":
        return here.kind == there.kind and numeral.digits
    return target == "ko" or (value == 1) == (numeral.value == 1)


_BASES = frozenset(("m3", "m2", "m/s", "kg", "hPa", "W", "Hz", "MB"))


def _unit_letters(mention: Mention) -> str:
    """Return the unit that a value is written in, beyond the base unit: the km of "12 km", the Y of P12Y."""
    return re.sub(r"[\d./]", "", mention.value).strip(" -") if mention.kind in ("number", "duration") else ""


def _numeral_edit(there: Mention, numeral: Numeral, value: Decimal, target: str) -> _Edit:
    start, end = there.start + numeral.start, there.start + numeral.end
    text = (
        ordinal(int(value), target)
        if there.kind == "ordinal"
        else _like(there.surface[numeral.start : numeral.end], value, target)
    )
    if target == "fr" and there.kind != "ordinal":
        return _with_de(there, numeral, text)
    return _Edit(there.kind, start, end, text)


def _like(old: str, value: Decimal, target: str) -> str:
    """Write a number in the style of the one that it replaces: grouped alike, or in scale words."""
    group = re.search(r"(?<=\d)[^\d](?=\d{3}(?!\d))", old)
    if re.search(r"[^\W\d]", old) or value != int(value) or (group is None and value >= 10**6):
        return figure(value, target)
    if group:
        return f"{int(value):,}".replace(",", group.group())
    return canonical(value) if len(old) >= 4 or value < 1000 else figure(value, target)


def _with_de(there: Mention, numeral: Numeral, text: str) -> _Edit:
    """Keep French right where a number gains or loses its million: 5 millions d'euros, 500 000 euros."""
    start, end = there.start + numeral.start, there.start + numeral.end
    tail = there.surface[numeral.end :]
    link = re.match(r"\s(?:de\s|d['’])", tail)
    noun = re.match(r"\s(?=[^\W\d_])", tail)
    if link and not takes_de(text):
        return _Edit(there.kind, start, end + link.end(), f"{text} ")
    if noun and not link and takes_de(text):
        elides = re.match(r"[aeiouéèêhœ]", tail[noun.end() :]) is not None
        return _Edit(there.kind, start, end + noun.end(), f"{text} d'" if elides else f"{text} de ")
    return _Edit(there.kind, start, end, text)


def _whole_edit(here: Mention, there: Mention, sides: _Sides) -> _Edit | None:
    rendering = render(here, *sides.languages)
    if rendering is None or not rendering.certain or (rendering.start, rendering.end) != (here.start, here.end):
        return None
    return _Edit(here.kind, there.start, there.end, _in_style(rendering, there.surface))


def _in_style(rendering: Rendering, surface: str) -> str:
    """Choose the form that is written like what stood there: with a sign before, or in words."""
    if re.match(r"[$€£¥₩]", surface):
        return next((a for a in rendering.alternatives if re.match(r"[$€£¥₩]", a)), rendering.text)
    return rendering.text


def _time_edit(here: Mention, there: Mention, sides: _Sides) -> _Edit | None:
    """Replace the hour or the minutes where the half of the day stays, else the whole time."""
    if here.role:
        return None
    (hour, minute), (old_hour, old_minute) = _clock(here), _clock(there)
    digits = list(re.finditer(r"\d+", there.surface))
    halves = re.search(r"[ap]\.?\s?m|오전|오후|o['’]clock", there.surface, re.IGNORECASE) is not None
    if (hour < 12) == (old_hour < 12) and digits and int(digits[0].group()) in (old_hour, (old_hour - 1) % 12 + 1):
        shown = str((hour - 1) % 12 + 1 if halves else hour)
        if minute == old_minute:
            return _Edit("time", there.start + digits[0].start(), there.start + digits[0].end(), shown)
        if hour == old_hour and minute and len(digits) == 2:
            return _Edit("time", there.start + digits[1].start(), there.start + digits[1].end(), f"{minute:02d}")
    return _whole_edit(here, there, sides)


def _clock(mention: Mention) -> tuple[int, int]:
    hour, minute = mention.value[1:].split(":")
    return int(hour), int(minute)


# --- dates ------------------------------------------------------------------------------------------------------------

_PARTS = re.compile(r"(?P<year>\d{4}|\?{4})(?:-(?P<month>\d\d|\?\?))?(?:-(?P<day>\d\d))?")


def _date_edit(here: Mention, there: Mention, sides: _Sides) -> _Edit | None:
    """Replace the one part in which two dates differ: the year, the month or the day."""
    a, b = _PARTS.fullmatch(here.value), _PARTS.fullmatch(there.value)
    if a is None or b is None:
        return None
    differing = [p for p in ("year", "month", "day") if _known(a[p]) and _known(b[p]) and a[p] != b[p]]
    if len(differing) != 1:
        return None
    part = differing[0]
    old, new = _spelt(part, int(b[part]), sides.languages[1]), _spelt(part, int(a[part]), sides.languages[1])
    pattern = rf"(?<!\d)(?:{'|'.join(map(re.escape, old))})(?!\d)"
    spots = list(re.finditer(pattern, there.surface, re.IGNORECASE))
    if len(spots) != 1:
        return None
    found = spots[0]
    after = new[min(_index(old, found.group()), len(new) - 1)]
    return _Edit("date", there.start + found.start(), there.start + found.end(), after)


def _known(part: str | None) -> bool:
    return part is not None and "?" not in part


def _index(spellings: Sequence[str], surface: str) -> int:
    return next(i for i, form in enumerate(spellings) if form.lower() == surface.lower())


def _spelt(part: str, value: int, language: str) -> tuple[str, ...]:
    """List how a part of a date may be written; the same place in two such lists is the same style."""
    if part == "year":
        return (str(value),)
    if part == "month":
        return (f"{value}월",) if language == "ko" else (month_name(value, language),)
    if language == "ko":
        return (f"{value}일",)
    return (ordinal(value, "en"), str(value)) if language == "en" else ("1er" if value == 1 else str(value),)


# --- countries --------------------------------------------------------------------------------------------------------

_WITH_ARTICLE = re.compile(r"United|Netherlands|Philippines|Republic|Islands|Emirates|Bahamas|Maldives|Gambia|Comoros")


def _country(finding: FidelityFinding, source: str, target: str, languages: tuple[str, str]) -> _Edit | None:
    """Replace one country's name by another's in English, where neither takes an article."""
    if languages[1] != "en":
        return None
    here = _only(source, places(source, languages[0]), finding.source)
    there = _only(target, places(target, "en"), finding.target)
    rendering = render(here, *languages) if here else None
    if rendering is None or there is None or any(_WITH_ARTICLE.search(t) for t in (rendering.text, there.surface)):
        return None
    return _Edit("name", there.start, there.end, rendering.text)


# --- grammar ----------------------------------------------------------------------------------------------------------

_ARTICLE = re.compile(r"\b(?P<a>[Aa])(?P<n>n?)(?P<gap>[\s]|\s[$€£¥₩])$")
_VOWEL_SOUND = re.compile(r"8|1[18](?!\d)|1[18](?=,\d{3}(?!,))|[aeiou]", re.IGNORECASE)


def _applied(text: str, edit: _Edit, language: str) -> str:
    """Write an edit into a translation, with a capital where the sentence begins and the English article in tune."""
    before, after = text[: edit.start], text[edit.end :]
    written = edit.text
    if re.search(r"(?:^|[.!?]\s)[\"“«'‘]?\s?$", before) and text[edit.start : edit.start + 1].isupper():
        written = written[:1].upper() + written[1:]
    if language == "en":
        before = _ARTICLE.sub(lambda m: f"{m['a']}{_n(written, m['gap'])}{m['gap']}", before)
    if language == "ko":
        after = _particle(written, text[edit.start : edit.end], after)
    return before + written + after


def _n(following: str, gap: str) -> str:
    sound = following.lstrip("$€£¥₩") if gap.strip() == "" else following
    return "n" if _VOWEL_SOUND.match(sound) else ""


_PAIRS = {"은": "는", "이": "가", "을": "를", "과": "와"}


def _particle(written: str, replaced: str, after: str) -> str:
    """Fit the Korean particle to the last syllable before it, where that has changed."""
    if not written or written[-1:] == replaced[-1:] or not re.match(r"[은는이가을를과와](?![가-힣])", after):
        return after
    closed = _has_final(written[-1])
    if closed is None:
        return after
    pair = next((c, v) for c, v in _PAIRS.items() if after[0] in (c, v))
    return pair[not closed] + after[1:]


_FINAL_DIGITS = frozenset("013678")


def _has_final(character: str) -> bool | None:
    if character.isdigit():
        return character in _FINAL_DIGITS
    return (ord(character) - 0xAC00) % 28 > 0 if "가" <= character <= "힣" else None
