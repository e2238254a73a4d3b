"""Hash parts of this package's own source: what a result depends on besides its input and settings."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

__all__ = ["code_digest"]


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
