"""Compare the facts of two articles of one event: agree, conflict, only in one, artefact of the translation. Pure.

Precision first. Two values that differ conflict only in well aligned passages where both stand alone as the value of
one telling unit, and where neither is confirmed elsewhere in the other article. Outside the aligned passages an equal
value is support; a different one says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.facts.beside import each_once
from pipeline.facts.compatible import comparable, compatible, dates_compatible, family, specific
from pipeline.facts.contradictions import value_conflicts
from pipeline.facts.disputes import outcome_conflicts, role_conflicts
from pipeline.facts.findings import make_finding
from pipeline.facts.name_disputes import named_conflicts, part_conflicts, spelling_conflicts
from pipeline.facts.naming import one_name
from pipeline.facts.pairing import Match, Pairing, Vectors, make_pairing
from pipeline.facts.reasons import agree_reason, conflict_reason, wording_reason
from pipeline.facts.roles import roles_meet
from pipeline.facts.wordings import Check, Difference, wording_differences
from pipeline.records import Bead, Fact, Finding, FindingVerdict, Mention, Segment, Side

__all__ = ["SIGNATURE", "Comparison", "Inputs", "compare_passages"]

SIGNATURE = "agreement|v:4"
_CLAIMS = frozenset(("role", "outcome"))
_LONGER = 2  # a name of which more than half is missing is part of another
_SMALL, _OTHER_SLOT = 1000.0, 0.3
_TELLING = 10.0  # bare counts below this ("two", "one of") recur in every text


@dataclass(frozen=True, slots=True)
class Inputs:
    """Hold what the comparison of two articles needs.

    ``segments`` are those of both. ``facts`` are those of each segment in its own language, dates resolved where the
    publication date is known; ``translated`` those of its translation, for the segments that were translated.
    ``vectors`` are the unit vectors of :func:`pipeline.facts.pairing.context_texts`; without them the similarity of the
    passages stands for that of the words around each fact. ``check`` compares a sentence with its translation; with it
    two versions of one text are also compared word by word.
    """

    event_id: str
    segments: Mapping[str, Segment]
    facts: Mapping[str, Sequence[Fact]]
    translated: Mapping[str, Sequence[Mention]] = field(default_factory=dict)
    vectors: Vectors | None = None
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold the findings about one pair of articles."""

    findings: tuple[Finding, ...]

    def count(self, verdict: FindingVerdict) -> int:
        """Return how many findings have a verdict."""
        return sum(f.verdict == verdict for f in self.findings)


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
    articles = beads[0].article_a, beads[0].article_b
    pairing = make_pairing(articles, inputs.segments, inputs.facts, beads, inputs.vectors)
    left, right = ([f for f in account.facts if f.kind not in _CLAIMS] for account in (pairing.a, pairing.b))
    misspelt = each_once([*part_conflicts(pairing), *spelling_conflicts(pairing)])
    used = {f.id for m in misspelt for f in (m.a, m.b)}
    agreed = [*_agreements(pairing, left, right, used), *_same_offices(pairing)]
    used |= {f.id for m in agreed for f in (m.a, m.b)}
    conflicts = [*misspelt, *_conflicts(pairing, used)]
    used |= {f.id for m in conflicts for f in (m.a, m.b)}
    findings = [
        *(_agree_or_artefact(m, inputs) for m in agreed),
        *(_finding(m, "conflict", _conflict_probability(m), conflict_reason(m), inputs) for m in conflicts),
        *_alone(left, right, used, inputs, pairing),
        *_alone(right, left, used, inputs, pairing),
    ]
    if inputs.check is not None:
        differences = wording_differences(pairing, beads, inputs.segments, inputs.check)
        findings += _worded(differences, findings, inputs)
    return Comparison(tuple(sorted(findings, key=lambda f: (-f.importance, f.id))))


# --- agreement --------------------------------------------------------------------------------------------------------


def _agreements(
    pairing: Pairing, left: Sequence[Fact], right: Sequence[Fact], disputed: Iterable[str] = ()
) -> list[Match]:
    """Pair the facts that agree, each used once: inside aligned passages first, then telling ones anywhere."""
    inside, outside = [], []
    for a in left:
        for b in right:
            if not (comparable(a, b) and _agree(a, b)):
                continue
            match = pairing.match(a, b)
            if match.similarity is not None:
                inside.append(match)
            elif _telling(a) and _telling(b):
                outside.append(match)
    used = set(disputed)
    kept = _each_once(inside, used)
    return [*kept, *_each_once(outside, used)]


def _agree(a: Fact, b: Fact) -> bool:
    if compatible(a, b):
        return True
    if a.kind != "name" or a.role != b.role or a.role == "other":
        return False
    words = sorted((len(a.value.split()), len(b.value.split())))
    return words[1] <= _LONGER * words[0] and one_name(a.surface, b.surface)


def _same_offices(pairing: Pairing) -> list[Match]:
    """Pair the offices that both accounts give one person, each person once."""
    found: list[Match] = []
    for a in (f for f in pairing.a.facts if f.kind == "role"):
        for b in (f for f in pairing.b.facts if f.kind == "role"):
            if a.role is None or b.role is None or any(one_name(a.role, m.a.role or "") for m in found):
                continue
            if roles_meet(a.value, b.value) and one_name(a.role, b.role):
                found.append(Match(a, b, 0.9, pairing.passages.get((a.segment_id, b.segment_id))))
    return found


def _each_once(candidates: Iterable[Match], used: set[str]) -> list[Match]:
    """Keep matches so that no fact is in two, equal values and likely slots first; ``used`` grows.

    A name that both say often agrees once.
    """
    kept = []
    names: set[tuple[str, str]] = set()
    order = sorted(
        candidates,
        key=lambda m: (m.a.value != m.b.value, -m.slot, not m.exact, -(m.similarity or 0.0), m.a.id, m.b.id),
    )
    for match in order:
        if match.a.id in used or match.b.id in used:
            continue
        used |= {match.a.id, match.b.id}
        key = (match.a.value, match.b.value)
        if match.a.kind != "name" or key not in names:
            kept.append(match)
        names.add(key)
    return kept


def _telling(fact: Fact) -> bool:
    """Tell whether a fact is specific enough to be missed, or to support by standing somewhere else."""
    if fact.kind in ("number", "ordinal"):
        return specific(fact) or (fact.low or 0.0) >= _TELLING
    if fact.kind == "name":
        return fact.role != "other" and len(fact.value) > 1
    if fact.kind == "date":
        return "?" not in fact.value and fact.value[:1].isdigit()
    return True


def _agree_or_artefact(match: Match, inputs: Inputs) -> Finding:
    changed = [c for c in (_mistranslated(f, inputs) for f in (match.a, match.b)) if c]
    if changed:
        reason = f"The originals agree (“{match.a.surface}”, “{match.b.surface}”); {' and '.join(changed)}."
        return _finding(match, "translation_artefact", 0.8, reason, inputs)
    return _finding(match, "agree", _agree_probability(match), agree_reason(match), inputs)


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


def _agree_probability(match: Match) -> float:
    base = 0.95 if match.exact else 0.88
    if not (specific(match.a) and specific(match.b)):
        base -= 0.05
    return base if match.similarity is not None else base * 0.85


# --- conflict ---------------------------------------------------------------------------------------------------------


def _conflicts(pairing: Pairing, used: set[str]) -> list[Match]:
    """Return all contradictions, each fact in one at most; what was found by value goes before what was by name."""
    found = [*value_conflicts(pairing, used), *role_conflicts(pairing), *outcome_conflicts(pairing)]
    found += named_conflicts(pairing)
    kept, taken = [], set(used)
    for match in found:
        if taken.isdisjoint((match.a.id, match.b.id)):
            taken |= {match.a.id, match.b.id}
            kept.append(match)
    return kept


def _conflict_probability(match: Match) -> float:
    return max(0.05, min(0.97, match.slot))


# --- only in one ------------------------------------------------------------------------------------------------------


def _alone(
    own: Sequence[Fact], others: Sequence[Fact], used: set[str], inputs: Inputs, pairing: Pairing
) -> list[Finding]:
    findings = []
    seen: set[tuple[str, str | None, str]] = set()
    for fact in own:
        key = (fact.kind, fact.unit, fact.value)
        if fact.id in used or key in seen or not _telling(fact) or fact.kind == "time":
            continue
        seen.add(key)
        if any(_stated(fact, o, used, pairing) for o in others) or (fact.kind == "name" and pairing.said(fact)):
            continue
        findings.append(_finding_alone(fact, inputs))
    return findings


def _stated(fact: Fact, other: Fact, used: set[str], pairing: Pairing) -> bool:
    """Tell whether the other account states a value; a small number that stands for something else there is not it."""
    if not (comparable(fact, other) and _agree(fact, other)):
        return False
    if fact.kind != "number" or other.id not in used or abs(fact.low or _SMALL) >= _SMALL or fact.unit == "score":
        return True
    slot = pairing.slots.get((fact.id, other.id), pairing.slots.get((other.id, fact.id), 0.0))
    return slot >= _OTHER_SLOT


def _finding_alone(fact: Fact, inputs: Inputs) -> Finding:
    reason = "Only this article states it."
    return make_finding(
        (fact, None), "only_one", reason, probability=0.7, event_id=inputs.event_id, segments=inputs.segments
    )


def _worded(differences: Iterable[Difference], known: Sequence[Finding], inputs: Inputs) -> list[Finding]:
    """Report what two wordings say differently and no finding shows yet."""
    shown = {(s.segment_id, p) for f in known for s in (f.a, f.b) if s and f.verdict != "agree" for p in _points(s)}
    agreed = {(s.segment_id, p) for f in known for s in (f.a, f.b) if s and f.verdict == "agree" for p in _points(s)}
    found = []
    for d in differences:
        sides = [f for f in (d.a, d.b) if f is not None]
        places = {(f.segment_id, p) for f in sides for p in _points(f)}
        if len(sides) == 2:
            if places.isdisjoint(shown):
                found.append(_finding(Match(sides[0], sides[1], d.probability, 1.0), "conflict", d.probability,
                                      wording_reason(sides[0], sides[1]), inputs))  # fmt: skip
                shown |= places
        elif places.isdisjoint(shown) and (sides[0].kind == "role" or places.isdisjoint(agreed)):
            reason = "Two wordings of one text: only this one has it."
            found.append(
                make_finding(
                    (sides[0], None),
                    "only_one",
                    reason,
                    probability=d.probability,
                    event_id=inputs.event_id,
                    segments=inputs.segments,
                )
            )
            shown |= places
    return found


def _points(span: Fact | Side) -> range:
    return range(span.start, span.end)


def _finding(match: Match, verdict: FindingVerdict, probability: float, reason: str, inputs: Inputs) -> Finding:
    return make_finding(
        (match.a, match.b), verdict, reason, probability=probability, event_id=inputs.event_id, segments=inputs.segments
    )
