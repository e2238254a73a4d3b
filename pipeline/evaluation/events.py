"""Measure event identity on labelled news, and train it: JSON lines, parallel documents, scraped newsroom folders."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.alignment.api import AlignmentSettings, align_articles, alignment_signature
from pipeline.alignment.corpora import RawArticle, newsroom_labels, read_ecb, read_parallel, topic_corpora, topic_folds
from pipeline.alignment.model import EventModel
from pipeline.alignment.train import Corpus, PairTable, cross_validate, measure_corpus, train_events
from pipeline.alignment.views import LEAD_SEGMENTS, ArticleView, make_view
from pipeline.cleaning.item import RawItem
from pipeline.comparing import clean_articles
from pipeline.engines.memory import RememberingTranslator, TranslationMemory
from pipeline.engines.workshop import Workshop
from pipeline.errors import InputError
from pipeline.facts.lexicon import LANGUAGES
from pipeline.quality.metrics import ClusterScore, b_cubed, pairwise, v_measure

__all__ = ["evaluate_events", "read_articles", "train_event_model"]

FOLDS = 5
_SEED = 0
# Share in the training of a corpus that is no collection of topics; the topics of a collection come to about 1.6.
_PARALLEL, _NEWSROOM = 0.3, 0.3
_REMEDY = (
    "Name JSON lines with id, topic, event and sentences; or a folder with articles/, meta.jsonl and gold.json; or one "
    "with <language>.txt and docids.txt."
)


def read_articles(path: Path, workshop: Workshop, ignore_published: bool = False) -> list[RawArticle]:
    """Read labelled articles in one of three forms.

    A newsroom folder goes through the cleaning and the language detection of the product, as it was scraped. With
    ``ignore_published`` its metadata give no date; what cleaning reads in a byline, as a run does, stays.

    Raises:
        InputError: there is nothing of the kind at ``path``; names the file, record and remedy.
    """
    try:
        if path.is_file():
            found = read_ecb(path)
        elif (path / "gold.json").is_file():
            found = _read_newsroom(path, workshop, ignore_published)
        elif (path / "docids.txt").is_file():
            present = [language for language in LANGUAGES if (path / f"{language}.txt").is_file()]
            found = read_parallel(path, present)
        else:
            raise InputError(f"There are no labelled articles at {path}.", _REMEDY)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"Labelled articles at {path} cannot be read: {type(error).__name__}: {error}.", _REMEDY
        ) from error
    if not found:
        raise InputError(f"{path} holds no labelled article.", _REMEDY)
    return found


def _read_newsroom(folder: Path, workshop: Workshop, ignore_published: bool) -> list[RawArticle]:
    labels = newsroom_labels(folder / "gold.json")
    items = [_item(folder, json.loads(line), ignore_published) for line in _lines(folder / "meta.jsonl")]
    articles, segments, _ = clean_articles(items, workshop.config, workshop)
    found = []
    for article in articles:
        name, own = Path(article.path).stem, segments[article.id]
        if name not in labels:
            raise ValueError(f"article {name} of meta.jsonl is in no event of gold.json")
        language = article.language or "und"  # a detected article has one
        texts, languages = tuple(s.text for s in own), tuple(s.language or language for s in own)
        found.append(RawArticle(name, language, article.published, texts, *labels[name], languages))
    lost = sorted(set(labels) - {a.id for a in found})
    if lost:
        raise ValueError(f"articles of gold.json that cleaning or detection rejects, or meta.jsonl lacks: {lost}")
    return found


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _item(folder: Path, meta: Mapping[str, Any], ignore_published: bool) -> RawItem:
    name = str(meta["id"])
    data = (folder / "articles" / f"{name}.txt").read_bytes()
    published = None if ignore_published else meta.get("published")
    return RawItem(f"{name}.txt", None, name, data, None, "text", published=published, language=meta.get("lang"))


def _views(
    articles: Sequence[RawArticle], workshop: Workshop, translate: bool = False, memory: Path | None = None
) -> list[ArticleView]:
    """Build views as the align stage does; without translation only texts of the target language have target terms."""
    encoder, target = workshop.encoder(), workshop.config.target
    translated = _translated(articles, workshop, memory) if translate else {}
    views = []
    for a in articles:
        texts = list(a.segments)
        vectors = encoder.encode([*texts, " ".join(texts[:LEAD_SEGMENTS])] if texts else [])
        whole = translate or a.language == target
        target_segments = [translated.get(t, t) for t in texts] if whole else None
        views.append(
            make_view(
                a.id,
                a.language,
                texts,
                vectors[: len(texts)],
                languages=a.languages,
                target_segments=target_segments,
                title=next(iter(target_segments or texts), None),
                published=a.published,
                lead=vectors[len(texts)] if texts else None,
            )
        )
    return views


def _translated(articles: Sequence[RawArticle], workshop: Workshop, memory: Path | None) -> dict[str, str]:
    target = workshop.config.target
    wanted: dict[str, dict[str, None]] = {}
    for a in articles:
        for text, language in zip(a.segments, a.languages or (a.language,) * len(a.segments), strict=True):
            if language != target:
                wanted.setdefault(language, {})[text] = None
    found: dict[str, str] = {}
    for language, texts in sorted(wanted.items()):
        plan = workshop.plan(language, target)
        kept = TranslationMemory(memory) if memory else None
        translator = RememberingTranslator(plan.load(), plan.signature, kept, batch_size=plan.batch_size)
        found.update(zip(texts, (h.text for h in translator.translate(list(texts), language, target)), strict=True))
    return found


def evaluate_events(
    path: Path,
    workshop: Workshop,
    *,
    validate: bool = False,
    ignore_published: bool = False,
    translate: bool = False,
    memory: Path | None = None,
    train_with: Sequence[Path] = (),
) -> dict[str, Any]:
    """Cluster labelled articles into events and score the clusters.

    Args:
        path: see :func:`read_articles`.
        workshop: encoder, identifiers and engines.
        validate: cluster each fifth of the topics with a model trained on the others, instead of the packaged one.
        ignore_published: leave the metadata's publication dates out; see :func:`read_articles`.
        translate: translate what is not in the target language, as a run does.
        memory: translations are kept there and taken from there.
        train_with: further labelled data that trains every model under ``validate``.

    Returns:
        ``{"b3", "pairwise", "v_measure", "n_articles", "n_events", "n_predicted", "signature"}``; the first two hold
        precision, recall and f1, ``None`` where nothing is to be measured.

    Raises:
        InputError: the data cannot be read, or has too few topics for ``validate``.
    """
    articles = read_articles(path, workshop, ignore_published)
    views = _views(articles, workshop, translate, memory)
    settings = AlignmentSettings(
        workshop.config.align.event_threshold,
        neighbours=workshop.config.align.neighbours,
        target=workshop.config.target,
    )
    found: dict[Hashable, Hashable]
    if validate:
        always = _training_data(train_with, workshop, np.random.default_rng(_SEED))
        found, model = _validated(articles, views, always, settings)
    else:
        aligned = align_articles(views, settings)
        found = {a: event.id for event in aligned.events for a in event.article_ids}
        model = alignment_signature(settings)
    gold: dict[Hashable, Hashable] = {a.id: a.event for a in articles}
    scores = [measure(found, gold) for measure in (b_cubed, pairwise, v_measure)]
    texts = "translated" if translate else "untranslated"
    published = "read in texts" if ignore_published else "given"
    return {
        "b3": _plain(scores[0]),
        "pairwise": _plain(scores[1]),
        "v_measure": _rounded(scores[2].f1),
        "n_articles": len(articles),
        "n_events": len(set(gold.values())),
        "n_predicted": len(set(found.values())),
        "signature": "|".join(
            [f"{texts}|published:{published}|{model}|{workshop.encoder().signature}", *(s.signature for s in scores)]
        ),
    }


def _validated(
    articles: Sequence[RawArticle],
    views: Sequence[ArticleView],
    always: tuple[Sequence[Corpus], Sequence[PairTable]],
    settings: AlignmentSettings,
) -> tuple[dict[Hashable, Hashable], str]:
    """Cluster every fold of topics with a model that has seen none of them."""
    groups, threshold = [a.group for a in articles], settings.event_threshold
    count = min(FOLDS, len(set(groups)))
    if count < 2:
        raise InputError("All articles are of one topic: there is no other to train on.", "Leave out --cross-validate.")
    rng = np.random.default_rng(_SEED)
    folds, held_out = [], []
    for fold in topic_folds(groups, count, rng):
        chosen = [i for i, group in enumerate(groups) if group in fold]
        corpora = topic_corpora(
            [views[i] for i in chosen], [articles[i].event for i in chosen], [groups[i] for i in chosen], rng
        )
        tables = _tables(corpora, settings.target)
        folds.append((corpora, tables))
        held_out.append((corpora[0], tables[0]))
    labels = cross_validate(folds, held_out, always, threshold, _SEED)
    predicted: dict[Hashable, Hashable] = {
        view.id: f"{k}:{label}"
        for k, ((corpus, _), found) in enumerate(zip(held_out, labels, strict=True))
        for view, label in zip(corpus.views, found, strict=True)
    }
    names = "+".join(sorted({c.name.split("/")[0] for c in always[0]})) or "none"
    return predicted, f"events-cv|folds:{count}|seed:{_SEED}|with:{names}|event:{threshold:g}"


def _training_data(
    paths: Sequence[Path], workshop: Workshop, rng: np.random.Generator
) -> tuple[list[Corpus], list[PairTable]]:
    corpora = [corpus for path in paths for corpus in _corpora(path, workshop, rng)]
    return corpora, _tables(corpora, workshop.config.target)


def _tables(corpora: Sequence[Corpus], target: str) -> list[PairTable]:
    return [measure_corpus(corpus.views, target) for corpus in corpora]


def _corpora(path: Path, workshop: Workshop, rng: np.random.Generator) -> list[Corpus]:
    """Lay labelled data out for training; a newsroom also without its dates of publication, which many lack."""
    articles = read_articles(path, workshop)
    views = _views(articles, workshop)
    events, groups = [a.event for a in articles], [a.group for a in articles]
    if path.is_file():
        return topic_corpora(views, events, groups, rng)
    if not (path / "gold.json").is_file():
        return [Corpus("parallel", tuple(views), tuple(events), tuple(groups), _PARALLEL)]
    undated = _views([replace(a, published=None) for a in articles], workshop)
    return [Corpus("newsroom", tuple(v), tuple(events), tuple(groups), _NEWSROOM) for v in (views, undated)]


def train_event_model(paths: Sequence[Path], workshop: Workshop) -> EventModel:
    """Train the event model; the same data and code give the same coefficients.

    Args:
        paths: labelled data, see :func:`read_articles`.
        workshop: encoder and identifiers.

    Raises:
        InputError: data cannot be read.
    """
    corpora, tables = _training_data(paths, workshop, np.random.default_rng(_SEED))
    return train_events(corpora, tables, np.random.default_rng(_SEED))


def _plain(score: ClusterScore) -> dict[str, float | None]:
    return {name: _rounded(getattr(score, name)) for name in ("precision", "recall", "f1")}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
