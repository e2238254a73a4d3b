"""Build the outputs folder of a run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from pipeline.executors import Crew
from pipeline.reporting import exports
from pipeline.reporting.glossary_export import glossary_csv, keep_renderings
from pipeline.reporting.html import open_pages
from pipeline.reporting.lookup import Lookup, build_lookup
from pipeline.reporting.markdown import summary_markdown
from pipeline.reporting.model import RunData
from pipeline.reporting.overview import Gathered, build_overview
from pipeline.reporting.parts import Desk, Made, OpenDesk, ledgers, pages, read_renderings, tables_and_exports
from pipeline.reporting.run_view import build_run_view
from pipeline.reporting.stock import check_joins
from pipeline.reporting.tables import table_records
from pipeline.reporting.trust import PairTrust, pair_trust
from pipeline.reporting.writing import Folder
from pipeline.shelf import Shelf
from pipeline.store import FileNote

__all__ = ["build_report"]

_PAGE_ENDINGS = (".html", ".md")


def build_report(
    run: RunData,
    out: Path,
    scratch: Path | None = None,
    workers: int = 1,
    advance: Callable[[int], None] = lambda _: None,
) -> dict[str, FileNote]:
    """Write pages, data and exports of a run; the same data gives the same bytes, whatever the number of workers.

    Pages of earlier runs in ``events/`` and ``articles/`` are removed; everything else in the folder stays.
    ``index.html`` is written last, so that whoever opens it finds the rest.

    Args:
        run: all records of the run.
        out: the outputs folder; made where absent.
        scratch: a folder for working files, about as large as the records; ``None`` for one of the system's.
        workers: processes.
        advance: called with the number of articles whose pages have been written.

    Returns:
        What was written: paths relative to ``out``, sorted, with what the files must look like.

    Raises:
        StageError: the ids of the records do not join, or a worker was killed.
        StoreError: a file cannot be written, or a link would lead out of the folder.
    """
    folder = Folder(out)
    with ExitStack() as stack:
        place = scratch or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lookup = build_lookup(run, stack.enter_context(Shelf(place / "records.sqlite")))
        check_joins(lookup.shelf)
        trust, gathered = pair_trust(lookup), Gathered.of(lookup)
        by_language = {t.source: t for t in trust}
        desk = Desk(
            run.without_tables(), place / "records.sqlite", out, place / "parts", by_language, gathered.threaded
        )
        desk.parts.mkdir(exist_ok=True)
        with Crew(workers, desk) as crew:
            n_parts = _write_parts(lookup, crew, folder, gathered, advance)
        keep_renderings(lookup, read_renderings(desk.parts, n_parts))
        _write_rest(lookup, folder, gathered, trust)
    for name in ("events", "articles"):
        folder.remove_stale(name, _PAGE_ENDINGS)
    folder.remove_stale("exports/xliff", (".xlf",))
    if "all-events.html" not in folder.written:
        folder.remove("all-events.html")
    return dict(sorted(folder.written.items()))


def _write_parts(
    lookup: Lookup, crew: Crew[OpenDesk], folder: Folder, gathered: Gathered, advance: Callable[[int], None]
) -> int:
    """Write all that can be written side by side, and return how many parts the pages were written in."""

    def done(made: Made) -> None:
        folder.written.update(made.written)
        advance(made.articles)

    cut = pages(lookup)
    for made in crew.run([*tables_and_exports(), *cut], done):
        if made.gathered is not None:
            gathered.extend(made.gathered)
    crew.run(ledgers(len(cut)), done)
    return len(cut)


def _write_rest(lookup: Lookup, folder: Folder, gathered: Gathered, trust: list[PairTrust]) -> None:
    """Write what shows the run as a whole."""
    shown = open_pages(lookup)
    folder.lines("exports/glossary-candidates.csv", glossary_csv(lookup), bom=True)
    overview = build_overview(lookup, gathered, trust)
    folder.text("run.html", shown.run(build_run_view(lookup), _files()))
    folder.text("summary.md", summary_markdown(overview))
    everything = shown.all_events(overview)
    if everything is not None:
        folder.text("all-events.html", everything)
    folder.text("index.html", shown.index(overview, gathered.mapped))


def _files() -> list[tuple[str, str]]:
    tables = [(f"data/{name}.jsonl", f"{words}; also as .parquet") for name, (_, words) in table_records().items()]
    return [("summary.md", "the start page in short, for a terminal or a pull request"), *exports.EXPORTS, *tables]
