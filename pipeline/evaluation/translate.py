"""Measure translation: BLEU and chrF against references, and how many of the source's facts come through."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pipeline.engines.memory import RememberingTranslator, TranslationMemory
from pipeline.engines.workshop import Plan
from pipeline.evaluation.data import read_pair
from pipeline.quality.evidence import claims
from pipeline.quality.fidelity import SIGNATURE as FIDELITY_SIGNATURE
from pipeline.quality.fidelity import check
from pipeline.quality.metrics import bleu, chrf
from pipeline.quality.namecheck import check_names

__all__ = ["evaluate_translation", "facts_kept"]

_GROUP = {"number": "numbers", "money": "numbers", "percent": "numbers", "date": "dates"}


def evaluate_translation(
    folder: Path,
    source: str,
    target: str,
    plan: Plan,
    *,
    limit: int | None = None,
    keep: Path | None = None,
    memory: TranslationMemory | None = None,
    advance: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Translate ``<source>.txt`` and compare it with ``<target>.txt``.

    Args:
        folder: holds both files.
        source: ISO 639-1 code.
        target: ISO 639-1 code.
        plan: the engine.
        limit: use the first lines only.
        keep: file to write the translations to, a line each.
        memory: translations are kept there and taken from there, so that a long measurement can be killed and goes on;
            times are then those of what was left to do.
        advance: called with the number of lines done.

    Returns:
        ``{"bleu", "chrf", "chrf++", "fidelity": {"numbers_kept", "dates_kept", "names_kept"}, "flagged", "repaired",
        "hypotheses", "seconds", "tokens_per_second", "engine", "n", "signatures"}``; a share is ``None`` where there
        was nothing to keep, and ``seconds`` leaves out the loading of the model.

    Raises:
        InputError: the folder does not hold the texts.
        ModelError: the engine cannot be used.
    """
    texts, references = read_pair(folder, source, target, limit)
    translator = RememberingTranslator(plan.load(), plan.signature, memory, batch_size=plan.batch_size, advance=advance)
    begun = time.perf_counter()
    hypotheses = translator.translate(texts, source, target)
    seconds = time.perf_counter() - begun
    outputs = [h.text for h in hypotheses]
    if keep is not None:
        keep.write_text("".join(" ".join(text.split()) + "\n" for text in outputs), encoding="utf-8")
    tokens = [h.tokens for h in hypotheses if h.tokens is not None]
    scores = [
        bleu(outputs, references, target),
        chrf(outputs, references),
        chrf(outputs, references, word_order=2),
    ]
    return {
        **{name: _rounded(s.value) for name, s in zip(("bleu", "chrf", "chrf++"), scores, strict=True)},
        **facts_kept(texts, outputs, source, target),
        "repaired": sum(bool(h.repairs) for h in hypotheses),
        "hypotheses": round(sum(h.tried for h in hypotheses) / max(1, len(hypotheses)), 2),
        "seconds": round(seconds, 1),
        "tokens_per_second": round(sum(tokens) / seconds, 1) if tokens and seconds else None,
        "engine": plan.signature,
        "n": len(texts),
        "signatures": [*(s.signature for s in scores), FIDELITY_SIGNATURE],
    }


def facts_kept(texts: Sequence[str], outputs: Sequence[str], source: str, target: str) -> dict[str, Any]:
    """Count the facts of the sources that their translations keep, and the translations with a finding."""
    stated: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    flagged = 0
    for text, output in zip(texts, outputs, strict=True):
        found = check(text, output, source, target).findings
        flagged += bool(found)
        stated.update(_GROUP[c.kind] for c in claims(text, source) if c.kind in _GROUP)
        lost.update(_GROUP[f.kind] for f in found if f.kind in _GROUP and f.verdict != "added")
        _, names, kept = check_names(text, output, source, target)
        stated["names"] += names
        lost["names"] += names - kept
    shares = {
        f"{group}_kept": round(1 - lost[group] / stated[group], 4) if stated[group] else None
        for group in ("numbers", "dates", "names")
    }
    return {"fidelity": shares, "flagged": round(flagged / len(texts), 4) if texts else None}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
