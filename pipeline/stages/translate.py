"""translate: bring every segment into the target language, through the memory, and check what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.config import Config
from pipeline.engines.base import Hypothesis
from pipeline.engines.careful import CODE
from pipeline.engines.memory import RememberingTranslator
from pipeline.engines.memory_judge import RememberingJudge
from pipeline.engines.workshop import Plan, Workshop
from pipeline.errors import ConcordError
from pipeline.quality.fidelity import Fidelity
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
    made: dict[str, _Made] = {}
    notes: dict[str, Any] = {}
    for source, plan in plans.items():
        hypotheses, notes[f"{source}-{target}"] = _translate(context, by_pair[source], plan, source)
        made.update(_judged(context, by_pair[source], hypotheses, plan, source))
        notes[f"{source}-{target}"] |= _work_done([made[s.id] for s in by_pair[source]])
    translations = [_record(segment, target, made.get(segment.id)) for segment in segments]
    counts = {"segments": Count(len(segments), len(translations)), "translated": Count(len(made), len(made))}
    return StageOutput({"translations": translations}, (), counts, notes=notes)


@dataclass(frozen=True, slots=True)
class _Made:
    """Hold what an engine made of one segment, what is wrong with it, and how good it seems."""

    hypothesis: Hypothesis
    plan: Plan
    findings: tuple[FidelityFinding, ...]
    quality: float


def _translate(
    context: StageContext, segments: Sequence[Segment], plan: Plan, source: str
) -> tuple[list[Hypothesis], dict[str, Any]]:
    """Translate the segments of one pair; the notes say how much work the memory saved."""
    memory = context.workshop.memory()
    glossary = context.workshop.glossary()
    context.progress.note(f"translate {source}-{context.config.target}: {plan.engine}, {plan.model}")
    translator = RememberingTranslator(
        plan.load,
        plan.signature,
        memory,
        batch_size=context.config.runtime.batch_size or plan.batch_size,
        advance=context.progress.advance,
        glossary_key=glossary.key if glossary else None,
        check=plan.check_files,
    )
    hypotheses = translator.translate([s.text for s in segments], source, context.config.target)
    notes = {
        "engine": plan.engine,
        "model": plan.model,
        "via": plan.via,
        "licence": plan.licence,
        "segments": len(segments),
        "sent_to_engine": translator.engine_calls,
        "distinct_in_memory": translator.hits,
    }
    return hypotheses, notes


def _judged(
    context: StageContext, segments: Sequence[Segment], hypotheses: Sequence[Hypothesis], plan: Plan, source: str
) -> dict[str, _Made]:
    """Check the translations of one pair and estimate their quality."""
    texts, target = [s.text for s in segments], context.config.target
    glossary = context.workshop.glossary()
    judge = RememberingJudge(context.workshop.judge(), context.workshop.memory())
    verdicts = judge.judge(texts, [h.text for h in hypotheses], [h.score for h in hypotheses], source, target)
    made = {}
    for segment, hypothesis, verdict in zip(segments, hypotheses, verdicts, strict=True):
        missed = glossary.missed(segment.text, hypothesis.text, source, target) if glossary else ()
        findings = (*verdict.fidelity.findings, *missed, *_cut(verdict.fidelity, hypothesis))
        made[segment.id] = _Made(hypothesis, plan, findings, verdict.quality)
    return made


def _work_done(made: Sequence[_Made]) -> dict[str, int]:
    return {
        "hypotheses": sum(m.hypothesis.tried for m in made),
        "repaired": sum(bool(m.hypothesis.repairs) for m in made),
        "flagged": sum(bool(m.findings) for m in made),
    }


def _record(segment: Segment, target: str, made: _Made | None) -> Translation:
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
    hypothesis = made.hypothesis
    return Translation(
        segment_id=segment.id,
        article_id=segment.article_id,
        source_language=segment.language,
        target_language=target,
        text=hypothesis.text,
        engine=made.plan.signature,
        score=None if hypothesis.score is None else round(hypothesis.score, 5),
        quality=made.quality,
        findings=made.findings,
        from_memory=hypothesis.from_memory,
        repairs=hypothesis.repairs,
    )


def _cut(fidelity: Fidelity, hypothesis: Hypothesis) -> tuple[FidelityFinding, ...]:
    """Return the engine's own word that it was cut off, unless the text shows it already."""
    cut = hypothesis.finish == "length" and all(f.kind != "truncation" for f in fidelity.findings)
    return (FidelityFinding("truncation", "missing", None, hypothesis.text[-40:]),) if cut else ()


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))


def _settings(config: Config) -> Mapping[str, Any]:
    return {"target": config.target}


def _signatures(config: Config, workshop: Workshop) -> Mapping[str, str]:
    glossary = workshop.glossary()
    found = {
        "judge": workshop.judge().signature,
        "glossary": glossary.signature if glossary else "none",
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
    code=(*CODE, "engines/pivot.py", "stages/translate.py"),
    requires=("detect",),
    tables={"translations": Translation},
    settings=_settings,
    signatures=_signatures,
    run=_run,
)
