"""Read line-aligned test data."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import ConfigError, InputError
from pipeline.facts.lexicon import LANGUAGES

__all__ = ["language_pair", "read_lines", "read_pair"]

PAIRS = tuple(f"{a}-{b}" for a in LANGUAGES for b in LANGUAGES if a != b)


def read_lines(path: Path) -> list[str]:
    """Read a line-aligned text file.

    Raises:
        InputError: it cannot be read as UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8").split("\n")[:-1]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The test data {path} cannot be read: {error}.", "Name a folder of line-aligned text files in UTF-8."
        ) from error


def read_pair(folder: Path, source: str, target: str, limit: int | None = None) -> tuple[list[str], list[str]]:
    """Read line-aligned texts of a pair, at most ``limit`` lines.

    Raises:
        InputError: a file is missing, or the two have different numbers of lines.
    """
    texts, references = (read_lines(folder / f"{language}.txt") for language in (source, target))
    if len(texts) != len(references):
        raise InputError(
            f"{folder} is not line-aligned: {source}.txt has {len(texts)} lines, {target}.txt {len(references)}.",
            "Give both files one sentence per line, in the same order.",
        )
    return texts[:limit], references[:limit]


def language_pair(pair: str) -> tuple[str, str]:
    """Part ``ko-en`` into its languages.

    Raises:
        ConfigError: it is no pair of two of the languages that facts are read in.
    """
    if pair not in PAIRS:
        raise ConfigError(f"{pair!r} is no language pair that facts are read in.", f"Choose one of {', '.join(PAIRS)}.")
    source, target = pair.split("-")
    return source, target
