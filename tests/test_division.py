"""Dividing a text into parts that can be translated on their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.division import clauses, sentences


@pytest.mark.parametrize(
    ("text", "language", "parts"),
    [
        ("", "en", ("",)),
        ("Short.", "en", ("Short.",)),
        ("One short. Two.", "en", ("One short. Two.",)),  # too short to stand alone
        (
            "The chip costs about one cent to make. It can be printed on a common printer.",
            "en",
            ("The chip costs about one cent to make.", "It can be printed on a common printer."),
        ),
        (
            "Le ministre a annoncé la réforme le 3 mai, tandis que les syndicats appelaient à la grève.",
            "fr",
            ("Le ministre a annoncé la réforme le 3 mai,", "tandis que les syndicats appelaient à la grève."),
        ),
        ("A sentence without any break at all that goes on for quite some time", "en", None),
        (
            "정부는 수출이 늘었다고 밝혔지만 기업들은 여전히 어렵다고 말했다.",
            "ko",
            ("정부는 수출이 늘었다고 밝혔지만", "기업들은 여전히 어렵다고 말했다."),
        ),
        ("경찰은 사건을 계속해서 수사하고 있다고 밝혔다고 전했다", "ko", None),  # 수사하고 있다: one verb
    ],
)
def test_clauses(text, language, parts):
    assert clauses(text, language) == (parts or (text,))


def test_sentences_alone_do_not_cut_clauses():
    text = "Le ministre a annoncé la réforme le 3 mai, tandis que les syndicats appelaient à la grève."
    assert sentences(text, "fr") == (text,)


@given(st.text(alphabet="ab ,;:.한국고 지만\n", max_size=200), st.sampled_from(["en", "fr", "ko"]))
def test_nothing_is_lost_and_no_part_is_empty(text, language):
    parts = clauses(text, language)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert len(parts) == 1 or all(part.strip() for part in parts)
