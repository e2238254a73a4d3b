"""Write what came of comparing two facts as a finding: its sides, its id, how much it matters."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipeline.records import Fact, FactKind, Finding, FindingVerdict, Segment, Side
from pipeline.text import fingerprint

__all__ = ["make_finding"]

# Numbers and dates before spelling: what a reader acts on comes first.
_KIND: Mapping[FactKind, float] = MappingProxyType(
    {
        "money": 1.0,
        "number": 1.0,
        "date": 0.9,
        "percent": 0.9,
        "duration": 0.8,
        "time": 0.7,
        "ordinal": 0.5,
        "outcome": 1.0,
        "role": 0.6,
        "name": 0.45,
        "quote": 0.2,
    }
)
_VERDICT: Mapping[FindingVerdict, float] = MappingProxyType(
    {"conflict": 1.0, "translation_artefact": 0.7, "only_one": 0.35, "agree": 0.3}
)


def make_finding(
    sides: tuple[Fact, Fact | None],
    verdict: FindingVerdict,
    reason: str,
    *,
    probability: float,
    event_id: str,
    segments: Mapping[str, Segment],
) -> Finding:
    """Build a finding; its id depends on the event, the verdict and the two facts alone.

    Args:
        sides: the two facts; the second is ``None`` for ``only_one``.
        verdict: what came of it.
        reason: why, in words.
        probability: how sure the verdict is.
        event_id: the event.
        segments: those the facts stand in, by id; what stands early in an article matters more.
    """
    a, b = sides
    weight = _VERDICT[verdict] * _KIND[a.kind] * probability * _place([f for f in sides if f], segments)
    return Finding(
        id="f" + fingerprint(event_id, verdict, _key(a), _key(b) if b else ""),
        event_id=event_id,
        verdict=verdict,
        kind=a.kind,
        a=_side(a),
        b=_side(b) if b else None,
        probability=round(probability, 4),
        importance=round(weight, 4),
        reason=reason,
    )


def _key(fact: Fact) -> str:
    return fact.id or f"{fact.segment_id}@{fact.start}"


def _place(facts: list[Fact], segments: Mapping[str, Segment]) -> float:
    first = min((segments[f.segment_id].index for f in facts if f.segment_id in segments), default=9)
    return 1.0 if first == 0 else 0.9 if first <= 3 else 0.8


def _side(fact: Fact) -> Side:
    return Side(
        article_id=fact.article_id,
        segment_id=fact.segment_id,
        fact_id=fact.id or None,
        surface=fact.surface,
        value=fact.value,
        start=fact.start,
        end=fact.end,
        raw_start=fact.raw_start,
        raw_end=fact.raw_end,
    )
