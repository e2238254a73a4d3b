"""Read and write translations as tables: TSV without quoting, CSV with it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from pipeline.engines.memory_store import StoredEntry
from pipeline.engines.tmx import Unit, Variant
from pipeline.errors import InputError

__all__ = ["read_table", "write_tsv"]

_HEADER = ("pair", "source", "target", "origin", "engine", "created")
_BREAKS = re.compile(r"[\t\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_REMEDY = "Write a header with the columns source and target, and pair where --pair does not say it."


def write_tsv(stream: IO[str], entries: Iterable[StoredEntry]) -> int:
    """Write one entry per line, nothing quoted.

    Returns:
        The number of entries in which a tab or line end became a space.
    """
    stream.write("\t".join(_HEADER) + "\n")
    altered = 0
    for e in entries:
        cells = (e.pair, e.source, e.hypothesis.text, e.origin, e.engine, e.created or "")
        plain = [_BREAKS.sub(" ", cell) for cell in cells]
        altered += tuple(plain) != cells
        stream.write("\t".join(plain) + "\n")
    return altered


def read_table(path: Path, pair: str | None) -> Iterator[Unit]:
    """Yield the rows of a table as units.

    Args:
        path: ``.csv`` (quoted, with comma, semicolon or tab) or ``.tsv`` and ``.txt`` (tabs, nothing quoted).
        pair: languages of rows that do not name theirs.

    Raises:
        InputError: the file cannot be read, or its columns are not known.
    """
    if path.suffix.lower() not in (".csv", ".tsv", ".txt", ".tab"):
        raise InputError(f"{path} is in no known format.", "Give a file that ends in .tmx, .tsv or .csv.")
    try:
        with path.open(encoding=_encoding(path), newline="") as stream:
            rows = _quoted(stream) if path.suffix.lower() == ".csv" else _plain(stream)
            yield from _units(path, rows, pair)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 (byte {error.start} of a block).", "Save it as UTF-8 and import it again."
        ) from error
    except csv.Error as error:
        raise InputError(
            f"{path} is not valid CSV: {error}.", "Close every quoted cell, and write a quotation mark in one twice."
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{path} cannot be read: {reason}.", "Name an existing file.") from error


def _encoding(path: Path) -> str:
    with path.open("rb") as stream:
        start = stream.read(2)
    return "utf-16" if start in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _plain(stream: IO[str]) -> Iterator[tuple[int, list[str]]]:
    # Opened with newline="", lines also end at a lone carriage return, as files of old programs do.
    for number, line in enumerate(stream, 1):
        if line.strip():
            yield number, line.rstrip("\r\n").split("\t")


def _quoted(stream: IO[str]) -> Iterator[tuple[int, list[str]]]:
    first = stream.readline()
    stream.seek(0)
    reader = csv.reader(stream, delimiter=max(",;\t", key=first.count), strict=True)
    begun = 1
    for cells in reader:
        if any(map(str.strip, cells)):
            yield begun, [_unguarded(cell) for cell in cells]
        begun = reader.line_num + 1


def _unguarded(cell: str) -> str:
    """Take away the apostrophe that our own exports put before what a spreadsheet would run as a formula."""
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@" else cell


def _units(path: Path, rows: Iterator[tuple[int, list[str]]], pair: str | None) -> Iterator[Unit]:
    number, first = next(rows, (0, []))
    if not first:
        raise InputError(f"{path} is empty.", _REMEDY)
    names = [cell.strip().lower() for cell in first]
    if not {"source", "target"} <= set(names):
        if pair is None or len(first) != 2 or {"source", "target"} & set(names):
            raise InputError(f"{path}, line {number}, has no columns source and target: {', '.join(first)}.", _REMEDY)
        yield _unit(number, ["source", "target"], first, pair)
        names = ["source", "target"]
    elif ("source_language" in names) != ("target_language" in names):
        raise InputError(f"{path} has only one of the columns source_language and target_language.", _REMEDY)
    elif pair is None and "pair" not in names and "source_language" not in names:
        raise InputError(f"{path} does not say which languages it holds.", _REMEDY)
    for number, cells in rows:
        yield _unit(number, names, cells, pair)


def _unit(number: int, names: Sequence[str], cells: Sequence[str], pair: str | None) -> Unit:
    name = f"line {number}"
    if len(cells) != len(names):
        return Unit(name, None, (), problem=f"the line has not {len(names)} cells, as the header")
    row = dict(zip(names, cells, strict=True))
    stated = row.get("pair") or pair or ""
    parts = [row["source_language"], row["target_language"]] if "source_language" in row else stated.split("-")
    if len(parts) != 2 or not all(parts):
        return Unit(name, None, (), problem="the line names no language pair")
    sides = (Variant(parts[0], row["source"]), Variant(parts[1], row["target"], row.get("created")))
    return Unit(name, parts[0], sides)
