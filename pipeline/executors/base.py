"""What all executors share: batches by number and characters, finished ones kept in parts, results read as a stream.

A per-item stage is a function from a batch of records to a :class:`Batch` of records: it opens no file and keeps no
state. Finished batches are written to a folder under the hash of their input, so that a killed run redoes only what was
being worked on, and a later run only the batches that have changed. Where items have names, these tell where a batch
ends: an article that arrives or goes changes the batch that it stands in and hardly any other.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.defects import is_defect
from pipeline.digests import file_sha256
from pipeline.errors import DefectError
from pipeline.records import Rejection, from_table, to_table
from pipeline.store import write_atomic
from pipeline.tables import Records, write_parquet

__all__ = ["Batch", "Executor", "ItemJob", "Mapped", "Packed", "Task", "map_batches", "map_items", "work_on"]

Packed = Mapping[str, bytes]
"""What became of a batch: each output table as the bytes of a Parquet file, by name."""
Advance = Callable[[int], None]

_CHARACTERS = 500_000  # at which a batch ends before it has all its items, so that batches differ little in work


def _one(_item: Any) -> int:
    return 1


@dataclass(frozen=True, slots=True)
class Batch:
    """Hold what a per-item stage made of some items: records by table, and what it dropped."""

    tables: Mapping[str, Sequence[Any]]
    rejections: Sequence[Rejection] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class ItemJob:
    """Describe a per-item stage to an executor.

    Args:
        stage: the function; picklable where there are several workers. A worker gets it once and keeps it, with the
            models that it has loaded.
        item_type: record type of the items.
        tables: record type of each output table.
        size: characters of an item, where items differ much.
        name: what an item is called, where batches are to end at the same items when others come or go.
        articles: the articles that an item consists of, by id; its name where nothing is given.
        reject: drops an item on which the stage failed in a way that nobody foresaw; the run goes on without it. Where
            nothing is given, such a failure is an error.
    """

    stage: Callable[[Sequence[Any]], Batch]
    item_type: type[Any]
    tables: Mapping[str, type[Any]]
    size: Callable[[Any], int] = _one
    name: Callable[[Any], str] | None = None
    articles: Callable[[Any], Sequence[str]] | None = None
    reject: Callable[[Any, BaseException], Rejection] | None = None

    @property
    def outputs(self) -> dict[str, type[Any]]:
        """Return the record type of every output table, rejections included."""
        return {**self.tables, "rejections": Rejection}


@dataclass(frozen=True, slots=True)
class Task:
    """Hold a batch to be worked on: its items, and the same as an Arrow stream, whose hash is its key."""

    key: str
    items: Sequence[Any]
    data: bytes

    @classmethod
    def of(cls, items: Sequence[Any], kind: type[Any]) -> Task:
        """Pack a batch."""
        table, sink = to_table(items, kind), pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        data = sink.getvalue().to_pybytes()
        return cls(hashlib.sha256(data).hexdigest()[:32], items, data)


class Executor(Protocol):
    """Decide where batches are worked on.

    ``batch_size`` is the most items of a batch; it does not change the result. ``distributed`` tells whether engines
    belong into the workers: on one machine a model has all cores already.
    """

    @property
    def batch_size(self) -> int:
        """Return the most items of a batch."""
        ...

    @property
    def distributed(self) -> bool:
        """Tell whether workers may be on other machines."""
        ...

    def run(self, job: ItemJob, tasks: Iterable[Task]) -> Iterator[tuple[str, Packed]]:
        """Work on tasks and yield the key and the result of each as it is done, in any order.

        ``tasks`` is read as workers come free. An error of the stage is raised here as the stage raised it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Mapped:
    """Hold what a stage made of all items, in the order of the items; it lies on disk."""

    tables: Mapping[str, Records[Any]]
    rejections: Records[Rejection]


def map_items(executor: Executor, job: ItemJob, items: Iterable[Any], folder: Path, advance: Advance) -> Mapped:
    """Apply a per-item stage to all items.

    Args:
        executor: decides where.
        job: the stage and its types.
        items: the input records, in an order that is the same on every run.
        folder: for finished batches of this job with these settings; what an earlier run left there is used where its
            input is the same, and removed where it is not needed.
        advance: called with the number of items done.

    Returns:
        All output records, in the order of the items.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sizes: dict[str, int] = {}
    order: list[str] = []

    def unfinished() -> Iterator[Task]:
        for batch in _batches(items, executor.batch_size, job):
            task = Task.of(batch, job.item_type)
            order.append(task.key)
            sizes[task.key] = len(batch)
            if _is_whole(folder, task.key, job.outputs):
                advance(len(batch))
            else:
                yield task

    for key, packed in executor.run(job, unfinished()):
        _keep(folder, key, packed)
        advance(sizes[key])
    _drop_others(folder, sizes)
    found = {name: Records([_part(folder, key, name) for key in order], kind) for name, kind in job.outputs.items()}
    rejections = found.pop("rejections")
    return Mapped(found, rejections)


def map_batches(
    executor: Executor, job: ItemJob, batches: Iterable[Sequence[Any]]
) -> Iterator[tuple[Sequence[Any], Batch]]:
    """Apply a per-item stage to batches that the caller cuts and keeps; nothing is written.

    Args:
        executor: decides where.
        job: the stage and its types.
        batches: no two of them equal.

    Yields:
        Each batch with what became of it, as it is done, in any order.
    """
    waiting: dict[str, Sequence[Any]] = {}

    def tasks() -> Iterator[Task]:
        for batch in batches:
            task = Task.of(batch, job.item_type)
            waiting[task.key] = batch
            yield task

    for key, packed in executor.run(job, tasks()):
        read = {n: from_table(pq.read_table(pa.BufferReader(packed[n])), kind) for n, kind in job.outputs.items()}
        rejections = read.pop("rejections")
        yield waiting.pop(key), Batch(read, rejections)


def work_on(job: ItemJob, items: Sequence[Any] | bytes) -> Packed:
    """Apply a stage to one batch: what a worker does.

    Args:
        job: the stage and its types.
        items: the batch, as records or as the Arrow stream of a task.

    Raises:
        DefectError: the stage failed on an item in a way that nobody foresaw.
    """
    if isinstance(items, bytes):
        items = from_table(pa.ipc.open_stream(items).read_all(), job.item_type)
    batch = _applied(job, items)
    made = {**batch.tables, "rejections": batch.rejections}
    packed = {}
    for name, kind in job.outputs.items():
        sink = pa.BufferOutputStream()
        write_parquet([to_table(made[name], kind)], kind, sink)
        packed[name] = sink.getvalue().to_pybytes()
    return packed


def _applied(job: ItemJob, items: Sequence[Any]) -> Batch:
    """Apply a stage; where it fails in a way that nobody foresaw, apply it to the items one by one."""
    try:
        return job.stage(items)
    except BaseException as error:
        if job.name is None or not is_defect(error):
            raise
        made = [_applied_to_one(job, item) for item in items]
        if not any(failed for _, failed in made):  # only together do they make it fail
            raise
    batches = [batch for batch, _ in made]
    tables = {name: [record for batch in batches for record in batch.tables.get(name, ())] for name in job.tables}
    return Batch(tables, [rejection for batch in batches for rejection in batch.rejections])


def _applied_to_one(job: ItemJob, item: Any) -> tuple[Batch, bool]:
    """Apply a stage to one item; return what it made, or the rejection of the item, and whether it failed."""
    try:
        return job.stage([item]), False
    except BaseException as error:
        if not is_defect(error):
            raise
        if job.reject is None:
            name = job.name(item) if job.name else ""
            raise DefectError(name, error, job.articles(item) if job.articles else [name]) from error
        return Batch({}, [job.reject(item, error)]), True


def _batches(items: Iterable[Any], most: int, job: ItemJob) -> Iterator[list[Any]]:
    batch: list[Any] = []
    characters = 0
    for item in items:
        batch.append(item)
        characters += job.size(item)
        last = job.name is not None and zlib.crc32(job.name(item).encode("utf-8", "surrogatepass")) % most == 0
        if last or len(batch) >= most or characters >= _CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _drop_others(folder: Path, keys: Container[str]) -> None:
    """Remove the batches of other inputs."""
    for path in folder.iterdir():
        if path.name.partition(".")[0] not in keys:
            path.unlink(missing_ok=True)


def _keep(folder: Path, key: str, packed: Packed) -> None:
    """Write a finished batch; what vouches for its tables comes last."""
    for name, data in packed.items():
        write_atomic(_part(folder, key, name), data)
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in packed.items()}
    write_atomic(_seal(folder, key), json.dumps(sums, sort_keys=True).encode())


def _is_whole(folder: Path, key: str, tables: Iterable[str]) -> bool:
    """Tell whether a batch is finished and its files are what was written."""
    try:
        sums = json.loads(_seal(folder, key).read_bytes())
        return all(file_sha256(_part(folder, key, name)) == sums[name] for name in tables)
    except (OSError, ValueError, TypeError, KeyError):
        return False


def _seal(folder: Path, key: str) -> Path:
    return folder / f"{key}.json"


def _part(folder: Path, key: str, table: str) -> Path:
    return folder / f"{key}.{table}.parquet"
