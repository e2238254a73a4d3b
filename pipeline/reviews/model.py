"""The record of a decision: about a translation, a bead, the place of an article in an event, or a finding.

A decision is keyed by content (texts, spans of the raw files, ids that are hashes of content), never by a number of one
run, so that it survives reruns. ``docs/reading-the-report.md`` describes the file; ``concord schema reviews`` prints
its JSON Schema.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator, model_validator

from pipeline.records import FactKind, FindingVerdict
from pipeline.text import fingerprint, tidy

__all__ = [
    "KINDS",
    "BeadDecision",
    "BeadSubject",
    "Decision",
    "FindingDecision",
    "FindingSubject",
    "MembershipDecision",
    "MembershipSubject",
    "Place",
    "TranslationDecision",
    "TranslationSubject",
    "decision_adapter",
]

Kind = Literal["translation", "bead", "membership", "finding"]
KINDS: tuple[Kind, ...] = ("translation", "bead", "membership", "finding")
Text = Annotated[str, Field(min_length=1)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TranslationSubject(_Model):
    """Name a translation: the pair, the source sentence, and the translation that the reviewer saw."""

    pair: str = Field(pattern=r"^[a-z]{2,3}-[a-z]{2,3}$", description="Source and target language, such as ko-en.")
    source: Text = Field(description="The source sentence.")
    target: str = Field(description="The translation that the reviewer saw.")
    article_id: Text
    segment_id: Text

    @property
    def key(self) -> str:
        """Name the sentence: a decision about it replaces an earlier one, whatever its translation was then."""
        return fingerprint("translation", self.pair, tidy(self.source))


class BeadSubject(_Model):
    """Name aligned sentences of two articles."""

    article_a: Text
    article_b: Text
    segments_a: tuple[Text, ...]
    segments_b: tuple[Text, ...]

    @property
    def key(self) -> str:
        """Name the sentences; which article comes first does not matter."""
        sides = sorted([(self.article_a, self.segments_a), (self.article_b, self.segments_b)])
        return fingerprint("bead", *(part for article, segments in sides for part in (article, "|", *segments)))


class MembershipSubject(_Model):
    """Name the place of an article beside the other articles of an event."""

    article_id: Text
    others: tuple[Text, ...] = Field(min_length=1, description="The other articles of the event, by id.")
    event_id: str | None = Field(None, description="The event in the run that was reviewed.")

    @property
    def key(self) -> str:
        """Name the article and its company."""
        return fingerprint("membership", self.article_id, "|", *sorted(set(self.others)))


class Place(_Model):
    """Name a fact: the article, its span in the raw text, and what stands there."""

    article_id: Text
    raw_start: int = Field(ge=0)
    raw_end: int = Field(ge=0)
    surface: str


class FindingSubject(_Model):
    """Name a compared fact and what the comparison said."""

    kind: FactKind
    verdict: FindingVerdict
    a: Place
    b: Place | None = None

    @property
    def key(self) -> str:
        """Name the two places, in any order, and what was said of them."""
        places = sorted((p.article_id, str(p.raw_start), str(p.raw_end), p.surface) for p in (self.a, self.b) if p)
        return fingerprint("finding", self.kind, self.verdict, *(part for place in places for part in place))


class _Decision(_Model):
    version: Literal[1] = Field(1, description="Version of this format.")
    time: str = Field(description="When it was decided: ISO 8601 with a time zone.")
    note: str | None = Field(None, description="What the reviewer wrote about it.")
    reviewer: str | None = Field(None, description="Who decided; never filled in by Concord.")
    run: str | None = Field(None, description="Name of the run that was reviewed.")
    key: str | None = Field(None, description="Hash of the subject, for programs that cannot compute it.")

    @field_validator("time")
    @classmethod
    def _in_utc(cls, time: str) -> str:
        try:
            moment = datetime.fromisoformat(time.replace("Z", "+00:00"))
        except ValueError:
            raise ValueError(f"{time!r} is not an ISO 8601 time such as 2024-05-10T09:15:00Z") from None
        if moment.tzinfo is None:
            raise ValueError(f"{time!r} has no time zone; end it in Z for UTC")
        return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class TranslationDecision(_Decision):
    """Decide about a translation; ``withdraw`` takes an earlier decision back."""

    kind: Literal["translation"]
    verdict: Literal["accept", "reject", "correct", "withdraw"]
    correction: str | None = Field(None, description="The right translation, with the verdict 'correct' only.")
    subject: TranslationSubject

    @model_validator(mode="after")
    def _correction_is_there(self) -> TranslationDecision:
        if (self.verdict == "correct") != bool(self.correction and self.correction.strip()):
            raise ValueError("the verdict 'correct' and a correction that is not empty go together")
        if self.verdict == "accept" and not self.subject.target.strip():
            raise ValueError("an empty translation cannot be accepted")
        return self


class BeadDecision(_Decision):
    """Decide whether two passages belong side by side."""

    kind: Literal["bead"]
    verdict: Literal["accept", "reject", "withdraw"]
    subject: BeadSubject


class MembershipDecision(_Decision):
    """Decide whether an article reports the same event as others."""

    kind: Literal["membership"]
    verdict: Literal["accept", "reject", "withdraw"]
    subject: MembershipSubject


class FindingDecision(_Decision):
    """Decide whether a finding is right."""

    kind: Literal["finding"]
    verdict: Literal["accept", "reject", "withdraw"]
    subject: FindingSubject


Decision: TypeAlias = TranslationDecision | BeadDecision | MembershipDecision | FindingDecision


def decision_adapter() -> TypeAdapter[Any]:
    """Return what validates a decision and describes it as JSON Schema."""
    return TypeAdapter(Annotated[Decision, Field(discriminator="kind")])
