"""Choose among hypotheses of one text: how much of the source each says, forwards and backwards, less what is broken.

The estimate of quality (:mod:`pipeline.quality.estimation`) is made for another task: it is fitted on outputs of
translation systems, which are fluent and complete, and it ranks the samples of one language model worse than its own
features do. So the choice has a short formula of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.engines.base import Hypothesis
from pipeline.engines.judging import Judgement
from pipeline.quality.fidelity import Fidelity

__all__ = ["CHOICE_SIGNATURE", "Candidate", "choose"]

# Weights of the cosine of both sentences, of the words of the source that the hypothesis covers, of the mean
# log-probability of the source given the hypothesis, and of the hypothesis' own; and what a finding costs. Chosen on
# nine hypotheses each of 60 Korean sentences (FLORES-200 dev, lines 201-260) by chrF and BLEU of what is chosen.
_SIMILARITY, _COVERAGE, _REVERSE, _SCORE, _FINDING = 1.0, 0.5, 0.3, 0.05, 0.05
_SUSPECT = 0.5
CHOICE_SIGNATURE = (
    f"choice|similarity:{_SIMILARITY:g}|coverage:{_COVERAGE:g}|reverse:{_REVERSE:g}|score:{_SCORE:g}"
    f"|finding:{_FINDING:g}|suspect:{_SUSPECT:g}|v:1"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold a hypothesis and what the judge says of it; ``reverse`` is ``None`` until it is read backwards."""

    hypothesis: Hypothesis
    judgement: Judgement
    fidelity: Fidelity
    reverse: float | None = None

    @property
    def worth(self) -> float:
        """Return what the choice goes by; the higher, the better. Without ``reverse`` it leaves that part out."""
        return self.forwards + _REVERSE * (self.reverse or 0.0)

    @property
    def forwards(self) -> float:
        """Return what can be said of it without reading it backwards."""
        evidence = self.judgement.evidence
        value = _SIMILARITY * (evidence.similarity or 0.0)
        value += _COVERAGE * (evidence.cover.coverage if evidence.cover else 0.0)
        value += _SCORE * (self.hypothesis.score or 0.0)
        return value - _FINDING * len(self.fidelity.findings) - _SUSPECT * self.judgement.suspect

    def read_backwards(self, reverse: float) -> Candidate:
        """Return the candidate with the log-probability of its source."""
        return replace(self, reverse=reverse)


def choose(candidates: Sequence[Candidate]) -> Candidate:
    """Return the best candidate, the first of equals; those that were read backwards come before the others.

    Raises:
        ValueError: there is none.
    """
    return max(candidates, key=lambda c: (c.reverse is not None, c.worth))
