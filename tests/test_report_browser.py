"""The pages in a real browser, opened from the file system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import lxml.html
import pytest

from pipeline.config import load_config
from pipeline.runner import run

pytestmark = pytest.mark.browser


def shown(page: Any) -> list[str]:
    return page.locator("#events-body tr:visible a.title").all_inner_texts()


def test_search_filters_and_order(page: Any, sample_report: Path) -> None:
    page.goto((sample_report / "index.html").as_uri())
    assert len(shown(page)) == 3
    page.keyboard.press("/")
    page.keyboard.type("항구신문 havreville")
    assert shown(page) == ["Port of Havreville reopens after storm"]
    assert page.locator("#shown").inner_text() == "1 of 3 shown"
    page.fill("#q", "no such words")
    assert shown(page) == [] and page.locator("#none").is_visible()
    page.click("button[type=reset]")
    page.wait_for_function("() => document.getElementById('shown').textContent === '3 of 3 shown'")
    page.select_option("#language", "ko")
    assert len(shown(page)) == 1
    page.select_option("#language", "")
    page.check("#conflicts")
    assert len(shown(page)) == 1
    page.uncheck("#conflicts")
    page.select_option("#order", "title")
    titles = shown(page)
    assert titles[-1] == "Port of Havreville reopens after storm" and len(titles) == 3


def test_from_the_start_page_to_the_source_sentence(page: Any, sample_report: Path) -> None:
    page.goto((sample_report / "index.html").as_uri())
    page.click("text=Port of Havreville reopens after storm >> nth=0")
    page.locator(".card.conflict").get_by_text("Read in the article").first.click()
    assert page.url.endswith("articles/b2.html#s-0003")
    sentence = page.locator("#s-0003")
    assert sentence.locator("mark.conflict").first.inner_text() == "1천500만 유로"
    sentence.locator("a.to-finding").first.click()
    assert "/events/event-1.html#f-f1" in page.url


@pytest.mark.parametrize("name", ["events/event-1.html", "articles/b2.html"])
def test_original_and_translation_are_shown_together_or_one_of_them(page: Any, sample_report: Path, name: str) -> None:
    page.goto((sample_report / name).as_uri())
    where = ".card.conflict" if name.startswith("events") else ".text"
    original = page.locator(f"{where} :is(.orig, .src)", has_text="1천500만 유로").first
    translated = page.locator(f"{where} .tr", has_text="15 million euros").first
    assert original.is_visible() and translated.is_visible()
    page.get_by_label("translation only").check()
    assert translated.is_visible() and not original.is_visible()
    page.get_by_label("original only").check()
    assert original.is_visible() and not translated.is_visible()
    page.keyboard.press("ArrowLeft")  # radio buttons are one stop of the keyboard, and arrows choose among them
    assert original.is_visible() and translated.is_visible()


def test_what_has_no_translation_never_disappears(page: Any, sample_report: Path) -> None:
    page.goto((sample_report / "articles" / "c3.html").as_uri())
    assert page.locator(".show").count() == 0  # an original has nothing to choose
    assert page.locator(".src:visible").count() == 3


def test_only_flagged_sentences_can_be_shown(page: Any, sample_report: Path) -> None:
    page.goto((sample_report / "articles" / "b2.html").as_uri())
    assert page.locator(".seg:visible").count() == 5
    page.check(".only input")
    assert page.locator(".seg:visible").count() == 1


def test_hostile_pages_run_nothing(page: Any, sample_report: Path) -> None:
    for path in sorted(sample_report.rglob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("document.querySelectorAll('main script, main img').length") == 0


def test_style_is_in_force_and_no_page_scrolls_sideways_on_a_phone(page: Any, sample_report: Path) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for path in sorted(sample_report.rglob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path.name
        assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(page: Any, sample_report: Path, scheme: str) -> None:
    """WCAG 2.2 asks for 4.5 to 1 between text and what lies behind it."""
    page.emulate_media(color_scheme=scheme)
    for name in ("index.html", "events/event-1.html", "articles/b2.html", "run.html"):
        page.goto((sample_report / name).as_uri())
        assert page.evaluate(CONTRAST) >= 4.5, name


def test_print_is_on_white_whatever_the_screen(page: Any, sample_report: Path) -> None:
    page.emulate_media(color_scheme="dark", media="print")
    for name in ("index.html", "events/event-1.html", "articles/b2.html", "run.html"):
        page.goto((sample_report / name).as_uri())
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate(CONTRAST) >= 4.5, name


CONTRAST = """() => {
  const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
  const light = c => c.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c[3] > .99) return c; } return [255, 255, 255, 1]; };
  let worst = 21;
  for (const e of document.querySelectorAll('main *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || e.closest('svg')) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    worst = Math.min(worst, (a + .05) / (b + .05));
  }
  return worst;
}"""


def test_a_hostile_file_goes_through_the_whole_pipeline_as_text(page: Any, tmp_path: Path, fake_config: Path) -> None:
    """From the raw file to the pages: nothing runs, nothing is loaded, nothing lies outside the folder."""
    attack = (
        "<script>alert(1)</script><img src=x onerror=alert(2)> <a href='javascript:alert(3)'>x</a> \u202egnp.exe\u202c"
    )
    body = f"{attack} The council of Havreville met on Tuesday and voted for a new bridge over the river."
    broken = "</div></main></body><b><i <svg onload=alert(4)> The mayor said that work would begin in the spring."
    records = [
        {
            "id": "../../x",
            "title": attack,
            "text": f"{body}\n\n{broken}",
            "url": "javascript:alert(5)",
            "source": attack,
        },
        {
            "id": "\u202e<b>",
            "title": "</title><script>alert(6)</script>",
            "text": f"{broken}\n\n{body}",
            "source": "../",
        },
    ]
    source, out = tmp_path / "in", tmp_path / "deep" / "er" / "out"
    source.mkdir()
    (source / "a.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    run(load_config(fake_config), str(source), out)
    written = [p for p in tmp_path.rglob("*") if p.is_file() and not p.is_relative_to(out)]
    assert {p.name for p in written} <= {"a.jsonl", "fake.yaml"}
    pages = sorted(out.rglob("*.html"))
    assert len(list((out / "articles").glob("*.html"))) == 2
    for path in pages:
        page.goto(path.as_uri())
        assert (
            page.locator("main :is(script, img, iframe, b b, i), [onerror], [onload], [href^='javascript:' i]").count()
            == 0
        )
        text = path.read_text(encoding="utf-8")
        assert not any(mark in text for mark in "\u202a\u202b\u202c\u202d\u202e\u2066"), path
    assert any("<script>alert(1)</script>" in lxml.html.parse(str(p)).getroot().text_content() for p in pages)
