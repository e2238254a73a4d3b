"""Events, threads and relations of small corpora, with the packaged model."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from alignment_helpers import ELECTION, FIRE, FIRE_AGAIN, OTHER_FIRE, article, empty_article
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alignment.api import Alignment, AlignmentSettings, align_articles, align_sentences, alignment_signature
from pipeline.alignment.model import sigmoid
from pipeline.alignment.views import ArticleView, make_view

SETTINGS = AlignmentSettings()


def small_corpus() -> list[ArticleView]:
    return [article("a", FIRE), article("b", FIRE_AGAIN), article("c", OTHER_FIRE), article("d", ELECTION)]


def groups(alignment: Alignment) -> list[tuple[str, ...]]:
    return sorted(event.article_ids for event in alignment.events)


def test_no_article() -> None:
    assert align_articles([], SETTINGS) == Alignment((), (), ())


def test_one_article_is_one_event_in_one_thread() -> None:
    result = align_articles([article("a", FIRE)], SETTINGS)
    (event,), (thread,) = result.events, result.threads
    assert event.article_ids == ("a",)
    assert event.thread_id == thread.id
    assert thread.event_ids == (event.id,)
    assert event.title == thread.title == FIRE[0]
    assert event.cohesion is None
    assert event.date == "2021-03-12"
    assert result.relations == ()


def test_two_accounts_of_one_event_join_and_look_alikes_do_not() -> None:
    result = align_articles(small_corpus(), SETTINGS)
    assert groups(result) == [("a", "b"), ("c",), ("d",)]
    joined = next(event for event in result.events if len(event.article_ids) == 2)
    assert joined.date == "2021-03-12"
    assert joined.cohesion is not None
    assert joined.cohesion > 0.5
    assert any("Collins" in name for name in joined.participants)


def test_evidence_names_what_decided_and_adds_up_to_the_log_odds() -> None:
    result = align_articles(small_corpus(), SETTINGS)
    relation = next(r for r in result.relations if (r.article_a, r.article_b) == ("a", "b"))
    assert relation.kind == "same_event"
    assert sigmoid(math.fsum(e.contribution for e in relation.evidence)) == pytest.approx(
        relation.probability, abs=1e-9
    )
    words = " ".join(e.detail for e in relation.evidence)
    assert "2021-03-12" in words
    assert "banstead" in words
    assert all(math.isfinite(e.value) and math.isfinite(e.contribution) for e in relation.evidence)


def test_identical_articles_are_one_event() -> None:
    result = align_articles([article(name, FIRE) for name in "abcde"], SETTINGS)
    assert groups(result) == [("a", "b", "c", "d", "e")]


def test_identical_articles_beyond_the_neighbours_are_one_event() -> None:
    result = align_articles([article(f"{n:02d}", FIRE) for n in range(12)], replace(SETTINGS, neighbours=4))
    assert len(result.threads) >= 1
    assert sorted(i for event in result.events for i in event.article_ids) == [f"{n:02d}" for n in range(12)]


def test_articles_without_anything_stay_alone() -> None:
    result = align_articles([empty_article("x"), empty_article("y"), article("a", FIRE)], SETTINGS)
    assert groups(result) == [("a",), ("x",), ("y",)]
    assert all(0 <= r.probability <= 1 for r in result.relations)


def test_articles_without_dates_names_or_translation() -> None:
    plain = ["something happened again", "it was raining and people stayed at home"]
    rows = np.random.default_rng(0).standard_normal((2, 8)).astype(np.float32)
    views = [make_view(name, f"x{name}", [*plain[:1], plain[1] + name], rows) for name in "ab"]
    result = align_articles(views, SETTINGS)
    assert sum(len(event.article_ids) for event in result.events) == 2
    (relation,) = result.relations
    unknown = next(e for e in relation.evidence if e.feature == "not_known")
    assert "terms" in unknown.detail
    assert "date_agreement" in unknown.detail


def test_untranslated_articles_of_one_language_compare_by_their_own_words() -> None:
    """Only a pair of two languages needs the target language."""

    def terms(language_a: str, language_b: str) -> list[float]:
        views = [
            replace(article(name, texts, None, language), terms=())
            for name, texts, language in (("a", FIRE, language_a), ("b", FIRE_AGAIN, language_b))
        ]
        (relation,) = align_articles(views, SETTINGS).relations
        found = [e for e in relation.evidence if e.feature == "terms"]
        assert all(e.detail.startswith("shared words: ") for e in found)
        return [e.value for e in found]

    assert terms("fr", "ko") == []
    assert terms("fr", "fr")[0] > 0.2


def test_dates_far_in_the_future_or_impossible_do_not_break() -> None:
    odd = ("Meeting on 31 February 9999", "It is planned for 30 December 9998, officials said.")
    result = align_articles([article("a", odd, "9999-12-31"), article("b", odd, "not a date")], SETTINGS)
    assert sum(len(event.article_ids) for event in result.events) == 2


def test_publication_dates_far_apart_speak_against_one_event() -> None:
    def probability(first: str | None, second: str | None) -> float:
        plain = ("Fire in warehouse", "A fire destroyed a warehouse in Banstead, police said.")
        result = align_articles([article("a", plain, first), article("b", plain, second)], SETTINGS)
        return result.relations[0].probability

    assert probability("2021-03-12", "2021-06-30") < probability("2021-03-12", "2021-03-12")
    assert probability("2021-03-12", "2021-06-30") < probability(None, None)


def test_ids_must_differ() -> None:
    with pytest.raises(ValueError, match="same id"):
        align_articles([article("a", FIRE), article("a", ELECTION)], SETTINGS)


def test_thresholds_move_the_line() -> None:
    assert len(align_articles(small_corpus(), replace(SETTINGS, event_threshold=0.0)).events) == 1
    assert len(align_articles(small_corpus(), replace(SETTINGS, event_threshold=1.0)).events) == 4
    assert len(align_articles(small_corpus(), replace(SETTINGS, thread_threshold=0.0)).threads) == 1


def test_signature_names_model_and_settings() -> None:
    assert alignment_signature(SETTINGS) != alignment_signature(replace(SETTINGS, event_threshold=0.6))
    assert alignment_signature(SETTINGS).startswith("events-")


def test_sentences_of_two_articles() -> None:
    beads = align_sentences(article("a", FIRE), article("b", FIRE_AGAIN), SETTINGS)
    assert sorted(i for bead in beads for i in bead.a) == [0, 1, 2, 3]
    assert sorted(j for bead in beads for j in bead.b) == [0, 1, 2, 3]
    assert align_sentences(article("a", FIRE), empty_article("x"), SETTINGS)[-1].b == ()


def test_vectors_and_segments_must_match() -> None:
    with pytest.raises(ValueError, match="2 vectors for 1 segments"):
        make_view("a", "en", ["one"], np.zeros((2, 4), dtype=np.float32))


@settings(max_examples=25, deadline=None)
@given(
    picks=st.lists(st.sampled_from([FIRE, FIRE_AGAIN, OTHER_FIRE, ELECTION, FIRE[:1], ()]), min_size=0, max_size=7),
    seed=st.integers(0, 1000),
)
def test_every_article_is_in_one_event_whatever_the_order(picks: list[tuple[str, ...]], seed: int) -> None:
    views = [article(f"v{n}", p) if p else empty_article(f"v{n}") for n, p in enumerate(picks)]
    result = align_articles(views, SETTINGS)
    assert sorted(i for event in result.events for i in event.article_ids) == [v.id for v in views]
    assert sorted(e for thread in result.threads for e in thread.event_ids) == sorted(e.id for e in result.events)
    assert all(0 <= r.probability <= r.thread_probability <= 1 for r in result.relations)
    assert all(r.article_a < r.article_b for r in result.relations)
    order = np.random.default_rng(seed).permutation(len(views))
    assert align_articles([views[i] for i in order], SETTINGS) == result
