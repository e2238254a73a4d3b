import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.base import Hypothesis
from pipeline.engines.fake import FakeTranslator
from pipeline.engines.memory import MemoryEntry, RememberingTranslator, TranslationMemory


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


@given(st.lists(st.text(max_size=5), max_size=20), st.integers(1, 7))
def test_order_and_number_are_kept(texts, batch_size):
    from pipeline.text import tidy

    translator = RememberingTranslator(FakeTranslator(), "s", None, batch_size=batch_size)
    assert [h.text for h in translator.translate(texts, "fr", "en")] == [f"[fr>en] {tidy(t)}" for t in texts]
