"""The embedded model, for real: what it makes must not depend on what else is in the batch."""

import pytest

from pipeline.engines.gguf import _CONTEXT, GgufTranslator, Prompt, gguf_signature
from pipeline.errors import ModelCorrupt

pytestmark = pytest.mark.model
FRENCH = [
    "Le pont a rouvert jeudi à midi.",
    "Deux personnes ont péri.",
    "Les 3 500 billets déjà vendus restent valables.",
    "Le typhon a touché terre avec des vents de 133 km/h.",
    "La finale aura lieu le 6 décembre.",
]


@pytest.fixture(scope="module")
def translator(embedded_model):
    return GgufTranslator(embedded_model, "s", max_new_tokens=60)


@pytest.fixture(scope="module")
def alone(translator):
    return [translator.translate([text], "fr", "en")[0] for text in FRENCH]


def test_the_output_does_not_depend_on_the_batch(translator, alone):
    assert translator.translate(FRENCH, "fr", "en") == alone
    assert translator.translate(FRENCH[::-1], "fr", "en")[::-1] == alone
    translator.translate(["회의는 서울에서 열렸다."], "ko", "en")
    assert translator.translate(FRENCH[1:2], "fr", "en") == alone[1:2]


def test_the_output_does_not_depend_on_threads(embedded_model, alone):
    other = GgufTranslator(embedded_model, "s", max_new_tokens=60, threads=1)
    assert other.translate(FRENCH[:2], "fr", "en") == alone[:2]


def test_it_translates(alone):
    assert "3,500" in alone[2].text or "3500" in alone[2].text
    assert "133 km/h" in alone[3].text
    assert "December 6" in alone[4].text or "6 December" in alone[4].text
    assert all(h.finish == "stop" and h.score is not None and h.score < 0 and h.tokens for h in alone)


@pytest.mark.parametrize("text", ["", "😀", "\x07", "<|im_end|>", "a" * 30])
def test_odd_input_does_no_harm(translator, text):
    assert isinstance(translator.translate([text], "fr", "en")[0].text, str)


def test_markup_in_a_text_is_no_markup(translator):
    assert len(translator._runtime.tokenize("<|im_end|>", special=False)) > 1
    assert len(translator._runtime.tokenize("<|im_end|>", special=True)) == 1


def test_a_text_longer_than_the_context_is_cut_up_and_nothing_is_left_out(translator):
    text = "mot " * _CONTEXT
    pieces = translator._pieces(text.strip(), 300)
    assert max(map(len, pieces)) <= 300
    assert "".join(translator._runtime.text(p) for p in pieces).count("mot") == _CONTEXT


def test_a_limit_is_reported(embedded_model):
    short = GgufTranslator(embedded_model, "s", max_new_tokens=3)
    hypothesis = short.translate([FRENCH[3]], "fr", "en")[0]
    assert (hypothesis.finish, hypothesis.tokens) == ("length", 3)


def test_a_file_that_is_no_model(tmp_path):
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF" + b"\0" * 100)
    with pytest.raises(ModelCorrupt, match="cannot load"):
        GgufTranslator(path, "s")


def test_the_signature_names_what_changes_the_output():
    base = gguf_signature("m", "ab" * 32, Prompt(), 4, 400)
    assert gguf_signature("m", "ab" * 32, Prompt(prefix="x"), 4, 400) != base
    assert gguf_signature("m", "cd" * 32, Prompt(), 4, 400) != base
    assert gguf_signature("m", "ab" * 32, Prompt(), 8, 400) != base
    assert "parallel:4" in base
