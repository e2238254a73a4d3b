"""Turn records into Arrow tables and back, with schemas derived from their annotations."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Iterable
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar

import pyarrow as pa

__all__ = ["arrow_schema", "from_table", "to_rows", "to_table"]

T = TypeVar("T")
_SCALARS: dict[type, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    bytes: pa.binary(),
}


@cache
def arrow_schema(record: Any) -> pa.Schema:
    """Derive the Arrow schema of a record type from its annotations."""
    return pa.schema(_fields(record))


def to_rows(records: Iterable[Any]) -> list[dict[str, Any]]:
    """Convert records into plain dictionaries, nested ones included, fit for Arrow and JSON."""
    rows = [_plain(record) for record in records]
    return typing.cast("list[dict[str, Any]]", rows)


def to_table(records: Iterable[T], record: type[T]) -> pa.Table:
    """Convert records of one type into an Arrow table with that type's schema."""
    kind: Any = record  # functools.cache wants a Hashable, which mypy does not see in type[T]
    return pa.Table.from_pylist(to_rows(records), schema=arrow_schema(kind))


def from_table(table: pa.Table, record: type[T]) -> list[T]:
    """Rebuild records from an Arrow table written by :func:`to_table`."""
    kind: Any = record
    build = _builder(kind)
    return [build(row) for row in table.to_pylist()]


def _fields(record: type[Any]) -> list[Any]:
    hints = typing.get_type_hints(record)
    return [_field(f.name, hints[f.name]) for f in dataclasses.fields(record)]


def _field(name: str, hint: Any) -> Any:
    inner, optional = _unwrap(hint)
    return pa.field(name, _data_type(inner), nullable=optional)


def _unwrap(hint: Any) -> tuple[Any, bool]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [a for a in typing.get_args(hint) if a is not type(None)]
        return rest[0], True
    return hint, False


def _data_type(hint: Any) -> pa.DataType:
    if typing.get_origin(hint) is tuple:
        return pa.list_(pa.field("item", _data_type(typing.get_args(hint)[0]), nullable=False))
    if typing.get_origin(hint) is Literal:
        return pa.string()
    if dataclasses.is_dataclass(hint):
        return pa.struct(_fields(typing.cast("type[Any]", hint)))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return pa.string()
    return _SCALARS[hint]


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if dataclasses.is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in _names(typing.cast(Any, type(value)))}
    return value


@cache
def _names(record: Any) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(record))


@cache
def _builder(record: Any) -> Callable[[dict[str, Any]], Any]:
    hints = typing.get_type_hints(record)
    convert = {name: _converter(hints[name]) for name in _names(record)}
    special = {name: c for name, c in convert.items() if c is not None}

    def build(row: dict[str, Any]) -> Any:
        values = {name: row[name] for name in convert}
        for name, c in special.items():
            if values[name] is not None:
                values[name] = c(values[name])
        return record(**values)

    return build


def _converter(hint: Any) -> Callable[[Any], Any] | None:
    inner, _ = _unwrap(hint)
    if typing.get_origin(inner) is tuple:
        item = _converter(typing.get_args(inner)[0])
        return tuple if item is None else lambda values: tuple(item(v) for v in values)
    if dataclasses.is_dataclass(inner):
        return _builder(typing.cast(Any, inner))
    if isinstance(inner, type) and issubclass(inner, Enum):
        return inner
    return None
