"""Find names of people, organisations and places, under keys that meet across scripts.

The value is a country code or time zone for a place that CLDR knows, else the folded Latin form of the name
(:func:`pipeline.facts.romanise.name_key`). Spellings of one name differ; :func:`name_similarity` compares them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any

from pipeline.facts.korean_names import korean_names
from pipeline.facts.lexicon import common_words, table
from pipeline.facts.places import places
from pipeline.facts.romanise import fold, name_key
from pipeline.facts.spans import free, longest
from pipeline.records import Mention

__all__ = ["acronyms", "names"]

_WORD = r"[^\W\d_](?:[\w&]|['’.‐‑-](?=\w))*"
_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-ÞŒ]|[a-z][A-Z][a-z]{2}")  # iPark, eBay, but not kWh and mRNA
_TOKEN = re.compile(rf"{_WORD}\.?|&|\S")
_ACRONYM = re.compile(r"(?P<name>[^()]{3,90}?)\s?\((?P<short>[A-Z][A-Za-z&-]*[A-Z][A-Za-z]*)\b[^()]{0,60}\)")
_LEGAL = frozenset(("Co", "Corp", "GmbH", "Inc", "LLC", "LLP", "LP", "Limited", "Ltd", "PLC", "S.A", "SARL", "SAS"))
_SIDES = frozenset(("North", "South", "East", "West", "Latin"))  # South Korean
_CENTURY = re.compile(r"[IVXL]+(?:e|ème)")  # XXIe siècle
_TITLE_CASE = 0.85  # share of long words with a capital from which a line is a headline and capitals say nothing
_FULL_STOP = re.compile(r"(?<!\b[A-Z])(?<!Inc)(?<!Ltd)\.[\s\"”’')»]*$")
_LIST_COMMAS = 2  # "Hiroaki Ueno, President, Japan Association" is an entry of a list, no headline
_ELISION = re.compile(r"^(?:[dlDL]|[qQ]u|[sS]|[jJ]usqu|[nN])['’](?=[A-ZÀ-ÖØ-Þ])")


@dataclass(frozen=True, slots=True)
class _Lists:
    """Hold the words that decide about capitalised words in one language."""

    titles: frozenset[str]
    ranks: frozenset[str]  # that stand before a title and belong to it: Senior Vice President
    organisation: frozenset[str]
    place: frozenset[str]
    particles: frozenset[str]
    starters: frozenset[str]
    calendar: frozenset[str]
    lower_heads: frozenset[str]  # that begin an organisation's name in lower case: université


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    text: str
    initial: bool


def names(text: str, language: str) -> list[Mention]:
    """Find the names of a text, in order, without overlaps."""
    known = places(text, language)
    if language == "ko":
        return longest([*known, *free(korean_names(text), known)])
    found = [m for m in _capitalised(text, language) if not _is_compound(m, known)]
    known = _unless_inside(known, found)
    kept = [m for m in found if not any(k.start < m.end and m.start < k.end for k in known)]
    return _with_acronyms(text, longest([*known, *kept]))


def _is_compound(mention: Mention, known: list[Mention]) -> bool:
    """Tell whether a name is nothing but places joined by hyphens: Corée-Japon."""
    inside = sum(k.end - k.start for k in known if mention.start <= k.start and k.end <= mention.end)
    return "-" in mention.surface and inside >= len(re.sub(r"[-\s]|South|North", "", mention.surface))


def _unless_inside(known: list[Mention], found: list[Mention]) -> list[Mention]:
    """Drop the places that are part of a longer name (University of Virginia, Bank of Japan)."""
    return [
        k
        for k in known
        if not any(f.start <= k.start and k.end <= f.end and f.end - f.start > k.end - k.start for f in found)
    ]


@cache
def _lists(language: str) -> _Lists:
    raw: Mapping[str, Any] = table("names")[language if language == "fr" else "en"]
    calendar = table("dates")[language if language == "fr" else "en"]
    words = [form for entry in (*calendar["months"], *calendar["weekdays"]) for form in entry.split("|")]
    return _Lists(
        titles=frozenset(raw["titles"]),
        ranks=frozenset(raw["ranks"]),
        organisation=frozenset(raw["organisation"]),
        place=frozenset(raw["place"]),
        particles=frozenset(raw["particles"]),
        starters=frozenset(raw["starters"]),
        lower_heads=frozenset(w for w in raw["organisation"] if w[0].islower()),
        calendar=frozenset(w.capitalize() for w in words) | _demonyms(language),
    )


@cache
def _demonyms(language: str) -> frozenset[str]:
    """Return the capitalised words that name a language or a people: Korean, Japanese."""
    from babel import Locale

    if language != "en":
        return frozenset()
    return frozenset(n for n in Locale.parse("en").languages.values() if " " not in n) | {
        "American",
        "British",
        "European",
        "Asian",
    }


def _capitalised(text: str, language: str) -> list[Mention]:
    lists = _lists(language)
    tokens = _tokens(text)
    if _is_title_case(text, tokens) and text.count(", ") < _LIST_COMMAS:
        tokens = [t for t in tokens if t.text.isupper() and len(t.text) > 1]
    found: list[Mention] = []
    run: list[_Token] = []
    for token in _without_legal_commas(tokens):
        legal = run and token.text.rstrip(".") in _LEGAL and text[run[-1].end : token.start] == ", "
        if legal or (run and _continues(text, run, token, lists)):
            run.append(token)
            continue
        found.extend(_close(text, run, lists))
        run = [token] if _CAPITAL.match(token.text) or token.text in lists.lower_heads else []
    found.extend(_close(text, run, lists))
    return found


def _without_legal_commas(tokens: Sequence[_Token]) -> Iterator[_Token]:
    """Leave out the commas before a legal form, which belongs to the name: Otsuka Co., Ltd."""
    for token, after in pairwise([*tokens, None]):
        if token is not None and not (token.text == "," and after is not None and after.text.rstrip(".") in _LEGAL):
            yield token


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    initial = True
    for match in _TOKEN.finditer(text):
        word, start = match.group(), match.start()
        if not word[0].isalpha() and word != "&":
            initial = initial or word in '.!?:;«“"‘<|•-–—'
            tokens.append(_Token(start, match.end(), word, False))
            continue
        elided = _ELISION.match(word)
        if elided:
            start, word = start + elided.end(), word[elided.end() :]
        stripped = (
            word
            if re.fullmatch(r"(?:\w\.)+\w?\.?|[A-Z]\.|(?:Co|Ltd|Inc|Corp|Mr|Mrs|Ms|Dr|St|Jr|Sr|Mt)\.", word)
            else word.rstrip(".")
        )
        stripped = re.sub(r"['’]s$", "", stripped)
        tokens.append(_Token(start, start + len(stripped), stripped, initial))
        initial = word.endswith(".") and stripped != word
    return tokens


def _is_title_case(text: str, tokens: list[_Token]) -> bool:
    """Tell whether most long words have a capital, in a sentence with its full stop all of them."""
    words = [t.text for t in tokens if len(t.text) >= 4 and t.text[0].isalpha()]
    share = 1.0 if _FULL_STOP.search(text) else _TITLE_CASE
    return len(words) >= 5 and sum(bool(_CAPITAL.match(w)) for w in words) >= share * len(words)


def _continues(text: str, run: list[_Token], token: _Token, lists: _Lists) -> bool:
    gap = text[run[-1].end : token.start]
    if gap.strip(" ") or len(gap) > 1 or (run[-1].text.endswith(".") and token.initial):
        return False
    if (run[-1].initial and run[-1].text in lists.starters) or run[-1].text.endswith(","):
        return False
    if _CAPITAL.match(token.text):
        return not token.initial or len(run[-1].text) <= 4
    if run[-1].text in lists.particles:
        return token.text in lists.particles and run[-1].text not in ("and", "et") and not _CAPITAL.match(run[0].text)
    if token.text in ("of", "and", "for", "et", "the") and _is_titled(text, run, lists):
        return False  # "Minister Oh Young-joo of SMEs": the name ends before "of"
    return token.text in lists.particles


def _is_titled(text: str, run: list[_Token], lists: _Lists) -> bool:
    return _office(run, lists) > 0 or _title_before(text, run[0].start, lists)


def _office(run: Sequence[_Token], lists: _Lists) -> int:
    """Return how many words a title before a name has: two in "Vice Governor Kenji Shuto", none in "General Motors"."""
    words = [t.text.rstrip(".") for t in run]
    reach = next((n for n, w in enumerate(words) if w not in lists.titles and w not in lists.ranks), len(words))
    while reach and words[reach - 1] not in lists.titles:
        reach -= 1
    return 0 if words[reach:] and all(w in lists.organisation for w in words[reach:]) else reach


def _close(text: str, run: list[_Token], lists: _Lists) -> list[Mention]:
    while run and (run[-1].text in lists.particles or run[-1].text in lists.starters - lists.organisation):
        run = run[:-1]
    while run and run[0].initial and run[0].text in lists.starters:
        run = run[1:]
    office = _office(run, lists)
    if len(run) > 1 and (office == len(run) or _is_office(text, run, lists)):
        return []
    run, titled = (run[office:], True) if office and len(run) > 1 else (run, False)
    while run and run[0].text in lists.particles and not _CAPITAL.match(run[0].text):
        run = run[1:]
    heads = run and run[0].text in lists.lower_heads and any(_CAPITAL.match(t.text) for t in run)
    if not run or not (heads or _CAPITAL.match(run[0].text)) or not _is_name(run, lists, titled):
        return []
    if _is_label(text, run) or _is_field(text, run):
        return []
    return [*_split_and(text, run, lists, titled or _title_before(text, run[0].start, lists))]


def _is_office(text: str, run: list[_Token], lists: _Lists) -> bool:
    """Tell whether words between commas say what a person is: Taro Mori, Japan Region Head, Acme Co., Ltd."""
    between = text[: run[0].start].endswith(", ") and text[run[-1].end :][:2] in (", ", "")
    return between and run[-1].text in lists.titles


def _is_label(text: str, run: list[_Token]) -> bool:
    """Tell whether a word in brackets says what follows: (Headquarters: Sejong)."""
    start, end = run[0].start, run[-1].end
    return len(run) == 1 and text[:start].endswith("(") and text[end:].startswith(":")


def _is_field(text: str, run: list[_Token]) -> bool:
    """Tell whether words say what an office is about: Head of Public Affairs, Vice President of Research."""
    before = text[max(0, run[0].start - 32) : run[0].start]
    return _OFFICE_OF.search(before) is not None and all(t.text.lower() in common_words("en") for t in run)


def _split_and(text: str, run: list[_Token], lists: _Lists, titled: bool) -> list[Mention]:
    """Part "Takeda and Astellas" into two names, unless an organisation holds the "and" together.

    The last "and" goes first: of "Ministry of Trade and Industry and Bank of Korea" it is the one between two bodies.
    """
    for i in range(len(run) - 1, -1, -1):
        parts = [any(t.text in lists.organisation for t in part) for part in (run[:i], run[i + 1 :])]
        whole = any(parts) and not all(parts)
        if run[i].text in ("and", "et") and not whole and 0 < i < len(run) - 1:
            return [*_split_and(text, run[:i], lists, titled), *_split_and(text, run[i + 1 :], lists, False)]
    start, end = run[0].start, run[-1].end
    surface = text[start:end]
    role = _role(text, run, lists, titled)
    return [Mention("name", fold(surface), surface, start, end, role=role)] if fold(surface) else []


def _is_name(run: list[_Token], lists: _Lists, titled: bool) -> bool:
    word = run[0].text
    if len(run) > 1 or titled:
        people = run[-1].text in lists.calendar and re.search(r"(?:an|ese|ish)$", run[-1].text) is not None
        small = lists.calendar | lists.starters | (_SIDES if people else frozenset())
        return not all(t.text in small for t in run)
    if word in lists.calendar or word in lists.starters or word.rstrip(".") in lists.titles or len(word) < 2:
        return False
    if word in lists.organisation or word in lists.place or _CENTURY.fullmatch(word):
        return False
    inner = bool(re.search(r"[A-Z]", word[1:]))
    return inner or not run[0].initial


def _title_before(text: str, start: int, lists: _Lists) -> bool:
    if text[:start].rstrip().endswith("(") or _ENTRY.search(text[max(0, start - 48) : start].rstrip()):
        return False
    before = text[max(0, start - 24) : start].rstrip()
    words = re.findall(r"[\w-]+", before)
    return bool(words) and (words[-1] in lists.titles or " ".join(words[-2:]) in lists.titles)


_OFFICE_OF = re.compile(r"\b(?:Head|Director|Manager|Officer|Secretary|Vice President) (?:of|for) $")
_ENTRY = re.compile(r",\s[A-Z][\w-]*(?:\s[A-Z][\w-]*)*,$")  # Park Hyun Sook, CEO, CEFObio: a body, nobody's office
_PERSON_TAIL = re.compile(
    r",\s(?:the\s|le\s|la\s)?(?:CEO|chief|chairman|president|director|minister|head|coach|mayor|governor|professor|\d{2}\b|"
    r"PDG|président|directeur|directrice|ministre|entraîneur|maire|professeur|âgé)",
    re.IGNORECASE,
)
_SAYS_TAIL = re.compile(
    r"\s(?:said|says|told|added|remarked|a (?:déclaré|dit|ajouté|souligné|affirmé|indiqué)|scored|led|won)\b"
)


def _role(text: str, run: list[_Token], lists: _Lists, titled: bool) -> str:
    words = {t.text.rstrip(".") for t in run}
    tail = text[run[-1].end :]
    if words & lists.organisation:
        return "organisation"
    if words & lists.place and not (run[0].text == "Park" and len(run) > 1 and _PERSON_TAIL.match(tail)):
        return "place"
    if titled:
        return "person"
    if all(t.text.isupper() for t in run):
        return "other"
    if len(run) > 1 and (_PERSON_TAIL.match(tail) or _SAYS_TAIL.match(tail)):
        return "person"
    given = re.fullmatch(r"[A-Z][a-z]+-[a-z]+", run[-1].text)  # Young-joo: a Korean given name
    return "person" if given and len(run) == 2 else "other"


def acronyms(text: str) -> dict[str, str]:
    """Map the acronyms that a text introduces to the name they stand for: "Ministry of SMEs and Startups (MSS)".

    The letters must begin words of the name, in order; letters of small words may be missing.
    """
    found: dict[str, str] = {}
    for match in _ACRONYM.finditer(text) if "(" in text else ():
        words = re.findall(r"[^\W_][\w'’-]*", match.group("name"))
        letters = match.group("short")
        start = _matching_words(words, [c for c in letters if c.isupper()])
        if start is not None:
            found.setdefault(letters, " ".join(words[start:]))
    return found


def _matching_words(words: list[str], letters: list[str]) -> int | None:
    """Return where the shortest tail of words whose capitals spell the letters begins."""
    for start in range(len(words) - 1, max(-1, len(words) - 12), -1):
        initials = [w[0] for w in words[start:] if w[0].isupper()]
        if initials == letters:
            return start
    return None


def _with_acronyms(text: str, mentions: list[Mention]) -> list[Mention]:
    known = acronyms(text)
    if not known:
        return mentions
    keys = {short: name_key(full) for short, full in known.items()}
    return [replace(m, value=keys[m.surface], role="organisation") if m.surface in keys else m for m in mentions]
