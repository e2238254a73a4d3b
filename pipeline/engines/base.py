"""The protocols that engines implement. Engines compose by wrapping one another behind the same method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

__all__ = [
    "ComposingEncoder",
    "Encoder",
    "FloatMatrix",
    "Guess",
    "Hypothesis",
    "LanguageIdentifier",
    "Proposer",
    "Request",
    "Scorer",
    "Translator",
    "joined",
]

FloatMatrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Hold one translation as an engine gives it.

    ``score`` is the mean log-probability per target token where the engine knows it. ``finish`` is ``"length"`` when
    the token limit cut the output. ``from_memory`` is true only for what an engine did not make: a reviewer's
    correction or an imported unit. ``repairs`` says in words what was mended in the text after the engine gave it
    (``"ministry of small business -> Ministry of SMEs"``); ``tried`` is how many hypotheses it was chosen from.
    """

    text: str
    score: float | None = None
    tokens: int | None = None
    finish: Literal["stop", "length"] = "stop"
    from_memory: bool = False
    repairs: tuple[str, ...] = ()
    tried: int = 1


def joined(parts: Sequence[Hypothesis]) -> Hypothesis:
    """Return the translations of consecutive parts of a text as one; its score is the mean over all their tokens."""
    if len(parts) == 1:
        return parts[0]
    scores = [p.score for p in parts if p.score is not None]
    weights = [(p.tokens or 0) + 1 for p in parts]  # the end mark counts as well
    known = len(scores) == len(parts)
    return Hypothesis(
        text=" ".join(p.text for p in parts if p.text),
        score=sum(s * w for s, w in zip(scores, weights, strict=True)) / sum(weights) if known else None,
        tokens=sum(p.tokens or 0 for p in parts),
        finish="length" if any(p.finish == "length" for p in parts) else "stop",
    )


@runtime_checkable
class Translator(Protocol):
    """Translate texts of one language pair."""

    @property
    def signature(self) -> str:
        """Name engine, model, revision and every setting that changes the output."""
        ...

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Hypothesis]:
        """Translate texts; the result has the same length and order, and does not depend on the batching.

        Raises:
            ModelUnsupported: the pair is not one that this engine can do.
        """
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """Ask for translations of one text.

    ``pins`` are (source expression, form wanted in the translation) pairs, in the order of the text; an engine that
    takes no instructions ignores them. ``complaint`` says in English what was wrong with an earlier translation.
    """

    text: str
    pins: tuple[tuple[str, str], ...] = ()
    complaint: str | None = None


@runtime_checkable
class Proposer(Protocol):
    """Give several hypotheses for each text: n-best of a beam, or samples."""

    @property
    def signature(self) -> str:
        """Name engine, model, revision and every setting that changes the output."""
        ...

    def propose(self, requests: Sequence[Request], source: str, target: str, n: int) -> list[list[Hypothesis]]:
        """Return up to ``n`` distinct hypotheses per request, the engine's own favourite first.

        Same length and order as the requests; deterministic, and independent of the batching. With ``n == 1`` and no
        pins the result is that of :meth:`Translator.translate`.
        """
        ...


@runtime_checkable
class Scorer(Protocol):
    """Say how probable a model finds translations that it need not have made."""

    @property
    def signature(self) -> str:
        """Name engine, model, revision and every setting that changes the scores."""
        ...

    def score(self, sources: Sequence[str], hypotheses: Sequence[str], source: str, target: str) -> list[float]:
        """Return the mean log-probability per target token, the end mark included, of each hypothesis.

        For a model's own output it is the score that :meth:`Translator.translate` gave it. A model of the opposite
        direction (source and target exchanged) tells how much of the source can be read back from a translation.

        Raises:
            ModelUnsupported: the pair is not one that this engine can do.
        """
        ...


@runtime_checkable
class Encoder(Protocol):
    """Embed texts of any configured language in one space."""

    @property
    def signature(self) -> str:
        """Name package, version and settings."""
        ...

    @property
    def dimension(self) -> int:
        """Give the length of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> FloatMatrix:
        """Return unit vectors, shape ``(len(texts), dimension)``."""
        ...


@runtime_checkable
class ComposingEncoder(Encoder, Protocol):
    """Embed texts so that the vector of several together follows from what was kept of each."""

    def encode_states(self, texts: Sequence[str]) -> FloatMatrix:
        """Return additive states, shape ``(len(texts), s)``."""
        ...

    def compose(self, states: FloatMatrix) -> FloatMatrix:
        """Turn sums of states, shape ``(n, s)``, into unit vectors, shape ``(n, dimension)``."""
        ...


@dataclass(frozen=True, slots=True)
class Guess:
    """Hold the language of one text; ``language`` is ``None`` when there is nothing to judge (no letters)."""

    language: str | None
    confidence: float


@runtime_checkable
class LanguageIdentifier(Protocol):
    """Identify the language of texts."""

    @property
    def signature(self) -> str:
        """Name package, model and settings."""
        ...

    def identify(self, texts: Sequence[str]) -> list[Guess]:
        """Return one guess per text, in order."""
        ...
