"""Guesses of Korean nouns, and the content words that a choice looks at."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engines.embedding import UniversalEncoder
from pipeline.engines.hints import Hints
from pipeline.engines.judging import Judge
from pipeline.facts.korean_stems import korean_nouns, korean_stems
from pipeline.quality.words import content_words


@pytest.fixture(scope="module")
def hints():
    return Hints(UniversalEncoder(1))


def test_common_nouns_are_guessed(hints):
    found = dict(hints.words("병원에서 환자들이 치료를 받고 있으며 경찰은 사고 원인을 조사하고 있다.", "ko", "en"))
    assert found.get("병원", "hospital").startswith("hosp")
    assert found.get("치료", "").startswith("treat")
    assert "조사" in found
    # By cosine alone the nearest of these is a word that is near to everything ("viewing").
    assert dict(hints.words("정부는 피해 보고를 받았다.", "ko", "en"))["보고"].startswith("report")


@pytest.mark.parametrize(
    ("text", "source", "target"),
    [("병원", "ko", "fr"), ("l'hôpital", "fr", "en"), ("", "ko", "en"), ("😀", "ko", "en")],
)
def test_other_pairs_and_empty_texts_have_none(hints, text, source, target):
    assert hints.words(text, source, target) == ()


@pytest.mark.parametrize(
    ("text", "nouns"),
    [
        ("경찰은 사고 원인을 조사했다.", ["경찰", "사고", "원인", "조사"]),
        ("", []),
        ("갔다.", []),
        ("NATO", []),
    ],
)
def test_nouns(text, nouns):
    assert korean_nouns(text) == nouns


def test_stems_hold_verbs_and_foreign_words():
    found = korean_stems("NATO는 2024년에 다리를 무너뜨렸다.")
    assert {"NATO", "2024"} <= set(found)
    assert any(stem.endswith("다") for stem in found)


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("The bridge of the town reopened.", "en", ["bridge", "town", "reopened"]),
        ("Le pont de l'île a rouvert.", "fr", ["pont", "île", "rouvert"]),
        ("", "en", []),
        ("the of and", "en", []),
    ],
)
def test_content_words(text, language, words):
    assert content_words(text, language) == words


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_has_distinct_content_words(text):
    for language in ("ko", "en", "fr", "de"):
        found = content_words(text, language)
        assert len(found) == len(set(found))
        assert all(found)


def test_covered_words_tell_a_translation_from_another_sentence():
    judge = Judge(UniversalEncoder(1))
    source = "경찰은 사고 원인을 조사하고 있다."
    right, other = judge.contents(
        [source] * 2, ["Police are investigating the cause of the accident.", "Sales rose again."], "ko", "en"
    )
    assert right > other
    assert judge.contents([source, ""], ["", "x"], "ko", "en") == [0.0, 0.0]
