"""Say in words why two facts are held to agree or to differ. Pure."""

from __future__ import annotations

from pipeline.facts.pairing import Match
from pipeline.records import Fact

__all__ = ["agree_reason", "conflict_reason", "wording_reason"]


def agree_reason(match: Match) -> str:
    """Say why two facts agree, and where."""
    a, b = match.a, match.b
    where = "in aligned passages" if match.similarity is not None else "elsewhere in the two articles"
    if a.kind == "name":
        what = "The same name" if a.surface == b.surface else f"One name, written “{a.surface}” and “{b.surface}”"
    elif match.exact:
        what = f"The same {a.kind}"
    elif a.kind == "date":
        what = f"Dates that fit, one less precise ({a.value}, {b.value})"
    elif a.approximate or b.approximate:
        what = f"“{a.surface}” and “{b.surface}” fit, one is approximate"
    else:
        what = f"“{a.surface}” and “{b.surface}” are the same when converted or rounded"
    return f"{what}, {where}."


def conflict_reason(match: Match) -> str:
    """Say what two accounts give differently."""
    a, b = match.a, match.b
    said = f"“{a.surface}” and “{b.surface}”"
    if a.kind == "role":
        return f"The accounts give one person different offices: {said}."
    if a.kind == "outcome":
        return f"The accounts differ on how it ended: {said}."
    if a.kind == "name":
        sort = "places" if a.role == b.role == "place" else "names"
        return f"Passages about one thing give different {sort}: {said}."
    where = "Aligned passages" if match.similarity is not None else "Passages about one thing"
    what = f"{a.kind} values ({a.unit})" if a.kind == "number" and a.unit else f"{a.kind} values"
    values = f" ({a.value}, {b.value})" if a.kind == "date" else ""
    return f"{where} give different {what}: {said}{values}."


def wording_reason(a: Fact, b: Fact) -> str:
    """Say what two wordings of one text give differently."""
    return f"Two wordings of one text differ in a {a.kind}: “{a.surface}” and “{b.surface}”."
