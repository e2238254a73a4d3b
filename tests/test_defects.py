"""Where Concord itself fails on an article: it is named, the run goes on or can be told to, nothing is lost."""

import json
import os
import re

import pytest
from typer.testing import CliRunner

from pipeline import runner
from pipeline.cli import app
from pipeline.config import load_config
from pipeline.defects import is_defect
from pipeline.engines.fake import FakeTranslator
from pipeline.engines.judging import Judge
from pipeline.errors import DefectError
from pipeline.executors import Batch, ItemJob
from pipeline.executors.base import work_on
from pipeline.readers import rows
from pipeline.records import Anchor, Article, Event, Reason, Rejection
from pipeline.reporting import parts
from pipeline.stages import compare_events, detect, ingest, score, views
from pipeline.store import Store

MARK = "Zzyzx"
TEXT = {
    "a.txt": "Le ministre Jean Dupont a visité Lyon le 10 mai 2024. Il a promis 12 millions d'euros aux écoles.",
    "b.txt": f"Le ministre Jean Dupont a visité {MARK} le 10 mai 2024. Il a promis 13 millions d'euros aux écoles.",
    "c.txt": "Minister Jean Dupont visited Lyon on 10 May 2024. He promised 12 million euros to the schools there.",
}


class Told(runner.Quiet):
    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)


@pytest.fixture
def articles(tmp_path):
    folder = tmp_path / "news"
    folder.mkdir()
    for name, text in TEXT.items():
        (folder / name).write_text(text)
    return folder


def run(source, output, until="report", **settings):
    config = output.parent / f"{output.name}.yaml"
    config.write_text(json.dumps({"translate": {"engine": "fake", "memory": False}, **settings}))
    told = Told()
    results = runner.run(load_config(config), str(source), output, until=until, progress=told)
    return {r.stage: r.manifest for r in results}, Store(output), told.notes


def spoilt(monkeypatch, place, name, marked=lambda *args: MARK in str(args)):
    """Let a function fail on what holds the mark, as if a rule in it were wrong."""
    sound = getattr(place, name)

    def failing(*args, **kwargs):
        if marked(*args):
            raise ZeroDivisionError("division by zero")
        return sound(*args, **kwargs)

    monkeypatch.setattr(place, name, failing)


def paths(manifests, store, stage):
    return sorted(a.path for a in store.stream(stage, manifests[stage].key, "articles", Article))


def rejected(manifests, store, stage, reason=Reason.DEFECT):
    found = store.stream(stage, manifests[stage].key, "rejections", Rejection)
    return [(r.item_id, r.unit, r.detail) for r in found if r.reason == reason]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_article_that_ingest_fails_on_is_left_out(monkeypatch, tmp_path, articles, workers):
    spoilt(monkeypatch, ingest, "parse_item", lambda item, _: MARK.encode() in item.data)
    manifests, store, notes = run(articles, tmp_path / "out", runtime={"workers": workers})
    assert paths(manifests, store, "ingest") == ["a.txt", "c.txt"]
    ((item, unit, detail),) = rejected(manifests, store, "ingest")
    assert (item, unit) == ("b.txt", "file")
    assert "ZeroDivisionError: division by zero" in detail and "report it" in detail
    assert any("left out b.txt" in note for note in notes)
    assert '"event": "defect"' in (tmp_path / "out" / "run.log").read_text()
    assert "b.txt" in (tmp_path / "out" / "run.html").read_text()
    monkeypatch.undo()
    without, other, _ = run(articles, tmp_path / "other", ingest={"leave_out": ["b.txt"]})
    for stage, table in (("ingest", "articles"), ("score", "facts"), ("align", "events")):
        one, two = (
            s.folder(stage, m[stage].key) / f"{table}.parquet" for s, m in ((store, manifests), (other, without))
        )
        assert one.read_bytes() == two.read_bytes()


def test_an_article_that_detect_fails_on_is_left_out(monkeypatch, tmp_path, articles):
    spoilt(monkeypatch, detect, "split_sentences")
    manifests, store, notes = run(articles, tmp_path / "out")
    assert paths(manifests, store, "detect") == ["a.txt", "c.txt"]
    ((_, unit, detail),) = rejected(manifests, store, "detect")
    assert unit == "article"
    assert detail.startswith("b.txt: ")
    assert manifests["detect"].counts["articles"] == {"in": 3, "out": 2, "rejected": 1}
    assert any("left out b.txt" in note for note in notes)


def test_the_rest_of_a_file_that_a_reader_fails_on_is_named(monkeypatch, tmp_path, articles):
    lines = [json.dumps({"id": name, "text": text}) for name, text in TEXT.items()]
    (articles / "d.jsonl").write_text("\n".join(lines) + "\n")
    sound = rows.jsonl_rows

    def failing(*args):
        for number, row in enumerate(sound(*args)):
            if number == 2:
                raise ZeroDivisionError
            yield row

    monkeypatch.setattr(rows, "jsonl_rows", failing)
    monkeypatch.setattr("pipeline.readers.items.PEEK_ROWS", 1)
    manifests, store, _ = run(articles, tmp_path / "out", until="ingest")
    assert paths(manifests, store, "ingest") == ["a.txt", "b.txt", "c.txt", "d.jsonl", "d.jsonl"]
    assert [(item, unit) for item, unit, _ in rejected(manifests, store, "ingest")] == [("d.jsonl", "file")]


def spoil_engine(monkeypatch):
    spoilt(monkeypatch, FakeTranslator, "translate", lambda _, texts, *__: MARK in str(texts))


def spoil_judge(monkeypatch):
    spoilt(monkeypatch, Judge, "judge", lambda _, sources, *__: MARK in str(sources))


def spoil_views(monkeypatch):
    spoilt(monkeypatch, views, "_shelved")


def spoil_facts(monkeypatch):
    spoilt(monkeypatch, score, "parse_document")


def spoil_pages(monkeypatch):
    spoilt(monkeypatch, parts, "build_article_view", lambda _, article, *__: article.path == "b.txt")


FAILURES = [
    (spoil_engine, "translate", 1),
    (spoil_judge, "translate", 1),
    (spoil_views, "align", 1),
    (spoil_facts, "score", 1),
    (spoil_facts, "score", 2),
    (spoil_pages, "report", 1),
]


@pytest.mark.parametrize(("spoil", "stage", "workers"), FAILURES, ids=lambda x: getattr(x, "__name__", x))
def test_a_later_stage_names_the_article_and_the_way_on(monkeypatch, tmp_path, articles, spoil, stage, workers):
    with monkeypatch.context() as broken:
        spoil(broken)
        with pytest.raises(DefectError) as caught:
            run(articles, tmp_path / "out", runtime={"workers": workers})
        assert caught.value.message.startswith(f"{stage}: Concord failed on ")
        assert caught.value.message.endswith("(b.txt)")
        assert 'ingest: {leave_out: ["b.txt"]}' in caught.value.remedy
        manifests, store, _ = run(
            articles, tmp_path / "out", ingest={"leave_out": ["b.txt"]}, runtime={"workers": workers}
        )
    assert paths(manifests, store, "detect") == ["a.txt", "c.txt"]
    assert (tmp_path / "out" / "index.html").exists()


def test_an_event_that_cannot_be_compared_names_its_articles(monkeypatch, tmp_path, articles):
    (articles / "b.txt").unlink()
    (articles / "d.txt").write_text(TEXT["c.txt"].replace("visited", "came to"))
    spoilt(monkeypatch, compare_events, "compare_passages", lambda *_: True)
    with pytest.raises(DefectError) as caught:
        run(articles, tmp_path / "out")
    files = re.search(r"\((.*)\)$", caught.value.message)[1].split(", ")
    store = Store(tmp_path / "out")
    events = [e for m in store.earlier("align") for e in store.stream("align", m.key, "events", Event)]
    assert len(files) == max(len(e.article_ids) for e in events) > 1
    assert "the one that is at fault" in caught.value.remedy


def test_the_command_line_says_it(monkeypatch, tmp_path, articles, fake_config):
    spoil_facts(monkeypatch)
    command = ["run", "-i", str(articles), "-o", str(tmp_path / "out"), "-c", str(fake_config)]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 70
    assert "score: Concord failed on" in told.output and "b.txt" in told.output and "leave_out" in told.output
    raw = CliRunner().invoke(app, command, env={"CONCORD_DEBUG": "1"})
    assert isinstance(raw.exception, ZeroDivisionError)


def test_records_are_left_out_by_file_and_id(tmp_path, articles):
    lines = [json.dumps({"id": name[0], "text": text}) for name, text in TEXT.items()]
    (articles / "d.jsonl").write_text("\n".join(lines) + "\n")
    manifests, store, notes = run(
        articles, tmp_path / "out", until="ingest", ingest={"leave_out": ["d.jsonl#b", "a.txt", "e.txt"]}
    )
    assert paths(manifests, store, "ingest") == ["b.txt", "c.txt", "d.jsonl", "d.jsonl"]
    left = [row[:2] for row in rejected(manifests, store, "ingest", Reason.LEFT_OUT)]
    assert sorted(left) == [("a.txt", "file"), ("d.jsonl#b", "record")]
    assert manifests["ingest"].counts["articles"] == {"in": 6, "out": 4, "rejected": 2}
    assert [note for note in notes if "e.txt" in note] == [
        "ingest.leave_out names e.txt, and no file or article of the input is called so."
    ]


def test_a_file_of_many_is_left_out_unread(monkeypatch, tmp_path, articles):
    (articles / "d.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXT.values()))
    monkeypatch.setattr(rows, "jsonl_rows", lambda *_: pytest.fail("it was read"))
    manifests, store, notes = run(articles, tmp_path / "out", until="ingest", ingest={"leave_out": ["d.jsonl"]})
    assert paths(manifests, store, "ingest") == ["a.txt", "b.txt", "c.txt"]
    assert [row[:2] for row in rejected(manifests, store, "ingest", Reason.LEFT_OUT)] == [("d.jsonl", "file")]
    assert manifests["ingest"].counts["articles"] == {"in": 4, "out": 3, "rejected": 1}
    assert not any("called so" in note for note in notes)


def named(anchor):
    return str(anchor.text)


def dropped(anchor, error):
    return Rejection(named(anchor), "t", "record", Reason.DEFECT, str(error))


def picky(batch):
    if any(a.text == 3 for a in batch):
        raise ZeroDivisionError("three")
    rejections = [Rejection("0", "t", "record", Reason.EMPTY, "none") for a in batch if a.text == 0]
    return Batch({"anchors": [a for a in batch if a.text]}, rejections)


def together(batch):
    if len(batch) > 1:
        raise ZeroDivisionError("many")
    return Batch({"anchors": batch})


def unnamed(batch):
    raise OSError("a disk is no defect")


class TestOneBatch:
    ITEMS = tuple(Anchor(i, i) for i in range(5))

    def made(self, stage, **more):
        return work_on(ItemJob(stage, Anchor, {"anchors": Anchor}, name=named, **more), self.ITEMS)

    def test_the_others_come_as_they_would_without_it(self):
        without = [a for a in self.ITEMS if a.text != 3]
        expected = work_on(ItemJob(picky, Anchor, {"anchors": Anchor}, name=named), without)
        assert self.made(picky, reject=dropped)["anchors"] == expected["anchors"]

    def test_the_item_is_named(self):
        with pytest.raises(DefectError, match="failed on 3: ZeroDivisionError: three") as caught:
            self.made(picky)
        assert caught.value.articles == ("3",)

    def test_what_only_fails_together_is_not_hidden(self):
        with pytest.raises(ZeroDivisionError, match="many"):
            self.made(together, reject=dropped)

    def test_what_was_foreseen_comes_as_it_is(self):
        with pytest.raises(OSError, match="no defect"):
            self.made(unnamed, reject=dropped)

    def test_under_debug_everything_comes_raw(self, monkeypatch):
        monkeypatch.setenv("CONCORD_DEBUG", "1")
        with pytest.raises(ZeroDivisionError, match="three"):
            self.made(picky, reject=dropped)


def test_a_panic_in_a_package_is_a_defect_too(monkeypatch, tmp_path, articles):
    import sentencex

    sound = detect.split_sentences

    def panicking(text, language):
        if MARK in text:
            sentencex.segment("en", "He met J\u00a0. Next one.")
        return sound(text, language)

    monkeypatch.setattr(detect, "split_sentences", panicking)
    manifests, store, _ = run(articles, tmp_path / "out", until="detect")
    assert paths(manifests, store, "detect") == ["a.txt", "c.txt"]
    assert "PanicException" in rejected(manifests, store, "detect")[0][2]


def test_memory_and_disk_are_no_defects():
    assert "CONCORD_DEBUG" not in os.environ
    assert is_defect(ValueError()) and is_defect(RecursionError())
    assert not is_defect(KeyboardInterrupt()) and not is_defect(SystemExit())
    assert not is_defect(MemoryError()) and not is_defect(OSError()) and not is_defect(DefectError("a", ValueError()))
