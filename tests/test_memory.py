import json
import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import load_config
from pipeline.engines.base import Hypothesis
from pipeline.engines.fake import FakeTranslator
from pipeline.engines.memory import MemoryEntry, RememberingTranslator, TranslationMemory
from pipeline.engines.memory_work import sweep
from pipeline.errors import StoreError
from pipeline.records import Translation, from_table
from pipeline.runner import run
from pipeline.text import tidy


@pytest.fixture
def memory(tmp_path):
    memory = TranslationMemory(tmp_path / "sub" / "memory.sqlite")
    yield memory
    memory.close()


class Counting(FakeTranslator):
    def __init__(self):
        self.batches = []

    def translate(self, texts, source, target):
        self.batches.append(list(texts))
        return super().translate(texts, source, target)


def test_what_is_stored_is_found_by_text_pair_engine_and_glossary(memory):
    hypothesis = Hypothesis("hi", -0.5, 3, "length")
    memory.store([MemoryEntry("salut \n toi", hypothesis)], "fr-en", "e1", "g1")
    assert memory.lookup([" salut toi", "autre"], "fr-en", "e1", "g1") == {"salut toi": hypothesis}
    assert memory.lookup(["salut toi"], "fr-ko", "e1", "g1") == {}
    assert memory.lookup(["salut toi"], "fr-en", "e2", "g1") == {}
    assert memory.lookup(["salut toi"], "fr-en", "e1", "g2") == {}
    assert memory.lookup([], "fr-en", "e1") == {}


def test_people_come_before_imports_and_imports_before_engines(memory):
    for origin in ("review", "engine", "import"):
        memory.store([MemoryEntry("a", Hypothesis(origin), origin)], "fr-en", "e")
    found = memory.lookup(["a"], "fr-en", "e")["a"]
    assert (found.text, found.from_memory) == ("review", True)
    assert memory.lookup(["a"], "fr-en", "another engine")["a"].text == "review"
    assert len(memory) == 3


def test_overrides_are_part_of_the_key(memory):
    memory.store([MemoryEntry("a", Hypothesis("x"))], "fr-en", "e")
    assert memory.overrides() == ""
    memory.store([MemoryEntry("a", Hypothesis("y"), "review")], "fr-en", "e")
    before = memory.overrides()
    memory.store([MemoryEntry("a", Hypothesis("z"), "review")], "fr-en", "e")
    assert before != memory.overrides() != ""


def test_a_memory_outlives_its_process(tmp_path):
    first = TranslationMemory(tmp_path / "m.sqlite")
    first.store([MemoryEntry("a", Hypothesis("b"))], "fr-en", "e")
    first.close()
    second = TranslationMemory(tmp_path / "m.sqlite")
    assert second.lookup(["a"], "fr-en", "e")["a"].text == "b"
    assert not second.repaired
    second.close()


@pytest.mark.parametrize("damage", [b"not a database at all", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_memory_is_put_aside(tmp_path, damage):
    path = tmp_path / "m.sqlite"
    path.write_bytes(damage)
    memory = TranslationMemory(path)
    assert memory.repaired
    memory.store([MemoryEntry("a", Hypothesis("b"))], "fr-en", "e")
    assert len(memory) == 1
    memory.close()
    assert (tmp_path / "m.sqlite.damaged").read_bytes() == damage


def test_a_batch_is_one_transaction(memory):
    def entries():
        yield MemoryEntry("a", Hypothesis("b"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        memory.store(entries(), "fr-en", "e")
    with pytest.raises(sqlite3.Error):
        memory.store([MemoryEntry("a", Hypothesis("b")), MemoryEntry("c", Hypothesis(None))], "fr-en", "e")
    assert len(memory) == 0


def test_equal_texts_are_translated_once_and_known_ones_not_at_all(memory):
    engine, texts = Counting(), ["bb", "a", " bb ", "ccc", "a"]
    done = []
    first = RememberingTranslator(engine, "s", memory, batch_size=2, advance=done.append)
    expected = [f"[fr>en] {t.strip()}" for t in texts]
    assert [h.text for h in first.translate(texts, "fr", "en")] == expected
    assert engine.batches == [["a", "bb"], ["ccc"]]
    assert done == [0, 4, 1]
    again = RememberingTranslator(lambda: pytest.fail("the engine was loaded"), "s", memory)
    assert [h.text for h in again.translate(texts, "fr", "en")] == expected
    assert (again.hits, again.engine_calls, first.engine_calls) == (3, 0, 3)


def test_an_interrupted_run_loses_at_most_one_batch(memory):
    class Dying(FakeTranslator):
        calls = 0

        def translate(self, texts, source, target):
            Dying.calls += 1
            if Dying.calls == 3:
                raise KeyboardInterrupt
            return super().translate(texts, source, target)

    texts = [str(i) for i in range(10)]
    with pytest.raises(KeyboardInterrupt):
        RememberingTranslator(Dying(), "s", memory, batch_size=3).translate(texts, "fr", "en")
    assert len(memory) == 6
    resumed = RememberingTranslator(FakeTranslator(), "s", memory, batch_size=3)
    assert [h.text for h in resumed.translate(texts, "fr", "en")] == [f"[fr>en] {t}" for t in texts]
    assert resumed.engine_calls == 4


def test_long_texts_make_small_batches():
    asked = []

    class Listening(FakeTranslator):
        def translate(self, texts, source, target):
            asked.append([len(t) for t in texts])
            return super().translate(texts, source, target)

    texts = ["a" * 10, "b" * 20, "c" * 30, "d" * 700, "e" * 900, "f" * 5000]
    made = RememberingTranslator(Listening(), "s", None, batch_size=3).translate(texts, "fr", "en")
    assert asked == [[10, 20, 30], [700], [900], [5000]]
    assert len(made) == len(texts)


@given(st.lists(st.text(max_size=5), max_size=20), st.integers(1, 7))
def test_order_and_number_are_kept(texts, batch_size):
    from pipeline.text import tidy

    translator = RememberingTranslator(FakeTranslator(), "s", None, batch_size=batch_size)
    assert [h.text for h in translator.translate(texts, "fr", "en")] == [f"[fr>en] {tidy(t)}" for t in texts]


def test_what_was_repaired_and_tried_is_remembered(memory):
    told = Hypothesis("b", repairs=("x -> b", "y -> c"), tried=5)
    memory.store([MemoryEntry("a", told), MemoryEntry("plain", Hypothesis("p"))], "fr-en", "e")
    assert memory.lookup(["a", "plain"], "fr-en", "e") == {"a": told, "plain": Hypothesis("p")}
    columns = memory._connection.execute("SELECT source, notes FROM entries").fetchall()
    assert dict(columns)["plain"] is None


def test_notes_by_another_hand_do_not_harm(memory):
    memory.store([MemoryEntry("a", Hypothesis("b", tried=2))], "fr-en", "e")
    for notes in ("[]", "{", '"x"', '{"tried": "many"}', '{"repairs": 3}'):
        memory._connection.execute("UPDATE entries SET notes = ?", (notes,))
        assert memory.lookup(["a"], "fr-en", "e")["a"] == Hypothesis("b")


OLD_SCHEMA = """
CREATE TABLE entries (source TEXT NOT NULL, pair TEXT NOT NULL, engine TEXT NOT NULL, glossary TEXT NOT NULL,
target TEXT NOT NULL, score REAL, tokens INTEGER, finish TEXT NOT NULL, origin TEXT NOT NULL,
PRIMARY KEY (source, pair, engine, glossary)) WITHOUT ROWID
"""


@pytest.fixture
def old_file(tmp_path):
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(OLD_SCHEMA)
        rows = [
            ("a", "fr-en", "e", "", "b", -0.5, 3, "length", "engine"),
            ("a", "fr-en", "review", "", "c", *[None] * 2),
        ]
        connection.execute("INSERT INTO entries VALUES (?,?,?,?,?,?,?,?,?)", rows[0])
        connection.execute("INSERT INTO entries VALUES (?,?,?,?,?,?,?,?,?)", (*rows[1], "stop", "review"))
        connection.commit()
    return path


def test_an_old_file_is_upgraded_without_loss(old_file):
    for _ in range(2):
        memory = TranslationMemory(old_file)
        assert not memory.repaired
        assert memory.lookup(["a"], "fr-en", "e")["a"].text == "c"
        memory.close()
    memory = TranslationMemory(old_file)
    memory.forget(["a"], "fr-en", "review")
    assert memory.lookup(["a"], "fr-en", "e")["a"] == Hypothesis("b", -0.5, 3, "length")
    memory.store([MemoryEntry("a", Hypothesis("d", tried=2))], "fr-en", "e")
    assert memory.lookup(["a"], "fr-en", "e")["a"].tried == 2
    memory.close()


def test_an_old_file_can_be_read_without_changing_it(old_file):
    before = old_file.read_bytes()
    memory = TranslationMemory(old_file, read_only=True)
    assert [(e.hypothesis.text, e.origin) for e in memory.entries()] == [("b", "engine"), ("c", "review")]
    memory.close()
    assert old_file.read_bytes() == before


def test_a_locked_memory_is_not_taken_for_a_damaged_one(tmp_path):
    path = tmp_path / "m.sqlite"
    TranslationMemory(path).close()
    holder = sqlite3.connect(path)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="locked") as caught:
        TranslationMemory(path, wait_seconds=0)
    assert "Another process" in caught.value.remedy
    holder.rollback()
    holder.close()
    assert not list(tmp_path.glob("*.damaged"))


def test_a_lock_in_the_middle_of_a_run_is_explained(tmp_path):
    memory = TranslationMemory(tmp_path / "m.sqlite", wait_seconds=0)
    holder = sqlite3.connect(tmp_path / "m.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        memory.store([MemoryEntry("a", Hypothesis("b"))], "fr-en", "e")
    holder.close()
    memory.store([MemoryEntry("a", Hypothesis("b"))], "fr-en", "e")
    memory.close()


@contextmanager
def without_rights_of_root():
    """Be nobody for a while: for root nothing is read-only."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_read_only_memory_can_be_read_and_says_what_it_cannot():
    folder = Path(tempfile.mkdtemp(prefix="concord-read-only-"))  # tmp_path is closed to nobody
    path = folder / "m.sqlite"
    memory = TranslationMemory(path)
    memory.store([MemoryEntry("a", Hypothesis("b"))], "fr-en", "e")
    memory.close()
    path.chmod(0o444)
    folder.chmod(0o555)
    try:
        with without_rights_of_root():
            reader = TranslationMemory(path, read_only=True)
            assert len(reader) == 1
            reader.close()
            with pytest.raises(StoreError) as caught:
                TranslationMemory(path).store([MemoryEntry("a", Hypothesis("b"))], "fr-en", "e")
        assert "Give yourself the right to write" in caught.value.remedy
        assert [p.name for p in folder.iterdir()] == ["m.sqlite"]
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("statement", "said"),
    [("CREATE TABLE places (name TEXT)", "no translation memory"), ("PRAGMA user_version = 99", "newer version")],
)
def test_a_file_that_is_something_else_is_left_alone(tmp_path, statement, said):
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=said):
        TranslationMemory(path)
    assert path.read_bytes() == before


def test_a_file_that_people_name_is_never_made_or_put_aside(tmp_path):
    with pytest.raises(StoreError, match="There is no translation memory"):
        TranslationMemory(tmp_path / "none.sqlite", must_exist=True)
    (tmp_path / "m.sqlite").write_bytes(b"something else entirely")
    with pytest.raises(StoreError, match="damaged or not an SQLite file"):
        TranslationMemory(tmp_path / "m.sqlite", must_exist=True)
    assert [p.name for p in tmp_path.iterdir()] == ["m.sqlite"]


def test_a_folder_that_cannot_be_made_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="translation memory"):
        TranslationMemory(tmp_path / "file" / "m.sqlite")


def test_a_glossary_term_concerns_only_the_texts_that_hold_it(memory):
    engine = Counting()
    keys = {"with term": "v1"}

    def translate():
        translator = RememberingTranslator(
            engine, "s", memory, glossary_key=lambda text, source, target: keys.get(text, "")
        )
        translator.translate(["with term", "without"], "fr", "en")

    translate()
    translate()
    assert engine.batches == [["without", "with term"]]
    keys["with term"] = "v2"
    translate()
    assert engine.batches[1:] == [["with term"]]
    keys["with term"] = "v1"  # the old entry is still there
    translate()
    assert len(engine.batches) == 2


def test_a_correction_counts_under_every_engine_and_glossary_until_it_is_taken_back(memory):
    memory.store([MemoryEntry("a", Hypothesis("engine"))], "fr-en", "e", "g1")
    memory.store([MemoryEntry("a", Hypothesis("import"), "import")], "fr-en", "")
    memory.store([MemoryEntry("a", Hypothesis("right"), "review", "2026-01-01T00:00:00Z")], "fr-en", "")

    def text():
        return memory.lookup(["a"], "fr-en", "e", {"a": "g1"})["a"].text

    assert text() == "right"
    assert memory.forget(["a", "b"], "fr-en", "review") == 1
    assert text() == "import"
    assert memory.forget(["a"], "fr-en", "import") == 1
    assert text() == "engine"


def test_overrides_can_be_asked_of_some_pairs(memory):
    memory.store([MemoryEntry("a", Hypothesis("b"), "review")], "fr-en", "")
    assert memory.overrides({"ko-en"}) == ""
    assert memory.overrides({"fr-en"}) == memory.overrides() != ""


def test_all_or_nothing(memory):
    with pytest.raises(ZeroDivisionError), memory.whole():
        memory.store([MemoryEntry("a", Hypothesis("b"))], "fr-en", "e")
        raise ZeroDivisionError
    assert len(memory) == 0
    with memory.whole():
        memory.store([MemoryEntry("a", Hypothesis("b"))], "fr-en", "e")
    assert len(memory) == 1


@given(st.lists(st.text(max_size=8) | st.text('a\ud800\udfff\0\\"', max_size=4), max_size=12))
@example(["\ud800", "a\0b", "a\0c", '"', "[", ""])
def test_any_text_can_be_a_key(texts):
    memory = TranslationMemory(Path(":memory:"))  # SQLite's name for a database without a file
    memory.store([MemoryEntry(t, Hypothesis("x")) for t in texts], "fr-en", "e")
    assert set(memory.lookup(texts, "fr-en", "e")) == set(map(tidy, texts))
    assert len(memory) == len(set(map(tidy, texts)))
    memory.close()


def test_a_warm_run_of_ten_thousand_segments_takes_less_than_three_seconds(memory):
    texts = [f"Le conseil numéro {i} a voté {i * 7} mesures pour l'année." for i in range(10_000)]
    memory.store([MemoryEntry(t, Hypothesis(f"Council {i}")) for i, t in enumerate(texts)], "fr-en", "s")
    memory.store([MemoryEntry(t, Hypothesis("right"), "review") for t in texts], "fr-en", "s")
    begun = time.process_time()  # not by the clock on the wall: other tests run beside this one
    translator = RememberingTranslator(lambda: pytest.fail("the engine was loaded"), "s", memory)
    assert {h.text for h in translator.translate(texts, "fr", "en")} == {"right"}
    memory.overrides()
    assert time.process_time() - begun < 3


def test_a_sweep_drops_what_no_engine_asks_for(memory):
    for engine in ("old|1", "new|1", "new|1|careful", "newer|1"):
        memory.store([MemoryEntry("a", Hypothesis("x")), MemoryEntry("b", Hypothesis("x"))], "fr-en", engine)
    memory.store([MemoryEntry("c", Hypothesis("x"))], "fr-en", "new|1", "terms")
    memory.store(
        [MemoryEntry("a", Hypothesis("x"), "review"), MemoryEntry("a", Hypothesis("x"), "import")], "fr-en", ""
    )
    trial = sweep(memory, {"new|1"}, glossary_key=lambda *_: "", dry_run=True)
    assert (trial.by_engine, trial.outdated, trial.kept) == ({"new|1": 1, "newer|1": 2, "old|1": 2}, 1, 6)
    assert len(memory) == 11
    assert sweep(memory, {"new|1"}, glossary_key=lambda *_: "") == trial
    assert len(memory) == 6
    assert sweep(memory, {"new|1"}).by_engine == {}
    assert sweep(memory, set()).kept == 2


class TestCommands:
    @pytest.fixture
    def path(self, tmp_path):
        memory = TranslationMemory(tmp_path / "m.sqlite")
        memory.store([MemoryEntry("salut", Hypothesis("hi"))], "fr-en", "fake|1")
        memory.store([MemoryEntry("안녕", Hypothesis("hello"), "import")], "ko-en", "")
        memory.close()
        return tmp_path / "m.sqlite"

    def call(self, *arguments, code=0):
        result = CliRunner().invoke(app, ["memory", *map(str, arguments)])
        assert "Traceback" not in result.output
        assert result.exit_code == code, result.output
        return result.output

    def test_stats(self, path):
        stats = json.loads(self.call("stats", "--memory", path, "--json"))
        assert stats["entries"] == 2
        assert stats["by"] == [
            {"pair": "fr-en", "origin": "engine", "engine": "fake|1", "entries": 1},
            {"pair": "ko-en", "origin": "import", "engine": None, "entries": 1},
        ]
        assert "fr-en" in self.call("stats", "--memory", path)

    def test_export_and_import(self, path, tmp_path):
        assert "Wrote 2 entries" in self.call("export", tmp_path / "all.tmx", "--memory", path)
        assert "Wrote 1 entries" in self.call("export", tmp_path / "ko.tsv", "-m", path, "--origin", "import")
        assert (tmp_path / "ko.tsv").read_text().splitlines()[1].startswith("ko-en\t안녕\thello\timport\t")
        new = tmp_path / "new.sqlite"
        assert "2 new" in self.call("import", tmp_path / "all.tmx", "--memory", new)
        assert "2 as they were" in self.call("import", tmp_path / "all.tmx", "--memory", new)
        told = json.loads(
            self.call("import", tmp_path / "all.tmx", "-m", new, "--as-correction", "-p", "ko-en", "--json")
        )
        assert (told["used"], told["new"], told["skipped"]) == (1, 1, {"it is not of the pair ko-en": 1})

    def test_correct_and_take_back(self, path):
        self.call("correct", "--memory", path, "--pair", "fr-en", "salut", "hello there")
        memory = TranslationMemory(path)
        assert memory.lookup(["salut"], "fr-en", "fake|1")["salut"].text == "hello there"
        assert next(memory.entries(origin="review")).created.endswith("Z")
        memory.close()
        self.call("correct", "--memory", path, "--pair", "fr-en", "salut", "--delete")
        assert "no correction" in self.call("correct", "--memory", path, "--pair", "fr-en", "salut", "--delete")

    def test_correct_from_a_file(self, path, tmp_path):
        (tmp_path / "c.csv").write_text('pair;source;target\nfr-en;"salut; toi";"hi; you"\nfr-en;x\n')
        told = self.call("correct", "--memory", path, "--file", tmp_path / "c.csv")
        assert "1 new" in told
        assert "skipped 1: the line has not 3 cells, as the header (line 3)" in told

    def test_gc(self, path, tmp_path, fake_config):
        assert "Would drop 0 entries" in self.call("gc", "-m", path, "-c", fake_config, "--dry-run")
        assert "Dropped 1 entries; 1 stay" in self.call("gc", "-m", path, "--keep-engine", "another")

    @pytest.mark.parametrize(
        ("code", "arguments", "said"),
        [
            (1, ["stats", "-m", "{tmp}/none"], "There is no translation memory"),
            (2, ["export", "{tmp}/x.docx", "-m", "{tmp}/m.sqlite"], "End the file name in .tmx or .tsv"),
            (1, ["export", "{tmp}/m.sqlite/x.tmx", "-m", "{tmp}/m.sqlite"], "cannot be written"),
            (1, ["import", "{tmp}/none.tmx", "-m", "{tmp}/m.sqlite"], "cannot be read"),
            (1, ["import", "{tmp}/x.docx", "-m", "{tmp}/m.sqlite"], "no known format"),
            (1, ["import", "{tmp}/two.tsv", "-m", "{tmp}/m.sqlite"], "no columns source and target"),
            (2, ["import", "{tmp}/two.tsv", "-m", "{tmp}/m.sqlite", "-p", "french"], "is not a language pair"),
            (2, ["correct", "-m", "{tmp}/m.sqlite", "a", "b"], "not clear what to correct"),
            (2, ["correct", "-m", "{tmp}/m.sqlite", "-p", "fr-en", " ", "b"], "has no text"),
            (2, ["correct", "-m", "{tmp}/m.sqlite", "-p", "fr-fr", "a", "b"], "is not a language pair"),
            (1, ["gc", "-m", "{tmp}/none", "--keep-engine", "x"], "There is no translation memory"),
        ],
    )
    def test_mistakes(self, path, tmp_path, code, arguments, said):
        (tmp_path / "two.tsv").write_text("a\tb\n")
        output = self.call(*[a.replace("{tmp}", str(tmp_path)) for a in arguments], code=code)
        assert said in output


def test_a_correction_makes_only_the_translation_of_its_sentence_new(tmp_path, two_articles, fake_config):
    config, output = load_config(fake_config), tmp_path / "out"
    first = run(config, str(two_articles), output, until="translate")
    assert all(r.status != "reused" for r in first)
    assert [r.status for r in run(config, str(two_articles), output, until="translate")] == ["reused"] * 3
    memory = TranslationMemory(output / "memory.sqlite")
    entry = next(memory.entries())
    memory.store([MemoryEntry(entry.source, Hypothesis("As a person said."), "review")], entry.pair, "")
    memory.close()
    again = run(config, str(two_articles), output, until="translate")
    assert [r.status == "reused" for r in again] == [True, True, False]
    notes = again[-1].manifest.notes
    assert sum(note["sent_to_engine"] for note in notes.values()) == 0
    table = pq.read_table(output / "stages" / f"translate-{again[-1].manifest.key}" / "translations.parquet")
    changed = [t for t in from_table(table, Translation) if t.text == "As a person said."]
    assert len(changed) == 1
    assert changed[0].from_memory


@contextmanager
def steps(memory):
    """Count what SQLite's machine does, in hundreds of its instructions."""
    counted = [0]

    def count():
        counted[0] += 1
        return 0

    memory._connection.set_progress_handler(count, 100)
    yield counted
    memory._connection.set_progress_handler(None, 0)


@pytest.mark.parametrize("origin", ["engine", "import"])
def test_asking_costs_no_more_where_more_is_remembered(memory, origin):
    wanted = [f"text {n}" for n in range(400)]
    ask = {
        "lookup": lambda: memory.lookup(wanted, "fr-en", "e"),
        "said": lambda: memory.said(wanted, "fr-en", "import"),
        "judgements": lambda: memory.judgements(wanted, "j"),
    }
    cost: dict[str, list[int]] = {name: [] for name in ask}
    for start, end in ((0, 400), (400, 20_000)):
        texts = [f"text {n}" for n in range(start, end)]
        memory.store([MemoryEntry(text, Hypothesis("x"), origin) for text in texts], "fr-en", "e")
        memory.store_judgements(dict.fromkeys(texts, "[0.5, 0, 0, []]"), "j")
        for name, query in ask.items():
            with steps(memory) as counted:
                assert len(query()) == (400 if name != "said" or origin == "import" else 0)
            cost[name].append(counted[0])
    for name, (few, many) in cost.items():
        assert many <= 2 * few + 5, name
