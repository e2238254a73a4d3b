"""Judge many translations at once: one encoding of every distinct text and word, then fidelity and quality of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipeline.engines.base import Encoder, FloatMatrix
from pipeline.engines.vocabulary import VOCABULARY_SIGNATURE, vocabulary
from pipeline.quality.estimation import Evidence, Model, discounted, estimate, load_model, suspect
from pipeline.quality.fidelity import SIGNATURE as FIDELITY_SIGNATURE
from pipeline.quality.fidelity import Fidelity, check
from pipeline.quality.words import Coverage, content_words, cover, split_words, word_use

__all__ = ["Estimator", "Judge", "Judgement"]

_WORDS_KEPT = 50_000  # vectors kept between calls: some 50 MB
_WORD_LIMIT = 200  # of a segment; what lies beyond is seen by the sentence vector only


class Estimator(Protocol):
    """Estimate the quality of translations without references, on a scale from about 0 to 1."""

    @property
    def signature(self) -> str:
        """Name package, model and settings."""
        ...

    def estimate(self, sources: Sequence[str], hypotheses: Sequence[str]) -> list[float]:
        """Return one estimate per translation."""
        ...


@dataclass(frozen=True, slots=True)
class Judgement:
    """Hold what was found about one translation."""

    quality: float
    suspect: bool
    fidelity: Fidelity
    evidence: Evidence


@dataclass(slots=True)
class Judge:
    """Judge translations with a sentence encoder; the result does not depend on what else is in the batch.

    Args:
        encoder: gives the vectors of sentences and of single words.
        model: coefficients; those of the package by default.
        estimator: another model whose estimates take the place of the linear one's; what tells broken output stays.
    """

    encoder: Encoder
    model: Model = field(default_factory=load_model)
    estimator: Estimator | None = None
    _words: dict[str, npt.NDArray[np.float16]] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """Name everything that changes a judgement."""
        other = "" if self.estimator is None else f"|{self.estimator.signature}"
        return f"{self.model.signature}|{self.inputs}{other}"

    @property
    def inputs(self) -> str:
        """Name what the evidence comes from, apart from the coefficients."""
        return f"{self.encoder.signature}|{VOCABULARY_SIGNATURE}|{FIDELITY_SIGNATURE}"

    def judge(
        self,
        sources: Sequence[str],
        hypotheses: Sequence[str],
        source_language: str,
        target_language: str,
        scores: Sequence[float | None] | None = None,
        *,
        reverses: Sequence[float | None] | None = None,
        fidelities: Sequence[Fidelity] | None = None,
    ) -> list[Judgement]:
        """Judge one hypothesis per source; repeat a source to judge several.

        Args:
            sources: texts of the segments.
            hypotheses: as many translations.
            source_language: ISO 639-1 code.
            target_language: ISO 639-1 code.
            scores: mean log-probability of each hypothesis, where the engine knows it.
            reverses: mean log-probability of each source given its hypothesis, where known.
            fidelities: what was found before, to save the check.
        """
        if fidelities is None:
            fidelities = [
                check(s, t, source_language, target_language) for s, t in zip(sources, hypotheses, strict=True)
            ]
        nothing: list[float | None] = [None] * len(sources)
        similarities = self._similarities(sources, hypotheses)
        covers = self._covers(sources, hypotheses)
        shares = vocabulary(target_language)
        rows = zip(
            sources, hypotheses, fidelities, similarities, covers, scores or nothing, reverses or nothing, strict=True
        )
        evidence = [
            Evidence.of(
                source,
                target,
                fidelity,
                similarity,
                score,
                reverse=reverse,
                pair=f"{source_language}-{target_language}",
                cover=coverage,
                use=None if shares is None else word_use(target, shares),
            )
            for source, target, fidelity, similarity, coverage, score, reverse in rows
        ]
        qualities = self._qualities(sources, hypotheses, evidence)
        return [
            Judgement(round(q, 4), suspect(e, self.model), f, e)
            for q, e, f in zip(qualities, evidence, fidelities, strict=True)
        ]

    def contents(
        self, sources: Sequence[str], hypotheses: Sequence[str], source_language: str, target_language: str
    ) -> list[float]:
        """Return how well a hypothesis covers the content words of its source: their mean best cosine, 0 of none."""
        ours = {text: content_words(text, source_language)[:_WORD_LIMIT] for text in set(sources)}
        theirs = {text: content_words(text, target_language)[:_WORD_LIMIT] for text in set(hypotheses)}
        self._learn(word for found in (*ours.values(), *theirs.values()) for word in found)
        found = [
            cover(self._matrix(ours[s]), self._matrix(theirs[t])) for s, t in zip(sources, hypotheses, strict=True)
        ]
        return [0.0 if coverage is None else coverage.coverage for coverage in found]

    def _qualities(
        self, sources: Sequence[str], hypotheses: Sequence[str], evidence: Sequence[Evidence]
    ) -> list[float]:
        if self.estimator is None:
            return [estimate(e, self.model) for e in evidence]
        values = self.estimator.estimate(sources, hypotheses)
        return [discounted(v, e, self.model) for v, e in zip(values, evidence, strict=True)]

    def _similarities(self, sources: Sequence[str], hypotheses: Sequence[str]) -> list[float]:
        distinct = sorted({*sources, *hypotheses})
        vectors = self.encoder.encode(distinct)
        row = {text: i for i, text in enumerate(distinct)}
        left, right = (vectors[[row[t] for t in texts]] for texts in (sources, hypotheses))
        return [round(float(c), 4) for c in np.einsum("nd,nd->n", left, right)]

    def _covers(self, sources: Sequence[str], hypotheses: Sequence[str]) -> list[Coverage | None]:
        words = {text: split_words(text)[:_WORD_LIMIT] for text in {*sources, *hypotheses}}
        self._learn(w for found in words.values() for w in found)
        return [cover(self._matrix(words[s]), self._matrix(words[t])) for s, t in zip(sources, hypotheses, strict=True)]

    def _learn(self, words: Iterable[str]) -> None:
        """Encode the words that have no vector yet."""
        wanted = set(words)
        if len(self._words) > _WORDS_KEPT:
            self._words.clear()
        unseen = sorted(wanted.difference(self._words))
        # Half precision is kept for all, so that a word from an earlier call counts exactly as one from this call.
        self._words.update(zip(unseen, self.encoder.encode(unseen).astype(np.float16), strict=True))

    def _matrix(self, words: Sequence[str]) -> FloatMatrix:
        if not words:
            return np.zeros((0, self.encoder.dimension), dtype=np.float32)
        return np.stack([self._words[w] for w in words]).astype(np.float32)
