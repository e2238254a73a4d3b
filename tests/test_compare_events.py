"""Events are compared one by one, from records on a shelf; one of many pairs in parts, which changes nothing."""

import pickle
from datetime import datetime, timezone
from itertools import combinations

import pytest

from pipeline.config import Config
from pipeline.engines.accounts import make_story, story_beads
from pipeline.engines.workshop import Workshop
from pipeline.executors import ItemJob, LocalExecutor, map_items
from pipeline.records import Anchor, Bead, Copy, Event, EventScore, Fact, Finding, PairScore, Segment, Translation
from pipeline.reviews.book import Reviews
from pipeline.reviews.model import FindingDecision
from pipeline.reviews.subjects import finding_subject
from pipeline.shelf import Shelf
from pipeline.stages import compare_events
from pipeline.stages.compare_events import CompareEvents, EventPart, EventSource, part_size
from pipeline.tables import Records

TEXTS = {
    "a": [
        "The bridge in Lyon opened on 10 May 2024.",
        "The works cost 120 million euros.",
        "Paul Martin cut a ribbon.",
    ],
    "b": ["The bridge in Lyon opened on 10 May 2024.", "The works cost 150 million euros, the city says."],
    "c": ["On 10 May 2024 the bridge in Lyon opened.", "Some 4,300 people came.", "The works cost 120 million euros."],
    "d": ["Le pont de Lyon a ouvert le 10 mai 2024.", "Les travaux ont coûté 120 millions d'euros, selon Paul Martin."],
    "x": ["A storm closed the port of Busan on 3 June 2024.", "It lasted 14 hours."],
    "y": ["The port of Busan closed on 3 June 2024.", "The storm lasted 16 hours."],
    "z": ["Nothing else happened."],
}
EVENTS = [
    Event("e2", "t", ("d", "b", "a", "c"), "The bridge", "2024-05-10", None, (), 0.9),
    Event("e9", "t", ("z",), "Nothing", None, None, (), None),
    Event("e1", "t", ("x", "y"), "The storm", "2024-06-03", None, (), 0.9),
]
COPIES = [Copy("e2", "c", "a", "near", 0.8)]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory) -> Workshop:
    return Workshop.of(Config(), None, tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def stories(workshop):
    made = {}
    for article, texts in TEXTS.items():
        segments = [
            Segment(
                f"{article}-{n}", article, n, n, "body", text, n, n + len(text), (Anchor(0, n),),
                "fr" if article == "d" else "en", 0.9,
            )
            for n, text in enumerate(texts)
        ]  # fmt: skip
        made[article] = make_story(article, "2024-06-03", segments, workshop.encoder())
    return made


@pytest.fixture
def shelf(stories, tmp_path):
    segments = [s for story in stories.values() for s in story.segments]
    facts = [f for story in stories.values() for found in story.facts.values() for f in found]
    translations = [
        Translation(s.id, s.article_id, s.language, "en", s.text, "fake" if s.language == "fr" else "source", None,
                    None, (), False)
        for s in segments
    ]  # fmt: skip
    beads = [
        bead
        for event in EVENTS
        for a, b in combinations(sorted(event.article_ids), 2)
        for bead in story_beads(stories[a], stories[b], event.id)
    ]
    with Shelf(tmp_path / "records.sqlite") as kept:
        for table, kind, records in (("segments", Segment, segments), ("translations", Translation, translations)):
            kept.put(table, kind, records, ["article"], lambda r: (r.article_id,))
        kept.put("facts", Fact, facts, ["article"], lambda f: (f.article_id,))
        kept.put("beads", Bead, beads, ["event", "a", "b"], lambda b: (b.event_id, b.article_a, b.article_b))
        kept.put("copies", Copy, COPIES, ["event"], lambda c: (c.event_id,))
        yield kept


def compared(shelf, workshop, folder, *decisions):
    reviews = Reviews.of(decisions)
    source = EventSource(shelf, Records([EVENTS], Event))
    stage = pickle.loads(pickle.dumps(CompareEvents(workshop.elsewhere(), workshop.config.score, "en", reviews)))
    tables = {"findings": Finding, "pair_scores": PairScore, "event_scores": EventScore}
    job = ItemJob(stage, EventPart, tables, size=part_size)
    done = []
    made = map_items(LocalExecutor(2), job, source, folder, done.append).tables
    findings, scores = source.joined(made["findings"], made["event_scores"], reviews, folder)
    assert sum(done) == len(source)
    return len(source), list(findings), list(made["pair_scores"]), list(scores)


def test_what_parts_of_an_event_give_is_what_the_whole_gives(shelf, workshop, tmp_path, monkeypatch):
    monkeypatch.setattr(compare_events, "ALL_PAIRS", 2)
    whole = compared(shelf, workshop, tmp_path / "whole")
    monkeypatch.setattr(compare_events, "MOST_PAIRS", 2)
    parts = compared(shelf, workshop, tmp_path / "parts")
    assert (whole[0], parts[0]) == (3, 5)  # six pairs of four articles, two at a time
    assert parts[1:] == whole[1:]
    _, findings, pair_scores, scores = whole
    assert [s.event_id for s in scores] == ["e2", "e9", "e1"]
    assert len(pair_scores) == 7
    verdicts = {f.verdict for f in findings}
    assert {"agree", "conflict", "only_one"} <= verdicts
    assert len({f.id for f in findings}) == len(findings)
    assert [s.n_accounts for s in scores] == [3, 1, 2]


def test_what_a_reviewer_rejected_counts_in_no_part(shelf, workshop, tmp_path, monkeypatch):
    monkeypatch.setattr(compare_events, "ALL_PAIRS", 2)
    monkeypatch.setattr(compare_events, "MOST_PAIRS", 1)
    _, findings, _, before = compared(shelf, workshop, tmp_path / "before")
    conflicts = [f for f in findings if f.event_id == "e2" and f.verdict == "conflict"]
    when = datetime(2024, 7, 1, tzinfo=timezone.utc).isoformat()
    made = [FindingDecision(kind="finding", verdict="reject", time=when, subject=finding_subject(f)) for f in conflicts]
    _, again, _, after = compared(shelf, workshop, tmp_path / "after", *made)
    assert conflicts and again == findings
    assert before[0].agreement < after[0].agreement == 1.0
    assert before[1:] == after[1:]


def test_an_event_of_one_article_holds_nothing_to_compare(shelf):
    part = next(p for p in EventSource(shelf, Records([EVENTS], Event)) if p.event.id == "e9")
    assert (part.whole, part.segments, part.beads, part_size(part)) == (True, (), (), 0)


def test_no_events_give_no_parts(shelf):
    assert list(EventSource(shelf, Records([], Event))) == []
