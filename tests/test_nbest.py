"""Several hypotheses and forced scores of the encoder-decoder engines: both runtimes give the same ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_marian import (
    KOREAN,
    PAIRS,
    random_texts,
    tiny_m2m100,
    tiny_madlad,
    tiny_marian,
    tiny_nllb,
)

from pipeline.engines.base import Hypothesis, Proposer, Request, Scorer
from pipeline.engines.checkpoint import open_checkpoint
from pipeline.engines.ctranslate import CTranslateTranslator
from pipeline.engines.pieces import Codec
from pipeline.engines.seq2seq import Decoded, Limits, propose_texts, scored_rows
from pipeline.engines.transformers import TransformersTranslator
from pipeline.errors import ModelUnsupported

__all__ = ["tiny_m2m100", "tiny_madlad", "tiny_marian", "tiny_nllb"]  # fixtures

SHORT = Limits(max_new_tokens=30)
SOURCES = [source for source, _ in PAIRS]
TARGETS = [target for _, target in PAIRS]
FAMILIES = [("tiny_marian", "fr", "en"), ("tiny_m2m100", "fr", "ko"), ("tiny_nllb", "ko", "en")]
FAMILIES += [("tiny_madlad", "fr", "ko")]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """At this size several threads of torch wait for one another more than they work."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.getbasetemp() / "converted"


def both(folder, cache, beam_size=4, limits=SHORT):
    checkpoint = open_checkpoint(folder)
    settings = {"beam_size": beam_size, "device": "cpu", "limits": limits}
    ours = CTranslateTranslator(checkpoint, cache_folder=cache, compute_type="float32", **settings)
    return ours, TransformersTranslator(checkpoint, **settings)


@pytest.fixture(scope="session")
def engines(tiny_marian, cache):
    return both(tiny_marian, cache)


def requests(texts):
    return [Request(text) for text in texts]


def shown(proposals):
    return [[(h.text, h.tokens, h.finish) for h in hypotheses] for hypotheses in proposals]


def scores(proposals):
    return [h.score for hypotheses in proposals for h in hypotheses]


# --- n-best -----------------------------------------------------------------------------------------------------------


def test_engines_follow_the_protocols(engines):
    for engine in engines:
        assert isinstance(engine, Proposer)
        assert isinstance(engine, Scorer)


@pytest.mark.parametrize("n", [1, 3, 4, 6])
@pytest.mark.parametrize(("name", "source", "target"), FAMILIES)
def test_both_runtimes_propose_the_same_in_the_same_order(name, source, target, n, cache, request):
    texts = [*SOURCES[:6], *KOREAN[:2], *random_texts(np.random.default_rng(3), 6)]
    ours, theirs = (
        engine.propose(requests(texts), source, target, n) for engine in both(request.getfixturevalue(name), cache)
    )
    same = [(a, b) for a, b in zip(ours, theirs, strict=True) if shown([a]) == shown([b])]
    # an untrained model may find two words equally probable to six digits; the trained one must not differ
    assert len(same) >= len(texts) - (0 if name == "tiny_marian" else 1)
    assert scores([a for a, _ in same]) == pytest.approx(scores([b for _, b in same]), abs=3e-4)


def test_proposals_are_distinct_ordered_and_as_many_as_asked_for(engines):
    for engine in engines:
        for hypotheses in engine.propose(requests(SOURCES[:12]), "fr", "en", 4):
            assert 2 <= len(hypotheses) == len({h.text for h in hypotheses}) <= 4
            assert all(h.text == " ".join(h.text.split()) for h in hypotheses)
            found = [h.score for h in hypotheses]
            assert found == sorted(found, reverse=True)


def test_the_favourite_of_a_trained_model_is_its_translation(engines):
    for engine in engines:
        translated = engine.translate(SOURCES[:12], "fr", "en")
        assert [h.text for h in translated] == TARGETS[:12]
        assert [p[0] for p in engine.propose(requests(SOURCES[:12]), "fr", "en", 4)] == translated
        assert engine.propose(requests(SOURCES[:12]), "fr", "en", 1) == [[h] for h in translated]


def test_pins_and_complaints_are_not_for_these_models(engines):
    plain = Request(SOURCES[0])
    asked = Request(SOURCES[0], pins=(("ministre", "minister"),), complaint="A number is missing.")
    for engine in engines:
        assert engine.propose([plain], "fr", "en", 3) == engine.propose([asked], "fr", "en", 3)


@given(st.lists(st.sampled_from(SOURCES[:8]) | st.sampled_from(["", " \n", "🙂 !", "oui"]), max_size=5), st.randoms())
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_neighbours_and_order_change_no_proposal(engines, texts, shuffler):
    engine, _ = engines
    together = engine.propose(requests(texts), "fr", "en", 3)
    assert together == [engine.propose([Request(text)], "fr", "en", 3)[0] for text in texts]
    order = list(range(len(texts)))
    shuffler.shuffle(order)
    assert engine.propose(requests(texts[i] for i in order), "fr", "en", 3) == [together[i] for i in order]


@pytest.mark.parametrize("compute_type", ["int8", "float32"])
def test_rows_of_one_length_are_decoded_as_if_alone(tiny_marian, cache, compute_type):
    codec = Codec(open_checkpoint(tiny_marian))
    by_length = {}
    for text in random_texts(np.random.default_rng(5), 150):
        by_length.setdefault(len(codec.encode(codec.prepare(text), "", "")), []).append(text)
    texts = max(by_length.values(), key=len) + [group[0] for group in by_length.values()][:6]
    assert len(texts) >= 10
    engine = CTranslateTranslator(
        codec.checkpoint, cache_folder=cache, compute_type=compute_type, device="cpu", limits=SHORT
    )
    together = engine.propose(requests(texts), "fr", "en", 4)
    assert together == [engine.propose([Request(text)], "fr", "en", 4)[0] for text in texts]


def test_degenerate_requests(engines):
    for engine in engines:
        assert engine.propose([], "fr", "en", 4) == []
        assert engine.propose([Request("")], "fr", "en", 4) == [[Hypothesis("", tokens=0)]]
        assert engine.propose([Request("🙂 !")], "fr", "en", 4) == [[Hypothesis("🙂 !", tokens=0)]]
        with pytest.raises(ModelUnsupported, match="reads fr"):
            engine.propose([Request("oui")], "ko", "en", 2)


def test_a_long_text_is_proposed_in_parts(tiny_marian, cache):
    limits = Limits(max_new_tokens=40, max_input_tokens=16)
    text = " ".join(SOURCES[:3])
    for engine in both(tiny_marian, cache, limits=limits):
        proposals = engine.propose([Request(text)], "fr", "en", 4)[0]
        assert proposals[0] == engine.translate([text], "fr", "en")[0]
        assert 2 <= len({h.text for h in proposals}) == len(proposals) <= 4


def made(text, log_probability, steps=2):
    return Decoded(text, log_probability, steps, steps - 1, False)


NBEST = {
    "aa": [made("A", -1), made("B", -2)],
    "bb": [made("C", -1), made("C", -1.5), made("D", -8)],
    "cc": [made("", -1), made("E", -2), made("", -3)],
    "dd": [made("F", -2), made("", -3)],
}


@pytest.mark.parametrize(
    ("text", "n", "expected"),
    [
        ("aa", 2, ["A", "B"]),
        ("aa", 1, ["A"]),
        ("bb", 3, ["C", "D"]),  # one text twice
        ("cc", 3, ["", "E"]),  # an empty favourite stays, another empty one goes
        ("dd", 3, ["F"]),
        ("aa bb", 4, ["A C", "B C", "A D", "B D"]),
        ("aa bb", 2, ["A C", "B C"]),
        ("", 3, [""]),
    ],
)
def test_lists_are_joined_and_made_distinct(tiny_marian, text, n, expected):
    codec = Codec(open_checkpoint(tiny_marian))

    class Fake:
        """Encode a word as one row, so that the table above says all there is to say."""

        checkpoint = codec.checkpoint

        def prepare(self, text):
            return text

        def encode(self, text, *_):
            return (text,) if " " not in text else tuple(text.split()) * 100

    def decode(rows, _):
        return [NBEST["".join(row)] for row in rows]

    found = propose_texts(Fake(), decode, [text], ("", ""), Limits(), n=n)
    assert [h.text for h in found[0]] == expected


# --- forced scores ----------------------------------------------------------------------------------------------------


def test_a_score_is_that_of_the_generation(engines):
    for engine in engines:
        made = engine.translate(SOURCES, "fr", "en")
        assert engine.score(SOURCES, [h.text for h in made], "fr", "en") == pytest.approx(
            [h.score for h in made], abs=3e-4
        )


@pytest.mark.parametrize(("name", "source", "target"), FAMILIES)
def test_both_runtimes_score_alike(name, source, target, cache, request):
    ours, theirs = both(request.getfixturevalue(name), cache)
    written = [*TARGETS[:6], *KOREAN[:2], "", "🙂", "</s> a"]
    read = [*SOURCES[:6], *KOREAN[:2], "oui", "", "non"]
    found = ours.score(read, written, source, target)
    assert found == pytest.approx(theirs.score(read, written, source, target), abs=3e-4)
    assert all(score <= 0 for score in found)
    assert ours.score(read[:1], written[:1], source, target) == found[:1]


def test_the_right_translation_scores_higher_than_another(engines):
    for engine in engines:
        right = engine.score(SOURCES, TARGETS, "fr", "en")
        wrong = engine.score(SOURCES, TARGETS[1:] + TARGETS[:1], "fr", "en")
        assert all(a > b for a, b in zip(right, wrong, strict=True))


def test_scores_of_nothing_and_of_other_pairs(engines):
    for engine in engines:
        assert engine.score([], [], "fr", "en") == []
        with pytest.raises(ModelUnsupported, match="reads fr"):
            engine.score(["oui"], ["yes"], "en", "fr")
        with pytest.raises(ValueError, match="argument 2"):
            engine.score(["oui"], [], "fr", "en")


def test_texts_beyond_the_models_positions_are_cut(tiny_marian, cache):
    long_source, long_target = " ".join(SOURCES * 3), " ".join(TARGETS * 3)
    codec = Codec(open_checkpoint(tiny_marian))
    [(row, written)] = scored_rows(codec, [long_source], [long_target], ("", ""))
    assert (len(row), len(written)) == (128, 127)
    assert row[-1] == written[-1] == "</s>"
    ours, theirs = both(tiny_marian, cache)
    assert ours.score([long_source], [long_target], "fr", "en") == pytest.approx(
        theirs.score([long_source], [long_target], "fr", "en"), abs=1e-3
    )
