"""Find names that a translation put in place of others, and Latin names of a Korean text that it lost.

Every word of the target that may be a name is looked for in the source, and the other way round. Faithful translations
leave names out and add first names; a name from nowhere is rarer, and one from nowhere beside one that got lost is an
alteration. So the evidence is weighed, and only what passes a limit is reported.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.facts.romanise import fold, name_similarity
from pipeline.facts.terms import terms
from pipeline.facts.transcribe import heard, sound
from pipeline.quality.namesupport import support
from pipeline.quality.nametokens import NameToken, name_tokens, sounds_foreign
from pipeline.records import FidelityFinding

__all__ = ["NAME_LIMIT", "Doubt", "check_names", "doubts"]

_LATIN_NAME = re.compile(r"(?<![\w@./-])[A-Z][a-zà-ÿ]{2,}(?:[ '’-][A-Z][a-zà-ÿ]+)+")
_HANGUL = re.compile(r"[가-힣]")
# From a logistic model of NTREX-128 sentences, half of the documents, against the same with one name exchanged;
# weights relative to that of a capitalised word inside a sentence.
_ADDED = {"proper": 1.0, "rare": 0.5, "common": 0.0, "acronym": 0.0}
_LOAN_WEIGHT = 0.45  # with a lost name of foreign sound only
_NO_NAME = ("common", "loan")
_LOST, _LOST_UNSURE = 0.4, 0.28
NAME_LIMIT = 0.8
_LOW, _HIGH = 0.15, 0.3  # what is found better than 1 - _LOW is there, what worse than 1 - _HIGH is not
_SHORT, _LONG_HANGUL, _SOME_LOST = 0.55, 5, 0.2
_SPELT, _RESEMBLING = 0.85, 0.7


@dataclass(frozen=True, slots=True)
class Doubt:
    """Hold a name and how far it seems to have no counterpart: 0 it has one, 1 it has none."""

    token: NameToken
    absence: float
    transcribed: bool
    beside: bool = False
    """A neighbour in the same name has its counterpart: a first name that was added."""


def doubts(here: str, here_language: str, there: str, there_language: str) -> list[Doubt]:
    """Judge every name of one sentence by the other."""
    tokens = name_tokens(here, here_language)
    found = [1.0 - support(t, here, here_language, there, there_language) for t in tokens]
    if "ko" in (here_language, there_language):
        absences = [_absence(t, a) for t, a in zip(tokens, found, strict=True)]
    else:
        absences = [float(a > 1.0 - _SPELT) for a in found]
    beside = [_is_beside(i, tokens, absences) for i in range(len(tokens))]
    return [Doubt(t, a, _is_transcribed(t), b) for t, a, b in zip(tokens, absences, beside, strict=True)]


def _absence(token: NameToken, missed: float) -> float:
    """Return how far a name is missing across scripts; one with a single consonant (Lee) never is for sure."""
    absence = min(1.0, max(0.0, (missed - _LOW) / (_HIGH - _LOW)))
    short = not _HANGUL.search(token.text) and len(re.sub(r"[aeiou.K]", "", sound(token.text))) < 2
    return min(absence, _SHORT) if short else absence


def _is_beside(index: int, tokens: Sequence[NameToken], absences: Sequence[float]) -> bool:
    token = tokens[index]
    return any(
        a == 0.0 and o.sort not in _NO_NAME and (0 <= token.start - o.end <= 1 or 0 <= o.start - token.end <= 1)
        for o, a in zip(tokens, absences, strict=True)
        if o is not token
    )


def _is_transcribed(token: NameToken) -> bool:
    if not _HANGUL.search(token.text):
        return token.sort == "proper" and not token.initial
    return sounds_foreign(token.text)


def check_names(
    source: str, target: str, source_language: str, target_language: str
) -> tuple[list[FidelityFinding], int, int]:
    """Return findings, how many names of the source could be checked, and how many of them were kept."""
    if source_language == target_language:
        return [], 0, 0
    added = doubts(target, target_language, source, source_language)
    lost = doubts(source, source_language, target, target_language)
    findings = _exchanged(added, lost, "ko" in (source_language, target_language))
    reported = {f.source for f in findings}
    checked = _LATIN_NAME.findall(source) if source_language == "ko" and target_language != "ko" else []
    missing = [name for name in checked if not _present(name, target) and name not in reported]
    findings.extend(FidelityFinding("name", "missing", name, None) for name in missing)
    kept = sum(d.absence == 0.0 and d.token.sort not in _NO_NAME for d in lost)
    return findings, kept + sum(f.source is not None for f in findings), kept


def _exchanged(added: Sequence[Doubt], lost: Sequence[Doubt], korean: bool) -> list[FidelityFinding]:
    """Report the names of the target that came from nowhere, the first with the name it may stand for."""
    weigh = _by_sound if korean else _by_spelling
    gone = sorted((d for d in lost if _weight_lost(d) > 0.0), key=lambda d: (-_weight_lost(d), d.token.start))
    found = [d for d in added if weigh(d, _behind(d, gone, korean)) >= NAME_LIMIT]
    findings = []
    for i, doubt in enumerate(found):
        source = gone[i].token.text if i < len(gone) else None
        findings.append(FidelityFinding("name", "changed" if source else "added", source, doubt.token.text))
    return findings


def _behind(doubt: Doubt, gone: Sequence[Doubt], korean: bool) -> float:
    """Return the weight of the heaviest lost name, but for those that may be this very name, heard badly."""
    for lost in gone:
        if not korean or _resemblance(doubt.token.text, lost.token.text) < _RESEMBLING:
            return _weight_lost(lost)
    return 0.0


def _resemblance(a: str, b: str) -> float:
    latin, hangul = (b, a) if _HANGUL.search(a) else (a, b)
    return heard(latin, hangul).score


def _weight_lost(doubt: Doubt) -> float:
    if doubt.token.sort in _NO_NAME:
        return 0.0
    if doubt.token.sort == "acronym" and not terms(doubt.token.text, "en"):
        return 0.0  # an acronym is spelt out in too many ways to be missed, unless it is a country or the like
    return doubt.absence * (_LOST if doubt.transcribed else _LOST_UNSURE)


def _by_sound(doubt: Doubt, behind: float) -> float:
    """Weigh a name across scripts, with the heaviest name that the source seems to have lost."""
    korean = _HANGUL.search(doubt.token.text) is not None
    weight = _hangul_weight(doubt) if korean else _ADDED[doubt.token.sort]
    return doubt.absence * weight + behind if doubt.absence and weight else 0.0


def _hangul_weight(doubt: Doubt) -> float:
    """Weigh a Korean proper noun: Korean repeats names where other languages use a pronoun, so most need a lost one."""
    if doubt.token.sort == "loan":
        return _LOAN_WEIGHT
    if doubt.transcribed:
        return 1.0 if len(doubt.token.text) >= _LONG_HANGUL else 0.85 if doubt.beside else 0.7
    return 0.6 if terms(doubt.token.text, "ko") else 0.55


def _by_spelling(doubt: Doubt, behind: float) -> float:
    """Weigh a name that both languages should spell alike: inside a sentence alone, elsewhere beside a lost one."""
    if doubt.absence == 0.0:
        return 0.0
    token = doubt.token
    certain = token.sort in ("proper", "rare") and not token.initial and not doubt.beside
    return float(
        certain or (token.sort == "proper" and behind >= _SOME_LOST) or (token.sort == "rare" and behind >= _LOST)
    )


def _present(name: str, target: str) -> bool:
    if fold(name) in fold(target):
        return True
    words = target.split()
    size = len(name.split())
    spans = (" ".join(words[i : i + size]) for i in range(len(words) - size + 1))
    return any(name_similarity(name, re.sub(r"[^\w\s'’-]", "", s)) >= 0.8 for s in spans)
