"""align: decide which articles cover one event, order events into threads, and align sentences inside an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import Any

from pipeline.alignment.api import AlignmentSettings, align_articles, align_sentences, alignment_signature
from pipeline.alignment.views import LEAD_SEGMENTS, ArticleView, make_view
from pipeline.config import Config
from pipeline.engines.base import Encoder
from pipeline.engines.workshop import Workshop
from pipeline.records import Article, Bead, Event, Relation, Segment, Thread, Translation
from pipeline.stages.base import Count, Stage, StageContext, StageOutput
from pipeline.text import fingerprint

__all__ = ["STAGE", "article_views"]

_LONGEST_TITLE = 140


def _run(context: StageContext) -> StageOutput:
    articles = context.read("detect", "articles", Article)
    segments = _by_article(context.read("detect", "segments", Segment))
    translations = {t.segment_id: t.text for t in context.read("translate", "translations", Translation)}
    context.progress.start("align", len(articles), "articles")
    views = article_views(articles, segments, translations, context.workshop.encoder())
    context.progress.advance(len(articles))
    settings = _align_settings(context.config)
    alignment = align_articles(views, settings)
    beads = _beads(alignment.events, {v.id: v for v in views}, segments, settings)
    placed = sum(len(event.article_ids) for event in alignment.events)
    tables: dict[str, Sequence[Any]] = {
        "events": alignment.events,
        "threads": alignment.threads,
        "relations": alignment.relations,
        "beads": beads,
    }
    return StageOutput(tables, (), {"articles": Count(len(articles), placed)})


def _by_article(segments: Sequence[Segment]) -> dict[str, list[Segment]]:
    grouped: dict[str, list[Segment]] = {}
    for segment in segments:
        grouped.setdefault(segment.article_id, []).append(segment)
    return grouped


def article_views(
    articles: Sequence[Article],
    segments: Mapping[str, Sequence[Segment]],
    translations: Mapping[str, str],
    encoder: Encoder,
) -> list[ArticleView]:
    """Build what the alignment sees of each article; all sentences are embedded in one call.

    Args:
        articles: detected articles.
        segments: their segments by article id, in order.
        translations: text in the target language by segment id.
        encoder: multilingual sentence encoder.
    """
    texts: list[str] = []
    for article in articles:
        own = [s.text for s in segments.get(article.id, ())]
        texts.extend([*own, " ".join(own[:LEAD_SEGMENTS])])
    vectors = encoder.encode(texts)
    views, position = [], 0
    for article in articles:
        own_segments = segments.get(article.id, ())
        n = len(own_segments)
        views.append(
            make_view(
                article.id,
                article.language or "",
                [s.text for s in own_segments],
                vectors[position : position + n],
                target_segments=[translations[s.id] for s in own_segments],
                title=_title(own_segments, translations),
                published=article.published,
                lead=vectors[position + n] if n else None,
            )
        )
        position += n + 1
    return views


def _title(segments: Sequence[Segment], translations: Mapping[str, str]) -> str | None:
    """Return the title in the target language; an article without one goes by its first sentence."""
    parts = [translations[s.id] for s in segments if s.kind == "title"]
    if not parts and segments:
        parts = [shorten(translations[segments[0].id], _LONGEST_TITLE, placeholder=" …")]
    return " ".join(parts) or None


def _beads(
    events: Sequence[Event],
    views: Mapping[str, ArticleView],
    segments: Mapping[str, Sequence[Segment]],
    settings: AlignmentSettings,
) -> list[Bead]:
    beads = []
    for event in events:
        ids = sorted(event.article_ids)
        for i, a in enumerate(ids):
            for b in ids[i + 1 :]:
                for bead in align_sentences(views[a], views[b], settings):
                    side_a = tuple(segments[a][k].id for k in bead.a)
                    side_b = tuple(segments[b][k].id for k in bead.b)
                    beads.append(
                        Bead(
                            id="b" + fingerprint(a, b, *side_a, "|", *side_b),
                            event_id=event.id,
                            article_a=a,
                            article_b=b,
                            segments_a=side_a,
                            segments_b=side_b,
                            similarity=None if bead.similarity is None else round(bead.similarity, 4),
                        )
                    )
    return beads


def _align_settings(config: Config) -> AlignmentSettings:
    return AlignmentSettings(
        event_threshold=config.align.event_threshold,
        thread_threshold=config.align.thread_threshold,
        neighbours=config.align.neighbours,
        target=config.target,
        bead_similarity=config.align.bead_similarity,
    )


def _settings(config: Config) -> Mapping[str, Any]:
    return config.align.model_dump()


def _signatures(config: Config, workshop: Workshop) -> Mapping[str, str]:
    return {"encoder": workshop.encoder().signature, "alignment": alignment_signature(_align_settings(config))}


STAGE = Stage(
    name="align",
    version="1",
    code=("alignment", "facts", "stages/align.py"),
    requires=("detect", "translate"),
    tables={"events": Event, "threads": Thread, "relations": Relation, "beads": Bead},
    settings=_settings,
    signatures=_signatures,
    run=_run,
)
