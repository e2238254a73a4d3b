"""Find numerals: digits in any grouping, number words of French and English, Korean numerals of both systems.

A numeral is a bare quantity with its span; what it counts, and whether it is a date or money, is decided later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pipeline.facts.korean import korean_numerals
from pipeline.facts.lexicon import Lexicon, lexicon
from pipeline.facts.numeral import Numeral, canonical
from pipeline.facts.spans import free

__all__ = ["Numeral", "canonical", "numerals"]

# Grouping by space, comma or dot, then a fraction behind the other sign: "1.234,5", and of "1,234,5" only "1,234". The
# look-behind keeps "1.2.3" and "12:30" from being cut in two, _END what follows a fraction from being a part of it.
_SPACE = " \u00a0\u202f\u2009"
_END = r"(?![.,]?\d)"
_DIGITS = re.compile(
    rf"(?<![\d])(?<!\d[.,])(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)(?:\.\d+{_END})?"
    rf"|[1-9]\d{{0,2}}(?:(?:\.\d{{3}})+,\d+{_END}|(?:\.\d{{3}}){{2,}}(?!\d))"
    rf"|(?:[1-9]\d{{0,2}}(?:[{_SPACE}]\d{{3}})+(?!\d)|\d+)(?:[.,]\d+{_END})?)"
)
_MOST_DIGITS = 24  # of an amount; longer ones are keys and the like, and are over what a float or Decimal holds exactly
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d|[-‐‑–—]|[^\s\w]")
_ROMAN = re.compile(r"\b(?=[XVI]{1,6}e?\b)(X{0,2}(?:IX|IV|V?I{0,3}))(?:e|ème|th|st|nd|rd)\b")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10}
_ORDINAL_SUFFIX = {
    "en": re.compile(r"(?:st|nd|rd|th)\b"),
    "fr": re.compile(r"(?:ers?|res?|ères?|nde?s?|ds?|es?|è(?:me)?s?|ièmes?|èmes?|emes?)\b"),
}


@dataclass(frozen=True, slots=True)
class _Word:
    """Hold a token of a word numeral: ``cap`` is what it may be added to, ``scale`` what it multiplies by."""

    start: int
    end: int
    kind: str
    value: Decimal


def numerals(text: str, language: str) -> list[Numeral]:
    """Find the numerals of a text, in order, without overlaps.

    Args:
        text: normalised text.
        language: ISO 639-1 code; other than fr, ko, en finds digits only.
    """
    words = lexicon(language)
    digits = list(_digit_numerals(text, words))
    if language == "ko":
        return korean_numerals(text, digits)
    return _word_numerals(text, digits, words)


def _digit_numerals(text: str, words: Lexicon) -> Iterator[Numeral]:
    for match in _DIGITS.finditer(text):
        if match.end() - match.start() > _MOST_DIGITS and sum(map(str.isdigit, match.group())) > _MOST_DIGITS:
            continue
        value = _read_digits(match.group(), words.language)
        end = match.end()
        code = _is_code_before(text, match.start())
        ordinal = False
        suffix = _ORDINAL_SUFFIX.get(words.language)
        if suffix and (tail := suffix.match(text, end)) and "." not in match.group():
            end, ordinal = tail.end(), True
        yield Numeral(match.start(), end, value, digits=True, ordinal=ordinal, code=code, width=len(match.group()))


def _is_code_before(text: str, start: int) -> bool:
    """Tell whether a digit run continues a code such as A380 or COVID-19."""
    before = text[max(0, start - 2) : start]
    if before[-1:].isascii() and before[-1:].isalpha():
        return True
    if before[-1:] == "_":
        return True
    return len(before) == 2 and before[1] in "-‐‑" and before[0].isascii() and before[0].isalpha()


def _read_digits(surface: str, language: str) -> Decimal:
    compact = re.sub(rf"[{_SPACE}]", "", surface)
    if language == "fr" and re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", compact):
        return Decimal(compact.replace(".", "").replace(",", "."))
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", compact) and (language != "fr" or _plain_grouping(compact)):
        return Decimal(compact.replace(",", ""))
    if re.fullmatch(r"\d{1,3}(?:(?:\.\d{3}){2,}|(?:\.\d{3})+,\d+)", compact):
        return Decimal(compact.replace(".", "").replace(",", "."))
    return Decimal(compact.replace(",", "."))


def _plain_grouping(compact: str) -> bool:
    """Tell whether commas in a French number are English grouping: several of them, or thousands that are round."""
    return compact.count(",") > 1 or compact.endswith("00") or "." in compact


# --- number words -----------------------------------------------------------------------------------------------------


def _word_numerals(text: str, digits: list[Numeral], words: Lexicon) -> list[Numeral]:
    found: list[Numeral] = []
    run: list[_Word] = []
    starts = {n.start: n for n in digits}
    position = 0
    for item in _items(text, starts, words):
        if isinstance(item, Numeral) and item.code:
            found.extend(_close(run, text, words))
            found.append(item)
            run = []
            continue
        word = item if isinstance(item, _Word) else None
        if word is None:
            found.extend(_close(run, text, words))
            run = []
        elif run and not _continues(run, word, text[position : word.start], words):
            found.extend(_close(run, text, words))
            run = [word]
        else:
            run.append(word)
        position = word.end if word else position
    found.extend(_close(run, text, words))
    return _merge(digits, found)


def _merge(digits: list[Numeral], found: list[Numeral]) -> list[Numeral]:
    return sorted([*found, *free(digits, found)], key=lambda n: n.start)


def _items(text: str, starts: dict[int, Numeral], words: Lexicon) -> Iterator[_Word | Numeral | None]:
    position = 0
    for match in _TOKEN.finditer(text):
        if match.start() < position:
            continue
        numeral = starts.get(match.start())
        if numeral is not None:
            position = numeral.end
            yield (
                numeral
                if numeral.code
                else _Word(numeral.start, numeral.end, "digit-ordinal" if numeral.ordinal else "digits", numeral.value)
            )
            continue
        surface = match.group()
        if not surface[0].isalpha():
            if surface not in "-‐‑":
                yield None
            continue
        word = _word(match.start(), surface, words)
        if word is not None or surface.lower() not in words.joiners:
            yield word
    yield None


def _word(start: int, surface: str, words: Lexicon) -> _Word | None:
    key = surface.lower().replace("’", "'")
    end = start + len(surface)
    for kind, mapping in (
        ("cardinal", words.cardinals),
        ("ordinal", words.ordinals),
        ("scale", words.scales),
        ("collective", words.collectives),
        ("plural", words.plurals),
    ):
        if key in mapping and not (kind == "plural" and key in words.scales):
            return _Word(start, end, kind, Decimal(mapping[key]))
    if key in words.articles:
        return _Word(start, end, "article", Decimal(1))
    return None


_ENDS = frozenset(("ordinal", "plural", "digit-ordinal", "collective"))
_BEGINS = frozenset(("article", "digits", "digit-ordinal"))


def _continues(run: list[_Word], word: _Word, gap: str, words: Lexicon) -> bool:
    """Tell whether a word goes on with the numeral that the run has begun."""
    plain = gap.strip().strip("-‐‑").strip().lower()
    if (plain and plain not in words.joiners) or word.kind in _BEGINS or run[-1].kind in _ENDS:
        return False
    joined, previous = bool(plain), run[-1]
    if word.kind == "plural":
        return previous.kind == "article"
    if word.kind == "collective":
        return not joined and previous.kind in ("article", "cardinal", "digits", "scale")
    if word.kind == "scale":
        return not (joined and previous.kind != "scale") and _may_scale(run, word, joined)
    if any(w.kind == "digits" for w in run) or (word.kind == "ordinal" and word.value >= 100 and joined):
        return False  # "1.7 million four years ago"
    return previous.kind != "article" and word.value < _room(run, words) and _joins(run, joined, words)


def _joins(run: list[_Word], joined: bool, words: Lexicon) -> bool:
    """Tell whether "and" may stand here: after hundred and thousand in English, after tens in French."""
    if not joined:
        return True
    if words.language == "en":
        return run[-1].kind == "scale"
    return run[-1].kind == "cardinal" and run[-1].value >= 20


def _may_scale(run: list[_Word], word: _Word, joined: bool) -> bool:
    previous = run[-1]
    if previous.kind == "scale":
        return not joined and (word.value > previous.value)
    if previous.kind == "digits":
        return word.value >= 100
    return True


def _room(run: list[_Word], words: Lexicon) -> Decimal:
    """Return the bound below which a following cardinal adds to the run: "sixty" leaves 10, "cent" leaves 100."""
    last = run[-1]
    if last.kind == "scale":
        return last.value
    if words.language == "fr" and last.kind == "cardinal":
        if last.value == 4:
            return Decimal(21)  # quatre-vingt
        if last.value == 60 or (last.value == 20 and len(run) > 1 and run[-2].value == 4):
            return Decimal(20)
    if last.kind == "cardinal" and last.value >= 20:
        return Decimal(10)
    if words.language == "fr" and last.kind == "cardinal" and last.value == 10:
        return Decimal(10)  # dix-sept
    return Decimal(0)


def _close(run: list[_Word], text: str, words: Lexicon) -> list[Numeral]:
    """Make a numeral of a finished run; none of a lone article, pronoun or scale."""
    run = _trimmed(run)
    if not run or (len(run) == 1 and _is_pronoun(run[0], text, words)):
        return []
    start, end, last = run[0].start, run[-1].end, run[-1].kind
    value, multiplier = _compose(run), run[-1].value if last == "scale" else Decimal(1)
    if last == "plural":
        return [Numeral(start, end, value, plural=True)]
    if run[0].kind == "article" and last == "scale" and text[max(0, start - 5) : start].lower() == "half ":
        start, value = start - 5, value / 2
    width = end - start
    value, end, multiplier = _with_half(text, end, value, multiplier, words)
    suffix = _suffix(text, end, words) if last == "digits" else None
    if suffix:
        value, multiplier, end = value * suffix[0], suffix[0], suffix[1]
    return [
        Numeral(
            start,
            end,
            value,
            digits=any(w.kind in ("digits", "digit-ordinal") for w in run),
            ordinal=last in ("ordinal", "digit-ordinal"),
            vague=last == "collective" and words.language == "fr",
            multiplier=multiplier,
            width=width,
        )
    ]


def _trimmed(run: list[_Word]) -> list[_Word]:
    """Drop an article that counts nothing: at the end, or before anything but a scale or a collective."""
    while run and run[-1].kind == "article":
        run = run[:-1]
    if run and run[0].kind == "article" and run[1].kind not in ("scale", "collective"):
        return run[1:]
    return run


def _is_pronoun(word: _Word, text: str, words: Lexicon) -> bool:
    """Tell whether a lone one/un/une is an article or pronoun, "second" too open to read, or a scale without count."""
    if word.kind == "cardinal" and word.value == 1:
        return True
    if word.kind == "ordinal" and text[word.start : word.end].lower() == "unième":
        return True
    if text[max(0, word.start - 5) : word.start].lower() == "pour ":
        return True  # the cent of "pour cent"
    return word.kind == "scale" and text[word.start : word.end].lower() not in ("cent", "mille", "cents")


def _compose(run: list[_Word]) -> Decimal:
    total, current = Decimal(0), Decimal(0)
    for word in run:
        if word.kind in ("scale", "collective", "plural"):
            if word.value >= 1000:
                total += (current or 1) * word.value if current or not total else total * (word.value - 1)
                current = Decimal(0)
            else:
                whole, part = divmod(current, 1000)
                current = whole * 1000 + (part or 1) * word.value
        elif word.kind == "ordinal" and word.value >= 100:
            current = (current or 1) * word.value
        elif word.kind == "cardinal" and word.value == 20 and current % 100 == 4:
            current += 76  # quatre-vingt: four becomes eighty
        else:
            current += word.value
    return total + current


def _with_half(
    text: str, end: int, value: Decimal, multiplier: Decimal, words: Lexicon
) -> tuple[Decimal, int, Decimal]:
    """Add a following "and a half", before or after the scale word, which it shares."""
    for phrase, part in words.halves.items():
        tail = re.compile(rf" {re.escape(phrase)}(?: ([^\W\d]+))?\b", re.IGNORECASE).match(text, end)
        if tail is None:
            continue
        scale = words.scales.get((tail.group(1) or "").lower())
        if scale and multiplier == 1:
            return (value + part) * scale, tail.end(), Decimal(scale)
        return value + part * multiplier, end + 1 + len(phrase), multiplier
    return value, end, multiplier


_SUFFIX = re.compile(r"[ \u00a0]?([A-Za-z]{1,3})\b")
_LETTERS_OF_UNITS = frozenset("mMBKk")


def _suffix(text: str, end: int, words: Lexicon) -> tuple[Decimal, int] | None:
    """Read a scale letter stuck to digits (5bn, 3M); single letters, which may be units, only beside a currency."""
    match = _SUFFIX.match(text, end)
    if match is None or match.group(1) not in words.suffixes:
        return None
    letters = match.group(1)
    money = re.search(r"[$€£¥₩][\d.,]+$", text[max(0, end - 12) : end]) or "€" in text[match.end() : match.end() + 2]
    if letters in _LETTERS_OF_UNITS and not money:
        return None
    return Decimal(words.suffixes[letters]), match.end()


def roman_ordinals(text: str) -> Iterator[tuple[int, int, int]]:
    """Find Roman ordinals (XXIe) as ``(start, end, value)``."""
    for match in _ROMAN.finditer(text):
        if match.group(1):
            yield match.start(), match.end(), _roman(match.group(1))


def _roman(letters: str) -> int:
    values = [_ROMAN_VALUES[c] for c in letters]
    following = [*values[1:], 0]
    return sum(-v if v < after else v for v, after in zip(values, following, strict=True))
