"""Measure sentence alignment, scored as Vecalign's scorer does (Sennrich and Volk 2011; Thompson and Koehn 2019)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from pipeline.alignment.sentences import Order, align_pairs, sentence_signature
from pipeline.engines.base import Encoder
from pipeline.engines.sides import make_sides
from pipeline.errors import InputError
from pipeline.evaluation.data import read_lines

__all__ = ["Beads", "Triple", "evaluate_sentences", "read_triples", "score_alignments", "shuffled"]

Beads = list[tuple[tuple[int, ...], tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class Triple:
    """Hold two documents, a sentence a line, and the beads that align them."""

    name: str
    a: tuple[str, ...]
    b: tuple[str, ...]
    gold: Beads


def evaluate_sentences(
    folder: Path, encoder: Encoder, order: Order = "parallel", shuffle: int | None = None
) -> dict[str, Any]:
    """Align every pair of documents of a folder and compare the beads with the gold.

    Args:
        folder: ``NAME.<a>``, ``NAME.<b>`` and ``NAME.<ab>``, whose lines are ``[indices of a]:[indices of b]``.
        encoder: multilingual sentence encoder.
        order: how to align.
        shuffle: seed with which the sentences of the second document are put in another order; the sentences of one
            gold bead stay together, because a group torn apart could not be found by any aligner of neighbours.

    Returns:
        ``{"strict": {"precision", "recall", "f1"}, "lax": {...}, "seconds": {"embed", "align"}, "counts",
        "signature"}`` over all beads of all files.

    Raises:
        InputError: the folder holds no such files, or a gold line cannot be read.
    """
    triples = read_triples(folder)
    if shuffle is not None:
        rng = np.random.default_rng(shuffle)
        triples = [shuffled(triple, rng) for triple in triples]
    began = perf_counter()
    sides = make_sides([text for triple in triples for text in (triple.a, triple.b)], encoder)
    embedded = perf_counter()
    pairs = zip(sides[::2], sides[1::2], strict=True)
    found: list[Beads] = [[(bead.a, bead.b) for bead in beads] for beads in align_pairs(pairs, order)]
    ended = perf_counter()
    scores = score_alignments([triple.gold for triple in triples], found)
    note = "in order" if shuffle is None else f"shuffled:{shuffle}"
    return {
        **scores,
        "seconds": {"embed": round(embedded - began, 3), "align": round(ended - embedded, 3)},
        "counts": {
            "files": len(triples),
            "sentences": [sum(len(t.a) for t in triples), sum(len(t.b) for t in triples)],
            "gold": sum(len(t.gold) for t in triples),
            "found": sum(map(len, found)),
        },
        "signature": f"{sentence_signature(order)}|{encoder.signature}|scored:vecalign|{note}",
    }


_GOLD_LINE = re.compile(r"^\[([\d, ]*)\]\s*:\s*\[([\d, ]*)\](?::.*)?$")


def read_triples(folder: Path) -> list[Triple]:
    """Read the documents and gold of a folder, by name; the languages are told by the names of the files.

    Raises:
        InputError: there are none, or one cannot be read.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.", "Name a folder of NAME.<a>, NAME.<b> and NAME.<ab>.")
    suffixes: dict[str, set[str]] = defaultdict(set)
    for path in folder.iterdir():
        if path.is_file() and path.suffix:
            suffixes[path.stem].add(path.suffix[1:])
    triples = []
    for name, found in sorted(suffixes.items()):
        for x, y in sorted((x, y) for x in found for y in found if x != y and x + y in found):
            triples.append(_read_triple(folder, name, x, y))
    if not triples:
        raise InputError(
            f"{folder} holds no alignment to compare with.",
            "Give NAME.<a> and NAME.<b>, a sentence a line, and the gold in NAME.<ab>, such as 1.de, 1.fr, 1.defr.",
        )
    return triples


def _read_triple(folder: Path, name: str, x: str, y: str) -> Triple:
    a, b = (tuple(line.strip() for line in read_lines(folder / f"{name}.{suffix}")) for suffix in (x, y))
    path = folder / f"{name}.{x}{y}"
    gold = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = _GOLD_LINE.match(line.strip())
        if match is None:
            raise InputError(f"{path}, line {number}: {line[:60]!r} is no bead.", "Write beads as [0, 1]:[2].")
        left, right = (
            tuple(int(index) for index in side.replace(" ", "").split(",") if index) for side in match.groups()
        )
        if max(left, default=-1) >= len(a) or max(right, default=-1) >= len(b):
            raise InputError(f"{path}, line {number} names a sentence that is not there.", "Count sentences from 0.")
        gold.append((left, right))
    return Triple(name, a, b, gold)


def shuffled(triple: Triple, rng: np.random.Generator) -> Triple:
    """Put the sentences of the second document in another order; those of one gold bead stay together."""
    units = [right for _, right in triple.gold if right]
    known = {j for unit in units for j in unit}
    units += [(j,) for j in range(len(triple.b)) if j not in known]
    place: dict[int, int] = {}
    for k in rng.permutation(len(units)):
        for j in units[k]:
            place.setdefault(j, len(place))
    order = sorted(place, key=place.__getitem__)
    gold: Beads = [(left, tuple(sorted(place[j] for j in right))) for left, right in triple.gold]
    return Triple(triple.name, triple.a, tuple(triple.b[j] for j in order), gold)


def score_alignments(gold: Sequence[Beads], found: Sequence[Beads]) -> dict[str, dict[str, float]]:
    """Score alignments of several documents together.

    Precision is over all beads found, those with an empty side included (right when the gold has the same one); recall
    is over gold beads with both sides. Strictly, a bead is right when the gold holds it; laxly, when some sentence pair
    of it lies in a gold bead. The value where there is nothing to divide by is 0.
    """
    precise, recalled = np.zeros(3), np.zeros(3)
    for own_gold, own_found in zip(gold, found, strict=True):
        precise += _hits(own_gold, own_found)
        full_gold, full_found = ([(x, y) for x, y in beads if x and y] for beads in (own_gold, own_found))
        recalled += _hits(full_found, full_gold)
    result = {}
    for k, name in enumerate(("strict", "lax")):
        precision, recall = (float(c[k] / c[2]) if c[2] else 0.0 for c in (precise, recalled))
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        result[name] = {"precision": precision, "recall": recall, "f1": f1}
    return result


def _hits(known: Beads, asked: Beads) -> tuple[int, int, int]:
    """Count the beads asked for that are among the known ones: strictly, laxly, and all."""
    beads, wanted = ({(x, y) for x, y in side if x or y} for side in (known, asked))
    partners: defaultdict[int, set[int]] = defaultdict(set)
    for left, right in beads:
        for i in left:
            partners[i].update(right)
    strict = wanted & beads
    lax = sum(any(not partners[i].isdisjoint(right) for i in left) for left, right in wanted - strict)
    return len(strict), len(strict) + lax, len(wanted)
