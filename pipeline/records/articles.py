"""Articles and their sentences, with the anchors that lead from a cleaned text back to the raw one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Anchor", "Article", "Paragraph", "ParagraphKind", "Segment", "raw_span"]

ParagraphKind = Literal["title", "heading", "body", "item"]
_MOST = 8  # characters that one cluster normalises into, at most (a base with a few marks)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Tie position ``text`` of a cleaned text to position ``raw`` of the text it came from."""

    text: int
    raw: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Hold one kept paragraph of an article; ``start`` and ``end`` count code points of the decoded raw text."""

    index: int
    kind: ParagraphKind
    text: str
    start: int
    end: int
    offsets: tuple[Anchor, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """Hold one article after cleaning.

    ``id`` is a hash of the raw text and of ``path`` and ``record``, so that two outlets' copies of one text stay two
    articles. ``name`` is what people call it (file stem or record id). ``path`` is relative to the input folder;
    ``record`` names the record inside a file that holds several, else ``None``. ``published`` is ISO 8601
    (``YYYY-MM-DD`` or with a time). ``language`` and ``confidence`` are filled by detect.
    """

    id: str
    name: str
    path: str
    record: str | None
    source: str | None
    published: str | None
    url: str | None
    title: str | None
    language: str | None
    confidence: float | None
    encoding: str
    raw_sha256: str
    raw_chars: int
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """Hold one sentence; ``start``, ``end`` and ``offsets`` lead back to the raw text of its article."""

    id: str
    article_id: str
    index: int
    paragraph: int
    kind: ParagraphKind
    text: str
    start: int
    end: int
    offsets: tuple[Anchor, ...]
    language: str
    confidence: float


def raw_span(offsets: Sequence[Anchor], start: int, end: int) -> tuple[int, int]:
    """Convert a half-open span of a cleaned text into one of the raw text.

    Args:
        offsets: anchors sorted by ``text``; the first has ``text == 0``.
        start: first code point of the span in the cleaned text.
        end: one past its last; ``end > start`` unless the span is empty.

    Returns:
        The raw span ``(start, end)``; an empty span stays empty.
    """
    first = _raw_position(offsets, start)
    if end <= start:
        return first, first
    index = _anchor_before(offsets, end)
    if offsets[index].text == end:  # the last character stands for several raw ones, or something was dropped after it
        while offsets[index].raw <= first and index + 1 < len(offsets) and offsets[index + 1].text <= end + _MOST:
            index += 1  # several characters of one composed cluster all lead to its start
        return first, max(offsets[index].raw, first + 1)
    return first, max(_raw_position(offsets, end - 1), first) + 1


def _raw_position(offsets: Sequence[Anchor], position: int) -> int:
    anchor = offsets[_anchor_before(offsets, position)]
    return anchor.raw + (position - anchor.text)


def _anchor_before(offsets: Sequence[Anchor], position: int) -> int:
    return bisect_right(offsets, position, key=lambda anchor: anchor.text) - 1
