"""Build the outputs folder of a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipeline.records import Article
from pipeline.reporting import exports
from pipeline.reporting.article_view import build_article_view
from pipeline.reporting.event_view import build_event_view
from pipeline.reporting.glossary_export import (
    glossary_csv,
    keep_renderings,
    renderings_in_article,
    renderings_in_event,
)
from pipeline.reporting.html import Pages, open_pages
from pipeline.reporting.ledger_exports import write_ledgers
from pipeline.reporting.lookup import Lookup, build_lookup, outside_events, sorted_events
from pipeline.reporting.markdown import article_markdown, event_markdown, summary_markdown
from pipeline.reporting.model import RunData
from pipeline.reporting.overview import Gathered, build_overview
from pipeline.reporting.run_view import build_run_view
from pipeline.reporting.stock import check_joins
from pipeline.reporting.tables import table_records, write_tables
from pipeline.reporting.trust import PairTrust, pair_trust
from pipeline.reporting.words import safe_name
from pipeline.reporting.writing import Folder
from pipeline.reporting.xliff import article_xliff
from pipeline.shelf import Shelf

__all__ = ["build_report"]

_PAGE_ENDINGS = (".html", ".md")


def build_report(run: RunData, out: Path, scratch: Path | None = None) -> list[str]:
    """Write pages, data and exports of a run; the same data gives the same bytes.

    Pages of earlier runs in ``events/`` and ``articles/`` are removed; everything else in the folder stays.
    ``index.html`` is written last, so that whoever opens it finds the rest.

    Args:
        run: all records of the run.
        out: the outputs folder; made where absent.
        scratch: a working file, about as large as the records; ``None`` for one of the system's.

    Returns:
        The paths written, relative to ``out``, sorted.

    Raises:
        StageError: the ids of the records do not join.
        StoreError: a file cannot be written, or a link would lead out of the folder.
    """
    with Shelf(scratch) as shelf:
        lookup = build_lookup(run, shelf)
        check_joins(shelf)
        folder = Folder(out)
        write_tables(lookup, folder)
        _write_exports(lookup, folder)
        _write_pages(lookup, folder)
    for place in ("events", "articles"):
        folder.remove_stale(place, _PAGE_ENDINGS)
    folder.remove_stale("exports/xliff", (".xlf",))
    if "all-events.html" not in folder.written:
        folder.remove("all-events.html")
    return sorted(folder.written)


def _write_exports(lookup: Lookup, folder: Folder) -> None:
    folder.lines("exports/alignments.tmx", exports.alignments_tmx(lookup))
    folder.lines("exports/translations.tmx", exports.translations_tmx(lookup))
    folder.lines("exports/bitext.tsv", exports.bitext_tsv(lookup))
    # The byte order mark is what makes spreadsheet programs read UTF-8; readers of CSV skip it as "utf-8-sig".
    folder.lines("exports/findings.csv", exports.findings_csv(lookup), bom=True)
    write_ledgers(lookup, folder)


def _write_pages(lookup: Lookup, folder: Folder) -> None:
    """Write the pages of each event and of its articles together: they show the same records."""
    pages, trust, gathered = open_pages(lookup), pair_trust(lookup), Gathered.of(lookup)
    by_language = {t.source: t for t in trust}
    for event in sorted_events(lookup):
        view = build_event_view(lookup, event, by_language)
        gathered.add(lookup, event, view)
        folder.text(view.page, pages.event(view))
        folder.text(view.page.removesuffix(".html") + ".md", event_markdown(view))
        keep_renderings(lookup, renderings_in_event(lookup, event))
        for article_id in dict.fromkeys(event.article_ids):
            if lookup.events_of[article_id][0].id == event.id:
                _write_article(lookup, folder, pages, lookup.articles[article_id], by_language)
    for article in outside_events(lookup):
        _write_article(lookup, folder, pages, article, by_language)
    folder.lines("exports/glossary-candidates.csv", glossary_csv(lookup), bom=True)
    overview = build_overview(lookup, gathered, trust)
    folder.text("run.html", pages.run(build_run_view(lookup), _files()))
    folder.text("summary.md", summary_markdown(overview))
    everything = pages.all_events(overview)
    if everything is not None:
        folder.text("all-events.html", everything)
    folder.text("index.html", pages.index(overview, gathered.mapped))


def _write_article(
    lookup: Lookup, folder: Folder, pages: Pages, article: Article, by_language: Mapping[str, PairTrust]
) -> None:
    view = build_article_view(lookup, article, by_language)
    folder.text(view.page, pages.article(view))
    folder.text(view.page.removesuffix(".html") + ".md", article_markdown(view))
    if any(lookup.translation(s) for s in lookup.segments_of.get(article.id, ())):
        folder.text(f"exports/xliff/{safe_name(article.id)}.xlf", article_xliff(lookup, article))
    keep_renderings(lookup, renderings_in_article(lookup, article))


def _files() -> list[tuple[str, str]]:
    tables = [(f"data/{name}.jsonl", f"{words}; also as .parquet") for name, (_, words) in table_records().items()]
    return [("summary.md", "the start page in short, for a terminal or a pull request"), *exports.EXPORTS, *tables]
