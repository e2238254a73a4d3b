"""Train the two pair models on labelled corpora, and cross-validate them by topic. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.alignment.clusters import cluster
from pipeline.alignment.coding import read_corpus
from pipeline.alignment.depot import Memory
from pipeline.alignment.features import FEATURES
from pipeline.alignment.fit import fit_logistic
from pipeline.alignment.model import EventModel, FloatMatrix64
from pipeline.alignment.pairs import measure_pairs
from pipeline.alignment.shards import Reach, Shards
from pipeline.alignment.views import ArticleView
from pipeline.alignment.weighing import take_stock

__all__ = ["Corpus", "PairTable", "cross_validate", "measure_corpus", "predict_clusters", "train_events"]

VERSION = "events-1"
NEIGHBOURS = 50
UNSURE = "?"
RIDGE = 1e-4
# What same_thread may look at: what two events of one story share. Dates and figures tell events apart, not threads.
THREAD_FEATURES = frozenset(
    {
        "other_language", "lead_similarity", "document_similarity", "coverage_low", "coverage_high", "lead_coverage",
        "terms", "lead_in_text", "main_terms_low", "main_terms_high", "names_low", "names_high", "rarest_name",
        "shared_names",
    }
)  # fmt: skip
# Features that go unknown together, and how often training hides them, so that the model has seen their absence.
MASKS: tuple[tuple[float, frozenset[str]], ...] = (
    (0.25, frozenset({"terms", "lead_terms", "lead_in_text", "main_terms_low", "main_terms_high",
                      "distinctive_terms"})),
    (0.25, frozenset({"date_agreement", "date_clash"})),
    (0.25, frozenset({"published_gap"})),
    (0.15, frozenset({"names_low", "names_high", "lead_names_low", "lead_names_high", "rarest_name", "shared_names",
                      "main_names_low", "main_names_high", "distinctive_names"})),
    (0.15, frozenset({"figures", "lead_figures_low", "lead_figures_high", "distinctive_figures"})),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Corpus:
    """Hold a labelled corpus.

    ``events`` names the event of each view, ``threads`` its thread, ``None`` where nothing is known. Two events of one
    thread whose name starts with ``UNSURE`` may or may not belong together. ``weight`` is the corpus's share of the
    training.
    """

    name: str
    views: tuple[ArticleView, ...]
    events: tuple[str, ...]
    threads: tuple[str | None, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class PairTable:
    """Hold the measured candidate pairs of a corpus: ``rows`` has shape ``(pairs, features)``."""

    size: int
    pairs: tuple[tuple[int, int], ...]
    rows: FloatMatrix64


def measure_corpus(views: Sequence[ArticleView], target: str, neighbours: int = NEIGHBOURS) -> PairTable:
    """Measure every candidate pair of a corpus; ``target`` is the language of ``terms``."""
    corpus = read_corpus(views, Memory())
    if corpus is None:
        return PairTable(0, (), np.empty((0, len(FEATURES))))
    every = np.arange(len(corpus), dtype=np.int64)
    shards = Shards(corpus, take_stock(corpus, every, target), every, Reach(neighbours, 1, len(corpus), None, 0))
    columns, pairs = shards.one_block()
    return PairTable(len(views), tuple((i, j) for i, j in pairs.tolist()), measure_pairs(columns, pairs))


def train_events(
    corpora: Sequence[Corpus], tables: Sequence[PairTable], rng: np.random.Generator, ridge: float = RIDGE
) -> EventModel:
    """Fit both models.

    Args:
        corpora: labelled corpora; each counts by its ``weight``, whatever its size.
        tables: their measured pairs, in the same order.
        rng: decides which features are hidden in the second, masked copy of each pair.
        ridge: strength of the L2 penalty.

    Returns:
        The model, with a signature made of version, features, data and settings.
    """
    rows, event, thread, weights = _training_rows(corpora, tables)
    masked = _masked(rows, rng)
    both, doubled = np.vstack([rows, masked]), np.concatenate([weights, weights])
    labels = np.concatenate([event, event])
    event_model = fit_logistic(both, labels, doubled, ridge=ridge)
    thread_labels = np.concatenate([thread, thread])
    known = ~np.isnan(thread_labels)
    thread_model = fit_logistic(both[known], thread_labels[known], doubled[known], ridge=ridge, used=THREAD_FEATURES)
    return EventModel(event_model, thread_model, _signature(corpora, rows, ridge))


def _training_rows(
    corpora: Sequence[Corpus], tables: Sequence[PairTable]
) -> tuple[FloatMatrix64, npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    rows, event, thread, weights = [], [], [], []
    for corpus, table in zip(corpora, tables, strict=True):
        same = [_same_event(corpus, i, j) for i, j in table.pairs]
        related = [_same_thread(corpus, i, j) for i, j in table.pairs]
        rows.append(table.rows)
        event.append(np.array(same, dtype=np.float64))
        thread.append(np.array([np.nan if r is None else float(r) for r in related]))
        weights.append(np.full(len(same), corpus.weight / max(len(same), 1)))
    return np.vstack(rows), np.concatenate(event), np.concatenate(thread), np.concatenate(weights)


def _same_event(corpus: Corpus, i: int, j: int) -> bool:
    return corpus.events[i] == corpus.events[j]


def _same_thread(corpus: Corpus, i: int, j: int) -> bool | None:
    if _same_event(corpus, i, j):
        return True
    a, b = corpus.threads[i], corpus.threads[j]
    if a is None or b is None:
        return None
    if a == b and a.startswith(UNSURE):
        return None
    return a == b


def _masked(rows: FloatMatrix64, rng: np.random.Generator) -> FloatMatrix64:
    masked: FloatMatrix64 = rows.copy()
    for share, names in MASKS:
        hidden = rng.random(len(rows)) < share
        columns = [i for i, name in enumerate(FEATURES) if name in names]
        masked[np.flatnonzero(hidden)[:, None], columns] = np.nan
    return masked


def _signature(corpora: Sequence[Corpus], rows: FloatMatrix64, ridge: float) -> str:
    digest = hashlib.sha256(np.round(rows, 4).tobytes()).hexdigest()[:8]
    shares: dict[str, float] = {}
    for corpus in corpora:
        name = corpus.name.split("/")[0]
        shares[name] = shares.get(name, 0.0) + corpus.weight
    names = "+".join(f"{name}:{share:g}" for name, share in sorted(shares.items()))
    return f"{VERSION}|data:{names}|pairs:{len(rows)}|ridge:{ridge:g}|rows:{digest}"


def predict_clusters(model: EventModel, table: PairTable, threshold: float) -> list[int]:
    """Cluster a measured corpus into events."""
    return cluster(table.size, table.pairs, model.event.log_odds(table.rows), threshold)


def cross_validate(
    folds: Sequence[tuple[Sequence[Corpus], Sequence[PairTable]]],
    held_out: Sequence[tuple[Corpus, PairTable]],
    always: tuple[Sequence[Corpus], Sequence[PairTable]],
    threshold: float,
    seed: int = 0,
) -> list[list[int]]:
    """Cluster each fold with a model that has not seen it.

    Args:
        folds: for each fold, the training corpora made of its topics.
        held_out: for each fold, one corpus of all its topics, to be clustered.
        always: corpora that train every model.
        threshold: probability at which groups are joined.
        seed: of the masks.

    Returns:
        One list of labels per fold.
    """
    predicted = []
    for k, (_, table) in enumerate(held_out):
        corpora = [c for i, (c_list, _) in enumerate(folds) if i != k for c in c_list] + list(always[0])
        tables = [t for i, (_, t_list) in enumerate(folds) if i != k for t in t_list] + list(always[1])
        model = train_events(corpora, tables, np.random.default_rng(seed))
        predicted.append(predict_clusters(model, table, threshold))
    return predicted
