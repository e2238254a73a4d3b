"""Measure how two articles compare: one number per feature, and the words that explain it. Pure.

Every feature is symmetric in the two articles. NaN means that the feature cannot be measured for this pair (no date
known, no translation at hand); the model treats that explicitly and never as 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pipeline.alignment.profiles import Profile, Weights
from pipeline.alignment.views import LEAD_SEGMENTS, FloatArray
from pipeline.alignment.when import compare_days, days_apart

__all__ = ["FEATURES", "explain", "measure"]

FEATURES = (
    "other_language",
    "lead_similarity",
    "document_similarity",
    "coverage_low",
    "coverage_high",
    "lead_coverage",
    "best_passage",
    "terms",
    "lead_terms",
    "lead_in_text",
    "main_terms_low",
    "main_terms_high",
    "distinctive_terms",
    "names_low",
    "names_high",
    "lead_names_low",
    "lead_names_high",
    "rarest_name",
    "shared_names",
    "distinctive_names",
    "figures",
    "date_agreement",
    "date_clash",
    "published_gap",
    "length_ratio",
)
_TOP = 5
_NAN = math.nan


def measure(a: Profile, b: Profile) -> list[float]:
    """Return the value of each of ``FEATURES`` for a pair, NaN where it cannot be measured."""
    return [
        float(a.view.language != b.view.language),
        _dot(a.view.lead, b.view.lead),
        _dot(a.centre, b.centre),
        *_passages(a.view.segments, b.view.segments),
        _cosine(a.terms, b.terms),
        _cosine(a.lead_terms, b.lead_terms),
        _mean(_cosine(a.lead_terms, b.terms), _cosine(a.terms, b.lead_terms)),
        *_both_ways(_covered(a.lead_terms, b.terms, 2), _covered(b.lead_terms, a.terms, 2)),
        _root(_cosine(a.local, b.local)),
        *_both_ways(_covered(a.names, b.names), _covered(b.names, a.names)),
        *_both_ways(_covered(a.lead_names, b.names), _covered(b.lead_names, a.names)),
        *_top_shared(a.names, b.names),
        _root(_cosine(a.local_names, b.local_names)),
        _figures(a.figures, b.figures),
        *_dates(a, b),
        _gap(a, b),
        _length(a, b),
    ]


def _dot(x: FloatArray | None, y: FloatArray | None) -> float:
    return _NAN if x is None or y is None else float(x @ y)


def _passages(a: FloatArray, b: FloatArray) -> tuple[float, float, float, float]:
    """Return the mean best match both ways (lower, higher), that of the leads, and the best match of all."""
    if not len(a) or not len(b):
        return _NAN, _NAN, _NAN, _NAN
    similarity = a @ b.T
    ways = float(similarity.max(axis=1).mean()), float(similarity.max(axis=0).mean())
    lead_a = float(similarity[:LEAD_SEGMENTS].max(axis=1).mean())
    lead_b = float(similarity[:, :LEAD_SEGMENTS].max(axis=0).mean())
    return min(ways), max(ways), (lead_a + lead_b) / 2, float(similarity.max())


def _cosine(a: Weights | None, b: Weights | None) -> float:
    if a is None or b is None:
        return _NAN
    return math.fsum(a[t] * b[t] for t in a.keys() & b.keys())


def _covered(a: Weights | None, b: Weights | None, power: int = 1) -> float:
    """Return the share of the weight of ``a`` whose terms occur in ``b``."""
    if a is None or b is None:
        return _NAN
    total = math.fsum(w**power for w in a.values())
    return math.fsum(a[t] ** power for t in a.keys() & b.keys()) / total


def _both_ways(x: float, y: float) -> tuple[float, float]:
    return min(x, y), max(x, y)


def _mean(x: float, y: float) -> float:
    return (x + y) / 2


def _root(x: float) -> float:
    return x if math.isnan(x) else math.sqrt(max(x, 0.0))


def _shared(a: Weights | None, b: Weights | None) -> list[tuple[float, str]]:
    """Return the terms of both with the lower weight, heaviest first."""
    if a is None or b is None:
        return []
    return sorted(((min(a[t], b[t]), t) for t in a.keys() & b.keys()), key=lambda item: (-item[0], item[1]))


def _top_shared(a: Weights | None, b: Weights | None) -> tuple[float, float]:
    if a is None or b is None:
        return _NAN, _NAN
    top = [weight for weight, _ in _shared(a, b)[:_TOP]]
    return (top[0] if top else 0.0), sum(top)


def _figures(a: Weights | None, b: Weights | None) -> float:
    if a is None or b is None:
        return _NAN
    return math.log1p(math.fsum(weight for weight, _ in _shared(a, b)))


def _dates(a: Profile, b: Profile) -> tuple[float, float]:
    compared = compare_days(a.days, b.days)
    return (
        _NAN if compared.agreement is None else compared.agreement,
        _NAN if compared.clash is None else compared.clash,
    )


def _gap(a: Profile, b: Profile) -> float:
    if a.view.published is None or b.view.published is None:
        return _NAN
    days = days_apart(a.view.published, b.view.published)
    return _NAN if days is None else math.log1p(days)


def _length(a: Profile, b: Profile) -> float:
    shorter, longer = sorted((len(a.view.segments), len(b.view.segments)))
    return math.log(shorter / longer) if shorter else _NAN


def explain(feature: str, value: float, a: Profile, b: Profile) -> str:
    """Say in words what a feature saw; an unknown feature gives its name."""
    if math.isnan(value):
        return "not known"
    if feature in ("names_low", "names_high", "rarest_name", "shared_names"):
        return _listed("shared names", _shared(a.names, b.names))
    if feature in ("lead_names_low", "lead_names_high"):
        return _listed("names of the leads in both", _shared(a.lead_names, b.names) + _shared(b.lead_names, a.names))
    if feature == "distinctive_names":
        return _listed("names that set both apart from their topic", _shared(a.local_names, b.local_names))
    if feature == "distinctive_terms":
        return _listed("words that set both apart from their topic", _shared(a.local, b.local))
    if feature in ("terms", "lead_terms", "lead_in_text", "main_terms_low", "main_terms_high"):
        return _listed("shared words", _shared(a.terms, b.terms))
    if feature == "figures":
        return _listed("shared figures", _shared(a.figures, b.figures))
    if feature in ("date_agreement", "date_clash"):
        return _dates_in_words(feature, a, b)
    if feature == "published_gap":
        return f"published {a.view.published} and {b.view.published}"
    if feature == "other_language":
        return f"{a.view.language} and {b.view.language}"
    if feature == "length_ratio":
        return f"{len(a.view.segments)} and {len(b.view.segments)} segments"
    return f"{_WORDS.get(feature, feature)} {value:.2f}"


_WORDS = {
    "lead_similarity": "cosine of title and lead",
    "document_similarity": "cosine of the whole texts",
    "coverage_low": "mean best match of the sentences of the text covered less",
    "coverage_high": "mean best match of the sentences of the text covered more",
    "lead_coverage": "mean best match of the lead sentences in the other text",
    "best_passage": "cosine of the best matching sentences",
}


def _listed(head: str, shared: Sequence[tuple[float, str]]) -> str:
    words = list(dict.fromkeys(term for _, term in shared))[:_TOP]
    return f"{head}: {', '.join(words)}" if words else f"no {head}"


def _dates_in_words(feature: str, a: Profile, b: Profile) -> str:
    compared = compare_days(a.days, b.days)
    pair = compared.shared if feature == "date_agreement" else compared.main
    if pair is None:
        return "no date in common"
    return f"{'dates' if feature == 'date_agreement' else 'main dates'} {pair[0]} and {pair[1]}"


def as_matrix(rows: Sequence[Sequence[float]]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Stack measured pairs, shape ``(pairs, features)``."""
    return np.asarray(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))
