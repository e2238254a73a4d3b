"""Translate with an instruction model in GGUF through llama.cpp: pinned facts, several hypotheses, and their scores.

Several sequences are decoded together, which is where the speed is, and still every output is the same whatever else
was in the batch (:mod:`pipeline.engines.decoding`). So ``parallel`` is a setting that enters the signature; threads and
batch size are not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from pipeline.engines.base import Hypothesis, Request, joined
from pipeline.engines.decoding import Decoder, Job
from pipeline.engines.llama import CONTEXT, Runtime, build_features
from pipeline.engines.prompts import Prompt, with_pins
from pipeline.text import tidy

__all__ = ["PARALLEL", "GgufTranslator", "Prompt", "gguf_signature"]

PARALLEL = 16
_TEMPERATURES = (0.35, 0.6)  # in turn: near the most probable translation, and further from it
# Marks of chat templates, which a model takes for what they look like although they reach it as plain text.
_MARKUP = re.compile(r"<\|[^<>|]{1,40}\|>(?:\s*(?:system|user|assistant)\b)?|</?(?:start|end)_of_turn>|\[/?INST\]")
_EXAMPLES_TO_SCORE = 3  # to read, which takes seconds for each direction; more did not choose better


def gguf_signature(model: str, sha256: str, prompt: Prompt, parallel: int, max_new_tokens: int) -> str:
    """Name everything that changes the output, without loading the model."""
    try:
        runtime = f"{version('llama-cpp-python')}|build:{build_features()}"
    except Exception:  # noqa: BLE001 - not installed: the engine will say so when it is used
        runtime = "missing"
    return (
        f"gguf|model:{model}|sha256:{sha256[:12]}|llama-cpp-python:{runtime}|prompt:{prompt.digest()}"
        f"|greedy+samples:{'+'.join(map(str, _TEMPERATURES))}|parallel:{parallel}|max:{max_new_tokens}"
    )


class GgufTranslator:
    """Implement ``Translator``, ``Proposer`` and ``Scorer`` of :mod:`pipeline.engines.base` with llama.cpp.

    Args:
        path: GGUF file, already verified.
        signature: what :func:`gguf_signature` returns.
        prompt: chat template.
        parallel: sequences decoded together; part of the signature.
        max_new_tokens: upper bound of one translation in tokens.
        threads: CPU threads; does not change the output.

    Raises:
        DependencyMissing: llama-cpp-python is not installed.
        ModelCorrupt: llama.cpp cannot load the file.
    """

    def __init__(
        self,
        path: Path,
        signature: str,
        *,
        prompt: Prompt | None = None,
        parallel: int = PARALLEL,
        max_new_tokens: int = 400,
        threads: int = 2,
    ) -> None:
        self._signature = signature
        self._prompt = prompt or Prompt()
        self._max_new_tokens = max_new_tokens
        self._runtime = Runtime(path, Decoder.streams(parallel), threads)
        stops = [self._runtime.tokenize(stop, special=True)[0] for stop in self._prompt.stop]
        self._end = stops[0]
        self._decoder = Decoder(self._runtime, parallel, frozenset(stops))
        self._suffix = tuple(self._runtime.tokenize(self._prompt.suffix, special=True))

    @property
    def signature(self) -> str:
        """Name model, runtime, prompt and decoding settings."""
        return self._signature

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Hypothesis]:
        """Translate texts; same length and order, the same output however they are batched."""
        return [found[0] for found in self.propose([Request(text) for text in texts], source, target, 1)]

    def propose(self, requests: Sequence[Request], source: str, target: str, n: int) -> list[list[Hypothesis]]:
        """Return the most probable translation of each request and ``n - 1`` samples, without repetitions."""
        prefix = self._prefix(source, target)
        jobs: list[Job] = []
        shapes: list[int] = []
        for request in requests:
            pieces = self._prompts(request, CONTEXT - len(prefix))
            shapes.append(len(pieces))
            jobs.extend(job for piece in pieces for job in self._jobs(piece, n))
        outputs = iter(self._decoder.run(prefix, jobs))
        found = []
        for request, size in zip(requests, shapes, strict=True):
            parts = [[next(outputs) for _ in range(n)] for _ in range(size)]
            found.append(_distinct([joined(column) for column in zip(*parts, strict=True)] or [_as_it_is(request)]))
        return found

    def score(self, sources: Sequence[str], hypotheses: Sequence[str], source: str, target: str) -> list[float]:
        """Return the mean log-probability of each hypothesis' tokens, the end mark included."""
        prefix = self._prefix(source, target, _EXAMPLES_TO_SCORE)
        room = (CONTEXT - len(prefix) - len(self._suffix)) // 2
        return [
            self._decoder.log_probability(
                prefix,
                (*self._runtime.tokenize(tidy(text), special=False)[:room], *self._suffix),
                (*self._runtime.tokenize(tidy(hypothesis), special=False)[:room], self._end),
            )
            for text, hypothesis in zip(sources, hypotheses, strict=True)
        ]

    def _prefix(self, source: str, target: str, examples: int | None = None) -> tuple[int, ...]:
        return tuple(self._runtime.tokenize(self._prompt.fill(source, target, examples), special=True))

    def _jobs(self, prompt: tuple[int, ...], n: int) -> list[Job]:
        # Twice the source's tokens and a margin: what a faithful translation never needs, and a loop never leaves.
        budget = min(self._max_new_tokens, 2 * (len(prompt) - len(self._suffix)) + 48)
        samples = (Job(prompt, budget, seed, _TEMPERATURES[seed % len(_TEMPERATURES)]) for seed in range(1, n))
        return [Job(prompt, budget), *samples]

    def _prompts(self, request: Request, room: int) -> list[tuple[int, ...]]:
        """Tokenise a request; a text too long for the context becomes several, each with the pins it holds."""
        text = tidy(_MARKUP.sub(" ", request.text))
        if not any(map(str.isalnum, text)):
            return []
        limit = (room - len(self._suffix)) // 3
        pieces = self._pieces(text, limit)
        complaint = request.complaint if len(pieces) == 1 else None
        prompts = []
        for piece in pieces:
            pins = [pin for pin in request.pins if pin[0] in piece]
            tokens = self._runtime.tokenize(with_pins(piece, pins, complaint), special=False)
            if len(tokens) > 2 * limit:
                tokens = self._runtime.tokenize(piece, special=False)[: 2 * limit]
            prompts.append((*tokens, *self._suffix))
        return prompts

    def _pieces(self, text: str, limit: int) -> list[str]:
        """Cut a text in halves at a space until the tokens of each piece fit."""
        if len(text) < 2 or len(self._runtime.tokenize(text, special=False)) <= limit:
            return [text]
        middle = text.rfind(" ", 1, len(text) // 2 + 1)
        cut = middle if middle > len(text) // 4 else len(text) // 2
        return [*self._pieces(text[:cut].strip(), limit), *self._pieces(text[cut:].strip(), limit)]


def _as_it_is(request: Request) -> Hypothesis:
    """Return a text without letters and digits as it is: there is nothing to translate."""
    return Hypothesis(tidy(request.text), tokens=0)


def _distinct(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    found: dict[str, Hypothesis] = {}
    for hypothesis in hypotheses:
        found.setdefault(tidy(hypothesis.text), hypothesis)
    return list(found.values())
