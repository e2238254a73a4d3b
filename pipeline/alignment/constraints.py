"""Hold what people decided about pairs of articles: these two are one event, those two are not. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["NO_CONSTRAINTS", "Constraints", "settle"]

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Constraints:
    """Hold pairs of article ids that must, or cannot, share an event.

    The two never contradict one another, also not through third articles: see :func:`settle`. Each pair is in order.

    Attributes:
        must: pairs that belong together, as people named them (not closed over third articles).
        cannot: pairs that must stay apart.
        ignored: pairs that contradicted newer ones and count for nothing.
    """

    must: frozenset[Pair] = frozenset()
    cannot: frozenset[Pair] = frozenset()
    ignored: frozenset[Pair] = frozenset()

    def __bool__(self) -> bool:
        """Say whether anything is constrained."""
        return bool(self.must or self.cannot)


NO_CONSTRAINTS = Constraints()


def settle(verdicts: Iterable[tuple[str, str, bool]]) -> Constraints:
    """Turn verdicts about pairs into constraints that can all be kept.

    Args:
        verdicts: (article, other article, together), the newest first. Of one pair the newest counts; a verdict that
            contradicts what newer ones imply, directly or through third articles, is ignored.

    Returns:
        The constraints; a pair of an article with itself says nothing.
    """
    group: dict[str, str] = {}
    apart: dict[str, set[str]] = {}
    must, cannot, ignored = set[Pair](), set[Pair](), set[Pair]()
    seen: set[Pair] = set()
    for a, b, together in verdicts:
        pair = (a, b) if a < b else (b, a)
        if a == b or pair in seen:
            continue
        seen.add(pair)
        left, right = sorted((_root(group, a), _root(group, b)))
        if together and right not in apart.get(left, ()):
            must.add(pair)
            _join(group, apart, left, right)
        elif not together and left != right:
            cannot.add(pair)
            apart.setdefault(left, set()).add(right)
            apart.setdefault(right, set()).add(left)
        else:
            ignored.add(pair)
    return Constraints(frozenset(must), frozenset(cannot), frozenset(ignored))


def _root(group: dict[str, str], article: str) -> str:
    while group.setdefault(article, article) != article:
        group[article] = group[group[article]]
        article = group[article]
    return article


def _join(group: dict[str, str], apart: dict[str, set[str]], left: str, right: str) -> None:
    if left == right:
        return
    group[right] = left
    for other in apart.pop(right, set()):
        apart[other].discard(right)
        apart[other].add(left)
        apart.setdefault(left, set()).add(other)
