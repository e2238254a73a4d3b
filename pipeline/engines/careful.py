"""Translate with care: pin what is certain, check what came out, try again where it fails, keep the best.

Works with any :class:`~pipeline.engines.base.Proposer`. Each text is translated once with its facts pinned. Where that
fails its checks, or where the estimate of its quality is low, more hypotheses are made (one of them sentence by
sentence), and the best of them read backwards by an engine that can score. Where the one that is chosen still breaks a
fact, the engine is asked once more with that fact named, and at last clause by clause; what is still wrong and has a
certain form is repaired. What remains is for the caller to report.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.digests import code_digest
from pipeline.engines.base import Hypothesis, Proposer, Request, Scorer, joined
from pipeline.engines.choice import CHOICE_SIGNATURE, Candidate, choose, with_consensus
from pipeline.engines.division import clauses, sentences
from pipeline.engines.glossary import Glossary
from pipeline.engines.hints import HINTS_SIGNATURE, Hints
from pipeline.engines.judging import Judge, Judgement
from pipeline.engines.pinning import Pinner
from pipeline.quality.fidelity import Fidelity
from pipeline.quality.repair import repair
from pipeline.records import FidelityFinding

__all__ = ["CODE", "Care", "CarefulTranslator"]

CODE = (
    "facts",
    "quality",
    *(
        f"engines/{name}.py"
        for name in ("careful", "choice", "division", "glossary", "hints", "judging", "pinning", "terms")
    ),
)
"""The parts of the package that decide what becomes of an engine's hypotheses."""

_FACTS = ("number", "money", "percent", "date", "name", "term")
_NAMED_AT_MOST = 3
_MAY_LOSE = 0.1  # what a translation with fewer broken facts may be worth less than the one that it replaces


@dataclass(frozen=True, slots=True)
class Care:
    """Say how much may be spent on one text.

    ``hypotheses`` bounds how many are made (1: the first is taken). A first hypothesis without findings is kept from an
    estimated quality of ``good_enough`` and a mean probability of its tokens of ``confidence`` on. ``retries`` is how
    often a broken fact is named to the engine (unless 0, a text that stays broken is at last translated in parts),
    ``reverse`` how many of the best are read backwards, where the engine can score: how probable it finds the source
    given the hypothesis. A text of more than ``longest`` characters gets one hypothesis and its retries: two of that
    length each go wrong somewhere else, so a choice between them says little, and each costs as much as ten sentences.
    """

    hypotheses: int = 6
    good_enough: float = 0.4
    confidence: float = 0.0
    retries: int = 1
    reverse: int = 2
    repair: bool = True
    longest: int = 600

    @property
    def signature(self) -> str:
        """Name the settings."""
        return (
            f"care|hypotheses:{self.hypotheses}|enough:{self.good_enough:g}/{self.confidence:g}|retries:{self.retries}"
            f"|reverse:{self.reverse}|repair:{'yes' if self.repair else 'no'}|longest:{self.longest}|v:1"
        )


@dataclass(slots=True)
class _Work:
    """Hold one text on its way: ``request`` with all pins, ``plain`` without hints."""

    request: Request
    plain: Request
    candidates: list[Candidate]
    tried: int = 0

    @property
    def best(self) -> Candidate:
        return choose(self.candidates)


class CarefulTranslator:
    """Implement :class:`~pipeline.engines.base.Translator` over a proposer.

    Args:
        proposer: the engine.
        judge: says how good a hypothesis is and what is wrong with it.
        care: the budget.
        pins: forms to ask for; ``None`` asks for none.
        glossary: terms whose renderings are checked and, where a wrong form is known, mended.
        hints: guesses of single words, added to the pins of the first hypothesis; the others do without.
    """

    def __init__(
        self,
        proposer: Proposer,
        judge: Judge,
        care: Care,
        pins: Pinner | None = None,
        glossary: Glossary | None = None,
        *,
        hints: Hints | None = None,
    ) -> None:
        self._proposer = proposer
        self._judge = judge
        self._care = care
        self._pins = pins
        self._glossary = glossary
        self._hints = hints

    @staticmethod
    def sign(engine: str, judge: str, care: Care, pinned: bool) -> str:
        """Return the signature of a careful translator, without loading its engine.

        The glossary is left out: the memory keys each text by the terms that it holds.
        """
        return (
            f"{engine}|{care.signature}|pins:{'yes' if pinned else 'no'}|{CHOICE_SIGNATURE}|{judge}"
            f"|{HINTS_SIGNATURE}|code:{code_digest(CODE)}"
        )

    @property
    def signature(self) -> str:
        """Name the engine, the judge and the budget."""
        return self.sign(self._proposer.signature, self._judge.signature, self._care, self._pins is not None)

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Hypothesis]:
        """Translate texts; same length and order, independent of the batching."""
        works = [self._begin(text, source, target) for text in texts]
        self._try(works, source, target, 1)
        if self._care.hypotheses > 1:
            self._try_more([w for w in works if self._short(w) and self._unsatisfied(w.best)], source, target)
        for _ in range(self._care.retries):
            self._retry([w for w in works if _broken(w.best.fidelity)], source, target)
        if self._care.retries:
            self._divide([w for w in works if self._short(w) and _broken(w.best.fidelity)], source, target)
        if self._care.repair:
            self._repair(works, source, target)
        return [replace(w.best.hypothesis, tried=w.tried) for w in works]

    def _begin(self, text: str, source: str, target: str) -> _Work:
        plain = Request(text, self._pins(text, source, target) if self._pins else ())
        hints = self._hints.words(text, source, target) if self._hints else ()
        taken = [surface for surface, _ in plain.pins]
        more = tuple((noun, word) for noun, word in hints if not any(noun in t or t in noun for t in taken))
        return _Work(replace(plain, pins=(*plain.pins, *more)), plain, [])

    def _short(self, work: _Work) -> bool:
        return len(work.request.text) <= self._care.longest

    def _unsatisfied(self, candidate: Candidate) -> bool:
        score, judgement = candidate.hypothesis.score, candidate.judgement
        unsure = score is not None and math.exp(score) < self._care.confidence
        broken = bool(candidate.fidelity.findings) or judgement.suspect
        return broken or unsure or judgement.quality < self._care.good_enough

    def _try_more(self, works: Sequence[_Work], source: str, target: str) -> None:
        """Fill the budget, without hints: the first had them; then let the best be read backwards."""
        hinted = [w for w in works if w.request != w.plain]
        self._try([w for w in works if w.request == w.plain], source, target, self._care.hypotheses)
        self._try(hinted, source, target, self._care.hypotheses - 1, plain=True)
        self._add(self._divided(works, source, target, sentences), source, target)
        for work in works:
            work.candidates = with_consensus(work.candidates)
        self._read_backwards(works, source, target)

    def _try(self, works: Sequence[_Work], source: str, target: str, n: int, plain: bool = False) -> None:
        """Ask for hypotheses and add those that are new."""
        self._add(
            self._proposed(works, [w.plain if plain else w.request for w in works], source, target, n), source, target
        )

    def _add(self, fresh: Sequence[tuple[_Work, Hypothesis]], source: str, target: str) -> None:
        for work, candidate in self._judged(fresh, source, target):
            work.candidates.append(replace(candidate, first=not work.candidates))

    def _retry(self, works: Sequence[_Work], source: str, target: str) -> None:
        """Ask once more, the broken facts named; what breaks fewer of them and says as much takes the place of all."""
        self._take_better(self._proposed(works, [_complaining(w) for w in works], source, target, 1), source, target)

    def _divide(self, works: Sequence[_Work], source: str, target: str) -> None:
        """Translate clause by clause, and take what breaks fewer facts, on the same terms."""
        self._take_better(self._divided(works, source, target, clauses), source, target)

    def _divided(
        self, works: Sequence[_Work], source: str, target: str, cut: Callable[[str, str], tuple[str, ...]]
    ) -> list[tuple[_Work, Hypothesis]]:
        """Return a hypothesis made of the translations of a text's parts, for the texts that have several."""
        parts = [(work, _parts(work.plain, cut(work.plain.text, source))) for work in works]
        parts = [(work, requests) for work, requests in parts if len(requests) > 1]
        asked = [request for _, requests in parts for request in requests]
        made = iter(self._proposer.propose(asked, source, target, 1) if asked else [])
        fresh = [(work, joined([next(made)[0] for _ in requests])) for work, requests in parts]
        fresh = [(w, h) for w, h in fresh if h.text not in {c.hypothesis.text for c in w.candidates}]
        for work, _ in fresh:
            work.tried += 1
        return fresh

    def _take_better(self, fresh: Sequence[tuple[_Work, Hypothesis]], source: str, target: str) -> None:
        for work, candidate in self._judged(fresh, source, target):
            best = work.best
            fewer = len(_broken(candidate.fidelity)) < len(_broken(best.fidelity))
            if fewer and not candidate.judgement.suspect and candidate.worth > best.forwards - _MAY_LOSE:
                work.candidates = [candidate]

    def _proposed(
        self, works: Sequence[_Work], requests: Sequence[Request], source: str, target: str, n: int
    ) -> list[tuple[_Work, Hypothesis]]:
        """Return the hypotheses that a work does not have yet."""
        if not works:
            return []
        fresh: list[tuple[_Work, Hypothesis]] = []
        for work, hypotheses in zip(works, self._proposer.propose(requests, source, target, n), strict=True):
            known = {c.hypothesis.text for c in work.candidates}
            new = [h for h in hypotheses if h.text not in known]
            work.tried += len(new)
            fresh.extend((work, h) for h in new)
        return fresh

    def _judged(
        self, fresh: Sequence[tuple[_Work, Hypothesis]], source: str, target: str
    ) -> list[tuple[_Work, Candidate]]:
        if not fresh:
            return []
        texts, made = [work.request.text for work, _ in fresh], [hypothesis.text for _, hypothesis in fresh]
        scores = [hypothesis.score for _, hypothesis in fresh]
        judgements = self._judge.judge(texts, made, source, target, scores)
        contents = self._judge.contents(texts, made, source, target)
        return [
            (work, Candidate(hypothesis, judgement, self._all_findings(work, hypothesis, judgement, source, target), c))
            for (work, hypothesis), judgement, c in zip(fresh, judgements, contents, strict=True)
        ]

    def _all_findings(
        self, work: _Work, hypothesis: Hypothesis, judgement: Judgement, source: str, target: str
    ) -> Fidelity:
        """Return what the check found, and the glossary's terms that were missed."""
        if self._glossary is None:
            return judgement.fidelity
        missed = self._glossary.missed(work.request.text, hypothesis.text, source, target)
        return replace(judgement.fidelity, findings=(*judgement.fidelity.findings, *missed))

    def _read_backwards(self, works: Sequence[_Work], source: str, target: str) -> None:
        """Score the source given each of the best hypotheses, where there is a choice."""
        scorer = self._proposer
        if not self._care.reverse or not isinstance(scorer, Scorer):
            return
        for work in works:
            if len(work.candidates) > 1:
                best = sorted(work.candidates, key=lambda c: -c.worth)[: self._care.reverse]
                scores = scorer.score(
                    [c.hypothesis.text for c in best], [work.request.text] * len(best), target, source
                )
                work.candidates = [c.read_backwards(round(x, 4)) for c, x in zip(best, scores, strict=True)]

    def _repair(self, works: Sequence[_Work], source: str, target: str) -> None:
        """Write certain forms where a fact or a term was changed; the repaired hypothesis takes the place of all."""
        repaired: list[tuple[_Work, Hypothesis]] = []
        for work in works:
            best = work.best
            if _broken(best.fidelity):
                text, notes = self._mended(work.request.text, best, source, target)
                if notes:
                    repaired.append((work, replace(best.hypothesis, text=text, repairs=notes)))
        for work, candidate in self._judged(repaired, source, target):
            work.candidates = [candidate]

    def _mended(self, text: str, best: Candidate, source: str, target: str) -> tuple[str, tuple[str, ...]]:
        """Return a translation with its facts and terms mended, and what was done in words."""
        mended = repair(text, best.hypothesis.text, source, target, best.fidelity)
        made, notes = best.hypothesis.text, tuple[str, ...]()
        if mended is not None:
            made, notes = mended.text, tuple(f"{r.before} -> {r.after}" for r in mended.repairs)
        if self._glossary is not None:
            made, terms = self._glossary.repair(text, made, source, target)
            notes += terms
        return made, notes


def _parts(request: Request, texts: Sequence[str]) -> list[Request]:
    """Return a request for each part of a text, with the pins that it holds."""
    return [Request(text, tuple(pin for pin in request.pins if pin[0] in text)) for text in texts]


def _broken(fidelity: Fidelity) -> list[FidelityFinding]:
    return [f for f in fidelity.findings if f.kind in _FACTS]


def _complaining(work: _Work) -> Request:
    """Name the broken facts, and pin nothing but them."""
    broken = _broken(work.best.fidelity)[:_NAMED_AT_MOST]
    touched = [pin for pin in work.plain.pins if any(_meet(pin[0], f.source) for f in broken)]
    return Request(work.request.text, tuple(touched), " ".join(_distinct(map(_complaint, broken))))


def _meet(surface: str, other: str | None) -> bool:
    return other is not None and (surface in other or other in surface)


def _complaint(finding: FidelityFinding) -> str:
    if finding.source and finding.target:
        return f'"{finding.target}" is wrong for "{finding.source}".'
    if finding.source:
        return f'"{finding.source}" must not be left out.'
    return f'"{finding.target}" is not in the text.'


def _distinct(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
