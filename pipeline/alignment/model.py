"""Decide from measured features: two logistic models whose coefficients ship as JSON. Pure, but that file is read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.alignment.features import FEATURES, explain
from pipeline.alignment.profiles import Profile
from pipeline.records import Evidence

__all__ = ["Decision", "EventModel", "Logistic", "decide", "load_model", "logit", "sigmoid"]

FloatMatrix64 = npt.NDArray[np.float64]
_FILE = "event_model.json"


@dataclass(frozen=True, slots=True)
class Logistic:
    """Hold one logistic model over ``FEATURES``.

    A known feature adds ``weight * (value - centre) / scale`` to the log-odds, an unknown one adds ``missing``.
    """

    intercept: float
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    weight: tuple[float, ...]
    missing: tuple[float, ...]

    def contributions(self, rows: FloatMatrix64) -> FloatMatrix64:
        """Return what each feature adds to the log-odds; ``rows`` and result have shape ``(pairs, features)``."""
        scaled = (rows - np.array(self.centre)) / np.array(self.scale)
        return np.where(np.isnan(rows), np.array(self.missing), np.array(self.weight) * scaled)

    def log_odds(self, rows: FloatMatrix64) -> npt.NDArray[np.float64]:
        """Return the log-odds of pairs, shape ``(pairs,)``."""
        total: npt.NDArray[np.float64] = self.intercept + self.contributions(rows).sum(axis=1)
        return total


@dataclass(frozen=True, slots=True)
class EventModel:
    """Hold the two models and where they come from."""

    event: Logistic
    thread: Logistic
    signature: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Hold what was decided about one pair; the evidence of ``p_event``, largest contribution first."""

    p_event: float
    p_thread: float
    evidence: tuple[Evidence, ...]


def sigmoid(x: float) -> float:
    """Turn log-odds into a probability without overflow."""
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    z = math.exp(x)
    return z / (1.0 + z)


def logit(p: float) -> float:
    """Turn a probability into log-odds; 0 and 1 are taken as one in a million away."""
    p = min(max(p, 1e-6), 1 - 1e-6)
    return math.log(p / (1 - p))


def decide(a: Profile, b: Profile, values: Sequence[float], model: EventModel) -> Decision:
    """Decide one pair from its features.

    Args:
        a: one article; the order does not matter.
        b: the other.
        values: features as :func:`pipeline.alignment.features.measure` gives them.
        model: the coefficients.

    Returns:
        Probabilities and, for each feature, its value, what it added to the log-odds and what it saw. Two accounts of
        one event are of one thread, so ``p_thread >= p_event``.
    """
    row = np.asarray(values, dtype=np.float64).reshape(1, -1)
    parts = model.event.contributions(row)[0]
    p_event = sigmoid(float(model.event.log_odds(row)[0]))
    p_thread = max(p_event, sigmoid(float(model.thread.log_odds(row)[0])))
    evidence = _evidence(a, b, row[0], parts, model.event.intercept)
    return Decision(p_event, p_thread, evidence)


def _evidence(
    a: Profile, b: Profile, row: npt.NDArray[np.float64], parts: npt.NDArray[np.float64], intercept: float
) -> tuple[Evidence, ...]:
    """List what was added to the log-odds; the contributions sum to them. What is not known is one entry."""
    unknown = [i for i in range(len(FEATURES)) if np.isnan(row[i])]
    found = [
        Evidence(name, float(row[i]), float(parts[i]), explain(name, float(row[i]), a, b))
        for i, name in enumerate(FEATURES)
        if i not in unknown and parts[i]
    ]
    found.append(Evidence("prior", 1.0, intercept, "log-odds of an average candidate pair"))
    if unknown:
        names = ", ".join(FEATURES[i] for i in unknown)
        added = math.fsum(float(parts[i]) for i in unknown)
        found.append(Evidence("not_known", float(len(unknown)), added, f"not known: {names}"))
    return tuple(sorted(found, key=lambda e: (-abs(e.contribution), e.feature)))


@cache
def load_model() -> EventModel:
    """Read the coefficients that ship with the package."""
    return model_from_json(json.loads(Path(__file__).with_name(_FILE).read_text(encoding="utf-8")))


def model_from_json(data: Mapping[str, Any]) -> EventModel:
    """Build a model from parsed JSON.

    Raises:
        ValueError: the coefficients belong to other features than this version measures.
    """
    if tuple(data["features"]) != FEATURES:
        raise ValueError("the event model was trained on other features: train it again with 'concord train events'")
    return EventModel(_logistic(data["event"]), _logistic(data["thread"]), str(data["signature"]))


def model_to_json(model: EventModel) -> Mapping[str, Any]:
    """Return the JSON form of a model, rounded to six digits."""
    return MappingProxyType(
        {
            "signature": model.signature,
            "features": list(FEATURES),
            "event": _plain(model.event),
            "thread": _plain(model.thread),
        }
    )


def _logistic(data: Mapping[str, Any]) -> Logistic:
    lists = (tuple(float(x) for x in data[name]) for name in ("centre", "scale", "weight", "missing"))
    return Logistic(float(data["intercept"]), *lists)


def _plain(model: Logistic) -> dict[str, float | list[float]]:
    return {
        "intercept": round(model.intercept, 6),
        **{
            name: [round(x, 6) for x in values]
            for name, values in (
                ("centre", model.centre),
                ("scale", model.scale),
                ("weight", model.weight),
                ("missing", model.missing),
            )
        },
    }
