"""Facts written in another language, in all six directions, as tables; and back again through the parsers."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError, InputError
from pipeline.evaluation.rendering import evaluate_rendering
from pipeline.facts import parse
from pipeline.facts.figures import figure, figure_range, in_words, ordinal
from pipeline.facts.parse import parse_numeric
from pipeline.facts.press_terms import find_terms, terms
from pipeline.facts.render import Pin, pins, render
from pipeline.facts.render_names import romanise_person
from pipeline.facts.rendering import NARROW
from pipeline.records import Mention

KO_EN = [
    ("100조원", "100 trillion won"),
    ("500억 달러", "$50 billion"),
    ("12억원", "1.2 billion won"),
    ("2억2천3백만원", "223 million won"),
    ("3만 5천 명", "35,000 people"),
    ("2만여 명", "more than 20,000 people"),
    ("수백 명", "hundreds of people"),
    ("수십만 명", "hundreds of thousands of people"),
    ("수백 시간", "hundreds of hours"),
    ("100명 이상", "at least 100 people"),
    ("세 명", "three people"),
    ("스물두 명", "22 people"),
    ("12개국", "12 countries"),
    ("지난 13일", "the 13th"),
    ("16일", "the 16th"),
    ("올 4월", "April this year"),
    ("지난 8월", "last August"),
    ("다음 달 6일", "the 6th of next month"),
    ("5월 8일", "May 8"),
    ("2024년 5월 10일", "May 10, 2024"),
    ("2018년 4월", "April 2018"),
    ("2011년", "2011"),
    ("2030년까지", "by 2030"),
    ("1980년대", "the 1980s"),
    ("19세기", "19th century"),
    ("월요일", "Monday"),
    ("지난해", "last year"),
    ("전날", "the previous day"),
    ("오전 6시", "6 a.m."),
    ("오후 6시 30분", "6:30 p.m."),
    ("정오", "noon"),
    ("70~90%", "70 to 90 percent"),
    ("88%", "88%"),
    ("0.5%포인트", "0.5 percentage points"),
    ("13년 만에", "for the first time in 13 years"),
    ("3년 전", "three years ago"),
    ("1년 5개월", "one year and five months"),
    ("3년 6개월 동안", "for three years and six months"),
    ("1년 5개월 만에", "for the first time in one year and five months"),
    ("20세", "20 years old"),
    ("제14호", "No. 14"),
    ("제21회", "21st"),
    ("두 배", "twice"),
    ("시속 160km", "160 km/h"),
    ("섭씨 30도", "30 degrees Celsius"),
    ("규모 7.5", "magnitude 7.5"),
    ("3분기", "third quarter"),
]
FR_EN = [
    ("23 milliards de wons", "23 billion won"),
    ("5 milliards d'euros", "5 billion euros"),
    ("1 234,5 km", "1,234.5 kilometers"),
    ("20 000 habitants", "20,000 residents"),
    ("une dizaine de personnes", "about 10 people"),
    ("88 %", "88%"),
    ("le 26, il", "the 26th"),
    ("le 8 mai", "May 8"),
    ("1er janvier", "January 1"),
    ("vendredi 10 mai 2024", "Friday, May 10, 2024"),
    ("à 20 heures", "8 p.m."),
    ("18 h 30", "6:30 p.m."),
    ("les années 1980", "the 1980s"),
    ("au XXIe siècle", "21st century"),
    ("la semaine dernière", "last week"),
    ("cinq mois", "five months"),
    ("l'ONU", "United Nations"),
    ("un projet de loi", "bill"),
    ("Londres", "London"),
    ("Corée du Sud", "South Korea"),
]
EN_FR = [
    ("5 billion euros", "5 milliards d'euros"),
    ("$2.3 billion", "2,3 milliards de dollars"),
    ("100 trillion won", f"100{NARROW}000 milliards de wons"),
    ("35,000 people", f"35{NARROW}000 personnes"),
    ("2 million people", "2 millions de personnes"),
    ("1,234.5 km", f"1{NARROW}234,5 kilomètres"),
    ("12%", f"12{NARROW}%"),
    ("on May 8, 2024", "le 8 mai 2024"),
    ("on January 1", "le 1er janvier"),
    ("at 8 p.m.", "20 heures"),
    ("at 6:30 p.m.", f"18{NARROW}h{NARROW}30"),
    ("the 21st century", "XXIe siècle"),
    ("Monday", "lundi"),
    ("the UN", "ONU"),
    ("London", "Londres"),
]
EN_KO = [
    ("1.2 billion dollars", "12억 달러"),
    ("1.2 billion won", "12억원"),
    ("35,000 people", "3만 5000명"),
    ("9,500 people", "9,500명"),
    ("on May 8, 2024", "2024년 5월 8일"),
    ("at 6:30 p.m.", "오후 6시 30분"),
    ("the 1980s", "1980년대"),
    ("May this year", "올 5월"),
    ("next May", "오는 5월"),
    ("last May", "지난 5월"),
    ("70 to 90 percent", "70~90%"),
    ("13 years", "13년"),
    ("two days", "이틀"),
    ("Ministry of SMEs and Startups", "중소벤처기업부"),
]
FR_KO = [
    ("23 milliards de wons", "230억원"),
    ("35 000 personnes", "3만 5000명"),
    ("le 8 mai 2024", "2024년 5월 8일"),
    ("vendredi 10 mai", "5월 10일(금)"),
    ("l'ONU", "유엔"),
    ("Corée du Sud", "한국"),
]
KO_FR = [
    ("23억 원", "2,3 milliards de wons"),
    ("3만 5천 명", f"35{NARROW}000 personnes"),
    ("5월 8일", "le 8 mai"),
    ("오후 8시", "20 heures"),
    ("1980년대", "les années 1980"),
    ("88%", f"88{NARROW}%"),
    ("국회", "Assemblée nationale"),
    ("13년 만에", "pour la première fois en 13 ans"),
    ("2030년까지", "d'ici 2030"),
    ("5월까지", "mai"),
]
DIRECTIONS = [
    (pair, *row)
    for pair, rows in (
        ("ko-en", KO_EN),
        ("fr-en", FR_EN),
        ("en-fr", EN_FR),
        ("en-ko", EN_KO),
        ("fr-ko", FR_KO),
        ("ko-fr", KO_FR),
    )
    for row in rows
]


@pytest.mark.parametrize(("pair", "text", "target"), DIRECTIONS)
def test_facts_are_rendered(pair, text, target):
    assert [p.target for p in pins(text, *pair.split("-"))] == [target]


NOTHING = ["", " ", "🙂🙂", "\x00\x01", "그리고", "한편 그는", "모레로스", "<b></b>", "한 명"]


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_is_pinned_where_nothing_is_sure(text):
    assert pins(text, "ko", "en") == []


@pytest.mark.parametrize("pair", [("de", "en"), ("en", "de"), ("en", "en"), ("", "")])
def test_other_languages_have_no_pins(pair):
    assert pins("In 2011, 35,000 people", *pair) == []
    mention = parse("35,000 people", "en")[0]
    assert render(mention, *pair) is None


def test_pins_keep_their_place_and_do_not_overlap():
    text = "오영주 중소벤처기업부 장관은 지난 13일 서울 간담회에 3만 5천 명이 왔고 12억원을 지원한다고 밝혔다."
    found = pins(text, "ko", "en")
    assert all(text[p.start : p.end] == p.source for p in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    assert [p.target for p in found] == [
        "Oh Yeong-ju",
        "Ministry of SMEs and Startups",
        "minister",
        "the 13th",
        "Seoul",
        "meeting",
        "35,000 people",
        "1.2 billion won",
    ]
    assert pins(text, "ko", "en", parse(text, "ko")) == found


PEOPLE = [
    ("윤석열 대통령은 말했다", "President Yoon Suk-yeol"),
    ("이영희 교수는 말했다", "Professor Lee Yeong-hui"),
    ("김민수 기자", "Kim Min-su"),
    ("조 바이든(Joe Biden) 전 부통령", "Joe Biden"),
    ("기시다 총리는", "Prime Minister Kishida"),
]


@pytest.mark.parametrize(("text", "target"), PEOPLE)
def test_people(text, target):
    assert target in [p.target for p in pins(text, "ko", "en")]


@pytest.mark.parametrize(
    "text",
    ["원주민 대통령", "정치학 교수", "고위직 의원", "조지아 대통령", "고이즈미 총리", "하토야마 총리", "서해안에서"],
)
def test_what_is_no_korean_person_is_not_romanised(text):
    assert [p for p in pins(text, "ko", "en") if p.kind == "person"] == []


def test_a_name_is_certain_only_where_the_source_spells_it():
    found = {p.source: p.certain for p in pins("이영희 교수와 조 바이든(Joe Biden)", "ko", "en")}
    assert found == {"이영희 교수": False, "조 바이든(Joe Biden)": True}


@pytest.mark.parametrize(
    ("text", "spellings", "certain"),
    [
        ("1시간 30분 걸렸다.", ("one hour and 30 minutes",), False),  # put together, so never sure
        ("올해 5월", ("May this year", "May"), True),
        ("지난해 5월 8일", ("May 8 last year", "May 8"), True),
        ("5월까지", ("by May", "until May"), False),
    ],
)
def test_other_spellings_of_a_time_are_known(text, spellings, certain):
    (pin,) = pins(text, "ko", "en")
    assert ((pin.target, *pin.alternatives), pin.certain) == (spellings, certain)


def test_spellings_of_a_person():
    assert romanise_person("김정수") == ("Kim Jeong-su", "Kim Jung-soo")
    assert romanise_person("남궁민수")[0] == "Namkoong Min-su"
    assert romanise_person("뷁") == romanise_person("") == ()


def test_trivial_pins_are_marked():
    found = {p.source: p.trivial for p in pins("R&D 예산 88%와 2011년 13일 3만 명, 프랑스", "ko", "en")}
    assert found == {"R&D": True, "88%": True, "2011년": True, "13일": False, "3만 명": False, "프랑스": True}
    assert all(p.trivial for p in pins("1 234 personnes, 88 %", "fr", "en"))


def test_a_body_of_another_country_is_not_given_a_korean_name():
    assert [p.target for p in pins("영국 국회는", "ko", "en") if p.kind == "body"] == []
    assert [p.target for p in pins("국회는", "ko", "en")] == ["National Assembly"]


# --- terms ------------------------------------------------------------------------------------------------------------


def test_terms_end_where_words_end():
    assert [m.term.target for m in find_terms("보건복지부는 검찰총장과", "ko", "en")] == [
        "Ministry of Health and Welfare",
        "prosecutor general",
    ]
    assert find_terms("국회의사당", "ko", "en") == []
    assert [m.term.target for m in find_terms("국회의원들은", "ko", "en")] == ["lawmaker"]
    assert find_terms("une ue, un deputedepute", "fr", "en") == []
    assert [m.term.target for m in find_terms("l’ONU et le Projet de loi", "fr", "en")] == ["United Nations", "bill"]


def test_names_of_bodies_hold_both_ways_and_across():
    assert terms("en", "ko")["Ministry of Health and Welfare"].target == "보건복지부"
    assert terms("ko", "fr")["유엔"].target == "ONU"
    assert "bill" not in terms("en", "fr")


def test_the_table_is_a_glossary_without_double_rows():
    from pipeline.facts.press_terms import _rows

    rows = [(r.term, r.language, r.target, r.target_language) for r in _rows()]
    assert len(rows) == len(set(rows)) > 500
    assert all(all(field == field.strip() != "" for field in row) for row in rows)
    assert {r.note for r in _rows()} == {"body", "person", "place", "term", "title"}


# --- there and back ---------------------------------------------------------------------------------------------------

WRITTEN = [
    ("1234567", "en", "1,234,567"),
    ("1500000", "en", "1.5 million"),
    ("1000000", "en", "1 million"),
    ("1500000", "fr", "1,5 million"),
    ("2000000", "fr", "2 millions"),
    ("120000000", "ko", "1억 2000만"),
    ("0", "ko", "0"),
    ("0.5", "fr", "0,5"),
    ("10000", "ko", "1만"),
]


@pytest.mark.parametrize(("value", "language", "text"), WRITTEN)
def test_figures(value, language, text):
    assert figure(Decimal(value), language) == text


def test_small_parts():
    assert [ordinal(n, "en") for n in (1, 2, 3, 4, 11, 12, 13, 21, 112)] == (
        ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th"]
    )
    assert (ordinal(1, "fr"), ordinal(1, "fr", feminine=True)) == ("1er", "1re")
    assert in_words(Decimal(1), "fr", feminine=True) == "une"
    assert in_words(Decimal(10), "en") is in_words(Decimal("1.5"), "en") is in_words(Decimal(3), "ko") is None
    assert figure_range(Decimal(2000000), Decimal(3000000), "en") == "2 to 3 million"


languages = st.permutations(["en", "fr", "ko"])
values = st.one_of(
    st.integers(2, 10**6),
    st.integers(2, 9999).map(lambda n: n * 10**6),
    st.integers(2, 999).map(lambda n: n * 10**8),
    st.integers(20, 9999).map(lambda n: Decimal(n) / 10),
)


def again(text: str, kind: str, pair: tuple[str, str], lead: str = "") -> tuple[object, ...]:
    """Parse a text, render its one fact, and parse the rendering."""
    source, target = pair
    mention = next(m for m in parse_numeric(text, source) if m.kind == kind)
    rendering = render(mention, source, target)
    assert rendering is not None
    back = [m for m in parse_numeric(lead + rendering.text, target) if m.kind == kind]
    assert len(back) == 1, rendering.text
    return mention, back[0]


@given(values, languages)
@settings(max_examples=150, deadline=None)
def test_money_comes_back(value, order):
    source, target, _ = order
    name = {"en": " euros", "fr": " euros", "ko": "유로"}[source]
    number = figure(Decimal(value), source)
    mention, back = again(
        f"{number}{' d’euros' if number.endswith(('on', 'ons', 'ard', 'ards')) and source == 'fr' else name}",
        "money",
        (source, target),
    )
    assert (back.low, back.unit) == (mention.low, "EUR")


@given(values, languages)
@settings(max_examples=150, deadline=None)
def test_percent_comes_back(value, order):
    source, target, _ = order
    mention, back = again(f"{figure(Decimal(value), source)}%", "percent", (source, target))
    assert back.low == pytest.approx(mention.low)


@given(st.dates(), languages)
@settings(max_examples=150, deadline=None)
def test_dates_come_back(day, order):
    source, target, _ = order
    if day.year < 1500 or day.year > 2099:
        day = day.replace(year=2000 + day.year % 100, day=min(day.day, 28))
    written = {
        "en": f"{day:%B} {day.day}, {day.year}",
        "fr": None,
        "ko": f"{day.year}년 {day.month}월 {day.day}일",
    }[source]
    if written is None:
        korean = parse_numeric(f"{day.year}년 {day.month}월 {day.day}일", "ko")[0]
        written = render(korean, "ko", "fr").text
    mention, back = again(written, "date", (source, target))
    assert back.value == mention.value == day.isoformat()


@given(st.integers(0, 23), st.integers(0, 59), languages)
@settings(max_examples=100, deadline=None)
def test_times_come_back(hour, minute, order):
    source, target, _ = order
    stated = Mention("time", f"T{hour:02d}:{minute:02d}", "", 0, 0)
    written = render(stated, "fr" if source != "fr" else "en", source).text
    lead = {"fr": "vers ", "en": "at ", "ko": ""}
    mention, back = again(lead[source] + written, "time", (source, target), lead[target])
    assert back.value == mention.value == f"T{hour:02d}:{minute:02d}"


def test_pins_are_plain_records():
    assert Pin("number", "1", "1", 0, 1) == Pin("number", "1", "1", 0, 1, True, (), False)


def test_the_measure_of_rendering(tmp_path):
    (tmp_path / "ko.txt").write_text("13일 100조원을 투자했다.\n한 명이 왔다.\n\n", encoding="utf-8")
    (tmp_path / "en.txt").write_text("It invested 100 trillion won on the 13th.\nOne came.\n\n", encoding="utf-8")
    result = evaluate_rendering(tmp_path, "ko-en")
    assert result["kinds"]["money"] == {
        "mentions": 1,
        "rendered": 1.0,
        "round_trip": 1.0,
        "supported": 1.0,
        "literal": 1.0,
        "literal_or_alternative": 1.0,
        "certain": 1.0,
    }
    assert (result["all"]["mentions"], result["all"]["rendered"]) == (3, 0.6667)
    assert result["kinds"]["number"]["literal"] is None
    assert result["repair"] == {"altered": 1, "changed": 1, "repaired": 1, "exact": 1, "human_touched": 0}


def test_the_measure_refuses_what_it_cannot_read(tmp_path):
    (tmp_path / "ko.txt").write_text("하나\n", encoding="utf-8")
    (tmp_path / "en.txt").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"ko\.txt has 1 lines, en\.txt 0"):
        evaluate_rendering(tmp_path, "ko-en")
    with pytest.raises(ConfigError, match="no language pair"):
        evaluate_rendering(tmp_path, "ko-de")
