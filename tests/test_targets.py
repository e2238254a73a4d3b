"""Any configured language can be the target: the whole pipeline on the seeds, with French and Korean as targets."""

import csv
import io
import json
import re

import lxml.etree
import lxml.html
import pyarrow.parquet as pq
import pytest

from pipeline.config import load_config
from pipeline.quality.fidelity import check
from pipeline.quality.metrics import bleu
from pipeline.records import Article, Bead, Event, PairScore, Segment, Translation, from_table
from pipeline.runner import run

LANGUAGES = ("fr", "ko", "en")


@pytest.fixture(scope="module", params=["fr", "ko"])
def done(request, tmp_path_factory, seeds):
    """A finished run; its folder is named after its target."""
    output = tmp_path_factory.mktemp("targets") / request.param
    path = output.with_suffix(".yaml")
    path.write_text(f"target: {request.param}\ntranslate:\n  engine: fake\n")
    run(load_config(path), str(seeds), output)
    return output


@pytest.fixture(scope="module")
def target(done):
    return done.name


def table(done, name, kind):
    return from_table(pq.read_table(done / "data" / f"{name}.parquet"), kind)


def test_every_other_language_is_translated_english_too(done, target):
    segments = {s.id: s for s in table(done, "segments", Segment)}
    translations = table(done, "translations", Translation)
    assert len(translations) == len(segments)
    translated = dict.fromkeys(LANGUAGES, 0)
    for t in translations:
        segment = segments[t.segment_id]
        assert (t.source_language, t.target_language) == (segment.language, target)
        if segment.language == target or not any(map(str.isalpha, segment.text)):
            assert (t.engine, t.text) == ("source", segment.text)
        else:
            assert t.text == f"[{segment.language}>{target}] {segment.text}"
            translated[segment.language] += 1
    assert [lang for lang in LANGUAGES if not translated[lang]] == [target]
    assert translated["en"] > 50


def test_the_two_english_accounts_are_still_one_event(done):
    events = table(done, "events", Event)
    articles = {a.id: a for a in table(done, "articles", Article)}
    (shared,) = [e for e in events if len(e.article_ids) > 1]
    assert [articles[i].language for i in shared.article_ids] == ["en", "en"]
    assert shared.date == "2024-05-10"
    assert table(done, "beads", Bead)


def test_titles_and_places_are_in_the_target_language(done, target):
    articles = {a.id: a for a in table(done, "articles", Article)}
    for event in table(done, "events", Event):
        spoken = {articles[i].language for i in event.article_ids}
        if target in spoken:
            assert not event.title.startswith("[")
        else:
            assert re.match(rf"\[\w\w>{target}\] ", event.title)
    places = {e.place for e in table(done, "events", Event)}
    assert {"fr": "Japon", "ko": "일본"}[target] in places


def test_scores_carry_the_tokenizer_of_the_target(done, target):
    (score,) = [s for s in table(done, "pair_scores", PairScore) if s.bleu is not None]
    expected = bleu(["a"], ["a"], target).signature
    assert score.bleu_signature == expected
    assert ("tok:13a" in expected) == (target == "fr")


def test_pages_mark_titles_and_translations_with_the_target_language(done, target):
    page = lxml.html.parse(done / "index.html").getroot()
    assert page.get("lang") == "en"  # the words of the report itself
    titles = page.xpath("//a[contains(@class, 'title')]/*")
    assert len(titles) == 4
    assert {t.get("lang") for t in titles} == {target}
    events = {e.id: e for e in table(done, "events", Event)}
    for event in events:
        (heading,) = lxml.html.parse(done / "events" / f"{event}.html").getroot().iter("h1")
        assert [child.get("lang") for child in heading] == [target]
    names = {"fr": "French", "ko": "Korean", "en": "English"}
    text = page.text_content()
    for source in set(LANGUAGES) - {target}:
        assert f"{names[source]} to {names[target]}" in text
    assert f"{names[target]} to" not in text


def test_articles_in_the_target_language_are_called_originals(done, target):
    for article in table(done, "articles", Article):
        page = (done / "articles" / f"{article.id}.md").read_text(encoding="utf-8")
        assert ("| Translation |" in page) == (article.language != target)


def test_exports_name_the_target(done, target):
    lines = (done / "exports" / "bitext.tsv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert {r["target_language"] for r in rows} == {target}
    assert {r["source_language"] for r in rows} == set(LANGUAGES) - {target}
    units = lxml.etree.parse(done / "exports" / "translations.tmx").getroot().findall(".//tu")
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    assert len(units) == len(rows)
    for unit in units:
        source, translated = unit.findall("tuv")
        assert (unit.get("srclang"), translated.get(lang)) == (source.get(lang), target)
    candidates = io.StringIO((done / "exports" / "glossary-candidates.csv").read_text(encoding="utf-8-sig"), newline="")
    assert target not in {r["language"] for r in csv.DictReader(candidates)}


def test_what_a_reviewer_sends_back_is_used(done, target):
    """The report's own table, corrected in one place, is a file of corrections."""
    from pipeline.engines.memory import TranslationMemory
    from pipeline.engines.memory_work import import_file

    rows = (done / "exports" / "bitext.tsv").read_text(encoding="utf-8").splitlines()
    cells = dict(zip(rows[0].split("\t"), rows[1].split("\t"), strict=True))
    cells["target"] = "Corrected."
    corrections = done.parent / f"corrections-{target}.tsv"
    corrections.write_text("\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n", encoding="utf-8")
    memory = TranslationMemory(done.parent / f"copy-{target}.sqlite")
    assert import_file(memory, corrections, origin="review").new == 1
    pair = f"{cells['source_language']}-{target}"
    assert memory.lookup([cells["source"]], pair, "any")[" ".join(cells["source"].split())].text == "Corrected."
    memory.close()


def test_the_manifest_names_every_pair(done, target):
    manifest = json.loads((done / "manifest.json").read_text(encoding="utf-8"))
    notes = manifest["stages"]["translate"]["notes"]
    assert sorted(notes) == sorted(f"{lang}-{target}" for lang in LANGUAGES if lang != target)


@pytest.mark.parametrize(
    ("source", "text", "target", "translation", "kinds"),
    [
        ("en", "It costs 12.5 million won.", "fr", "Cela coûte 12,5 millions de wons.", []),
        ("en", "It costs 12.5 million won.", "fr", "Cela coûte 15,2 millions de wons.", ["money"]),
        ("en", "They met on May 10, 2024.", "ko", "그들은 2024년 5월 10일에 만났다.", []),
        ("en", "They met on May 10, 2024.", "ko", "그들은 2024년 5월 11일에 만났다.", ["date"]),
        ("ko", "직원은 3만 5천 명이다.", "fr", "Il y a 35 000 employés.", []),
        ("fr", "Il y a 35 000 employés.", "ko", "직원은 3만 5천 명이다.", []),
        ("fr", "Il y a 35 000 employés.", "ko", "직원은 3천5백 명이다.", ["number"]),
        ("en", "The minister opened the meeting on Monday.", "ko", "장관이 월요일에 회의를 열었다.", []),
    ],
)
def test_fidelity_is_checked_in_every_direction(source, text, target, translation, kinds):
    assert [f.kind for f in check(text, translation, source, target).findings] == kinds
