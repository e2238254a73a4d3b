"""A corpus that grows, shrinks or is corrected between runs: what depends on a change follows, the rest is kept."""

import hashlib
import json
from contextlib import contextmanager

import pytest

from benchmarks.newswire import Newswire
from pipeline.config import load_config
from pipeline.executors import LocalExecutor
from pipeline.records import Article, Event
from pipeline.runner import run
from pipeline.store import Store

TABLES = ("articles", "segments", "translations", "events", "relations", "copies", "beads", "facts", "findings")
NAMES = ("ingest", "detect", "views", "accounts")
COUNT = 36


@pytest.fixture
def config(tmp_path, monkeypatch):
    small = contextmanager(lambda _: iter([LocalExecutor(batch_size=4)]))  # 36 articles are several batches
    monkeypatch.setattr("pipeline.runner.opened_executor", small)
    path = tmp_path / "c.yaml"
    path.write_text("translate: {engine: fake}\nalign: {exact_below: 20, window_days: 3}\n")
    return load_config(path)


def write(folder, rows):
    """Write a folder of two shards: a corrected article stays in its own."""
    folder.mkdir(exist_ok=True)
    for name, some in (("a", rows[: COUNT // 2]), ("b", rows[COUNT // 2 :])):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in some), encoding="utf-8")


def drawn():
    wire = Newswire(COUNT, seed=3)
    return [{"id": f"{i:04d}", **wire.article(i)} for i in range(COUNT)]


def tables(results, output):
    """Return a hash of every table of every stage."""
    found = {}
    for result in results:
        folder = Store(output).folder(result.stage, result.manifest.key)
        for path in folder.glob("*.parquet"):
            found[f"{result.stage}/{path.name}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def batches(output):
    """Return the finished batches of each job with the time at which they were written."""
    return {
        name: {
            p.name: p.stat().st_mtime_ns for f in (output / "stages").glob(f".{name}-*.batches") for p in f.iterdir()
        }
        for name in NAMES
    }


def changed_and_fresh(config, tmp_path, before, after):
    """Run on one corpus and then on another in one folder, and on the other afresh; return what was made anew."""
    write(tmp_path / "in", before)
    output = tmp_path / "out"
    run(config, str(tmp_path / "in"), output, until="score")
    earlier = batches(output)
    assert all(earlier.values())
    write(tmp_path / "in", after)
    grown = run(config, str(tmp_path / "in"), output, until="score")
    fresh = run(config, str(tmp_path / "in"), tmp_path / "fresh", until="score")
    assert tables(grown, output) == tables(fresh, tmp_path / "fresh")
    now = batches(output)
    assert {n: sorted(p) for n, p in now.items()} == {n: sorted(p) for n, p in batches(tmp_path / "fresh").items()}
    new = {n: sum(earlier[n].get(p) != t for p, t in now[n].items()) / len(now[n]) for n in NAMES}
    return grown, output, new


def articles_of(results, output):
    key = results[1].manifest.key
    return Store(output).read("detect", key, "articles", Article)


def test_what_is_added_removed_and_corrected_is_all_that_is_worked_on(config, tmp_path):
    rows = drawn()
    gone = rows[10]["text"].splitlines()[0]
    corrected = dict(rows[30], text=rows[30]["text"] + "\nThe dam of Quellmont broke at noon, the mayor said.")
    before, after = rows[:-1], [*rows[:10], *rows[11:30], corrected, *rows[31:]]
    grown, output, new = changed_and_fresh(config, tmp_path, before, after)
    left = articles_of(grown, output)
    assert len(left) == COUNT - 1
    assert any("Quellmont" in p.text for a in left for p in a.paragraphs)
    placed = {a for e in Store(output).read("align", grown[3].manifest.key, "events", Event) for a in e.article_ids}
    assert placed == {a.id for a in left}
    assert all(0 < share < 1 for share in new.values()), new
    for path in (output / "stages").rglob("*"):
        assert path.is_dir() or gone.encode() not in path.read_bytes(), path


def test_batches_of_other_settings_are_not_used(config, tmp_path):
    write(tmp_path / "in", drawn())
    output = tmp_path / "out"
    run(config, str(tmp_path / "in"), output, until="detect")
    kept = batches(output)
    other = config.model_copy(update={"detect": config.detect.model_copy(update={"min_segment_letters": 60})})
    changed = run(other, str(tmp_path / "in"), output, until="detect")
    fresh = run(other, str(tmp_path / "in"), tmp_path / "fresh", until="detect")
    assert tables(changed, output) == tables(fresh, tmp_path / "fresh")
    now = batches(output)
    assert now["ingest"] == kept["ingest"]
    assert not set(now["detect"].items()) & set(kept["detect"].items())
