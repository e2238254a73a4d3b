"""Say of each decision of a reviewer whether this run honours it, and where. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.records import Segment
from pipeline.reporting.lookup import Lookup, article_label, article_page, event_page, segment_anchor
from pipeline.reporting.review_view import honoured_words
from pipeline.reporting.words import count, joined, visible
from pipeline.reviews.model import (
    BeadDecision,
    Decision,
    FindingDecision,
    MembershipDecision,
    TranslationDecision,
)

__all__ = ["Honoured", "honoured_decisions"]

_SHORT = 140


@dataclass(frozen=True, slots=True)
class Honoured:
    """Hold one decision: what it is about, what was decided, what became of it in this run, and the page to see it.

    ``kept`` is false where the run could not honour it: its object is gone, or newer decisions forbid it.
    """

    kind: str
    about: str
    words: str
    outcome: str
    kept: bool
    page: str


@dataclass(frozen=True, slots=True)
class _Fate:
    outcome: str
    kept: bool
    page: str = ""


@dataclass(frozen=True, slots=True)
class _Places:
    """Hold by key of the decision where its object stands: sentences, and events of findings and beads."""

    translated: dict[str, list[Segment]]
    findings: dict[str, str]
    beads: dict[str, str]


def honoured_decisions(lookup: Lookup) -> tuple[Honoured, ...]:
    """List the decisions in force, the newest first, each with what became of it."""
    decisions = sorted(lookup.run.reviews.decisions.values(), key=lambda d: (d.time, d.subject.key), reverse=True)
    if not decisions:
        return ()
    places = _Places(_translated(lookup), _findings(lookup), _beads(lookup))
    return tuple(_honoured(lookup, decision, _fate(lookup, places, decision)) for decision in decisions)


def _honoured(lookup: Lookup, decision: Decision, fate: _Fate) -> Honoured:
    kind = {"bead": "aligned passages", "membership": "place in an event"}.get(decision.kind, decision.kind)
    return Honoured(kind, _about(lookup, decision), honoured_words(decision), fate.outcome, fate.kept, fate.page)


def _about(lookup: Lookup, decision: Decision) -> str:
    if isinstance(decision, TranslationDecision):
        said = decision.correction if decision.verdict == "correct" else decision.subject.target
        return f"{_short(decision.subject.source)} → {_short(said or '')}"
    if isinstance(decision, FindingDecision):
        second = f" and {_short(decision.subject.b.surface)}" if decision.subject.b else ""
        words = {"only_one": "in one account only", "translation_artefact": "differs only in translation"}
        verdict = words.get(decision.subject.verdict, decision.subject.verdict)
        return f"{decision.subject.kind}, {verdict}: {_short(decision.subject.a.surface)}{second}"
    if isinstance(decision, BeadDecision):
        subject = decision.subject
        sides = ((subject.segments_a, subject.article_a), (subject.segments_b, subject.article_b))
        return " and ".join(f"{count(len(segments), 'sentence')} of {_name(lookup, a)}" for segments, a in sides)
    others = joined([_name(lookup, a) for a in decision.subject.others])
    return _short(f"{_name(lookup, decision.subject.article_id)} beside {others}")


def _name(lookup: Lookup, article_id: str) -> str:
    article = lookup.articles.get(article_id)
    return visible(article_label(article) if article else article_id)


def _short(text: str) -> str:
    line = visible(" ".join(text.split()))
    return line if len(line) <= _SHORT else line[: _SHORT - 1] + "…"


def _translated(lookup: Lookup) -> dict[str, list[Segment]]:
    """Find the sentences whose translation stands as it was decided."""
    found: dict[str, list[Segment]] = defaultdict(list)
    for segment in lookup.run.segments:
        translation = lookup.translation(segment)
        made = lookup.run.reviews.translation(segment, translation) if translation else None
        if made is not None:
            found[made.subject.key].append(segment)
    return found


def _findings(lookup: Lookup) -> dict[str, str]:
    made = ((f.event_id, lookup.run.reviews.finding(f)) for f in lookup.run.findings)
    return {decision.subject.key: event for event, decision in made if decision is not None}


def _beads(lookup: Lookup) -> dict[str, str]:
    made = ((b.event_id, lookup.run.reviews.bead(b)) for b in lookup.run.beads)
    return {decision.subject.key: event for event, decision in made if decision is not None}


def _fate(lookup: Lookup, places: _Places, decision: Decision) -> _Fate:
    if isinstance(decision, TranslationDecision):
        return _translation_fate(places.translated.get(decision.subject.key, []), decision)
    if isinstance(decision, FindingDecision):
        return _finding_fate(places.findings.get(decision.subject.key), decision)
    if isinstance(decision, BeadDecision):
        return _bead_fate(lookup, places.beads.get(decision.subject.key), decision)
    return _membership_fate(lookup, decision)


def _translation_fate(where: Sequence[Segment], decision: TranslationDecision) -> _Fate:
    if not where:
        return _Fate("lapsed: the sentence is gone, or has another translation now", kept=False)
    done = {"accept": "stands in", "correct": "used in", "reject": "flagged in"}[decision.verdict]
    first = min(where, key=lambda s: (s.article_id, s.index))
    page = f"{article_page(first.article_id)}#{segment_anchor(first)}"
    return _Fate(f"{done} {count(len(where), 'sentence')}", kept=True, page=page)


def _finding_fate(event: str | None, decision: FindingDecision) -> _Fate:
    if event is None:
        return _Fate("lapsed: the comparison does not make this finding now", kept=False)
    words = "counts, marked as confirmed" if decision.verdict == "accept" else "listed as dismissed, counts nowhere"
    return _Fate(words, kept=True, page=event_page(event))


def _bead_fate(lookup: Lookup, event: str | None, decision: BeadDecision) -> _Fate:
    if event is not None:
        kept = decision.verdict == "accept"
        return _Fate("stand side by side" if kept else "still stand side by side", kept, event_page(event))
    known = all(s in lookup.segments for s in decision.subject.segments_a + decision.subject.segments_b)
    if decision.verdict == "accept" or not known:
        return _Fate("lapsed: these passages are not aligned in this run", kept=False)
    return _Fate(
        "taken apart", kept=True, page=article_page(lookup.segments[decision.subject.segments_a[0]].article_id)
    )


def _membership_fate(lookup: Lookup, decision: MembershipDecision) -> _Fate:
    article = decision.subject.article_id
    others = {a for a in decision.subject.others if a in lookup.articles}
    if article not in lookup.articles or not others:
        return _Fate("lapsed: the articles are not in this run", kept=False)
    own = {a for event in lookup.events_of.get(article, ()) for a in event.article_ids}
    accepted = decision.verdict == "accept"
    if others <= own if accepted else not others & own:
        return _Fate("kept together" if accepted else "kept apart", kept=True, page=article_page(article))
    words = "not kept: newer decisions, or copies of one text, forbid it"
    return _Fate(words, kept=False, page=article_page(article))
