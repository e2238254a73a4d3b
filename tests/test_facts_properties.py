"""What holds for every text: exact spans, no overlaps, the same result twice, no text that breaks a parser."""

import itertools
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.facts import parse, to_facts
from pipeline.facts.parse import parse_numeric
from pipeline.facts.romanise import name_similarity, romanise
from pipeline.facts.slots import _Margins
from pipeline.records import Anchor, Segment
from pipeline.text import normalise

WORDS = """
le la 26 mai 10 May 2024 3만 5천 명 100조 원 오전 6시 지난 13일 다음 달 $ 2.3 billion
% percent - ~ 27-24 and to de à et
twenty one un million dizaine de 제 14 호 시속 160 km/h Oh Young-joo 오영주 장관 Japan 일본 « »
“ ” . , : ( )
수백 두 열 이상 about environ 약 hier yesterday 어제 mercredi Monday 월요일 l'an dernier 1980s 년 대 e th XXIe siècle
€ 1er
"""
PIECES = st.sampled_from(WORDS.split())
GROUPS = st.tuples(st.sampled_from(["1", "12", "234", "567"]), st.sampled_from(",. \u202f-%")).map("".join)
TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(PIECES, max_size=14).map(" ".join),
    st.lists(PIECES, max_size=14).map("".join),
    st.lists(GROUPS, max_size=6).map("".join),
)
LANGUAGES = st.sampled_from(["en", "fr", "ko", "de", "xx"])
NUMERIC = ("number", "ordinal", "money", "percent", "date", "time", "duration")


@settings(max_examples=300)
@given(TEXTS, LANGUAGES)
def test_spans_are_exact_and_do_not_overlap(raw, language):
    text = normalise(raw).text
    found = parse(text, language)
    assert all(text[m.start : m.end] == m.surface and m.surface for m in found)
    for kinds in (NUMERIC, ("name",)):
        spans = sorted((m.start, m.end) for m in found if m.kind in kinds)
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert found == sorted(found, key=lambda m: (m.start, m.end, m.kind))
    assert found == parse(text, language)


@settings(max_examples=200)
@given(TEXTS, LANGUAGES, st.dates().map(str))
def test_a_reference_changes_only_values_of_dates(raw, language, reference):
    text = normalise(raw).text
    plain, resolved = parse(text, language), parse(text, language, reference=reference)
    assert [(m.start, m.end, m.kind) for m in plain] == [(m.start, m.end, m.kind) for m in resolved]
    assert all(a == b for a, b in zip(plain, resolved, strict=True) if a.kind != "date")


@given(TEXTS, LANGUAGES)
def test_bounds_are_in_order(raw, language):
    for m in parse_numeric(normalise(raw).text, language):
        if m.low is not None and m.high is not None:
            assert m.low <= m.high


@given(TEXTS, st.integers(0, 50))
def test_facts_keep_their_place(raw, offset):
    text = normalise(raw).text
    segment = Segment("s", "a", 0, 0, "body", text, offset, offset + len(text), (Anchor(0, offset),), "ko", 1.0)
    for fact in to_facts(parse_numeric(text, "ko"), segment):
        assert (fact.raw_start, fact.raw_end) == (fact.start + offset, fact.end + offset)


@given(st.text(max_size=24), st.text(max_size=24))
def test_similarity_is_a_share_and_symmetric(a, b):
    value = name_similarity(a, b)
    assert 0.0 <= value <= 1.0
    assert value == pytest.approx(name_similarity(b, a))


@given(st.text(alphabet=st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), max_size=12))
def test_romanised_hangul_is_latin(text):
    assert romanise(text).isascii()


NAMES = st.one_of(
    st.text(max_size=12),
    st.lists(st.text("aeiouhnlkjtspgé", min_size=1, max_size=8), min_size=1, max_size=3).map(" ".join),
    st.sampled_from(["Oh Young-joo", "Oh Youngju", "Noh Yong-seok", "Roh", "Takeda", "Tanaka", "오영주", "김 정은"]),
)


@settings(max_examples=500)
@given(NAMES, NAMES, st.sampled_from([0.3, 0.6, 0.8, 0.9]))
@example("tanaka", "talaka", 0.9)  # half an edit
@example("tanoka", "tanaka", 0.93)
def test_a_similarity_that_need_not_be_known_is_only_ever_too_low_below_its_limit(a, b, at_least):
    exact, sooner = name_similarity(a, b), name_similarity(a, b, at_least)
    assert sooner == exact if exact >= at_least else sooner < at_least


@settings(max_examples=50)
@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 2**31))
def test_the_margin_is_the_distance_to_the_nearest_rival(n, m, seed):
    cosine = np.random.default_rng(seed).integers(0, 5, (n, m)) / 4  # ties, too
    rivals = list(range(n)), list(range(m))
    margins = _Margins(lambda i, j: float(cosine[i, j]), 0.2)
    for i, j in itertools.product(*rivals):
        others = [cosine[i, k] for k in rivals[1] if k != j] + [cosine[k, j] for k in rivals[0] if k != i]
        assert margins.margin((i, j), ("x", "y"), rivals) == cosine[i, j] - max(others, default=0.2)
