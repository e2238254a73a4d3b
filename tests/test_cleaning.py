"""Cleaning: encodings, stamps, furniture, repeats, structure and the article they make."""

from __future__ import annotations

import codecs
import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cleaning.article import CleaningSettings, ParsedItem, parse_item
from pipeline.cleaning.boilerplate import classify
from pipeline.cleaning.bylines import published_in
from pipeline.cleaning.dates import find_stamps, iso_date
from pipeline.cleaning.encodings import Decoded, Undecodable, decode, repair
from pipeline.cleaning.item import RawItem
from pipeline.cleaning.lines import find_zones, is_prose, split_lines
from pipeline.cleaning.repeats import repeated_body
from pipeline.records import Reason
from pipeline.text import normalise

BENCH = Path(__file__).resolve().parents[2] / "shared" / "bench"
FRENCH = "Le maire a annoncé jeudi que l'école rouvrirait à la rentrée. « C'est un soulagement », a-t-il dit à Nîmes."
KOREAN = "시는 13일 새 도서관을 내년 3월에 연다고 밝혔다. 예산은 120억원이다."
ENGLISH = "The council said on Thursday that the bridge would stay closed until spring. Repairs cost 3 million pounds."
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00\x00\x00\x01\x00\x08\x06\x00\x00\x00\\r\xa8f"


def clean(data: str | bytes, **kwargs) -> ParsedItem:
    is_text = isinstance(data, str)
    item = RawItem("a.txt", None, "a", None if is_text else data, data if is_text else None, "text")
    return parse_item(item, CleaningSettings(**kwargs))


def kept(text: str) -> list[str]:
    article = clean(text).article
    assert article is not None
    return [paragraph.text for paragraph in article.paragraphs]


# --- encodings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"plain", "plain", "utf-8"),
        (KOREAN.encode(), KOREAN, "utf-8"),
        (codecs.BOM_UTF8 + FRENCH.encode(), FRENCH, "utf-8-sig"),
        (codecs.BOM_UTF16_LE + KOREAN.encode("utf-16-le"), KOREAN, "utf-16-le"),
        (codecs.BOM_UTF16_BE + FRENCH.encode("utf-16-be"), FRENCH, "utf-16-be"),
        (codecs.BOM_UTF32_LE + FRENCH.encode("utf-32-le"), FRENCH, "utf-32-le"),
        (ENGLISH.encode("utf-16-le"), ENGLISH, "utf-16-le"),
        (FRENCH.encode("utf-16-be"), FRENCH, "utf-16-be"),
        (KOREAN.encode("utf-16-le"), KOREAN, "utf-16-le"),
        (KOREAN.encode("cp949"), KOREAN, "cp949"),
        (KOREAN.encode("euc-kr"), KOREAN, "cp949"),
        (FRENCH.encode("cp1252"), FRENCH, "cp1252"),
        ("L'été à Nîmes".encode("latin-1"), "L'été à Nîmes", "cp1252"),
        ("café".encode("latin-1"), "café", "cp1252"),
        ("« été »".encode("latin-1"), "« été »", "cp1252"),
        (KOREAN.encode()[:-2], KOREAN[:-1] + ".", "utf-8") if KOREAN[-1] != "." else (b"x", "x", "utf-8"),
        ("마지막 글자가 잘린다".encode()[:-1], "마지막 글자가 잘린", "utf-8+truncated"),
        ("머리글자가 잘린다".encode()[1:], "리글자가 잘린다", "utf-8+truncated"),
        (codecs.BOM_UTF16_LE + "가나다".encode("utf-16-le")[:-1], "가나", "utf-16-le+truncated"),
        (
            (KOREAN * 9).encode().replace("밝".encode(), b"\xff", 1),
            (KOREAN * 9).replace("밝", "\ufffd", 1),
            "utf-8+replaced",
        ),
        ("Le prÃ©sident a parlÃ© Ã  la tÃ©lÃ©vision".encode(), "Le président a parlé à la télévision", "utf-8+ftfy"),
    ],
)
def test_decode(data, text, encoding):
    assert decode(data) == Decoded(text, encoding)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (PNG, Reason.NOT_TEXT),
        (b"%PDF-1.7\n1 0 obj", Reason.NOT_TEXT),
        (b"PK\x03\x04\x14\x00\x06\x00", Reason.NOT_TEXT),
        (b"\x1f\x8b\x08\x00", Reason.NOT_TEXT),
        (bytes(range(256)) * 8, Reason.NOT_TEXT),
        (b"\x00" * 500, Reason.NOT_TEXT),
        (b"abc\x01\x02\x03def\x04", Reason.NOT_TEXT),
    ],
)
def test_binary_is_not_text(data, reason):
    result = decode(data)
    assert isinstance(result, Undecodable)
    assert result.reason is reason


def test_repair_leaves_clean_text_alone_and_mends_surrogates():
    assert repair(FRENCH) == Decoded(FRENCH, "utf-8")
    assert repair("x\ud83d\ude00y") == Decoded("x😀y", "utf-8+replaced")
    assert repair("x\ud83dy") == Decoded("x\ufffdy", "utf-8+replaced")
    assert repair("L’Ã©tÃ©") == Decoded("L’été", "utf-8+ftfy")


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=1, max_size=400))
def test_decode_never_fails(data):
    result = decode(data)
    assert isinstance(result, (Decoded, Undecodable))
    if isinstance(result, Decoded):
        result.text.encode("utf-8")


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([FRENCH, KOREAN, ENGLISH]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp949"]), st.data()
)
def test_known_encodings_round_trip(text, codec, data):
    if codec == "cp949" and text is FRENCH:
        return
    cut = data.draw(st.integers(min_value=8, max_value=len(text)))
    decoded = decode(text[:cut].encode(codec))
    assert isinstance(decoded, Decoded)
    assert decoded.text == text[:cut]


# --- stamps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2025-11-06", "2025-11-06"),
        ("2025-11-06T10:30:00Z", "2025-11-06T10:30+00:00"),
        ("2025-11-06 10:30", "2025-11-06T10:30"),
        ("2025-11-06T10:30:00.000+09:00", "2025-11-06T10:30+09:00"),
        ("2025.11.06. 오후 6:22", "2025-11-06T18:22"),
        ("2025년 9월 18일 오전 12시 5분", "2025-09-18T00:05"),
        ("2025/09/18", "2025-09-18"),
        ("May 10, 2024", "2024-05-10"),
        ("10th May 2024", "2024-05-10"),
        ("Sept. 3, 2024 6:22 p.m.", "2024-09-03T18:22"),
        ("Thu, 06 Nov 2025 10:00:00 GMT", "2025-11-06T10:00+00:00"),
        ("Sunday 16 November 2025 | 09:30 GMT", "2025-11-16T09:30+00:00"),
        ("mercredi 5 novembre 2025 à 13h04", "2025-11-05T13:04"),
        ("1er mai 2024, 9h", "2024-05-01T09:00"),
        ("25/12/2024", "2024-12-25"),
        ("05/11/2025", None),  # May or November
        ("31 février 2024", None),
        ("2024-13-40", None),
        ("next Tuesday", None),
        ("", None),
        (20240510, None),
        (None, None),
    ],
)
def test_iso_date(text, iso):
    assert iso_date(text) == iso


def test_stamps_keep_their_place():
    text = "기사입력 2025-09-18 18:22 | 최종수정 2025-09-18 20:05"
    assert [(text[s.start : s.end].strip(), s.iso) for s in find_stamps(text)] == [
        ("2025-09-18 18:22", "2025-09-18T18:22"),
        ("2025-09-18 20:05", "2025-09-18T20:05"),
    ]


@pytest.mark.parametrize(
    ("head", "published"),
    [
        ("최종수정 2025-09-18 20:05 | 기사입력 2025-09-18 18:22", "2025-09-18T18:22"),
        ("Updated 3 May 2024 10:00", "2024-05-03T10:00"),
        ("May 10, 2024", "2024-05-10"),
        ("By Jane Doe | May 10, 2024", "2024-05-10"),
        ("Since May 10, 2024 nothing happened", None),
        ("Another line", None),
    ],
)
def test_publication_date_comes_from_the_head(head, published):
    lines = split_lines(f"A headline of some length\n{head}\n\n{ENGLISH}\n\nIn 2019-01-01 style.\n2019-01-01 10:00")
    verdicts = classify(lines)
    found = published_in(lines[:3], find_zones(lines, verdicts).first)
    assert found == published


# --- furniture --------------------------------------------------------------------------------------------------------

BODY = {"en": ENGLISH, "fr": FRENCH, "ko": KOREAN}

# One line of furniture after the body.
TAIL = [
    ("en", "Share this article", Reason.SHARE_BUTTONS),
    ("en", "Tweet this   Share on Facebook   Send to a friend", Reason.SHARE_BUTTONS),
    ("en", "Share: FB X Kakao Mail", Reason.SHARE_BUTTONS),
    ("en", "Leave a comment", Reason.COMMENTS),
    ("en", "12 comments", Reason.COMMENTS),
    ("en", "Comments (3)", Reason.COMMENTS),
    ("en", "Sign up for our daily newsletter and never miss a story", Reason.NEWSLETTER),
    ("en", "We use cookies to improve your experience on our site. By continuing you accept this.", Reason.COOKIES),
    ("en", "© 2024 The Daily Planet. All rights reserved.", Reason.LEGAL),
    ("en", "Terms | Privacy | Cookies | Contact us", Reason.LEGAL),
    ("en", "Home | Fixtures | Results | Tables | Podcasts", Reason.NAVIGATION),
    ("en", "Follow us on Facebook, X and Instagram", Reason.SOCIAL_LINKS),
    ("en", "Facebook / Instagram / YouTube", Reason.SOCIAL_LINKS),
    ("en", "Read more: Bridge closed for a year", Reason.RELATED),
    ("en", "RELATED: One story | Another story", Reason.RELATED),
    ("en", "TOP 3: 1. One thing 2. Another thing 3. A third", Reason.MOST_READ),
    ("en", "Click here for more information", Reason.CALL_TO_ACTION),
    ("en", "Advertisement", Reason.NAVIGATION),
    ("en", "Published 3 May 2024, 10:15 BST", Reason.BYLINE),
    ("en", "Email: press@example.org", Reason.CONTACT),
    ("fr", "Partager sur Facebook", Reason.SHARE_BUTTONS),
    ("fr", "Réagir (27) | Partager | Imprimer", Reason.SHARE_BUTTONS),
    ("fr", "Laisser un commentaire", Reason.COMMENTS),
    ("fr", "Abonnez-vous à notre newsletter", Reason.NEWSLETTER),
    ("fr", "Article réservé aux abonnés", Reason.NEWSLETTER),
    ("fr", "Tous droits réservés", Reason.LEGAL),
    ("fr", "Mentions légales - Données personnelles - Cookies", Reason.LEGAL),
    ("fr", "  • Voir plus d'articles connexes", Reason.RELATED),
    ("fr", "À lire aussi : Le pont restera fermé", Reason.RELATED),
    ("fr", "Suivez-nous sur Instagram et TikTok", Reason.SOCIAL_LINKS),
    ("fr", "Publié le 5 novembre 2025 à 13h04, mis à jour le 6 novembre 2025 à 9h", Reason.BYLINE),
    ("fr", "Accueil > Sports > Handball", Reason.BREADCRUMB),
    ("fr", "Cliquez ici pour lire la suite", Reason.CALL_TO_ACTION),
    ("ko", "기사 공유하기", Reason.SHARE_BUTTONS),
    ("ko", "공유 | 댓글 | 글자크기 변경 | 인쇄", Reason.SHARE_BUTTONS),
    ("ko", "좋아요 3 슬퍼요 0 화나요 1", Reason.SHARE_BUTTONS),
    ("ko", "답글 남기기", Reason.COMMENTS),
    ("ko", "뉴스레터 구독하기", Reason.NEWSLETTER),
    ("ko", "<저작권자 ⓒ 한빛일보, 무단 전재-재배포, AI 학습 및 활용 금지>", Reason.LEGAL),
    ("ko", "개인정보처리방침 | 청소년보호정책 | 이용약관", Reason.LEGAL),
    ("ko", "홈 > 뉴스 > 사회", Reason.BREADCRUMB),
    ("ko", "정치 | 경제 | 사회 | 문화 | 스포츠", Reason.NAVIGATION),
    ("ko", "| 포토 | 더보기 + |", Reason.NAVIGATION),
    ("ko", "홍길동 기자 hong@example.com", Reason.BYLINE),
    ("ko", "입력 2025.11.16 07:40", Reason.BYLINE),
    ("ko", "실시간 인기: 내일 날씨 / 지하철 / 환율", Reason.MOST_READ),
    ("ko", "관련기사 더보기", Reason.RELATED),
    ("en", "Last updated 2 hours ago", Reason.BYLINE),
    ("en", "Editing by John Doe; reporting by Kim", Reason.BYLINE),
    ("en", "Read the full story here", Reason.NAVIGATION),
    ("en", "Tags: typhoon, Jeju, weather", Reason.NAVIGATION),
    ("fr", "Mots-clés : handball, Brest", Reason.NAVIGATION),
    ("fr", "Pour ne rien manquer, abonnez-vous", Reason.NEWSLETTER),
    ("fr", "Contact : redaction@lefil.fr", Reason.CONTACT),
    ("fr", "Le 16 novembre 2025 à 09:30", Reason.BYLINE),
    ("fr", "CGU - CGV - Contact", Reason.LEGAL),
    ("ko", "#태풍 #제주 #정전", Reason.NAVIGATION),
    ("ko", "기사제보 news@example.co.kr", Reason.CONTACT),
    ("ko", "가장 많이 본 뉴스 1. 하나 2. 둘 3. 셋", Reason.MOST_READ),
    ("ko", "정치·경제·사회·문화", Reason.NAVIGATION),
    ("ko", "본 기사의 저작권은 한빛일보에 있습니다", Reason.LEGAL),
    ("ko", "브레스트=최유진 특파원", Reason.BYLINE),
    ("ko", "조회수 1,234", Reason.SHARE_BUTTONS),
]


@pytest.mark.parametrize(("language", "line", "reason"), TAIL)
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_furniture_goes(language, line, reason, gap):
    result = clean(f"{BODY[language]}\n{BODY[language][:-1]} !?{gap}{line}")
    assert [(r.reason, r.text) for r in result.rejections] == [(reason, line.strip())]


# Lines of articles that look like furniture. All of the text must stay.
STAYS = [
    ("en", "TABLES - Semi-finals\nNordhavn 29-26 Busan (agg 54-51)\nKervalan 29-26 Suncheon"),
    ("en", "| Team | Won | Lost |\n| Korea | 3 | 1 |\n| France | 2 | 2 |"),
    ("en", "Team | Played | Points\nAarhus | 10 | 20\nBrest | 10 | 17"),
    ("en", "1. Korea 20 gold\n2. Japan 18 gold\n3. China 11 gold"),
    ("en", "About the Ministry\nThe Ministry of Health was set up in 1996 and has three hundred officials in Paris."),
    ("en", "He told readers to click here and there, and the share of comments fell by 3 percent."),
    ("en", "Share prices fell 3 percent"),
    ("en", "The related article was withdrawn by the editors on Monday, the court heard."),
    ("en", 'More from the same minister followed when she said: "We will not move."'),
    ("en", "May 10, 2024"),
    ("en", "Contact: the agency lost it in 1998, and the probe has been silent since then."),
    ("en", "Subscribers grew to 4 million in the quarter, the company said on Thursday."),
    ("en", "Privacy\nThe new law gives people the right to see what is stored about them."),
    ("en", "By 2030, the city wants to halve its emissions."),
    ("en", 'Copyright law was last changed in 1988, and "all rights reserved" has had no meaning since.'),
    ("en", "France 2 - 1 Korea"),
    ("en", "Home prices rose - and sales fell"),
    ("en", "Participants\n- Jane Doe, ministry\n- John Roe, union"),
    ("fr", "« Partager, c'est tout ce qui nous reste », a soufflé la capitaine après le match."),
    ("fr", "À lire le rapport, la commune aurait perdu 3 millions d'euros en deux ans, selon la Cour."),
    ("fr", "Résultats\nBrest - Metz : 29-26\nNantes - Nice : 31-30"),
    ("fr", "Par ailleurs, le pont rouvrira au printemps, a indiqué la préfecture mardi."),
    ("fr", "Il s'est abonné à la newsletter du maire, puis s'est plaint de ne rien y trouver."),
    ("ko", "1위 한빛 20승 3패\n2위 두리 18승 5패\n3위 세움 11승 12패"),
    ("ko", "이 기사는 무단 전재를 금지한다는 문구를 달고 있었다고 협회가 밝혔다."),
    ("ko", "김 기자는 “많이 본 기사만 좇지 않겠다”고 말했다."),
    ("ko", "문의가 이어지자 시는 콜센터 인력을 30명 늘리기로 했다고 14일 밝혔다."),
    ("en", "Full-time: Brest 29, Suncheon 26"),
    ("en", "Next match: Kervalan v Nordhavn, 6 December"),
    ("en", "More than 300 people: the toll in figures"),
    ("en", "Scorers: Tréguer 10, Ryoo 8"),
    ("en", "Date and place: 10 May 2024, Fujisawa"),
    ("en", "Timeline\n8 May: first cracks\n9 May: bridge closed"),
    ("en", "The bridge: a short history"),
    ("en", "Members: Kim, Lee, Park"),
    ("fr", "Prochain match : le 6 décembre à Göteborg"),
    ("fr", "Lieu : hôtel Intercontinental, Séoul"),
    ("fr", "Bilan : deux morts, 63 000 foyers sans courant"),
    ("ko", "◇태풍 미르카 피해 현황\n사망 2명, 정전 5만3천 가구, 대피 4천700명"),
    ("ko", "▲ 일시: 5월 10일 오후 2시\n▲ 장소: 서울 코엑스"),
    ("ko", "참석자: 오영주 장관, 임정욱 실장"),
    ("ko", "[표] 지역별 정전 가구\n제주 3만5천 가구\n경남 5만3천 가구"),
    ("ko", "◇ 예산은 어디서\n시는 국비 40억원을 확보했다고 설명했다."),
]


@pytest.mark.parametrize(("language", "block"), STAYS)
@pytest.mark.parametrize("place", ["middle", "end"])
def test_article_text_stays(language, block, place):
    body = BODY[language]
    text = f"{body}\n\n{block}" + (f"\n\n{body[:-1]} ({body[5:30]})." if place == "middle" else "")
    result = clean(text)
    assert [(r.reason, r.text) for r in result.rejections] == []
    assert [p.text for p in result.article.paragraphs] == [line.strip() for line in text.split("\n") if line.strip()]


# A block and what of it stays (lines that begin with "+").
BLOCKS = [
    "Related articles\n• One headline\n• Another headline",
    "Most read\n1. One headline\n2. Another headline\n3. A third",
    "À lire aussi\nPortrait. Une capitaine tranquille\nLe pont restera fermé",
    "[관련기사]\n▶ 첫 번째 기사 제목\n▶ 두 번째 기사 제목\n[많이 본 기사]\n1위 어떤 기사\n2위 다른 기사",
    "이 기사를 추천합니다\n· 첫 번째 기사 제목\n· 두 번째 기사 제목",
    "| 인기기사 | 더보기 + |\n| 1 | 첫 기사 |\n| 2 | 둘째 기사 |\n| 인터뷰 | 더보기 + |",
    "For inquiries regarding this matter, please contact:\nThe Institute\nAttn: Kim\nMail: pr@example.org",
    "Contact presse :\nMarie Dupont\n01 23 45 67 89",
    "Related articles\n• One headline\n\n+A last paragraph of the article says that nothing more is known so far.",
    "Home\nNews\nSport\nCulture\nWeather",
]


@pytest.mark.parametrize("block", BLOCKS)
def test_blocks_go_as_far_as_they_reach(block):
    result = clean(f"{ENGLISH}\n\n{KOREAN}\n\n{block.replace('+A', 'A')}")
    stays = [line[1:] for line in block.split("\n") if line.startswith("+A")]
    assert [p.text for p in result.article.paragraphs] == [ENGLISH, KOREAN, *stays]


def test_block_amid_the_prose_spares_the_subheading_after_it():
    text = f"{ENGLISH}\n\nRead also\nA headline elsewhere\n\nA subheading\n{ENGLISH[:-1]}, it said."
    assert kept(text) == [ENGLISH, "A subheading", ENGLISH[:-1] + ", it said."]


def test_heading_without_a_list_of_its_own_takes_no_prose():
    text = f"{ENGLISH}\n\nRelated\n{ENGLISH[:-1]}, it said.\n\n{KOREAN}"
    assert kept(text) == [ENGLISH, ENGLISH[:-1] + ", it said.", KOREAN]


def test_numbered_breadcrumb_goes_only_at_the_top():
    text = f"1. Top\n2. News\n3. A bridge stays closed until spring\n\nA bridge stays closed until spring\n\n{ENGLISH}"
    assert kept(text) == ["A bridge stays closed until spring", ENGLISH]
    agenda = f"A bridge stays closed\n\n{ENGLISH}\n\n1. Top\n2. News\n3. Agenda"
    assert kept(agenda)[-3:] == ["1. Top", "2. News", "3. Agenda"]


@pytest.mark.parametrize("title", ["More from the island: a year on", "Latest from the court", "Newsletter wars"])
def test_title_that_sounds_like_furniture_stays(title):
    assert kept(f"{title}\n\n{ENGLISH}\n\n{KOREAN}")[0] == title


def test_switches():
    text = f"{ENGLISH}\n\nShare this article\n\n{ENGLISH}\n{FRENCH}\n{ENGLISH}\n{FRENCH}"
    everything = clean(text, boilerplate=False, repeats=False)
    assert everything.rejections == ()
    assert len(everything.article.paragraphs) == 6


# --- repeats ----------------------------------------------------------------------------------------------------------

LONG = [
    "The council said on Thursday that the old bridge over the river would stay closed until the spring of next year.",
    "Engineers found cracks in two of its five pillars, and repairs are put at about three million pounds in all.",
    "Shopkeepers on both banks asked for a ferry, which the mayor refused because the current is too strong in winter.",
]


@pytest.mark.parametrize(
    ("lines", "flags"),
    [
        ([], []),
        (["one"], [False]),
        (LONG, [False] * 3),
        ([*LONG, *LONG], [False] * 3 + [True] * 3),
        ([*LONG, " ".join(LONG)], [False] * 3 + [True]),
        ([" ".join(LONG), *LONG], [False] + [True] * 3),
        ([*LONG, "Something new was said on Friday evening by the mayor.", LONG[0]], [False] * 5),
        ([*LONG, "No.", "No.", "No."], [False] * 6),
        ([*LONG, LONG[0].upper(), LONG[1], LONG[2]], [False] * 3 + [True] * 3),
    ],
)
def test_repeated_body(lines, flags):
    assert repeated_body(lines) == flags


def test_second_copy_and_title_go_with_their_reasons():
    title = "A bridge stays closed until spring"
    result = clean("\n".join([title, *LONG, "", title, *LONG]))
    assert [p.text for p in result.article.paragraphs] == [title, *LONG]
    assert [r.reason for r in result.rejections] == [Reason.REPEATED_TITLE] + [Reason.REPEATED_BODY] * 3


# --- structure --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"A bridge stays closed\n\n{ENGLISH}", "A bridge stays closed"),
        (f"A bridge stays closed\n{ENGLISH}", "A bridge stays closed"),
        (f"Who pays for the bridge?\n\n{ENGLISH}", "Who pays for the bridge?"),
        (f"Press Release\n\nA bridge stays closed until spring\n\n{ENGLISH}", "A bridge stays closed until spring"),
        (f"Le pont reste fermé.\n\n{FRENCH}", "Le pont reste fermé."),
        (f"Home | News | Sport\nA bridge stays closed\n\n{ENGLISH}", "A bridge stays closed"),
        (f"{KOREAN}\n{KOREAN[:-1]}고 한다.", None),
        (f"도서관 내년 3월에 연다\n\n{KOREAN}", "도서관 내년 3월에 연다"),
        (ENGLISH, None),
        (f"{ENGLISH}\n\n{ENGLISH[:-1]}, it said.", None),
    ],
)
def test_title(text, title):
    article = clean(text).article
    assert article.title == title
    assert [p.text for p in article.paragraphs if p.kind == "title"] == ([title] if title else [])


def test_metadata_title_wins_and_is_a_paragraph_only_if_it_stands_there():
    item = RawItem(
        "a.txt", None, "a", None, f"Kicker line\n\nReal Title Here\n\n{ENGLISH}", "text", title="Real title here"
    )
    article = parse_item(item, CleaningSettings()).article
    assert article.title == "Real title here"
    assert [(p.kind, p.text) for p in article.paragraphs][1] == ("title", "Real Title Here")
    other = RawItem("a.txt", None, "a", None, ENGLISH, "text", title="Not in the text")
    article = parse_item(other, CleaningSettings()).article
    assert (article.title, [p.kind for p in article.paragraphs]) == ("Not in the text", ["body"])


# --- articles ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.EMPTY),
        (b" \n\t \r\n\xc2\xa0 ", Reason.EMPTY),
        ("\ufeff\u200b\n".encode(), Reason.EMPTY),
        (PNG, Reason.NOT_TEXT),
        (b"a" * 20_000_000, Reason.TOO_LARGE),
        (b"a" * 1_000_001, Reason.TOO_LARGE),
        (b"Too short.", Reason.NO_ARTICLE_TEXT),
        (b"1234567890 " * 50, Reason.NO_ARTICLE_TEXT),
        (b"Share this article\nLeave a comment\nFollow us on Facebook and on Instagram\n", Reason.NO_ARTICLE_TEXT),
    ],
)
def test_what_is_no_article(data, reason):
    result = clean(data)
    assert result.article is None
    assert [(r.reason, r.unit, r.item_id) for r in result.rejections] == [(reason, "file", "a.txt")]
    assert result.rejections[0].detail


def test_truncated_and_foreign_files_are_read_and_say_so():
    for data, label in [
        (FRENCH.encode("latin-1"), "cp1252"),
        (KOREAN.encode("utf-16"), "utf-16-le"),
        ((KOREAN + "끝").encode()[:-1], "utf-8+truncated"),
    ]:
        article = clean(data).article
        assert article.encoding == label
        assert article.paragraphs[0].text in (FRENCH, KOREAN)


def test_offsets_count_code_points_of_the_decoded_text():
    raw = f"\ufeffTitle of the thing\r\n\r\n  de\u0301ja\u0300 vu : {FRENCH}\u00a0\r\n\u200b{KOREAN}\r\n"
    article = clean(raw.encode("utf-8")).article
    text = raw.removeprefix("\ufeff")
    assert article.raw_chars == len(text)
    for paragraph in article.paragraphs:
        assert normalise(text[paragraph.start : paragraph.end]).text.strip() == paragraph.text
    assert article.paragraphs[1].text.startswith("déjà vu")


def test_ids_tell_places_apart_and_do_not_depend_on_metadata():
    def make(path, record, source=None):
        item = RawItem(path, record, "n", None, ENGLISH, "text", source=source)
        return parse_item(item, CleaningSettings()).article.id

    assert make("a", None) == make("a", None, "Reuters")
    assert len({make("a", None), make("b", None), make("a", "1"), make("a", "2")}) == 4


def test_html_page_keeps_the_article_and_its_metadata():
    page = f"""<!doctype html><html lang="en"><head><title>A bridge stays closed | Planet</title>
    <meta property="og:title" content="A bridge stays closed"><meta property="og:site_name" content="Planet">
    <meta property="article:published_time" content="2031-05-03T10:00:00Z"></head><body>
    <nav><a href="/">Home</a><a href="/n">News</a></nav><article><h1>A bridge stays closed</h1>
    {"".join(f"<p>{line}</p>" for line in LONG)}</article><footer>All rights reserved</footer></body></html>"""
    item = RawItem("a.html", None, "a", page.encode(), None, "html")
    article = parse_item(item, CleaningSettings()).article
    assert [p.text for p in article.paragraphs] == ["A bridge stays closed", *LONG]
    assert (article.title, article.source, article.published) == ("A bridge stays closed", "Planet", "2031-05-03")
    # the same page under the name of a text file
    assert parse_item(RawItem("a.txt", None, "a", page.encode(), None, "text"), CleaningSettings()).article is not None


@pytest.mark.parametrize("charset", ["euc-kr", "utf-8"])
def test_html_is_decoded_by_its_declaration(charset):
    body = "".join(f"<p>{KOREAN}</p>" for _ in range(1)) + "<p>뷁 같은 글자도 쓴다고 협회는 13일 설명했다.</p>"
    page = f'<html><head><meta charset="{charset}"></head><body><article>{body}</article></body></html>'
    codec = "cp949" if charset == "euc-kr" else charset
    result = parse_item(RawItem("a.html", None, "a", page.encode(codec), None, "html"), CleaningSettings())
    assert result.article.paragraphs[0].text == KOREAN
    assert result.article.encoding == codec


def test_html_without_an_article():
    item = RawItem("a.html", None, "a", b"<html><body></body></html>", None, "html")
    assert [r.reason for r in parse_item(item, CleaningSettings()).rejections] == [Reason.NO_ARTICLE_TEXT]


_PIECES = st.sampled_from(
    [
        *LONG,
        FRENCH,
        KOREAN,
        "",
        "   ",
        "Share this article",
        "Related articles",
        "• One headline",
        "Home | News | Sport",
        "| 1 | one |",
        "A heading",
        "1위 기사",
        "May 10, 2024",
        "de\u0301ja\u0300 vu",
        "Contact:",
        "Mail: a@b.org",
        "\u200b",
        "1. Top",
        "2. News",
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(_PIECES, st.text(max_size=60)), max_size=25), st.sampled_from(["\n", "\r\n", "\n\n", "\u2028"])
)
def test_every_line_is_kept_or_reported_and_leads_back(pieces, end):
    raw = end.join(pieces)
    result = clean(raw)
    raw = repair(raw).text
    lines = [line.strip() for line in normalise(raw).text.split("\n") if line.strip()]
    if result.article is None:
        assert len(result.rejections) == 1
        return
    spans = [(p.start, p.end, p.text) for p in result.article.paragraphs]
    dropped = [(r.start, r.end, r.text) for r in result.rejections]
    assert len(spans) + len(dropped) == len(lines)
    assert [text for _, _, text in sorted(spans + dropped)] == [
        s if len(s) <= 200 else s[:199] + "…" for s in lines
    ] or any(len(s) > 200 for s in lines)
    for start, stop, text in spans:
        assert normalise(raw[start:stop]).text.strip() == text
    for (_, stop, _), (start, _, _) in itertools.pairwise(sorted(spans)):
        assert stop <= start


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_cleaning_is_deterministic_and_never_fails(text):
    assert clean(text) == clean(text)


# --- evaluation data --------------------------------------------------------------------------------------------------


@pytest.mark.bench
@pytest.mark.parametrize("language", ["en", "fr", "ko"])
@pytest.mark.parametrize("end", ["\n", "\n\n"])
def test_clean_news_loses_nothing(language, end):
    if not BENCH.is_dir():
        pytest.skip("no evaluation data")
    ids = (BENCH / "ntrex-dev" / "docids.txt").read_text(encoding="utf-8").splitlines()
    lines = (BENCH / "ntrex-dev" / f"{language}.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    documents = itertools.groupby(zip(ids, lines, strict=True), key=lambda pair: pair[0])
    dropped = [r for _, group in documents for r in clean(end.join(line for _, line in group)).rejections]
    assert dropped == []


@pytest.mark.bench
def test_no_statement_of_the_newsroom_is_lost():
    if not BENCH.is_dir():
        pytest.skip("no evaluation data")
    folder = BENCH / "newsroom-dev"
    texts = {path.stem: "\n".join(kept(path.read_text(encoding="utf-8"))) for path in folder.glob("articles/*.txt")}
    gold = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
    sides = [
        pair[side] for kind in ("conflicts", "agreements") for pair in gold[kind] for side in "ab" if pair.get(side)
    ]
    lost = [
        (side["id"], t) for side in sides for t in [side["text"], *side.get("alt", [])] if t not in texts[side["id"]]
    ]
    assert len(sides) > 50
    assert lost == []


def test_prose_and_what_is_not():
    assert is_prose(ENGLISH) and is_prose(FRENCH) and is_prose(KOREAN)
    assert not is_prose("Toshio Fujimoto, CEO, iPark Institute Co., Ltd.")
    assert not is_prose("Share this article")
