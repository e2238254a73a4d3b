"""Prepare the articles of a corpus for comparing: weights of terms, names and figures, dates, vectors. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.alignment.names import canonical_words, name_words
from pipeline.alignment.terms import Rarity, load_background, rarity_of
from pipeline.alignment.views import ArticleView, FloatArray, unit_rows
from pipeline.alignment.when import Day, event_days
from pipeline.records import Mention

__all__ = ["Profile", "Weights", "Words", "document_vectors", "profiles"]

Weights = Mapping[str, float]
# Share of general news articles that hold a figure, by how round it is; rarity of figures starts from these.
_SMALL_FIGURE, _ROUND_FIGURE, _EXACT_FIGURE = 0.4, 0.1, 0.01
# Nearest articles that stand for an article's topic: with more, other topics enter and nothing is distinctive.
_TOPIC = 24
_MOST_STRESS = 6
_SCORE = re.compile(r"(\d+)-(\d+)")
_FIGURE_KINDS = frozenset({"number", "money", "percent", "duration"})


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Hold the term weights of one text of an article, all unit vectors; ``None`` where there is nothing to weigh.

    Attributes:
        terms: TF-IDF of the whole text.
        lead: the same of title and lead.
        local: weighted again by rarity among the article's neighbours: what sets it apart from its topic.
    """

    terms: Weights | None
    lead: Weights | None
    local: Weights | None


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Hold one article ready for comparing; ``None`` where the article gives nothing to compare.

    Attributes:
        view: the article.
        own: words of the original, comparable with articles of the same language.
        target: words in the target language, comparable with every article that has them.
        names: rarity times stress of each name word, canonical across scripts.
        lead_names: the same for title and lead.
        main_names: rarity times count: whom and what the article is about.
        local_names: the same as ``names``, weighted by rarity among the neighbours.
        figures: rarity of each figure with its unit.
        lead_figures: the same for title and lead.
        local_figures: rarity among the neighbours.
        days: dates that could be the event's, most likely first.
        centre: unit mean of the segments.
    """

    view: ArticleView
    own: Words
    target: Words
    names: Weights | None
    lead_names: Weights | None
    main_names: Weights | None
    local_names: Weights | None
    figures: Weights | None
    lead_figures: Weights | None
    local_figures: Weights | None
    days: tuple[Day, ...]
    centre: FloatArray | None


def document_vectors(views: Sequence[ArticleView], dimension: int) -> FloatArray:
    """Return one unit row per article, the mean of its segments; zeros for an article without segments."""
    rows = np.zeros((len(views), dimension), dtype=np.float32)
    for i, view in enumerate(views):
        if len(view.segments):
            rows[i] = view.segments.mean(axis=0)
    return unit_rows(rows)


def profiles(
    views: Sequence[ArticleView],
    neighbours: npt.NDArray[np.int64],
    background: Mapping[str, float],
    vectors: FloatArray,
) -> list[Profile]:
    """Prepare all articles of a corpus.

    Args:
        views: the articles.
        neighbours: indices of each article's nearest others, shape ``(n, k)``.
        background: share of general documents that hold a term.
        vectors: one unit row per article.
    """
    own = _own_words(views, neighbours)
    target = _target_words(views, neighbours, background, own)
    words = [[[w for m in s if m.kind == "name" for w in name_words(m)] for s in v.mentions] for v in views]
    canonical = canonical_words(w for article in words for segment in article for w in segment)
    names = [[[canonical[w] for w in segment] for segment in article] for article in words]
    figures = [[_figures(segment) for segment in v.mentions] for v in views]
    name_rarity = rarity_of([_flat(n) for n in names], background)
    figure_rarity = rarity_of([_flat(f) for f in figures], _figure_background(map(_flat, figures)))
    name_sets = [frozenset(_flat(n)) for n in names]
    figure_sets = [frozenset(_flat(f)) for f in figures]
    result = []
    for i, view in enumerate(views):
        near = [i, *(int(j) for j in neighbours[i][:_TOPIC])]
        name_weights = _stressed(names[i], name_rarity)
        figure_weights = {f: figure_rarity.weight(f) for f in sorted(figure_sets[i])}
        result.append(
            Profile(
                view=view,
                own=own[i],
                target=target[i],
                names=name_weights or None,
                lead_names=_stressed(names[i][: view.lead_end], name_rarity) or None,
                main_names=_counted(names[i], name_rarity) or None,
                local_names=_unit(_local(name_weights, _among(name_sets, near))),
                figures=figure_weights or None,
                lead_figures={f: figure_weights[f] for f in sorted(set(_flat(figures[i][: view.lead_end])))} or None,
                local_figures=_unit(_local(figure_weights, _among(figure_sets, near))),
                days=event_days(view.mentions, view.lead_end),
                centre=vectors[i] if len(view.segments) else None,
            )
        )
    return result


def _own_words(views: Sequence[ArticleView], neighbours: npt.NDArray[np.int64]) -> list[Words]:
    """Weigh the words of the originals: rarity is that among articles of the same language."""
    sets = [frozenset(_flat(v.own_terms)) for v in views]
    rarity = {
        language: rarity_of([s for s, v in zip(sets, views, strict=True) if v.language == language], common)
        for language, common in ((v, load_background(v)) for v in sorted({v.language for v in views}))
    }
    found = []
    for i, view in enumerate(views):
        near = [int(j) for j in neighbours[i] if views[int(j)].language == view.language][:_TOPIC]
        found.append(_words(view.own_terms, view.lead_end, rarity[view.language], _among(sets, [i, *near])))
    return found


def _target_words(
    views: Sequence[ArticleView],
    neighbours: npt.NDArray[np.int64],
    background: Mapping[str, float],
    own: Sequence[Words],
) -> list[Words]:
    """Weigh the words in the target language; in a corpus of one language nothing asks for them."""
    if len({v.language for v in views}) < 2:
        return list(own)
    sets = [frozenset(_flat(v.terms)) for v in views]
    rarity = rarity_of(sets, background)
    found = []
    for i, view in enumerate(views):
        near = [i, *(int(j) for j in neighbours[i][:_TOPIC])]
        found.append(_words(view.terms, view.lead_end, rarity, _among(sets, near)))
    return found


def _words(segments: Sequence[Sequence[str]], lead_end: int, rarity: Rarity, topic: Rarity) -> Words:
    weights = _stressed(segments, rarity)
    return Words(_unit(weights), _unit(_stressed(segments[:lead_end], rarity)), _unit(_local(weights, topic)))


def _among(sets: Sequence[frozenset[str]], near: Sequence[int]) -> Rarity:
    return rarity_of([sets[j] for j in near if sets[j]], {})


def _flat(segments: Sequence[Sequence[str]]) -> list[str]:
    return [term for segment in segments for term in segment]


def _stressed(segments: Sequence[Sequence[str]], rarity: Rarity) -> dict[str, float]:
    """Weigh terms by rarity and by the logarithm of how often they occur; terms of no weight fall away."""
    counts = Counter(_flat(segments))
    weighed = {term: (1.0 + math.log(n)) * rarity.weight(term) for term, n in sorted(counts.items())}
    return {term: weight for term, weight in weighed.items() if weight > 0}


def _counted(segments: Sequence[Sequence[str]], rarity: Rarity) -> dict[str, float]:
    """Weigh terms by rarity times how often they occur, up to a limit."""
    counts = Counter(_flat(segments))
    weighed = {term: min(n, _MOST_STRESS) * rarity.weight(term) for term, n in sorted(counts.items())}
    return {term: weight for term, weight in weighed.items() if weight > 0}


def _local(weights: Weights, rarity: Rarity) -> dict[str, float]:
    """Weigh terms again by how few of the neighbours hold them."""
    n = rarity.documents
    return {t: w * math.log((n + 1) / (rarity.counts.get(t, 0) + 0.5)) for t, w in weights.items()}


def _unit(weights: Weights) -> Weights | None:
    norm = math.sqrt(sum(w * w for w in weights.values()))
    return {t: w / norm for t, w in weights.items()} if norm > 0 else None


def _figures(segment: Sequence[Mention]) -> tuple[str, ...]:
    return tuple(_figure(m) for m in segment if m.kind in _FIGURE_KINDS)


def _figure(mention: Mention) -> str:
    """Name a figure with its unit; a score reads the same from both sides."""
    score = _SCORE.fullmatch(mention.value)
    if mention.unit == "score" and score is not None:
        high, low = sorted((int(score[1]), int(score[2])), reverse=True)
        return f"{high}-{low} score"
    return f"{mention.value} {mention.unit}" if mention.unit else mention.value


def _figure_background(articles: Iterable[Iterable[str]]) -> dict[str, float]:
    return {figure: _figure_share(figure) for article in articles for figure in article}


def _figure_share(figure: str) -> float:
    digits = "".join(c for c in figure.partition(" ")[0].partition(".")[0] if c.isdigit())
    significant = digits.strip("0")
    if len(digits) < 2:
        return _SMALL_FIGURE
    return _ROUND_FIGURE if len(significant) < 2 or len(digits) == 2 else _EXACT_FIGURE
