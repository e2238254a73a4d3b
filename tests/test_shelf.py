"""A shelf gives back what was put on it, by key and in order, and says what to do where its disk fails."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import StageError, StoreError
from pipeline.records import Anchor, Copy, Reason, Rejection, to_rows
from pipeline.shelf import Shelf, json_line
from pipeline.tables import matched

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
copies = st.lists(st.builds(Copy, names, names, names, st.sampled_from(["exact", "near"]), st.floats(0, 1)), max_size=9)


@given(copies)
def test_records_come_back_by_key_and_in_order(found):
    with Shelf() as shelf:
        shelf.put("copies", Copy, found, ["event", "score"], lambda c: (c.event_id, c.score))
        shelf.index("copies", "event")
        assert list(shelf.scan("copies")) == found
        assert list(shelf.scan("copies", "event, score DESC")) == sorted(found, key=lambda c: (c.event_id, -c.score))
        for event in {c.event_id for c in found} | {"nowhere"}:
            assert shelf.find("copies", "event", event) == [c for c in found if c.event_id == event]


@given(copies)
def test_a_line_is_what_plain_data_gives(found):
    assert [json_line(c) for c in found] == [json.dumps(row, ensure_ascii=False) for row in to_rows(found)]


def test_nested_and_enumerated_fields_keep_their_type():
    rejection = Rejection("i", "ingest", "line", Reason.COOKIES, "d", "a", None, 3, None)
    with Shelf() as shelf:
        shelf.put("dropped", Rejection, [rejection], ["reason"], lambda r: (r.reason.value,))
        assert shelf.find("dropped", "reason", "cookies") == [rejection]


def test_more_records_are_appended():
    with Shelf() as shelf:
        for text in (3, 1, 2):
            shelf.put("anchors", Anchor, [Anchor(text, 0)], ["at"], lambda a: (a.text,))
        assert [a.text for a in shelf.scan("anchors", "at")] == [1, 2, 3]


def test_a_number_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        json_line(Copy("e", "a", "b", "near", float("nan")))


def test_a_file_of_an_earlier_run_is_replaced(tmp_path):
    path = tmp_path / "deep" / "records.sqlite"
    for _ in range(2):
        with Shelf(path) as shelf:
            shelf.put("anchors", Anchor, [Anchor(1, 1)], ["at"], lambda a: (a.text,))
            assert len(list(shelf.scan("anchors"))) == 1


def test_a_disk_that_fails_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"records\.sqlite cannot be used"):
        Shelf(tmp_path / "file" / "records.sqlite")


def test_a_full_disk_is_told(tmp_path):
    with Shelf(tmp_path / "records.sqlite") as shelf:
        shelf._database.execute("PRAGMA max_page_count=8")
        with pytest.raises(StoreError, match="disk is full"):
            shelf.put("anchors", Anchor, (Anchor(i, i) for i in range(99_999)), ["at"], lambda a: (a.text,))


@given(st.lists(st.integers(0, 3), max_size=6))
def test_records_are_matched_with_their_owners(counts):
    owners = [f"o{n}" for n in range(len(counts))]
    records = [(owner, k) for owner, n in zip(owners, counts, strict=True) for k in range(n)]
    found = list(matched(owners, records, lambda r: r[0]))
    assert found == [[r for r in records if r[0] == owner] for owner in owners]


@pytest.mark.parametrize("records", [["b", "a"], ["c"], ["a", "b", "a"]])
def test_a_record_out_of_place_is_told(records):
    with pytest.raises(StageError, match="does not stand where its owner stands"):
        list(matched(["a", "b"], records, lambda r: r))
