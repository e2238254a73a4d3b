"""Write a replacement into a sentence so that the words around it still agree with it."""

from __future__ import annotations

import re

from pipeline.quality.repair_edit import Edit

__all__ = ["applied"]

_ARTICLE = re.compile(r"\b(?P<a>[Aa])(?P<n>n?)(?P<gap>[\s]|\s[$€£¥₩])$")
_VOWEL_SOUND = re.compile(r"8|1[18](?!\d)|1[18](?=,\d{3}(?!,))|[aeiou]", re.IGNORECASE)


def applied(text: str, edit: Edit, language: str) -> str:
    """Write an edit into a translation, with a capital where the sentence begins and the English article in tune."""
    before, after = text[: edit.start], text[edit.end :]
    written = edit.text
    if re.search(r"(?:^|[.!?]\s)[\"“«'‘]?\s?$", before) and text[edit.start : edit.start + 1].isupper():
        written = written[:1].upper() + written[1:]
    if language == "en":
        before = _ARTICLE.sub(lambda m: f"{m['a']}{_n(written, m['gap'])}{m['gap']}", before)
    if language == "ko":
        after = _particle(written, text[edit.start : edit.end], after)
    return before + written + after


def _n(following: str, gap: str) -> str:
    sound = following.lstrip("$€£¥₩") if gap.strip() == "" else following
    return "n" if _VOWEL_SOUND.match(sound) else ""


_PAIRS = {"은": "는", "이": "가", "을": "를", "과": "와"}


def _particle(written: str, replaced: str, after: str) -> str:
    """Fit the Korean particle to the last syllable before it, where that has changed."""
    if not written or written[-1:] == replaced[-1:] or not re.match(r"[은는이가을를과와](?![가-힣])", after):
        return after
    closed = _has_final(written[-1])
    if closed is None:
        return after
    pair = next((c, v) for c, v in _PAIRS.items() if after[0] in (c, v))
    return pair[not closed] + after[1:]


_FINAL_DIGITS = frozenset("013678")


def _has_final(character: str) -> bool | None:
    if character.isdigit():
        return character in _FINAL_DIGITS
    return (ord(character) - 0xAC00) % 28 > 0 if "가" <= character <= "힣" else None
