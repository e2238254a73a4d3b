"""Dates: what the text says, and what it means once the day of publication is known."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts import parse, resolve_partial, resolve_within
from pipeline.facts.document import parse_document

PLAIN = [
    ("en", "on May 10, 2024", "2024-05-10"),
    ("en", "on 10 May 2024", "2024-05-10"),
    ("en", "on May 10th", "????-05-10"),
    ("en", "On the 10th, they met", "????-??-10"),
    ("en", "on the 10th floor", None),
    ("en", "in April 2018", "2018-04"),
    ("en", "in May", "????-05"),
    ("en", "You may go", None),
    ("en", "in 2017", "2017"),
    ("en", "2017 people", None),
    ("en", "in the 1980s", "1980s"),
    ("en", "the war of 1950-53", "1950/1953"),
    ("en", "on Wednesday", "????-W??-3"),
    ("en", "yesterday", "D-1"),
    ("en", "on the preceding day", "A-1"),
    ("en", "on November 9, last year", "Y-1-11-09"),
    ("en", "on 2024-05-10", "2024-05-10"),
    ("en", "It ended in the 2010s. May 2018 was good", "2010s 2018-05"),
    ("en", "It ended in December. 2018 was good", "????-12 2018"),
    ("fr", "le 26", "????-??-26"),
    ("fr", "Le 26, il est venu", "????-??-26"),
    ("fr", "à Séoul le 8.", "????-??-08"),
    ("fr", "le 20 février", "????-02-20"),
    ("fr", "en février dernier", "????-02"),
    ("fr", "le samedi 15 novembre", "????-11-15"),
    ("fr", "mercredi 17 septembre 2025", "2025-09-17"),
    ("fr", "le 1er octobre", "????-10-01"),
    ("fr", "les sept samouraïs", None),
    ("fr", "les années 1980", "1980s"),
    ("fr", "la veille", "A-1"),
    ("ko", "지난 13일", "????-??-13"),
    ("ko", "지난 8월", "????-08"),
    ("ko", "다음 달 6일", "M+1-06"),
    ("ko", "올 4월", "Y+0-04"),
    ("ko", "2005년 5월 30일", "2005-05-30"),
    ("ko", "2011년", "2011"),
    ("ko", "1930년대에", "1930s"),
    ("ko", "2024.5.10.", "2024-05-10"),
    ("ko", "10일간", None),
    ("ko", "13년 만에", None),
    ("xx", "2024-05-10", "2024-05-10"),
]
RESOLVED = [
    # language, text, published, meaning
    ("ko", "지난 13일", "2023-10-16", "2023-10-13"),
    ("ko", "지난 13일", "2023-10-12", "2023-09-13"),
    ("ko", "지난 8월", "2023-10-16", "2023-08"),
    ("ko", "지난 12월", "2023-10-16", "2022-12"),
    ("ko", "올 4월", "2023-10-16", "2023-04"),
    ("ko", "다음 달 6일", "2025-11-16", "2025-12-06"),
    ("ko", "다음 달 6일", "2025-12-16", "2026-01-06"),
    ("ko", "오는 15일", "2025-11-06", "2025-11-15"),
    ("ko", "어제", "2024-03-01", "2024-02-29"),
    ("ko", "작년", "2024-03-01", "2023"),
    ("en", "on Wednesday", "2025-09-18", "2025-09-17"),
    ("en", "next Wednesday", "2025-09-18", "2025-09-24"),
    ("en", "on the 10th, it", "2024-05-12", "2024-05-10"),
    ("en", "on the 31st, it", "2024-03-02", "2024-01-31"),
    ("en", "yesterday", "2025-11-06T08:00:00", "2025-11-05"),
    ("en", "last week", "2025-01-02", "2024-W52"),
    ("en", "on November 16", "2025-11-06", "2025-11-16"),
    ("fr", "le 20 février", "2025-11-06", "2025-02-20"),
    ("fr", "le 6 décembre", "2025-11-16", "2025-12-06"),
    ("fr", "repoussée au 25, ont annoncé", "2025-09-17", "2025-09-25"),
    ("en", "on May 10, 2024", "1999-01-01", "2024-05-10"),
    ("en", "on February 30", "2024-03-01", "????-02-30"),
    ("en", "on May 10", "not a date", "????-05-10"),
]


@pytest.mark.parametrize(("language", "text", "value"), PLAIN)
def test_values(language, text, value):
    assert [m.value for m in parse(text, language) if m.kind == "date"] == (value.split(" ") if value else [])


@pytest.mark.parametrize(("language", "text", "published", "value"), RESOLVED)
def test_resolved_against_publication(language, text, published, value):
    assert [m.value for m in parse(text, language, reference=published) if m.kind == "date"] == [value]


def test_the_day_before_is_before_the_day_spoken_of():
    text = "The round table was held on May 10, 2024. On the preceding day officials met."
    assert [m.value for m in parse(text, "en", reference="2024-06-30")] == ["2024-05-10", "2024-05-09"]
    assert [m.value for m in resolve_within(parse(text, "en"))] == ["2024-05-10", "2024-05-09"]


def test_without_publication_only_what_follows_is_filled_in():
    mentions = parse("On the 10th they met, as of April 30, 2024; it began on May 9.", "en")
    assert [m.value for m in resolve_within(mentions)] == ["????-??-10", "2024-04-30", "2024-05-09"]
    assert resolve_within(parse("On the 10th they met.", "en"))[0].value == "????-??-10"
    assert resolve_within([]) == []


def test_sentences_of_a_document_complete_one_another():
    found = parse_document(["Il pleut le 9 mai.", "", "Le 10 mai 2024, il fait beau."], "fr", None)
    assert [[m.value for m in sentence] for sentence in found] == [["2024-05-09"], [], ["2024-05-10"]]


@given(
    st.dates(date(1990, 1, 1), date(2090, 12, 31)), st.sampled_from(["D-1", "M+1-06", "Y-1-11-09", "????-??-13", "W+0"])
)
def test_what_can_be_resolved_is_a_real_date(day, value):
    from pipeline.records import Mention

    mention = Mention("date", value, "x", 0, 1)
    (done,) = resolve_partial([mention], day.isoformat())
    assert "?" not in done.value
    if done.value.count("-") == 2:
        date.fromisoformat(done.value)


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)), st.integers(1, 28))
def test_past_and_future_lie_on_their_side(day, number):
    from pipeline.records import Mention

    past, future = (
        resolve_partial([Mention("date", f"????-??-{number:02d}", "x", 0, 1, role=role)], day.isoformat())[0].value
        for role in ("past", "future")
    )
    assert past <= day.isoformat() <= future
