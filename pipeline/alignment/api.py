"""Align a corpus: articles into events and threads, and two articles sentence by sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from pipeline.alignment.ancestry import CopySettings
from pipeline.alignment.assemble import Decisions, ShownSettings, copies, events_of, relations, threads_of
from pipeline.alignment.candidates import IntArray, MakeIndex, nearest_in_time, pair_array
from pipeline.alignment.clusters import cluster
from pipeline.alignment.columns import Allocate, in_memory, make_columns
from pipeline.alignment.constraints import NO_CONSTRAINTS, Constraints
from pipeline.alignment.model import EventModel, load_model
from pipeline.alignment.pairs import Decided, decide_pairs
from pipeline.alignment.profiles import iter_profiles
from pipeline.alignment.sentences import IndexBead, align_comparable, align_parallel
from pipeline.alignment.survey import Picked, survey
from pipeline.alignment.terms import load_background
from pipeline.alignment.threads import link_groups
from pipeline.alignment.views import ArticleView
from pipeline.records import Copy, Event, Relation, Thread

__all__ = [
    "Alignment",
    "AlignmentSettings",
    "align_articles",
    "align_sentences",
    "alignment_signature",
    "decide_articles",
]


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
        exact_below: articles up to which each is compared with all others; beyond, only with those of about its time.
        window: days that articles of one event, or of neighbouring events of a thread, lie apart at most.
        relations: relations kept for each article inside its thread, the most probable ones.
        near_misses: relations kept for each article outside of its thread.
        copies: from where on an article is a copy of another.
    """

    event_threshold: float = 0.4
    thread_threshold: float = 0.5
    neighbours: int = 50
    target: str = "en"
    bead_similarity: float = 0.35
    order: Literal["comparable", "parallel"] = "comparable"
    exact_below: int = 25_000
    window: int = 14
    relations: int = 8
    near_misses: int = 3
    copies: CopySettings = field(default_factory=CopySettings)


@dataclass(frozen=True, slots=True)
class Alignment:
    """Hold the result: every article is in exactly one event, every event in exactly one thread.

    ``decided`` can be handed to the next run; ``pairs`` is how many were decided, ``measured`` how many of them anew.
    """

    events: tuple[Event, ...]
    threads: tuple[Thread, ...]
    relations: tuple[Relation, ...]
    copies: tuple[Copy, ...] = ()
    decided: Decided = field(default_factory=Decided.none, compare=False)
    pairs: int = 0
    measured: int = field(default=0, compare=False)


def alignment_signature(settings: AlignmentSettings) -> str:
    """Name the models and every setting that changes the result."""
    c = settings.copies
    return (
        f"{load_model().signature}|event:{settings.event_threshold:g}|thread:{settings.thread_threshold:g}"
        f"|neighbours:{settings.neighbours}|target:{settings.target}|bead:{settings.bead_similarity:g}|{settings.order}"
        f"|exact_below:{settings.exact_below}|window:{settings.window}"
        f"|copies:{c.containment:g},{c.coverage:g},{c.similarity:g}"
    )


def align_articles(
    views: Sequence[ArticleView],
    settings: AlignmentSettings,
    model: EventModel | None = None,
    *,
    make_index: MakeIndex | None = None,
    known: Decided | None = None,
    allocate: Allocate = in_memory,
    constraints: Constraints = NO_CONSTRAINTS,
) -> Alignment:
    """Decide which articles cover one event and which events belong to one thread.

    Args:
        views: the articles, in any order; ids must differ. A sequence that loads them from disk serves as well: each is
            read a few times, in order, and those of a pair together.
        settings: thresholds and reach.
        model: coefficients; the packaged ones by default.
        make_index: approximate index for blocks of more than ``settings.exact_below`` articles; exact without it.
        known: decisions of an earlier run with the same model and the same code. They save work and change nothing.
        allocate: gives the array that the segment vectors are kept in, one of half precision, in memory or on disk.
        constraints: pairs of articles that people put into one event, or into two. Copies of one text stay together.

    Returns:
        Events by their first article id, threads by their first event, and a relation with evidence for each article's
        most probable pairs. The result does not depend on the order of ``views``.

    Raises:
        ValueError: two views have one id.
    """
    chosen = model or load_model()
    decisions = decide_articles(
        views, settings, chosen, make_index=make_index, known=known, allocate=allocate, constraints=constraints
    )
    if decisions is None:
        return Alignment((), (), ())
    events = events_of(decisions, settings.target)
    shown = ShownSettings(settings.relations, settings.near_misses)
    return Alignment(
        events=tuple(events),
        threads=tuple(threads_of(events)),
        relations=tuple(relations(decisions, chosen, shown)),
        copies=tuple(copies(decisions, events, settings.copies)),
        decided=decisions.odds.decided(),
        pairs=len(decisions.odds.pairs),
        measured=decisions.odds.measured,
    )


def decide_articles(
    views: Sequence[ArticleView],
    settings: AlignmentSettings,
    model: EventModel,
    *,
    make_index: MakeIndex | None = None,
    known: Decided | None = None,
    allocate: Allocate = in_memory,
    constraints: Constraints = NO_CONSTRAINTS,
) -> Decisions | None:
    """Do the part of :func:`align_articles` that is arrays only; ``None`` without any article."""
    seen = survey(views, settings.window)
    if seen is None:
        return None
    heads = Picked(views, [seen.places[i] for i in seen.nodes.heads.tolist()])
    near = nearest_in_time(
        seen.vectors,
        seen.days,
        settings.neighbours,
        window=settings.window,
        exact_below=settings.exact_below,
        make_index=make_index,
    )
    prepared = iter_profiles(heads, near, load_background(settings.target), seen.vectors)
    columns = make_columns(heads, prepared, seen.lengths, seen.vectors, allocate)
    pairs = pair_array(near)
    odds = decide_pairs(columns, pairs, _to_show(near, pairs, settings.near_misses), model, known)
    weights = seen.nodes.weights
    node_of = dict(zip(seen.ids, seen.nodes.node.tolist(), strict=True)) if constraints else {}
    linked = cluster(
        len(columns),
        odds.pairs,
        odds.event,
        settings.event_threshold,
        weights,
        must=_between(constraints.must, node_of),
        cannot=_between(constraints.cannot, node_of),
    )
    event_of = _labels(linked)
    thread_of = link_groups(event_of, odds.pairs, odds.thread, settings.thread_threshold, weights)
    return Decisions(Picked(views, seen.places), seen.ids, columns, seen.nodes, odds, event_of, _labels(thread_of))


def _between(pairs: Iterable[tuple[str, str]], node_of: Mapping[str, int]) -> list[tuple[int, int]]:
    """Turn pairs of articles into pairs of nodes, in order."""
    return sorted((node_of[a], node_of[b]) for a, b in pairs if a in node_of and b in node_of)


def _labels(labels: Sequence[int]) -> IntArray:
    return np.array(labels, dtype=np.int64)


def _to_show(near: IntArray, pairs: IntArray, most: int) -> npt.NDArray[np.bool_]:
    """Mark the pairs of nearest neighbours: they are what a reader asks about, however improbable."""
    n = len(near)
    wanted = pair_array(near[:, :most])
    result: npt.NDArray[np.bool_] = np.isin(pairs[:, 0] * n + pairs[:, 1], wanted[:, 0] * n + wanted[:, 1])
    return result


def align_sentences(a: ArticleView, b: ArticleView, settings: AlignmentSettings) -> list[IndexBead]:
    """Align the segments of two articles; indices are those of ``segments``, the title included.

    Returns:
        Beads that together hold each segment of both articles exactly once.
    """
    if settings.order == "parallel":
        return align_parallel(a.segments, b.segments)
    return align_comparable(a.segments, b.segments, settings.bead_similarity)
