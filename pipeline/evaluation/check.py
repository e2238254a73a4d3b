"""Check line-aligned texts for fidelity, and measure the check itself: false alarms, and alterations found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.evaluation.data import language_pair, read_pair
from pipeline.facts.lexicon import LANGUAGES
from pipeline.quality.alter import KINDS, Alteration, alter, names_of
from pipeline.quality.fidelity import SIGNATURE, Fidelity, check
from pipeline.quality.metrics import wilson
from pipeline.records import FidelityFinding

__all__ = ["check_lines", "evaluate_check", "summarise"]

# Where the identifier is believed: below, names and quotations in another language mislead it.
SURE, LONG_ENOUGH = 0.9, 6
_NUMERIC = frozenset(("number", "date", "money", "percent"))
_WORD = re.compile(r"[^\W\d_]+")


def check_lines(sources: Sequence[str], targets: Sequence[str], pair: str) -> Iterator[Fidelity]:
    """Check each line of a text against the same line of its translation, the language of the target included.

    Args:
        sources: lines of the source.
        targets: lines of the target, as many.
        pair: language pair, such as ``ko-en``.
    """
    from pipeline.engines.language import FastTextIdentifier

    source_language, target_language = language_pair(pair)
    identifier = FastTextIdentifier(LANGUAGES)
    for source, target in zip(sources, targets, strict=True):
        identified = None
        if target_language != "ko" and sum(map(str.islower, _WORD.findall(target))) >= LONG_ENOUGH:
            guess = identifier.identify([target])[0]
            identified = guess.language if guess.confidence >= SURE else None
        yield check(source, target, source_language, target_language, identified=identified)


def summarise(checked: Sequence[Fidelity], pair: str) -> dict[str, Any]:
    """Count the findings of checked lines."""
    findings = [f for c in checked for f in c.findings]
    flagged = sum(bool(c.findings) for c in checked)
    return {
        "pair": pair,
        "lines": len(checked),
        "flagged": flagged,
        "share_flagged": flagged / len(checked) if checked else None,
        "by_kind": dict(sorted(Counter(f.kind for f in findings).items())),
        "by_verdict": dict(sorted(Counter(f.verdict for f in findings).items())),
        "signature": f"{SIGNATURE}|pair:{pair}",
    }


def evaluate_check(folder: Path, pair: str, seed: int = 7, lines: Sequence[int] | None = None) -> dict[str, Any]:
    """Measure the check on human translations: what it flags, and what it finds of one altered fact per line and kind.

    Args:
        folder: holds one sentence per line in ``<language>.txt``.
        pair: language pair.
        seed: of the alterations.
        lines: use only these lines, from 0; all without it.

    Returns:
        ``flagged`` and ``flagged_numbers_dates`` (shares of lines), ``by_kind`` (lines with a finding of the kind),
        ``detected`` by kind of alteration and in all, each with a 95 % Wilson interval in ``intervals``, ``n``,
        ``by_way`` (detected and tried for each way to alter) and ``signature``.
    """
    source_language, target_language = language_pair(pair)
    sources, targets = read_pair(folder, source_language, target_language)
    chosen = range(len(sources)) if lines is None else lines
    pool = sorted({name for target in targets for name in names_of(target, target_language)})
    rng = np.random.default_rng(seed)
    checked = []
    tried: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for i in chosen:
        before = check(sources[i], targets[i], source_language, target_language)
        checked.append(before)
        for kind in KINDS:
            alteration = alter(targets[i], target_language, kind, rng, pool)
            if alteration is None:
                continue
            after = check(sources[i], alteration.text, source_language, target_language)
            for key in (kind, f"{kind}:{alteration.how}", "all"):
                tried[key] += 1
                found[key] += _is_found(alteration, before, after)
    return _result(checked, tried, found, pair, seed)


def _is_found(alteration: Alteration, before: Fidelity, after: Fidelity) -> bool:
    """Tell whether the altered text has a finding that is new, and of the altered kind or at the altered place."""
    new = Counter(after.findings) - Counter(before.findings)
    return any(_concerns(finding, alteration) for finding in new)


def _concerns(finding: FidelityFinding, alteration: Alteration) -> bool:
    if finding.kind == alteration.kind or (alteration.kind == "number" and finding.kind in _NUMERIC):
        return True
    if finding.target is None or finding.kind in ("truncation", "length", "untranslated", "language"):
        return False
    spans = [(m.start(), m.end()) for m in re.finditer(re.escape(finding.target), alteration.text)]
    return any(start < alteration.end and alteration.start < end for start, end in spans)


def _result(
    checked: Sequence[Fidelity], tried: Counter[str], found: Counter[str], pair: str, seed: int
) -> dict[str, Any]:
    flagged = sum(bool(c.findings) for c in checked)
    numeric = sum(any(f.kind in _NUMERIC for f in c.findings) for c in checked)
    kinds = Counter(kind for c in checked for kind in {f.kind for f in c.findings})
    main = (*KINDS, "all")
    return {
        "flagged": flagged / len(checked) if checked else None,
        "flagged_numbers_dates": numeric / len(checked) if checked else None,
        "by_kind": dict(sorted(kinds.items())),
        "detected": {k: found[k] / tried[k] if tried[k] else None for k in main},
        "intervals": {
            "flagged": wilson(flagged, len(checked)),
            "flagged_numbers_dates": wilson(numeric, len(checked)),
            **{k: wilson(found[k], tried[k]) for k in main},
        },
        "by_way": {k: [found[k], tried[k]] for k in sorted(tried) if ":" in k},
        "n": {"lines": len(checked), **{k: tried[k] for k in main}},
        "signature": f"{SIGNATURE}|alter:v1|pair:{pair}|seed:{seed}",
    }
