"""Decide the pairs of a corpus part by part: time is cut into blocks, and a block meets its neighbours only. Pure.

Below a size a corpus is one block. Beyond it a block holds the articles of ``window`` days on a fixed calendar grid,
and one more those without a date. The search for neighbours looks at a block, the two beside it and the undated; its
words are weighed among these neighbours; and its pairs with the block before and with the undated are decided with
these two or three in memory. Only decided pairs are left over of a block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pipeline.alignment.candidates import UNDATED, MakeIndex, block_names, nearest_rows
from pipeline.alignment.coded import Corpus
from pipeline.alignment.columns import Columns, make_columns
from pipeline.alignment.model import EventModel
from pipeline.alignment.pairs import Decided, PairOdds, decide_pairs, joined_odds
from pipeline.alignment.views import FloatArray
from pipeline.alignment.weighing import Stock, weigh

__all__ = ["Reach", "Shards"]

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reach:
    """Say which articles are looked at for an article.

    Attributes:
        neighbours: nearest articles looked at.
        window: days of a block.
        exact_below: articles up to which everything is one block, and of one block up to which the search is exact.
        make_index: builds an index for larger blocks; without it the search stays exact.
        shown: nearest neighbours whose pairs are decided whatever their odds, because they are to be shown.
    """

    neighbours: int
    window: int
    exact_below: int
    make_index: MakeIndex | None
    shown: int


class Shards:
    """Hold a corpus in blocks.

    Args:
        corpus: the articles.
        stock: what is known of them as a whole.
        place_of: the place of each node's article, shape ``(m,)``.
        reach: which articles are looked at for an article.
    """

    def __init__(self, corpus: Corpus, stock: Stock, place_of: IntArray, reach: Reach) -> None:
        self._corpus = corpus
        self._stock = stock
        self._place_of = place_of
        self._reach = reach
        names = block_names(corpus.day[place_of], reach.window, reach.exact_below)
        # Those without a date come first: their name is the smallest number there is.
        self._names, self._block_of = np.unique(names, return_inverse=True)
        self._kept: tuple[int, Columns] | None = None

    @cached_property
    def _members(self) -> list[IntArray]:
        order = np.argsort(self._block_of, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(self._block_of[order])) + 1)

    def decide(self, model: EventModel, known: Decided | None) -> PairOdds:
        """Decide all candidate pairs.

        Args:
            model: the coefficients.
            known: decisions of an earlier run with the same model.
        """
        near: dict[int, IntArray] = {}
        found = []
        for block in range(len(self._names)):
            near[block] = self._weighed(block)
            beside = self._beside(block)
            pairs, shown = self._pairs(block, beside, near)
            columns = self.columns(block)
            odds = decide_pairs(columns, np.searchsorted(columns.nodes, pairs), shown, model, known)
            found.append(odds.renamed(columns.nodes))
            for old in [b for b in near if b not in (block, *beside)]:
                del near[old]
        return joined_odds(found)

    def one_block(self) -> tuple[Columns, IntArray]:
        """Return a corpus that is one block, and its candidate pairs, shape ``(pairs, 2)``."""
        pairs, _ = self._pairs(0, (), {0: self._weighed(0)})
        return self.columns(0), pairs

    def _weighed(self, block: int) -> IntArray:
        """Find the neighbours of a block's articles and weigh their words among them; return the neighbours."""
        near = self._near(block)
        weighed = weigh(self._corpus, self._stock, self._place_of, self._members[block], near)
        self._corpus.depot.put(_name(block), weighed)
        return near

    def columns(self, block: int) -> Columns:
        """Return a block with those that its pairs reach, once they were weighed."""
        if self._kept is None or self._kept[0] != block:
            self._kept = None  # two at a time would be twice the memory
            blocks = [*self._beside(block), block]
            weighed = [(self._members[b], self._corpus.depot.get(_name(b))) for b in blocks]
            self._kept = block, make_columns(self._corpus, self._stock, self._place_of, weighed)
        return self._kept[1]

    def of_pairs(self, pairs: IntArray) -> Iterator[tuple[Columns, IntArray]]:
        """Yield columns and the positions of the pairs that they serve, block by block.

        Args:
            pairs: nodes of articles of one block or of two that meet, shape ``(pairs, 2)``.
        """
        block = self._block_of[pairs].max(axis=1)
        for number in np.unique(block).tolist():
            yield self.columns(number), np.flatnonzero(block == number)

    def _dated(self, block: int) -> bool:
        return len(self._names) == 1 or bool(self._names[block] != UNDATED)

    def _beside(self, block: int) -> list[int]:
        """Return the earlier blocks that the articles of a block are compared with: the undated, and the one before."""
        if not self._dated(block):
            return []
        undated = [] if self._dated(0) else [0]
        before = block - 1
        near = before >= len(undated) and self._names[block] - self._names[before] == 1
        return [*undated, before] if near else undated

    def _near(self, block: int) -> IntArray:
        """Find the nearest others of each article of a block, shape ``(m, k)``, -1 for none."""
        queries = self._members[block]
        if self._dated(block):
            after = [b for b in range(block + 1, min(block + 2, len(self._names))) if block in self._beside(b)]
            base = np.sort(np.concatenate([self._members[b] for b in (*self._beside(block), block, *after)]))
        else:
            base = np.arange(len(self._place_of), dtype=np.int64)
        reach, k = self._reach, min(self._reach.neighbours, len(self._place_of) - 1)
        return nearest_rows(
            self._vectors, queries, base, max(k, 0), exact_below=reach.exact_below, make_index=reach.make_index
        )

    def _vectors(self, nodes: IntArray) -> FloatArray:
        vectors: FloatArray = self._corpus.rows("centre", self._place_of[nodes])
        return vectors

    def _pairs(
        self, block: int, beside: Sequence[int], near: dict[int, IntArray]
    ) -> tuple[IntArray, npt.NDArray[np.bool_]]:
        """Return the pairs of a block with itself and with those beside it, and which of them are to be shown."""
        reachable = np.zeros(len(self._names), np.bool_)
        reachable[[*beside, block]] = True

        def keys(k: int) -> IntArray:
            found = []
            for other in (*beside, block):
                left = np.repeat(self._members[other], near[other][:, :k].shape[1])
                right = near[other][:, :k].reshape(-1)
                left, right = left[right >= 0], right[right >= 0]
                with_block = reachable[self._block_of[right]] if other == block else self._block_of[right] == block
                left, right = left[with_block], right[with_block]
                found.append(np.minimum(left, right) * n + np.maximum(left, right))
            return np.unique(np.concatenate(found))

        n = max(len(self._place_of), 1)
        every = keys(self._reach.neighbours)
        return np.stack([every // n, every % n], axis=1), np.isin(every, keys(self._reach.shown))


def _name(block: int) -> str:
    return f"block-{block:06d}"
