"""Decide what a wrong or shortened date should be replaced by."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.facts.figures import ordinal
from pipeline.facts.render import render
from pipeline.facts.render_dates import month_name, weekday_name
from pipeline.quality.repair_edit import Edit
from pipeline.records import Mention

__all__ = ["date_edit", "fuller_date_edit", "year_edit"]

_PARTS = re.compile(r"(?P<year>\d{4}|\?{4})(?:-(?P<month>\d\d|\?\?))?(?:-(?P<day>\d\d))?")


_WEEKDAY = re.compile(r"\?{4}-W\?\?-([1-7])")


def date_edit(here: Mention, there: Mention, target: str) -> Edit | None:
    """Replace the one part in which two dates differ: the year, the month, the day, or the weekday."""
    weekdays = _WEEKDAY.fullmatch(here.value), _WEEKDAY.fullmatch(there.value)
    if weekdays[0] and weekdays[1]:
        return _replaced(there, *((weekday_name(int(w[1]), target),) for w in (weekdays[1], weekdays[0])))
    a, b = _PARTS.fullmatch(here.value), _PARTS.fullmatch(there.value)
    if a is None or b is None:
        return None
    differing = [p for p in ("year", "month", "day") if _known(a[p]) and _known(b[p]) and a[p] != b[p]]
    if len(differing) != 1:
        return None
    part = differing[0]
    return _replaced(there, _spelt(part, int(b[part]), target), _spelt(part, int(a[part]), target))


def _replaced(there: Mention, old: Sequence[str], new: Sequence[str]) -> Edit | None:
    """Put one of the new spellings in the place of the old one that stands in a date, in the same style."""
    pattern = rf"(?<!\d)(?:{'|'.join(map(re.escape, old))})(?!\d)"
    spots = list(re.finditer(pattern, there.surface, re.IGNORECASE))
    if len(spots) != 1:
        return None
    found = spots[0]
    after = new[min(_index(old, found.group()), len(new) - 1)]
    return Edit("date", there.start + found.start(), there.start + found.end(), after)


def fuller_date_edit(here: Mention, said: Sequence[Mention], before: str, languages: tuple[str, str]) -> Edit | None:
    """Write a date in full where the translation gives only a part of it: "In 1759" for a day of that year.

    Args:
        here: the date of the source.
        said: the facts of the translation.
        before: the translation.
        languages: of source and translation.
    """
    whole, rendering = _PARTS.fullmatch(here.value), render(here, *languages)
    if (
        whole is None
        or rendering is None
        or not rendering.certain
        or rendering.end - rendering.start != len(here.surface)
    ):
        return None
    partial = [m for m in said if m.kind == "date" and _is_part(m.value, whole)]
    if len(partial) != 1 or before.count(partial[0].surface) != 1:
        return None
    there = partial[0]
    day_comes = _known(whole["day"]) and not re.fullmatch(r".+-\d\d-\d\d|.+-\?\?-\d\d", there.value)
    if not day_comes or languages[1] == "ko":
        return Edit("date", there.start, there.end, rendering.text)
    # A day takes another preposition than a month or a year does; where there is another word, it is left alone.
    old, new = {"en": ("in", "on"), "fr": ("en", "le")}[languages[1]]
    lead = re.search(rf"\b{old}\s$", before[: there.start], re.IGNORECASE)
    if lead is None:
        return None
    written = rendering.text.removeprefix("le ")
    new = new.capitalize() if lead.group()[0].isupper() else new
    return Edit("date", lead.start(), there.end, f"{new} {written}")


def _is_part(value: str, whole: re.Match[str]) -> bool:
    """Tell whether a date says less than another, and nothing else."""
    part = _PARTS.fullmatch(value)
    if part is None:
        return False
    known = [p for p in ("year", "month", "day") if _known(part[p])]
    return 0 < len(known) < sum(_known(whole[p]) for p in ("year", "month", "day")) and all(
        part[p] == whole[p] for p in known
    )


def year_edit(here: Mention, there: Mention) -> Edit | None:
    """Replace four bare digits where the source has a year."""
    year = re.match(r"\d{4}(?!/)", here.value)
    digits = re.fullmatch(r"\d{4}", there.value)
    at = there.surface.find(there.value) if there.kind == "number" and digits else -1
    if year is None or at < 0:
        return None
    return Edit("date", there.start + at, there.start + at + 4, year.group())


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
