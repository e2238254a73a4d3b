"""Builders for the alignment tests: small articles with vectors that stand for what the sentences say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from pipeline.alignment.coding import read_corpus
from pipeline.alignment.columns import Columns
from pipeline.alignment.depot import Memory
from pipeline.alignment.shards import Reach, Shards
from pipeline.alignment.views import ArticleView, FloatArray, make_view, unit_rows
from pipeline.alignment.weighing import take_stock

DIMENSION = 64

FIRE = (
    "Fire destroys warehouse in Banstead",
    "A fire destroyed the Hartwell warehouse in Banstead on 12 March 2021, police said.",
    "More than 50 firefighters tackled the blaze, and 1,340 residents left their homes.",
    "Inspector Maria Collins said that the cause was not known.",
)
FIRE_AGAIN = (
    "Banstead warehouse burns down",
    "The Hartwell warehouse in Banstead burned down on 12 March 2021.",
    "Some 1,340 residents had to leave their homes, Inspector Maria Collins said.",
    "Fifty firefighters fought the blaze for hours.",
)
OTHER_FIRE = (
    "Fire at school in Wellington",
    "A fire damaged the Redmond school in Wellington on 4 July 2023.",
    "Twelve firefighters tackled the blaze; nobody was hurt.",
    "Head teacher Paul Okafor thanked the crews.",
)
ELECTION = (
    "Voters choose new parliament",
    "Voters in Turkmenistan chose a new parliament on 15 December 2013.",
    "There were 283 candidates for 125 seats, the election commission said.",
    "Turnout was 91 percent.",
)


def vectors_of(segments: Sequence[str], dimension: int = DIMENSION) -> FloatArray:
    """Embed sentences by hashing their words: sentences that share words are near. No model is needed."""
    rows = np.zeros((len(segments), dimension), dtype=np.float32)
    for i, text in enumerate(segments):
        for word in text.lower().replace(",", " ").replace(".", " ").split():
            seed = int.from_bytes(word.encode(), "little") % (2**32)
            rows[i] += np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)


def article(name: str, segments: Sequence[str], published: str | None = None, language: str = "en") -> ArticleView:
    title = segments[0] if segments else None
    vectors = vectors_of(segments)
    return make_view(name, language, segments, vectors, target_segments=segments, title=title, published=published)


def empty_article(name: str) -> ArticleView:
    return make_view(name, "en", [], np.zeros((0, DIMENSION), dtype=np.float32))


def random_rows(n: int, rng: np.random.Generator, dimension: int = DIMENSION) -> FloatArray:
    rows = rng.standard_normal((n, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True) if n else rows


def in_one_block(views: Sequence[ArticleView], neighbours: int = 50) -> tuple[Columns, np.ndarray]:
    """Return articles, in their order, and their candidate pairs."""
    corpus = read_corpus(views, Memory())
    assert corpus is not None
    every = np.arange(len(corpus))
    reach = Reach(neighbours, window=14, exact_below=len(corpus), make_index=None, shown=0)
    return Shards(corpus, take_stock(corpus, every, "en"), every, reach).one_block()


def nearest_in_blocks(
    rows: FloatArray, days: np.ndarray, k: int, window: int, exact_below: int, index=None
) -> np.ndarray:
    """Return the nearest others that a corpus in blocks finds: articles of one vector each, on days, NaN for none."""
    dates = [None if np.isnan(day) else date.fromordinal(int(day) + 1).isoformat() for day in days]
    views = [
        replace(article(f"{i:06d}", FIRE[:1], day), segments=row[None], lead_rows=(0,))
        for i, (row, day) in enumerate(zip(rows, dates, strict=True))
    ]
    corpus = read_corpus(views, Memory())
    assert corpus is not None
    every = np.arange(len(corpus))
    shards = Shards(corpus, take_stock(corpus, every, "en"), every, Reach(k, window, exact_below, index, 0))
    found = np.full((len(rows), k), -1)
    for block, members in enumerate(shards._members):
        found[members] = shards._near(block)
    return found


def document_vectors(views: Sequence[ArticleView], dimension: int = DIMENSION) -> FloatArray:
    """Return the unit mean of the segments of each article; zeros for an article without any."""
    means = [v.segments.mean(axis=0) if len(v.segments) else np.zeros(dimension, np.float32) for v in views]
    return unit_rows(np.array(means, np.float32))
