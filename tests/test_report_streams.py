"""A report is made from streams as from lists, keeps its start page small, and checks every reference."""

import dataclasses
import hashlib

import lxml.html
import pytest
import report_factory as factory

from pipeline.errors import StageError
from pipeline.records import Copy, Event, EventScore, to_table
from pipeline.reporting import build_report, html, markdown, overview, parts
from pipeline.reporting.event_view import build_event_view
from pipeline.reporting.lookup import build_lookup, sorted_events
from pipeline.reporting.stock import TABLES
from pipeline.tables import Records, write_parquet

RUN = dataclasses.replace(
    factory.sample(), copies=[Copy("event-1", factory.sample().events[0].article_ids[1], "a1", "near", 0.8)]
)


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_streams_give_the_same_bytes_as_lists(tmp_path):
    tables = {}
    for table in TABLES:
        path = tmp_path / f"{table.name}.parquet"
        write_parquet([to_table(getattr(RUN, table.name), table.record)], table.record, path)
        tables[table.name] = Records([path], table.record)
    build_report(RUN, tmp_path / "lists")
    scratch = tmp_path / "work"
    build_report(dataclasses.replace(RUN, **tables), tmp_path / "streams", scratch)
    assert files(tmp_path / "streams") == files(tmp_path / "lists")
    assert (scratch / "records.sqlite").stat().st_size > 0


@pytest.mark.parametrize("run", [RUN, factory.empty()])
def test_workers_change_nothing(tmp_path, run):
    written, articles = [], []
    for workers in (1, 3):
        folder = tmp_path / str(workers)
        written.append(build_report(run, folder, None, workers, articles.append))
        assert {path: hashlib.sha256(data).hexdigest() for path, data in files(folder).items()} == {
            path: note.sha256 for path, note in written[-1].items()
        }
        assert {path: len(data) for path, data in files(folder).items()} == {p: n.size for p, n in written[-1].items()}
    assert written[0] == written[1]
    assert sum(articles) == 2 * len(run.articles)


def many_events(n):
    made = [factory.article(f"x{i:02d}", "en", [f"Title {i}", "One thing happened."]) for i in range(n)]
    return dataclasses.replace(
        factory.empty(),
        articles=[a for a, _ in made],
        segments=[s for _, own in made for s in own],
        events=[Event(f"e{i:02d}", "t", (a.id,), f"Event {i}", None, None, (), None) for i, (a, _) in enumerate(made)],
        threads=[
            dataclasses.replace(factory.sample().threads[0], id="t", event_ids=tuple(f"e{i:02d}" for i in range(n)))
        ],
    )


def differing_events():
    """Ten events that differ in something, more than the start page shows, some of them as important as others."""
    more, (conflict, *_) = many_events(9), RUN.findings
    tables = {n: [*getattr(RUN, n), *getattr(more, n)] for n in ("articles", "segments", "events", "threads")}
    joined = [dataclasses.replace(e, article_ids=(*e.article_ids, "a1", "b2")) for e in more.events]
    copied = [
        dataclasses.replace(conflict, id=f"g{i}", event_id=event.id, importance=0.1 * (i % 4))
        for i, event in enumerate(more.events)
    ]
    thread = dataclasses.replace(RUN.threads[0], id="t", event_ids=tuple(e.id for e in more.events))
    changed = {
        "events": [*RUN.events, *joined],
        "threads": [*RUN.threads, thread],
        "findings": [*RUN.findings, *copied],
    }
    return dataclasses.replace(RUN, **{**tables, **changed})


def test_events_cut_into_parts_give_the_same_bytes(tmp_path, monkeypatch):
    whole = build_report(differing_events(), tmp_path / "whole" / "out")
    monkeypatch.setattr(parts, "_EVENTS", 1)
    monkeypatch.setattr(parts, "_ARTICLES", 1)
    assert build_report(differing_events(), tmp_path / "cut" / "out", None, 2) == whole


def test_what_the_start_page_shows_is_the_same_however_events_are_cut():
    lookup = build_lookup(differing_events())
    views = [(event, build_event_view(lookup, event, {})) for event in sorted_events(lookup)]

    def gathered(some):
        found = overview.Gathered.of(lookup)
        for event, view in some:
            found.add(lookup, event, view)
        return found

    whole = gathered(views)
    assert whole.n_differences == 10 and len(whole.differences) == overview.MAX_DIFFERENCES
    assert len(whole.mapped) == 31 and len(whole.thread_events) > 2
    for cut in range(len(views) + 1):
        found = gathered(views[:cut])
        found.extend(gathered(views[cut:]))
        assert found == whole


def test_a_start_page_that_cannot_search_all_events_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(html, "PAGE_ROWS", 3)
    build_report(many_events(9), tmp_path / "whole")
    whole = lxml.html.parse(str(tmp_path / "whole" / "index.html"))
    assert whole.xpath("//form/@data-total") == ["9"]
    assert "Search and order cover" not in whole.getroot().text_content()
    for module in (html, markdown, overview):
        monkeypatch.setattr(module, "MAX_LISTED", 5)
    build_report(many_events(9), tmp_path / "cut")
    page = lxml.html.parse(str(tmp_path / "cut" / "index.html"))
    assert page.xpath("//form/@data-total") == ["5"]
    assert "Search and order cover the 5 events" in page.getroot().text_content()
    assert page.getroot().text_content().count('"rank":') == 2  # with three rows in the page itself
    assert "9 events" in page.getroot().text_content()
    summary = (tmp_path / "cut" / "summary.md").read_text()
    assert summary.count("| [Event") == 5
    assert "4 more events in `all-events.html`" in summary
    assert (tmp_path / "cut" / "all-events.html").read_text().count("<li><a href") == 9


def test_articles_outside_events_are_cut_too(tmp_path, monkeypatch):
    monkeypatch.setattr(overview, "MAX_LISTED", 2)
    build_report(dataclasses.replace(many_events(5), events=[], threads=[]), tmp_path)
    page = lxml.html.parse(str(tmp_path / "index.html"))
    assert len(page.xpath("//section[@aria-labelledby='orphans']//li")) == 2
    assert "3 more articles" in page.getroot().text_content()


def gone(table, **values):
    return table, [dataclasses.replace(getattr(RUN, table)[0], **values), *getattr(RUN, table)[1:]]


SIDE = RUN.findings[0].a
BROKEN = [
    (*gone("segments", article_id="gone"), "segment"),
    (*gone("translations", segment_id="gone"), "translation"),
    (*gone("events", article_ids=("a1", "gone")), "event"),
    (*gone("events", thread_id="gone"), "event"),
    (*gone("threads", event_ids=("gone",)), "thread"),
    (*gone("relations", article_a="gone"), "relation"),
    (*gone("relations", article_b="gone"), "relation"),
    (*gone("copies", event_id="gone"), "copy"),
    (*gone("copies", article_id="gone"), "copy"),
    (*gone("copies", original_id="gone"), "copy"),
    (*gone("beads", event_id="gone"), "bead"),
    (*gone("beads", article_a="gone"), "bead"),
    (*gone("beads", article_b="gone"), "bead"),
    (*gone("beads", segments_a=("gone",)), "bead"),
    (*gone("beads", segments_b=("gone",)), "bead"),
    (*gone("facts", segment_id="gone"), "fact"),
    (*gone("findings", a=dataclasses.replace(SIDE, article_id="gone")), "finding"),
    (*gone("findings", b=dataclasses.replace(SIDE, article_id="gone")), "finding"),
    (*gone("findings", a=dataclasses.replace(SIDE, segment_id="gone")), "finding"),
    (*gone("findings", b=dataclasses.replace(SIDE, segment_id="gone")), "finding"),
    (*gone("pair_scores", event_id="gone"), "pair score"),
    (*gone("pair_scores", article_a="gone"), "pair score"),
    (*gone("pair_scores", article_b="gone"), "pair score"),
    (
        "event_scores",
        [EventScore("gone", *[1] * 2, *[None] * 3, *[0] * 2, *[None] * 3, *[0] * 2, "", "")],
        "event score",
    ),
    (*gone("article_scores", article_id="gone"), "article score"),
]


@pytest.mark.parametrize(("table", "records", "kind"), BROKEN, ids=[f"{t}-{n}" for n, (t, _, _) in enumerate(BROKEN)])
def test_a_reference_that_leads_nowhere_is_told(tmp_path, table, records, kind):
    with pytest.raises(StageError, match=rf"^{kind} '.*' names 'gone', which is not in the run"):
        build_report(dataclasses.replace(RUN, **{table: records}), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "table", ["articles", "segments", "events", "threads", "translations", "findings", "article_scores"]
)
def test_an_id_that_stands_twice_is_told(tmp_path, table):
    records = getattr(RUN, table)
    with pytest.raises(StageError, match="stands twice in the run"):
        build_report(dataclasses.replace(RUN, **{table: [*records, records[0]]}), tmp_path)


def test_what_is_not_there_is_not_found():
    lookup = build_lookup(RUN)
    assert lookup.articles["a1"].id == "a1"
    assert lookup.articles["a1"].paragraphs == ()
    assert "gone" not in lookup.articles and lookup.articles.get("gone") is None
    assert lookup.beads_of.get("gone", ()) == ()
    with pytest.raises(KeyError):
        lookup.segments["gone"]
