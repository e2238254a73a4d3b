"""align: decide which articles cover one event, order events into threads, and align sentences inside an event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from pipeline.alignment.ancestry import CopySettings
from pipeline.alignment.api import Alignment, AlignmentSettings, align_articles, alignment_signature
from pipeline.alignment.constraints import Constraints
from pipeline.alignment.pairs import Decided
from pipeline.config import Config
from pipeline.depots import DiskDepot
from pipeline.digests import code_digest
from pipeline.engines.index import GraphIndex
from pipeline.engines.workshop import Workshop
from pipeline.executors import Crew
from pipeline.records import (
    Article,
    Bead,
    Copy,
    Event,
    PairDecision,
    Relation,
    Thread,
    arrow_schema,
)
from pipeline.reviews.book import without_rejected
from pipeline.stages.base import Count, Stage, StageContext, StageOutput
from pipeline.stages.bead_parts import BeadDesk, OpenBeadDesk, PairToAlign, aligned
from pipeline.stages.views import shelf_path, shelve_views
from pipeline.tables import Records, Spool, chunks

__all__ = ["ALL_PAIRS", "STAGE"]

T = TypeVar("T")
_CODE = ("alignment", "facts", "stages/align.py", "stages/view_shelf.py", "stages/views.py", "depots.py")
_GIB = 1 << 30
_WAITING = 8192  # records held until they are written
# Every article is aligned with every other in an event of so many; in a larger one, with those most like it.
ALL_PAIRS = 24


def _run(context: StageContext) -> StageOutput:
    settings = _align_settings(context.config)
    desk = BeadDesk(shelf_path(context), context.workshop.encoder().dimension, settings)
    with Crew(context.config.runtime.workers_here, desk) as crew:
        return _align(context, settings, crew)


def _align(context: StageContext, settings: AlignmentSettings, crew: Crew[OpenBeadDesk]) -> StageOutput:
    articles = len(context.stream("detect", "articles", Article))
    context.progress.start("align", articles, "articles")
    shelf = shelve_views(context)
    partial = context.store.partial("align", context.key)
    reviews = context.workshop.reviews()
    constraints = reviews.constraints(shelf.ids)
    memo = _memo_signature(context.workshop)
    alignment = align_articles(
        shelf,
        settings,
        make_index=GraphIndex,
        known=_earlier(context, memo),
        depot=DiskDepot(partial, context.config.align.memory * _GIB),
        constraints=constraints,
        keep=lambda relations: _spooled(partial, Relation, relations),
    )
    beads = aligned(_pairs(alignment, shelf.ids), crew)
    placed = sum(len(event.article_ids) for event in alignment.events)
    tables = {
        "events": alignment.events,
        "threads": alignment.threads,
        "relations": alignment.relations,
        "copies": alignment.copies,
        "beads": _spooled(partial, Bead, without_rejected(beads, reviews)),
        "decided": _decided_table(alignment.decided),
    }
    notes = {"pairs": alignment.pairs, "measured": alignment.measured, "memo": memo}
    if constraints or constraints.ignored:
        notes["reviews"] = honoured = _honoured(alignment, constraints)
        context.progress.note(f"align: {', '.join(f'{n} {what}' for what, n in honoured.items())}")
    return StageOutput(tables, (), {"articles": Count(articles, placed)}, notes=notes)


def _spooled(folder: Path, kind: type[T], records: Iterable[T]) -> Records[T]:
    """Write records as they are made."""
    spool = Spool(folder, kind)
    for chunk in chunks(records, _WAITING):
        spool.add(chunk)
    return spool.records()


def _honoured(alignment: Alignment, constraints: Constraints) -> dict[str, int]:
    """Count what became of reviewers' decisions about events; copies of one text cannot be parted."""
    event_of = {article: event.id for event in alignment.events for article in event.article_ids}
    kept = sum(event_of[a] != event_of[b] for a, b in constraints.cannot)
    return {
        "pairs of articles kept together": sum(event_of[a] == event_of[b] for a, b in constraints.must),
        "pairs kept apart": kept,
        "pairs not parted, being one text": len(constraints.cannot) - kept,
        "contradicted by later decisions": len(constraints.ignored),
    }


def _memo_signature(workshop: Workshop) -> str:
    """Name what a decision depends on besides the two articles: the code with its coefficients, and the encoder."""
    return f"{code_digest(_CODE)}|{workshop.encoder().signature}"


def _earlier(context: StageContext, memo: str) -> Decided:
    """Return the decisions of an earlier run in this folder, where they were made in the same way."""
    for manifest in context.store.earlier("align"):
        if manifest.notes.get("memo") == memo:
            table = context.store.table("align", manifest.key, "decided")
            key, event, thread = (table.column(name).to_numpy() for name in ("key", "event", "thread"))
            keys = key.astype(np.int64).view(np.uint64)
            order = np.argsort(keys)
            return Decided(keys[order], event[order], thread[order])
    return Decided.none()


def _decided_table(decided: Decided) -> pa.Table:
    columns = [decided.keys.view(np.int64), decided.event, decided.thread]
    return pa.Table.from_arrays([pa.array(c) for c in columns], schema=arrow_schema(PairDecision))


def _pairs(alignment: Alignment, ids: Sequence[str]) -> Iterator[PairToAlign]:
    """Yield the pairs of articles whose sentences are aligned, event by event."""
    place = {article: index for index, article in enumerate(ids)}
    related = _related(alignment)
    for event in alignment.events:
        few = len(event.article_ids) <= ALL_PAIRS
        pairs: Iterable[tuple[str, str]] = (
            combinations(sorted(event.article_ids), 2) if few else related.get(event.id, ())
        )
        yield from (PairToAlign(event.id, (a, b), (place[a], place[b])) for a, b in pairs)


def _related(alignment: Alignment) -> dict[str, list[tuple[str, str]]]:
    """Return the related articles of each event in which not all pairs are aligned."""
    large = {a: event.id for event in alignment.events if len(event.article_ids) > ALL_PAIRS for a in event.article_ids}
    related: dict[str, list[tuple[str, str]]] = {}
    for relation in alignment.relations:
        if relation.kind == "same_event" and relation.article_a in large:
            related.setdefault(large[relation.article_a], []).append((relation.article_a, relation.article_b))
    return related


def _align_settings(config: Config) -> AlignmentSettings:
    return AlignmentSettings(
        event_threshold=config.align.event_threshold,
        thread_threshold=config.align.thread_threshold,
        neighbours=config.align.neighbours,
        target=config.target,
        bead_similarity=config.align.bead_similarity,
        exact_below=config.align.exact_below,
        window=config.align.window_days,
        relations=config.align.relations,
        near_misses=config.align.near_misses,
        copies=CopySettings(config.align.copy_containment, config.align.copy_coverage, config.align.copy_similarity),
    )


def _settings(config: Config) -> Mapping[str, Any]:
    return config.align.model_dump(exclude={"memory"})  # where vectors lie changes nothing


def _signatures(config: Config, workshop: Workshop) -> Mapping[str, str]:
    return {
        "encoder": workshop.encoder().signature,
        "alignment": alignment_signature(_align_settings(config)),
        "reviews": workshop.reviews().digest(["bead", "membership"]),
    }


STAGE = Stage(
    name="align",
    version="1",
    code=(*_CODE, "reviews", "stages/bead_parts.py"),
    requires=("detect", "translate"),
    tables={
        "events": Event,
        "threads": Thread,
        "relations": Relation,
        "copies": Copy,
        "beads": Bead,
        "decided": PairDecision,
    },
    settings=_settings,
    signatures=_signatures,
    run=_run,
)
