"""Measure the quality estimate on outputs of several systems, and on translations broken on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.engines.base import Encoder
from pipeline.engines.judging import Judge
from pipeline.errors import InputError
from pipeline.evaluation.breaking import KINDS
from pipeline.evaluation.samples import Bench, Scores, read_bench, read_probes, read_samples
from pipeline.quality.estimation import Model, Usual, estimate, load_model
from pipeline.quality.train import MARGIN, Probe, Sample, fit, good_systems, pairwise_accuracy, suspects

__all__ = ["evaluate_qe", "train_quality"]

# Ways of breaking that are summed up under one name; the single ones are printed beside.
_SUMS = {
    "different": ("different",),
    "neighbour": ("neighbour",),
    "copied": ("copied",),
    "truncated": ("cut_40", "cut_50"),
    "repeated": ("twice", "loop"),
}
_FEW = 2


def evaluate_qe(folder: Path, pair: str, encoder: Encoder, held_out: bool = False) -> dict[str, Any]:
    """Compare the estimate with chrF++, and count which broken translations it calls suspect.

    Args:
        folder: line-aligned ``<language>.txt`` and ``systems/<pair>.<system>.txt``.
        pair: languages, as ``ko-en``.
        encoder: the sentence encoder of the pipeline.
        held_out: fit anew on every second line of the folder and measure on the others, too.

    Returns:
        ``pairwise_accuracy`` (share of pairs of outputs for one sentence, more than 10 chrF++ apart, that the estimate
        ranks alike), ``pairs``, ``cosine_alone``, ``segment_kendall`` (tau-b over all pairs of outputs for a sentence),
        ``system_kendall``, ``segment_pearson``, ``mean_estimate`` and ``mean_chrf`` by system, ``broken``, ``held_out``
        and ``signature``. What cannot be measured is ``None``.

    Raises:
        InputError: the folder lacks the texts of the pair.
    """
    bench = read_bench(folder)
    languages = tuple(pair.split("-"))
    if len(languages) != _FEW or any(language not in bench.texts for language in languages):
        raise InputError(
            f"The folder {folder} has no texts for the pair {pair!r}, only {', '.join(bench.texts)}.",
            "Name a pair as <source>-<target>, such as ko-en.",
        )
    model = load_model()
    judge = Judge(encoder, model)
    samples = read_samples(bench, judge, pair)
    probes = list(read_probes(bench, judge, [(languages[0], languages[1])], list(KINDS)))
    result = _measure(samples, probes, model)
    if held_out:
        result["held_out"] = _held_out(bench, samples, probes)
    return {**result, "signature": judge.signature}


def _held_out(bench: Bench, samples: Sequence[Sample], probes: Sequence[Probe]) -> dict[str, Any]:
    """Fit on the even lines and measure on the odd ones."""
    model = fit([s for s in samples if s.line % 2 == 0], [p for p in probes if p.line % 2 == 0], bench.name)
    result = _measure([s for s in samples if s.line % 2], [p for p in probes if p.line % 2], model)
    return {**result, "signature": f"{model.signature}|half:even lines"}


def _measure(samples: Sequence[Sample], probes: Sequence[Probe], model: Model) -> dict[str, Any]:
    values = {id(s): estimate(s.evidence, model) for s in samples}
    right, pairs = pairwise_accuracy(samples, lambda s: values[id(s)])
    cosine, _ = pairwise_accuracy(samples, lambda s: s.evidence.similarity or 0.0)
    estimates, chrf = [values[id(s)] for s in samples], [s.chrf for s in samples]
    means = {
        name: (
            float(np.mean([values[id(s)] for s in samples if s.system == name])),
            float(np.mean([s.chrf for s in samples if s.system == name])),
        )
        for name in sorted({s.system for s in samples})
    }
    return {
        "pairwise_accuracy": round(right / pairs, 4) if pairs else None,
        "cosine_alone": round(cosine / pairs, 4) if pairs else None,
        "pairs": pairs,
        "margin": MARGIN,
        "segment_kendall": _segment_kendall(samples, estimates),
        "segment_pearson": _pearson(estimates, chrf),
        "system_kendall": _kendall(*zip(*means.values(), strict=True)) if len(means) >= _FEW else None,
        "systems": {name: {"estimate": round(e, 4), "chrf++": round(c, 2)} for name, (e, c) in means.items()},
        "broken": _broken(samples, probes, model),
        "lines": len({p.line for p in probes}),
    }


def _segment_kendall(samples: Sequence[Sample], estimates: Sequence[float]) -> float | None:
    """Return concordant less discordant pairs of outputs for one sentence, of all that differ in chrF++."""
    by_line: dict[int, list[int]] = {}
    for index, sample in enumerate(samples):
        by_line.setdefault(sample.line, []).append(index)
    balance = total = 0
    for group in by_line.values():
        chrf = np.array([samples[i].chrf for i in group])
        values = np.array([estimates[i] for i in group])
        signs = np.sign(np.subtract.outer(chrf, chrf)) * np.sign(np.subtract.outer(values, values))
        balance += int(np.triu(signs, 1).sum())
        total += int(np.triu(np.subtract.outer(chrf, chrf) != 0, 1).sum())
    return round(balance / total, 4) if total else None


def _kendall(left: Sequence[float], right: Sequence[float]) -> float | None:
    from scipy.stats import kendalltau

    value = float(kendalltau(left, right).statistic)
    return None if np.isnan(value) else round(value, 4)


def _pearson(left: Sequence[float], right: Sequence[float]) -> float | None:
    if len(left) < _FEW or np.std(left) == 0 or np.std(right) == 0:
        return None
    return round(float(np.corrcoef(left, right)[0, 1]), 4)


def _broken(samples: Sequence[Sample], probes: Sequence[Probe], model: Model) -> dict[str, Any]:
    """Return the share called suspect, by way of breaking, of human translations and of the better systems."""
    by_kind: dict[str, tuple[int, int]] = {}
    for kind in ("reference", *KINDS):
        by_kind[kind] = suspects((p.evidence for p in probes if p.kind == kind), model)
    good = good_systems(samples)
    systems = suspects((s.evidence for s in samples if s.system in good[s.pair]), model)
    sums = {name: _share([by_kind[k] for k in kinds]) for name, kinds in _SUMS.items()}
    return {
        **sums,
        "false_alarms": _share([by_kind["reference"], systems]),
        "false_alarms_reference": _share([by_kind["reference"]]),
        "false_alarms_systems": _share([systems]),
        "by_way": {kind: _share([by_kind[kind]]) for kind in KINDS},
    }


def _share(counts: Sequence[tuple[int, int]]) -> float | None:
    total = sum(n for _, n in counts)
    return round(sum(k for k, _ in counts) / total, 4) if total else None


def train_quality(folder: Path, encoder: Encoder, scores: Scores) -> tuple[Model, dict[str, Any]]:
    """Fit the coefficients on a folder, all languages and systems together.

    Args:
        folder: line-aligned ``<language>.txt`` and ``systems/<pair>.<system>.txt``.
        encoder: the sentence encoder of the pipeline.
        scores: what an engine says, from :func:`pipeline.evaluation.samples.read_scores`.

    Returns:
        The coefficients, and by pair what :func:`evaluate_qe` measures on every second line, fitted on the others.

    Raises:
        InputError: the folder holds too little to fit on.
    """
    bench = read_bench(folder)
    judge = Judge(encoder, Model({"*": Usual(0.5, 0.0, 1.0)}, ""))  # evidence needs no coefficients
    samples = read_samples(bench, judge, scores=scores)
    probes = list(read_probes(bench, judge, bench.directions(), _TAUGHT, each=_EACH))
    try:
        model = _signed(fit(samples, probes, bench.name), judge)
        half = fit([s for s in samples if s.line % 2 == 0], [p for p in probes if p.line % 2 == 0], bench.name)
    except ValueError as error:
        raise InputError(f"Nothing can be fitted on {folder}: {error}", "Add outputs under systems/.") from error
    report = {}
    for pair in sorted({s.pair for s in samples}):
        own = [s for s in samples if s.pair == pair and s.line % 2]
        report[pair] = _measure(own, [p for p in probes if p.pair == pair and p.line % 2], half)
    return model, report


def _signed(model: Model, judge: Judge) -> Model:
    from dataclasses import replace

    return replace(model, signature=f"{model.signature}|{judge.inputs}")


# Ways of breaking that are learnt from; a cut at 70 or 80 % is too close to a terse translation to be one.
_TAUGHT = ("different", "neighbour", "copied", "cut_40", "cut_50", "cut_60", "twice", "loop")
_EACH = 4
