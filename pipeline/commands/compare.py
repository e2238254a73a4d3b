"""concord compare: the findings between two articles, at once, without a run and without translating."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from pipeline.cleaning.item import RawItem
from pipeline.commands.common import ConfigOption, JsonOption, errors
from pipeline.config import Config
from pipeline.engines.workshop import Workshop
from pipeline.errors import InputError
from pipeline.records import Article, Finding, Rejection, Segment

__all__ = ["compare_command"]

_HEADS = {
    "conflict": "The accounts differ",
    "agree": "The accounts agree",
    "only_one": "In one account only",
}


def compare_command(
    first: Annotated[Path, typer.Argument(metavar="A", help="Article: a .txt, .md or .html file.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Article, in the same or another language.")],
    published: Annotated[
        list[str] | None,
        typer.Option(help="Publication date of A, then of B (ISO); relative dates are resolved by it."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two accounts of one event: where they agree, where they differ, what only one of them says.

    Facts are read in the original languages; nothing is translated. That both report one event is taken for granted.
    """
    from pipeline.config import load_config

    with errors(), TemporaryDirectory() as scratch:
        settings = load_config(config)
        result = _compare((first, second), tuple(published or ()), settings, Workshop.of(settings, None, Path(scratch)))
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        _print(result)


def _compare(paths: tuple[Path, Path], dates: tuple[str, ...], config: Config, workshop: Workshop) -> dict[str, Any]:
    from pipeline.facts.compare import SIGNATURE, agreement_share
    from pipeline.stages.accounts import compare_stories, make_story, story_contexts

    encoder = workshop.encoder()
    read = [_read(p, dates[n] if n < len(dates) else None, config, workshop) for n, p in enumerate(paths)]
    if read[0][0].id == read[1][0].id:
        raise InputError(f"{paths[0]} and {paths[1]} are one article.", "Give two different ones.")
    stories = tuple(make_story(str(p), *found, encoder) for p, found in zip(paths, read, strict=True))
    compared = compare_stories(stories[0], stories[1], "e", story_contexts(stories, encoder))
    limit = config.score.min_probability
    findings = [f for f in compared.findings if f.verdict != "conflict" or f.probability >= limit]
    agree, total = agreement_share(compared)
    return {
        "articles": [_described(str(p), *found) for p, found in zip(paths, read, strict=True)],
        "agree": agree,
        "compared": total,
        "findings": [_plain(f, read) for f in findings],
        "signature": f"{SIGNATURE}|{encoder.signature}",
    }


def _read(path: Path, published: str | None, config: Config, workshop: Workshop) -> tuple[Article, list[Segment]]:
    """Read one file as ingest and detect do.

    Raises:
        InputError: there is no article in it.
    """
    from dataclasses import replace

    from pipeline.cleaning.dates import iso_date
    from pipeline.readers.inventory import take_inventory
    from pipeline.readers.items import iter_items
    from pipeline.readers.settings import ReaderSettings
    from pipeline.stages.accounts import clean_articles

    if not path.is_file():
        raise InputError(f"There is no file {path}.", "Name a text or HTML file that holds one article.")
    if published is not None and iso_date(published) is None:
        raise InputError(f"{published!r} is no date.", "Write it as 2024-05-10.")
    items: list[RawItem] = []
    faults: list[Rejection] = []
    for item in iter_items(take_inventory(path), ReaderSettings()):
        if isinstance(item, Rejection):
            faults.append(item)
        else:
            items.append(item)
    articles, segments = clean_articles(items, config, workshop)
    if len(articles) != 1:
        told = next((f": {f.detail}" for f in faults), "")
        raise InputError(
            f"{path} holds {len(articles) or 'no'} article{'s' if len(articles) > 1 else ''}{told}.",
            "Give a file with the text of one article in a configured language.",
        )
    article = articles[0] if published is None else replace(articles[0], published=published)
    return article, segments[article.id]


def _described(name: str, article: Article, segments: list[Segment]) -> dict[str, Any]:
    return {
        "file": name,
        "title": article.title,
        "language": article.language,
        "published": article.published,
        "sentences": len(segments),
    }


def _plain(finding: Finding, read: list[tuple[Article, list[Segment]]]) -> dict[str, Any]:
    sentences = {s.id: s.text for _, segments in read for s in segments}
    letters = {read[0][0].id: "a", read[1][0].id: "b"}
    sides: dict[str, Any] = {"a": None, "b": None}
    for side in (finding.a, finding.b):
        if side is not None:
            sides[letters[side.article_id]] = {
                "surface": side.surface,
                "value": side.value,
                "sentence": sentences[side.segment_id],
                "start": side.raw_start,
                "end": side.raw_end,
            }
    return {
        "verdict": finding.verdict,
        "kind": finding.kind,
        "probability": finding.probability,
        "importance": finding.importance,
        "reason": finding.reason,
        **sides,
    }


def _print(result: dict[str, Any]) -> None:
    for letter, article in zip("AB", result["articles"], strict=True):
        title = f"“{article['title']}”, " if article["title"] else ""
        print(f"{letter}  {article['file']}: {title}{article['language']}, {article['sentences']} sentences")
    for verdict, head in _HEADS.items():
        found = [f for f in result["findings"] if f["verdict"] == verdict]
        print(f"\n{head}: {len(found) or 'nothing found'}")
        for finding in found:
            _print_finding(finding)


def _print_finding(finding: dict[str, Any]) -> None:
    sides = " | ".join(f"{x.upper()} {finding[x]['surface']}" for x in "ab" if finding[x])
    sure = f", probability {finding['probability']:.2f}" if finding["verdict"] == "conflict" else ""
    print(f"  {finding['kind']}: {sides}  ({finding['reason']}{sure})")
    if finding["verdict"] == "conflict":
        for x in "ab":
            if finding[x]:
                print(f"      {x.upper()}: {finding[x]['sentence']}")
