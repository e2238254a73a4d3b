"""What can be chosen about reading: column names and size limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

__all__ = ["Columns", "ReaderSettings", "chosen_columns", "missing_text"]


@dataclass(frozen=True, slots=True)
class Columns:
    """Name the columns of records, each by its candidates in order; the first that occurs is taken, whatever its case.

    A user who names a column gives a tuple of one.
    """

    text: tuple[str, ...] = ("text", "body", "content", "article")
    id: tuple[str, ...] = ("id", "guid", "uid", "article_id")
    title: tuple[str, ...] = ("title", "headline")
    source: tuple[str, ...] = ("source", "outlet", "publisher", "site", "domain")
    published: tuple[str, ...] = ("published", "date", "published_at", "publication_date", "datetime", "pubdate")
    url: tuple[str, ...] = ("url", "link", "uri")
    language: tuple[str, ...] = ("language", "lang")


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """Hold columns, limits, and what to leave out.

    ``max_file_bytes`` bounds a file that must be read as a whole (text, HTML, JSON); ``max_record_bytes`` bounds one
    record of a file that is streamed (JSON lines, CSV); ``batch_rows`` rows of Parquet are held at a time.
    ``leave_out`` names files by their path and records as ``path#record``.
    """

    columns: Columns = field(default_factory=Columns)
    max_file_bytes: int = 256_000_000
    max_record_bytes: int = 16_000_000
    batch_rows: int = 256
    leave_out: frozenset[str] = frozenset()


def chosen_columns(columns: Columns, names: Sequence[str]) -> dict[str, str]:
    """Find the columns of a table.

    Args:
        columns: the candidates.
        names: the names that occur, in any case and with spaces around them.

    Returns:
        The name that occurs, by field of ``Columns``; fields without one are left out.
    """
    present: dict[str, str] = {}
    for name in names:
        present.setdefault(name.strip().casefold(), name)
    chosen: dict[str, str] = {}
    for field_name in (item.name for item in fields(columns)):
        for candidate in getattr(columns, field_name):
            if candidate.casefold() in present:
                chosen[field_name] = present[candidate.casefold()]
                break
    return chosen


def missing_text(names: Sequence[str]) -> str:
    """Say that no column holds the text, and what to do."""
    found = ", ".join(names[:20]) or "none"
    return f"no column holds the text of the articles (columns found: {found}); name it with ingest.text_column"
