"""Render names: Korean people in Latin letters, places by CLDR, names that the text itself gives in Latin letters.

A Hangul string is only romanised where it is plainly a Korean person: a known surname, a given name of syllables that
Korean names are made of, and a title behind it or the tagger's word that it is a proper noun. Foreign names in Hangul
(바이든, 기시다) are left to the tables and to the Latin form in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache

from pipeline.facts.places import places
from pipeline.facts.press_terms import PARTICLES
from pipeline.facts.rendering import Rendering, forms
from pipeline.facts.romanise import name_similarity, romanise
from pipeline.records import Mention
from pipeline.text import without_surrogates

__all__ = [
    "glossed_names",
    "is_derived",
    "korean_people",
    "place_name",
    "place_renderings",
    "romanise_person",
    "with_title",
]

_LATIN_GLOSS = re.compile(r"\((?P<latin>[A-Z][A-Za-zÀ-ÿ.'’-]*(?:\s(?:[a-z]{1,3}\s)*[A-Z][A-Za-zÀ-ÿ.'’-]*){0,4})\)")
_ALIKE = 0.55  # a Hangul spelling and its Latin original lie above this, unrelated words mostly below


# --- people -----------------------------------------------------------------------------------------------------------


def romanise_person(name: str) -> tuple[str, ...]:
    """Spell a Korean personal name in Latin letters, the usual form first: Yoon Seok-yeol, Yoon Suk-yeol.

    Args:
        name: two to four Hangul syllables, surname first.

    Returns:
        Spellings, empty when the surname is not a Korean one.
    """
    surname, given = _parts(name)
    spellings = str(forms("surnames").get(surname, "")).split("|")
    if not surname or not given or not spellings[0]:
        return ()
    plain = _hyphenated([romanise(c) for c in given])
    custom = _hyphenated([str(forms("given_spellings").get(c) or romanise(c)) for c in given])
    first = [f"{spellings[0]} {plain}", f"{spellings[0]} {custom}"]
    return tuple(dict.fromkeys([*first, *(f"{s} {plain}" for s in spellings[1:])]))


def _hyphenated(syllables: Sequence[str]) -> str:
    return "-".join(syllables).capitalize()


def _parts(name: str) -> tuple[str, str]:
    surnames = forms("surnames")
    if len(name) >= 3 and name[:2] in surnames:
        return name[:2], name[2:]
    return (name[:1], name[1:]) if name[:1] in surnames else ("", "")


_NO_ENDING = "가다노능돈락모사벽변별"  # syllables that begin a Korean given name but hardly end one: 기시다


def _looks_korean(name: str, frequent: bool) -> bool:
    surname, given = _parts(name)
    syllables = table_of("given")
    common = not frequent or len(surname) == 2 or surname in table_of("frequent_surnames")
    ends = len(given) == 2 and given[1] not in _NO_ENDING
    return bool(surname) and common and ends and all(c in syllables for c in given)


@cache
def table_of(name: str) -> frozenset[str]:
    """Return the members of a section: the characters of a string, or the items of a list."""
    from pipeline.facts.lexicon import table

    return frozenset(table("render")[name])


@cache
def _titled() -> re.Pattern[str]:
    from pipeline.facts.lexicon import table

    known: Sequence[str] = [*forms("titles"), *table("render")["bare_titles"]]
    titles = "|".join(re.escape(t) for t in sorted(known, key=len, reverse=True))
    # An office may stand between: 오영주 중소벤처기업부 장관. Then the title is not part of the rendering.
    return re.compile(
        rf"(?<![가-힣])(?P<name>[가-힣]{{3,4}})\s(?P<office>[가-힣A-Za-z]{{2,12}}\s)?(?P<title>{titles})"
        rf"(?=(?:{PARTICLES})?(?![가-힣]))"
    )


def korean_people(text: str, mentions: Sequence[Mention], target: str) -> list[Rendering]:
    """Render the Korean people of a Korean text; with a title where it goes before the name in English.

    Args:
        text: Korean text.
        mentions: its names, as :func:`pipeline.facts.names.names` finds them.
        target: language to write in; the spelling is the same in French and English.
    """
    found = []
    for match in _titled().finditer(text):
        if _looks_korean(match["name"], frequent=False) and _is_proper(
            match["name"], match.group()[len(match["name"]) :].strip()
        ):
            found.append(_person(match, target))
    for mention in mentions:
        found.extend(_untitled(text, mention))
    return found


def _person(match: re.Match[str], target: str) -> Rendering:
    spellings = romanise_person(match["name"])
    plain = Rendering(spellings[0], match.start("name"), match.end("name"), False, spellings[1:])
    return plain if match["office"] else with_title(match.string, plain, target)


@cache
def _title_after() -> re.Pattern[str]:
    titles = "|".join(re.escape(t) for t in sorted(forms("titles"), key=len, reverse=True))
    return re.compile(rf"\s(?P<title>{titles})(?=(?:{PARTICLES})?(?![가-힣]))")


def with_title(text: str, name: Rendering, target: str) -> Rendering:
    """Take in the title behind a Korean text's name, where English puts it before: President Yoon."""
    match = _title_after().match(text, name.end)
    title = str(forms("titles")[match["title"]]) if match else ""
    if match is None or target != "en" or not title[0].isupper():
        return name
    spellings = (name.text, *name.alternatives)
    titled = tuple(f"{title} {s}" for s in spellings)
    return Rendering(titled[0], name.start, match.end(), False, (*titled[1:], *spellings))


def _untitled(text: str, mention: Mention) -> Iterator[Rendering]:
    """Render a proper noun that is a surname and a given name, standing as a word of its own."""
    if mention.kind != "name" or mention.role in ("place", "organisation"):
        return
    end = mention.end
    for match in re.finditer(r"(?<![가-힣])[가-힣]{3}(?![가-힣])", mention.surface):
        name, start = match.group(), mention.start + match.start()
        closed = re.match(rf"(?:{PARTICLES})?(?![가-힣])", text[start + 3 :]) is not None
        lonely = start + 3 == end and not re.match(r"\s?(?:시|도|군|구|읍|면|동|역|산|강|섬)(?![가-힣]{2})", text[end:])
        if (
            closed
            and lonely
            and name[-1] not in _PLACE_ENDS
            and _looks_korean(name, frequent=True)
            and _is_proper(name)
        ):
            spellings = romanise_person(name)
            yield Rendering(spellings[0], start, start + 3, False, spellings[1:])


_PLACE_ENDS = "시도군구읍면리산역국당부청원대교성"


def _is_proper(name: str, title: str = "씨") -> bool:
    """Ask the tagger whether a string before a title is one proper noun, and not 원주민 or 정치학."""
    return name not in table_of("not_people") and _tags(f"{name} {title}", len(name)) == ("NNP",)


@lru_cache(maxsize=4096)
def _tags(text: str, end: int) -> tuple[str, ...]:
    """Return the tags of the words that lie before an offset."""
    from pipeline.facts.korean_names import _analyser

    return tuple(t.tag for t in _analyser().tokenize(without_surrogates(text)) if t.start < end)


# --- names that the text gives in Latin letters -----------------------------------------------------------------------


def glossed_names(text: str) -> list[Rendering]:
    """Render 조 바이든(Joe Biden) by its Latin form, as far back as the Hangul sounds like it."""
    found = []
    for match in _LATIN_GLOSS.finditer(text):
        latin = match["latin"]
        before = re.search(r"(?:[가-힣·]+\s){0,4}[가-힣·]+\s?$", text[: match.start()])
        if before is None or latin.isupper():
            continue
        start = _gloss_start(before.group(), latin)
        if start is not None:
            found.append(Rendering(latin, before.start() + start, match.end(), True))
    return found


_ENDS_PHRASE = re.compile(r"(?:[과와의은는을를]|에서|했던|하는)$")


def _gloss_start(hangul: str, latin: str) -> int | None:
    """Return where in the words before a gloss the name begins; ``None`` when nothing sounds like it."""
    words = [(m.start(), m.group()) for m in re.finditer(r"[가-힣·]+", hangul)]
    first = max((i + 1 for i, (_, w) in enumerate(words[:-1]) if _ENDS_PHRASE.search(w)), default=0)
    first = max(first, len(words) - len(latin.split()))
    candidates = [(words[i][0], "".join(w for _, w in words[i:])) for i in range(first, len(words))]
    joined = re.sub(r"[\s.'’-]", "", latin).lower()
    scored = [(name_similarity(name, joined), start) for start, name in candidates]
    best = max(scored, default=(0.0, 0))
    return best[1] if best[0] >= _ALIKE else None


# --- places -----------------------------------------------------------------------------------------------------------


@cache
def place_name(key: str, language: str) -> str | None:
    """Return the name of a country (ISO code) or of a time zone's city, as the press of a language writes it."""
    from babel import Locale

    from pipeline.facts.lexicon import table

    locale = Locale.parse(language)
    if len(key) == 2:
        special = forms("places")[language].get(key)
        usual = table("names")["countries"].get(key, ())
        name = special or _usual(usual, language) or locale.territories.get(key)
        return re.sub(r"\s\(.*\)$", "", str(name)) if name else None
    if key.startswith("Indian/") or key in ("Pacific/Easter", "Pacific/Midway", "Pacific/Wake"):
        return None  # Christmas, Easter: islands' names are other words more often
    zones: Mapping[str, Mapping[str, str]] = locale.time_zones
    city = zones.get(key, {}).get("city")
    if city is None and language != "ko" and "/" in key:
        city = key.rsplit("/", 1)[1].replace("_", " ")
    return re.sub(r"\s\(.*\)$", "", str(city)) if city else None


def _usual(names: Sequence[str], language: str) -> str | None:
    """Return the first of a country's usual names that is CLDR's own or, for Korean, in Hangul."""
    from babel import Locale

    known = set(Locale.parse(language).territories.values())
    return next((n for n in names if n in known), None)


_DERIVED = re.compile(rf"(?:인|식|계|어|산|군|제|풍|권)(?:{PARTICLES}|로)?(?![가-힣])|어(?:권|로|를)")


_OTHER_NAMES = {("US", "en"): ("US", "U.S."), ("GB", "en"): ("UK", "Britain"), ("US", "fr"): ("Etats-Unis",)}


def is_derived(text: str, place: Mention, language: str) -> bool:
    """Tell whether a Korean place name is the stem of another word: its people (한국인), its language (스페인어)."""
    return language == "ko" and _DERIVED.match(text, place.end) is not None


def place_renderings(text: str, mentions: Sequence[Mention], source: str, target: str) -> list[tuple[Rendering, str]]:
    """Render countries and large cities, each with its key; adjectives made of them (한국인) are left out."""
    found = []
    for mention in mentions if mentions else places(text, source):
        if mention.kind != "name" or mention.role != "place":
            continue
        known = re.fullmatch(r"[A-Z]{2}|[A-Z][A-Za-z]+/\w+", mention.value) is not None
        name = place_name(mention.value, target) if known else None
        if name is None or is_derived(text, mention, source):
            continue
        others = tuple(_OTHER_NAMES.get((mention.value, target), ()))
        found.append((Rendering(name, mention.start, mention.end, alternatives=others), mention.value))
    return found
