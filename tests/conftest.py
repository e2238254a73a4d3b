"""Shared fixtures: where the evaluation data and the embedded model lie, and small folders of real articles."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT.parent / "shared" / "bench"

# Shared machines are noisy: a deadline would fail tests for what others do on the same cores.
settings.register_profile("concord", deadline=None, derandomize=True)
settings.load_profile("concord")


def pytest_collection_modifyitems(items):
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
