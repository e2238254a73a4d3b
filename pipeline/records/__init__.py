"""Every type that crosses a boundary, each a frozen dataclass with an Arrow schema derived from its annotations.

Ids join: ``Segment.article_id -> Article.id``, ``Translation.segment_id -> Segment.id`` and so on. Offsets named
``start`` and ``end`` are half-open and count Unicode code points. Unknown is ``None``, never -1, 0 or "".

``offsets`` tie a cleaned text to the raw one it came from: a sorted tuple of :class:`Anchor`; from each anchor on,
text and raw advance together one code point at a time until the next anchor. ``raw_span`` converts.
"""

from pipeline.records.arrow import arrow_schema, from_table, to_rows, to_table
from pipeline.records.articles import Anchor, Article, Paragraph, ParagraphKind, Segment, raw_span
from pipeline.records.events import Bead, Copy, CopyKind, Event, Evidence, PairDecision, Relation, RelationKind, Thread
from pipeline.records.facts import EventScore, Fact, FactKind, Finding, FindingVerdict, Mention, PairScore, Side
from pipeline.records.rejections import Reason, Rejection
from pipeline.records.translations import ArticleScore, FidelityFinding, FidelityKind, FidelityVerdict, Translation

__all__ = [
    "Anchor",
    "Article",
    "ArticleScore",
    "Bead",
    "Copy",
    "CopyKind",
    "Event",
    "EventScore",
    "Evidence",
    "Fact",
    "FactKind",
    "FidelityFinding",
    "FidelityKind",
    "FidelityVerdict",
    "Finding",
    "FindingVerdict",
    "Mention",
    "PairDecision",
    "PairScore",
    "Paragraph",
    "ParagraphKind",
    "Reason",
    "Rejection",
    "Relation",
    "RelationKind",
    "Segment",
    "Side",
    "Thread",
    "Translation",
    "arrow_schema",
    "from_table",
    "raw_span",
    "to_rows",
    "to_table",
]
