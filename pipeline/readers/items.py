"""Turn an inventory into items, one per article whatever the format; what is none becomes a rejection."""

from __future__ import annotations

import itertools
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline.cleaning.dates import iso_date
from pipeline.cleaning.item import RawItem, item_id
from pipeline.defects import defect_detail, is_defect
from pipeline.errors import InputError
from pipeline.readers import columnar, rows
from pipeline.readers.inventory import FileEntry, Inventory
from pipeline.readers.rows import Fault, Row
from pipeline.readers.settings import ReaderSettings, chosen_columns, missing_text
from pipeline.readers.sidecar import Metadata, read_sidecars
from pipeline.records import Reason, Rejection
from pipeline.text import fingerprint

__all__ = ["RawItem", "iter_items"]

STAGE = "ingest"
# So many records are looked at before a file counts as one without a text column.
PEEK_ROWS = 20


def iter_items(inventory: Inventory, settings: ReaderSettings) -> Iterator[RawItem | Rejection]:
    """Read the articles of an input, in order of path and record.

    Args:
        inventory: what there is to read.
        settings: column names and limits.

    Yields:
        An item per article; a rejection per file (unit ``file``) or record (``record``) that is none, and per line of
        a sidecar (``line``) that cannot be used. Files of records are streamed.

    Raises:
        InputError: a file changed since the inventory was taken, or a data set on the hub is not to be had.
    """
    metadata, faults = read_sidecars(inventory)
    yield from faults
    for entry in inventory.files:
        if entry.path in settings.leave_out:
            yield _left_out(entry.path, "file")
            continue
        try:
            yield from _entry_items(inventory, entry, metadata.get(entry.path, Metadata()), settings)
        except BaseException as error:
            if not is_defect(error):
                raise
            yield _file(entry, Reason.DEFECT, defect_detail("the rest of the file", error))


def _entry_items(
    inventory: Inventory, entry: FileEntry, metadata: Metadata, settings: ReaderSettings
) -> Iterator[RawItem | Rejection]:
    if entry.error is not None:
        yield _file(entry, Reason.UNREADABLE, f"cannot be read: {entry.error}")
    elif entry.format == "unknown":
        suffix = posixpath.splitext(entry.path)[1] or "no suffix"
        yield _file(
            entry, Reason.UNKNOWN_FORMAT, f"files with {suffix} are not read; save the article as .txt or .html"
        )
    elif entry.format in ("text", "html", "json") and entry.size > settings.max_file_bytes:
        yield _file(entry, Reason.TOO_LARGE, f"{entry.size:,} bytes; the limit is {settings.max_file_bytes:,}")
    elif entry.format in ("text", "html"):
        yield _whole(inventory, entry, metadata)
    else:
        yield from _records(entry, _rows(inventory, entry, settings), metadata, settings)


def _whole(inventory: Inventory, entry: FileEntry, metadata: Metadata) -> RawItem:
    return RawItem(
        path=entry.path,
        record=None,
        name=_stem(entry.path),
        data=inventory.read(entry),
        text=None,
        media="html" if entry.format == "html" else "text",
        title=metadata.title,
        source=metadata.source,
        published=metadata.published,
        url=metadata.url,
        language=metadata.language,
    )


def _rows(inventory: Inventory, entry: FileEntry, settings: ReaderSettings) -> Iterator[Row | Fault]:
    """Open a file of records."""
    columns = settings.columns
    if entry.format == "dataset":
        yield from columnar.dataset_rows(inventory.locate(entry), columns, settings.batch_rows)
        inventory.confirm(entry)
        return
    if entry.format == "hub":
        yield from columnar.hub_rows(entry.path, columns, settings.batch_rows)
        return
    if entry.format == "json":
        yield from rows.json_rows(inventory.read(entry))
        return
    try:
        if entry.format == "parquet":
            with inventory.open(entry) as stream:
                yield from columnar.parquet_rows(stream, columns, settings.batch_rows)
            inventory.confirm(entry)
            return
        with inventory.open(entry) as stream:
            codec = rows.sniff(rows.sample(rows.unpacked(stream, entry.path, entry.size)))
        read = rows.csv_rows if entry.format == "csv" else rows.jsonl_rows
        with inventory.open(entry) as stream:
            yield from read(rows.unpacked(stream, entry.path, entry.size), codec, settings.max_record_bytes)
        inventory.confirm(entry)
    except OSError as error:
        raise InputError(f"The file {entry.path} can no longer be read.", "Start again when it is at rest.") from error


def _records(
    entry: FileEntry, stream: Iterator[Row | Fault], metadata: Metadata, settings: ReaderSettings
) -> Iterator[RawItem | Rejection]:
    head = list(itertools.islice(stream, PEEK_ROWS))
    if not head:
        yield _file(entry, Reason.EMPTY, "holds no records")
        return
    first = [row for row in head if isinstance(row, Row)]
    if first and not any("text" in chosen_columns(settings.columns, list(row.values)) for row in first):
        names = list(dict.fromkeys(name for row in first for name in row.values))
        yield _file(entry, Reason.MISSING_TEXT, missing_text(names))
        return
    reader = _RecordReader(entry.path, metadata, settings)
    for row in itertools.chain(head, stream):
        item = reader.item(row) if isinstance(row, Row) else _fault(entry, row)
        if isinstance(item, RawItem) and item_id(item) in settings.leave_out:
            item = _left_out(item_id(item), "record")
        yield item


@dataclass(slots=True)
class _RecordReader:
    """Turn the records of one file into items; remembers the names given, so that each is given once."""

    path: str
    metadata: Metadata
    settings: ReaderSettings
    _taken: dict[str, int] = field(default_factory=dict)

    def item(self, row: Row) -> RawItem | Rejection:
        """Return the item of a record, or why it has none."""
        columns = chosen_columns(self.settings.columns, list(row.values))
        if "text" not in columns:
            return self._rejection(row, Reason.MISSING_TEXT, missing_text(list(row.values)))
        text = _text(row.values[columns["text"]])
        if text is None:
            return self._rejection(row, Reason.BAD_RECORD, f"`{columns['text']}` must be a string")
        known = {name: row.values[column] for name, column in columns.items()}
        given = _word(known.get("id"))
        return RawItem(
            path=self.path,
            record=self._unique(given or "text-" + fingerprint("record", text)[:12]),
            name=given or f"{_stem(self.path)}-{row.number}",
            data=None,
            text=text,
            media="text",
            title=_word(known.get("title")) or self.metadata.title,
            source=_word(known.get("source")) or self.metadata.source,
            published=iso_date(known.get("published")) or self.metadata.published,
            url=_word(known.get("url")) or self.metadata.url,
            language=_word(known.get("language")) or self.metadata.language,
        )

    def _unique(self, name: str) -> str:
        """Return a record name not given before: the second ``a`` of a file becomes ``a.2``."""
        count = self._taken.get(name, 0) + 1
        self._taken[name] = count
        return name if count == 1 else self._unique(f"{name}.{count}")

    def _rejection(self, row: Row, reason: Reason, detail: str) -> Rejection:
        return _rejection(f"{self.path}:{row.number}", "record", reason, detail)


def _text(value: Any) -> str | None:
    """Return a record's text; a list of strings is one of its paragraphs or sentences."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (list, tuple)) and all(isinstance(part, str) for part in value):
        return "\n".join(value)
    return value if isinstance(value, str) else None


def _word(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value).strip() or None


def _stem(path: str) -> str:
    name = posixpath.basename(path)
    stem = name.removesuffix(".gz").rsplit(".", 1)[0]
    return stem or name


def _fault(entry: FileEntry, fault: Fault) -> Rejection:
    if fault.number is None:
        return _file(entry, fault.reason, fault.detail)
    return _rejection(f"{entry.path}:{fault.number}", "record", fault.reason, fault.detail)


def _left_out(name: str, unit: Literal["file", "record"]) -> Rejection:
    return _rejection(name, unit, Reason.LEFT_OUT, f"{name}: left out, as ingest.leave_out wants it")


def _file(entry: FileEntry, reason: Reason, detail: str) -> Rejection:
    return _rejection(entry.path, "file", reason, detail)


def _rejection(item_id: str, unit: Literal["file", "record"], reason: Reason, detail: str) -> Rejection:
    return Rejection(item_id=item_id, stage=STAGE, unit=unit, reason=reason, detail=detail)
