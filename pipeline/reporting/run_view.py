"""Gather what the page of the run shows: stages, what was left out, models, signatures, settings. Pure."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.records import Rejection
from pipeline.reporting.decisions import Honoured, honoured_decisions
from pipeline.reporting.lookup import Lookup, article_page
from pipeline.reporting.words import UNKNOWN, number

__all__ = ["ModelView", "RejectionGroup", "RunView", "StageView", "build_run_view"]

_STAGES = ("ingest", "detect", "translate", "align", "score", "report")
MAX_REJECTIONS = 200
MAX_DECISIONS = 500


@dataclass(frozen=True, slots=True)
class StageView:
    """Hold one stage: its counts per unit (unit, in, out, rejected), settings and signatures. No durations."""

    name: str
    version: str
    key: str
    counts: tuple[tuple[str, int, int, int], ...]
    signatures: tuple[tuple[str, str], ...]
    config: str


@dataclass(frozen=True, slots=True)
class RejectionGroup:
    """Hold what was left out for one reason; ``items`` are (name, text, detail, page of the article)."""

    stage: str
    unit: str
    reason: str
    total: int
    items: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class ModelView:
    """Hold one model that was used."""

    name: str
    licence: str
    source: str
    revision: str
    quality: str
    note: str


@dataclass(frozen=True, slots=True)
class RunView:
    """Hold everything the page of a run shows."""

    title: str
    run_name: str
    stages: tuple[StageView, ...]
    rejections: tuple[RejectionGroup, ...]
    models: tuple[ModelView, ...]
    metrics: tuple[str, ...]
    decisions: tuple[Honoured, ...] = ()
    hidden_decisions: int = 0
    n_kept: int = 0


def build_run_view(lookup: Lookup) -> RunView:
    """Gather the page of the run."""
    run = lookup.run
    names = sorted(run.manifests, key=lambda n: (_STAGES.index(n) if n in _STAGES else len(_STAGES), n))
    metrics = {s for p in run.pair_scores for s in (p.chrf_signature, p.bleu_signature) if s}
    metrics |= {s.signature for s in run.article_scores if s.signature}
    decisions = honoured_decisions(lookup)
    return RunView(
        title=run.title,
        run_name=run.run_name,
        stages=tuple(_stage(name, run.manifests[name]) for name in names),
        rejections=_rejections(lookup),
        models=tuple(_model(m) for m in run.models),
        metrics=tuple(sorted(metrics)),
        decisions=decisions[:MAX_DECISIONS],
        hidden_decisions=max(0, len(decisions) - MAX_DECISIONS),
        n_kept=sum(d.kept for d in decisions),
    )


def _stage(name: str, manifest: Mapping[str, Any]) -> StageView:
    counts = manifest.get("counts") or {}
    config = manifest.get("config")
    return StageView(
        name=name,
        version=str(manifest.get("version", UNKNOWN)),
        key=str(manifest.get("key", UNKNOWN)),
        counts=tuple((u, int(c.get("in", 0)), int(c.get("out", 0)), int(c.get("rejected", 0))) for u, c in _by(counts)),
        signatures=tuple((n, _text(s)) for n, s in _by(manifest.get("signatures") or {})),
        config=json.dumps(config, indent=2, sort_keys=True, ensure_ascii=False, default=str) if config else "",
    )


def _by(mapping: Any) -> list[tuple[str, Any]]:
    """List a mapping by key; a plain list (of signatures) gets its position as name."""
    if isinstance(mapping, Mapping):
        return sorted((str(k), v) for k, v in mapping.items())
    return [(str(n), v) for n, v in enumerate(mapping, 1)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _rejections(lookup: Lookup) -> tuple[RejectionGroup, ...]:
    totals: Counter[tuple[str, str, str]] = Counter()
    shown: dict[tuple[str, str, str], list[Rejection]] = defaultdict(list)
    for rejection in lookup.run.rejections:
        key = (rejection.stage, rejection.unit, rejection.reason.value)
        totals[key] += 1
        if totals[key] <= MAX_REJECTIONS:
            shown[key].append(rejection)
    order = sorted(totals, key=lambda k: (_STAGES.index(k[0]) if k[0] in _STAGES else len(_STAGES), k))
    return tuple(
        RejectionGroup(
            stage=stage,
            unit=unit,
            reason=reason.replace("_", " "),
            total=totals[stage, unit, reason],
            items=tuple(_item(lookup, r) for r in shown[stage, unit, reason]),
        )
        for stage, unit, reason in order
    )


def _item(lookup: Lookup, rejection: Rejection) -> tuple[str, str, str, str]:
    article = lookup.articles.get(rejection.article_id or "")
    name = article.name if article else rejection.item_id
    return name, rejection.text or "", rejection.detail, article_page(article.id) if article else ""


def _model(model: Mapping[str, Any]) -> ModelView:
    notes = [str(model[k]) for k in ("description", "evidence") if model.get(k)]
    return ModelView(
        name=str(model.get("name") or UNKNOWN),
        licence=str(model.get("licence") or UNKNOWN),
        source=_text(model.get("source") or UNKNOWN),
        revision=str(model.get("revision") or model.get("sha256") or UNKNOWN),
        quality=_quality(model.get("quality")),
        note="; ".join(notes),
    )


def _quality(quality: Any) -> str:
    """Write published figures: ``fr-en: BLEU 32.1, chrF 61.6``."""
    if not isinstance(quality, Mapping) or not quality:
        return str(quality) if quality else UNKNOWN
    shown = []
    for pair, figures in _by(quality):
        if isinstance(figures, Mapping):
            values = ", ".join(f"{ {'bleu': 'BLEU', 'chrf': 'chrF'}.get(n, n) } {_figure(v)}" for n, v in _by(figures))
            shown.append(f"{pair}: {values}")
        else:
            shown.append(f"{pair}: {_figure(figures)}")
    return "; ".join(shown)


def _figure(value: Any) -> str:
    return number(value, 1) if isinstance(value, float) else str(value)
