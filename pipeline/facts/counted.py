"""What a numeric mention counts, and how the target language names it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from pipeline.facts.figures import figure, figure_range, takes_de
from pipeline.facts.lexicon import table
from pipeline.facts.numeral import Numeral
from pipeline.facts.numerals import numerals
from pipeline.records import Mention

__all__ = ["Quantity", "figures_of", "form_of", "is_lone_one", "join_de", "noun_of", "quantity_of", "span_of"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """Hold what a mention counts: its one or two values, and the numerals that write them (mention offsets)."""

    mention: Mention
    source: str
    target: str
    values: tuple[Decimal, ...]
    written: tuple[Numeral, ...]

    @property
    def last(self) -> Decimal:
        """Return the value that decides about the plural."""
        return self.values[-1]

    @property
    def tail(self) -> str:
        """Return what follows the last numeral in the mention."""
        return self.mention.surface[self.written[-1].end :] if self.written else ""

    @property
    def head(self) -> str:
        """Return what stands before the first numeral in the mention."""
        return self.mention.surface[: self.written[0].start] if self.written else ""


def quantity_of(mention: Mention, source: str, target: str) -> Quantity | None:
    """Read the values of a mention; ``None`` when it holds none, or more than two."""
    amount = re.search(r"[\d./-]+", mention.value)
    if amount is None:
        return None
    parts = [p for p in re.split(r"[-/]", amount.group()) if p]
    written = tuple(numerals(mention.surface, source))
    values = tuple(Decimal(p) for p in parts)
    return Quantity(mention, source, target, values, written) if 0 < len(values) <= 2 else None


def span_of(quantity: Quantity) -> tuple[int, int]:
    """Return where a mention stands."""
    return quantity.mention.start, quantity.mention.end


def figures_of(quantity: Quantity) -> str:
    """Write the value, or the range, in the target language's digits."""
    values = quantity.values
    return (
        figure(values[0], quantity.target) if len(values) == 1 else figure_range(values[0], values[1], quantity.target)
    )


def form_of(quantity: Quantity, entry: Mapping[str, Sequence[str]]) -> str:
    """Return the singular or plural of a table entry, as the last value asks."""
    if quantity.target == "ko":
        return str(entry["ko"])
    several = quantity.last >= 2 if quantity.target == "fr" else quantity.last != 1
    return entry[quantity.target][several]


def join_de(number: str, noun: str, language: str) -> str:
    """Put a noun behind a number: with "de" or "d'" after French millions, without a space in Korean."""
    if language == "ko":
        return number + noun
    if language == "fr" and takes_de(number):
        return f"{number} d'{noun}" if re.match(r"[aeiouyéèêhâîœ]", noun) and noun != "yen" else f"{number} de {noun}"
    return f"{number} {noun}"


def is_lone_one(quantity: Quantity) -> bool:
    """Tell whether a mention is a word for one (한 명, 한편): as often an article or an idiom as a count."""
    return quantity.values == (Decimal(1),) and not re.search(r"\d", quantity.mention.surface)


@cache
def _nouns(language: str) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Map every surface of a counted noun in a language to its entry; of several entries the first."""
    found: dict[str, Mapping[str, Sequence[str]]] = {}
    entries: Sequence[Mapping[str, Sequence[str]]] = table("render")["nouns"]
    for entry in entries:
        for surface in entry["from"] if language == "ko" else entry[language][:2]:
            found.setdefault(surface, entry)
    return found


# The unit classes of the parsers that Korean counts with one counter, whatever the noun.
_COUNTERS = {
    "person": "명",
    "household": "가구",
    "country": "개국",
    "goal": "골",
    "match": "경기",
    "seat": "석",
    "vote": "표",
    "animal": "마리",
    "ship": "척",
    "vehicle": "대",
    "place": "곳",
    "case": "건",
    "times": "번",
    "flight": "편",
    "film": "편",
    "floor": "층",
    "page": "쪽",
    "ticket": "장",
    "book": "권",
}


def noun_of(quantity: Quantity) -> Mapping[str, Sequence[str]] | None:
    """Find the entry of the counted noun; ``None`` where its translation is not sure."""
    surface = re.sub(r"^[\s-]*(?:여|남짓)?\s?(?:de\s|d['’])?", "", quantity.tail).strip().lower()
    entry = _nouns(quantity.source).get(surface)
    if entry is None and quantity.target == "ko" and quantity.source != "ko":
        counter = _COUNTERS.get(quantity.mention.unit or "")
        return {"ko": counter} if counter else None
    return entry
