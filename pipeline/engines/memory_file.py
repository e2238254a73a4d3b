"""The SQLite file of a translation memory: opened, checked, brought up to date, put aside when it is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.engines.memory_rescue import rescue, set_aside
from pipeline.errors import StoreError

__all__ = ["MemoryFile", "storable"]

_VERSION = 2
"""Stored as ``PRAGMA user_version``. 0 had no ``notes``, no ``created`` and no index of overrides, 1 no judgements."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    source TEXT NOT NULL,
    pair TEXT NOT NULL,
    engine TEXT NOT NULL,
    glossary TEXT NOT NULL,
    target TEXT NOT NULL,
    score REAL,
    tokens INTEGER,
    finish TEXT NOT NULL,
    origin TEXT NOT NULL,
    notes TEXT,
    created TEXT,
    PRIMARY KEY (source, pair, engine, glossary)
) WITHOUT ROWID
"""
_INDEX = "CREATE INDEX IF NOT EXISTS overrides ON entries (pair, source) WHERE origin != 'engine'"
_JUDGEMENTS = """
CREATE TABLE IF NOT EXISTS judgements (
    judge TEXT NOT NULL,
    key TEXT NOT NULL,
    judgement TEXT NOT NULL,
    PRIMARY KEY (judge, key)
) WITHOUT ROWID
"""
_WAIT_SECONDS = 30.0  # another run on a shared memory commits a batch in far less


class MemoryFile:
    """Hold the connection to the database.

    Args:
        path: database file; made with its folder if it does not exist. A file that is not a sound database is put
            aside as ``NAME.damaged``, what can be read of it is taken over, and the run goes on (``self.repaired``; in
            words, ``self.news``).
        must_exist: make nothing and put nothing aside; a missing or damaged file is an error.
        read_only: change nothing, not even the format of an older file; implies ``must_exist``.
        wait_seconds: how long to wait for another process that is writing.

    Raises:
        StoreError: the file cannot be read or written, is locked, is no memory, or comes from a newer version.
    """

    def __init__(
        self, path: Path, *, must_exist: bool = False, read_only: bool = False, wait_seconds: float = _WAIT_SECONDS
    ) -> None:
        self.path = path
        self.repaired = False
        self.news: str | None = None
        self._read_only = read_only
        self._in_whole = False
        self._wait_seconds = wait_seconds
        fixed = must_exist or read_only
        if fixed and not path.is_file():
            raise StoreError(f"There is no translation memory at {path}.", "Name an existing file, or run first.")
        with self.explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._connection = self._open()
            except sqlite3.OperationalError:  # locked, read-only, no place: not damage
                raise
            except sqlite3.DatabaseError as error:
                if fixed:
                    raise StoreError(
                        f"The translation memory {path} is damaged or not an SQLite file ({error}).",
                        "Restore it from a copy, or move it away and begin a new one.",
                    ) from error
                aside = set_aside(path)
                self.repaired = True
                self._connection = self._open()
                saved, by_people = rescue(aside, self._connection)
                self.news = (
                    f"The memory {path} was damaged ({error}). It was put aside as {aside.name}, and a new one begun "
                    f"with the {saved} entries that could be saved, {by_people} of them corrections or imports."
                )

    def _open(self) -> sqlite3.Connection:
        if not self._read_only:
            return self._prepared(sqlite3.connect(self.path, timeout=self._wait_seconds))
        address = f"{self.path.absolute().as_uri()}?mode=ro"
        try:
            return self._prepared(sqlite3.connect(address, timeout=self._wait_seconds, uri=True))
        except sqlite3.OperationalError as error:
            # To read a file in WAL mode SQLite makes files beside it. Where it may not, and no log waits, it need not.
            if "locked" in str(error) or self.path.with_name(self.path.name + "-wal").exists():
                raise
            return self._prepared(sqlite3.connect(f"{address}&immutable=1", uri=True))

    def _prepared(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        try:
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("quick_check failed")
            self._check_kind(connection)
            if not self._read_only:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=NORMAL")
                _upgrade(connection)
        except (sqlite3.DatabaseError, StoreError):
            connection.close()
            raise
        return connection

    def _check_kind(self, connection: sqlite3.Connection) -> None:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > _VERSION:
            raise StoreError(
                f"The translation memory {self.path} was made by a newer version of Concord (format {version}).",
                "Upgrade Concord, or name another file.",
            )
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if (tables or self._read_only) and "entries" not in tables:
            raise StoreError(f"{self.path} is an SQLite file, but no translation memory.", "Name another file.")

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what SQLite and the system say into what a person can do."""
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except (sqlite3.DatabaseError, OSError) as error:
            raise StoreError(f"The translation memory {self.path}: {error}.", _remedy(str(error))) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Commit at the end, or leave that to :meth:`whole`."""
        if self._in_whole:
            yield
        else:
            with self._connection:
                yield

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Keep all that is written inside, or, on an error, nothing of it."""
        with self.explained(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._in_whole = True
            try:
                yield
            finally:
                self._in_whole = False

    def close(self) -> None:
        """Write everything and let go of the file."""
        self._connection.close()


def _upgrade(connection: sqlite3.Connection) -> None:
    """Make the table, or bring that of an older version up to date, in one transaction."""
    if int(connection.execute("PRAGMA user_version").fetchone()[0]) == _VERSION:
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_SCHEMA)
        present = {row[1] for row in connection.execute("PRAGMA table_info(entries)")}
        for name in ("notes", "created"):
            if name not in present:
                connection.execute(f"ALTER TABLE entries ADD COLUMN {name} TEXT")
        connection.execute(_INDEX)
        connection.execute(_JUDGEMENTS)
        connection.execute(f"PRAGMA user_version = {_VERSION}")


def storable(text: str) -> str:
    r"""Write lone surrogates, which UTF-8 cannot hold, as ``\udc80``, and NUL, which ends a text of SQLite's JSON."""
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")


def _remedy(said: str) -> str:
    """Say what to do about an error of SQLite or the system."""
    if "locked" in said or "busy" in said:
        return "Another process is writing to it: wait until it is done, or set translate.memory_path to another file."
    if "readonly" in said or "read-only" in said or "Permission" in said:
        return "Give yourself the right to write the file and its folder, or set translate.memory_path to another file."
    if "full" in said:
        return "Free some room on the disk and run again; what was committed is kept."
    if "unable to open" in said or "directory" in said:
        return "Name a file in a folder that you may write to."
    return "Check the disk, restore the file from a copy, or move it away: a run makes a new one."
