"""Measure the comparison of accounts on a newsroom: conflicts, equivalent statements, artefacts of translation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.engines.accounts import (
    BEAD_FLOOR,
    Story,
    compare_stories,
    context_vectors,
    make_story,
    story_beads,
    story_inputs,
)
from pipeline.engines.base import Encoder
from pipeline.evaluation.newsroom import Newsroom, Passage, Statement
from pipeline.facts import parse
from pipeline.facts.compare import SIGNATURE, Comparison, compare_passages
from pipeline.facts.pairing import Vectors
from pipeline.quality.alter import alter
from pipeline.quality.metrics import wilson
from pipeline.records import Finding, Side

__all__ = ["evaluate_consistency", "newsroom_stories", "read_events"]

# --- newsroom ---------------------------------------------------------------------------------------------------------


def evaluate_consistency(
    newsroom: Newsroom,
    encoder: Encoder,
    events: Mapping[str, Sequence[str]] | None = None,
    *,
    min_probability: float = 0.5,
    seed: int = 7,
) -> dict[str, Any]:
    """Compare the articles of each event and hold the findings against the gold.

    Args:
        newsroom: articles and gold.
        encoder: multilingual sentence encoder.
        events: article names by event; the gold ones without it.
        min_probability: conflicts less probable than this are left out, as in a run.
        seed: of the translations that are altered to measure artefacts.

    Returns:
        ``conflicts`` (precision by finding, recall by event and fact, F1, ``by_type`` of the gold, ``by_kind`` of the
        findings), ``agreements`` (gold pairs flagged as conflicts), ``artefacts`` (altered translations of agreeing
        facts that were called artefacts), ``missed`` and ``false`` in words, ``signature``.
    """
    chosen = events if events is not None else newsroom.events
    stories = newsroom_stories(newsroom, encoder)
    context = context_vectors(
        [s for story in stories.values() for s in story.segments],
        {key: found for story in stories.values() for key, found in story.facts.items()},
        encoder,
    )
    found: list[tuple[str, Finding]] = []
    artefacts: Counter[str] = Counter()
    rng = np.random.default_rng(seed)
    for event in sorted(chosen):
        names = sorted(n for n in chosen[event] if n in stories)
        for k, first in enumerate(names):
            for second in names[k + 1 :]:
                pair = stories[first], stories[second]
                compared = compare_stories(*pair, event, context)
                kept = [f for f in compared.findings if f.verdict != "conflict" or f.probability >= min_probability]
                found.extend((event, f) for f in kept)
                artefacts.update(_artefacts(pair, event, context, compared, rng))
    return _judge(newsroom, found, artefacts, encoder)


def newsroom_stories(newsroom: Newsroom, encoder: Encoder) -> dict[str, Story]:
    """Prepare the articles of a newsroom that have text."""
    return {
        name: make_story(name, newsroom.articles[name].published, segments, encoder)
        for name, segments in newsroom.segments.items()
        if segments
    }


def _judge(
    newsroom: Newsroom, found: Sequence[tuple[str, Finding]], artefacts: Counter[str], encoder: Encoder
) -> dict[str, Any]:
    ids = {name: article.id for name, article in newsroom.articles.items()}
    names = {article.id: name for name, article in newsroom.articles.items()}
    conflicts = [f for _, f in found if f.verdict == "conflict"]
    right = [f for f in conflicts if any(_covers(f, s, ids) for s in newsroom.conflicts)]
    facts = {(s.event, s.fact): s.type for s in newsroom.conflicts}
    hit = {(s.event, s.fact) for s in newsroom.conflicts for f in right if _covers(f, s, ids)}
    flagged = [s for s in newsroom.agreements if any(_covers(f, s, ids) for f in conflicts)]
    agree = [f for _, f in found if f.verdict == "agree"]
    confirmed = [s for s in newsroom.agreements if any(_covers(f, s, ids) for f in agree)]
    false = [f for f in conflicts if f not in right]
    return {
        "conflicts": {
            **_rates(len(right), len(conflicts), len(hit), len(facts)),
            "by_type": {kind: _by_type(kind, facts, hit) for kind in sorted(set(facts.values()))},
            "by_kind": {k: _by_kind(k, conflicts, right) for k in sorted({f.kind for f in conflicts})},
        },
        "agreements": {
            "falsely_flagged": _share(len(flagged), len(newsroom.agreements)),
            "n_flagged": len(flagged),
            "n": len(newsroom.agreements),
            "confirmed": _share(len(confirmed), len(newsroom.agreements)),
        },
        "artefacts": {
            "found": _share(artefacts["artefact"], artefacts["tried"]),
            "called_conflict": artefacts["conflict"],
            "n": artefacts["tried"],
        },
        "missed": [f"{event}: {fact} ({kind})" for (event, fact), kind in facts.items() if (event, fact) not in hit],
        "false": [f"{names[f.a.article_id]}/{names[f.b.article_id]} {_shown(f)}" for f in false if f.b],
        "signature": f"{SIGNATURE}|bead:{BEAD_FLOOR:g}|{encoder.signature}",
    }


def _shown(finding: Finding) -> str:
    other = finding.b.surface if finding.b else ""
    return f"{finding.kind} {finding.probability:.2f}: {finding.a.surface} | {other}"


def _rates(right: int, reported: int, hit: int, wanted: int) -> dict[str, Any]:
    precision, recall = _share(right, reported), _share(hit, wanted)
    f1 = 2 * precision * recall / (precision + recall) if precision and recall else (0.0 if wanted else None)
    low = wilson(right, reported), wilson(hit, wanted)
    return {
        "precision": precision,
        "recall": recall,
        "f1": None if f1 is None else round(f1, 4),
        "n_findings": reported,
        "n_facts": wanted,
        "intervals": {
            name: [round(x, 4) for x in pair] if pair else None
            for name, pair in zip(("precision", "recall"), low, strict=True)
        },
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _by_type(kind: str, facts: Mapping[tuple[str, str], str], hit: set[tuple[str, str]]) -> dict[str, Any]:
    own = [key for key, k in facts.items() if k == kind]
    return {"recall": _share(sum(key in hit for key in own), len(own)), "n": len(own)}


def _by_kind(kind: str, conflicts: Sequence[Finding], right: Sequence[Finding]) -> dict[str, Any]:
    own = [f for f in conflicts if f.kind == kind]
    return {"precision": _share(sum(f in right for f in own), len(own)), "n": len(own)}


def _covers(finding: Finding, statement: Statement, ids: Mapping[str, str]) -> bool:
    """Tell whether the two spans of a finding overlap the two sides of a statement, either way round."""
    if finding.b is None:
        return False
    return any(
        _overlaps(x, statement.a, ids) and _overlaps(y, statement.b, ids)
        for x, y in ((finding.a, finding.b), (finding.b, finding.a))
    )


def _overlaps(side: Side, passage: Passage, ids: Mapping[str, str]) -> bool:
    if side.article_id != ids.get(passage.article):
        return False
    return any(side.raw_start < end and start < side.raw_end for start, end in passage.spans)


# --- artefacts --------------------------------------------------------------------------------------------------------


def _artefacts(
    pair: tuple[Story, Story], event: str, context: Vectors, compared: Comparison, rng: np.random.Generator
) -> Counter[str]:
    """Alter the number of an agreeing fact in a made translation of its sentence, and see what that is called.

    The translation is the sentence itself with one number changed: what a careless engine does, without an engine.
    """
    counts: Counter[str] = Counter()
    beads, inputs = story_beads(*pair, event), story_inputs(*pair, event, context)
    for finding in compared.findings:
        if finding.verdict != "agree" or finding.kind not in ("number", "money", "percent") or finding.b is None:
            continue
        segment = inputs.segments[finding.b.segment_id]
        altered = alter(segment.text, segment.language, "number", rng)
        if altered is None or not (altered.start < finding.b.end and finding.b.start < altered.end):
            continue
        translated = {segment.id: parse(altered.text, segment.language)}
        again = compare_passages(beads, replace(inputs, translated=translated)).findings
        same = [f for f in again if f.b is not None and f.b.fact_id == finding.b.fact_id]
        counts["tried"] += 1
        counts["artefact"] += any(f.verdict == "translation_artefact" for f in same)
        counts["conflict"] += any(f.verdict == "conflict" for f in same)
    return counts


def read_events(path: Path) -> dict[str, list[str]]:
    """Read predicted events: a JSON object of article names by event."""
    import json

    from pipeline.errors import InputError

    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {str(event): [str(name) for name in names] for event, names in data.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise InputError(
            f"The events {path} cannot be read: {error}.", "Give JSON: {event: [article names]}."
        ) from error
