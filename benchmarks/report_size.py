"""Measure the report of a generated run: build time, size, and how soon the start page answers in Chromium.

    python -m benchmarks.report_size --events 1000 --articles 5000

Time to interactive is the time from the start of the navigation until a first search over all events was answered and
its result laid out; the search is typed as soon as the page is complete. Opened from the file system, so no network is
in it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.records import (
    Anchor,
    Article,
    ArticleScore,
    Bead,
    Event,
    Evidence,
    Fact,
    Finding,
    PairScore,
    Paragraph,
    Relation,
    Segment,
    Side,
    Thread,
    Translation,
)
from pipeline.reporting import RunData, build_report

WORDS = tuple("port storm council budget river court strike harvest rocket market bridge school treaty".split())  # noqa: SIM905
LANGUAGES = ("fr", "ko", "en")
SENTENCES = 12


def generate(n_events: int, n_articles: int, rng: np.random.Generator) -> RunData:
    """Make a run in which every article has twelve sentences, every third of them with a compared figure."""
    tables: dict[str, list[Any]] = {name: [] for name in _TABLES}
    owners = np.concatenate([np.arange(n_events), rng.integers(0, n_events, n_articles - n_events)])
    for e in range(n_events):
        members = [f"a{a:06d}" for a in np.flatnonzero(owners == e)]
        title = " ".join(rng.choice(WORDS, 6)).capitalize()
        day = f"2024-{1 + e % 12:02d}-{1 + e % 28:02d}"
        thread = f"t{e // 4:05d}"
        tables["events"].append(Event(f"e{e:05d}", thread, tuple(members), title, day, None, (), 0.9))
        facts = [_article(tables, identity, LANGUAGES[n % 3], title, day, rng) for n, identity in enumerate(members)]
        _compare(tables, f"e{e:05d}", members, facts)
    for t in range(0, n_events, 4):
        ids = tuple(f"e{e:05d}" for e in range(t, min(t + 4, n_events)))
        tables["threads"].append(Thread(f"t{t // 4:05d}", ids, tables["events"][t].title))
    return RunData(run_name="generated", target="en", languages=LANGUAGES, mentions={}, **tables)


_TABLES = (
    *("articles", "segments", "translations", "events", "threads", "relations"),
    *("beads", "facts", "findings", "pair_scores", "article_scores"),
)


def _article(  # noqa: PLR0917
    tables: dict[str, list[Any]], identity: str, language: str, title: str, day: str, rng: np.random.Generator
) -> list[Fact]:
    paragraphs, facts = [], []
    for n in range(SENTENCES):
        figure = str(int(rng.integers(10, 20)))
        text = title if n == 0 else f"{' '.join(rng.choice(WORDS, 16))} {figure} {' '.join(rng.choice(WORDS, 4))}."
        sid = f"{identity}-{n:04d}"
        kind: Any = "title" if n == 0 else "body"
        paragraphs.append(Paragraph(n, kind, text, n * 200, n * 200 + len(text), (Anchor(0, n * 200),)))
        tables["segments"].append(
            Segment(sid, identity, n, n, kind, text, n * 200, n * 200 + len(text), (Anchor(0, n * 200),), language, 0.9)
        )
        engine = "source" if language == "en" else "fake|1"
        quality = None if language == "en" else round(float(rng.uniform(0.3, 0.8)), 4)
        tables["translations"].append(
            Translation(sid, identity, language, "en", text, engine, None, quality, (), False)
        )
        if n % 3 == 1:
            at = text.index(figure)
            facts.append(
                Fact(
                    f"{sid}-f",
                    identity,
                    sid,
                    "number",
                    figure,
                    figure,
                    at,
                    at + 2,
                    n * 200 + at,
                    n * 200 + at + 2,
                    None,
                    None,
                    None,
                    None,
                    False,
                )
            )
    tables["facts"] += facts
    tables["articles"].append(
        Article(
            identity, identity, f"{identity}.txt", None, f"Source {hash_of(identity)}", day, None, title, language, 0.9,
            "utf-8", "ab" * 32, SENTENCES * 200, tuple(paragraphs),
        )
    )  # fmt: skip
    n = 0 if language == "en" else SENTENCES
    unknown = (None, None, None)
    tables["article_scores"].append(ArticleScore(identity, SENTENCES, n, 0.6 if n else None, *unknown, 0, 0, 0, "x"))
    return facts


def hash_of(identity: str) -> int:
    """Spread articles over 200 sources."""
    return int(identity[1:]) % 200


def _compare(tables: dict[str, list[Any]], event: str, members: list[str], facts: list[list[Fact]]) -> None:
    for i, a in enumerate(members):
        for j in range(i + 1, min(i + 4, len(members))):
            b = members[j]
            evidence = (Evidence("title_similarity", 0.9, 2.0, "the same title"),)
            tables["relations"].append(Relation(a, b, "same_event", 0.9, 0.95, evidence))
            for n in range(SENTENCES):
                sides = ((f"{a}-{n:04d}",), (f"{b}-{n:04d}",))
                tables["beads"].append(Bead(f"b{event}{a}{b}{n}", event, a, b, *sides, 0.8))
            agree = 0
            for n, (x, y) in enumerate(zip(facts[i], facts[j], strict=True)):
                same = x.value == y.value
                agree += same
                verdict: Any = "agree" if same else "conflict"
                tables["findings"].append(
                    Finding(f"f{a}{b}{n}", event, verdict, "number", _side(x), _side(y), 0.8, 0.5, "Two figures.")
                )
            covered = (1.0, 0.7, 1.0)
            signatures = ("agreement|x", "coverage|x", "chrF2|x", "BLEU|x")
            scores = (agree, len(facts[i]) - agree, 0, 0, *covered, *covered, 50.0, 20.0, *signatures)
            tables["pair_scores"].append(PairScore(event, a, b, None, None, None, *scores))


def _side(f: Fact) -> Side:
    return Side(f.article_id, f.segment_id, f.id, f.surface, f.value, f.start, f.end, f.raw_start, f.raw_end)


# As soon as the script of the page has answered, type a search, and note the time when its result has been laid out.
PROBE = """window.addEventListener('DOMContentLoaded', function begin() {
  const shown = document.getElementById('shown'), box = document.getElementById('q');
  if (!shown.textContent) return void setTimeout(begin, 1);
  window.ready = performance.now();
  box.value = 'storm port';
  box.dispatchEvent(new Event('input', { bubbles: true }));
  document.body.offsetHeight;
  window.answered = performance.now();
});"""


def interactive(page_path: Path, repeats: int, slower: int) -> dict[str, Any]:
    """Open a page several times and return the milliseconds until its first search was answered.

    Args:
        page_path: the start page.
        repeats: how often to open it, each time in a new page.
        slower: how many times slower the processor is made (1: not at all), as for an old laptop.
    """
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    times, searches = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for _ in range(repeats):
            page = browser.new_page()
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
            page.add_init_script(PROBE)
            page.goto(page_path.as_uri(), wait_until="commit")
            page.wait_for_function("() => window.answered", timeout=60_000)
            ready, answered = page.evaluate("[window.ready, window.answered]")
            times.append(answered)
            searches.append(answered - ready)
            page.close()
        browser.close()
    return {"interactive_ms": sorted(map(round, times)), "search_ms": sorted(map(round, searches))}


def main() -> None:
    """Generate, build, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--slower", type=int, default=1, help="Make the processor of the browser so many times slower.")
    parser.add_argument("--keep", type=Path, help="Folder to write the report into; without it a temporary one.")
    options = parser.parse_args()
    run = generate(options.events, options.articles, np.random.default_rng(1))
    with tempfile.TemporaryDirectory() as temporary:
        out = options.keep or Path(temporary)
        begun = time.perf_counter()
        paths = build_report(run, out)
        seconds = time.perf_counter() - begun
        sizes = {name: (out / name).stat().st_size for name in paths}
        result = {
            "events": options.events,
            "articles": options.articles,
            "findings": len(run.findings),
            "build_seconds": round(seconds, 1),
            "files": len(paths),
            "megabytes": round(sum(sizes.values()) / 1e6, 1),
            "index_kilobytes": round(sizes["index.html"] / 1e3),
            **interactive(out / "index.html", options.repeats, options.slower),
        }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
