"""Write every record type as Parquet and as JSON lines, in a fixed order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from pipeline import records as r
from pipeline.errors import InputError
from pipeline.reporting.ledgers import DERIVED
from pipeline.reporting.lookup import Lookup
from pipeline.reporting.stock import TABLES
from pipeline.reporting.writing import Folder
from pipeline.tables import chunks, write_parquet

__all__ = ["read_table", "table_records", "write_run_table", "write_table"]

T = TypeVar("T")
_BLOCK = 1024


def write_run_table(lookup: Lookup, folder: Folder, name: str) -> None:
    """Write a table of the run, in the order that it has in ``data/``."""
    table = next(table for table in TABLES if table.name == name)
    query = f"line FROM {table.name} ORDER BY {table.order}"
    write_table(folder, name, (line for (line,) in lookup.shelf.select(query)), table.record)


def write_table(folder: Folder, name: str, lines: Iterable[str], record: type[Any]) -> None:
    """Write ``data/<name>.jsonl`` and ``data/<name>.parquet``, though they be empty; a block of rows is in memory.

    Args:
        folder: the outputs.
        name: of the table.
        lines: its records as JSON, without line ends.
        record: their type.
    """
    kind: Any = record
    with folder.writing(f"data/{name}.jsonl") as write:
        blocks = (
            pa.Table.from_pylist(json.loads(f"[{','.join(block)}]"), schema=r.arrow_schema(kind))
            for block in chunks((_written(line, write) for line in lines), _BLOCK)
        )
        folder.write(f"data/{name}.parquet", lambda path: write_parquet(blocks, record, path))


def _written(line: str, write: Callable[[str], object]) -> str:
    write(f"{line}\n")
    return line


def table_records() -> dict[str, tuple[type[Any], str]]:
    """Return for each table of ``data/`` its record type and what it holds."""
    return {t.name: (t.record, t.words) for t in TABLES} | {name: (record, words) for name, record, _, words in DERIVED}


def read_table(output: Path, name: str, kind: type[T]) -> list[T]:
    """Read ``data/<name>.parquet`` of a finished run.

    Raises:
        InputError: the run has no such table, or it is not one of this version.
    """
    import pyarrow.parquet as pq

    path = output / "data" / f"{name}.parquet"
    try:
        return r.from_table(pq.read_table(path), kind)
    except (OSError, pa.ArrowException, KeyError, TypeError) as error:
        raise InputError(
            f"{path} cannot be read as a table of this version: {type(error).__name__}.",
            "Run 'concord run' into that folder, or name the folder of a finished run.",
        ) from error
