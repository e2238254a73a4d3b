"""The timeline of threads: what is placed, where, and how its axis is marked."""

from __future__ import annotations

import dataclasses
import re
from datetime import date, timedelta
from pathlib import Path

import lxml.html
import pytest
import report_factory as factory
from hypothesis import given
from hypothesis import strategies as st

from pipeline.reporting import build_report
from pipeline.reporting.timeline import Dot, day_of, thread_plot


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2024-05-10", date(2024, 5, 10)),
        ("2024-05-10T08:30:00+09:00", date(2024, 5, 10)),
        ("2024-02-30", None),
        ("2024-05", None),
        ("????-05-10", None),
        ("2024-??-??", None),
        ("not a date", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_full_date_is_placed(value: str | None, day: date | None) -> None:
    assert day_of(value) == day


def dot(day: date, n: int = 1, title: str = "An event") -> Dot:
    return Dot("events/e.html", title, day, n, "agree")


def test_one_day_makes_no_axis() -> None:
    assert thread_plot([]) == thread_plot([("none", [])]) == ""
    assert thread_plot([("one", [dot(date(2024, 5, 1))]), ("two", [dot(date(2024, 5, 1))])]) == ""


def circles(plot: str) -> list[tuple[float, int, int]]:
    found = re.findall(r'cx="([\d.]+)" cy="(\d+)" r="(\d+)"', plot)
    return [(float(x), int(y), int(r)) for x, y, r in found]


def test_days_lie_in_proportion_and_each_thread_has_its_row() -> None:
    start = date(2024, 1, 1)
    rows = [
        ("a", [dot(start), dot(start + timedelta(10), 3)]),
        ("dateless", []),
        ("b", [dot(start + timedelta(5), 99)]),
    ]
    first, last, middle = circles(thread_plot(rows))
    assert middle[0] - first[0] == pytest.approx((last[0] - first[0]) / 2, abs=0.01)
    assert first[1] == last[1] < middle[1] and middle[1] - first[1] == 30  # the row without a date takes no room
    assert first[2] < last[2] < middle[2] < 12


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)), st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_an_axis_of_any_length_has_few_marks_all_inside_and_in_order(a: date, b: date) -> None:
    plot = thread_plot([("thread", [dot(a), dot(b)])])
    marks = [float(x) for x in re.findall(r'<line class="grid" x1="([\d.]+)"', plot)]
    assert bool(plot) == (a != b)
    assert len(marks) <= 7 and marks == sorted(set(marks))
    assert all(262 <= x <= 742 for x in marks)
    if abs((a - b).days) > 366:
        assert marks


def test_hostile_titles_stay_text() -> None:
    plot = thread_plot([(factory.HOSTILE, [dot(date(2024, 1, 1), title=factory.HOSTILE), dot(date(2024, 1, 9))])])
    tree = lxml.html.fromstring(plot)
    assert not tree.xpath("//script | //img") and "\u202e" not in plot
    assert "<script>alert('x')</script>" in tree.xpath("//a/@aria-label")[0]


def test_the_start_page_draws_threads_whose_dates_are_known(tmp_path: Path) -> None:
    run = factory.sample()
    build_report(run, tmp_path)
    assert not lxml.html.parse(str(tmp_path / "index.html")).xpath("//*[contains(@class, 'times')]")
    dated = dataclasses.replace(run.events[1], date="2024-05-03")
    build_report(dataclasses.replace(run, events=[run.events[0], dated, run.events[2]]), tmp_path)
    plot = lxml.html.parse(str(tmp_path / "index.html")).xpath("//*[@class='times']")[0]
    assert sorted(plot.xpath(".//a/@href")) == ["events/event-1.html", "events/event-2.html"]
    assert plot.xpath(".//circle/@class") == ["dot single", "dot conflict"]
