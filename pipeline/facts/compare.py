"""Compare the facts of aligned passages of two articles: agree, conflict, only in one, artefact of the translation.

Precision first. Two values that differ conflict only where both stand alone in their passages as the value of one
telling unit, the passages are well aligned, and neither value is confirmed elsewhere in the other article.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from pipeline.facts.compatible import comparable, compatible, dates_compatible, family, specific
from pipeline.records import Bead, Fact, FactKind, Finding, FindingVerdict, Mention, Segment, Side
from pipeline.text import fingerprint

__all__ = ["Comparison", "Inputs", "agreement_share", "compare_passages", "coverage"]

_KINDS: frozenset[FactKind] = frozenset(("number", "ordinal", "money", "percent", "date", "time", "duration", "name"))
_ALONE: frozenset[FactKind] = frozenset(("number", "money", "percent", "date", "duration"))
# Cosine of the passages from which differing values are held against each other; chosen for precision.
CONFLICT_SIMILARITY, DATE_SIMILARITY = 0.55, 0.65
_RATIO = 5.0  # values further apart than this count different things
_WEIGHT: Mapping[FactKind, float] = MappingProxyType(
    {"number": 1.0, "money": 1.0, "percent": 0.9, "duration": 0.8, "date": 0.8, "time": 0.6, "ordinal": 0.5, "name": 0.5,
     "quote": 0.4}
)  # fmt: skip
_VERDICT: Mapping[FindingVerdict, float] = MappingProxyType(
    {"conflict": 1.0, "translation_artefact": 0.7, "only_one": 0.35, "agree": 0.3}
)
Similarity = Callable[[str, str], float | None]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Hold what the comparison of an event needs.

    ``facts`` are those of each segment in its own language, dates resolved where the publication date is known;
    ``translated`` those of its translation, for the segments that were translated; ``similarity`` gives the cosine of
    two segments (ids), if known.
    """

    event_id: str
    segments: Mapping[str, Segment]
    facts: Mapping[str, Sequence[Fact]]
    translated: Mapping[str, Sequence[Mention]] = field(default_factory=dict)
    similarity: Similarity | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold the findings about one pair of articles and their counts."""

    findings: tuple[Finding, ...]

    def count(self, verdict: FindingVerdict) -> int:
        """Return how many findings have a verdict."""
        return sum(f.verdict == verdict for f in self.findings)


@dataclass(frozen=True, slots=True)
class _Match:
    a: Fact
    b: Fact
    bead: Bead
    similarity: float


def compare_passages(beads: Sequence[Bead], inputs: Inputs) -> Comparison:
    """Compare two articles of one event along their aligned passages.

    Args:
        beads: all beads of one article pair (``article_a``, ``article_b`` the same throughout).
        inputs: segments and facts of both.

    Returns:
        Findings, most important first, each fact in at most one.
    """
    full = [bead for bead in beads if bead.segments_a and bead.segments_b]
    agreed = _agreements(full, inputs)
    used = {m.a.id for m in agreed} | {m.b.id for m in agreed}
    conflicts = _conflicts(full, inputs, used)
    used |= {m.a.id for m in conflicts} | {m.b.id for m in conflicts}
    findings = [
        *(_agree_or_artefact(m, inputs) for m in agreed),
        *(_finding(m, "conflict", _conflict_probability(m), _conflict_reason(m), inputs) for m in conflicts),
        *_alone(beads, inputs, used),
    ]
    return Comparison(tuple(sorted(findings, key=lambda f: (-f.importance, f.id))))


# --- agreement --------------------------------------------------------------------------------------------------------


def _agreements(beads: Sequence[Bead], inputs: Inputs) -> list[_Match]:
    """Match the facts that agree, the best aligned first, each used once."""
    candidates: list[_Match] = []
    for bead in beads:
        for a in _bead_facts(bead.segments_a, inputs):
            for b in _bead_facts(bead.segments_b, inputs):
                if comparable(a, b) and compatible(a, b):
                    candidates.append(_Match(a, b, bead, _similarity(a, b, bead, inputs)))
    candidates.sort(key=lambda m: (not _exact(m), -m.similarity, m.a.id, m.b.id))
    used: set[str] = set()
    kept: list[_Match] = []
    for match in candidates:
        if match.a.id not in used and match.b.id not in used:
            kept.append(match)
            used |= {match.a.id, match.b.id}
    return kept


def _bead_facts(segment_ids: Iterable[str], inputs: Inputs) -> list[Fact]:
    return [f for s in segment_ids for f in inputs.facts.get(s, ()) if f.kind in _KINDS]


def _exact(match: _Match) -> bool:
    return match.a.value == match.b.value and match.a.unit == match.b.unit


def _similarity(a: Fact, b: Fact, bead: Bead, inputs: Inputs) -> float:
    own = inputs.similarity(a.segment_id, b.segment_id) if inputs.similarity else None
    return own if own is not None else bead.similarity or 0.0


def _agree_or_artefact(match: _Match, inputs: Inputs) -> Finding:
    changed = [c for c in (_mistranslated(f, inputs) for f in (match.a, match.b)) if c]
    if changed:
        reason = f"The original texts agree ({match.a.surface} / {match.b.surface}); " + "; ".join(changed) + "."
        return _finding(match, "translation_artefact", 0.8, reason, inputs)
    return _finding(match, "agree", _agree_probability(match), _agree_reason(match), inputs)


def _mistranslated(fact: Fact, inputs: Inputs) -> str | None:
    """Say what a translation made of a fact, if it lost it and states another of the same family in its place."""
    mentions = inputs.translated.get(fact.segment_id)
    if mentions is None or fact.kind in ("name", "time", "ordinal") or not any(c.isdigit() for c in fact.surface):
        return None
    if any(m.kind in _KINDS and _same_value(fact, m) for m in mentions):
        return None
    own = [f for f in inputs.facts.get(fact.segment_id, ()) if f.id != fact.id]
    strange = [m for m in mentions if family(m) == family(fact) and not any(_same_value(f, m) for f in own)]
    if not strange:
        return None
    return f"the translation says {strange[0].surface} for {fact.surface}"


def _same_value(fact: Fact, mention: Mention) -> bool:
    if fact.kind == mention.kind and compatible(fact, mention):
        return True
    return fact.kind == "date" and mention.kind == "date" and dates_compatible(fact.value, mention.value) is not False


def _agree_probability(match: _Match) -> float:
    base = 0.6 if specific(match.a) and specific(match.b) else 0.45
    return round(min(0.99, base + 0.4 * max(0.0, match.similarity) - (0.0 if _exact(match) else 0.1)), 4)


def _agree_reason(match: _Match) -> str:
    a, b = match.a, match.b
    if a.kind == "name":
        return "Same name." if a.surface == b.surface else f"Same name, written {a.surface} and {b.surface}."
    if _exact(match):
        return "Same value."
    if a.kind == "date":
        return f"The dates fit ({a.value}, {b.value}); one is less precise."
    if a.approximate or b.approximate:
        return f"The values fit ({a.surface}, {b.surface}); one is approximate."
    return f"The values fit ({a.surface}, {b.surface}) after conversion or rounding."


# --- conflict ---------------------------------------------------------------------------------------------------------


def _conflicts(beads: Sequence[Bead], inputs: Inputs, used: set[str]) -> list[_Match]:
    article_a = _article_facts(beads, inputs, "a")
    article_b = _article_facts(beads, inputs, "b")
    found: list[_Match] = []
    for bead in beads:
        left = [f for f in _bead_facts(bead.segments_a, inputs) if f.id not in used and specific(f)]
        right = [f for f in _bead_facts(bead.segments_b, inputs) if f.id not in used and specific(f)]
        for a, b in _single_pairs(left, right):
            match = _Match(a, b, bead, _similarity(a, b, bead, inputs))
            if _contradicts(match) and not _confirmed(a, article_b) and not _confirmed(b, article_a):
                found.append(match)
    return _once(found)


def _article_facts(beads: Sequence[Bead], inputs: Inputs, side: str) -> list[Fact]:
    if not beads:
        return []
    article = beads[0].article_a if side == "a" else beads[0].article_b
    return [f for s in inputs.segments.values() if s.article_id == article for f in inputs.facts.get(s.id, ())]


def _single_pairs(left: Sequence[Fact], right: Sequence[Fact]) -> Iterable[tuple[Fact, Fact]]:
    """Yield the facts that are the only one of their family on both sides; with several it is open which belong."""
    for name in sorted({family(f) for f in left}):
        a, b = ([f for f in side if family(f) == name] for side in (left, right))
        if len({f.value for f in a}) == 1 and len({f.value for f in b}) == 1:
            yield a[0], b[0]


def _contradicts(match: _Match) -> bool:
    a, b = match.a, match.b
    if a.kind == "date":
        full = all(f.value.count("-") == 2 and "?" not in f.value for f in (a, b))
        return full and match.similarity >= DATE_SIMILARITY and dates_compatible(a.value, b.value) is False
    if match.similarity < CONFLICT_SIMILARITY or a.approximate != b.approximate:
        return False
    if a.unit == "score":
        return True
    values = [abs(v) for v in (a.low, a.high, b.low, b.high) if v is not None]
    return bool(values) and min(values) > 0 and max(values) <= _RATIO * min(values)


def _confirmed(fact: Fact, others: Sequence[Fact]) -> bool:
    return any(comparable(fact, o) and compatible(fact, o) for o in others)


def _once(matches: Sequence[_Match]) -> list[_Match]:
    used: set[str] = set()
    kept = []
    for match in sorted(matches, key=lambda m: (-m.similarity, m.a.id, m.b.id)):
        if match.a.id not in used and match.b.id not in used:
            kept.append(match)
            used |= {match.a.id, match.b.id}
    return kept


def _conflict_probability(match: _Match) -> float:
    return round(min(0.95, 0.3 + 0.6 * max(0.0, match.similarity)), 4)


def _conflict_reason(match: _Match) -> str:
    what = match.a.unit if match.a.kind == "number" and match.a.unit else match.a.kind
    return f"Aligned passages give different values ({what}): {match.a.surface} and {match.b.surface}."


# --- only in one ------------------------------------------------------------------------------------------------------


def _alone(beads: Sequence[Bead], inputs: Inputs, used: set[str]) -> list[Finding]:
    """Report the numbers, amounts and full dates that the other article does not state anywhere."""
    findings = []
    sides = (_article_facts(beads, inputs, "a"), _article_facts(beads, inputs, "b"))
    for facts, others in (sides, sides[::-1]):
        for fact in facts:
            if fact.id in used or fact.kind not in _ALONE or not _telling(fact) or _confirmed(fact, others):
                continue
            findings.append(
                Finding(
                    id=fingerprint(inputs.event_id, "only_one", fact.id, *sorted({o.article_id for o in others})),
                    event_id=inputs.event_id,
                    verdict="only_one",
                    kind=fact.kind,
                    a=_side(fact),
                    b=None,
                    probability=0.7,
                    importance=_importance("only_one", fact.kind, 0.7, [fact], inputs),
                    reason="Only this article states it.",
                )
            )
    return findings


def _telling(fact: Fact) -> bool:
    return specific(fact) and any(c.isdigit() for c in fact.surface) and "?" not in fact.value


# --- findings ---------------------------------------------------------------------------------------------------------


def _finding(match: _Match, verdict: FindingVerdict, probability: float, reason: str, inputs: Inputs) -> Finding:
    a, b = match.a, match.b
    return Finding(
        id=fingerprint(inputs.event_id, verdict, a.id, b.id),
        event_id=inputs.event_id,
        verdict=verdict,
        kind=a.kind,
        a=_side(a),
        b=_side(b),
        probability=probability,
        importance=_importance(verdict, a.kind, probability, [a, b], inputs),
        reason=reason,
    )


def _side(fact: Fact) -> Side:
    return Side(
        article_id=fact.article_id,
        segment_id=fact.segment_id,
        fact_id=fact.id,
        surface=fact.surface,
        value=fact.value,
        start=fact.start,
        end=fact.end,
        raw_start=fact.raw_start,
        raw_end=fact.raw_end,
    )


def _importance(
    verdict: FindingVerdict, kind: FactKind, probability: float, facts: Sequence[Fact], inputs: Inputs
) -> float:
    """Rank findings: conflicts first, numbers before names, what stands early in an article before what stands late."""
    first = min((inputs.segments[f.segment_id].index for f in facts if f.segment_id in inputs.segments), default=9)
    place = 1.0 if first == 0 else 0.9 if first <= 3 else 0.8
    return round(_VERDICT[verdict] * _WEIGHT[kind] * probability * place, 4)


# --- article level ----------------------------------------------------------------------------------------------------


def agreement_share(comparison: Comparison) -> tuple[int, int]:
    """Return the facts that agree, artefacts of translation included, and all that could be compared."""
    agree = comparison.count("agree") + comparison.count("translation_artefact")
    return agree, agree + comparison.count("conflict")


def coverage(beads: Sequence[Bead], segments_a: Sequence[str], segments_b: Sequence[str]) -> tuple[float, float]:
    """Return the share of each article's segments that have a counterpart in the other; 0 for an empty article."""
    full = [b for b in beads if b.segments_a and b.segments_b]
    sides = ({s for b in full for s in b.segments_a}, {s for b in full for s in b.segments_b})
    return tuple(  # type: ignore[return-value]
        len(found & set(own)) / len(own) if own else 0.0 for found, own in zip(sides, (segments_a, segments_b), strict=True)
    )
