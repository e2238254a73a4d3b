"""translate: bring every segment into the target language, through the memory, and check what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.config import Config
from pipeline.engines.base import Encoder, Hypothesis
from pipeline.engines.memory import RememberingTranslator
from pipeline.engines.workshop import Plan, Workshop
from pipeline.errors import ConcordError
from pipeline.quality.estimation import Evidence as QualityEvidence
from pipeline.quality.estimation import estimate
from pipeline.quality.fidelity import Fidelity, check
from pipeline.records import FidelityFinding, Segment, Translation
from pipeline.stages.base import Count, Stage, StageContext, StageOutput

__all__ = ["STAGE"]

SOURCE_ENGINE = "source"
"""Named as the engine of a segment that needs no translation: it is in the target language, or has no letters."""


def _run(context: StageContext) -> StageOutput:
    target = context.config.target
    segments = context.read("detect", "segments", Segment)
    by_pair: dict[str, list[Segment]] = {}
    for segment in segments:
        if segment.language != target and _has_letters(segment.text):
            by_pair.setdefault(segment.language, []).append(segment)
    plans = {source: context.workshop.plan(source, target) for source in sorted(by_pair)}
    context.progress.start("translate", sum(map(len, by_pair.values())), "segments")
    made: dict[str, tuple[Hypothesis, Plan]] = {}
    notes: dict[str, Any] = {}
    for source, plan in plans.items():
        hypotheses, notes[f"{source}-{target}"] = _translate(context, by_pair[source], plan, source)
        made.update({s.id: (h, plan) for s, h in zip(by_pair[source], hypotheses, strict=True)})
    similarities = _similarities(context.workshop.encoder(), segments, made)
    translations = [
        _record(segment, target, made.get(segment.id), similarities.get(segment.id)) for segment in segments
    ]
    counts = {"segments": Count(len(segments), len(translations)), "translated": Count(len(made), len(made))}
    return StageOutput({"translations": translations}, (), counts, notes=notes)


def _translate(
    context: StageContext, segments: Sequence[Segment], plan: Plan, source: str
) -> tuple[list[Hypothesis], dict[str, Any]]:
    """Translate the segments of one pair; the notes say how much work the memory saved."""
    memory = context.workshop.memory()
    if memory is not None and memory.repaired:
        context.progress.note(f"The memory {memory.path} was damaged; it was put aside and a new one begun.")
    context.progress.note(f"translate {source}-{context.config.target}: {plan.engine}, {plan.model}")
    translator = RememberingTranslator(
        plan.load,
        plan.signature,
        memory,
        batch_size=context.config.runtime.batch_size,
        advance=context.progress.advance,
    )
    hypotheses = translator.translate([s.text for s in segments], source, context.config.target)
    notes = {
        "engine": plan.engine,
        "model": plan.model,
        "licence": plan.licence,
        "segments": len(segments),
        "sent_to_engine": translator.engine_calls,
        "distinct_in_memory": translator.hits,
    }
    return hypotheses, notes


def _similarities(
    encoder: Encoder, segments: Sequence[Segment], made: Mapping[str, tuple[Hypothesis, Plan]]
) -> dict[str, float]:
    """Return the cosine of each source and its translation."""
    translated = [s for s in segments if s.id in made]
    if not translated:
        return {}
    sources = encoder.encode([s.text for s in translated])
    targets = encoder.encode([made[s.id][0].text for s in translated])
    cosines = np.einsum("nd,nd->n", sources, targets)
    return {s.id: round(float(c), 4) for s, c in zip(translated, cosines, strict=True)}


def _record(
    segment: Segment, target: str, made: tuple[Hypothesis, Plan] | None, similarity: float | None
) -> Translation:
    if made is None:
        return Translation(
            segment_id=segment.id,
            article_id=segment.article_id,
            source_language=segment.language,
            target_language=target,
            text=segment.text,
            engine=SOURCE_ENGINE,
            score=None,
            quality=None,
            findings=(),
            from_memory=False,
        )
    hypothesis, plan = made
    fidelity = check(segment.text, hypothesis.text, segment.language, target)
    evidence = QualityEvidence.of(segment.text, hypothesis.text, fidelity, similarity, hypothesis.score)
    return Translation(
        segment_id=segment.id,
        article_id=segment.article_id,
        source_language=segment.language,
        target_language=target,
        text=hypothesis.text,
        engine=plan.signature,
        score=None if hypothesis.score is None else round(hypothesis.score, 5),
        quality=round(estimate(evidence), 4),
        findings=_findings(fidelity, hypothesis),
        from_memory=hypothesis.from_memory,
    )


def _findings(fidelity: Fidelity, hypothesis: Hypothesis) -> tuple[FidelityFinding, ...]:
    """Add the engine's own word that it was cut off, unless the text shows it already."""
    cut = hypothesis.finish == "length" and all(f.kind != "truncation" for f in fidelity.findings)
    extra = (FidelityFinding("truncation", "missing", None, hypothesis.text[-40:]),) if cut else ()
    return (*fidelity.findings, *extra)


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))


def _settings(config: Config) -> Mapping[str, Any]:
    return {"target": config.target}


def _signatures(config: Config, workshop: Workshop) -> Mapping[str, str]:
    from pipeline.quality import estimation, fidelity

    found = {
        "encoder": workshop.encoder().signature,
        "fidelity": fidelity.SIGNATURE,
        "quality": estimation.signature(),
        "memory_overrides": workshop.memory_overrides(),
    }
    for source in config.languages:
        if source != config.target:
            try:
                found[f"{source}-{config.target}"] = workshop.plan(source, config.target).signature
            except ConcordError as error:  # said again, as an error, when a segment needs this pair
                found[f"{source}-{config.target}"] = f"none: {error.message}"
    return found


STAGE = Stage(
    name="translate",
    version="1",
    code=("facts", "quality", "stages/translate.py"),
    requires=("detect",),
    tables={"translations": Translation},
    settings=_settings,
    signatures=_signatures,
    run=_run,
)
