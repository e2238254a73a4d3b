"""Tables as streams: equal rows give equal bytes however they are cut, and are read back in order."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import StoreError
from pipeline.records import FidelityFinding, Translation, to_table
from pipeline.tables import ROW_GROUP, Records, Spool, chunks, write_parquet

finding = st.builds(
    FidelityFinding, st.just("number"), st.just("missing"), st.none() | st.text(max_size=3), st.none() | st.text()
)
translation = st.builds(
    Translation,
    segment_id=st.text(max_size=5),
    article_id=st.text(max_size=5),
    source_language=st.just("fr"),
    target_language=st.just("en"),
    text=st.text(),
    engine=st.sampled_from(["fake|1", "source"]),
    score=st.none() | st.floats(-9, 0),
    quality=st.none() | st.floats(0, 1),
    findings=st.lists(finding, max_size=3).map(tuple),
    from_memory=st.booleans(),
    repairs=st.lists(st.text(max_size=4), max_size=2).map(tuple),
)


def written(blocks, path) -> bytes:
    write_parquet(blocks, Translation, path)
    return path.read_bytes()


@given(st.lists(translation, max_size=12), st.lists(st.integers(0, 12), max_size=4))
def test_cuts_change_no_byte(tmp_path_factory, rows, cuts):
    folder = tmp_path_factory.mktemp("cuts")
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    parts = [rows[a:b] for a, b in pairwise(edges)]
    whole = written([to_table(rows, Translation)], folder / "whole.parquet")
    assert written([to_table(part, Translation) for part in parts], folder / "cut.parquet") == whole
    spool = Spool(folder / "spool", Translation)
    for part in parts:
        spool.add(part)
    assert written(spool.records().blocks(), folder / "read.parquet") == whole
    assert list(spool.records()) == rows
    assert len(spool.records()) == len(rows)


def test_row_groups_are_full_whatever_the_blocks(tmp_path):
    import pyarrow.parquet as pq

    rows = [  # texts that fill several pages of a row group, and more than a dictionary holds
        Translation(f"s{i}", f"a{i // 9}", "fr", "en", f"{i:07d} " * 40, "e", None, i / 1e6, (), False)
        for i in range(2 * ROW_GROUP + 5)
    ]
    whole = written([to_table(rows, Translation)], tmp_path / "whole.parquet")
    for size in (7, 1000, ROW_GROUP, ROW_GROUP + 1):
        blocks = (to_table(chunk, Translation) for chunk in chunks(rows, size))
        assert written(blocks, tmp_path / "cut.parquet") == whole, size
    groups = pq.read_metadata(tmp_path / "cut.parquet")
    assert [groups.row_group(i).num_rows for i in range(groups.num_row_groups)] == [ROW_GROUP, ROW_GROUP, 5]
    read = Records([tmp_path / "cut.parquet"], Translation)
    assert list(read) == rows
    assert list(read) == rows  # as often as wanted


def test_parts_in_memory_and_in_files_are_one_table(tmp_path):
    rows = [Translation(f"s{i}", "a", "fr", "en", "t", "e", None, None, (), False) for i in range(5)]
    written([to_table(rows[2:4], Translation)], tmp_path / "part.parquet")
    table = Records([rows[:2], tmp_path / "part.parquet", rows[4:]], Translation)
    assert list(table) == rows
    assert len(table) == 5
    assert list(table.column("segment_id")) == [f"s{i}" for i in range(5)]
    whole = written([to_table(rows, Translation)], tmp_path / "whole.parquet")
    assert written(table.blocks(), tmp_path / "again.parquet") == whole


def test_an_empty_table_has_its_schema(tmp_path):
    assert written([], tmp_path / "a.parquet") == written([to_table([], Translation)], tmp_path / "b.parquet")
    assert list(Records([tmp_path / "a.parquet"], Translation)) == []


def test_a_broken_part_is_an_error_with_a_remedy(tmp_path):
    (tmp_path / "part.parquet").write_bytes(b"PAR1")
    with pytest.raises(StoreError, match=r"(?s)cannot be read.*run again"):
        list(Records([tmp_path / "part.parquet"], Translation))
