"""Mark facts in a sentence and find their counterparts in its translation. Pure; everything is escaped here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from pipeline.records import FidelityFinding, Finding, Mention, Side, Translation
from pipeline.reporting.mentions import best_name
from pipeline.reporting.words import VERDICT_WORDS, visible

__all__ = ["Mark", "fidelity_marks", "finding_marks", "locate", "marked", "translated_mark"]

_DIGITS = re.compile(r"\d+(?:[.,\s]\d+)*")
# Scripts in which particles and neighbours join a word without a space.
_UNSPACED = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7a3]")
# "3천400": here the digits before the unit are not the number.
_UNIT_OF_NUMBER = re.compile(r"\s*[십백천만억조]")
# Of overlapping marks the more important one stays.
_RANK = {"conflict": 0, "fidelity": 1, "translation_artefact": 2, "agree": 3, "only_one": 4}


@dataclass(frozen=True, slots=True)
class Mark:
    """Hold one span of a text to be marked; ``kind`` is a finding's verdict or ``fidelity``."""

    start: int
    end: int
    kind: str
    note: str = ""
    href: str | None = None


def marked(text: str, marks: Iterable[Mark]) -> Markup:
    """Escape a text and mark spans of it.

    Spans outside the text and empty ones are left out; of overlapping ones the most important stays.
    """
    pieces: list[Markup] = []
    position = 0
    for mark in _apart(marks, len(text)):
        pieces += [escape(visible(text[position : mark.start])), _element(text[mark.start : mark.end], mark)]
        position = mark.end
    return Markup("").join([*pieces, escape(visible(text[position:]))])


def _apart(marks: Iterable[Mark], length: int) -> list[Mark]:
    kept: list[Mark] = []
    for mark in sorted(marks, key=lambda m: (_RANK.get(m.kind, 9), m.start, m.end, m.note)):
        inside = 0 <= mark.start < mark.end <= length
        if inside and all(mark.end <= k.start or mark.start >= k.end for k in kept):
            kept.append(mark)
    return sorted(kept, key=lambda m: m.start)


def _element(text: str, mark: Mark) -> Markup:
    content = Markup('<mark class="{}" title="{}">{}</mark>').format(
        mark.kind.replace("_", "-"), visible(mark.note), visible(text)
    )
    return Markup('<a class="to-finding" href="{}">{}</a>').format(mark.href, content) if mark.href else content


def finding_marks(findings: Sequence[Finding], segment_id: str, links: dict[str, str] | None = None) -> list[Mark]:
    """Return the marks that findings put into one segment's own text.

    Args:
        findings: those that touch the segment.
        segment_id: the segment.
        links: per finding id, where a click on its mark leads.
    """
    return [
        Mark(side.start, side.end, f.verdict, VERDICT_WORDS[f.verdict], (links or {}).get(f.id))
        for f in findings
        for side in (f.a, f.b)
        if side is not None and side.segment_id == segment_id
    ]


def translated_mark(finding: Finding, side: Side, translation: Translation, mentions: Sequence[Mention]) -> Mark | None:
    """Return the mark for a finding's fact inside the translation of its sentence, ``None`` where it is not found."""
    span = locate(side, finding.kind, translation.text, mentions)
    return None if span is None else Mark(*span, finding.verdict, VERDICT_WORDS[finding.verdict])


def locate(side: Side, kind: str, text: str, mentions: Sequence[Mention]) -> tuple[int, int] | None:
    """Find where a translation states a fact of its source sentence.

    Tried in this order: a parsed mention of the same kind and value, a name that is alike, the same surface,
    the same amount in digits.

    Args:
        side: the fact in the source sentence.
        kind: its kind.
        text: the translation.
        mentions: facts parsed from ``text``; may be empty.
    """
    for mention in mentions:
        if mention.kind == kind and mention.value == side.value and text[mention.start : mention.end]:
            return mention.start, mention.end
    alike = best_name(side.surface, mentions) if kind == "name" else None
    if alike:
        return alike.start, alike.end
    return _find_word(text, side.surface) or _find_amount(text, side.value, side.surface)


def _find_word(text: str, surface: str) -> tuple[int, int] | None:
    """Find a surface, as whole words where the script puts spaces between them."""
    if not surface.strip():
        return None
    left = r"(?<!\w)" if _spaced(surface[0]) else ""
    right = r"(?!\w)" if _spaced(surface[-1]) else ""
    found = re.search(left + re.escape(surface) + right, text, re.IGNORECASE)
    return found.span() if found else None


def _spaced(char: str) -> bool:
    return char.isalnum() and not _UNSPACED.match(char)


def _find_amount(text: str, value: str, surface: str) -> tuple[int, int] | None:
    """Find a number written in digits: the value itself, else the digits that stand in the surface."""
    in_surface = _DIGITS.search(surface)
    wanted = [value] if value.isdecimal() else []
    if in_surface and not _UNIT_OF_NUMBER.match(surface, in_surface.end()):
        wanted.append(re.sub(r"\D", "", in_surface.group()))
    for digits in wanted:
        for found in _DIGITS.finditer(text):
            if re.sub(r"\D", "", found.group()) == digits:
                return found.span()
    return None


def fidelity_marks(findings: Sequence[FidelityFinding], text: str, side: str) -> list[Mark]:
    """Return the marks that fidelity findings put into a source sentence or its translation.

    Args:
        findings: the differences between the two.
        text: the sentence.
        side: ``"source"`` or ``"target"``.
    """
    marks = []
    for finding in findings:
        surface = finding.source if side == "source" else finding.target
        span = _find_word(text, surface) if surface else None
        if span:
            marks.append(Mark(*span, "fidelity", f"{finding.kind} {finding.verdict} in translation"))
    return marks
