"""Hold what a sentence aligner sees of one document: additive states, lengths, and where a split looks wrong. Pure.

The vector of a group of neighbours is composed from the states of its sentences, so that no group is encoded again.
An encoder that pools by summing over tokens gives states whose sum is nearly that of the joined text (under the default
encoder, cosine 0.98 with the joined text's own vector for two sentences, 0.96 for three); for any other the unit
vectors themselves stand in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.alignment.views import FloatArray, unit_rows

__all__ = ["JOINTS", "Composer", "Side", "length_ratio", "make_side", "plain_side", "with_words"]

Composer = Callable[[FloatArray], FloatArray]
Numbers = npt.NDArray[np.float64]
# What says that the text goes on across a split: an open bracket, no closing mark, a start in lower case, an
# abbreviation or an initial before the full stop.
JOINTS = ("open", "tail", "head", "abbreviation")


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Hold one document, sentence by sentence.

    Attributes:
        sums: running sums of the states, shape ``(n + 1, s)``, the first row zero.
        compose: turns sums of states, shape ``(k, s)``, into unit vectors, shape ``(k, d)``.
        lengths: letters and digits of each sentence, shape ``(n,)``.
        joints: running sums of the ``JOINTS`` at the split before each sentence, shape ``(n + 1, 4)``; row ``i`` counts
            the splits before sentences ``1 .. i``. Sentences without a word are passed over.
    """

    sums: Numbers
    compose: Composer
    lengths: Numbers
    joints: Numbers

    def __len__(self) -> int:
        return len(self.lengths)

    def spans(self, starts: npt.NDArray[np.int64], stops: npt.NDArray[np.int64]) -> FloatArray:
        """Return the unit vectors of half-open spans of sentences, shape ``(len(starts), d)``."""
        return self.compose((self.sums[stops] - self.sums[starts]).astype(np.float32))

    def groups(self, size: int, start: int = 0, stop: int | None = None) -> FloatArray:
        """Return the vectors of all groups of ``size`` neighbours inside ``start .. stop``; there may be none."""
        stop = len(self) if stop is None else stop
        starts = np.arange(start, max(start, stop - size + 1))
        return self.spans(starts, starts + size)

    def part(self, start: int, stop: int) -> Side:
        """Return the sentences ``start .. stop`` as a document."""
        return Side(
            self.sums[start : stop + 1] - self.sums[start],
            self.compose,
            self.lengths[start:stop],
            self.joints[start : stop + 1] - self.joints[start],
        )


def with_words(side: Side) -> tuple[Side, npt.NDArray[np.int64]]:
    """Leave out the sentences without letter or digit; return the others, and their places."""
    places = np.flatnonzero(side.lengths > 0)
    if len(places) == len(side):
        return side, places
    states, flags = np.diff(side.sums, axis=0)[places], np.diff(side.joints, axis=0, prepend=0)
    kept = np.cumsum(np.vstack([flags[places], np.zeros((1, flags.shape[1]))]), axis=0)
    sums = np.vstack([np.zeros((1, states.shape[1])), np.cumsum(states, axis=0)])
    return Side(sums, side.compose, side.lengths[places], kept), places


def make_side(texts: Sequence[str], states: FloatArray, compose: Composer) -> Side:
    """Describe a document by its sentences.

    Args:
        texts: the sentences, in order.
        states: additive states, shape ``(len(texts), s)``.
        compose: turns a sum of states into a unit vector, row by row.

    Raises:
        ValueError: texts and states differ in number.
    """
    if len(texts) != len(states):
        raise ValueError(f"{len(states)} states for {len(texts)} sentences")
    lengths = np.array([sum(map(str.isalnum, text)) for text in texts], dtype=np.float64)
    return Side(_running(np.asarray(states)), compose, lengths, _joints(texts))


def plain_side(rows: FloatArray) -> Side:
    """Describe a document of which only unit vectors are known: groups are scaled sums, lengths count for nothing."""
    n = len(rows)
    return Side(_running(rows), unit_rows, np.full(n, _USUAL_LENGTH), np.zeros((n + 1, len(JOINTS))))


_USUAL_LENGTH = 100.0
# Characters added on both sides, so that the ratio of two short texts says little.
_RATIO_PRIOR = 20.0
# Missing sentences let the ratio of the whole texts differ from that of a sentence; so far it is believed.
_RATIO_REACH = 1.5


def length_ratio(a: Side, b: Side) -> float:
    """Return how much longer the first document says the same, by whole lengths as far as they can be compared."""
    whole = (float(a.lengths.sum()) + _RATIO_PRIOR) / (float(b.lengths.sum()) + _RATIO_PRIOR)
    sentence = whole * len(b) / len(a)
    return min(max(whole, sentence / _RATIO_REACH), sentence * _RATIO_REACH)


def _running(rows: FloatArray) -> Numbers:
    zero = np.zeros((1, rows.shape[1]))
    return np.vstack([zero, np.cumsum(rows, axis=0, dtype=np.float64)])


_OPENING, _CLOSING = "([{«（", ")]}»）"
_FINAL = frozenset(".!?…。！？")
_TRAILING = "\"'»”’)] "
_SHORT_BEFORE_STOP = re.compile(r"(?:^|[\s(«])([^\W\d_]\w{0,2})\s*\.$")
_INITIALS_BEFORE_STOP = re.compile(r"\.\w\s*\.$")


def _joints(texts: Sequence[str]) -> Numbers:
    flags = np.zeros((len(texts) + 1, len(JOINTS)))
    before = ""
    for i, text in enumerate(texts):
        if any(map(str.isalnum, text)):  # what holds no word is passed over
            flags[i] = _joint(before, text.strip())
            before = text.strip()
    return np.cumsum(flags, axis=0)


def _joint(before: str, after: str) -> tuple[bool, bool, bool, bool]:
    if not before or not after:
        return False, False, False, False
    core = before.rstrip(_TRAILING)
    first = next((c for c in after if not c.isspace() and c not in "-–—\"'«“„"), "")
    short = _SHORT_BEFORE_STOP.search(core)
    return (
        sum(map(before.count, _OPENING)) > sum(map(before.count, _CLOSING)),
        core[-1:] not in _FINAL,
        first.islower() or (first != "" and first in ")]},;:."),
        (short is not None and short[1][0].isupper()) or _INITIALS_BEFORE_STOP.search(core) is not None,
    )
