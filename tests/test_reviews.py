"""Decisions: keyed by content, merged so that the last one counts, honoured by memory, score and report."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import lxml.html
import numpy as np
import pytest
import report_factory as factory
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline.alignment.clusters import cluster
from pipeline.alignment.constraints import settle
from pipeline.cli import app
from pipeline.engines.memory import TranslationMemory
from pipeline.errors import InputError
from pipeline.reporting import build_report
from pipeline.reviews.book import Reviews, load_reviews, without_rejected
from pipeline.reviews.calibration import calibration_rows
from pipeline.reviews.files import as_line, merged, read_reviews
from pipeline.reviews.importing import import_reviews
from pipeline.reviews.model import Decision, decision_adapter
from pipeline.reviews.subjects import bead_subject, finding_subject, membership_subject, translation_subject

RUN = factory.sample()


def decision(subject: Any, kind: str, verdict: str, time: str = "2024-05-10T09:00:00Z", **more: Any) -> Decision:
    data = {"version": 1, "kind": kind, "verdict": verdict, "time": time, "subject": subject.model_dump(), **more}
    found: Decision = decision_adapter().validate_python(data)
    return found


def translated(number: int) -> Any:
    segment = next(s for s in RUN.segments if s.id == f"b2-{number:04d}")
    return translation_subject(segment, next(t for t in RUN.translations if t.segment_id == segment.id))


def found(identity: str) -> Any:
    return finding_subject(next(f for f in RUN.findings if f.id == identity))


def line(**changes: Any) -> str:
    return json.dumps({**json.loads(as_line(decision(translated(1), "translation", "accept"))), **changes})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "not JSON"),
        ("[1]", "a list, not an object"),
        ('"x"', "a str, not an object"),
        (line(kind="article"), "kind is missing"),
        (line(kind=None), "kind is missing"),
        (line(verdict="maybe"), "verdict"),
        (line(version=2), "version"),
        (line(time="yesterday"), "not an ISO 8601 time"),
        (line(time="2024-05-10T09:00:00"), "no time zone"),
        (line(verdict="correct"), "go together"),
        (line(correction="x"), "go together"),
        (line(verdict="correct", correction="  "), "go together"),
        (line(subject={"pair": "kofr"}), "subject"),
        (line(surprise=1), "surprise"),
        (json.dumps({"note": "\ud800"}), "UTF-8"),
        ("[" * 100_000, "nested|JSON"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_is_taken(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "reviews.jsonl"
    file.write_text(f"\ufeff{line()}\n\n{text}\r\n{line(time='2024-06-01T00:00:00+09:00')}\n", encoding="utf-8")
    read = read_reviews(file)
    assert [d.time for d in read.decisions] == ["2024-05-10T09:00:00.000Z", "2024-05-31T15:00:00.000Z"]
    (bad,) = read.bad
    assert (bad.file, bad.line) == (str(file), 3)
    assert re.search(problem, bad.problem), bad.problem


def test_files_that_cannot_be_read_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_reviews(tmp_path / "absent.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b"\xe9\xff")
    with pytest.raises(InputError, match="not UTF-8"):
        read_reviews(tmp_path / "latin.jsonl")


def test_keys_name_the_thing_and_not_its_place_in_a_run() -> None:
    one = translated(1)
    moved = one.model_copy(update={"segment_id": "other", "article_id": "other", "target": "Another translation"})
    assert one.key == moved.key != translated(2).key
    bead = bead_subject(RUN.beads[0])
    turned = bead.model_copy(
        update={
            "article_a": bead.article_b,
            "article_b": bead.article_a,
            "segments_a": bead.segments_b,
            "segments_b": bead.segments_a,
        }
    )
    assert bead.key == turned.key != bead_subject(RUN.beads[1]).key
    assert membership_subject("a", ["c", "b", "a"], "e1").key == membership_subject("a", ["b", "c"], "e2").key
    assert membership_subject("a", ["b"], None).key != membership_subject("b", ["a"], None).key
    assert found("f1").key != found("f2").key
    assert found("f1").key != found("f1").model_copy(update={"verdict": "agree"}).key


def test_the_last_decision_on_a_thing_counts_whatever_the_order() -> None:
    early = decision(found("f1"), "finding", "accept")
    late = decision(found("f1"), "finding", "reject", "2024-05-11T00:00:00Z")
    back = decision(found("f1"), "finding", "withdraw", "2024-05-12T00:00:00Z")
    assert merged([early, late]) == merged([late, early]) == merged([late], [early]) == [late]
    assert len(Reviews.of([early, late])) == 1
    assert len(Reviews.of([early, back, late])) == 0


def test_a_rejection_counts_only_for_the_translation_that_was_seen() -> None:
    segment = next(s for s in RUN.segments if s.id == "b2-0001")
    seen = next(t for t in RUN.translations if t.segment_id == "b2-0001")
    reviews = Reviews.of([decision(translated(1), "translation", "reject")])
    assert reviews.translation(segment, seen) is not None
    assert reviews.translation(segment, dataclasses.replace(seen, text="A new translation.")) is None


def test_import_fills_the_memory_and_a_withdrawal_empties_it_again(tmp_path: Path) -> None:
    file, into = tmp_path / "in.jsonl", tmp_path / "run" / "reviews.jsonl"
    corrected = decision(translated(1), "translation", "correct", correction="The  harbour\nreopened.")
    accepted = decision(translated(2), "translation", "accept")
    file.write_text("".join(as_line(d) + "\n" for d in (corrected, accepted)) + "oops\n", encoding="utf-8")
    memory = TranslationMemory(tmp_path / "memory.sqlite")
    done = import_reviews(file, into, memory)
    assert (done.read, done.new, done.remembered, done.forgotten, len(done.bad)) == (2, 2, 2, 0, 1)
    texts = [translated(1).source, translated(2).source]
    assert sorted(memory.said(texts, "ko-en", "review").values()) == [factory.KO_EN[2], "The harbour reopened."]
    again = import_reviews(file, into, memory)
    assert (again.new, again.changed, again.same, again.remembered) == (0, 0, 2, 0)
    seen = translated(1).model_copy(update={"target": "The harbour reopened."})
    late = decision(seen, "translation", "reject", "2024-06-01T00:00:00Z")
    old = decision(translated(2), "translation", "reject", "2024-01-01T00:00:00Z")
    file.write_text(f"{as_line(late)}\n{as_line(old)}\n", encoding="utf-8")
    third = import_reviews(file, into, memory)
    assert (third.changed, third.outdated, third.forgotten) == (1, 1, 1)
    assert list(memory.said(texts, "ko-en", "review").values()) == [factory.KO_EN[2]]
    assert [d.verdict for d in read_reviews(into).decisions] == ["accept", "reject"]


def test_what_others_put_into_the_memory_stays(tmp_path: Path) -> None:
    from pipeline.engines.memory_work import store_pairs

    memory = TranslationMemory(tmp_path / "memory.sqlite")
    store_pairs(memory, "ko-en", [(translated(1).source, "By the desk.")], "review")
    file = tmp_path / "in.jsonl"
    file.write_text(as_line(decision(translated(1), "translation", "reject")), encoding="utf-8")
    assert import_reviews(file, tmp_path / "reviews.jsonl", memory).forgotten == 0
    assert list(memory.said([translated(1).source], "ko-en", "review").values()) == ["By the desk."]


@pytest.mark.parametrize(
    ("verdicts", "must", "cannot", "ignored"),
    [
        ([], "", "", ""),
        ([("b", "a", True)], "ab", "", ""),
        ([("a", "a", False)], "", "", ""),
        ([("a", "b", True), ("b", "a", False)], "ab", "", ""),
        ([("a", "b", False), ("a", "b", True)], "", "ab", ""),
        ([("a", "b", True), ("b", "c", True), ("a", "c", False)], "ab bc", "", "ac"),
        ([("a", "c", False), ("a", "b", True), ("b", "c", True)], "ab", "ac", "bc"),
        ([("a", "d", False), ("a", "b", True), ("c", "d", True), ("b", "c", True)], "ab cd", "ad", "bc"),
    ],
)
def test_newer_verdicts_win_and_contradictions_are_named(
    verdicts: list[tuple[str, str, bool]], must: str, cannot: str, ignored: str
) -> None:
    got = settle(verdicts)
    for pairs, wanted in ((got.must, must), (got.cannot, cannot), (got.ignored, ignored)):
        assert {"".join(p) for p in pairs} == set(wanted.split())


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.booleans()), max_size=30))
def test_constraints_never_contradict_one_another(verdicts: list[tuple[str, str, bool]]) -> None:
    got = settle(verdicts)
    group = {x: {x} for x in "abcdef"}
    for a, b in got.must:
        whole = group[a] | group[b]
        for x in whole:
            group[x] = whole
    assert all(b not in group[a] for a, b in got.cannot)
    assert len(got.must) + len(got.cannot) + len(got.ignored) == len(
        {frozenset(v[:2]) for v in verdicts if v[0] != v[1]}
    )


def test_constraints_come_from_memberships_of_articles_that_are_there() -> None:
    join = decision(membership_subject("c3", ["a1", "b2"], "event-1"), "membership", "accept")
    split = decision(membership_subject("a1", ["b2", "gone"], None), "membership", "reject", "2024-06-01T00:00:00Z")
    got = Reviews.of([join, split]).constraints(["a1", "b2", "c3"])
    assert got.cannot == {("a1", "b2")}
    assert len(got.must) == 1 and len(got.ignored) == 1


def test_a_rejected_bead_is_taken_apart_and_no_sentence_is_lost() -> None:
    reviews = Reviews.of([decision(bead_subject(RUN.beads[4]), "bead", "reject")])
    kept = list(without_rejected(RUN.beads, reviews))
    assert [(b.segments_a, b.segments_b) for b in kept[4:]] == [
        (("a1-0004",), ()),
        ((), ("b2-0003",)),
        ((), ("b2-0004",)),
    ]
    assert kept[:4] == list(RUN.beads[:4]) and len({b.id for b in kept}) == len(kept)


def test_the_report_lists_a_dismissed_conflict_and_does_not_count_it(tmp_path: Path) -> None:
    reviews = Reviews.of(
        [
            decision(found("f1"), "finding", "reject", note="<b>different quays"),
            decision(found("f2"), "finding", "accept"),
            decision(translated(1), "translation", "reject", note="Wrong port."),
        ]
    )
    build_report(dataclasses.replace(RUN, reviews=reviews), tmp_path)
    index = lxml.html.parse(str(tmp_path / "index.html")).getroot()
    assert "No conflict was found between the accounts." in index.text_content()
    event = lxml.html.parse(str(tmp_path / "events" / "event-1.html")).getroot()
    dismissed = event.xpath("//section[@aria-labelledby='dismissed']")[0]
    assert "Rejected by a reviewer on 10 May 2024: <b>different quays" in dismissed.text_content()
    assert len(dismissed.xpath(".//*[@id='f-f1']")) == 1
    confirmed = event.xpath("//*[@id='f-f2']")[0]
    assert "confirmed by a reviewer" in confirmed.text_content()
    article = lxml.html.parse(str(tmp_path / "articles" / "b2.html")).getroot()
    sentence = article.get_element_by_id("s-0001")
    assert "flagged" in sentence.get("class") and "Wrong port." in sentence.text_content()
    assert not article.get_element_by_id("s-0003").xpath(".//mark[@class='conflict']")
    assert "dismissed" in (tmp_path / "events" / "event-1.md").read_text(encoding="utf-8").lower()


def test_verdicts_become_calibration_data() -> None:
    gone = found("f1").model_copy(update={"verdict": "agree"})
    reviews = Reviews.of(
        [
            decision(found("f1"), "finding", "reject"),
            decision(found("f5"), "finding", "accept"),
            decision(gone, "finding", "accept"),
        ]
    )
    got = calibration_rows(reviews, RUN.findings, RUN.segments, RUN.beads)
    assert [(r["finding"]["id"], r["correct"], r["language_b"], r["similarity"]) for r in got.rows] == [
        ("f1", False, "ko", 0.44),
        ("f5", True, None, None),
    ]
    assert got.unmatched == 1


def test_the_digest_sees_decisions_of_its_kinds_only() -> None:
    one = Reviews.of([decision(found("f1"), "finding", "accept")])
    both = Reviews.of([*one.decisions.values(), decision(bead_subject(RUN.beads[0]), "bead", "reject")])
    assert Reviews().digest(["finding"]) == one.digest(["bead"]) == "none"
    assert one.digest(["finding"]) == both.digest(["finding"]) != "none"
    assert both.digest(["bead", "finding"]) != both.digest(["finding"])


def test_a_run_refuses_a_file_with_a_bad_line_and_a_named_file_that_is_absent(tmp_path: Path) -> None:
    assert len(load_reviews(None, tmp_path)) == 0
    with pytest.raises(InputError, match="cannot be read"):
        load_reviews(str(tmp_path / "absent.jsonl"), tmp_path)
    (tmp_path / "reviews.jsonl").write_text(f"{line()}\nbad\n")
    with pytest.raises(InputError, match="line 2"):
        load_reviews(None, tmp_path)


def test_the_command_imports_and_lists(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(as_line(decision(found("f1"), "finding", "reject", note="a\u202eb")) + "\nbad\n", encoding="utf-8")
    runner, output = CliRunner(), ["-o", str(tmp_path / "run")]
    done = runner.invoke(app, ["review", "import", str(file), *output])
    assert done.exit_code == 0 and "1 new" in done.output and "line 2: it is not JSON" in done.output
    listed = runner.invoke(app, ["review", "list", *output])
    assert "conflict of money" in listed.output and "[U+202E]" in listed.output
    assert len(json.loads(runner.invoke(app, ["review", "list", "--json", *output]).output)) == 1
    only_bad = tmp_path / "bad.jsonl"
    only_bad.write_text("x\n")
    assert runner.invoke(app, ["review", "import", str(only_bad), *output]).exit_code == 1


# --- clustering -------------------------------------------------------------------------------------------------------


def grouped(n: int, pairs: dict[tuple[int, int], float], **constraints: list[tuple[int, int]]) -> list[int]:
    named = sorted(pairs)
    return cluster(n, named, np.array([pairs[p] for p in named], dtype=np.float64), 0.5, **constraints)


NEAR = {(0, 1): 4.0, (1, 2): 3.0, (0, 2): 3.0, (2, 3): -3.0}


@pytest.mark.parametrize(
    ("constraints", "labels"),
    [
        ({}, [0, 0, 0, 1]),
        ({"cannot": [(0, 1)]}, [0, 1, 0, 2]),
        ({"cannot": [(0, 2), (1, 2)]}, [0, 0, 1, 2]),
        ({"cannot": [(0, 1), (0, 2), (1, 2)]}, [0, 1, 2, 3]),
        ({"must": [(2, 3)]}, [0, 0, 1, 1]),
        ({"must": [(2, 3), (0, 3)]}, [0, 0, 0, 0]),
        ({"must": [(0, 3)], "cannot": [(0, 3)]}, [0, 1, 1, 0]),
        ({"must": [(0, 1)], "cannot": [(1, 2)]}, [0, 0, 1, 2]),
        ({"must": [(3, 3)], "cannot": [(3, 3)]}, [0, 0, 0, 1]),
    ],
)
def test_clusters_keep_to_constraints(constraints: dict[str, list[tuple[int, int]]], labels: list[int]) -> None:
    assert grouped(4, NEAR, **constraints) == labels


INDEX = st.integers(0, 7)


@given(
    st.dictionaries(st.tuples(INDEX, INDEX).filter(lambda p: p[0] < p[1]), st.floats(-8, 8), max_size=28),
    st.lists(st.tuples(INDEX, INDEX, st.booleans()), max_size=12),
    st.sampled_from([0.0, 0.3, 0.5, 0.9]),
)
def test_any_settled_constraints_are_kept(
    pairs: dict[tuple[int, int], float], verdicts: list[tuple[int, int, bool]], threshold: float
) -> None:
    got = settle((str(a), str(b), together) for a, b, together in verdicts)
    must, cannot = ([(int(a), int(b)) for a, b in sorted(found)] for found in (got.must, got.cannot))
    odds = np.array([pairs[p] for p in sorted(pairs)], dtype=np.float64)
    labels = cluster(8, sorted(pairs), odds, threshold, must=must, cannot=cannot)
    assert all(labels[a] == labels[b] for a, b in must)
    assert all(labels[a] != labels[b] for a, b in cannot)
