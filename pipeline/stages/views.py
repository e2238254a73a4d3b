"""Build what the alignment sees of each article, article by article, on an executor, and put it on a shelf."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, zip_longest
from operator import attrgetter
from pathlib import Path
from textwrap import shorten

from pipeline.alignment.views import LEAD_SEGMENTS, make_view
from pipeline.digests import code_digest
from pipeline.engines.base import FloatMatrix
from pipeline.engines.workshop import Workshop
from pipeline.errors import StoreError
from pipeline.executors import Batch, ItemJob, map_items
from pipeline.records import Article, Segment, Translation
from pipeline.stages.base import StageContext
from pipeline.stages.view_shelf import ShelvedView, ViewShelf

__all__ = ["Sentence", "ViewJob", "Written", "shelf_path", "shelve_views", "written"]

_LONGEST_TITLE = 140
_CODE = ("alignment", "facts", "stages/view_shelf.py", "stages/views.py")


@dataclass(frozen=True, slots=True)
class Sentence:
    """Hold a segment with its text in the target language."""

    id: str
    kind: str
    text: str
    target: str


@dataclass(frozen=True, slots=True)
class Written:
    """Hold what of an article its view is made from."""

    id: str
    language: str
    published: str | None
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class ViewJob:
    """Build views: a per-item stage. A batch is embedded in one call: no vector depends on the others of its call.

    Args:
        workshop: loads the encoder, on first use.
    """

    workshop: Workshop

    def __call__(self, articles: Sequence[Written]) -> Batch:
        """Build the views of a batch."""
        texts = [_texts(article) for article in articles]
        vectors = self.workshop.encoder().encode([text for own in texts for text in own])
        stops = list(accumulate(map(len, texts)))
        parts = [vectors[stop - len(own) : stop] for own, stop in zip(texts, stops, strict=True)]
        return Batch({"views": [_shelved(article, part) for article, part in zip(articles, parts, strict=True)]})


def shelve_views(context: StageContext) -> ViewShelf:
    """Build the views of all detected articles, in their order.

    Finished batches outlast the run, and the next one makes only those that have changed: embedding is the dear part.

    Raises:
        StoreError: segments or translations do not come in the order of the articles.
    """
    workshop, runtime = context.workshop, context.config.runtime
    alone = runtime.workers == 1 and not context.executor.distributed
    # A worker loads an encoder of its own: one with its weights would travel with every round of work.
    job = ItemJob(
        ViewJob(workshop if alone else workshop.elsewhere()),
        Written,
        {"views": ShelvedView},
        _characters,
        attrgetter("id"),
    )
    # Neither thresholds nor the decisions of reviewers change what an article looks like.
    folder = context.batches("views", code_digest(_CODE), workshop.encoder().signature)
    made = map_items(context.executor, job, _inputs(context), folder, context.progress.advance)
    return ViewShelf.write(made.tables["views"].blocks(), shelf_path(context), workshop.encoder().dimension)


def shelf_path(context: StageContext) -> Path:
    """Return where the shelf of views lies."""
    return context.store.partial("align", context.key) / "views.arrow"


def _characters(article: Written) -> int:
    return sum(len(sentence.text) for sentence in article.sentences)


def _inputs(context: StageContext) -> Iterator[Written]:
    """Read the columns that are needed as streams, and join them."""
    articles = context.stream("detect", "articles", Article)
    segments = context.stream("detect", "segments", Segment)
    translations = context.stream("translate", "translations", Translation)
    heads = zip(*map(articles.column, ("id", "language", "published")), strict=True)
    sentences = zip(*map(segments.column, ("article_id", "id", "kind", "text")), strict=True)
    targets = zip(*map(translations.column, ("segment_id", "text")), strict=True)
    return written(heads, sentences, targets)


def written(
    articles: Iterable[tuple[str, str | None, str | None]],
    segments: Iterable[tuple[str, str, str, str]],
    translations: Iterable[tuple[str, str]],
) -> Iterator[Written]:
    """Join articles with their segments and these with their translations, without holding any of the tables.

    Args:
        articles: id, language and date of publication.
        segments: article id, id, kind and text, in the order of the articles.
        translations: segment id and text, one for each segment, in their order.

    Raises:
        StoreError: they do not come in that order.
    """
    rows = _sentences(segments, translations)
    waiting = next(rows, None)
    for article_id, language, published in articles:
        own: list[Sentence] = []
        while waiting is not None and waiting[0] == article_id:
            own.append(waiting[1])
            waiting = next(rows, None)
        yield Written(article_id, language or "", published, tuple(own))
    if waiting is not None:
        raise _disorder(f"the segment {waiting[1].id} does not follow its article {waiting[0]}")


def _sentences(
    segments: Iterable[tuple[str, str, str, str]], translations: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, Sentence]]:
    for segment, translation in zip_longest(segments, translations):
        if segment is None:
            raise _disorder(f"there is a translation of {translation[0]}, which is no segment")
        article_id, segment_id, kind, text = segment
        if translation is None or translation[0] != segment_id:
            other = "no translation" if translation is None else f"the translation of {translation[0]}"
            raise _disorder(f"where that of the segment {segment_id} is expected there is {other}")
        yield article_id, Sentence(segment_id, kind, text, translation[1])


def _disorder(what: str) -> StoreError:
    return StoreError(
        f"The tables of detect and translate do not go together: {what}.",
        "Remove the stages folder of this output and run again; if it happens again, report it with the run.log.",
    )


def _texts(article: Written) -> list[str]:
    """Return what is embedded of an article: its sentences and its lead, nothing of an empty one."""
    own = [s.text for s in article.sentences]
    return [*own, " ".join(own[:LEAD_SEGMENTS])] if own else []


def _shelved(article: Written, vectors: FloatMatrix) -> ShelvedView:
    own = [s.text for s in article.sentences]
    n = len(own)
    view = make_view(
        article.id,
        article.language,
        own,
        vectors[:n],
        target_segments=[s.target for s in article.sentences],
        title=_title(article.sentences),
        published=article.published,
        lead=vectors[n] if n else None,
    )
    return ShelvedView.of(view, [s.id for s in article.sentences])


def _title(sentences: Sequence[Sentence]) -> str | None:
    """Return the title in the target language; an article without one goes by its first sentence."""
    parts = [s.target for s in sentences if s.kind == "title"]
    if not parts and sentences:
        parts = [shorten(sentences[0].target, _LONGEST_TITLE, placeholder=" …")]
    return " ".join(parts) or None
