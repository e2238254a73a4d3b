"""Embed the words around facts, each text once: what the comparison of accounts matches their slots by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from pipeline.engines.base import Encoder
from pipeline.facts.pairing import contexts_of
from pipeline.records import Fact, Segment

__all__ = ["context_vectors"]


def context_vectors(
    facts: Iterable[Fact], segments: Mapping[str, Segment], encoder: Encoder
) -> Mapping[str, npt.NDArray[np.float32]]:
    """Return the unit vector of every text around a fact.

    Args:
        facts: of any number of articles.
        segments: those that hold them, by id.
        encoder: multilingual sentence encoder.
    """
    texts = list(dict.fromkeys(text for c in contexts_of(list(facts), segments) for text in c.texts))
    return dict(zip(texts, encoder.encode(texts), strict=True))
