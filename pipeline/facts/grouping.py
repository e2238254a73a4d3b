"""Join findings that share a fact, so that a fact counts once however many pairs of articles it concerns. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from pipeline.records import FactKind, Finding, FindingVerdict, Side

__all__ = ["VERDICTS", "fact_groups", "finding_sides", "side_place"]

VERDICTS: Sequence[FindingVerdict] = ("conflict", "translation_artefact", "agree", "only_one")
"""Verdicts, the gravest first."""
_DISPUTES = ("conflict", "translation_artefact")
# Kinds of which the same value twice in one article is the same fact. A bare number is not: "10" counts many things.
_ONE_BY_VALUE: Collection[FactKind] = ("name", "date", "money", "percent")
_Key = tuple[str, ...]


def fact_groups(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Group the findings of one event that share a fact: gravest and most important group first, likewise inside.

    A name, date or amount that an article states several times is one fact, unless one of its mentions is disputed:
    then each mention stands for itself, so that the conflict is shown at its own sentence.
    """
    disputed = {side_place(s) for f in findings if f.verdict in _DISPUTES for s in finding_sides(f)}
    parent: dict[_Key, _Key] = {}
    for finding in findings:
        roots = [_root(parent, _key(finding, side, disputed)) for side in finding_sides(finding)]
        parent[max(roots)] = min(roots)
    members: dict[_Key, list[Finding]] = defaultdict(list)
    for finding in findings:
        members[_root(parent, _key(finding, finding.a, disputed))].append(finding)
    return sorted((sorted(found, key=_grave) for found in members.values()), key=_rank)


def finding_sides(finding: Finding) -> list[Side]:
    """Return the one or two sides of a finding."""
    return [side for side in (finding.a, finding.b) if side is not None]


def _grave(finding: Finding) -> tuple[int, float, str]:
    return VERDICTS.index(finding.verdict), -finding.importance, finding.id


def _rank(findings: Sequence[Finding]) -> tuple[int, float, tuple[str, ...]]:
    verdict, importance, _ = _grave(findings[0])
    return verdict, importance, tuple(sorted(f.id for f in findings))


def side_place(side: Side) -> tuple[str, ...]:
    """Return what tells a mention from all others: its fact, or its place where no parser knew it."""
    return (side.fact_id,) if side.fact_id else (side.segment_id, f"{side.start:06d}", f"{side.end:06d}")


def _key(finding: Finding, side: Side, disputed: Collection[_Key]) -> _Key:
    place = side_place(side)
    if finding.kind in _ONE_BY_VALUE and place not in disputed:
        return side.article_id, finding.kind, side.value
    return place


def _root(parent: dict[_Key, _Key], key: _Key) -> _Key:
    parent.setdefault(key, key)
    while parent[key] != key:
        parent[key] = parent[parent[key]]
        key = parent[key]
    return key
