"""Lay the aligned sentences of two articles side by side. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.records import Bead, Event, PairScore, Segment
from pipeline.reporting.accounts import Account
from pipeline.reporting.lookup import Lookup, article_page, segment_anchor
from pipeline.reporting.review_view import Thing, bead_thing
from pipeline.reporting.words import Grade, grade, interval, number, percent

__all__ = ["Pair", "Passage", "Sentence", "build_pairs"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """Hold one sentence beside its translation."""

    text: str
    language: str
    translation: str | None
    href: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Passage:
    """Hold aligned sentences of two articles."""

    left: tuple[Sentence, ...]
    right: tuple[Sentence, ...]
    similarity: str
    grade: Grade
    review: Thing | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Hold two articles of an event with their scores and passages."""

    a: Account
    b: Account
    score: PairScore | None
    agreement: str
    interval: str
    coverage: tuple[str, ...]
    chrf: str
    bleu: str
    passages: tuple[Passage, ...]
    only_a: tuple[Sentence, ...]
    only_b: tuple[Sentence, ...]


def build_pairs(lookup: Lookup, event: Event, accounts: Sequence[Account], most: int) -> tuple[list[Pair], int]:
    """Return the compared pairs of an event, those with most aligned passages first.

    Args:
        lookup: the run.
        event: the event.
        accounts: its articles with their letters.
        most: pairs that are wanted.

    Returns:
        So many pairs, and how many more there are.
    """
    beads: dict[tuple[str, str], list[Bead]] = defaultdict(list)
    for bead in lookup.beads_of.get(event.id, []):
        beads[(bead.article_a, bead.article_b)].append(bead)
    scores = {(p.article_a, p.article_b): p for p in lookup.pair_scores_of.get(event.id, [])}
    by_id = {a.article_id: a for a in accounts}
    place = {a.article_id: n for n, a in enumerate(accounts)}
    keys = sorted(
        (key for key in {*beads, *scores} if key[0] in by_id and key[1] in by_id),
        key=lambda key: (-sum(b.similarity is not None for b in beads.get(key, [])), key),
    )
    pairs = [_pair(lookup, by_id[a], by_id[b], beads.get((a, b), []), scores.get((a, b))) for a, b in keys[:most]]
    shown = [pair if place[pair.a.article_id] < place[pair.b.article_id] else _turned(pair) for pair in pairs]
    return shown, len(keys) - len(shown)


def _turned(pair: Pair) -> Pair:
    """Swap the sides of a pair, so that the article listed first stands on the left."""
    return replace(
        pair,
        a=pair.b,
        b=pair.a,
        coverage=tuple(reversed(pair.coverage)),
        passages=tuple(replace(p, left=p.right, right=p.left) for p in pair.passages),
        only_a=pair.only_b,
        only_b=pair.only_a,
    )


def _pair(lookup: Lookup, a: Account, b: Account, beads: Sequence[Bead], score: PairScore | None) -> Pair:
    def sentences(ids: Sequence[str]) -> tuple[Sentence, ...]:
        return tuple(_sentence(lookup, lookup.segments[i]) for i in ids)

    ordered = sorted(beads, key=lambda bead: _reading_order(lookup, bead))
    return Pair(
        a=a,
        b=b,
        score=score,
        agreement=percent(score.agreement if score else None),
        interval=interval(score.agreement_low, score.agreement_high) if score else "",
        coverage=_coverage(score) if score else (),
        chrf=number(score.chrf if score else None, 1),
        bleu=number(score.bleu if score else None, 1),
        passages=tuple(
            Passage(
                left=sentences(bead.segments_a),
                right=sentences(bead.segments_b),
                similarity=number(bead.similarity),
                grade=grade(bead.similarity, lookup.run.limits.similarity),
                review=bead_thing(lookup, bead),
            )
            for bead in ordered
            if bead.segments_a and bead.segments_b
        ),
        only_a=sentences([s for bead in ordered if not bead.segments_b for s in bead.segments_a]),
        only_b=sentences([s for bead in ordered if not bead.segments_a for s in bead.segments_b]),
    )


def _coverage(score: PairScore) -> tuple[str, ...]:
    sides = (
        (score.coverage_a, score.coverage_a_low, score.coverage_a_high),
        (score.coverage_b, score.coverage_b_low, score.coverage_b_high),
    )
    return tuple(
        f"{percent(value)} ({span})" if (span := interval(low, high)) else percent(value) for value, low, high in sides
    )


def _reading_order(lookup: Lookup, bead: Bead) -> tuple[int, int, str]:
    first_a = min((lookup.segments[s].index for s in bead.segments_a), default=1_000_000)
    first_b = min((lookup.segments[s].index for s in bead.segments_b), default=1_000_000)
    return first_a, first_b, bead.id


def _sentence(lookup: Lookup, segment: Segment) -> Sentence:
    translation = lookup.translation(segment)
    anchor = segment_anchor(segment)
    page = article_page(segment.article_id)
    return Sentence(
        segment.text, segment.language, translation.text if translation else None, f"{page}#{anchor}", anchor
    )
