"""Read a newsroom folder: articles as scraped, what is known about them, and the gold events and statements."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.comparing import clean_articles
from pipeline.config import Config
from pipeline.engines.workshop import Workshop
from pipeline.errors import InputError
from pipeline.readers.inventory import take_inventory
from pipeline.readers.items import iter_items
from pipeline.readers.settings import ReaderSettings
from pipeline.records import Article, Rejection, Segment

__all__ = ["Newsroom", "Passage", "Statement", "read_newsroom"]


@dataclass(frozen=True, slots=True)
class Passage:
    """Hold one side of a gold pair: an article's name and the spans of its raw text that state the value."""

    article: str
    spans: tuple[tuple[int, int], ...]
    text: str


@dataclass(frozen=True, slots=True)
class Statement:
    """Hold a gold pair: two passages of one event that conflict, or that agree, on one fact."""

    event: str
    type: str
    fact: str
    a: Passage
    b: Passage


@dataclass(frozen=True, slots=True)
class Newsroom:
    """Hold a newsroom: cleaned articles and their segments by name, raw texts, gold events and statements."""

    articles: Mapping[str, Article]
    segments: Mapping[str, Sequence[Segment]]
    events: Mapping[str, tuple[str, ...]]
    conflicts: tuple[Statement, ...]
    agreements: tuple[Statement, ...]


def read_newsroom(folder: Path, config: Config, workshop: Workshop) -> Newsroom:
    """Read and clean a newsroom folder: ``articles/``, ``meta.jsonl`` and ``gold.json``.

    Raises:
        InputError: a file is missing or broken, or the gold names an article or a text that is not there.
    """
    gold = _gold(folder / "gold.json")
    items = [i for i in iter_items(take_inventory(folder), ReaderSettings()) if not isinstance(i, Rejection)]
    items = [item for item in items if item.path.startswith("articles/")]
    articles, segments, _ = clean_articles(items, config, workshop)
    named = {article.name: article for article in articles}
    raw = {item.name: _raw(folder / item.path) for item in items}
    events = {name: tuple(str(a) for a in event["articles"]) for name, event in gold["events"].items()}
    missing = sorted({a for ids in events.values() for a in ids} - set(named))
    if missing:
        raise InputError(
            f"{folder / 'gold.json'} names articles that cannot be read: {', '.join(missing)}.",
            "Put them into articles/ as text files of these names.",
        )
    return Newsroom(
        named,
        {name: segments[article.id] for name, article in named.items()},
        events,
        tuple(_statement(entry, raw) for entry in gold["conflicts"]),
        tuple(_statement(entry, raw) for entry in gold["agreements"]),
    )


def _gold(path: Path) -> dict[str, Any]:
    try:
        gold = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"The gold {path} cannot be read: {error}.", "Name a folder in the form of newsroom-dev."
        ) from error
    if not isinstance(gold, dict) or any(key not in gold for key in ("events", "conflicts", "agreements")):
        raise InputError(f"{path} lacks events, conflicts or agreements.", "See bench/README.md for its form.")
    return gold


def _raw(path: Path) -> str:
    from pipeline.cleaning.encodings import Undecodable, decode

    decoded = decode(path.read_bytes())
    if isinstance(decoded, Undecodable):
        raise InputError(f"{path} cannot be read: {decoded.detail}.", "Give a plain text file in UTF-8.")
    return decoded.text


def _statement(entry: Mapping[str, Any], raw: Mapping[str, str]) -> Statement:
    a, b = (_passage(entry[side], raw, entry) for side in ("a", "b"))
    return Statement(str(entry["event"]), str(entry["type"]), str(entry["fact"]), a, b)


def _passage(side: Mapping[str, Any], raw: Mapping[str, str], entry: Mapping[str, Any]) -> Passage:
    name = str(side["id"])
    text = raw.get(name, "")
    spans = []
    for wanted in (side["text"], *side.get("alt", ())):
        start = text.find(wanted)
        if start < 0:
            raise InputError(
                f"The gold text {wanted!r} ({entry['event']}, {entry['fact']}) is not in article {name}.",
                "Gold texts are exact substrings of the raw article.",
            )
        while start >= 0:  # the same words again state the same value
            spans.append((start, start + len(wanted)))
            start = text.find(wanted, start + 1)
    return Passage(name, tuple(spans), str(side["text"]))
