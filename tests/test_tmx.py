"""Translation memories in and out: TMX as other tools read and write it, tables, and hostile files."""

import io
import re

import lxml.etree
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.engines.base import Hypothesis
from pipeline.engines.memory import MemoryEntry, TranslationMemory
from pipeline.engines.memory_work import export_memory, import_file, pair_of
from pipeline.engines.tmx import Unit, Variant, read_tmx, write_tmx
from pipeline.errors import ConfigError, InputError
from pipeline.text import tidy

HEAD = '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx version="1.4">'
HEADER = (
    '<header creationtool="x" creationtoolversion="1" segtype="sentence" o-tmf="x" adminlang="en" srclang="{}" '
    'datatype="plaintext"/>'
)


@pytest.fixture
def memory(tmp_path):
    memory = TranslationMemory(tmp_path / "m.sqlite")
    yield memory
    memory.close()


def tmx(tmp_path, *units, srclang="fr"):
    path = tmp_path / "in.tmx"
    body = "".join(units)
    path.write_text(f"{HEAD}{HEADER.format(srclang)}<body>{body}</body></tmx>", encoding="utf-8")
    return path


def tu(*sides, attributes=""):
    variants = "".join(f'<tuv xml:lang="{code}"><seg>{text}</seg></tuv>' for code, text in sides)
    return f"<tu {attributes}>{variants}</tu>"


def stored(memory):
    return {(e.pair, e.source): e.hypothesis.text for e in memory.entries()}


class TestImport:
    def test_units_become_entries_of_their_direction(self, memory, tmp_path):
        path = tmx(
            tmp_path,
            tu(("fr-FR", "Bonjour"), ("en-US", "Hello")),
            tu(("EN", "Bye"), ("fr_CA", "Au revoir")),
            tu(("ko", "안녕"), ("eng", "hi"), attributes='srclang="ko-KR" tuid="k1" creationdate="20240510T091500Z"'),
        )
        done = import_file(memory, path)
        assert (done.read, done.used, done.new, done.changed, done.same) == (3, 3, 3, 0, 0)
        assert stored(memory) == {("fr-en", "Bonjour"): "Hello", ("fr-en", "Au revoir"): "Bye", ("ko-en", "안녕"): "hi"}
        assert [e.created for e in memory.entries("ko-en")] == ["2024-05-10T09:15:00Z"]
        assert memory.lookup(["Bonjour"], "fr-en", "any engine")["Bonjour"].from_memory

    def test_any_direction_where_the_file_names_none(self, memory, tmp_path):
        path = tmx(tmp_path, tu(("fr", "a"), ("en", "b"), ("ko", "다")), srclang="*all*")
        assert import_file(memory, path).new == 6
        assert import_file(memory, path, pair="en-fr", origin="review").new == 1
        assert memory.lookup(["b"], "en-fr", "e")["b"].text == "a"

    def test_a_named_pair_is_taken_in_its_direction(self, memory, tmp_path):
        done = import_file(
            memory, tmx(tmp_path, tu(("fr", "a"), ("en", "b")), tu(("fr", "a"), ("ko", "c"))), pair="en-fr"
        )
        assert stored(memory) == {("en-fr", "b"): "a"}
        assert done.skipped == {"it is not of the pair en-fr": 1}
        assert done.examples == {"it is not of the pair en-fr": ["unit 2"]}

    @pytest.mark.parametrize(
        ("unit", "reason"),
        [
            (tu(("fr", "seul")), "it has text in fewer than two languages"),
            (tu(("fr", "a"), ("en", "  ")), "it has text in fewer than two languages"),
            (tu(("fr-FR", "a"), ("fr-CA", "b")), "it has text in fewer than two languages"),
            (tu(("fr", "a"), ("tlh", "b")), "the language 'tlh' is not known"),
            (tu(("ko", "a"), ("en", "b")), "it has no text in its source language 'fr'"),
            ("<tu><tuv><seg>x</seg></tuv></tu>", "a variant names no language"),
            ('<tu><tuv xml:lang="fr"/></tu>', "the variant fr has no &lt;seg>".replace("&lt;", "<")),
            (tu(("fr", "a&unknown;"), ("en", "b")), "the variant fr holds an entity that is not declared"),
            ("<tu/>", "it has text in fewer than two languages"),
        ],
    )
    def test_what_cannot_be_used_is_counted_with_its_reason(self, memory, tmp_path, unit, reason):
        done = import_file(memory, tmx(tmp_path, unit, tu(("fr", "a"), ("en", "b"))))
        assert (done.read, done.used, done.new) == (2, 1, 1)
        assert done.skipped == {reason: 1}

    def test_codes_of_the_document_are_no_text(self, memory, tmp_path):
        inside = (
            'Le <bpt i="1">&lt;b&gt;</bpt><hi type="x">chat</hi><ept i="1">&lt;/b&gt;</ept> dort<ph x="1"/><!-- c -->.'
        )
        import_file(memory, tmx(tmp_path, tu(("fr", inside), ("en", "The cat sleeps."))))
        assert stored(memory) == {("fr-en", "Le chat dort."): "The cat sleeps."}

    def test_the_last_unit_of_a_text_counts_and_all_are_counted(self, memory, tmp_path):
        units = [tu(("fr", "a"), ("en", text)) for text in ("one", "two", "two")]
        done = import_file(memory, tmx(tmp_path, *units))
        assert (done.new, done.changed, done.same) == (1, 1, 1)
        assert stored(memory) == {("fr-en", "a"): "two"}
        again = import_file(memory, tmx(tmp_path, units[2]))
        assert (again.new, again.changed, again.same) == (0, 0, 1)

    def test_no_break_spaces_stay_and_line_ends_go(self, memory, tmp_path):
        import_file(memory, tmx(tmp_path, tu(("en", "10 %\n  more"), ("fr", " 10\u00a0%\n   de plus ")), srclang="en"))
        assert stored(memory) == {("en-fr", "10 % more"): "10\u00a0% de plus"}

    @pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
    def test_other_encodings(self, memory, tmp_path, encoding):
        path = tmx(tmp_path, tu(("fr", "été"), ("en", "summer")))
        text = path.read_text(encoding="utf-8").replace("UTF-8", encoding)
        path.write_bytes(text.encode(encoding))
        import_file(memory, path)
        assert stored(memory) == {("fr-en", "été"): "summer"}

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "not well-formed"),
            ("no xml", "not well-formed"),
            ("<html><body/></html>", "is no TMX file: it begins with <html>"),
            (f"{HEAD}<body>{tu(('fr', 'a'), ('en', 'b'))}", "not well-formed"),
            (f"{HEAD}<body>{tu(('fr', 'a'), ('en', 'b'))}<tu></body></tmx>", "not well-formed"),
        ],
    )
    def test_a_file_that_breaks_off_brings_nothing(self, memory, tmp_path, text, said):
        (tmp_path / "in.tmx").write_text(text)
        with pytest.raises(InputError, match=re.escape(said)):
            import_file(memory, tmp_path / "in.tmx")
        assert len(memory) == 0

    def test_nor_does_one_that_breaks_off_late(self, memory, tmp_path):
        path = tmx(tmp_path, *(tu(("fr", str(i)), ("en", "x")) for i in range(5000)))
        path.write_text(path.read_text().replace("</body>", ""))
        with pytest.raises(InputError, match="not well-formed"):
            import_file(memory, path)
        assert len(memory) == 0

    def test_ten_thousand_corrections(self, memory, tmp_path):
        import time

        path = tmx(tmp_path, *(tu(("fr", f"phrase {i}"), ("en", f"sentence {i}")) for i in range(10_000)))
        begun = time.process_time()
        assert import_file(memory, path, origin="review").new == 10_000
        assert memory.overrides()
        assert time.process_time() - begun < 5


class TestHostile:
    LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))

    @pytest.mark.parametrize(
        "doctype",
        [
            f'<!DOCTYPE tmx [<!ENTITY l0 "ha">{LAUGHS}]>',
            '<!DOCTYPE tmx [<!ENTITY l11 SYSTEM "file:///etc/hostname">]>',
            '<!DOCTYPE tmx [<!ENTITY l11 "harmless">]>',
            '<!DOCTYPE tmx [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]>',
        ],
    )
    @pytest.mark.parametrize("where", ["text", "attribute"])
    def test_entities_are_refused(self, memory, tmp_path, doctype, where):
        text, lang = ("&l11;", "fr") if where == "text" else ("a", "&l11;")
        path = tmp_path / "in.tmx"
        path.write_text(
            f'<?xml version="1.0"?>{doctype}<tmx version="1.4">{HEADER.format("fr")}<body><tu><tuv xml:lang="{lang}">'
            f"<seg>{text}</seg></tuv><tuv xml:lang='en'><seg>b</seg></tuv></tu></body></tmx>"
        )
        with pytest.raises(InputError):
            import_file(memory, path)
        assert len(memory) == 0

    def test_deep_nesting_and_long_text(self, memory, tmp_path):
        deep = "<hi>" * 5000 + "x" + "</hi>" * 5000
        with pytest.raises(InputError, match="not well-formed"):
            import_file(memory, tmx(tmp_path, tu(("fr", deep), ("en", "b"))))
        import_file(memory, tmx(tmp_path, tu(("fr", "x" * 1_000_000), ("en", "b"))))
        assert len(memory) == 1


HOSTILE = [
    "]]>",
    "<b>&amp;</b>",
    "\u202eabc\u202c",
    "\ud800",
    "\x00\x01\x1f",
    "\ufffe\uffff",
    "a\u0301",
    "\U0001f600",
    '"',
    "'=1",
]
TEXT = st.one_of(st.text(st.characters(), max_size=20), st.lists(st.sampled_from(HOSTILE), max_size=4).map("".join))


class TestExport:
    def fill(self, memory):
        memory.store([MemoryEntry("Bonjour & <toi>", Hypothesis("Hello ]]> you"))], "fr-en", "engine|1")
        memory.store([MemoryEntry("안녕", Hypothesis("hi"), "review", "2026-01-02T03:04:05Z")], "ko-en", "")
        memory.store([MemoryEntry("été", Hypothesis("summer"), "import")], "fr-en", "")

    def test_translate_toolkit_reads_the_export(self, memory, tmp_path):
        from translate.storage.tmx import tmxfile

        self.fill(memory)
        done = export_memory(memory, tmp_path / "out.tmx")
        assert (done.entries, done.altered) == (3, 0)
        store = tmxfile.parsestring((tmp_path / "out.tmx").read_bytes())
        lang = "{http://www.w3.org/XML/1998/namespace}lang"
        read = [[(n.get(lang), "".join(n.find("seg").itertext())) for n in u.getlanguageNodes()] for u in store.units]
        assert read == [
            [("fr", "Bonjour & <toi>"), ("en", "Hello ]]> you")],
            [("fr", "été"), ("en", "summer")],
            [("ko", "안녕"), ("en", "hi")],
        ]

    def test_what_translate_toolkit_writes_is_imported(self, memory, tmp_path):
        from translate.storage.tmx import tmxfile

        store = tmxfile(sourcelanguage="fr", targetlanguage="en")
        store.addtranslation("Un & deux", "fr", "One & two", "en")
        store.addtranslation("Trois", "fr", "Three", "en", comment="a note")
        (tmp_path / "in.tmx").write_bytes(bytes(store))
        assert import_file(memory, tmp_path / "in.tmx", pair="fr-en").new == 2
        assert stored(memory) == {("fr-en", "Un & deux"): "One & two", ("fr-en", "Trois"): "Three"}

    def test_the_export_follows_the_format(self, memory, tmp_path):
        from test_report_exports import TMX_DTD

        self.fill(memory)
        export_memory(memory, tmp_path / "out.tmx")
        document = lxml.etree.parse(tmp_path / "out.tmx")
        dtd = lxml.etree.DTD(io.StringIO(TMX_DTD))
        assert dtd.validate(document), dtd.error_log
        (review,) = [u for u in document.iter("tu") if u.find("prop").text == "review"]
        assert (review.get("creationdate"), review.get("srclang")) == ("20260102T030405Z", "ko")

    def test_pair_and_origin_choose(self, memory, tmp_path):
        self.fill(memory)
        assert export_memory(memory, tmp_path / "a.tmx", pair="fr-en").entries == 2
        assert export_memory(memory, tmp_path / "b.tsv", origin="engine").entries == 1
        assert export_memory(memory, tmp_path / "c.tsv", pair="en-ko").entries == 0
        assert sorted(p.name for p in tmp_path.iterdir() if p.suffix != ".sqlite")[:3] == ["a.tmx", "b.tsv", "c.tsv"]
        with pytest.raises(ConfigError, match="names no format"):
            export_memory(memory, tmp_path / "d.xlsx")

    @given(st.lists(st.tuples(TEXT, TEXT), max_size=6))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @pytest.mark.parametrize("kind", ["tmx", "tsv"])
    def test_what_is_exported_comes_back(self, tmp_path, kind, pairs):
        for old in tmp_path.glob("*.sqlite*"):
            old.unlink()
        first, second = (TranslationMemory(tmp_path / f"{name}.sqlite") for name in ("first", "second"))
        first.store([MemoryEntry(a, Hypothesis(b)) for a, b in pairs], "fr-en", "e")
        done = export_memory(first, tmp_path / f"out.{kind}")
        back = import_file(second, tmp_path / f"out.{kind}")
        assert back.read == back.used + sum(back.skipped.values()) == done.entries == len(first)
        assert set(back.skipped) <= {"it has text in fewer than two languages"}
        held = {"tmx": held_by_xml, "tsv": held_by_tsv}[kind]
        expected = {tidy(held(e.source)): one_line(held(e.hypothesis.text)) for e in first.entries()}
        lost = sum(not (a and b) for a, b in expected.items())
        if len(expected) == len(first):  # no two became one
            assert stored(second) == {("fr-en", a): b for a, b in expected.items() if a and b}
            assert lost == sum(back.skipped.values())
        for memory in (first, second):
            memory.close()


def held_by_tsv(text):
    return re.sub("[\t\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+", " ", text)


def held_by_xml(text):
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def one_line(text):
    return re.sub(r"[ \t\r\n\f\v\u2028\u2029]+", " ", text).strip()


class TestTables:
    def read(self, memory, tmp_path, name, text, encoding="utf-8", **options):
        (tmp_path / name).write_bytes(text.encode(encoding))
        return import_file(memory, tmp_path / name, **options)

    @pytest.mark.parametrize(
        ("name", "text", "pair"),
        [
            ("a.tsv", "a b\tx, y\n", "fr-en"),
            ("a.tsv", "source\ttarget\r\na b\tx, y\r\n", "fr-en"),
            ("a.txt", "pair\tsource\ttarget\nfr-en\ta  b\tx, y", None),
            ("a.tsv", "source_language\ttarget_language\tsource\ttarget\tquality\nfr-FR\teng\ta b\tx, y\t0.5\n", None),
            ("a.csv", 'source,target\na b,"x, y"\n', "fr-en"),
            ("a.csv", "\ufeffpair;target;source\nfr-en;x, y;a b\n", None),
        ],
    )
    def test_tables(self, memory, tmp_path, name, text, pair):
        assert self.read(memory, tmp_path, name, text, pair=pair).new == 1
        assert stored(memory) == {("fr-en", "a b"): "x, y"}

    def test_a_spreadsheet_s_unicode_text(self, memory, tmp_path):
        self.read(memory, tmp_path, "a.txt", "source\ttarget\n안녕\thi\n", "utf-16", pair="ko-en")
        assert stored(memory) == {("ko-en", "안녕"): "hi"}

    def test_quotation_marks_of_a_tsv_are_text(self, memory, tmp_path):
        self.read(memory, tmp_path, "a.tsv", '"a\t"b" c\n', pair="fr-en")
        assert stored(memory) == {("fr-en", '"a'): '"b" c'}

    def test_rows_that_cannot_be_used(self, memory, tmp_path):
        text = "pair\tsource\ttarget\nfr-en\ta\n\nfren\tb\tc\nfr-en\t\tx\nfr-en\td\te\n"
        done = self.read(memory, tmp_path, "a.tsv", text)
        assert (done.read, done.used) == (4, 1)
        assert done.skipped == {
            "the line has not 3 cells, as the header": 1,
            "the line names no language pair": 1,
            "it has text in fewer than two languages": 1,
        }
        assert done.examples["the line names no language pair"] == ["line 4"]

    @pytest.mark.parametrize(
        ("name", "text", "pair", "said"),
        [
            ("a.tsv", "", None, "is empty"),
            ("a.tsv", "a\tb\n", None, "has no columns source and target"),
            ("a.tsv", "a\tb\tc\n", "fr-en", "has no columns source and target"),
            ("a.tsv", "source\ttarget\na\tb\n", None, "does not say which languages"),
            ("a.tsv", "source\ttarget\tsource_language\na\tb\tfr\n", None, "only one of the columns"),
            ("a.csv", 'source,target\n"a,b\n', "fr-en", "is not valid CSV"),
            ("a.docx", "a\tb\n", "fr-en", "in no known format"),
        ],
    )
    def test_mistakes(self, memory, tmp_path, name, text, pair, said):
        with pytest.raises(InputError, match=re.escape(said)):
            self.read(memory, tmp_path, name, text, pair=pair)
        assert len(memory) == 0

    def test_bytes_that_are_no_text(self, memory, tmp_path):
        with pytest.raises(InputError, match="not UTF-8"):
            self.read(memory, tmp_path, "a.tsv", "source\ttarget\nété\tsummer\n", "latin-1", pair="fr-en")


@pytest.mark.parametrize(("text", "pair"), [("ko-en", "ko-en"), ("fr-FR/en_US", "fr-en"), ("fra-eng", "fr-en")])
def test_pairs(text, pair):
    assert pair_of(text) == pair


@pytest.mark.parametrize("text", ["", "fr", "fr-fr", "fr-xx", "a-b-c", "fr/"])
def test_what_is_no_pair(text):
    with pytest.raises(ConfigError, match="is not a language pair"):
        pair_of(text)


def test_writing_counts_what_xml_cannot_hold():
    stream = io.StringIO()
    units = [(Unit(str(i), "fr", (Variant("fr", text),)), []) for i, text in enumerate(["a", "b\x01", "\ud800", "c\r"])]
    assert write_tmx(stream, units) == 2
    assert "b\ufffd" in stream.getvalue()
    assert "c&#13;<" in stream.getvalue()  # bare, it would be read back as a line feed


def test_reading_streams(tmp_path):
    """The file is read as it is asked for, and what was read is let go."""
    path = tmx(tmp_path, *(tu(("fr", str(i)), ("en", "x")) for i in range(20_000)))
    units = read_tmx(path)
    assert next(units).variants[0].text == "0"
    assert sum(1 for _ in units) == 19_999
