"""Put the records of a run on a shelf, where pages find them, and check that their ids join."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline import records as r
from pipeline.errors import StageError
from pipeline.reporting.model import RunData
from pipeline.shelf import Row, Shelf

__all__ = ["KINDS", "TABLES", "Table", "check_joins", "stock"]


@dataclass(frozen=True, slots=True)
class Table:
    """Describe a table of a run.

    ``columns`` are what its records are found by; the first ``sorted_by`` of them give the order of its file in
    ``data/``. ``row`` gives their values of a record. ``found_by`` lists the columns that are looked up.
    """

    name: str
    record: Any
    words: str
    columns: tuple[str, ...]
    row: Callable[[Any], Row]
    sorted_by: int = 1
    found_by: tuple[str, ...] = ("id",)

    @property
    def order(self) -> str:
        """Return the order of the table's file, as SQL."""
        return ", ".join(self.columns[: self.sorted_by])


TABLES: Sequence[Table] = (
    Table("articles", r.Article, "articles after cleaning, with paragraphs and provenance", ("id",), lambda x: (x.id,)),
    Table(
        "segments",
        r.Segment,
        "sentences with their place in the raw file",
        ("article_id", "position", "id"),
        lambda x: (x.article_id, x.index, x.id),
        3,
        ("id", "article_id"),
    ),
    Table(
        "translations",
        r.Translation,
        "one translation per sentence",
        ("article_id", "segment_id"),
        lambda x: (x.article_id, x.segment_id),
        2,
        ("segment_id",),
    ),
    Table("events", r.Event, "groups of articles that report one happening", ("id",), lambda x: (x.id,)),
    Table("threads", r.Thread, "groups of related events", ("id",), lambda x: (x.id,)),
    Table(
        "relations",
        r.Relation,
        "pairs of articles: same event or not, and why",
        ("article_a", "article_b"),
        lambda x: (x.article_a, x.article_b),
        2,
        ("article_a", "article_b"),
    ),
    Table(
        "copies",
        r.Copy,
        "copies and translations of another article of the event",
        ("event_id", "article_id"),
        lambda x: (x.event_id, x.article_id),
        2,
        ("event_id",),
    ),
    Table(
        "beads",
        r.Bead,
        "aligned sentences of two articles",
        ("id", "event_id"),
        lambda x: (x.id, x.event_id),
        1,
        ("id", "event_id"),
    ),
    Table(
        "facts",
        r.Fact,
        "figures, dates, names and quotations found",
        ("article_id", "raw_start", "id"),
        lambda x: (x.article_id, x.raw_start, x.id),
        3,
        ("article_id", "id"),
    ),
    Table(
        "findings",
        r.Finding,
        "facts of an event compared",
        ("id", "event_id", "segment_a", "segment_b", "importance"),
        lambda x: (x.id, x.event_id, x.a.segment_id, x.b.segment_id if x.b else None, x.importance),
        1,
        ("id", "event_id", "segment_a", "segment_b"),
    ),
    Table(
        "pair_scores",
        r.PairScore,
        "agreement of two articles",
        ("event_id", "article_a", "article_b"),
        lambda x: (x.event_id, x.article_a, x.article_b),
        3,
        ("event_id",),
    ),
    Table(
        "event_scores",
        r.EventScore,
        "agreement and coverage of the accounts of an event",
        ("event_id",),
        lambda x: (x.event_id,),
        1,
        ("event_id",),
    ),
    Table(
        "article_scores",
        r.ArticleScore,
        "how well an article was translated",
        ("article_id",),
        lambda x: (x.article_id,),
        1,
        ("article_id",),
    ),
    Table(
        "rejections",
        r.Rejection,
        "what was left out, and why",
        ("stage", "article_id", "first", "item_id", "reason", "detail"),
        lambda x: (x.stage, x.article_id, x.start, x.item_id, x.reason.value, x.detail),
        6,
        ("article_id",),
    ),
)


KINDS = {table.name: table.record for table in TABLES} | {"heads": r.Article}
"""Record type of every table on a shelf that has been stocked."""


def stock(run: RunData, shelf: Shelf) -> None:
    """Fill a shelf with all records of a run, and with what tells which articles an event has."""
    for table in TABLES:
        shelf.put(table.name, table.record, getattr(run, table.name), table.columns, table.row)
        for column in table.found_by:
            shelf.index(table.name, column)
    # Most pages name an article and do not quote it: its paragraphs are the largest part of it.
    heads = (replace(article, paragraphs=()) for article in shelf.scan("articles"))
    shelf.put("heads", KINDS["heads"], heads, ("id", "language"), lambda a: (a.id, a.language))
    shelf.index("heads", "id")
    shelf.derive(
        "members", "a.value AS article_id, e.id AS event_id FROM events e, json_each(e.line, '$.article_ids') a"
    )
    shelf.index("members", "article_id")


# Tables in which no id stands twice, with the words for it.
_UNIQUE = (
    ("article", "articles", "id"),
    ("segment", "segments", "id"),
    ("event", "events", "id"),
    ("thread", "threads", "id"),
    ("translation of segment", "translations", "segment_id"),
    ("finding", "findings", "id"),
    ("event score of", "event_scores", "event_id"),
    ("article score of", "article_scores", "article_id"),
)


def _field(*names: str) -> str:
    """Name a field of a record, in a record or list inside it, as SQL."""
    return f"json_extract(t.line, '$.{'.'.join(names)}')"


# What names something: kind of record, where it stands, the name of the record, the name in it, what it has to be.
_REFERENCES: Sequence[tuple[str, str, str, str, str]] = (
    ("segment", "segments t", "id", "article_id", "articles.id"),
    ("translation", "translations t", "segment_id", "segment_id", "segments.id"),
    ("event", "events t, json_each(t.line, '$.article_ids') j", "t.id", "j.value", "articles.id"),
    ("event", "events t", "id", _field("thread_id"), "threads.id"),
    ("thread", "threads t, json_each(t.line, '$.event_ids') j", "t.id", "j.value", "events.id"),
    ("relation", "relations t", "article_a || '/' || article_b", "article_a", "articles.id"),
    ("relation", "relations t", "article_a || '/' || article_b", "article_b", "articles.id"),
    ("copy", "copies t", "event_id", "event_id", "events.id"),
    ("copy", "copies t", "article_id", "article_id", "articles.id"),
    ("copy", "copies t", "article_id", _field("original_id"), "articles.id"),
    ("bead", "beads t", "id", "event_id", "events.id"),
    ("bead", "beads t", "id", _field("article_a"), "articles.id"),
    ("bead", "beads t", "id", _field("article_b"), "articles.id"),
    ("bead", "beads t, json_each(t.line, '$.segments_a') j", "t.id", "j.value", "segments.id"),
    ("bead", "beads t, json_each(t.line, '$.segments_b') j", "t.id", "j.value", "segments.id"),
    ("fact", "facts t", "id", _field("segment_id"), "segments.id"),
    ("finding", "findings t", "id", "event_id", "events.id"),
    ("finding", "findings t", "id", _field("a", "article_id"), "articles.id"),
    ("finding", "findings t", "id", _field("b", "article_id"), "articles.id"),
    ("finding", "findings t", "id", "segment_a", "segments.id"),
    ("finding", "findings t", "id", "segment_b", "segments.id"),
    ("pair score", "pair_scores t", "event_id", "event_id", "events.id"),
    ("pair score", "pair_scores t", "event_id", "article_a", "articles.id"),
    ("pair score", "pair_scores t", "event_id", "article_b", "articles.id"),
    ("event score", "event_scores t", "event_id", "event_id", "events.id"),
    ("article score", "article_scores t", "article_id", "article_id", "articles.id"),
)
_REMEDY = "Remove the stages' folder of this run and run all stages again; if it stays, report it as a defect."


def check_joins(shelf: Shelf) -> None:
    """Check that every id that a record names is there, and that no id stands twice.

    Raises:
        StageError: an id is missing or not unique; the message names both records.
    """
    for kind, table, column in _UNIQUE:
        for (identity,) in shelf.select(f"{column} FROM {table} GROUP BY {column} HAVING COUNT(*) > 1 LIMIT 1"):
            raise StageError(f"{kind} {identity!r} stands twice in the run.", _REMEDY)
    for kind, place, owner, name, known in _REFERENCES:
        table, column = known.split(".")
        missing = f"NOT EXISTS (SELECT 1 FROM {table} k WHERE k.{column} = {name})"
        for found, identity in shelf.select(
            f"{owner}, {name} FROM {place} WHERE {name} IS NOT NULL AND {missing} LIMIT 1"
        ):
            raise StageError(f"{kind} {found!r} names {identity!r}, which is not in the run.", _REMEDY)
