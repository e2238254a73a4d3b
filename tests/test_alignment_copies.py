"""Copies and translations inside an event: what counts as one, which is the original, how many accounts are left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from alignment_helpers import ELECTION, FIRE, FIRE_AGAIN, article, empty_article, random_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alignment.ancestry import CopySettings, descents, ordered_coverage
from pipeline.alignment.coding import hashed
from pipeline.alignment.copies import Nodes, collapse, containment, content_key, copy_keys, shingles
from pipeline.alignment.views import ArticleView, make_view
from pipeline.engines.embedding import UniversalEncoder
from pipeline.text import split_sentences

BENCH = Path(__file__).resolve().parents[2] / "shared" / "bench"
SETTINGS = CopySettings()
LONG = (
    *FIRE,
    "The owner of the building, a maker of garden furniture, said that nobody had been inside at the time.",
    "Trains between Banstead and Epsom were stopped for two hours because of the smoke.",
    "The council opened a school hall for those who could not return home before the evening.",
    "An inquiry into the cause will begin as soon as the ruins have cooled down.",
)


def kinds(views: Sequence[ArticleView]) -> list[tuple[int, int, str]]:
    return [(d.copy, d.original, d.kind) for d in descents(views, None, SETTINGS)]


def test_shingles_of_small_texts() -> None:
    assert len(shingles([])) == 0
    assert len(shingles(["..."])) == 0
    assert len(shingles(["Fire"])) == len(shingles(["Fire in Banstead"])) == 1
    assert len(shingles(["a b c d e"])) == 2
    assert (shingles(["A b, c d", "É f"]) == shingles(["a b c d e f"])).all()
    assert content_key([]) == ""
    assert content_key(["a  b"]) == content_key([" a b "]) != content_key(["a", "b"])


@given(st.lists(st.text(alphabet="ab c", max_size=12), max_size=4), st.lists(st.text(alphabet="ab c"), max_size=4))
def test_containment_is_a_share(a: list[str], b: list[str]) -> None:
    x, y = shingles(a), shingles(b)
    assert 0 <= containment(x, y) <= 1
    assert containment(x, x) == (1 if len(x) else 0)
    assert containment(x, y) * len(x) == pytest.approx(containment(y, x) * len(y))


def test_a_copy_is_exact_near_or_none() -> None:
    edited = [*LONG[:2], LONG[2].replace("More than 50", "About 60"), *LONG[3:]]
    views = [article(n, text) for n, text in (("a", LONG), ("b", LONG), ("c", edited), ("d", FIRE_AGAIN))]
    assert kinds(views) == [(1, 0, "exact"), (2, 0, "near")]


def test_half_of_the_paragraphs_with_edits_is_a_copy_of_the_whole() -> None:
    half = [LONG[1].replace("police said", "officers said"), LONG[4], LONG[6], LONG[7].replace("cooled down", "cooled")]
    assert kinds([article("a", half), article("b", LONG)]) == [(0, 1, "near")]


def test_the_earlier_one_is_the_original() -> None:
    late, early, unknown = (
        article(n, LONG, d) for n, d in (("a", "2021-03-14"), ("b", "2021-03-12T09:00"), ("c", None))
    )
    assert kinds([late, early, unknown]) == [(0, 1, "exact"), (2, 1, "exact")]


def test_every_copy_descends_from_one_article_and_there_is_no_circle() -> None:
    views = [article(f"{n}", LONG[: 4 + n % 4], f"2021-03-{12 + n % 3}") for n in range(9)]
    found = descents(views, None, SETTINGS)
    parent = {d.copy: d.original for d in found}
    assert len(parent) == len(found) == 8
    for copy in parent:
        line = [copy]
        while line[-1] in parent:
            line.append(parent[line[-1]])
            assert len(line) <= 9


def test_a_translation_is_known_by_its_sentences_in_order() -> None:
    rng = np.random.default_rng(0)
    rows = random_rows(8, rng)
    text = [f"Sentence {n} of the text that is translated." for n in range(8)]
    original = make_view("a", "fr", text, rows)
    near = rows + 0.5 * random_rows(8, rng)
    assert kinds([original, make_view("b", "en", text, near)]) == [(1, 0, "translation")]
    assert kinds([original, make_view("b", "en", text, random_rows(8, rng))]) == []
    assert kinds([original, make_view("b", "en", text[:2], near[:2])]) == []
    assert kinds([original, empty_article("b")]) == []


def of_rows(rows: Sequence[Sequence[float]], language: str) -> ArticleView:
    return make_view("x", language, [f"Sentence {n}." for n in range(len(rows))], np.array(rows, np.float32))


AXES = np.eye(6, dtype=np.float32)


@pytest.mark.parametrize(
    ("a", "b", "share"),
    [
        ([0, 1, 2], [0, 1, 2], 1.0),
        ([0, 1, 2], [2, 1, 0], 1 / 3),  # crossing: one of them
        ([0, 1, 2, 3], [0, 4, 2, 5], 0.5),
        ([0, 1, 2], [0, 0, 0], 1 / 3),  # one to one
        ([0, 1, 2], [3, 4, 5], 0.0),
        ([0, 1], [0, 1, 2, 3], 0.0),  # too short to say
        ([], [0, 1, 2], 0.0),
    ],
)
def test_coverage_counts_pairs_in_order(a: list[int], b: list[int], share: float) -> None:
    views = of_rows(AXES[a].reshape(-1, 6), "fr"), of_rows(AXES[b].reshape(-1, 6), "en")
    assert ordered_coverage(*views, 0.5) == pytest.approx(share)
    assert ordered_coverage(*views[::-1], 0.5) == pytest.approx(share)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 5), min_size=3, max_size=6, unique=True),
    st.lists(st.integers(0, 5), min_size=3, max_size=6, unique=True),
)
def test_coverage_is_that_of_the_longest_common_sequence(a: list[int], b: list[int]) -> None:
    lengths = range(min(len(a), len(b)) + 1)
    best = max(n for n in lengths if set(combinations(a, n)) & set(combinations(b, n)))
    found = ordered_coverage(of_rows(AXES[a], "fr"), of_rows(AXES[b], "en"), 0.5)
    assert found == pytest.approx(2 * best / (len(a) + len(b)))


def one_node_each(
    views: Sequence[ArticleView], days: Sequence[int | None], figures: Sequence[Sequence[str]] | None = None
) -> Nodes:
    rows = zip(views, figures or [[]] * len(views), strict=True)
    keys = np.array([copy_keys(v.language, v.content, v.shingles, f) for v, f in rows], np.uint64)
    content = np.array([hashed(v.content) for v in views], np.uint64)
    known = np.array([np.nan if d is None else d for d in days], np.float64)
    return collapse(keys, content, known, lambda rows: [views[i].shingles for i in rows.tolist()], 14)


def test_texts_become_one_node_only_when_nearly_all_is_the_same() -> None:
    words = " ".join(f"word{n}" for n in range(200))
    views = [
        article("a", ["Title", words]),
        article("b", ["Title", words]),
        article("c", ["Title", words.replace("word100", "other")]),
        article("d", ["Title", " ".join(words.split()[:120])]),
        empty_article("e"),
        empty_article("f"),
        article("g", ELECTION),
    ]
    nodes = one_node_each(views, [None] * 7)
    assert nodes.node.tolist() == [0, 0, 0, 1, 2, 3, 4]
    assert nodes.exact.tolist()[:3] == [True, True, False]
    assert nodes.weights.tolist() == [3, 1, 1, 1, 1]


def test_a_template_filled_in_twice_is_two_texts() -> None:
    words = " ".join(f"word{n}" for n in range(200))
    one, two = article("a", ["Title", words + " 27"]), article("b", ["Title", words + " 31"])
    assert one_node_each([one, two], [1, 1]).node.tolist() == [0, 0]
    assert one_node_each([one, two], [1, 1], [["27"], ["31"]]).node.tolist() == [0, 1]


def test_copies_far_apart_in_time_are_two_nodes() -> None:
    views = [article(n, LONG) for n in "abc"]
    assert one_node_each(views, [1, 15, 16]).node.tolist() == [0, 0, 1]
    assert one_node_each(views, [1, None, 16]).node.tolist() == [0, 0, 1]


@pytest.mark.bench
@pytest.mark.skipif(not BENCH.is_dir(), reason=f"no evaluation data at {BENCH}")
class TestBench:
    """Labelled by construction: NTREX documents are translations, newsroom articles are accounts of their own."""

    def test_translations_are_found_and_other_documents_are_not(self) -> None:
        from pipeline.alignment.corpora import read_parallel

        articles = read_parallel(BENCH / "ntrex-dev", ("en", "fr", "ko"))
        chosen = sorted({a.event for a in articles})[:8]
        views = {a.id: view(a.id, a.language, a.segments) for a in articles if a.event in chosen}
        for left, right in combinations(("en", "fr", "ko"), 2):
            same = [ordered_coverage(views[f"{d}-{left}"], views[f"{d}-{right}"], SETTINGS.similarity) for d in chosen]
            other = [
                ordered_coverage(views[f"{d}-{left}"], views[f"{e}-{right}"], SETTINGS.similarity)
                for d, e in pairwise(chosen)
            ]
            assert min(same) >= SETTINGS.coverage
            assert max(other) < SETTINGS.coverage / 2

    def test_independent_accounts_are_not_called_copies(self) -> None:
        folder = BENCH / "newsroom-dev"
        gold = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
        views = {}
        for line in (folder / "meta.jsonl").read_text(encoding="utf-8").splitlines():
            meta = json.loads(line)
            lines = (folder / "articles" / f"{meta['id']}.txt").read_text(encoding="utf-8").splitlines()
            segments = [
                p[a:b] for p in lines if p.strip() and "|" not in p for a, b in split_sentences(p, meta["lang"])
            ]
            views[meta["id"]] = view(meta["id"], meta["lang"], segments)
        for event in gold["events"].values():
            assert descents([views[a] for a in event["articles"]], None, SETTINGS) == []


@cache
def encoder() -> UniversalEncoder:
    return UniversalEncoder(threads=1)


def view(name: str, language: str, segments: Sequence[str]) -> ArticleView:
    return make_view(name, language, segments, encoder().encode(segments))
