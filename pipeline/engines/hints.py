"""Guess the English of Korean nouns without a dictionary: the nearest common word in the space of the encoder.

A small model knows few Korean nouns, and the encoder knows many. The nearest neighbour by cosine alone is often a word
that is near to everything, so each English word's mean cosine with its ten nearest of a set of Korean nouns is taken
off (cross-domain similarity local scaling, Lample et al. 2018). Of the guesses that pass, about nine in ten are right
or near; they are hints in the prompt, never facts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pipeline.engines.base import Encoder, FloatMatrix
from pipeline.engines.vocabulary import vocabulary
from pipeline.facts.korean_stems import korean_nouns
from pipeline.facts.press_terms import terms

__all__ = ["HINTS_SIGNATURE", "Hints"]

_WORDS = 15_000  # the commonest of the frequency list
_NEIGHBOURS = 10
_CLOSENESS, _COSINE = 0.93, 0.7  # below these, guesses on the seeds and on FLORES dev were wrong more often than right
HINTS_SIGNATURE = f"hints|words:{_WORDS}|csls:{_CLOSENESS:g}|cosine:{_COSINE:g}|v:1"


@dataclass(slots=True)
class Hints:
    """Guess words from Korean into English; any other pair has none. Vectors are made on first use, some seconds."""

    encoder: Encoder
    _words: list[str] = field(default_factory=list)
    _matrix: FloatMatrix | None = None
    _nearness: FloatMatrix | None = None

    def words(self, text: str, source: str, target: str) -> tuple[tuple[str, str], ...]:
        """Return (noun, English word) pairs, in the order of the text."""
        nouns = korean_nouns(text, ("NNG",)) if (source, target) == ("ko", "en") else []
        if not nouns:
            return ()
        matrix, nearness = self._space()
        found = []
        for noun, cosines in zip(nouns, self.encoder.encode(nouns) @ matrix.T, strict=True):
            closeness = 2 * cosines - nearness
            best = int(closeness.argmax())
            if closeness[best] >= _CLOSENESS and cosines[best] >= _COSINE:
                found.append((noun, self._words[best]))
        return tuple(found)

    def _space(self) -> tuple[FloatMatrix, FloatMatrix]:
        if self._matrix is None or self._nearness is None:
            shares = vocabulary("en") or {}
            self._words = [w for w in sorted(shares, key=lambda w: (-shares[w], w))[:_WORDS] if len(w) > 2]
            self._matrix = self.encoder.encode(self._words)
            nouns = sorted({noun for term in terms("ko", "en") for noun in korean_nouns(term)})
            cosines = self._matrix @ self.encoder.encode(nouns).T
            self._nearness = np.sort(cosines, axis=1)[:, -_NEIGHBOURS:].mean(axis=1).astype(np.float32)
        return self._matrix, self._nearness
