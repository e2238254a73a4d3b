"""Read line-aligned test data."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import InputError

__all__ = ["read_lines"]


def read_lines(path: Path) -> list[str]:
    """Read a line-aligned text file.

    Raises:
        InputError: it cannot be read as UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8").split("\n")[:-1]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The test data {path} cannot be read: {error}.", "See README.md, section Evaluation."
        ) from error
