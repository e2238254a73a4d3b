"""Gather findings into statements that readers compare: one group per fact, one statement per account. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipeline.facts.grouping import fact_groups, finding_sides, side_place
from pipeline.records import Event, Finding, FindingVerdict, Side
from pipeline.reporting.lookup import Lookup, article_label, article_page, ordered_articles, segment_anchor
from pipeline.reporting.marks import finding_marks, marked, translated_mark
from pipeline.reporting.review_view import Thing, finding_thing
from pipeline.reporting.words import VERDICT_WORDS, human_value, language_name, safe_name, visible

__all__ = [
    "Cell",
    "Group",
    "Statement",
    "dismissed_groups",
    "finding_anchor",
    "finding_groups",
    "group_findings",
    "matrix_cells",
]

_SYMBOLS = {"conflict": "≠", "translation_artefact": "≈", "agree": "=", "only_one": "1"}


@dataclass(frozen=True, slots=True)
class Statement:
    """Hold what one article says about a fact, with its sentence and where to read it.

    ``also`` names the other sentences that say the same, as (anchor, number).
    """

    article_id: str
    label: str
    language: str
    language_name: str
    surface: str
    value: str | None
    sentence: Markup
    translation: Markup | None
    page: str
    anchor: str
    also: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Hold findings that share facts. ``verdict`` is the gravest among them; ``page`` and ``anchor`` say where."""

    verdict: FindingVerdict
    words: str
    symbol: str
    kind: str
    importance: float
    probability: float
    reasons: tuple[str, ...]
    statements: tuple[Statement, ...]
    anchors: tuple[str, ...]
    review: Thing | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """Hold one cell of the matrix of facts by articles; ``state`` is a verdict or ``silent``."""

    state: str
    words: str
    statement: Statement | None
    others: int


def finding_anchor(finding: Finding) -> str:
    """Return the anchor of a finding on its event's page."""
    return f"f-{safe_name(finding.id)}"


def group_findings(lookup: Lookup, event: Event) -> list[Group]:
    """Join the findings of an event that share a fact; conflicts first, by importance within each verdict.

    A name, date or amount that an article states several times is one fact, unless one of its mentions is disputed:
    then each mention stands for itself, so that the conflict is shown at its own sentence.
    """
    order = _order(lookup, event)
    return [_group(lookup, findings, order) for findings in finding_groups(lookup, event)]


def finding_groups(lookup: Lookup, event: Event) -> list[list[Finding]]:
    """Return the findings behind each group of :func:`group_findings`, in the same order, the leading one first."""
    found: list[list[Finding]] = lookup.groups_of.get(event.id, [])
    return found


def dismissed_groups(lookup: Lookup, event: Event) -> list[Group]:
    """Return the findings of an event that a reviewer rejected: they stay listed and count no more."""
    rejected = [f for f in lookup.findings_of.get(event.id, []) if lookup.run.reviews.rejected(f)]
    order = _order(lookup, event)
    return [_group(lookup, findings, order) for findings in fact_groups(rejected)]


def _order(lookup: Lookup, event: Event) -> Mapping[str, int]:
    return {article.id: n for n, article in enumerate(ordered_articles(lookup, event))}


def _group(lookup: Lookup, findings: Sequence[Finding], order: Mapping[str, int]) -> Group:
    verdict = findings[0].verdict
    leading = [f for f in findings if f.verdict == verdict]
    return Group(
        verdict=verdict,
        words=VERDICT_WORDS[verdict],
        symbol=_SYMBOLS[verdict],
        kind=_kind(lookup, leading[0]),
        importance=max(f.importance for f in leading),
        probability=max(f.probability for f in leading),
        reasons=tuple(dict.fromkeys(visible(f.reason) for f in leading if f.reason)),
        statements=tuple(_statements(lookup, findings, order)),
        anchors=tuple(sorted(finding_anchor(f) for f in findings)),
        review=finding_thing(lookup, leading, f"this {VERDICT_WORDS[verdict]}: {visible(leading[0].a.surface)}"),
    )


def _kind(lookup: Lookup, finding: Finding) -> str:
    """Name the kind of a fact; a name is called by what it names where that is known."""
    fact = lookup.facts.get(finding.a.fact_id or "")
    role = fact.role if fact and finding.kind == "name" else None
    return visible(role) if role and role != "other" else finding.kind


def _statements(lookup: Lookup, findings: Sequence[Finding], order: Mapping[str, int]) -> list[Statement]:
    """Return one statement per article and value, at its first sentence, with the others beside it."""
    sides = {side_place(side): (finding, side) for finding in reversed(findings) for side in finding_sides(finding)}
    said: dict[tuple[str, str], list[tuple[Finding, Side]]] = defaultdict(list)
    for finding, side in sorted(sides.values(), key=lambda x: (_index(lookup, x[1]), x[1].start, x[0].id)):
        said[(side.article_id, side.value)].append((finding, side))
    ranked = sorted(said.items(), key=lambda x: (order.get(x[0][0], len(order)), x[0][0], _index(lookup, x[1][0][1])))
    return [_statement(lookup, *found[0], [side for _, side in found[1:]]) for _, found in ranked]


def _index(lookup: Lookup, side: Side) -> int:
    return lookup.segments[side.segment_id].index


def _statement(lookup: Lookup, finding: Finding, side: Side, others: Sequence[Side]) -> Statement:
    segment, article = lookup.segments[side.segment_id], lookup.articles[side.article_id]
    translation = lookup.translation(segment)
    translated = None
    if translation is not None:
        mark = translated_mark(finding, side, translation, lookup.mentions.get(segment.id, ()))
        translated = marked(translation.text, [mark] if mark else [])
    fact = lookup.facts.get(side.fact_id or "")
    value = human_value(finding.kind, side.value, fact.unit if fact else None)
    repeated = dict.fromkeys(lookup.segments[s.segment_id] for s in others if s.segment_id != segment.id)
    own = [m for m in finding_marks([finding], segment.id) if (m.start, m.end) == (side.start, side.end)]
    return Statement(
        article_id=article.id,
        label=article_label(article),
        language=segment.language,
        language_name=language_name(segment.language),
        surface=visible(side.surface),
        value=None if value is None or _same(value, side.surface) else visible(value),
        sentence=marked(segment.text, own),
        translation=translated,
        page=article_page(article.id),
        anchor=segment_anchor(segment),
        also=tuple((segment_anchor(s), s.index + 1) for s in repeated),
    )


def _same(value: str, surface: str) -> bool:
    """Say whether a canonical value adds nothing to what stands in the text."""
    return value.replace(",", "").split(" ")[0] == surface.replace(",", "").strip() or value == surface


def matrix_cells(group: Group, article_ids: Sequence[str]) -> list[Cell]:
    """Lay a group out over the articles of its event, silent ones included."""
    cells = []
    for article_id in article_ids:
        own = [s for s in group.statements if s.article_id == article_id]
        if own:
            cells.append(Cell(group.verdict, group.words, own[0], len(own) - 1 + len(own[0].also)))
        else:
            cells.append(Cell("silent", "says nothing", None, 0))
    return cells
