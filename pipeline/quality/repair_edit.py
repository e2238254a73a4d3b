"""A replacement at its place."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Edit"]


@dataclass(frozen=True, slots=True)
class Edit:
    """Hold a replacement at its place in the translation."""

    kind: str
    start: int
    end: int
    text: str
