"""Measure whether two facts of two accounts fill the same slot, whatever their values. Pure.

Features, in order of :data:`FEATURES`. None of them looks at the values compared, so that what was learnt on facts
that agree holds for facts that do not.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from heapq import nlargest
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from pipeline.facts.compatible import comparable, compatible, family, specific
from pipeline.facts.naming import one_name
from pipeline.records import Fact, Segment

__all__ = ["FEATURES", "Account", "SlotModel", "load_slots", "slot_features", "slot_group"]

FloatMatrix = npt.NDArray[np.float32]
FEATURES = (
    "clause",  # cosine of the clauses, values taken out
    "sentence",  # cosine of the sentences, values taken out
    "clause_margin",  # how much nearer the clauses are than the nearest of the competing facts
    "sentence_margin",
    "bead",  # both stand in aligned passages
    "names",  # names that both sentences share, each by its rarity
    "name_clash",  # both clauses name somebody, nobody in common
    "support",  # other facts of the two sentences that agree
    "rivals",  # log of how many facts of the family each account holds
    "telling",  # the unit says what is counted
    "sole",  # each account gives one value only of this telling unit
    "words",  # how well the words of each clause are found in the other sentence: mean of both directions
    "words_margin",  # how much better than with the competing facts
    "word_best",  # the two best pairs of words
    "outcomes",  # both sentences tell the same outcome
)


@dataclass(frozen=True, slots=True)
class Account:
    """Hold one account: segments in order, facts (no quotes) in order, and what surrounds each fact as vectors.

    ``clauses`` and ``sentences`` have shape ``(len(facts), d)``, unit rows, and for each fact the words of both have
    shape ``(words, d)``; without an encoder they are ``None`` and empty.
    """

    article_id: str
    segments: tuple[Segment, ...]
    facts: tuple[Fact, ...]
    clauses: FloatMatrix | None = None
    sentences: FloatMatrix | None = None
    clause_words: tuple[FloatMatrix, ...] = ()
    sentence_words: tuple[FloatMatrix, ...] = ()

    def of(self, segment_id: str) -> list[int]:
        """Return the facts of a segment, as indices."""
        return [i for i, f in enumerate(self.facts) if f.segment_id == segment_id]


def slot_group(fact: Fact) -> str:
    """Name the model that judges a fact: dates, names, or quantities of any kind."""
    if fact.kind in ("date", "time"):
        return "date"
    return "name" if fact.kind in ("name", "role", "outcome") else "quantity"


def slot_features(
    a: Account, b: Account, pairs: Sequence[tuple[int, int]], passages: Mapping[tuple[str, str], float]
) -> npt.NDArray[np.float64]:
    """Measure pairs of facts of one family.

    Args:
        a: one account.
        b: the other.
        pairs: indices of facts in ``a`` and ``b``.
        passages: similarity of aligned segments, by their ids.

    Returns:
        Shape ``(len(pairs), len(FEATURES))``.
    """
    clause, sentence = _cosines(a, b, passages)
    rows = np.zeros((len(pairs), len(FEATURES)))
    families = _rivals(a), _rivals(b)
    shared = _Shared(a, b)
    words = _Words(a, b, float(np.mean(clause)) if clause.size else 0.0)
    clauses, sentences = (_Margins(_entries(matrix), _ALONE) for matrix in (clause, sentence))
    by_word = _Margins(words.mean, words.usual)
    for n, (i, j) in enumerate(pairs):
        x, y = a.facts[i], b.facts[j]
        own = family(x), family(y)
        rivals = families[0][own[0]], families[1][own[1]]
        rows[n] = (
            clause[i, j],
            sentence[i, j],
            clauses.margin((i, j), own, rivals),
            sentences.margin((i, j), own, rivals),
            float((x.segment_id, y.segment_id) in passages),
            shared.names(i, j),
            shared.clash(i, j),
            shared.support(i, j),
            math.log(len(rivals[0])) + math.log(len(rivals[1])),
            float(specific(x) and specific(y)),
            float(specific(x) and specific(y) and _sole(a, rivals[0]) and _sole(b, rivals[1])),
            words.mean(i, j),
            by_word.margin((i, j), own, rivals),
            words.best(i, j),
            shared.outcomes(i, j),
        )
    return rows


def _cosines(a: Account, b: Account, passages: Mapping[tuple[str, str], float]) -> tuple[FloatMatrix, FloatMatrix]:
    """Return cosines of clauses and of sentences; without vectors those of the passages stand for both."""
    if a.clauses is not None and b.clauses is not None and a.sentences is not None and b.sentences is not None:
        return a.clauses @ b.clauses.T, a.sentences @ b.sentences.T
    known = np.zeros((len(a.facts), len(b.facts)), dtype=np.float32)
    for i, x in enumerate(a.facts):
        for j, y in enumerate(b.facts):
            known[i, j] = passages.get((x.segment_id, y.segment_id), 0.0)
    return known, known


def _rivals(account: Account) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for i, fact in enumerate(account.facts):
        found.setdefault(family(fact), []).append(i)
    return found


def _entries(matrix: FloatMatrix) -> Callable[[int, int], float]:
    return lambda i, j: float(matrix[i, j])


class _Margins:
    """Tell how much nearer two facts are than each is to the other's nearest rival.

    Args:
        value: how near a fact of one account, by its index, is to one of the other.
        alone: what stands for the nearest rival where there is none.
    """

    def __init__(self, value: Callable[[int, int], float], alone: float) -> None:
        self._value, self._alone = value, alone
        self._known: dict[tuple[int, int, str], list[tuple[float, int]]] = {}

    def margin(
        self, pair: tuple[int, int], families: tuple[str, str], rivals: tuple[Sequence[int], Sequence[int]]
    ) -> float:
        """Return the value of a pair less the highest of its rivals, which are the members of the two families."""
        i, j = pair
        there = self._two_best((0, i, families[1]), ((self._value(i, k), k) for k in rivals[1]))
        here = self._two_best((1, j, families[0]), ((self._value(k, j), k) for k in rivals[0]))
        others = [*(v for v, k in there if k != j), *(v for v, k in here if k != i)]
        return self._value(i, j) - max(others, default=self._alone)

    def _two_best(self, key: tuple[int, int, str], values: Iterable[tuple[float, int]]) -> list[tuple[float, int]]:
        """Return the two highest values of a row or a column; it is gone through once."""
        if key not in self._known:
            self._known[key] = nlargest(2, values)
        return self._known[key]


_ALONE = 0.2


def _sole(account: Account, rivals: Sequence[int]) -> bool:
    return len({account.facts[k].value for k in rivals}) == 1


class _Words:
    """Compare two facts by the words around them; ``usual`` stands in where there are no vectors of words."""

    def __init__(self, a: Account, b: Account, usual: float) -> None:
        self._a, self._b, self.usual = a, b, usual
        self._known: dict[tuple[int, int], tuple[float, float]] = {}

    def mean(self, i: int, j: int) -> float:
        """Return how well the words of each clause are found in the other sentence."""
        return self._measure(i, j)[0]

    def best(self, i: int, j: int) -> float:
        """Return the mean cosine of the two best word pairs of the clauses, each word once."""
        return self._measure(i, j)[1]

    def _measure(self, i: int, j: int) -> tuple[float, float]:
        if (i, j) not in self._known:
            self._known[i, j] = self._compute(i, j)
        return self._known[i, j]

    def _compute(self, i: int, j: int) -> tuple[float, float]:
        if not self._a.clause_words or not self._b.clause_words:
            return self.usual, self.usual
        x, y = self._a.clause_words[i], self._b.clause_words[j]
        if not len(x) or not len(y):
            return self.usual, self.usual
        there = x @ self._b.sentence_words[j].T
        back = y @ self._a.sentence_words[i].T
        inner = x @ y.T
        first = float(inner.max())
        row, column = np.unravel_index(int(inner.argmax()), inner.shape)
        rest = np.delete(np.delete(inner, row, axis=0), column, axis=1)
        second = float(rest.max()) if rest.size else self.usual
        return (float(there.max(axis=1).mean()) + float(back.max(axis=1).mean())) / 2, (first + second) / 2


class _Shared:
    """Compare what stands beside two facts: names and other values, each sentence pair once."""

    def __init__(self, a: Account, b: Account) -> None:
        self._a, self._b = a, b
        self._in_a, self._in_b = _by_segment(a), _by_segment(b)
        self._support: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self._names: dict[tuple[str, str], list[tuple[int, int, float]]] = {}
        self._count = _spread(a), _spread(b)

    def names(self, i: int, j: int) -> float:
        """Sum the rarity of shared names, two at most; the two facts themselves do not count."""
        found = sorted((w for x, y, w in self._name_pairs(i, j) if x != i and y != j), reverse=True)
        return sum(found[:2])

    def clash(self, i: int, j: int) -> float:
        """Tell whether both sentences name people and none is the same."""
        x, y = self._a.facts[i], self._b.facts[j]
        left = [k for k in self._in_a[x.segment_id] if k != i and _is_person(self._a.facts[k])]
        right = [k for k in self._in_b[y.segment_id] if k != j and _is_person(self._b.facts[k])]
        if not left or not right:
            return 0.0
        people = set(left), set(right)
        return float(not any(p in people[0] and q in people[1] for p, q, _ in self._name_pairs(i, j)))

    def support(self, i: int, j: int) -> float:
        """Count the other values of the two sentences that agree, two at most."""
        x, y = self._a.facts[i], self._b.facts[j]
        key = (x.segment_id, y.segment_id)
        if key not in self._support:
            self._support[key] = [
                (p, q)
                for p in self._in_a[key[0]]
                for q in self._in_b[key[1]]
                if self._a.facts[p].kind not in ("name", "role", "outcome", "ordinal")
                and comparable(self._a.facts[p], self._b.facts[q])
                and compatible(self._a.facts[p], self._b.facts[q])
            ]
        return float(min(2, len({p for p, q in self._support[key] if p != i and q != j})))

    def outcomes(self, i: int, j: int) -> float:
        """Tell whether both sentences state the same outcome."""
        here = self._told(self._a, self._in_a[self._a.facts[i].segment_id])
        return float(not here.isdisjoint(self._told(self._b, self._in_b[self._b.facts[j].segment_id])))

    @staticmethod
    def _told(account: Account, indices: Sequence[int]) -> set[str]:
        return {account.facts[k].value for k in indices if account.facts[k].kind == "outcome"}

    def _name_pairs(self, i: int, j: int) -> list[tuple[int, int, float]]:
        key = (self._a.facts[i].segment_id, self._b.facts[j].segment_id)
        if key not in self._names:
            found = []
            for p in self._in_a[key[0]]:
                for q in self._in_b[key[1]]:
                    x, y = self._a.facts[p], self._b.facts[q]
                    if x.kind == y.kind == "name" and (x.value == y.value or one_name(x.surface, y.surface)):
                        rare = 1.0 / max(self._count[0][x.value], self._count[1][y.value])
                        found.append((p, q, rare))
            self._names[key] = found
        return self._names[key]


def _by_segment(account: Account) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for i, fact in enumerate(account.facts):
        found.setdefault(fact.segment_id, []).append(i)
    return found


def _spread(account: Account) -> dict[str, int]:
    """Count the sentences that hold each name."""
    places: dict[str, set[str]] = {}
    for fact in account.facts:
        places.setdefault(fact.value, set()).add(fact.segment_id)
    return {value: len(found) for value, found in places.items()}


def _is_person(fact: Fact) -> bool:
    return fact.kind == "name" and (fact.role == "person" or (fact.role == "other" and " " in fact.value))


# --- model ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SlotModel:
    """Hold a logistic model per group of facts: weights in the order of :data:`FEATURES`, and an intercept."""

    weights: Mapping[str, tuple[float, ...]]
    intercepts: Mapping[str, float]
    signature: str

    def probability(self, group: str, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return how probably each measured pair is about one thing."""
        score = rows @ np.asarray(self.weights[group]) + self.intercepts[group]
        chance: npt.NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(score, -40.0, 40.0)))
        return chance


@cache
def load_slots() -> SlotModel:
    """Read the coefficients that ship with the package; ``concord train slots`` fits them."""
    raw = json.loads(files(__package__).joinpath("slots.json").read_text(encoding="utf-8"))
    return SlotModel(
        {name: tuple(entry["weights"]) for name, entry in raw["groups"].items()},
        {name: float(entry["intercept"]) for name, entry in raw["groups"].items()},
        str(raw["signature"]),
    )
