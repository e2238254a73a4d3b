"""Cut a line into the cells between its separators, and judge a cell by its words. Pure."""

from __future__ import annotations

import re

from pipeline.cleaning.lexicon import matcher
from pipeline.records import Reason

__all__ = ["BAR", "SPACES", "cell_reason", "clean_cell", "split_cells"]

BAR, DOT, SLASH, DASH, SPACES = "|", "·", "/", "-", " "
_SEPARATORS = (
    (BAR, re.compile(r"\s*[|│ㅣ∣｜]\s*")),
    (DOT, re.compile(r"\s+[·•∙・]\s+")),
    (SLASH, re.compile(r"\s+/\s+")),
    (DASH, re.compile(r"\s+[-–—]\s+")),
    (SPACES, re.compile(r"\s{2,}")),
)
_DECORATION = " \t\u00a0[](){}<>【】〈〉《》「」『』•·∙▶▷►▸◀■□▪◆◇○●◎★☆※→⇒›»«+…:：*_#=~^|,;\"'“”‘’-–—❯✓✔✉☎☞☛▲△▼▽↑↓"
_COUNTER = re.compile(r"\s*[(\[]?\s?\d{1,5}\s?(?:건|개|comments?|commentaires?|mins?|minutes?|분)?[)\]]?$")


def split_cells(text: str) -> tuple[str | None, list[str]]:
    """Split a line at the first kind of separator that occurs in it.

    Returns:
        The kind of separator (``None`` when there is none) and the cells that are not empty.
    """
    for mark, pattern in _SEPARATORS:
        cells = [cell for cell in pattern.split(text.strip()) if cell.strip()]
        if len(cells) >= 2 or (mark == BAR and cells and "|" in text):
            return mark, cells
    return None, [text]


def clean_cell(cell: str) -> str:
    """Take bullets, brackets and other decoration off both ends of a cell."""
    return cell.strip(_DECORATION)


def cell_reason(cell: str) -> Reason | None:
    """Judge a cell, or a line as one cell, by the tables; ``None`` where no entry matches all of it."""
    bare = clean_cell(cell)
    forms = dict.fromkeys((cell.strip(), bare, _COUNTER.sub("", bare)))
    for form in forms:
        if not form or len(form) > 320:
            continue
        for reason, pattern in matcher().cells:
            if pattern.fullmatch(form):
                return reason
    return None
