"""Describe every table of a run as JSON Schema, derived from the annotations of its record type."""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from typing import Any

from pipeline.errors import ConfigError
from pipeline.reporting.tables import table_records
from pipeline.reviews.model import decision_adapter

__all__ = ["json_schema_of", "table_schema", "tables"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SIMPLE: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def tables() -> dict[str, str]:
    """Return the names of all tables with what they hold."""
    found = {name: words for name, (_, words) in table_records().items()}
    return found | {"reviews": "what reviewers decided (reviews.jsonl)"}


def table_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of one line of ``data/<name>.jsonl``, or of ``reviews.jsonl``.

    Raises:
        ConfigError: there is no such table; the message lists those that there are.
    """
    if name == "reviews":
        return {"$schema": _DIALECT, "title": "Decision", **decision_adapter().json_schema()}
    found = table_records().get(name)
    if found is not None:
        record, words = found
        return {"$schema": _DIALECT, **json_schema_of(record), "description": words}
    raise ConfigError(f"There is no table {name!r}.", f"Tables: {', '.join(tables())}.")


def json_schema_of(record: type[Any]) -> dict[str, Any]:
    """Return the JSON Schema of a record type; nested ones stand under ``$defs``."""
    definitions: dict[str, Any] = {}
    schema = _object(record, definitions)
    return {**schema, "$defs": dict(sorted(definitions.items()))} if definitions else schema


def _object(record: type[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(record)
    names = [f.name for f in dataclasses.fields(record)]
    return {
        "title": record.__name__,
        "description": " ".join((record.__doc__ or "").split()),
        "type": "object",
        "properties": {name: _type(hints[name], definitions) for name in names},
        "required": names,
        "additionalProperties": False,
    }


def _type(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_type(a, definitions) for a in arguments if a is not type(None)] + [{"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _type(arguments[0], definitions)}
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}  # named before its parts, should they name it
            definitions[hint.__name__] = _object(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    return {"type": _SIMPLE[hint]}
