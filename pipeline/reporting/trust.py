"""Say how far a translation can be trusted, from measured and published figures. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


def pair_trust(lookup: Lookup) -> list[PairTrust]:
    """Grade every language pair that was translated, the most used first; the worst figure decides."""
    by_language: dict[str, list[Translation]] = defaultdict(list)
    for translation in lookup.run.translations:
        if translation.engine != PASSED_THROUGH and translation.source_language != lookup.run.target:
            by_language[translation.source_language].append(translation)
    ordered = sorted(by_language.items(), key=lambda item: (-len(item[1]), item[0]))
    return [_pair(lookup, language, translations) for language, translations in ordered]


def _pair(lookup: Lookup, language: str, translations: Sequence[Translation]) -> PairTrust:
    run = lookup.run
    scores = [s for s in run.article_scores if lookup.articles[s.article_id].language == language]
    qualities = tuple(sorted(t.quality for t in translations if t.quality is not None))
    evidence = [
        _measured_quality(qualities, run.limits),
        _measured_fidelity(scores, run.limits),
        *(_published(model, f"{language}-{run.target}", run.limits) for model in _models(run.models, translations)),
    ]
    known = [e for e in evidence if e is not None]
    worst = worst_grade([e[0] for e in known])
    flagged = sum(1 for t in translations if t.findings)
    reasons = [text for _, text in known]
    if translations:
        reasons.append(f"{flagged:,} of {count(len(translations), 'sentence')} flagged for review")
    return PairTrust(
        source=language,
        target=run.target,
        name=f"{language_name(language)} to {language_name(run.target)}",
        grade=worst,
        words=GRADE_WORDS[worst],
        advice=ADVICE[worst],
        reasons=tuple(reasons),
        n_articles=len({t.article_id for t in translations}),
        n_segments=len(translations),
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


def _measured_fidelity(scores: Sequence[ArticleScore], limits: Limits) -> tuple[Grade, str] | None:
    total, kept = sum(s.n_facts for s in scores), sum(s.n_facts_kept for s in scores)
    if not total:
        return None
    text = f"{percent(kept / total)} of {count(total, 'fact')} (figures, dates, names) kept"
    return grade(kept / total, limits.fidelity), text


def _models(models: Sequence[Mapping[str, Any]], translations: Sequence[Translation]) -> list[Mapping[str, Any]]:
    """Return the models that an engine's signature names, all of them where none does."""
    engines = sorted({t.engine for t in translations})
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
