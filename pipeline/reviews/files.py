"""Read and write ``reviews.jsonl``: line by line, a bad line named and the rest kept, the last decision winning."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.errors import InputError
from pipeline.reviews.model import Decision, decision_adapter

__all__ = ["BadLine", "ReviewFile", "as_line", "merged", "read_reviews", "review_lines"]

MAX_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class BadLine:
    """Name a line that holds no decision, and say why."""

    file: str
    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class ReviewFile:
    """Hold the decisions of a file in its order, and the lines that hold none."""

    decisions: tuple[Decision, ...]
    bad: tuple[BadLine, ...]


def read_reviews(path: Path) -> ReviewFile:
    """Read a file of decisions; empty lines are skipped.

    Raises:
        InputError: the file cannot be read, or is no text.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is larger than {MAX_BYTES:,} bytes.", "Import it in parts.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", "Name an existing file.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text.", "Export the reviews again from the report.") from error
    adapter = decision_adapter()
    decisions: list[Decision] = []
    bad: list[BadLine] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            found = _decision(adapter, line)
            if isinstance(found, str):
                bad.append(BadLine(str(path), number, found))
            else:
                decisions.append(found)
    return ReviewFile(tuple(decisions), tuple(bad))


def _decision(adapter: Any, line: str) -> Decision | str:
    """Return the decision of a line, or what is wrong with it."""
    try:
        data = json.loads(line)
        json.dumps(data, ensure_ascii=False).encode("utf-8")
    except ValueError as error:
        return f"it is not JSON in UTF-8: {error}"
    except RecursionError:
        return "it is nested too deeply"
    if not isinstance(data, dict):
        return f"it holds a {type(data).__name__}, not an object"
    try:
        decision: Decision = adapter.validate_python(data)
    except ValidationError as error:
        return "; ".join(_problem(item) for item in error.errors()[:3])
    return decision


def _problem(item: Any) -> str:
    where = ".".join(str(part) for part in item["loc"][1:]) or "the decision"
    if item["type"].startswith("union_tag"):
        return "kind is missing or none of translation, bead, membership, finding"
    return f"{where}: {item['msg'].removeprefix('Value error, ')}"


def merged(*files: Iterable[Decision]) -> list[Decision]:
    """Keep the last decision on each thing: by time, then by place; sorted by time, kind and key."""
    last: dict[str, Decision] = {}
    for decisions in files:
        for decision in decisions:
            before = last.get(decision.subject.key)
            if before is None or before.time <= decision.time:
                last[decision.subject.key] = decision
    return sorted(last.values(), key=lambda d: (d.time, d.kind, d.subject.key))


def as_line(decision: Decision) -> str:
    """Write a decision as one line of JSON, with its key."""
    data = {**decision.model_dump(mode="json", exclude_none=True), "key": decision.subject.key}
    return json.dumps(data, ensure_ascii=False, sort_keys=True)


def review_lines(decisions: Sequence[Decision]) -> str:
    """Write decisions as the text of a file."""
    return "".join(f"{as_line(d)}\n" for d in decisions)
