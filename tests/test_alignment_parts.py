"""The parts of the pair decision: terms, names, dates, neighbours, clusters, features and the logistic model."""

from __future__ import annotations

import math

import numpy as np
import pytest
from alignment_helpers import (
    ELECTION,
    FIRE,
    FIRE_AGAIN,
    OTHER_FIRE,
    article,
    empty_article,
    in_one_block,
    random_rows,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alignment.candidates import nearest
from pipeline.alignment.clusters import cluster
from pipeline.alignment.features import FEATURES, explain, measure
from pipeline.alignment.fit import fit_logistic
from pipeline.alignment.model import decide, load_model, logit, model_from_json, model_to_json, sigmoid
from pipeline.alignment.names import NameWord, canonical_words, name_words, skeleton
from pipeline.alignment.profiles import Profile
from pipeline.alignment.terms import content_terms, fold, inverse_frequency, load_background
from pipeline.alignment.threads import link_events
from pipeline.alignment.views import ArticleView
from pipeline.alignment.when import Day, compare_days, days_apart, event_days, read_day, support
from pipeline.records import Mention


def prepared(views: list[ArticleView]) -> list[Profile]:
    columns, _ = in_one_block(views)
    return [columns.profile(i) for i in range(len(views))]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("   \n ... !?", ()),
        ("The minister's parties met.", ("the", "minister", "party", "met")),
        ("L'Étoile s'incline d’une boss", ("etoile", "incline", "une", "boss")),
        ("4,200 fans saw 29-26 and 3.5 pct", ("4200", "fan", "saw", "29-26", "and", "3.5", "pct")),
        ("태풍 미르카", ("태풍", "미르", "르카")),
        ("東京で会議", ("東京", "京で", "で会", "会議")),
    ],
)
def test_content_terms(text: str, terms: tuple[str, ...]) -> None:
    assert content_terms(text) == terms


def test_fold_keeps_hangul_and_drops_accents() -> None:
    assert fold("Élodie Søren 오영주") == "elodie soren 오영주"


def test_rarity_prefers_the_rare_and_backs_off_to_the_background() -> None:
    words = ("the", "banstead", "said", "neverseen")
    shares = np.array([load_background("en").get(word, 0.0) for word in words])
    the, banstead, said, never_seen = inverse_frequency(2, np.array([2, 2, 0, 0]), shares).tolist()
    assert the < 0.1
    assert never_seen > banstead > said
    assert inverse_frequency(500, np.array([500]), np.zeros(1))[0] < 0.1
    assert inverse_frequency(0, np.zeros(1, np.int64), np.zeros(1))[0] > 0


def test_background_exists_for_the_three_languages_and_is_small() -> None:
    for language in ("en", "fr", "ko"):
        table = load_background(language)
        assert len(table) > 500
        assert all(0 < share <= 1 for share in table.values())
    assert load_background("xx") == {}


@pytest.mark.parametrize(
    ("left", "right"),
    [("kereuballang", "kervalan"), ("youngjoo", "yeongju"), ("toreusagereu", "thorsager"), ("mireuka", "mirka")],
)
def test_skeletons_of_one_name_meet(left: str, right: str) -> None:
    assert skeleton(left) == skeleton(right)


def test_names_meet_across_scripts_and_not_by_chance() -> None:
    words = [
        NameWord("kervalan", False),
        NameWord("kereuballang", True),
        NameWord("youngjoo", False),
        NameWord("youngju", False),
        NameWord("JP", False),
        NameWord("jap", False),
        NameWord("berlin", False),
    ]
    same = canonical_words(words)
    assert same[words[0]] == same[words[1]] == "kervalan"
    assert same[words[2]] == same[words[3]]
    assert len({same[words[i]] for i in (0, 2, 4, 5, 6)}) == 5
    assert canonical_words(reversed(words)) == same
    assert canonical_words([]) == {}


def test_a_korean_personal_name_is_cut_into_family_and_given_name() -> None:
    korean = Mention("name", "oyeongju", "오영주", 0, 3, role="person")
    latin = Mention("name", "oh youngjoo", "Oh Young-joo", 0, 12, role="person")
    assert [w.text for w in name_words(korean)][-1] == "yeongju"
    words = [*name_words(korean), *name_words(latin)]
    assert canonical_words(words)[words[-1]] == canonical_words(words)[name_words(korean)[-1]]


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ("2024-05-10", (2024, 5, 10, 5)),
        ("????-05-10", (None, 5, 10, None)),
        ("????-??-26", (None, None, 26, None)),
        ("????-W??-3", (None, None, None, 3)),
        ("2018-04", (2018, 4, None, None)),
        ("2017", (2017, None, None, None)),
    ],
)
def test_read_day(value: str, known: tuple[int | None, ...]) -> None:
    day = read_day(value)
    assert day is not None
    assert (day.year, day.month, day.day, day.weekday) == known


@pytest.mark.parametrize("value", ["", "1980s", "D-1", "M+1-06", "2023-02-30", "2023-13-01", "T06:00"])
def test_read_day_refuses_what_names_no_day(value: str) -> None:
    assert read_day(value) is None


def days(*values: str) -> tuple[Day, ...]:
    return event_days([[Mention("date", value, value, 0, len(value))] for value in values], 3)


@pytest.mark.parametrize(
    ("a", "b", "agrees", "clash"),
    [
        (("2024-05-10",), ("????-??-10",), True, 0.0),
        (("2024-05-10",), ("2024-05-10",), True, 0.0),
        (("2024-05-10",), ("2024-06-10",), False, 1.0),
        (("2024-05-10",), ("2024-05-11",), False, 0.5),
        (("2024-05-10",), ("????-W??-5",), True, 0.0),
        (("2024-05-10",), ("????-W??-1",), False, 0.3),
        (("????-??-26",), ("????-W??-1",), False, None),
        (("2024-05-10", "2024-04-30"), ("2024-04-30",), True, 0.25),
    ],
)
def test_compare_days(a: tuple[str, ...], b: tuple[str, ...], agrees: bool, clash: float | None) -> None:
    forth, back = compare_days(days(*a), days(*b)), compare_days(days(*b), days(*a))
    assert (forth.agreement, forth.clash) == (back.agreement, back.clash)
    assert forth.agreement is not None
    assert (forth.agreement > 0) == agrees
    assert forth.clash == clash


def test_unknown_dates_are_unknown_and_not_a_clash() -> None:
    assert compare_days((), days("2024-05-10")).agreement is None
    assert compare_days((), ()).clash is None
    assert days("2017") == ()


def test_a_fuller_agreement_says_more() -> None:
    weak = compare_days(days("????-??-10"), days("????-??-10")).agreement
    strong = compare_days(days("2024-05-10"), days("2024-05-10")).agreement
    assert weak is not None
    assert strong is not None
    assert strong > weak


def test_support_takes_the_date_of_most_articles() -> None:
    assert support([]) is None
    assert support([days("????-??-10", "2024-04-30"), days("2024-05-10")]) == "2024-05-10"
    assert support([days("2024-05-10"), days("2024-05-11"), days("2024-05-11")]) == "2024-05-11"


def test_days_apart() -> None:
    assert days_apart("2024-05-10T10:00", "2024-05-12") == 2
    assert days_apart("2024-05-10", "soon") is None


def test_nearest_is_exact_and_leaves_itself_out() -> None:
    rows = random_rows(40, np.random.default_rng(0))
    found, cosines = nearest(rows, 5)
    truth = rows @ rows.T
    np.fill_diagonal(truth, -2)
    assert (found == np.argsort(-np.round(truth, 5), axis=1, kind="stable")[:, :5]).all()
    assert cosines == pytest.approx(np.take_along_axis(truth, found, axis=1), abs=1e-5)


def test_nearest_of_many_rows_with_copies_goes_by_index_in_tiles_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    rows = np.repeat(random_rows(150, rng), 3, axis=0)[rng.permutation(450)]
    truth = rows @ rows.T
    np.fill_diagonal(truth, -2)
    expected = np.argsort(-np.round(truth, 5), axis=1, kind="stable")[:, :7]
    assert (nearest(rows, 7)[0] == expected).all()
    monkeypatch.setattr("pipeline.alignment.candidates._BASE", 70)
    monkeypatch.setattr("pipeline.alignment.candidates._BLOCK_CELLS", 900)
    assert (nearest(rows, 7)[0] == expected).all()


def test_candidate_pairs_are_sorted_and_each_comes_once() -> None:
    _, pairs = in_one_block([article(f"{i}", FIRE) for i in range(4)], neighbours=2)
    found = [tuple(pair) for pair in pairs.tolist()]
    assert found == sorted(set(found))
    assert all(i < j for i, j in found)


@pytest.mark.parametrize(("n", "k", "width"), [(0, 5, 0), (1, 5, 0), (2, 5, 1), (4, 2, 2)])
def test_nearest_of_small_corpora(n: int, k: int, width: int) -> None:
    found, _ = nearest(random_rows(n, np.random.default_rng(1)), k)
    assert found.shape == (n, width)


@pytest.mark.parametrize(
    ("n", "pairs", "odds", "labels"),
    [
        (0, [], [], []),
        (1, [], [], [0]),
        (3, [], [], [0, 1, 2]),
        (3, [(0, 2)], [3.0], [0, 1, 0]),
        (3, [(0, 2)], [-3.0], [0, 1, 2]),
        (3, [(0, 1), (1, 2), (0, 2)], [5.0, 5.0, -1.0], [0, 0, 0]),  # the mean outvotes the weak pair
        (3, [(0, 1), (1, 2), (0, 2)], [5.0, 1.0, -5.0], [0, 0, 1]),  # a chain does not
    ],
)
def test_cluster(n: int, pairs: list[tuple[int, int]], odds: list[float], labels: list[int]) -> None:
    assert cluster(n, pairs, np.array(odds), 0.5) == labels


@settings(max_examples=40, deadline=None)
@given(n=st.integers(0, 12), seed=st.integers(0, 999), threshold=st.floats(0, 1))
def test_cluster_labels_every_item_and_count_from_zero(n: int, seed: int, threshold: float) -> None:
    rng = np.random.default_rng(seed)
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < 0.6]
    labels = cluster(n, pairs, rng.normal(0, 4, len(pairs)), threshold)
    assert len(labels) == n
    assert list(dict.fromkeys(labels)) == list(range(len(set(labels))))


def test_link_events_averages_over_articles() -> None:
    members = [[0, 1], [2], [3]]
    assert link_events(members, {(0, 2): 4.0, (1, 2): 2.0, (0, 3): 4.0, (1, 3): -5.0}, 0.5) == [0, 0, 1]
    assert link_events([], {}, 0.5) == []


def test_measure_is_symmetric_and_names_every_feature() -> None:
    ready = prepared([article("a", FIRE), article("b", FIRE_AGAIN), article("c", OTHER_FIRE), empty_article("e")])
    for x in ready:
        for y in ready:
            forth, back = measure(x, y), measure(y, x)
            assert len(forth) == len(FEATURES)
            assert forth == pytest.approx(back, nan_ok=True, abs=1e-6)
            words = [explain(name, value, x, y) for name, value in zip(FEATURES, forth, strict=True)]
            assert all(words)


MEASURED = [
    # FIRE of four sentences beside two of FIRE_AGAIN, a day later, which name Banstead, Hartwell and one date of it
    ((FIRE_AGAIN[:2], "2021-03-14"), "length_ratio", math.log(2 / 4)),
    ((FIRE_AGAIN[:2], "2021-03-14"), "published_gap", math.log(2)),
    ((FIRE_AGAIN[:2], "2021-03-14"), "names_high", 1.0),
    ((FIRE_AGAIN[:2], "2021-03-14"), "lead_names_low", 1.0),
    ((FIRE_AGAIN[:2], "2021-03-14"), "date_clash", 0.0),
    ((FIRE_AGAIN[:2], "2021-03-14"), "figures", math.nan),  # one side has none
    ((OTHER_FIRE, "2021-03-13"), "length_ratio", 0.0),
    ((OTHER_FIRE, "2021-03-13"), "names_high", 0.0),
    ((OTHER_FIRE, "2021-03-13"), "date_agreement", 0.0),
    ((OTHER_FIRE, "2021-03-13"), "date_clash", 1.0),
    ((OTHER_FIRE, "2021-03-13"), "published_gap", 0.0),
    ((OTHER_FIRE, "2021-03-13"), "figures", 0.0),
]


@pytest.mark.parametrize(("other", "feature", "value"), MEASURED)
def test_what_is_measured(other: tuple[tuple[str, ...], str], feature: str, value: float) -> None:
    a, b = prepared([article("a", FIRE, "2021-03-13"), article("b", *other)])
    for x, y in ((a, b), (b, a)):
        found = dict(zip(FEATURES, measure(x, y), strict=True))
        assert found[feature] == pytest.approx(value, nan_ok=True, abs=1e-6)


def test_a_day_and_names_in_common_count_for_what_they_are() -> None:
    a, b = prepared([article("a", FIRE), article("b", FIRE_AGAIN[:2])])
    found = dict(zip(FEATURES, measure(a, b), strict=True))
    assert found["date_agreement"] > 1  # 12 March 2021 stands in both
    assert 0.4 < found["names_low"] < 0.7  # of the four names of the longer one
    assert found["shared_names"] == pytest.approx(2 * found["rarest_name"])  # Banstead and Hartwell, equally rare


def test_evidence_names_what_two_articles_share() -> None:
    ready = prepared([article("a", FIRE), article("b", FIRE_AGAIN), article("d", ELECTION)])
    shared = {k: explain("names_low", 0.5, x, y) for k, (x, y) in {"ab": ready[:2], "ad": ready[::2]}.items()}
    names = set(ready[0].names) & set(ready[1].names)
    assert names and all(name in shared["ab"] for name in names)
    assert not any(name in shared["ad"] for name in names)


def test_unknown_is_not_zero() -> None:
    ready = prepared([article("a", FIRE), empty_article("e")])
    values = dict(zip(FEATURES, measure(*ready), strict=True))
    for name in ("terms", "lead_similarity", "coverage_low", "names_low", "date_agreement", "published_gap"):
        assert math.isnan(values[name]), name


def test_decide_is_symmetric_and_orders_evidence() -> None:
    ready = prepared([article("a", FIRE), article("b", FIRE_AGAIN), article("d", ELECTION)])
    model = load_model()
    for x, y in ((0, 1), (0, 2), (1, 2)):
        forth = decide(ready[x], ready[y], measure(ready[x], ready[y]), model)
        back = decide(ready[y], ready[x], measure(ready[y], ready[x]), model)
        assert forth.p_event == pytest.approx(back.p_event, abs=1e-6)
        assert forth.p_thread == pytest.approx(back.p_thread, abs=1e-6)
        sizes = [abs(e.contribution) for e in forth.evidence]
        assert sizes == sorted(sizes, reverse=True)


def test_the_packaged_model_reads_back_and_refuses_other_features() -> None:
    model = load_model()
    data = dict(model_to_json(model))
    assert model_from_json(data) == model
    with pytest.raises(ValueError, match="train"):
        model_from_json({**data, "features": ["something"]})


def test_date_evidence_has_the_right_sign() -> None:
    weights = dict(zip(FEATURES, load_model().event.weight, strict=True))
    assert weights["date_clash"] <= 0 <= weights["date_agreement"]
    assert weights["published_gap"] < 0
    assert weights["figures"] >= 0


def test_fit_recovers_a_rule_and_handles_the_unknown() -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(4000, len(FEATURES)))
    column = FEATURES.index("terms")
    labels = (rows[:, column] + 0.3 * rng.normal(size=4000) > 0.5).astype(float)
    rows[:, FEATURES.index("names_low")] = np.nan
    rows[rng.random(4000) < 0.3, column] = np.nan
    model = fit_logistic(rows, labels, np.ones(4000), ridge=1e-4)
    assert max(range(len(FEATURES)), key=lambda i: abs(model.weight[i])) == column
    assert model.weight[FEATURES.index("names_low")] == 0.0
    known = ~np.isnan(rows[:, column])
    predicted = model.log_odds(rows) > 0
    assert (predicted == labels)[known].mean() > 0.9
    assert np.isfinite(model.log_odds(np.full((1, len(FEATURES)), np.nan))).all()


@given(st.floats(-800, 800))
def test_sigmoid_and_logit(x: float) -> None:
    assert 0 <= sigmoid(x) <= 1
    if abs(x) < 10:
        assert logit(sigmoid(x)) == pytest.approx(x, abs=1e-6)
