"""Prepare two accounts for comparison: their facts, which passages belong together, what is confirmed where. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pipeline.facts.compatible import comparable, compatible, specific
from pipeline.facts.contexts import NAMED, Context, context
from pipeline.facts.naming import said_in
from pipeline.facts.slots import Account, load_slots, slot_features, slot_group
from pipeline.records import Bead, Fact, Segment

__all__ = ["Match", "Pairing", "Vectors", "contexts_of", "make_pairing"]

# Cosine of passages from which they are two wordings of one text: what differs there differs, whatever is elsewhere.
# Where most of both articles is aligned that closely, one is a version of the other, and less is enough.
NEAR_PARALLEL, IN_PARALLEL = 0.72, 0.42
_PARALLEL_PASSAGE, _PARALLEL_SHARE, _PARALLEL_LEAST = 0.55, 0.6, 4
_TELLING = 10.0
_SMALL_CONFIRMED = 0.3
# Unit vectors by the text they stand for.
Vectors = Mapping[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Match:
    """Hold two facts, how probably they are about one thing, and the cosine of their passages where aligned."""

    a: Fact
    b: Fact
    slot: float
    similarity: float | None

    @property
    def exact(self) -> bool:
        """Tell whether both state the same value in the same unit."""
        return self.a.value == self.b.value and self.a.unit == self.b.unit


@dataclass(slots=True)
class Pairing:
    """Hold two accounts and what comparing their facts needs, each thing computed once.

    ``passages`` gives the similarity of aligned segments by their ids. ``slots`` gives for facts of one family, by
    their ids, how probably they are about one thing. ``parallel`` marks two versions of one text.
    """

    a: Account
    b: Account
    passages: Mapping[tuple[str, str], float]
    slots: Mapping[tuple[str, str], float]
    parallel: bool = False
    _said: dict[tuple[str, str], bool] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)
    _aligned: dict[str, list[str]] = field(default_factory=dict)

    def near(self, similarity: float | None) -> bool:
        """Tell whether passages of this cosine are two wordings of one text."""
        return (similarity or 0.0) >= (IN_PARALLEL if self.parallel else NEAR_PARALLEL)

    def match(self, x: Fact, y: Fact) -> Match:
        """Return the match of a fact of ``a`` and one of ``b``."""
        return Match(x, y, self.slots.get((x.id, y.id), 0.0), self.passages.get((x.segment_id, y.segment_id)))

    def sentence_cosine(self, x: Fact, y: Fact) -> float:
        """Return the cosine of the sentences of two facts, of their passages where there are no vectors."""
        i, j = self._index(self.a, x), self._index(self.b, y)
        if self.a.sentences is None or self.b.sentences is None:
            return self.passages.get((x.segment_id, y.segment_id), 0.0)
        return float(self.a.sentences[i] @ self.b.sentences[j])

    def clause_cosine(self, x: Fact, y: Fact) -> float:
        """Return the cosine of the clauses of two facts."""
        if self.a.clauses is None or self.b.clauses is None:
            return self.passages.get((x.segment_id, y.segment_id), 0.0)
        return float(self.a.clauses[self._index(self.a, x)] @ self.b.clauses[self._index(self.b, y)])

    def _index(self, account: Account, fact: Fact) -> int:
        if not self._places:
            self._places.update((f.id, i) for own in (self.a, self.b) for i, f in enumerate(own.facts))
        return self._places[fact.id]

    def other(self, fact: Fact) -> Account:
        """Return the account that a fact does not belong to."""
        return self.b if fact.article_id == self.a.article_id else self.a

    def confirmed(self, fact: Fact, within: Iterable[str] | None = None) -> bool:
        """Tell whether the other account states a value too: anywhere if it tells something, else in the same slot.

        ``within`` restricts the search to these segments.
        """
        where = None if within is None else frozenset(within)
        for other in self.other(fact).facts:
            if where is not None and other.segment_id not in where:
                continue
            if other.kind == fact.kind and comparable(fact, other) and compatible(fact, other):
                slot = self.slots.get((fact.id, other.id), self.slots.get((other.id, fact.id), 0.0))
                if where is not None or tells(fact) or slot >= _SMALL_CONFIRMED:
                    return True
        return False

    def said(self, name: Fact, within: Iterable[str] | None = None) -> bool:
        """Tell whether the other account says a name under any spelling, in these segments or anywhere."""
        ids = frozenset(within) if within is not None else None
        key = (name.id, "|".join(sorted(ids)) if ids is not None else "*")
        if key not in self._said:
            there = self.other(name)
            facts = [f for f in there.facts if ids is None or f.segment_id in ids]
            texts = [(s.text, s.language) for s in there.segments if ids is None or s.id in ids]
            self._said[key] = said_in(name, self.language(name), facts, texts)
        return self._said[key]

    def language(self, fact: Fact) -> str:
        """Return the language of a fact's sentence."""
        own = self.a if fact.article_id == self.a.article_id else self.b
        return next(s.language for s in own.segments if s.id == fact.segment_id)

    def text(self, fact: Fact) -> str:
        """Return the sentence of a fact."""
        own = self.a if fact.article_id == self.a.article_id else self.b
        return next(s.text for s in own.segments if s.id == fact.segment_id)

    def aligned(self, segment_id: str) -> list[str]:
        """Return the segments of the other account that are aligned with one."""
        if not self._aligned:
            for x, y in self.passages:
                self._aligned.setdefault(x, []).append(y)
                self._aligned.setdefault(y, []).append(x)
        return self._aligned.get(segment_id, [])


def tells(fact: Fact) -> bool:
    """Tell whether a value is specific enough that its standing anywhere confirms it."""
    if fact.kind in ("number", "ordinal"):
        return fact.unit == "score" or abs(fact.low or fact.high or 0.0) >= _TELLING
    return fact.kind != "duration" or specific(fact)


def contexts_of(facts: Sequence[Fact], segments: Mapping[str, Segment]) -> list[Context]:
    """Return the surroundings of each fact; an encoder has to embed their ``texts``."""
    return [context(f, segments[f.segment_id].text, segments[f.segment_id].language) for f in facts]


def make_pairing(
    articles: tuple[str, str],
    segments: Mapping[str, Segment],
    facts: Mapping[str, Sequence[Fact]],
    beads: Sequence[Bead],
    vectors: Vectors | None,
) -> Pairing:
    """Prepare two articles.

    Args:
        articles: their ids, in the order of the beads.
        segments: those of both, by id.
        facts: facts of each segment.
        beads: alignment of the two.
        vectors: unit vector of each text of :func:`contexts_of`; without it the passages' similarity must do.
    """
    a, b = (_account(article, segments, facts, vectors) for article in articles)
    passages = {
        (x, y): bead.similarity or 0.0
        for bead in beads
        if bead.segments_a and bead.segments_b
        for x in bead.segments_a
        for y in bead.segments_b
    }
    return Pairing(a, b, passages, _slots(a, b, passages), _is_parallel(a, b, passages))


def _is_parallel(a: Account, b: Account, passages: Mapping[tuple[str, str], float]) -> bool:
    close = [pair for pair, similarity in passages.items() if similarity >= _PARALLEL_PASSAGE]
    sizes = len(a.segments), len(b.segments)
    shares = [len({pair[side] for pair in close}) / size if size else 0.0 for side, size in enumerate(sizes)]
    return min(sizes) >= _PARALLEL_LEAST and min(shares) >= _PARALLEL_SHARE


def _account(
    article: str,
    segments: Mapping[str, Segment],
    facts: Mapping[str, Sequence[Fact]],
    vectors: Vectors | None,
) -> Account:
    own = sorted((s for s in segments.values() if s.article_id == article), key=lambda s: (s.index, s.id))
    found = [f for s in own for f in facts.get(s.id, ()) if f.kind != "quote"]
    if vectors is None or not found:
        return Account(article, tuple(own), tuple(found))
    around = contexts_of(found, segments)
    return Account(
        article,
        tuple(own),
        tuple(found),
        np.stack([vectors[c.clause] for c in around]),
        np.stack([vectors[c.sentence] for c in around]),
        tuple(_stack(c.clause_words, vectors) for c in around),
        tuple(_stack(c.sentence_words, vectors) for c in around),
    )


def _stack(words: Sequence[str], vectors: Vectors) -> npt.NDArray[np.float32]:
    return np.stack([vectors[w] for w in words]) if words else np.zeros((0, 1), dtype=np.float32)


def _slots(a: Account, b: Account, passages: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    by_group: dict[str, list[tuple[int, int]]] = {}
    for i, x in enumerate(a.facts):
        for j, y in enumerate(b.facts):
            if x.kind not in NAMED and comparable(x, y):
                by_group.setdefault(slot_group(x), []).append((i, j))
    found = {}
    for group, pairs in sorted(by_group.items()):
        chances = load_slots().probability(group, slot_features(a, b, pairs, passages))
        for (i, j), chance in zip(pairs, chances, strict=True):
            found[a.facts[i].id, b.facts[j].id] = round(float(chance), 6)
    return found
