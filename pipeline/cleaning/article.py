"""Turn a raw item into an article: decode, normalise, drop furniture and repeats, keep the way back. Pure."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.cleaning.boilerplate import classify
from pipeline.cleaning.bylines import published_in
from pipeline.cleaning.encodings import Decoded, Undecodable, decode, repair
from pipeline.cleaning.html import Page, decode_html, extract, looks_like_html
from pipeline.cleaning.item import RawItem, item_id, item_unit
from pipeline.cleaning.lines import Line, find_zones, letters, split_lines
from pipeline.cleaning.repeats import repeated_body, same_words
from pipeline.cleaning.structure import find_title, line_kinds
from pipeline.records import Anchor, Article, Paragraph, Reason, Rejection, raw_span
from pipeline.text import Normalised, fingerprint, normalise, slice_offsets

__all__ = ["CleaningSettings", "ParsedItem", "parse_item"]

STAGE = "ingest"
SHORTENED = 200
_BLANK = "\ufeff\u200b\u2060\u00ad \t\r\n\x0b\x0c\x85\u00a0\u2028\u2029\u3000"
# Markup may be this much longer than the text that it holds.
MARKUP_FACTOR = 20
MIN_TITLE_LETTERS = 10


@dataclass(frozen=True, slots=True)
class CleaningSettings:
    """Hold what can be chosen about cleaning.

    ``max_chars`` is the longest text taken as one article, ``min_letters`` the fewest letters that make one after
    cleaning (a Hangul syllable counts for two and a half). ``boilerplate`` and ``repeats`` switch the two kinds of
    dropping on and off.
    """

    max_chars: int = 1_000_000
    min_letters: int = 40
    boilerplate: bool = True
    repeats: bool = True


@dataclass(frozen=True, slots=True)
class ParsedItem:
    """Hold the article of an item, or ``None``, and everything that was dropped from it or with it."""

    article: Article | None
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """Hold the raw text of an item with what is known about it."""

    raw: str
    encoding: str
    sha256: str
    page: Page | None


def parse_item(item: RawItem, settings: CleaningSettings) -> ParsedItem:
    """Clean one item.

    Args:
        item: bytes or text of one article.
        settings: limits and switches.

    Returns:
        The article with a rejection (unit ``line``) per dropped line, or no article and one rejection for the item.
    """
    text = _read(item, settings)
    if isinstance(text, Rejection):
        return ParsedItem(None, (text,))
    normal = normalise(text.raw)
    lines = split_lines(normal.text)
    verdicts: list[Reason | None] = list(classify(lines)) if settings.boilerplate else [None] * len(lines)
    published = published_in(lines, find_zones(lines, verdicts).first)
    title = item.title or (text.page.title if text.page else None)
    if settings.repeats:
        _mark_repeats(lines, verdicts, title)
    kept = [line for line in lines if verdicts[line.index] is None]
    if sum(letters(line.text) for line in kept) < settings.min_letters:
        return ParsedItem(None, (_too_little(item, verdicts, settings),))
    article = _article(item, text, normal, kept, title=title, published=published)
    dropped = tuple(
        _dropped_line(article.id, normal, line, reason)
        for line in lines
        if (reason := verdicts[line.index]) is not None
    )
    return ParsedItem(article, dropped)


def _read(item: RawItem, settings: CleaningSettings) -> _Text | Rejection:
    """Get the raw text of an item, from bytes and out of markup where need be."""
    is_html = item.media == "html"
    decoded = _decoded(item, settings.max_chars * (MARKUP_FACTOR if is_html else 1))
    if isinstance(decoded, Undecodable):
        return _rejection(item, decoded.reason, decoded.detail)
    data = item.data if item.data is not None else (item.text or "").encode("utf-8", "surrogatepass")
    sha256 = hashlib.sha256(data).hexdigest()
    if not is_html and not looks_like_html(decoded.text[:2000]):
        return _Text(decoded.text, decoded.encoding, sha256, None)
    page = extract(decoded.text, item.url)
    if page is None:
        return _rejection(item, Reason.NO_ARTICLE_TEXT, "no article was found in the page's markup")
    return _Text(page.text, decoded.encoding, sha256, page)


def _decoded(item: RawItem, limit: int) -> Decoded | Undecodable:
    """Decode an item; what is over ``limit`` code points, or empty, is turned down."""
    size = len(item.text or "") if item.data is None else len(item.data) / 4  # no code point takes more bytes
    if size > limit:
        return Undecodable(Reason.TOO_LARGE, _size_detail(limit))
    if item.data is None:
        decoded: Decoded | Undecodable = repair(item.text or "")
    else:
        decoded = decode_html(item.data) if item.media == "html" else decode(item.data)
    if isinstance(decoded, Decoded) and len(decoded.text) > limit:
        return Undecodable(Reason.TOO_LARGE, _size_detail(limit))
    if isinstance(decoded, Decoded) and not decoded.text.strip(_BLANK):
        return Undecodable(Reason.EMPTY, "there is nothing but white space in it")
    return decoded


def _mark_repeats(lines: Sequence[Line], verdicts: list[Reason | None], title: str | None) -> None:
    kept = [line for line in lines if verdicts[line.index] is None]
    if title is None and (position := find_title(kept)) is not None:
        title = kept[position].text
    if title is not None and sum(c.isalpha() for c in title) >= MIN_TITLE_LETTERS:
        copies = [line for line in kept if same_words(line.text, title)]
        for line in copies[1:]:
            verdicts[line.index] = Reason.REPEATED_TITLE
        kept = [line for line in kept if verdicts[line.index] is None]
    for line, copied in zip(kept, repeated_body([line.text for line in kept]), strict=True):
        if copied:
            verdicts[line.index] = Reason.REPEATED_BODY


def _article(
    item: RawItem, text: _Text, normal: Normalised, kept: Sequence[Line], *, title: str | None, published: str | None
) -> Article:
    position = _title_position(kept, title)
    kinds = line_kinds(kept, position)
    page = text.page
    return Article(
        id=fingerprint("article", item.path, item.record or "", text.raw),
        name=item.name,
        path=item.path,
        record=item.record,
        source=item.source or (page.source if page else None),
        published=item.published or (page.published if page else None) or published,
        url=item.url or (page.url if page else None),
        title=title or (kept[position].text if position is not None else None),
        language=item.language or (page.language if page else None),
        confidence=None,
        encoding=text.encoding,
        raw_sha256=text.sha256,
        raw_chars=len(text.raw),
        paragraphs=tuple(
            _paragraph(index, line, kind, normal) for index, (line, kind) in enumerate(zip(kept, kinds, strict=True))
        ),
    )


def _title_position(kept: Sequence[Line], title: str | None) -> int | None:
    if title is None:
        return find_title(kept)
    return next((position for position, line in enumerate(kept) if same_words(line.text, title)), None)


def _paragraph(index: int, line: Line, kind: str, normal: Normalised) -> Paragraph:
    offsets = _offsets(normal.offsets, line.start, line.end)
    start, end = raw_span(offsets, 0, line.end - line.start)
    return Paragraph(index, kind, line.text, start, end, offsets)  # type: ignore[arg-type]


def _offsets(offsets: Sequence[Anchor], start: int, end: int) -> tuple[Anchor, ...]:
    """Slice anchors out of many: only those around the span are looked at, so that long texts stay linear."""
    first = bisect_right(offsets, start, key=lambda anchor: anchor.text) - 1
    last = bisect_right(offsets, end, key=lambda anchor: anchor.text)
    return slice_offsets(offsets[first:last], start, end)


def _dropped_line(article_id: str, normal: Normalised, line: Line, reason: Reason) -> Rejection:
    start, end = raw_span(_offsets(normal.offsets, line.start, line.end), 0, line.end - line.start)
    return Rejection(
        item_id=f"{article_id}:{start}",
        stage=STAGE,
        unit="line",
        reason=reason,
        detail=f"line {line.index + 1} of the text, counting lines with text",
        article_id=article_id,
        text=line.text if len(line.text) <= SHORTENED else line.text[: SHORTENED - 1] + "…",
        start=start,
        end=end,
    )


def _too_little(item: RawItem, verdicts: Sequence[Reason | None], settings: CleaningSettings) -> Rejection:
    counts = Counter(reason.value for reason in verdicts if reason is not None)
    dropped = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    detail = f"fewer than {settings.min_letters} letters of article text"
    return _rejection(item, Reason.NO_ARTICLE_TEXT, detail + (f"; lines dropped: {dropped}" if dropped else ""))


def _size_detail(limit: int) -> str:
    return f"more than {limit:,} characters; split the file into articles, or raise ingest.max_chars"


def _rejection(item: RawItem, reason: Reason, detail: str) -> Rejection:
    return Rejection(item_id=item_id(item), stage=STAGE, unit=item_unit(item), reason=reason, detail=detail)
