"""Peak memory of ingest, detect and translate (fake engine) as the corpus grows, each size in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.common import Row, write_articles

__all__ = ["measure"]

PARAGRAPHS = 6  # of two sentences each
_RUN = """
import resource, sys
from pathlib import Path
from pipeline.config import Config
from pipeline.runner import run
config = Config.model_validate({"translate": {"engine": "fake"}})
run(config, sys.argv[1], Path(sys.argv[2]), until="translate")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def measure(sizes: tuple[int, ...] = (100, 1000)) -> list[Row]:
    """Return the peak resident memory for some numbers of articles."""
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            write_articles(Path(folder) / "in", size, PARAGRAPHS)
            command = [sys.executable, "-c", _RUN, f"{folder}/in", f"{folder}/out"]
            peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        rows.append((f"ingest to translate, {size:,} articles of {2 * PARAGRAPHS} sentences", f"peak {peak} MB"))
    return rows


if __name__ == "__main__":
    for what, figure in measure(tuple(int(n) for n in sys.argv[1:]) or (100, 1000)):
        print(f"{what}: {figure}")
