"""Gather findings into statements that readers compare: one group per fact, one statement per account. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipeline.records import Event, Finding, FindingVerdict, Side
from pipeline.reporting.lookup import Lookup, article_label, article_page, ordered_articles, segment_anchor
from pipeline.reporting.marks import finding_marks, marked, translated_mark
from pipeline.reporting.words import VERDICT_WORDS, human_value, language_name, safe_name, visible

__all__ = ["Cell", "Group", "Statement", "finding_anchor", "group_findings", "matrix_cells"]

_VERDICTS: Sequence[FindingVerdict] = ("conflict", "translation_artefact", "agree", "only_one")
_SYMBOLS = {"conflict": "≠", "translation_artefact": "≈", "agree": "=", "only_one": "1"}


@dataclass(frozen=True, slots=True)
class Statement:
    """Hold what one article says about a fact, with its sentence and where to read it."""

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
    """Join the findings of an event that share a fact; conflicts first, by importance within each verdict."""
    findings = lookup.findings_of.get(event.id, [])
    parent: dict[tuple[str, ...], tuple[str, ...]] = {}
    for finding in findings:
        keys = [_key(side) for side in _sides(finding)]
        roots = [_root(parent, key) for key in keys]
        parent[max(roots)] = min(roots)
    members: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        members[_root(parent, _key(finding.a))].append(finding)
    groups = [_group(lookup, found) for found in members.values()]
    return sorted(groups, key=lambda g: (_VERDICTS.index(g.verdict), -g.importance, g.anchors))


def _sides(finding: Finding) -> list[Side]:
    return [side for side in (finding.a, finding.b) if side is not None]


def _key(side: Side) -> tuple[str, ...]:
    return (side.fact_id,) if side.fact_id else (side.segment_id, f"{side.start:06d}", f"{side.end:06d}")


def _root(parent: dict[tuple[str, ...], tuple[str, ...]], key: tuple[str, ...]) -> tuple[str, ...]:
    parent.setdefault(key, key)
    while parent[key] != key:
        parent[key] = parent[parent[key]]
        key = parent[key]
    return key


def _group(lookup: Lookup, findings: Sequence[Finding]) -> Group:
    ordered = sorted(findings, key=lambda f: (_VERDICTS.index(f.verdict), -f.importance, f.id))
    verdict = ordered[0].verdict
    leading = [f for f in ordered if f.verdict == verdict]
    return Group(
        verdict=verdict,
        words=VERDICT_WORDS[verdict],
        symbol=_SYMBOLS[verdict],
        kind=leading[0].kind,
        importance=max(f.importance for f in leading),
        probability=max(f.probability for f in leading),
        reasons=tuple(dict.fromkeys(visible(f.reason) for f in leading if f.reason)),
        statements=tuple(_statements(lookup, ordered)),
        anchors=tuple(sorted(finding_anchor(f) for f in findings)),
    )


def _statements(lookup: Lookup, findings: Sequence[Finding]) -> list[Statement]:
    seen: dict[tuple[str, ...], Statement] = {}
    for finding in findings:
        for side in _sides(finding):
            if _key(side) not in seen:
                seen[_key(side)] = _statement(lookup, finding, side)
    order = {article.id: n for n, article in enumerate(ordered_articles(lookup, lookup.events[findings[0].event_id]))}
    return sorted(seen.values(), key=lambda s: (order.get(s.article_id, len(order)), s.article_id, s.anchor))


def _statement(lookup: Lookup, finding: Finding, side: Side) -> Statement:
    segment, article = lookup.segments[side.segment_id], lookup.articles[side.article_id]
    translation = lookup.translation(segment)
    translated = None
    if translation is not None:
        mark = translated_mark(finding, side, translation, lookup.mentions.get(segment.id, ()))
        translated = marked(translation.text, [mark] if mark else [])
    fact = lookup.facts.get(side.fact_id or "")
    value = human_value(finding.kind, side.value, fact.unit if fact else None)
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
            cells.append(Cell(group.verdict, group.words, own[0], len(own) - 1))
        else:
            cells.append(Cell("silent", "says nothing", None, 0))
    return cells
