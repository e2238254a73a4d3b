"""Save what can still be read from a damaged translation memory: what people said is nowhere else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

__all__ = ["rescue", "set_aside"]

_COLUMNS = "source, pair, engine, glossary, target, score, tokens, finish, origin, notes, created"
_KEY = ("source", "pair", "engine", "glossary")
_ORIGINS = ("engine", "import", "review")
_FINISHES = ("stop", "length")


def set_aside(path: Path) -> Path:
    """Rename a database and its log to ``NAME.damaged`` (``NAME.damaged2`` ...), so that nothing is overwritten.

    Returns:
        Its new place.

    Raises:
        OSError: it cannot be renamed.
    """
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged{number if number > 1 else ''}")).exists():
        number += 1
    path.replace(aside)
    log = path.with_name(path.name + "-wal")
    if log.exists():
        log.replace(aside.with_name(aside.name + "-wal"))  # SQLite finds it by this name
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    return aside


def rescue(damaged: Path, into: sqlite3.Connection) -> tuple[int, int]:
    """Copy the sound rows of a damaged memory into a new one.

    The table is read from its beginning up to the damage, then from its end back to it. A row counts if it has the
    form of one; that a single letter changed inside a text cannot be told.

    Args:
        damaged: the database; it is only read.
        into: connection to a memory of the present format.

    Returns:
        How many rows were saved, and how many of them are of people or imports.
    """
    rows: dict[tuple[str, ...], tuple[Any, ...]] = {}
    for backwards in (False, True):
        for row in _readable(damaged, backwards):
            rows.setdefault(row[: len(_KEY)], row)
    with into:
        into.executemany("INSERT OR IGNORE INTO entries VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows.values())
    return len(rows), sum(row[8] != "engine" for row in rows.values())


def _readable(damaged: Path, backwards: bool) -> Iterator[tuple[Any, ...]]:
    order = ", ".join(f"{name} {'DESC' if backwards else 'ASC'}" for name in _KEY)
    try:
        with closing(sqlite3.connect(f"{damaged.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("PRAGMA writable_schema=ON")  # else SQLite refuses a file that was cut as a whole
            for row in connection.execute(f"SELECT {_COLUMNS} FROM entries ORDER BY {order}"):
                if _is_sound(row):
                    yield row
    except sqlite3.Error:
        return


def _is_sound(row: tuple[Any, ...]) -> bool:
    source, pair, engine, glossary, target, score, tokens, finish, origin, notes, created = row
    texts = all(isinstance(value, str) for value in (source, pair, engine, glossary, target))
    numbers = isinstance(score, (float, type(None))) and isinstance(tokens, (int, type(None)))
    rest = all(isinstance(value, (str, type(None))) for value in (notes, created))
    return texts and numbers and rest and finish in _FINISHES and origin in _ORIGINS and pair.count("-") == 1
