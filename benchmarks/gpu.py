"""The encoder-decoder engines on a GPU against the same machine's CPU, on one checkpoint of OPUS-MT's size.

Random weights never stop by themselves, so all sides write the same number of tokens.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.checkpoint import make_marian
from benchmarks.common import Row, alternately
from benchmarks.seq2seq import corpus

__all__ = ["measure"]

_TEXTS, _TOKENS, _BEAM, _ROUNDS = 2048, 24, 4, 2


def measure() -> list[Row]:
    """Compare tokens a second; a runtime that cannot use the GPU says why."""
    import torch

    if not torch.cuda.is_available():
        return [("gpu", "torch sees none")]
    with tempfile.TemporaryDirectory() as folder:
        return [("gpu", torch.cuda.get_device_name(0)), *_measure(Path(folder))]


def _measure(folder: Path) -> list[Row]:
    from pipeline.engines.checkpoint import open_checkpoint
    from pipeline.engines.ctranslate import CTranslateTranslator
    from pipeline.engines.device import Device
    from pipeline.engines.seq2seq import Limits
    from pipeline.engines.transformers import TransformersTranslator
    from pipeline.errors import ModelError

    checkpoint = open_checkpoint(make_marian(folder / "opus-mt-fr-en"))
    limits = Limits(max_new_tokens=_TOKENS, length_ratio=None)

    def ctranslate(device: Device) -> CTranslateTranslator:
        cache = folder / "converted"
        return CTranslateTranslator(checkpoint, cache_folder=cache, beam_size=_BEAM, device=device, limits=limits)

    engines = {
        f"ctranslate, CPU, int8, {os.cpu_count()} cores": ctranslate("cpu"),
        "ctranslate, GPU, float16": ctranslate("cuda"),
        "transformers, GPU, float32": TransformersTranslator(checkpoint, beam_size=_BEAM, device="cuda", limits=limits),
    }
    texts = corpus(_TEXTS)
    rows: list[Row] = []
    work: dict[str, Callable[[], object]] = {}
    for name, engine in engines.items():
        try:
            engine.translate(texts[:64], "fr", "en")  # loads, and compiles what it compiles
        except ModelError as error:
            rows.append((name, str(error)))
        else:
            work[name] = lambda e=engine: e.translate(texts, "fr", "en")  # type: ignore[misc]
    seconds = dict(zip(work, alternately(list(work.values()), _ROUNDS), strict=True))
    return [*rows, *((name, f"{_TEXTS * _TOKENS / took:,.0f} tokens a second") for name, took in seconds.items())]
