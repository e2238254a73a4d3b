"""A judge behind a memory: what was found about a translation once is not worked out again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from pipeline.digests import code_digest
from pipeline.engines.judging import Judge
from pipeline.engines.memory_store import TranslationMemory
from pipeline.quality.fidelity import Fidelity
from pipeline.records import FidelityFinding
from pipeline.text import fingerprint

__all__ = ["RememberingJudge", "Verdict", "judge_key"]

_CODE = ("facts", "quality", "engines/judging.py", "engines/vocabulary.py")
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold what a run keeps of a judgement."""

    quality: float
    fidelity: Fidelity


def judge_key(judge: Judge) -> str:
    """Return what a judgement depends on besides the texts: the judge's models, settings and code."""
    return fingerprint(judge.signature, code_digest(_CODE))


class RememberingJudge:
    """Judge translations, equal ones once, and only those that the memory does not know.

    Args:
        judge: works out what is not known.
        memory: keeps what it finds, a transaction for every thousand; ``None`` keeps nothing.
    """

    def __init__(self, judge: Judge, memory: TranslationMemory | None) -> None:
        self._judge = judge
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
        rows = list(zip(sources, hypotheses, scores, strict=True))
        keys = [fingerprint(source, target, text, made, repr(score)) for text, made, score in rows]
        found = self._known(keys)
        missing = {key: row for key, row in zip(keys, rows, strict=True) if key not in found}
        ordered = sorted(missing, key=lambda key: (len(missing[key][0]), key))
        for start in range(0, len(ordered), _BATCH):
            batch = ordered[start : start + _BATCH]
            texts, made, given = zip(*(missing[key] for key in batch), strict=True)
            judgements = self._judge.judge(texts, made, source, target, given)
            fresh = {key: Verdict(j.quality, j.fidelity) for key, j in zip(batch, judgements, strict=True)}
            found.update(fresh)
            if self._memory is not None:
                self._memory.store_judgements({key: _told(verdict) for key, verdict in fresh.items()}, self._key)
        return [found[key] for key in keys]

    def _known(self, keys: Sequence[str]) -> dict[str, Verdict]:
        stored = self._memory.judgements(set(keys), self._key) if self._memory is not None else {}
        read = ((key, _read(told)) for key, told in stored.items())
        return {key: verdict for key, verdict in read if verdict is not None}


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
