"""Notice that a file changed while it was in use: results under its old name would be wrong ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ModelCorrupt

__all__ = ["Watched"]

_Mark = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Watched:
    """Hold what the file system said about some files when their content was looked at.

    Inode, size and modification time: what a replacement, an overwrite and a cut change. A signature names the bytes;
    this tells, without reading gigabytes again for each batch, that they are still those.
    """

    marks: Mapping[Path, _Mark | None]

    @classmethod
    def of(cls, paths: Iterable[Path]) -> Watched:
        """Look at files, and at all files directly in folders."""
        files = (file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path]))
        return cls({file: _mark(file) for file in files if not file.is_dir()})

    def check(self) -> None:
        """Compare.

        Raises:
            ModelCorrupt: a file is not what it was.
        """
        for path, mark in self.marks.items():
            if _mark(path) != mark:
                raise ModelCorrupt(
                    f"The model file {path} changed while it was in use.",
                    "What was translated before is kept. Let the file be, check it with 'concord models verify', "
                    "and run again.",
                )


def _mark(path: Path) -> _Mark | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
