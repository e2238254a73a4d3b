"""The pages: nothing of an article becomes markup, links lead somewhere, the same data gives the same bytes."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from pathlib import Path
from urllib.parse import unquote, urlsplit

import lxml.html
import pytest
import report_factory as factory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import StageError, StoreError
from pipeline.records import Copy, Event, Finding, Segment
from pipeline.reporting import build_report
from pipeline.reporting.event_view import build_event_view
from pipeline.reporting.lookup import build_lookup
from pipeline.reporting.words import safe_name

PROGRAMS = "//script[not(@type='application/json')]"


def pages(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


def parse(page: Path) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(page.read_bytes().decode("utf-8"))


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_every_page_of_the_layout_is_there(sample_report: Path) -> None:
    found = set(tree(sample_report))
    hostile = safe_name(factory.HOSTILE_ID)
    for name in ("event-1", "event-2", hostile):
        assert {f"events/{name}.html", f"events/{name}.md"} <= found
    for name in ("a1", "b2", "c3", hostile):
        assert {f"articles/{name}.html", f"articles/{name}.md"} <= found
    assert {"index.html", "summary.md", "run.html"} <= found


def test_paths_returned_are_the_files_written(tmp_path: Path) -> None:
    assert list(build_report(factory.sample(), tmp_path)) == sorted(tree(tmp_path))


def test_no_element_or_handler_of_an_article_becomes_markup(sample_report: Path) -> None:
    for page in pages(sample_report):
        document = parse(page)
        name = page.relative_to(sample_report).as_posix()
        assert len(document.xpath(PROGRAMS)) == int(name != "run.html"), name
        assert not document.xpath("//img | //iframe | //object | //embed | //link | //base | //form[@action]"), name
        assert not document.xpath("//i | //*[@onload] | //*[@onerror]"), name
        for element in document.iter():
            handlers = [a for a in getattr(element, "attrib", {}) if a.lower().startswith("on") or a == "style"]
            assert not handlers, (name, element.tag, handlers)


def test_hostile_text_is_shown_as_text(sample_report: Path) -> None:
    page = parse(sample_report / "articles" / f"{safe_name(factory.HOSTILE_ID)}.html")
    text = page.text_content()
    assert "<script>alert('x')</script>" in text
    assert "<svg onload=alert(2)>" in text


def test_bidirectional_controls_are_made_visible(sample_report: Path) -> None:
    for path, data in tree(sample_report).items():
        if path.endswith((".html", ".md")):
            assert not any(c in data.decode() for c in "\u202a\u202b\u202d\u202e\u2066\u2067"), path
    assert "[U+202E]" in (sample_report / "index.html").read_text(encoding="utf-8")


def test_links_lead_to_files_and_anchors_that_are_there(sample_report: Path) -> None:
    anchors = {page: set(parse(page).xpath("//@id")) for page in pages(sample_report)}
    checked = 0
    for page in pages(sample_report):
        for href in parse(page).xpath("//a/@href"):
            parts = urlsplit(href)
            if parts.scheme:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            assert target.is_file(), (page.name, href)
            assert target.is_relative_to(sample_report.resolve())
            if parts.fragment:
                assert parts.fragment in anchors[sample_report / target.relative_to(sample_report.resolve())], (
                    page.name,
                    href,
                )
            checked += 1
    assert checked > 60


def test_anchors_are_unique_on_each_page(sample_report: Path) -> None:
    for page in pages(sample_report):
        ids = parse(page).xpath("//@id")
        assert len(ids) == len(set(ids)), page.name


def test_only_web_addresses_are_linked_and_nothing_is_loaded(sample_report: Path) -> None:
    outside = []
    for page in pages(sample_report):
        document = parse(page)
        assert not document.xpath("//*[@src] | //*[@srcset] | //*[@data] | //*[@poster]"), page.name
        outside += [a for a in document.xpath("//a[@href]") if urlsplit(a.get("href")).scheme]
        style = "".join(document.xpath("//style/text()"))
        assert "url(" not in style and "@import" not in style
    assert [a.get("href") for a in outside] == ["https://example.org/a?x=1&y=2"]
    assert "noreferrer" in outside[0].get("rel")


def test_policy_allows_exactly_the_inlined_style_and_script(sample_report: Path) -> None:
    for page in pages(sample_report):
        document = parse(page)
        policy = document.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        for tag in ("style", "script"):
            for text in document.xpath(f"//{tag}[not(@type='application/json')]/text()"):
                digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
                assert f"{tag}-src 'sha256-{digest}'" in policy, page.name


def test_every_table_header_and_image_is_named(sample_report: Path) -> None:
    for page in pages(sample_report):
        document = parse(page)
        assert document.xpath("/html/@lang") == ["en"]
        assert all(svg.get("aria-label") for svg in document.xpath("//*[local-name()='svg']"))
        assert all(th.get("scope") for th in document.xpath("//th"))
        assert len(document.xpath("//h1")) == 1
        for control in document.xpath("//input | //select"):
            labels = document.xpath(
                f"//label[@for='{control.get('id')}'] | //label[.//input[@id='{control.get('id')}']]"
            )
            assert labels or control.getparent().tag == "label"


def test_source_and_translation_carry_their_language(sample_report: Path) -> None:
    page = parse(sample_report / "articles" / "b2.html")
    segment = page.get_element_by_id("s-0003")
    source, target = (
        segment.xpath(".//p[contains(@class, 'src')]")[0],
        segment.xpath(".//p[contains(@class, 'tgt')]")[0],
    )
    assert (source.get("lang"), target.get("lang")) == ("ko", "en")
    assert [m.text_content() for m in source.xpath(".//mark[@class='conflict']")] == ["1천500만 유로"]
    assert [m.text_content() for m in target.xpath(".//mark[@class='conflict']")] == ["15 million euros"]


def test_a_name_is_marked_in_the_translation_although_it_is_spelt_otherwise(sample_report: Path) -> None:
    segment = parse(sample_report / "articles" / "b2.html").get_element_by_id("s-0004")
    marks = segment.xpath(".//mark[@class='translation-artefact']")
    assert [m.text_content() for m in marks] == ["안 모렐", "An Morel"]


def test_a_finding_leads_to_its_sentence_and_back(sample_report: Path) -> None:
    event = parse(sample_report / "events" / "event-1.html")
    card = event.xpath("//li[contains(@class, 'card conflict')]")[0]
    hrefs = card.xpath(".//a/@href")
    assert set(hrefs) == {"../articles/a1.html#s-0004", "../articles/b2.html#s-0003"}
    sentence = parse(sample_report / "articles" / "a1.html").get_element_by_id("s-0004")
    assert f"../events/event-1.html#{card.get('id')}" in sentence.xpath(".//a/@href")


def test_start_page_puts_the_contested_event_first_and_says_so(sample_report: Path) -> None:
    document = parse(sample_report / "index.html")
    first = document.xpath("//tbody[@id='events-body']/tr")[0]
    assert first.get("data-conflicts") == "1"
    assert "The accounts differ on 1 fact, agree on 2" in first.text_content()
    assert "The accounts conflict on 1 fact in 1 event." in document.text_content()


def test_start_page_says_how_far_the_translation_can_be_trusted(sample_report: Path) -> None:
    headings = [h.text_content() for h in parse(sample_report / "index.html").xpath("//div[@class='trust']/h3")]
    assert headings == ["French to English: good", "Korean to English: rough: do not rely on it"]


def test_matrix_shows_conflict_agreement_and_who_says_what(sample_report: Path) -> None:
    rows = parse(sample_report / "events" / "event-1.html").xpath("//table[@class='matrix']/tbody/tr")
    assert [r.get("class") for r in rows] == ["conflict", "translation_artefact", "agree", "agree"]
    assert [c.xpath("string(.//a)") for c in rows[0].xpath("td")] == ["1천500만 유로", "12 millions d’euros"]


def test_the_article_listed_first_stands_on_the_left(sample_report: Path) -> None:
    document = parse(sample_report / "events" / "event-1.html")
    letters = document.xpath("//table[@class='passages']/thead//th/text()")
    assert letters == ["A, Korean", "B, French"]
    first = document.xpath("//table[@class='passages']/tbody/tr[2]/td")
    assert [td.xpath("string(.//span)") for td in first] == [factory.KO[0], factory.FR[0]]
    assert "80% (37% to 96%) of A, 60% (23% to 88%) of B" in document.text_content()
    assert "Only in B: 1 sentence" in document.text_content()


def test_findings_that_share_a_fact_are_one_row(tmp_path: Path) -> None:
    run = factory.sample()
    english = [s for s in run.segments if s.article_id == "c3"]
    third = factory.fact(english[2], "number", "500", "12000000")
    shared = next(f for f in run.findings if f.id == "f1")
    link = dataclasses.replace(shared, id="f8", verdict="agree", a=factory.side(third), b=shared.b)
    events = [dataclasses.replace(run.events[0], article_ids=("a1", "b2", "c3")), *run.events[1:]]
    facts = [*run.facts, third]
    build_report(dataclasses.replace(run, events=events, facts=facts, findings=[*run.findings, link]), tmp_path)
    document = parse(tmp_path / "events" / "event-1.html")
    row = document.xpath("//table[@class='matrix']/tbody/tr")[0]
    assert [c.xpath("string(.//a)") for c in row.xpath("td")] == ["1천500만 유로", "12 millions d’euros", "500"]
    assert len(document.xpath("//li[contains(@class, 'card conflict')]")) == 1
    assert document.xpath("//*[@id='f-f1'] and //*[@id='f-f8']")


def repeated(verdict: str) -> list[dict[str, str]]:
    """Let two articles name a person three times, once in dispute, and return the rows of the matrix."""
    one, first = factory.article("p1", "en", ["Title", "Lee Ann came.", "Lee Ann went.", "Lee Ann sang."])
    two, second = factory.article("p2", "en", ["Title", "Lee Ann came.", "Lee Ann went.", "Lee An sang."])
    a = [factory.fact(s, "name", "Lee Ann", "lee ann", role="person") for s in first[1:]]
    b = [
        factory.fact(s, "name", n, "lee ann") for s, n in zip(second[1:], ["Lee Ann", "Lee Ann", "Lee An"], strict=True)
    ]
    findings = [
        Finding(f"g{n}", "e", "agree" if n < 2 else verdict, "name", factory.side(x), factory.side(y), 0.9, 0.5, "")
        for n, (x, y) in enumerate(zip(a, b, strict=True))
    ]
    run = dataclasses.replace(
        factory.empty(),
        articles=[one, two],
        segments=first + second,
        events=[Event("e", "t", ("p1", "p2"), "Lee Ann", None, None, (), None)],
        threads=[factory.Thread("t", ("e",), "t")],
        facts=a + b,
        findings=findings,
    )
    view = build_event_view(build_lookup(run), run.events[0], {})
    return [
        {"verdict": g.verdict, "kind": g.kind, "said": f"{cells[0].others} {cells[1].others}"} for g, cells in view.rows
    ]


def test_a_name_that_both_repeat_is_one_fact() -> None:
    assert repeated("agree") == [{"verdict": "agree", "kind": "person", "said": "2 2"}]


def test_a_disputed_mention_stands_for_itself() -> None:
    assert repeated("conflict") == [
        {"verdict": "conflict", "kind": "person", "said": "0 0"},
        {"verdict": "agree", "kind": "person", "said": "1 1"},
    ]


def test_conflicts_come_before_more_accounts_and_newer_dates(tmp_path: Path) -> None:
    run = factory.sample()
    newer = dataclasses.replace(run.events[1], article_ids=("a1", "b2", "c3"), date="2030-01-01")
    build_report(dataclasses.replace(run, events=[newer, run.events[0], run.events[2]]), tmp_path)
    rows = parse(tmp_path / "index.html").xpath("//tbody[@id='events-body']/tr")
    assert [r.get("data-conflicts") for r in rows] == ["1", "0", "0"]
    assert [r.get("data-accounts") for r in rows] == ["2", "3", "1"]


def test_an_event_of_one_article_has_no_comparison(sample_report: Path) -> None:
    document = parse(sample_report / "events" / "event-2.html")
    assert "One account, nothing to compare" in document.text_content()
    assert not document.xpath("//*[@id='conflict'] | //*[@id='matrix'] | //*[@id='passages']")


def test_removed_lines_and_unknown_metadata_are_shown(sample_report: Path) -> None:
    french = parse(sample_report / "articles" / "a1.html").text_content()
    assert "Share buttons" in french and "Partager" in french
    assert "Source unknown; date unknown" in parse(sample_report / "articles" / "c3.html").text_content()


def test_run_page_shows_stages_in_order_models_and_rejections_but_no_durations(sample_report: Path) -> None:
    document = parse(sample_report / "run.html")
    stages = document.xpath("//section[@aria-labelledby='stages']//th[@scope='row']/text()")
    assert stages == ["ingest", "translate", "align"]
    text = document.get_element_by_id("main").text_content()
    assert "Apache-2.0" in text and "Not a text file; remove it." in text and "1.25" not in text


def test_same_data_gives_same_bytes_in_any_order(tmp_path: Path) -> None:
    run = factory.sample()
    build_report(run, tmp_path / "one")
    turned = {
        f.name: list(reversed(getattr(run, f.name)))
        for f in dataclasses.fields(run)
        if isinstance(getattr(run, f.name), list) and f.name != "models"
    }
    build_report(dataclasses.replace(run, **turned), tmp_path / "two")
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_durations_and_places_do_not_reach_the_pages(tmp_path: Path) -> None:
    run = factory.sample()
    build_report(run, tmp_path / "one")
    slower = {name: {**m, "seconds": 99.5, "files": ["/somewhere"]} for name, m in run.manifests.items()}
    build_report(dataclasses.replace(run, manifests=slower), tmp_path / "elsewhere" / "two")
    assert tree(tmp_path / "one") == tree(tmp_path / "elsewhere" / "two")


def test_nothing_is_written_outside_the_folder(tmp_path: Path) -> None:
    inside = tmp_path / "deep" / "er" / "out"
    build_report(factory.sample(), inside)
    assert [p for p in tmp_path.rglob("*") if p.is_file() and not p.is_relative_to(inside)] == []


def test_a_link_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    elsewhere, inside = tmp_path / "elsewhere", tmp_path / "out"
    elsewhere.mkdir()
    inside.mkdir()
    (inside / "articles").symlink_to(elsewhere)
    with pytest.raises(StoreError, match="outside"):
        build_report(factory.sample(), inside)
    assert list(elsewhere.iterdir()) == []


def test_a_file_in_the_way_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(StoreError, match="data"):
        build_report(factory.sample(), tmp_path)


def test_stale_pages_go_and_other_files_stay(tmp_path: Path) -> None:
    build_report(factory.sample(), tmp_path)
    for name in ("events/old.html", "articles/old.md", "articles/.old.html.tmp"):
        (tmp_path / name).write_text("old")
    for name in ("articles/notes.txt", "manifest.json", "events.html"):
        (tmp_path / name).write_text("mine")
    build_report(factory.empty(), tmp_path)
    assert {p for p in tree(tmp_path) if p.startswith(("events/", "articles/"))} == {"articles/notes.txt"}
    assert (tmp_path / "manifest.json").read_text() == "mine" and (tmp_path / "events.html").exists()


def test_an_empty_run_gives_a_page_that_says_so(tmp_path: Path) -> None:
    build_report(factory.empty(), tmp_path)
    assert "No article was read" in parse(tmp_path / "index.html").text_content()
    assert not parse(tmp_path / "index.html").xpath("//table")


def test_articles_without_events_are_still_listed(tmp_path: Path) -> None:
    run = factory.sample()
    bare = dataclasses.replace(
        run,
        events=[],
        threads=[],
        beads=[],
        findings=[],
        facts=[],
        relations=[],
        pair_scores=[],
        event_scores=[],
        article_scores=[],
    )
    build_report(bare, tmp_path)
    hrefs = parse(tmp_path / "index.html").xpath("//section[@aria-labelledby='orphans']//a/@href")
    assert len(hrefs) == 4


def test_ids_that_do_not_join_are_an_error_that_names_both(tmp_path: Path) -> None:
    run = factory.sample()
    lost = dataclasses.replace(run.findings[0], id="f9", event_id="gone")
    with pytest.raises(StageError, match=r"finding 'f9' names 'gone'"):
        build_report(dataclasses.replace(run, findings=[lost]), tmp_path)
    with pytest.raises(StageError, match="stands twice"):
        build_report(dataclasses.replace(run, articles=[*run.articles, run.articles[0]]), tmp_path)
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    identity=st.text(st.characters(exclude_categories=["Cs"])), text=st.text(st.characters(exclude_categories=["Cs"]))
)
def test_any_id_and_any_text_stay_inside_and_inert(
    tmp_path_factory: pytest.TempPathFactory, identity: str, text: str
) -> None:
    folder = tmp_path_factory.mktemp("any") / "out"
    article, segments = factory.article(identity or "x", "fr", [text, f"<b>{text}</b>"], source=text, url=text)
    run = dataclasses.replace(
        factory.empty(),
        run_name=text,
        articles=[article],
        segments=segments,
        translations=[factory.translation(s, text, None) for s in segments],
        events=[Event(identity, "t", (article.id,), text, text, text, (text,), None)],
        threads=[],
    )
    run = dataclasses.replace(run, threads=[factory.Thread("t", (identity,), text)])
    build_report(run, folder)
    assert {p.parent for p in folder.parent.rglob("*") if p.is_file()} <= {
        folder,
        folder / "events",
        folder / "articles",
        folder / "data",
        folder / "exports",
        folder / "exports" / "xliff",
    }
    for page in pages(folder):
        document = parse(page)
        assert len(document.xpath(PROGRAMS)) == int(page.name != "run.html" or page.parent != folder)
        for block in document.xpath("//script[@type='application/json']/text()"):
            json.loads(block)
        assert not document.xpath("//b[not(ancestor::main)] | //*[@onclick]")


def test_a_long_list_of_segments_keeps_anchors_apart(tmp_path: Path) -> None:
    article, segments = factory.article("long", "en", [f"Sentence {n}." for n in range(12)])
    assert isinstance(segments[0], Segment)
    build_report(dataclasses.replace(factory.empty(), articles=[article], segments=segments), tmp_path)
    ids = parse(tmp_path / "articles" / "long.html").xpath("//div[contains(@class, 'seg')]/@id")
    assert ids == [f"s-{n:04d}" for n in range(12)]


def test_copies_are_told_from_independent_accounts(tmp_path: Path) -> None:
    run = factory.sample()
    copy = Copy("event-1", "b2", "a1", "translation", 0.93)
    build_report(dataclasses.replace(run, copies=(copy,)), tmp_path)
    for page in ("index.html", "summary.md"):
        assert "2 articles, 1 independent account" in (tmp_path / page).read_text(encoding="utf-8"), page
    for ending in ("html", "md"):
        event = (tmp_path / "events" / f"event-1.{ending}").read_text(encoding="utf-8")
        assert "2 articles, 1 independent account" in event
        assert "translation of B" in event  # pages list by date, and the original is of the 13th
    build_report(run, tmp_path)
    assert "independent account" not in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_copy_of_nothing_is_an_error(tmp_path: Path) -> None:
    run = dataclasses.replace(factory.sample(), copies=(Copy("event-1", "b2", "nowhere", "near", 0.5),))
    with pytest.raises(StageError, match="nowhere"):
        build_report(run, tmp_path)
