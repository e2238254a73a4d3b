"""Write every record type as Parquet and as JSON lines, in a fixed order."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pipeline import records as r
from pipeline.errors import InputError
from pipeline.reporting.ledgers import DERIVED
from pipeline.reporting.lookup import Lookup
from pipeline.reporting.writing import Folder

__all__ = ["TABLES", "read_table", "table_records", "write_tables"]

T = TypeVar("T")

# Name of the table, record type, sort key, what it holds.
TABLES: Sequence[tuple[str, Any, Callable[[Any], tuple[Any, ...]], str]] = (
    ("articles", r.Article, lambda x: (x.id,), "articles after cleaning, with paragraphs and provenance"),
    ("segments", r.Segment, lambda x: (x.article_id, x.index, x.id), "sentences with their place in the raw file"),
    ("translations", r.Translation, lambda x: (x.article_id, x.segment_id), "one translation per sentence"),
    ("events", r.Event, lambda x: (x.id,), "groups of articles that report one happening"),
    ("threads", r.Thread, lambda x: (x.id,), "groups of related events"),
    ("relations", r.Relation, lambda x: (x.article_a, x.article_b), "pairs of articles: same event or not, and why"),
    ("copies", r.Copy, lambda x: (x.event_id, x.article_id), "copies and translations of another article of the event"),
    ("beads", r.Bead, lambda x: (x.id,), "aligned sentences of two articles"),
    ("facts", r.Fact, lambda x: (x.article_id, x.raw_start, x.id), "figures, dates, names and quotations found"),
    ("findings", r.Finding, lambda x: (x.id,), "facts of an event compared"),
    ("pair_scores", r.PairScore, lambda x: (x.event_id, x.article_a, x.article_b), "agreement of two articles"),
    ("event_scores", r.EventScore, lambda x: (x.event_id,), "agreement and coverage of the accounts of an event"),
    ("article_scores", r.ArticleScore, lambda x: (x.article_id,), "how well an article was translated"),
    (
        "rejections",
        r.Rejection,
        lambda x: (
            x.stage,
            x.article_id or "",
            -1 if x.start is None else x.start,
            x.item_id,
            x.reason.value,
            x.detail,
        ),
        "what was left out, and why",
    ),
)


def write_tables(lookup: Lookup, folder: Folder) -> None:
    """Write ``data/<name>.parquet`` and ``data/<name>.jsonl`` for every table, empty ones included."""
    for name, record, key, _ in TABLES:
        _write(folder, name, sorted(getattr(lookup.run, name), key=key), record)
    for name, record, derive, _ in DERIVED:
        _write(folder, name, derive(lookup), record)


def _write(folder: Folder, name: str, rows: Sequence[Any], record: type[Any]) -> None:
    import pyarrow.parquet as pq

    table = r.to_table(rows, record)
    folder.write(f"data/{name}.parquet", lambda path: pq.write_table(table, path, compression="zstd"))
    lines = [json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in r.to_rows(rows)]
    folder.text(f"data/{name}.jsonl", "".join(lines))


def table_records() -> dict[str, tuple[type[Any], str]]:
    """Return for each table of ``data/`` its record type and what it holds."""
    return {name: (record, words) for name, record, _, words in (*TABLES, *DERIVED)}


def read_table(output: Path, name: str, kind: type[T]) -> list[T]:
    """Read ``data/<name>.parquet`` of a finished run.

    Raises:
        InputError: the run has no such table, or it is not one of this version.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = output / "data" / f"{name}.parquet"
    try:
        return r.from_table(pq.read_table(path), kind)
    except (OSError, pa.ArrowException, KeyError, TypeError) as error:
        raise InputError(
            f"{path} cannot be read as a table of this version: {type(error).__name__}.",
            "Run 'concord run' into that folder, or name the folder of a finished run.",
        ) from error
