"""Name what a run holds as the subjects of decisions. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.records import Bead, Finding, Segment, Side, Translation
from pipeline.reviews.model import BeadSubject, FindingSubject, MembershipSubject, Place, TranslationSubject

__all__ = ["bead_subject", "finding_subject", "membership_subject", "translation_subject"]


def translation_subject(segment: Segment, translation: Translation) -> TranslationSubject:
    """Name the translation of a segment."""
    return TranslationSubject(
        pair=f"{translation.source_language}-{translation.target_language}",
        source=segment.text,
        target=translation.text,
        article_id=segment.article_id,
        segment_id=segment.id,
    )


def bead_subject(bead: Bead) -> BeadSubject:
    """Name a bead that has text on both sides."""
    return BeadSubject(
        article_a=bead.article_a, article_b=bead.article_b, segments_a=bead.segments_a, segments_b=bead.segments_b
    )


def membership_subject(article_id: str, others: Iterable[str], event_id: str | None) -> MembershipSubject:
    """Name an article's place beside others."""
    rest = tuple(sorted(set(others) - {article_id}))
    return MembershipSubject(article_id=article_id, others=rest, event_id=event_id)


def finding_subject(finding: Finding) -> FindingSubject:
    """Name a finding."""
    b = None if finding.b is None else _place(finding.b)
    return FindingSubject(kind=finding.kind, verdict=finding.verdict, a=_place(finding.a), b=b)


def _place(side: Side) -> Place:
    return Place(article_id=side.article_id, raw_start=side.raw_start, raw_end=side.raw_end, surface=side.surface)
