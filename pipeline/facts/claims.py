"""Add to the facts of a sentence what a comparison of accounts needs beside values: places, roles, outcomes, deadlines.

A name in a place's position (*in Hallim*, *à Geoje*, 거제에서) is a place whatever it looks like; *in ten days* is a
date as well as a duration.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.facts.outcomes import outcomes
from pipeline.facts.roles import is_role, roles
from pipeline.facts.romanise import name_key
from pipeline.records import Mention

__all__ = ["claims", "is_located"]

_PLACE_BEFORE = {
    "en": re.compile(
        r"(?:^|[\s(“\"—–-])(?:in|at|near|off|outside|across)\s(?:the\s|central\s|downtown\s)?$", re.IGNORECASE
    ),
    "fr": re.compile(
        r"(?:^|[\s(«—–-])(?<!face )(?<!grâce )(?<!quant )(?<!rapport )(?<!opposer )(?<!opposé )(?<!dit )(?<!donné )"
        r"(?:à|au|en|dans|près\sd(?:e|['’])|sur\sl['’]île\sd(?:e|['’])|au\slarge\sd(?:e|['’]))\s?(?:la\s|l['’])?$",
        re.IGNORECASE,
    ),
}
_PLACE_AFTER = re.compile(
    r"(?:시|군|구|읍|면|동|도|항|역)?(?:\s(?:앞바다|해안|인근|일대|지역|해상|시내|외곽))?"
    r"(?:에서|에\s(?:상륙|도착|위치|있|설치|건립|문을|입원|머물|모였|모여|들어서|착륙|추락))"
)
_DAYS = {
    "en": (re.compile(r"\bin\s$", re.IGNORECASE), re.compile(r"\sago\b"), re.compile(r"\s(?:time\b|from now\b)")),
    "fr": (re.compile(r"\bdans\s$", re.IGNORECASE), re.compile(r"(?!)"), re.compile(r"(?!)")),
    "ko": (
        re.compile(r"(?!)"),
        re.compile(r"\s?전(?:에|의|인)?(?=\s|$|[,.])"),
        re.compile(r"\s?(?:뒤|후)(?:에|인|의)?(?=\s|$|[,.])"),
    ),
}
_AGO_BEFORE = {"fr": re.compile(r"\bil y a\s$", re.IGNORECASE)}
_WHOLE_DAYS = re.compile(r"P(\d+)([DW])")
_MOST_DAYS = 60


def claims(text: str, language: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Return the mentions of a sentence with those of its outcomes, roles and deadlines, places marked.

    Args:
        text: a sentence.
        language: its language, ISO 639-1.
        mentions: what :func:`pipeline.facts.parse.parse` found in it, dates not yet resolved.
    """
    named = [_placed(_untitled(m, language), text, language) for m in mentions]
    found = [*named, *_deadlines(text, language, named), *outcomes(text, language), *roles(text, language, named)]
    return sorted(found, key=lambda m: (m.start, m.end, m.kind, m.value))


def _untitled(mention: Mention, language: str) -> Mention:
    """Take the function off the head of a name that was left on it: 피벗 채유리, Père Johnson."""
    if mention.kind != "name" or mention.role in ("organisation", "place"):
        return mention
    head, _, rest = mention.surface.partition(" ")
    if not rest or not is_role(head, language):
        return mention
    return replace(mention, surface=rest, value=name_key(rest), start=mention.end - len(rest), role="person")


def is_located(text: str, language: str, start: int, end: int) -> bool:
    """Tell whether a name stands where a place stands: after *in*, *à*, before 에서."""
    if language == "ko":
        return _PLACE_AFTER.match(text, end) is not None
    before = _PLACE_BEFORE.get(language)
    return before is not None and before.search(text[max(0, start - 28) : start]) is not None


def _placed(mention: Mention, text: str, language: str) -> Mention:
    if mention.kind != "name" or mention.role != "other":
        return mention
    here = is_located(text, language, mention.start, mention.end)
    return replace(mention, role="place") if here else mention


def _deadlines(text: str, language: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Read durations counted from today as dates: in ten days, dans dix jours, 열흘 전."""
    if language not in _DAYS:
        return []
    before, ago, ahead = _DAYS[language]
    past = _AGO_BEFORE.get(language)
    found = []
    for m in mentions:
        days = _days(m)
        if days is None:
            continue
        lead = text[max(0, m.start - 10) : m.start]
        head = before.search(lead) or (past.search(lead) if past else None)
        tail = ago.match(text, m.end) or ahead.match(text, m.end)
        if head is None and tail is None:
            continue
        back = ago.match(text, m.end) is not None or bool(past and past.search(lead))
        start, end = (m.start - len(head.group()) if head else m.start), (tail.end() if tail else m.end)
        value = f"D{'-' if back else '+'}{days}"
        approximate = m.approximate or m.value.endswith("W")
        found.append(Mention("date", value, text[start:end], start, end, approximate=approximate))
    return found


def _days(mention: Mention) -> int | None:
    match = _WHOLE_DAYS.fullmatch(mention.value) if mention.kind == "duration" else None
    if match is None:
        return None
    days = int(match.group(1)) * (7 if match.group(2) == "W" else 1)
    return days if 0 < days <= _MOST_DAYS else None
