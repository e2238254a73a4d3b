"""concord check and concord eval check: golden translations, broken ones, files as people have them, failures."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.evaluation import evaluate_check
from pipeline.facts.terms import has_term, terms
from pipeline.facts.transcribe import heard, sound
from pipeline.quality.alter import KINDS, alter, names_of
from pipeline.quality.fidelity import check
from pipeline.quality.nametokens import name_tokens

FAITHFUL = [
    ("ko", "그 사업은 100조원 규모다.", "en", "The project is worth 100 trillion won."),
    ("ko", "3만 5천 명이 모였다.", "en", "Some 35,000 people gathered."),
    ("ko", "2만여 명이 참석했다.", "en", "More than 20,000 people attended."),
    ("fr", "La somme est de 1 234,5 euros.", "en", "The sum is 1,234.5 euros."),
    ("fr", "Il y a 20 000 habitants.", "en", "It has 20,000 inhabitants."),
    ("ko", "12억원을 투자했다.", "en", "It invested 1.2 billion won."),
    ("en", "It invested 1.2 billion won.", "ko", "12억원을 투자했다."),
    ("ko", "제14호 태풍이 왔다.", "en", "The 14th typhoon arrived."),
    ("fr", "C'est la 21e édition.", "en", "This is the twenty-first edition."),
    ("fr", "dans les années 80", "en", "in the 1980s"),
    ("ko", "1980년대에 시작됐다.", "fr", "Cela a commencé dans les années 1980."),
    ("fr", "La réunion commence à 19 h 30.", "en", "The meeting starts at 7:30 p.m."),
    ("ko", "오후 3시 30분에 시작한다.", "en", "It starts at 3:30 p.m."),
    ("fr", "entre 10 et 12 personnes", "en", "10 to 12 people"),
    ("ko", "70~90%가 찬성했다.", "en", "Between 70 and 90 percent agreed."),
    ("ko", "지난 13일 회담이 열렸다.", "en", "The talks were held on the 13th."),
    ("fr", "Il est arrivé le 26.", "en", "He arrived on the 26th."),
    ("ko", "사과 다섯 개와 책 열두 권", "en", "Five apples and twelve books"),
    ("ko", "스물세 살 청년", "en", "A 23-year-old man"),
    ("ko", "이십삼만 명", "en", "230,000 people"),
    ("en", "The car was going 85 mph.", "fr", "La voiture roulait à 135 km/h."),
    ("en", "A branch 10 inches thick", "fr", "Une branche de 25 cm d'épaisseur"),
    ("en", "The show begins at 7 p.m.", "fr", "Le spectacle commence à 19 h."),
    ("en", "It was 80 degrees.", "fr", "Il faisait 26 degrés."),
    ("fr", "Emmanuel Macron a rencontré Angela Merkel à Londres.", "en", "Emmanuel Macron met Merkel in London."),
    ("ko", "오바마는 캘리포니아에서 마크롱을 만났다.", "en", "Obama met Macron in California."),
    ("ko", "윤석열 대통령과 조 바이든 대통령이 통화했다.", "en", "Presidents Yoon Suk-yeol and Joe Biden spoke."),
    ("fr", "Les Nations unies et le ministère de la Santé", "en", "The United Nations and the Ministry of Health"),
    ("ko", "유엔 안전보장이사회가 결의안을 채택했다.", "en", "The UN Security Council adopted a resolution."),
    ("fr", "Vladimir Poutine s'est rendu à Pékin.", "en", "Vladimir Putin travelled to Beijing."),
    ("en", "German and Japanese officials met on Monday.", "ko", "월요일 독일과 일본 관리들이 만났다."),
    ("ko", "문재인은 도널드 트럼프 미국 대통령을 만났다.", "en", "Moon Jae-in met U.S. President Donald Trump."),
    ("ko", "샌디에이고 주민들이 모였다.", "en", "Residents of San Diego gathered."),
    ("fr", "", "en", ""),
    ("ko", " ", "en", "\u3000"),
    ("en", "?!", "fr", "?!"),
    ("en", "🙂🙂", "ko", "🙂🙂"),
]  # fmt: skip
BROKEN = [
    ("fr", "Le sommet aura lieu le 8.", "en", "The summit will take place on August 8.", "date", "added"),
    ("ko", "지난 13일 회담이 열렸다.", "en", "The talks were held on May 13.", "date", "added"),
    ("ko", "지난 16일 발표했다.", "en", "It was announced on May 16, 2023.", "date", "added"),
    ("fr", "Il est venu lundi.", "en", "He came on Friday.", "date", "changed"),
    ("fr", "Il est venu en mars.", "en", "He came in July.", "date", "changed"),
    ("fr", "En 2019, il a gagné.", "en", "In 2017 he won.", "date", "changed"),
    ("ko", "500억 달러를 투자한다.", "en", "It will invest 500 billion dollars.", "money", "changed"),
    ("ko", "500억 달러를 투자한다.", "en", "It will invest 5 billion dollars.", "money", "changed"),
    ("ko", "12억원을 투자했다.", "en", "It invested 12 billion won.", "money", "changed"),
    ("fr", "10 millions d'euros", "en", "100 million euros", "money", "changed"),
    ("ko", "직원 1만 2천 명", "en", "1,200 employees", "number", "changed"),
    ("en", "up to thirty people", "fr", "jusqu'à seize personnes", "number", "changed"),
    ("ko", "윤석열은 조 바이든과 통화했다.", "en", "Lee Myung-bak spoke with Obama.", "name", "changed"),
    ("fr", "Le président Macron a rencontré Merkel.", "en", "President Macron met Thatcher.", "name", "changed"),
    ("fr", "Selon M. Johnson, c'est grave.", "en", "According to Mr Johnston, it is serious.", "name", "changed"),
    ("ko", "오바마 대통령이 캘리포니아를 방문했다.", "en", "President Obama visited Pennsylvania.", "name", "changed"),
    ("ko", "일본 정부는 계획을 발표했다.", "en", "The government of Germany announced its plan.", "name", "changed"),
    ("en", "Angela Merkel met the president.", "ko", "마거릿 대처가 대통령을 만났다.", "name", "changed"),
    ("fr", "Le maire a parlé.", "en", "The mayor spoke with Washington.", "name", "added"),
]  # fmt: skip


@pytest.mark.parametrize(("source_language", "source", "target_language", "target"), FAITHFUL)
def test_faithful_translations_raise_nothing(source_language, source, target_language, target):
    found = check(source, target, source_language, target_language)
    assert found.findings == ()
    assert found.n_kept == found.n_facts


@pytest.mark.parametrize(("source_language", "source", "target_language", "target", "kind", "verdict"), BROKEN)
def test_changed_facts_are_found(source_language, source, target_language, target, kind, verdict):
    found = check(source, target, source_language, target_language)
    assert (kind, verdict) in {(f.kind, f.verdict) for f in found.findings}
    assert found.n_kept <= found.n_facts


@pytest.mark.parametrize(
    ("word", "text", "heard_as"),
    [("Obama", "오바마 대통령은", "오바마"), ("Macron", "마크롱이", "마크롱"),
     ("California", "캘리포니아에서", "캘리포니아"),
     ("Schröder", "슈뢰더 총리", "슈뢰더"), ("Roh", "노 대통령", None), ("Thatcher", "오바마 대통령", None),
     ("Pence", "마이크 펜스는", "펜스"), ("Rouge", "배턴 루지에서", "루지"), ("Watson", "부바 왓슨은", "왓슨"),
     ("Simpson", "웹 심슨은", "심슨"), ("Blair", "블레어 전 총리", "블레어"),
     ("François", "프랑수아 올랑드", "프랑수아"), ("Cairo", "카이로에서", "카이로"), ("Pence", "뱅크", None),
     ("", "오바마", None), ("Obama", "", None), ("Obama", "obama", None)],
)  # fmt: skip
def test_foreign_names_are_heard_in_hangul(word, text, heard_as):
    found = heard(word, text)
    assert (found.score >= 0.8) == (heard_as is not None)
    if heard_as:
        assert text[found.start : found.end] == heard_as


def test_spelling_gives_way_to_sound():
    assert sound("Poutine") == sound("Putin")
    assert sound("Johnson") != sound("Johnston")
    assert has_term("미 대통령", "US", "ko")
    assert not has_term("미술관", "US", "ko")
    assert {key for term in terms("In Moscow", "en") for key in term.keys} == {"RU", "MOS"}


@pytest.mark.parametrize(
    ("text", "language", "kind", "ways"),
    [("There were 14 banks.", "en", "number", {"digit", "value", "scale"}),
     ("Il y en avait quatorze.", "fr", "number", {"word"}),
     ("In May 2024", "en", "date", {"month", "year"}),
     ("2024년 5월 3일 금요일", "ko", "date", {"month", "year", "day", "weekday"}),
     ("He met Merkel.", "en", "name", {"other", "spelling"}),
     ("그는 메르켈을 만났다.", "ko", "name", {"other", "spelling"})],
)  # fmt: skip
def test_every_way_to_alter_a_fact_is_taken(text, language, kind, ways):
    rng = np.random.default_rng(1)
    pool = ["Obama"] if language != "ko" else ["오바마"]
    seen = {a.how for a in (alter(text, language, kind, rng, pool) for _ in range(80)) if a}
    assert seen == ways


@given(st.text(max_size=40), st.sampled_from(["en", "fr", "ko"]), st.sampled_from(KINDS), st.integers(0, 99))
def test_an_alteration_says_what_it_did(text, language, kind, seed):
    done = alter(text, language, kind, np.random.default_rng(seed), ["Obama"])
    if done is not None:
        assert done.text[done.start : done.end] == done.after != done.before
        assert done.text[: done.start] + done.before + done.text[done.end :] == text


@pytest.mark.parametrize("text", ["", "nothing here", "!!", "🙂"])
def test_nothing_to_alter(text):
    for kind in KINDS:
        assert alter(text, "en", kind, np.random.default_rng(0)) is None
    assert names_of(text, "en") == []


# --- the commands -----------------------------------------------------------------------------------------------------


def concord(*arguments, **keywords):
    result = CliRunner().invoke(app, [str(a) for a in arguments], **keywords)
    assert "Traceback" not in result.output
    return result


def texts(folder, source, target):
    (folder / "s").write_bytes(source)
    (folder / "t").write_bytes(target)
    return folder / "s", folder / "t"


def test_one_line_of_json_per_line_then_the_summary(tmp_path):
    source, target = texts(tmp_path, b"Il y a 14 banques.\n\nIl pleut.\n", b"There are 15 banks.\n\nIt rains.\n")
    result = concord("check", source, target, "--pair", "fr-en", "--json")
    assert result.exit_code == 0
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row.get("line") for row in rows] == [1, 2, 3, None]
    assert rows[0]["findings"] == [{"kind": "number", "source": "14", "target": "15", "verdict": "changed"}]
    assert rows[1]["findings"] == rows[2]["findings"] == []
    summary = rows[3]["summary"]
    assert (summary["lines"], summary["flagged"], summary["share_flagged"]) == (3, 1, pytest.approx(1 / 3))
    assert (summary["by_kind"], summary["by_verdict"]) == ({"number": 1}, {"changed": 1})
    assert "fidelity|v:" in summary["signature"]


def test_a_side_without_anything_is_null(tmp_path):
    source, target = texts(tmp_path, b"Il y a des banques.", b"There are 15 banks.")
    row = json.loads(concord("check", source, target, "--pair", "fr-en", "--json").stdout.splitlines()[0])
    assert row["findings"][0]["source"] is None


@pytest.mark.parametrize(
    ("source", "target"),
    [(b"\xef\xbb\xbfIl y a 14 banques.\r\nIl pleut.\r\n", b"There are 14 banks.\nIt rains."),
     ("Il y a 14 banques.\nIl pleut.\n".encode("utf-16"), b"There are 14 banks.\rIt rains.\r"),
     ("Il y a 14 banques.\u2028Oui.\nIl pleut.".encode(), b"There are 14 banks. Yes.\nIt rains.\n")],
)  # fmt: skip
def test_files_as_people_have_them(tmp_path, source, target):
    result = concord("check", *texts(tmp_path, source, target), "--pair", "fr-en", "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["findings"] for row in rows[:-1]] == [[], []]


def test_standard_input_and_a_report_for_people(tmp_path):
    source, _ = texts(tmp_path, b"Il y a 14 banques.\nIl pleut.\n", b"")
    result = concord("check", source, "-", "--pair", "fr-en", input="There are 15 banks.\nIt rains.\n")
    assert "line 1" in result.stdout
    assert "number changed: 14 -> 15" in result.stdout
    assert "1 of 2 lines flagged (50.0%)" in result.stdout
    assert concord("check", "-", "-", "--pair", "fr-en").exit_code == 1


def test_findings_can_fail_a_script(tmp_path):
    source, target = texts(tmp_path, b"Il y a 14 banques.", b"There are 15 banks.")
    assert concord("check", source, target, "--pair", "fr-en", "--fail-on-findings").exit_code == 1
    assert concord("check", source, source, "--pair", "fr-ko", "--fail-on-findings", "--json").exit_code == 1
    assert concord("check", target, target, "--pair", "fr-en").exit_code == 0


def test_empty_texts_have_an_empty_summary(tmp_path):
    result = concord("check", *texts(tmp_path, b"", b""), "--pair", "ko-en", "--json")
    assert json.loads(result.stdout)["summary"]["lines"] == 0


def test_the_language_of_a_long_line_is_looked_at(tmp_path):
    english = b"The minister said on the radio that the reform would be presented before the end of the week."
    source, target = texts(
        tmp_path, "장관은 개혁안을 이번 주말 전에 발표할 것이라고 라디오에서 말했다.".encode(), english
    )
    row = json.loads(concord("check", source, target, "--pair", "ko-fr", "--json").stdout.splitlines()[0])
    assert [f["kind"] for f in row["findings"]] == ["language"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [(["{tmp}/s", "{tmp}/t", "--pair", "fr-en"], 1, "has 2 lines"),
     (["{tmp}/s", "{tmp}/absent", "--pair", "fr-en"], 1, "absent cannot be read"),
     (["{tmp}/s", "{tmp}", "--pair", "fr-en"], 1, "cannot be read"),
     (["{tmp}/s", "{tmp}/image", "--pair", "fr-en"], 1, "PNG image"),
     (["{tmp}/s", "{tmp}/t", "--pair", "fr-de"], 2, "fr-en"),
     (["{tmp}/s", "{tmp}/t", "--pair", "en"], 2, "no language pair"),
     (["{tmp}/s", "{tmp}/t"], 2, "--pair")],
)  # fmt: skip
def test_mistakes_get_a_message(tmp_path, arguments, code, said):
    texts(tmp_path, b"a\nb\n", b"a\nb\nc\n")
    (tmp_path / "image").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    result = concord("check", *[a.replace("{tmp}", str(tmp_path)) for a in arguments])
    assert result.exit_code == code
    assert said in result.output


def test_eval_check_prints_what_it_promises(tmp_path):
    (tmp_path / "fr.txt").write_text("Il y a 14 banques.\nMacron est venu lundi.\n", encoding="utf-8")
    (tmp_path / "en.txt").write_text("There are 14 banks.\nThen came Macron on Monday.\n", encoding="utf-8")
    result = json.loads(concord("eval", "check", tmp_path, "--pair", "fr-en", "--json").output)
    assert {"flagged", "flagged_numbers_dates", "by_kind", "detected", "intervals", "n", "signature"} <= set(result)
    assert result["flagged"] == 0.0
    assert result["n"] == {"lines": 2, "number": 1, "date": 1, "name": 1, "all": 3}
    assert result["detected"]["number"] == result["detected"]["date"] == 1.0
    assert result == json.loads(json.dumps(evaluate_check(tmp_path, "fr-en")))


def test_eval_check_names_what_is_wrong(tmp_path):
    (tmp_path / "fr.txt").write_text("Oui.\n", encoding="utf-8")
    (tmp_path / "en.txt").write_text("Yes.\nNo.\n", encoding="utf-8")
    assert "fr.txt has 1 lines, en.txt 2" in concord("eval", "check", tmp_path, "--pair", "fr-en").output
    assert "cannot be read" in concord("eval", "check", tmp_path, "--pair", "ko-en").output
    assert concord("eval", "check", tmp_path, "--pair", "xx").exit_code == 2


def test_a_name_that_the_tagger_does_not_know_counts_where_another_got_lost():
    """Kiwi takes 갤러거 for a common noun: alone it may be a loanword, beside a lost name it is an exchanged one."""
    source = "They met after the June summit in Singapore."
    assert [t.sort for t in name_tokens("그들은 6월 갤러거에서의 회담 뒤에 만났다.", "ko")] == ["loan"]
    exchanged = check(source, "그들은 6월 갤러거에서의 회담 뒤에 만났다.", "en", "ko")
    assert ("Singapore", "갤러거") in {(f.source, f.target) for f in exchanged.findings if f.kind == "name"}
    loanword = check("They met after the June summit.", "그들은 6월 브리핑 뒤에 만났다.", "en", "ko")
    assert not [f for f in loanword.findings if f.kind == "name"]
