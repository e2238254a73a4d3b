"""The translation memory: SQLite in WAL mode, one transaction per batch, consulted in one query per batch.

Key: normalised source text, language pair, engine signature, glossary version. Entries made by people (corrections) and
imported ones carry no engine and win over every engine: first corrections, then imports.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.engines.base import Hypothesis, Translator
from pipeline.errors import StoreError
from pipeline.text import fingerprint, tidy

__all__ = ["MemoryEntry", "RememberingTranslator", "TranslationMemory"]

Origin = Literal["engine", "import", "review"]

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
    PRIMARY KEY (source, pair, engine, glossary)
) WITHOUT ROWID
"""
_LOOKUP = """
SELECT e.source, e.target, e.score, e.tokens, e.finish, e.origin FROM json_each(?) AS wanted
JOIN entries AS e ON e.source = wanted.value AND e.pair = ?
WHERE (e.engine = ? AND e.glossary = ?) OR e.origin IN ('review', 'import')
ORDER BY CASE e.origin WHEN 'engine' THEN 0 WHEN 'import' THEN 1 ELSE 2 END
"""


@dataclass(frozen=True, slots=True)
class MemoryEntry:
    """Hold one remembered translation of one text."""

    source: str
    hypothesis: Hypothesis
    origin: Origin = "engine"


class TranslationMemory:
    """Keep translations on disk.

    Args:
        path: database file; made with its folder if it does not exist. A file that is not a sound database is put
            aside as ``NAME.damaged`` (``self.repaired`` says so): a memory is a cache, and the run goes on without it.

    Raises:
        StoreError: the folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.repaired = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = self._open()
        except sqlite3.DatabaseError:
            self._put_aside()
            self._connection = self._open()
        except OSError as error:
            raise StoreError(
                f"The translation memory {path} cannot be written: {error}.", "Free the folder."
            ) from error

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=30)
        try:
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("quick_check failed")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(_SCHEMA)
            connection.commit()
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def _put_aside(self) -> None:
        self.repaired = True
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        self.path.replace(self.path.with_name(self.path.name + ".damaged"))

    def close(self) -> None:
        """Write everything and let go of the file."""
        self._connection.close()

    def lookup(self, texts: Sequence[str], pair: str, engine: str, glossary: str = "") -> dict[str, Hypothesis]:
        """Find what is known of many texts in one query.

        Returns:
            Hypotheses by normalised text (:func:`pipeline.text.tidy`); unknown texts are absent.
        """
        wanted = json.dumps(sorted({tidy(text) for text in texts}), ensure_ascii=False)
        rows = self._connection.execute(_LOOKUP, (wanted, pair, engine, glossary))
        return {
            source: Hypothesis(target, score, tokens, finish, from_memory=origin != "engine")
            for source, target, score, tokens, finish, origin in rows
        }

    def store(self, entries: Iterable[MemoryEntry], pair: str, engine: str, glossary: str = "") -> None:
        """Write a batch in one transaction; what a person or an import said gets no engine."""
        rows = [
            (
                tidy(e.source),
                pair,
                engine if e.origin == "engine" else e.origin,
                glossary if e.origin == "engine" else "",
                e.hypothesis.text,
                e.hypothesis.score,
                e.hypothesis.tokens,
                e.hypothesis.finish,
                e.origin,
            )
            for e in entries
        ]
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO entries VALUES (?,?,?,?,?,?,?,?,?)", rows)

    def overrides(self) -> str:
        """Return a digest of all corrections and imports: it enters the key of what they change. Empty for none."""
        query = "SELECT source, pair, target, origin FROM entries WHERE origin != 'engine' ORDER BY 1, 2, 4"
        rows = self._connection.execute(query).fetchall()
        return fingerprint(*(part for row in rows for part in row)) if rows else ""

    def __len__(self) -> int:
        with closing(self._connection.execute("SELECT count(*) FROM entries")) as cursor:
            return int(cursor.fetchone()[0])


class RememberingTranslator:
    """Wrap a translator with a memory: known texts are not translated again, equal ones only once.

    Args:
        inner: the engine; a callable is called on the first text that the memory lacks, so that a run with a warm
            memory loads no model.
        signature: the engine's signature.
        memory: ``None`` keeps nothing.
        batch_size: texts per engine call and transaction: what a killed run loses at most.
        advance: called with the number of texts done, for progress.
    """

    def __init__(
        self,
        inner: Translator | Callable[[], Translator],
        signature: str,
        memory: TranslationMemory | None,
        *,
        batch_size: int = 16,
        advance: Callable[[int], None] | None = None,
    ) -> None:
        self._inner = inner
        self._signature = signature
        self._memory = memory
        self._batch_size = batch_size
        self._advance = advance or _nothing
        self.hits = 0
        self.engine_calls = 0

    @property
    def signature(self) -> str:
        """Return the engine's signature: a memory does not change what a text becomes."""
        return self._signature

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Hypothesis]:
        """Translate texts, the shortest first, so that batches hold texts of like length; order is restored."""
        pair = f"{source}-{target}"
        keys = [tidy(text) for text in texts]
        known = self._recall(keys, pair)
        missing = sorted({key for key in keys if key not in known}, key=lambda key: (len(key), key))
        self.hits += len(set(keys)) - len(missing)
        absent = set(missing)
        self._advance(sum(key not in absent for key in keys))
        counts = dict.fromkeys(missing, 0)
        for key in keys:
            if key in counts:
                counts[key] += 1
        for start in range(0, len(missing), self._batch_size):
            batch = missing[start : start + self._batch_size]
            known.update(zip(batch, self._ask(batch, source, target), strict=True))
            if self._memory is not None:
                self._memory.store([MemoryEntry(k, known[k]) for k in batch], pair, self._signature)
            self._advance(sum(counts[key] for key in batch))
        return [known[key] for key in keys]

    def _recall(self, keys: Sequence[str], pair: str) -> dict[str, Hypothesis]:
        if self._memory is None:
            return {}
        known: dict[str, Hypothesis] = {}
        for start in range(0, len(keys), 2000):
            known.update(self._memory.lookup(keys[start : start + 2000], pair, self._signature))
        return known

    def _ask(self, batch: Sequence[str], source: str, target: str) -> list[Hypothesis]:
        if not isinstance(self._inner, Translator):
            self._inner = self._inner()
        self.engine_calls += len(batch)
        return self._inner.translate(batch, source, target)


def _nothing(_done: int) -> None:
    """Do nothing with progress."""
