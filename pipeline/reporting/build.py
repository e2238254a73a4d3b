"""Build the outputs folder of a run."""

from __future__ import annotations

from pathlib import Path

from pipeline.reporting import exports, ledger_exports
from pipeline.reporting.article_view import build_article_view
from pipeline.reporting.event_view import build_event_view
from pipeline.reporting.html import open_pages
from pipeline.reporting.lookup import Lookup, build_lookup
from pipeline.reporting.markdown import article_markdown, event_markdown, summary_markdown
from pipeline.reporting.model import RunData, check_joins
from pipeline.reporting.overview import build_overview
from pipeline.reporting.run_view import build_run_view
from pipeline.reporting.tables import table_records, write_tables
from pipeline.reporting.trust import pair_trust
from pipeline.reporting.words import safe_name
from pipeline.reporting.writing import Folder
from pipeline.reporting.xliff import article_xliff

__all__ = ["build_report"]

_PAGE_ENDINGS = (".html", ".md")


def build_report(run: RunData, out: Path) -> list[str]:
    """Write pages, data and exports of a run; the same data gives the same bytes.

    Pages of earlier runs in ``events/`` and ``articles/`` are removed; everything else in the folder stays.
    ``index.html`` is written last, so that whoever opens it finds the rest.

    Args:
        run: all records of the run.
        out: the outputs folder; made where absent.

    Returns:
        The paths written, relative to ``out``, sorted.

    Raises:
        StageError: the ids of the records do not join.
        StoreError: a file cannot be written, or a link would lead out of the folder.
    """
    check_joins(run)
    lookup = build_lookup(run)
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
    folder.text("exports/alignments.tmx", exports.alignments_tmx(lookup))
    folder.text("exports/translations.tmx", exports.translations_tmx(lookup))
    folder.text("exports/bitext.tsv", exports.bitext_tsv(lookup))
    # The byte order mark is what makes spreadsheet programs read UTF-8; readers of CSV skip it as "utf-8-sig".
    folder.text("exports/findings.csv", exports.findings_csv(lookup), bom=True)
    folder.text("exports/matrix.csv", ledger_exports.matrix_csv(lookup), bom=True)
    folder.text("exports/omissions.csv", ledger_exports.omissions_csv(lookup), bom=True)
    folder.text("exports/ledger.csv", ledger_exports.ledger_csv(lookup), bom=True)
    for article in sorted(lookup.run.articles, key=lambda a: a.id):
        if any(lookup.translation(s) for s in lookup.segments_of.get(article.id, ())):
            folder.text(f"exports/xliff/{safe_name(article.id)}.xlf", article_xliff(lookup, article))
    folder.text("exports/glossary-candidates.csv", exports.glossary_csv(lookup), bom=True)


def _write_pages(lookup: Lookup, folder: Folder) -> None:
    run, pages = lookup.run, open_pages(lookup)
    trust = pair_trust(lookup)
    by_language = {t.source: t for t in trust}
    for article in sorted(run.articles, key=lambda a: a.id):
        article_view = build_article_view(lookup, article, by_language)
        folder.text(article_view.page, pages.article(article_view))
        folder.text(article_view.page.removesuffix(".html") + ".md", article_markdown(article_view))
    views = [build_event_view(lookup, event, by_language) for event in sorted(run.events, key=lambda e: e.id)]
    for view in views:
        folder.text(view.page, pages.event(view))
        folder.text(view.page.removesuffix(".html") + ".md", event_markdown(view))
    overview = build_overview(lookup, views, trust)
    folder.text("run.html", pages.run(build_run_view(lookup), _files()))
    folder.text("summary.md", summary_markdown(overview))
    everything = pages.all_events(overview)
    if everything is not None:
        folder.text("all-events.html", everything)
    folder.text("index.html", pages.index(overview, views))


def _files() -> list[tuple[str, str]]:
    tables = [(f"data/{name}.jsonl", f"{words}; also as .parquet") for name, (_, words) in table_records().items()]
    return [("summary.md", "the start page in short, for a terminal or a pull request"), *exports.EXPORTS, *tables]
