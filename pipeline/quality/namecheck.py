"""Check the names whose form is certain: countries, and names that a Korean text writes in Latin letters."""

from __future__ import annotations

import re

from pipeline.facts.places import places
from pipeline.facts.romanise import fold, name_similarity
from pipeline.records import FidelityFinding

__all__ = ["check_names"]

_LATIN_NAME = re.compile(r"(?<![\w@./-])[A-Z][a-zà-ÿ]{2,}(?:[ '’-][A-Z][a-zà-ÿ]+)+")


def check_names(
    source: str, target: str, source_language: str, target_language: str
) -> tuple[list[FidelityFinding], int, int]:
    """Return findings, how many names could be checked, and how many of them were kept."""
    findings = [*_countries(source, target, source_language, target_language)]
    checked = _latin_names(source) if source_language == "ko" and target_language != "ko" else []
    lost = [name for name in checked if not _present(name, target)]
    findings.extend(FidelityFinding("name", "missing", name, None) for name in lost)
    return findings, len(checked) + len(findings) - len(lost), len(checked) - len(lost)


def _countries(source: str, target: str, source_language: str, target_language: str) -> list[FidelityFinding]:
    """Report one country replaced by another; a country left out or told by its people is free rendering."""
    here = {m.value: m.surface for m in places(source, source_language) if len(m.value) == 2}
    there = {m.value: m.surface for m in places(target, target_language) if len(m.value) == 2}
    gone = [code for code in here if code not in there]
    new = [code for code in there if code not in here]
    if len(gone) != 1 or len(new) != 1 or set(gone + new) in ({"KR", "KP"},):
        return []
    if _told_otherwise(source, new[0], source_language) or _told_otherwise(target, gone[0], target_language):
        return []
    return [FidelityFinding("name", "changed", here[gone[0]], there[new[0]])]


def _told_otherwise(text: str, code: str, language: str) -> bool:
    """Tell whether a text speaks of a country through its adjective or a short form: américain, 영국인, German."""
    from babel import Locale

    names = [str(Locale.parse(language).territories[code])]
    stem = 2 if language == "ko" else 4
    return any(fold(n)[:stem] in fold(text) for n in names)


def _latin_names(text: str) -> list[str]:
    return _LATIN_NAME.findall(text)


def _present(name: str, target: str) -> bool:
    if fold(name) in fold(target):
        return True
    words = target.split()
    size = len(name.split())
    spans = (" ".join(words[i : i + size]) for i in range(len(words) - size + 1))
    return any(name_similarity(name, re.sub(r"[^\w\s'’-]", "", s)) >= 0.8 for s in spans)
