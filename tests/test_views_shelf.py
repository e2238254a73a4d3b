"""The shelf gives back what was put on it, one by one; inputs are joined as streams; beads and vectors leave memory."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from alignment_helpers import DIMENSION, ELECTION, FIRE, FIRE_AGAIN, OTHER_FIRE, article, empty_article, random_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alignment.api import AlignmentSettings, align_articles, align_sentences
from pipeline.alignment.views import ArticleView
from pipeline.depots import DiskDepot
from pipeline.errors import StoreError
from pipeline.executors import Crew
from pipeline.records import Mention, to_table
from pipeline.stages import align, bead_parts
from pipeline.stages.view_shelf import ShelvedView, ViewShelf
from pipeline.stages.views import Sentence, Written, written


def shelved(views: Sequence[ArticleView], path: Path, dimension: int = DIMENSION, cut: int = 5) -> ViewShelf:
    """Put views on a shelf, in tables of ``cut`` rows."""
    rows = [ShelvedView.of(view, [f"{view.id}-{k}" for k in range(len(view.segments))]) for view in views]
    blocks = [to_table(rows[i : i + cut], ShelvedView) for i in range(0, len(rows), cut)]
    return ViewShelf.write(blocks, path, dimension)


def assert_same(found: ArticleView, view: ArticleView) -> None:
    for name in ("id", "language", "published", "title", "own_terms", "terms", "mentions", "lead_rows", "content"):
        assert getattr(found, name) == getattr(view, name), name
    assert (found.segments.dtype, found.segments.shape) == (np.float32, view.segments.shape)
    assert found.segments.tobytes() == view.segments.tobytes()
    assert (found.lead is None) == (view.lead is None)
    if view.lead is not None and found.lead is not None:
        assert (found.lead.dtype, found.lead.tobytes()) == (np.float32, view.lead.tobytes())
    assert (found.shingles.dtype, found.shingles.tolist()) == (np.uint32, view.shingles.tolist())


# --- the shelf --------------------------------------------------------------------------------------------------------

numbers = st.none() | st.floats(allow_nan=False)
mentions = st.builds(
    Mention,
    kind=st.sampled_from(["number", "date", "name"]),
    value=st.text(max_size=5),
    surface=st.text(max_size=5),
    start=st.integers(0, 99),
    end=st.integers(0, 99),
    low=numbers,
    high=numbers,
    unit=st.none() | st.text(max_size=3),
    role=st.none() | st.text(max_size=3),
    approximate=st.booleans(),
)
words = st.lists(st.lists(st.text(max_size=4), max_size=4).map(tuple), max_size=4).map(tuple)
floats = st.floats(width=32)  # not a number, infinity, -0.0 and the smallest ones included


@st.composite
def any_view(draw: st.DrawFn) -> ArticleView:
    n = draw(st.integers(0, 3))
    vector = st.lists(floats, min_size=4, max_size=4)
    lead = draw(st.none() | vector)
    return ArticleView(
        id=draw(st.text(max_size=6)),
        language=draw(st.sampled_from(["en", "fr", "ko", ""])),
        published=draw(st.none() | st.just("2024-05-10")),
        title=draw(st.none() | st.text(max_size=6)),
        own_terms=draw(words),
        terms=draw(words),
        mentions=draw(st.lists(st.lists(mentions, max_size=3).map(tuple), max_size=3).map(tuple)),
        segments=np.array([draw(vector) for _ in range(n)], dtype=np.float32).reshape(n, 4),
        lead=None if lead is None else np.array(lead, dtype=np.float32),
        lead_rows=tuple(draw(st.lists(st.integers(0, 9), max_size=3))),
        content=draw(st.text(max_size=4)),
        shingles=np.array(draw(st.lists(st.integers(0, 2**32 - 1), max_size=4)), dtype=np.uint32),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(any_view(), max_size=40), st.integers(1, 20), st.randoms(use_true_random=False))
def test_what_was_put_on_comes_back_to_the_bit_in_any_order(views, cut, order):
    with tempfile.TemporaryDirectory() as folder:
        shelf = shelved(views, Path(folder) / "views.arrow", 4, cut)
        assert len(shelf) == len(views)
        assert list(shelf.ids) == [view.id for view in views]
        for i in order.sample(range(len(views)), len(views)):
            assert_same(shelf[i], views[i])
            assert shelf.segment_ids(i) == tuple(f"{views[i].id}-{k}" for k in range(len(views[i].segments)))


def test_real_articles_come_back_and_are_decided_as_from_memory(tmp_path):
    texts = [FIRE, FIRE_AGAIN, OTHER_FIRE, ELECTION]
    views = [article(f"a{i:02d}", texts[i % 4], "2021-03-13") for i in range(37)] + [empty_article("empty")]
    shelf = shelved(views, tmp_path / "views.arrow")
    for found, view in zip(shelf, views, strict=True):
        assert_same(found, view)
    assert align_articles(shelf, AlignmentSettings()) == align_articles(views, AlignmentSettings())


def test_a_shelf_is_a_sequence(tmp_path):
    shelf = shelved([article(f"a{i}", FIRE) for i in range(20)], tmp_path / "views.arrow")
    assert shelf[-1].id == "a19"
    assert [view.id for view in shelf[17:]] == ["a17", "a18", "a19"]
    for outside in (20, -21):
        with pytest.raises(IndexError, match="of 20"):
            shelf[outside]


def test_reading_all_of_a_shelf_holds_a_part_of_it(tmp_path):
    view = replace(article("a", FIRE), segments=random_rows(64, np.random.default_rng(0), 512))
    shelf = shelved([replace(view, id=f"a{i}") for i in range(1_500)], tmp_path / "views.arrow", 512)
    before = pa.total_allocated_bytes()
    for i in range(len(shelf)):
        assert len(shelf[i].segments) == 64
    assert (tmp_path / "views.arrow").stat().st_size > 190e6
    assert pa.total_allocated_bytes() - before < 150e6


def test_a_view_does_not_hold_its_neighbours(tmp_path):
    shelf = shelved([article(f"a{i}", FIRE) for i in range(20)], tmp_path / "views.arrow")
    view = shelf[3]
    assert view.segments.base is None or view.segments.base.nbytes == view.segments.nbytes
    assert view.shingles.base is None


# --- the streams ------------------------------------------------------------------------------------------------------

ARTICLES = [("a", "fr", "2024-01-01"), ("b", None, None), ("c", "en", None)]
SEGMENTS = [("a", "a-0", "title", "un"), ("a", "a-1", "body", "deux"), ("c", "c-0", "body", "three")]
TRANSLATIONS = [("a-0", "one"), ("a-1", "two"), ("c-0", "three")]


def test_articles_are_joined_with_their_sentences():
    assert list(written(ARTICLES, SEGMENTS, TRANSLATIONS)) == [
        Written(
            "a", "fr", "2024-01-01", (Sentence("a-0", "title", "un", "one"), Sentence("a-1", "body", "deux", "two"))
        ),
        Written("b", "", None, ()),
        Written("c", "en", None, (Sentence("c-0", "body", "three", "three"),)),
    ]
    assert list(written([], [], [])) == []


@pytest.mark.parametrize(
    ("articles", "segments", "translations", "what"),
    [
        (ARTICLES[::-1], SEGMENTS, TRANSLATIONS, "the segment c-0 does not follow its article c"),
        (ARTICLES, [SEGMENTS[2], *SEGMENTS[:2]], [TRANSLATIONS[2], *TRANSLATIONS[:2]], "a-0 does not follow"),
        (ARTICLES[:2], SEGMENTS, TRANSLATIONS, "c-0 does not follow"),
        (ARTICLES, SEGMENTS, TRANSLATIONS[::-1], "a-0 is expected there is the translation of c-0"),
        (ARTICLES, SEGMENTS, TRANSLATIONS[:2], "c-0 is expected there is no translation"),
        (ARTICLES, SEGMENTS[:2], TRANSLATIONS, "a translation of c-0, which is no segment"),
    ],
)
def test_tables_in_another_order_are_refused(articles, segments, translations, what):
    with pytest.raises(StoreError, match=what) as raised:
        list(written(articles, segments, translations))
    assert "run again" in str(raised.value)


# --- beads and vectors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("all_pairs", "workers"), [(24, 1), (2, 1), (24, 2)])
def test_beads_hold_each_sentence_of_each_pair_once(tmp_path, monkeypatch, all_pairs, workers):
    """In an event of more than ``ALL_PAIRS`` articles only those of a relation are aligned."""
    monkeypatch.setattr(bead_parts, "_PAIRS", 1)
    views = [article(f"a{i}", (*text, f"Line {i}."), "2021-03-13") for i, text in enumerate([FIRE, FIRE_AGAIN, FIRE])]
    views.append(article("b", ELECTION, "2013-12-16"))
    monkeypatch.setattr(align, "ALL_PAIRS", all_pairs)
    options = AlignmentSettings(relations=1, near_misses=0)
    alignment = align_articles(views, options)
    assert sorted(len(event.article_ids) for event in alignment.events) == [1, 3]
    shown = {(r.article_a, r.article_b) for r in alignment.relations if r.kind == "same_event"}
    shelf = shelved(views, tmp_path / "views.arrow")
    with Crew(workers, bead_parts.BeadDesk(shelf.path, shelf.dimension, options)) as crew:
        beads = list(bead_parts.aligned(align._pairs(alignment, shelf.ids), crew))
    pairs = list(dict.fromkeys((bead.article_a, bead.article_b) for bead in beads))
    assert pairs == ([("a0", "a1"), ("a0", "a2"), ("a1", "a2")] if all_pairs > 3 else sorted(shown))
    by_id = {view.id: view for view in views}
    for a, b in pairs:
        own = [bead for bead in beads if (bead.article_a, bead.article_b) == (a, b)]
        assert len(own) == len(align_sentences(by_id[a], by_id[b], options))
        for name, side in ((a, "segments_a"), (b, "segments_b")):
            found = sorted(segment for bead in own for segment in getattr(bead, side))
            assert found == [f"{name}-{k}" for k in range(5)]


def test_arrays_beyond_the_limit_lie_in_files(tmp_path):
    depot = DiskDepot(tmp_path / "work", 2100)
    groups = {
        name: {"a": np.full((32, 16), number, np.float16), "b": np.arange(number, dtype=np.uint64), "c": np.empty(0)}
        for number, name in enumerate(("first", "second", "third"), start=1)
    }
    for name, arrays in groups.items():
        depot.put(name, arrays)
    assert sorted(p.name for p in (tmp_path / "work").iterdir()) == ["third.arrays"]
    for name, arrays in groups.items():
        found = depot.get(name)
        assert set(found) == set(arrays)
        for key, array in arrays.items():
            assert (found[key].dtype, found[key].shape) == (array.dtype, array.shape)
            assert np.array_equal(found[key], array)
    with pytest.raises(KeyError):
        depot.get("fourth")
