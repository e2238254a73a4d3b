"""Measure the comparison of accounts on parallel documents: conflicts in unaltered pairs, and altered facts found.

Each document of a line-aligned test set, in two languages, is two accounts of one event. Left alone they agree; after
one number, date, name, role or place of the second is altered, that place should be among the findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pipeline.engines.accounts import Story, compare_stories, context_vectors, make_story
from pipeline.engines.base import Encoder, FloatMatrix
from pipeline.evaluation.data import language_pair, read_lines, read_pair
from pipeline.facts.claims import is_located
from pipeline.facts.compare import SIGNATURE, Comparison
from pipeline.facts.lexicon import table
from pipeline.facts.pairing import Vectors
from pipeline.facts.places import place_names, places
from pipeline.facts.roles import role_spans
from pipeline.quality.alter import alter, names_of
from pipeline.quality.metrics import wilson
from pipeline.records import Anchor, Finding, Segment

__all__ = ["Change", "change_line", "document_lines", "document_story", "evaluate_perturbation"]

Kind = Literal["number", "date", "name", "role", "place"]
_HALVES = 2
_CONTEXT = 40  # characters shown on each side of an alteration that was missed
KINDS: tuple[Kind, ...] = ("number", "date", "name", "role", "place")


@dataclass(frozen=True, slots=True)
class Change:
    """Hold an altered line: ``text[start:end]`` is what stands there now."""

    text: str
    start: int
    end: int


def evaluate_perturbation(
    folder: Path,
    pair: str,
    encoder: Encoder,
    *,
    seed: int = 7,
    min_probability: float = 0.5,
    documents: int | None = None,
) -> dict[str, Any]:
    """Compare the documents of a pair, unaltered and with one fact of the second altered.

    Args:
        folder: holds one sentence per line in ``<language>.txt``, and each line's document in ``docids.txt``.
        pair: the two languages, such as ``fr-en``; the second is altered.
        encoder: multilingual sentence encoder.
        seed: of the alterations.
        min_probability: conflicts less probable than this are left out.
        documents: use only the first so many.

    Returns:
        ``unaltered`` (sentences, conflicts, sentences per conflict), ``detected`` by kind (as a conflict, and as any
        finding, with a 95 % Wilson interval for conflicts), ``halves`` (the same two for every second document, so
        that one half can be developed on and the other reported), ``false`` (conflicts of unaltered pairs, in words),
        ``missed`` (alterations without a conflict, in words) and ``signature``.
    """
    source, target = language_pair(pair)
    sources, targets = read_pair(folder, source, target)
    lines = document_lines(read_lines(folder / "docids.txt"))
    if documents is not None:
        lines = dict(list(lines.items())[:documents])
    encoder = _Remembering(encoder)
    pool = sorted({name for text in targets for name in names_of(text, target)})
    trial = _Trial(encoder, np.random.default_rng(seed), pool, min_probability)
    for number, (name, indices) in enumerate(lines.items()):
        trial.half = number % _HALVES
        left = document_story(f"{name}-a", [sources[i] for i in indices], source, encoder)
        right = document_story(f"{name}-b", [targets[i] for i in indices], target, encoder)
        trial.compare(left, right)
    return _result(f"seed:{seed}|pair:{pair}|{encoder.signature}", trial)


def document_lines(ids: Sequence[str]) -> dict[str, list[int]]:
    """Return the lines of each document, from 0."""
    found: dict[str, list[int]] = {}
    for index, name in enumerate(ids):
        found.setdefault(name, []).append(index)
    return found


def document_story(name: str, texts: Sequence[str], language: str, encoder: Encoder) -> Story:
    """Make a story of sentences that need no cleaning."""
    segments = [
        Segment(f"{name}-{n}", name, n, 0, "body", t, 0, len(t), (Anchor(0, 0),), language, 1.0)
        for n, t in enumerate(texts)
    ]
    return make_story(name, None, segments, encoder)


class _Remembering:
    """Encode each text once: an altered account shares all but one sentence with the one it was made from."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._rows: dict[str, FloatMatrix] = {}

    @property
    def signature(self) -> str:
        return self._encoder.signature

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    def encode(self, texts: Sequence[str]) -> FloatMatrix:
        new = [t for t in dict.fromkeys(texts) if t not in self._rows]
        self._rows.update(zip(new, self._encoder.encode(new), strict=True))
        rows = [self._rows[t] for t in texts]
        return np.stack(rows) if rows else self._encoder.encode([])


@dataclass(slots=True)
class _Trial:
    """Hold what a measurement goes on with: the tools, and the counts so far."""

    encoder: Encoder
    rng: np.random.Generator
    pool: Sequence[str]
    least: float
    half: int = 0
    tallies: tuple[Counter[str], ...] = field(default_factory=lambda: tuple(Counter() for _ in range(_HALVES)))
    false: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def compare(self, left: Story, right: Story) -> None:
        """Compare two accounts as they are, then with one fact of each kind altered in the second."""
        context = self._context(left, right)
        before = compare_stories(left, right, left.name, context)
        own = [f for f in before.findings if self._is_conflict(f)]
        self.false += [
            f"{left.name} {f.kind} {f.probability:.2f}: {f.a.surface} | {f.b.surface}" for f in own if f.b is not None
        ]
        tally = self.tallies[self.half]
        tally["sentences"] += len(right.segments)
        tally["conflicts"] += len(own)
        for kind in KINDS:
            self._alter(kind, left, right, before)

    def _alter(self, kind: Kind, left: Story, right: Story, before: Comparison) -> None:
        """Alter one fact of the second account, at a random line that has one, and count whether it is found."""
        language = right.segments[0].language
        texts = [s.text for s in right.segments]
        for index in self.rng.permutation(len(texts)):
            before_text = texts[index]
            change = change_line(before_text, language, kind, self.rng, self.pool)
            if change is None:
                continue
            texts[index] = change.text
            altered = document_story(right.name, texts, language, self.encoder)
            after = compare_stories(left, altered, left.name, self._context(left, altered))
            known = {_said(f) for f in before.findings}
            segment = altered.segments[index].id
            new = [f for f in after.findings if _said(f) not in known and _touches(f, segment, change)]
            found = any(map(self._is_conflict, new))
            tally = self.tallies[self.half]
            tally[f"{kind}:tried"] += 1
            tally[f"{kind}:conflict"] += found
            tally[f"{kind}:any"] += any(f.verdict != "agree" for f in new)
            if not found:
                self.missed.append(f"{segment} {kind}: {_altered(before_text, change)}")
            return

    def _context(self, a: Story, b: Story) -> Vectors:
        return context_vectors([*a.segments, *b.segments], {**a.facts, **b.facts}, self.encoder)

    def _is_conflict(self, finding: Finding) -> bool:
        return finding.verdict == "conflict" and finding.probability >= self.least


def _altered(before: str, change: Change) -> str:
    """Show an alteration in its context."""
    end = change.end + len(before) - len(change.text)
    was, now = before[change.start : end], change.text[change.start : change.end]
    head, tail = before[max(0, change.start - _CONTEXT) : change.start], before[end : end + _CONTEXT]
    return f"{head}[{was} → {now}]{tail}"


def _said(finding: Finding) -> tuple[str, str, str | None]:
    """Return what a finding says; its id stays the same when only a value changes."""
    return finding.verdict, finding.a.surface, finding.b.surface if finding.b else None


def _touches(finding: Finding, segment: str, change: Change) -> bool:
    sides = [s for s in (finding.a, finding.b) if s is not None and s.segment_id == segment]
    return any(s.start < change.end and change.start < s.end for s in sides)


def change_line(
    text: str, language: str, kind: Kind, rng: np.random.Generator, pool: Sequence[str] = ()
) -> Change | None:
    """Alter one fact of a line; ``None`` where it has none of that kind.

    A name is exchanged for another one of ``pool`` (a misspelling would be a variant), a role for another function of
    the same language, a place for another of the same level.
    """
    if kind == "role":
        return _exchange(text, list(_roles(text, language)), rng)
    if kind == "place":
        return _exchange(text, list(_places(text, language)), rng)
    for _ in range(4):
        found = alter(text, language, kind, rng, pool)
        if found is None:
            return None
        if found.how != "spelling":
            return Change(found.text, found.start, found.end)
    return None


_Site = tuple[int, int, Sequence[str]]


def _exchange(text: str, sites: Sequence[_Site], rng: np.random.Generator) -> Change | None:
    if not sites:
        return None
    start, end, others = sites[int(rng.integers(len(sites)))]
    after = others[int(rng.integers(len(others)))]
    if text[start].isupper():
        after = after[0].upper() + after[1:]
    return Change(text[:start] + after + text[end:], start, start + len(after))


def _roles(text: str, language: str) -> Iterator[_Site]:
    """Yield the functions that stand beside a person, with functions of other kinds to put in their place."""
    forms = {c: f[language].split("|")[0] for c, f in table("roles")["roles"].items()}
    for start, end, concepts in role_spans(text, language):
        others = sorted(form for concept, form in forms.items() if concept not in concepts.split("|"))
        yield start, end, [o for o in others if o.lower() != text[start:end].lower()]


def _places(text: str, language: str) -> Iterator[_Site]:
    """Yield the countries and cities in a place's position that CLDR knows, with others of their level."""
    names = place_names(language)
    for mention in places(text, language):
        if is_located(text, language, mention.start, mention.end):
            country = len(mention.value) == 2
            others = sorted(n for n, key in names.items() if (len(key) == 2) == country and key != mention.value)
            yield mention.start, mention.end, others


def _result(signature: str, trial: _Trial) -> dict[str, Any]:
    whole = sum(trial.tallies, Counter[str]())
    return {
        **_measured(whole),
        "halves": [_measured(tally) for tally in trial.tallies],
        "false": trial.false,
        "missed": trial.missed,
        "signature": f"{SIGNATURE}|{signature}",
    }


def _measured(tally: Counter[str]) -> dict[str, Any]:
    tried, found = (sum(tally[f"{k}:{what}"] for k in KINDS) for what in ("tried", "conflict"))
    interval = wilson(found, tried)
    conflicts = tally["conflicts"]
    return {
        "unaltered": {
            "sentences": tally["sentences"],
            "conflicts": conflicts,
            "sentences_per_conflict": round(tally["sentences"] / conflicts, 1) if conflicts else None,
        },
        "detected": {
            **{kind: _detected(tally, kind) for kind in KINDS},
            "all": {
                "conflict": round(found / tried, 4) if tried else None,
                "any": round(sum(tally[f"{k}:any"] for k in KINDS) / tried, 4) if tried else None,
                "n": tried,
                "interval": [round(x, 4) for x in interval] if interval else None,
            },
        },
    }


def _detected(tally: Counter[str], kind: str) -> dict[str, Any]:
    tried = tally[f"{kind}:tried"]
    return {what: round(tally[f"{kind}:{what}"] / tried, 4) if tried else None for what in ("conflict", "any")} | {
        "n": tried
    }
