"""Find words that say how something ended: dead or alive, approved or rejected, cancelled or postponed.

The table ``tables/outcomes.json`` holds groups of classes that exclude one another, as patterns per language. It is
general press language; what happened to whom is left to the comparison of the passages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from pipeline.facts.lexicon import LANGUAGES, table
from pipeline.facts.spans import longest
from pipeline.records import Mention

__all__ = ["exclusive", "outcomes"]

_NEGATED = {
    "en": re.compile(
        r"\b(?:not|never|no|nobody|none|nor|without|neither|unless|if|whether|could|might|may|would)\b[^.;:]{0,24}$|n['’]t\s(?:\w+\s){0,2}$",
        re.IGNORECASE,
    ),
    "fr": re.compile(
        r"(?:\b(?:ne|sans|aucune?|jamais|ni|personne|si|pourrait|pourraient|serait|seraient)\b|\bn['’])[^.;:]{0,28}$",
        re.IGNORECASE,
    ),
    "ko": re.compile(r"(?!)"),
}
_NEGATED_AFTER = {
    "ko": re.compile(r"[가-힣]{0,3}(?:지\s?(?:않|못)|\s?(?:가능성|여부|위기|우려|할\s수도))"),
    "fr": re.compile(r"\s(?:pas|jamais|guère)\b"),
}


@cache
def _patterns(language: str) -> Mapping[str, re.Pattern[str]]:
    found = {}
    for group, classes in table("outcomes").items():
        for name, forms in classes.items():
            form = forms[language]
            pattern = form if language == "ko" else rf"(?<![\w-])(?:{form})(?![\w-])"
            found[f"{group}:{name}"] = re.compile(pattern, re.IGNORECASE)
    return MappingProxyType(found)


def outcomes(text: str, language: str) -> list[Mention]:
    """Find the outcomes of a sentence; what is denied or only possible is left out.

    Returns:
        Mentions of kind ``outcome`` with a value of ``group:class``; one span may state several groups, and of one
        group the longest of overlapping readings counts.
    """
    if language not in LANGUAGES:
        return []
    by_group: dict[str, list[Mention]] = {}
    for value, pattern in _patterns(language).items():
        for match in pattern.finditer(text):
            start, end = match.span()
            if end > start and not _denied(text, language, start, end):
                mention = Mention("outcome", value, text[start:end], start, end)
                by_group.setdefault(value.partition(":")[0], []).append(mention)
    return sorted((m for found in by_group.values() for m in longest(found)), key=lambda m: (m.start, m.end, m.value))


def _denied(text: str, language: str, start: int, end: int) -> bool:
    before = _NEGATED[language].search(text[max(0, start - 48) : start])
    if before is not None and language == "fr" and re.search(r"\bque?\s", before.group()):
        before = None  # "n'a écopé que de": only, not not
    after = _NEGATED_AFTER.get(language)
    return before is not None or (after is not None and after.match(text, end) is not None)


def exclusive(a: str, b: str) -> bool:
    """Tell whether two outcomes are different classes of one group."""
    return a != b and a.partition(":")[0] == b.partition(":")[0]
