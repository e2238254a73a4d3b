"""Describe events and link them into threads. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pipeline.alignment.clusters import CLIP, cluster
from pipeline.alignment.names import canonical_words, name_words
from pipeline.alignment.views import ArticleView
from pipeline.alignment.when import Day, support
from pipeline.records import Mention

__all__ = [
    "best_title",
    "cohesion",
    "event_date",
    "link_events",
    "link_groups",
    "shared_participants",
    "shared_place",
]

IntArray = npt.NDArray[np.int64]
Vector = npt.NDArray[np.float64]
_LATIN = re.compile(r"[A-Za-z]")
_MOST_PARTICIPANTS = 8


def link_events(
    members: Sequence[Sequence[int]], log_odds: Mapping[tuple[int, int], float], threshold: float
) -> list[int]:
    """Group events into threads by the mean thread log-odds between their articles.

    Args:
        members: article indices of each event.
        log_odds: thread log-odds of decided article pairs ``(i, j)``, ``i < j``; others count as certainly apart.
        threshold: probability at which threads are joined.

    Returns:
        One label per event, numbered by first appearance.
    """
    event_of = np.zeros(sum(len(group) for group in members), dtype=np.int64)
    for e, group in enumerate(members):
        event_of[list(group)] = e
    pairs = np.array(sorted(log_odds), dtype=np.int64).reshape(-1, 2)
    odds = np.array([log_odds[i, j] for i, j in pairs.tolist()], dtype=np.float64)
    return link_groups(event_of, pairs, odds, threshold, np.ones(len(event_of), dtype=np.int64))


def link_groups(
    event_of: IntArray, pairs: IntArray, log_odds: Vector, threshold: float, weights: IntArray
) -> list[int]:
    """Do what :func:`link_events` does on arrays.

    Args:
        event_of: event of each node, shape ``(n,)``.
        pairs: decided pairs of nodes, shape ``(pairs, 2)``.
        log_odds: thread log-odds of each.
        threshold: probability at which threads are joined.
        weights: articles that each node stands for, shape ``(n,)``.
    """
    events = int(event_of.max()) + 1 if len(event_of) else 0
    sizes = np.bincount(event_of, weights=weights, minlength=events)
    a, b = event_of[pairs[:, 0]], event_of[pairs[:, 1]]
    between = a != b
    keys = np.minimum(a, b)[between] * max(events, 1) + np.maximum(a, b)[between]
    gains = ((np.clip(log_odds, -CLIP, CLIP) + CLIP) * weights[pairs[:, 0]] * weights[pairs[:, 1]])[between]
    linked, inverse = np.unique(keys, return_inverse=True)
    edges = np.stack([linked // max(events, 1), linked % max(events, 1)], axis=1)
    total = np.bincount(inverse, weights=gains, minlength=len(linked))
    means = total / (sizes[edges[:, 0]] * sizes[edges[:, 1]]) - CLIP
    return cluster(events, edges, means, threshold)


def event_date(event: Iterable[Sequence[Day]]) -> str | None:
    """Return the date that most of the articles support, ``?`` for unknown parts; ``None`` when none gives a day."""
    return support(event)


def best_title(event: Sequence[ArticleView], nearness: Sequence[float]) -> str:
    """Return the title of the article that the others resemble most; ties go to the first, untitled ones do not count.

    Args:
        event: views of one event.
        nearness: for each of them the sum of the probabilities that it and another cover one event.
    """
    titled = [i for i, view in enumerate(event) if view.title]
    if not titled:
        return ""
    return event[max(titled, key=lambda i: (nearness[i], -i))].title or ""


def shared_place(event: Sequence[ArticleView], target: str) -> str | None:
    """Return the place that most articles name; on a tie a country comes last, and the most stressed one first."""
    support_of, stress, surfaces = _names(event, lambda m: m.role == "place")
    if not support_of:
        return None
    best = min(support_of, key=lambda key: (-support_of[key], _is_country(key), -stress[key], key))
    if _is_country(best):
        return _country(best[0], target) or _display(surfaces[best], target)
    return _display(surfaces[best], target)


def shared_participants(event: Sequence[ArticleView], target: str) -> tuple[str, ...]:
    """Return the people and organisations that most articles name, by support, then stress.

    In an event of one article, those that it names more than once or in its lead.
    """
    support_of, stress, surfaces = _names(event, lambda m: m.role != "place")
    needed = len(event) // 2 + 1
    enough = [k for k in support_of if (support_of[k] >= needed if len(event) > 1 else stress[k] >= 2.0)]
    ranked = sorted(enough, key=lambda k: (-support_of[k], -stress[k], k))
    # A longer name that holds a shorter one says more: "Tara Reid" instead of "Reid" beside it.
    kept = [k for k in ranked if not any(set(k) < set(other) for other in ranked)]
    return tuple(_display(surfaces[k], target) for k in kept[:_MOST_PARTICIPANTS])


_Key = tuple[str, ...]


def _names(
    event: Sequence[ArticleView], wanted: Callable[[Mention], bool]
) -> tuple[Counter[_Key], Counter[_Key], dict[_Key, Counter[tuple[str, str]]]]:
    """Count names by key: in how many articles, how stressed (a mention in a lead counts twice), and how written."""
    found = [
        (v, position, m)
        for v in event
        for position, segment in enumerate(v.mentions)
        for m in segment
        if m.kind == "name" and wanted(m)
    ]
    canonical = canonical_words(word for _, _, m in found for word in name_words(m))
    articles: defaultdict[_Key, set[str]] = defaultdict(set)
    stress: Counter[_Key] = Counter()
    surfaces: defaultdict[_Key, Counter[tuple[str, str]]] = defaultdict(Counter)
    for view, position, mention in found:
        key = tuple(sorted({canonical[word] for word in name_words(mention)}))
        if key:
            articles[key].add(view.id)
            stress[key] += 2 if position < view.lead_end else 1
            surfaces[key][(view.language, mention.surface)] += 1
    return Counter({k: len(ids) for k, ids in articles.items()}), stress, dict(surfaces)


def _is_country(key: _Key) -> bool:
    return len(key) == 1 and key[0].isupper() and len(key[0]) == 2


def _country(code: str, target: str) -> str | None:
    """Return the name of a country in the target language."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(target).territories.get(code)
    except (UnknownLocaleError, ValueError):
        return None


def _display(surfaces: Counter[tuple[str, str]], target: str) -> str:
    """Choose the spelling to show: of the target language, else in Latin letters, else the most frequent."""

    def rank(item: tuple[tuple[str, str], int]) -> tuple[bool, bool, int, str]:
        (language, surface), count = item
        return language != target, _LATIN.match(surface) is None, -count, surface

    return min(surfaces.items(), key=rank)[0][1]


def cohesion(probabilities: Vector, pairs: IntArray, weights: IntArray) -> float | None:
    """Return the mean probability of an event's pairs of articles; ``None`` for an event of one article.

    Args:
        probabilities: of the decided pairs of nodes inside the event; undecided ones count 0.
        pairs: positions of these pairs in ``weights``, shape ``(pairs, 2)``.
        weights: articles that each node of the event stands for; copies of one text count 1 among themselves.
    """
    sizes = weights.astype(np.float64)
    possible = sizes.sum() * (sizes.sum() - 1) / 2
    if possible < 1:
        return None
    between = (probabilities * sizes[pairs[:, 0]] * sizes[pairs[:, 1]]).sum()
    return float((between + (sizes * (sizes - 1) / 2).sum()) / possible)
