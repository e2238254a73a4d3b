"""Pair findings as they were stored with what reviewers said of them: data to calibrate the comparison with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.records import Bead, Finding, Segment, to_rows
from pipeline.reviews.book import Reviews
from pipeline.reviews.model import FindingDecision

__all__ = ["Calibration", "calibration_rows"]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Hold rows of (finding, verdict), and how many verdicts name a finding that this run does not make."""

    rows: tuple[dict[str, Any], ...]
    unmatched: int


def calibration_rows(
    reviews: Reviews, findings: Iterable[Finding], segments: Iterable[Segment], beads: Iterable[Bead]
) -> Calibration:
    """Join the verdicts on findings with the findings.

    Returns:
        One row per finding that was decided: ``finding`` as stored (its probability is the comparison's own),
        ``language_a`` and ``language_b``, ``similarity`` of the bead that both sentences stand in, ``correct`` (whether
        the reviewer accepted it), ``time`` and ``note``; sorted by finding.
    """
    by_id = {s.id: s for s in segments}
    together = _similarities(beads)
    rows, seen = [], set()
    for finding in sorted(findings, key=lambda f: f.id):
        decision = reviews.finding(finding)
        if decision is None:
            continue
        seen.add(decision.subject.key)
        b = finding.b
        rows.append(
            {
                "finding": to_rows([finding])[0],
                "language_a": by_id[finding.a.segment_id].language,
                "language_b": by_id[b.segment_id].language if b else None,
                "similarity": together.get(frozenset((finding.a.segment_id, b.segment_id))) if b else None,
                "correct": decision.verdict == "accept",
                "time": decision.time,
                "note": decision.note,
            }
        )
    named = [d.subject.key for d in reviews.decisions.values() if isinstance(d, FindingDecision)]
    return Calibration(tuple(rows), sum(key not in seen for key in named))


def _similarities(beads: Iterable[Bead]) -> Mapping[frozenset[str], float | None]:
    found: dict[frozenset[str], float | None] = {}
    for bead in beads:
        sides: Sequence[Sequence[str]] = (bead.segments_a, bead.segments_b)
        found.update({frozenset((a, b)): bead.similarity for a in sides[0] for b in sides[1]})
    return found
