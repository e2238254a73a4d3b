"""What a text's words tell: how common they are, what is said twice, which of the source's they cover."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.vocabulary import vocabulary
from pipeline.quality.words import cover, doubled, kept_words, open_ended, split_words, word_use


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("   ", []),
        ("🎉🎉", []),
        ("L'eau, 1,000 fois.", ["L'eau", "1,000", "fois"]),
        ("she&#39;s twenty-one", ["she's", "twenty-one"]),
        ("비가 온다.", ["비가", "온다"]),
    ],
)
def test_words(text, words):
    assert split_words(text) == words


@pytest.mark.parametrize(
    ("text", "common", "unknown"),
    [
        ("", None, None),
        ("12 ... 🎉", None, None),
        ("The cat", -1.5, 0.0),
        ("the zzgrx", -4.5, 0.5),
        ("the São", -1.5, 0.0),
    ],
)
def test_word_use(text, common, unknown):
    use = word_use(text, {"the": -1.0, "cat": -2.0, "sao": -2.0})
    assert (use and (use.common, use.unknown)) == (common and (common, unknown))


def test_the_english_list_knows_english():
    shares = vocabulary("en")
    assert len(shares) > 300_000
    assert shares["the"] > shares["minister"] > -8
    assert sum(10**s for s in shares.values()) < 1.01
    assert vocabulary("ko") is None


def test_words_are_covered_by_their_best_match():
    one, two = np.eye(4, dtype=np.float32)[:2]
    found = cover(np.stack([one, one, two]), np.stack([one]))
    assert (found.support, found.coverage, found.weakest) == (
        1.0,
        pytest.approx(2 / 3, abs=1e-4),
        pytest.approx(2 / 3, abs=1e-4),
    )
    assert cover(np.zeros((0, 4), np.float32), np.stack([one])) is None


def test_the_worst_stretch_of_the_source_shows():
    covered = np.eye(12, dtype=np.float32)
    found = cover(covered, covered[:8])
    assert found.weakest == 0.0
    assert found.coverage == pytest.approx(8 / 12, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "share"), [("", 0.0), ("one", 0.0), ("a b c", 0.0), ("a b a b", 1 / 3), ("a a a a a", 0.75)]
)
def test_doubled(text, share):
    assert doubled(text.split()) == pytest.approx(share)


@pytest.mark.parametrize(
    ("source", "target", "share"),
    [
        ("", "", 0.0),
        ("le chat dort", "the cat sleeps", 0.0),
        ("le chat dort", "le chat dort", 1.0),
        ("Paris Hilton", "Paris Hilton", 0.0),
        ("the Cirque du Soleil", "태양의 서커스 Cirque Soleil", 0.0),
        ("비가 온다", "비가 온다", 1.0),
    ],
)
def test_kept_words(source, target, share):
    assert kept_words(source.split(), target.split()) == share


@pytest.mark.parametrize(
    ("source", "target", "value"),
    [("끝.", "End.", 0), ("끝.", "The end", 1), ("Titre", "Title", 0), ("« Oui ! »", "“Yes!”", 0), ("", "", 0)],
)
def test_open_ended(source, target, value):
    assert open_ended(source, target) == value


@given(st.text(max_size=60), st.text(max_size=60))
def test_shares_are_shares(source, target):
    here, there = split_words(target), split_words(source)
    assert 0.0 <= doubled(here) <= 1.0
    assert 0.0 <= kept_words(there, here) <= 1.0
    use = word_use(target, {"a": -1.0})
    assert use is None or (0.0 <= use.unknown <= 1.0 and -8.0 <= use.common <= 0.0 and math.isfinite(use.common))
