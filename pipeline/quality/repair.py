"""Write a changed fact right, where both its form and its place in the translation are beyond doubt.

A repair touches as little as it can: the numeral inside "500 billion dollars", the day inside "May 14". It is kept only
if the check then no longer reports the fact and reports nothing new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.quality.fidelity import Fidelity, check
from pipeline.quality.repair_edits import edit_for
from pipeline.quality.repair_grammar import applied
from pipeline.records import FidelityFinding

__all__ = ["SIGNATURE", "Repair", "Repaired", "repair"]

SIGNATURE = "repair|v:2"


@dataclass(frozen=True, slots=True)
class Repair:
    """Hold one replacement: the kind of fact, what stood in the translation, what stands there now."""

    kind: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """Hold a translation after repair, what was done, and what the check says of it now."""

    text: str
    repairs: tuple[Repair, ...]
    fidelity: Fidelity


def repair(
    source: str, hypothesis: str, source_language: str, target_language: str, fidelity: Fidelity
) -> Repaired | None:
    """Repair the changed facts of a translation.

    Args:
        source: text of the segment.
        hypothesis: its translation.
        source_language: fr, ko or en.
        target_language: another of them.
        fidelity: what :func:`pipeline.quality.fidelity.check` found.

    Returns:
        The repaired translation, or ``None`` when nothing could be repaired for certain. A fact is repaired when its
        finding says ``changed`` (a date also when only a part of it is there), when it is the only such finding of its
        kind, when both surfaces occur once, and when the check is then content; names of people never are.
    """
    text, report, done = hypothesis, fidelity, list[Repair]()
    for finding in _repairable(fidelity.findings):
        edit = edit_for(finding, source, text, (source_language, target_language))
        if edit is None:
            continue
        attempt = applied(text, edit, target_language)
        after = check(source, attempt, source_language, target_language)
        if _is_better(report, after, finding):
            done.append(Repair(edit.kind, text[edit.start : edit.end], edit.text))
            text, report = attempt, after
    return Repaired(text, tuple(done), report) if done else None


def _repairable(findings: Sequence[FidelityFinding]) -> list[FidelityFinding]:
    """Keep changed facts and lost dates that are alone of their kind: of two, which became which cannot be told."""
    changed = [f for f in findings if f.verdict == "changed" and f.source and f.target]
    changed += [f for f in findings if f.verdict == "missing" and f.kind == "date" and f.source and f.target is None]
    return [f for f in changed if sum(g.kind == f.kind for g in findings) == 1]


def _is_better(before: Fidelity, after: Fidelity, finding: FidelityFinding) -> bool:
    left = [f for f in before.findings if f != finding]
    return all(f in left for f in after.findings) and len(after.findings) < len(before.findings)
