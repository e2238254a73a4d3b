"""Compare two article files without a run: read, clean, split, align, and hold the facts against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pipeline.cleaning.article import CleaningSettings, parse_item
from pipeline.cleaning.item import RawItem
from pipeline.config import Config
from pipeline.engines.accounts import Story, compare_stories, context_vectors, make_story, story_beads
from pipeline.engines.workshop import Workshop
from pipeline.errors import ConfigError, InputError
from pipeline.facts.compare import SIGNATURE, Comparison
from pipeline.readers.inventory import take_inventory
from pipeline.readers.items import iter_items
from pipeline.readers.settings import ReaderSettings
from pipeline.records import Article, Bead, Finding, PairScore, Rejection, Segment
from pipeline.stages.compare_events import kept_findings, pair_score
from pipeline.stages.detect import Detector

__all__ = ["Account", "ArticleComparison", "clean_articles", "compare_files"]

_Two = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Account:
    """Hold one article as it was compared."""

    article: Article
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class ArticleComparison:
    """Hold what came of comparing two articles; ``findings`` are in order of importance."""

    a: Account
    b: Account
    findings: tuple[Finding, ...]
    score: PairScore
    signature: str

    def segment(self, segment_id: str) -> Segment:
        """Return the sentence that a finding cites."""
        return next(s for account in (self.a, self.b) for s in account.segments if s.id == segment_id)


def compare_files(
    paths: tuple[Path, Path],
    config: Config,
    workshop: Workshop,
    *,
    published: _Two = (None, None),
    languages: _Two = (None, None),
) -> ArticleComparison:
    """Compare two files of one article each.

    Args:
        paths: the files; what ``sources.jsonl`` or ``meta.jsonl`` beside them says is used.
        config: languages, cleaning and filters.
        workshop: gives the encoder and the language identifiers; nothing is translated.
        published: days of publication that go before what is known.
        languages: languages that go before what is detected.

    Raises:
        InputError: a file cannot be read, holds no article or several, or both are the same file.
        ConfigError: a day is not a date, or a language is not configured.
    """
    if paths[0].resolve() == paths[1].resolve():
        raise InputError(f"{paths[0]} was named twice.", "Name two different articles.")
    items = [
        _item(path, day, language, config) for path, day, language in zip(paths, published, languages, strict=True)
    ]
    accounts = [_account(path, item, config, workshop) for path, item in zip(paths, items, strict=True)]
    if accounts[0].article.id == accounts[1].article.id:  # copies of one text under one name, in two folders
        accounts[1] = _renamed(accounts[1])
    first, second = accounts
    encoder = workshop.encoder()
    days = [_event_day(one.article, other.article) for one, other in ((first, second), (second, first))]
    stories = [
        make_story(account.article.name, account.article.published, account.segments, encoder, day)
        for account, day in zip(accounts, days, strict=True)
    ]
    floor = config.align.bead_similarity
    compared, beads = _compared((stories[0], stories[1]), floor, config, workshop)
    texts = {s.id: s.text for account in accounts for s in account.segments}
    score = pair_score(("", first.article.id, second.article.id), beads, compared, texts)
    signature = f"{SIGNATURE}|bead:{floor:g}|{encoder.signature}"
    return ArticleComparison(first, second, compared.findings, score, signature)


def _compared(
    stories: tuple[Story, Story], floor: float, config: Config, workshop: Workshop
) -> tuple[Comparison, list[Bead]]:
    a, b = stories
    context = context_vectors([*a.segments, *b.segments], {**a.facts, **b.facts}, workshop.encoder())
    return kept_findings(compare_stories(a, b, "", context, floor), config.score), story_beads(a, b, "", floor)


def _renamed(account: Account) -> Account:
    article = replace(account.article, id=f"{account.article.id}b")
    segments = tuple(replace(s, id=f"b{s.id}", article_id=article.id) for s in account.segments)
    return Account(article, segments)


def _event_day(article: Article, other: Article) -> str | None:
    """Return what "on the 10th" may hang on where the day of publication is not known: that of the other account."""
    return other.published[:10] if article.published is None and other.published else None


def _item(path: Path, day: str | None, language: str | None, config: Config) -> RawItem:
    found = list(iter_items(take_inventory(path), ReaderSettings()))
    items = [i for i in found if not isinstance(i, Rejection)]
    if len(items) != 1:
        faults = "; ".join(r.detail for r in found if isinstance(r, Rejection) and r.unit != "line")
        what = f"holds {len(items)} articles" if items else f"cannot be read: {faults or 'no article in it'}"
        raise InputError(f"{path} {what}.", "Name a file of one article: .txt, .html, or one record.")
    if language is not None and language not in config.languages:
        raise ConfigError(
            f"{language!r} is not among the configured languages {', '.join(config.languages)}.",
            "Add it under 'languages', or name another.",
        )
    item = items[0]
    return replace(item, published=_day(day) or item.published, language=language or item.language)


def _day(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ConfigError(f"{text!r} is not a date.", "Write it as YYYY-MM-DD.") from error


def _account(path: Path, item: RawItem, config: Config, workshop: Workshop) -> Account:
    articles, segments, rejections = clean_articles([item], config, workshop, min_letters=1)
    if not articles or not segments[articles[0].id]:
        detail = "; ".join(dict.fromkeys(r.detail for r in rejections if r.unit != "line")) or "it holds no text"
        raise InputError(f"{path} cannot be compared: {detail}", "Give an article in a configured language.")
    return Account(articles[0], tuple(segments[articles[0].id]))


def clean_articles(
    items: Sequence[RawItem], config: Config, workshop: Workshop, *, min_letters: int | None = None
) -> tuple[list[Article], dict[str, list[Segment]], list[Rejection]]:
    """Clean items, detect languages and split into segments, as the stages do.

    Args:
        items: one per article.
        config: cleaning and detection settings.
        workshop: gives the language identifiers.
        min_letters: least letters of an article; the configured number without it.

    Returns:
        The articles, their segments by article id, and what was rejected.
    """
    settings = CleaningSettings(
        max_chars=config.ingest.max_chars,
        min_letters=config.ingest.min_letters if min_letters is None else min_letters,
        boilerplate=config.ingest.boilerplate,
        repeats=config.ingest.boilerplate,
    )
    parsed = [parse_item(item, settings) for item in items]
    detector = Detector(
        languages=config.languages,
        open_choice=workshop.identifier(),
        closed_choice=workshop.restricted_identifier(),
        min_confidence=config.detect.min_confidence,
        min_letters=config.detect.min_segment_letters,
    )
    batch = detector([p.article for p in parsed if p.article is not None])
    articles: list[Article] = list(batch.tables["articles"])
    segments: dict[str, list[Segment]] = {article.id: [] for article in articles}
    for segment in batch.tables["segments"]:
        segments[segment.article_id].append(segment)
    rejections = [r for p in parsed for r in p.rejections] + list(batch.rejections)
    return articles, segments, rejections
