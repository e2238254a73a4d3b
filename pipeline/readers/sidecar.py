"""Read what stands beside the files about them: ``sources.jsonl`` and ``meta.jsonl``."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pipeline.cleaning.dates import iso_date
from pipeline.readers.inventory import Inventory
from pipeline.records import Reason, Rejection

__all__ = ["Metadata", "read_sidecars"]

STAGE = "ingest"
SOURCES, META = "sources.jsonl", "meta.jsonl"
_ALIASES = {"lang": "language", "date": "published"}


@dataclass(frozen=True, slots=True)
class Metadata:
    """Hold what is known about a file from elsewhere; ``None`` is unknown."""

    title: str | None = None
    source: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None


_FIELDS = tuple(field.name for field in fields(Metadata))


def read_sidecars(inventory: Inventory) -> tuple[dict[str, Metadata], tuple[Rejection, ...]]:
    """Read the sidecars of an input.

    ``sources.jsonl`` names files by ``file``, relative to its own folder; ``meta.jsonl`` names them by ``id``, the
    file name without suffix. Where both speak, the former wins, field by field.

    Returns:
        Metadata by path, and a rejection (unit ``line``) for each line that is broken or names no file of the input.
    """
    found: dict[str, Metadata] = {}
    faults: list[Rejection] = []
    # "meta.jsonl" sorts before "sources.jsonl", so that the latter is laid over it.
    for name, data in sorted(inventory.sidecars.items(), key=lambda item: (posixpath.basename(item[0]), item[0])):
        for number, values in _lines(name, data, faults):
            paths = _paths(inventory, name, number, values, faults)
            metadata = _metadata(name, number, values, faults)
            for path in paths:
                found[path] = _laid_over(metadata, found.get(path, Metadata()))
    return found, tuple(faults)


def _laid_over(upper: Metadata, lower: Metadata) -> Metadata:
    return Metadata(**{name: getattr(upper, name) or getattr(lower, name) for name in _FIELDS})


def _lines(name: str, data: bytes, faults: list[Rejection]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line.decode("utf-8"))
        except (ValueError, RecursionError):
            faults.append(_fault(name, number, "not a JSON object in UTF-8"))
            continue
        if isinstance(values, dict):
            yield number, values
        else:
            faults.append(_fault(name, number, "not a JSON object"))


def _paths(
    inventory: Inventory, name: str, number: int, values: Mapping[str, Any], faults: list[Rejection]
) -> list[str]:
    """Find the files that a line speaks of."""
    is_meta = posixpath.basename(name) == META
    key = "id" if is_meta else "file"
    value = values.get(key)
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        faults.append(_fault(name, number, f"no `{key}` that names a file"))
        return []
    paths = _by_stem(inventory, name, str(value)) if is_meta else _by_path(inventory, name, str(value))
    if len(paths) > 1:
        faults.append(_fault(name, number, f"`{key}` {value} could be any of {', '.join(paths[:5])}"))
        return []
    # Beside a single file, or in the folder above, a sidecar may well speak of files that are not part of this input.
    if not paths and inventory.root.is_dir() and not name.startswith("../"):
        faults.append(_fault(name, number, f"there is no file {value} in the input"))
    return paths


def _by_path(inventory: Inventory, name: str, value: str) -> list[str]:
    path = posixpath.normpath(posixpath.join(posixpath.dirname(name), value.replace("\\", "/")))
    return [entry.path for entry in inventory.files if entry.path == path]


def _by_stem(inventory: Inventory, name: str, value: str) -> list[str]:
    folder = posixpath.dirname(name)
    below = [e for e in inventory.files if folder in ("", "..") or e.path.startswith(folder + "/")]
    return [e.path for e in below if posixpath.basename(e.path).rsplit(".", 1)[0] == value]


def _metadata(name: str, number: int, values: Mapping[str, Any], faults: list[Rejection]) -> Metadata:
    known: dict[str, str | None] = {}
    for key, value in values.items():
        field = _ALIASES.get(key, key)
        if field in ("file", "id", "comment", "note"):
            continue
        if field not in _FIELDS:
            if posixpath.basename(name) == SOURCES:
                faults.append(_fault(name, number, f"unknown key `{key}`; known are file, {', '.join(_FIELDS)}"))
            continue
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        text = iso_date(value) if field == "published" else value.strip() if isinstance(value, str) else None
        if text is None:
            wanted = "a date such as 2024-05-10" if field == "published" else "a string or null"
            faults.append(_fault(name, number, f"`{key}` must be {wanted}"))
            continue
        known[field] = text
    return Metadata(**known)


def _fault(name: str, number: int, detail: str) -> Rejection:
    return Rejection(item_id=f"{name}:{number}", stage=STAGE, unit="line", reason=Reason.BAD_RECORD, detail=detail)
