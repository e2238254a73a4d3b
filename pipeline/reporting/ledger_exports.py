"""Write matrix, omission map and ledger: as tables, and as CSV with the words that the tables only name by id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TextIO, cast

from pipeline.records import Event
from pipeline.reporting.exports import csv_line, csv_lines
from pipeline.reporting.ledgers import DERIVED, LedgerEntry, MatrixCell, Omission
from pipeline.reporting.lookup import Lookup, article_label
from pipeline.reporting.tables import write_table
from pipeline.reporting.words import number
from pipeline.reporting.writing import Folder
from pipeline.shelf import json_line

__all__ = ["write_ledger", "write_ledger_parts"]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Say what a CSV file of a derived table holds: its header, and a row for each record."""

    header: Sequence[str]
    rows: Callable[[Lookup, Event, Sequence[Any]], Iterator[list[str]]]


def write_ledger_parts(lookup: Lookup, events: Iterable[Event], parts: Path, number: int) -> None:
    """Work out every derived table of some events, each event once, and keep them for :func:`write_ledger`.

    Args:
        lookup: the run.
        events: in the order of their ids.
        parts: folder of the parts.
        number: of this part; the order of the numbers is that of the events.
    """
    with ExitStack() as files:

        def opened(name: str, kind: str) -> Callable[[str], object]:
            return files.enter_context(_part(parts, name, kind, number, "w")).write

        open_files = [
            (derive, _SHEETS[name], opened(name, "jsonl"), opened(name, "csv")) for name, _, derive, _ in DERIVED
        ]
        for event in events:
            for derive, sheet, lines, cells in open_files:
                found = derive(lookup, event)
                lines("".join(f"{json_line(record)}\n" for record in found))
                cells("".join(map(csv_line, sheet.rows(lookup, event, found))))


def write_ledger(folder: Folder, name: str, parts: Path, n_parts: int) -> None:
    """Put the parts of a derived table together: ``data/<name>`` and ``exports/<name>.csv``."""
    record = next(record for known, record, _, _ in DERIVED if known == name)
    write_table(folder, name, (line.removesuffix("\n") for line in _read(parts, name, "jsonl", n_parts)), record)
    rows = chain(csv_lines(_SHEETS[name].header, ()), _read(parts, name, "csv", n_parts))
    # The byte order mark is what makes spreadsheet programs read UTF-8; readers of CSV skip it as "utf-8-sig".
    folder.lines(f"exports/{name}.csv", rows, bom=True)


def _part(parts: Path, name: str, kind: str, number: int, mode: str) -> TextIO:
    """Open a part as it is: with the line ends and lone surrogates that it is given."""
    path = parts / f"{name}-{number:06d}.{kind}"
    return cast(TextIO, path.open(mode, encoding="utf-8", errors="surrogatepass", newline="\n" if mode == "r" else ""))


def _read(parts: Path, name: str, kind: str, n_parts: int) -> Iterator[str]:
    for n in range(n_parts):
        with _part(parts, name, kind, n, "r") as stream:
            yield from stream


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
        side = findings[o.finding_id].a
        row += [side.surface, o.by, o.name, str(o.n_accounts), str(o.n_stating), "yes" if o.omitted else "no"]
        yield [*row, lookup.segments[side.segment_id].text]


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
    "omissions": _Sheet(
        _header("fact kind importance says by name accounts accounts_stating omitted sentence"), _omission_rows
    ),
    "ledger": _Sheet(
        _header(
            "kind value unit approximate source language article account says sentence mentions accounts_stating "
            "verdict"
        ),
        _ledger_rows,
    ),
}
