"""Compare two runs: events, memberships, translations and findings that changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline.records import Article, Event, Finding, Segment, Translation
from pipeline.reporting.tables import read_table
from pipeline.reviews.subjects import finding_subject

__all__ = ["EventChange", "FindingChange", "RunDiff", "RunTables", "TranslationChange", "compare_runs", "read_run"]

Change = Literal["new", "gone", "changed"]


@dataclass(frozen=True, slots=True)
class RunTables:
    """Hold what is compared of a run."""

    name: str
    articles: Sequence[Article]
    segments: Sequence[Segment]
    translations: Sequence[Translation]
    events: Sequence[Event]
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class EventChange:
    """Hold an event that is new, gone, or whose articles, title, date or place changed.

    ``joined`` and ``left`` name articles; ``before`` and ``after`` hold the words that changed.
    """

    change: Change
    title: str
    id_before: str | None
    id_after: str | None
    joined: tuple[str, ...]
    left: tuple[str, ...]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class TranslationChange:
    """Hold a sentence whose translation changed. ``None`` stands where a run does not have the sentence."""

    change: Change
    article: str
    segment_id: str
    language: str
    source: str
    before: str | None
    after: str | None
    quality_before: float | None
    quality_after: float | None
    flags_before: int
    flags_after: int


@dataclass(frozen=True, slots=True)
class FindingChange:
    """Hold a compared fact that is new, gone, or judged otherwise; verdicts are ``None`` where a run lacks it."""

    change: Change
    kind: str
    a: str
    b: str | None
    article_a: str
    article_b: str | None
    before: str | None
    after: str | None
    probability_before: float | None
    probability_after: float | None


@dataclass(frozen=True, slots=True)
class RunDiff:
    """Hold everything that changed from the first run to the second, and the totals of both."""

    name_before: str
    name_after: str
    totals: Mapping[str, tuple[int, int]]
    articles_new: tuple[str, ...]
    articles_gone: tuple[str, ...]
    events: tuple[EventChange, ...]
    translations: tuple[TranslationChange, ...]
    findings: tuple[FindingChange, ...]

    def __bool__(self) -> bool:
        """Say whether anything changed."""
        return bool(self.articles_new or self.articles_gone or self.events or self.translations or self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def read_run(folder: Path) -> RunTables:
    """Read the tables of a finished run.

    Raises:
        InputError: the folder holds no run of this version.
    """
    return RunTables(
        name=folder.resolve().name,
        articles=read_table(folder, "articles", Article),
        segments=read_table(folder, "segments", Segment),
        translations=read_table(folder, "translations", Translation),
        events=read_table(folder, "events", Event),
        findings=read_table(folder, "findings", Finding),
    )


def compare_runs(before: RunTables, after: RunTables) -> RunDiff:
    """Compare two runs; what is the same is told by content (articles, sentences, places of facts), not by position."""
    names = {a.id: a.source or a.name for run in (before, after) for a in run.articles}
    old, new = ({a.id for a in run.articles} for run in (before, after))
    return RunDiff(
        name_before=before.name,
        name_after=after.name,
        totals={
            "articles": (len(before.articles), len(after.articles)),
            "events": (len(before.events), len(after.events)),
            "translations": (len(before.translations), len(after.translations)),
            "findings": (len(before.findings), len(after.findings)),
            "conflicts": (_conflicts(before.findings), _conflicts(after.findings)),
        },
        articles_new=tuple(sorted(names[a] for a in new - old)),
        articles_gone=tuple(sorted(names[a] for a in old - new)),
        events=tuple(_events(before.events, after.events, names)),
        translations=tuple(_translations(before, after, names)),
        findings=tuple(_findings(before.findings, after.findings, names)),
    )


def _conflicts(findings: Iterable[Finding]) -> int:
    return sum(f.verdict == "conflict" for f in findings)


def _events(before: Sequence[Event], after: Sequence[Event], names: Mapping[str, str]) -> list[EventChange]:
    """Match events by the articles they share, those that share most first."""
    holders: dict[str, list[int]] = {}
    for n, event in enumerate(before):
        for article in event.article_ids:
            holders.setdefault(article, []).append(n)
    pairs = []
    for m, event in enumerate(after):
        for n in {n for article in event.article_ids for n in holders.get(article, ())}:
            shared = len(set(event.article_ids) & set(before[n].article_ids))
            whole = len(set(event.article_ids) | set(before[n].article_ids))
            pairs.append((-shared / whole, -shared, before[n].id, event.id, n, m))
    match: dict[int, int] = {}
    taken: set[int] = set()
    for *_, n, m in sorted(pairs):
        if n not in taken and m not in match:
            match[m] = n
            taken.add(n)
    changes = [_event(before[match[m]] if m in match else None, event, names) for m, event in enumerate(after)]
    changes += [_event(event, None, names) for n, event in enumerate(before) if n not in taken]
    ranked = [c for c in changes if c is not None]
    return sorted(ranked, key=lambda c: (c.change, c.title, c.id_after or "", c.id_before or ""))


def _event(before: Event | None, after: Event | None, names: Mapping[str, str]) -> EventChange | None:
    old, new = (set(e.article_ids) if e else set() for e in (before, after))
    words = [_words(e) if e else "" for e in (before, after)]
    if before and after and old == new and words[0] == words[1]:
        return None
    shown = after or before
    change: Change = "changed" if before and after else "new" if after else "gone"
    return EventChange(
        change=change,
        title=shown.title if shown else "",
        id_before=before.id if before else None,
        id_after=after.id if after else None,
        joined=tuple(sorted(names[a] for a in new - old)),
        left=tuple(sorted(names[a] for a in old - new)),
        before=words[0],
        after=words[1],
    )


def _words(event: Event) -> str:
    return "; ".join(part for part in (event.title, event.date, event.place) if part)


def _translations(before: RunTables, after: RunTables, names: Mapping[str, str]) -> list[TranslationChange]:
    segments = {s.id: s for run in (before, after) for s in run.segments}
    old, new = ({t.segment_id: t for t in run.translations} for run in (before, after))
    changes = []
    for identity in sorted({*old, *new}, key=lambda i: (segments[i].article_id, segments[i].index, i)):
        a, b = old.get(identity), new.get(identity)
        if a and b and a.text == b.text and len(a.findings) == len(b.findings):
            continue
        segment = segments[identity]
        changes.append(
            TranslationChange(
                change="changed" if a and b else "new" if b else "gone",
                article=names[segment.article_id],
                segment_id=identity,
                language=segment.language,
                source=segment.text,
                before=a.text if a else None,
                after=b.text if b else None,
                quality_before=a.quality if a else None,
                quality_after=b.quality if b else None,
                flags_before=len(a.findings) if a else 0,
                flags_after=len(b.findings) if b else 0,
            )
        )
    return changes


def _findings(before: Iterable[Finding], after: Iterable[Finding], names: Mapping[str, str]) -> list[FindingChange]:
    old, new = _by_place(before), _by_place(after)
    changes = []
    for key in sorted({*old, *new}):
        a, b = old.get(key), new.get(key)
        shown = b or a
        if shown is None or (a and b and a.verdict == b.verdict):
            continue
        changes.append(
            FindingChange(
                change="changed" if a and b else "new" if b else "gone",
                kind=shown.kind,
                a=shown.a.surface,
                b=shown.b.surface if shown.b else None,
                article_a=names[shown.a.article_id],
                article_b=names[shown.b.article_id] if shown.b else None,
                before=a.verdict if a else None,
                after=b.verdict if b else None,
                probability_before=a.probability if a else None,
                probability_after=b.probability if b else None,
            )
        )
    order = ("conflict", "translation_artefact", "agree", "only_one", None)
    rank = {verdict: n for n, verdict in enumerate(order)}
    return sorted(changes, key=lambda c: (min(rank[c.before], rank[c.after]), c.change, c.kind, c.a, c.b or ""))


def _by_place(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Key findings by kind and places whatever was said of them; of several on one key the gravest stays."""
    order = {"only_one": 0, "agree": 1, "translation_artefact": 2, "conflict": 3}
    ranked = sorted(findings, key=lambda f: (order[f.verdict], f.id))
    return {finding_subject(f).model_copy(update={"verdict": "agree"}).key: f for f in ranked}
