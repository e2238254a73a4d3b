"""detect: give a language with confidence to each article and each segment, and split paragraphs into segments."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from pipeline.config import Config
from pipeline.defects import defect_detail
from pipeline.engines.base import Guess, LanguageIdentifier
from pipeline.engines.workshop import Workshop
from pipeline.executors import Batch, ItemJob, map_items
from pipeline.records import Article, Paragraph, Reason, Rejection, Segment, raw_span
from pipeline.stages.base import Count, Stage, StageContext, StageOutput
from pipeline.text import slice_offsets, split_sentences

__all__ = ["STAGE", "Detector"]

# A segment may leave the language of its surroundings only on strong evidence: names and loan words mislead.
_SWITCH_CONFIDENCE = 0.85
_FOREIGN_CONFIDENCE = 0.9
_FOREIGN_LETTERS = 20


@dataclass(frozen=True, slots=True)
class Detector:
    """Detect languages and split into segments: a per-item stage over articles.

    Args:
        languages: configured languages; an article in another one is rejected.
        open_choice: identifier in which every language competes.
        closed_choice: identifier that chooses among ``languages``.
        min_confidence: below it an article's language is uncertain, unless its metadata names one.
        min_letters: shorter segments take the language of their surroundings.
    """

    languages: tuple[str, ...]
    open_choice: LanguageIdentifier
    closed_choice: LanguageIdentifier
    min_confidence: float
    min_letters: int

    def __call__(self, articles: Sequence[Article]) -> Batch:
        """Detect a batch of articles."""
        kept: list[Article] = []
        segments: list[Segment] = []
        rejections: list[Rejection] = []
        for article in articles:
            guess = self._article_language(article)
            problem = self._problem(article, guess)
            if problem is not None:
                rejections.append(problem)
                continue
            found, dropped = self._segments(article, guess.language or "")
            kept.append(dataclasses.replace(article, language=guess.language, confidence=round(guess.confidence, 4)))
            segments.extend(found)
            rejections.extend(dropped)
        return Batch({"articles": kept, "segments": segments}, rejections)

    def _article_language(self, article: Article) -> Guess:
        """Choose the language that most letters are written in, paragraph by paragraph."""
        texts = [paragraph.text for paragraph in article.paragraphs]
        weights: dict[str, float] = {}
        sums: dict[str, float] = {}
        for text, guess in zip(texts, self.open_choice.identify(texts), strict=True):
            if guess.language is not None:
                letters = _letters(text)
                weights[guess.language] = weights.get(guess.language, 0.0) + letters * guess.confidence
                sums[guess.language] = sums.get(guess.language, 0.0) + letters
        if not weights:
            return Guess(article.language, 0.0)
        language = max(weights, key=lambda name: (weights[name], name))
        guess = Guess(language, weights[language] / sums[language])
        if guess.confidence < self.min_confidence and article.language in self.languages:
            return Guess(article.language, guess.confidence)
        return guess

    def _problem(self, article: Article, guess: Guess) -> Rejection | None:
        shown = f"{guess.language} ({guess.confidence:.2f})"
        if guess.language not in self.languages and guess.confidence >= self.min_confidence:
            return _rejection(
                article,
                Reason.UNSUPPORTED_LANGUAGE,
                f"{article.path}: the text is in {shown}; configured are {', '.join(self.languages)}. "
                "Add the language under 'languages' if it is wanted.",
            )
        if guess.language not in self.languages or (
            guess.confidence < self.min_confidence and article.language not in self.languages
        ):
            return _rejection(
                article,
                Reason.UNCERTAIN_LANGUAGE,
                f"{article.path}: the language cannot be told, at best {shown}. "
                "Name it in sources.jsonl, or lower detect.min_confidence.",
            )
        return None

    def _segments(self, article: Article, language: str) -> tuple[list[Segment], list[Rejection]]:
        segments: list[Segment] = []
        dropped: list[Rejection] = []
        for paragraph, local in zip(article.paragraphs, self._paragraph_languages(article, language), strict=True):
            spans = split_sentences(paragraph.text, local.language or language)
            texts = [paragraph.text[start:end] for start, end in spans]
            guesses = self._segment_languages(texts, local)
            for (start, end), guess in zip(spans, guesses, strict=True):
                if guess.language not in self.languages:
                    dropped.append(_foreign(article, paragraph, (start, end), guess))
                else:
                    segments.append(_segment(article, len(segments), paragraph, (start, end), guess))
        return segments, dropped

    def _paragraph_languages(self, article: Article, language: str) -> list[Guess]:
        texts = [paragraph.text for paragraph in article.paragraphs]
        guesses = self.closed_choice.identify(texts)
        return [
            guess
            if _letters(text) >= self.min_letters and guess.confidence >= _SWITCH_CONFIDENCE
            else Guess(language, 0.5)
            for text, guess in zip(texts, guesses, strict=True)
        ]

    def _segment_languages(self, texts: Sequence[str], around: Guess) -> list[Guess]:
        closed = self.closed_choice.identify(texts)
        free = self.open_choice.identify(texts)
        return [self._decide(text, c, o, around) for text, c, o in zip(texts, closed, free, strict=True)]

    def _decide(self, text: str, closed: Guess, free: Guess, around: Guess) -> Guess:
        letters = _letters(text)
        if free.language not in self.languages and free.language is not None:
            strange = not _shares_script(text)
            if (letters >= _FOREIGN_LETTERS and free.confidence >= _FOREIGN_CONFIDENCE) or (strange and letters >= 4):
                return free
        if letters < self.min_letters or closed.language is None:
            return Guess(around.language, around.confidence)
        if closed.language == around.language or closed.confidence >= _SWITCH_CONFIDENCE:
            return closed
        return Guess(around.language, 1.0 - closed.confidence)


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _shares_script(text: str) -> bool:
    """Tell whether most letters are Latin or Hangul, or the text is too short to say."""
    letters = [c for c in text if c.isalpha()]
    usual = sum(1 for c in letters if c < "\u0250" or "\u1e00" <= c <= "\u1eff" or "\uac00" <= c <= "\ud7af")
    return not letters or 2 * usual >= len(letters)


def _failed(article: Article, error: BaseException) -> Rejection:
    return _rejection(article, Reason.DEFECT, defect_detail(article.path, error))


def _rejection(article: Article, reason: Reason, detail: str) -> Rejection:
    return Rejection(article.id, "detect", "article", reason, detail, article_id=article.id)


def _foreign(article: Article, paragraph: Paragraph, span: tuple[int, int], guess: Guess) -> Rejection:
    start, end = raw_span(paragraph.offsets, *span)
    return Rejection(
        f"{article.id}-p{paragraph.index:04d}",
        "detect",
        "segment",
        Reason.UNSUPPORTED_LANGUAGE,
        f"{article.path}: a sentence in {guess.language} ({guess.confidence:.2f}).",
        article_id=article.id,
        text=paragraph.text[span[0] : span[1]],
        start=start,
        end=end,
    )


def _segment(article: Article, index: int, paragraph: Paragraph, span: tuple[int, int], guess: Guess) -> Segment:
    start, end = raw_span(paragraph.offsets, *span)
    return Segment(
        id=f"{article.id}-{index:04d}",
        article_id=article.id,
        index=index,
        paragraph=paragraph.index,
        kind=paragraph.kind,
        text=paragraph.text[span[0] : span[1]],
        start=start,
        end=end,
        offsets=slice_offsets(paragraph.offsets, *span),
        language=guess.language or "",
        confidence=round(guess.confidence, 4),
    )


def _run(context: StageContext) -> StageOutput:
    articles = context.stream("ingest", "articles", Article)
    settings = context.config.detect
    detector = Detector(
        languages=context.config.languages,
        open_choice=context.workshop.identifier(),
        closed_choice=context.workshop.restricted_identifier(),
        min_confidence=settings.min_confidence,
        min_letters=settings.min_segment_letters,
    )
    context.progress.start("detect", len(articles), "articles")
    job = ItemJob(detector, Article, STAGE.tables, size=_characters, name=attrgetter("id"), reject=_failed)
    folder = context.batches("detect")
    made = map_items(context.executor, job, articles, folder, context.progress.advance)
    dropped = Counter(made.rejections.column("unit"))
    segments = len(made.tables["segments"])
    counts = {
        "articles": Count(len(articles), len(made.tables["articles"]), dropped["article"]),
        "segments": Count(segments + dropped["segment"], segments, dropped["segment"]),
    }
    return StageOutput(made.tables, made.rejections, counts)


def _characters(article: Article) -> int:
    return sum(len(paragraph.text) for paragraph in article.paragraphs)


def _settings(config: Config) -> Mapping[str, Any]:
    return {"languages": list(config.languages), **config.detect.model_dump()}


def _signatures(_config: Config, workshop: Workshop) -> Mapping[str, str]:
    return {
        "language": workshop.identifier().signature,
        "language_restricted": workshop.restricted_identifier().signature,
        "sentences": _splitter(),
    }


def _splitter() -> str:
    from importlib.metadata import version

    return f"split|sentencex:{version('sentencex')}|1"


STAGE = Stage(
    name="detect",
    version="1",
    code=("engines/language.py", "text.py", "stages/detect.py"),
    requires=("ingest",),
    tables={"articles": Article, "segments": Segment},
    settings=_settings,
    signatures=_signatures,
    run=_run,
)
