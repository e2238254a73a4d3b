"""Recognise bylines and time stamps, and take the date of publication from them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.cleaning.cells import cell_reason, clean_cell
from pipeline.cleaning.dates import WEEKDAY, find_stamps
from pipeline.cleaning.lexicon import matcher
from pipeline.cleaning.lines import Line, ends_sentence

__all__ = ["is_byline", "is_name_line", "published_in"]

MAX_CHARS = 200
_PART = re.compile(r"\s*[|│ㅣ∣｜]\s*|\s+[·•/]\s+|\s{2,}")
_CLOCK = re.compile(
    r"(?:\d{1,2}|an?|une?)\s?(?:minutes?|mins?|hours?|hrs?|days?) ago"
    r"|il y a (?:\d{1,2}|une?) (?:minutes?|heures?|jours?)"
    r"|\d{1,2}\s?(?:분|시간|일)\s?전"
    r"|(?:오전|오후)?\s?(?<!\d)\d{1,2}\s?(?:[:hH]\s?\d\d(?::\d\d)?|[hH]\b|시(?:\s?\d{1,2}\s?분)?)\s?(?:[ap]\.?m\b\.?)?"
    r"(?:\s?(?:GMT|UTC|KST|JST|CES?T|[BEPCM][SD]?T)\b)?",
    re.IGNORECASE,
)
_WEEKDAY_FIRST = re.compile(WEEKDAY, re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CAPITAL = r"(?:[A-ZÀ-Þ][\w.'’-]*)"
# A name after "By" or "Par": capitalised words, a few small ones between, then perhaps a role or a place.
_NAME_LINE = re.compile(
    rf"(?:By|BY|by|Par|PAR|Written by|Reporting by|Texte|Propos recueillis par)\s*:?\s+{_CAPITAL}"
    rf"(?:[\s,&]+(?:{_CAPITAL}|and|et|in|à|for|of|at|de|du|la|le|van|von|avec|with|chief|senior|political|sports?"
    r"|correspondent|reporter|editor|writer|journaliste|correspondante?|envoyée?|spéciale?)){0,10}"
)
_BY = re.compile(r"(?:^|\s)(?:by|par) [\w.'’-]+(?: [\w.'’-]+)?$", re.IGNORECASE)
_CREDIT = re.compile(
    r"\(?(?:(?:additional )?(?:reporting|editing|writing)|edited|reported|compiled) by .{2,140}"
    r"|\(?(?:avec|édité par|édition) .{0,20}\b(?:afp|reuters|rédaction)\b.{0,20}",
    re.IGNORECASE,
)
_NAME_AND_ROLE = re.compile(
    rf"{_CAPITAL}(?: {_CAPITAL}){{1,3}}(?:,| -| –|) +(?:(?:[Cc]hief|[Ss]enior|[Ss]taff|{_CAPITAL}) )?"
    r"(?:correspondent|reporter|staff writer|writer|journaliste|correspondante?|envoyée? spéciale?)"
    r"(?: (?:in|à|en|au) .{2,30})?"
)


def is_byline(text: str) -> bool:
    """Tell whether a line is nothing but who wrote the article, when, and how long it takes to read.

    A bare date (``May 10, 2024``) is not one: in a press release it is a line of the document.
    """
    if len(text) > MAX_CHARS:
        return False
    kinds = [_part_kind(part) for part in _PART.split(text.strip()) if part.strip()]
    known = [kind for kind in kinds if kind != "other"]
    unknown = len(kinds) - len(known)
    sure = [kind for kind in known if kind in ("time", "name", "reading")]
    if unknown == 0:
        return bool(sure) or (len(known) >= 2 and "date" in known)
    return unknown == 1 and len(known) >= 2 and bool(sure) and len(text) <= 100


def is_name_line(text: str) -> bool:
    """Tell whether a line names the author (``By Jane Doe``); to be asked outside the prose only."""
    if len(text) > 160 or (ends_sentence(text) and not _CREDIT.match(text)):
        return False
    return any(pattern.fullmatch(text) for pattern in (_NAME_LINE, _NAME_AND_ROLE, _CREDIT))


def published_in(lines: Sequence[Line], first_prose: int) -> str | None:
    """Take the date of publication from the time stamps of a text.

    Args:
        lines: all lines of the text, dropped ones included.
        first_prose: index of the first line of prose. Before it, a bare date counts too.

    Returns:
        ISO 8601, of the first stamp that is not the time of a later change; ``None`` without one.
    """
    changed = None
    for line in lines:
        in_head = line.index < first_prose
        if line.prose or not (is_byline(line.text) or (in_head and _is_bare_date(line.text))):
            continue
        before = 0
        for stamp in find_stamps(line.text):
            if not matcher().updated.search(line.text[before : stamp.start]):
                return stamp.iso
            changed, before = changed or stamp.iso, stamp.end
    return changed


def _is_bare_date(text: str) -> bool:
    return len(text) <= 60 and bool(find_stamps(text)) and not _residue(text)


def _part_kind(part: str) -> str:
    bare = clean_cell(part)
    tables = matcher()
    if tables.byline.fullmatch(bare) or tables.byline.fullmatch(part.strip()):
        return "name"
    if _NAME_LINE.fullmatch(bare) and len(bare) <= 60:
        return "author"
    if tables.reading.fullmatch(bare):
        return "reading"
    return "furniture" if cell_reason(part) is not None else _stamp_kind(part, bare)


def _stamp_kind(part: str, bare: str) -> str:
    """Tell a time stamp from a bare date or clock, which may belong to the article."""
    stamps, clock = find_stamps(part), _CLOCK.search(part)
    starts = [stamp.start for stamp in stamps] + ([clock.start()] if clock else [])
    if not starts or _residue(part):
        return "other"
    labelled = matcher().stamp_word.fullmatch(part[: min(starts)].strip(" :：.,-")) is not None
    if labelled or (stamps and (clock is not None or _WEEKDAY_FIRST.match(bare))):
        return "time"
    return "date"


def _residue(text: str) -> str:
    """Return the words of a text that are neither date, time nor the words around them."""
    for stamp in reversed(find_stamps(text)):
        text = text[: stamp.start] + " , " + text[stamp.end :]
    text = _BY.sub("", _CLOCK.sub(" , ", text))
    text = matcher().stamp_word.sub(lambda match: " " if _whole_words(text, match) else match[0], text)
    return "".join(_WORD.findall(text))


def _whole_words(text: str, match: re.Match[str]) -> bool:
    before = text[match.start() - 1 : match.start()]
    after = text[match.end() : match.end() + 1]
    return not before.isalpha() and not after.isalpha()
