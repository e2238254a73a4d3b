"""Write a report part by part, in any number of processes: what each part is, and what comes back from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from pipeline.defects import blaming
from pipeline.records import Article
from pipeline.reporting import exports
from pipeline.reporting.article_view import build_article_view
from pipeline.reporting.event_view import build_event_view
from pipeline.reporting.glossary_export import Rendering, renderings_in_article, renderings_in_event
from pipeline.reporting.html import Pages, open_pages
from pipeline.reporting.ledger_exports import write_ledger, write_ledger_parts
from pipeline.reporting.ledgers import DERIVED
from pipeline.reporting.lookup import Lookup, open_lookup, outside_events, sorted_events
from pipeline.reporting.markdown import article_markdown, event_markdown
from pipeline.reporting.model import RunData
from pipeline.reporting.overview import Gathered
from pipeline.reporting.stock import KINDS, TABLES
from pipeline.reporting.tables import write_run_table
from pipeline.reporting.trust import PairTrust
from pipeline.reporting.words import safe_name
from pipeline.reporting.writing import Folder
from pipeline.reporting.xliff import article_xliff
from pipeline.shelf import Shelf
from pipeline.store import FileNote
from pipeline.tables import chunks

__all__ = ["Desk", "Made", "Part", "ledgers", "pages", "read_renderings", "tables_and_exports"]

_EVENTS, _ARTICLES = 32, 128  # of a part


@dataclass(frozen=True, slots=True)
class Made:
    """Hold what a part made: its files, how many articles have got their page, and what the start page shows of it."""

    written: Mapping[str, FileNote]
    articles: int = 0
    gathered: Gathered | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Hold what every part needs; each process opens its own.

    Args:
        run: the run without its tables.
        shelf: the file that holds its records.
        out: the outputs folder.
        parts: folder for what is put together later.
        by_language: how far the translation from each language can be trusted.
        threaded: ids of the events in threads of several.
    """

    run: RunData
    shelf: Path
    out: Path
    parts: Path
    by_language: Mapping[str, PairTrust]
    threaded: Collection[str]

    def __call__(self) -> OpenDesk:
        """Open the records and load the templates."""
        lookup = open_lookup(self.run, Shelf.reading(self.shelf, KINDS))
        return OpenDesk(self, lookup, open_pages(lookup))


@dataclass(frozen=True, slots=True)
class OpenDesk:
    """Hold a desk with its records and templates."""

    desk: Desk
    lookup: Lookup
    pages: Pages

    def close(self) -> None:
        """Let go of the records."""
        self.lookup.shelf.close()


Part = Callable[[OpenDesk], Made]


def tables_and_exports() -> list[Part]:
    """Return the parts that each write one table of the run, or one export."""
    made: list[Part] = [partial(_table, table.name) for table in TABLES]
    return [*(partial(_export, name) for name in _EXPORTS), *made]


def pages(lookup: Lookup) -> list[Part]:
    """Cut the pages into parts: some events each with their articles, then some articles that belong to no event."""
    events = chunks((event.id for event in sorted_events(lookup)), _EVENTS)
    articles = chunks((article.id for article in outside_events(lookup)), _ARTICLES)
    cut = chain(((ids, []) for ids in events), (([], ids) for ids in articles))
    return [partial(_pages, number, ids, outside) for number, (ids, outside) in enumerate(cut)]


def ledgers(n_parts: int) -> list[Part]:
    """Return the parts that each put one derived table together, when all pages are there."""
    return [partial(_ledger, name, n_parts) for name, *_ in DERIVED]


def read_renderings(folder: Path, n_parts: int) -> Iterator[Rendering]:
    """Read the renderings of names that the parts of the pages have found."""
    for number in range(n_parts):
        with _renderings(folder, number).open("rb") as stream:
            yield from (Rendering(*json.loads(line)) for line in stream)


def _table(name: str, at: OpenDesk) -> Made:
    folder = Folder(at.desk.out)
    write_run_table(at.lookup, folder, name)
    return Made(folder.written)


def _export(name: str, at: OpenDesk) -> Made:
    folder = Folder(at.desk.out)
    make, bom = _EXPORTS[name]
    folder.lines(f"exports/{name}", make(at.lookup), bom=bom)
    return Made(folder.written)


def _ledger(name: str, n_parts: int, at: OpenDesk) -> Made:
    folder = Folder(at.desk.out)
    write_ledger(folder, name, at.desk.parts, n_parts)
    return Made(folder.written)


_EXPORTS: Mapping[str, tuple[Callable[[Lookup], Iterable[str]], bool]] = {
    "translations.tmx": (exports.translations_tmx, False),
    "bitext.tsv": (exports.bitext_tsv, False),
    # The byte order mark is what makes spreadsheet programs read UTF-8; readers of CSV skip it as "utf-8-sig".
    "findings.csv": (exports.findings_csv, True),
    "alignments.tmx": (exports.alignments_tmx, False),
}


def _pages(number: int, event_ids: Sequence[str], article_ids: Sequence[str], at: OpenDesk) -> Made:
    """Write the pages of each event and of its articles together: they show the same records."""
    lookup, folder, gathered, written = at.lookup, Folder(at.desk.out), Gathered(at.desk.threaded), 0
    with _renderings(at.desk.parts, number).open("wb") as found:

        def keep(renderings: Iterable[Rendering]) -> None:
            rows = ([r.term, r.language, r.target, r.evidence] for r in renderings)
            found.writelines(json.dumps(row).encode() + b"\n" for row in rows)

        for event in (lookup.events[event_id] for event_id in event_ids):
            with blaming(event.id, event.article_ids):
                view = build_event_view(lookup, event, at.desk.by_language)
                gathered.add(lookup, event, view)
                folder.text(view.page, at.pages.event(view))
                folder.text(view.page.removesuffix(".html") + ".md", event_markdown(view))
                keep(renderings_in_event(lookup, event))
            for article_id in dict.fromkeys(event.article_ids):
                if lookup.events_of[article_id][0].id == event.id:
                    _write_article(at, folder, lookup.articles[article_id])
                    keep(renderings_in_article(lookup, lookup.articles[article_id]))
                    written += 1
        for article in (lookup.articles[article_id] for article_id in article_ids):
            _write_article(at, folder, article)
            keep(renderings_in_article(lookup, article))
            written += 1
    write_ledger_parts(lookup, (lookup.events[e] for e in event_ids), at.desk.parts, number)
    return Made(folder.written, written, gathered)


def _write_article(at: OpenDesk, folder: Folder, article: Article) -> None:
    with blaming(article.id, [article.id]):
        view = build_article_view(at.lookup, article, at.desk.by_language)
        folder.text(view.page, at.pages.article(view))
        folder.text(view.page.removesuffix(".html") + ".md", article_markdown(view))
        if any(at.lookup.translation(s) for s in at.lookup.segments_of.get(article.id, ())):
            folder.text(f"exports/xliff/{safe_name(article.id)}.xlf", article_xliff(at.lookup, article))


def _renderings(folder: Path, number: int) -> Path:
    return folder / f"renderings-{number:06d}.jsonl"
