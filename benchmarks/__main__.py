"""Measure speed on this machine, as ratios taken side by side in one run, and print a Markdown table.

make bench                 all of them
python -m benchmarks NAME  some: seq2seq, gpu, gguf, memory, growth, pipeline, overhead, streaming,
                          events, scale, kills
python -m benchmarks events --articles N   event alignment of synthetic corpora, with options of its own
python -m benchmarks scale --articles N    all stages on corpora of growing size, with options of its own
python -m benchmarks kills --runs N        runs that are killed and started again, with options of its own
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import events, gguf, gpu, growth, kills, memory, overhead, pipeline, scale, seq2seq, streaming
from benchmarks.common import Row

KNOWN: dict[str, Callable[[], list[Row]]] = {
    "seq2seq": seq2seq.measure,
    "gpu": gpu.measure,
    "gguf": gguf.measure,
    "memory": memory.measure,
    "growth": growth.measure,
    "pipeline": pipeline.measure,
    "overhead": overhead.measure,
    "streaming": streaming.measure,
    "events": events.measure,
    "scale": scale.measure,
    "kills": kills.measure,
}


def main() -> int:
    """Run the named benchmarks, or all."""
    wanted = sys.argv[1:] or list(KNOWN)
    with_options = {"events": events.main, "scale": scale.main, "kills": kills.main, "overhead": overhead.main}
    if wanted[0] in with_options and len(wanted) > 1:
        return with_options[wanted[0]](wanted[1:])
    if unknown := [name for name in wanted if name not in KNOWN]:
        print(f"Unknown benchmark {unknown[0]!r}; there are: {', '.join(KNOWN)}", file=sys.stderr)
        return 2
    print("| measure | figure |\n|---|---|")
    for name in wanted:
        for measure, figure in KNOWN[name]():
            print(f"| {measure} | {figure} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
