"""Describe documents for the sentence aligner: all sentences of all documents are encoded in one call."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.alignment.side import Composer, Side, make_side
from pipeline.alignment.views import unit_rows
from pipeline.engines.base import ComposingEncoder, Encoder

__all__ = ["make_sides"]


def make_sides(documents: Sequence[Sequence[str]], encoder: Encoder) -> list[Side]:
    """Build what the sentence aligner sees of each document.

    Args:
        documents: their sentences.
        encoder: one that composes gives groups nearly the vectors of their joined texts; with any other the vectors of
            the sentences are summed.
    """
    texts = [text for document in documents for text in document]
    compose: Composer = unit_rows
    if isinstance(encoder, ComposingEncoder):
        states, compose = encoder.encode_states(texts), encoder.compose
    else:
        states = encoder.encode(texts)
    sides, start = [], 0
    for document in documents:
        sides.append(make_side(document, states[start : start + len(document)], compose))
        start += len(document)
    return sides
