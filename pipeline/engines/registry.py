"""Know the models: which there are, whether they are on disk, how to fetch them, and whether their bytes are right."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from pipeline.config import concord_home, configs_folder
from pipeline.digests import file_sha256
from pipeline.errors import ConfigError, LicenceNotAccepted, ModelCorrupt, ModelMissing, ModelUnsupported

__all__ = ["ModelEntry", "Registry", "file_sha256", "load_registry"]

ModelKind = Literal["gguf", "marian", "nllb", "m2m100", "madlad"]
Report = Callable[[str, int, int], None]
"""Called with a label, bytes done and bytes in total while something long goes on."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """Describe one model of the registry.

    ``quality`` maps a pair such as ``"ko-en"`` to metric values; ``pairs`` is ``None`` for any configured pair.
    ``restriction`` says, where the licence restricts use, how: such a model is neither fetched nor loaded before
    somebody has accepted its ``terms``. ``prompt`` holds the chat template of an instruction model: ``prefix``,
    ``suffix`` and ``stop``; its prefix may name ``{source}``, ``{target}``, ``{source_code}`` and ``{target_code}``.
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
    restriction: str | None = None
    terms: str | None = None
    prompt: Mapping[str, Any] | None = None

    @property
    def revision(self) -> str | None:
        """Return the commit at which the first source is pinned."""
        named = self.sources[0].get("revision") if self.sources else None
        return str(named) if named else None

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

        A note beside the model holds sizes and modification times of the last successful comparison. Loading a model
        always compares every byte (``verify``); this is for the many times when nothing is loaded.
        """
        path = self.path(entry)
        if not self.on_disk(entry):
            return False
        note, mark = path.with_name(path.name + ".verified"), _mark(path, entry)
        if note.exists() and note.read_text() == mark:
            return True
        try:
            self.verify(entry, report)
        except (ModelMissing, ModelCorrupt, ModelUnsupported):
            return False
        note.write_text(mark)
        return True

    def best(self, pair: str, kinds: tuple[ModelKind, ...] | None = None) -> ModelEntry | None:
        """Return the model on disk with the highest published BLEU for a pair; ties go to the first named.

        A model whose terms have not been accepted does not count.
        """
        present = [e for e in self.present(pair, kinds) if self.accepted(e)]
        return max(present, key=lambda e: e.bleu(pair), default=None)

    def present(self, pair: str, kinds: tuple[ModelKind, ...] | None = None) -> list[ModelEntry]:
        """Return the models on disk that do a pair."""
        fitting = [e for e in self.entries if e.translates(pair) and (kinds is None or e.kind in kinds)]
        return [e for e in fitting if self.on_disk(e)]

    def accepted(self, entry: ModelEntry) -> bool:
        """Tell whether the model may be used: its terms restrict nothing, or were accepted as they are now."""
        if entry.restriction is None:
            return True
        try:
            record = json.loads(self._licence_path(entry).read_text(encoding="utf-8"))
            return bool(record["licence"] == entry.licence and record["restriction"] == entry.restriction)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def accept(self, entry: ModelEntry) -> None:
        """Record beside the model that a person has accepted its terms."""
        if entry.restriction is None:
            return
        record = {
            "model": entry.name,
            "licence": entry.licence,
            "restriction": entry.restriction,
            "terms": entry.terms,
            "accepted": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        self._licence_path(entry).write_text(text, encoding="utf-8")

    def require_licence(self, entry: ModelEntry) -> None:
        """Refuse a model whose terms restrict its use and were not accepted.

        Raises:
            LicenceNotAccepted: the message says what the terms are and how to accept them.
        """
        if not self.accepted(entry):
            raise LicenceNotAccepted(
                f"The model {entry.name} comes under {entry.licence}: {entry.restriction} "
                f"Its terms: {entry.terms or 'see its model card'}.",
                f"If you accept them, run: concord models fetch {entry.name} --accept-license {entry.name}",
            )

    def _licence_path(self, entry: ModelEntry) -> Path:
        return self.folder / f"{entry.name}.licence.json"

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
            self._verify_checkpoint(entry, path, fetch)
        if entry.file is None or entry.sha256 is None:
            return
        size = path.stat().st_size
        if entry.size is not None and size != entry.size:
            raise ModelCorrupt(f"The model file {path} has {size:,} bytes instead of {entry.size:,}.", fetch)
        found = file_sha256(path, report, entry.name)
        if found != entry.sha256:
            raise ModelCorrupt(f"The model file {path} is damaged: its SHA-256 is {found}, not {entry.sha256}.", fetch)

    def _verify_checkpoint(self, entry: ModelEntry, path: Path, fetch: str) -> None:
        from pipeline.engines.checkpoint import open_checkpoint
        from pipeline.engines.hub import read_marker

        note = read_marker(path)
        came_at = note.get("revision")
        if entry.revision and came_at and came_at != entry.revision:
            raise ModelCorrupt(f"{path} was fetched at {came_at}, but the registry pins {entry.revision}.", fetch)
        for name, expected in note.get("files", {}).items():
            file = path / name
            if not file.is_file() or file_sha256(file) != expected:
                raise ModelCorrupt(f"{file} is missing, or not the file that was fetched.", fetch)
        open_checkpoint(path, pairs=entry.pairs)


def _mark(path: Path, entry: ModelEntry) -> str:
    """Name the state of a model's files as the file system shows it."""
    if entry.file is not None:
        stat = path.stat()
        return f"{entry.sha256} {stat.st_size} {stat.st_mtime_ns}"
    files = sorted(file for file in path.iterdir() if file.is_file())
    states = [f"{file.name} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files]
    return "\n".join([str(entry.revision), *states])


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
    except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ConfigError(
            f"The model registry {file} is not usable: {error!r}.", "Compare it with docs/models.md."
        ) from (error)
    return Registry(entries, (home or concord_home()) / "models")


_KEYS = {field.name for field in dataclasses.fields(ModelEntry)} - {"name"}


def _entry(name: str, data: Mapping[str, Any]) -> ModelEntry:
    if unknown := sorted(set(data) - _KEYS):
        raise KeyError(f"{name}: unknown key {unknown[0]!r}; known are {', '.join(sorted(_KEYS))}")
    pairs, prompt = data["pairs"], data.get("prompt")
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
        restriction=data.get("restriction"),
        terms=data.get("terms"),
        prompt=None if prompt is None else {**prompt, "stop": tuple(prompt["stop"])},
    )
