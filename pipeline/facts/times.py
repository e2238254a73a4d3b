"""Find times of day and durations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from pipeline.facts.korean import DAY_NOUNS
from pipeline.facts.numeral import Numeral, canonical
from pipeline.facts.quantity import Quantity
from pipeline.facts.spans import longest
from pipeline.records import Mention

__all__ = ["SECONDS", "day_nouns", "duration_after", "duration_mention", "times"]

# Mean Gregorian lengths, so that 12 months are a year and 365 days nearly one.
SECONDS = {
    "S": 1,
    "M": 60,
    "H": 3600,
    "D": 86400,
    "W": 604800,
    "MO": 2629746,
    "Y": 31556952,
    "DEC": 315569520,
    "CENT": 3155695200,
}
_ISO_CODE = {
    "S": "PT{}S",
    "M": "PT{}M",
    "H": "PT{}H",
    "D": "P{}D",
    "W": "P{}W",
    "MO": "P{}M",
    "Y": "P{}Y",
    "DEC": "P{}Y",
    "CENT": "P{}Y",
}
_YEARS_IN = {"DEC": 10, "CENT": 100}
_FORMS = {
    "en": {
        "S": "seconds?|secs?",
        "M": "minutes?|mins?",
        "H": "hours?|hrs?|hr",
        "D": "days?|nights?",
        "W": "weeks?",
        "MO": "months?",
        "Y": "years?|yrs?|seasons?",
        "DEC": "decades?",
        "CENT": "centuries",
    },
    "fr": {
        "S": "secondes?",
        "M": "minutes?|min",
        "H": "heures?|h",
        "D": "jours?|journées?|nuits?",
        "W": "semaines?",
        "MO": "mois",
        "Y": "ans?|années?|saisons?",
        "DEC": "décennies?",
        "CENT": "siècles",
    },
    "ko": {
        "S": "초(?:간)?(?![가-힣]*속)",
        "M": "분(?:간)?(?!기|의|야|쟁|석|류|량)",
        "H": "시간",
        "D": "일(?:간|째)?(?!본|부|반|정|자|체)|밤|박",
        "W": "주(?:일|간)?(?!년|택|민|요|장|자|가|식|의|도|지사|[^\\s가-힣]*당)",
        "MO": "개월(?:간)?|달(?:간)?(?!러)",
        "Y": "년(?:간)?(?!대|도)|해|시즌|세(?![기대계])|살",
    },
}
_SUFFIX_EN = re.compile(r"(?:[\s-](?:old|of\sage)\b|s?[\s-]old\b)")


@cache
def _duration(language: str) -> re.Pattern[str]:
    forms = _FORMS.get(language, _FORMS["en"])
    groups = "|".join(rf"(?P<{code}>{pattern})" for code, pattern in forms.items())
    end = "" if language == "ko" else r"(?![\w])"
    link = (
        r"(?:\s?여\s?)?\s?"
        if language == "ko"
        else r"[\s-](?:more\s|full\s|long\s|consecutive\s|petites\s|longues\s)?|(?=h)"
    )
    return re.compile(rf"(?:{link})(?:{groups}){end}", re.IGNORECASE)


def duration_after(text: str, end: int, language: str) -> tuple[str, int] | None:
    """Return the unit of time after a number, as a key of ``SECONDS``, and where it ends."""
    match = _duration(language).match(text, end)
    return (match.lastgroup or "", match.end()) if match else None


def duration_mention(text: str, span: tuple[int, int], quantity: Quantity, code: str, approximate: bool) -> Mention:
    """Build the mention of a duration; bounds are seconds."""
    start, end = span
    low, high = quantity.first.value * SECONDS[code], quantity.last.value * SECONDS[code]
    amount = "/".join(canonical(n.value * _YEARS_IN.get(code, 1)) for n in quantity.numerals)
    age = code == "Y" and re.search(r"(?:old|of age|세|살)$", text[start:end]) is not None
    return Mention(
        "duration",
        _ISO_CODE[code].format(amount),
        text[start:end],
        start,
        end,
        float(low),
        float(high),
        "s",
        "age" if age else None,
        approximate,
    )


def day_nouns(text: str) -> list[Mention]:
    """Find the Korean nouns that count days (열흘, 보름)."""
    tail = "(?=(?:간|째|동안|만에|뒤|후|전|씩|이|을|를|에|은|는|도|의|밤)?(?![가-힣]))"
    pattern = rf"(?<![가-힣])({'|'.join(DAY_NOUNS)}){tail}"
    found = []
    for match in re.finditer(pattern, text):
        days = DAY_NOUNS[match.group(1)]
        seconds = float(days * SECONDS["D"])
        found.append(
            Mention("duration", f"P{days}D", match.group(1), match.start(), match.end(1), seconds, seconds, "s")
        )
    return found


# --- times of day -----------------------------------------------------------------------------------------------------

_EN = (
    re.compile(r"\b(?P<h>[01]?\d|2[0-3])(?:[:.](?P<m>[0-5]\d))?\s?(?P<half>[ap])\.?\s?m\b\.?", re.IGNORECASE),
    re.compile(r"(?<![\d:.,])(?P<h>[01]?\d|2[0-3]):(?P<m>[0-5]\d)(?::[0-5]\d)?(?![\d:]|\s?[ap]\.?m)"),
    re.compile(r"\b(?P<h>1[0-2]|[1-9])\s?o['’]clock(?:\sin\sthe\s(?P<part>morning|afternoon|evening))?"),
    re.compile(r"\b(?P<h>\d{2})(?P<m>[0-5]\d)(?=\s(?:UTC|GMT|hours|local time))"),
    re.compile(r"\b(?P<word>noon|midday|midnight)\b"),
)
_FR = (
    re.compile(
        r"(?<![\d:.,])(?P<h>[01]?\d|2[0-4])\s?(?:h|heures?|H)\s?(?P<m>[0-5]\d)?(?![\w])"
        r"(?:\s(?:du\s|de\sl['’])(?P<part>matin|après-midi|soir))?"
    ),
    re.compile(r"(?<![\d:.,])(?P<h>[01]?\d|2[0-3]):(?P<m>[0-5]\d)(?![\d:])"),
    re.compile(r"\b(?P<h>\d{2})(?P<m>[0-5]\d)(?=\s(?:UTC|GMT))"),
    re.compile(r"\b(?P<word>midi|minuit)\b"),
)
_KO = (
    re.compile(
        r"(?:(?P<part>오전|오후|새벽|아침|낮|저녁|밤|정오)\s?(?:약\s)?)?(?<![\d.,])(?P<h>[01]?\d|2[0-4])\s?시(?!간|즌|리|장|민|도|속|대|기|가|작|험)"
        r"(?:\s?(?P<m>[0-5]?\d)\s?분|\s?(?P<thirty>반))?"
    ),
    re.compile(
        r"(?:(?P<part>오전|오후|새벽|아침|낮|저녁|밤)\s?)?(?<![\d:.,])(?P<h>[01]?\d|2[0-3]):(?P<m>[0-5]\d)(?![\d:])"
    ),
    re.compile(r"(?<!\d)(?P<h>\d{2})(?P<m>[0-5]\d)(?=\s(?:UTC|GMT))"),
    re.compile(r"(?P<word>정오|자정)"),
)
_NAMED = {"noon": 12, "midday": 12, "midnight": 0, "midi": 12, "minuit": 0, "정오": 12, "자정": 0}
_AFTERNOON = ("p", "오후", "저녁", "밤", "afternoon", "evening", "après-midi", "soir")
_MORNING = ("a", "오전", "새벽", "아침", "morning", "matin")
# A French "11 heures" is a time after these and a duration otherwise.
_FR_TIME_LEAD = re.compile(
    r"(?:\b(?:à|vers|dès|entre|avant|après|peu après|jusqu['’]à|partir de|depuis|autour de|environ|et|midi|lundi|mardi|"
    r"mercredi|jeudi|"
    r"vendredi|samedi|dimanche|demain|hier|matin|soir|le \d{1,2})\s|\()$",
    re.IGNORECASE,
)
_FR_DURATION_TAIL = re.compile(
    r"\s(?:de\s(?:route|marche|train|vol|voiture|retard|travail|jeu|débat)|plus tard|par|d['’]|après|durant|sur)"
)


def times(text: str, language: str, numerals: Sequence[Numeral] = ()) -> list[Mention]:
    """Find the times of day; values are ``T06:00``, role ``12h`` where morning or evening is left open."""
    patterns = {"fr": _FR, "ko": _KO}.get(language, _EN)
    found = []
    for pattern in patterns:
        for match in pattern.finditer(text):
            mention = _time(match, language)
            if mention is not None:
                found.append(mention)
    if language == "fr":
        found.extend(_french_words(text, numerals))
    if language == "ko":
        found.extend(_korean_words(text, numerals))
    return longest(found)


def _time(match: re.Match[str], language: str) -> Mention | None:
    groups = match.groupdict()
    word = groups.get("word")
    if word:
        return replace(_mention(match.string, match.span(), (_NAMED[word.lower()], 0), None), role=None)
    minute = int(groups.get("m") or (30 if groups.get("thirty") else 0))
    part = groups.get("half") or groups.get("part")
    if language == "fr" and not groups.get("m") and not part and not _french_time(match):
        return None
    end = match.end() if groups.get("m") or part or language != "fr" else len(match.group().rstrip()) + match.start()
    return _mention(match.string, (match.start(), end), (int(groups["h"]), minute), part)


def _french_time(match: re.Match[str]) -> bool:
    lead = match.string[max(0, match.start() - 16) : match.start()]
    if _FR_DURATION_TAIL.match(match.string, match.end()):
        return False
    return (
        _FR_TIME_LEAD.search(lead) is not None
        or re.match(r",?\s(?:heure|GMT|UTC|locale)", match.string[match.end() :]) is not None
    )


def _mention(text: str, span: tuple[int, int], clock: tuple[int, int], part: str | None) -> Mention:
    """Build the mention of a time; without a part of the day an hour up to 12 stays open (role ``12h``)."""
    (start, end), (hour, minute) = span, clock
    key = (part or "").lower()
    role = None
    if key in _AFTERNOON and hour < 12:
        hour += 12 if not (key == "밤" and hour < 5) else 0
    elif (key == "a" and hour == 12) or (key == "밤" and hour == 12):
        hour = 0
    elif not key and hour <= 12 and not text[start : start + 2].startswith("0"):
        role = "12h"
    return Mention("time", f"T{hour % 24:02d}:{minute:02d}", text[start:end], start, end, role=role)


def _french_words(text: str, numerals: Sequence[Numeral]) -> list[Mention]:
    found = []
    for numeral in numerals:
        tail = re.compile(r"\sheures?\b").match(text, numeral.end)
        lead = text[max(0, numeral.start - 16) : numeral.start]
        if numeral.digits or not tail or numeral.value > 24 or not _FR_TIME_LEAD.search(lead):
            continue
        if lead.rstrip().lower().endswith(("après", "environ", "et", "avant", "depuis")) or _FR_DURATION_TAIL.match(
            text, tail.end()
        ):
            continue
        found.append(_mention(text, (numeral.start, tail.end()), (int(numeral.value), 0), None))
    return found


def _korean_words(text: str, numerals: Sequence[Numeral]) -> list[Mention]:
    found = []
    for numeral in numerals:
        tail = re.compile(r"\s?시(?=[\s에께쯤경부까.,]|$)(?:\s?반)?").match(text, numeral.end)
        if numeral.digits or numeral.plural or not tail or not 1 <= numeral.value <= 12:
            continue
        lead = re.search(r"(오전|오후|새벽|아침|낮|저녁|밤)\s?$", text[max(0, numeral.start - 4) : numeral.start])
        start = numeral.start - len(lead.group()) if lead else numeral.start
        minute = 30 if tail.group().endswith("반") else 0
        found.append(_mention(text, (start, tail.end()), (int(numeral.value), minute), lead.group(1) if lead else None))
    return found
