"""Write matrix, omission map and ledger: as tables, and as CSV with the words that the tables only name by id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from pipeline.records import Event
from pipeline.reporting.exports import csv_line, csv_lines
from pipeline.reporting.ledgers import DERIVED, LedgerEntry, MatrixCell, Omission
from pipeline.reporting.lookup import Lookup, article_label, sorted_events
from pipeline.reporting.tables import write_table
from pipeline.reporting.words import number
from pipeline.reporting.writing import Folder
from pipeline.shelf import json_line

__all__ = ["write_ledgers"]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Say what a CSV file of a derived table holds: its header, and a row for each record."""

    header: Sequence[str]
    rows: Callable[[Lookup, Event, Sequence[Any]], Iterator[list[str]]]


def write_ledgers(lookup: Lookup, folder: Folder) -> None:
    """Write ``data/<name>`` and ``exports/<name>.csv`` of every derived table; each event is worked out once."""
    with ExitStack() as files:
        # The byte order mark is what makes spreadsheet programs read UTF-8; readers of CSV skip it as "utf-8-sig".
        open_files = [
            (
                derive,
                _SHEETS[name],
                files.enter_context(folder.writing(f"data/{name}.jsonl")),
                files.enter_context(folder.writing(f"exports/{name}.csv", bom=True)),
            )
            for name, _, derive, _ in DERIVED
        ]
        for _, sheet, _, cells in open_files:
            cells("".join(csv_lines(sheet.header, ())))
        for event in sorted_events(lookup):
            for derive, sheet, lines, cells in open_files:
                found = derive(lookup, event)
                lines("".join(f"{json_line(record)}\n" for record in found))
                cells("".join(map(csv_line, sheet.rows(lookup, event, found))))
    for name, record, _, _ in DERIVED:
        with (folder.root / f"data/{name}.jsonl").open(encoding="utf-8", newline="\n") as stream:
            write_table(folder, name, stream, record)


def _matrix_rows(lookup: Lookup, event: Event, cells: Iterable[MatrixCell]) -> Iterator[list[str]]:
    """Give a row per fact and article: who states what, with the sentence, and who is silent."""
    for cell in cells:
        article = lookup.articles[cell.article_id]
        sentence = lookup.segments[cell.segment_id].text if cell.segment_id else ""
        row = [event.id, event.title, cell.finding_id, cell.kind, cell.verdict, number(cell.importance, 4)]
        row += [article_label(article), article.language or "", article.name, lookup.articles[cell.account_id].name]
        row += [cell.state, cell.surface or "", cell.value or "", sentence]
        yield [*row, str(cell.n_mentions), str(cell.n_accounts)]


def _omission_rows(lookup: Lookup, event: Event, omissions: Iterable[Omission]) -> Iterator[list[str]]:
    """Give a row per fact and language or source: how many of its accounts state the fact."""
    findings = {f.id: f for f in lookup.findings_of.get(event.id, ())}
    for o in omissions:
        row = [event.id, event.title, o.finding_id, o.kind, number(o.importance, 4)]
        row += [findings[o.finding_id].a.surface, o.by, o.name, str(o.n_accounts), str(o.n_stating)]
        yield [*row, "yes" if o.omitted else "no"]


def _ledger_rows(lookup: Lookup, event: Event, entries: Iterable[LedgerEntry]) -> Iterator[list[str]]:
    """Give a row per date or number, and article, with its first sentence."""
    for e in entries:
        article = lookup.articles[e.article_id]
        row = [event.id, event.title, e.kind, e.value, e.unit or "", "yes" if e.approximate else "no"]
        row += [article_label(article), article.language or "", article.name, lookup.articles[e.account_id].name]
        row += [e.surface, lookup.segments[e.segment_id].text, str(e.n_mentions), str(e.n_accounts)]
        yield [*row, e.verdict or ""]


def _header(words: str) -> Sequence[str]:
    return ("event", "event_title", *words.split())


_SHEETS = {
    "matrix": _Sheet(
        _header(
            "fact kind verdict importance source language article account state says value sentence mentions "
            "accounts_stating"
        ),
        _matrix_rows,
    ),
    "omissions": _Sheet(_header("fact kind importance says by name accounts accounts_stating omitted"), _omission_rows),
    "ledger": _Sheet(
        _header(
            "kind value unit approximate source language article account says sentence mentions accounts_stating "
            "verdict"
        ),
        _ledger_rows,
    ),
}
