"""Weigh the words of articles by how rare they are: in the corpus, in news at large, among an article's neighbours.

The weights are those of :class:`pipeline.alignment.profiles.Profile`, worked out for thousands of articles at once.
What has to be known of the corpus as a whole is in :class:`Stock`; apart from that an article needs its neighbours
only, so that a corpus can be weighed part by part. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.alignment.coded import KINDS, Corpus
from pipeline.alignment.coding import hashed, salt_of
from pipeline.alignment.depot import Arrays, ragged_index, starts_of
from pipeline.alignment.names import canonical_words
from pipeline.alignment.terms import inverse_frequency, load_background

__all__ = ["FIELDS", "TOPIC", "Stock", "take_stock", "weigh"]

IntArray = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Vector = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
# The fields of a profile by the kind of words that they weigh.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "terms": ("terms", "lead_terms", "local"),
    "own": ("own_terms", "own_lead_terms", "own_local"),
    "names": ("names", "lead_names", "local_names", "main_names"),
    "figures": ("figures", "lead_figures", "local_figures"),
}
# Nearest articles that stand for an article's topic: with more, other topics enter and nothing is distinctive.
TOPIC = 24
_MOST_STRESS = 6
# Digests are made of rounded weights: what a sum of another order changes is noise.
_DIGITS = 5
_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_PENDING = 1 << 21


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Hold the weight of each word of a corpus: hashes ascending."""

    hashes: Hashes
    weights: Vector

    def of(self, hashes: Hashes) -> Vector:
        """Return the weights of words, all of which are in the table."""
        return self.weights[np.searchsorted(self.hashes, hashes)]


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Hold which words some articles have, and how often in all and in the lead; one article after the other."""

    starts: IntArray
    hashes: Hashes
    every: npt.NDArray[np.int32]
    lead: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Stock:
    """Hold what is known of a corpus as a whole.

    Attributes:
        tables: rarity of words by kind; that of the originals' by language, ``own fr``.
        spelt: hashes of the words of names, ascending.
        canonical: the hash that stands for all spellings of each.
        texts: how names are written, by that hash.
    """

    tables: Mapping[str, _Table]
    spelt: Hashes
    canonical: Hashes
    texts: Mapping[int, str]

    def counted(self, corpus: Corpus, kind: str, places: IntArray) -> Counted:
        """Return the words of articles; the spellings of a name are one word."""
        starts, hashes = corpus.ragged(f"{kind}.hash", places)
        every, lead = (corpus.ragged(f"{kind}.{part}", places)[1] for part in ("all", "lead"))
        found = Counted(starts, hashes, every, lead)
        return self._one_spelling(found) if kind == "names" else found

    def _one_spelling(self, found: Counted) -> Counted:
        n = len(found.starts) - 1
        row = np.repeat(np.arange(n), np.diff(found.starts))
        hashes = self.canonical[np.searchsorted(self.spelt, found.hashes)]
        order = np.lexsort((hashes, row))
        row, hashes = row[order], hashes[order]
        first = np.flatnonzero(np.r_[True, (row[1:] != row[:-1]) | (hashes[1:] != hashes[:-1])][: len(row)])
        if not len(first):
            return found
        sums = (np.add.reduceat(counts[order], first) for counts in (found.every, found.lead))
        return Counted(starts_of(np.bincount(row[first], minlength=n)), hashes[first], *sums)


def take_stock(corpus: Corpus, places: IntArray, target: str) -> Stock:
    """Count in how many articles each word occurs, and bring the spellings of names together.

    Args:
        corpus: the articles.
        places: those that count: of copies of one text only one does.
        target: language of ``terms``, which chooses the background of common words.
    """
    names = canonical_words(corpus.names.values())
    spelt = np.array(sorted(corpus.names), dtype=np.uint64)
    texts = [names[corpus.names[h]] for h in spelt.tolist()]
    canonical = np.fromiter(map(hashed, texts), np.uint64, len(texts))
    stock = Stock({}, spelt, canonical, dict(zip(canonical.tolist(), texts, strict=True)))
    counts = np.zeros(len(corpus), dtype=np.bool_)
    counts[places] = True
    tallies = {name: _Tally() for name in ("terms", "names", "figures", *(f"own {name}" for name in corpus.languages))}
    shares: dict[int, float] = {}
    for group, arrays in corpus.groups():
        chosen = group[counts[group]]
        tallies["terms"].add(corpus.ragged("terms.hash", chosen)[1])
        tallies["names"].add(stock.counted(corpus, "names", chosen).hashes)
        figures = corpus.ragged("figures.hash", chosen)[1]
        tallies["figures"].add(figures)
        shares.update(zip(arrays["figures.hash"].tolist(), arrays["figures.share"].tolist(), strict=True))
        for number, name in enumerate(corpus.languages):
            tallies[f"own {name}"].add(corpus.ragged("own.hash", chosen[corpus.language[chosen] == number])[1])
    everyday = _background(target)
    documents = {f"own {name}": int((corpus.language[places] == k).sum()) for k, name in enumerate(corpus.languages)}
    tables = {}
    for name, tally in tallies.items():
        hashes, seen = tally.result()
        if name == "figures":
            share = np.array([shares[h] for h in hashes.tolist()], np.float64)
        else:
            kind, _, language = name.partition(" ")
            share = _look_up(hashes, *(_background(language, salt_of(language)) if kind == "own" else everyday))
        tables[name] = _Table(hashes, inverse_frequency(documents.get(name, len(places)), seen, share))
    return Stock(tables, stock.spelt, stock.canonical, stock.texts)


def _background(language: str, salt: np.uint64 | None = None) -> tuple[Hashes, Vector]:
    shares = load_background(language)
    hashes = np.fromiter(map(hashed, shares), np.uint64, len(shares))
    if salt is not None:
        hashes = hashes + salt
    order = np.argsort(hashes)
    return hashes[order], np.array(list(shares.values()), np.float64)[order]


def _look_up(hashes: Hashes, known: Hashes, values: Vector) -> Vector:
    """Return the value of each hash, 0 for one that is not known."""
    if not len(known):
        return np.zeros(len(hashes))
    place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return np.where(known[place] == hashes, values[place], 0.0)


class _Tally:
    """Count in how many articles words occur."""

    def __init__(self) -> None:
        self._hashes, self._counts = np.empty(0, np.uint64), np.empty(0, np.int64)
        self._waiting: list[tuple[Hashes, IntArray]] = []
        self._size = 0

    def add(self, hashes: Hashes) -> None:
        """Add articles: the words of each, each once."""
        found, counts = np.unique(hashes, return_counts=True)
        self._waiting.append((found, counts))
        self._size += len(found)
        if self._size > max(_PENDING, len(self._hashes)):
            self._merge()

    def _merge(self) -> None:
        hashes = np.concatenate([self._hashes, *(h for h, _ in self._waiting)])
        counts = np.concatenate([self._counts, *(c for _, c in self._waiting)])
        order = np.argsort(hashes, kind="stable")
        hashes = hashes[order]
        first = np.flatnonzero(np.r_[True, hashes[1:] != hashes[:-1]][: len(hashes)])
        self._counts = np.add.reduceat(counts[order], first) if len(first) else self._counts
        self._hashes, self._waiting, self._size = hashes[first], [], 0

    def result(self) -> tuple[Hashes, IntArray]:
        """Return the words, ascending, and their counts."""
        self._merge()
        return self._hashes, self._counts


def weigh(corpus: Corpus, stock: Stock, place_of: IntArray, nodes: IntArray, near: IntArray) -> Arrays:
    """Weigh the words of some articles.

    Args:
        corpus: the articles.
        stock: what is known of them as a whole.
        place_of: the place of each node's article.
        nodes: to be weighed, shape ``(m,)``.
        near: the nearest other nodes of each, nearest first, -1 for none, shape ``(m, k)``.

    Returns:
        For each kind the hashes of its words, ascending (``terms.vocabulary``); for each field of a profile how many
        words each article has (``local.n``), their columns and weights, one article after the other, and whether the
        article has the field at all (``local.known``); ``digest``: a hash of all that a decision sees of an article.
    """
    topic = np.concatenate([nodes[:, None], near[:, :TOPIC]], axis=1)
    around, place = np.unique(topic, return_inverse=True)
    around, place = (around[1:], place - 1) if len(around) and around[0] < 0 else (around, place)
    place = place.reshape(topic.shape)
    made: dict[str, npt.NDArray[Any]] = {}
    digest = corpus.seen[place_of[nodes]].copy()
    for kind in KINDS:
        kin = _kin(corpus, place_of, around, place) if kind == "own" else place
        counted = stock.counted(corpus, kind, place_of[around])
        fields = _fields(stock, kind, counted, kin, _languages(corpus, place_of[nodes]) if kind == "own" else {})
        _add(made, digest, kind, fields, len(nodes))
    return {**made, "digest": digest}


def _kin(corpus: Corpus, place_of: IntArray, around: IntArray, place: IntArray) -> IntArray:
    """Leave out the neighbours of another language."""
    language = corpus.language[place_of[around]]
    return np.where((place >= 0) & (language[place] == language[place[:, :1]]), place, -1)


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """Hold the weights of one field: the article and the word of each, and which articles have the field."""

    row: IntArray
    hashes: Hashes
    weights: Vector
    known: Bools


def _languages(corpus: Corpus, places: IntArray) -> dict[str, Bools]:
    """Return for each language which of the articles are written in it."""
    return {name: corpus.language[places] == k for k, name in enumerate(corpus.languages)}


def _fields(stock: Stock, kind: str, counted: Counted, topic: IntArray, languages: Mapping[str, Bools]) -> list[_Field]:
    """Weigh one kind of words, in the order of ``FIELDS``; ``languages`` says which articles are written in each."""
    own, n = topic[:, 0], len(topic)
    index = ragged_index(counted.starts, own)
    row = np.repeat(np.arange(n), np.diff(counted.starts)[own])
    hashes, every, lead = counted.hashes[index], counted.every[index], counted.lead[index]
    rarity = np.zeros(len(hashes)) if languages else stock.tables[kind].of(hashes)
    for name, written in languages.items():
        chosen = written[row]
        rarity[chosen] = stock.tables[f"own {name}"].of(hashes[chosen])
    seen, near = _among(counted, topic)
    apart = np.log((near[row] + 1) / (seen + 0.5))

    def field(weights: Vector, some: Bools, *, unit: bool = False, known: Bools | None = None) -> _Field:
        kept = np.flatnonzero(some & (weights > 0))
        rows, values = row[kept], weights[kept]
        if unit:
            norms = np.sqrt(np.bincount(rows, weights=values * values, minlength=n))
            values = values / norms[rows]
        return _Field(rows, hashes[kept], values, np.bincount(rows, minlength=n) > 0 if known is None else known)

    anywhere, leading = np.ones(len(hashes), np.bool_), lead > 0
    if kind == "figures":
        has, leads = (np.bincount(row[some], minlength=n) > 0 for some in (anywhere, leading))
        return [
            field(rarity, anywhere, known=has),
            field(rarity, leading, known=leads),
            field(rarity * apart, anywhere, unit=True),
        ]
    stress = (1.0 + np.log(every)) * rarity
    lead_stress = (1.0 + np.log(np.maximum(lead, 1))) * rarity
    units = kind != "names"
    fields = [field(stress, anywhere, unit=units), field(lead_stress, leading, unit=units)]
    fields.append(field(stress * apart, anywhere, unit=True))
    if kind == "names":
        fields.append(field(np.minimum(every, _MOST_STRESS) * rarity, anywhere))
    return fields


def _among(counted: Counted, topic: IntArray) -> tuple[Vector, IntArray]:
    """Count in how many articles of its topic each word of an article occurs.

    Returns:
        The counts, one article after the other; and how many articles of the topic have any word, for each article.
    """
    vocabulary, columns = np.unique(counted.hashes, return_inverse=True)
    slot = np.full(len(vocabulary), -1, dtype=np.int32)
    starts, counts = counted.starts.tolist(), []
    for articles in topic.tolist():
        own = columns[starts[articles[0]] : starts[articles[0] + 1]]
        if len(own):
            slot[own] = np.arange(len(own), dtype=np.int32)
            near = np.concatenate([columns[starts[j] : starts[j + 1]] for j in articles if j >= 0])
            counts.append(np.bincount(slot[near] + 1, minlength=len(own) + 1)[1:])
            slot[own] = -1
    some = np.append(np.diff(counted.starts) > 0, False)  # -1, no article, has no word
    return np.concatenate([np.empty(0), *counts]), some[topic].sum(axis=1)


def _add(made: dict[str, npt.NDArray[Any]], digest: Hashes, kind: str, fields: Sequence[_Field], n: int) -> None:
    """Lay fields down as arrays, and let the digest see them: sums of hashes, so that no order matters."""
    vocabulary = np.unique(np.concatenate([f.hashes for f in fields]))
    made[f"{kind}.vocabulary"] = vocabulary
    for number, (name, f) in enumerate(zip(FIELDS[kind], fields, strict=True)):
        made[f"{name}.n"] = np.bincount(f.row, minlength=n).astype(np.int32)
        made[f"{name}.columns"] = np.searchsorted(vocabulary, f.hashes).astype(np.int32)
        made[f"{name}.weights"] = f.weights.astype(np.float32)
        made[f"{name}.known"] = f.known
        salt = np.uint64(hashed(name))
        mixed = (f.hashes ^ salt) * _ODD + np.rint(f.weights * 10**_DIGITS).astype(np.uint64)
        mixed = (mixed ^ (mixed >> np.uint64(31))) * _MIX
        starts = starts_of(made[f"{name}.n"])
        total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed ^ (mixed >> np.uint64(29)))])
        digest += total[starts[1:]] - total[starts[:-1]] + f.known * (salt | np.uint64(number))
