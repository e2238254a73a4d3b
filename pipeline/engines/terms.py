"""Find terms in texts of any configured language, and put one form of a term in the place of another. Pure.

A term is found as a whole word, in the singular or plural (French, English), after an elided or contracted article
(French) and before particles (Korean). Capitals count where the term has one inside a word (``OECD``, ``iPark``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Generic, TypeVar

from pipeline.text import tidy

__all__ = ["Matcher", "flat", "rendered", "replace_forms"]

T = TypeVar("T")

# One to one, so that spans in the plain text are spans in the text.
_PLAIN = str.maketrans({"’": "'", "ʼ": "'", "‐": "-", "‑": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " "})
_KOREAN_TAIL = (
    r"(?:들|측|등|씨|님|내)?"
    r"(?:에게서|에게|께서|에서|으로서|로서|으로써|로써|으로부터|로부터|으로|까지|부터|보다|처럼|마다|조차|밖에|대로|한테|이라고|라고|이라는|"
    r"라는|이라며|라며|이란|이라|이었다|였다|이다|입니다|이며|이고|이나|이자|이든|은|는|이|가|을|를|의|에|와|과|도|만|로|며|인|나|뿐)?"
    r"(?:은|는|도|만|의|이|가|를|을)?(?!\w)"
)
_ARTICLE = {
    "en": re.compile(r"(?:the|an?)\s+(?=\w)", re.IGNORECASE),
    "fr": re.compile(r"(?:(?:les?|la|une?|des)\s+|l')(?=\w)", re.IGNORECASE),
}
_CONTRACTED = {"le": "(?:le|du|au)", "les": "(?:les|des|aux)"}
_DETERMINER = re.compile(r"(?:\b(?:the|an?|les?|la|une?|des|du|aux?|de)\s+|')$", re.IGNORECASE)
_HEAD = 4  # characters that the index of a matcher looks at


class Matcher(Generic[T]):
    """Find many terms in a text at once.

    Args:
        items: terms, each with what it stands for; of equal ones the first counts.
        language: ISO 639-1 code of the texts.
    """

    def __init__(self, items: Sequence[tuple[str, T]], language: str) -> None:
        self._by_head: dict[str, list[tuple[int, str, re.Pattern[str], T]]] = {}
        for rank, (term, item) in enumerate(items):
            pattern, last = _pattern(term, language), _stem(_lower(tidy(term).translate(_PLAIN)).split(" ")[-1])
            for head in _heads(term, language):
                self._by_head.setdefault(head, []).append((rank, last, pattern, item))

    def find(self, text: str) -> list[tuple[T, int, int]]:
        """Return what was found with its half-open span, in order; of overlapping terms the longest."""
        if not self._by_head:
            return []
        plain = text.translate(_PLAIN)
        low = _lower(plain)
        hits = []
        for start in _word_starts(plain):
            for length in range(1, _HEAD + 1):
                for rank, last, pattern, item in self._by_head.get(low[start : start + length], ()):
                    if last in low and (match := pattern.match(plain, start)):
                        hits.append((match.start() - match.end(), start, rank, match.end(), item))
        taken: list[tuple[T, int, int]] = []
        for _, start, _, end, item in sorted(hits, key=lambda hit: hit[:3]):
            if all(end <= a or start >= b for _, a, b in taken):
                taken.append((item, start, end))
        return sorted(taken, key=lambda hit: hit[1])


def flat(term: str) -> str:
    """Bring a term to the form in which two are the same."""
    plain = tidy(term).translate(_PLAIN)
    return plain if _exact(plain) else plain.lower()


def rendered(form: str, text: str, language: str) -> str | None:
    """Return the words with which a text says a form, ``None`` where it does not; an article may be absent."""
    match = _rendering(form, language).search(text.translate(_PLAIN))
    return text[match.start() : match.end()] if match else None


def replace_forms(text: str, avoid: Sequence[str], accepted: Sequence[str], language: str) -> tuple[str, list[str]]:
    """Put the first accepted form in the place of forms to avoid, where grammar leaves no doubt.

    Returns:
        The text, and what was replaced in words.
    """
    made: list[str] = []
    for form in sorted(avoid, key=len, reverse=True):
        position = 0
        while match := _pattern(form, language).search(text.translate(_PLAIN), position):
            start, end = match.span()
            position = end
            new = None if _inside(text, start, end, accepted, language) else _fitted(text, (start, end), form, accepted)
            if new is None or (language == "fr" and not _elides_alike(text[:start], new)):
                continue
            left, right = _neighbours(text[:start], text[end:], new, language)
            made.append(f"{text[start:end]} -> {new}")
            text, position = left + new + right, len(left) + len(new)
    return text, made


def _inside(text: str, start: int, end: int, accepted: Sequence[str], language: str) -> bool:
    """Tell whether a match is only a part of an accepted form."""
    plain = text.translate(_PLAIN)
    return any(m.start() <= start and end <= m.end() for a in accepted for m in _rendering(a, language).finditer(plain))


def _fitted(text: str, span: tuple[int, int], form: str, accepted: Sequence[str]) -> str | None:
    """Return the wanted form as it must stand at a place; ``None`` where its number or article is not clear."""
    start, end = span
    new, old = accepted[0], tidy(text[start:end]).translate(_PLAIN)
    if len(old) != len(tidy(form)):  # a plural: only the English plural of a plain noun is clear
        if not old.lower().endswith("s") or re.search(r"\s(?:of|for|de|du|des|d')\b", new) or not new.isascii():
            return None
        new = _plural(new)
    article = next((m for p in _ARTICLE.values() if (m := p.match(new.translate(_PLAIN)))), None)
    doubled = article and not any(p.match(old) for p in _ARTICLE.values())
    if article and doubled and _DETERMINER.search(text[:start].translate(_PLAIN)):
        new = new[article.end() :]
    begins = re.search(r"(?:^|[.!?…]\s+)[\"'“«\s(]*$", text[:start]) is not None
    return new[:1].upper() + new[1:] if begins and text[start].isupper() else new


def _plural(word: str) -> str:
    if re.search(r"(?:[sxz]|[cs]h)$", word):
        return f"{word}es"
    return f"{word[:-1]}ies" if re.search(r"[^aeiou]y$", word) else f"{word}s"


def _elides_alike(left: str, new: str) -> bool:
    """Tell whether the French words before a form suit it: ``l'`` wants a vowel, ``le`` and ``du`` none."""
    plain = left.translate(_PLAIN)
    vowel = re.match(r"[aeiouyhàâéèêëîïôœùû]", new, re.IGNORECASE) is not None
    if re.search(r"(?:\b[ldnmtsjc]|qu)'$", plain, re.IGNORECASE):
        return vowel
    return not (vowel and re.search(r"\b(?:le|la|de|du|au|que|ce|ma|ta|sa)\s$", plain, re.IGNORECASE))


def _neighbours(left: str, right: str, new: str, language: str) -> tuple[str, str]:
    """Bring the English article before a form, and the Korean particle after it, in line with it."""
    if language == "en" and (article := re.search(r"\b([Aa])(n?)(\s)$", left)):
        left = left[: article.start()] + article[1] + ("n" if _says_vowel(new) else "") + article[3]
    if language == "ko" and (final := _final(new)) is not None:
        right = _particle(right, final)
    return left, right


def _says_vowel(word: str) -> bool:
    """Tell whether English says ``an`` before a word; an acronym is taken to be spelt out."""
    first = re.match(r"\w*", word)
    if first and len(first[0]) > 1 and first[0].isupper():
        return first[0][0] in "AEFHILMNORSX"
    return re.match(r"[aeio]|u(?!ni|s[aei]|r[aio])|hono|hour", word, re.IGNORECASE) is not None and not re.match(
        r"eu|one\b", word, re.IGNORECASE
    )


def _final(word: str) -> int | None:
    """Return the number of the final consonant of the last Hangul syllable, 0 for none; ``None`` for other scripts."""
    code = ord(word[-1]) - 0xAC00 if word else -1
    return code % 28 if 0 <= code < 11172 else None


def _particle(right: str, final: int) -> str:
    for open_form, closed_form in (("는", "은"), ("가", "이"), ("를", "을"), ("와", "과")):
        if match := re.match(rf"[{open_form}{closed_form}](?!\w)", right):
            return (closed_form if final else open_form) + right[match.end() :]
    if match := re.match(r"(?:으로|로)(?=(?:는|도|의|서|써|부터)?(?!\w))", right):
        return ("로" if final in (0, 8) else "으로") + right[match.end() :]  # 8 is ㄹ
    return right


# --- patterns ---------------------------------------------------------------------------------------------------------


def _word_starts(plain: str) -> Iterator[int]:
    """Yield the places at which a term can begin: not inside a word, and not at a space."""
    before = False
    for i, char in enumerate(plain):
        word = char.isalnum() or char == "_"
        if not char.isspace() and not (before and word):
            yield i
        before = word


def _lower(text: str) -> str:
    return "".join(low if len(low := c.lower()) == 1 else c for c in text)


def _heads(term: str, language: str) -> set[str]:
    plain = _lower(tidy(term).translate(_PLAIN))
    first, _, rest = plain.partition(" ")
    if language == "fr" and rest and first in _CONTRACTED:
        return {"le", "du", "au", "des"}
    return {_stem(first)[:_HEAD]}


def _stem(word: str) -> str:
    """Return what singular and plural have in common, by letting the last letter go."""
    return word[:-1] if len(word) > 1 else word


def _exact(plain: str) -> bool:
    return any(c.isupper() and i > 0 and plain[i - 1].isalnum() for i, c in enumerate(plain))


@cache
def _pattern(term: str, language: str) -> re.Pattern[str]:
    """Match a term as whole words."""
    plain = tidy(term).translate(_PLAIN)
    tail = _KOREAN_TAIL if language == "ko" else r"(?!\w)"
    # The tail belongs to the sentence: a look-ahead keeps it out of the span.
    return _compiled(rf"{_left(plain)}{_words(plain, language)}(?={tail})", plain)


@cache
def _rendering(form: str, language: str) -> re.Pattern[str]:
    """Match a form in a translation: its article may be absent, and Korean may space it or go on after it."""
    plain = tidy(form).translate(_PLAIN)
    article = _ARTICLE[language].match(plain) if language in _ARTICLE else None
    core = plain[article.end() :] if article else plain
    if language == "ko":
        return _compiled(_left(core) + r"\s*".join(re.escape(c) for c in core if not c.isspace()), plain)
    return _compiled(rf"{_left(core)}{_words(core, language)}(?!\w)", plain)


def _compiled(pattern: str, plain: str) -> re.Pattern[str]:
    return re.compile(pattern, 0 if _exact(plain) else re.IGNORECASE)


def _left(plain: str) -> str:
    return r"(?<!\w)" if plain[:1].isalnum() else ""


def _words(plain: str, language: str) -> str:
    words = plain.split(" ")
    patterns = [_word(word, language) for word in words]
    if language == "fr" and len(words) > 1 and words[0].lower() in _CONTRACTED:
        patterns[0] = _CONTRACTED[words[0].lower()]
    return (r"\s*" if language == "ko" else r"\s+").join(patterns)


def _word(word: str, language: str) -> str:
    """Match a word in the singular or plural."""
    escaped, low = re.escape(word), word.lower()
    if language not in ("en", "fr") or len(word) < 2 or not word[-1].isalpha():
        return escaped
    if language == "fr":
        if low.endswith("al"):
            return escaped[:-1] + "(?:l|ux)"
        return escaped if low[-1] in "sxz" else f"{escaped}[sx]?"
    if re.search(r"[^aeiou]y$", low):
        return escaped[:-1] + "(?:y|ies)"
    return f"{escaped}(?:es)?" if re.search(r"(?:[sxz]|[cs]h)$", low) else f"{escaped}s?"
