"""A judge behind a memory: what was found about a translation once is not worked out again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from pipeline.defects import blaming_texts
from pipeline.digests import code_digest
from pipeline.engines.judging import Judge
from pipeline.engines.memory_store import TranslationMemory
from pipeline.quality.fidelity import Fidelity
from pipeline.records import FidelityFinding
from pipeline.text import fingerprint

__all__ = ["RememberingJudge", "Rendered", "Verdict", "judge_key", "verdicts"]

_CODE = ("facts", "quality", "engines/judging.py", "engines/vocabulary.py")
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Rendered:
    """Hold what is to be judged: a text, its translation, and the engine's mean log-probability where it is known."""

    source: str
    hypothesis: str
    score: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold what a run keeps of a judgement."""

    quality: float
    fidelity: Fidelity


Elsewhere = Callable[[Iterable[list[Rendered]], str, str], Iterable[tuple[Sequence[Rendered], Sequence[Verdict]]]]


def verdicts(judge: Judge, batch: Sequence[Rendered], source: str, target: str) -> list[Verdict]:
    """Judge a batch of one language pair.

    Raises:
        DefectError: it failed on a translation in a way that nobody foresaw.
    """

    def judged(rows: Sequence[Rendered]) -> list[Verdict]:
        texts, made, given = ([getattr(r, name) for r in rows] for name in ("source", "hypothesis", "score"))
        return [Verdict(j.quality, j.fidelity) for j in judge.judge(texts, made, source, target, given)]

    return blaming_texts(batch, judged, lambda row: row.source)


def judge_key(judge: Judge) -> str:
    """Return what a judgement depends on besides the texts: the judge's models, settings and code."""
    return fingerprint(judge.signature, code_digest(_CODE))


class RememberingJudge:
    """Judge translations, equal ones once, and only those that the memory does not know.

    Args:
        judge: works out what is not known.
        memory: keeps what it finds, a transaction for every thousand; ``None`` keeps nothing.
        elsewhere: sends batches to judges in other processes, given (batches, source, target), and gives each back with
            its verdicts, in any order; ``judge`` is only asked for its key then.
    """

    def __init__(self, judge: Judge, memory: TranslationMemory | None, elsewhere: Elsewhere | None = None) -> None:
        self._judge = judge
        self._elsewhere = elsewhere
        self._memory = memory
        self._key = judge_key(judge)

    def judge(
        self,
        sources: Sequence[str],
        hypotheses: Sequence[str],
        scores: Sequence[float | None],
        source: str,
        target: str,
    ) -> list[Verdict]:
        """Judge one hypothesis per source.

        Args:
            sources: texts of the segments.
            hypotheses: as many translations.
            scores: mean log-probability of each hypothesis, where the engine knows it.
            source: ISO 639-1 code.
            target: ISO 639-1 code.
        """
        rows = [Rendered(*row) for row in zip(sources, hypotheses, scores, strict=True)]
        keys = [_key(row, source, target) for row in rows]
        found = self._known(keys)
        missing = {key: row for key, row in zip(keys, rows, strict=True) if key not in found}
        ordered = [missing[key] for key in sorted(missing, key=lambda key: (len(missing[key].source), key))]
        batches = [ordered[i : i + _BATCH] for i in range(0, len(ordered), _BATCH)]
        for batch, judged in self._answers(batches, source, target):
            fresh = {_key(row, source, target): verdict for row, verdict in zip(batch, judged, strict=True)}
            found.update(fresh)
            if self._memory is not None:
                self._memory.store_judgements({key: _told(verdict) for key, verdict in fresh.items()}, self._key)
        return [found[key] for key in keys]

    def _answers(
        self, batches: Sequence[list[Rendered]], source: str, target: str
    ) -> Iterator[tuple[Sequence[Rendered], Sequence[Verdict]]]:
        """Yield each batch with its verdicts, as it is done."""
        if self._elsewhere is None:
            yield from ((batch, verdicts(self._judge, batch, source, target)) for batch in batches)
        elif batches:
            yield from self._elsewhere(batches, source, target)

    def _known(self, keys: Sequence[str]) -> dict[str, Verdict]:
        stored = self._memory.judgements(set(keys), self._key) if self._memory is not None else {}
        read = ((key, _read(told)) for key, told in stored.items())
        return {key: verdict for key, verdict in read if verdict is not None}


def _key(row: Rendered, source: str, target: str) -> str:
    return fingerprint(source, target, row.source, row.hypothesis, repr(row.score))


def _told(verdict: Verdict) -> str:
    fidelity = verdict.fidelity
    findings = [list(asdict(f).values()) for f in fidelity.findings]
    return json.dumps([verdict.quality, fidelity.n_facts, fidelity.n_kept, findings])


def _read(told: str) -> Verdict | None:
    """Read a stored judgement; what another hand wrote there is worked out again."""
    try:
        quality, n_facts, n_kept, findings = json.loads(told)
        return Verdict(
            float(quality), Fidelity(tuple(FidelityFinding(*f) for f in findings), int(n_facts), int(n_kept))
        )
    except (ValueError, TypeError):
        return None
