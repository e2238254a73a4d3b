"""Numbers, money, percentages, durations and times in three languages, as tables."""

import pytest

from pipeline.facts import parse, to_facts
from pipeline.facts.money import currency_after
from pipeline.facts.numerals import numerals
from pipeline.records import Anchor, Segment

NUMERALS = [
    ("en", "1,234.5", ["1234.5"]),
    ("en", "twenty-one men and two hundred and five women", ["21", "205"]),
    ("en", "2.5 million or two and a half million", ["2500000", "2500000"]),
    ("en", "up from 1.7 million four years ago", ["1700000", "4"]),
    ("en", "half a million, half of them", ["500000"]),
    ("en", "one of them", []),
    ("en", "two three", ["2", "3"]),
    ("en", "a dozen, 3 dozen", ["12", "36"]),
    ("en", "A380 and COVID-19", ["380", "19"]),
    ("fr", "1 234,5", ["1234.5"]),
    ("fr", "20 000 et 1.234.567", ["20000", "1234567"]),
    ("fr", "1.234,5 et 1.234.567,89", ["1234.5", "1234567.89"]),
    ("en", "1,234,56 or 1.234.567.89 or 12,345,6", ["1234", "1234567", "12345"]),
    ("ko", "1,234,56명", ["1234"]),
    ("en", f"{'9' * 24} and {'9' * 25} and {'9' * 5000}", ["9" * 24]),
    ("ko", f"{'9' * 400}조 3만 명", ["30000"]),
    ("fr", f"1{' 123' * 9} euros", []),
    ("fr", "quatre-vingt-dix-sept", ["97"]),
    ("fr", "vingt et un, soixante et onze, quatre-vingts", ["21", "71", "80"]),
    ("fr", "deux cent mille, mille deux cents", ["200000", "1200"]),
    ("fr", "2,5 milliards, un million", ["2500000000", "1000000"]),
    ("fr", "dix pour cent", ["10"]),
    ("ko", "3만5천 명과 3만 5천 명", ["35000", "35000"]),
    ("ko", "100조원, 1천240명, 4천200명", ["100000000000000", "1240", "4200"]),
    ("ko", "2억2천3백만원과 12만 3,456명", ["223000000", "123456"]),
    ("ko", "두 명, 열한 시간, 스물두 살, 열 다섯 마리", ["2", "11", "22", "15"]),
    ("ko", "이십만 명, 천만 명", ["200000", "10000000"]),
    ("ko", "이 사람은 열대 지방에서 일했다", []),
    ("ko", "3조각", ["3"]),
    ("xx", "1,234 and twenty", ["1234"]),
    ("en", "", []),
    ("ko", "", []),
]
FACTS = [
    ("en", "about 50 people", "number", "50", (50, 50), "person", True),
    ("en", "more than 2,500 people", "number", "2500", (2500, None), "person", True),
    ("en", "fewer than 10 companies", "number", "10", (None, 10), "company", True),
    ("en", "between 10 and 12 goals", "number", "10-12", (10, 12), "goal", False),
    ("en", "2 to 3 million people", "number", "2000000-3000000", (2e6, 3e6), "person", False),
    ("en", "won 27-24 at home", "number", "27-24", (None, None), "score", False),
    ("en", "10-12 people", "number", "10-12", (10, 12), "person", False),
    ("en", "dozens of people", "number", "12", (24, None), None, True),
    ("en", "955 hectopascals", "number", "955", (955, 955), "hPa", False),
    ("en", "412.5 millimetres", "number", "412.5 mm", (0.4125, 0.4125), "m", False),
    ("en", "the 14th storm", "ordinal", "14", (14, 14), None, False),
    ("en", "$2.3 billion", "money", "2300000000", (2.3e9, 2.3e9), "USD", False),
    ("en", "23 billion won", "money", "23000000000", (2.3e10, 2.3e10), "KRW", False),
    ("en", "£2.8bn", "money", "2800000000", (2.8e9, 2.8e9), "GBP", False),
    ("en", "5 to 7 percent", "percent", "5-7", (5, 7), "%", False),
    ("fr", "Quelque 4 700 habitants", "number", "4700", (4700, 4700), "person", True),
    ("fr", "une dizaine de buts", "number", "10", (10, 10), "goal", True),
    ("fr", "ses dix-neuf marins", "number", "19", (19, 19), "person", False),
    ("fr", "23 milliards de wons", "money", "23000000000", (2.3e10, 2.3e10), "KRW", False),
    ("fr", "14 millions d'euros", "money", "14000000", (1.4e7, 1.4e7), "EUR", False),
    ("fr", "88 %", "percent", "88", (88, 88), "%", False),
    ("fr", "au XXIe siècle", "ordinal", "21", (21, 21), None, False),
    ("fr", "les sept mètres", "number", "7", (7, 7), "m", False),
    ("ko", "5만3천 가구", "number", "53000", (53000, 53000), "household", False),
    ("ko", "2만여 명", "number", "20000", (20000, 20000), "person", True),
    ("ko", "100명 이상", "number", "100", (100, None), "person", True),
    ("ko", "초속 37m", "number", "37", (37, 37), "m/s", False),
    ("ko", "27-24로 꺾었다", "number", "27-24", (None, None), "score", False),
    ("ko", "2대0 승리", "number", "2-0", (None, None), "score", False),
    ("ko", "제14호 태풍", "ordinal", "14", (14, 14), None, False),
    ("ko", "500억 달러", "money", "50000000000", (5e10, 5e10), "USD", False),
    ("ko", "70~90%가", "percent", "70-90", (70, 90), "%", False),
    ("ko", "규모 7.5의 지진", "number", "7.5", (7.5, 7.5), "magnitude", False),
]
DURATIONS = [
    ("en", "fourteen hours", "PT14H"),
    ("en", "a 32-year-old man", "P32Y"),
    ("en", "two decades", "P20Y"),
    ("fr", "fermé quatorze heures", "PT14H"),
    ("fr", "dix jours après", "P10D"),
    ("ko", "14시간 동안", "PT14H"),
    ("ko", "열흘 만에", "P10D"),
    ("ko", "13년 만에", "P13Y"),
    ("ko", "18개월 뒤", "P18M"),
    ("ko", "10일간", "P10D"),
]
TIMES = [
    ("en", "at 4 a.m.", "T04:00", None),
    ("en", "at 12:30 p.m.", "T12:30", None),
    ("en", "at 12 a.m.", "T00:00", None),
    ("en", "by noon", "T12:00", None),
    ("en", "at 11:29", "T11:29", "12h"),
    ("fr", "À 23 heures", "T23:00", None),
    ("fr", "à 13h04", "T13:04", None),
    ("fr", "ce mercredi à partir de 11 heures", "T11:00", "12h"),
    ("ko", "오전 6시께", "T06:00", None),
    ("ko", "밤 10시께", "T22:00", None),
    ("ko", "오후 12시 55분", "T12:55", None),
    ("ko", "오후 세 시 반", "T15:30", None),
]


@pytest.mark.parametrize(("language", "text", "values"), NUMERALS)
def test_numerals(language, text, values):
    from pipeline.facts.numeral import canonical

    assert [canonical(n.value) for n in numerals(text, language)] == values


@pytest.mark.parametrize(("language", "text", "kind", "value", "bounds", "unit", "approximate"), FACTS)
def test_quantities(language, text, kind, value, bounds, unit, approximate):
    found = [m for m in parse(text, language) if m.kind == kind]
    assert [(m.value, m.unit, m.approximate) for m in found] == [(value, unit, approximate)]
    assert (found[0].low, found[0].high) == pytest.approx(bounds)


@pytest.mark.parametrize(("language", "text", "value"), DURATIONS)
def test_durations(language, text, value):
    found = [m for m in parse(text, language) if m.kind == "duration"]
    assert [m.value for m in found] == [value]
    assert found[0].low == found[0].high > 0


@pytest.mark.parametrize(("language", "text", "value", "role"), TIMES)
def test_times(language, text, value, role):
    assert [(m.value, m.role) for m in parse(text, language) if m.kind == "time"] == [(value, role)]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (("ko", "초속 37m"), ("fr", "133 km/h")),
        (("ko", "초속 43m"), ("en", "155 kilometres per hour")),
        (("en", "105 miles per hour"), ("ko", "시속 169km")),
        (("en", "6 feet"), ("fr", "1,83 mètre")),
        (("en", "90 °F"), ("fr", "32,2 °C")),
    ],
)
def test_measures_meet_in_the_base_unit(a, b):
    x, y = (next(m for m in parse(text, language) if m.kind == "number") for language, text in (a, b))
    assert x.unit == y.unit
    assert x.low == pytest.approx(y.low, rel=0.01)


def test_numbers_in_codes_are_no_facts():
    assert [m for m in parse("The JAS 39C and COVID-19 met an A380 and HER2.", "en") if m.kind != "name"] == []


def test_facts_lead_back_to_the_raw_file():
    text = "지난 13일 100조원"
    segment = Segment("s", "a", 0, 0, "body", text, 7, 7 + len(text), (Anchor(0, 7),), "ko", 1.0)
    facts = to_facts(parse(text, "ko"), segment)
    assert [(f.id, f.raw_start, f.raw_end, f.surface) for f in facts] == [
        ("s-f00", 7, 13, "지난 13일"),
        ("s-f01", 14, 19, "100조원"),
    ]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("5 euros", "de", ("EUR", 7)),  # a language without rules of its own is read as English
        ("5 euros", "fr", ("EUR", 7)),
        ("20 원을", "ko", ("KRW", 4)),
        ("20 원유", "ko", None),  # crude oil
        ("3 원전", "ko", None),  # nuclear plants
        ("20 원칙", "ko", None),
        ("20", "ko", None),
    ],
)
def test_the_currency_behind_a_number(text, language, expected):
    number = len(text) - len(text.lstrip("0123456789"))
    assert currency_after(text, number, language) == expected


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["1 ", "10~", "$1 "])
def test_a_row_of_figures_takes_no_square(piece):
    """Of 60,000 the first took three minutes."""
    assert len(numerals(piece * 60_000, "en")) == 60_000
