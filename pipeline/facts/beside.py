"""Find what stands beside a fact: names and values that two sentences share, people they do not. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.facts.compatible import comparable, compatible
from pipeline.facts.naming import one_name
from pipeline.facts.pairing import Match, Pairing
from pipeline.records import Fact

__all__ = ["each_once", "is_person", "names", "people_clash", "shared_names", "shared_values"]


def names(pairing: Pairing, segment_id: str) -> list[Fact]:
    """Return the names of a sentence."""
    own = pairing.a if any(s.id == segment_id for s in pairing.a.segments) else pairing.b
    return [f for f in own.facts if f.kind == "name" and f.segment_id == segment_id]


def shared_names(x: Fact, y: Fact, pairing: Pairing) -> float:
    """Sum the rarity of the names that two sentences share."""
    total = 0.0
    left, right = names(pairing, x.segment_id), names(pairing, y.segment_id)
    for p in left:
        if any(p.value == q.value or one_name(p.surface, q.surface) for q in right):
            spread = {f.segment_id for f in pairing.a.facts if f.kind == "name" and f.value == p.value}
            total += 1.0 / max(1, len(spread))
    return total


def shared_values(x: Fact, y: Fact, pairing: Pairing) -> list[tuple[Fact, Fact]]:
    """Return the quantities that two sentences have in common."""
    here = [f for f in pairing.a.facts if f.segment_id == x.segment_id and f.kind not in ("name", "role", "outcome")]
    there = [f for f in pairing.b.facts if f.segment_id == y.segment_id and f.kind not in ("name", "role", "outcome")]
    return [
        (p, q)
        for p in here
        for q in there
        if p.kind not in ("ordinal", "date", "time") and comparable(p, q) and compatible(p, q)
    ]


def people_clash(x: Fact, y: Fact, pairing: Pairing) -> bool:
    """Tell whether two sentences name people, none of whom is in both."""
    left = [f for f in names(pairing, x.segment_id) if is_person(f)]
    right = [f for f in names(pairing, y.segment_id) if is_person(f)]
    return bool(left) and bool(right) and not any(one_name(p.surface, q.surface) for p in left for q in right)


def each_once(options: Iterable[Match]) -> list[Match]:
    """Keep the likeliest matches so that no fact is in two."""
    found: list[Match] = []
    taken: set[str] = set()
    for match in sorted(options, key=lambda m: (-m.slot, m.a.id, m.b.id)):
        if taken.isdisjoint((match.a.id, match.b.id)):
            taken |= {match.a.id, match.b.id}
            found.append(match)
    return found


def is_person(fact: Fact) -> bool:
    """Tell whether a name is, or may be, a person's."""
    if fact.kind != "name" or fact.role not in ("person", "other"):
        return False
    return fact.role == "person" or " " in fact.surface
