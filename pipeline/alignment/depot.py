"""Keep the arrays of a corpus in named groups, and take rows of different lengths out of them. Pure.

What is put into a depot is put once, in one piece, and read many times in part. In memory a depot is a dictionary;
:class:`pipeline.depots.DiskDepot` keeps the groups in files, so that a corpus need not fit into memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Arrays", "Depot", "Memory", "joined", "ragged_index", "starts_of"]

Arrays = Mapping[str, npt.NDArray[Any]]
IntArray = npt.NDArray[np.int64]


class Depot(Protocol):
    """Keep groups of arrays by name."""

    def put(self, name: str, arrays: Arrays) -> None:
        """Keep a group; one of that name is replaced."""
        ...

    def get(self, name: str) -> Arrays:
        """Return a group that was put; its arrays are not to be changed."""
        ...


class Memory:
    """Implement :class:`Depot` in memory."""

    def __init__(self) -> None:
        self._groups: dict[str, Arrays] = {}

    def put(self, name: str, arrays: Arrays) -> None:
        """Keep a group."""
        self._groups[name] = arrays

    def get(self, name: str) -> Arrays:
        """Return a group."""
        return self._groups[name]


def starts_of(counts: npt.NDArray[Any]) -> IntArray:
    """Return where each of several rows begins that lie one after the other, and the end, shape ``(n + 1,)``."""
    starts = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def ragged_index(starts: IntArray, rows: IntArray) -> IntArray:
    """Return the positions of all values of some rows, one row after the other.

    Args:
        starts: as :func:`starts_of` returns them.
        rows: wanted, in any order.
    """
    counts = starts[rows + 1] - starts[rows]
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    shift: IntArray = np.repeat(starts[rows] - (ends - counts), counts)
    return np.arange(total, dtype=np.int64) + shift


def joined(parts: Iterable[npt.NDArray[Any]], like: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Join arrays along their first axis; without any, return an empty one of the kind of ``like``."""
    found = list(parts)
    return np.concatenate(found) if found else like[:0]
