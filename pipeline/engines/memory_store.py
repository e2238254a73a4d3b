"""The translation memory: SQLite in WAL mode, one transaction per batch, consulted in one query per batch.

Key: normalised source text, language pair, engine signature, and a digest of the glossary terms that the text holds
(:meth:`pipeline.engines.glossary.Glossary.key`; empty for none), so that changing one term leaves the translations of
all other texts valid. Entries made by people (corrections) and imported ones carry no engine and win over every engine:
first corrections, then imports.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pipeline.engines.base import Hypothesis
from pipeline.errors import StoreError
from pipeline.text import fingerprint, tidy

__all__ = ["ORIGINS", "MemoryEntry", "Origin", "StoredEntry", "TranslationMemory"]

Origin = Literal["engine", "import", "review"]
ORIGINS: tuple[Origin, ...] = get_args(Origin)
"""From the weakest to the strongest."""

_VERSION = 1
"""Stored as ``PRAGMA user_version``. 0 had no ``notes``, no ``created`` and no index of overrides."""
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
_LOOKUP = """
SELECT e.source, e.origin, e.glossary, e.target, e.score, e.tokens, e.finish, e.origin, e.notes
FROM json_each(?) AS wanted
JOIN entries AS e ON e.source = wanted.value AND e.pair = ?
WHERE e.engine = ? OR e.origin IN ('review', 'import')
ORDER BY CASE e.origin WHEN 'engine' THEN 0 WHEN 'import' THEN 1 ELSE 2 END
"""
_BATCH = 2000
_WAIT_SECONDS = 30.0  # another run on a shared memory commits a batch in far less


@dataclass(frozen=True, slots=True)
class MemoryEntry:
    """Hold one translation to remember. ``created`` is an ISO date, ``None`` for what an engine made."""

    source: str
    hypothesis: Hypothesis
    origin: Origin = "engine"
    created: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """Hold one row of a memory; ``engine`` is empty for corrections and imports."""

    source: str
    pair: str
    engine: str
    glossary: str
    hypothesis: Hypothesis
    origin: Origin
    created: str | None


class TranslationMemory:
    """Keep translations on disk.

    Args:
        path: database file; made with its folder if it does not exist. A file that is not a sound database is put
            aside as ``NAME.damaged`` (``self.repaired`` says so): a memory is a cache, and the run goes on without it.
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
        self._read_only = read_only
        self._in_whole = False
        self._wait_seconds = wait_seconds
        fixed = must_exist or read_only
        if fixed and not path.is_file():
            raise StoreError(f"There is no translation memory at {path}.", "Name an existing file, or run first.")
        with self._explained():
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
                self._put_aside()
                self._connection = self._open()

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

    def _put_aside(self) -> None:
        self.repaired = True
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        self.path.replace(self.path.with_name(self.path.name + ".damaged"))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what SQLite and the system say into what a person can do."""
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except (sqlite3.DatabaseError, OSError) as error:
            raise StoreError(f"The translation memory {self.path}: {error}.", _remedy(str(error))) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Commit at the end, or leave that to :meth:`whole`."""
        if self._in_whole:
            yield
        else:
            with self._connection:
                yield

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Keep all that is written inside, or, on an error, nothing of it."""
        with self._explained(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._in_whole = True
            try:
                yield
            finally:
                self._in_whole = False

    def close(self) -> None:
        """Write everything and let go of the file."""
        self._connection.close()

    def lookup(
        self, texts: Iterable[str], pair: str, engine: str, glossary: str | Mapping[str, str] = ""
    ) -> dict[str, Hypothesis]:
        """Find what is known of many texts, in one query per two thousand.

        Args:
            texts: source texts in any spacing.
            pair: such as ``"ko-en"``.
            engine: signature of the engine that would translate them.
            glossary: digest of the glossary terms that count, one for all or by normalised text.

        Returns:
            Hypotheses by normalised text (:func:`pipeline.text.tidy`); unknown texts are absent.
        """
        wanted = {_storable(key): key for key in map(tidy, texts)}
        ordered = sorted(wanted)
        found: dict[str, Hypothesis] = {}
        for start in range(0, len(ordered), _BATCH):
            asked = json.dumps(ordered[start : start + _BATCH], ensure_ascii=False)
            with self._explained():
                rows = self._connection.execute(_LOOKUP, (asked, pair, engine)).fetchall()
            for source, origin, version, *told in rows:
                key = wanted[source]
                if origin != "engine" or version == _version(glossary, key):
                    found[key] = _hypothesis(told)
        return found

    def store(
        self, entries: Iterable[MemoryEntry], pair: str, engine: str, glossary: str | Mapping[str, str] = ""
    ) -> None:
        """Write a batch in one transaction; what a person or an import said gets no engine."""
        rows = [_row(entry, pair, engine, glossary) for entry in entries]
        with self._explained(), self._writing():
            self._connection.executemany("INSERT OR REPLACE INTO entries VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows)

    def forget(self, texts: Iterable[str], pair: str, origin: Origin) -> int:
        """Delete the entries of one origin for these texts; return how many there were."""
        rows = [(_storable(tidy(text)), pair, origin) for text in texts]
        with self._explained(), self._writing():
            query = "DELETE FROM entries WHERE source = ? AND pair = ? AND origin = ?"
            return int(self._connection.executemany(query, rows).rowcount)

    def said(self, texts: Iterable[str], pair: str, origin: Origin) -> dict[str, str]:
        """Return the translations of one origin by normalised text; unknown texts are absent."""
        query = (
            "SELECT e.source, e.target FROM json_each(?) AS wanted JOIN entries AS e ON e.source = wanted.value "
            "AND e.pair = ? AND e.engine = ? AND e.glossary = '' WHERE e.origin = ?"
        )
        wanted = {_storable(key): key for key in map(tidy, texts)}
        with self._explained():
            asked = json.dumps(sorted(wanted), ensure_ascii=False)
            rows = self._connection.execute(query, (asked, pair, origin, origin)).fetchall()
        return {wanted[source]: target for source, target in rows}

    def overrides(self, pairs: Collection[str] | None = None) -> str:
        """Return a digest of corrections and imports: it enters the key of what they change. Empty for none.

        Args:
            pairs: only these pairs; ``None`` for all.
        """
        query = "SELECT source, pair, target, origin FROM entries WHERE origin != 'engine' ORDER BY 1, 2, 4"
        with self._explained():
            rows = self._connection.execute(query).fetchall()
        kept = [row for row in rows if pairs is None or row[1] in pairs]
        return fingerprint(*(part for row in kept for part in row)) if kept else ""

    def entries(self, pair: str | None = None, origin: Origin | None = None) -> Iterator[StoredEntry]:
        """Yield rows by pair and source; of one source the weakest origin comes first."""
        columns = {row[1] for row in self._connection.execute("PRAGMA table_info(entries)")}
        notes, created = (name if name in columns else "NULL" for name in ("notes", "created"))
        query = (
            "SELECT source, pair, engine, glossary, origin, "
            f"{created}, target, score, tokens, finish, origin, {notes} FROM entries "
            "WHERE (:pair IS NULL OR pair = :pair) AND (:origin IS NULL OR origin = :origin) "
            "ORDER BY pair, source, CASE origin WHEN 'engine' THEN 0 WHEN 'import' THEN 1 ELSE 2 END, engine, glossary"
        )
        with self._explained():
            for row in self._connection.execute(query, {"pair": pair, "origin": origin}):
                source, of, engine, glossary, kind, created_on, *told = row
                made_by = engine if kind == "engine" else ""
                yield StoredEntry(source, of, made_by, glossary, _hypothesis(told), kind, created_on)

    def counts(self) -> list[tuple[str, Origin, str, int]]:
        """Return (pair, origin, engine, entries), sorted; the engine is empty for corrections and imports."""
        query = (
            "SELECT pair, origin, CASE origin WHEN 'engine' THEN engine ELSE '' END AS made_by, count(*) FROM entries "
            "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        )
        with self._explained():
            return [(pair, origin, engine, n) for pair, origin, engine, n in self._connection.execute(query)]

    def drop(self, keys: Iterable[tuple[str, str, str, str]]) -> None:
        """Delete rows by their whole key (source, pair, engine, glossary), and give their room back."""
        query = "DELETE FROM entries WHERE source = ? AND pair = ? AND engine = ? AND glossary = ?"
        with self._explained():
            with self._writing():
                self._connection.executemany(query, keys)
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def __len__(self) -> int:
        with closing(self._connection.execute("SELECT count(*) FROM entries")) as cursor:
            return int(cursor.fetchone()[0])


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
        connection.execute(f"PRAGMA user_version = {_VERSION}")


def _storable(text: str) -> str:
    r"""Write lone surrogates, which UTF-8 cannot hold, as ``\udc80``, and NUL, which ends a text of SQLite's JSON."""
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")


def _version(glossary: str | Mapping[str, str], key: str) -> str:
    return glossary if isinstance(glossary, str) else glossary.get(key, "")


def _row(entry: MemoryEntry, pair: str, engine: str, glossary: str | Mapping[str, str]) -> tuple[Any, ...]:
    key, made = tidy(entry.source), entry.hypothesis
    by_engine = entry.origin == "engine"
    notes: dict[str, Any] = {"repairs": made.repairs} if made.repairs else {}
    notes |= {"tried": made.tried} if made.tried != 1 else {}
    return (
        _storable(key),
        pair,
        engine if by_engine else entry.origin,
        _version(glossary, key) if by_engine else "",
        _storable(made.text) if isinstance(made.text, str) else None,
        made.score,
        made.tokens,
        made.finish,
        entry.origin,
        json.dumps(notes, ensure_ascii=True) if notes else None,
        entry.created,
    )


def _hypothesis(row: Sequence[Any]) -> Hypothesis:
    """Build a hypothesis of (target, score, tokens, finish, origin, notes)."""
    target, score, tokens, finish, origin, notes = row
    try:
        told = json.loads(notes) if notes else {}
        repairs, tried = tuple(map(str, told.get("repairs", ()))), int(told.get("tried", 1))
    except (ValueError, TypeError, AttributeError):  # written by another hand; the translation is sound all the same
        repairs, tried = (), 1
    return Hypothesis(target, score, tokens, finish, origin != "engine", repairs, tried)


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
