"""Find the office or function that a text gives a person: ``옥성훈 거제시장``, ``the president, Hiroaki Ueno``.

The table ``tables/roles.json`` names functions in the three languages. One word may stand for several (``président``:
president or chairman), so a value is a set of functions joined by ``|``; two texts differ where the sets do not meet
and no function of one usually goes with one of the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from types import MappingProxyType

from pipeline.facts.lexicon import LANGUAGES, table
from pipeline.facts.spans import longest
from pipeline.records import Mention

__all__ = ["is_role", "role_spans", "roles", "roles_differ", "roles_meet"]

_REACH = 44  # characters between a name and its office, most
_WORDS_BETWEEN = 7
# What may stand between a name and its office: no verb, no other statement.
_BREAK = re.compile(
    r"[.;:!?«»“”\"()]|\b(?:said|says|told|added|was|is|were|are|has|had|with|and|met|who|whose|a|est|était|ont|avec|et|qui|dont)\b",
    re.IGNORECASE,
)
_KOREAN_BREAK = re.compile(r"[은는이가을를와과](?:\s|$)|[.,;:!?\"“”()]|에서\s|에게\s")


@cache
def _forms(language: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for concept, forms in table("roles")["roles"].items():
        for form in forms[language].split("|"):
            found.setdefault(form.lower(), set()).add(concept)
    return MappingProxyType({form: tuple(sorted(concepts)) for form, concepts in found.items()})


@cache
def _pattern(language: str) -> re.Pattern[str]:
    forms = "|".join(re.escape(f).replace("'", "['’]") for f in sorted(_forms(language), key=lambda f: (-len(f), f)))
    if language == "ko":
        # written behind the body it belongs to (거제시장), never behind a single syllable (경기장 is no 기장)
        return re.compile(
            rf"(?:(?<![가-힣])|(?<=[가-힣]{{2}}))(?:{forms})(?=은|는|이|가|을|를|의|도|과|와|에게|께|님|으로|인|\s|[,.\"“”’'()]|$)"
        )
    return re.compile(rf"(?<![\w-])(?:{forms})(?![\w-])", re.IGNORECASE)


def roles(text: str, language: str, names: Sequence[Mention]) -> list[Mention]:
    """Find the functions of the people of a sentence.

    Args:
        text: a sentence.
        language: ISO 639-1 code.
        names: its names.

    Returns:
        Mentions of kind ``role``: the span covers name and function, ``value`` is the set of functions, ``role`` the
        person as written. A function goes to the nearest name that stands beside it, each name gets one at most; one
        that goes to nobody stands alone, with ``role`` ``None``.
    """
    if language not in LANGUAGES:
        return []
    people = [n for n in names if n.kind == "name" and n.role != "organisation" and not n.value.isupper()]
    links = sorted(_links(text, language, people), key=lambda link: (link[0], link[1].start, link[2][0]))
    taken: set[tuple[int, int]] = set()
    found = []
    for _, person, (start, end, concepts) in links:
        keys = ((person.start, person.end), (start, end))
        if taken.isdisjoint(keys):
            taken.update(keys)
            first, last = min(person.start, start), max(person.end, end)
            found.append(Mention("role", concepts, text[first:last], first, last, role=person.surface))
    for start, end, concepts in _titles(text, language):
        if (start, end) not in taken:
            found.append(Mention("role", concepts, text[start:end], start, end))
    return sorted(found, key=lambda m: (m.start, m.end))


_Title = tuple[int, int, str]


def _links(text: str, language: str, people: Sequence[Mention]) -> Iterator[tuple[int, Mention, _Title]]:
    for start, end, concepts in _titles(text, language):
        for person in people:
            if person.end <= start:
                between = text[person.end : start]
                if _beside(between, language, after=True):
                    yield len(between), person, (start, end, concepts)
            elif end <= person.start:
                between = text[end : person.start]
                if _beside(between, language, after=False):
                    yield len(between), person, (start, end, concepts)


def role_spans(text: str, language: str) -> list[tuple[int, int, str]]:
    """Return the functions that a sentence gives its people: where the word stands, and what it stands for."""
    from pipeline.facts.names import names

    if language not in LANGUAGES:
        return []
    people = [n for n in names(text, language) if n.role in ("person", "other") and not n.value.isupper()]
    links = sorted(_links(text, language, people), key=lambda link: (link[0], link[1].start, link[2][0]))
    return list(dict.fromkeys(title for _, _, title in links))


def is_role(word: str, language: str) -> bool:
    """Tell whether a word names a function."""
    return language in LANGUAGES and word.lower() in _forms(language)


def _titles(text: str, language: str) -> list[_Title]:
    forms = _forms(language)
    spans = [
        Mention("role", "", m.group(), m.start(), m.end())
        for m in _pattern(language).finditer(text)
    ]  # fmt: skip
    kept = []
    for span in longest(spans):
        key = span.surface.lower().replace("’", "'")
        if key in forms:
            kept.append((span.start, span.end, "|".join(forms[key])))
    return kept


def _beside(between: str, language: str, *, after: bool) -> bool:
    """Tell whether a name and a function belong together by what stands between them."""
    if len(between) > _REACH or len(between.split()) > _WORDS_BETWEEN:
        return False
    if language == "ko":
        if after:  # 함승연 국가기상센터 예보과장, 옥성훈 거제시장
            return between[:1] in (" ", "(") and not _KOREAN_BREAK.search(re.sub(r"^\(\d+\)", "", between))
        return between == " "  # 피벗 채유리, 거제시장 옥성훈
    if after:  # Ok Sung-hoon, vice-governor of ..., Ham Seung-yeon, a forecaster at ...
        return re.match(r",?\s(?:\(|(?:the|an?|its|their|le|la|l['’])?)", between) is not None and not _breaks(
            between[1:]
        )
    comma = "," in between  # "said its manager, Bu Chang-min", "the president of the bank, A B", "coach A B"
    return between.strip() == "" or (not _breaks(between) and (comma or _is_adjective(between, language)))


def _breaks(between: str) -> bool:
    return _BREAK.search(re.sub(r"^\s?(?:a|an|the|l['’]|la|le)\s", " ", between)) is not None


def _is_adjective(between: str, language: str) -> bool:
    """Tell whether one lower-case word stands between, as in "le coach danois Mikkel Thorsager"."""
    words = between.split()
    return (
        language == "fr" and len(words) <= 1 and all(w.islower() and w not in ("de", "du", "à", "par") for w in words)
    )


@cache
def _alike() -> frozenset[frozenset[str]]:
    return frozenset(frozenset(pair) for pair in table("roles")["alike"])


def roles_meet(a: str, b: str) -> bool:
    """Tell whether two values share a function."""
    return not set(a.split("|")).isdisjoint(b.split("|"))


def roles_differ(a: str, b: str) -> bool:
    """Tell whether two values cannot be said of one office: no function in common, and none that goes with another."""
    if roles_meet(a, b):
        return False
    return not any(frozenset(pair) in _alike() for pair in product(a.split("|"), b.split("|")))
