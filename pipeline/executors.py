"""Map a per-item stage over its items: in batches, resumable, in one process or several.

A per-item stage is a function from a batch of records to a :class:`Batch` of records: it opens no file and keeps no
state. Finished batches are written to a ``partial`` folder, so that a killed run redoes at most one round of batches.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.errors import StageError
from pipeline.records import Rejection, from_table, to_table
from pipeline.store import read_sealed, write_sealed

__all__ = ["Batch", "ItemJob", "LocalExecutor"]

Tables = Mapping[str, type[Any]]
ItemStage = Callable[[Sequence[Any]], "Batch"]
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Batch:
    """Hold what a per-item stage made of some items: records by table, and what it dropped."""

    tables: Mapping[str, Sequence[Any]]
    rejections: Sequence[Rejection] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class ItemJob:
    """Describe a per-item stage to an executor.

    ``stage`` must be picklable when there are several workers. ``tables`` gives the record type of each output table.
    ``partial`` is the folder for finished batches; the store removes it when the stage commits.
    """

    stage: ItemStage
    item_type: type[Any]
    tables: Tables
    partial: Path


@dataclass(frozen=True, slots=True)
class LocalExecutor:
    """Run a per-item stage on this machine.

    Args:
        batch_size: items per call; does not change the result.
        workers: processes; more than one goes through Hugging Face ``datasets``.
    """

    batch_size: int = 64
    workers: int = 1

    def map(self, job: ItemJob, items: Iterable[Any], advance: Advance) -> Batch:
        """Apply a stage to all items, in order.

        Args:
            job: the stage and its types.
            items: the input records, in an order that is the same on every run.
            advance: called with the number of items done.

        Returns:
            All output records, in the order of the items.
        """
        result: dict[str, list[Any]] = {name: [] for name in job.tables}
        rejections: list[Rejection] = []
        job.partial.mkdir(parents=True, exist_ok=True)
        for round_ in _chunks(_chunks(items, self.batch_size), self.workers * (4 if self.workers > 1 else 1)):
            for batch, part in zip(round_, self._round(job, round_), strict=True):
                for name in job.tables:
                    result[name].extend(part.tables[name])
                rejections.extend(part.rejections)
                advance(len(batch))
        return Batch(result, rejections)

    def _round(self, job: ItemJob, batches: list[list[Any]]) -> list[Batch]:
        inputs = [_pack({"items": to_table(batch, job.item_type)}) for batch in batches]
        paths = [job.partial / f"{hashlib.sha256(data).hexdigest()[:32]}.part" for data in inputs]
        found = {i: data for i, path in enumerate(paths) if (data := read_sealed(path)) is not None}
        missing = [i for i in range(len(paths)) if i not in found]
        if self.workers > 1 and len(missing) > 1:
            made = _in_processes(job, [inputs[i] for i in missing], self.workers)
        else:
            made = [_apply(job, batches[i]) for i in missing]
        for i, data in zip(missing, made, strict=True):
            write_sealed(paths[i], data)
            found[i] = data
        return [_decode(found[i], job.tables) for i in range(len(paths))]


def _chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _apply(job: ItemJob, batch: Sequence[Any]) -> bytes:
    result = job.stage(batch)
    packed = {name: to_table(result.tables[name], kind) for name, kind in job.tables.items()}
    return _pack({**packed, "rejections": to_table(result.rejections, Rejection)})


def _in_processes(job: ItemJob, inputs: list[bytes], workers: int) -> list[bytes]:
    """Map over processes with ``datasets``: one row in, one packed batch out."""
    import datasets

    def one(row: dict[str, Any]) -> dict[str, Any]:
        return {"data": _apply(job, from_table(_unpack(row["data"])["items"], job.item_type))}

    table = datasets.Dataset(pa.table({"data": pa.array(inputs, pa.large_binary())}))
    shown = datasets.is_progress_bar_enabled()
    datasets.disable_progress_bars()
    try:
        mapped = table.map(one, num_proc=min(workers, len(inputs)), load_from_cache_file=False, keep_in_memory=True)
    except RuntimeError as error:
        if "died" not in str(error):
            raise
        raise StageError(
            "A worker process was killed, most likely because the machine ran out of memory.",
            "Lower runtime.workers, or give the machine more memory, and run again: finished batches are kept.",
        ) from error
    finally:
        if shown:
            datasets.enable_progress_bars()
    return [bytes(data) for data in mapped["data"]]


def _decode(data: bytes, tables: Tables) -> Batch:
    unpacked = _unpack(data)
    return Batch(
        {name: from_table(unpacked[name], kind) for name, kind in tables.items()},
        from_table(unpacked["rejections"], Rejection),
    )


def _pack(tables: Mapping[str, pa.Table]) -> bytes:
    """Join tables into bytes: for each one its name, its length and an Arrow stream."""
    pieces = []
    for name, table in tables.items():
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        data = sink.getvalue().to_pybytes()
        pieces.append(f"{name} {len(data)}\n".encode() + data)
    return b"".join(pieces)


def _unpack(data: bytes) -> dict[str, pa.Table]:
    tables = {}
    while data:
        head, data = data.split(b"\n", 1)
        name, size = head.decode().split()
        tables[name] = pa.ipc.open_stream(data[: int(size)]).read_all()
        data = data[int(size) :]
    return tables
