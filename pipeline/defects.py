"""Tell what nobody foresaw from what a person can act on, and find the article or text that it is about."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from pipeline.errors import ConcordError, DefectError

__all__ = ["blaming", "blaming_texts", "defect_detail", "is_defect", "is_panic"]

T = TypeVar("T")
R = TypeVar("R")


def defect_detail(item: str, error: BaseException) -> str:
    """Say of an item that was dropped because Concord failed on it, and that its reader is not to blame."""
    return (
        f"{item}: Concord failed on it ({type(error).__name__}: {error}). This is a defect: please report it with the "
        "output of the same command under CONCORD_DEBUG=1."
    )


def is_defect(error: BaseException) -> bool:
    """Tell whether an exception is one that nobody foresaw; under ``CONCORD_DEBUG`` none is, so that all come raw.

    A panic of a package written in Rust counts, though it is no ``Exception``: its process is sound.
    """
    foreseen = isinstance(error, (ConcordError, MemoryError, OSError)) or not isinstance(error, Exception)
    return (is_panic(error) or not foreseen) and not os.environ.get("CONCORD_DEBUG")


def is_panic(error: BaseException) -> bool:
    """Tell whether a package written in Rust (by way of PyO3) met what its author ruled out."""
    return type(error).__name__ == "PanicException"


@contextmanager
def blaming(item: str, articles: Sequence[str]) -> Iterator[None]:
    """Name the item that is being worked on, and its articles, where that fails in a way that nobody foresaw.

    Raises:
        DefectError: in place of what was raised.
    """
    try:
        yield
    except BaseException as error:
        if not is_defect(error):
            raise
        raise DefectError(item, error, articles) from error


def blaming_texts(batch: Sequence[T], apply: Callable[[Sequence[T]], R], text: Callable[[T], str]) -> R:
    """Apply a function to a batch; where it fails in a way that nobody foresaw, find the text that is to blame.

    Raises:
        DefectError: names the first item with which alone the function fails.
    """
    try:
        return apply(batch)
    except BaseException as error:
        if not is_defect(error):
            raise
        for item in batch:
            _blame(item, apply, text)
        raise


def _blame(item: T, apply: Callable[[Sequence[T]], Any], text: Callable[[T], str]) -> None:
    try:
        apply([item])
    except BaseException as error:
        if not is_defect(error):
            raise
        told = text(item)
        raise DefectError(f"“{told[:80]}…”" if len(told) > 80 else f"“{told}”", error, text=told) from error
