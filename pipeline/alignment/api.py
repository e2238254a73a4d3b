"""Align a corpus: articles into events and threads, and two articles sentence by sentence. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.alignment.candidates import candidate_pairs, nearest
from pipeline.alignment.clusters import cluster
from pipeline.alignment.features import measure
from pipeline.alignment.model import Decision, EventModel, decide, load_model, logit
from pipeline.alignment.profiles import Profile, document_vectors, profiles
from pipeline.alignment.sentences import IndexBead, align_comparable, align_parallel
from pipeline.alignment.terms import load_background
from pipeline.alignment.threads import (
    best_title,
    cohesion,
    event_date,
    link_events,
    shared_participants,
    shared_place,
)
from pipeline.alignment.views import ArticleView
from pipeline.records import Event, Relation, Thread
from pipeline.text import fingerprint

__all__ = ["Alignment", "AlignmentSettings", "align_articles", "align_sentences", "alignment_signature"]

_Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class AlignmentSettings:
    """Say where the lines are drawn.

    Attributes:
        event_threshold: probability at which groups of articles become one event.
        thread_threshold: probability at which groups of events become one thread.
        neighbours: nearest articles looked at for each article.
        target: language of ``terms`` and titles, which chooses the background of common words.
        bead_similarity: cosine that a bead of comparable articles reaches at least.
        order: ``comparable`` for two accounts, ``parallel`` for a text and its translation.
    """

    event_threshold: float = 0.5
    thread_threshold: float = 0.5
    neighbours: int = 50
    target: str = "en"
    bead_similarity: float = 0.35
    order: Literal["comparable", "parallel"] = "comparable"


@dataclass(frozen=True, slots=True)
class Alignment:
    """Hold the result: every article is in exactly one event, every event in exactly one thread."""

    events: tuple[Event, ...]
    threads: tuple[Thread, ...]
    relations: tuple[Relation, ...]


def alignment_signature(settings: AlignmentSettings) -> str:
    """Name the models and every setting that changes the result."""
    return (
        f"{load_model().signature}|event:{settings.event_threshold:g}|thread:{settings.thread_threshold:g}"
        f"|neighbours:{settings.neighbours}|target:{settings.target}|bead:{settings.bead_similarity:g}|{settings.order}"
    )


def align_articles(
    views: Sequence[ArticleView], settings: AlignmentSettings, model: EventModel | None = None
) -> Alignment:
    """Decide which articles cover one event and which events belong to one thread.

    Args:
        views: the articles, in any order; ids must differ.
        settings: thresholds and reach.
        model: coefficients; the packaged ones by default.

    Returns:
        Events by their first article id, threads by their first event, and a relation with evidence for each candidate
        pair. The result does not depend on the order of ``views``.

    Raises:
        ValueError: two views have one id.
    """
    ordered = sorted(views, key=lambda v: v.id)
    if len({v.id for v in ordered}) != len(ordered):
        raise ValueError("two articles have the same id")
    if not ordered:
        return Alignment((), (), ())
    prepared, decisions = _decide_all(ordered, settings, model or load_model())
    pairs = sorted(decisions)
    odds = np.array([logit(decisions[p].p_event) for p in pairs])
    members = _members(cluster(len(ordered), pairs, odds, settings.event_threshold))
    thread_odds = {p: logit(decisions[p].p_thread) for p in pairs}
    thread_of = link_events(members, thread_odds, settings.thread_threshold)
    threads = _members(thread_of)
    event_of = {article: e for e, group in enumerate(members) for article in group}
    ids = [f"e-{fingerprint(*(ordered[i].id for i in group))[:12]}" for group in members]
    thread_ids = [f"t-{fingerprint(*sorted(ids[e] for e in group))[:12]}" for group in threads]
    events = [
        _event((ids[e], thread_ids[thread_of[e]]), group, prepared, decisions, settings.target)
        for e, group in enumerate(members)
    ]
    return Alignment(
        tuple(events),
        tuple(_thread(thread_ids[t], [events[e] for e in group]) for t, group in enumerate(threads)),
        tuple(_relation(ordered, p, decisions[p], event_of, thread_of) for p in pairs),
    )


def _decide_all(
    views: Sequence[ArticleView], settings: AlignmentSettings, model: EventModel
) -> tuple[list[Profile], dict[_Pair, Decision]]:
    dimension = max((v.segments.shape[1] for v in views if len(v.segments)), default=1)
    vectors = document_vectors(views, dimension)
    near, _ = nearest(vectors, settings.neighbours)
    prepared = profiles(views, near, load_background(settings.target), vectors)
    pairs = candidate_pairs(near)
    return prepared, {
        (i, j): decide(prepared[i], prepared[j], measure(prepared[i], prepared[j]), model) for i, j in pairs
    }


def _members(labels: Sequence[int]) -> list[list[int]]:
    """Turn labels numbered by first appearance into groups of indices."""
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for index, label in enumerate(labels):
        groups[label].append(index)
    return [groups[label] for label in sorted(groups)]


def _event(
    ids: tuple[str, str],
    group: Sequence[int],
    prepared: Sequence[Profile],
    decisions: dict[_Pair, Decision],
    target: str,
) -> Event:
    views = [prepared[i].view for i in group]
    inside = {(i, j): decisions[i, j].p_event for i in group for j in group if (i, j) in decisions}

    def nearness(x: int, y: int) -> float:
        return inside.get((min(group[x], group[y]), max(group[x], group[y])), 0.0)

    return Event(
        id=ids[0],
        thread_id=ids[1],
        article_ids=tuple(v.id for v in views),
        title=best_title(views, nearness),
        date=event_date([prepared[i] for i in group]),
        place=shared_place(views, target),
        participants=shared_participants(views, target),
        cohesion=cohesion(inside, group),
    )


def _thread(thread_id: str, events: Sequence[Event]) -> Thread:
    """Order the events of a thread by date; those without a full date come last, and the largest gives the title."""
    ordered = sorted(events, key=lambda e: (e.date is None or "?" in e.date, e.date or "", e.id))
    largest = max(ordered, key=lambda e: (bool(e.title), len(e.article_ids), -ordered.index(e)))
    return Thread(thread_id, tuple(e.id for e in ordered), largest.title)


def _relation(
    views: Sequence[ArticleView],
    pair: _Pair,
    decision: Decision,
    event_of: dict[int, int],
    thread_of: Sequence[int],
) -> Relation:
    """State what the clustering made of a pair; the probabilities are the pair's own."""
    a, b = event_of[pair[0]], event_of[pair[1]]
    kind: Literal["same_event", "same_thread", "unrelated"] = "unrelated"
    if a == b:
        kind = "same_event"
    elif thread_of[a] == thread_of[b]:
        kind = "same_thread"
    return Relation(
        article_a=views[pair[0]].id,
        article_b=views[pair[1]].id,
        kind=kind,
        probability=decision.p_event,
        thread_probability=decision.p_thread,
        evidence=decision.evidence,
    )


def align_sentences(a: ArticleView, b: ArticleView, settings: AlignmentSettings) -> list[IndexBead]:
    """Align the segments of two articles; indices are those of ``segments``, the title included.

    Returns:
        Beads that together hold each segment of both articles exactly once.
    """
    if settings.order == "parallel":
        return align_parallel(a.segments, b.segments)
    return align_comparable(a.segments, b.segments, settings.bead_similarity)
