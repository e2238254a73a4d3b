"""Compare the facts of two articles of one event: agree, conflict, only in one, artefact of the translation. Pure.

Precision first. Two values that differ conflict only in well aligned passages where both stand alone as the value of
one telling unit, and where neither is confirmed elsewhere in the other article. Outside the aligned passages an equal
value is support; a different one says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pipeline.facts.compatible import comparable, compatible, dates_compatible, family, specific
from pipeline.facts.findings import make_finding
from pipeline.facts.resolve import full_date
from pipeline.records import Bead, Fact, Finding, FindingVerdict, Mention, Segment

__all__ = ["SIGNATURE", "Comparison", "Inputs", "agreement_share", "compare_passages", "coverage"]

SIGNATURE = "agreement|v:2"
# Cosine of the passages from which differing values are held against each other; chosen for precision.
CONFLICT_SIMILARITY, DATE_SIMILARITY = 0.5, 0.55
_APART = 5.0  # values further apart than this factor count different things
_DAYS_APART = 92
_TELLING = 10.0  # bare counts below this ("two", "one of") recur in every text
# An hour told in another zone moves the day: neighbouring days are then no contradiction.
_ZONE = re.compile(
    r"\b(?:GMT|UTC|[CEPM][SD]T|KST|CES?T|BST)\b|\b[A-Z][a-z]+ time\b|local time|heure (?:de |d['’]|locale)"
    r"|(?:현지|한국)\s?시[간각]"
)
Similarity = Callable[[str, str], "float | None"]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Hold what the comparison of two articles needs.

    ``segments`` are those of both. ``facts`` are those of each segment in its own language, dates resolved where the
    publication date is known; ``translated`` those of its translation, for the segments that were translated;
    ``similarity`` gives the cosine of two segments (ids), if known, and else the bead's counts.
    """

    event_id: str
    segments: Mapping[str, Segment]
    facts: Mapping[str, Sequence[Fact]]
    translated: Mapping[str, Sequence[Mention]] = field(default_factory=dict)
    similarity: Similarity | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold the findings about one pair of articles."""

    findings: tuple[Finding, ...]

    def count(self, verdict: FindingVerdict) -> int:
        """Return how many findings have a verdict."""
        return sum(f.verdict == verdict for f in self.findings)


@dataclass(frozen=True, slots=True)
class _Match:
    """Hold two facts; ``similarity`` is that of their passages, ``None`` outside aligned ones."""

    a: Fact
    b: Fact
    similarity: float | None


def compare_passages(beads: Sequence[Bead], inputs: Inputs) -> Comparison:
    """Compare two articles of one event along their aligned passages.

    Args:
        beads: all beads of one article pair (``article_a``, ``article_b`` the same throughout).
        inputs: segments and facts of both.

    Returns:
        Findings, most important first, each fact in at most one. Only numbers, amounts, full dates and names that
        tell something are reported as standing in one article alone.
    """
    if not beads:
        return Comparison(())
    full = [bead for bead in beads if bead.segments_a and bead.segments_b]
    sides = tuple(_article_facts(article, inputs) for article in (beads[0].article_a, beads[0].article_b))
    agreed = _agreements(full, sides[0], sides[1], inputs)
    used = {f.id for m in agreed for f in (m.a, m.b)}
    conflicts = _conflicts(full, sides[0], sides[1], inputs, used)
    used |= {f.id for m in conflicts for f in (m.a, m.b)}
    findings = [
        *(_agree_or_artefact(m, inputs) for m in agreed),
        *(_finding(m, "conflict", _conflict_probability(m), _conflict_reason(m), inputs) for m in conflicts),
        *_alone(sides[0], sides[1], used, inputs),
        *_alone(sides[1], sides[0], used, inputs),
    ]
    return Comparison(tuple(sorted(findings, key=lambda f: (-f.importance, f.id))))


def _article_facts(article: str, inputs: Inputs) -> list[Fact]:
    own = sorted((s for s in inputs.segments.values() if s.article_id == article), key=lambda s: (s.index, s.id))
    return [f for s in own for f in inputs.facts.get(s.id, ()) if f.kind != "quote"]


def _bead_facts(segment_ids: Iterable[str], inputs: Inputs) -> list[Fact]:
    return [f for s in segment_ids for f in inputs.facts.get(s, ()) if f.kind != "quote"]


def _similarity(a: Fact, b: Fact, bead: Bead, inputs: Inputs) -> float:
    own = inputs.similarity(a.segment_id, b.segment_id) if inputs.similarity else None
    return own if own is not None else bead.similarity or 0.0


# --- agreement --------------------------------------------------------------------------------------------------------


def _agreements(beads: Sequence[Bead], left: Sequence[Fact], right: Sequence[Fact], inputs: Inputs) -> list[_Match]:
    """Pair the facts that agree, each used once: inside the beads first, then telling ones anywhere."""
    inside = [
        _Match(a, b, _similarity(a, b, bead, inputs))
        for bead in beads
        for a in _bead_facts(bead.segments_a, inputs)
        for b in _bead_facts(bead.segments_b, inputs)
        if comparable(a, b) and compatible(a, b)
    ]
    used: set[str] = set()
    kept = _each_once(inside, used)
    rest = [f for f in right if f.id not in used and _telling(f)]
    outside = [
        _Match(a, b, None)
        for a in left
        if a.id not in used and _telling(a)
        for b in rest
        if comparable(a, b) and compatible(a, b)
    ]
    return [*kept, *_each_once(outside, used)]


def _each_once(candidates: Iterable[_Match], used: set[str]) -> list[_Match]:
    """Keep matches so that no fact is in two, equal values and similar passages first; ``used`` grows."""
    kept = []
    for match in sorted(candidates, key=lambda m: (not _exact(m), -(m.similarity or 0.0), m.a.id, m.b.id)):
        if match.a.id not in used and match.b.id not in used:
            kept.append(match)
            used |= {match.a.id, match.b.id}
    return kept


def _exact(match: _Match) -> bool:
    return match.a.value == match.b.value and match.a.unit == match.b.unit


def _telling(fact: Fact) -> bool:
    """Tell whether a fact is specific enough to be missed, or to support by standing somewhere else."""
    if fact.kind in ("number", "ordinal"):
        return specific(fact) or (fact.low or 0.0) >= _TELLING
    if fact.kind == "name":
        return fact.role != "other" and len(fact.value) > 1
    if fact.kind == "date":
        return "?" not in fact.value and fact.value[:1].isdigit()
    return True


def _agree_or_artefact(match: _Match, inputs: Inputs) -> Finding:
    changed = [c for c in (_mistranslated(f, inputs) for f in (match.a, match.b)) if c]
    if changed:
        reason = f"The originals agree (“{match.a.surface}”, “{match.b.surface}”); {' and '.join(changed)}."
        return _finding(match, "translation_artefact", 0.8, reason, inputs)
    return _finding(match, "agree", _agree_probability(match), _agree_reason(match), inputs)


def _mistranslated(fact: Fact, inputs: Inputs) -> str | None:
    """Say what a translation made of a fact, if it lost it and states another of the same family in its place."""
    mentions = inputs.translated.get(fact.segment_id)
    if mentions is None or fact.kind in ("name", "time", "ordinal") or not any(c.isdigit() for c in fact.surface):
        return None
    if any(_same_value(fact, m) for m in mentions):
        return None
    own = [f for f in inputs.facts.get(fact.segment_id, ()) if f.id != fact.id]
    strange = [m for m in mentions if family(m) == family(fact) and not any(_same_value(f, m) for f in own)]
    return f"the translation says “{strange[0].surface}” for “{fact.surface}”" if strange else None


def _same_value(fact: Fact, mention: Mention) -> bool:
    """Compare a fact with a mention of the translation, whose dates are not resolved: there only a clash counts."""
    if fact.kind != mention.kind:
        return fact.value == mention.value
    if fact.kind == "date":
        return dates_compatible(fact.value, mention.value) is not False
    return compatible(fact, mention)


def _agree_probability(match: _Match) -> float:
    base = 0.95 if _exact(match) else 0.88
    if not (specific(match.a) and specific(match.b)):
        base -= 0.05
    return base if match.similarity is not None else base * 0.85


def _agree_reason(match: _Match) -> str:
    a, b = match.a, match.b
    where = "in aligned passages" if match.similarity is not None else "elsewhere in the two articles"
    if a.kind == "name":
        what = "The same name" if a.surface == b.surface else f"One name, written “{a.surface}” and “{b.surface}”"
    elif _exact(match):
        what = f"The same {a.kind}"
    elif a.kind == "date":
        what = f"Dates that fit, one less precise ({a.value}, {b.value})"
    elif a.approximate or b.approximate:
        what = f"“{a.surface}” and “{b.surface}” fit, one is approximate"
    else:
        what = f"“{a.surface}” and “{b.surface}” are the same when converted or rounded"
    return f"{what}, {where}."


# --- conflict ---------------------------------------------------------------------------------------------------------


def _conflicts(
    beads: Sequence[Bead], left: Sequence[Fact], right: Sequence[Fact], inputs: Inputs, used: set[str]
) -> list[_Match]:
    found: list[_Match] = []
    for bead in beads:
        a_side, b_side = (
            [f for f in _bead_facts(side, inputs) if f.id not in used and _contestable(f)]
            for side in (bead.segments_a, bead.segments_b)
        )
        for a, b in _single_pairs(a_side, b_side):
            match = _Match(a, b, _similarity(a, b, bead, inputs))
            if _contradicts(match, inputs) and not _confirmed(a, right) and not _confirmed(b, left):
                found.append(match)
    return _each_once(found, set())


def _contestable(fact: Fact) -> bool:
    """Tell whether a fact can contradict another: a full date, or an amount of something named."""
    return full_date(fact.value) is not None if fact.kind == "date" else specific(fact)


def _single_pairs(left: Sequence[Fact], right: Sequence[Fact]) -> Iterable[tuple[Fact, Fact]]:
    """Yield the facts that are the only one of their family on both sides; with several it is open which belong."""
    for name in sorted({family(f) for f in left}):
        a, b = ([f for f in side if family(f) == name] for side in (left, right))
        if len({f.value for f in a}) == 1 and len({f.value for f in b}) == 1:
            yield a[0], b[0]


def _contradicts(match: _Match, inputs: Inputs) -> bool:
    a, b = match.a, match.b
    if a.kind == "date":
        apart = abs(_day(a) - _day(b))
        near = (match.similarity or 0.0) >= DATE_SIMILARITY and 0 < apart <= _DAYS_APART
        return near and not (apart == 1 and any(_zoned(f, inputs) for f in (a, b)))
    if (match.similarity or 0.0) < CONFLICT_SIMILARITY or compatible(a, b):
        return False
    if a.unit == "score":
        return True
    values = [abs(v) for v in (a.low, a.high, b.low, b.high) if v is not None]
    return bool(values) and min(values) > 0 and max(values) <= _APART * min(values)


def _day(fact: Fact) -> int:
    return (full_date(fact.value) or date.min).toordinal()


def _zoned(fact: Fact, inputs: Inputs) -> bool:
    segment = inputs.segments.get(fact.segment_id)
    return segment is not None and _ZONE.search(segment.text) is not None


def _confirmed(fact: Fact, others: Iterable[Fact]) -> bool:
    return any(comparable(fact, o) and compatible(fact, o) for o in others)


def _conflict_probability(match: _Match) -> float:
    """Weigh how surely two facts speak of one thing. A line drawn by hand over made pairs; not calibrated."""
    return min(0.95, 0.3 + 0.6 * max(0.0, match.similarity or 0.0))


def _conflict_reason(match: _Match) -> str:
    a, b = match.a, match.b
    what = f"{a.kind} values ({a.unit})" if a.kind == "number" else f"{a.kind} values"
    return f"Aligned passages give different {what}: “{a.surface}” and “{b.surface}”."


# --- only in one ------------------------------------------------------------------------------------------------------


def _alone(own: Sequence[Fact], others: Sequence[Fact], used: set[str], inputs: Inputs) -> list[Finding]:
    findings = []
    seen: set[tuple[str, str | None, str]] = set()
    for fact in own:
        key = (fact.kind, fact.unit, fact.value)
        if fact.id in used or key in seen or not _telling(fact) or fact.kind == "time":
            continue
        seen.add(key)
        if not _confirmed(fact, others):
            reason = "Only this article states it."
            findings.append(
                make_finding(
                    (fact, None),
                    "only_one",
                    reason,
                    probability=0.7,
                    event_id=inputs.event_id,
                    segments=inputs.segments,
                )
            )
    return findings


def _finding(match: _Match, verdict: FindingVerdict, probability: float, reason: str, inputs: Inputs) -> Finding:
    return make_finding(
        (match.a, match.b), verdict, reason, probability=probability, event_id=inputs.event_id, segments=inputs.segments
    )


# --- article level ----------------------------------------------------------------------------------------------------


def agreement_share(comparison: Comparison) -> tuple[int, int]:
    """Return the facts that agree, artefacts of translation included, and all that could be compared."""
    agree = comparison.count("agree") + comparison.count("translation_artefact")
    return agree, agree + comparison.count("conflict")


def coverage(beads: Sequence[Bead], segments_a: Sequence[str], segments_b: Sequence[str]) -> tuple[float, float]:
    """Return the share of each article's segments that have a counterpart in the other; 0 for an empty article."""
    full = [b for b in beads if b.segments_a and b.segments_b]
    first = {s for b in full for s in b.segments_a}
    second = {s for b in full for s in b.segments_b}
    return _share(first, segments_a), _share(second, segments_b)


def _share(found: set[str], segments: Sequence[str]) -> float:
    return len(found & set(segments)) / len(segments) if segments else 0.0
