"""What the two encoder-decoder engines share: long texts, batches, order.

An engine brings one function, which decodes rows of source pieces; this module makes the rows from texts and the
hypotheses from what comes back. Rows are grouped by length class, and the class alone sets the token limit of a row:
so neither the limit nor the result depends on what else is translated.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from pipeline.engines.base import Hypothesis
from pipeline.engines.pieces import EOS, Codec, Row

__all__ = [
    "Decode",
    "DecodeMany",
    "Decoded",
    "Limits",
    "available_cores",
    "batches",
    "propose_texts",
    "scored_rows",
    "translate_texts",
]

T = TypeVar("T")

_SHORTEST_CLASS = 8
# Where a text that is too long may be cut, best first: after a sentence, after a clause, between words.
_CUTS = (re.compile(r"[.!?…。！？]['\"”»’)\]]*\s+"), re.compile(r"[;:,、，]\s+"), re.compile(r"\s+"))


@dataclass(frozen=True, slots=True)
class Limits:
    """Bound what goes in and what comes out.

    Attributes:
        max_new_tokens: most target tokens of one row.
        max_input_tokens: most source tokens of one row; a longer text is translated in parts. Sentence models drop
            text from long inputs well before their positions run out.
        length_ratio: a row of up to ``n`` source tokens (``n`` a power of two) gets at most ``length_ratio * n + 16``
            target tokens, so that a model that repeats itself stops soon; ``None`` sets no such bound.
        repetition_penalty: above 1, tokens already written become less likely.
        no_repeat_ngram_size: no sequence of so many tokens is written twice in a row's output; 0 allows all.
    """

    max_new_tokens: int = 400
    max_input_tokens: int = 256
    length_ratio: float | None = 2.0
    repetition_penalty: float = 1.0
    no_repeat_ngram_size: int = 0

    @property
    def signature(self) -> str:
        """Name every setting."""
        return (
            f"new:{self.max_new_tokens}|input:{self.max_input_tokens}|ratio:{self.length_ratio}"
            f"|penalty:{self.repetition_penalty}|ngram:{self.no_repeat_ngram_size}"
        )

    def new_tokens(self, length: int) -> int:
        """Return the token limit of a row's output; rows of one length class have the same."""
        if self.length_ratio is None:
            return self.max_new_tokens
        return min(self.max_new_tokens, int(self.length_ratio * _length_class(length)) + 16)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Hold what a model made of one row.

    ``log_probability`` is summed over ``steps`` tokens, the end mark included; ``tokens`` counts those that are text.
    """

    text: str
    log_probability: float
    steps: int
    tokens: int
    cut: bool


Decode = Callable[[Sequence[Row], int], list[Decoded]]
"""Decode rows of one length class with a token limit; same length and order as the rows."""
DecodeMany = Callable[[Sequence[Row], int], list[list[Decoded]]]
"""The same with the n-best list of each row, best first."""


def translate_texts(
    codec: Codec, decode: Decode, texts: Sequence[str], codes: tuple[str, str], limits: Limits
) -> list[Hypothesis]:
    """Translate texts with an engine's decoding function.

    Args:
        codec: of the checkpoint.
        decode: the engine's function.
        texts: of any length; an empty one gives an empty hypothesis, one without letters or digits comes back as is.
        codes: the model's own codes of source and target language.
        limits: bounds on input and output.

    Returns:
        One hypothesis per text, in order.
    """
    prepared = [codec.prepare(text) for text in texts]
    parts = [_rows(codec, text, codes, limits) for text in prepared]
    decoded = _decode_all(decode, {row for rows in parts for row in rows}, limits)
    return [
        _joined([decoded[row] for row in rows]) if rows else Hypothesis(text, tokens=0)
        for text, rows in zip(prepared, parts, strict=True)
    ]


def propose_texts(
    codec: Codec, decode: DecodeMany, texts: Sequence[str], codes: tuple[str, str], limits: Limits, *, n: int
) -> list[list[Hypothesis]]:
    """Give up to ``n`` translations of each text with an engine's decoding function.

    Args:
        codec: of the checkpoint.
        decode: the engine's function.
        texts: as for :func:`translate_texts`.
        codes: the model's own codes of source and target language.
        limits: bounds on input and output.
        n: how many are wanted at most.

    Returns:
        Hypotheses with different texts, in the order of the beam; those of a text in parts are the best combinations
        of its parts' hypotheses, the parts' favourites together first. Empty ones are left out behind the first.
    """
    prepared = [codec.prepare(text) for text in texts]
    parts = [_rows(codec, text, codes, limits) for text in prepared]
    decoded = _decode_all(decode, {row for rows in parts for row in rows}, limits)
    return [
        _distinct(_combined([decoded[row] for row in rows], 2 * n))[:n] if rows else [Hypothesis(text, tokens=0)]
        for text, rows in zip(prepared, parts, strict=True)
    ]


def _combined(parts: Sequence[Sequence[Decoded]], most: int) -> list[Hypothesis]:
    """Join one hypothesis of each part in every way, keeping the most probable ones after each part."""
    if len(parts) == 1:
        return [_joined([decoded]) for decoded in parts[0]]
    kept: list[tuple[Decoded, ...]] = [()]
    for hypotheses in parts:
        favourite, *rest = ((*before, decoded) for before, decoded in product(kept, hypotheses))
        kept = [favourite, *sorted(rest, key=lambda c: _joined(c).score or 0.0, reverse=True)[: most - 1]]
    return [_joined(choice) for choice in kept]


def _distinct(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Keep the first hypothesis of each text, and of empty ones only a favourite."""
    found: dict[str, Hypothesis] = {}
    for hypothesis in hypotheses:
        if hypothesis.text or not found:
            found.setdefault(hypothesis.text, hypothesis)
    return list(found.values())


def scored_rows(
    codec: Codec, sources: Sequence[str], hypotheses: Sequence[str], codes: tuple[str, str]
) -> list[tuple[Row, Row]]:
    """Return the pieces of sources and of given translations, both with their end mark.

    A text longer than the model's input is cut at that length: translations of texts in parts cannot be matched to
    the parts again, and the score is a mean.
    """
    most = codec.checkpoint.max_input
    return [
        (
            _cut(codec.encode(codec.prepare(source), *codes), most),
            _cut(codec.encode_target(codec.prepare(hypothesis)), most - 1),
        )
        for source, hypothesis in zip(sources, hypotheses, strict=True)
    ]


def _cut(row: Row, most: int) -> Row:
    return row if len(row) <= most else (*row[: most - 1], EOS)


def _rows(codec: Codec, text: str, codes: tuple[str, str], limits: Limits) -> list[Row]:
    if not any(char.isalnum() for char in text):
        return []
    most = min(limits.max_input_tokens, codec.checkpoint.max_input)
    return [row for _, row in _parts(text, lambda part: codec.encode(part, *codes), most)]


def _parts(text: str, encode: Callable[[str], Row], most: int) -> Iterator[tuple[str, Row]]:
    """Yield a text in parts that fit, each with its row, halving what is too long at the best place near the middle."""
    row = encode(text)
    if len(row) <= most or len(text) < 2:
        yield text, row
        return
    cut = _middle_cut(text)
    for half in (text[:cut].strip(), text[cut:].strip()):
        if half:
            yield from _parts(half, encode, most)


def _middle_cut(text: str) -> int:
    middle, margin = len(text) // 2, len(text) // 4
    for pattern in _CUTS:
        ends = [m.end() for m in pattern.finditer(text, middle - margin, middle + margin) if 0 < m.end() < len(text)]
        if ends:
            return min(ends, key=lambda end: (abs(end - middle), end))
    return middle


def _decode_all(decode: Callable[[Sequence[Row], int], list[T]], rows: set[Row], limits: Limits) -> dict[Row, T]:
    """Decode each different row once, class by class, short rows first."""
    classes: dict[int, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (len(row), row)):
        classes.setdefault(_length_class(len(row)), []).append(row)
    decoded: dict[Row, T] = {}
    for members in classes.values():
        decoded.update(zip(members, decode(members, limits.new_tokens(len(members[0]))), strict=True))
    return decoded


def _length_class(length: int) -> int:
    """Round up to a power of two."""
    return max(_SHORTEST_CLASS, 1 << (length - 1).bit_length())


def _joined(parts: Sequence[Decoded]) -> Hypothesis:
    steps = sum(part.steps for part in parts)
    score = round(sum(part.log_probability for part in parts) / steps, 4) if steps else None
    return Hypothesis(
        text=" ".join(part.text for part in parts if part.text),
        score=score,
        tokens=sum(part.tokens for part in parts),
        finish="length" if any(part.cut for part in parts) else "stop",
    )


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def batches(rows: Sequence[Row], batch_tokens: int | None) -> Iterator[Sequence[Row]]:
    """Yield rows sorted by length in runs of at most ``batch_tokens`` tokens, padding included; one row at least.

    Without a number, each row comes alone.
    """
    start = 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or len(rows[end]) * (end + 1 - start) > (batch_tokens or 0):
            yield rows[start:end]
            start = end
