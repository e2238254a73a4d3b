import dataclasses

import pytest

from pipeline.errors import StoreError
from pipeline.records import Anchor
from pipeline.store import Manifest, Store, write_atomic

MANIFEST = Manifest("detect", "1", "abc", {"ingest": "k"}, {"a": 1}, {"e": "s"}, {"items": {"in": 1}}, {}, 0.5, "now")
ROWS = [Anchor(i, 2 * i) for i in range(1000)]


def committed(tmp_path, key="abc"):
    store = Store(tmp_path)
    store.commit(dataclasses.replace(MANIFEST, key=key), {"anchors": (Anchor, ROWS)})
    return store


def test_what_is_committed_is_found_by_its_key(tmp_path):
    store = committed(tmp_path)
    manifest = store.load("detect", "abc")
    assert manifest is not None
    assert manifest.files["anchors.parquet"].rows == 1000
    assert store.read("detect", "abc", "anchors", Anchor) == ROWS
    assert store.load("detect", "abd") is None
    assert store.load("ingest", "abc") is None


def test_equal_rows_give_equal_bytes(tmp_path):
    first = committed(tmp_path / "a").folder("detect", "abc") / "anchors.parquet"
    second = committed(tmp_path / "b").folder("detect", "abc") / "anchors.parquet"
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("damage", ["truncate", "flip", "remove", "manifest", "manifest-key", "not-json"])
def test_a_damaged_artefact_is_not_trusted(tmp_path, damage):
    store = committed(tmp_path)
    folder = store.folder("detect", "abc")
    table, manifest = folder / "anchors.parquet", folder / "manifest.json"
    data = bytearray(table.read_bytes())
    if damage == "truncate":
        table.write_bytes(data[:-1])
    elif damage == "flip":
        data[len(data) // 2] ^= 1
        table.write_bytes(data)
    elif damage == "remove":
        table.unlink()
    elif damage == "manifest":
        manifest.unlink()
    elif damage == "manifest-key":
        manifest.write_text(manifest.read_text().replace('"abc"', '"abx"'))
    else:
        manifest.write_text("[1]")
    assert store.load("detect", "abc") is None
    committed(tmp_path)
    assert store.load("detect", "abc") is not None


def test_a_commit_removes_what_it_replaces_and_nothing_else(tmp_path):
    store = committed(tmp_path, "old")
    partial = store.partial("detect", "new")
    partial.mkdir()
    other = store.stages / "ingest-keep"
    other.mkdir()
    (store.stages / ".detect-new.tmp").mkdir()
    committed(tmp_path, "new")
    assert sorted(p.name for p in store.stages.iterdir()) == ["detect-new", "ingest-keep"]


def test_partial_folders_of_other_keys_go(tmp_path):
    store = Store(tmp_path)
    store.partial("detect", "one").mkdir(parents=True)
    assert store.partial("detect", "two").name == ".detect-two.partial"
    assert not (store.stages / ".detect-one.partial").exists()


def test_a_folder_that_cannot_be_written_is_an_error_with_a_remedy(tmp_path):
    (tmp_path / "stages").write_text("a file where a folder should be")
    with pytest.raises(StoreError, match=r"(?s)cannot be written.*nothing finished is lost"):
        committed(tmp_path)


def test_a_broken_table_is_an_error_with_a_remedy(tmp_path):
    store = committed(tmp_path)
    (store.folder("detect", "abc") / "anchors.parquet").write_bytes(b"PAR1")
    with pytest.raises(StoreError, match=r"(?s)cannot be read.*run again"):
        store.read("detect", "abc", "anchors", Anchor)


def test_write_atomic_leaves_no_drafts(tmp_path):
    write_atomic(tmp_path / "a" / "b.txt", b"1")
    write_atomic(tmp_path / "a" / "b.txt", b"2")
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b.txt"]
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"2"
