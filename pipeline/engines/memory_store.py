"""The translation memory: SQLite in WAL mode, one transaction per batch, consulted in one query per batch.

Key: normalised source text, language pair, engine signature, and a digest of the glossary terms that the text holds
(:meth:`pipeline.engines.glossary.Glossary.key`; empty for none), so that changing one term leaves the translations of
all other texts valid. Entries made by people (corrections) and imported ones carry no engine and win over every engine:
first corrections, then imports.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pipeline.engines.base import Hypothesis
from pipeline.engines.memory_file import MemoryFile, storable
from pipeline.text import fingerprint, tidy

__all__ = ["ORIGINS", "MemoryEntry", "Origin", "StoredEntry", "TranslationMemory"]

Origin = Literal["engine", "import", "review"]
ORIGINS: tuple[Origin, ...] = get_args(Origin)
"""From the weakest to the strongest."""

# CROSS JOIN: SQLite then asks for each of the texts, and does not go through all that it has for each text.
_LOOKUP = """
SELECT e.source, e.origin, e.glossary, e.target, e.score, e.tokens, e.finish, e.origin, e.notes
FROM json_each(?) AS wanted
CROSS JOIN entries AS e ON e.source = wanted.value AND e.pair = ?
WHERE e.engine = ? OR e.origin IN ('review', 'import')
ORDER BY CASE e.origin WHEN 'engine' THEN 0 WHEN 'import' THEN 1 ELSE 2 END
"""
_JUDGED = """
SELECT j.key, j.judgement FROM json_each(?) AS wanted
CROSS JOIN judgements AS j ON j.judge = ? AND j.key = wanted.value
"""
_BATCH = 2000


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


class TranslationMemory(MemoryFile):
    """Keep translations on disk, and what was found about them."""

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
        wanted = {storable(key): key for key in map(tidy, texts)}
        ordered = sorted(wanted)
        found: dict[str, Hypothesis] = {}
        for start in range(0, len(ordered), _BATCH):
            asked = json.dumps(ordered[start : start + _BATCH], ensure_ascii=False)
            with self.explained():
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
        with self.explained(), self.writing():
            self._connection.executemany("INSERT OR REPLACE INTO entries VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows)

    def forget(self, texts: Iterable[str], pair: str, origin: Origin) -> int:
        """Delete the entries of one origin for these texts; return how many there were."""
        rows = [(storable(tidy(text)), pair, origin) for text in texts]
        with self.explained(), self.writing():
            query = "DELETE FROM entries WHERE source = ? AND pair = ? AND origin = ?"
            return int(self._connection.executemany(query, rows).rowcount)

    def said(self, texts: Iterable[str], pair: str, origin: Origin) -> dict[str, str]:
        """Return the translations of one origin by normalised text; unknown texts are absent."""
        query = (
            "SELECT e.source, e.target FROM json_each(?) AS wanted CROSS JOIN entries AS e ON e.source = wanted.value "
            "AND e.pair = ? AND e.engine = ? AND e.glossary = '' WHERE e.origin = ?"
        )
        wanted = {storable(key): key for key in map(tidy, texts)}
        with self.explained():
            asked = json.dumps(sorted(wanted), ensure_ascii=False)
            rows = self._connection.execute(query, (asked, pair, origin, origin)).fetchall()
        return {wanted[source]: target for source, target in rows}

    def judgements(self, keys: Collection[str], judge: str) -> dict[str, str]:
        """Return what this judge is known to have found, by key; unknown keys are absent."""
        ordered, found = sorted(keys), dict[str, str]()
        for start in range(0, len(ordered), _BATCH):
            with self.explained():
                found.update(self._connection.execute(_JUDGED, (json.dumps(ordered[start : start + _BATCH]), judge)))
        return found

    def store_judgements(self, found: Mapping[str, str], judge: str) -> None:
        """Write what a judge found, by key, in one transaction."""
        rows = [(judge, key, judgement) for key, judgement in sorted(found.items())]
        with self.explained(), self.writing():
            self._connection.executemany("INSERT OR REPLACE INTO judgements VALUES (?,?,?)", rows)

    def drop_judgements(self, keep: str) -> int:
        """Delete what all judges but one found; return how many there were."""
        with self.explained(), self.writing():
            return int(self._connection.execute("DELETE FROM judgements WHERE judge != ?", (keep,)).rowcount)

    def overrides(self, pairs: Collection[str] | None = None) -> str:
        """Return a digest of corrections and imports: it enters the key of what they change. Empty for none.

        Args:
            pairs: only these pairs; ``None`` for all.
        """
        query = "SELECT source, pair, target, origin FROM entries WHERE origin != 'engine' ORDER BY 1, 2, 4"
        with self.explained():
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
        with self.explained():
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
        with self.explained():
            return [(pair, origin, engine, n) for pair, origin, engine, n in self._connection.execute(query)]

    def drop(self, keys: Iterable[tuple[str, str, str, str]]) -> None:
        """Delete rows by their whole key (source, pair, engine, glossary), and give their room back."""
        query = "DELETE FROM entries WHERE source = ? AND pair = ? AND engine = ? AND glossary = ?"
        with self.explained():
            with self.writing():
                self._connection.executemany(query, keys)
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def __len__(self) -> int:
        with closing(self._connection.execute("SELECT count(*) FROM entries")) as cursor:
            return int(cursor.fetchone()[0])


def _version(glossary: str | Mapping[str, str], key: str) -> str:
    return glossary if isinstance(glossary, str) else glossary.get(key, "")


def _row(entry: MemoryEntry, pair: str, engine: str, glossary: str | Mapping[str, str]) -> tuple[Any, ...]:
    key, made = tidy(entry.source), entry.hypothesis
    by_engine = entry.origin == "engine"
    notes: dict[str, Any] = {"repairs": made.repairs} if made.repairs else {}
    notes |= {"tried": made.tried} if made.tried != 1 else {}
    return (
        storable(key),
        pair,
        engine if by_engine else entry.origin,
        _version(glossary, key) if by_engine else "",
        storable(made.text) if isinstance(made.text, str) else None,
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
