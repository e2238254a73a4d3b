"""Find what a text says twice: a second copy of the body, and further copies of the title. Pure, linear in the text.

The copy is looked for by shingles (runs of :data:`SHINGLE` words) over the whole text, not line against line, so that
it is found with other line breaks and with small changes too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.cleaning.lines import letters

__all__ = ["repeated_body", "same_words"]

SHINGLE = 5
# Two bridging words may differ in a line of twenty; a pull quote or a refrain is shorter than these floors.
MIN_CONTAINED = 0.8
MIN_RUN_LETTERS = 200
MIN_SINGLE_LETTERS = 250
_WORD = re.compile(r"\w+")


def repeated_body(texts: Sequence[str]) -> list[bool]:
    """Tell for every line whether it belongs to a second copy of what stands before it.

    Args:
        texts: the lines of one article, furniture left out.

    Returns:
        One flag per line. A copy is a run of lines of which nearly all shingles occur earlier; it must be longer than
        a pull quote. Short lines inside or at the edge of a run go with it only if they occur earlier as lines.
    """
    words = [tuple(_WORD.findall(text.casefold())) for text in texts]
    copied = _copied(words)
    flags = [False] * len(texts)
    run: list[int] = []
    for index, is_copy in enumerate([*copied, False]):
        if index < len(texts) and is_copy:
            run.append(index)
            continue
        if _long_enough([texts[i] for i in run]):
            for i in run:
                flags[i] = True
        run = []
    return flags


def same_words(first: str, second: str) -> bool:
    """Tell whether two lines have the same words in the same order, whatever their case and punctuation."""
    return _WORD.findall(first.casefold()) == _WORD.findall(second.casefold())


def _copied(words: Sequence[tuple[str, ...]]) -> list[bool]:
    stream = [word for line in words for word in line]
    first: dict[tuple[str, ...], int] = {}
    for i in range(len(stream) - SHINGLE + 1):
        first.setdefault(tuple(stream[i : i + SHINGLE]), i)
    copied: list[bool] = []
    earlier_lines: set[tuple[str, ...]] = set()
    start = 0
    for line in words:
        windows = len(line) - SHINGLE + 1
        if windows > 0:
            seen = sum(first[line[k : k + SHINGLE]] < start for k in range(windows))
            copied.append(seen >= MIN_CONTAINED * windows)
        else:
            copied.append(line in earlier_lines)
        earlier_lines.add(line)
        start += len(line)
    return copied


def _long_enough(run: Sequence[str]) -> bool:
    sizes = [letters(text) for text in run]
    if len(sizes) == 1:
        return sizes[0] >= MIN_SINGLE_LETTERS
    return sum(sizes) >= MIN_RUN_LETTERS
