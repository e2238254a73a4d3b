"""XLIFF, schemas, the local server and the comparison of runs, each looked at by a reader that is not ours."""

from __future__ import annotations

import dataclasses
import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lxml.etree
import lxml.html
import pytest
import report_factory as factory
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline import records
from pipeline.cli import app
from pipeline.commands.serve import make_server
from pipeline.errors import InputError
from pipeline.reporting import build_report
from pipeline.reporting.diff import RunTables, compare_runs, read_run
from pipeline.reporting.diff_page import diff_page, word_changes
from pipeline.reporting.lookup import build_lookup
from pipeline.reporting.schemas import table_schema, tables
from pipeline.reporting.words import safe_name
from pipeline.reporting.xliff import article_xliff
from pipeline.reviews.book import Reviews
from pipeline.reviews.model import decision_adapter
from pipeline.reviews.subjects import translation_subject

RUN = factory.sample()
XLIFF = {"x": "urn:oasis:names:tc:xliff:document:2.0"}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "sample"
    build_report(RUN, folder)
    return folder


# --- XLIFF ------------------------------------------------------------------------------------------------------------


def test_translate_toolkit_reads_every_sentence_with_state_and_notes(out: Path) -> None:
    xliff2 = pytest.importorskip("translate.storage.xliff2")
    store = xliff2.Xliff2File.parsefile(str(out / "exports" / "xliff" / "b2.xlf"))
    units = [u for u in store.units if not u.isheader()]
    assert [u.source for u in units] == factory.KO
    assert [u.target for u in units] == factory.KO_EN
    assert (store.sourcelanguage, store.targetlanguage) == ("ko", "en")
    root = lxml.etree.parse(str(out / "exports" / "xliff" / "b2.xlf"))  # the toolkit does not read a unit's notes
    units = root.xpath("//x:unit", namespaces=XLIFF)
    notes = [" ".join(u.xpath("x:notes/x:note/text()", namespaces=XLIFF)) for u in units]
    assert "name missing: 정상화" in notes[4]
    assert "12 million euros against 15 million euros" in notes[3]


def test_xliff_follows_the_standard_where_it_can_be_checked(out: Path) -> None:
    root = lxml.etree.parse(str(out / "exports" / "xliff" / "b2.xlf")).getroot()
    assert root.tag == f"{{{XLIFF['x']}}}xliff" and root.get("version") == "2.1"
    ids = root.xpath("//x:unit/@id", namespaces=XLIFF)
    assert len(ids) == len(set(ids)) == 5
    assert set(root.xpath("//x:segment/@state", namespaces=XLIFF)) == {"translated"}
    for unit in root.xpath("//x:unit", namespaces=XLIFF):  # the order that the schema fixes
        assert [lxml.etree.QName(e).localname for e in unit] == ["notes", "segment"]
        assert [lxml.etree.QName(e).localname for e in unit[1]] == ["source", "target"]


def test_only_translated_articles_have_a_file_and_old_ones_go(tmp_path: Path) -> None:
    build_report(RUN, tmp_path)
    (tmp_path / "exports" / "xliff" / "old.xlf").write_text("old")
    build_report(RUN, tmp_path)
    assert sorted(p.name for p in (tmp_path / "exports" / "xliff").iterdir()) == ["a1.xlf", "b2.xlf"]


@pytest.mark.parametrize(
    ("verdict", "more", "state"),
    [("accept", {}, "reviewed"), ("reject", {}, "initial"), ("correct", {"correction": factory.KO_EN[1]}, "final")],
)
def test_decisions_set_the_state(verdict: str, more: dict[str, str], state: str) -> None:
    segment = next(s for s in RUN.segments if s.id == "b2-0001")
    made = next(t for t in RUN.translations if t.segment_id == "b2-0001")
    subject = translation_subject(segment, made).model_dump()
    decided = {"kind": "translation", "verdict": verdict, "time": "2024-05-10T00:00:00Z", "subject": subject, **more}
    reviews = Reviews.of([decision_adapter().validate_python({**decided, "note": "<seen>"})])
    lookup = build_lookup(dataclasses.replace(RUN, reviews=reviews))
    root = lxml.etree.fromstring(article_xliff(lookup, lookup.articles["b2"]).encode())
    assert root.xpath("//x:segment/@state", namespaces=XLIFF)[1] == state
    assert root.xpath("//x:note[@category='reviewer']/text()", namespaces=XLIFF) == ["<seen>"]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_gives_well_formed_xliff(text: str) -> None:
    article, segments = factory.article(text, "fr", [text, text])
    run = dataclasses.replace(
        factory.empty(),
        articles=[article],
        segments=segments,
        translations=[factory.translation(segments[0], text, 0.5)],
    )
    root = lxml.etree.fromstring(article_xliff(build_lookup(run), article).encode())
    assert len(root.xpath("//x:unit", namespaces=XLIFF)) == 2
    assert root.xpath("//x:unit/@translate", namespaces=XLIFF) == ["no"]


# --- tables -----------------------------------------------------------------------------------------------------------


def test_every_line_of_every_table_follows_its_schema(out: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    for name in tables():
        if name == "reviews":
            continue
        validator = jsonschema.Draft202012Validator(table_schema(name))
        lines = (out / "data" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        for row in map(json.loads, lines):
            validator.validate(row)
            with pytest.raises(jsonschema.ValidationError):
                validator.validate({**row, "surprise": 1})
    assert len(tables()) >= 12


def test_schemas_name_every_field_of_every_record() -> None:
    schema = table_schema("findings")
    assert list(schema["properties"]) == [f.name for f in dataclasses.fields(records.Finding)]
    assert schema["properties"]["b"] == {"anyOf": [{"$ref": "#/$defs/Side"}, {"type": "null"}]}
    assert set(schema["properties"]["verdict"]["enum"]) == {"agree", "conflict", "only_one", "translation_artefact"}
    assert "translation" in json.dumps(table_schema("reviews"))
    assert CliRunner().invoke(app, ["schema", "findings"]).exit_code == 0
    assert "findings" in CliRunner().invoke(app, ["schema"]).output
    assert CliRunner().invoke(app, ["schema", "finding"]).exit_code == 2


def test_pandas_and_duckdb_read_the_tables_and_they_join(out: Path) -> None:
    pandas = pytest.importorskip("pandas")
    segments = pandas.read_parquet(out / "data" / "segments.parquet")
    lines = pandas.read_json(out / "data" / "segments.jsonl", lines=True)
    assert list(segments["id"]) == list(lines["id"]) and list(segments.columns) == list(lines.columns)
    findings = pandas.read_csv(out / "exports" / "findings.csv", encoding="utf-8-sig", keep_default_na=False)
    assert len(findings) == len(RUN.findings) and set(findings["review"]) == {""}
    duckdb = pytest.importorskip("duckdb")
    joined = duckdb.sql(
        f"select count(*) from '{out}/data/translations.parquet' t join '{out}/data/segments.parquet' s "
        "on t.segment_id = s.id"
    ).fetchall()
    assert joined == [(len(RUN.translations),)]


# --- serve ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(out: Path) -> Iterator[int]:
    (out / "memory.sqlite").write_text("private")
    (out / ".lock").write_text("")
    (out.parent / "secret.html").write_text("secret")
    (out / "articles" / "link.html").symlink_to(out.parent / "secret.html")
    (out / "stages").mkdir()
    (out / "stages" / "x.json").write_text("{}")
    server = make_server(out, 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()
    (out / "articles" / "link.html").unlink()


def ask(port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, Any, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host=bool(headers))
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html?x=1#y", "text/html; charset=utf-8"),
        ("/articles/b2.html", "text/html; charset=utf-8"),
        ("/data/segments.jsonl", "application/x-ndjson; charset=utf-8"),
        ("/data/segments.parquet", "application/vnd.apache.parquet"),
        ("/exports/alignments.tmx", "application/xml"),
        ("/exports/xliff/b2.xlf", "application/xliff+xml"),
        ("/summary.md", "text/markdown; charset=utf-8"),
    ],
)
def test_files_are_served_with_their_type(address: int, out: Path, path: str, kind: str) -> None:
    status, headers, body = ask(address, path)
    assert (status, headers["Content-Type"], headers["X-Content-Type-Options"]) == (200, kind, "nosniff")
    name = path.split("?", maxsplit=1)[0].lstrip("/") or "index.html"
    assert body == (out / name).read_bytes()
    assert ask(address, path, "HEAD")[2] == b""


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.html",
        "/articles/../../secret.html",
        "/%2e%2e/secret.html",
        "/articles/..%2f..%2fsecret.html",
        "/..\\secret.html",
        "/articles/link.html",
        "/memory.sqlite",
        "/.lock",
        "/stages/x.json",
        "/articles",
        "/articles/",
        "/absent.html",
        "/%00",
        "/%ff",
        "//etc/passwd",
    ],
)
def test_nothing_else_is_served(address: int, path: str) -> None:
    status, _, body = ask(address, path)
    assert status == 404 and b"secret" not in body and b"private" not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_written(address: int, method: str) -> None:
    assert ask(address, "/index.html", method)[0] == 501


def test_a_foreign_name_for_this_address_is_refused(address: int) -> None:
    assert ask(address, "/index.html", Host="evil.example")[0] == 403
    assert ask(address, "/index.html", Host=f"localhost:{address}")[0] == 200


def test_a_folder_without_report_and_a_taken_port_are_clear_errors(address: int, out: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no report"):
        make_server(tmp_path, 0)
    with pytest.raises(InputError, match="cannot be used"):
        make_server(out, address)


# --- diff -------------------------------------------------------------------------------------------------------------


def tables_of(run: Any, name: str = "run") -> RunTables:
    return RunTables(name, run.articles, run.segments, run.translations, run.events, run.findings)


def test_a_run_does_not_differ_from_itself(out: Path) -> None:
    assert not compare_runs(read_run(out), read_run(out))
    done = CliRunner().invoke(app, ["diff", str(out), str(out), "--exit-code"])
    assert done.exit_code == 0 and "Nothing changed." in done.output


def changed_run() -> Any:
    moved = dataclasses.replace(RUN.events[0], id="event-9", article_ids=("a1", "b2", "c3"))
    text = dataclasses.replace(RUN.translations[6], text="The authority <b>said</b> so.", quality=0.4)
    verdict = dataclasses.replace(RUN.findings[0], id="f90", verdict="agree", event_id="event-9")
    others = [dataclasses.replace(f, event_id="event-9") if f.event_id == "event-1" else f for f in RUN.findings[2:]]
    return dataclasses.replace(
        RUN,
        events=[moved, RUN.events[2]],
        threads=[factory.Thread("thread-1", ("event-9",), "Havreville"), RUN.threads[1]],
        translations=[*RUN.translations[:6], text, *RUN.translations[7:]],
        findings=[verdict, *others],
        beads=[dataclasses.replace(b, event_id="event-9") for b in RUN.beads],
        pair_scores=[dataclasses.replace(p, event_id="event-9") for p in RUN.pair_scores],
        event_scores=[],
    )


def test_changes_are_told_by_content_and_not_by_ids() -> None:
    diff = compare_runs(tables_of(RUN), tables_of(changed_run()))
    assert [(e.change, e.joined, e.left) for e in diff.events] == [("changed", ("c3",), ()), ("gone", (), ("c3",))]
    assert [(t.change, t.segment_id, t.after) for t in diff.translations] == [
        ("changed", "b2-0001", "The authority <b>said</b> so.")
    ]
    assert [(f.change, f.before, f.after) for f in diff.findings] == [
        ("changed", "conflict", "agree"),
        ("gone", "agree", None),
    ]
    assert diff.totals["conflicts"] == (1, 0)
    back = compare_runs(tables_of(changed_run()), tables_of(RUN))
    assert {e.change for e in back.events} == {"changed", "new"}


def test_articles_that_came_and_went_are_named() -> None:
    diff = compare_runs(tables_of(RUN), tables_of(factory.empty()))
    assert len(diff.articles_gone) == 4 and not diff.articles_new
    assert all(t.change == "gone" for t in diff.translations)


def test_the_page_of_a_comparison_is_inert_and_marks_words(out: Path, tmp_path: Path) -> None:
    build_report(changed_run(), tmp_path / "after")
    page = tmp_path / "diff.html"
    done = CliRunner().invoke(app, ["diff", str(out), str(tmp_path / "after"), "--html", str(page), "--exit-code"])
    assert done.exit_code == 1 and "translations: 1 changed" in done.output
    document = lxml.html.document_fromstring(page.read_bytes().decode())
    assert not document.xpath("//script | //b | //img | //a[contains(@href, 'index.html')]")
    assert "".join(document.xpath("//ins//text()")).count("<")
    assert "script-src 'none'" in document.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    data = json.loads(CliRunner().invoke(app, ["diff", str(out), str(tmp_path / "after"), "--json"]).output)
    assert data["findings"][0]["before"] == "conflict"
    assert CliRunner().invoke(app, ["diff", str(out), str(tmp_path / "absent")]).exit_code == 1


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"])), st.text(st.sampled_from("ab <&c")))
def test_word_changes_lose_no_word(before: str, after: str) -> None:
    root = lxml.html.fragment_fromstring(f"<p>{word_changes(before, after)}</p>")
    for mark, text in (("ins", before), ("del", after)):
        kept = "".join(
            t for t in root.xpath(".//text()") if not (getattr(t.getparent(), "tag", "") == mark and not t.is_tail)
        )
        assert kept.replace("\r", "\n") == text.replace("\r", "\n")


def test_an_empty_comparison_has_a_page() -> None:
    empty = tables_of(factory.empty())
    assert "Nothing changed" in diff_page(compare_runs(empty, empty), "en")
    assert safe_name("x") == "x"
