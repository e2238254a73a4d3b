"""List the input and take its fingerprint: what is there, how large, and one digest that changes when anything does."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Literal

from pipeline.errors import InputError
from pipeline.readers import hub

__all__ = ["FileEntry", "Format", "Inventory", "take_inventory"]

Format = Literal["text", "html", "jsonl", "json", "csv", "parquet", "dataset", "hub", "unknown"]
CACHE_BYTES = 64 * 1024 * 1024
CACHE_FILE_BYTES = 4 * 1024 * 1024
BLOCK_BYTES = 1024 * 1024
SIDECARS = ("sources.jsonl", "meta.jsonl")
_FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        ".txt": "text",
        ".text": "text",
        ".md": "text",
        ".html": "html",
        ".htm": "html",
        ".xhtml": "html",
        ".jsonl": "jsonl",
        ".ndjson": "jsonl",
        ".json": "json",
        ".csv": "csv",
        ".tsv": "csv",
        ".parquet": "parquet",
    }
)
_COMPRESSIBLE = ("jsonl", "csv")
_DATASET_FILES = ("dataset_info.json", "state.json")
_NO_ARTICLES = ("readme", "license", "licence", "copying", "changelog", "contributing", "notice", "authors", "citation")
_NO_ARTICLE_FILES = frozenset({"dataset_dict.json", "dataset_infos.json", "docids.txt", "thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class FileEntry:
    """Hold one thing to read: a file, a folder saved by ``datasets``, or a data set on the hub.

    ``path`` is relative to the root, with ``/``. Either ``sha256`` is set or ``error`` says why it cannot be read;
    files of unknown format are not read and have neither. ``state`` is what the file system said when the hash of a
    file that is read again later was taken; it enters no key.
    """

    path: str
    size: int
    sha256: str | None
    error: str | None
    format: Format
    state: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """Hold what an input consists of.

    ``digest`` covers paths, contents and sidecars, not where the input lies. ``sidecars`` maps the path of each
    sidecar, relative to the root (``../meta.jsonl`` beside it), to its bytes.
    """

    root: Path
    files: tuple[FileEntry, ...]
    digest: str
    sidecars: Mapping[str, bytes] = field(repr=False)
    cache: Mapping[str, bytes] = field(repr=False)

    def locate(self, entry: FileEntry) -> Path:
        """Return where an entry lies on disk."""
        return self.root if self.root.is_file() else self.root / entry.path

    def open(self, entry: FileEntry) -> BinaryIO:
        """Open an entry for reading; small files come from memory."""
        cached = self.cache.get(entry.path)
        return io.BytesIO(cached) if cached is not None else self.locate(entry).open("rb")

    def read(self, entry: FileEntry) -> bytes:
        """Return the bytes of an entry, the same that its digest was taken of.

        Raises:
            InputError: the file has changed or gone since the inventory was taken.
        """
        cached = self.cache.get(entry.path)
        if cached is not None:
            return cached
        try:
            data = self.locate(entry).read_bytes()
        except OSError as error:
            raise _changed(entry) from error
        if hashlib.sha256(data).hexdigest() != entry.sha256:
            raise _changed(entry)
        return data

    def confirm(self, entry: FileEntry) -> None:
        """Make sure that what was streamed from an entry is what its digest was taken of.

        Raises:
            InputError: the file has changed or gone since the inventory was taken.
        """
        try:
            now = _state(self.locate(entry)) if entry.state else ()
        except OSError as error:
            raise _changed(entry) from error
        if now != entry.state:
            raise _changed(entry)


def take_inventory(root: Path | str) -> Inventory:
    """List the articles under a folder, of one file, or of a data set on the hub.

    Hidden files, sidecars and notes such as README are left out; links that lead out of the folder are not followed.
    Each file is read once, for its SHA-256; the bytes of small ones are kept, up to ``CACHE_BYTES`` in all.

    Args:
        root: a folder (searched with its subfolders), a file, or ``hf://owner/name[@revision][:split]``.

    Returns:
        The inventory, sorted by path.

    Raises:
        InputError: there is no such input, or no file in it that could hold an article.
    """
    if hub.is_address(str(root)):
        return _of_hub(hub.parse_address(str(root)))
    base = Path(root)
    if not os.path.lexists(base):
        raise InputError(f"The input {root} does not exist.", "Name a file or a folder that does, or set `input`.")
    entries = list(_single(base) if not base.is_dir() else _walk(base.resolve()))
    if not any(entry.format != "unknown" for entry in entries):
        raise InputError(
            f"The input {root} holds no articles.",
            f"Put files there of one of these kinds: {', '.join(sorted(_FORMATS))}, or name another input.",
        )
    resolved = base if not base.is_dir() else base.resolve()
    files, cache = _hashed(resolved, sorted(entries, key=lambda entry: entry.path))
    sidecars = _read_sidecars(resolved)
    return Inventory(resolved, files, _digest(files, sidecars), MappingProxyType(sidecars), MappingProxyType(cache))


def _of_hub(address: hub.Address) -> Inventory:
    entry = FileEntry(str(address), 0, hub.fingerprint(address), None, "hub")
    return Inventory(Path(), (entry,), _digest((entry,), {}), MappingProxyType({}), MappingProxyType({}))


def _single(path: Path) -> Iterator[FileEntry]:
    yield _entry(path, path.name)


def _walk(root: Path) -> Iterator[FileEntry]:
    """Yield the entries of a folder, not yet hashed."""
    if _is_dataset(root):
        yield _dataset_entry(root, ".")
        return
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            children = sorted(folder.iterdir())
        except OSError as error:
            yield _failed(_relative(folder, root), _words(error))
            continue
        for child in children:
            name = _relative(child, root)
            if child.name.startswith(".") or _is_no_article(child.name):
                continue
            if child.is_symlink() and not _leads_inside(child, root):
                yield _failed(name, "a symbolic link that is broken or leads out of the input folder")
            elif not child.is_dir():
                yield _entry(child, name)
            elif child.is_symlink():
                continue  # what it leads to is listed under its own name
            elif _is_dataset(child):
                yield _dataset_entry(child, name)
            else:
                pending.append(child)


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _leads_inside(link: Path, root: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return False


def _is_dataset(folder: Path) -> bool:
    return all(os.path.lexists(folder / name) for name in _DATASET_FILES)


def _is_no_article(name: str) -> bool:
    lower = name.lower()
    stem = lower.split(".", 1)[0]
    return lower in SIDECARS or lower in _NO_ARTICLE_FILES or stem in _NO_ARTICLES or lower.endswith("~")


def _entry(path: Path, name: str) -> FileEntry:
    try:
        status = path.stat()
    except OSError as error:
        return _failed(name, _words(error))
    if not stat.S_ISREG(status.st_mode):
        return _failed(name, "not a regular file")
    return FileEntry(name, status.st_size, None, None, _format_of(name))


def _dataset_entry(folder: Path, name: str) -> FileEntry:
    return FileEntry(name, sum(path.stat().st_size for path in folder.iterdir()), None, None, "dataset")


def _failed(name: str, error: str) -> FileEntry:
    known = _format_of(name)
    return FileEntry(name, 0, None, error, "text" if known == "unknown" else known)


def _format_of(name: str) -> Format:
    suffixes = Path(name.lower()).suffixes
    if suffixes and suffixes[-1] == ".gz":
        inner = _FORMATS.get(suffixes[-2], "unknown") if len(suffixes) > 1 else "unknown"
        return inner if inner in _COMPRESSIBLE else "unknown"
    return _FORMATS.get(suffixes[-1], "unknown") if suffixes else "unknown"


def _hashed(root: Path, entries: Iterable[FileEntry]) -> tuple[tuple[FileEntry, ...], dict[str, bytes]]:
    """Add the hashes to entries; small files are kept in memory while there is room."""
    cache: dict[str, bytes] = {}
    hashed: list[FileEntry] = []
    room = CACHE_BYTES
    for entry in entries:
        path = root if root.is_file() else root / entry.path
        if entry.error is not None or entry.format == "unknown":
            hashed.append(entry)
            continue
        state: tuple[tuple[int, int, int], ...] = ()
        try:
            if entry.format != "dataset" and entry.size <= min(CACHE_FILE_BYTES, room):
                cache[entry.path] = path.read_bytes()
                room -= len(cache[entry.path])
                sha256 = hashlib.sha256(cache[entry.path]).hexdigest()
            else:
                state = _state(path)
                sha256 = _hash_folder(path) if entry.format == "dataset" else _hash_file(path)
            hashed.append(replace(entry, sha256=sha256, state=state))
        except OSError as error:
            hashed.append(replace(entry, error=_words(error)))
    return tuple(hashed), cache


def _state(path: Path) -> tuple[tuple[int, int, int], ...]:
    files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
    return tuple((s.st_ino, s.st_size, s.st_mtime_ns) for s in (file.stat() for file in files))


def _hash_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _hash_folder(folder: Path) -> str:
    lines = [f"{path.name} {_hash_file(path)}" for path in sorted(folder.iterdir()) if path.is_file()]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _read_sidecars(root: Path) -> dict[str, bytes]:
    """Read ``sources.jsonl`` and ``meta.jsonl`` beside the files, and ``meta.jsonl`` beside the folder."""
    folder = root if root.is_dir() else root.parent
    found: dict[str, bytes] = {}
    beside = sorted(path for name in SIDECARS for path in (folder.rglob(name) if root.is_dir() else [folder / name]))
    for path, name in [
        *((path, _relative(path, folder)) for path in beside),
        (folder.parent / "meta.jsonl", "../meta.jsonl"),
    ]:
        try:
            if path.is_file() and (not path.is_symlink() or _leads_inside(path, folder)):
                found[name] = path.read_bytes()
        except OSError:
            found[name] = b"\xff"  # reported as a bad line when it is read
    return found


def _digest(files: Iterable[FileEntry], sidecars: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256(b"inventory 1\n")
    for entry in files:
        digest.update(
            f"{entry.path}\0{entry.format}\0{entry.sha256 or entry.error}\n".encode("utf-8", "surrogateescape")
        )
    for name, data in sorted(sidecars.items()):
        digest.update(f"{name}\0sidecar\0{hashlib.sha256(data).hexdigest()}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _words(error: OSError) -> str:
    """Name an error without the path in it, which differs between machines."""
    return (error.strerror or type(error).__name__).lower()


def _changed(entry: FileEntry) -> InputError:
    return InputError(f"The file {entry.path} was changed while it was being read.", "Start again when it is at rest.")
