"""Sentence beads: every sentence once, counterparts found, strays left alone."""

from __future__ import annotations

import numpy as np
import pytest
from alignment_helpers import DIMENSION, random_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alignment.sentences import IndexBead, align_comparable, align_pairs, align_parallel
from pipeline.alignment.side import plain_side
from pipeline.alignment.views import FloatArray, unit_rows

NOTHING = np.zeros((0, DIMENSION), dtype=np.float32)


def near(rows: FloatArray, rng: np.random.Generator, noise: float = 0.05) -> FloatArray:
    return unit_rows(rows + noise * rng.standard_normal(rows.shape).astype(np.float32))


def both(a: FloatArray, b: FloatArray) -> list[list[IndexBead]]:
    return [align_parallel(a, b), align_comparable(a, b, 0.35)]


def spans(beads: list[IndexBead]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return [(bead.a, bead.b) for bead in beads]


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 1), (3, 0), (1, 1), (1, 7), (7, 1), (2, 60)])
def test_degenerate_sizes_cover_each_sentence_once(n: int, m: int) -> None:
    rng = np.random.default_rng(1)
    for beads in both(random_rows(n, rng), random_rows(m, rng)):
        assert sorted(i for bead in beads for i in bead.a) == list(range(n))
        assert sorted(j for bead in beads for j in bead.b) == list(range(m))


def test_identical_documents_align_one_to_one() -> None:
    rows = random_rows(12, np.random.default_rng(2))
    for beads in both(rows, rows):
        assert spans(beads) == [((i,), (i,)) for i in range(12)]
        assert all(bead.similarity == pytest.approx(1.0, abs=1e-5) for bead in beads)


def test_one_sentence_each_aligns_when_alike_and_stays_alone_when_not() -> None:
    rows = random_rows(2, np.random.default_rng(3))
    for beads in both(rows[:1], rows[:1]):
        assert spans(beads) == [((0,), (0,))]
    for beads in both(rows[:1], rows[1:]):
        assert spans(beads) == [((0,), ()), ((), (0,))]


def test_deleted_sentences_get_an_empty_side() -> None:
    rng = np.random.default_rng(4)
    a = random_rows(10, rng)
    b = near(np.delete(a, [3, 7], axis=0), rng)
    for beads in both(a, b):
        assert ((3,), ()) in spans(beads)
        assert ((7,), ()) in spans(beads)
        assert sum(len(bead.a) == len(bead.b) == 1 for bead in beads) == 8


def test_a_sentence_split_in_two_makes_one_bead() -> None:
    rng = np.random.default_rng(5)
    b = random_rows(9, rng)
    joined = unit_rows((b[4] + b[5])[None, :])
    a = near(np.concatenate([b[:4], joined, b[6:]]), rng)
    for beads in both(a, b):
        assert ((4,), (4, 5)) in spans(beads)


def test_order_free_matching_finds_shuffled_sentences() -> None:
    rng = np.random.default_rng(6)
    a = random_rows(15, rng)
    order = rng.permutation(15)
    beads = align_comparable(a, near(a[order], rng), 0.35)
    assert spans(beads) == [((i,), (int(np.where(order == i)[0][0]),)) for i in range(15)]


def test_monotone_alignment_keeps_the_order() -> None:
    rng = np.random.default_rng(7)
    a = random_rows(15, rng)
    beads = align_parallel(a, near(a[::-1], rng))
    matched = [bead.b[0] for bead in beads if bead.a and bead.b]
    assert matched == sorted(matched)


def test_the_floor_keeps_weak_pairs_apart() -> None:
    rng = np.random.default_rng(8)
    a = random_rows(6, rng)
    b = near(a, rng, 0.2)
    assert any(bead.a and bead.b for bead in align_comparable(a, b, 0.3))
    assert not any(bead.a and bead.b for bead in align_comparable(a, b, 0.9999))


def test_the_price_of_a_stray_follows_the_documents() -> None:
    """A pair that is hardly alike is believed where little else is missing, and not among strays."""
    rng = np.random.default_rng(9)
    rows, strays = random_rows(41, rng), random_rows(80, rng)

    def needed(before: tuple[FloatArray, FloatArray]) -> float:
        for alike in np.linspace(-0.6, 0.9, 61):
            weak = unit_rows(alike * rows[40:] + np.sqrt(1 - alike**2) * unit_rows(strays[79:] - 0.01))
            beads = align_parallel(np.vstack([before[0], rows[40:]]), np.vstack([before[1], weak]))
            if ((40,), (40,)) in spans(beads):
                return float(alike)
        return 1.0

    complete = needed((rows[:40], near(rows[:40], rng)))
    torn = needed((np.vstack([rows[:4], strays[:36]]), np.vstack([near(rows[:4], rng), strays[36:72]])))
    assert complete < torn < 1.0


def test_many_pairs_in_one_call_are_aligned_each_on_its_own() -> None:
    rng = np.random.default_rng(11)
    rows = [random_rows(n, rng) for n in (5, 9, 0, 3)]
    pairs = [(plain_side(x), plain_side(near(x, rng))) for x in rows]
    for order in ("parallel", "comparable"):
        together = align_pairs(pairs, order)
        assert together == [align_pairs([pair], order)[0] for pair in pairs]
        assert [len(beads) for beads in together] == [5, 9, 0, 3]


def test_zero_vectors_do_not_break() -> None:
    zeros = np.zeros((4, DIMENSION), dtype=np.float32)
    for beads in both(zeros, random_rows(3, np.random.default_rng(10))):
        assert sorted(i for bead in beads for i in bead.a) == [0, 1, 2, 3]
        assert all(bead.similarity is None or np.isfinite(bead.similarity) for bead in beads)


@settings(max_examples=60, deadline=None)
@given(n=st.integers(0, 14), m=st.integers(0, 14), seed=st.integers(0, 2**16), noise=st.floats(0, 1))
def test_beads_partition_both_documents(n: int, m: int, seed: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    pool = random_rows(16, rng)
    a, b = near(pool[:n], rng, noise) if n else NOTHING, near(pool[1 : m + 1], rng, noise) if m else NOTHING
    for beads in both(a, b):
        assert sorted(i for bead in beads for i in bead.a) == list(range(n))
        assert sorted(j for bead in beads for j in bead.b) == list(range(m))
        for bead in beads:
            assert (bead.similarity is None) == (not bead.a or not bead.b)
            assert bead.similarity is None or -1.0 <= bead.similarity <= 1.0
            assert list(bead.a) == list(range(bead.a[0], bead.a[-1] + 1)) if bead.a else True
    assert both(a, b) == both(a.copy(), b.copy())
