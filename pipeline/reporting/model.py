"""What a report is made from: every record of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.records import (
    Article,
    ArticleScore,
    Bead,
    Copy,
    Event,
    EventScore,
    Fact,
    Finding,
    Mention,
    PairScore,
    Rejection,
    Relation,
    Segment,
    Thread,
    Translation,
)
from pipeline.reviews.book import Reviews
from pipeline.tables import Records

__all__ = ["Limits", "RunData"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Hold the thresholds that turn stored scores into words, each as (good from, fair from).

    They colour and word the pages and change no stored number. Those of ``chrf`` and ``bleu`` follow published figures:
    OPUS-MT scores 41.7 BLEU for French and 20.6 for Korean into English on FLORES-200, which reads as good and as
    usable with care. ``quality`` is on the scale of :mod:`pipeline.quality.estimation` (chrF++ / 100, drawn towards its
    mean): over the sentences of FLORES-200 dev, strong systems average 0.68 from French and 0.54 from Korean, the
    weakest one at hand 0.48.
    """

    quality: tuple[float, float] = (0.53, 0.5)
    fidelity: tuple[float, float] = (0.95, 0.85)
    chrf: tuple[float, float] = (58.0, 48.0)
    bleu: tuple[float, float] = (30.0, 18.0)
    similarity: tuple[float, float] = (0.75, 0.5)
    probability: tuple[float, float] = (0.85, 0.6)


@dataclass(frozen=True, slots=True)
class RunData:
    """Hold everything that a report shows; its tables may be streams that lie on disk.

    Attributes:
        run_name: name of the outputs folder, as people know it.
        target: ISO 639-1 code of the language everything was translated into.
        languages: the configured languages.
        manifests: per stage its manifest: ``stage, version, key, inputs, config, signatures, counts
            {unit: {in, out, rejected}}, seconds, files``. Durations never reach a page.
        models: the models that were used: ``name``, and where known ``licence, source, revision, description,
            evidence`` and ``quality`` (``{"ko-en": {"bleu": 10.7, "chrf": 40.7}}``).
        mentions: per segment id the facts parsed from its translation, so that a fact can be marked there too;
            ``None`` lets the report parse those it needs.
        title: heading of the pages.
        reviews: what reviewers decided, as far as it is in force.
    """

    run_name: str
    target: str
    languages: Sequence[str]
    articles: Sequence[Article] | Records[Article] = ()
    segments: Sequence[Segment] | Records[Segment] = ()
    translations: Sequence[Translation] | Records[Translation] = ()
    events: Sequence[Event] | Records[Event] = ()
    threads: Sequence[Thread] | Records[Thread] = ()
    relations: Sequence[Relation] | Records[Relation] = ()
    copies: Sequence[Copy] | Records[Copy] = ()
    beads: Sequence[Bead] | Records[Bead] = ()
    facts: Sequence[Fact] | Records[Fact] = ()
    findings: Sequence[Finding] | Records[Finding] = ()
    pair_scores: Sequence[PairScore] | Records[PairScore] = ()
    event_scores: Sequence[EventScore] | Records[EventScore] = ()
    article_scores: Sequence[ArticleScore] | Records[ArticleScore] = ()
    rejections: Sequence[Rejection] | Records[Rejection] = ()
    manifests: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    models: Sequence[Mapping[str, Any]] = ()
    mentions: Mapping[str, Sequence[Mention]] | None = None
    title: str = "Concord"
    reviews: Reviews = field(default_factory=Reviews)
    limits: Limits = field(default_factory=Limits)

    def without_tables(self) -> RunData:
        """Return what the pages of events and articles need besides records: names, limits, decisions."""
        return RunData(
            self.run_name,
            self.target,
            self.languages,
            mentions=self.mentions,
            title=self.title,
            reviews=self.reviews,
            limits=self.limits,
        )
