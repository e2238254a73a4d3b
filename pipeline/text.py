"""Normalise text without losing where it came from, split it into sentences, and fingerprint it. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.records import Anchor

__all__ = [
    "Normalised",
    "fingerprint",
    "normalise",
    "slice_offsets",
    "split_sentences",
    "tidy",
    "without_surrogates",
]

_SPACES = dict.fromkeys(
    map(ord, "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t"), " "
)
_LINE_ENDS = dict.fromkeys(map(ord, "\r\x0b\x0c\x85\u2028\u2029"), "\n")
# Invisible characters that carry no text: zero-width space and no-break space, word joiner, soft hyphen, byte order
# mark, bidirectional controls. ZWNJ and ZWJ stay: scripts and emoji need them.
_INVISIBLE = frozenset(
    "\u200b\u2060\u00ad\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c"
)
_ODD = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\xa0\u00ad\u061c\u1680\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u2069\u3000\ufeff]"
)
# Conjoining Hangul vowels and finals compose with what stands before them although their combining class is 0.
_JAMO_TAIL = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
MAX_SENTENCE_CHARS = 1200


@dataclass(frozen=True, slots=True)
class Normalised:
    """Hold a normalised text and the anchors that lead back to the raw one."""

    text: str
    offsets: tuple[Anchor, ...]


def normalise(raw: str) -> Normalised:
    r"""Bring text to NFC with plain spaces and ``\n`` line ends, without control or invisible characters.

    Args:
        raw: decoded text of any kind.

    Returns:
        The text and its anchors; ``raw_span`` maps any span of it back into ``raw``. Idempotent.
    """
    if not _ODD.search(raw) and unicodedata.is_normalized("NFC", raw):
        return Normalised(raw, (Anchor(0, 0),))
    return _without_odd(raw) or _by_cluster(raw)


def _without_odd(raw: str) -> Normalised | None:
    """Replace and drop single odd characters, the usual case; ``None`` if the rest has to be composed as well."""
    if not unicodedata.is_normalized("NFC", raw):
        return None
    pieces: list[str] = []
    anchors = [Anchor(0, 0)]
    length = position = 0
    for match in _ODD.finditer(raw):
        at = match.start()
        pieces.append(raw[position:at])
        length += at - position
        piece = "" if raw[at : at + 2] == "\r\n" else _normal_form(raw[at])
        pieces.append(piece)
        length += len(piece)
        position = at + 1
        if not piece:
            _add_anchor(anchors, Anchor(length, position))
    text = "".join((*pieces, raw[position:]))
    return Normalised(text, tuple(anchors)) if unicodedata.is_normalized("NFC", text) else None


def _by_cluster(raw: str) -> Normalised:
    """Compose cluster by cluster, so that every character keeps its way back."""
    pieces: list[str] = []
    anchors: list[Anchor] = [Anchor(0, 0)]
    length = 0
    for start, cluster in _clusters(raw):
        piece = _normal_form(cluster)
        expected = anchors[-1].raw + (length - anchors[-1].text)
        if piece and expected != start:
            _add_anchor(anchors, Anchor(length, start))
        pieces.append(piece)
        length += len(piece)
        if piece and len(piece) != len(cluster):
            # Inside a cluster the mapping is not 1:1; every character of it leads to the cluster's first one.
            for i in range(1, len(piece)):
                _add_anchor(anchors, Anchor(length - len(piece) + i, start))
    if anchors[-1].raw + (length - anchors[-1].text) != len(raw):
        _add_anchor(anchors, Anchor(length, len(raw)))
    return Normalised("".join(pieces), tuple(anchors))


def _add_anchor(anchors: list[Anchor], anchor: Anchor) -> None:
    if anchors[-1].text == anchor.text:
        anchors[-1] = anchor
    else:
        anchors.append(anchor)


def _clusters(raw: str) -> list[tuple[int, str]]:
    """Cut at every place where NFC can be applied to both sides on their own."""
    cuts: list[tuple[int, str]] = []
    start = 0
    for i in range(1, len(raw) + 1):
        if i < len(raw):
            c = raw[i]
            joins = unicodedata.combining(c) or _JAMO_TAIL.match(c) or (c == "\n" and raw[i - 1] == "\r")
            if joins or not _normal_form(c):  # what is dropped must not stand between a letter and its accent
                continue
        cuts.append((start, raw[start:i]))
        start = i
    return cuts if raw else []


def _normal_form(cluster: str) -> str:
    plain = cluster.replace("\r\n", "\n").translate(_LINE_ENDS).translate(_SPACES)
    kept = "".join(c for c in plain if c == "\n" or (c not in _INVISIBLE and unicodedata.category(c) != "Cc"))
    return unicodedata.normalize("NFC", kept).translate(_SPACES)


def slice_offsets(offsets: Sequence[Anchor], start: int, end: int) -> tuple[Anchor, ...]:
    """Return the anchors of ``text[start:end]``, so that its first code point is 0.

    Args:
        offsets: anchors of the whole text.
        start: first code point of the slice.
        end: one past its last.
    """
    before = [a for a in offsets if a.text <= start]
    base = before[-1]
    # An anchor at the very end stays: it says how many raw code points the last character stands for.
    inside = (Anchor(a.text - start, a.raw) for a in offsets if start < a.text <= end)
    return (Anchor(0, base.raw + (start - base.text)), *inside)


def tidy(text: str) -> str:
    """Collapse white space for comparing and for memory keys; the result is one line."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def without_surrogates(text: str) -> str:
    """Replace lone surrogates by U+FFFD, one for one: compiled packages take UTF-8, which cannot hold them."""
    return _SURROGATE.sub("\ufffd", text)


def fingerprint(*parts: str) -> str:
    """Hash strings into 16 hexadecimal digits; parts are length-prefixed, so ``("ab", "c") != ("a", "bc")``."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(f"{len(data)}:".encode())
        digest.update(data)
    return digest.hexdigest()[:16]


# What sentencex 1.0 splits and news text does not mean: French and English titles, initials, "No. 5", "p. 12".
_ABBREVIATION = re.compile(
    r"(?:^|[\s(«“\"'’])(?:MM?|Mmes?|Mlles?|Mgr|Me|Dr|Pr|St|Ste|Mr|Mrs|Ms|Prof|Gen|Sen|Rep|Gov|Lt|Col|Sgt|Capt|Rev|Hon"
    r"|No|Nos|nº|n°|p|pp|art|env|cf|vs|al|av|approx|fig|vol|tél|[A-ZÉ]|[A-ZÉ]\.-[A-Z])\.\s*$"
)
# Behind an initial these make sentencex 1.0.32 panic; normalised text has none.
_WIDE_SPACE = re.compile(r"[^\S\x00-\x7f]")
_LONGEST_ABBREVIATION = 24  # with what stands before it
_LONGEST_GAP = 1000  # behind it
_LONGEST_LINE = 20_000
_SENTENCE_END = re.compile(r"[.!?…]\s")
_SOFT_BREAK = re.compile(r"[;:,、，]\s|\s")


def split_sentences(text: str, language: str) -> list[tuple[int, int]]:
    """Split a paragraph into sentences.

    Args:
        text: one paragraph.
        language: ISO 639-1 code; unknown ones are split as English.

    Returns:
        Half-open spans without surrounding white space, in order, none empty. A sentence of more than
        ``MAX_SENTENCE_CHARS`` is cut at the last comma or space before the limit, so that no model sees a text
        without end.
    """
    import sentencex  # a compiled module of 10 MB: loaded on first use

    spans: list[tuple[int, int]] = []
    pending: int | None = None
    for line_start, line in _lines(text):
        position = 0
        for sentence in sentencex.segment(language, _WIDE_SPACE.sub(" ", without_surrogates(line))):
            start, end = line_start + position, line_start + position + len(sentence)
            position += len(sentence)
            begin = start if pending is None else pending
            pending = begin if end < line_start + len(line) and _ends_in_abbreviation(text, begin, end) else None
            if pending is None:
                spans.extend(_limited(text, begin, end))
    return spans


def _ends_in_abbreviation(text: str, start: int, end: int) -> bool:
    """Look at the last characters only: a line of nothing but abbreviations is one sentence that grows."""
    _, last = _stripped(text, max(start, end - _LONGEST_GAP), end)
    return _ABBREVIATION.search(text[max(start, last - _LONGEST_ABBREVIATION) : last]) is not None


def _lines(text: str) -> list[tuple[int, str]]:
    lines: list[tuple[int, str]] = []
    position = 0
    for line in text.split("\n"):
        if line.strip():
            lines.extend((position + start, piece) for start, piece in _pieces(line))
        position += len(line) + 1
    return lines


def _pieces(line: str) -> Iterator[tuple[int, str]]:
    """Cut a line longer than any paragraph of news, at sentences: sentencex takes the square of opened quotes."""
    start = 0
    while len(line) - start > _LONGEST_LINE:
        half, limit = start + _LONGEST_LINE // 2, start + _LONGEST_LINE
        ends = [m.end() for m in _SENTENCE_END.finditer(line, half, limit)]
        cut = ends[-1] if ends else line.rfind(" ", half, limit) + 1 or limit
        yield start, line[start:cut]
        start = cut
    yield start, line[start:]


def _limited(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans = []
    while end - start > MAX_SENTENCE_CHARS:
        window = text[start : start + MAX_SENTENCE_CHARS]
        breaks = [m.end() for m in _SOFT_BREAK.finditer(window) if m.end() > MAX_SENTENCE_CHARS // 2]
        cut = start + (breaks[-1] if breaks else MAX_SENTENCE_CHARS)
        spans.append((start, cut))
        start = cut
    spans.append((start, end))
    return [s for s in (_stripped(text, a, b) for a, b in spans) if s[0] < s[1]]


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
