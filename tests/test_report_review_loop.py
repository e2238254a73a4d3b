"""The whole loop in a real browser: decide on the pages, export, import, run again, see it honoured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import load_config
from pipeline.reviews.files import read_reviews
from pipeline.runner import run

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.browser


def exported(page: Any, to: Path) -> Path:
    with page.expect_download() as download:
        page.click("#review-export")
    assert download.value.suggested_filename == "reviews.jsonl"
    download.value.save_as(to)
    return to


def said(page: Any) -> str:
    text: str = page.locator("#review-status").inner_text()
    return text


def test_decisions_by_mouse_are_kept_between_pages_and_exported(page: Any, sample_report: Path, tmp_path: Path) -> None:
    page.goto((sample_report / "events" / "event-1.html").as_uri())
    card = page.locator("li.card.conflict .review")
    card.get_by_role("button", name="Wrong").click()
    assert card.get_by_role("button", name="Wrong").get_attribute("aria-pressed") == "true"
    assert "rejected. 1 decision in this browser." in said(page)
    card.get_by_role("button", name="Note").click()
    page.keyboard.type("Other quays.")
    page.keyboard.press("Control+Enter")
    page.goto((sample_report / "articles" / "b2.html").as_uri())
    sentence = page.locator("#s-0004 .review")
    sentence.get_by_role("button", name="Correct").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("Director An Morel spoke of a return to normal.")
    sentence.get_by_role("button", name="Save").click()
    page.goto((sample_report / "index.html").as_uri())
    assert "2 decisions in this browser" in page.locator("#review-tally").inner_text()
    read = read_reviews(exported(page, tmp_path / "reviews.jsonl"))
    assert not read.bad
    assert [(d.kind, d.verdict, d.note) for d in read.decisions] == [
        ("finding", "reject", "Other quays."),
        ("translation", "correct", None),
    ]
    assert [d.key for d in read.decisions] == [d.subject.key for d in read.decisions]


def test_the_keyboard_is_enough(page: Any, sample_report: Path) -> None:
    page.goto((sample_report / "events" / "event-1.html").as_uri())
    page.locator("#review-next").focus()
    page.keyboard.press("Enter")
    first = page.evaluate("document.activeElement.closest('.review').dataset.keys")
    page.keyboard.press("a")
    assert "accepted" in said(page)
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.closest('.review').dataset.keys") != first
    page.keyboard.press("r")
    page.keyboard.press("u")
    assert "taken back. 1 decision in this browser." in said(page)
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_a_file_is_taken_in_again_and_bad_lines_are_named(page: Any, sample_report: Path, tmp_path: Path) -> None:
    page.goto((sample_report / "events" / "event-1.html").as_uri())
    page.locator("li.card.conflict .review").get_by_role("button", name="Right").click()
    file = exported(page, tmp_path / "reviews.jsonl")
    file.write_text(file.read_text() + "oops\n" + json.dumps({"version": 1, "kind": "finding"}) + "\n")
    page.evaluate("localStorage.clear()")
    page.reload()
    assert page.locator("#review-export").is_disabled()
    page.set_input_files("#review-import", str(file))
    page.wait_for_function("() => document.getElementById('review-status').textContent.length > 0")
    assert "Read 1 decision; no decision in line 2, 3." in said(page)
    assert page.locator("li.card.conflict .review").get_attribute("data-state") == "accept"


def test_without_script_a_page_shows_what_was_decided_and_no_dead_button(browser: Any, sample_report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((sample_report / "events" / "event-1.html").as_uri())
    assert page.locator("button:visible").count() == 0
    assert page.locator(".review:visible").count() == 0
    context.close()


@pytest.fixture(scope="module")
def seeds_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Run the seeds with the fake engine; the report has the seeds' events, conflicts and sentences."""
    folder = tmp_path_factory.mktemp("loop")
    config = folder / "fake.yaml"
    config.write_text("translate:\n  engine: fake\n")
    run(load_config(config), str(ROOT / "seeds"), folder / "run")
    return folder / "run", config


def test_the_whole_loop_on_the_seeds(page: Any, seeds_run: tuple[Path, Path], tmp_path: Path) -> None:
    output, config = seeds_run
    page.goto((output / "index.html").as_uri())
    total = page.locator("#events-body tr").count()
    page.check("#shared")
    assert 0 < page.locator("#events-body tr:visible").count() < total
    page.locator("#events-body tr:visible a.title").first.click()
    event = page.url
    page.locator("section[aria-labelledby=matrix] tbody td a").first.click()  # a fact leads to its source sentence
    assert page.locator(".seg:target .src mark").count() >= 1
    page.goto(event)
    member = page.locator("section[aria-labelledby=accounts] .review")
    member.nth(0).get_by_role("button", name="Does not").click()
    bead = page.locator("table.passages .review").first
    page.goto((output / "index.html").as_uri())
    page.goto(next(p for p in sorted((output / "articles").glob("*.html")) if "decide-all" in p.read_text()).as_uri())
    article = page.url
    page.check("#decide-all")
    sentences = page.locator(".seg .review")
    sentences.nth(0).get_by_role("button", name="Correct").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("A title by a reviewer")
    page.keyboard.press("Control+Enter")
    sentences.nth(1).get_by_role("button", name="Reject").click()
    file = exported(page, tmp_path / "reviews.jsonl")
    assert bead is not None

    done = CliRunner().invoke(app, ["review", "import", str(file), "-o", str(output), "-c", str(config)])
    assert done.exit_code == 0 and "3 new" in done.output and "1 taken in" in done.output
    results = run(load_config(config), str(ROOT / "seeds"), output)
    assert [r.stage for r in results if r.status == "done"] == ["translate", "align", "score", "report"]

    page.goto(article)
    first = page.locator(".seg").first
    assert first.locator(".tgt").inner_text() == "A title by a reviewer"
    assert "Corrected by a reviewer" in first.inner_text()
    flagged = page.locator(".seg.flagged")
    assert "Rejected by a reviewer" in " ".join(flagged.all_inner_texts())
    page.goto((output / "index.html").as_uri())
    assert page.locator("#events-body tr").count() == total + 1
    page.goto((output / "run.html").as_uri())
    honoured = page.locator("section[aria-labelledby=decisions]")
    assert "3 decisions in force; this run honours all of them." in honoured.inner_text()
    honoured.get_by_role("link", name="Used in 1 sentence").click()
    assert page.url.partition("#")[0] == article
    assert [r.status for r in run(load_config(config), str(ROOT / "seeds"), output)] == ["reused"] * 6
