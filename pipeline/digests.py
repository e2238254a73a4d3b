"""Hash files, and parts of this package's own source: what a result depends on besides its input and settings."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

__all__ = ["code_digest", "file_sha256"]


@cache
def code_digest(names: tuple[str, ...]) -> str:
    """Hash the source of files and folders below ``pipeline/``, tables and templates included, and the records."""
    root = Path(__file__).resolve().parent
    digest = hashlib.sha256()
    for name in ("records", *names):
        found = [root / name] if name.endswith(".py") else sorted((root / name).rglob("*"))
        for path in found:
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(root)} {path.stat().st_size}\n".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def file_sha256(path: Path, report: Callable[[str, int, int], None] | None = None, label: str = "") -> str:
    """Hash a file without holding it in memory.

    Args:
        path: the file.
        report: called with a label, the bytes done and their total.
        label: what people call the file; its name by default.
    """
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as stream:
        while block := stream.read(1 << 22):
            digest.update(block)
            done += len(block)
            if report:
                report(f"verify {label or path.name}", done, total)
    return digest.hexdigest()
