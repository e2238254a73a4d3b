"""Facts of articles, and what comparing them found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["EventScore", "Fact", "FactKind", "Finding", "FindingVerdict", "Mention", "PairScore", "Side"]

FactKind = Literal[
    "number", "ordinal", "money", "percent", "date", "time", "duration", "name", "quote", "role", "outcome"
]
FindingVerdict = Literal["agree", "conflict", "only_one", "translation_artefact"]


@dataclass(frozen=True, slots=True)
class Mention:
    """Hold a fact as a pure parser sees it, with its span in the parsed text.

    ``value`` is the canonical form (``"1200000000"``, ``"2024-05-10"``, ``"????-05-10"``, ``"ministry of smes"``).
    ``low`` and ``high`` bound a quantity in ``unit`` (equal when exact); ``approximate`` marks "about", "more than".
    """

    kind: FactKind
    value: str
    surface: str
    start: int
    end: int
    low: float | None = None
    high: float | None = None
    unit: str | None = None
    role: str | None = None
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """Hold a mention with its place: span inside the segment's own text, and inside the raw file."""

    id: str
    article_id: str
    segment_id: str
    kind: FactKind
    value: str
    surface: str
    start: int
    end: int
    raw_start: int
    raw_end: int
    low: float | None
    high: float | None
    unit: str | None
    role: str | None
    approximate: bool


@dataclass(frozen=True, slots=True)
class Side:
    """Hold one side of a finding: where it is, in the segment and in the raw file, and what stands there."""

    article_id: str
    segment_id: str
    fact_id: str | None
    surface: str
    value: str
    start: int
    end: int
    raw_start: int
    raw_end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Compare two facts of one event. ``b`` is ``None`` for ``only_one``. ``importance`` ranks, higher first."""

    id: str
    event_id: str
    verdict: FindingVerdict
    kind: FactKind
    a: Side
    b: Side | None
    probability: float
    importance: float
    reason: str


@dataclass(frozen=True, slots=True)
class PairScore:
    """Score two articles of one event.

    ``agreement`` is the share of compared facts that agree; ``coverage_a`` the share of segments of a that have a
    counterpart in b. Both have a 95 % interval for clustered items and a signature; ``None`` where nothing could be
    compared, or there is no segment. ``chrf`` and ``bleu`` compare the aligned passages in the target language and
    carry sacrebleu's signatures; ``None`` when nothing is aligned.
    """

    event_id: str
    article_a: str
    article_b: str
    agreement: float | None
    agreement_low: float | None
    agreement_high: float | None
    n_agree: int
    n_conflict: int
    n_only_one: int
    n_artefact: int
    coverage_a: float | None
    coverage_a_low: float | None
    coverage_a_high: float | None
    coverage_b: float | None
    coverage_b_low: float | None
    coverage_b_high: float | None
    chrf: float | None
    bleu: float | None
    agreement_signature: str
    coverage_signature: str
    chrf_signature: str
    bleu_signature: str


@dataclass(frozen=True, slots=True)
class EventScore:
    """Score the accounts of one event against one another; copies and translations count with their original.

    ``agreement`` is the share of facts, each counted once however many pairs of articles it concerns, on which no two
    independent accounts differ (``n_agree`` of ``n_compared``). ``coverage`` is the share of segments of the
    independent articles with a counterpart in another account (``n_covered`` of ``n_segments``). Both have a 95 %
    interval for clustered items; ``None`` where there are no two independent accounts, or nothing to compare.
    """

    event_id: str
    n_articles: int
    n_accounts: int
    agreement: float | None
    agreement_low: float | None
    agreement_high: float | None
    n_agree: int
    n_compared: int
    coverage: float | None
    coverage_low: float | None
    coverage_high: float | None
    n_covered: int
    n_segments: int
    agreement_signature: str
    coverage_signature: str
