"""Find the lines of a scraped page that do not belong to its article: rules on line shape, place and words. Pure.

Three passes. Single lines are judged by words alone where these leave no doubt. Blocks (related and most-read lists,
contact details) run on from their heading. Then the rules that need to know where the prose is judge its head and
tail: menus, breadcrumbs, section bars. What no rule claims stays; losing a sentence of the article is worse than
keeping a button.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pipeline.cleaning.blocks import list_reason, mark_blocks
from pipeline.cleaning.bylines import is_byline, is_name_line
from pipeline.cleaning.cells import BAR, SPACES, cell_reason, clean_cell, split_cells
from pipeline.cleaning.dates import find_stamps
from pipeline.cleaning.lexicon import matcher
from pipeline.cleaning.lines import Line, Zones, ends_sentence, find_zones, letters
from pipeline.records import Reason

__all__ = ["classify"]

MAX_FURNITURE_CHARS = 320
MAX_ROW_CHARS = 1000
MAX_CELL_CHARS = 40
MAX_SECTION_CHARS = 30
_CRUMB = re.compile(r"\s*[>›»＞]\s*")
_NUMBERED = re.compile(r"^(\d{1,2})[.)]\s+(\S.*)$")
_ONE_LATIN_WORD = re.compile(r"^[\W\d_]*[A-Za-zÀ-ÿ'’]+[\W\d_]*$")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HASHTAGS = re.compile(r"(?:[\w ]{1,12}[:\s]\s*)?#\w+(?:[\s,]+#\w+)*")
_ADVERTISEMENT = re.compile(r"advertisements?|publicité", re.IGNORECASE)


def classify(lines: Sequence[Line]) -> list[Reason | None]:
    """Judge every line of a text.

    Args:
        lines: the lines of one text, from ``split_lines``.

    Returns:
        One entry per line: why it is dropped, or ``None`` where it stays.
    """
    judged = {line.text: _alone(line.text, line.prose) for line in {line.text: line for line in lines}.values()}
    verdicts = [judged[line.text] for line in lines]
    _mark_numbered_crumbs(lines, verdicts)
    mark_blocks(lines, verdicts)
    zones = find_zones(lines, verdicts)
    _spare_doubtful_words(lines, verdicts, zones)
    tables = _table_rows(lines)
    for line in lines:
        if verdicts[line.index] is None and line.index not in tables and zones.outside(line.index):
            verdicts[line.index] = _in_margin(line, after=0 <= zones.last < line.index)
    _mark_menus(lines, verdicts, zones)
    return verdicts


def _alone(text: str, prose: bool) -> Reason | None:
    """Judge a line by its own words."""
    if len(text) > MAX_FURNITURE_CHARS:
        return None
    reason = cell_reason(text)
    if reason is not None:
        return reason
    if matcher().legal_phrase.search(text) and not _plain_sentence(text, prose):
        return Reason.LEGAL
    return None if prose else _by_shape(text)


def _by_shape(text: str) -> Reason | None:
    if _is_breadcrumb(text):
        return Reason.BREADCRUMB
    return Reason.BYLINE if is_byline(text) else _bar_reason(text)


def _plain_sentence(text: str, prose: bool) -> bool:
    """Tell a sentence about copyright from a notice: notices have no quotation and no Korean statement ending."""
    return text.rstrip(" \"'”’").endswith(("다.", "다")) or (prose and any(q in text for q in '"“«‘'))


def _bar_reason(text: str) -> Reason | None:
    """Judge a bar of buttons or links by the words in its cells."""
    _, cells = split_cells(text)
    if len(cells) < 2 or any(len(cell) > 2 * MAX_CELL_CHARS for cell in cells):
        return None
    if not text.startswith("|") and (reason := list_reason(clean_cell(cells[0]))) is not None:
        return reason
    reasons = [cell_reason(cell) for cell in cells]
    known = [reason for reason in reasons if reason is not None]
    if not known or 2 * len(known) < len(cells):
        return None
    rest = [cell for cell, reason in zip(cells, reasons, strict=True) if reason is None]
    if any(len(cell) > MAX_CELL_CHARS or ends_sentence(cell) for cell in rest):
        return None
    if len(cells) == 2 and rest and not _is_section(rest[0]):
        return None
    return Counter(known).most_common(1)[0][0]


def _is_breadcrumb(text: str) -> bool:
    if "«" in text or ends_sentence(text):
        return False
    cells = [clean_cell(cell) for cell in _CRUMB.split(text)]
    if len(cells) < 2 or any(not cell or len(cell) > 2 * MAX_CELL_CHARS for cell in cells[:-1]):
        return False
    if len(cells) == 2:
        return bool(matcher().home.fullmatch(cells[0])) or all(_is_section(cell) for cell in cells)
    return all(len(cell) <= MAX_CELL_CHARS and re.search(r"[^\W\d_]", cell) for cell in cells[:-1])


def _mark_numbered_crumbs(lines: Sequence[Line], verdicts: list[Reason | None]) -> None:
    """Mark a breadcrumb that was scraped as a numbered list: ``1. Top``, ``2. News``, ``3. <title>`` at the top."""
    crumbs: list[str] = []
    for line in lines[:8]:
        match = _NUMBERED.match(line.text)
        if match is None or int(match[1]) != len(crumbs) + 1:
            break
        crumbs.append(match[2])
    if len(crumbs) < 2 or not matcher().home.fullmatch(clean_cell(crumbs[0])):
        return
    following = {line.text.casefold() for line in lines[len(crumbs) : len(crumbs) + 6]}
    for index, crumb in enumerate(crumbs):
        if len(crumb) > MAX_SECTION_CHARS and crumb.casefold() not in following:
            break
        verdicts[index] = Reason.BREADCRUMB


def _spare_doubtful_words(lines: Sequence[Line], verdicts: list[Reason | None], zones: Zones) -> None:
    """Take back one-word verdicts amid the prose: "Cookies" and "Privacy" are subheadings there."""
    sure = (Reason.SHARE_BUTTONS, Reason.COMMENTS)
    for line in lines:
        reason = verdicts[line.index]
        if reason is None or reason in sure or zones.outside(line.index) or _ADVERTISEMENT.fullmatch(line.text):
            continue
        if _ONE_LATIN_WORD.match(line.text) and cell_reason(line.text) is reason:
            verdicts[line.index] = None


def _table_rows(lines: Sequence[Line]) -> frozenset[int]:
    """Find rows of tables with data: neighbours with equally many cells, figures in at least half of a row's."""
    rows: set[int] = set()
    run: list[tuple[int, list[str]]] = []
    for line in lines:
        mark, cells = split_cells(line.text) if len(line.text) <= MAX_ROW_CHARS else (None, [])
        wide = mark in (BAR, SPACES) and len(cells) >= 2
        if not wide or (run and (line.gap or len(run[-1][1]) != len(cells))):
            rows.update(_if_data(run))
            run = []
        if wide:
            run.append((line.index, cells))
    rows.update(_if_data(run))
    return frozenset(rows)


def _if_data(run: Sequence[tuple[int, list[str]]]) -> list[int]:
    with_figures = [
        index for index, cells in run if 2 * sum(any(c.isdecimal() for c in cell) for cell in cells) >= len(cells)
    ]
    return [index for index, _ in run] if len(run) >= 2 and with_figures else []


def _in_margin(line: Line, after: bool) -> Reason | None:
    """Judge a line that stands before or after all prose."""
    text = line.text
    if len(text) > MAX_FURNITURE_CHARS:
        return None
    if line.index > 0 and is_name_line(text):
        return Reason.BYLINE
    if letters(text) < 80 and (matcher().contact_label.match(text) or _ADDRESS.search(text)):
        return Reason.CONTACT
    # A headline stands before the prose, and may well speak of newsletters: there only bars are judged.
    return (_after_prose(text) if after else None) or _menu_bar(text)


def _after_prose(text: str) -> Reason | None:
    """Judge tags, invitations and notices."""
    tables = matcher()
    label, colon, _ = text.partition(":")
    if (colon and tables.margin_label.fullmatch(clean_cell(label))) or _HASHTAGS.fullmatch(text):
        return Reason.NAVIGATION
    if tables.notice.search(text):
        return Reason.LEGAL
    return Reason.NEWSLETTER if letters(text) < 160 and tables.invitation.search(text) else None


def _menu_bar(text: str) -> Reason | None:
    """Judge a line of three or more short cells, or of two names of sections."""
    mark, cells = split_cells(text)
    if len(cells) == 1:
        cells = re.split(r"[·/,]|\s", text)
        known = [Reason.NAVIGATION if _is_section(cell) else cell_reason(cell) for cell in cells]
        return next(iter(known)) if len(cells) >= 3 and None not in known else None
    if len(cells) == 2 and all(_is_section(cell) for cell in cells) and mark == BAR:
        return Reason.NAVIGATION
    if len(cells) < 3 or any(len(cell) > MAX_SECTION_CHARS or ends_sentence(cell) for cell in cells):
        return None
    sections = sum(_is_section(cell) or is_byline(cell) or bool(find_stamps(cell)) for cell in cells)
    if 2 * sections >= len(cells):
        return Reason.NAVIGATION
    wordy = all(len(cell.split()) <= 4 and not any(c.isdecimal() for c in cell) for cell in cells)
    return Reason.NAVIGATION if mark == BAR and wordy else None


def _is_section(cell: str) -> bool:
    cell = clean_cell(cell)
    return bool(matcher().sections.fullmatch(cell) or matcher().home.fullmatch(cell))


def _mark_menus(lines: Sequence[Line], verdicts: list[Reason | None], zones: Zones) -> None:
    """Mark menus that were scraped one entry a line: three or more known entries in a row, outside the prose."""
    run: list[int] = []
    for line in lines:
        known = verdicts[line.index] is not None or (len(line.text) <= MAX_SECTION_CHARS and _is_section(line.text))
        if known and zones.outside(line.index):
            run.append(line.index)
            continue
        _mark_menu(run, verdicts)
        run = []
    _mark_menu(run, verdicts)


def _mark_menu(run: Sequence[int], verdicts: list[Reason | None]) -> None:
    undecided = [index for index in run if verdicts[index] is None]
    if len(undecided) >= 3 or (undecided and len(run) >= 4):
        for index in undecided:
            verdicts[index] = Reason.NAVIGATION
