"""Measure speed on this machine, as ratios taken side by side in one run, and print a Markdown table.

make bench                 all of them
python -m benchmarks NAME  one: gguf, memory, pipeline
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
FRENCH = ("000_319ca5ab96b61ed8.txt", "001_da5b2b627a796a6b.txt")


def main() -> int:
    """Run the named benchmarks, or all."""
    known: dict[str, Callable[[], list[tuple[str, str]]]] = {"gguf": gguf, "memory": memory, "pipeline": pipeline}
    wanted = sys.argv[1:] or list(known)
    if unknown := [name for name in wanted if name not in known]:
        print(f"Unknown benchmark {unknown[0]!r}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    print("| measure | figure |\n|---|---|")
    for name in wanted:
        for row in known[name]():
            print(f"| {row[0]} | {row[1]} |", flush=True)
    return 0


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Return the seconds that some work takes, and its result."""
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def sentences() -> list[str]:
    """Return the sentences of the French seeds."""
    from pipeline.text import normalise, split_sentences

    found = []
    for name in FRENCH:
        for line in normalise((SEEDS / name).read_text(encoding="utf-8")).text.split("\n"):
            found += [line[a:b] for a, b in split_sentences(line, "fr") if b - a > 60]
    return found


def gguf() -> list[tuple[str, str]]:
    """Compare the gguf engine with a plain one-by-one loop of llama-cpp-python: same prompt, greedy, same machine."""
    import llama_cpp

    from pipeline.engines.gguf import GgufTranslator, Prompt
    from pipeline.engines.registry import load_registry

    registry = load_registry()
    path = registry.path(registry.default)
    if not registry.on_disk(registry.default):
        return [("gguf", "the embedded model is not on disk: make setup")]
    texts, prompt = sentences()[:12], Prompt()
    engine = GgufTranslator(path, "bench")
    plain = llama_cpp.Llama(str(path), n_ctx=2048, verbose=False, n_threads=2)

    def loop() -> list[str]:
        return [
            plain(
                prompt.fill("fr", "en") + text + prompt.suffix, max_tokens=400, temperature=0.0, stop=list(prompt.stop)
            )["choices"][0]["text"]
            for text in texts
        ]

    engine.translate(texts[:1], "fr", "en")
    loop_seconds = engine_seconds = 0.0
    hypotheses = []
    for _ in range(2):  # alternately, because shared machines drift
        seconds, hypotheses = timed(lambda: engine.translate(texts, "fr", "en"))  # type: ignore[assignment]
        engine_seconds += seconds
        seconds, _ = timed(loop)
        loop_seconds += seconds
    tokens = 2 * sum(h.tokens or 0 for h in hypotheses)
    return [
        ("gguf, tokens a second", f"{tokens / engine_seconds:.1f}"),
        ("gguf against a plain loop of llama-cpp-python", f"{loop_seconds / engine_seconds:.2f} times as fast"),
    ]


def memory() -> list[tuple[str, str]]:
    """Fill a memory with 10,000 segments and look all of them up again."""
    from pipeline.engines.fake import FakeTranslator
    from pipeline.engines.memory import RememberingTranslator, TranslationMemory

    texts = [f"Phrase numéro {i} : la réunion a duré {i % 60} minutes." for i in range(10_000)]
    with tempfile.TemporaryDirectory() as folder:
        store = TranslationMemory(Path(folder) / "memory.sqlite")
        translator = RememberingTranslator(FakeTranslator(), "fake", store)
        cold, _ = timed(lambda: translator.translate(texts, "fr", "en"))
        warm, _ = timed(lambda: translator.translate(texts, "fr", "en"))
        store.close()
    return [
        ("memory, 10,000 segments stored, batches of 16", f"{cold:.2f} s"),
        ("memory, 10,000 segments looked up", f"{warm:.2f} s"),
    ]


def pipeline() -> list[tuple[str, str]]:
    """Run the whole pipeline with the fake engine on the seeds, once and ten times over: the cost beside the model."""
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


if __name__ == "__main__":
    sys.exit(main())
