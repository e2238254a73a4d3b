"""Stream the records of Parquet files and of Hugging Face data sets, a batch at a time and only the columns needed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.errors import InputError
from pipeline.readers import hub
from pipeline.readers.rows import Fault, Row
from pipeline.readers.settings import Columns, chosen_columns, missing_text
from pipeline.records import Reason

__all__ = ["dataset_rows", "hub_rows", "parquet_rows"]


def parquet_rows(stream: BinaryIO, columns: Columns, batch_rows: int) -> Iterator[Row | Fault]:
    """Yield the records of a Parquet file.

    Args:
        stream: the file, seekable.
        columns: which columns to read.
        batch_rows: how many rows to hold at a time.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        file = pq.ParquetFile(stream)
        names = _needed(file.schema_arrow.names, columns)
        if names is None:
            yield Fault(None, Reason.MISSING_TEXT, missing_text(file.schema_arrow.names))
            return
        for batch in file.iter_batches(batch_size=batch_rows, columns=names):
            for values in batch.to_pylist():
                number += 1
                yield Row(number, values)
    except (pa.ArrowException, OSError, ValueError) as error:
        where = f"breaks off after record {number}" if number else "cannot be read as Parquet"
        yield Fault(None, Reason.UNREADABLE, f"{where}: {_brief(error)}")


def dataset_rows(folder: Path, columns: Columns, batch_rows: int) -> Iterator[Row | Fault]:
    """Yield the records of a folder that ``Dataset.save_to_disk`` wrote."""
    import datasets
    import pyarrow as pa

    try:
        _require_inside(folder)
        yield from _rows(datasets.load_from_disk(str(folder)), columns, batch_rows)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        yield Fault(None, Reason.UNREADABLE, f"cannot be read as a saved data set: {_brief(error)}")


def _require_inside(folder: Path) -> None:
    """Refuse a saved data set that names data outside of its folder."""
    named = json.loads((folder / "state.json").read_text(encoding="utf-8"))["_data_files"]
    for file in named:
        name = str(file["filename"])
        if Path(name).name != name or (folder / name).is_symlink():
            raise ValueError(f"state.json names data outside of the folder: {name}")


def hub_rows(address: str, columns: Columns, batch_rows: int) -> Iterator[Row | Fault]:
    """Yield the records of a data set on the hub.

    Raises:
        InputError: it is neither cached nor to be had.
    """
    yield from _rows(hub.load(hub.parse_address(address)), columns, batch_rows)


def _rows(dataset: Any, columns: Columns, batch_rows: int) -> Iterator[Row | Fault]:
    if not hasattr(dataset, "column_names") or not isinstance(dataset.column_names, list):
        raise InputError(f"The data set has splits {', '.join(dataset)}.", "Name one of them.")
    names = _needed(dataset.column_names, columns)
    if names is None:
        yield Fault(None, Reason.MISSING_TEXT, missing_text(dataset.column_names))
        return
    numbers = itertools.count(1)
    # Formats for tensors are taken off: the columns are read as plain values.
    for batch in dataset.with_format(None).select_columns(names).iter(batch_size=batch_rows):
        for values in zip(*(batch[name] for name in names), strict=True):
            yield Row(next(numbers), dict(zip(names, values, strict=True)))


def _needed(names: Sequence[str], columns: Columns) -> list[str] | None:
    chosen = chosen_columns(columns, names)
    return list(dict.fromkeys(chosen.values())) if "text" in chosen else None


def _brief(error: BaseException) -> str:
    text = str(error).splitlines()
    return (text[0] if text else type(error).__name__)[:160]
