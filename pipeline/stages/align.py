"""align: decide which articles cover one event, order events into threads, and align sentences inside an event."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from textwrap import shorten
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.alignment.ancestry import CopySettings
from pipeline.alignment.api import Alignment, AlignmentSettings, align_articles, align_sentences, alignment_signature
from pipeline.alignment.constraints import Constraints
from pipeline.alignment.pairs import Decided
from pipeline.alignment.views import LEAD_SEGMENTS, ArticleView, make_view
from pipeline.config import Config
from pipeline.digests import code_digest
from pipeline.engines.base import Encoder
from pipeline.engines.index import GraphIndex
from pipeline.engines.workshop import Workshop
from pipeline.records import (
    Article,
    Bead,
    Copy,
    Event,
    PairDecision,
    Relation,
    Segment,
    Thread,
    Translation,
    arrow_schema,
)
from pipeline.reviews.book import without_rejected
from pipeline.stages.base import Count, Stage, StageContext, StageOutput
from pipeline.text import fingerprint

__all__ = ["ALL_PAIRS", "STAGE", "article_views"]

_LONGEST_TITLE = 140
_CODE = ("alignment", "facts", "stages/align.py")
_GIB = 1 << 30
# Every article is aligned with every other in an event of so many; in a larger one, with those most like it.
ALL_PAIRS = 24


def _run(context: StageContext) -> StageOutput:
    articles = context.read("detect", "articles", Article)
    segments = _by_article(context.read("detect", "segments", Segment))
    translations = {t.segment_id: t.text for t in context.read("translate", "translations", Translation)}
    context.progress.start("align", len(articles), "articles")
    space = _Space(context.store.partial("align", context.key), context.config.align.memory * _GIB)
    vectors = space.allocate("views", np.float32)
    views = article_views(
        articles,
        segments,
        translations,
        context.workshop.encoder(),
        allocate=vectors,
        advance=lambda: context.progress.advance(1),
    )
    settings = _align_settings(context.config)
    reviews = context.workshop.reviews()
    constraints = reviews.constraints([article.id for article in articles])
    memo = _memo_signature(context.workshop)
    alignment = align_articles(
        views,
        settings,
        make_index=GraphIndex,
        known=_earlier(context, memo),
        allocate=space.allocate("segments", np.float16),
        constraints=constraints,
    )
    beads = without_rejected(_beads(alignment, {v.id: v for v in views}, segments, settings), reviews)
    placed = sum(len(event.article_ids) for event in alignment.events)
    tables = {
        "events": alignment.events,
        "threads": alignment.threads,
        "relations": alignment.relations,
        "copies": alignment.copies,
        "beads": beads,
        "decided": _decided_table(alignment.decided),
    }
    notes = {"pairs": alignment.pairs, "measured": alignment.measured, "memo": memo}
    if constraints or constraints.ignored:
        notes["reviews"] = honoured = _honoured(alignment, constraints)
        context.progress.note(f"align: {', '.join(f'{n} {what}' for what, n in honoured.items())}")
    return StageOutput(tables, (), {"articles": Count(len(articles), placed)}, notes=notes)


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


class _Space:
    """Give arrays for vectors: in memory up to a limit, beyond it in files of the unfinished artefact."""

    def __init__(self, folder: Path, limit: float) -> None:
        self._folder = folder
        self._left = limit

    def allocate(self, name: str, dtype: type[Any]) -> Callable[[tuple[int, int]], npt.NDArray[Any]]:
        """Return a function that makes an array of a shape."""

        def make(shape: tuple[int, int]) -> npt.NDArray[Any]:
            size = shape[0] * shape[1] * np.dtype(dtype).itemsize
            if size <= self._left:
                self._left -= size
                return np.empty(shape, dtype=dtype)
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{name}.vectors"
            _reserve(path, size)
            return np.memmap(path, dtype=dtype, mode="r+", shape=shape)

        return make


def _reserve(path: Path, size: int) -> None:
    """Make a file of zeros that has its place on the disk: writing a mapped page that has none kills the process."""
    with path.open("wb") as stream:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(stream.fileno(), 0, size)
        else:
            stream.truncate(size)


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


def _by_article(segments: Sequence[Segment]) -> dict[str, list[Segment]]:
    grouped: dict[str, list[Segment]] = {}
    for segment in segments:
        grouped.setdefault(segment.article_id, []).append(segment)
    return grouped


def article_views(
    articles: Sequence[Article],
    segments: Mapping[str, Sequence[Segment]],
    translations: Mapping[str, str],
    encoder: Encoder,
    *,
    allocate: Callable[[tuple[int, int]], npt.NDArray[np.float32]] | None = None,
    advance: Callable[[], None] = lambda: None,
) -> list[ArticleView]:
    """Build what the alignment sees of each article.

    Each article is embedded in a call of its own: the last bits of a vector depend on what else is in the call, and
    what an article looks like must not depend on which others have come (measured: 12 % slower than large batches).

    Args:
        articles: detected articles.
        segments: their segments by article id, in order.
        translations: text in the target language by segment id.
        encoder: multilingual sentence encoder.
        allocate: gives the array that the vectors of all segments are kept in; in memory by default.
        advance: called once per article.
    """
    total = sum(len(segments.get(article.id, ())) for article in articles)
    shape = (total, encoder.dimension)
    kept = np.empty(shape, dtype=np.float32) if allocate is None else allocate(shape)
    views, position = [], 0
    for article in articles:
        own_segments = segments.get(article.id, ())
        own = [s.text for s in own_segments]
        n = len(own)
        vectors = encoder.encode([*own, " ".join(own[:LEAD_SEGMENTS])] if n else [])
        view = make_view(
            article.id,
            article.language or "",
            own,
            vectors[:n],
            target_segments=[translations[s.id] for s in own_segments],
            title=_title(own_segments, translations),
            published=article.published,
            lead=vectors[n] if n else None,
        )
        kept[position : position + n] = view.segments
        views.append(replace(view, segments=kept[position : position + n]))
        position += n
        advance()
    return views


def _title(segments: Sequence[Segment], translations: Mapping[str, str]) -> str | None:
    """Return the title in the target language; an article without one goes by its first sentence."""
    parts = [translations[s.id] for s in segments if s.kind == "title"]
    if not parts and segments:
        parts = [shorten(translations[segments[0].id], _LONGEST_TITLE, placeholder=" …")]
    return " ".join(parts) or None


def _beads(
    alignment: Alignment,
    views: Mapping[str, ArticleView],
    segments: Mapping[str, Sequence[Segment]],
    settings: AlignmentSettings,
) -> list[Bead]:
    related: dict[str, list[tuple[str, str]]] = {}
    event_of = {article: event.id for event in alignment.events for article in event.article_ids}
    for relation in alignment.relations:
        if relation.kind == "same_event":
            related.setdefault(event_of[relation.article_a], []).append((relation.article_a, relation.article_b))
    beads = []
    for event in alignment.events:
        few = len(event.article_ids) <= ALL_PAIRS
        pairs: Iterable[tuple[str, str]] = (
            combinations(sorted(event.article_ids), 2) if few else related.get(event.id, ())
        )
        for a, b in pairs:
            for bead in align_sentences(views[a], views[b], settings):
                side_a = tuple(segments[a][k].id for k in bead.a)
                side_b = tuple(segments[b][k].id for k in bead.b)
                beads.append(
                    Bead(
                        id="b" + fingerprint(a, b, *side_a, "|", *side_b),
                        event_id=event.id,
                        article_a=a,
                        article_b=b,
                        segments_a=side_a,
                        segments_b=side_b,
                        similarity=None if bead.similarity is None else round(bead.similarity, 4),
                    )
                )
    return beads


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
    code=(*_CODE, "reviews"),
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
