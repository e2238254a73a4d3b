"""Break translations the ways machines do: of another sentence, copied, cut, said twice, caught in a loop. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

__all__ = ["KINDS", "broken"]

Breaker = Callable[[Sequence[str], Sequence[str], int], str]


def _different(_sources: Sequence[str], targets: Sequence[str], line: int) -> str:
    return targets[(line + len(targets) // 2) % len(targets)]


def _neighbour(_sources: Sequence[str], targets: Sequence[str], line: int) -> str:
    return targets[(line + 1) % len(targets)]


def _copied(sources: Sequence[str], _targets: Sequence[str], line: int) -> str:
    return sources[line]


def _cut(share: float) -> Breaker:
    def cut(_sources: Sequence[str], targets: Sequence[str], line: int) -> str:
        words = targets[line].split()
        return " ".join(words[: max(1, int(len(words) * share))])

    return cut


def _twice(_sources: Sequence[str], targets: Sequence[str], line: int) -> str:
    return f"{targets[line]} {targets[line]}"


def _loop(_sources: Sequence[str], targets: Sequence[str], line: int) -> str:
    """Get caught in a phrase of four words half-way, and never get out."""
    words = targets[line].split()
    middle = len(words) // 2
    return " ".join([*words[:middle], *words[middle : middle + 4] * 5])


KINDS: Mapping[str, Breaker] = MappingProxyType(
    {
        "different": _different,
        "neighbour": _neighbour,
        "copied": _copied,
        "cut_40": _cut(0.4),
        "cut_50": _cut(0.5),
        "cut_60": _cut(0.6),
        "cut_70": _cut(0.7),
        "cut_80": _cut(0.8),
        "twice": _twice,
        "loop": _loop,
    }
)
"""Ways to break the translation of a line: ``(sources, targets, line) -> text``."""


def broken(kind: str, sources: Sequence[str], targets: Sequence[str], line: int) -> str:
    """Return a broken translation of a line.

    Args:
        kind: one of :data:`KINDS`.
        sources: all lines of the source.
        targets: their translations.
        line: which one.
    """
    return KINDS[kind](sources, targets, line)
