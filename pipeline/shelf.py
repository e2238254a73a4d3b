"""Keep records in one file and find them by what they belong to: what is in memory does not grow with their number."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from pydantic import TypeAdapter

from pipeline.errors import StoreError

__all__ = ["Row", "Shelf", "json_line"]

T = TypeVar("T")
Row = tuple[str | int | float | None, ...]

_CACHE = 32_768  # KiB of pages that SQLite holds


class Shelf:
    """Hold tables of records in an SQLite file, each with columns to find and to sort them by.

    Texts are sorted by code points, as Python does it. The file serves one run and is worth nothing after it.

    Args:
        path: of the file; one that is there is replaced. ``None`` for a file of the system's that goes by itself.

    Raises:
        StoreError: from every method, when the file cannot be written or read.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._name = str(path or "a temporary file")
        self._kinds: dict[str, Any] = {}
        with self._explained():
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.unlink(missing_ok=True)
            self._database = sqlite3.connect(path or "", isolation_level=None)
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "temp_store=FILE"):
                self._database.execute(f"PRAGMA {pragma}")
            self._database.execute(f"PRAGMA cache_size=-{_CACHE}")

    @classmethod
    def reading(cls, path: Path, kinds: Mapping[str, Any]) -> Shelf:
        """Open a shelf that another process has filled and that nobody changes meanwhile.

        Args:
            path: of the file.
            kinds: record type of each table that is read.
        """
        shelf = cls.__new__(cls)
        shelf._name, shelf._kinds = str(path), dict(kinds)
        with shelf._explained():
            # Immutable: the lock of the process that filled it does not keep readers out.
            address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
            shelf._database = sqlite3.connect(address, isolation_level=None, uri=True)
            shelf._database.execute("PRAGMA temp_store=FILE")
            shelf._database.execute(f"PRAGMA cache_size=-{_CACHE}")
        return shelf

    def __enter__(self) -> Shelf:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def put(
        self, table: str, kind: type[T], records: Iterable[T], columns: Sequence[str], row: Callable[[T], Row]
    ) -> None:
        """Append records to a table, which is made where there is none.

        Args:
            table: its name.
            kind: type of the records.
            records: in the order that they are found in where nothing else orders them.
            columns: names of what they are found and sorted by.
            row: gives the values of these columns.
        """
        self._kinds[table] = kind
        marks = ", ".join("?" * (len(columns) + 1))
        with self._explained():
            self._database.execute(f"CREATE TABLE IF NOT EXISTS {table} ({', '.join([*columns, 'line'])})")
            self._database.execute("BEGIN")
            self._database.executemany(
                f"INSERT INTO {table} VALUES ({marks})", ((*row(record), json_line(record)) for record in records)
            )
            self._database.execute("COMMIT")

    def index(self, table: str, *columns: str) -> None:
        """Make records quick to find by a column, in the order of those after it."""
        with self._explained():
            self._database.execute(f"CREATE INDEX {table}_{'_'.join(columns)} ON {table} ({', '.join(columns)})")

    def derive(self, table: str, query: str) -> None:
        """Make a table without records from a query, which begins after ``SELECT``."""
        with self._explained():
            self._database.execute(f"CREATE TABLE {table} AS SELECT {query}")

    def find(self, table: str, column: str, value: str, order: str = "rowid") -> list[Any]:
        """Return the records that have a value in a column."""
        return list(self.records(table, f"line FROM {table} WHERE {column} = ? ORDER BY {order}", value))

    def scan(self, table: str, order: str = "rowid") -> Iterator[Any]:
        """Yield all records of a table."""
        return self.records(table, f"line FROM {table} ORDER BY {order}")

    def records(self, table: str, query: str, *values: str) -> Iterator[Any]:
        """Yield the records that a query for ``line`` finds in a table."""
        read = _adapter(self._kinds[table]).validate_json
        return (read(line) for (line,) in self.select(query, *values))

    def select(self, query: str, *values: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query, which begins after ``SELECT``."""
        with self._explained():
            yield from self._database.execute(f"SELECT {query}", values)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"The working file {self._name} cannot be used: {error}.",
                "Free some space or choose another output folder, and run again: what was finished is kept.",
            ) from error


def json_line(record: Any) -> str:
    """Write a record as one line of JSON without its end, the same as its plain data would give.

    Raises:
        ValueError: a number in it is not finite.
    """
    return _ENCODER.encode(record)


def _fields(record: Any) -> Mapping[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_fields)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
