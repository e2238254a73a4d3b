"""Make records of what was decided: events, threads, relations with evidence, copies. Pure.

Decisions are arrays over nodes (copies of one text are one node). Here they become records over articles, with evidence
worked out only for the pairs that are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import merge
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pipeline.alignment.ancestry import CopySettings, descents, seniority
from pipeline.alignment.clusters import CLIP
from pipeline.alignment.columns import Columns
from pipeline.alignment.copies import Nodes, containment
from pipeline.alignment.features import FEATURES
from pipeline.alignment.model import EventModel, decide, sigmoid
from pipeline.alignment.pairs import PairOdds, measure_pairs
from pipeline.alignment.profiles import Profile
from pipeline.alignment.shards import Shards
from pipeline.alignment.threads import best_title, cohesion, event_date, shared_participants, shared_place
from pipeline.alignment.views import ArticleView
from pipeline.alignment.when import event_days
from pipeline.records import Copy, Event, Evidence, Relation, Thread
from pipeline.text import fingerprint

__all__ = ["Decisions", "ShownSettings", "copies", "events_of", "relations", "threads_of"]

IntArray = npt.NDArray[np.int64]
# Place, participants and date of an event are read from so many of its articles, those most like the rest; and so many
# are compared each with each to find copies. Beyond, only pairs that were decided are.
_MOST_READ, _MOST_COMPARED = 200, 60
_EVIDENCE_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class ShownSettings:
    """Say how many relations of an article are shown: those inside its thread, and the nearest outside of it."""

    relations: int
    near_misses: int


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """Hold what was decided of a corpus.

    Attributes:
        views: the articles, in the order of ``ids``.
        ids: of the articles, ascending.
        days: publication days as ordinals, NaN when unknown, in the same order.
        shards: the nodes in blocks of time.
        nodes: which articles are copies of which.
        odds: decided pairs of nodes.
        event_of: event of each node, shape ``(m,)``.
        thread_of: thread of each event.
    """

    views: Sequence[ArticleView]
    ids: Sequence[str]
    days: npt.NDArray[np.float64]
    shards: Shards
    nodes: Nodes
    odds: PairOdds
    event_of: IntArray
    thread_of: IntArray

    def members(self) -> list[IntArray]:
        """Return the nodes of each event, ascending."""
        return _groups(self.event_of)

    def articles(self) -> list[IntArray]:
        """Return the articles of each node, ascending."""
        return _groups(self.nodes.node)

    def view_of(self, node: int) -> ArticleView:
        """Return the article that stands for a node."""
        return self.views[int(self.nodes.heads[node])]

    def id_of(self, node: int) -> str:
        """Return the id of the article that stands for a node."""
        return self.ids[int(self.nodes.heads[node])]


def _groups(labels: IntArray) -> list[IntArray]:
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(labels) else []


def events_of(decisions: Decisions, target: str) -> list[Event]:
    """Describe the events, in the order of their first articles."""
    members, articles = decisions.members(), decisions.articles()
    ids = [_event_id(decisions, group, articles) for group in members]
    thread_ids = _thread_ids(decisions.thread_of, ids)
    inside = _inside(decisions)
    described = [
        _described(decisions, group, positions, target) for group, positions in zip(members, inside, strict=True)
    ]
    return [
        Event(
            id=ids[e],
            thread_id=thread_ids[int(decisions.thread_of[e])],
            article_ids=tuple(_article_ids(decisions, group, articles)),
            **described[e],
        )
        for e, group in enumerate(members)
    ]


def _event_id(decisions: Decisions, group: IntArray, articles: Sequence[IntArray]) -> str:
    return f"e-{fingerprint(*_article_ids(decisions, group, articles))[:12]}"


def _article_ids(decisions: Decisions, group: IntArray, articles: Sequence[IntArray]) -> list[str]:
    return [decisions.ids[i] for i in sorted(i for node in group.tolist() for i in articles[node].tolist())]


def _thread_ids(thread_of: IntArray, ids: Sequence[str]) -> list[str]:
    return [f"t-{fingerprint(*sorted(ids[e] for e in group.tolist()))[:12]}" for group in _groups(thread_of)]


def _inside(decisions: Decisions) -> list[IntArray]:
    """Return for each event the positions of the decided pairs inside it."""
    pairs, event_of = decisions.odds.pairs, decisions.event_of
    a, b = event_of[pairs[:, 0]], event_of[pairs[:, 1]]
    same = np.flatnonzero(a == b)
    order = same[np.argsort(a[same], kind="stable")]
    events = int(event_of.max()) + 1 if len(event_of) else 0
    return np.split(order, np.searchsorted(a[order], np.arange(1, events)))


def _described(decisions: Decisions, group: IntArray, positions: IntArray, target: str) -> dict[str, Any]:
    """Return what can be said of an event: fields of :class:`~pipeline.records.Event` besides the ids."""
    odds = decisions.odds
    pairs = np.searchsorted(group, odds.pairs[positions])
    probability = _sigmoid(odds.event[positions])
    nearness = np.bincount(pairs.reshape(-1), weights=np.repeat(probability, 2), minlength=len(group))
    read = group[np.sort(np.lexsort((group, -nearness))[:_MOST_READ])]
    views = [decisions.view_of(i) for i in read.tolist()]
    return {
        "title": best_title(views, nearness[np.searchsorted(group, read)].tolist()),
        "date": event_date(event_days(view.mentions, view.lead_end) for view in views),
        "place": shared_place(views, target),
        "participants": shared_participants(views, target),
        "cohesion": cohesion(probability, pairs, decisions.nodes.weights[group]),
    }


def _sigmoid(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.array([sigmoid(v) for v in x.tolist()], dtype=np.float64)


def threads_of(events: Sequence[Event]) -> list[Thread]:
    """Gather the threads of events, each in time order; those without a full date come last.

    Its largest event gives a thread its title.
    """
    grouped: dict[str, list[Event]] = {}
    for event in events:
        grouped.setdefault(event.thread_id, []).append(event)
    return [_thread(name, group) for name, group in grouped.items()]


def _thread(thread_id: str, events: Sequence[Event]) -> Thread:
    ordered = sorted(events, key=lambda e: (e.date is None or "?" in e.date, e.date or "", e.id))
    largest = max(enumerate(ordered), key=lambda e: (bool(e[1].title), len(e[1].article_ids), -e[0]))[1]
    return Thread(thread_id, tuple(e.id for e in ordered), largest.title)


def relations(decisions: Decisions, model: EventModel, shown: ShownSettings) -> Iterator[Relation]:
    """Work out the evidence of the pairs that are shown, block by block, sorted by article ids inside a block."""
    nodes = decisions.nodes
    chosen = _shown(decisions, shown)
    copied = np.flatnonzero(nodes.heads[nodes.node] != np.arange(len(nodes.node)))
    # A copy stands beside the article that it copies: a pair of a node with itself.
    heads = nodes.node[copied]
    pairs = np.concatenate([decisions.odds.pairs[chosen], np.stack([heads, heads], axis=1)])
    for columns, places in decisions.shards.of_pairs(pairs):
        own, copies_here = places[places < len(chosen)], places[places >= len(chosen)] - len(chosen)
        explained = (
            r
            for k in range(0, len(own), _EVIDENCE_BLOCK)
            for r in _explained(decisions, columns, model, pairs[own[k : k + _EVIDENCE_BLOCK]])
        )
        between = sorted(_between_copies(decisions, columns, model, copied[copies_here]), key=_by_articles)
        yield from merge(explained, between, key=_by_articles)


def _by_articles(relation: Relation) -> tuple[str, str]:
    return relation.article_a, relation.article_b


def _shown(decisions: Decisions, shown: ShownSettings) -> IntArray:
    """Choose for each node its most probable pairs inside its thread and outside of it; return positions, ascending."""
    pairs, thread = decisions.odds.pairs, decisions.thread_of[decisions.event_of]
    inside = thread[pairs[:, 0]] == thread[pairs[:, 1]]
    wanted = np.zeros(len(pairs), dtype=np.bool_)
    for kind, most in ((inside, shown.relations), (~inside, shown.near_misses)):
        positions = np.flatnonzero(kind)
        ends = pairs[positions].reshape(-1)
        twice = np.repeat(positions, 2)
        order = np.lexsort((twice, -decisions.odds.event[twice], ends))
        ends, twice = ends[order], twice[order]
        rank = np.arange(len(ends)) - np.searchsorted(ends, ends)
        wanted[twice[rank < most]] = True
    return np.flatnonzero(wanted)


def _explained(decisions: Decisions, columns: Columns, model: EventModel, pairs: IntArray) -> Iterator[Relation]:
    places = np.searchsorted(columns.nodes, pairs)
    rows = measure_pairs(columns, places)

    @lru_cache(maxsize=2048)
    def profile(index: int) -> Profile:
        return columns.profile(index)

    for (i, j), (x, y), row in zip(pairs.tolist(), places.tolist(), rows, strict=True):
        decision = decide(profile(x), profile(y), row.tolist(), model)
        yield Relation(
            article_a=decisions.id_of(i),
            article_b=decisions.id_of(j),
            kind=_kind(decisions, i, j),
            probability=decision.p_event,
            thread_probability=decision.p_thread,
            evidence=decision.evidence,
        )


def _kind(decisions: Decisions, i: int, j: int) -> Literal["same_event", "same_thread", "unrelated"]:
    """State what the clustering made of a pair; the probabilities are the pair's own."""
    a, b = int(decisions.event_of[i]), int(decisions.event_of[j])
    if a == b:
        return "same_event"
    return "same_thread" if decisions.thread_of[a] == decisions.thread_of[b] else "unrelated"


def _between_copies(decisions: Decisions, columns: Columns, model: EventModel, copied: IntArray) -> Iterator[Relation]:
    """Relate each copy to the article that stands for its text; that they are copies is all the evidence there is."""
    nodes = decisions.nodes
    for i, odds in zip(copied.tolist(), _odds_of_copies(decisions, columns, model, copied).tolist(), strict=True):
        words = "the same text" if nodes.exact[i] else "the same text but for a few words"
        evidence, probability = (Evidence("copy", 1.0, odds, words),), sigmoid(odds)
        head = decisions.id_of(int(nodes.node[i]))
        yield Relation(head, decisions.ids[i], "same_event", probability, probability, evidence)


def _odds_of_copies(
    decisions: Decisions, columns: Columns, model: EventModel, copied: IntArray
) -> npt.NDArray[np.float64]:
    """Return the log-odds of copies: those of the text with itself, and never less than what clustering calls certain.

    Without the text's own odds the same text a year later, which is two nodes and measured, could come out more
    probable than a copy of the same day.
    """
    heads, place = np.unique(np.searchsorted(columns.nodes, decisions.nodes.node[copied]), return_inverse=True)
    rows = measure_pairs(columns, np.stack([heads, heads], axis=1))[place.reshape(-1)]
    days = decisions.days[copied]
    gap = np.log1p(np.abs(days - columns.day[heads][place.reshape(-1)]))
    rows[:, FEATURES.index("published_gap")] = gap
    return np.maximum(model.event.log_odds(rows), CLIP)


def copies(decisions: Decisions, events: Sequence[Event], settings: CopySettings) -> list[Copy]:
    """Find the copies inside each event.

    Args:
        decisions: what was decided.
        events: in the order of :func:`events_of`.
        settings: from where on an article is a copy.
    """
    found: list[Copy] = []
    articles, views = decisions.articles(), decisions.views
    for event, group, positions in zip(events, decisions.members(), _inside(decisions), strict=True):
        if len(event.article_ids) < 2:
            continue
        first = []
        for node in group.tolist():
            same = sorted((views[i] for i in articles[node].tolist()), key=seniority)
            first.append(same[0])
            found += [_copy_of_text(event, view, same[0]) for view in same[1:]]
        some = (
            None if len(group) <= _MOST_COMPARED else np.searchsorted(group, decisions.odds.pairs[positions]).tolist()
        )
        for d in descents(first, some, settings):
            found.append(Copy(event.id, first[d.copy].id, first[d.original].id, d.kind, round(d.score, 4)))
    return sorted(found, key=lambda c: (c.event_id, c.article_id))


def _copy_of_text(event: Event, view: ArticleView, original: ArticleView) -> Copy:
    if view.content == original.content:
        return Copy(event.id, view.id, original.id, "exact", 1.0)
    shorter, longer = sorted((view.shingles, original.shingles), key=len)
    return Copy(event.id, view.id, original.id, "near", round(containment(shorter, longer), 4))
