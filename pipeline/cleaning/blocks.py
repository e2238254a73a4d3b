"""Mark blocks of furniture: a heading such as "Related" or "많이 본 기사" and the list that hangs on it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.cleaning.cells import BAR, clean_cell, split_cells
from pipeline.cleaning.lexicon import matcher
from pipeline.cleaning.lines import Line, Zones, find_zones
from pipeline.records import Reason

__all__ = ["list_reason", "mark_blocks"]

MAX_HEADING_CHARS = 90
MAX_INLINE_CHARS = 600
MAX_CONTACT_HEADING_CHARS = 160
MAX_ITEM_CHARS = 160
MAX_CONTACT_LINES = 10
_LABEL = re.compile(r"^\s*([^:：]{2,60}?)\s*[:：]\s*(\S.*)$")
_BULLET = re.compile(r"^\s*(?:[•·∙▶▷►▸■□▪◆◇○●★☆※→›»✓*+-]\s*|\d{1,2}\s?[.)위]\s*|[①-⑳]\s*|\[[^\]]{1,20}\]\s*)\S")
_RANK = re.compile(r"^\s*[|│]?\s*(\d{1,2})\s*[|│.)위]")
_INLINE_RANKS = re.compile(r"\b1[.)]\s.+\b2[.)]\s")
_TOP = re.compile(r"top\s?\d{1,2}|le top \d{1,2}|톱\s?\d{1,2}", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+?\d[\d ().-]{7,}\d|https?://|www\.")


def mark_blocks(lines: Sequence[Line], verdicts: list[Reason | None]) -> None:
    """Mark the blocks of a text in ``verdicts``; lines that are already marked keep their reason."""
    zones = find_zones(lines, verdicts)
    for line in lines:
        if verdicts[line.index] is not None:
            continue
        if _mark_table(lines, line.index, verdicts):
            continue
        if _is_contact_heading(line.text):
            _mark_contact(lines, line.index, verdicts)
            continue
        reason, inline = _heading(line.text, line.prose)
        if reason is not None and line.index > 0:  # a text may well be titled "More from ..."; a list never opens it
            verdicts[line.index] = reason
            if not inline:
                _mark_items(lines, line.index, reason, verdicts, zones)


def _heading(text: str, prose: bool) -> tuple[Reason | None, bool]:
    """Judge a line as the heading of a list; the second value tells that the list stands on the same line."""
    if len(text) > MAX_INLINE_CHARS:
        return None, False
    label = _LABEL.match(text)
    if label is not None and (not prose or len(label[1]) <= 30):
        reason = list_reason(clean_cell(label[1]))
        if reason is not None:
            return reason, True
        if _TOP.fullmatch(clean_cell(label[1])) and _INLINE_RANKS.search(text):
            return Reason.MOST_READ, True
    ranks = _INLINE_RANKS.search(text)
    if ranks is not None and (reason := list_reason(clean_cell(text[: ranks.start()]))) is not None:
        return reason, True
    if len(text) > MAX_HEADING_CHARS or prose:
        return None, False
    return list_reason(clean_cell(text)), False


def list_reason(bare: str) -> Reason | None:
    """Judge a cell, taken clean, as the heading of a most-read or related list."""
    tables = matcher()
    if tables.most_read.fullmatch(bare):
        return Reason.MOST_READ
    return Reason.RELATED if tables.related.fullmatch(bare) else None


def _mark_items(
    lines: Sequence[Line], heading: int, reason: Reason, verdicts: list[Reason | None], zones: Zones
) -> None:
    """Mark the items under a heading: bulleted ones as far as they go, else the lines of one visual block."""
    items: list[int] = []
    bulleted = False
    for index in range(heading + 1, len(lines)):  # by index: a slice for each heading would cost the square
        line = lines[index]
        if verdicts[line.index] is not None:
            continue
        has_bullet = bool(_BULLET.match(line.text))
        spaced = line.gap and bool(items) and not (bulleted and has_bullet)
        if spaced or not _could_be_item(line, has_bullet) or (bulleted and not has_bullet):
            break
        bulleted = bulleted or (not items and has_bullet)
        items.append(line.index)
    if not bulleted and items and not zones.outside(heading):
        # Amid the prose a bare line could be a subheading of the article: sure is only what a blank line closes.
        closed = items[-1] + 1 >= len(lines) or lines[items[-1] + 1].gap
        items = items if closed and not lines[items[0]].gap else items[:1]
        items = [] if lines[heading + 1].gap else items
    for index in items:
        verdicts[index] = reason


def _could_be_item(line: Line, has_bullet: bool) -> bool:
    return len(line.text) <= MAX_ITEM_CHARS and (has_bullet or not line.prose)


def _mark_table(lines: Sequence[Line], index: int, verdicts: list[Reason | None]) -> bool:
    """Mark a most-read list drawn as a table, and table heads that only lead elsewhere (``| PEOPLE | 더보기 + |``)."""
    if len(lines[index].text) > MAX_INLINE_CHARS:
        return False
    mark, cells = split_cells(lines[index].text)
    if mark != BAR or not cells:
        return False
    bare = [clean_cell(cell) for cell in cells]
    reason = next((r for r in map(list_reason, bare) if r is not None), None)
    leads_on = len(cells) <= 3 and any(matcher().more.fullmatch(cell.strip(" |")) for cell in cells)
    if reason is None and not leads_on:
        return False
    ranks = _ranked_rows(lines, index + 1)
    if not ranks and not leads_on:
        return False
    head = reason or (Reason.MOST_READ if ranks else Reason.NAVIGATION)
    for i in (index, *ranks):
        verdicts[i] = head
    return True


def _ranked_rows(lines: Sequence[Line], start: int) -> list[int]:
    """Return the rows that count 1, 2, 3 ... from ``start`` on."""
    rows: list[int] = []
    for index in range(start, len(lines)):
        line = lines[index]
        rank = _RANK.match(line.text)
        if line.gap or rank is None or int(rank[1]) != len(rows) + 1:
            break
        rows.append(line.index)
    return rows


def _is_contact_heading(text: str) -> bool:
    if len(text) > MAX_CONTACT_HEADING_CHARS:
        return False
    return bool(matcher().contact.fullmatch(text.strip().rstrip(":： ")))


def _mark_contact(lines: Sequence[Line], heading: int, verdicts: list[Reason | None]) -> None:
    """Mark contact details; a heading without an address under it, or on it, marks nothing."""
    block: list[int] = [heading]
    for line in lines[heading + 1 : heading + 1 + MAX_CONTACT_LINES]:
        contact = bool(_ADDRESS.search(line.text) or matcher().contact_label.match(line.text))
        if len(line.text) > MAX_CONTACT_HEADING_CHARS or line.prose or (line.gap and not contact and len(block) > 1):
            break
        block.append(line.index)
    if any(_ADDRESS.search(lines[i].text) or matcher().contact_label.match(lines[i].text) for i in block):
        for index in block:
            verdicts[index] = verdicts[index] or Reason.CONTACT
