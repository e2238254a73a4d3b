"""Align a corpus: articles into events and threads, and two articles sentence by sentence. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from pipeline.alignment.ancestry import CopySettings
from pipeline.alignment.assemble import Decisions, ShownSettings, copies, events_of, relations, threads_of
from pipeline.alignment.candidates import IntArray, MakeIndex
from pipeline.alignment.clusters import cluster
from pipeline.alignment.coding import read_corpus
from pipeline.alignment.constraints import NO_CONSTRAINTS, Constraints
from pipeline.alignment.copies import collapse
from pipeline.alignment.depot import Depot, Memory
from pipeline.alignment.model import EventModel, load_model
from pipeline.alignment.pairs import Decided
from pipeline.alignment.sentences import IndexBead, align_comparable, align_parallel
from pipeline.alignment.shards import Reach, Shards
from pipeline.alignment.threads import link_groups
from pipeline.alignment.views import ArticleView, Picked
from pipeline.alignment.weighing import take_stock
from pipeline.records import Copy, Event, Relation, Thread

__all__ = [
    "Alignment",
    "AlignmentSettings",
    "align_articles",
    "align_sentences",
    "alignment_signature",
    "decide_articles",
]


Keep = Callable[[Iterable[Relation]], Iterable[Relation]]


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
    relations: Iterable[Relation]
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
    depot: Depot | None = None,
    constraints: Constraints = NO_CONSTRAINTS,
    keep: Keep = tuple,
) -> Alignment:
    """Decide which articles cover one event and which events belong to one thread.

    Args:
        views: the articles, in any order; ids must differ. A sequence that loads them from disk serves as well: all are
            read once in order, and those of each event once more.
        settings: thresholds and reach.
        model: coefficients; the packaged ones by default.
        make_index: approximate index for blocks of more than ``settings.exact_below`` articles; exact without it.
        known: decisions of an earlier run with the same model and the same code. They save work and change nothing.
        depot: keeps vectors and words; in memory by default.
        constraints: pairs of articles that people put into one event, or into two. Copies of one text stay together.
        keep: takes the relations as they are made and returns them to be read as often as wanted.

    Returns:
        Events by their first article id, threads by their first event, and a relation with evidence for each article's
        most probable pairs, by block of time and then by article ids. The result does not depend on the order of
        ``views``.

    Raises:
        ValueError: two views have one id.
    """
    chosen = model or load_model()
    decisions = decide_articles(
        views, settings, chosen, make_index=make_index, known=known, depot=depot, constraints=constraints
    )
    if decisions is None:
        return Alignment((), (), ())
    events = events_of(decisions, settings.target)
    shown = ShownSettings(settings.relations, settings.near_misses)
    return Alignment(
        events=tuple(events),
        threads=tuple(threads_of(events)),
        relations=keep(relations(decisions, chosen, shown)),
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
    depot: Depot | None = None,
    constraints: Constraints = NO_CONSTRAINTS,
) -> Decisions | None:
    """Do the part of :func:`align_articles` that is arrays only; ``None`` without any article."""
    corpus = read_corpus(views, depot or Memory())
    if corpus is None:
        return None
    order = np.array(sorted(range(len(corpus)), key=corpus.ids.__getitem__), dtype=np.int64)
    ids = [corpus.ids[i] for i in order.tolist()]
    if any(a == b for a, b in pairwise(ids)):
        raise ValueError("two articles have the same id")

    def shingles_of(positions: IntArray) -> list[npt.NDArray[np.uint32]]:
        starts, values = corpus.ragged("shingles", order[positions])
        return np.split(values, starts[1:-1])

    nodes = collapse(corpus.keys[order], corpus.content[order], corpus.day[order], shingles_of, settings.window)
    place_of = order[nodes.heads]
    reach = Reach(settings.neighbours, settings.window, settings.exact_below, make_index, settings.near_misses)
    shards = Shards(corpus, take_stock(corpus, place_of, settings.target), place_of, reach)
    odds = shards.decide(model, known)
    node_of = dict(zip(ids, nodes.node.tolist(), strict=True)) if constraints else {}
    linked = cluster(
        len(place_of),
        odds.pairs,
        odds.event,
        settings.event_threshold,
        nodes.weights,
        must=_between(constraints.must, node_of),
        cannot=_between(constraints.cannot, node_of),
    )
    event_of = _labels(linked)
    thread_of = link_groups(event_of, odds.pairs, odds.thread, settings.thread_threshold, nodes.weights)
    picked = Picked(views, order.tolist())
    return Decisions(picked, ids, corpus.day[order], shards, nodes, odds, event_of, _labels(thread_of))


def _between(pairs: Iterable[tuple[str, str]], node_of: Mapping[str, int]) -> list[tuple[int, int]]:
    """Turn pairs of articles into pairs of nodes, in order."""
    return sorted((node_of[a], node_of[b]) for a, b in pairs if a in node_of and b in node_of)


def _labels(labels: Sequence[int]) -> IntArray:
    return np.array(labels, dtype=np.int64)


def align_sentences(a: ArticleView, b: ArticleView, settings: AlignmentSettings) -> list[IndexBead]:
    """Align the segments of two articles; indices are those of ``segments``, the title included.

    Returns:
        Beads that together hold each segment of both articles exactly once.
    """
    if settings.order == "parallel":
        return align_parallel(a.segments, b.segments)
    return align_comparable(a.segments, b.segments, settings.bead_similarity)
