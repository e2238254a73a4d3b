"""Decode bytes of unknown encoding, and repair text that was decoded wrongly before it came here. Pure.

The label says what was done: ``utf-8``, ``utf-8-sig``, ``utf-16-le``, ``cp949``, ``cp1252`` ..., followed by
``+truncated`` (an incomplete character at an end was left out), ``+replaced`` (single bytes became U+FFFD) or
``+ftfy`` (mojibake was undone). Offsets everywhere count code points of the text returned here.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.records import Reason

__all__ = ["Decoded", "Undecodable", "decode", "repair"]


@dataclass(frozen=True, slots=True)
class Decoded:
    """Hold a decoded text and the label of how it was decoded."""

    text: str
    encoding: str


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Say why bytes are not text that can be read."""

    reason: Reason
    detail: str


# UTF-32 before UTF-16: the little-endian mark of the one begins with that of the other.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"\x1f\x8b", "gzip data"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"PAR1", "a Parquet file"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_CONTROL_BYTES = tuple(bytes([code]) for code in range(32) if code not in b"\t\n\r\x0b\x0c\x1b")
_SURROGATE = re.compile("[\ud800-\udfff]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
# Whole characters that UTF-8 can hold, to count how much of a damaged file is sound.
_UTF8_CHAR = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CP1252_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_CP1252_USUAL = frozenset("àâäçéèêëîïôöùûüÿœæñáíóúßåøÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆÑÁÍÓÚÅØ«»‘’“”–—…€°·£§©®™•\u00a0²³½¼ªº¿¡„‚›‹´¨")
MAX_CONTROL_SHARE = 0.01
MAX_DAMAGED_SHARE = 0.02
MIN_LEGACY_SHARE = 0.85


def decode(data: bytes) -> Decoded | Undecodable:
    """Decode the bytes of a text file.

    Args:
        data: the whole file; not empty.

    Returns:
        The text with its label, or ``Undecodable`` for what is not text (images, archives, programs) or is text in
        no encoding that can be told.
    """
    kind = next((name for magic, name in _MAGIC if data.startswith(magic)), None)
    if kind is not None:
        return Undecodable(Reason.NOT_TEXT, f"the content is {kind}, not text")
    for attempt in (_by_mark, _by_zero_bytes, _as_utf8, _as_legacy):
        decoded = attempt(data)
        if decoded is not None:
            return _checked(decoded)
    if sum(data.count(byte) for byte in _CONTROL_BYTES) > MAX_CONTROL_SHARE * len(data):
        return Undecodable(Reason.NOT_TEXT, "many control characters: this is binary data, not text")
    return Undecodable(Reason.BAD_ENCODING, "the encoding could not be told; save the file as UTF-8")


def repair(text: str) -> Decoded:
    """Undo mojibake where it is evident and replace lone surrogates; clean text comes back unchanged.

    Args:
        text: text that was decoded by someone else, as in a JSON record.
    """
    label = "utf-8"
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        label += "+replaced"
    return _without_mojibake(Decoded(text, label))


def _checked(decoded: Decoded) -> Decoded | Undecodable:
    controls = len(_CONTROLS.findall(decoded.text))
    if controls > MAX_CONTROL_SHARE * len(decoded.text):
        return Undecodable(Reason.NOT_TEXT, f"{controls} control characters: this is binary data, not text")
    return _without_mojibake(decoded)


def _without_mojibake(decoded: Decoded) -> Decoded:
    if decoded.text.isascii():
        return decoded
    import ftfy
    from ftfy.badness import is_bad

    fix: Callable[[str], str] = ftfy.fix_encoding
    lines = decoded.text.split("\n")
    # Line by line: a page is often put together from parts of which only some went through a wrong decoder.
    fixed = [fix(line) if is_bad(line) else line for line in lines]
    if fixed == lines:
        return decoded
    return Decoded("\n".join(fixed), decoded.encoding + "+ftfy")


def _by_mark(data: bytes) -> Decoded | None:
    for mark, name in _MARKS:
        if data.startswith(mark):
            codec = name.removesuffix("-sig")
            return _tolerant(data[len(mark) :], codec, name)
    return None


def _by_zero_bytes(data: bytes) -> Decoded | None:
    r"""Decode UTF-16 without a mark, which shows by zero bytes on one parity (spaces and line ends at the least)."""
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if even + odd < max(1, len(data) // 100):
        return None
    # Some on the other parity are no surprise: U+AC00 is one of the commonest syllables of Korean.
    if min(even, odd) > 0.4 * max(even, odd):
        return None
    codec = "utf-16-le" if odd > even else "utf-16-be"
    decoded = _tolerant(data, codec, codec)
    if decoded is None or _readable_share(decoded.text) < 0.95:
        return None
    return decoded


def _as_utf8(data: bytes) -> Decoded | None:
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    head = next((n for n in range(4) if n >= len(data) or not 0x80 <= data[n] <= 0xBF), 0)
    decoded = _tolerant(data[head:], "utf-8", "utf-8")
    if decoded is not None and _UTF8_CHAR.search(data):
        return Decoded(decoded.text, "utf-8+truncated")
    return _damaged_utf8(data)


def _damaged_utf8(data: bytes) -> Decoded | None:
    sound = len(_UTF8_CHAR.findall(data))
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if sound == 0 or damaged > MAX_DAMAGED_SHARE * sound:
        return None
    return Decoded(text, "utf-8+replaced")


def _as_legacy(data: bytes) -> Decoded | None:
    if b"\0" in data:
        return None
    if _korean_share(data) >= MIN_LEGACY_SHARE:
        decoded = _tolerant(data, "cp949", "cp949")
        if decoded is not None:
            return decoded
    western = "latin-1" if _CP1252_UNDEFINED.search(data) else "cp1252"
    text = data.decode(western)
    high = [c for c in text if c > "\x7f"]
    if sum(c in _CP1252_USUAL for c in high) >= MIN_LEGACY_SHARE * len(high):
        return Decoded(text, western)
    return _by_statistics(data)


def _korean_share(data: bytes) -> float:
    """Return the share of high bytes that form pairs of the Hangul and symbol rows of KS X 1001.

    Korean text puts nearly all its high bytes into such pairs (lead 0xB0-0xC8, or 0xA1-0xA9 for quotes and signs);
    accents of a western encoding stand alone, and Chinese spreads over leads up to 0xF7.
    """
    total = pairs = 0
    for run in _HIGH_RUN.findall(data):
        total += len(run)
        for lead, trail in zip(run[0::2], run[1::2], strict=False):
            if trail >= 0xA1 and (0xB0 <= lead <= 0xC8 or 0xA1 <= lead <= 0xA9):
                pairs += 2
    return pairs / total if total else 0.0


def _by_statistics(data: bytes) -> Decoded | None:
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    if best is None:
        return None
    return Decoded(str(best), best.encoding.replace("_", "-"))


def _tolerant(data: bytes, codec: str, label: str) -> Decoded | None:
    """Decode strictly, but leave out an incomplete character at the very end."""
    try:
        return Decoded(data.decode(codec), label)
    except UnicodeDecodeError as error:
        stop = error.start
    if stop < len(data) - 3:
        return None
    return Decoded(data[:stop].decode(codec), label + "+truncated")


def _readable_share(text: str) -> float:
    good = sum(c in "\n\r\t" or unicodedata.category(c)[0] in "LNPZS" for c in text)
    return good / len(text) if text else 0.0
