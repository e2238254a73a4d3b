"""Every type that crosses a boundary, each a frozen dataclass with an Arrow schema derived from its annotations.

Ids join: ``Segment.article_id -> Article.id``, ``Translation.segment_id -> Segment.id`` and so on. Offsets named
``start`` and ``end`` are half-open and count Unicode code points. Unknown is ``None``, never -1, 0 or "".

``offsets`` tie a cleaned text to the raw one it came from: a sorted tuple of :class:`Anchor`; from each anchor on,
text and raw advance together one code point at a time until the next anchor. ``raw_span`` converts.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar

import pyarrow as pa

__all__ = [
    "Anchor",
    "Article",
    "ArticleScore",
    "Bead",
    "Copy",
    "Event",
    "Evidence",
    "Fact",
    "FactKind",
    "FidelityFinding",
    "Finding",
    "Mention",
    "PairDecision",
    "PairScore",
    "Paragraph",
    "Reason",
    "Rejection",
    "Relation",
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

ParagraphKind = Literal["title", "heading", "body", "item"]
FactKind = Literal[
    "number", "ordinal", "money", "percent", "date", "time", "duration", "name", "quote", "role", "outcome"
]
RelationKind = Literal["same_event", "same_thread", "unrelated"]
CopyKind = Literal["exact", "near", "translation"]
FindingVerdict = Literal["agree", "conflict", "only_one", "translation_artefact"]
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


class Reason(str, Enum):
    """Name why something was dropped. The value is what users see and filter by."""

    # whole files and records
    EMPTY = "empty"
    NOT_TEXT = "not_text"
    UNREADABLE = "unreadable"
    BAD_ENCODING = "bad_encoding"
    BAD_RECORD = "bad_record"
    MISSING_TEXT = "missing_text"
    TOO_LARGE = "too_large"
    UNKNOWN_FORMAT = "unknown_format"
    NO_ARTICLE_TEXT = "no_article_text"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    UNCERTAIN_LANGUAGE = "uncertain_language"
    # lines inside an article
    BREADCRUMB = "breadcrumb"
    NAVIGATION = "navigation"
    SHARE_BUTTONS = "share_buttons"
    SOCIAL_LINKS = "social_links"
    COMMENTS = "comments"
    MOST_READ = "most_read"
    RELATED = "related"
    CONTACT = "contact"
    COOKIES = "cookies"
    LEGAL = "legal"
    NEWSLETTER = "newsletter"
    BYLINE = "byline"
    REPEATED_TITLE = "repeated_title"
    REPEATED_BODY = "repeated_body"
    CALL_TO_ACTION = "call_to_action"
    # segments
    ENGINE_FAILED = "engine_failed"
    NO_ENGINE = "no_engine"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Tie position ``text`` of a cleaned text to position ``raw`` of the text it came from."""

    text: int
    raw: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Hold one kept paragraph of an article; ``start`` and ``end`` count code points of the decoded raw text."""

    index: int
    kind: ParagraphKind
    text: str
    start: int
    end: int
    offsets: tuple[Anchor, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """Hold one article after cleaning.

    ``id`` is a hash of the raw text and of ``path`` and ``record``, so that two outlets' copies of one text stay two
    articles. ``name`` is what people call it (file stem or record id). ``path`` is relative to the input folder;
    ``record`` names the record inside a file that holds several, else ``None``. ``published`` is ISO 8601
    (``YYYY-MM-DD`` or with a time). ``language`` and ``confidence`` are filled by detect.
    """

    id: str
    name: str
    path: str
    record: str | None
    source: str | None
    published: str | None
    url: str | None
    title: str | None
    language: str | None
    confidence: float | None
    encoding: str
    raw_sha256: str
    raw_chars: int
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """Hold one sentence; ``start``, ``end`` and ``offsets`` lead back to the raw text of its article."""

    id: str
    article_id: str
    index: int
    paragraph: int
    kind: ParagraphKind
    text: str
    start: int
    end: int
    offsets: tuple[Anchor, ...]
    language: str
    confidence: float


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
class Event:
    """Hold a set of articles that report one happening. ``cohesion`` is the mean pair probability, ``None`` alone."""

    id: str
    thread_id: str
    article_ids: tuple[str, ...]
    title: str
    date: str | None
    place: str | None
    participants: tuple[str, ...]
    cohesion: float | None


@dataclass(frozen=True, slots=True)
class Thread:
    """Hold related events in time order."""

    id: str
    event_ids: tuple[str, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Hold one feature of a pair decision: its value, what it added to the log-odds, and what it saw, in words."""

    feature: str
    value: float
    contribution: float
    detail: str


@dataclass(frozen=True, slots=True)
class Relation:
    """Hold what was decided about two articles (``article_a < article_b``) and why."""

    article_a: str
    article_b: str
    kind: RelationKind
    probability: float
    thread_probability: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class PairDecision:
    """Hold what was decided of two articles as they were, so that the next run need not measure them again.

    ``key`` is a hash of all that a decision sees of both; ``event`` and ``thread`` are log-odds.
    """

    key: int
    event: float
    thread: float


@dataclass(frozen=True, slots=True)
class Copy:
    """Say that an article is a copy or a translation of another of its event, and how sure that is.

    An article is a copy of one other at most, and there are no circles: the articles of an event minus its copies are
    its independent accounts. ``score`` is the share of the shorter text's word shingles that the longer one has
    (``exact``, ``near``), or the share of both texts' segments in matching beads (``translation``).
    """

    event_id: str
    article_id: str
    original_id: str
    kind: CopyKind
    score: float


@dataclass(frozen=True, slots=True)
class Bead:
    """Hold aligned sentences of two articles of one event, n-m; either side may be empty.

    ``similarity`` is the cosine of the two groups, ``None`` when one side is empty.
    """

    id: str
    event_id: str
    article_a: str
    article_b: str
    segments_a: tuple[str, ...]
    segments_b: tuple[str, ...]
    similarity: float | None


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

    ``agreement`` is the share of compared facts that agree, with a Wilson interval; ``coverage_a`` the share of
    segments of a that have a counterpart in b. ``chrf`` and ``bleu`` compare the aligned passages in the target
    language and carry sacrebleu's signatures; ``None`` when nothing is aligned.
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
    coverage_a: float
    coverage_b: float
    chrf: float | None
    bleu: float | None
    chrf_signature: str
    bleu_signature: str


@dataclass(frozen=True, slots=True)
class ArticleScore:
    """Sum up the translation of one article. ``None`` where nothing was translated.

    ``fidelity`` is the share of source facts kept; ``flagged`` counts segments with at least one finding.
    """

    article_id: str
    n_segments: int
    n_translated: int
    quality: float | None
    fidelity: float | None
    n_facts: int
    n_facts_kept: int
    flagged: int
    signature: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """Report something that was dropped, and why.

    ``unit`` says what was dropped (``file``, ``record``, ``line``, ``segment``, ``article``); ``item_id`` names it;
    ``text`` is what went (shortened), ``detail`` the reason in words with the remedy where there is one.
    """

    item_id: str
    stage: str
    unit: Literal["file", "record", "article", "line", "segment"]
    reason: Reason
    detail: str
    article_id: str | None = None
    text: str | None = None
    start: int | None = None
    end: int | None = None


def raw_span(offsets: Sequence[Anchor], start: int, end: int) -> tuple[int, int]:
    """Convert a half-open span of a cleaned text into one of the raw text.

    Args:
        offsets: anchors sorted by ``text``; the first has ``text == 0``.
        start: first code point of the span in the cleaned text.
        end: one past its last; ``end > start`` unless the span is empty.

    Returns:
        The raw span ``(start, end)``; an empty span stays empty.
    """
    first = _raw_position(offsets, start)
    if end <= start:
        return first, first
    index = _anchor_before(offsets, end)
    if offsets[index].text == end:  # the last character stands for several raw ones, or something was dropped after it
        while offsets[index].raw <= first and index + 1 < len(offsets) and offsets[index + 1].text <= end + _MOST:
            index += 1  # several characters of one composed cluster all lead to its start
        return first, max(offsets[index].raw, first + 1)
    return first, max(_raw_position(offsets, end - 1), first) + 1


def _raw_position(offsets: Sequence[Anchor], position: int) -> int:
    anchor = offsets[_anchor_before(offsets, position)]
    return anchor.raw + (position - anchor.text)


def _anchor_before(offsets: Sequence[Anchor], position: int) -> int:
    return bisect_right(offsets, position, key=lambda anchor: anchor.text) - 1


# --- Arrow ------------------------------------------------------------------------------------------------------------

T = TypeVar("T")
_MOST = 8  # characters that one cluster normalises into, at most (a base with a few marks)
_SCALARS: dict[type, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    bytes: pa.binary(),
}


@cache
def arrow_schema(record: Any) -> pa.Schema:
    """Derive the Arrow schema of a record type from its annotations."""
    return pa.schema(_fields(record))


def to_rows(records: Iterable[Any]) -> list[dict[str, Any]]:
    """Convert records into plain dictionaries, nested ones included, fit for Arrow and JSON."""
    rows = [_plain(record) for record in records]
    return typing.cast("list[dict[str, Any]]", rows)


def to_table(records: Iterable[T], record: type[T]) -> pa.Table:
    """Convert records of one type into an Arrow table with that type's schema."""
    kind: Any = record  # functools.cache wants a Hashable, which mypy does not see in type[T]
    return pa.Table.from_pylist(to_rows(records), schema=arrow_schema(kind))


def from_table(table: pa.Table, record: type[T]) -> list[T]:
    """Rebuild records from an Arrow table written by :func:`to_table`."""
    kind: Any = record
    build = _builder(kind)
    return [build(row) for row in table.to_pylist()]


def _fields(record: type[Any]) -> list[Any]:
    hints = typing.get_type_hints(record)
    return [_field(f.name, hints[f.name]) for f in dataclasses.fields(record)]


def _field(name: str, hint: Any) -> Any:
    inner, optional = _unwrap(hint)
    return pa.field(name, _data_type(inner), nullable=optional)


def _unwrap(hint: Any) -> tuple[Any, bool]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [a for a in typing.get_args(hint) if a is not type(None)]
        return rest[0], True
    return hint, False


def _data_type(hint: Any) -> pa.DataType:
    if typing.get_origin(hint) is tuple:
        return pa.list_(pa.field("item", _data_type(typing.get_args(hint)[0]), nullable=False))
    if typing.get_origin(hint) is Literal:
        return pa.string()
    if dataclasses.is_dataclass(hint):
        return pa.struct(_fields(typing.cast("type[Any]", hint)))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return pa.string()
    return _SCALARS[hint]


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if dataclasses.is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in _names(typing.cast(Any, type(value)))}
    return value


@cache
def _names(record: Any) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(record))


@cache
def _builder(record: Any) -> Callable[[dict[str, Any]], Any]:
    hints = typing.get_type_hints(record)
    convert = {name: _converter(hints[name]) for name in _names(record)}
    special = {name: c for name, c in convert.items() if c is not None}

    def build(row: dict[str, Any]) -> Any:
        values = {name: row[name] for name in convert}
        for name, c in special.items():
            if values[name] is not None:
                values[name] = c(values[name])
        return record(**values)

    return build


def _converter(hint: Any) -> Callable[[Any], Any] | None:
    inner, _ = _unwrap(hint)
    if typing.get_origin(inner) is tuple:
        item = _converter(typing.get_args(inner)[0])
        return tuple if item is None else lambda values: tuple(item(v) for v in values)
    if dataclasses.is_dataclass(inner):
        return _builder(typing.cast(Any, inner))
    if isinstance(inner, type) and issubclass(inner, Enum):
        return inner
    return None
