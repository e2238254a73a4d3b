"""Fit the model that tells whether two facts of two accounts fill one slot.

Facts of parallel documents that agree in one line fill one slot, those that differ in different lines do not; a
newsroom with gold adds pairs of real accounts, cross-validated by event. The features look at no value, so what is
learnt on facts that agree holds for facts that do not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from pipeline.engines.accounts import Story, context_vectors, story_beads
from pipeline.engines.base import Encoder
from pipeline.evaluation.data import read_lines, read_pair
from pipeline.evaluation.newsroom import Newsroom, Passage
from pipeline.evaluation.perturbation import document_lines, document_story
from pipeline.facts.compatible import comparable, compatible
from pipeline.facts.pairing import Pairing, make_pairing
from pipeline.facts.slots import FEATURES, slot_features, slot_group
from pipeline.records import Fact

__all__ = ["Sample", "fit_slots", "newsroom_samples", "parallel_samples", "train_slots"]

Floats = npt.NDArray[np.float64]
GROUPS = ("quantity", "date")
_KINDS = frozenset(("number", "money", "percent", "duration", "date", "time", "ordinal"))
_PAIRS = ("fr-en", "ko-en", "fr-ko")
# A pair of real accounts counts as much as so many of parallel texts, which are easier and many more.
_NEWSROOM_WEIGHT = 8.0
_RIDGE = 1e-3
_AGAINST = frozenset(("name_clash", "rivals"))  # speak against a slot; the other features never do


@dataclass(slots=True)
class Sample:
    """Hold measured pairs of one group: features, whether they fill one slot, weights, and where they come from."""

    rows: list[Floats] = field(default_factory=list)
    labels: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)


Samples = Mapping[str, Sample]


def train_slots(newsroom: Newsroom, stories: Mapping[str, Story], parallel: Path, encoder: Encoder) -> dict[str, Any]:
    """Measure, fit, and cross-validate by event of the newsroom.

    Args:
        newsroom: gold events and statements.
        stories: its articles.
        parallel: folder of line-aligned documents in fr, ko and en.
        encoder: multilingual sentence encoder.

    Returns:
        What ``slots.json`` holds, with ``held_out``: log loss of each event under a model that has not seen it, and
        that of always saying the share.
    """
    samples: dict[str, Sample] = {group: Sample() for group in GROUPS}
    parallel_samples(parallel, encoder, samples)
    newsroom_samples(newsroom, stories, encoder, samples)
    groups, held_out = {}, {}
    for group, sample in samples.items():
        weights, intercept = fit_slots(sample)
        groups[group] = {"weights": [round(float(w), 4) for w in weights], "intercept": round(float(intercept), 4)}
        held_out[group] = _held_out(sample)
    digest = hashlib.sha256(repr([(g, len(s.rows), sum(s.labels)) for g, s in samples.items()]).encode()).hexdigest()
    signature = f"slots|v:1|ridge:{_RIDGE:g}|data:{digest[:12]}|{encoder.signature}"
    return {"signature": signature, "features": list(FEATURES), "groups": groups, "held_out": held_out}


def parallel_samples(folder: Path, encoder: Encoder, samples: Samples) -> None:
    """Add the pairs of parallel documents."""
    lines = document_lines(read_lines(folder / "docids.txt"))
    for pair in _PAIRS:
        source, target = pair.split("-")
        texts = read_pair(folder, source, target)
        for name, indices in lines.items():
            a, b = (
                document_story(f"{name}-{lang}", [side[i] for i in indices], lang, encoder)
                for side, lang in zip(texts, (source, target), strict=True)
            )
            pairing = _pairing(a, b, name, encoder)
            labelled = list(_parallel_labels(pairing))
            _add(samples, pairing, labelled, 1.0, name)


def _parallel_labels(pairing: Pairing) -> Iterator[tuple[int, int, float]]:
    line = {s.id: s.index for account in (pairing.a, pairing.b) for s in account.segments}
    for i, j in _comparable(pairing):
        x, y = pairing.a.facts[i], pairing.b.facts[j]
        same, aligned = compatible(x, y), line[x.segment_id] == line[y.segment_id]
        if same == aligned:
            yield i, j, float(same)
        elif aligned and _has_partner(x, pairing.b.facts, line) and _has_partner(y, pairing.a.facts, line):
            yield i, j, 0.0


def _has_partner(fact: Fact, others: Sequence[Fact], line: Mapping[str, int]) -> bool:
    return any(
        line[o.segment_id] == line[fact.segment_id] and comparable(fact, o) and compatible(fact, o) for o in others
    )


def newsroom_samples(newsroom: Newsroom, stories: Mapping[str, Story], encoder: Encoder, samples: Samples) -> None:
    """Add the pairs of a newsroom: those of a gold statement fill one slot; others that differ do not."""
    for event, names in sorted(newsroom.events.items()):
        own = sorted(n for n in names if n in stories)
        for k, first in enumerate(own):
            for second in own[k + 1 :]:
                pairing = _pairing(stories[first], stories[second], event, encoder)
                gold = _gold(newsroom, event, (first, second))
                labelled = []
                for i, j in _comparable(pairing):
                    x, y = pairing.a.facts[i], pairing.b.facts[j]
                    stated = any(_overlaps(x, p) and _overlaps(y, q) for p, q in gold)
                    if stated or not compatible(x, y):
                        labelled.append((i, j, float(stated)))
                _add(samples, pairing, labelled, _NEWSROOM_WEIGHT, event)


def _gold(newsroom: Newsroom, event: str, names: tuple[str, str]) -> list[tuple[Passage, Passage]]:
    found = []
    for s in (*newsroom.conflicts, *newsroom.agreements):
        if s.event == event and {s.a.article, s.b.article} == set(names):
            found.append((s.a, s.b) if s.a.article == names[0] else (s.b, s.a))
    return found


def _overlaps(fact: Fact, passage: Passage) -> bool:
    return any(fact.raw_start < end and start < fact.raw_end for start, end in passage.spans)


def _pairing(a: Story, b: Story, event: str, encoder: Encoder) -> Pairing:
    segments = {s.id: s for story in (a, b) for s in story.segments}
    facts = {**a.facts, **b.facts}
    vectors = context_vectors(segments.values(), facts, encoder)
    articles = a.segments[0].article_id, b.segments[0].article_id
    return make_pairing(articles, segments, facts, story_beads(a, b, event), vectors)


def _comparable(pairing: Pairing) -> Iterator[tuple[int, int]]:
    for i, x in enumerate(pairing.a.facts):
        for j, y in enumerate(pairing.b.facts):
            if x.kind in _KINDS and comparable(x, y):
                yield i, j


def _add(
    samples: Samples, pairing: Pairing, labelled: Sequence[tuple[int, int, float]], weight: float, origin: str
) -> None:
    if not labelled:
        return
    rows = slot_features(pairing.a, pairing.b, [(i, j) for i, j, _ in labelled], pairing.passages)
    for (i, _, label), row in zip(labelled, rows, strict=True):
        sample = samples[slot_group(pairing.a.facts[i])]
        sample.rows.append(row)
        sample.labels.append(label)
        sample.weights.append(weight)
        sample.origins.append(origin)


def fit_slots(sample: Sample, left_out: str | None = None) -> tuple[Floats, float]:
    """Fit one logistic model with signs that make sense; L2-regularised, per standard deviation.

    Args:
        sample: the pairs.
        left_out: origin whose pairs do not count.

    Returns:
        Weights in the order of the features, and the intercept.
    """
    kept = [n for n, origin in enumerate(sample.origins) if origin != left_out]
    rows, labels = np.array(sample.rows)[kept], np.array(sample.labels)[kept]
    weights = np.array(sample.weights)[kept]
    weights /= weights.sum()
    spread = rows.std(axis=0)
    spread[spread < 1e-9] = 1.0
    design = np.hstack([rows / spread, np.ones((len(rows), 1))])
    penalty = np.append(np.full(len(FEATURES), _RIDGE), 0.0)

    def loss(theta: Floats) -> tuple[float, Floats]:
        score = design @ theta
        chance = 1.0 / (1.0 + np.exp(-np.clip(score, -50.0, 50.0)))
        value = float((weights * (np.logaddexp(0.0, score) - labels * score)).sum() + 0.5 * (penalty * theta**2).sum())
        slope: Floats = design.T @ (weights * (chance - labels)) + penalty * theta
        return value, slope

    bounds = [(None, 0.0) if name in _AGAINST else (0.0, None) for name in FEATURES]
    found = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)])
    return found.x[:-1] / spread, float(found.x[-1])


def _held_out(sample: Sample) -> dict[str, Any]:
    events = sorted({o for o, w in zip(sample.origins, sample.weights, strict=True) if w == _NEWSROOM_WEIGHT})
    result = {}
    for event in events:
        weights, intercept = fit_slots(sample, event)
        inside = [n for n, origin in enumerate(sample.origins) if origin == event]
        rows, labels = np.array(sample.rows)[inside], np.array(sample.labels)[inside]
        score = rows @ weights + intercept
        share = min(0.99, max(0.01, float(labels.mean())))
        blind = -(labels * np.log(share) + (1 - labels) * np.log(1 - share)).mean()
        own = (np.logaddexp(0.0, score) - labels * score).mean()
        result[event] = {"n": len(inside), "log_loss": round(float(own), 4), "share_only": round(float(blind), 4)}
    return result
