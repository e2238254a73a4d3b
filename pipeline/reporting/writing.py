"""Write a folder of files: each atomically, none outside it, stale pages removed."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.digests import file_sha256
from pipeline.errors import StoreError
from pipeline.store import FileNote

__all__ = ["Folder"]

_REMEDY = "Check that the outputs folder can be written and that its disk has room, then run the report again."


@dataclass(frozen=True, slots=True)
class Folder:
    """Write files under one folder and remember which, with their hashes.

    Raises:
        StoreError: from every method, when a path would leave the folder or the disk refuses.
    """

    root: Path
    written: dict[str, FileNote] = field(default_factory=dict)
    _inner: set[Path] = field(default_factory=set)

    def text(self, path: str, content: str, *, bom: bool = False) -> None:
        """Write UTF-8 text with its line ends as they are; lone surrogates become ``?``."""
        data = content.encode("utf-8", "replace")
        self.bytes(path, b"\xef\xbb\xbf" + data if bom else data)

    @contextlib.contextmanager
    def writing(self, path: str, *, bom: bool = False) -> Iterator[Callable[[str], object]]:
        """Give a function that appends UTF-8 text to a file, which takes its place when all is written."""
        target, temporary = self._places(path)
        with self._explained(target, temporary):
            target.parent.mkdir(parents=True, exist_ok=True)
            digest, size = hashlib.sha256(), 0

            def append(text: str) -> None:
                nonlocal size
                data = text.encode("utf-8", "replace")
                size += stream.write(data)
                digest.update(data)

            with temporary.open("wb") as stream:
                append("\ufeff" if bom else "")
                yield append
            temporary.replace(target)
        self.written[path] = FileNote(digest.hexdigest(), size)

    def lines(self, path: str, pieces: Iterable[str], *, bom: bool = False) -> None:
        """Write UTF-8 text piece by piece; line ends are those of the pieces."""
        with self.writing(path, bom=bom) as write:
            for piece in pieces:
                write(piece)

    def bytes(self, path: str, data: bytes) -> None:
        """Write bytes."""
        self._fill(path, lambda temporary: temporary.write_bytes(data))
        self.written[path] = FileNote(hashlib.sha256(data).hexdigest(), len(data))

    def write(self, path: str, fill: Callable[[Path], object]) -> None:
        """Let ``fill`` write a temporary file, then rename it into place."""
        target = self._fill(path, fill)
        self.written[path] = FileNote(file_sha256(target), target.stat().st_size)

    def _fill(self, path: str, fill: Callable[[Path], object]) -> Path:
        target, temporary = self._places(path)
        with self._explained(target, temporary):
            target.parent.mkdir(parents=True, exist_ok=True)
            fill(temporary)
            temporary.replace(target)
        return target

    def remove(self, path: str) -> None:
        """Remove a file of ours that an earlier run left."""
        self._inside(path).unlink(missing_ok=True)

    def remove_stale(self, folder: str, endings: tuple[str, ...]) -> None:
        """Remove files of a subfolder that have one of the endings and were not written this time."""
        place = self._inside(f"{folder}/x").parent
        if not place.is_dir():
            return
        fresh = {Path(path).name for path in self.written if Path(path).parent.as_posix() == folder}
        for found in sorted(place.iterdir()):
            ours = found.name.endswith((*endings, *(f"{e}.tmp" for e in endings)))
            if ours and found.name not in fresh and (found.is_file() or found.is_symlink()):
                found.unlink()

    def _inside(self, path: str) -> Path:
        target = self.root / path
        if target.parent not in self._inner or target.name in ("", ".", ".."):
            parent = target.parent.resolve()  # follows a link that would lead out of the folder
            if not parent.is_relative_to(self.root.resolve()) or target.name in ("", ".", ".."):
                remedy = "Remove the link inside that folder."
                raise StoreError(f"{path!r} would be written outside {self.root}.", remedy)
            self._inner.add(target.parent)
        return target

    def _places(self, path: str) -> tuple[Path, Path]:
        target = self._inside(path)
        return target, target.with_name(f".{target.name}.tmp")

    @contextlib.contextmanager
    def _explained(self, target: Path, temporary: Path) -> Iterator[None]:
        """Remove what was begun and say what to do where the disk refuses."""
        try:
            yield
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise StoreError(f"Cannot write {target}: {error.strerror or error}.", _REMEDY) from error
