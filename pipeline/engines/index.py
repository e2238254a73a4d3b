"""Search millions of vectors approximately (usearch: a navigable small-world graph, Malkov & Yashunin 2016)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.engines.base import FloatMatrix
from pipeline.errors import DependencyMissing

__all__ = ["GraphIndex"]

# Links of a vertex, and how many vertices are looked at when one is added and when one is sought. Recall at 50 against
# exact search and times: docs/performance.md.
_LINKS, _ADD, _SEARCH = 16, 128, 128
_ADD_BLOCK = 65_536


class GraphIndex:
    """Implement :class:`pipeline.alignment.candidates.Index`.

    Vectors are kept in half precision. One thread adds them, in order: with several, the graph and therefore the result
    would depend on which was faster.

    Args:
        vectors: unit rows, shape ``(n, d)``.

    Raises:
        DependencyMissing: usearch is not installed.
    """

    def __init__(self, vectors: FloatMatrix) -> None:
        try:
            from usearch.index import Index
        except ImportError as error:
            raise DependencyMissing("usearch", "index", "Approximate search in a large corpus") from error
        self._index: Any = Index(
            ndim=vectors.shape[1],
            metric="ip",
            dtype="f16",
            connectivity=_LINKS,
            expansion_add=_ADD,
            expansion_search=_SEARCH,
        )
        for start in range(0, len(vectors), _ADD_BLOCK):
            block = np.ascontiguousarray(vectors[start : start + _ADD_BLOCK])
            self._index.add(np.arange(start, start + len(block), dtype=np.uint64), block, threads=1)

    @property
    def signature(self) -> str:
        """Name package and settings."""
        from importlib.metadata import version

        return f"index|usearch:{version('usearch')}|f16|links:{_LINKS}|add:{_ADD}|search:{_SEARCH}"

    def search(self, queries: FloatMatrix, k: int) -> npt.NDArray[np.int64]:
        """Return the positions of up to ``k`` near vectors for each query, -1 where there are fewer."""
        if not len(queries):
            return np.empty((0, k), dtype=np.int64)
        matches = self._index.search(np.ascontiguousarray(queries), k, threads=1)
        keys = np.asarray(matches.keys).astype(np.int64).reshape(len(queries), -1)
        result = np.full((len(queries), k), -1, dtype=np.int64)
        counts = np.atleast_1d(np.asarray(matches.counts)) if len(queries) > 1 else np.array([keys.shape[1]])
        for row, count in enumerate(counts.tolist()):
            result[row, :count] = keys[row, :count]
        return result
