"""Accessibility checked by axe-core in a real browser; paging of the start page; hostile content in the new parts.

axe-core (MPL-2.0) is no part of this repository: ``npm pack axe-core`` somewhere, unpack it, and name its
``axe.min.js`` in ``CONCORD_AXE``, or put it at ``.cache/axe.min.js``. Without it these tests are skipped, visibly.
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import lxml.html
import pytest
import report_factory as factory

from pipeline.records import Event
from pipeline.reporting import build_report
from pipeline.reporting.words import safe_name

ROOT = Path(__file__).resolve().parent.parent
AXE = Path(os.environ.get("CONCORD_AXE") or ROOT / ".cache" / "axe.min.js")
needs_axe = pytest.mark.skipif(not AXE.is_file(), reason="axe-core is absent: npm pack axe-core, and set CONCORD_AXE")
pytestmark = pytest.mark.browser
HOSTILE = safe_name(factory.HOSTILE_ID)
PAGES = [
    "index.html",
    "events/event-1.html",
    "articles/b2.html",
    "articles/c3.html",
    f"articles/{HOSTILE}.html",
    "run.html",
]
RULES = "{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }"


def many(n: int) -> Any:
    """Add quiet events to the sample, so that the start page is paged."""
    run = factory.sample()
    made = [
        Event(f"q{k:04d}", "thread-q", ("c3",), f"Quiet event {k:04d}", "2024-01-01", None, (), None) for k in range(n)
    ]
    thread = factory.Thread("thread-q", tuple(e.id for e in made), "Quiet")
    return dataclasses.replace(run, events=[*run.events, *made], threads=[*run.threads, thread])


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation(browser: Any, sample_report: Path, name: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)  # axe itself is a script that pages forbid
    page = context.new_page()
    page.goto((sample_report / name).as_uri())
    page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
    everything = page.locator("#decide-all")
    if everything.count():
        everything.check()
        page.locator(".review button:visible", has_text="Correct").first.click()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate(f"() => axe.run(document, {RULES})")
    found = [(v["id"], v["nodes"][0]["html"][:200], v["nodes"][0]["failureSummary"]) for v in result["violations"]]
    assert found == []
    assert len(result["passes"]) > 15
    context.close()


def test_a_long_list_is_paged_and_searched_as_a_whole(browser: Any, tmp_path: Path) -> None:
    build_report(many(250), tmp_path)
    page = browser.new_page()
    page.goto((tmp_path / "index.html").as_uri())
    rows = page.locator("#events-body tr")
    assert rows.count() == 40
    assert "253 of 253 shown" in page.locator("#shown").inner_text()
    assert page.locator("#events-data").count() == 1  # what is not shown is not even read before somebody asks
    page.fill("#q", "quiet 0249")
    assert rows.count() == 1 and page.locator("#more").is_hidden()
    rows.locator("a.title").click()
    assert page.url.endswith("events/q0249.html")
    page.go_back()
    page.fill("#q", "")
    page.click("#more")
    assert rows.count() == 80
    page.select_option("#order", "title")
    assert rows.count() == 40
    assert rows.nth(2).locator("a.title").inner_text() in {"Port of Havreville reopens after storm", "Quiet event 0000"}
    page.emulate_media(media="print")
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert rows.count() == 253
    page.close()


def test_the_plain_list_holds_every_event_and_goes_when_it_is_not_needed(tmp_path: Path) -> None:
    build_report(many(250), tmp_path)
    links = lxml.html.parse(str(tmp_path / "all-events.html")).xpath("(//main//ol)[1]//a/@href")
    assert len(links) == 253 and all((tmp_path / link).is_file() for link in links)
    build_report(factory.sample(), tmp_path)
    assert not (tmp_path / "all-events.html").exists()
    index = lxml.html.parse(str(tmp_path / "index.html"))
    assert not index.xpath("//*[@id='events-data']")


def test_hostile_events_that_wait_as_data_stay_text(browser: Any, tmp_path: Path) -> None:
    run = many(150)
    bad = [dataclasses.replace(e, title=factory.HOSTILE + "</script><img src=x onerror=alert(3)>") for e in run.events]
    build_report(dataclasses.replace(run, events=bad), tmp_path)
    page = browser.new_page()
    seen: list[str] = []
    page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("console", lambda message: seen.append(message.text))
    page.goto((tmp_path / "index.html").as_uri())
    for _ in range(3):
        page.click("#more")
    assert page.locator("#events-body tr").count() == 153
    assert page.locator("main img, main #events-body script").count() == 0
    assert seen == []
    page.close()
