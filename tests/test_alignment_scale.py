"""Alignment at size: sparse linkage, batches of pairs, blocks of time, copies, reuse of decisions, odd corpora."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from alignment_helpers import (
    ELECTION,
    FIRE,
    FIRE_AGAIN,
    OTHER_FIRE,
    article,
    document_vectors,
    empty_article,
    in_one_block,
    nearest_in_blocks,
    random_rows,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from profile_reference import reference
from scipy.cluster.hierarchy import fcluster, linkage

from benchmarks.events import b_cubed
from benchmarks.synthetic import SyntheticCorpus
from pipeline.alignment.api import Alignment, AlignmentSettings, align_articles, decide_articles
from pipeline.alignment.batches import CHEAP, COSTLY
from pipeline.alignment.calendars import calendars_of, day_rows
from pipeline.alignment.candidates import nearest
from pipeline.alignment.clusters import CLIP, cluster
from pipeline.alignment.depot import starts_of
from pipeline.alignment.features import FEATURES, measure
from pipeline.alignment.model import load_model
from pipeline.alignment.pairs import decide_pairs, measure_pairs, reach
from pipeline.alignment.terms import EXACT_COUNTS, on_grid
from pipeline.alignment.views import ArticleView
from pipeline.alignment.when import Day, compare_days, event_days, read_day
from pipeline.depots import DiskDepot

SETTINGS = AlignmentSettings()
TEXTS = [FIRE, FIRE_AGAIN, OTHER_FIRE, ELECTION]


def groups(alignment: Alignment) -> list[tuple[str, ...]]:
    return sorted(event.article_ids for event in alignment.events)


# --- linkage ----------------------------------------------------------------------------------------------------------


def dense(n: int, pairs: Sequence[tuple[int, int]], odds: np.ndarray, threshold: float) -> list[int]:
    """Cluster with scipy on a full matrix: what the sparse form must give."""
    distance = np.full((n, n), 2 * CLIP)
    for (a, b), o in zip(pairs, np.clip(odds, -CLIP, CLIP), strict=True):
        distance[a, b] = distance[b, a] = CLIP - o
    flat = fcluster(
        linkage(distance[np.triu_indices(n, 1)], "average"), CLIP - np.log(threshold / (1 - threshold)), "distance"
    )
    seen: dict[int, int] = {}
    return [seen.setdefault(int(label), len(seen)) for label in flat]


@settings(max_examples=150, deadline=None)
@given(st.integers(2, 30), st.floats(0.05, 1), st.sampled_from([0.1, 0.5, 0.8]), st.integers(0, 10_000))
def test_sparse_linkage_is_average_linkage(n: int, share: float, threshold: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < share]
    odds = rng.normal(0, 1.5, len(pairs))
    assert cluster(n, pairs, odds, threshold) == dense(n, pairs, odds, threshold)


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 8), st.integers(0, 10_000))
def test_a_weight_stands_for_so_many_copies(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.integers(1, 4, n)
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < 0.7]
    odds = rng.normal(0, 1.5, len(pairs))
    copies = [[i * 10 + k for k in range(w)] for i, w in enumerate(weights.tolist())]
    order = {name: place for place, name in enumerate(sorted(c for group in copies for c in group))}
    wide, wide_odds = [], []
    for (i, j), o in zip(pairs, odds, strict=True):
        wide += [(order[a], order[b]) for a in copies[i] for b in copies[j]]
        wide_odds += [o] * (len(copies[i]) * len(copies[j]))
    for group in copies:
        wide += [(order[a], order[b]) for a in group for b in group if a < b]
        wide_odds += [CLIP] * (len(group) * (len(group) - 1) // 2)
    labels = cluster(len(order), wide, np.array(wide_odds), 0.5)
    assert cluster(n, pairs, odds, 0.5, weights) == [labels[order[group[0]]] for group in copies]


def test_a_long_chain_is_not_quadratic() -> None:
    n = 50_000
    chain = np.stack([np.arange(n - 1), np.arange(1, n)], axis=1)
    begun = time.process_time()
    assert len(set(cluster(n, chain, np.full(n - 1, 4.0), 0.5))) == n // 2
    assert time.process_time() - begun < 20


# --- pairs ------------------------------------------------------------------------------------------------------------


def views_of_all_kinds() -> list[ArticleView]:
    foreign = article("f", FIRE, "2021-03-13", "fr")
    return [
        article("a", FIRE, "2021-03-12"),
        article("b", FIRE_AGAIN, "2021-03-13"),
        article("c", OTHER_FIRE),
        article("d", ELECTION, "soon"),
        empty_article("e"),
        replace(foreign, terms=()),
        replace(article("h", FIRE_AGAIN, None, "fr"), terms=()),
        article("g", ["Fire", "It burned."]),
    ]


def test_batches_measure_what_pairs_measure() -> None:
    views = views_of_all_kinds()
    columns, pairs = in_one_block(views)
    assert len(pairs) == len(views) * (len(views) - 1) // 2
    ready = [columns.profile(i) for i in range(len(views))]
    for (i, j), row in zip(pairs.tolist(), measure_pairs(columns, pairs), strict=True):
        assert row == pytest.approx(measure(ready[i], ready[j]), abs=1e-5, nan_ok=True), (i, j)


def synthetic(n: int, seed: int) -> list[ArticleView]:
    corpus = SyntheticCorpus(n, seed=seed)
    return [corpus[i] for i in range(n)]


@pytest.mark.parametrize("views", [views_of_all_kinds(), synthetic(60, 1)], ids=["all kinds", "drawn"])
def test_weights_are_those_of_the_reference(views: list[ArticleView]) -> None:
    columns, _ = in_one_block(views)
    near, _ = nearest(document_vectors(views, views[0].segments.shape[1]), 50)
    for i, expected in enumerate(reference(views, near.tolist())):
        profile = columns.profile(i)
        for name, weights in expected.items():
            found = getattr(profile, name)
            assert (found is None) == (weights is None), (i, name)
            if weights is not None:
                assert found == pytest.approx({t: w for t, w in weights.items() if w}, abs=1e-6), (i, name)
        assert (profile.published, profile.language) == (views[i].published, views[i].language)
        assert profile.days == event_days(views[i].mentions, views[i].lead_end)
        assert profile.segments == pytest.approx(views[i].segments, abs=1e-3)


DAYS = st.builds(
    lambda year, month, day, weekday, weight: (year, month, day, weekday, weight),
    st.sampled_from(["2024", "2023", "????"]),
    st.sampled_from(["05", "06", "??", ""]),
    st.sampled_from(["09", "10", "11", "30", "??", ""]),
    st.sampled_from(["", "", "5", "6"]),
    st.sampled_from([1.0, 0.6, 0.5, 0.3]),
)


def day_of(parts: tuple[str, str, str, str, float], position: int) -> Day | None:
    year, month, day, weekday, weight = parts
    value = f"{year}-W??-{weekday}" if weekday else "-".join(p for p in (year, month, day if month else "") if p)
    return read_day(value, weight, position)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(DAYS, max_size=4), min_size=2, max_size=5))
def test_dates_of_many_pairs_compare_as_those_of_one(articles: list[list[tuple[str, str, str, str, float]]]) -> None:
    days = [[d for k, parts in enumerate(a) if (d := day_of(parts, k)) is not None] for a in articles]
    rows = [day_rows(found) for found in days]
    calendars = calendars_of(starts_of(np.array([len(r) for r in rows])), np.concatenate(rows))
    pairs = np.array([(i, j) for i in range(len(days)) for j in range(len(days))])
    agreement, clash = calendars.compare(pairs[:, 0], pairs[:, 1])
    for (i, j), a, c in zip(pairs.tolist(), agreement.tolist(), clash.tolist(), strict=True):
        one = compare_days(days[i], days[j])
        assert (None if np.isnan(a) else a, None if np.isnan(c) else c) == (one.agreement, one.clash)


def test_features_measured_in_batches_exist() -> None:
    named = [name for names, _ in (*CHEAP, *COSTLY) for name in names]
    assert len(named) == len(set(named))
    assert set(named) == set(FEATURES)


def test_a_pair_that_is_left_out_could_not_have_passed_the_floor() -> None:
    corpus = SyntheticCorpus(300, seed=3)
    # A sterner model leaves many pairs out, so that there is something to check.
    model = load_model()
    stern = replace(model, event=replace(model.event, intercept=model.event.intercept - reach(model.event)))
    stern = replace(stern, thread=replace(stern.thread, intercept=stern.thread.intercept - reach(stern.thread) - 4))
    columns, pairs = in_one_block([corpus[i] for i in range(len(corpus))])
    kept = decide_pairs(columns, pairs, np.zeros(len(pairs), dtype=bool), stern)
    rows = measure_pairs(columns, pairs)
    event, thread = stern.event.log_odds(rows), stern.thread.log_odds(rows)
    assert 0 < len(kept.pairs) < len(pairs)
    left_out = ~(pairs[:, None] == kept.pairs[None]).all(axis=2).any(axis=1)
    assert (event[left_out] <= -CLIP).all()
    assert (thread[left_out] <= -CLIP).all()
    assert cluster(len(columns), pairs, event, 0.5) == cluster(len(columns), kept.pairs, kept.event, 0.5)


# --- search -----------------------------------------------------------------------------------------------------------


def test_small_corpora_are_searched_exactly_whatever_their_dates() -> None:
    rows = random_rows(60, np.random.default_rng(0))
    days = np.arange(60) * 1000.0
    found = nearest_in_blocks(rows, days, 5, window=14, exact_below=60)
    assert (found == nearest(rows, 5)[0]).all()


def test_beyond_the_limit_only_articles_of_about_one_time_and_undated_ones_are_found() -> None:
    rng = np.random.default_rng(1)
    rows = random_rows(400, rng)
    days = rng.integers(0, 400, 400).astype(float)
    days[rng.random(400) < 0.05] = np.nan
    found = nearest_in_blocks(rows, days, 20, window=7, exact_below=50)
    similarity = rows @ rows.T
    np.fill_diagonal(similarity, -2)
    for i, row in enumerate(found):
        seen = row[row >= 0]
        near = np.isnan(days[seen]) | np.isnan(days[i]) | (np.abs(days[seen] - days[i]) < 14)
        assert near.all()
        within = np.isnan(days) | np.isnan(days[i]) | (np.abs(days - days[i]) <= 7)
        best = [j for j in np.argsort(-similarity[i]) if within[j] and j != i][:5]
        assert set(best) <= set(seen.tolist()), "of articles within the window the nearest are always found"


def test_every_article_undated_is_searched_against_everything() -> None:
    rows = random_rows(120, np.random.default_rng(2))
    found = nearest_in_blocks(rows, np.full(120, np.nan), 6, window=7, exact_below=10)
    assert (found == nearest(rows, 6)[0]).all()


def test_an_index_finds_nearly_all_and_the_same_on_every_run() -> None:
    pytest.importorskip("usearch")
    from pipeline.engines.index import GraphIndex

    corpus = SyntheticCorpus(1500, seed=1)
    rows = document_vectors([corpus[i] for i in range(1500)], 512)
    undated = np.full(1500, np.nan)
    exact = nearest(rows, 20)[0]
    found, again = (nearest_in_blocks(rows, undated, 20, window=7, exact_below=100, index=GraphIndex) for _ in range(2))
    assert (found == again).all()
    recall = np.mean([len(set(a) & set(b)) / 20 for a, b in zip(found.tolist(), exact.tolist(), strict=True)])
    assert recall > 0.97
    assert GraphIndex(rows[:5]).search(rows[:1], 8).shape == (1, 8)


def test_without_the_index_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from pipeline.engines.index import GraphIndex
    from pipeline.errors import DependencyMissing

    monkeypatch.setitem(sys.modules, "usearch.index", None)
    with pytest.raises(DependencyMissing, match=r"\.\[index\]"):
        GraphIndex(random_rows(3, np.random.default_rng(0)))


# --- arrival ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, EXACT_COUNTS, EXACT_COUNTS + 1, 1000, 10**7])
def test_the_grid_keeps_small_counts_and_moves_others_little(count: int) -> None:
    here, after = on_grid(np.array([count, count + 1])).tolist()
    assert here == pytest.approx(count, rel=0 if count <= EXACT_COUNTS else 0.1)
    assert after >= here


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 100), held=st.integers(0, 49))
def test_an_article_that_arrives_gives_what_a_full_run_gives(seed: int, held: int) -> None:
    corpus = SyntheticCorpus(50, seed)
    everything = [corpus[i] for i in range(50)]
    before = align_articles([v for i, v in enumerate(everything) if i != held], SETTINGS)
    after = align_articles(everything, SETTINGS, known=before.decided)
    assert after == align_articles(everything, SETTINGS)
    assert after.measured <= after.pairs


@pytest.mark.parametrize("change", [{"published": "2025-01-01"}, {"language": "xx"}, {"segments": None}])
def test_an_article_that_was_corrected_is_measured_again(change: dict[str, object]) -> None:
    corpus = SyntheticCorpus(12, seed=1)
    before = [corpus[i] for i in range(12)]
    if "segments" in change:
        change = {"segments": before[3].segments[::-1].copy()}
    after = [*before[:3], replace(before[3], **change), *before[4:]]  # type: ignore[arg-type]
    known = align_articles(before, SETTINGS).decided
    result = align_articles(after, SETTINGS, known=known)
    assert result.measured > 0
    assert result == align_articles(after, SETTINGS)


def test_an_article_that_arrives_is_measured_with_its_neighbourhood_only() -> None:
    corpus = SyntheticCorpus(603, seed=5)
    everything = [corpus[i] for i in range(603)]
    last = everything.pop()
    before = decide_articles(everything, SETTINGS, load_model())
    assert before is not None
    known = before.odds.decided()
    after = decide_articles([*everything, last], SETTINGS, load_model(), known=known)
    unchanged = decide_articles(everything, SETTINGS, load_model(), known=known)
    assert after is not None
    assert unchanged is not None
    assert unchanged.odds.measured == 0
    # In a small corpus a frequent word that enters its next cell touches many articles; see docs/performance.md.
    assert 0 < after.odds.measured < 0.8 * len(after.odds.pairs)


# --- odd corpora ------------------------------------------------------------------------------------------------------


def copies_of(text: Sequence[str], n: int, published: Sequence[str | None]) -> list[ArticleView]:
    view = article("x", text)
    return [replace(view, id=f"{i:06d}", published=published[i % len(published)]) for i in range(n)]


def test_a_hundred_thousand_copies_of_one_text_take_seconds() -> None:
    views = [*copies_of(FIRE, 100_000, ["2021-03-12", "2021-03-13", None]), article("z", ELECTION)]
    begun = time.process_time()
    result = align_articles(views, SETTINGS)
    assert time.process_time() - begun < 60
    assert sorted(len(e.article_ids) for e in result.events) == [1, 100_000]
    event = max(result.events, key=lambda e: len(e.article_ids))
    assert event.cohesion == pytest.approx(1.0)
    assert len([c for c in result.copies if c.event_id == event.id]) == 99_999
    assert {c.original_id for c in result.copies} == {"000000"}


def test_a_text_that_comes_back_a_year_later_is_not_a_copy_for_clustering() -> None:
    views = copies_of(["Weather", "Rain is expected."], 4, ["2021-03-12", "2022-03-12"])
    result = align_articles(views, SETTINGS)
    assert sum(len(e.article_ids) for e in result.events) == 4
    decisions = decide_articles(views, SETTINGS, load_model())
    assert decisions is not None
    assert decisions.nodes.weights.tolist() == [2, 2]


@pytest.mark.parametrize("blocks", [False, True])
def test_odd_corpora_are_placed_whole(blocks: bool) -> None:
    """One article; empty ones; no dates; dates in the future, before all calendars, or none at all."""
    odd = ["9999-12-31", "0001-01-01", "2999-01-01T10:00", "not a date", "", None]
    setting = replace(SETTINGS, exact_below=2) if blocks else SETTINGS
    corpora = [
        [article("a", FIRE)],
        [empty_article("a")],
        [empty_article(name) for name in "abc"],
        [article(f"{i}", TEXTS[i % 4]) for i in range(9)],
        [article(f"{i}", TEXTS[i % 4], odd[i % len(odd)]) for i in range(24)],
        [*(article(f"{i}", TEXTS[i % 4], odd[i % len(odd)]) for i in range(9)), empty_article("e"), empty_article("f")],
    ]
    for views in corpora:
        result = align_articles(views, setting)
        assert sorted(i for e in result.events for i in e.article_ids) == sorted(v.id for v in views)
        assert sorted(e for t in result.threads for e in t.event_ids) == sorted(e.id for e in result.events)
        assert all(c.article_id != c.original_id for c in result.copies)
        assert len({c.article_id for c in result.copies}) == len(result.copies)


def test_what_lies_on_disk_gives_the_same(tmp_path: Path) -> None:
    corpus, setting = SyntheticCorpus(300, seed=6), replace(SETTINGS, exact_below=60)
    plain = align_articles(corpus, setting)
    for limit in (0, 2_000_000):
        folder = tmp_path / str(limit)
        assert align_articles(corpus, setting, depot=DiskDepot(folder, limit)) == plain
        assert any(folder.iterdir())


@pytest.mark.parametrize("size", [1, 3, 7])
def test_groups_of_the_depot_change_nothing(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Also where the first groups hold articles without any text, which do not tell how long vectors are."""
    views = [*(empty_article(f"a{i:02d}") for i in range(8)), *synthetic_small(12), empty_article("z")]
    plain, empty = align_articles(views, SETTINGS), align_articles(views[:7], SETTINGS)
    for module in ("coded", "coding"):
        monkeypatch.setattr(f"pipeline.alignment.{module}.CHUNK", size)
    assert align_articles(views, SETTINGS) == plain
    assert align_articles(views[:7], SETTINGS) == empty


def synthetic_small(n: int) -> list[ArticleView]:
    return [article(f"m{i:02d}", TEXTS[i % 4], f"2021-03-{10 + i:02d}") for i in range(n)]


def test_the_order_of_the_articles_changes_nothing_in_blocks() -> None:
    views, setting = synthetic(200, 7), replace(SETTINGS, exact_below=60)
    assert align_articles(views[::-1], setting) == align_articles(views, setting)


def test_blocks_give_what_one_block_gives_where_all_lie_within_the_window() -> None:
    """Two adjacent blocks and the undated see everything: then nothing may tell how a corpus was cut."""
    views = [
        replace(view, published=None if i % 9 == 0 else f"2021-03-{8 + i % 14:02d}")
        for i, view in enumerate(synthetic(150, 8))
    ]
    setting = replace(SETTINGS, window=14, near_misses=150, relations=150)
    ordinals = {date.fromisoformat(v.published).toordinal() // 14 for v in views if v.published}
    assert len(ordinals) == 2
    whole, blocks = (align_articles(views, replace(setting, exact_below=limit)) for limit in (25_000, 20))
    assert (blocks.events, blocks.threads, blocks.copies) == (whole.events, whole.threads, whole.copies)
    by_pair = {(r.article_a, r.article_b): r for r in whole.relations}
    assert len(list(blocks.relations)) == len(by_pair)
    for relation in blocks.relations:
        other = by_pair[relation.article_a, relation.article_b]
        assert relation.probability == pytest.approx(other.probability, abs=1e-9)
        assert {e.detail for e in relation.evidence} == {e.detail for e in other.evidence}


def test_blocks_of_time_find_the_same_events() -> None:
    corpus = SyntheticCorpus(400, seed=2)
    whole, blocks = (
        decide_articles(corpus, replace(SETTINGS, exact_below=limit), load_model()) for limit in (25_000, 100)
    )
    assert whole is not None
    assert blocks is not None
    scores = [b_cubed(corpus.event, d.event_of[d.nodes.node]) for d in (whole, blocks)]
    assert min(scores) > 0.97


def test_relations_that_are_kept_are_bounded_and_the_most_probable() -> None:
    corpus = SyntheticCorpus(120, seed=4)
    result = align_articles(corpus, replace(SETTINGS, relations=2, near_misses=1))
    assert len(result.relations) <= 120 * 3 + len(result.copies)
    every = align_articles(corpus, replace(SETTINGS, relations=1000, near_misses=1000))
    assert result.events == every.events
    best: dict[str, float] = {}
    for r in every.relations:
        if r.kind != "unrelated":
            for end in (r.article_a, r.article_b):
                best[end] = max(best.get(end, 0.0), r.probability)
    kept = {(end, r.probability) for r in result.relations for end in (r.article_a, r.article_b)}
    assert all((end, p) in kept for end, p in best.items())
