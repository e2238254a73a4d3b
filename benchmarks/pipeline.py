"""The whole pipeline with the fake engine on the seeds, once and ten times over: the cost beside the model."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from benchmarks.common import SEEDS, Row, timed

__all__ = ["measure"]


def measure() -> list[Row]:
    """Run it twice each time: the second run finds everything done."""
    from pipeline.config import Config
    from pipeline.runner import run

    config = Config.model_validate({"translate": {"engine": "fake"}})
    rows = []
    for copies in (1, 10):
        with tempfile.TemporaryDirectory() as folder:
            source, output = Path(folder) / "in", Path(folder) / "out"
            for i in range(copies):
                shutil.copytree(SEEDS, source / f"{i:02d}")
            seconds, _ = timed(lambda s=source, o=output: run(config, str(s), o))  # type: ignore[misc]
            again, _ = timed(lambda s=source, o=output: run(config, str(s), o))  # type: ignore[misc]
        rows.append((f"pipeline without a model, {5 * copies} articles", f"{seconds:.1f} s; again {again:.2f} s"))
    return rows
