"""Keep the arrays that the alignment works on in files, where a corpus does not fit into memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.alignment.depot import Arrays, Memory

__all__ = ["DiskDepot"]

_ALIGNED = 64


class DiskDepot:
    """Implement :class:`pipeline.alignment.depot.Depot`: in memory up to a limit, beyond it in files.

    Args:
        folder: made when it is needed; whoever gives it removes it.
        limit: bytes that are kept in memory.
    """

    def __init__(self, folder: Path, limit: float = 0) -> None:
        self._folder = folder
        self._left = limit
        self._memory = Memory()
        self._where: dict[str, Mapping[str, tuple[int, tuple[int, ...], np.dtype[Any]]] | None] = {}

    def put(self, name: str, arrays: Arrays) -> None:
        """Keep a group: written by plain writes, so that a full disk is an error that can be told.

        Raises:
            OSError: the disk is full.
        """
        size = sum(array.nbytes for array in arrays.values())
        if size <= self._left:
            self._left -= size
            self._where[name] = None
            self._memory.put(name, arrays)
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        where: dict[str, tuple[int, tuple[int, ...], np.dtype[Any]]] = {}
        with self._path(name).open("wb") as stream:
            for key, array in arrays.items():
                stream.write(b"\0" * (-stream.tell() % _ALIGNED))
                where[key] = stream.tell(), array.shape, array.dtype
                stream.write(np.ascontiguousarray(array).data)
        self._where[name] = where

    def get(self, name: str) -> Arrays:
        """Return a group; arrays in files are mapped, and read where they are looked at."""
        where = self._where[name]
        return self._memory.get(name) if where is None else _Mapped(self._path(name), where)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.arrays"


class _Mapped(Mapping[str, npt.NDArray[Any]]):
    """Map the arrays of one file as they are asked for."""

    def __init__(self, path: Path, where: Mapping[str, tuple[int, tuple[int, ...], np.dtype[Any]]]) -> None:
        self._path = path
        self._where = where

    def __getitem__(self, key: str) -> npt.NDArray[Any]:
        offset, shape, dtype = self._where[key]
        count = int(np.prod(shape))
        if not count:
            return np.empty(shape, dtype)
        # A plain view: slices of the mapping class cost three times as much.
        return np.asarray(np.memmap(self._path, dtype, "r", offset, shape))

    def __iter__(self) -> Any:
        return iter(self._where)

    def __len__(self) -> int:
        return len(self._where)
