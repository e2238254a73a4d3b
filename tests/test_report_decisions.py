"""The page of the run lists reviewers' decisions with what became of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import lxml.html
import pytest
import report_factory as factory

from pipeline.reporting import RunData, build_report
from pipeline.reporting.decisions import honoured_decisions
from pipeline.reporting.lookup import build_lookup
from pipeline.reviews.book import Reviews
from pipeline.reviews.model import (
    BeadDecision,
    Decision,
    FindingDecision,
    MembershipDecision,
    TranslationDecision,
)
from pipeline.reviews.subjects import bead_subject, finding_subject, membership_subject, translation_subject

WHEN = "2024-06-01T10:00:00Z"
RUN = factory.sample()


def translation(verdict: str, **values: str) -> Decision:
    segment = next(s for s in RUN.segments if s.id == "b2-0003")
    made = next(t for t in RUN.translations if t.segment_id == segment.id)
    subject = translation_subject(segment, made)
    return TranslationDecision(kind="translation", verdict=verdict, time=WHEN, subject=subject, **values)


def finding(verdict: str, identity: str = "f1") -> Decision:
    subject = finding_subject(next(f for f in RUN.findings if f.id == identity))
    return FindingDecision(kind="finding", verdict=verdict, time=WHEN, subject=subject)


def bead(verdict: str) -> Decision:
    subject = bead_subject(next(b for b in RUN.beads if b.segments_a and b.segments_b))
    return BeadDecision(kind="bead", verdict=verdict, time=WHEN, subject=subject)


def member(verdict: str, article: str, *others: str) -> Decision:
    subject = membership_subject(article, others, "event-1")
    return MembershipDecision(kind="membership", verdict=verdict, time=WHEN, subject=subject)


def without_beads(run: RunData) -> RunData:
    return dataclasses.replace(run, beads=[])


def without_findings(run: RunData) -> RunData:
    return dataclasses.replace(run, findings=[])


def same(run: RunData) -> RunData:
    return run


@pytest.mark.parametrize(
    ("decision", "change", "kept", "outcome"),
    [
        (translation("accept"), same, True, "stands in 1 sentence"),
        (translation("reject"), same, True, "flagged in 1 sentence"),
        (translation("correct", correction="Other words."), same, False, "lapsed"),
        (finding("accept"), same, True, "confirmed"),
        (finding("reject"), same, True, "counts nowhere"),
        (finding("reject"), without_findings, False, "lapsed"),
        (bead("accept"), same, True, "stand side by side"),
        (bead("accept"), without_beads, False, "lapsed"),
        (bead("reject"), same, False, "still"),
        (bead("reject"), without_beads, True, "taken apart"),
        (member("accept", "a1", "b2"), same, True, "kept together"),
        (member("accept", "a1", "b2", "c3"), same, False, "not kept"),
        (member("accept", "a1", "b2", "gone"), same, True, "kept together"),
        (member("reject", "a1", "c3"), same, True, "kept apart"),
        (member("reject", "a1", "b2"), same, False, "not kept"),
        (member("reject", "a1", "gone"), same, False, "lapsed"),
        (member("reject", "gone", "a1"), same, False, "lapsed"),
    ],
)
def test_each_decision_is_listed_with_its_fate(
    decision: Decision, change: Callable[[RunData], RunData], kept: bool, outcome: str
) -> None:
    run = dataclasses.replace(change(RUN), reviews=Reviews.of([decision]))
    (found,) = honoured_decisions(build_lookup(run))
    assert (found.kept, outcome in found.outcome) == (kept, True), found
    assert bool(found.page) or not kept


def test_the_page_of_the_run_says_how_many_were_honoured_and_links_them(tmp_path: Path) -> None:
    decisions = [
        finding("reject"),
        translation("correct", correction="<b>Other</b> words."),
        member("reject", "a1", "c3"),
    ]
    build_report(dataclasses.replace(RUN, reviews=Reviews.of(decisions)), tmp_path)
    page = lxml.html.parse(str(tmp_path / "run.html"))
    section = page.xpath("//section[@aria-labelledby='decisions']")[0]
    text = " ".join(section.text_content().split())
    assert "3 decisions in force; this run honours 2." in text
    assert "<b>Other</b> words." in text
    links = section.xpath(".//td/a/@href")
    assert len(links) == 2 and all((tmp_path / link.partition("#")[0]).is_file() for link in links)


def test_without_decisions_the_page_of_the_run_has_no_such_part(sample_report: Path) -> None:
    assert not lxml.html.parse(str(sample_report / "run.html")).xpath("//*[@id='decisions']")
