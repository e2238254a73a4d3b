"""Describe events and link them into threads. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np

from pipeline.alignment.clusters import CLIP, cluster
from pipeline.alignment.names import canonical_words, name_words
from pipeline.alignment.profiles import Profile
from pipeline.alignment.views import ArticleView
from pipeline.alignment.when import support
from pipeline.records import Mention

__all__ = ["best_title", "event_date", "link_events", "shared_participants", "shared_place"]

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
    event_of = {article: e for e, group in enumerate(members) for article in group}
    sums: defaultdict[tuple[int, int], float] = defaultdict(float)
    counts: Counter[tuple[int, int]] = Counter()
    for (i, j), odds in sorted(log_odds.items()):
        pair = (min(event_of[i], event_of[j]), max(event_of[i], event_of[j]))
        if pair[0] != pair[1]:
            sums[pair] += min(max(odds, -CLIP), CLIP)
            counts[pair] += 1
    pairs = sorted(sums)
    possible = [len(members[a]) * len(members[b]) for a, b in pairs]
    means = [(sums[p] - CLIP * (n - counts[p])) / n for p, n in zip(pairs, possible, strict=True)]
    return cluster(len(members), pairs, np.array(means, dtype=np.float64), threshold)


def event_date(event: Sequence[Profile]) -> str | None:
    """Return the date that most of the articles support, ``?`` for unknown parts; ``None`` when none gives a day."""
    return support(p.days for p in event)


def best_title(event: Sequence[ArticleView], nearness: Callable[[int, int], float]) -> str:
    """Return the title of the article that the others resemble most; ties go to the first, untitled ones do not count.

    Args:
        event: views of one event.
        nearness: probability that two of them, by position, cover one event.
    """
    titled = [i for i, view in enumerate(event) if view.title]
    if not titled:
        return ""
    best = max(titled, key=lambda i: (sum(nearness(i, j) for j in range(len(event)) if j != i), -i))
    return event[best].title or ""


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


def cohesion(probabilities: Mapping[tuple[int, int], float], group: Sequence[int]) -> float | None:
    """Return the mean probability of a group's pairs, undecided ones counting 0; ``None`` for a group of one."""
    pairs = list(combinations(sorted(group), 2))
    return sum(probabilities.get(p, 0.0) for p in pairs) / len(pairs) if pairs else None
