"""Gather what the page of an article shows: source beside translation, flags, what was removed, provenance. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import Markup

from pipeline.records import Article, FidelityFinding, Finding, Rejection, Segment, Translation
from pipeline.reporting.accounts import headline
from pipeline.reporting.findings_view import finding_anchor
from pipeline.reporting.lookup import Lookup, article_label, article_page, article_title, event_page, segment_anchor
from pipeline.reporting.marks import Mark, fidelity_marks, finding_marks, marked, translated_mark
from pipeline.reporting.review_view import Thing, translation_thing
from pipeline.reporting.trust import GRADE_WORDS, PairTrust, article_grade
from pipeline.reporting.words import (
    UNKNOWN,
    VERDICT_WORDS,
    Grade,
    count,
    grade,
    human_date,
    interval,
    language_name,
    number,
    percent,
    visible,
)

__all__ = ["ArticleView", "Removed", "Row", "build_article_view", "safe_url"]


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one segment beside its translation.

    ``translation`` is ``None`` for a segment that is in the target language already, and for one that was not
    translated; ``status`` tells which. ``new_paragraph`` opens a paragraph of the source.
    """

    anchor: str
    number: int
    kind: str
    new_paragraph: bool
    language: str
    source: Markup
    translation: Markup | None
    status: str
    grade: Grade
    quality: str
    flags: tuple[str, ...]
    mended: tuple[str, ...]
    findings: tuple[tuple[str, str, str], ...]
    review: Thing | None = None


@dataclass(frozen=True, slots=True)
class Removed:
    """Hold one dropped piece of an article."""

    reason: str
    detail: str
    text: str
    where: str
    unit: str


@dataclass(frozen=True, slots=True)
class ArticleView:
    """Hold everything the page of one article shows."""

    id: str
    page: str
    label: str
    title: str
    title_language: str | None
    language: str | None
    translated_title: str | None
    language_name: str
    translated: bool
    grade: Grade
    grade_words: str
    reasons: tuple[str, ...]
    events: tuple[tuple[str, str], ...]
    source: str
    published: str
    url: str | None
    url_text: str
    rows: tuple[Row, ...]
    n_flagged: int
    removed: tuple[Removed, ...]
    provenance: tuple[tuple[str, str], ...]
    engines: tuple[str, ...]
    signature: str


def build_article_view(lookup: Lookup, article: Article, trust: Mapping[str, PairTrust]) -> ArticleView:
    """Gather the page of one article.

    Args:
        lookup: the run.
        article: the article.
        trust: the grade of each source language's translation.
    """
    segments = lookup.segments_of.get(article.id, [])
    rows = _rows(lookup, segments)
    title = article_title(lookup, article)
    used = [t for t in map(lookup.translation, segments) if t is not None]
    score = lookup.scores.get(article.id)
    own = article_grade(score, trust.get(article.language or ""), lookup.run.limits)
    return ArticleView(
        id=article.id,
        page=article_page(article.id),
        label=article_label(article),
        title=title.text,
        title_language=title.language,
        translated_title=title.translation,
        language=article.language,
        language_name=language_name(article.language),
        translated=bool(used),
        grade=own,
        grade_words=GRADE_WORDS[own],
        reasons=_reasons(lookup, article),
        events=tuple((event_page(e.id), headline(e)) for e in lookup.events_of.get(article.id, ())),
        source=article.source or UNKNOWN,
        published=human_date(article.published),
        url=safe_url(article.url),
        url_text=article.url or UNKNOWN,
        rows=tuple(rows),
        n_flagged=sum(1 for row in rows if row.flags),
        removed=tuple(_removed(r) for r in lookup.rejections_of.get(article.id, ())),
        provenance=_provenance(article),
        engines=tuple(sorted({t.engine for t in used})),
        signature=score.signature if score else "",
    )


def safe_url(url: str | None) -> str | None:
    """Return an address that may be linked: http and https with a host, nothing else."""
    if not url or not url.isprintable():
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    return url.strip() if parts.scheme in ("http", "https") and parts.hostname else None


def _reasons(lookup: Lookup, article: Article) -> tuple[str, ...]:
    score = lookup.scores.get(article.id)
    if score is None or not score.n_translated:
        return ()
    reasons = [f"{score.n_translated:,} of {count(score.n_segments, 'sentence')} translated"]
    if score.n_facts:
        kept = f"{score.n_facts_kept:,} of {count(score.n_facts, 'fact')}"
        span = interval(score.fidelity_low, score.fidelity_high)
        share = percent(score.fidelity) + (f" (95% interval {span})" if span else "")
        reasons.append(f"{kept} (figures, dates, names) kept, {share}")
    if score.quality is not None:
        reasons.append(f"estimated quality {number(score.quality)} of 1")
    return (*reasons, f"{count(score.flagged, 'sentence')} flagged")


def _rows(lookup: Lookup, segments: Sequence[Segment]) -> list[Row]:
    rows: list[Row] = []
    previous: int | None = None
    for segment in segments:
        rows.append(_row(lookup, segment, new_paragraph=segment.paragraph != previous))
        previous = segment.paragraph
    return rows


def _row(lookup: Lookup, segment: Segment, *, new_paragraph: bool) -> Row:
    translation = lookup.translation(segment)
    found = lookup.findings_in.get(segment.id, [])
    links = {f.id: f"../{event_page(f.event_id)}#{finding_anchor(f)}" for f in found}
    faults = translation.findings if translation else ()
    own = grade(translation.quality if translation else None, lookup.run.limits.quality)
    shown = [f for f in found if f.verdict != "only_one" and not lookup.run.reviews.rejected(f)]
    review = translation_thing(lookup, segment, translation) if translation and segment.text.strip() else None
    turned_down = [review.words] if review and review.state == "reject" else []
    return Row(
        anchor=segment_anchor(segment),
        number=segment.index + 1,
        kind=segment.kind,
        new_paragraph=new_paragraph,
        language=segment.language,
        source=marked(
            segment.text, finding_marks(shown, segment.id, links) + fidelity_marks(faults, segment.text, "source")
        ),
        translation=None if translation is None else _translated(lookup, segment, translation),
        status=_status(lookup, segment, translation),
        grade=own,
        quality=number(translation.quality if translation else None),
        flags=(*turned_down, *(_flag(f) for f in faults)),
        mended=tuple(visible(r).replace(" -> ", " → ") for r in translation.repairs) if translation else (),
        findings=tuple(_notes(shown, links)),
        review=review,
    )


def _notes(findings: Sequence[Finding], links: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Name what was compared here, each kind and verdict once; every mark has its own link besides."""
    notes: dict[str, tuple[str, str, str]] = {}
    for f in findings:
        words = f"{f.kind}: {VERDICT_WORDS[f.verdict]}"
        notes.setdefault(words, (links[f.id], f.verdict, words))
    return list(notes.values())


def _translated(lookup: Lookup, segment: Segment, translation: Translation) -> Markup:
    mentions = lookup.mentions.get(segment.id, ())
    marks: list[Mark] = fidelity_marks(translation.findings, translation.text, "target")
    counted = [f for f in lookup.findings_in.get(segment.id, ()) if not lookup.run.reviews.rejected(f)]
    for finding in counted:
        for side in (finding.a, finding.b):
            if side is not None and side.segment_id == segment.id and finding.verdict != "only_one":
                mark = translated_mark(finding, side, translation, mentions)
                marks += [mark] if mark else []
    return marked(translation.text, marks)


def _status(lookup: Lookup, segment: Segment, translation: Translation | None) -> str:
    if translation is not None:
        return "from memory" if translation.from_memory else "translated"
    return "original" if segment.language == lookup.run.target else "not translated"


def _flag(finding: FidelityFinding) -> str:
    """Say in words what a fidelity check saw."""
    source, target = (f"“{visible(s)}”" if s else None for s in (finding.source, finding.target))
    if finding.kind in {"untranslated", "repetition", "truncation", "language", "length"}:
        shown = target or source
        words = {
            "untranslated": "left untranslated",
            "repetition": "the translation repeats itself",
            "truncation": "the translation is cut short",
            "language": "the translation is in the wrong language",
            "length": "the translation has an unusual length",
        }[finding.kind]
        return words + (f": {shown}" if shown else "")
    kind = "glossary term" if finding.kind == "term" else finding.kind
    if finding.verdict == "missing":
        return f"{kind} missing in the translation: {source or UNKNOWN}"
    if finding.verdict == "added":
        return f"{kind} added by the translation: {target or UNKNOWN}"
    return f"{kind} changed: {source or UNKNOWN} became {target or UNKNOWN}"


def _removed(rejection: Rejection) -> Removed:
    where = UNKNOWN
    if rejection.start is not None and rejection.end is not None:
        where = f"characters {rejection.start:,} to {rejection.end:,}"
    return Removed(
        reason=rejection.reason.value.replace("_", " "),
        detail=rejection.detail,
        text=rejection.text or "",
        where=where,
        unit=rejection.unit,
    )


def _provenance(article: Article) -> tuple[tuple[str, str], ...]:
    confidence = "" if article.confidence is None else f" (confidence {number(article.confidence)})"
    rows: list[tuple[str, str | None]] = [
        ("Name", article.name),
        ("File", article.path),
        ("Record in the file", article.record or "the whole file"),
        ("Source", article.source),
        ("Published", article.published),
        ("Address", article.url),
        ("Language", language_name(article.language) + confidence),
        ("Encoding of the file", article.encoding),
        ("Length of the file", f"{article.raw_chars:,} characters"),
        ("SHA-256 of the file", article.raw_sha256),
        ("Id", article.id),
    ]
    return tuple((name, value or UNKNOWN) for name, value in rows)
