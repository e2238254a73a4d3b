"""Matrix, omission map and ledger: derived from the same groups as the pages, independent accounts counted once."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections import defaultdict
from pathlib import Path

import lxml.html
import pyarrow.parquet as pq
import pytest
import report_factory as factory
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.records import Copy, Event, arrow_schema, from_table
from pipeline.reporting import RunData, build_report
from pipeline.reporting.accounts import accounts_of
from pipeline.reporting.findings_view import group_findings, matrix_cells
from pipeline.reporting.ledger_view import build_ledger, build_omissions
from pipeline.reporting.ledgers import DERIVED, account_roots, event_ledger, event_matrix, event_omissions
from pipeline.reporting.lookup import Lookup, build_lookup, ordered_articles, sorted_events


def copied() -> RunData:
    """Build the sample with a second French article: a copy of the first, which says one amount again."""
    run = factory.sample()
    texts = [factory.FR[0], factory.FR[4], "En tout, 12 millions d’euros."]
    article, segments = factory.article("a9", "fr", texts, source="Le Miroir", published="2024-03-14")
    amount = factory.fact(segments[1], "money", "12 millions d’euros", "12000000", unit="EUR")
    conflict = next(f for f in run.findings if f.id == "f1")
    again = dataclasses.replace(conflict, id="f9", a=factory.side(amount))
    later = factory.fact(segments[2], "money", "12 millions d’euros", "12000000", unit="EUR")
    alone = dataclasses.replace(again, id="f10", verdict="agree", a=conflict.a, b=factory.side(later))
    events = [dataclasses.replace(run.events[0], article_ids=("a1", "b2", "a9")), *run.events[1:]]
    return dataclasses.replace(
        run,
        articles=[*run.articles, article],
        segments=[*run.segments, *segments],
        translations=[*run.translations, *(factory.translation(s, s.text, 0.9) for s in segments)],
        facts=[*run.facts, amount, later],
        findings=[*run.findings, again, alone],
        events=events,
        copies=[Copy("event-1", "a9", "a1", "near", 0.8)],
    )


def whole(derive, lookup: Lookup) -> list:
    """Return the rows of all events."""
    return [row for event in sorted_events(lookup) for row in derive(lookup, event)]


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    return build_lookup(copied())


def test_matrix_says_who_states_what_and_counts_a_copy_with_its_original(lookup: Lookup) -> None:
    rows = defaultdict(dict)
    for cell in whole(event_matrix, lookup):
        rows[cell.event_id, cell.finding_id][cell.article_id] = cell
    amount = rows["event-1", "f1"]
    assert {a: (c.state, c.value, c.account_id) for a, c in amount.items()} == {
        "a1": ("conflict", "12000000", "a1"),
        "b2": ("conflict", "15000000", "b2"),
        "a9": ("conflict", "12000000", "a1"),
    }
    assert {c.n_accounts for c in amount.values()} == {2}
    quote = rows["event-1", "f5"]
    assert {a: c.state for a, c in quote.items()} == {"a1": "only_one", "b2": "silent", "a9": "silent"}
    assert quote["b2"].surface is quote["b2"].raw_start is None and quote["b2"].n_mentions == 0


def test_matrix_and_page_agree(lookup: Lookup) -> None:
    for event in lookup.run.events:
        ids = [a.id for a in ordered_articles(lookup, event)]
        page = [c.state for g in group_findings(lookup, event) for c in matrix_cells(g, ids)]
        assert [c.state for c in whole(event_matrix, lookup) if c.event_id == event.id] == page


def test_offsets_lead_to_what_is_said(lookup: Lookup) -> None:
    for row in (*whole(event_matrix, lookup), *whole(event_ledger, lookup)):
        if row.segment_id is not None and row.event_id == "event-1":
            segment = lookup.segments[row.segment_id]
            assert segment.text[row.raw_start - segment.start : row.raw_end - segment.start] == row.surface


def test_omissions_by_language_and_source(lookup: Lookup) -> None:
    rows = {
        (o.finding_id, o.by, o.name): (o.n_accounts, o.n_stating, o.omitted) for o in whole(event_omissions, lookup)
    }
    assert rows["f1", "language", "fr"] == (1, 1, False)  # two articles, one account
    assert rows["f5", "language", "ko"] == (1, 0, True)
    assert rows["f5", "source", "Le Quotidien"] == (1, 1, False)
    assert rows["f5", "source", "Le Miroir"] == (1, 0, True)


def test_ledger_holds_dates_and_numbers_with_their_verdict(lookup: Lookup) -> None:
    rows = {(e.kind, e.value, e.article_id): e for e in whole(event_ledger, lookup) if e.event_id == "event-1"}
    assert {k for k, _, _ in rows} == {"money", "date", "number"}
    assert [rows["money", "12000000", a].n_accounts for a in ("a1", "a9")] == [1, 1]
    assert rows["date", "2024-03-12", "b2"].n_accounts == 2
    assert rows["date", "2024-03-12", "b2"].verdict == "agree"
    assert rows["money", "15000000", "b2"].verdict == "conflict"
    repeated = rows["money", "12000000", "a9"]  # disputed at one place, confirmed at another
    assert (repeated.n_mentions, repeated.verdict) == (2, "conflict")


def test_a_copy_of_a_copy_descends_from_the_first(lookup: Lookup) -> None:
    run = dataclasses.replace(
        lookup.run, copies=[Copy("event-1", "a9", "b2", "near", 0.8), Copy("event-1", "b2", "a1", "translation", 0.9)]
    )
    assert account_roots(build_lookup(run), run.events[0]) == {"a1": "a1", "b2": "a1", "a9": "a1"}


@pytest.mark.parametrize("name", [d[0] for d in DERIVED])
def test_tables_are_written_and_described(name: str, lookup: Lookup, tmp_path: Path) -> None:
    build_report(lookup.run, tmp_path)
    record, derive = next((d[1], d[2]) for d in DERIVED if d[0] == name)
    table = pq.read_table(tmp_path / "data" / f"{name}.parquet")
    assert table.schema.equals(arrow_schema(record))
    assert from_table(table, record) == whole(derive, lookup)
    lines = (tmp_path / "data" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    schema = json.loads(CliRunner().invoke(app, ["schema", name]).output)
    assert lines and set(json.loads(lines[0])) == set(schema["required"])


@pytest.mark.parametrize("n", [0, 1, 20])
def test_events_of_no_facts_one_article_and_twenty(n: int) -> None:
    made = [factory.article(f"x{i:02d}", "en", [f"Title {i}", "Nothing is counted here."]) for i in range(n)]
    event = Event("e", "t", tuple(a.id for a, _ in made), "E", None, None, (), None)
    run = RunData("r", "en", ("en",), articles=[a for a, _ in made], segments=[s for _, x in made for s in x])
    run = dataclasses.replace(run, events=[event] if n else [])
    found = build_lookup(run)
    assert whole(event_matrix, found) == whole(event_omissions, found) == whole(event_ledger, found) == []


def test_the_order_of_the_records_changes_nothing(lookup: Lookup) -> None:
    run = lookup.run
    turned = build_lookup(
        dataclasses.replace(
            run,
            articles=run.articles[::-1],
            findings=run.findings[::-1],
            facts=run.facts[::-1],
            events=run.events[::-1],
        )
    )
    for _, _, derive, _ in DERIVED:
        assert whole(derive, turned) == whole(derive, lookup)


# --- the page and the spreadsheets ------------------------------------------------------------------------------------


def test_the_omission_map_lists_what_only_some_independent_accounts_state(lookup: Lookup) -> None:
    found = build_omissions(lookup, lookup.run.events[0])
    assert found is not None and found.languages == ("French", "Korean")
    rows = {r.surface: r for r in found.rows}
    assert set(rows) == {"retour à la normale"}  # what both accounts state is left out, the copy's silence too
    row = rows["retour à la normale"]
    assert row.by_language == ("1 of 1", "")
    assert (row.stated_by, row.left_out_by) == ("Le Quotidien", "Le Miroir, 항구신문")
    assert found.words == "French 0 and Korean 1"


@pytest.mark.parametrize(
    ("text", "figure", "shown"),
    [
        ("Some 10 Japanese pharmaceutical firms came.", "10", "10 Japanese pharmaceutical firms"),
        ("They hired 10 to do it.", "10", "10"),
        ("Only 10, nobody else.", "10", "10"),
        ("He gave it a 10", "10", "10"),
        ("They sold 104 officials a car.", "104 officials", "104 officials"),
        ("A 10 new very big blue boats", "10", "10 new very big"),
    ],
)
def test_a_bare_figure_is_shown_with_what_it_counts(text, figure, shown):
    run = factory.sample()
    article, (segment,) = factory.article("a9", "en", [text], source="Le Miroir", published="2024-03-14")
    fact = factory.fact(segment, "number", figure, "10")
    alone = dataclasses.replace(run.findings[0], id="f9", verdict="only_one", a=factory.side(fact), b=None)
    events = [dataclasses.replace(run.events[0], article_ids=("a1", "b2", "a9")), *run.events[1:]]
    articles, segments = [*run.articles, article], [*run.segments, segment]
    run = dataclasses.replace(
        run, articles=articles, segments=segments, facts=[*run.facts, fact], findings=[alone], events=events
    )
    found = build_omissions(build_lookup(run), events[0])
    assert found is not None
    assert [row.surface for row in found.rows] == [shown]


def test_one_independent_account_leaves_nothing_out(lookup: Lookup) -> None:
    copies = [Copy("event-1", "a9", "a1", "near", 0.8), Copy("event-1", "b2", "a1", "translation", 0.9)]
    run = dataclasses.replace(lookup.run, copies=copies)
    assert build_omissions(build_lookup(run), run.events[0]) is None
    assert build_omissions(lookup, lookup.run.events[1]) is None


def test_the_ledger_of_the_page_puts_dates_first_and_one_value_in_one_row(lookup: Lookup) -> None:
    event = lookup.run.events[0]
    rows = build_ledger(lookup, event, accounts_of(lookup, event, {}))
    assert [(r.is_date, r.kind, r.value) for r in rows] == [
        (True, "date", "12 March 2024"),
        (False, "money", "12,000,000 EUR"),
        (False, "money", "15,000,000 EUR"),
        (False, "number", "3,400 (container)"),
    ]
    assert [(m.letter, m.surface) for m in rows[0].mentions] == [("A", "12일"), ("B", "12 mars 2024")]
    assert [r.verdict for r in rows] == ["agree", "conflict", "conflict", "agree"]


def test_a_value_that_is_only_a_key_is_shown_as_written() -> None:
    made, segments = factory.article("x", "en", ["Title", "It rained the day before, for 90 minutes."])
    facts = [
        factory.fact(segments[1], "date", "the day before", "A-1"),
        factory.fact(segments[1], "duration", "90 minutes", "PT90M", unit="s"),
    ]
    event = Event("e", "t", ("x",), "E", None, None, (), None)
    found = build_lookup(RunData("r", "en", ("en",), articles=[made], segments=segments, facts=facts, events=[event]))
    rows = build_ledger(found, event, accounts_of(found, event, {}))
    assert [r.value for r in rows] == ["the day before", "90 minutes"]
    assert {(r.verdict, r.verdict_words) for r in rows} == {("none", "not compared")}


@pytest.mark.parametrize("name", [d[0] for d in DERIVED])
def test_spreadsheets_hold_a_line_per_row_of_the_table(name: str, lookup: Lookup, tmp_path: Path) -> None:
    build_report(lookup.run, tmp_path)
    data = (tmp_path / "exports" / f"{name}.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len(rows) == len(whole(next(d[2] for d in DERIVED if d[0] == name), lookup))
    assert all(None not in row and None not in row.values() for row in rows)
    stated = [row for row in rows if row.get("says") and row["event"] == "event-1"]
    assert stated and all(row["says"] in row["sentence"] for row in stated)
    shown = {row["source"] if "source" in row else row["name"] for row in rows if row["event"] == "event-1"}
    assert {"Le Quotidien", "항구신문", "Le Miroir"} <= shown
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_the_page_shows_both(lookup: Lookup, tmp_path: Path) -> None:
    build_report(lookup.run, tmp_path)
    document = lxml.html.document_fromstring((tmp_path / "events" / "event-1.html").read_bytes())
    omitted = document.xpath("//section[@aria-labelledby='omissions']//tbody/tr")
    assert [td.text_content() for td in omitted[0].xpath("./td")] == [
        "1 of 1",
        "left out",
        "Le Quotidien",
        "Le Miroir, 항구신문",
    ]
    ledger_rows = document.xpath("//section[@aria-labelledby='ledger']//tbody/tr")
    assert len(ledger_rows) == 4
    anchors = set(document.xpath("//@id"))
    assert all(h.lstrip("#") in anchors for h in document.xpath("//section[@aria-labelledby='omissions']//a/@href"))
