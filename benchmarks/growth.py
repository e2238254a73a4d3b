"""How the cost grows with the corpus: the whole pipeline without a model on 1, 10 and 100 times as many articles."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

from benchmarks.common import Row, timed, write_articles

__all__ = ["measure"]

_ARTICLES = 5
_TIMES = (1, 10, 100)


def measure() -> list[Row]:
    """Run until the translate stage, and give the exponent: 1 is cost in proportion to the corpus."""
    from pipeline.config import Config
    from pipeline.runner import run

    config = Config.model_validate({"translate": {"engine": "fake"}})
    seconds, segments = [], []
    with tempfile.TemporaryDirectory() as folder:
        for times in (1, *_TIMES):  # the first run also loads what every later one has
            source, output = Path(folder) / f"in{times}", Path(folder) / f"out{len(seconds)}"
            count = write_articles(source, _ARTICLES * times)
            taken, _ = timed(lambda s=source, o=output: run(config, str(s), o, until="translate"))  # type: ignore[misc]
            seconds.append(taken)
            segments.append(count)
    seconds, segments = seconds[1:], segments[1:]
    rows = [
        (f"until translate without a model, {n:,} segments", f"{s:.2f} s, {1000 * s / n:.2f} ms a segment")
        for n, s in zip(segments, seconds, strict=True)
    ]
    exponent = math.log(seconds[-1] / seconds[-2]) / math.log(segments[-1] / segments[-2])
    return [*rows, (f"growth, {_TIMES[-2]} to {_TIMES[-1]} times the corpus", f"exponent {exponent:.2f}")]
