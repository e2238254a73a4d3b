"""ctranslate in int8 against what a user would write with Transformers, on one checkpoint of OPUS-MT's size.

Both sides decode the same texts with the same beam to the same number of tokens (random weights never stop by
themselves), in turn, several times; the figure is the ratio of the medians. That the outputs are equal is shown where
they can be: in float32, and in int8 against itself in another order. Random weights are hard on int8.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.checkpoint import make_marian
from benchmarks.common import Row, alternately, sentences

__all__ = ["corpus", "measure"]

_TEXTS = 64
_TOKENS = 24
_BEAM = 4
_BATCH = 8
_ROUNDS = 3
_SEED = 20240510
_THREADS = 2


def measure() -> list[Row]:
    """Compare the two runtimes in speed and in output."""
    import torch

    torch.set_num_threads(_THREADS)
    with tempfile.TemporaryDirectory() as folder:
        return _measure(Path(folder))


def _measure(folder: Path) -> list[Row]:
    from pipeline.engines.checkpoint import open_checkpoint
    from pipeline.engines.ctranslate import CTranslateTranslator
    from pipeline.engines.seq2seq import Limits
    from pipeline.engines.transformers import TransformersTranslator

    checkpoint = open_checkpoint(make_marian(folder / "opus-mt-fr-en"))
    limits = Limits(max_new_tokens=_TOKENS, length_ratio=None)

    def engine(compute_type: Any, batch_tokens: int | None = None) -> CTranslateTranslator:
        return CTranslateTranslator(
            checkpoint,
            cache_folder=folder / "converted",
            compute_type=compute_type,
            beam_size=_BEAM,
            device="cpu",
            threads=_THREADS,
            batch_tokens=batch_tokens,
            limits=limits,
        )

    texts = corpus(_TEXTS)
    alone, batched, single = engine("int8"), engine("int8", 1024), engine("float32")
    reference = TransformersTranslator(checkpoint, beam_size=_BEAM, device="cpu", limits=limits)
    baseline = _Baseline(reference, texts)
    exact = [alone.translate(texts, "fr", "en"), alone.translate(texts[::-1], "fr", "en")[::-1]]
    others = [batched.translate(texts, "fr", "en"), single.translate(texts, "fr", "en")]
    expected = reference.translate(texts, "fr", "en")
    written = [sum(h.tokens or 0 for h in found) for found in (exact[0], others[0], others[1], expected)]
    work = [lambda e=e: e.translate(texts, "fr", "en") for e in (alone, batched, single)]  # type: ignore[misc]
    work += [lambda: baseline.generate(_BATCH), lambda: baseline.generate(1)]
    seconds = alternately(work, _ROUNDS)
    in_batches, one_by_one = seconds[3], seconds[4]
    return [
        ("texts, tokens written by ctranslate int8 / in batches / float32 / transformers", f"{_TEXTS}, {written}"),
        ("ctranslate int8, tokens a second", f"{written[0] / seconds[0]:.0f}"),
        (f"ctranslate int8 against generate in batches of {_BATCH}", f"{in_batches / seconds[0]:.1f} times as fast"),
        ("the same with batch_tokens 1024", f"{in_batches / seconds[1]:.1f} times as fast"),
        ("ctranslate int8 against generate one by one", f"{one_by_one / seconds[0]:.1f} times as fast"),
        ("ctranslate float32 against generate in batches", f"{in_batches / seconds[2]:.1f} times as fast"),
        ("int8 in batches against int8 alone: what exactness costs", f"{seconds[0] / seconds[1]:.2f} times as fast"),
        ("equal texts: int8 alone in another order", f"{_equal(*exact)} of {_TEXTS}"),
        ("equal texts: int8 in batches and alone", f"{_equal(exact[0], others[0])} of {_TEXTS}"),
        ("equal texts: float32 and transformers", f"{_equal(others[1], expected)} of {_TEXTS}"),
    ]


def corpus(n: int) -> list[str]:
    """Return ``n`` texts of 10 to 30 words of the seeds: as in any corpus, several have the same length in pieces."""
    import random

    words = [word for sentence in sentences() for word in sentence.split()]
    generator = random.Random(_SEED)
    return [" ".join(generator.choices(words, k=generator.randint(10, 30))) for _ in range(n)]


def _equal(one: Sequence[Any], other: Sequence[Any]) -> int:
    return sum(a.text == b.text for a, b in zip(one, other, strict=True))


class _Baseline:
    """What a user would write: pad a batch, ``model.generate``, decode."""

    def __init__(self, reference: Any, texts: Sequence[str]) -> None:
        import transformers

        from pipeline.engines.pieces import Codec
        from pipeline.engines.transformers import load_model

        codec = Codec(reference._codec.checkpoint)
        ids = codec.vocabulary.source
        self._rows = [[ids[piece] for piece in codec.encode(codec.prepare(text), "", "")] for text in texts]
        self._model = load_model(codec.checkpoint)
        self._pad = self._model.config.pad_token_id
        settings: Any = transformers.GenerationConfig
        self._model.generation_config = settings()
        self._settings = settings(
            max_new_tokens=_TOKENS,
            min_new_tokens=_TOKENS,
            num_beams=_BEAM,
            early_stopping=True,
            decoder_start_token_id=self._model.config.decoder_start_token_id,
            eos_token_id=0,
            pad_token_id=self._pad,
            bad_words_ids=[[self._pad]],
        )

    def generate(self, batch: int) -> None:
        """Translate all rows in batches, in the order given."""
        import torch

        for start in range(0, len(self._rows), batch):
            rows = self._rows[start : start + batch]
            width = max(map(len, rows))
            padded = torch.tensor([row + [self._pad] * (width - len(row)) for row in rows])
            with torch.inference_mode():
                self._model.generate(
                    padded, attention_mask=(padded != self._pad).long(), generation_config=self._settings
                )
