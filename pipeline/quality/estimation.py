"""Estimate the quality of a translation without a reference, from what is cheap to see.

A linear model over seven features, fitted so that it ranks translations of one sentence as chrF++ does and then scaled
to chrF++ / 100; :mod:`pipeline.quality.train` fits it, ``estimation.json`` holds the result with its signature. Broken
output (a copy of the source, a loop, a cut end, the wrong language) is scaled down on top.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from pipeline.quality.fidelity import Fidelity
from pipeline.records import FidelityKind
from pipeline.text import tidy

__all__ = ["FEATURES", "Evidence", "Model", "estimate", "load_model", "signature"]

FEATURES = ("similarity", "length", "short", "lost", "function", "repeated", "unlike")
# What broken output keeps of its estimate. Judged by hand on made examples: the systems of the calibration data, all
# of them good, hardly ever break.
_BROKEN: Mapping[FidelityKind, float] = MappingProxyType(
    {"untranslated": 0.15, "language": 0.25, "repetition": 0.4, "truncation": 0.6, "length": 0.7}
)
_FUNCTION_WORDS = tuple(
    frozenset(words.split())
    for words in (
        "the a an of to in on at by for with from and or but is are was were be been being have has had that which who "
        "this these those it its as not he she they his her their",
        "le la les l un une des de du d à au aux en dans sur par pour avec et ou mais est sont était étaient être été "
        "a ont avait que qui ce cette ces il elle ils elles son sa ses leur leurs ne pas se s qu c",
    )
)
_ALIKE = 0.6  # translations lie above this cosine, other sentences of the same language mostly below
_WORD = re.compile(r"[^\W_]+")
_HANGUL = re.compile(r"[가-힣]")
_CHARACTERS_OF_KOREAN = 0.53  # for one character of English or French, over FLORES-200 dev


@dataclass(frozen=True, slots=True)
class Evidence:
    """Hold what is known about one translation; ``None`` is unknown, and counts as the mean.

    ``similarity`` is the cosine of source and translation in a multilingual space, ``length`` the logarithm of the
    length ratio to what the scripts let expect, ``lost`` the share of facts not kept, ``function`` the share of
    function words, ``repeated`` the share of words said before, ``score`` the engine's own mean log-probability (kept,
    not used yet: the calibration data has none), ``broken`` what the guards found.
    """

    similarity: float | None
    length: float
    lost: float
    function: float | None
    repeated: float
    score: float | None
    broken: tuple[FidelityKind, ...]

    @classmethod
    def of(
        cls, source: str, target: str, fidelity: Fidelity, similarity: float | None = None, score: float | None = None
    ) -> Evidence:
        """Collect the evidence about a translation.

        Args:
            source: text of the segment.
            target: its translation.
            fidelity: what :func:`pipeline.quality.fidelity.check` found.
            similarity: cosine of the two, if known.
            score: mean log-probability of the engine, if it gives one.
        """
        words = [w.lower() for w in _WORD.findall(target)]
        return cls(
            similarity=similarity,
            length=math.log((len(tidy(target)) * _weight(target) + 10) / (len(tidy(source)) * _weight(source) + 10)),
            lost=1.0 - (fidelity.share if fidelity.share is not None else 1.0),
            function=_function_share(words, target),
            repeated=1.0 - len(set(words)) / len(words) if words else 0.0,
            score=score,
            broken=tuple(k for k in _BROKEN if any(f.kind == k for f in fidelity.findings)),
        )

    def vector(self) -> dict[str, float | None]:
        """Return the features of the model by name."""
        return {
            "similarity": self.similarity,
            "length": self.length,
            "short": max(0.0, -self.length),
            "lost": self.lost,
            "function": self.function,
            "repeated": self.repeated,
            "unlike": None if self.similarity is None else max(0.0, _ALIKE - self.similarity),
        }


def _weight(text: str) -> float:
    """Return what one character of a text counts, between Korean and the alphabetic languages."""
    letters = sum(map(str.isalpha, text))
    hangul = len(_HANGUL.findall(text))
    return 1.0 + (1.0 / _CHARACTERS_OF_KOREAN - 1.0) * (hangul / letters) if letters else 1.0


def _function_share(words: list[str], target: str) -> float | None:
    if not words or _HANGUL.search(target):
        return None
    # The list with more hits is the language's own; both are built the same way, so a wrong guess costs little.
    return max(sum(w in known for w in words) for known in _FUNCTION_WORDS) / len(words)


@dataclass(frozen=True, slots=True)
class Model:
    """Hold the fitted coefficients: ``offset + sum(weight * (feature - mean))``."""

    offset: float
    weights: Mapping[str, float]
    means: Mapping[str, float]
    signature: str


@cache
def load_model() -> Model:
    """Read the coefficients that ship with the package."""
    raw: dict[str, Any] = json.loads(files(__package__).joinpath("estimation.json").read_text(encoding="utf-8"))
    return Model(raw["offset"], MappingProxyType(raw["weights"]), MappingProxyType(raw["means"]), raw["signature"])


def signature() -> str:
    """Name the model and the data that it was fitted on."""
    return load_model().signature


def estimate(evidence: Evidence, model: Model | None = None) -> float:
    """Estimate quality in [0, 1], about what chrF++ / 100 against a reference would be.

    Args:
        evidence: see :meth:`Evidence.of`.
        model: coefficients; those of the package by default.
    """
    model = model or load_model()
    value = model.offset
    for name, feature in evidence.vector().items():
        if feature is not None:
            value += model.weights[name] * (feature - model.means[name])
    for kind in evidence.broken:
        value *= _BROKEN[kind]
    return min(1.0, max(0.0, value))
