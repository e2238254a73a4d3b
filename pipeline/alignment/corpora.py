"""Read labelled corpora and lay them out for training: thin loaders, and corpora of several sizes from one."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.alignment.train import UNSURE, Corpus
from pipeline.alignment.views import ArticleView

__all__ = ["RawArticle", "newsroom_labels", "read_ecb", "read_parallel", "topic_corpora", "topic_folds"]

# Shares of the training: whole folds, single topics, and corpora of six articles, because rarity means something else
# in each of them and the pipeline meets all three.
_WHOLE, _TOPIC, _TINY = 0.5, 0.03, 0.002
_TINY_CORPORA, _TINY_SIZE = 30, 6


@dataclass(frozen=True, slots=True)
class RawArticle:
    """Hold one labelled article before encoding.

    ``group`` is the unit that cross-validation keeps together; ``languages`` those of the segments, where they differ.
    """

    id: str
    language: str
    published: str | None
    segments: tuple[str, ...]
    event: str
    group: str
    languages: tuple[str, ...] | None = None


def read_ecb(path: Path) -> list[RawArticle]:
    """Read JSON lines ``id, topic, event, sentences`` (tokenised English); lines that are an address are left out."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        kept = (_detokenised(s) for s in record["sentences"] if not re.match(r"\s*https? ?: ?/", s))
        segments = tuple(s for s in kept if s)
        found.append(RawArticle(str(record["id"]), "en", None, segments, str(record["event"]), str(record["topic"])))
    return found


_TOKENISED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"``|''", '"'),
        (r"\s+([,.;:!?%)\]])", r"\1"),
        (r"\s+('s|'re|'ve|'ll|'d|'m|n't|')(?=\s|$|[,.;])", r"\1"),
        (r"(\w) - (\w)", r"\1-\2"),
        (r"(\d) ?: ?(\d)", r"\1:\2"),
        (r"(\d) \. (\d)", r"\1.\2"),
        (r"([(\[$€£]) ", r"\1"),
    )
)


def _detokenised(sentence: str) -> str:
    for pattern, replacement in _TOKENISED:
        sentence = pattern.sub(replacement, sentence)
    return sentence.strip()


def read_parallel(folder: Path, languages: Sequence[str]) -> list[RawArticle]:
    """Read line-aligned ``<language>.txt`` with ``docids.txt``: each document in each language is one event."""
    ids = (folder / "docids.txt").read_text(encoding="utf-8").splitlines()
    found = []
    for language in languages:
        lines = (folder / f"{language}.txt").read_text(encoding="utf-8").splitlines()
        documents: defaultdict[str, list[str]] = defaultdict(list)
        for document, line in zip(ids, lines, strict=True):
            documents[document].append(line)
        found += [
            RawArticle(f"{name}-{language}", language, None, tuple(segments), name, name)
            for name, segments in documents.items()
        ]
    return found


def newsroom_labels(gold: Path) -> dict[str, tuple[str, str]]:
    """Read event and thread of each article of a newsroom folder from its ``gold.json``."""
    data = json.loads(gold.read_text(encoding="utf-8"))
    thread_of = {event: thread for thread, events in data["threads"].items() for event in events}
    return {
        str(article): (event, thread_of.get(event, event))
        for event, details in data["events"].items()
        for article in details["articles"]
    }


def topic_folds(groups: Sequence[str], folds: int, rng: np.random.Generator) -> list[list[str]]:
    """Share topics out among folds."""
    order = rng.permutation(sorted(set(groups)))
    return [sorted(str(g) for g in order[k::folds]) for k in range(folds)]


def topic_corpora(
    views: Sequence[ArticleView], events: Sequence[str], groups: Sequence[str], rng: np.random.Generator
) -> list[Corpus]:
    """Lay out one fold as a whole, topic by topic, and as tiny corpora drawn from two topics each.

    Args:
        views: articles of the fold.
        events: event of each.
        groups: topic of each; two events of one topic are hard negatives and count as unsure for threads.
        rng: draws the tiny corpora.

    Returns:
        The whole fold first.
    """

    def corpus(name: str, chosen: Sequence[int], weight: float) -> Corpus:
        return Corpus(
            name,
            tuple(views[i] for i in chosen),
            tuple(events[i] for i in chosen),
            tuple(UNSURE + groups[i] for i in chosen),
            weight,
        )

    topics = sorted(set(groups))
    members = {t: [i for i, g in enumerate(groups) if g == t] for t in topics}
    corpora = [corpus("topics/whole", range(len(views)), _WHOLE)]
    corpora += [corpus("topics/one", members[t], _TOPIC) for t in topics]
    for _ in range(_TINY_CORPORA if len(topics) > 1 else 0):
        pool = [i for t in rng.choice(topics, 2, replace=False) for i in members[str(t)]]
        size = min(_TINY_SIZE, len(pool))
        chosen = sorted(int(i) for i in rng.choice(pool, size, replace=False))
        corpora.append(corpus("topics/tiny", chosen, _TINY))
    return corpora
