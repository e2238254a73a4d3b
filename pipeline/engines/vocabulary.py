"""Say how common words are, from frequency lists that come with packages: English so far."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from pipeline.errors import DependencyMissing

__all__ = ["VOCABULARY_SIGNATURE", "vocabulary"]

# Words in the corpus behind the list (Google Web Trillion Word Corpus, as published by Norvig 2009).
_TOTAL = 1_024_908_267_229
VOCABULARY_SIGNATURE = "vocabulary|en:wordsegment|v:1"


@cache
def vocabulary(language: str) -> Mapping[str, float] | None:
    """Return log10 of each word's share of all words; ``None`` for a language without a list.

    Raises:
        DependencyMissing: the package that holds the list is not installed.
    """
    if language != "en":
        return None
    from importlib.resources import files

    try:
        text = files("wordsegment").joinpath("unigrams.txt").read_text(encoding="utf-8")
    except ModuleNotFoundError as error:
        raise DependencyMissing("wordsegment", "dev", "The quality estimate") from error
    rows = (line.split("\t") for line in text.splitlines())
    return MappingProxyType({row[0]: math.log10(float(row[1]) / _TOTAL) for row in rows if len(row) == 2})
