"""Keep the artefacts of stages on disk: found by the key of what made them, finished by rename, the manifest last.

    <output>/stages/<stage>-<key>/TABLE.parquet, manifest.json

A folder is written under a temporary name and renamed when it is whole, so that whatever carries its final name is
whole. A manifest lists every file with size and SHA-256; an artefact whose bytes differ is not trusted but made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.digests import file_sha256
from pipeline.errors import StoreError
from pipeline.records import from_table
from pipeline.tables import Records, write_parquet

__all__ = ["FileNote", "Manifest", "Store", "write_atomic"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FileNote:
    """Hold what a file must look like to be trusted."""

    sha256: str
    size: int
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """Say what a stage made, from what, and how long it took.

    ``inputs`` maps upstream stages to their keys; ``counts`` maps a unit to ``{"in", "out", "rejected"}``. ``files``
    lie in the artefact's folder, ``pages`` (of the report) in the output folder. ``per_second`` gives units taken in a
    second, ``peak_mb`` the most memory that the process had held by then. Times and durations stand only here and in
    the log.
    """

    stage: str
    version: str
    key: str
    inputs: Mapping[str, str]
    config: Mapping[str, Any]
    signatures: Mapping[str, str]
    counts: Mapping[str, Mapping[str, int]]
    files: Mapping[str, FileNote]
    seconds: float
    finished: str
    notes: Mapping[str, Any] = field(default_factory=dict)
    pages: Mapping[str, FileNote] = field(default_factory=dict)
    per_second: Mapping[str, float] = field(default_factory=dict)
    peak_mb: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


class Store:
    """Read and write the artefacts of one output folder.

    Args:
        output: the run's folder; made when something is written.
    """

    def __init__(self, output: Path) -> None:
        self.output = output
        self.stages = output / "stages"

    def folder(self, stage: str, key: str) -> Path:
        """Return where the artefact of this key lies, or would lie."""
        return self.stages / f"{stage}-{key}"

    def load(self, stage: str, key: str) -> Manifest | None:
        """Return the manifest of an artefact that is there with the right bytes, else ``None``."""
        found = self.inspect(stage, key)
        return found if isinstance(found, Manifest) else None

    def inspect(self, stage: str, key: str) -> Manifest | Path | None:
        """Look for the artefact of a key.

        Returns:
            Its manifest; the first file that is missing, cut or altered, where there is an artefact but it cannot be
            trusted; ``None`` where there is none.
        """
        folder = self.folder(stage, key)
        if not folder.is_dir():
            return None
        manifest = _read_manifest(folder / "manifest.json")
        if manifest is None or manifest.key != key or manifest.stage != stage:
            return folder / "manifest.json"
        files = [(folder / name, note) for name, note in manifest.files.items()]
        files += [(self.output / name, note) for name, note in manifest.pages.items()]
        return next((path for path, note in files if not _matches(path, note)), manifest)

    def commit(
        self, manifest: Manifest, tables: Mapping[str, tuple[type[Any], Sequence[Any] | Records[Any] | pa.Table]]
    ) -> Manifest:
        """Write the tables and then the manifest, and rename the folder into place; older artefacts of the stage go.

        Args:
            manifest: its ``files`` are filled in here.
            tables: record type and records by table name; an Arrow table of that type's schema serves as well.

        Raises:
            StoreError: the folder cannot be written.
        """
        final = self.folder(manifest.stage, manifest.key)
        draft = final.with_name(f".{final.name}.tmp")
        try:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            files: dict[str, FileNote] = {}
            for name, (kind, records) in tables.items():
                path = draft / f"{name}.parquet"
                rows = write_parquet(_blocks(records, kind), kind, path)
                files[path.name] = _note(path, rows)
            whole = Manifest(**{**_shallow(manifest), "files": files})
            (draft / "manifest.json").write_text(_manifest_text(whole), encoding="utf-8")
            _sync(draft)
            shutil.rmtree(final, ignore_errors=True)
            draft.rename(final)
            _sync_folder(self.stages)
            self._drop_others(manifest.stage, final)
        except OSError as error:
            raise StoreError(
                f"The artefact of {manifest.stage} cannot be written to {final.parent}: {error.strerror or error}.",
                "Free some space or choose another output folder, and run again: nothing finished is lost.",
            ) from error
        return whole

    def earlier(self, stage: str) -> list[Manifest]:
        """Return the manifests of a stage's whole artefacts that lie in the folder, whatever their keys."""
        keys = sorted(folder.name.removeprefix(f"{stage}-") for folder in self.stages.glob(f"{stage}-*"))
        return [manifest for key in keys if (manifest := self.load(stage, key)) is not None]

    def table(self, stage: str, key: str, table: str) -> pa.Table:
        """Read a table of a committed artefact as Arrow.

        Raises:
            StoreError: it cannot be read.
        """
        path = self.folder(stage, key) / f"{table}.parquet"
        try:
            return pq.read_table(path)
        except (OSError, pa.ArrowException) as error:
            raise StoreError(f"The artefact {path} cannot be read: {error}.", "Remove its folder and run again.") from (
                error
            )

    def read(self, stage: str, key: str, table: str, kind: type[T]) -> list[T]:
        """Read a table of a committed artefact.

        Raises:
            StoreError: it cannot be read.
        """
        path = self.folder(stage, key) / f"{table}.parquet"
        try:
            return from_table(pq.read_table(path), kind)
        except (OSError, pa.ArrowException, KeyError) as error:
            raise StoreError(f"The artefact {path} cannot be read: {error}.", "Remove its folder and run again.") from (
                error
            )

    def stream(self, stage: str, key: str, table: str, kind: type[T]) -> Records[T]:
        """Return the records of a committed artefact's table, which are read as they are asked for."""
        return Records([self.folder(stage, key) / f"{table}.parquet"], kind)

    def partial(self, stage: str, key: str) -> Path:
        """Return the folder for finished batches of a stage that is still running; other keys' ones go."""
        wanted = self.stages / f".{stage}-{key}.partial"
        for other in self.stages.glob(f".{stage}-*.partial"):
            if other != wanted:
                shutil.rmtree(other, ignore_errors=True)
        return wanted

    def batches(self, job: str, basis: str) -> Path:
        """Return the folder for finished batches that outlast a run; those made in other ways go.

        Args:
            job: name of the work, without a hyphen.
            basis: hash of all that a batch's result depends on besides its items.
        """
        wanted = self.stages / f".{job}-{basis}.batches"
        for other in self.stages.glob(f".{job}-*.batches"):
            if other != wanted:
                shutil.rmtree(other, ignore_errors=True)
        return wanted

    def _drop_others(self, stage: str, keep: Path) -> None:
        for pattern in (f"{stage}-*", f".{stage}-*.tmp", f".{stage}-*.partial"):
            for other in self.stages.glob(pattern):
                if other != keep:
                    shutil.rmtree(other, ignore_errors=True)


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file under a temporary name and rename it, so that no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    draft.write_bytes(data)
    draft.replace(path)


def _blocks(records: Sequence[Any] | Records[Any] | pa.Table, kind: type[Any]) -> Iterable[pa.Table]:
    if isinstance(records, pa.Table):
        return [records]
    return (records if isinstance(records, Records) else Records([records], kind)).blocks()


def _note(path: Path, rows: int | None) -> FileNote:
    return FileNote(file_sha256(path), path.stat().st_size, rows)


def _matches(path: Path, note: FileNote) -> bool:
    try:
        if path.stat().st_size != note.size:
            return False
        return file_sha256(path) == note.sha256
    except OSError:
        return False


def _read_manifest(path: Path) -> Manifest | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.pop("seal") != _seal(data):
            return None
        files = {name: FileNote(**note) for name, note in data.pop("files").items()}
        pages = {name: FileNote(**note) for name, note in data.pop("pages").items()}
        return Manifest(files=files, pages=pages, **data)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _shallow(manifest: Manifest) -> dict[str, Any]:
    return {name: getattr(manifest, name) for name in manifest.__dataclass_fields__}


def _manifest_text(manifest: Manifest) -> str:
    data = json.loads(json.dumps(manifest.as_dict()))  # as it will be read back: no tuples, keys that are strings
    sealed = {**data, "seal": _seal(data)}
    return json.dumps(sealed, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _seal(data: Mapping[str, Any]) -> str:
    """Hash the content of a manifest: it vouches for all other files, and nothing else vouches for it."""
    return hashlib.sha256(json.dumps(data, ensure_ascii=True, sort_keys=True).encode()).hexdigest()


def _sync(folder: Path) -> None:
    """Force the folder's files to disk before the rename makes them count."""
    for path in sorted(folder.iterdir()):
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """Force the names in a folder to disk, where the system knows how."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
