"""Tables of records that need not fit into memory: read as a stream from Parquet, written a row group at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import StageError, StoreError
from pipeline.records import arrow_schema, from_table, to_table

__all__ = ["Records", "Spool", "chunks", "matched", "write_parquet"]

T = TypeVar("T")
ROW_GROUP = 8192
"""Rows of a row group: what is held in memory when a table is read or written (20,000 articles of 15 kB are three)."""
_BLOCK = 1024


class Records(Generic[T]):
    """Hold the records of one table in order, as parts that lie in memory or in Parquet files.

    It can be iterated as often as wanted; of a file only a block of rows is in memory at a time.

    Args:
        parts: sequences of records and paths of Parquet files.
        kind: type of the records.
    """

    def __init__(self, parts: Sequence[Path | Sequence[T]], kind: type[T]) -> None:
        self.parts = tuple(parts)
        self.kind = kind

    def __len__(self) -> int:
        return sum(_rows(part) if isinstance(part, Path) else len(part) for part in self.parts)

    def __iter__(self) -> Iterator[T]:
        for part in self.parts:
            if isinstance(part, Path):
                for block in _blocks(part):
                    yield from from_table(block, self.kind)
            else:
                yield from part

    def blocks(self) -> Iterator[pa.Table]:
        """Yield the rows as Arrow tables of at most some thousand rows."""
        for part in self.parts:
            if isinstance(part, Path):
                yield from _blocks(part)
            else:
                yield from (to_table(chunk, self.kind) for chunk in chunks(part, _BLOCK))

    def column(self, name: str) -> Iterator[Any]:
        """Yield the values of one field; other columns of files are not read."""
        for part in self.parts:
            if isinstance(part, Path):
                for block in _blocks(part, [name]):
                    yield from block.column(name).to_pylist()
            else:
                yield from (getattr(record, name) for record in part)


class Spool(Generic[T]):
    """Take the records of a table as they are made, and keep them in files.

    Args:
        folder: made when something is written; files of an earlier run there are written over.
        kind: type of the records.
    """

    def __init__(self, folder: Path, kind: type[T]) -> None:
        self._folder = folder
        self._kind = kind
        self._parts: list[Path] = []

    def add(self, records: Sequence[T]) -> None:
        """Append records."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{self._kind.__name__.lower()}-{len(self._parts):06d}.parquet"
        write_parquet([to_table(records, self._kind)], self._kind, path)
        self._parts.append(path)

    def records(self) -> Records[T]:
        """Return all that was added, in order."""
        return Records(self._parts, self._kind)


def write_parquet(blocks: Iterable[pa.Table], kind: Any, target: Path | pa.NativeFile) -> int:
    """Write tables as one, so that equal rows give equal bytes however they are cut into blocks; return their number.

    Args:
        blocks: tables with the schema of the record type.
        kind: the record type.
        target: path of the file, or an open Arrow stream.
    """
    schema = arrow_schema(kind)
    rows = 0
    with pq.ParquetWriter(target, schema, compression="zstd", write_statistics=True) as writer:
        for group in _groups(blocks, schema):
            writer.write_table(group, row_group_size=ROW_GROUP)
            rows += group.num_rows
        if not rows:
            writer.write_table(schema.empty_table())
    return rows


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut a stream into lists of ``size`` items; the last one may be shorter."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def matched(owners: Iterable[str], records: Iterable[T], owner: Callable[[T], str]) -> Iterator[list[T]]:
    """Yield for each owner the records that belong to it, an empty list for one without any.

    Args:
        owners: ids, each once.
        records: those of one owner together, in the order of the owners.
        owner: gives the id that a record belongs to.

    Raises:
        StageError: a record stands where its owner is not.
    """
    left = iter(records)
    ahead = next(left, None)
    for identity in owners:
        own: list[T] = []
        while ahead is not None and owner(ahead) == identity:
            own.append(ahead)
            ahead = next(left, None)
        yield own
    if ahead is not None:
        raise StageError(
            f"A {type(ahead).__name__.lower()} of {owner(ahead)!r} does not stand where its owner stands.",
            "Remove the stages' folder of this run and run all stages again; if it stays, report it as a defect.",
        )


def _groups(blocks: Iterable[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    """Cut a stream of tables into row groups of one chunk each: where pages end must not depend on the blocks."""
    held: list[pa.Table] = []
    waiting = 0
    for block in blocks:
        held.append(pa.Table.from_arrays(block.columns, schema=schema))
        waiting += block.num_rows
        while waiting >= ROW_GROUP:
            whole = pa.concat_tables(held)
            yield whole.slice(0, ROW_GROUP).combine_chunks()
            held, waiting = [whole.slice(ROW_GROUP)], waiting - ROW_GROUP
    if waiting:
        yield pa.concat_tables(held).combine_chunks()


def _rows(path: Path) -> int:
    with _explained(path):
        return int(pq.read_metadata(path).num_rows)


def _blocks(path: Path, columns: list[str] | None = None) -> Iterator[pa.Table]:
    with _explained(path), pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_BLOCK, columns=columns):
            yield pa.Table.from_batches([batch])


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say what to do about a file that cannot be read."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"The artefact {path} cannot be read: {error}.", "Remove its folder and run again.") from error
