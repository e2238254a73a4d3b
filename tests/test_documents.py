"""Documents find their counterparts, and may have none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from alignment_helpers import DIMENSION, random_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline.alignment.documents import DocumentMatch, _believed, match_documents
from pipeline.alignment.views import FloatArray, unit_rows
from pipeline.cli import app
from pipeline.errors import ConfigError, InputError
from pipeline.evaluation.documents import evaluate_documents

BENCH = Path(__file__).resolve().parents[2] / "shared" / "bench" / "ntrex-dev"


def collection(n: int, seed: int) -> tuple[list[FloatArray], list[FloatArray]]:
    """Make documents of a topic each, and their noisy counterparts."""
    rng = np.random.default_rng(seed)
    topics = random_rows(n, rng)
    a = [unit_rows(0.6 * topics[k] + random_rows(int(rng.integers(3, 9)), rng)) for k in range(n)]
    b = [unit_rows(rows + 0.05 * rng.standard_normal(rows.shape).astype(np.float32)) for rows in a]
    return a, b


def pairs(a: list[FloatArray], b: list[FloatArray]) -> list[tuple[int, int]]:
    return [(match.a, match.b) for match in match_documents(a, b)]


@pytest.mark.parametrize("n", [1, 2, 7, 90])
def test_every_document_finds_its_counterpart_in_another_order(n: int) -> None:
    a, b = collection(n, n)
    order = np.random.default_rng(1).permutation(n)
    assert pairs(a, [b[k] for k in order]) == [(int(k), int(np.where(order == k)[0][0])) for k in range(n)]


def test_documents_without_counterpart_stay_alone() -> None:
    a, b = collection(40, 2)
    assert pairs(a, b[5:30]) == [(k, k - 5) for k in range(5, 30)]
    assert pairs(a[5:30], b) == [(k - 5, k) for k in range(5, 30)]
    assert pairs(a[:1], b[1:2]) == []
    assert match_documents(a[:20], b[20:]) == []
    assert match_documents(a, b, least_margin=1.5) == []


@pytest.mark.parametrize(
    ("clear", "n", "believed"),
    [(20, 21, True), (2, 3, True), (0, 1, False), (0, 21, False), (2, 21, False), (20, 40, False)],
)
def test_a_faint_counterpart_is_believed_where_most_documents_have_one(clear: int, n: int, believed: bool) -> None:
    matches = [DocumentMatch(k, k, 0.4) for k in range(clear)]
    faint = DocumentMatch(clear, clear, 0.105)
    assert _believed([*matches, faint], n) == [*matches, *([faint] if believed else [])]


def test_half_of_the_sentences_may_be_missing() -> None:
    a, b = collection(40, 3)
    assert pairs([x[: (len(x) + 1) // 2] for x in a], b) == [(k, k) for k in range(40)]


def test_a_document_near_to_everything_is_nobodys_counterpart() -> None:
    a, b = collection(20, 4)
    hub = unit_rows(np.vstack([np.mean([x[0] for x in a[k::3]], axis=0) for k in range(3)]))
    assert pairs(a, [*b[1:], hub]) == [(k, k - 1) for k in range(1, 20)]


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 3), (3, 0)])
def test_no_documents(n: int, m: int) -> None:
    a, b = collection(4, 5)
    assert match_documents(a[:n], b[:m]) == []


def test_empty_and_identical_documents() -> None:
    empty = np.zeros((0, DIMENSION), dtype=np.float32)
    a, b = collection(5, 6)
    assert pairs([*a, empty], [empty, *b]) == [(k, k + 1) for k in range(5)]
    assert pairs([empty], [empty]) == []
    assert len(pairs([a[0]] * 6, [b[0]] * 6)) <= 6  # nothing tells them apart


@settings(max_examples=30, deadline=None)
@given(n=st.integers(0, 12), m=st.integers(0, 12), seed=st.integers(0, 2**16))
def test_matches_are_one_to_one_and_do_not_depend_on_order(n: int, m: int, seed: int) -> None:
    a, b = collection(12, seed)
    a, b = a[:n], b[:m]
    found = pairs(a, b)
    assert len({x for x, _ in found}) == len({y for _, y in found}) == len(found)
    assert sorted((n - 1 - x, m - 1 - y) for x, y in pairs(a[::-1], b[::-1])) == found


class TestCommand:
    def folder(self, root: Path, **files: str) -> Path:
        for name, text in files.items():
            (root / f"{name}.txt").write_text(text, encoding="utf-8")
        return root

    def test_small_collection(self, tmp_path: Path) -> None:
        folder = self.folder(
            tmp_path,
            docids="sport\nsport\nweather\nweather\n",
            en="The team won the match.\nThe striker scored twice.\nIt will rain tomorrow.\nStorms reach the coast.\n",
            fr="L'équipe a gagné le match.\nL'attaquant a marqué deux fois.\nIl pleuvra demain.\n"
            "Des orages atteignent la côte.\n",
        )
        result = CliRunner().invoke(app, ["eval", "documents", str(folder), "--json"])
        assert result.exit_code == 0, result.output
        data = json.loads(result.output)
        assert list(data["pairs"]) == ["fr-en"]
        assert data["f1"] == data["pairs"]["fr-en"]["f1"] == 1.0
        assert "documents|" in data["signature"]

    def test_bad_input_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"holds no docids\.txt"):
            evaluate_documents(tmp_path, None)  # type: ignore[arg-type]
        folder = self.folder(tmp_path, docids="x\ny\n", en="A.\nB.\n")
        with pytest.raises(InputError, match="fewer than two languages"):
            evaluate_documents(folder, None)  # type: ignore[arg-type]
        self.folder(tmp_path, fr="A.\n")
        with pytest.raises(InputError, match=r"fr\.txt has 1 lines and docids\.txt 2"):
            evaluate_documents(folder, None)  # type: ignore[arg-type]
        with pytest.raises(ConfigError, match="--drop is 1"):
            evaluate_documents(folder, None, drop=1.0)  # type: ignore[arg-type]


@pytest.mark.bench
@pytest.mark.skipif(not BENCH.is_dir(), reason=f"no evaluation data at {BENCH}")
def test_news_documents_in_three_languages() -> None:
    """Measured: 1.0, also with half of the sentences missing (7 seeds, three pairs)."""
    from pipeline.engines.embedding import UniversalEncoder

    class Remembering(UniversalEncoder):
        rows: FloatArray | None = None

        def encode(self, texts):
            if self.rows is None:
                self.rows = super().encode(texts)
            return self.rows

    encoder = Remembering()
    pair = ("ko", "en")  # the harder one
    assert evaluate_documents(BENCH, encoder, pair)["f1"] == 1.0
    assert evaluate_documents(BENCH, encoder, pair, drop=0.5)["f1"] >= 0.99
    assert evaluate_documents(BENCH, encoder, pair, missing=0.4)["f1"] >= 0.99
