"""Bring a reviewer's file into a run: decisions beside the others, translations into the memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.engines.memory import TranslationMemory
from pipeline.engines.memory_work import store_pairs
from pipeline.reviews.files import BadLine, merged, read_reviews, review_lines
from pipeline.reviews.model import Decision, TranslationDecision
from pipeline.store import write_atomic
from pipeline.text import tidy

__all__ = ["Taken", "import_reviews"]


@dataclass(frozen=True, slots=True)
class Taken:
    """Count an import: read = new + changed + same + outdated.

    ``outdated`` are decisions that a later one on the same thing overrules, in the file or in the run. ``remembered``
    and ``forgotten`` count translations that entered and left the memory. ``bad`` names the lines of the file, and of
    the run's own file, that hold no decision; those of the run's own file are kept out of it from now on.
    """

    read: int
    new: int
    changed: int
    same: int
    outdated: int
    total: int
    by_kind: Mapping[str, int]
    remembered: int
    forgotten: int
    bad: tuple[BadLine, ...]


def import_reviews(file: Path, into: Path, memory: TranslationMemory | None) -> Taken:
    """Merge a file of decisions into the run's own, the last decision on each thing winning.

    Args:
        file: what a reviewer exported.
        into: the run's ``reviews.jsonl``; made where absent.
        memory: takes accepted and corrected translations as origin "review" and gives back those that were rejected or
            withdrawn; ``None`` leaves it alone.

    Raises:
        InputError: a file cannot be read.
        StoreError: the run's file or the memory cannot be written.
    """
    brought = read_reviews(file)
    own = read_reviews(into) if into.exists() else None
    before = {d.subject.key: d for d in merged(own.decisions if own else ())}
    after = {d.subject.key: d for d in merged(before.values(), brought.decisions)}
    counts: dict[str, int] = defaultdict(int)
    for decision in brought.decisions:
        counts[_fate(decision, before, after)] += 1
    touched = {d.subject.key for d in brought.decisions}
    kept = list(after.values())
    write_atomic(into, review_lines(kept).encode())
    remembered, forgotten = (0, 0) if memory is None else _remember(memory, touched, before, after)
    by_kind: dict[str, int] = defaultdict(int)
    for decision in kept:
        by_kind[decision.kind] += decision.verdict != "withdraw"
    return Taken(
        read=len(brought.decisions),
        new=counts["new"],
        changed=counts["changed"],
        same=counts["same"],
        outdated=counts["outdated"],
        total=sum(by_kind.values()),
        by_kind=dict(sorted(by_kind.items())),
        remembered=remembered,
        forgotten=forgotten,
        bad=(*brought.bad, *(own.bad if own else ())),
    )


def _fate(decision: Decision, before: Mapping[str, Decision], after: Mapping[str, Decision]) -> str:
    key = decision.subject.key
    if key in before and _same(before[key], decision):
        return "same"
    if after[key] is not decision:
        return "outdated"
    return "changed" if key in before else "new"


def _same(one: Decision, other: Decision) -> bool:
    return one.model_dump(exclude={"key"}) == other.model_dump(exclude={"key"})


def _remember(
    memory: TranslationMemory, keys: Iterable[str], before: Mapping[str, Decision], after: Mapping[str, Decision]
) -> tuple[int, int]:
    """Bring the memory in line with the decisions of an import; what others put into it stays."""
    wanted: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    forgotten = 0
    for key in sorted(keys):
        decision, earlier = after[key], before.get(key)
        if not isinstance(decision, TranslationDecision):
            continue
        text = _said(decision)
        if text is not None:
            wanted[decision.subject.pair].append((decision.time, decision.subject.source, text))
            continue
        pair, source = decision.subject.pair, decision.subject.source
        mine = {decision.subject.target, decision.correction}
        mine |= {_said(earlier)} if isinstance(earlier, TranslationDecision) else set()
        present = memory.said([source], pair, "review").get(tidy(source))
        if present is not None and tidy(present) in {tidy(m) for m in mine if m}:
            forgotten += memory.forget([source], pair, "review")
    remembered = 0
    for pair, rows in sorted(wanted.items()):
        for time, source, text in sorted(rows):
            done = store_pairs(memory, pair, [(source, text)], "review", time)
            remembered += done.new + done.changed
    return remembered, forgotten


def _said(decision: TranslationDecision) -> str | None:
    """Return the translation that a decision stands for, ``None`` where it stands for none."""
    if decision.verdict == "correct":
        return decision.correction
    return decision.subject.target if decision.verdict == "accept" else None
