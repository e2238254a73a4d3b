"""Read Korean numerals: digits mixed with 만 and 억, Sino-Korean and native words before a counter."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from pipeline.facts.numeral import Numeral

__all__ = ["DAY_NOUNS", "korean_numerals"]

_SMALL = {"십": 10, "백": 100, "천": 1000}
_LARGE = {"만": 10**4, "억": 10**8, "조": 10**12, "경": 10**16}
_SINO = {"영": 0, "공": 0, "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "륙": 6, "칠": 7, "팔": 8, "구": 9}
_NATIVE_TENS = {
    "열": 10,
    "스물": 20,
    "스무": 20,
    "서른": 30,
    "마흔": 40,
    "쉰": 50,
    "예순": 60,
    "일흔": 70,
    "여든": 80,
    "아흔": 90,
}
_NATIVE_UNITS = {
    "하나": 1,
    "한": 1,
    "둘": 2,
    "두": 2,
    "셋": 3,
    "세": 3,
    "넷": 4,
    "네": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
    "여덟": 8,
    "아홉": 9,
}
DAY_NOUNS = {
    "하루": 1,
    "이틀": 2,
    "사흘": 3,
    "나흘": 4,
    "닷새": 5,
    "엿새": 6,
    "이레": 7,
    "여드레": 8,
    "아흐레": 9,
    "열흘": 10,
    "보름": 15,
}

# Counters that may follow a numeral in words. Without one, 이 is "this" and 한 is "did".
_NATIVE_COUNTERS = (
    "명|사람|분|개월|개국|개|시간|시|살|번째|번|차례|달|곳|가지|마리|대|배|해|쌍|주|채|척|권|잔|병|그루|송이|골|나라|편|건|종류|종|팀|차|"
    "줄|벌|켤레|자루|장|조각|발|자리|걸음|손|아들|딸|아이|자녀|형제|자매|여성|남성|남자|여자|국가|도시|단계|부분|경기|군데|통|판|끼|돌|축"
)
_SINO_COUNTERS = (
    "년|월|일|분|초|개월|주일|주|층|세기|세대|세|위|등급|등|차|호|회|학년|퍼센트|프로|%|명|인|인분|개|배|원|달러|유로|엔|위안|파운드|"
    "킬로미터|미터|센티미터|킬로그램|그램|톤|리터|도|점|번|대|건|곳|가구|마리|여|마일|피트|편|쪽|시간"
)
# 조 is also a team, a clause, a piece, and 경 "about": they count only before money or more digits.
_LARGE_TAIL = r"(?:만|억|(?:조|경)(?=[ \u00a0]?(?:여|원|달러|유로|엔|위안|파운드|루피|\d|의)))"
_DIGIT_TAIL = re.compile(rf"(?=[십백천만억조경])([십백천])?({_LARGE_TAIL})?(?<=[십백천만억조경])")
_SINO_RUN = re.compile(r"(?<![가-힣\d])[일이삼사오육륙칠팔구십백천만억조영공]+")
_PLURAL = re.compile(
    r"(?<![가-힣])수([십백천]?[만억조]|[십백천])(?=[ \u00a0]?(?:여|명|개|년|건|대|만|달러|원|마|가|곳|번|차|톤|"
    r"킬|미|파|유|세|일|시|배|척|편|종|채|권|억|[ ]))"
)
_NATIVE = re.compile(
    rf"(?<![가-힣])(?!열[대차장])(?:({'|'.join(_NATIVE_TENS)})(?:\s?({'|'.join(_NATIVE_UNITS)}))?|({'|'.join(_NATIVE_UNITS)}))"
    rf"(?=\s?(?:여\s?)?(?:{_NATIVE_COUNTERS}))"
)
_NATIVE_BARE = re.compile(
    r"(?<![가-힣])(?:(열|스물|서른|마흔|쉰|예순|일흔|여든|아흔)?(하나|둘|셋|넷|다섯|여섯|일곱|여덟|아홉)|(스물|서른|마흔|예순|여든|아흔))"
    r"(?=(?:은|는|이|가|을|를|의|과|와|도|만|이다|뿐)?(?![가-힣]))"
)
_BARE_SCALES = frozenset("십백천만억")
_WORDS = frozenset(
    ("이천", "사천", "천만", "만일", "이만", "오만", "구조", "일조", "이조", "사조", "조", "경", "억", "영", "공")
)


def korean_numerals(text: str, digits: list[Numeral]) -> list[Numeral]:
    """Combine digit runs with 만, 억 and their like, and add the numerals written in Hangul."""
    found = _mixed(text, digits)
    for candidate in [*_plurals(text), *_sino(text), *_native(text)]:
        if not any(n.start < candidate.end and candidate.start < n.end for n in found):
            found.append(candidate)
    return sorted(found, key=lambda n: n.start)


def _mixed(text: str, digits: list[Numeral]) -> list[Numeral]:
    found: list[Numeral] = []
    index = 0
    while index < len(digits):
        first = digits[index]
        used, numeral = (1, first) if first.code else _group(text, digits[index:])
        found.append(numeral)
        index += used
    return found


def _group(text: str, digits: list[Numeral]) -> tuple[int, Numeral]:
    """Read one numeral such as 2억 2천3백만 from the digit runs that follow; also say how many runs it took."""
    total = section = Decimal(0)
    small, large = Decimal(10**4), Decimal(10**20)  # what the next part must stay below
    end, used, factor = digits[0].start, 0, Decimal(1)
    for numeral in digits:
        if numeral.code or (used and text[end : numeral.start] not in ("", " ", "\u00a0")):
            break
        match = _DIGIT_TAIL.match(text, numeral.end)
        unit = Decimal(_SMALL.get((match and match.group(1)) or "", 1))
        scale = Decimal(_LARGE.get((match and match.group(2)) or "", 1))
        value = numeral.value * unit
        if used and (value >= (small if section else min(large, Decimal(10**4))) or scale >= large):
            break
        section, small, used, end = section + value, unit, used + 1, match.end() if match else numeral.end
        if scale > 1:
            total, section, small, large = total + section * scale, Decimal(0), Decimal(10**4), scale
        factor = max(factor, unit * scale)
        if match is None:
            break
    return used, replace(digits[0], end=end, value=total + section, multiplier=factor)


def _plurals(text: str) -> list[Numeral]:
    found = []
    for match in _PLURAL.finditer(text):
        unit = Decimal(1)
        for c in match.group(1):
            unit *= Decimal(_SMALL.get(c) or _LARGE[c])
        found.append(Numeral(match.start(), match.end(), unit, plural=True))
    return found


def _sino(text: str) -> list[Numeral]:
    found = []
    for match in _SINO_RUN.finditer(text):
        surface = match.group()
        # 이 and 일 may begin the counter itself (삼일, 십이월): give back characters until a counter follows.
        for end in range(len(surface), 0, -1):
            part, rest = surface[:end], text[match.start() + end :]
            value = _read_sino(part)
            if value is None or not re.match(rf"\s?(?:여\s?)?(?:{_SINO_COUNTERS})", rest):
                continue
            if value < 10 and (rest[:1] == " " or len(part) > 1 or part in ("이", "일", "구", "사", "오")):
                continue
            if part in _BARE_SCALES and rest[:1] != " ":
                continue
            if part in _WORDS and rest[:1] != " ":
                continue
            found.append(Numeral(match.start(), match.start() + end, value))
            break
    return found


def _read_sino(surface: str) -> Decimal | None:
    """Read 이십삼만 사천; ``None`` when the characters do not make a well-formed numeral."""
    total = section = unit = 0
    small, large = 10**4, 10**20
    for c in surface:
        if c in _SINO:
            if unit:
                return None
            unit = _SINO[c]
        elif c in _SMALL:
            if _SMALL[c] >= small:
                return None
            section += (unit or 1) * _SMALL[c]
            small, unit = _SMALL[c], 0
        else:
            if _LARGE[c] >= large:
                return None
            total += (section + unit or 1) * _LARGE[c]
            large, small, section, unit = _LARGE[c], 10**4, 0, 0
    return Decimal(total + section + unit)


def _native(text: str) -> list[Numeral]:
    found = []
    for match in _NATIVE.finditer(text):
        tens, units, alone = match.groups()
        value = _NATIVE_TENS.get(tens or "", 0) + _NATIVE_UNITS.get(units or alone or "", 0)
        found.append(Numeral(match.start(), match.end(), Decimal(value)))
    for match in _NATIVE_BARE.finditer(text):
        tens, units, bare = match.groups()
        value = _NATIVE_TENS.get(tens or bare or "", 0) + _NATIVE_UNITS.get(units or "", 0)
        if not any(n.start == match.start() for n in found) and value > 1:
            found.append(Numeral(match.start(), match.end(), Decimal(value)))
    return found
