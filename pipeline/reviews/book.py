"""Look decisions up by what a run holds, and say which of them a run honours."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.alignment.constraints import Constraints, settle
from pipeline.records import Bead, Finding, Segment, Translation
from pipeline.reviews.files import as_line, merged, read_reviews
from pipeline.reviews.model import (
    BeadDecision,
    Decision,
    FindingDecision,
    Kind,
    MembershipDecision,
    TranslationDecision,
)
from pipeline.reviews.subjects import bead_subject, finding_subject, translation_subject
from pipeline.text import fingerprint, tidy

__all__ = ["Reviews", "load_reviews", "reviews_path", "without_rejected"]

FILE_NAME = "reviews.jsonl"


@dataclass(frozen=True, slots=True)
class Reviews:
    """Hold the decisions in force by key; withdrawn ones are not among them."""

    decisions: Mapping[str, Decision] = field(default_factory=dict)

    @classmethod
    def of(cls, decisions: Iterable[Decision]) -> Reviews:
        """Hold the last decision on each thing."""
        return cls({d.subject.key: d for d in merged(decisions) if d.verdict != "withdraw"})

    def __len__(self) -> int:
        """Count the decisions in force."""
        return len(self.decisions)

    def digest(self, kinds: Collection[Kind]) -> str:
        """Name what the decisions of some kinds say, ``none`` without any; notes and times count as well."""
        lines = [as_line(d) for _, d in sorted(self.decisions.items()) if d.kind in kinds]
        return fingerprint(*lines) if lines else "none"

    def translation(self, segment: Segment, translation: Translation) -> TranslationDecision | None:
        """Return what was decided about a translation; a rejection counts only for the very text that was seen."""
        known = self.decisions and segment.text.strip()
        found = self.decisions.get(translation_subject(segment, translation).key) if known else None
        if not isinstance(found, TranslationDecision):
            return None
        wanted = found.correction if found.verdict == "correct" else found.subject.target
        return found if tidy(wanted or "") == tidy(translation.text) else None

    def bead(self, bead: Bead) -> BeadDecision | None:
        """Return what was decided about a bead."""
        found = self.decisions.get(bead_subject(bead).key) if self.decisions else None
        return found if isinstance(found, BeadDecision) else None

    def finding(self, finding: Finding) -> FindingDecision | None:
        """Return what was decided about a finding."""
        found = self.decisions.get(finding_subject(finding).key) if self.decisions else None
        return found if isinstance(found, FindingDecision) else None

    def rejected(self, finding: Finding) -> bool:
        """Say whether a reviewer rejected a finding, so that it counts no more."""
        decision = self.finding(finding)
        return decision is not None and decision.verdict == "reject"

    def confirmed(self, finding: Finding) -> bool:
        """Say whether a reviewer accepted a finding."""
        decision = self.finding(finding)
        return decision is not None and decision.verdict == "accept"

    def constraints(self, article_ids: Collection[str]) -> Constraints:
        """Turn decisions about events into constraints of the clustering; articles that are not there drop out."""
        known = set(article_ids)
        places = [d for d in self.decisions.values() if isinstance(d, MembershipDecision)]
        places.sort(key=lambda d: (d.time, d.subject.key), reverse=True)
        return settle(
            (d.subject.article_id, other, d.verdict == "accept")
            for d in places
            for other in sorted(d.subject.others)
            if d.subject.article_id in known and other in known
        )


def without_rejected(beads: Iterable[Bead], reviews: Reviews) -> Iterator[Bead]:
    """Take rejected beads apart: each of their sentences then stands alone, so that none is lost."""
    for bead in beads:
        decision = reviews.bead(bead) if bead.segments_a and bead.segments_b else None
        yield from [bead] if decision is None or decision.verdict != "reject" else _alone(bead)


def _alone(bead: Bead) -> list[Bead]:
    sides: Sequence[tuple[tuple[str, ...], tuple[str, ...]]] = [
        *(((s,), ()) for s in bead.segments_a),
        *(((), (s,)) for s in bead.segments_b),
    ]
    return [
        replace(
            bead,
            id="b" + fingerprint(bead.article_a, bead.article_b, *a, "|", *b),
            segments_a=a,
            segments_b=b,
            similarity=None,
        )
        for a, b in sides
    ]


def reviews_path(named: str | None, output: Path) -> Path:
    """Return where the decisions of a run lie: the configured file, else ``reviews.jsonl`` in the output folder."""
    return Path(named).expanduser() if named else output / FILE_NAME


def load_reviews(named: str | None, output: Path) -> Reviews:
    """Read the decisions that a run honours; without a file there are none.

    Raises:
        InputError: the configured file is missing, or a line of it holds no decision.
    """
    from pipeline.errors import InputError

    path = reviews_path(named, output)
    if named is None and not path.exists():
        return Reviews()
    found = read_reviews(path)
    if found.bad:
        first = found.bad[0]
        raise InputError(
            f"{first.file}, line {first.line}: {first.problem}.",
            "Mend or remove the line; 'concord review import' takes the good lines of a file into another.",
        )
    return Reviews.of(found.decisions)
