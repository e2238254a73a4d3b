"""The gguf engine against a plain one-by-one loop of llama-cpp-python: same prompt, greedy, same machine."""

from __future__ import annotations

from benchmarks.common import Row, sentences, timed

__all__ = ["measure"]


def measure() -> list[Row]:
    """Translate 48 sentences both ways, alternately."""
    import llama_cpp

    from pipeline.engines.gguf import GgufTranslator, Prompt
    from pipeline.engines.registry import load_registry

    registry = load_registry()
    path = registry.path(registry.default)
    if not registry.on_disk(registry.default):
        return [("gguf", "the embedded model is not on disk: make setup")]
    texts, prompt = (sentences() * 4)[:48], Prompt(examples=0)
    engine = GgufTranslator(path, "bench", prompt=prompt)
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
