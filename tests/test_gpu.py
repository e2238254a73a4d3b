"""The encoder-decoder engines on a GPU; skipped where torch sees none."""

from __future__ import annotations

import pytest
from tiny_marian import PAIRS, random_texts, tiny_marian

from pipeline.engines.checkpoint import open_checkpoint
from pipeline.engines.ctranslate import CTranslateTranslator
from pipeline.engines.seq2seq import Limits
from pipeline.engines.transformers import TransformersTranslator
from pipeline.errors import ModelError

__all__ = ["tiny_marian"]  # fixture

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")

SOURCES, TARGETS = ([pair[i] for pair in PAIRS] for i in (0, 1))


@pytest.fixture(scope="module")
def checkpoint(tiny_marian):
    return open_checkpoint(tiny_marian)


def _ctranslate(checkpoint, tmp_path_factory, **settings):
    engine = CTranslateTranslator(checkpoint, cache_folder=tmp_path_factory.getbasetemp() / "converted", **settings)
    try:
        engine.translate(SOURCES[:1], "fr", "en")
    except ModelError as error:
        assert "runtime.device" in str(error)
        pytest.skip(str(error))
    return engine


def test_transformers_takes_the_gpu_and_translates_as_on_the_cpu(checkpoint):
    engine = TransformersTranslator(checkpoint)
    found = engine.translate(SOURCES, "fr", "en")
    assert [h.text for h in found] == TARGETS
    assert next(engine._model.parameters()).device.type == "cuda"
    assert "|batch:4096" in engine.signature
    here = TransformersTranslator(checkpoint, device="cpu").translate(SOURCES, "fr", "en")
    assert [h.score for h in found] == pytest.approx([h.score for h in here], abs=1e-3)
    assert engine.score(SOURCES[:4], TARGETS[:4], "fr", "en") == pytest.approx([h.score for h in here[:4]], abs=1e-3)


def test_transformers_halves_a_batch_that_does_not_fit(checkpoint):
    engine = TransformersTranslator(checkpoint, limits=Limits(max_new_tokens=100), batch_tokens=100_000)
    texts = [" ".join([text] * 4) for text in random_texts(400)]
    whole = TransformersTranslator(checkpoint, limits=Limits(max_new_tokens=100), batch_tokens=400)
    expected = [h.text for h in whole.translate(texts, "fr", "en")]
    torch.cuda.empty_cache()
    held = torch.cuda.memory_allocated()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((held + 96 * 2**20) / total)
    try:
        found = [h.text for h in engine.translate(texts, "fr", "en")]
        assert torch.cuda.memory_stats()["num_ooms"] > 0
        # Batches of other sizes move last digits, and so a tie now and then.
        assert sum(a == b for a, b in zip(found, expected, strict=True)) >= 0.95 * len(texts)
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(1e-9)
        with pytest.raises(ModelError, match="too little free memory"):
            engine.translate(["Le ministre a ouvert la séance à " + "Paris " * 500], "fr", "en")
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.mark.parametrize("compute_type", ["auto", "float32", "int8"])
def test_ctranslate_takes_the_gpu(checkpoint, tmp_path_factory, compute_type):
    engine = _ctranslate(checkpoint, tmp_path_factory, compute_type=compute_type)
    assert [h.text for h in engine.translate(SOURCES, "fr", "en")] == TARGETS
    assert "|batch:4096" in engine.signature
    assert ("float16" if compute_type == "auto" else compute_type) in engine.signature
