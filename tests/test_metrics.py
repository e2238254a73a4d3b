"""Metrics: golden values, degenerate rows, agreement with scikit-learn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import homogeneity_completeness_v_measure

from pipeline.quality.metrics import b_cubed, bleu, chrf, f_score, pairwise, v_measure, wilson

LABELS = st.lists(st.integers(0, 4), min_size=1, max_size=25)


@pytest.mark.parametrize(
    ("hypotheses", "references", "expected"),
    [
        (["a b"], ["a b"], 100.0),
        (["the cat sat"], ["the cat sat"], 100.0),
        (["xyz"], ["abc"], 0.0),
        (["", "a"], ["b", "a"], None),
        ([], [], "unknown"),
        ([""], [""], "unknown"),
        (["a"], [" "], "unknown"),
    ],
)
def test_chrf(hypotheses, references, expected):
    for order, name in ((0, "chrF2|"), (2, "chrF2++|")):
        score = chrf(hypotheses, references, word_order=order)
        assert score.signature.startswith(name)
        assert "version:" in score.signature
        if expected == "unknown":
            assert score.value is None
        elif expected is None:
            assert 0 < score.value < 100
        else:
            assert score.value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("language", "tokenizer"),
    [("en", "13a"), ("fr", "13a"), ("ko", ("char", "ko-mecab")), ("zh", "zh"), ("ja", "char")],
)
def test_bleu_names_its_tokenizer(language, tokenizer):
    score = bleu(["가 나 다 라 the cat"], ["가 나 다 라 the cat"], language)
    assert score.value == pytest.approx(100.0)
    assert any(f"tok:{t}|" in score.signature for t in ([tokenizer] if isinstance(tokenizer, str) else tokenizer))


def test_bleu_of_nothing_is_unknown_and_of_a_short_sentence_needs_effective_order():
    assert bleu([], [], "en").value is None
    assert bleu([""], [""], "ko").value is None
    assert bleu(["the cat"], ["the cat"], "en").value == pytest.approx(0.0)
    assert bleu(["the cat"], ["the cat"], "en", effective_order=True).value == pytest.approx(100.0)


@pytest.mark.parametrize("score", [chrf, lambda h, r: bleu(h, r, "en")])
def test_the_two_sides_must_be_as_long(score):
    with pytest.raises(ValueError, match="one each"):
        score(["a"], [])


GOLD = {1: "a", 2: "a", 3: "b", 4: "b"}


@pytest.mark.parametrize(
    ("measure", "predicted", "expected"),
    [
        (b_cubed, {1: 0, 2: 0, 3: 1, 4: 1}, (1, 1, 1)),
        (b_cubed, {1: 0, 2: 0, 3: 0, 4: 1}, (2 / 3, 0.75, 12 / 17)),
        (b_cubed, {1: 0, 2: 1, 3: 2, 4: 3}, (1, 0.5, 2 / 3)),
        (b_cubed, {}, (None, None, None)),
        (b_cubed, {9: 0}, (None, None, None)),
        (pairwise, {1: 0, 2: 0, 3: 0, 4: 1}, (1 / 3, 0.5, 0.4)),
        (pairwise, {1: 0, 2: 1, 3: 2, 4: 3}, (None, 0, None)),
        (pairwise, {}, (None, None, None)),
        (v_measure, {1: 0, 2: 0, 3: 1, 4: 1}, (1, 1, 1)),
        (v_measure, {1: 0, 2: 0, 3: 0, 4: 0}, (0, 1, 0)),
        (v_measure, {}, (None, None, None)),
    ],
)
def test_clusters(measure, predicted, expected):
    score = measure(predicted, GOLD)
    for value, wanted in zip((score.precision, score.recall, score.f1), expected, strict=True):
        assert value == (wanted if wanted is None else pytest.approx(wanted))
    assert "n:" in score.signature


@given(LABELS, st.randoms(use_true_random=False))
def test_v_measure_is_that_of_scikit_learn(labels, random):
    guesses = [random.randint(0, 3) for _ in labels]
    score = v_measure(dict(enumerate(guesses)), dict(enumerate(labels)))
    expected = homogeneity_completeness_v_measure(labels, guesses)
    assert (score.precision, score.recall) == pytest.approx(expected[:2], abs=1e-9)


@given(LABELS)
def test_a_clustering_agrees_with_itself_under_other_names(labels):
    renamed = {i: f"c{label}" for i, label in enumerate(labels)}
    assert b_cubed(renamed, dict(enumerate(labels))).f1 == pytest.approx(1.0)
    assert pairwise(renamed, dict(enumerate(labels))).f1 in (None, 1.0)


def test_f_score():
    assert f_score(None, 1.0) is None
    assert f_score(0.0, 0.0) == 0.0
    assert f_score(1.0, 0.5) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("successes", "total", "interval"),
    [(5, 10, (0.2366, 0.7634)), (0, 5, (0.0, 0.4345)), (5, 5, (0.5655, 1.0)), (0, 0, None)],
)
def test_wilson(successes, total, interval):
    found = wilson(successes, total)
    assert found == (interval if interval is None else pytest.approx(interval, abs=1e-4))


@given(st.integers(1, 400), st.data())
def test_wilson_holds_the_share_and_narrows(total, data):
    successes = data.draw(st.integers(0, total))
    low, high = wilson(successes, total)
    assert 0 <= low <= successes / total + 1e-12
    assert successes / total - 1e-12 <= high <= 1
    wide_low, wide_high = wilson(successes, total, z=3.0)
    assert wide_high - wide_low >= high - low


def test_a_share_cannot_pass_one():
    with pytest.raises(ValueError, match="no share"):
        wilson(3, 2)
