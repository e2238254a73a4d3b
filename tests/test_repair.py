"""Changed facts written right, and everything that must be left alone."""

import pytest

from pipeline.quality.fidelity import check
from pipeline.quality.repair import repair
from pipeline.quality.repair_edit import Edit
from pipeline.quality.repair_grammar import applied

REPAIRED = [
    (
        "ko-en",
        "정부는 500억 달러를 투자한다.",
        "It will invest 500 billion dollars.",
        "It will invest 50 billion dollars.",
    ),
    ("ko-en", "정부는 500억 달러를 투자한다.", "It will invest $500 billion.", "It will invest $50 billion."),
    ("ko-en", "정부는 8억원을 지원한다.", "It gave a 12 million won grant.", "It gave an 800 million won grant."),
    ("ko-en", "12억원을 지원한다.", "It will provide 1.2 billion dollars.", "It will provide 1.2 billion won."),
    ("ko-en", "12억 달러를 지원한다.", "It will provide 1.2 billion won.", "It will provide 1.2 billion dollars."),
    ("ko-en", "12억 달러를 지원한다.", "It will provide ₩1.2 billion.", "It will provide $1.2 billion."),
    ("ko-en", "3만 5천 명이 모였다.", "3,500 people gathered.", "35,000 people gathered."),
    ("ko-en", "1200명이 모였다.", "About 1300 people gathered.", "About 1200 people gathered."),
    ("ko-en", "매출이 12.5% 늘었다.", "Sales rose 15.2%.", "Sales rose 12.5%."),
    ("ko-en", "3~5% 늘었다.", "It rose 3 to 8 percent.", "It rose 3 to 5 percent."),
    ("ko-en", "지난 13일 열렸다.", "It was held on the 14th.", "It was held on the 13th."),
    ("ko-en", "5월 13일 열렸다.", "It was held on June 13.", "It was held on May 13."),
    ("ko-en", "2011년에 시작됐다.", "It began in 2012.", "It began in 2011."),
    ("ko-en", "2011년에 시작됐다.", "It began in 2911.", "It began in 2011."),
    ("ko-en", "오후 6시에 시작한다.", "It starts at 5 p.m.", "It starts at 6 p.m."),
    ("ko-en", "오후 6시 30분에 시작한다.", "It starts at 5:30 p.m.", "It starts at 6:30 p.m."),
    ("ko-en", "오후 6시 30분에 시작한다.", "It starts at 6:20 p.m.", "It starts at 6:30 p.m."),
    ("ko-en", "오후 1시에 시작한다.", "It starts at 12 p.m.", "It starts at 1 p.m."),
    ("ko-en", "오후 6시에 시작한다.", "It starts at 9 a.m.", "It starts at 6 p.m."),
    ("fr-en", "Il commence à 18h30.", "It starts at 17:30.", "It starts at 18:30."),
    ("ko-en", "20년 만에 우승했다.", "They won after a 28-year wait.", "They won after a 20-year wait."),
    ("ko-en", "제14호 태풍이 왔다.", "The 13th typhoon arrived.", "The 14th typhoon arrived."),
    ("ko-en", "13년 만에 우승했다.", "They won after 30 years.", "They won after 13 years."),
    ("ko-en", "중국 정부가 발표했다.", "Japan announced it.", "China announced it."),
    ("fr-en", "Il a perdu 23 milliards de wons.", "He lost 23 million won.", "He lost 23 billion won."),
    ("en-fr", "It cost 5 million euros.", "Cela a coûté 500 euros.", "Cela a coûté 5 millions d'euros."),
    ("en-fr", "It cost 5,000 euros.", "Cela a coûté 5 millions d'euros.", "Cela a coûté 5\u202f000 euros."),
    ("en-ko", "It cost 5 billion dollars.", "500억 달러가 들었다.", "50억 달러가 들었다."),
    ("ko-en", "수요일 오후에 열렸다.", "It was held on Thursday afternoon.", "It was held on Wednesday afternoon."),
    ("fr-en", "Il est arrivé lundi.", "He arrived on Sunday.", "He arrived on Monday."),
    ("ko-en", "1759년 9월 24일, 계약을 맺었다.", "In 1759, he signed it.", "On September 24, 1759, he signed it."),
    ("ko-en", "그는 1759년 9월에 왔다.", "He came in 1759.", "He came in September 1759."),
    ("en-fr", "He came on May 8, 2011.", "Il est venu en mai 2011.", "Il est venu le 8 mai 2011."),
    ("en-ko", "He came on May 8, 2011.", "그는 2011년에 왔다.", "그는 2011년 5월 8일에 왔다."),
    ("ko-en", "하루 280만 배럴로 줄었다.", "It fell to 280,000 barrels.", "It fell to 2,800,000 barrels."),
    ("en-ko", "It began on May 8.", "5월 9일 시작됐다.", "5월 8일 시작됐다."),
]


@pytest.mark.parametrize(("pair", "source", "hypothesis", "expected"), REPAIRED)
def test_a_changed_fact_is_written_right(pair, source, hypothesis, expected):
    languages = pair.split("-")
    found = repair(source, hypothesis, *languages, check(source, hypothesis, *languages))
    assert found is not None
    assert found.text == expected
    assert found.repairs[0].before in hypothesis
    assert found.repairs[0].after in expected
    assert found.fidelity == check(source, expected, *languages)


LEFT = [
    ("ko-en", "", ""),
    ("ko-en", "500억 달러를 투자한다.", ""),
    ("ko-en", "500억 달러를 투자한다.", "It will invest 50 billion dollars."),
    # two changed facts of one kind: which became which?
    ("ko-en", "30명과 40명이 왔다.", "35 and 45 people came."),
    # the same surface twice
    ("ko-en", "30명이 왔다.", "40 people came, 40 people."),
    # a part of a date after another word than "in", or twice
    ("ko-en", "1759년 9월 24일, 계약을 맺었다.", "The 1759 contract was signed."),
    ("ko-en", "1759년 9월 24일, 계약을 맺었다.", "In 1759, the contract of 1759 was signed."),
    # the other half of the day may be a slip of either side; hour and minutes both differ
    ("ko-en", "오전 9시에 시작한다.", "It starts at 9 p.m."),
    ("ko-en", "오후 6시에 시작한다.", "It starts at 7:30 p.m."),
    # missing, not changed
    ("ko-en", "30명이 왔다.", "People came."),
    # a conversion is not an error
    ("ko-en", "시속 135km로 달렸다.", "It ran at 85 mph."),
    ("fr-en", "Il faisait 26 degrés.", "It was a sunny 80 degrees."),
    # codes
    ("ko-en", "007 시리즈", "The 017 series"),
    # names that are not certain, a language, countries with articles
    ("ko-en", "김민수 기자가 썼다.", "Kim Min-so wrote it."),
    ("ko-en", "스페인어를 한다.", "They speak in America."),
    ("ko-en", "미국 정부가 발표했다.", "Japan announced it."),
    ("de-en", "30 Leute kamen.", "40 people came."),
]


@pytest.mark.parametrize(("pair", "source", "hypothesis"), LEFT)
def test_what_is_in_doubt_is_left_alone(pair, source, hypothesis):
    languages = pair.split("-")
    assert repair(source, hypothesis, *languages, check(source, hypothesis, *languages)) is None


GRAMMAR = [
    ("en", "A 5 won coin", (2, 3, "8"), "An 8 won coin"),
    ("en", "an 8 won coin", (3, 4, "5"), "a 5 won coin"),
    ("en", "a $5 coin", (3, 4, "11"), "an $11 coin"),
    ("en", "a 5 coin", (2, 3, "110"), "a 110 coin"),
    ("en", "Five came.", (0, 4, "six"), "Six came."),
    ("ko", "5를 넘었다", (0, 1, "6"), "6을 넘었다"),
    ("ko", "서울은 크다", (0, 2, "제주"), "제주는 크다"),
    ("fr", "un 5", (3, 4, "8"), "un 8"),
]


@pytest.mark.parametrize(("language", "text", "edit", "expected"), GRAMMAR)
def test_the_words_around_a_repair_agree(language, text, edit, expected):
    assert applied(text, Edit("number", *edit), language) == expected


def test_two_facts_of_different_kinds_are_both_repaired():
    source, hypothesis = "5월 13일 12억원을 지원했다.", "It gave 12 billion won on May 14."
    found = repair(source, hypothesis, "ko", "en", check(source, hypothesis, "ko", "en"))
    assert found is not None
    assert found.text == "It gave 1.2 billion won on May 13."
    assert [r.kind for r in found.repairs] == ["date", "money"] or len(found.repairs) == 2
    assert found.fidelity.findings == ()
