"""report: write the folder that people open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.config import Config
from pipeline.engines.registry import ModelEntry
from pipeline.engines.workshop import Workshop
from pipeline.records import (
    Article,
    ArticleScore,
    Bead,
    Copy,
    Event,
    EventScore,
    Fact,
    Finding,
    PairScore,
    Rejection,
    Relation,
    Segment,
    Thread,
    Translation,
)
from pipeline.reporting import RunData, build_report
from pipeline.reviews.model import KINDS
from pipeline.stages.base import Count, Stage, StageContext, StageOutput
from pipeline.tables import Records

__all__ = ["STAGE"]


def _run(context: StageContext) -> StageOutput:
    run = _run_data(context)
    n = len(run.articles)
    context.progress.start("report", n, "articles")
    scratch = context.store.partial("report", context.key)
    workers = context.config.runtime.workers_here
    pages = build_report(run, context.output, scratch, workers, context.progress.advance)
    return StageOutput({}, (), {"articles": Count(n, n), "files": Count(len(pages), len(pages))}, pages=pages)


def _run_data(context: StageContext) -> RunData:
    return RunData(
        run_name=context.output.name,
        target=context.config.target,
        languages=context.config.languages,
        articles=context.stream("detect", "articles", Article),
        segments=context.stream("detect", "segments", Segment),
        translations=context.stream("translate", "translations", Translation),
        events=context.stream("align", "events", Event),
        threads=context.stream("align", "threads", Thread),
        relations=context.stream("align", "relations", Relation),
        copies=context.stream("align", "copies", Copy),
        beads=context.stream("align", "beads", Bead),
        facts=context.stream("score", "facts", Fact),
        findings=context.stream("score", "findings", Finding),
        pair_scores=context.stream("score", "pair_scores", PairScore),
        event_scores=context.stream("score", "event_scores", EventScore),
        article_scores=context.stream("score", "article_scores", ArticleScore),
        rejections=Records([p for stage in context.manifests for p in _rejections(context, stage).parts], Rejection),
        manifests={name: manifest.as_dict() for name, manifest in context.manifests.items()},
        models=_models(context),
        title=context.config.report.title,
        reviews=context.workshop.reviews(),
    )


def _rejections(context: StageContext, stage: str) -> Records[Rejection]:
    return context.stream(stage, "rejections", Rejection)


def _models(context: StageContext) -> list[dict[str, Any]]:
    """Describe the models that translated, in the order of their pairs."""
    entries = {entry.name: entry for entry in context.workshop.registry.entries}
    notes = sorted(context.manifests["translate"].notes.items())
    names = [name for _, note in notes for name in note["model"].split(" + ")]  # a pivot names two
    return [_model(name, entries.get(name)) for name in dict.fromkeys(names)]


def _model(name: str, entry: ModelEntry | None) -> dict[str, Any]:
    if entry is None:
        return {"name": name}
    hubs = [str(source["hub"]) for source in entry.sources if "hub" in source]
    return {
        "name": name,
        "licence": entry.licence,
        "description": entry.description,
        "source": hubs[0] if hubs else None,
        "revision": entry.sha256,
        "quality": {pair: dict(values) for pair, values in entry.quality.items()},
        "evidence": entry.evidence,
    }


def _settings(config: Config) -> Mapping[str, Any]:
    return config.report.model_dump()


def _signatures(_config: Config, workshop: Workshop) -> Mapping[str, str]:
    return {"reviews": workshop.reviews().digest(KINDS)}


STAGE = Stage(
    name="report",
    version="1",
    code=("facts", "reporting", "reviews", "stages/report.py"),
    requires=("ingest", "detect", "translate", "align", "score"),
    tables={},
    settings=_settings,
    signatures=_signatures,
    run=_run,
)
