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

__all__ = ["CHOICE_SIGNATURE", "Candidate", "choose", "with_consensus"]

# What the parts of the choice weigh: the cosine of both sentences, the content words of the source that the hypothesis
# covers, the same over all words, the hypothesis' own mean log-probability, its likeness to the other hypotheses
# (chrF / 100; minimum Bayes risk, Kumar and Byrne 2004), being the engine's favourite, and the mean log-probability of
# the source given the hypothesis; what a finding costs, and output that looks broken. By chrF of what is chosen from
# 9 to 17 hypotheses each of 60 sentences, Korean and French (FLORES-200 dev, lines 201-260); flat around these values.
_SIMILARITY, _CONTENT, _COVERAGE, _SCORE, _CONSENSUS, _FIRST, _REVERSE = 1.0, 1.0, 0.5, 0.1, 0.4, 0.02, 0.2
_FINDING, _SUSPECT = 0.2, 0.5
_WEIGHTS = (_SIMILARITY, _CONTENT, _COVERAGE, _SCORE, _CONSENSUS, _FIRST, _REVERSE, _FINDING, _SUSPECT)
CHOICE_SIGNATURE = f"choice|weights:{'/'.join(f'{w:g}' for w in _WEIGHTS)}|v:1"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold a hypothesis and what is said of it; ``reverse`` is ``None`` until it is read backwards."""

    hypothesis: Hypothesis
    judgement: Judgement
    fidelity: Fidelity
    content: float = 0.0
    first: bool = False
    consensus: float = 0.0
    reverse: float | None = None

    @property
    def worth(self) -> float:
        """Return what the choice goes by; the higher, the better. Without ``reverse`` it leaves that part out."""
        return self.forwards + _CONSENSUS * self.consensus + _REVERSE * (self.reverse or 0.0)

    @property
    def forwards(self) -> float:
        """Return what can be said of it alone, without reading it backwards."""
        evidence = self.judgement.evidence
        value = _SIMILARITY * (evidence.similarity or 0.0) + _CONTENT * self.content + _FIRST * self.first
        value += _COVERAGE * (evidence.cover.coverage if evidence.cover else 0.0)
        value += _SCORE * (self.hypothesis.score or 0.0)
        return value - _FINDING * len(self.fidelity.findings) - _SUSPECT * self.judgement.suspect

    def read_backwards(self, reverse: float) -> Candidate:
        """Return the candidate with the log-probability of its source."""
        return replace(self, reverse=reverse)


def with_consensus(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates with their mean chrF against one another."""
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF()
    texts = [c.hypothesis.text for c in candidates]
    found = []
    for number, candidate in enumerate(candidates):
        others = texts[:number] + texts[number + 1 :]
        scores = [metric.sentence_score(texts[number], [other]).score / 100 for other in others]
        found.append(replace(candidate, consensus=round(sum(scores) / len(scores), 4) if scores else 0.0))
    return found


def choose(candidates: Sequence[Candidate]) -> Candidate:
    """Return the best candidate, the first of equals; those that were read backwards come before the others.

    Raises:
        ValueError: there is none.
    """
    return max(candidates, key=lambda c: (c.reverse is not None, c.worth))
