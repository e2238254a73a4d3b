"""Estimate the quality of a translation without a reference, from what is cheap to see.

Two small models share one set of evidence. A linear one ranks the translations of a sentence as chrF++ does and is then
scaled to chrF++ / 100. A logistic one tells a sound translation from a broken one (of another sentence, cut, doubled,
copied); its share lowers the estimate of what is likely broken and leaves 98 % of sound translations as they are. What
the guards found is scaled down on top. :mod:`pipeline.quality.train` fits both, ``estimation.json`` holds the result.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from pipeline.quality.fidelity import Fidelity
from pipeline.quality.words import Coverage, WordUse, doubled, kept_words, open_ended, split_words
from pipeline.records import FidelityKind
from pipeline.text import tidy

__all__ = [
    "BREAKS",
    "FEATURES",
    "SCORES",
    "Evidence",
    "Model",
    "Usual",
    "discounted",
    "estimate",
    "load_model",
    "model_from",
    "signature",
    "soundness",
    "suspect",
]

FEATURES = (
    "similarity",
    "length",
    "short",
    "lost",
    "support",
    "coverage",
    "common",
    "unknown",
    "wordlength",
)
"""What ranks translations of one sentence."""
SCORES = ("score", "reverse")
"""What the engine itself says; fitted apart, as most calibration data has none."""
BREAKS = ("unlike", "uncovered", "gap", "short", "long", "doubled", "kept", "open")
"""What tells broken output; more is worse."""
# What broken output keeps of its estimate. Judged by hand on made examples: the systems of the calibration data, all
# of them good, hardly ever break.
_BROKEN: Mapping[FidelityKind, float] = MappingProxyType(
    {"untranslated": 0.15, "language": 0.25, "repetition": 0.4, "truncation": 0.6, "length": 0.7}
)
_HANGUL = re.compile(r"[가-힣]")
_CHARACTERS_OF_KOREAN = 0.53  # for one character of English or French, over FLORES-200 dev
_FAR = 8.0  # deviations of length beyond which it makes no difference any more


@dataclass(frozen=True, slots=True)
class Evidence:
    """Hold what is known about one translation; ``None`` is unknown, and counts as the mean.

    ``pair`` names the languages (``ko-en``), for what is usual between them. ``similarity`` is the cosine of source and
    translation in a multilingual space, ``length`` the logarithm of the length ratio to what the scripts let expect,
    ``lost`` the share of facts not kept, ``doubled`` the share of word pairs said before, ``kept`` the share of words
    left as in the source, ``wordlength`` the mean length of a word, ``open`` whether the end is missing, ``broken``
    what the guards found. ``score`` and ``reverse`` are mean log-probabilities per token that an engine gives to the
    translation and, reading backwards, to the source.
    """

    similarity: float | None
    length: float
    lost: float
    score: float | None
    broken: tuple[FidelityKind, ...]
    reverse: float | None = None
    pair: str | None = None
    cover: Coverage | None = None
    use: WordUse | None = None
    wordlength: float | None = None
    doubled: float = 0.0
    kept: float = 0.0
    open: float = 0.0

    @classmethod
    def of(
        cls,
        source: str,
        target: str,
        fidelity: Fidelity,
        similarity: float | None = None,
        score: float | None = None,
        *,
        reverse: float | None = None,
        pair: str | None = None,
        cover: Coverage | None = None,
        use: WordUse | None = None,
    ) -> Evidence:
        """Collect the evidence about a translation.

        Args:
            source: text of the segment.
            target: its translation.
            fidelity: what :func:`pipeline.quality.fidelity.check` found.
            similarity: cosine of the two, if known.
            score: mean log-probability of the engine, if it gives one.
            reverse: mean log-probability of the source given the translation, if known.
            pair: languages as ``ko-en``, if known.
            cover: how the words of both match, if known.
            use: how common the words of the translation are, if known.
        """
        here, there = split_words(target), split_words(source)
        return cls(
            similarity=similarity,
            length=math.log((len(tidy(target)) * _weight(target) + 10) / (len(tidy(source)) * _weight(source) + 10)),
            lost=1.0 - (fidelity.share if fidelity.share is not None else 1.0),
            score=score,
            broken=tuple(k for k in _BROKEN if any(f.kind == k for f in fidelity.findings)),
            reverse=reverse,
            pair=pair,
            cover=cover,
            use=use,
            wordlength=sum(map(len, here)) / len(here) if here and not _HANGUL.search(target) else None,
            doubled=max(0.0, doubled(here) - doubled(there)),
            kept=kept_words(there, here),
            open=open_ended(source, target),
        )

    def ranking(self, model: Model) -> dict[str, float | None]:
        """Return the features that rank, by name."""
        deviation = model.deviation(self)[0]
        return {
            "similarity": self.similarity,
            "length": deviation,
            "short": max(0.0, -deviation),
            "lost": self.lost,
            "support": None if self.cover is None else self.cover.support,
            "coverage": None if self.cover is None else self.cover.coverage,
            "common": None if self.use is None else self.use.common,
            "unknown": None if self.use is None else self.use.unknown,
            "wordlength": self.wordlength,
            "score": self.score,
            "reverse": self.reverse,
        }

    def breaks(self, model: Model) -> dict[str, float | None]:
        """Return the features that tell broken output, by name."""
        scaled = model.deviation(self)[1]
        return {
            "unlike": None if self.similarity is None else 1.0 - self.similarity,
            "uncovered": None if self.cover is None else 1.0 - self.cover.coverage,
            "gap": None if self.cover is None else 1.0 - self.cover.weakest,
            "short": min(_FAR, max(0.0, -scaled)),
            "long": min(_FAR, max(0.0, scaled)),
            "doubled": self.doubled,
            "kept": self.kept,
            "open": self.open,
        }


def _weight(text: str) -> float:
    """Return what one character of a text counts, between Korean and the alphabetic languages."""
    letters = sum(map(str.isalpha, text))
    hangul = len(_HANGUL.findall(text))
    return 1.0 + (1.0 / _CHARACTERS_OF_KOREAN - 1.0) * (hangul / letters) if letters else 1.0


@dataclass(frozen=True, slots=True)
class Usual:
    """Hold what is usual for translations of one pair of languages.

    ``level`` is the quality of an average one, ``length`` and ``spread`` mean and deviation of the length feature,
    ``ranking`` and ``breaks`` the means of the features. Below the soundness ``floor`` lie 2 % of sound translations.
    """

    level: float
    length: float
    spread: float
    floor: float = 0.0
    ranking: Mapping[str, float] = field(default_factory=dict)
    breaks: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Model:
    """Hold the fitted coefficients.

    Quality is the level of the pair plus ``sum(weight * (feature - usual))``; soundness the logistic function of
    ``bias`` plus the same sum over ``break_weights``. ``pairs`` holds what is usual by pair, ``"*"`` for others. A
    translation whose soundness is below the floor of its pair is suspect, and loses quality in proportion.
    """

    pairs: Mapping[str, Usual]
    signature: str
    weights: Mapping[str, float] = field(default_factory=dict)
    bias: float = 20.0
    break_weights: Mapping[str, float] = field(default_factory=dict)

    def usual(self, pair: str | None) -> Usual:
        """Return what is usual for a pair, for any pair where it is not known."""
        return self.pairs.get(pair or "*") or self.pairs["*"]

    def deviation(self, evidence: Evidence) -> tuple[float, float]:
        """Return how far the length is from what is usual for the pair, and the same in standard deviations."""
        usual = self.usual(evidence.pair)
        return evidence.length - usual.length, (evidence.length - usual.length) / usual.spread

    def to_json(self) -> dict[str, Any]:
        """Return the coefficients as JSON values."""
        return {
            "signature": self.signature,
            "bias": self.bias,
            "weights": dict(self.weights),
            "break_weights": dict(self.break_weights),
            "pairs": {
                pair: {
                    "level": u.level,
                    "length": u.length,
                    "spread": u.spread,
                    "floor": u.floor,
                    "ranking": dict(u.ranking),
                    "breaks": dict(u.breaks),
                }
                for pair, u in self.pairs.items()
            },
        }


def model_from(raw: Mapping[str, Any]) -> Model:
    """Read coefficients as :meth:`Model.to_json` gives them.

    Raises:
        KeyError: a coefficient is missing.
    """
    pairs = {
        pair: Usual(
            u["level"],
            u["length"],
            u["spread"],
            u["floor"],
            MappingProxyType(dict(u["ranking"])),
            MappingProxyType(dict(u["breaks"])),
        )
        for pair, u in raw["pairs"].items()
    }
    return Model(
        pairs=MappingProxyType(pairs),
        signature=raw["signature"],
        weights=MappingProxyType(dict(raw["weights"])),
        bias=raw["bias"],
        break_weights=MappingProxyType(dict(raw["break_weights"])),
    )


@cache
def load_model() -> Model:
    """Read the coefficients that ship with the package."""
    return model_from(json.loads(files(__package__).joinpath("estimation.json").read_text(encoding="utf-8")))


def signature() -> str:
    """Name the model and the data that it was fitted on."""
    return load_model().signature


def soundness(evidence: Evidence, model: Model | None = None) -> float:
    """Return how likely a translation is whole and of this very sentence, in [0, 1], by the logistic model alone."""
    model = model or load_model()
    value = model.bias + _weighed(evidence.breaks(model), model.break_weights, model.usual(evidence.pair).breaks)
    return 1.0 / (1.0 + math.exp(-min(50.0, max(-50.0, value))))


def _weighed(features: Mapping[str, float | None], weights: Mapping[str, float], means: Mapping[str, float]) -> float:
    """Return the sum of the weights times what is unusual; unknown counts as usual."""
    known = ((n, f) for n, f in features.items() if f is not None and n in weights)
    return sum(weights[n] * (f - means.get(n, 0.0)) for n, f in known)


def estimate(evidence: Evidence, model: Model | None = None) -> float:
    """Estimate quality in [0, 1], about what chrF++ / 100 against a reference would be.

    Args:
        evidence: see :meth:`Evidence.of`.
        model: coefficients; those of the package by default.
    """
    model = model or load_model()
    usual = model.usual(evidence.pair)
    return discounted(usual.level + _weighed(evidence.ranking(model), model.weights, usual.ranking), evidence, model)


def discounted(quality: float, evidence: Evidence, model: Model | None = None) -> float:
    """Bring a quality into [0, 1], and lower it by as much as the translation looks broken.

    Args:
        quality: the estimate of a sound translation, of this model or another.
        evidence: see :meth:`Evidence.of`.
        model: coefficients; those of the package by default.
    """
    model = model or load_model()
    value = min(1.0, max(0.0, quality))
    floor = model.usual(evidence.pair).floor
    if floor > 0.0:
        value *= min(1.0, soundness(evidence, model) / floor)
    for kind in evidence.broken:
        value *= _BROKEN[kind]
    return value


def suspect(evidence: Evidence, model: Model | None = None) -> bool:
    """Tell whether a translation is likely broken: the guards found something, or it is hardly sound.

    The floors of soundness are set so that fewer than 2 % of faithful translations are suspect.
    """
    model = model or load_model()
    return bool(evidence.broken) or soundness(evidence, model) < model.usual(evidence.pair).floor
