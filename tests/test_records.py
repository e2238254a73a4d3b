import dataclasses

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import records
from pipeline.records import (
    Anchor,
    Article,
    Evidence,
    FidelityFinding,
    Finding,
    Paragraph,
    Reason,
    Rejection,
    Relation,
    Side,
    Translation,
    arrow_schema,
    from_table,
    to_table,
)

ROUND_TRIPS = [
    Article("i", "n", "p.txt", None, None, "2024-05-10", None, "t", "ko", 0.5, "utf-8", "ab", 3, ()),
    Article(
        *("i", "n", "p.txt", "r", "s", None, "u", None, None, None, "cp949", "ab", 3),
        (Paragraph(0, "item", "é", 0, 2, (Anchor(0, 0), Anchor(1, 2))),),
    ),
    Rejection("x", "ingest", "line", Reason.MOST_READ, "d", "a", "t", 1, 2),
    Rejection("x", "ingest", "file", Reason.EMPTY, "d"),
    Translation("s", "a", "ko", "en", "t", "e", None, 0.5, (FidelityFinding("number", "changed", "1", None),), False),
    Relation("a", "b", "same_event", 0.9, 0.8, (Evidence("dates", 1.0, 0.5, "10 May"),)),
    Finding("f", "e", "only_one", "number", Side("a", "s", None, "1", "1", 0, 1, 4, 5), None, 0.5, 1.0, "r"),
]


@pytest.mark.parametrize("record", ROUND_TRIPS, ids=lambda r: type(r).__name__)
def test_round_trip(record):
    table = to_table([record], type(record))
    assert table.schema == arrow_schema(type(record))
    assert from_table(table, type(record)) == [record]


@pytest.mark.parametrize("name", [n for n in records.__all__ if dataclasses.is_dataclass(getattr(records, n))])
def test_every_record_type_has_a_schema_and_an_empty_table(name):
    kind = getattr(records, name)
    assert len(arrow_schema(kind)) == len(kind.__slots__)
    assert from_table(to_table([], kind), kind) == []


@given(st.lists(st.builds(Anchor, st.integers(0, 2**40), st.integers(0, 2**40))))
def test_any_anchor_survives(anchors):
    assert from_table(to_table(anchors, Anchor), Anchor) == anchors


def test_a_required_field_may_not_be_null():
    assert not arrow_schema(Article).field("id").nullable
    assert arrow_schema(Article).field("url").nullable
    assert arrow_schema(Article).field("paragraphs").type.value_type.field("start").type == pa.int64()
