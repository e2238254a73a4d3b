"""Measure document alignment across languages, without translation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.alignment.documents import document_signature, match_documents
from pipeline.alignment.views import FloatArray
from pipeline.engines.base import Encoder
from pipeline.errors import ConfigError, InputError
from pipeline.evaluation.data import read_lines

__all__ = ["evaluate_documents"]

IntArray = npt.NDArray[np.int64]


def evaluate_documents(
    folder: Path,
    encoder: Encoder,
    languages: Sequence[str] | None = None,
    *,
    drop: float = 0.0,
    missing: float = 0.0,
    seed: int = 1,
) -> dict[str, Any]:
    """Find the counterpart of every document in the other language, for each pair of languages.

    Args:
        folder: line-aligned ``<language>.txt``, and ``docids.txt`` with the document of each line.
        encoder: multilingual sentence encoder.
        languages: those to measure; all that the folder holds by default.
        drop: share of the sentences of each document removed at random, in each language on its own.
        missing: share of the documents of the second language removed at random, so that some have no counterpart.
        seed: of what is removed.

    Returns:
        ``{"pairs": {pair: {"precision", "recall", "f1", "gold", "found", "documents"}}, "f1", "seconds",
        "signature"}``; ``f1`` is the worst of the pairs.

    Raises:
        InputError: the folder lacks files, or they differ in length.
        ConfigError: a share is not between 0 and 1.
    """
    for name, share in (("drop", drop), ("missing", missing)):
        if not 0 <= share < 1:
            raise ConfigError(f"--{name} is {share:g}.", "Give a share from 0 to less than 1.")
    ids, texts = _read(folder, languages)
    began = perf_counter()
    names = sorted(texts)
    vectors = encoder.encode([line for name in names for line in texts[name]])
    rows = {name: vectors[k * len(ids) : (k + 1) * len(ids)] for k, name in enumerate(names)}
    embedded = perf_counter()
    pairs = {
        f"{x}-{y}": _measure(ids, rows[x], rows[y], (drop, missing), np.random.default_rng([seed, k]))
        for k, (x, y) in enumerate(_pairs(names))
    }
    settings = f"drop:{drop:g}|missing:{missing:g}|seed:{seed}"
    return {
        "pairs": pairs,
        "f1": min(pair["f1"] for pair in pairs.values()),
        "seconds": {"embed": round(embedded - began, 3), "align": round(perf_counter() - embedded, 3)},
        "signature": f"{document_signature()}|{encoder.signature}|{settings}",
    }


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """Pair every two languages, English second."""
    return [(y, x) if x == "en" else (x, y) for x, y in combinations(names, 2)]


def _read(folder: Path, languages: Sequence[str] | None) -> tuple[list[str], dict[str, list[str]]]:
    if not (folder / "docids.txt").is_file():
        raise InputError(
            f"{folder} holds no docids.txt.", "Name a folder with docids.txt and line-aligned <language>.txt."
        )
    ids = read_lines(folder / "docids.txt")
    names = languages or sorted(p.stem for p in folder.glob("*.txt") if p.stem != "docids")
    if len(set(names)) < 2:
        raise InputError(f"{folder} holds fewer than two languages.", "Give two or more <language>.txt, line-aligned.")
    texts = {name: read_lines(folder / f"{name}.txt") for name in names}
    for name, lines in texts.items():
        if len(lines) != len(ids):
            raise InputError(
                f"{folder}: {name}.txt has {len(lines):,} lines and docids.txt {len(ids):,}.",
                "Give every file a line for each sentence.",
            )
    if not ids:
        raise InputError(f"{folder}: docids.txt is empty.", "Give at least one document.")
    return ids, texts


def _measure(
    ids: Sequence[str], x: FloatArray, y: FloatArray, shares: tuple[float, float], rng: np.random.Generator
) -> dict[str, Any]:
    """Match the documents of two languages; those of the second come in another order."""
    drop, missing = shares
    documents: dict[str, list[int]] = {}
    for line, name in enumerate(ids):
        documents.setdefault(name, []).append(line)
    lines = [np.array(own) for own in documents.values()]
    left = [x[_kept(own, drop, rng)] for own in lines]
    order = rng.permutation(len(lines))
    order = order[: max(1, round(len(order) * (1 - missing)))]
    right = [y[_kept(lines[k], drop, rng)] for k in order]
    gold = {(int(k), place) for place, k in enumerate(order)}
    found = {(match.a, match.b) for match in match_documents(left, right)}
    correct = len(gold & found)
    return {
        "precision": correct / len(found) if found else 0.0,
        "recall": correct / len(gold),
        "f1": 2 * correct / (len(gold) + len(found)),
        "gold": len(gold),
        "found": len(found),
        "documents": [len(left), len(right)],
    }


def _kept(lines: IntArray, drop: float, rng: np.random.Generator) -> IntArray:
    """Remove a share of the sentences, at random but exactly; one always stays."""
    n = max(1, len(lines) - int(drop * len(lines)))
    return np.sort(rng.permutation(lines)[:n])
