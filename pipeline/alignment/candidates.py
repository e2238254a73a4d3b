"""Propose the pairs of articles worth deciding: exact nearest neighbours by blocks of a matrix product. Pure.

The seam for a larger corpus is :func:`nearest`: an index that returns the same two arrays can take its place.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.alignment.views import FloatArray

__all__ = ["candidate_pairs", "nearest"]

IntArray = npt.NDArray[np.int64]
# Rows per block: 1,024 rows against 50,000 columns of float32 are 200 MB.
BLOCK_ROWS = 1024


def nearest(vectors: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
    """Find the nearest rows of each row by cosine, exactly.

    Args:
        vectors: unit rows, shape ``(n, d)``; a row of zeros is near to nothing.
        k: neighbours wanted; fewer when there are fewer other rows.

    Returns:
        Indices and cosines, both of shape ``(n, min(k, n - 1))``, nearest first, ties by index, the row itself left
        out.
    """
    n = len(vectors)
    k = min(k, n - 1)
    if k < 1:
        return np.empty((n, 0), dtype=np.int64), np.empty((n, 0), dtype=np.float32)
    indices = np.empty((n, k), dtype=np.int64)
    cosines = np.empty((n, k), dtype=np.float32)
    for start in range(0, n, BLOCK_ROWS):
        block = vectors[start : start + BLOCK_ROWS] @ vectors.T
        rows = np.arange(len(block))
        block[rows, rows + start] = -np.inf
        # Rounded, so that copies of one text tie and the order is that of the index, whatever the block's shape.
        rounded = np.round(block, 5)
        order = np.argsort(-rounded, axis=1, kind="stable")[:, :k]
        indices[start : start + len(block)] = order
        cosines[start : start + len(block)] = block[rows[:, None], order]
    return indices, cosines


def candidate_pairs(neighbours: IntArray) -> list[tuple[int, int]]:
    """Return each unordered pair in which one is a neighbour of the other, sorted, without repetition.

    Args:
        neighbours: indices as :func:`nearest` gives them, shape ``(n, k)``.
    """
    n, k = neighbours.shape
    if not n or not k:
        return []
    left = np.repeat(np.arange(n, dtype=np.int64), k)
    right = neighbours.reshape(-1)
    pairs = np.unique(np.stack([np.minimum(left, right), np.maximum(left, right)], axis=1), axis=0)
    return [(int(a), int(b)) for a, b in pairs]
