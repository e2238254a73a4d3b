"""Write a folder of files: each atomically, none outside it, stale pages removed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import StoreError

__all__ = ["Folder"]

_REMEDY = "Check that the outputs folder can be written and that its disk has room, then run the report again."


@dataclass(frozen=True, slots=True)
class Folder:
    """Write files under one folder and remember which.

    Raises:
        StoreError: from every method, when a path would leave the folder or the disk refuses.
    """

    root: Path
    written: list[str] = field(default_factory=list)

    def text(self, path: str, content: str, *, bom: bool = False) -> None:
        """Write UTF-8 text with its line ends as they are; lone surrogates become ``?``."""
        data = content.encode("utf-8", "replace")
        self.bytes(path, b"\xef\xbb\xbf" + data if bom else data)

    def bytes(self, path: str, data: bytes) -> None:
        """Write bytes."""
        self.write(path, lambda temporary: temporary.write_bytes(data))

    def write(self, path: str, fill: Callable[[Path], object]) -> None:
        """Let ``fill`` write a temporary file, then rename it into place."""
        target = self._inside(path)
        temporary = target.with_name(f".{target.name}.tmp")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            fill(temporary)
            temporary.replace(target)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise StoreError(f"Cannot write {target}: {error.strerror or error}.", _REMEDY) from error
        self.written.append(path)

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
        parent = target.parent.resolve()  # follows a link that would lead out of the folder
        if not parent.is_relative_to(self.root.resolve()) or target.name in ("", ".", ".."):
            raise StoreError(f"{path!r} would be written outside {self.root}.", "Remove the link inside that folder.")
        return target
