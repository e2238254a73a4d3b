"""Stream the records of JSON, JSON lines and CSV files: one at a time, a fault where one is broken."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from pipeline.cleaning.encodings import Decoded, Undecodable, decode
from pipeline.records import Reason

__all__ = ["Fault", "Row", "csv_rows", "json_rows", "jsonl_rows", "sample", "sniff", "unpacked"]

SAMPLE_BYTES = 256 * 1024
# News as JSON lines packs to a tenth at most; gzip can make a thousandth of nothing but spaces.
_UNPACKED_RATIO = 200
_UNPACKED_BYTES = 64_000_000
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one record and its place: the number of its line (JSON lines, CSV) or of the record, from 1."""

    number: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """Report one record that cannot be read, or a whole file when ``number`` is ``None``."""

    number: int | None
    reason: Reason
    detail: str


def unpacked(stream: BinaryIO, name: str, size: int) -> BinaryIO:
    """Unpack a stream whose file name ends in ``.gz``; reading fails where it unpacks to more than text ever does.

    Args:
        stream: the file.
        name: its name.
        size: its size in bytes.
    """
    if not name.lower().endswith(".gz"):
        return stream
    packed = gzip.GzipFile(fileobj=stream)
    return io.BufferedReader(_Bounded(packed, max(_UNPACKED_BYTES, _UNPACKED_RATIO * size)))


class _Bounded(io.RawIOBase):
    """Read a stream up to a limit."""

    def __init__(self, stream: gzip.GzipFile, most: int) -> None:
        super().__init__()
        self._stream = stream
        self._most = most
        self._read = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes.

        Raises:
            OSError: there are more than the limit, or they are damaged.
        """
        data = self._stream.read(len(buffer))
        self._read += len(data)
        if self._read > self._most:
            raise OSError(f"unpacks to more than {self._most:,} bytes")
        buffer[: len(data)] = data
        return len(data)


def sample(stream: BinaryIO) -> bytes:
    """Read the beginning of a stream, up to a line end where there is one; what breaks off shows on reading it all."""
    try:
        head = stream.read(SAMPLE_BYTES)
    except (OSError, EOFError, zlib.error):
        return b""
    return head if len(head) < SAMPLE_BYTES or b"\n" not in head else head[: head.rindex(b"\n") + 1]


def sniff(sample: bytes) -> str:
    """Name the codec of a file by its beginning; ``utf-8`` where it cannot be told."""
    decoded = decode(sample) if sample else None
    return decoded.encoding.split("+")[0] if isinstance(decoded, Decoded) else "utf-8"


def jsonl_rows(stream: BinaryIO, codec: str, limit: int) -> Iterator[Row | Fault]:
    """Yield the records of a file with one JSON object a line.

    Args:
        stream: the file, unpacked.
        codec: its encoding, from ``sniff``; a line that differs is judged by itself.
        limit: the longest line in bytes; longer ones are skipped without being held in memory.
    """
    for number, line in _decoded_lines(stream, codec, limit):
        if isinstance(line, Fault):
            yield line
        elif line.strip():
            yield _json_row(number, line)


def _json_row(number: int, line: str) -> Row | Fault:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Fault(number, Reason.BAD_RECORD, f"not valid JSON: {_brief(error)}")
    if not isinstance(value, dict):
        return Fault(number, Reason.BAD_RECORD, f"a JSON object is needed, not {_kind(value)}")
    return Row(number, value)


def json_rows(data: bytes) -> Iterator[Row | Fault]:
    """Yield the records of a JSON file: one object, a list of objects, or an object that holds one such list."""
    decoded = decode(data)
    if isinstance(decoded, Undecodable):
        yield Fault(None, decoded.reason, decoded.detail)
        return
    try:
        value = json.loads(decoded.text)
    except (ValueError, RecursionError) as error:
        yield Fault(None, Reason.BAD_RECORD, f"not valid JSON: {_brief(error)}")
        return
    for number, record in enumerate(_records(value), start=1):
        if isinstance(record, dict):
            yield Row(number, record)
        else:
            yield Fault(number, Reason.BAD_RECORD, f"a JSON object is needed, not {_kind(record)}")


def _records(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        lists = [v for v in value.values() if isinstance(v, list) and v and all(isinstance(r, dict) for r in v)]
        if len(lists) == 1 and not any(isinstance(v, str) and len(v) > 200 for v in value.values()):
            return lists[0]
    return [value]


def csv_rows(stream: BinaryIO, codec: str, limit: int) -> Iterator[Row | Fault]:
    """Yield the records of a CSV or TSV file with a header line.

    The delimiter (comma, semicolon, tab or bar) is the one that parts the header; quotes are doubled inside quoted
    fields. The standard parser is not used because its limit on the length of a field is one for the whole process.

    Args:
        stream: the file, unpacked.
        codec: its encoding, from ``sniff``.
        limit: the longest record in bytes.
    """
    lines = _decoded_lines(stream, codec, limit)
    _, text = next(lines, (0, Fault(None, Reason.EMPTY, "the file is empty")))
    if isinstance(text, Fault):
        yield text
        return
    delimiter = max(_DELIMITERS, key=lambda mark: (_outside_quotes(text).count(mark), -_DELIMITERS.index(mark)))
    splitter = _Splitter(delimiter)
    header = [name.strip() for name in splitter.fields(text) or [text]]
    yield from (_csv_row(number, header, splitter, record) for number, record in _csv_records(lines, splitter, limit))


def _csv_records(
    lines: Iterator[tuple[int, str | Fault]], splitter: _Splitter, limit: int
) -> Iterator[tuple[int, str | Fault]]:
    """Join the lines of records that have line ends inside quoted fields."""
    parts: list[str] = []
    start = quotes = size = 0
    for number, line in lines:
        if isinstance(line, Fault):
            yield number, line
            parts, quotes, size = [], 0, 0
            continue
        start = start if parts else number
        parts.append(line)
        quotes, size = quotes + line.count('"'), size + len(line)
        # An open field shows by an odd number of quotes; counting keeps long fields from being read again and again.
        is_open = quotes % 2 == 1 and (len(parts) > 1 or splitter.fields(line) is None)
        if is_open and size <= limit:
            continue
        record = "".join(parts)
        if record.strip():
            yield start, record
        parts, quotes, size = [], 0, 0
    if parts:
        yield start, "".join(parts)


def _csv_row(number: int, header: list[str], splitter: _Splitter, record: str | Fault) -> Row | Fault:
    if isinstance(record, Fault):
        return record
    fields = splitter.fields(record)
    if fields is None:
        return Fault(number, Reason.BAD_RECORD, "a quoted field is never closed")
    if len(fields) != len(header):
        return Fault(number, Reason.BAD_RECORD, f"{len(fields)} fields where the header has {len(header)}")
    return Row(number, dict(zip(header, fields, strict=True)))


class _Source(Protocol):
    def readline(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Recoded:
    """Read lines of a text of wide characters as UTF-8: their line ends are no single bytes."""

    stream: io.TextIOWrapper

    def readline(self, size: int, /) -> bytes:
        return self.stream.readline(size).encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class _Splitter:
    """Split a CSV record into fields."""

    delimiter: str

    def fields(self, record: str) -> list[str] | None:
        """Return the fields, or ``None`` while a quoted one is still open."""
        body = record.rstrip("\r\n")
        fields: list[str] = []
        position = 0
        while True:
            quoted = _QUOTED.match(body, position)
            if body.startswith('"', position) and quoted is None:
                # The record may go on behind a line end that rstrip took; or the quote is never closed.
                return None
            if quoted is not None:
                value, position = quoted[1].replace('""', '"'), quoted.end()
                tail, position = self._until_delimiter(body, position)
                fields.append(value + tail)
            else:
                value, position = self._until_delimiter(body, position)
                fields.append(value)
            if position >= len(body):
                return fields
            position += 1
            if position == len(body):
                return [*fields, ""]

    def _until_delimiter(self, body: str, position: int) -> tuple[str, int]:
        stop = body.find(self.delimiter, position)
        stop = len(body) if stop < 0 else stop
        return body[position:stop], stop


# Unrolled, so that a quote without its second is given up in one pass.
_QUOTED = re.compile(r'"([^"]*(?:""[^"]*)*)"(?!")')


def _outside_quotes(text: str) -> str:
    return "".join(text.split('"')[0::2])


def _lines(stream: _Source, limit: int) -> Iterator[tuple[int, bytes | Fault]]:
    """Yield numbered lines; a line over the limit is read past, and a stream that breaks off ends with a fault."""
    number = 0
    try:
        while line := stream.readline(limit + 1):
            number += 1
            if len(line) <= limit:
                yield number, line
                continue
            while line and not line.endswith(b"\n"):
                line = stream.readline(limit + 1)
            yield number, Fault(number, Reason.TOO_LARGE, f"longer than {limit:,} bytes")
    except (OSError, EOFError, zlib.error) as error:
        yield number + 1, Fault(None, Reason.UNREADABLE, f"breaks off after line {number}: {_brief(error)}")


def _decoded_lines(stream: BinaryIO, codec: str, limit: int) -> Iterator[tuple[int, str | Fault]]:
    """Yield numbered lines as text."""
    source: _Source = stream
    if codec.startswith(("utf-16", "utf-32")):
        source = _Recoded(io.TextIOWrapper(stream, codec, errors="replace", newline="\n"))
        codec = "utf-8"
    for number, line in _lines(source, limit):
        text = line if isinstance(line, Fault) else _decoded_line(number, line, codec)
        yield number, text.removeprefix("\ufeff") if isinstance(text, str) else text


def _decoded_line(number: int, line: bytes, codec: str) -> str | Fault:
    try:
        return line.decode(codec)
    except UnicodeDecodeError:
        decoded = decode(line)
        return Fault(number, decoded.reason, decoded.detail) if isinstance(decoded, Undecodable) else decoded.text


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _brief(error: BaseException) -> str:
    text = str(error).splitlines()
    return (text[0] if text else type(error).__name__)[:160]
