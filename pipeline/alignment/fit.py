"""Fit a logistic model with signs that make sense: weighted, L2-regularised, by bounded quasi-Newton steps. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from pipeline.alignment.features import FEATURES
from pipeline.alignment.model import FloatMatrix64, Logistic

__all__ = ["fit_logistic"]

Vector = npt.NDArray[np.float64]
# Bounds of a weight, in log-odds per unit of the feature: evidence for one event never counts against it, nor the
# reverse. The rest is free, because the features overlap and correct one another.
_AT_LEAST_ZERO = frozenset(
    {
        "lead_similarity", "lead_coverage", "distinctive_terms", "rarest_name", "shared_names", "distinctive_names",
        "figures", "date_agreement",
    }
)  # fmt: skip
# Of two leads that name different days hardly ever both report one event. The training texts seldom name the day in
# both leads and would leave this near 0; the ceiling is a judgement, a factor of 4 to 5 in the odds.
_AT_MOST = MappingProxyType({"date_clash": -1.5, "published_gap": 0.0})


def fit_logistic(
    rows: FloatMatrix64,
    labels: Vector,
    weights: Vector,
    *,
    ridge: float,
    used: frozenset[str] = frozenset(FEATURES),
) -> Logistic:
    """Fit one model.

    Args:
        rows: measured pairs, shape ``(pairs, features)``, NaN where unknown.
        labels: 1 for yes, 0 for no.
        weights: importance of each pair; only their proportions count.
        ridge: strength of the L2 penalty, in units of the total weight of 1.
        used: features that may carry weight.

    Returns:
        The model; a feature that is never known, or not used, has weight 0.
    """
    weights = weights / weights.sum()
    known = ~np.isnan(rows)
    centre, scale = _moments(rows, weights)
    design = np.hstack([np.where(known, (np.nan_to_num(rows) - centre) / scale, 0.0), ~known, np.ones((len(rows), 1))])
    bounds = [*_bounds(used, scale), *_missing_bounds(used), (None, None)]
    start = np.zeros(design.shape[1])
    penalty = np.full(design.shape[1], ridge)
    penalty[-1] = 0.0
    found = minimize(
        _loss, start, args=(design, labels, weights, penalty), jac=True, method="L-BFGS-B", bounds=bounds,
        options={"maxiter": 2000, "ftol": 1e-12},
    )  # fmt: skip
    n = len(FEATURES)
    weight, missing = (tuple(map(float, part)) for part in (found.x[:n], found.x[n:-1]))
    return Logistic(float(found.x[-1]), tuple(centre), tuple(scale), weight, missing)


def _moments(rows: FloatMatrix64, weights: Vector) -> tuple[list[float], list[float]]:
    centre, scale = [], []
    for column in rows.T:
        known = ~np.isnan(column)
        if not known.any():
            centre.append(0.0)
            scale.append(1.0)
            continue
        share = weights[known] / weights[known].sum()
        mean = float((share * column[known]).sum())
        spread = math.sqrt(float((share * (column[known] - mean) ** 2).sum()))
        centre.append(mean)
        scale.append(spread if spread > 1e-9 else 1.0)
    return centre, scale


def _bounds(used: frozenset[str], scale: Sequence[float]) -> list[tuple[float | None, float | None]]:
    """Bound the weights, which are per standard deviation."""
    bounds: list[tuple[float | None, float | None]] = []
    for name, deviation in zip(FEATURES, scale, strict=True):
        if name not in used:
            bounds.append((0.0, 0.0))
        elif name in _AT_MOST:
            bounds.append((None, _AT_MOST[name] * deviation))
        else:
            bounds.append((0.0 if name in _AT_LEAST_ZERO else None, None))
    return bounds


def _missing_bounds(used: frozenset[str]) -> list[tuple[float | None, float | None]]:
    return [(None, None) if name in used else (0.0, 0.0) for name in FEATURES]


def _loss(
    theta: Vector, design: FloatMatrix64, labels: Vector, weights: Vector, penalty: Vector
) -> tuple[float, Vector]:
    """Return the weighted logistic loss with its penalty, and the gradient."""
    score = design @ theta
    loss = float((weights * (np.logaddexp(0.0, score) - labels * score)).sum() + 0.5 * (penalty * theta**2).sum())
    predicted = 1.0 / (1.0 + np.exp(-np.clip(score, -500, 500)))
    gradient: Vector = design.T @ (weights * (predicted - labels)) + penalty * theta
    return loss, gradient
