"""What a stage is: a name, a version, what it reads and makes, what enters its key, and a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pipeline.config import Config
from pipeline.engines.workshop import Workshop
from pipeline.executors import Executor
from pipeline.readers.inventory import Inventory
from pipeline.records import Rejection
from pipeline.store import FileNote, Manifest, Store
from pipeline.tables import Records
from pipeline.text import fingerprint

__all__ = ["Count", "Progress", "Stage", "StageContext", "StageOutput"]

T = TypeVar("T")


class Progress(Protocol):
    """Show people how far a run is. Only the command line implements it with output."""

    def start(self, stage: str, total: int | None, unit: str) -> None:
        """Begin a stage of ``total`` units, ``None`` when that is not known."""

    def advance(self, done: int) -> None:
        """Add finished units."""

    def note(self, text: str) -> None:
        """Tell something worth knowing that is not an error."""


@dataclass(frozen=True, slots=True)
class Count:
    """Count one unit through a stage; ``entered == left + rejected`` is checked at its end."""

    entered: int
    left: int
    rejected: int = 0

    def as_dict(self) -> dict[str, int]:
        """Return the names that the manifest uses."""
        return {"in": self.entered, "out": self.left, "rejected": self.rejected}


@dataclass(frozen=True, slots=True)
class StageOutput:
    """Hold what a stage made. ``pages`` are already written below the output folder (report only).

    A table is a sequence of records, a stream of them that lies on disk, or an Arrow table with their schema where
    there are millions of rows.
    """

    tables: Mapping[str, Any]
    rejections: Sequence[Rejection] | Records[Rejection]
    counts: Mapping[str, Count]
    pages: Mapping[str, FileNote] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageContext:
    """Give a stage its inputs and tools.

    ``manifests`` holds those of all finished upstream stages; ``basis`` is a hash of all that the stage's work depends
    on besides its inputs.
    """

    config: Config
    inventory: Inventory
    output: Path
    key: str
    basis: str
    store: Store
    workshop: Workshop
    executor: Executor
    progress: Progress
    manifests: Mapping[str, Manifest]

    def batches(self, job: str, *basis: str) -> Path:
        """Return the folder for the finished batches of a job, which outlast the run.

        Args:
            job: name of the work, one of its own among all stages.
            basis: all that a batch's result depends on besides its items, where that is less than ``self.basis``.
        """
        return self.store.batches(job, fingerprint(*basis) if basis else self.basis)

    def read(self, stage: str, table: str, kind: type[T]) -> list[T]:
        """Read a table that an upstream stage made."""
        return self.store.read(stage, self.manifests[stage].key, table, kind)

    def stream(self, stage: str, table: str, kind: type[T]) -> Records[T]:
        """Read a table that an upstream stage made a block at a time, as often as it is iterated."""
        return self.store.stream(stage, self.manifests[stage].key, table, kind)


@dataclass(frozen=True, slots=True)
class Stage:
    """Describe a stage.

    ``settings`` and ``signatures`` return all that changes its output besides its inputs. ``code`` names the files and
    folders of the package whose source it depends on: a change there makes old results count no more, so that nobody
    has to remember to raise ``version``.
    """

    name: str
    version: str
    code: tuple[str, ...]
    requires: tuple[str, ...]
    tables: Mapping[str, type[Any]]
    settings: Callable[[Config], Mapping[str, Any]]
    signatures: Callable[[Config, Workshop], Mapping[str, str]]
    run: Callable[[StageContext], StageOutput]
