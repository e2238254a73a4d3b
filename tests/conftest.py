"""Shared fixtures: where the evaluation data and the embedded model lie, and small folders of real articles."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT.parent / "shared" / "bench"

# Each process of pytest-xdist keeps to one core: models take as many threads as they are given cores, and two that take
# all of them wait for each other more than they work.
if "PYTEST_XDIST_WORKER" in os.environ and hasattr(os, "sched_setaffinity"):
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw")) % len(cores)]})

# Shared machines are noisy: a deadline would fail tests for what others do on the same cores.
settings.register_profile("concord", deadline=None, derandomize=True)
settings.load_profile("concord")


# Files of a few long tests, the longest first: begun last, they would keep one process busy when the others are done.
LONG = ("gguf", "alignment_bench", "qe", "engines_hf", "alignment_scale", "fidelity", "faults", "nbest", "runner")


def _shortest_last(item):
    name = item.path.stem.removeprefix("test_")
    return LONG.index(name) if name in LONG else len(LONG)


def pytest_collection_modifyitems(items):
    items.sort(key=_shortest_last)
    absent = pytest.mark.skip(reason=f"the evaluation data is not at {BENCH}")
    for item in items:
        if "bench" in item.keywords and not BENCH.is_dir():
            item.add_marker(absent)


@pytest.fixture(scope="session")
def bench() -> Path:
    return BENCH


@pytest.fixture(scope="session")
def seeds() -> Path:
    return ROOT / "seeds"


@pytest.fixture
def two_articles(tmp_path, seeds) -> Path:
    """A folder with the shortest French and the Korean seed: quick to run, two languages."""
    folder = tmp_path / "input"
    folder.mkdir()
    for name in ("001_da5b2b627a796a6b.txt", "003_8c49706cb32dc222.txt"):
        shutil.copy(seeds / name, folder)
    return folder


@pytest.fixture
def fake_config(tmp_path) -> Path:
    path = tmp_path / "fake.yaml"
    path.write_text("translate:\n  engine: fake\n")
    return path


@pytest.fixture(scope="session")
def embedded_model() -> Path:
    """The embedded model, which `make setup` fetches."""
    from pipeline.engines.registry import load_registry

    registry = load_registry()
    if not registry.on_disk(registry.default):
        pytest.skip("the embedded model is not on disk: run 'make setup'")
    return registry.path(registry.default)


@pytest.fixture(scope="session")
def sample_report(tmp_path_factory) -> Path:
    """The report of the factory's sample, in a folder with a space in its name; for reading only."""
    import report_factory

    from pipeline.reporting import build_report

    folder = tmp_path_factory.mktemp("a report")
    build_report(report_factory.sample(), folder)
    return folder


@pytest.fixture(scope="session")
def browser():
    """Chromium, one for all tests that look at pages."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("Chromium is not installed")
    sync_api = pytest.importorskip("playwright.sync_api")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield launched
        launched.close()


@pytest.fixture
def page(browser):
    """A page that must neither complain, nor ask anything, nor request what is not a file beside it."""
    context = browser.new_context()
    opened = context.new_page()
    requests, complaints = [], []
    opened.on("request", lambda request: requests.append(request.url))
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    yield opened
    assert complaints == []
    # What a page exports is a blob of its own.
    assert requests and all(url.startswith(("file://", "blob:null", "blob:file:")) for url in requests), requests
    context.close()
