"""Compare a sentence with its translation: numbers, dates, money, names, and the ways machine output goes wrong.

Made to be quiet on faithful human translations: what cannot be told from a free rendering is not reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.quality.evidence import Claim, Evidence, claims, evidence, unsupported
from pipeline.quality.guards import guards
from pipeline.quality.namecheck import check_names
from pipeline.records import FidelityFinding, FidelityKind, Mention

__all__ = ["SIGNATURE", "Fidelity", "check"]

SIGNATURE = "fidelity|v:2"


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Hold the findings about one translation, and how many of the source's facts were kept."""

    findings: tuple[FidelityFinding, ...]
    n_facts: int
    n_kept: int

    @property
    def share(self) -> float | None:
        """Return the share of facts kept, ``None`` where the source states none."""
        return self.n_kept / self.n_facts if self.n_facts else None


def check(
    source: str,
    target: str,
    source_language: str,
    target_language: str,
    *,
    source_mentions: Sequence[Mention] | None = None,
    identified: str | None = None,
) -> Fidelity:
    """Compare a segment with its translation.

    Args:
        source: text of the segment.
        target: its translation.
        source_language: ISO 639-1 code.
        target_language: ISO 639-1 code.
        source_mentions: what :func:`pipeline.facts.parse` found in the source, without a reference date, if known.
        identified: language that an identifier gave to the target, if it was asked and sure.

    Returns:
        The findings, numbers first in the order of the source, and the count of facts stated and kept.
    """
    stated = claims(source, source_language, source_mentions)
    broken = guards(source, target, source_language, target_language, identified)
    if not target.strip():
        return Fidelity(broken, len(stated), 0)
    there = evidence(target, target_language)
    missing = unsupported(stated, there)
    here = evidence(source, source_language, source_mentions)
    added = unsupported(claims(target, target_language), here)
    names, n_names, kept_names = check_names(source, target, source_language, target_language)
    findings = [*_pair(missing, added), *_currencies(stated, here, there), *names, *broken]
    return Fidelity(tuple(dict.fromkeys(findings)), len(stated) + n_names, len(stated) - len(missing) + kept_names)


def _pair(missing: Sequence[Claim], added: Sequence[Claim]) -> list[FidelityFinding]:
    """Make one finding of a missing and an added fact of one kind: it was changed."""
    left = list(added)
    findings = []
    for claim in missing:
        match = next((a for a in left if a.kind == claim.kind), None) or next(iter(left), None)
        if match is not None:
            left.remove(match)
        findings.append(
            FidelityFinding(
                claim.kind, "changed" if match else "missing", claim.surface, match.surface if match else None
            )
        )
    return [*findings, *(FidelityFinding(a.kind, "added", None, a.surface) for a in left)]


def _currencies(stated: Sequence[Claim], here: Evidence, there: Evidence) -> list[FidelityFinding]:
    """Report an amount that kept its value and changed its currency."""
    findings = []
    for claim in stated:
        if claim.currency is None:
            continue
        same = [unit for value, unit in there.money if any(abs(value - v) <= 1e-6 * max(1.0, v) for v in claim.values)]
        if same and claim.currency not in same and not _related(claim.currency, same):
            kind: FidelityKind = "money"
            findings.append(FidelityFinding(kind, "changed", claim.surface, same[0]))
    return findings


def _related(currency: str, others: Sequence[str]) -> bool:
    """Treat the dollars as one: sentences seldom repeat which dollar is meant."""
    dollars = {"USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD"}
    return any(o.split("-")[0] == currency.split("-", maxsplit=1)[0] or {o, currency} <= dollars for o in others)
