"""A warm translation memory against a cold one: 10,000 segments, first the memory alone, then the whole stage."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.common import Row, timed, write_articles

__all__ = ["measure"]

_SEGMENTS = 10_000


def measure() -> list[Row]:
    """Fill a memory and ask it for everything again; then do the same through ``concord run --until translate``."""
    return [*_alone(), *_stage()]


def _alone() -> list[Row]:
    from pipeline.engines.fake import FakeTranslator
    from pipeline.engines.memory import RememberingTranslator, TranslationMemory

    texts = [f"Phrase numéro {i} : la réunion a duré {i % 60} minutes." for i in range(_SEGMENTS)]
    with tempfile.TemporaryDirectory() as folder:
        store = TranslationMemory(Path(folder) / "memory.sqlite")
        translator = RememberingTranslator(FakeTranslator(), "fake", store)
        cold, _ = timed(lambda: translator.translate(texts, "fr", "en"))
        warm, _ = timed(lambda: translator.translate(texts, "fr", "en"))
        store.close()
    return [
        ("memory, 10,000 segments stored in batches", f"{cold:.2f} s"),
        ("memory, 10,000 segments looked up", f"{warm:.2f} s"),
    ]


def _stage() -> list[Row]:
    """Translate with a cold memory, then again into another folder with the warm one: no stage is reused."""
    from pipeline.config import Config
    from pipeline.runner import run

    with tempfile.TemporaryDirectory() as folder:
        source, memory = Path(folder) / "in", Path(folder) / "memory.sqlite"
        segments = write_articles(source, _SEGMENTS // 20)
        settings = {"translate": {"engine": "fake", "memory_path": str(memory)}}
        config = Config.model_validate(settings)
        cold, warm = (
            {r.stage: r.seconds for r in run(config, str(source), Path(folder) / name, until="translate")}
            for name in ("cold", "warm")
        )
    return [
        (f"translate stage, cold memory, {segments:,} segments", f"{cold['translate']:.2f} s"),
        (f"translate stage, warm memory, {segments:,} segments", f"{warm['translate']:.2f} s"),
    ]
