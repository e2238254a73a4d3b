"""The glossary: reading it, finding its terms, checking and repairing translations."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.engines.glossary import Glossary
from pipeline.errors import InputError


@pytest.fixture
def load(tmp_path):
    def load(text, target="en", encoding="utf-8"):
        path = tmp_path / "glossary.csv"
        path.write_bytes(text.encode(encoding))
        return Glossary.load(path, target)

    return load


def of(tmp_path_factory, *rows, target="en"):
    path = tmp_path_factory.mktemp("glossary") / "g.csv"
    path.write_text("term,language,target,avoid\n" + "\n".join(rows), encoding="utf-8")
    return Glossary.load(path, target)


class TestReading:
    def test_the_columns_of_the_design(self, load):
        (term,) = load('term,language,target,note\n중기부,ko,MSS,"official, short"\n').terms
        assert (term.term, term.language, term.target_language, term.wanted) == ("중기부", "ko", "en", "MSS")
        assert (term.note, term.avoid, term.line) == ("official, short", (), 2)

    @pytest.mark.parametrize(
        "text",
        [
            "term,language,target\nPME,fr,SME\n",
            "\ufeffterm;language;target\nPME;fr;SME\n",
            "term\tlanguage\ttarget\r\nPME\tfr\tSME\r\n",
            "# a comment, with; signs\n\nTerm,Language,Target\n# one\nPME,fr,SME\n,,\n",
            "term,target,pair\nPME,SME,fr-en\n",
            "term,target,language,target_language\nPME,SME,fr_FR,eng\n",
            "target,term,language,times_named\nSME,PME,fr,7\n",
            "term,language,target\n'PME,fr,SME\n".replace("'PME", '"PME"'),
        ],
    )
    def test_all_these_say_the_same(self, load, text):
        (term,) = load(text).terms
        assert (term.term, term.language, term.target_language, term.accepted) == ("PME", "fr", "en", ("SME",))

    def test_a_term_without_language_counts_in_all(self, load):
        glossary = load("term,target\nOECD,OECD\n")
        assert glossary.terms_in("OECD는 OECD", "ko", "en") != []
        assert glossary.terms_in("l'OECD", "fr", "en") != []

    def test_several_forms(self, load):
        (term,) = load("term,language,target,avoid\nPME,fr,SME|small business,PME | tiny firm|SME\n").terms
        assert term.accepted == ("SME", "small business")
        assert term.avoid == ("PME", "tiny firm")

    def test_line_numbers_count_comments_and_cells_of_several_lines(self, load):
        terms = load('# c\nterm,target,note\na b,c,"one\n# two"\n# c\nd,e,\n').terms
        assert [(t.term, t.line) for t in terms] == [("a b", 3), ("d", 6)]
        assert terms[0].note == "one # two"

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "is empty"),
            ("# only a comment\n", "is empty"),
            ("term,language\nPME,fr\n", "line 1, has no column 'target'"),
            ("PME,fr,SME\n", "has no column 'term' and no column 'target'"),
            ("term,target,term\na,b,c\n", "names the column 'term' twice"),
            ("term,language,target\nPME,fr,\n", "line 2: the target of 'PME' is empty"),
            ("term,language,target\nPME,fr, | \n", "line 2: the target of 'PME' is empty"),
            ("term,language,target\n,fr,SME\n", "line 2: the term is empty"),
            ("term,language,target\n--,fr,SME\n", "line 2: the term '--' has no letters"),
            ("term,language,target\nPME,french,SME\n", "line 2: 'french' is not a known language"),
            ("term,language,target\nPME,en,SME\n", "goes from 'en' to 'en'"),
            ("term,target,pair\nPME,SME,fr\n", "line 2: 'fr' is not a language pair"),
            ("term,language,target,pair\nPME,ko,SME,fr-en\n", "contradicts"),
            ("term,language,target\nPME,fr,SME, or not\n", "line 2: more cells than the header"),
            ("term,language,target\nPME,fr,SME\n\npme,fr,other\nPME,fr,small\n", "line 5: 'PME' is 'SME' in line 2"),
            ("term,language,target,avoid\na b,fr,the Bank of Korea,bank of korea\n", "is part of a target"),
            ('term,target\n"PME,SME\n', "line 2, is not valid CSV"),
            ('term,target\n"PM"E,SME\n', "line 2, is not valid CSV"),
            ("term,target\nP\0ME,SME\n", "NUL"),
        ],
    )
    def test_what_is_wrong_is_named_with_its_line(self, load, text, said):
        with pytest.raises(InputError) as caught:
            load(text)
        assert said in caught.value.message
        assert caught.value.remedy

    def test_every_wrong_line_is_named_but_not_without_end(self, load):
        with pytest.raises(InputError) as caught:
            load("term,target\n" + "x,\n" * 15)
        assert "line 2" in caught.value.message
        assert "line 11" in caught.value.message
        assert "and 5 more" in caught.value.message

    def test_other_encodings_and_missing_files(self, load, tmp_path):
        with pytest.raises(InputError, match="not UTF-8"):
            load("term,target\nétat,state\n", encoding="latin-1")
        with pytest.raises(InputError, match="cannot be read"):
            Glossary.load(tmp_path / "none.csv")

    def test_the_same_line_twice_is_one_term(self, load):
        assert len(load("term,target\nPME,SME\nPME,SME\n").terms) == 1

    def test_the_version_follows_what_changes_a_translation(self, load):
        base = load("term,language,target,note\na,fr,b,\nc,fr,d,\n").version
        assert load("term,language,target,note\nc,fr,d,x\na,fr,b,y\n").version == base
        assert load("term,language,target,avoid\na,fr,b,z\nc,fr,d,\n").version != base
        assert load("term,language,target\n").version == ""

    def test_the_report_s_candidates_are_a_glossary(self, load):
        glossary = load("\ufeffterm,language,target,note,times_rendered,times_named\r\nSéoul,fr,Seoul,article,3,4\r\n")
        assert glossary.terms[0].note == "article"


class TestFinding:
    ROWS = (
        "중소벤처기업부,ko,Ministry of SMEs,",
        "벤처,ko,venture,",
        "petite entreprise,fr,small business,",
        "le Conseil constitutionnel,fr,the Constitutional Council,",
        "accord national,fr,national agreement,",
        "OCDE,fr,OECD,",
        "accord,fr,agreement,",
        "Banque de France,fr,Bank of France,",
        "R&D,ko,R&D,",
        "small business,en,PME,",
        "policy,en,politique,",
    )

    @pytest.fixture(scope="class")
    @classmethod
    def glossary(cls, tmp_path_factory):
        return of(tmp_path_factory, *cls.ROWS[:9])

    @pytest.mark.parametrize(
        ("language", "text", "found"),
        [
            ("ko", "중소벤처기업부는 13일", ["중소벤처기업부"]),
            ("ko", "중소벤처기업부에서의 회의, 중소벤처기업부", ["중소벤처기업부", "중소벤처기업부"]),
            ("ko", "중소벤처기업부장관", []),
            ("ko", "중소벤처기업부라고 밝혔다", ["중소벤처기업부"]),
            ("ko", "벤처들이 R&D를", ["벤처", "R&D"]),
            ("ko", "벤처기업", []),
            ("fr", "Les petites entreprises", ["petites entreprises"]),
            ("fr", "petite\u00a0entreprise", ["petite\u00a0entreprise"]),
            ("fr", "petite entrepriseur", []),
            ("fr", "PETITE ENTREPRISE", ["PETITE ENTREPRISE"]),
            ("fr", "du Conseil constitutionnel", ["du Conseil constitutionnel"]),
            ("fr", "au Conseil constitutionnel", ["au Conseil constitutionnel"]),
            ("fr", "l’accord national, d'accord", ["accord national", "accord"]),
            ("fr", "les accords nationaux", ["accords nationaux"]),
            ("fr", "L'OCDE et l’OCDE", ["OCDE", "OCDE"]),
            ("fr", "ocde", []),
            ("fr", "la banque de france", ["banque de france"]),
            ("fr", "désaccord", []),
            ("fr", "", []),
            ("de", "OCDE accord", []),
        ],
    )
    def test_terms(self, glossary, language, text, found):
        uses = glossary.terms_in(text, language, "en")
        assert [use.surface for use in uses] == found
        assert all(text[use.start : use.end] == use.surface for use in uses)
        assert bool(glossary.key(text, language, "en")) == bool(found)
        assert glossary.terms_in(text, language, "ko") == []

    def test_english_sources(self, tmp_path_factory):
        glossary = of(tmp_path_factory, *self.ROWS[9:], target="fr")
        uses = glossary.terms_in("Small businesses' policies and the small business's policy", "en", "fr")
        assert [u.surface for u in uses] == ["Small businesses", "policies", "small business", "policy"]

    def test_the_longest_term_counts(self, tmp_path_factory):
        glossary = of(tmp_path_factory, "banque,fr,bank,", "banque centrale,fr,central bank,", "centrale,fr,plant,")
        uses = glossary.terms_in("la banque centrale et la centrale", "fr", "en")
        assert [u.wanted for u in uses] == ["central bank", "plant"]

    def test_a_text_s_key_hangs_on_its_own_terms_only(self, tmp_path_factory):
        before = of(tmp_path_factory, "accord,fr,agreement,", "maire,fr,mayor,")
        after = of(tmp_path_factory, "accord,fr,deal,", "maire,fr,mayor,", "port,fr,harbour,")
        assert before.key("le maire", "fr", "en") == after.key("le maire", "fr", "en") != ""
        assert before.key("un accord", "fr", "en") != after.key("un accord", "fr", "en")
        assert before.key("rien", "fr", "en") == ""

    @given(st.text(), st.lists(st.sampled_from(["accord", "OCDE", "petite entreprise", " ", "’", "s"]), max_size=8))
    def test_spans_are_in_order_and_apart(self, glossary, text, words):
        for whole in (text, "".join(words) + text):
            for language in ("fr", "ko"):
                uses = glossary.terms_in(whole, language, "en")
                edges = [edge for use in uses for edge in (use.start, use.end)]
                assert edges == sorted(edges)
                assert all(whole[u.start : u.end] == u.surface for u in uses)


class TestChecking:
    @pytest.fixture(scope="class")
    @classmethod
    def glossary(cls, tmp_path_factory):
        return of(
            tmp_path_factory,
            "중소벤처기업부,ko,the Ministry of SMEs and Startups|MSS,Ministry of Small Business",
            "petite entreprise,fr,small business,tiny company",
        )

    @pytest.mark.parametrize(
        ("target", "verdict"),
        [
            ("The Ministry of SMEs and Startups said", None),
            ("A Ministry of SMEs and Startups official", None),
            ("MSS's plan", None),
            ("mss plan", "missing"),
            ("Ministry of Small Business officials", "changed"),
            ("The government said", "missing"),
            ("", "missing"),
        ],
    )
    def test_a_missed_term_is_a_finding(self, glossary, target, verdict):
        found = glossary.missed("중소벤처기업부는 중소벤처기업부의", target, "ko", "en")
        assert [(f.kind, f.verdict, f.source) for f in found] == (
            [] if verdict is None else [("term", verdict, "중소벤처기업부")]
        )

    def test_a_plural_is_no_miss(self, glossary):
        assert glossary.missed("les petites entreprises", "small businesses", "fr", "en") == ()
        assert glossary.missed("la grande entreprise", "big", "fr", "en") == ()

    def test_korean_targets_may_go_on_after_a_term_and_space_it(self, tmp_path_factory):
        glossary = of(tmp_path_factory, "Ministry of SMEs,en,중소벤처기업부,", target="ko")
        for target in ("중소벤처기업부는", "중소 벤처기업부장관"):
            assert glossary.missed("the Ministry of SMEs", target, "en", "ko") == ()
        assert glossary.missed("the Ministry of SMEs", "중기부", "en", "ko")[0].verdict == "missing"


class TestRepair:
    @pytest.mark.parametrize(
        ("row", "source", "target", "repaired"),
        [
            ("a b,fr,small business,tiny company", "a b", "A tiny company.", "A small business."),
            ("a b,fr,small business,tiny company", "a b", "Tiny companies met.", "Small businesses met."),
            ("a b,fr,enterprise,company", "a b", "It is a company.", "It is an enterprise."),
            ("a b,fr,company,enterprise", "a b", "An enterprise, one enterprise", "A company, one company"),
            ("a b,fr,SME,enterprise", "a b", "an enterprise", "an SME"),
            ("a b,fr,union,enterprise", "a b", "an enterprise", "a union"),
            (
                "a b,fr,the Bank of Korea,Korean Bank",
                "a b",
                "the Korean Bank; Korean Bank",
                "the Bank of Korea; the Bank of Korea",
            ),
            ("a b,fr,Bank of Korea,Central Bank of Korea", "a b", "The Central Bank of Korea", "The Bank of Korea"),
            ("a b,fr,Bank of Korea,Korean Bank", "a b", "Korean Banks", "Korean Banks"),
            ("a b,fr,MSS,ministry", "a b", "ministry and MSS", "MSS and MSS"),
            ("a b,fr,small business,tiny company", "other", "tiny company", "tiny company"),
            ("a b,fr,small business,tiny company", "a b", "tiny companyman", "tiny companyman"),
        ],
    )
    def test_english(self, tmp_path_factory, row, source, target, repaired):
        text, made = of(tmp_path_factory, row).repair(source, target, "fr", "en")
        assert text == repaired
        assert bool(made) == (text != target)

    @pytest.mark.parametrize(
        ("row", "target", "repaired"),
        [
            ("a b,en,accord,traité", "le traité", "le traité"),  # le accord would be wrong
            ("a b,en,accord,entente", "l'entente", "l'accord"),
            ("a b,en,traité,accord", "l’accord", "l’accord"),
            ("a b,en,traité,pacte", "Le pacte", "Le traité"),
            ("a b,en,traité,pacte", "Pacte signé", "Traité signé"),
            ("a b,en,traité,pacte", "les pactes", "les pactes"),
        ],
    )
    def test_french_where_grammar_leaves_no_doubt(self, tmp_path_factory, row, target, repaired):
        assert of(tmp_path_factory, row, target="fr").repair("a b", target, "en", "fr")[0] == repaired

    @pytest.mark.parametrize(
        ("row", "target", "repaired"),
        [
            ("a b,en,중기부,산업청", "산업청은 산업청이 산업청과", "중기부는 중기부가 중기부와"),
            ("a b,en,산업청,중기부", "중기부를 중기부로", "산업청을 산업청으로"),
            ("a b,en,서울,부산", "부산으로", "서울로"),
            ("a b,en,서울,부산", "부산에서 부산시", "서울에서 부산시"),
            ("a b,en,OECD,오이시디", "오이시디는", "OECD는"),
        ],
    )
    def test_korean_particles_follow(self, tmp_path_factory, row, target, repaired):
        assert of(tmp_path_factory, row, target="ko").repair("a b", target, "en", "ko")[0] == repaired

    def test_what_was_done_is_said(self, tmp_path_factory):
        glossary = of(tmp_path_factory, "a b,fr,small business,tiny company|wee shop")
        text, made = glossary.repair("a b", "a tiny company or wee shop", "fr", "en")
        assert text == "a small business or small business"
        assert made == ("tiny company -> small business", "wee shop -> small business")

    @given(
        st.lists(st.sampled_from(["tiny company", "small business", "a", "an ", " ", ". ", "s", "The "]), max_size=12)
    )
    def test_repairing_twice_changes_nothing_more(self, glossary, words):
        once, _ = glossary.repair("a b", "".join(words), "fr", "en")
        assert glossary.repair("a b", once, "fr", "en") == (once, ())

    @pytest.fixture(scope="class")
    @classmethod
    def glossary(cls, tmp_path_factory):
        return of(tmp_path_factory, "a b,fr,small business,tiny company")


def test_a_big_glossary_is_quick(tmp_path_factory):
    import time

    glossary = of(tmp_path_factory, *(f"mot{i} clé{i},fr,key word {i}," for i in range(3000)))
    begun = time.process_time()
    for i in range(5000):
        assert (
            len(glossary.terms_in(f"Une phrase où mot{i % 3000} clé{i % 3000} se trouve avec d'autres", "fr", "en"))
            == 1
        )
    assert time.process_time() - begun < 3


class TestCommand:
    def call(self, *arguments):
        return CliRunner().invoke(app, ["glossary", "check", *map(str, arguments)])

    def test_a_sound_file(self, tmp_path):
        path = tmp_path / "g.csv"
        path.write_text("term,language,target,avoid\nPME,fr,SME|small business,PME\n")
        shown = self.call(path).output
        assert "1 terms, sound" in shown
        assert "fr-en  PME -> SME (also small business); not PME" in shown
        data = json.loads(self.call(path, "--json").output)
        assert data["pairs"] == {"fr-en": 1}
        assert data["terms"][0]["also_accepted"] == ["small business"]

    def test_a_wrong_file(self, tmp_path):
        path = tmp_path / "g.csv"
        path.write_text("term,language,target\nPME,fr,\n")
        result = self.call(path)
        assert result.exit_code == 1
        assert "line 2" in result.output
