"""Names across spellings and scripts, places under one key, acronyms, quotations."""

import pytest

from pipeline.facts import parse
from pipeline.facts.names import acronyms
from pipeline.facts.places import place_key, places
from pipeline.facts.romanise import fold, name_key, name_similarity, romanise

ROMANISED = [
    ("서울", "seoul"),
    ("오영주", "oyeongju"),
    ("신라", "sinra"),
    ("별내", "byeolnae"),
    ("설악", "seorak"),
    ("달라", "dalla"),
    ("값이", "gapi"),
    ("Seoul 1", "Seoul 1"),
    ("", ""),
]
SAME = [
    ("Oh Young-joo", "Oh Youngju"),
    ("Oh Young-joo", "오영주"),
    ("Young-joo Oh", "오영주"),
    ("Joo Ji-hyun", "Ju Ji Hyeong"),
    ("주지현", "Joo Ji-hyun"),
    ("Noh Yong-seok", "노용석"),
    ("Roh Yong-seok", "Noh Yong-seok"),
    ("Hiroaki Ueno", "Ueno Hiroaki"),
    ("이재명", "Lee Jae-myung"),
    ("최민호", "Choi Min-ho"),
    ("엘로디 마르샹", "Élodie Marchand"),
    ("Göteborg", "Goteborg"),
]
DIFFERENT = [
    ("Kim Hongju", "Kim Sangyong"),
    ("Takeda", "Astellas"),
    ("성산", "Hallim"),
    ("거제", "Namhae"),
    ("Gothenburg", "Oslo"),
    ("박현숙", "Lim Jeong-wook"),
    ("", "Oslo"),
    ("", ""),
]
NAMES = [
    ("en", "The event was opened by Minister Oh Young-joo of trade.", [("Oh Young-joo", "person")]),
    ("en", "Hiroaki Ueno, chairman of the group, spoke.", [("Hiroaki Ueno", "person")]),
    ("en", "However, prices rose in Japan.", [("Japan", "place")]),
    ("en", "The Korean market grew on Monday in May.", []),
    ("en", "He visited Takeda and Sanofi.", [("Takeda", "other"), ("Sanofi", "other")]),
    ("en", "The University of Tokyo agreed.", [("University of Tokyo", "organisation")]),
    ("en", "Otsuka Pharmaceutical Co., Ltd. agreed.", [("Otsuka Pharmaceutical Co., Ltd.", "organisation")]),
    ("en", "Takeda, Ltd., and Acme, Inc. met", [("Takeda, Ltd.", "organisation"), ("Acme, Inc.", "organisation")]),
    ("en", "He met Ltd., nobody.", [("Ltd.", "organisation")]),
    ("en", "We saw iPark and eBay, 5 kWh of mRNA.", [("iPark", "other"), ("eBay", "other")]),
    ("en", "Taro Mori, Senior Vice President, spoke.", [("Taro Mori", "other")]),
    ("en", "We met Taro Mori, Osaka Region Head, Acme.", [("Taro Mori", "other"), ("Acme", "other")]),
    ("en", "The Oncology and Vaccines Unit spoke.", [("Oncology and Vaccines Unit", "organisation")]),
    ("fr", "Un film du XXIe siècle sort.", []),
    (
        "en",
        "Later they went there and met the Director General and Vice Governor Kenji Mori of it.",
        [("Kenji Mori", "person")],
    ),
    ("en", "We met Kim Jin, Vice Governor of Hadong-gun.", [("Kim Jin", "other"), ("Hadong-gun", "other")]),
    ("en", "Park Jin Sook, CEO, CEFObio", [("Park Jin Sook", "person"), ("CEFObio", "other")]),
    (
        "en",
        "Later they went through Hyde Park, Park City, then to General Motors.",
        [("Hyde Park", "place"), ("Park City", "place"), ("General Motors", "organisation")],
    ),
    (
        "en",
        "Ken Mori, Head of Public Affairs, and Joe Ro, CEO of Common Knowledge, met",
        [("Ken Mori", "person"), ("Joe Ro", "person"), ("Common Knowledge", "other")],
    ),
    ("en", "It is big (Headquarters: Sejong City).", [("Sejong City", "place")]),
    ("en", "There came a South Korean and a West German, both from South Alabama.", [("South Alabama", "other")]),
    (
        "en",
        "The Ministry of Trade and Startups and Hana Institute agreed with Takeda and Sanofi.",
        [
            ("Ministry of Trade and Startups", "organisation"),
            ("Hana Institute", "organisation"),
            ("Takeda", "other"),
            ("Sanofi", "other"),
        ],
    ),
    ("en", "Kenji Mori joined Takeda Otsuka Daiichi Sanofi", []),  # a headline
    (
        "en",
        "Kenji Mori joined Takeda Otsuka Daiichi Sanofi.",
        [("Kenji Mori", "other"), ("Takeda Otsuka Daiichi Sanofi", "other")],
    ),
    ("en", "Kenji Mori Joins Takeda Otsuka Daiichi Sanofi.", []),
    ("fr", "Il a rencontré le ministre Han Sung-sook à Tokyo.", [("Han Sung-sook", "person"), ("Tokyo", "place")]),
    ("fr", "La coopération Corée-Japon avance.", [("Corée", "place"), ("Japon", "place")]),
    ("fr", "Cependant, il pleut.", []),
    ("ko", "오영주 장관은 일본을 방문했다.", [("오영주", "person"), ("일본", "place")]),
    ("ko", "한일 양국은 협력한다.", []),
    ("en", "", []),
    ("ko", "", []),
    ("ko", "R&D", [("R&D", "other")]),
]


@pytest.mark.parametrize(("hangul", "latin"), ROMANISED)
def test_romanisation(hangul, latin):
    assert romanise(hangul) == latin


@pytest.mark.parametrize(("a", "b"), SAME)
def test_spellings_of_one_name(a, b):
    assert name_similarity(a, b) >= 0.8
    assert name_similarity(a, b) == pytest.approx(name_similarity(b, a))


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_different_names(a, b):
    assert name_similarity(a, b) < 0.75


def test_a_surname_alone_is_a_partial_match():
    assert 0.6 < name_similarity("Roh", "Noh Yong-seok") <= 0.75


def test_keys():
    assert fold("Élodie  Maréchal-Quéré") == "elodie marechalquere"
    assert name_key("오영주") == "oyeongju"


@pytest.mark.parametrize(("language", "text", "expected"), NAMES)
def test_names(language, text, expected):
    assert [(m.surface, m.role) for m in parse(text, language) if m.kind == "name"] == expected


@pytest.mark.parametrize(
    ("key", "forms"),
    [
        ("JP", ["Japan", "Japon", "일본"]),
        ("KR", ["South Korea", "Korea", "Corée du Sud", "한국"]),
        ("US", ["United States", "États-Unis", "미국"]),
        ("Asia/Tokyo", ["Tokyo", "도쿄"]),
        (None, ["Nowhereville", ""]),
    ],
)
def test_places_share_a_key(key, forms):
    assert {place_key(form) for form in forms} == {key}


def test_places_inside_words_are_not_places():
    assert places("Japanese Japanology", "en") == []
    assert [m.value for m in places("Korea's and Japan's plans", "en")] == ["KR", "JP"]


def test_acronyms():
    text = "The Ministry of SMEs and Startups (MSS) met the Trade Organization (XYZ). MSS agreed."
    assert acronyms(text) == {"MSS": "Ministry of SMEs and Startups"}
    values = {m.surface: m.value for m in parse(text, "en") if m.kind == "name"}
    assert values["MSS"] == values["Ministry of SMEs and Startups"]


@pytest.mark.parametrize(
    ("language", "text", "surface", "speaker"),
    [
        ("en", '"We will win the next one," said Ryu Da-eun.', "We will win the next one,", "Ryu Da-eun"),
        ("en", "Toshio Mori, CEO of Hanso, remarked, “This is a hub.”", "This is a hub.", "Toshio Mori"),
        (
            "fr",
            "Lim Jeong-wook a souligné : « Le secteur est un moteur. »",
            "Le secteur est un moteur.",
            "Lim Jeong-wook",
        ),
        ("ko", '표인숙 감독은 "선수들이 잘 싸웠다"고 말했다.', "선수들이 잘 싸웠다", "표인숙"),
        ("ko", "“선수들이 잘 싸웠다.”", "선수들이 잘 싸웠다.", None),
        ("en", 'The "so-called" law.', None, None),
    ],
)
def test_quotes(language, text, surface, speaker):
    found = [(m.surface, m.role) for m in parse(text, language) if m.kind == "quote"]
    assert found == ([(surface, speaker)] if surface else [])
