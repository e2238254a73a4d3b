"""Tell the title, headings and list items of an article from its paragraphs. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from pipeline.cleaning.dates import find_stamps
from pipeline.cleaning.lines import Line, ends_sentence, letters

__all__ = ["Kind", "find_title", "line_kinds"]

Kind = Literal["title", "heading", "body", "item"]
MAX_TITLE_CHARS = 200
MAX_STOPPED_TITLE_CHARS = 160
MAX_HEADING_CHARS = 100
MAX_ITEM_CHARS = 240
MIN_LIST = 3
_BULLET = re.compile(r"^(?:[•·∙▶▷►▸■□▪◆◇○●※*+–-]\s+|▶|•|·|\d{1,2}[.)]\s+|[①-⑳])")
_BRACKETED = re.compile(r"^[<\[【〈《].{1,60}[>\]】〉》]$")
_INNER_STOP = re.compile(r"[.!?]\s+\S")
_OPENING_QUOTE = re.compile(r"^[\"“«‘「『]")


def find_title(lines: Sequence[Line]) -> int | None:
    """Find the line that is the headline.

    Args:
        lines: the lines that were kept, in order (their ``index`` may have holes).

    Returns:
        A position in ``lines``, or ``None``. A headline stands before all prose; one with a full stop counts only when
        it stands apart from a clearly longer first paragraph (machine-translated pages have those).
    """
    head: list[int] = []
    for position, line in enumerate(lines[:6]):
        if line.prose and not _is_stopped_title(lines, position):
            break
        if _is_headline(lines, position):
            head.append(position)
    long_enough = [position for position in head if len(lines[position].text.split()) >= 4]
    return next(iter(long_enough or head), None)


def line_kinds(lines: Sequence[Line], title: int | None) -> list[Kind]:
    """Give each kept line its kind.

    Args:
        lines: the lines that were kept, in order.
        title: the position of the title in ``lines``, if it stands there.
    """
    kinds: list[Kind] = ["body"] * len(lines)
    if title is not None:
        kinds[title] = "title"
    for position, line in enumerate(lines):
        if kinds[position] == "body" and _BULLET.match(line.text):
            kinds[position] = "item"
    for run in _bare_runs(lines, kinds):
        _mark_run(lines, run, kinds)
    return kinds


def _is_headline(lines: Sequence[Line], position: int) -> bool:
    line = lines[position]
    if position + 1 >= len(lines) or len(line.text) > MAX_TITLE_CHARS or letters(line.text) < 8:
        return False
    if line.text.endswith((":", ",", ";")) or _BULLET.match(line.text) or _is_date(line.text):
        return False
    if ends_sentence(line.text) and not line.text.rstrip("\"'”’» ").endswith(("?", "!", "…")):
        return _is_stopped_title(lines, position)
    following = lines[position + 1]
    wrapped = not following.gap and following.text[:1].islower() and len(line.text) > 50
    return not wrapped and not (_INNER_STOP.search(line.text) and line.prose)


def _is_stopped_title(lines: Sequence[Line], position: int) -> bool:
    """Tell whether a sentence with a full stop is a headline: first, apart, and far shorter than what follows."""
    line = lines[position]
    if position > 0 or len(lines) < 2 or len(line.text) > MAX_STOPPED_TITLE_CHARS:
        return False
    if line.text.endswith("다.") or _OPENING_QUOTE.match(line.text) or _INNER_STOP.search(line.text):
        return False
    following = lines[1]
    return following.gap and following.prose and len(following.text) >= 2 * len(line.text)


def _is_date(text: str) -> bool:
    stamps = find_stamps(text)
    return bool(stamps) and stamps[0].end - stamps[0].start >= 0.6 * len(text)


def _bare_runs(lines: Sequence[Line], kinds: Sequence[Kind]) -> list[list[int]]:
    """Group neighbouring lines that are no sentences; a blank line parts groups."""
    runs: list[list[int]] = []
    for position, line in enumerate(lines):
        bare = kinds[position] == "body" and len(line.text) <= MAX_ITEM_CHARS and not ends_sentence(line.text)
        if not bare or line.prose:
            continue
        if runs and runs[-1][-1] == position - 1 and not line.gap:
            runs[-1].append(position)
        else:
            runs.append([position])
    return runs


def _mark_run(lines: Sequence[Line], run: Sequence[int], kinds: list[Kind]) -> None:
    rest = list(run)
    while rest and len(run) > 1 and _opens_list(lines, rest):
        kinds[rest.pop(0)] = "heading"
    if len(rest) >= MIN_LIST:
        for position in rest:
            kinds[position] = "heading" if _BRACKETED.match(lines[position].text) else "item"
        return
    for position in rest:
        if _is_heading(lines, position):
            kinds[position] = "heading"


def _opens_list(lines: Sequence[Line], run: Sequence[int]) -> bool:
    """Tell whether the first of some bare lines is a heading over the others: bracketed, or without their commas."""
    first = lines[run[0]].text
    if _BRACKETED.match(first):
        return True
    with_comma = sum("," in lines[position].text for position in run[1:])
    return "," not in first and len(first) <= 60 and len(run) > MIN_LIST and 2 * with_comma > len(run)


def _is_heading(lines: Sequence[Line], position: int) -> bool:
    line = lines[position]
    if len(line.text) > MAX_HEADING_CHARS or position + 1 >= len(lines):
        return False
    if line.text.endswith((",", ";")) or _OPENING_QUOTE.match(line.text):
        return False
    following = lines[position + 1].text
    if line.text.endswith((":", "：")) and (len(line.text) > 80 or _OPENING_QUOTE.match(following)):
        return False
    wrapped = not lines[position + 1].gap and following[:1].islower() and len(line.text) > 50
    return not wrapped
