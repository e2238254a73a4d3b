"""Data and exchange files: each is read back with the tool that its users have."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
from pathlib import Path

import lxml.etree
import pyarrow.parquet as pq
import pytest
import report_factory as factory
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import arrow_schema, from_table
from pipeline.reporting import build_report
from pipeline.reporting.exports import safe_cell
from pipeline.reporting.stock import TABLES
from pipeline.reporting.tables import table_records

# The elements that a TMX 1.4b file may hold and how they nest, written from the published specification.
TMX_DTD = """
<!ELEMENT tmx (header, body)>
<!ATTLIST tmx version CDATA #FIXED "1.4">
<!ELEMENT header (note | prop | ude)*>
<!ATTLIST header creationtool CDATA #REQUIRED creationtoolversion CDATA #REQUIRED
  segtype (block | paragraph | sentence | phrase) #REQUIRED o-tmf CDATA #REQUIRED adminlang CDATA #REQUIRED
  srclang CDATA #REQUIRED datatype CDATA #REQUIRED o-encoding CDATA #IMPLIED creationdate CDATA #IMPLIED
  creationid CDATA #IMPLIED changedate CDATA #IMPLIED changeid CDATA #IMPLIED>
<!ELEMENT body (tu*)>
<!ELEMENT tu ((note | prop)*, tuv+)>
<!ATTLIST tu tuid CDATA #IMPLIED srclang CDATA #IMPLIED creationdate CDATA #IMPLIED>
<!ELEMENT tuv ((note | prop)*, seg)>
<!ATTLIST tuv xml:lang CDATA #REQUIRED>
<!ELEMENT seg (#PCDATA)>
<!ELEMENT note (#PCDATA)>
<!ELEMENT prop (#PCDATA)>
<!ATTLIST prop type CDATA #REQUIRED xml:lang CDATA #IMPLIED>
<!ELEMENT ude EMPTY>
"""


def read_tmx(path: Path) -> list[list[tuple[str, str]]]:
    """Read units with translate-toolkit, as (language, text) per variant."""
    from translate.storage.tmx import tmxfile

    store = tmxfile.parsestring(path.read_bytes())
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    return [
        [(node.get(language), "".join(node.find("seg").itertext())) for node in unit.getlanguageNodes()]
        for unit in store.units
    ]


def read_csv(path: Path) -> list[dict[str, str]]:
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("name", ["alignments", "translations"])
def test_tmx_is_valid(sample_report: Path, name: str) -> None:
    document = lxml.etree.parse(sample_report / "exports" / f"{name}.tmx")
    dtd = lxml.etree.DTD(io.StringIO(TMX_DTD))
    assert dtd.validate(document), dtd.error_log
    assert document.docinfo.system_url == "tmx14.dtd"


def test_tmx_of_alignments_holds_both_sides_in_their_own_words(sample_report: Path) -> None:
    units = read_tmx(sample_report / "exports" / "alignments.tmx")
    assert len(units) == 4  # the bead without a counterpart is no unit
    assert units[1] == [("fr", factory.FR[1]), ("ko", factory.KO[1])]
    assert units[3] == [("fr", factory.FR[4]), ("ko", f"{factory.KO[3]} {factory.KO[4]}")]


def test_tmx_of_translations_holds_only_what_was_translated(sample_report: Path) -> None:
    units = read_tmx(sample_report / "exports" / "translations.tmx")
    pairs = [(u[0][1], u[1][1]) for u in units]
    assert pairs == [*zip(factory.FR, factory.FR_EN, strict=True), *zip(factory.KO, factory.KO_EN, strict=True)]


def test_tmx_survives_text_that_xml_cannot_hold(tmp_path: Path) -> None:
    nasty = "a\x00b\x1f ]]> & < \ufffe \U0001f600"
    article, segments = factory.article("n", "fr", [nasty])
    translations = [factory.translation(segments[0], nasty, None)]
    run = dataclasses.replace(factory.empty(), articles=[article], segments=segments, translations=translations)
    build_report(run, tmp_path)
    (unit,) = read_tmx(tmp_path / "exports" / "translations.tmx")
    assert unit[0] == ("fr", "a\ufffdb\ufffd ]]> & < \ufffd \U0001f600")


def test_bitext_has_one_line_per_translated_sentence_and_no_stray_tabs(tmp_path: Path) -> None:
    article, segments = factory.article("n", "fr", ['un "deux"\ttrois', "quatre\r\ncinq\u2028six"])
    translations = [factory.translation(s, "one\ttwo\nthree", 0.5) for s in segments]
    run = dataclasses.replace(factory.empty(), articles=[article], segments=segments, translations=translations)
    build_report(run, tmp_path)
    lines = (tmp_path / "exports" / "bitext.tsv").read_bytes().decode().split("\n")
    rows = [line.split("\t") for line in lines[:-1]]
    assert lines[-1] == "" and len(rows) == 3
    assert {len(row) for row in rows} == {9}
    assert rows[1][4:7] == ['un "deux" trois', "one two three", "0.5000"]
    assert rows[2][4] == "quatre cinq six"


def test_findings_come_most_important_first_with_both_sentences(sample_report: Path) -> None:
    rows = read_csv(sample_report / "exports" / "findings.csv")
    assert [r["verdict"] for r in rows[:2]] == ["conflict", "translation_artefact"]
    assert rows[0]["sentence_a"] == factory.FR[4] and rows[0]["translation_b"] == factory.KO_EN[3]
    alone = next(r for r in rows if r["kind"] == "quote")
    assert alone["source_b"] == "" and alone["sentence_b"] == ""


def test_no_cell_of_a_csv_starts_a_formula(sample_report: Path) -> None:
    cells = 0
    for path in sorted((sample_report / "exports").glob("*.csv")):
        for row in read_csv(path):
            cells += len(row)
            assert not any(value.lstrip()[:1] in ("=", "+", "-", "@") for value in row.values() if value)
    assert cells > 50


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+82 2", "'+82 2"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n\u00a0=1", "'\n\u00a0=1"),
        ("a=1", "a=1"),
        ("'=1", "'=1"),
        ("", ""),
    ],
)
def test_formula_guard(text: str, expected: str) -> None:
    assert safe_cell(text) == expected


@given(st.text())
def test_formula_guard_only_ever_adds_an_apostrophe(text: str) -> None:
    assert safe_cell(text) in (text, f"'{text}")
    assert safe_cell(text).lstrip()[:1] not in ("=", "+", "-", "@")


def test_glossary_candidates_offer_renderings_of_names_that_recur(tmp_path: Path) -> None:
    korean, ko = factory.article("k", "ko", ["안 모렐 국장이 말했다.", "안 모렐 국장은 떠났다."])
    translations = [
        factory.translation(ko[0], "Director Ahn Morel spoke.", 0.5),
        factory.translation(ko[1], "Director Anne Morel left.", 0.5),
    ]
    facts = [factory.fact(s, "name", "안 모렐", "an morel") for s in ko]
    mentions = {
        ko[0].id: [factory.mention(translations[0].text, "name", "Ahn Morel", "an morel")],
        ko[1].id: [factory.mention(translations[1].text, "name", "Anne Morel", "an morel")],
    }
    run = dataclasses.replace(
        factory.empty(), articles=[korean], segments=ko, translations=translations, facts=facts, mentions=mentions
    )
    build_report(run, tmp_path)
    rows = read_csv(tmp_path / "exports" / "glossary-candidates.csv")
    assert list(rows[0])[:4] == ["term", "language", "target", "note"]
    assert [(r["term"], r["target"], r["times_named"]) for r in rows] == [
        ("안 모렐", "Ahn Morel", "2"),
        ("안 모렐", "Anne Morel", "2"),
    ]


@pytest.mark.parametrize("name", [t.name for t in TABLES])
def test_data_is_read_back_as_the_same_records(sample_report: Path, name: str) -> None:
    table = next(t for t in TABLES if t.name == name)
    rows = [
        (["" if v is None else v for v in table.row(x)[: table.sorted_by]], x) for x in getattr(factory.sample(), name)
    ]
    record, expected = table.record, [x for _, x in sorted(rows, key=lambda pair: pair[0])]
    table = pq.read_table(sample_report / "data" / f"{name}.parquet")
    assert table.schema.equals(arrow_schema(record))
    assert from_table(table, record) == expected
    lines = (sample_report / "data" / f"{name}.jsonl").read_bytes().decode().split("\n")[:-1]
    assert [json.loads(line) for line in lines] == table.to_pylist()


def test_json_lines_keep_scripts_readable(sample_report: Path) -> None:
    assert "아브르빌" in (sample_report / "data" / "segments.jsonl").read_text(encoding="utf-8")


def test_every_record_type_of_a_run_is_written(sample_report: Path) -> None:
    run_fields = {f.name for f in dataclasses.fields(factory.sample())}
    names = {p.stem for p in (sample_report / "data").iterdir()}
    stored, derived = {t.name for t in TABLES}, {"matrix", "omissions", "ledger"}
    assert names == stored | derived == set(table_records())
    assert stored <= run_fields and len(stored) == 14


def test_markdown_of_hostile_text_holds_no_html_and_no_link(sample_report: Path) -> None:
    for path in sorted(sample_report.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<(?!br>)", text), path
        for target in re.findall(r"(?<!\\)\]\(([^)]*)\)", text):
            resolved = (path.parent / target.split("#")[0]).resolve()
            assert resolved.is_file() and resolved.is_relative_to(sample_report.resolve()), (path, target)
