"""translate: bring every segment into the target language, through the memory, and check what came out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pipeline.config import Config
from pipeline.engines.base import Hypothesis
from pipeline.engines.careful import CODE
from pipeline.engines.glossary import Glossary
from pipeline.engines.memory import RememberingTranslator
from pipeline.engines.memory_judge import RememberingJudge
from pipeline.engines.spread import spread_judge, spread_translator
from pipeline.engines.workshop import Plan, Workshop
from pipeline.errors import ConcordError, DefectError
from pipeline.quality.fidelity import Fidelity
from pipeline.records import FidelityFinding, Segment, Translation
from pipeline.stages.base import Count, Stage, StageContext, StageOutput
from pipeline.tables import Spool, chunks
from pipeline.text import tidy

__all__ = ["STAGE"]

SOURCE_ENGINE = "source"
"""Named as the engine of a segment that needs no translation: it is in the target language, or has no letters."""

_BLOCK = 20_000  # segments in memory at a time, from which batches of like length are made


def _run(context: StageContext) -> StageOutput:
    target = context.config.target
    segments = context.stream("detect", "segments", Segment)
    columns = zip(segments.column("language"), segments.column("text"), strict=True)
    wanted = Counter(language for language, text in columns if _needs_translation(language, text, target))
    pairs = {source: _Pair.of(context, source) for source in sorted(wanted)}
    context.progress.start("translate", wanted.total(), "segments")
    _tell(context, pairs)
    spool = Spool(context.store.partial("translate", context.key), Translation)
    for block in chunks(segments, _BLOCK):
        made: dict[str, _Made] = {}
        for source, pair in pairs.items():
            own = [s for s in block if s.language == source and _needs_translation(s.language, s.text, target)]
            made.update(pair.translate(own))
        spool.add([_record(segment, target, made.get(segment.id)) for segment in block])
    translations = spool.records()
    translated = sum(pair.counts["segments"] for pair in pairs.values())
    counts = {
        "segments": Count(len(segments), len(translations)),
        "translated": Count(wanted.total(), translated),
    }
    notes = {f"{source}-{target}": pair.notes() for source, pair in pairs.items()}
    return StageOutput({"translations": translations}, (), counts, notes=notes)


@dataclass(frozen=True, slots=True)
class _Made:
    """Hold what an engine made of one segment, what is wrong with it, and how good it seems."""

    hypothesis: Hypothesis
    plan: Plan
    findings: tuple[FidelityFinding, ...]
    quality: float


@dataclass(frozen=True, slots=True)
class _Pair:
    """Translate and judge the segments of one language pair, a block at a time, and count the work."""

    source: str
    target: str
    plan: Plan
    translator: RememberingTranslator
    judge: RememberingJudge
    glossary: Glossary | None
    counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, context: StageContext, source: str) -> _Pair:
        """Choose the engine of a pair; it is loaded by the first text that the memory does not know."""
        workshop, executor, target = context.workshop, context.executor, context.config.target
        plan, memory, glossary = workshop.plan(source, target), workshop.memory(), workshop.glossary()
        away = partial(spread_translator, executor, workshop.elsewhere()) if executor.distributed else None
        judged_away = partial(spread_judge, executor, workshop.elsewhere()) if executor.distributed else None
        translator = RememberingTranslator(
            plan.load,
            plan.signature,
            memory,
            batch_size=context.config.runtime.batch_size or plan.batch_size,
            advance=context.progress.advance,
            glossary_key=glossary.key if glossary else None,
            check=plan.check_files,
            elsewhere=None if plan.engine == "pivot" else away,  # its legs go through the memory, which stays here
        )
        judge = RememberingJudge(workshop.judge(), memory, judged_away)
        return cls(source, target, plan, translator, judge, glossary)

    def translate(self, segments: Sequence[Segment]) -> dict[str, _Made]:
        """Translate segments and check what came out; the result is by segment id.

        Raises:
            DefectError: Concord failed on a text; the articles in which it stands are named.
        """
        try:
            return self._translate(segments)
        except DefectError as error:
            told = tidy(error.text or "")
            error.articles = tuple(dict.fromkeys(s.article_id for s in segments if tidy(s.text) == told))
            raise

    def _translate(self, segments: Sequence[Segment]) -> dict[str, _Made]:
        texts = [s.text for s in segments]
        hypotheses = self.translator.translate(texts, self.source, self.target)
        scores = [h.score for h in hypotheses]
        verdicts = self.judge.judge(texts, [h.text for h in hypotheses], scores, self.source, self.target)
        made = {}
        for segment, hypothesis, verdict in zip(segments, hypotheses, verdicts, strict=True):
            missed = self._missed(segment.text, hypothesis.text)
            findings = (*verdict.fidelity.findings, *missed, *_cut(verdict.fidelity, hypothesis))
            made[segment.id] = _Made(hypothesis, self.plan, findings, verdict.quality)
            self.counts["hypotheses"] += hypothesis.tried
            self.counts["repaired"] += bool(hypothesis.repairs)
            self.counts["flagged"] += bool(findings)
        self.counts["segments"] += len(segments)
        return made

    def _missed(self, text: str, made: str) -> Sequence[FidelityFinding]:
        return self.glossary.missed(text, made, self.source, self.target) if self.glossary else ()

    def notes(self) -> dict[str, Any]:
        """Say how the pair was translated, and how much work the memory saved.

        ``distinct_in_memory`` counts a text once for each block of segments that it stands in.
        """
        return {
            "engine": self.plan.engine,
            "model": self.plan.model,
            "via": self.plan.via,
            "licence": self.plan.licence,
            "segments": self.counts["segments"],
            "sent_to_engine": self.translator.engine_calls,
            "distinct_in_memory": self.translator.hits,
            **{name: self.counts[name] for name in ("hypotheses", "repaired", "flagged")},
        }


def _tell(context: StageContext, pairs: Mapping[str, _Pair]) -> None:
    for source, pair in pairs.items():
        context.progress.note(f"translate {source}-{pair.target}: {pair.plan.engine}, {pair.plan.model}")


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


def _needs_translation(language: str, text: str, target: str) -> bool:
    return language != target and any(map(str.isalpha, text))


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
