"""Prepare articles for comparison and compare two of them: parse, embed, align, hold the facts against each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.alignment.sentences import IndexBead, align_comparable, align_parallel
from pipeline.engines.base import Encoder, FloatMatrix
from pipeline.facts import to_facts
from pipeline.facts.compare import Comparison, Inputs, compare_passages
from pipeline.facts.document import parse_document
from pipeline.facts.pairing import Vectors, contexts_of
from pipeline.quality import fidelity
from pipeline.records import Bead, Fact, FidelityFinding, Segment

__all__ = [
    "BEAD_FLOOR",
    "Story",
    "check_wording",
    "compare_stories",
    "context_vectors",
    "make_story",
    "story_beads",
    "story_inputs",
]

BEAD_FLOOR = 0.35
# Cosine of a close counterpart, least number of them, least share of both articles, least share in order.
_CLOSE, _FEWEST, _MOST, _ORDERED = 0.55, 4, 0.6, 0.8


@dataclass(frozen=True, slots=True)
class Story:
    """Hold one article ready to be compared: its sentences, a unit vector of each, and facts by segment id."""

    name: str
    segments: tuple[Segment, ...]
    vectors: FloatMatrix
    facts: Mapping[str, Sequence[Fact]]


def make_story(
    name: str, published: str | None, segments: Sequence[Segment], encoder: Encoder, event_day: str | None = None
) -> Story:
    """Parse and embed an article.

    Args:
        name: what the article is called.
        published: its day of publication, ISO 8601, if known.
        segments: its sentences in order.
        encoder: multilingual sentence encoder.
        event_day: day of the event as others give it, where the day of publication is not known.
    """
    parsed = parse_document([s.text for s in segments], [s.language for s in segments], published, event_day)
    facts = {s.id: to_facts(m, s) for s, m in zip(segments, parsed, strict=True)}
    return Story(name, tuple(segments), encoder.encode([s.text for s in segments]), facts)


def context_vectors(
    segments: Iterable[Segment], facts: Mapping[str, Sequence[Fact]], encoder: Encoder
) -> dict[str, FloatMatrix]:
    """Embed the words around every fact but quotations, each text once.

    Args:
        segments: the sentences.
        facts: facts by segment id.
        encoder: multilingual sentence encoder.

    Returns:
        A unit vector of each text that :func:`pipeline.facts.pairing.contexts_of` names.
    """
    own = {s.id: s for s in segments}
    found = [f for segment_id in own for f in facts.get(segment_id, ()) if f.kind != "quote"]
    texts = list(dict.fromkeys(text for around in contexts_of(found, own) for text in around.texts))
    return dict(zip(texts, encoder.encode(texts), strict=True))


def compare_stories(a: Story, b: Story, event: str, context: Vectors, floor: float = BEAD_FLOOR) -> Comparison:
    """Align and compare two articles.

    Args:
        a: one of them.
        b: the other.
        event: id of their event.
        context: vectors of the words around the facts of both, see :func:`context_vectors`.
        floor: cosine that a bead reaches at least.
    """
    return compare_passages(story_beads(a, b, event, floor), story_inputs(a, b, event, context))


def check_wording(source: str, target: str, source_language: str, target_language: str) -> Sequence[FidelityFinding]:
    """Compare two wordings of a sentence as a translation is compared with its source."""
    return fidelity.check(source, target, source_language, target_language).findings


def story_beads(a: Story, b: Story, event: str, floor: float = BEAD_FLOOR) -> list[Bead]:
    """Align two articles sentence by sentence; none where one of them is empty.

    Two versions of one text are aligned in order, so that a sentence that was changed keeps its counterpart.
    """
    if not a.segments or not b.segments:
        return []
    left, right = [s.id for s in a.segments], [s.id for s in b.segments]
    articles = a.segments[0].article_id, b.segments[0].article_id
    beads = align_comparable(a.vectors, b.vectors, floor)
    if _in_order(beads, len(left), len(right)):
        beads = align_parallel(a.vectors, b.vectors)
    return [
        Bead(
            f"b{n}",
            event,
            *articles,
            tuple(left[i] for i in bead.a),
            tuple(right[j] for j in bead.b),
            None if bead.similarity is None else round(bead.similarity, 4),
        )
        for n, bead in enumerate(beads)
    ]


def _in_order(beads: Sequence[IndexBead], n: int, m: int) -> bool:
    """Tell whether most sentences have a close counterpart and these follow one another alike."""
    close = [bead for bead in beads if bead.similarity is not None and bead.similarity >= _CLOSE]
    share = min(sum(len(bead.a) for bead in close) / n, sum(len(bead.b) for bead in close) / m)
    forward = sum(y.b[0] > x.b[0] for x, y in pairwise(close))
    return len(close) >= _FEWEST and share >= _MOST and forward >= _ORDERED * (len(close) - 1)


def story_inputs(a: Story, b: Story, event: str, context: Vectors) -> Inputs:
    """Gather what the comparison of two articles needs."""
    segments = {s.id: s for story in (a, b) for s in story.segments}
    return Inputs(event, segments, {**a.facts, **b.facts}, {}, context, check_wording)
