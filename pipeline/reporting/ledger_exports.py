"""Write matrix, omission map and ledger as CSV for a spreadsheet, with the words that the tables only name by id."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.reporting.exports import csv_lines
from pipeline.reporting.ledgers import event_ledger, event_matrix, event_omissions
from pipeline.reporting.lookup import Lookup, article_label, sorted_events
from pipeline.reporting.words import number

__all__ = ["ledger_csv", "matrix_csv", "omissions_csv"]


def matrix_csv(lookup: Lookup) -> Iterator[str]:
    """Write a line per event, fact and article: who states what, with the sentence, and who is silent."""
    header = ["event", "event_title", "fact", "kind", "verdict", "importance", "source", "language", "article"]
    header += ["account", "state", "says", "value", "sentence", "mentions", "accounts_stating"]
    return csv_lines(header, _matrix_rows(lookup))


def _matrix_rows(lookup: Lookup) -> Iterator[list[str]]:
    for event in sorted_events(lookup):
        for cell in event_matrix(lookup, event):
            article = lookup.articles[cell.article_id]
            sentence = lookup.segments[cell.segment_id].text if cell.segment_id else ""
            row = [event.id, event.title, cell.finding_id, cell.kind, cell.verdict, number(cell.importance, 4)]
            row += [article_label(article), article.language or "", article.name, lookup.articles[cell.account_id].name]
            row += [cell.state, cell.surface or "", cell.value or "", sentence]
            yield [*row, str(cell.n_mentions), str(cell.n_accounts)]


def omissions_csv(lookup: Lookup) -> Iterator[str]:
    """Write a line per event, fact and language or source: how many of its accounts state the fact."""
    header = ["event", "event_title", "fact", "kind", "importance", "says", "by", "name", "accounts"]
    return csv_lines([*header, "accounts_stating", "omitted"], _omission_rows(lookup))


def _omission_rows(lookup: Lookup) -> Iterator[list[str]]:
    for event in sorted_events(lookup):
        findings = {f.id: f for f in lookup.findings_of.get(event.id, ())}
        for o in event_omissions(lookup, event):
            row = [event.id, event.title, o.finding_id, o.kind, number(o.importance, 4)]
            row += [findings[o.finding_id].a.surface, o.by, o.name, str(o.n_accounts), str(o.n_stating)]
            yield [*row, "yes" if o.omitted else "no"]


def ledger_csv(lookup: Lookup) -> Iterator[str]:
    """Write a line per event, date or number, and article, with its first sentence."""
    header = ["event", "event_title", "kind", "value", "unit", "approximate", "source", "language", "article"]
    header += ["account", "says", "sentence", "mentions", "accounts_stating", "verdict"]
    return csv_lines(header, _ledger_rows(lookup))


def _ledger_rows(lookup: Lookup) -> Iterator[list[str]]:
    for event in sorted_events(lookup):
        for e in event_ledger(lookup, event):
            article = lookup.articles[e.article_id]
            row = [event.id, event.title, e.kind, e.value, e.unit or "", "yes" if e.approximate else "no"]
            row += [article_label(article), article.language or "", article.name, lookup.articles[e.account_id].name]
            row += [e.surface, lookup.segments[e.segment_id].text, str(e.n_mentions), str(e.n_accounts)]
            yield [*row, e.verdict or ""]
