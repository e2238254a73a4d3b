"""Events, threads, and how the articles of an event belong together: relations, copies, beads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Bead", "Copy", "CopyKind", "Event", "Evidence", "PairDecision", "Relation", "RelationKind", "Thread"]

RelationKind = Literal["same_event", "same_thread", "unrelated"]
CopyKind = Literal["exact", "near", "translation"]


@dataclass(frozen=True, slots=True)
class Event:
    """Hold a set of articles that report one happening. ``cohesion`` is the mean pair probability, ``None`` alone."""

    id: str
    thread_id: str
    article_ids: tuple[str, ...]
    title: str
    date: str | None
    place: str | None
    participants: tuple[str, ...]
    cohesion: float | None


@dataclass(frozen=True, slots=True)
class Thread:
    """Hold related events in time order."""

    id: str
    event_ids: tuple[str, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Hold one feature of a pair decision: its value, what it added to the log-odds, and what it saw, in words."""

    feature: str
    value: float
    contribution: float
    detail: str


@dataclass(frozen=True, slots=True)
class Relation:
    """Hold what was decided about two articles (``article_a < article_b``) and why."""

    article_a: str
    article_b: str
    kind: RelationKind
    probability: float
    thread_probability: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class PairDecision:
    """Hold what was decided of two articles as they were, so that the next run need not measure them again.

    ``key`` is a hash of all that a decision sees of both; ``event`` and ``thread`` are log-odds.
    """

    key: int
    event: float
    thread: float


@dataclass(frozen=True, slots=True)
class Copy:
    """Say that an article is a copy or a translation of another of its event, and how sure that is.

    An article is a copy of one other at most, and there are no circles: the articles of an event minus its copies are
    its independent accounts. ``score`` is the share of the shorter text's word shingles that the longer one has
    (``exact``, ``near``), or the share of both texts' segments in matching beads (``translation``).
    """

    event_id: str
    article_id: str
    original_id: str
    kind: CopyKind
    score: float


@dataclass(frozen=True, slots=True)
class Bead:
    """Hold aligned sentences of two articles of one event, n-m; either side may be empty.

    ``similarity`` is the cosine of the two groups, ``None`` when one side is empty.
    """

    id: str
    event_id: str
    article_a: str
    article_b: str
    segments_a: tuple[str, ...]
    segments_b: tuple[str, ...]
    similarity: float | None
