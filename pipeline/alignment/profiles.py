"""Prepare the articles of a corpus for comparing: weights of terms, names and figures, dates, vectors. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.alignment.names import NameWord, canonical_words, name_words
from pipeline.alignment.terms import Rarity, load_background
from pipeline.alignment.views import ArticleView, FloatArray, unit_rows
from pipeline.alignment.when import Day, event_days
from pipeline.records import Mention

__all__ = ["Profile", "Weights", "document_vectors", "iter_profiles", "profiles"]

Weights = Mapping[str, float]
# Share of general news articles that hold a figure, by how round it is; rarity of figures starts from these.
_SMALL_FIGURE, _ROUND_FIGURE, _EXACT_FIGURE = 0.4, 0.1, 0.01
# Nearest articles that stand for an article's topic: with more, other topics enter and nothing is distinctive.
_TOPIC = 24
_MOST_STRESS = 6
_SCORE = re.compile(r"(\d+)-(\d+)")
_FIGURE_KINDS = frozenset({"number", "money", "percent", "duration"})


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Hold one article ready for comparing; ``None`` where the article gives nothing to compare.

    Attributes:
        view: the article.
        terms: unit TF-IDF vector of the whole text in the target language.
        lead_terms: the same of title and lead.
        local: unit vector weighted by rarity among the article's neighbours: what sets it apart from its topic.
        own_terms: as ``terms``, of the original; rarity is that among articles of the same language.
        own_lead_terms: as ``lead_terms``, of the original.
        own_local: as ``local``, of the original, among the neighbours of the same language.
        names: rarity times stress of each name word, canonical across scripts.
        lead_names: the same for title and lead.
        local_names: the same weighted by rarity among the neighbours.
        main_names: rarity times count, up to a limit: whom and what the article is about.
        figures: rarity of each figure with its unit.
        lead_figures: the same for title and lead.
        local_figures: unit vector of figures weighted by rarity among the neighbours.
        days: dates that could be the event's, most likely first.
        centre: unit mean of the segments.
    """

    view: ArticleView
    terms: Weights | None
    lead_terms: Weights | None
    local: Weights | None
    own_terms: Weights | None
    own_lead_terms: Weights | None
    own_local: Weights | None
    names: Weights | None
    lead_names: Weights | None
    local_names: Weights | None
    main_names: Weights | None
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
    """Prepare all articles of a corpus; see :func:`iter_profiles`."""
    return list(iter_profiles(views, neighbours, background, vectors))


def iter_profiles(
    views: Sequence[ArticleView],
    neighbours: npt.NDArray[np.int64],
    background: Mapping[str, float],
    vectors: FloatArray,
) -> Iterator[Profile]:
    """Prepare the articles of a corpus one after the other, so that nobody has to hold all of them.

    Args:
        views: the articles.
        neighbours: indices of each article's nearest others, shape ``(n, k)``, -1 where there are fewer.
        background: share of general documents that hold a term.
        vectors: one unit row per article.
    """
    corpus = _Corpus()
    for view in views:
        corpus.add(view)
    corpus.close(background)
    for i, view in enumerate(views):
        near = [i, *(int(j) for j in neighbours[i][:_TOPIC] if j >= 0)]
        names = [[corpus.canonical[w] for w in segment] for segment in _name_words(view)]
        term_weights = _stressed(view.terms, corpus.term_rarity)
        own_rarity = corpus.own_rarity[view.language]
        own_weights = _stressed(view.own_terms, own_rarity)
        kin = [j for j in near if corpus.languages[j] == view.language]
        name_weights = _stressed(names, corpus.name_rarity)
        figures = {f: corpus.figure_rarity.weight(f) for f in _figures(view)}
        yield Profile(
            view=view,
            terms=_unit(term_weights),
            lead_terms=_unit(_stressed(view.terms[: view.lead_end], corpus.term_rarity)),
            local=_unit(_local(term_weights, corpus.terms.among(near, term_weights))),
            own_terms=_unit(own_weights),
            own_lead_terms=_unit(_stressed(view.own_terms[: view.lead_end], own_rarity)),
            own_local=_unit(_local(own_weights, corpus.own.among(kin, own_weights))),
            names=name_weights or None,
            lead_names=_stressed(names[: view.lead_end], corpus.name_rarity) or None,
            local_names=_unit(_local(name_weights, corpus.names.among(near, name_weights))),
            main_names=_counted(names, corpus.name_rarity) or None,
            figures=figures or None,
            lead_figures={f: figures[f] for f in _figures(view, view.lead_end)} or None,
            local_figures=_unit(_local(figures, corpus.figures.among(near, figures))),
            days=event_days(view.mentions, view.lead_end),
            centre=vectors[i] if len(view.segments) else None,
        )


class _Sets:
    """Hold which terms each article of a corpus has, as sorted numbers: two kilobytes an article."""

    def __init__(self) -> None:
        self.number: dict[str, int] = {}
        self.rows: list[npt.NDArray[np.int32]] = []

    def add(self, terms: Iterable[str]) -> None:
        """Add an article."""
        found = {self.number.setdefault(term, len(self.number)) for term in terms}
        self.rows.append(np.array(sorted(found), dtype=np.int32))

    def rarity(self, background: Mapping[str, float], articles: Sequence[int] | None = None) -> Rarity:
        """Count in how many articles each term occurs; in all of them by default."""
        rows = self.rows if articles is None else [self.rows[i] for i in articles]
        counts = np.zeros(len(self.number), dtype=np.int64)
        for row in rows:
            counts[row] += 1
        seen = {term: n for term, n in zip(self.number, counts.tolist(), strict=True) if n}
        return Rarity(len(rows), seen, background)

    def among(self, rows: Sequence[int], wanted: Iterable[str]) -> Rarity:
        """Count in how many of some articles the wanted terms occur; articles without any term do not count."""
        own = np.array(sorted(self.number[term] for term in wanted), dtype=np.int32)
        near = [self.rows[i] for i in rows if len(self.rows[i])]
        found = np.concatenate([*near, np.empty(0, np.int32)])
        if not len(own):
            return Rarity(len(near), {}, {})
        place = np.minimum(np.searchsorted(own, found), len(own) - 1)
        counts = np.bincount(place[own[place] == found], minlength=len(own)).tolist()
        count_of = dict(zip(own.tolist(), counts, strict=True))
        return Rarity(len(near), {term: count_of[self.number[term]] for term in wanted}, {})


class _Corpus:
    """Hold what is known of a corpus as a whole once all its articles have gone by."""

    def __init__(self) -> None:
        self.terms = _Sets()
        self.own = _Sets()
        self.languages: list[str] = []
        self.names = _Sets()
        self.canonical: Mapping[NameWord, str] = {}
        self._words: dict[NameWord, int] = {}
        self._word_rows: list[list[int]] = []
        self.figures = _Sets()

    def add(self, view: ArticleView) -> None:
        """Take note of one article."""
        self.terms.add(_flat(view.terms))
        self.own.add(_flat(view.own_terms))
        self.languages.append(view.language)
        words = {w for segment in _name_words(view) for w in segment}
        self._word_rows.append([self._words.setdefault(w, len(self._words)) for w in words])
        self.figures.add(_figures(view))

    def close(self, background: Mapping[str, float]) -> None:
        """Work out the rarities; ``background`` gives the share of general documents that hold a term."""
        self.canonical = canonical_words(self._words)
        texts = [self.canonical[w] for w in self._words]
        for row in self._word_rows:
            self.names.add(texts[w] for w in row)
        self._word_rows = []
        self.term_rarity = self.terms.rarity(background)
        self.own_rarity = {
            language: self.own.rarity(
                load_background(language), [i for i, other in enumerate(self.languages) if other == language]
            )
            for language in sorted(set(self.languages))
        }
        self.name_rarity = self.names.rarity(background)
        self.figure_rarity = self.figures.rarity({figure: _figure_share(figure) for figure in self.figures.number})


def _name_words(view: ArticleView) -> list[list[NameWord]]:
    return [[w for m in s if m.kind == "name" for w in name_words(m)] for s in view.mentions]


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


def _figures(view: ArticleView, end: int | None = None) -> tuple[str, ...]:
    """Name the figures of the first segments, of all by default."""
    return tuple(sorted({_figure(m) for s in view.mentions[:end] for m in s if m.kind in _FIGURE_KINDS}))


def _figure(mention: Mention) -> str:
    """Name a figure with its unit; a score reads the same from both sides."""
    score = _SCORE.fullmatch(mention.value) if mention.unit == "score" else None
    value = "-".join(sorted(score.groups(), key=int, reverse=True)) if score else mention.value
    return f"{value} {mention.unit}" if mention.unit else value


def _figure_share(figure: str) -> float:
    digits = "".join(c for c in figure.partition(" ")[0].partition(".")[0] if c.isdigit())
    significant = digits.strip("0")
    if len(digits) < 2:
        return _SMALL_FIGURE
    return _ROUND_FIGURE if len(significant) < 2 or len(digits) == 2 else _EXACT_FIGURE
