"""Measure the comparison of accounts on parallel documents: conflicts in unaltered pairs, and altered facts found.

Each document of a line-aligned test set, in two languages, is two accounts of one event. Left alone they agree; after
one number, date, name, role or place of the second is altered, that place should be among the findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pipeline.engines.base import Encoder
from pipeline.evaluation.data import read_lines, read_pair
from pipeline.facts.claims import is_located
from pipeline.facts.compare import SIGNATURE, Comparison
from pipeline.facts.lexicon import table
from pipeline.facts.places import place_names, places
from pipeline.facts.roles import role_spans
from pipeline.quality.alter import alter, names_of
from pipeline.quality.metrics import wilson
from pipeline.records import Anchor, Article, Finding, Segment
from pipeline.stages.accounts import Story, compare_stories, make_story, story_contexts

__all__ = ["Change", "change_line", "document_story", "evaluate_perturbation"]

Kind = Literal["number", "date", "name", "role", "place"]
KINDS: tuple[Kind, ...] = ("number", "date", "name", "role", "place")


@dataclass(frozen=True, slots=True)
class Change:
    """Hold an altered line: ``text[start:end]`` is what stands there now."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Trial:
    """Hold what all alterations of one document need; ``pool`` are the names to exchange with."""

    event: str
    encoder: Encoder
    context: Mapping[str, Any]
    rng: np.random.Generator
    pool: Sequence[str]
    floor: float


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
        finding, with a 95 % Wilson interval for conflicts), ``false`` (conflicts of unaltered pairs, in words) and
        ``signature``.
    """
    source, _, target = pair.partition("-")
    sources, targets = read_pair(folder, source, target)
    lines = _documents(read_lines(folder / "docids.txt"))
    if documents is not None:
        lines = dict(list(lines.items())[:documents])
    rng = np.random.default_rng(seed)
    pool = sorted({name for text in targets for name in names_of(text, target)})
    tally: Counter[str] = Counter()
    false: list[str] = []
    for name, indices in lines.items():
        left = document_story(f"{name}-a", [sources[i] for i in indices], source, encoder)
        right = document_story(f"{name}-b", [targets[i] for i in indices], target, encoder)
        context = story_contexts((left, right), encoder)
        before = compare_stories(left, right, name, context)
        own = [f for f in before.findings if f.verdict == "conflict" and f.probability >= min_probability]
        false += [f"{f.kind} {f.probability:.2f}: {f.a.surface} | {f.b.surface}" for f in own if f.b]
        trial = _Trial(name, encoder, context, rng, pool, min_probability)
        tally["sentences"] += len(indices)
        tally["conflicts"] += len(own)
        for kind in KINDS:
            _try(kind, (left, right), before, trial, tally)
    return _result(pair, seed, tally, false, encoder)


def _documents(ids: Sequence[str]) -> dict[str, list[int]]:
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
    article = Article(name, name, name, None, None, None, None, None, language, 1.0, "utf-8", "", 0, ())
    return make_story(name, article, segments, encoder)


def _try(kind: Kind, pair: tuple[Story, Story], before: Comparison, trial: _Trial, tally: Counter[str]) -> None:
    """Alter one fact of the second account, at a random line that has one, and count whether it is found."""
    left, right = pair
    language = right.segments[0].language
    texts = [s.text for s in right.segments]
    for index in trial.rng.permutation(len(texts)):
        change = change_line(texts[index], language, kind, trial.rng, trial.pool)
        if change is None:
            continue
        texts[index] = change.text
        altered = document_story(right.name, texts, language, trial.encoder)
        context = {**trial.context, **story_contexts((altered,), trial.encoder)}
        after = compare_stories(left, altered, trial.event, context)
        known = {f.id for f in before.findings}
        segment = altered.segments[index].id
        new = [f for f in after.findings if f.id not in known and _touches(f, segment, change)]
        tally[f"{kind}:tried"] += 1
        tally[f"{kind}:conflict"] += any(f.verdict == "conflict" and f.probability >= trial.floor for f in new)
        tally[f"{kind}:any"] += any(f.verdict != "agree" for f in new)
        return


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
    """Yield the countries and cities of CLDR that stand in a place's position, with others of their level."""
    names = place_names(language)
    for mention in places(text, language):
        if is_located(text, language, mention.start, mention.end):
            country = len(mention.value) == 2
            others = sorted(n for n, key in names.items() if (len(key) == 2) == country and key != mention.value)
            yield mention.start, mention.end, others


def _result(pair: str, seed: int, tally: Counter[str], false: list[str], encoder: Encoder) -> dict[str, Any]:
    tried, found = (sum(tally[f"{k}:{what}"] for k in KINDS) for what in ("tried", "conflict"))
    interval = wilson(found, tried)
    conflicts = tally["conflicts"]
    return {
        "pair": pair,
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
        "false": false,
        "signature": f"{SIGNATURE}|seed:{seed}|pair:{pair}|{encoder.signature}",
    }


def _detected(tally: Counter[str], kind: str) -> dict[str, Any]:
    tried = tally[f"{kind}:tried"]
    return {what: round(tally[f"{kind}:{what}"] / tried, 4) if tried else None for what in ("conflict", "any")} | {
        "n": tried
    }
