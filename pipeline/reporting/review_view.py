"""Say what on a page can be decided, and what was. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

from pipeline.records import Bead, Finding, Segment, Translation
from pipeline.reporting.lookup import Lookup
from pipeline.reporting.words import human_date, visible
from pipeline.reviews.model import Decision, MembershipDecision, TranslationDecision
from pipeline.reviews.subjects import bead_subject, finding_subject, membership_subject, translation_subject

__all__ = [
    "Thing",
    "bead_thing",
    "finding_thing",
    "honoured_words",
    "membership_thing",
    "page_data",
    "script_data",
    "things_of",
    "translation_thing",
]

# What must not stand in the source of a page: an end of the block, and characters that hide or reorder text.
_UNSAFE = re.compile(
    "[<>&\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_DONE = {"accept": "Accepted", "reject": "Rejected", "correct": "Corrected"}


@dataclass(frozen=True, slots=True)
class Thing:
    """Hold something that a reviewer can decide; ``state`` and ``words`` say what was decided, empty where nothing.

    ``entries`` holds per subject its key, the subject and the decision on it: a fact that several pairs of articles
    share is one thing with several subjects.
    """

    kind: str
    what: str
    entries: tuple[tuple[str, dict[str, Any], Decision | None], ...]
    state: str
    words: str

    @property
    def keys(self) -> str:
        """Return the keys of the subjects, separated by spaces."""
        return " ".join(key for key, _, _ in self.entries)


def _thing(kind: str, what: str, subjects: Sequence[Any], decisions: Sequence[Decision | None]) -> Thing:
    entries = tuple(
        (s.key, s.model_dump(mode="json", exclude_none=True), d) for s, d in zip(subjects, decisions, strict=True)
    )
    made = [d for d in decisions if d is not None]
    agreed = len(made) == len(decisions) and len({d.verdict for d in made}) == 1
    state = made[0].verdict if made and agreed else ""
    return Thing(kind, what, entries, state, honoured_words(made[0]) if state else "")


def honoured_words(decision: Decision) -> str:
    """Say what a reviewer decided, when, and their note."""
    words = f"{_DONE.get(decision.verdict, 'Decided')} by a reviewer on {human_date(decision.time[:10])}"
    return words + (f": {visible(decision.note)}" if decision.note else "")


def translation_thing(lookup: Lookup, segment: Segment, translation: Translation) -> Thing:
    """Let the translation of a segment be decided."""
    decision: TranslationDecision | None = lookup.run.reviews.translation(segment, translation)
    what = f"the translation of sentence {segment.index + 1}"
    return _thing("translation", what, [translation_subject(segment, translation)], [decision])


def bead_thing(lookup: Lookup, bead: Bead) -> Thing:
    """Let it be decided whether two passages belong side by side."""
    return _thing("bead", "these passages side by side", [bead_subject(bead)], [lookup.run.reviews.bead(bead)])


def finding_thing(lookup: Lookup, findings: Sequence[Finding], what: str) -> Thing:
    """Let findings that share a fact be decided as one."""
    reviews = lookup.run.reviews
    return _thing("finding", what, [finding_subject(f) for f in findings], [reviews.finding(f) for f in findings])


def membership_thing(
    lookup: Lookup, article_id: str, others: Iterable[str], event_id: str, what: str, *, outside: bool = False
) -> Thing | None:
    """Let the place of an article in an event be decided, ``None`` where it is alone; ``outside`` for one not in it."""
    subject = membership_subject(article_id, others, event_id) if set(others) - {article_id} else None
    if subject is None:
        return None
    found = lookup.run.reviews.decisions.get(subject.key)
    decision = found if isinstance(found, MembershipDecision) else None
    return _thing("near" if outside else "membership", what, [subject], [decision])


def things_of(view: Any) -> Iterator[Thing]:
    """Find all things of a page, at any depth of its view."""
    if isinstance(view, Thing):
        yield view
        return
    kind: Any = type(view)  # functools.cache wants a Hashable, which mypy does not see in type[Any]
    parts = view if isinstance(view, (tuple, list)) else [getattr(view, name) for name in _names(kind)]
    for part in parts:
        if type(part) not in _PLAIN:
            yield from things_of(part)


_PLAIN = frozenset((str, Markup, int, float, bool, type(None)))


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def page_data(run_name: str, view: Any) -> Markup:
    """Write the subjects of a page as JSON that is safe inside a script element."""
    things: dict[str, Any] = {}
    for thing in things_of(view):
        kind = "membership" if thing.kind == "near" else thing.kind
        for key, subject, decision in thing.entries:
            things[key] = {"kind": kind, "subject": subject}
            if decision is not None:
                kept = {"verdict", "time", "note", "correction"}
                things[key]["honoured"] = decision.model_dump(mode="json", include=kept, exclude_none=True)
    return script_data({"run": run_name, "things": things})


def script_data(data: Any) -> Markup:
    """Write JSON that is safe inside a script element: nothing in it ends the element, hides or reorders text."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Markup(_UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text))
