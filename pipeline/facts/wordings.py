"""Compare two wordings of one text word by word, where one article is a version or a translation of the other. Pure.

What the facts of both do not show, a check of faithfulness does: a name that no parser knew, a number in words. It
comes in as a function, so that this package depends on none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.facts.naming import proves
from pipeline.facts.pairing import Pairing
from pipeline.facts.roles import roles_meet
from pipeline.facts.romanise import name_key, name_similarity
from pipeline.facts.transcribe import heard
from pipeline.records import Bead, Fact, FactKind, FidelityFinding, Segment

__all__ = ["Check", "Difference", "wording_differences"]

# (source, target, source language, target language) -> what differs
Check = Callable[[str, str, str, str], Sequence[FidelityFinding]]
_KINDS: Mapping[str, FactKind] = {
    "number": "number",
    "money": "money",
    "percent": "percent",
    "date": "date",
    "name": "name",
}
_ALIKE = 0.5  # from which two names may be one that is spelt or heard badly
_SURE, _NAME = 0.85, 0.65
_HANGUL = re.compile(r"[가-힣]")


@dataclass(frozen=True, slots=True)
class Difference:
    """Hold what two wordings say differently: a fact on either side, or on one where the other has nothing for it."""

    a: Fact | None
    b: Fact | None
    probability: float


def wording_differences(
    pairing: Pairing, beads: Iterable[Bead], segments: Mapping[str, Segment], check: Check
) -> list[Difference]:
    """Check the passages of two articles that are versions of one text.

    Args:
        pairing: the two accounts; nothing is compared unless they are ``parallel``.
        beads: their alignment.
        segments: those of both, by id.
        check: what compares a sentence with its translation.

    Returns:
        Differences in the order of the beads, numbers before names; roles that one wording lacks come last.
    """
    if not pairing.parallel:
        return []
    found: list[Difference] = []
    for bead in beads:
        if bead.segments_a and bead.segments_b and pairing.near(bead.similarity):
            left, right = ([segments[s] for s in side] for side in (bead.segments_a, bead.segments_b))
            found.extend(_checked(left, right, pairing, check))
    return [*found, *_roles_of_one(pairing)]


def _checked(left: Sequence[Segment], right: Sequence[Segment], pairing: Pairing, check: Check) -> Iterator[Difference]:
    """Check a passage; a Korean side is read as the source, which the check knows better."""
    turned = right[0].language == "ko" and left[0].language != "ko"
    source, target = (right, left) if turned else (left, right)
    texts = [" ".join(s.text for s in side) for side in (source, target)]
    for finding in check(texts[0], texts[1], source[0].language, target[0].language):
        kind = _KINDS.get(finding.kind)
        if kind is None:
            continue
        x = _located(finding.source, source, kind, pairing)
        y = _located(finding.target, target, kind, pairing)
        if x is None and y is None:
            continue
        a, b = (y, x) if turned else (x, y)
        if x is not None and y is not None and _exchanged(x, y, kind, pairing):
            yield Difference(a, b, _NAME if kind == "name" else _SURE)
        else:  # the check may have put two strangers together: each stands for itself
            yield from (Difference(p, q, _NAME) for p, q in ((a, None), (None, b)) if p is not None or q is not None)


def _exchanged(x: Fact, y: Fact, kind: FactKind, pairing: Pairing) -> bool:
    """Tell whether one stands in the other's place: values of one form, names that are no spelling of one another."""
    if kind != "name":
        return bool(re.search(r"\d", x.surface)) == bool(re.search(r"\d", y.surface))
    if not all(proves(f.surface, pairing.language(f), "person") for f in (x, y)):
        return False
    if name_similarity(x.surface, y.surface) >= _ALIKE:
        return False
    korean, other = (x.surface, y.surface) if _HANGUL.search(x.surface) else (y.surface, x.surface)
    return not _HANGUL.search(korean) or heard(other, korean).score < _ALIKE


def _located(surface: str | None, side: Sequence[Segment], kind: FactKind, pairing: Pairing) -> Fact | None:
    """Return the fact at the place of a surface, or a new one without id."""
    if not surface:
        return None
    for segment in side:
        start = segment.text.find(surface)
        if start >= 0:
            end = start + len(surface)
            own = pairing.a if segment.article_id == pairing.a.article_id else pairing.b
            known = [
                f
                for f in own.facts
                if f.segment_id == segment.id and f.kind == kind and f.start < end and start < f.end
            ]
            return known[0] if known else _fact(segment, kind, surface, start)
    return None


def _fact(segment: Segment, kind: FactKind, surface: str, start: int) -> Fact:
    from pipeline.records import raw_span

    end = start + len(surface)
    raw_start, raw_end = raw_span(segment.offsets, start, end)
    value = name_key(surface) if kind == "name" else surface
    return Fact(
        id="",
        article_id=segment.article_id,
        segment_id=segment.id,
        kind=kind,
        value=value,
        surface=surface,
        start=start,
        end=end,
        raw_start=raw_start,
        raw_end=raw_end,
        low=None,
        high=None,
        unit=None,
        role="other" if kind == "name" else None,
        approximate=False,
    )


def _roles_of_one(pairing: Pairing) -> Iterator[Difference]:
    """Yield the offices of people to which the passage of the other wording has nothing that fits."""
    for own, other in ((pairing.a, pairing.b), (pairing.b, pairing.a)):
        for fact in own.facts:
            there = pairing.aligned(fact.segment_id)
            if fact.kind != "role" or fact.role is None or not there:
                continue
            offices = [f for f in other.facts if f.kind == "role" and f.segment_id in there]
            if not any(roles_meet(fact.value, f.value) for f in offices):
                yield Difference(fact, None, _NAME) if own is pairing.a else Difference(None, fact, _NAME)
