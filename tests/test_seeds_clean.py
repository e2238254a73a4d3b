"""The five seed articles: their complete clean text, held against what was read off the raw files by eye."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.cleaning.article import CleaningSettings, ParsedItem, parse_item
from pipeline.readers.inventory import take_inventory
from pipeline.readers.items import RawItem, iter_items
from pipeline.readers.settings import ReaderSettings
from pipeline.records import Reason, Rejection
from pipeline.text import normalise

SEEDS = Path(__file__).resolve().parents[1] / "seeds"
EXPECTED = Path(__file__).resolve().parent / "expected" / "seeds"
NAMES = sorted(path.stem for path in SEEDS.glob("*.txt"))

# What goes, by file: how many lines for which reason.
DROPPED = {
    "000_319ca5ab96b61ed8": {Reason.RELATED: 1},
    "001_da5b2b627a796a6b": {Reason.RELATED: 1},
    "002_fa054e0a3bdd81b3": {Reason.SHARE_BUTTONS: 1, Reason.COMMENTS: 1},
    "003_8c49706cb32dc222": {Reason.MOST_READ: 11, Reason.NAVIGATION: 3, Reason.REPEATED_BODY: 7},
    "004_f8b78bef5f948202": {
        Reason.BREADCRUMB: 3,
        Reason.REPEATED_TITLE: 1,
        Reason.CALL_TO_ACTION: 2,
        Reason.SOCIAL_LINKS: 1,
        Reason.CONTACT: 4,
    },
}


@pytest.fixture(scope="module")
def parsed() -> dict[str, ParsedItem]:
    items = list(iter_items(take_inventory(SEEDS), ReaderSettings()))
    assert not [item for item in items if isinstance(item, Rejection)]
    return {item.name: parse_item(item, CleaningSettings()) for item in items if isinstance(item, RawItem)}


def test_all_five_are_read(parsed):
    assert sorted(parsed) == NAMES == sorted(DROPPED)


@pytest.mark.parametrize("name", NAMES)
def test_clean_text_is_complete_and_nothing_more(parsed, name):
    article = parsed[name].article
    assert article is not None
    expected = (EXPECTED / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert [paragraph.text for paragraph in article.paragraphs] == expected


@pytest.mark.parametrize("name", NAMES)
def test_dropped_lines_have_their_reason(parsed, name):
    reasons = [rejection.reason for rejection in parsed[name].rejections]
    assert {reason: reasons.count(reason) for reason in reasons} == DROPPED[name]


@pytest.mark.parametrize("name", NAMES)
def test_offsets_lead_back_to_the_file(parsed, name):
    raw = (SEEDS / f"{name}.txt").read_text(encoding="utf-8")
    result = parsed[name]
    assert result.article is not None
    for paragraph in result.article.paragraphs:
        assert normalise(raw[paragraph.start : paragraph.end]).text == paragraph.text
    for rejection in result.rejections:
        assert raw[rejection.start : rejection.end].strip().startswith((rejection.text or "").removesuffix("…"))


def test_titles(parsed):
    titles = {name: result.article.title for name, result in parsed.items()}
    assert titles["003_8c49706cb32dc222"] is None
    for name in set(NAMES) - {"003_8c49706cb32dc222"}:
        first = parsed[name].article.paragraphs[0]
        assert (first.kind, first.text) == ("title", titles[name])


def test_titles_and_date_are_found_without_the_sidecar():
    for name in NAMES:
        data = (SEEDS / f"{name}.txt").read_bytes()
        article = parse_item(RawItem(f"{name}.txt", None, name, data, None, "text"), CleaningSettings()).article
        assert (article.title is None) == name.startswith("003")
        assert article.published == ("2024-05-10" if name.startswith("004") else None)


def test_participants_are_items_under_their_headings(parsed):
    paragraphs = parsed["004_f8b78bef5f948202"].article.paragraphs
    kinds = [(p.kind, p.text.split(",")[0]) for p in paragraphs[5:29]]
    assert [text for kind, text in kinds if kind == "heading"] == [
        "Roundtable participants",
        "<Japan>",
        "<South Korea>",
    ]
    assert sum(kind == "item" for kind, _ in kinds) == 20
    assert kinds[2] == ("item", "Hiroaki Ueno")
    assert kinds[-1][0] == "body"


def test_sidecar_says_no_more_than_the_texts(parsed):
    for name, result in parsed.items():
        article = result.article
        raw = (SEEDS / f"{name}.txt").read_text(encoding="utf-8")
        assert article.url is None and article.language is None
        assert article.source is None or article.source in raw
        assert article.published in (None, "2024-05-10")
    assert "May 10, 2024" in (SEEDS / "004_f8b78bef5f948202.txt").read_text(encoding="utf-8")
