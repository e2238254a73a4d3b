"""Know the models: which there are, whether they are on disk, how to fetch them, and whether their bytes are right."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from pipeline.config import concord_home, configs_folder
from pipeline.errors import ConfigError, ModelCorrupt, ModelMissing

__all__ = ["ModelEntry", "Registry", "file_sha256", "load_registry"]

ModelKind = Literal["gguf", "marian", "nllb", "m2m100", "madlad"]
Report = Callable[[str, int, int], None]
"""Called with a label, bytes done and bytes in total while something long goes on."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """Describe one model of the registry.

    ``quality`` maps a pair such as ``"ko-en"`` to metric values; ``pairs`` is ``None`` for any configured pair.
    """

    name: str
    kind: ModelKind
    licence: str
    description: str
    pairs: tuple[str, ...] | None
    default: bool
    file: str | None
    size: int | None
    sha256: str | None
    sources: tuple[Mapping[str, Any], ...]
    quality: Mapping[str, Mapping[str, float]]
    evidence: str

    def translates(self, pair: str) -> bool:
        """Tell whether the model does this pair."""
        return self.pairs is None or pair in self.pairs

    def bleu(self, pair: str) -> float:
        """Return the published BLEU of a pair, 0 where unknown: it only orders the choice of ``engine: auto``."""
        return float(self.quality.get(pair, {}).get("bleu", 0.0))


@dataclass(frozen=True, slots=True)
class Registry:
    """Hold all known models and the folder in which they lie."""

    entries: tuple[ModelEntry, ...]
    folder: Path

    def get(self, name: str) -> ModelEntry:
        """Return the entry of that name.

        Raises:
            ModelMissing: there is none.
        """
        for entry in self.entries:
            if entry.name == name:
                return entry
        names = ", ".join(entry.name for entry in self.entries)
        raise ModelMissing(f"No model is called {name!r}.", f"Known models: {names}. A local path works as well.")

    @property
    def default(self) -> ModelEntry:
        """Return the embedded default model."""
        for entry in self.entries:
            if entry.default:
                return entry
        raise ConfigError("The model registry names no default model.", "Mark one entry with 'default: true'.")

    def path(self, entry: ModelEntry) -> Path:
        """Return where the model lies, or would lie: a file for GGUF, a folder for a checkpoint."""
        base = self.folder / entry.name
        return base / entry.file if entry.file else base

    def on_disk(self, entry: ModelEntry) -> bool:
        """Tell cheaply whether the model is there (by size; ``verify`` compares the bytes)."""
        path = self.path(entry)
        if entry.file is None:
            return (path / "config.json").is_file()
        return path.is_file() and (entry.size is None or path.stat().st_size == entry.size)

    def sound(self, entry: ModelEntry, report: Report | None = None) -> bool:
        """Tell whether the bytes are right, hashing only what has changed since they last were.

        A note beside the file holds size and modification time of the last successful comparison. Loading a model
        always compares every byte (``verify``); this is for the many times when nothing is loaded.
        """
        path = self.path(entry)
        if entry.file is None or not self.on_disk(entry):
            return self.on_disk(entry)
        note, stat = path.with_name(path.name + ".verified"), path.stat()
        mark = f"{entry.sha256} {stat.st_size} {stat.st_mtime_ns}"
        if note.exists() and note.read_text() == mark:
            return True
        try:
            self.verify(entry, report)
        except (ModelMissing, ModelCorrupt):
            return False
        note.write_text(mark)
        return True

    def best(self, pair: str, kinds: tuple[ModelKind, ...] | None = None) -> ModelEntry | None:
        """Return the model on disk with the highest published BLEU for a pair; ties go to the first named."""
        fitting = [e for e in self.entries if e.translates(pair) and (kinds is None or e.kind in kinds)]
        present = [e for e in fitting if self.on_disk(e)]
        return max(present, key=lambda e: e.bleu(pair), default=None)

    def verify(self, entry: ModelEntry, report: Report | None = None) -> None:
        """Compare the model's bytes with the registry; of a checkpoint folder, read what a load would read.

        Raises:
            ModelMissing: the model is not on disk.
            ModelCorrupt: size or SHA-256 differ, or a checkpoint's weights are cut off.
        """
        path = self.path(entry)
        fetch = f"Run: concord models fetch {entry.name}"
        if not path.exists():
            raise ModelMissing(f"The model {entry.name} is not on disk ({path}).", fetch)
        if entry.file is None:
            from pipeline.engines.checkpoint import open_checkpoint

            open_checkpoint(path, pairs=entry.pairs)
        if entry.file is None or entry.sha256 is None:
            return
        size = path.stat().st_size
        if entry.size is not None and size != entry.size:
            raise ModelCorrupt(f"The model file {path} has {size:,} bytes instead of {entry.size:,}.", fetch)
        found = file_sha256(path, report, entry.name)
        if found != entry.sha256:
            raise ModelCorrupt(f"The model file {path} is damaged: its SHA-256 is {found}, not {entry.sha256}.", fetch)


def load_registry(path: str | None = None, home: Path | None = None) -> Registry:
    """Read the model registry.

    Args:
        path: YAML file; ``None`` takes ``configs/models.yaml`` of this installation.
        home: Concord's cache folder; ``None`` takes ``CONCORD_HOME`` or the user's.

    Raises:
        ConfigError: the file is missing or an entry lacks a key.
    """
    file = Path(path) if path else configs_folder() / "models.yaml"
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        entries = tuple(_entry(name, value) for name, value in data.items())
    except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise ConfigError(
            f"The model registry {file} is not usable: {error!r}.", "Compare it with docs/models.md."
        ) from (error)
    return Registry(entries, (home or concord_home()) / "models")


def _entry(name: str, data: Mapping[str, Any]) -> ModelEntry:
    pairs = data["pairs"]
    return ModelEntry(
        name=name,
        kind=data["kind"],
        licence=data["licence"],
        description=data.get("description", ""),
        pairs=None if pairs == "*" else tuple(pairs),
        default=bool(data.get("default", False)),
        file=data.get("file"),
        size=data.get("size"),
        sha256=data.get("sha256"),
        sources=tuple(data.get("sources", ())),
        quality=data.get("quality", {}),
        evidence=data.get("evidence", ""),
    )


def file_sha256(path: Path, report: Report | None = None, label: str = "") -> str:
    """Hash a file without holding it in memory."""
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as stream:
        while block := stream.read(1 << 22):
            digest.update(block)
            done += len(block)
            if report:
                report(f"verify {label or path.name}", done, total)
    return digest.hexdigest()
