"""Choose among hypotheses of one text: fewest broken facts first, then estimated quality and the model's own score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.engines.base import Hypothesis
from pipeline.quality.fidelity import Fidelity

__all__ = ["CHOICE_SIGNATURE", "Candidate", "choose"]

# Weights of a linear choice. Fitted on 9 hypotheses each of 60 Korean sentences of FLORES-200 dev (lines 201-260), by
# chrF of what is chosen; flat around these values.
_SCORE = 0.1
_FINDING = 0.1
CHOICE_SIGNATURE = f"choice|score:{_SCORE:g}|finding:{_FINDING:g}|v:1"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold a hypothesis and what the judge says of it."""

    hypothesis: Hypothesis
    quality: float
    suspect: bool
    fidelity: Fidelity

    @property
    def worth(self) -> float:
        """Return what the choice goes by; the higher, the better."""
        own = self.hypothesis.score if self.hypothesis.score is not None else 0.0
        return self.quality + _SCORE * own - _FINDING * len(self.fidelity.findings)


def choose(candidates: Sequence[Candidate]) -> Candidate:
    """Return the best candidate, the first of equals.

    Raises:
        ValueError: there is none.
    """
    return max(candidates, key=lambda c: (not c.suspect, c.worth))
