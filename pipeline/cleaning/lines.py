"""Cut a normalised text into lines and tell prose from what stands around it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.records import Reason

__all__ = ["Line", "Zones", "ends_sentence", "find_zones", "is_prose", "letters", "split_lines"]


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one line that is not blank, without the white space around it.

    ``start`` and ``end`` count code points of the normalised text; ``gap`` says that a blank line, or nothing, stands
    before it, ``prose`` that it is running text (see ``is_prose``).
    """

    index: int
    text: str
    start: int
    end: int
    gap: bool
    prose: bool


@dataclass(frozen=True, slots=True)
class Zones:
    """Say where the prose of a text begins and ends: what is before is head, what is after is tail."""

    first: int
    last: int

    def outside(self, index: int) -> bool:
        """Tell whether a line stands in the head or the tail."""
        return index < self.first or index > self.last


# Lettering of one syllable carries about as much as two and a half Latin letters.
HANGUL_WEIGHT = 2.5
MIN_PROSE_LETTERS = 40
_HANGUL = re.compile("[\uac00-\ud7a3]")
_LETTER = re.compile(r"[^\W\d_]")
_SENTENCE_END = re.compile(r"[.!?…。][\s\"'”’»)\]」』]*$")
# "Ltd." and initials end many lines that are no sentences.
_ABBREVIATED_END = re.compile(
    r"(?:\b(?:Ltd|Inc|Co|Corp|Jr|Sr|Bros|No|vs|etc|Dr|St|Mr|Mrs|Ms|[A-Z])|\bS\.A|\bU\.[SK])\.$"
)
_INNER_END = re.compile(r"(?:[.!?…]|다\.)[\"'”’»)]*\s+[\"'“‘«(\[]?[A-ZÀ-Þ0-9\uac00-\ud7a3]")


def split_lines(text: str) -> list[Line]:
    """Return the lines of a text that hold more than white space, in order."""
    lines: list[Line] = []
    position, gap = 0, True
    for raw in text.split("\n"):
        stripped = raw.strip()
        if stripped:
            start = position + raw.index(stripped)
            lines.append(Line(len(lines), stripped, start, start + len(stripped), gap, is_prose(stripped)))
        gap = not stripped
        position += len(raw) + 1
    return lines


def letters(text: str) -> float:
    """Count letters, a Hangul syllable for :data:`HANGUL_WEIGHT` of them."""
    return len(_LETTER.findall(text)) + (HANGUL_WEIGHT - 1) * len(_HANGUL.findall(text))


def ends_sentence(text: str) -> bool:
    """Tell whether a line ends like a sentence, quotes and brackets after the full stop included."""
    return bool(_SENTENCE_END.search(text)) and not _ABBREVIATED_END.search(text)


def is_prose(text: str) -> bool:
    """Tell whether a line is running text: long enough, and with the end of a sentence at its end or inside."""
    size = letters(text)
    if size < MIN_PROSE_LETTERS:
        return False
    return ends_sentence(text) or (size >= 2 * MIN_PROSE_LETTERS and bool(_INNER_END.search(text)))


def find_zones(lines: Sequence[Line], verdicts: Sequence[Reason | None]) -> Zones:
    """Find the first and last line of prose among those not yet dropped; all is outside when there is none."""
    prose = [line.index for line in lines if verdicts[line.index] is None and line.prose]
    return Zones(prose[0], prose[-1]) if prose else Zones(len(lines), -1)
