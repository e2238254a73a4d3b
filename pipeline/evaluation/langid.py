"""Measure language identification."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.evaluation.data import read_lines

__all__ = ["evaluate_langid"]


def evaluate_langid(folder: Path, languages: Sequence[str], words: int | None = None) -> dict[str, Any]:
    """Identify the language of every line of ``<language>.txt``, the choice restricted to ``languages``.

    Args:
        folder: holds one file per language; languages without a file are not measured.
        languages: ISO 639-1 codes to choose among.
        words: use only the first so many words of each line.

    Returns:
        ``{"accuracy", "by_language", "n", "signature"}``; accuracy is over all lines.

    Raises:
        InputError: the folder holds no file for any of the languages.
    """
    from pipeline.engines.language import FastTextIdentifier

    identifier = FastTextIdentifier(languages)
    right: dict[str, int] = {}
    total: dict[str, int] = {}
    for language in languages:
        path = folder / f"{language}.txt"
        if not path.is_file():
            continue
        lines = [" ".join(line.split()[:words]) for line in read_lines(path) if line.strip()]
        right[language] = sum(guess.language == language for guess in identifier.identify(lines))
        total[language] = len(lines)
    if not sum(total.values()):
        wanted = ", ".join(f"{language}.txt" for language in languages)
        raise InputError(f"The folder {folder} holds none of {wanted}.", "Name a folder of line-aligned text files.")
    return {
        "accuracy": sum(right.values()) / sum(total.values()),
        "by_language": {language: right[language] / n for language, n in total.items() if n},
        "n": sum(total.values()),
        "signature": identifier.signature + (f"|words:{words}" if words else "|sentences"),
    }
