"""Measure the rendering of facts against human translations, and the repair of altered ones."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.evaluation.data import language_pair, read_pair
from pipeline.facts.parse import parse_numeric
from pipeline.facts.render import Rendering, render
from pipeline.quality.evidence import Evidence, claims, evidence, supports
from pipeline.quality.fidelity import SIGNATURE as FIDELITY_SIGNATURE
from pipeline.quality.fidelity import check
from pipeline.quality.repair import SIGNATURE, repair
from pipeline.records import Mention

__all__ = ["evaluate_rendering"]

_COUNTS = ("rendered", "round_trip", "supported", "literal", "literal_or_alternative", "certain")
# What a rendering needs around it to be read as what it is: "the 13th" alone is an ordinal.
_CONTEXTS = {"en": ("{}", "on {} and"), "fr": ("{}", "le {} et", "vers {} et"), "ko": ("{}", "{} 그리고")}


def evaluate_rendering(folder: Path, pair: str, seed: int = 7) -> dict[str, Any]:
    """Measure on ``<language>.txt``, line-aligned human translations.

    Args:
        folder: the texts.
        pair: languages of source and target, such as ``ko-en``.
        seed: of the digits altered.

    Returns:
        By kind, how many mentions there are and which share was rendered, comes back from the parser with its value
        (approximations and "one" are not asked), is supported by the human translation, and stands in it; and of the
        lines with one digit altered, how many were found changed, repaired, and repaired to the very original.

    Raises:
        ConfigError: it is no pair of two of en, fr, ko.
        InputError: the texts cannot be read or do not match.
    """
    source_language, target_language = language_pair(pair)
    sources, targets = read_pair(folder, source_language, target_language)
    kinds: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(("mentions", *_COUNTS), 0))
    for source, target in zip(sources, targets, strict=True):
        _measure(kinds, source, target, (source_language, target_language))
    return {
        "pair": pair,
        "kinds": {kind: _shares(counts) for kind, counts in sorted(kinds.items())},
        "all": _shares({name: sum(c[name] for c in kinds.values()) for name in ("mentions", *_COUNTS)}),
        "repair": _repairs(sources, targets, (source_language, target_language), np.random.default_rng(seed)),
        "signatures": [SIGNATURE, FIDELITY_SIGNATURE, f"rendering|v:1|seed:{seed}"],
    }


def _shares(counts: dict[str, int]) -> dict[str, float | int | None]:
    mentions, rendered = counts["mentions"], counts["rendered"]
    shares: dict[str, float | int | None] = {"mentions": mentions}
    for name in _COUNTS:
        whole = mentions if name == "rendered" else rendered
        shares[name] = round(counts[name] / whole, 4) if whole else None
    return shares


def _measure(kinds: dict[str, dict[str, int]], source: str, target: str, pair: tuple[str, str]) -> None:
    known = evidence(target, pair[1])
    for mention in parse_numeric(source, pair[0]):
        counts = kinds[mention.kind]
        counts["mentions"] += 1
        rendering = render(mention, *pair)
        if rendering is not None:
            counts["rendered"] += 1
            for name, holds in _judged(mention, rendering, target, pair[1], known):
                counts[name] += holds


def _judged(
    mention: Mention, rendering: Rendering, target: str, language: str, known: Evidence
) -> Iterable[tuple[str, bool]]:
    plain = _folded(target)
    literal = _folded(rendering.text) in plain
    yield "round_trip", _comes_back(mention, rendering.text, language)
    yield "supported", all(supports(known, claim) for claim in claims(rendering.text, language))
    yield "literal", literal
    yield "literal_or_alternative", literal or any(_folded(a) in plain for a in rendering.alternatives)
    yield "certain", rendering.certain


def _folded(text: str) -> str:
    return " ".join(text.split()).lower()


def _comes_back(mention: Mention, text: str, language: str) -> bool:
    if mention.approximate or re.fullmatch(r"1|PT?1[YMWDHS]", mention.value):
        return True
    bare = re.sub(r"^(?:le |les |l')", "", text) if language == "fr" else text
    written = {context.format(t) for context in _CONTEXTS[language] for t in (text, bare)}
    return any(_same(mention, back) for w in written for back in parse_numeric(w, language))


def _same(a: Mention, b: Mention) -> bool:
    if a.kind != b.kind:
        return False
    if a.value == b.value and (a.unit == b.unit or a.kind in ("date", "time")):
        return True
    bounds = (a.low, b.low, a.high, b.high)
    return None not in bounds and bool(np.allclose((a.low or 0, a.high or 0), (b.low or 0, b.high or 0), rtol=1e-6))


# --- repair -----------------------------------------------------------------------------------------------------------

_INTEGER = re.compile(r"(?<![\d.,\w])\d+(?![\d\w])")


def _repairs(
    sources: Sequence[str], targets: Sequence[str], pair: tuple[str, str], rng: np.random.Generator
) -> dict[str, int]:
    """Alter one digit of each translation that the check finds nothing in, and repair it; also repair none altered."""
    counts = dict.fromkeys(("altered", "changed", "repaired", "exact", "human_touched"), 0)
    for source, target in zip(sources, targets, strict=True):
        report = check(source, target, *pair)
        counts["human_touched"] += repair(source, target, *pair, report) is not None
        spots = list(_INTEGER.finditer(target))
        if report.findings or not spots:
            continue
        altered = _altered(target, spots[int(rng.integers(len(spots)))], rng)
        found = check(source, altered, *pair)
        repaired = repair(source, altered, *pair, found)
        counts["altered"] += 1
        counts["changed"] += any(f.verdict == "changed" for f in found.findings)
        counts["repaired"] += repaired is not None
        counts["exact"] += repaired is not None and _folded(repaired.text) == _folded(target)
    return counts


def _altered(text: str, spot: re.Match[str], rng: np.random.Generator) -> str:
    at = spot.start() + int(rng.integers(len(spot.group())))
    others = [d for d in "123456789" if d != text[at]]
    return text[:at] + others[int(rng.integers(len(others)))] + text[at + 1 :]
