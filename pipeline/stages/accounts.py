"""Compare single articles without a run: clean, parse and embed them as the stages do, align and compare them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.alignment.sentences import align_comparable
from pipeline.cleaning.article import CleaningSettings, parse_item
from pipeline.cleaning.item import RawItem
from pipeline.config import Config
from pipeline.engines.base import Encoder
from pipeline.engines.contexts import context_vectors
from pipeline.engines.workshop import Workshop
from pipeline.facts import to_facts
from pipeline.facts.compare import Comparison, Inputs, compare_passages
from pipeline.facts.document import parse_document
from pipeline.records import Article, Bead, Fact, Segment
from pipeline.stages.detect import Detector

__all__ = [
    "BEAD_FLOOR",
    "Story",
    "beads_of",
    "clean_articles",
    "compare_stories",
    "inputs_of",
    "make_story",
    "story_contexts",
]

BEAD_FLOOR = 0.35
_Vectors = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """Hold one article ready to be compared: segments, their vectors, and facts by segment."""

    name: str
    segments: tuple[Segment, ...]
    vectors: Any
    facts: Mapping[str, Sequence[Fact]]


def make_story(name: str, article: Article, segments: Sequence[Segment], encoder: Encoder) -> Story:
    """Parse and embed an article.

    Args:
        name: what the article is called.
        article: it gives the day of publication.
        segments: its sentences in order.
        encoder: multilingual sentence encoder.
    """
    parsed = parse_document([s.text for s in segments], [s.language for s in segments], article.published)
    facts = {s.id: to_facts(m, s) for s, m in zip(segments, parsed, strict=True)}
    return Story(name, tuple(segments), encoder.encode([s.text for s in segments]), facts)


def compare_stories(a: Story, b: Story, event: str, context: _Vectors, floor: float = BEAD_FLOOR) -> Comparison:
    """Align and compare two articles.

    Args:
        a: one of them.
        b: the other.
        event: id of their event.
        context: vectors of the words around the facts of both, see :func:`story_contexts`.
        floor: cosine that a bead reaches at least.
    """
    return compare_passages(beads_of(a, b, event, floor), inputs_of(a, b, event, context))


def story_contexts(stories: Sequence[Story], encoder: Encoder) -> _Vectors:
    """Embed the words around every fact of some articles."""
    segments = {s.id: s for story in stories for s in story.segments}
    return context_vectors(
        [f for story in stories for s in story.segments for f in story.facts[s.id]], segments, encoder
    )


def beads_of(a: Story, b: Story, event: str, floor: float) -> list[Bead]:
    """Align two articles; every sentence of both is in exactly one bead."""
    left, right = [s.id for s in a.segments], [s.id for s in b.segments]
    articles = a.segments[0].article_id, b.segments[0].article_id
    return [
        Bead(
            f"b{n}",
            event,
            *articles,
            tuple(left[i] for i in bead.a),
            tuple(right[j] for j in bead.b),
            None if bead.similarity is None else round(bead.similarity, 4),
        )
        for n, bead in enumerate(align_comparable(a.vectors, b.vectors, floor))
    ]


def inputs_of(a: Story, b: Story, event: str, context: _Vectors) -> Inputs:
    """Return what the comparison of two articles needs; nothing is translated."""
    segments = {s.id: s for story in (a, b) for s in story.segments}
    return Inputs(event, segments, {**a.facts, **b.facts}, {}, context)


def clean_articles(
    items: Sequence[RawItem], config: Config, workshop: Workshop
) -> tuple[list[Article], dict[str, list[Segment]]]:
    """Clean items, detect languages and split into segments, as the stages do; what is rejected is left out.

    Returns:
        The articles, and their segments by article id.
    """
    settings = CleaningSettings(
        max_chars=config.ingest.max_chars,
        min_letters=config.ingest.min_letters,
        boilerplate=config.ingest.boilerplate,
        repeats=config.ingest.boilerplate,
    )
    parsed = [parse_item(item, settings).article for item in items]
    detector = Detector(
        languages=config.languages,
        open_choice=workshop.identifier(),
        closed_choice=workshop.restricted_identifier(),
        min_confidence=config.detect.min_confidence,
        min_letters=config.detect.min_segment_letters,
    )
    batch = detector([article for article in parsed if article is not None])
    segments: dict[str, list[Segment]] = {article.id: [] for article in batch.tables["articles"]}
    for segment in batch.tables["segments"]:
        segments[segment.article_id].append(segment)
    return list(batch.tables["articles"]), segments
