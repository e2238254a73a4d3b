"""Guard against what machine translation does when it fails: copies, loops, cut ends, the wrong language."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.records import FidelityFinding
from pipeline.text import tidy

__all__ = ["expected_ratio", "guards", "length_ratio", "repeats"]

_HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")
_LATIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿŒœ]")
_FOREIGN = re.compile(r"[\u0400-\u04ff\u0600-\u06ff\u0900-\u097f\u3040-\u30ff\u4e00-\u9fff]")
_WORD = re.compile(r"[^\W\d_]+")
# Mean characters per character of English, over FLORES-200 dev: what one language needs to say the same.
_LENGTH = {"en": 1.0, "fr": 1.2, "ko": 0.53}
_SHORT, _LONG = 0.42, 2.4


def expected_ratio(source_language: str, target_language: str) -> float:
    """Return how many characters of the target language one of the source takes."""
    return _LENGTH.get(target_language, 1.0) / _LENGTH.get(source_language, 1.0)


def length_ratio(source: str, target: str, source_language: str, target_language: str) -> float:
    """Return the length of a translation relative to what is expected; 1 is as expected."""
    return (len(tidy(target)) + 10) / (len(tidy(source)) * expected_ratio(source_language, target_language) + 10)


def guards(
    source: str, target: str, source_language: str, target_language: str, identified: str | None = None
) -> tuple[FidelityFinding, ...]:
    """Report broken output; an empty source needs an empty target."""
    if not tidy(target):
        return (FidelityFinding("truncation", "missing", source, None),) if _has_letters(source) else ()
    if source_language == target_language:
        return ()
    findings = []
    copied = _untranslated(source, target, source_language, target_language)
    if copied:
        findings.append(FidelityFinding("untranslated", "changed", source, copied))
    elif identified is not None and identified != target_language:
        findings.append(FidelityFinding("language", "changed", None, identified))
    elif (stray := _stray_script(source, target, target_language)) is not None:
        findings.append(FidelityFinding("language", "changed", None, stray))
    loop = repeats(target)
    if loop and not repeats(source):
        findings.append(FidelityFinding("repetition", "added", None, loop))
    length = _length(source, target, source_language, target_language)
    return (*findings, *([length] if length and not copied else []))


def _has_letters(text: str) -> bool:
    return _WORD.search(text) is not None


def _untranslated(source: str, target: str, source_language: str, target_language: str) -> str | None:
    """Return the stretch that was left in the source language."""
    if target_language != "ko":
        left = re.search(r"[가-힣]{2,}(?:[\s,.'‘’\"“”]+[가-힣]+)*", re.sub(r"\([^)]*\)", "", target))
        if left and source_language == "ko":
            return left.group()
    elif not _HANGUL.search(target) and _mostly_words(target):
        return target
    words = [w for w in _WORD.findall(source) if w.islower() and len(w) > 2]
    kept = set(_WORD.findall(target))
    share = sum(w in kept for w in words) / len(words) if words else 0.0
    return target if len(words) >= 3 and share >= 0.75 and source_language != "ko" else None


def _mostly_words(text: str) -> bool:
    words: list[str] = _WORD.findall(text)
    return sum(map(str.islower, words)) >= 3


def _stray_script(source: str, target: str, target_language: str) -> str | None:
    """Return characters of a script that neither the source nor the target language uses."""
    stray = "".join(_FOREIGN.findall(target))
    return stray if len(stray) >= 2 and not any(c in source for c in stray) else None


def repeats(text: str) -> str | None:
    """Return the words that a text repeats in a loop: one word four times, or a phrase three times, in a row."""
    tokens = text.split()
    for size in range(1, 9):
        found = _loop(tokens, size, 4 if size == 1 else 3)
        if found:
            return found
    match = re.search(r"(?=\S*[^\W\d_])(\S{1,12}?)\1{5,}", text)
    return match.group(1) if match and _has_letters(match.group(1)) else None


def _loop(tokens: Sequence[str], size: int, times: int) -> str | None:
    run = 0
    for i in range(size, len(tokens)):
        run = run + 1 if tokens[i].lower() == tokens[i - size].lower() else 0
        if run >= size * (times - 1):
            phrase = " ".join(tokens[i - size + 1 : i + 1])
            if _has_letters(phrase):
                return phrase
    return None


def _length(source: str, target: str, source_language: str, target_language: str) -> FidelityFinding | None:
    ratio = length_ratio(source, target, source_language, target_language)
    if ratio < _SHORT:
        return FidelityFinding("truncation", "missing", source, target)
    return FidelityFinding("length", "added", source, target) if ratio > _LONG else None
