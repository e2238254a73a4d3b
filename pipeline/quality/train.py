"""Fit the coefficients of :mod:`pipeline.quality.estimation`. Pure: the evidence comes in, coefficients go out.

``concord train quality FOLDER --out FILE`` collects the evidence; texts of the folder do not enter the result.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from pipeline.quality.estimation import BREAKS, FEATURES, SCORES, Evidence, Model, Usual, soundness, suspect

__all__ = ["MARGIN", "Probe", "Sample", "fit", "good_systems", "pairwise_accuracy", "suspects"]

Matrix = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
MARGIN = 10.0
"""chrF++ points by which two outputs must differ to be ranked."""
FALSE_ALARMS = 0.02
"""Share of sound translations that may be called suspect."""
_LEARN_MARGIN = 5.0  # closer pairs teach nothing but noise; between 5 and 10 they still help
_RIDGE = 3.0
_BREAK_RIDGE = 1.0
_CALM = 0.5  # the floor is set at this part of the false alarms allowed, as other data will have more
_LEAST = 0.01  # of the false alarms left for the floor where the guards use up their share
# Signs that hold whatever the data says; zero is free.
_SIGNS: Mapping[str, int] = MappingProxyType(
    {"similarity": 1, "lost": -1, "unknown": -1, "short": -1, "coverage": 1, "score": 1, "reverse": 1}
)


@dataclass(frozen=True, slots=True)
class Sample:
    """Hold one system's output for the sentence at ``line`` of ``pair``: its evidence and its chrF++."""

    pair: str
    system: str
    line: int
    evidence: Evidence
    chrf: float


@dataclass(frozen=True, slots=True)
class Probe:
    """Hold a human translation (``kind`` is ``"reference"``) or one that was broken on purpose."""

    pair: str
    line: int
    kind: str
    evidence: Evidence


def fit(samples: Sequence[Sample], probes: Sequence[Probe], source: str) -> Model:
    """Fit ranking, scale, soundness and its floors.

    Args:
        samples: several per sentence.
        probes: human translations and broken ones; without any, nothing is called broken.
        source: name of the data, for the signature.

    Raises:
        ValueError: no sentence has two outputs that differ clearly.
    """
    base = Model(_lengths(samples, probes), "")
    weights = _ranking(samples, base)
    base = replace(base, weights=weights)
    model = replace(
        base,
        pairs=_usual(base, samples, probes),
        signature=f"quality|pairwise-logistic|features:{'+'.join(weights)}|fit:{source}|n:{len(samples)}+{len(probes)}"
        f"|ridge:{_RIDGE:g}|v:2",
    )
    human = [p.evidence for p in probes if p.kind == "reference"]
    if not human or len(human) == len(probes):
        return model
    system = [s.evidence for s in samples if s.system in good_systems(samples)[s.pair]]
    broken = [p.evidence for p in probes if p.kind != "reference"]
    return _floored(_soundness(model, [*human, *system], broken), human, system)


def good_systems(samples: Sequence[Sample]) -> dict[str, set[str]]:
    """Return the better half of the systems of each pair, by mean chrF++."""
    scores: dict[tuple[str, str], list[float]] = {}
    for s in samples:
        scores.setdefault((s.pair, s.system), []).append(s.chrf)
    found: dict[str, set[str]] = {}
    for pair in {p for p, _ in scores}:
        ranked = sorted((sum(c) / len(c), name) for (p, name), c in scores.items() if p == pair)
        found[pair] = {name for _, name in ranked[len(ranked) // 2 :]}
    return found


def _lengths(samples: Sequence[Sample], probes: Sequence[Probe]) -> dict[str, Usual]:
    """Measure the length feature of human translations by pair, of system outputs where there are none."""
    found: dict[str, list[float]] = {}
    human = [(p.pair, p.evidence.length) for p in probes if p.kind == "reference"]
    for pair, length in human or [(s.pair, s.evidence.length) for s in samples]:
        found.setdefault(pair, []).append(length)
    # The spread of a few sentences says little: 0.05 keeps it from nothing.
    values = {pair: (float(np.mean(v)), float(np.std(v)) + 0.05) for pair, v in sorted(found.items())}
    values["*"] = float(np.mean([m for m, _ in values.values()])), max(s for _, s in values.values())
    return {pair: Usual(0.0, round(m, 4), round(s, 4)) for pair, (m, s) in values.items()}


def _usual(model: Model, samples: Sequence[Sample], probes: Sequence[Probe]) -> dict[str, Usual]:
    """Measure what is usual by pair.

    Of a pair without system outputs, the human translations are known: what is usual there is theirs, moved by as much
    as systems differ from human translations elsewhere.
    """
    names = tuple(model.weights)
    human = [p for p in probes if p.kind == "reference"]
    system, reference = _means(model, samples, names), _means(model, human, names)
    both = [p for p in system if p in reference]
    shift = {n: float(np.mean([system[p][n] - reference[p][n] for p in both])) if both else 0.0 for n in names}
    levels = {p: float(np.mean([s.chrf for s in samples if s.pair == p])) / 100.0 for p in system}
    levels["*"] = float(np.mean(list(levels.values())))
    found = {
        pair: system.get(pair) or {n: reference[pair][n] + shift[n] for n in names}
        for pair in model.pairs
        if pair != "*"
    }
    found["*"] = {n: float(np.mean([m[n] for m in found.values()])) for n in names}
    breaks = _break_means(model, human)
    return {
        pair: Usual(
            round(levels.get(pair, levels["*"]), 4),
            model.pairs[pair].length,
            model.pairs[pair].spread,
            0.0,
            MappingProxyType({n: round(v, 6) for n, v in means.items()}),
            MappingProxyType({n: round(v, 6) for n, v in breaks.get(pair, {}).items()}),
        )
        for pair, means in found.items()
    }


def _means(
    model: Model, items: Sequence[Sample] | Sequence[Probe], names: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Return the mean of each ranking feature by pair; of one that a pair does not know, that of the others."""
    rows = [i.evidence.ranking(model) for i in items]
    everywhere = _known_means(rows, names, {})
    by_pair: dict[str, list[Mapping[str, float | None]]] = {}
    for pair, row in zip([i.pair for i in items], rows, strict=True):
        by_pair.setdefault(pair, []).append(row)
    return {pair: _known_means(own, names, everywhere) for pair, own in by_pair.items()}


def _break_means(model: Model, human: Sequence[Probe]) -> dict[str, dict[str, float]]:
    by_pair: dict[str, list[Mapping[str, float | None]]] = {}
    for probe in human:
        by_pair.setdefault(probe.pair, []).append(probe.evidence.breaks(model))
    found = {pair: _known_means(rows, BREAKS, {}) for pair, rows in by_pair.items()}
    if found:
        found["*"] = {n: float(np.mean([m[n] for m in found.values()])) for n in BREAKS}
    return found


def _known_means(
    rows: Sequence[Mapping[str, float | None]], names: Sequence[str], fallback: Mapping[str, float]
) -> dict[str, float]:
    known = {n: [v for r in rows if (v := r[n]) is not None] for n in names}
    return {n: float(np.mean(v)) if v else fallback.get(n, 0.0) for n, v in known.items()}


def _matrix(rows: Sequence[Mapping[str, float | None]], names: Sequence[str]) -> Matrix:
    """Return features, an unknown one as the mean of its column, shape ``(n, len(names))``."""
    matrix = np.array([[np.nan if r[n] is None else r[n] for n in names] for r in rows], dtype=np.float64)
    known = ~np.isnan(matrix)
    means = np.where(known, matrix, 0.0).sum(axis=0) / np.maximum(1, known.sum(axis=0))
    filled: Matrix = np.where(known, matrix, means)
    return filled


def _ranking(samples: Sequence[Sample], model: Model) -> Mapping[str, float]:
    """Fit which of two translations of a sentence is better, then scale to chrF++ / 100."""
    rows = [s.evidence.ranking(model) for s in samples]
    features = _matrix(rows, FEATURES)
    better, worse = _clear_pairs(samples)
    if not len(better):
        raise ValueError("The estimate is fitted on several translations of one sentence; there is one of each here.")
    balance = _balance([samples[i].pair for i in better])
    scale = features.std(axis=0) + 1e-9
    weights = _logistic((features[better] - features[worse]) / scale, balance, FEATURES, _RIDGE) / scale
    base = features @ weights
    fitted = np.concatenate([weights, _score_weights(rows, base, better, worse)]) * _slope(samples, base)
    return MappingProxyType({n: round(float(w), 6) for n, w in zip((*FEATURES, *SCORES), fitted, strict=True)})


def _slope(samples: Sequence[Sample], raw: Matrix) -> float:
    """Return how much quality one unit of the ranking is worth, within sentences.

    Across sentences it would be less: how hard a sentence is moves chrF++ more than how well it is translated, and
    cannot be seen without a reference. Systems would come out closer to each other than they are.
    """
    quality = np.array([s.chrf / 100.0 for s in samples])
    inside = np.concatenate([_centred(raw, g) for g in _groups(samples)])
    target = np.concatenate([_centred(quality, g) for g in _groups(samples)])
    return max(1e-3, float(inside @ target) / max(1e-12, float(inside @ inside)))


def _centred(values: Matrix, group: Sequence[int]) -> Matrix:
    centred: Matrix = values[group] - values[group].mean()
    return centred


def _score_weights(rows: Sequence[Mapping[str, float | None]], base: Matrix, better: Indices, worse: Indices) -> Matrix:
    """Fit the engine's own scores on top of the rest, on the pairs of outputs where both are known."""
    weights = np.zeros(len(SCORES))
    for position, name in enumerate(SCORES):
        known = np.array([r[name] is not None for r in rows])
        usable = known[better] & known[worse]
        if usable.sum() < 50:
            continue
        values = np.array([r[name] or 0.0 for r in rows])
        change = (values[better] - values[worse])[usable]
        spread = float(change.std()) + 1e-9
        offset = (base[better] - base[worse])[usable]
        found = _logistic((change / spread)[:, None], np.ones(len(change)), [name], _RIDGE, offset)
        weights[position] = found[0] / spread
    return weights


def _clear_pairs(samples: Sequence[Sample], margin: float = _LEARN_MARGIN) -> tuple[Indices, Indices]:
    """Return the indices of the better and the worse of all pairs of outputs that differ clearly."""
    pairs = [
        (i, j) if samples[i].chrf > samples[j].chrf else (j, i)
        for group in _groups(samples)
        for i, j in itertools.combinations(group, 2)
        if abs(samples[i].chrf - samples[j].chrf) > margin
    ]
    array = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def _balance(labels: Sequence[str]) -> Matrix:
    """Weigh the rarer language pairs up, by the square root of how rare they are."""
    counts = {label: labels.count(label) for label in set(labels)}
    top = max(counts.values())
    return np.array([math.sqrt(top / counts[label]) for label in labels])


def _logistic(
    differences: Matrix, balance: Matrix, names: Sequence[str], ridge: float, offset: Matrix | float = 0.0
) -> Matrix:
    """Find the weights under which every difference is most likely positive, within the signs that must hold."""
    from scipy.optimize import minimize

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        margin = differences @ weights + offset
        wrong = 1.0 / (1.0 + np.exp(np.clip(margin, -50, 50)))
        value = float(balance @ np.logaddexp(0.0, -margin) + 0.5 * ridge * weights @ weights)
        return value, -differences.T @ (balance * wrong) + ridge * weights

    bounds = [{1: (0.0, None), -1: (None, 0.0)}.get(_SIGNS.get(n, 0), (None, None)) for n in names]
    result: Matrix = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", bounds=bounds).x
    return result


def _soundness(model: Model, sound: Sequence[Evidence], broken: Sequence[Evidence]) -> Model:
    """Fit what tells sound from broken, both sides weighing the same; no defect can speak for a translation."""
    from scipy.optimize import minimize

    features = np.array([_unusual(e, model) for e in [*sound, *broken]])
    scale = features.std(axis=0) + 1e-9
    scaled = np.column_stack([features / scale, np.ones(len(features))])
    label = np.where(np.arange(len(features)) < len(sound), 1.0, -1.0)
    weight = np.where(label > 0, 0.5 * len(features) / len(sound), 0.5 * len(features) / len(broken))

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        margin = label * (scaled @ weights)
        wrong = 1.0 / (1.0 + np.exp(np.clip(margin, -50, 50)))
        penalty = np.append(weights[:-1], 0.0) * _BREAK_RIDGE
        value = float(weight @ np.logaddexp(0.0, -margin) + 0.5 * penalty @ weights)
        return value, -scaled.T @ (weight * label * wrong) + penalty

    bounds = [*[(None, 0.0)] * len(BREAKS), (None, None)]
    found = minimize(loss, np.zeros(len(BREAKS) + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    weights = found[:-1] / scale
    return replace(
        model,
        bias=round(float(found[-1]), 6),
        break_weights=MappingProxyType({n: round(float(w), 6) for n, w in zip(BREAKS, weights, strict=True)}),
    )


def _unusual(evidence: Evidence, model: Model) -> list[float]:
    """Return how far each feature of soundness is from what is usual for the pair; 0 where it is unknown."""
    usual = model.usual(evidence.pair).breaks
    return [0.0 if v is None else v - usual.get(n, 0.0) for n, v in evidence.breaks(model).items()]


def _floored(model: Model, *sound: Sequence[Evidence]) -> Model:
    """Set the floors of soundness by pair, so that few sound translations of any kind are called suspect."""
    floors = {
        pair: min(_floor(own, model) for evidence in sound if (own := [e for e in evidence if e.pair == pair]))
        for pair in sorted({e.pair or "*" for evidence in sound for e in evidence})
    }
    lowest = min(floors.values())
    pairs = {p: replace(u, floor=round(floors.get(p, lowest), 6)) for p, u in model.pairs.items()}
    return replace(model, pairs=MappingProxyType(pairs))


def _floor(evidence: Sequence[Evidence], model: Model) -> float:
    quiet = [soundness(e, model) for e in evidence if not e.broken]
    # What the guards find in sound translations is a false alarm too, and uses up a part of the share.
    left = FALSE_ALARMS * _CALM - (1 - len(quiet) / len(evidence))
    return float(np.quantile(quiet, max(_LEAST, left))) if quiet else 0.0


def _groups(samples: Sequence[Sample]) -> list[list[int]]:
    groups: dict[tuple[str, int], list[int]] = {}
    for index, sample in enumerate(samples):
        groups.setdefault((sample.pair, sample.line), []).append(index)
    return list(groups.values())


def pairwise_accuracy(samples: Sequence[Sample], score: Callable[[Sample], float]) -> tuple[int, int]:
    """Count the pairs of outputs for one sentence that a score ranks as chrF++ does, and all pairs ``MARGIN`` apart."""
    better, worse = _clear_pairs(samples, MARGIN)
    values = np.array([score(s) for s in samples], dtype=np.float64)
    return int((values[better] > values[worse]).sum()) if len(better) else 0, len(better)


def suspects(evidence: Iterable[Evidence], model: Model) -> tuple[int, int]:
    """Count the translations that are called suspect, and all."""
    found = [suspect(e, model) for e in evidence]
    return sum(found), len(found)
