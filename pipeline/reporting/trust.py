"""Say how far a translation can be trusted, from measured and published figures. Pure."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.records import ArticleScore, Translation
from pipeline.reporting.lookup import PASSED_THROUGH, Lookup
from pipeline.reporting.model import Limits
from pipeline.reporting.words import Grade, count, grade, language_name, number, percent

__all__ = ["ADVICE", "GRADE_SHORT", "GRADE_WORDS", "PairTrust", "article_grade", "pair_trust", "worst_grade"]

GRADE_WORDS: Mapping[Grade, str] = {
    "good": "good",
    "fair": "fair: check before use",
    "rough": "rough: do not rely on it",
    "unknown": "not measured",
}
GRADE_SHORT: Mapping[Grade, str] = {**GRADE_WORDS, "fair": "fair", "rough": "rough"}
ADVICE: Mapping[Grade, str] = {
    "good": "Reads as a working translation. Check quotations against the original.",
    "fair": "Usable with care. Check every figure, name and quotation against the original.",
    "rough": "Use it to find your way, not to quote. Check every statement against the original.",
    "unknown": "Nothing was measured for this pair. Treat it as rough.",
}
_ORDER: Sequence[Grade] = ("rough", "fair", "good", "unknown")


@dataclass(frozen=True, slots=True)
class PairTrust:
    """Hold what is known about the translation of one language pair.

    ``qualities`` are the known estimates of its segments, sorted; ``reasons`` say in words what the grade rests on.
    """

    source: str
    target: str
    name: str
    grade: Grade
    words: str
    advice: str
    reasons: tuple[str, ...]
    n_articles: int
    n_segments: int
    qualities: tuple[float, ...]


@dataclass(slots=True)
class _Made:
    """Count what was translated from one language."""

    n: int = 0
    flagged: int = 0
    qualities: array[float] = field(default_factory=lambda: array("d"))
    articles: set[str] = field(default_factory=set)
    engines: set[str] = field(default_factory=set)
    n_facts: int = 0
    n_kept: int = 0

    def add(self, translation: Translation) -> None:
        """Count one sentence."""
        self.n += 1
        self.flagged += bool(translation.findings)
        self.articles.add(translation.article_id)
        self.engines.add(translation.engine)
        if translation.quality is not None:
            self.qualities.append(translation.quality)


def pair_trust(lookup: Lookup) -> list[PairTrust]:
    """Grade every language pair that was translated, the most used first; the worst figure decides."""
    by_language: dict[str, _Made] = defaultdict(_Made)
    for translation in lookup.run.translations:
        if translation.engine != PASSED_THROUGH and translation.source_language != lookup.run.target:
            by_language[translation.source_language].add(translation)
    for score in lookup.run.article_scores:
        language = lookup.articles[score.article_id].language
        if language in by_language:
            by_language[language].n_facts += score.n_facts
            by_language[language].n_kept += score.n_facts_kept
    ordered = sorted(by_language.items(), key=lambda item: (-item[1].n, item[0]))
    return [_pair(lookup, language, made) for language, made in ordered]


def _pair(lookup: Lookup, language: str, made: _Made) -> PairTrust:
    run = lookup.run
    qualities = tuple(sorted(made.qualities))
    evidence = [
        _measured_quality(qualities, run.limits),
        _measured_fidelity(made, run.limits),
        *(_published(model, f"{language}-{run.target}", run.limits) for model in _models(run.models, made.engines)),
    ]
    known = [e for e in evidence if e is not None]
    worst = worst_grade([e[0] for e in known])
    reasons = [text for _, text in known]
    reasons.append(f"{made.flagged:,} of {count(made.n, 'sentence')} flagged for review")
    return PairTrust(
        source=language,
        target=run.target,
        name=f"{language_name(language)} to {language_name(run.target)}",
        grade=worst,
        words=GRADE_WORDS[worst],
        advice=ADVICE[worst],
        reasons=tuple(reasons),
        n_articles=len(made.articles),
        n_segments=made.n,
        qualities=qualities,
    )


def worst_grade(grades: Sequence[Grade]) -> Grade:
    """Return the worst grade; what is unknown does not count beside what is known."""
    return min(grades, key=_ORDER.index) if grades else "unknown"


def _measured_quality(qualities: Sequence[float], limits: Limits) -> tuple[Grade, str] | None:
    if not qualities:
        return None
    mean = sum(qualities) / len(qualities)
    return grade(mean, limits.quality), f"estimated quality {number(mean)} of 1 (no reference translation)"


def _measured_fidelity(made: _Made, limits: Limits) -> tuple[Grade, str] | None:
    if not made.n_facts:
        return None
    share = made.n_kept / made.n_facts
    return grade(
        share, limits.fidelity
    ), f"{percent(share)} of {count(made.n_facts, 'fact')} (figures, dates, names) kept"


def _models(models: Sequence[Mapping[str, Any]], engines: Collection[str]) -> list[Mapping[str, Any]]:
    """Return the models that an engine's signature names, all of them where none does."""
    named = [m for m in models if m.get("name") and any(str(m["name"]) in engine for engine in engines)]
    return named or list(models)


def _published(model: Mapping[str, Any], pair: str, limits: Limits) -> tuple[Grade, str] | None:
    quality = model.get("quality")
    figures = quality.get(pair) if isinstance(quality, Mapping) else None
    if not isinstance(figures, Mapping):
        return None
    chrf, bleu = figures.get("chrf"), figures.get("bleu")
    grades = [grade(value, bounds) for value, bounds in ((chrf, limits.chrf), (bleu, limits.bleu)) if value is not None]
    if not grades:
        return None
    shown = ", ".join(f"{name} {number(v, 1)}" for name, v in (("BLEU", bleu), ("chrF", chrf)) if v is not None)
    evidence = f" ({model['evidence']})" if model.get("evidence") else ""
    return worst_grade(grades), f"published for {model.get('name')}: {shown}{evidence}"


def article_grade(score: ArticleScore | None, trust: PairTrust | None, limits: Limits) -> Grade:
    """Grade the translation of one article by its own figures, and no better than its language pair."""
    own = [] if score is None else [grade(score.quality, limits.quality), grade(score.fidelity, limits.fidelity)]
    return worst_grade([g for g in (*own, trust.grade if trust else "unknown") if g != "unknown"])
