"""Translations, what their check found, and how well an article was translated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ArticleScore", "FidelityFinding", "FidelityKind", "FidelityVerdict", "Translation"]

FidelityKind = Literal[
    "number",
    "money",
    "percent",
    "date",
    "name",
    "term",
    "untranslated",
    "repetition",
    "truncation",
    "language",
    "length",
]
FidelityVerdict = Literal["changed", "missing", "added"]


@dataclass(frozen=True, slots=True)
class FidelityFinding:
    """Report one difference between a source sentence and its translation.

    ``source`` and ``target`` are the surfaces (either may be ``None`` when there is nothing on that side).
    """

    kind: FidelityKind
    verdict: FidelityVerdict
    source: str | None
    target: str | None


@dataclass(frozen=True, slots=True)
class Translation:
    """Hold the translation of one segment.

    ``quality`` is a reference-free estimate in [0, 1]. ``from_memory`` is true only for texts that an engine did not
    make: reviewers' corrections and imported memories; what the same engine translated earlier is its own work.
    ``repairs`` says in words what was mended after the engine gave it (``"500 billion -> 50 billion"``). A segment that
    is already in the target language is passed through with engine ``"source"``.
    """

    segment_id: str
    article_id: str
    source_language: str
    target_language: str
    text: str
    engine: str
    score: float | None
    quality: float | None
    findings: tuple[FidelityFinding, ...]
    from_memory: bool
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArticleScore:
    """Sum up the translation of one article. ``None`` where nothing was translated.

    ``fidelity`` is the share of source facts kept, with a 95 % interval over facts clustered in segments; ``flagged``
    counts segments with at least one finding.
    """

    article_id: str
    n_segments: int
    n_translated: int
    quality: float | None
    fidelity: float | None
    fidelity_low: float | None
    fidelity_high: float | None
    n_facts: int
    n_facts_kept: int
    flagged: int
    signature: str
