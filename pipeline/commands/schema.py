"""concord schema: print what the files of a run hold, as JSON Schema."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pipeline.commands.common import errors

__all__ = ["schema_command"]


def schema_command(
    table: Annotated[str | None, typer.Argument(help="Table of data/, or 'reviews'; without it the list.")] = None,
) -> None:
    """Print the JSON Schema of one line of a run's JSON Lines file; without a name, list the tables."""
    from pipeline.reporting.schemas import table_schema, tables

    with errors():
        if table is None:
            for name, words in tables().items():
                print(f"{name:<16} {words}")
            return
        print(json.dumps(table_schema(table), indent=2, ensure_ascii=False))
