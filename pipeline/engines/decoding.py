"""Decode many sequences together, each as if it were alone.

Bitwise: what a job becomes does not depend on what else is decoded. Three things make it so, each measured on the
logits' bits (tests/test_gguf.py holds them):

- every decoding step carries exactly ``parallel`` tokens, idle slots a dummy: the matrix kernels of llama.cpp differ
  with the number of rows, and so do the last bits of their sums;
- each slot has a key-value stream of its own, so that a sequence's cells lie at the same places every time;
- a prompt is read alone, behind a prefix that was read alone, and copied into the slots of its jobs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline.engines.base import Hypothesis
from pipeline.engines.llama import CONTEXT, Logits, Runtime

__all__ = ["Decoder", "Job"]

_TOP_K, _TOP_P = 40, 0.95
_PREFIXES = 2  # one for each direction of a pair


@dataclass(frozen=True, slots=True)
class Job:
    """Ask for one hypothesis.

    ``seed`` is ``None`` for the most probable tokens, else it names a sample at ``temperature``.
    """

    prompt: tuple[int, ...]
    budget: int
    seed: int | None = None
    temperature: float = 0.0


@dataclass(slots=True)
class _Slot:
    number: int
    job: Job
    position: int
    random: np.random.Generator | None
    token: int = 0
    output: list[int] = field(default_factory=list)
    log_probability: float = 0.0


class Decoder:
    """Run jobs on a runtime, behind shared prefixes.

    Args:
        runtime: with :meth:`streams` streams.
        parallel: slots, and so the width of every step.
        stops: tokens that end a hypothesis.
    """

    def __init__(self, runtime: Runtime, parallel: int, stops: frozenset[int]) -> None:
        self._runtime = runtime
        self._parallel = parallel
        self._stops = stops
        self._desk = parallel
        self._prefixes: dict[tuple[int, ...], int] = {}
        self._on_desk: tuple[int, ...] | None = None

    @staticmethod
    def streams(parallel: int) -> int:
        """Return how many streams a decoder of that width needs: slots, a desk to read prompts at, and prefixes."""
        return parallel + 1 + _PREFIXES

    def run(self, prefix: tuple[int, ...], jobs: Sequence[Job]) -> list[Hypothesis]:
        """Decode with continuous batching: a finished slot takes the next job at once.

        Jobs with the same prompt that follow one another share the reading of it.
        """
        session = _Session(self._runtime, self._parallel, self._stops)
        waiting = list(range(len(jobs)))[::-1]
        read: tuple[int, ...] | None = None
        logits = np.zeros(0, dtype=np.float32)
        while waiting or session.slots:
            for slot in range(self._parallel):
                while slot not in session.slots and waiting:
                    number = waiting.pop()
                    job = jobs[number]
                    if job.prompt != read:
                        logits, read = self._read(prefix, job.prompt), job.prompt
                    self._runtime.copy(self._desk, slot)
                    session.start(slot, number, job, len(prefix) + len(job.prompt), logits)
            if session.slots:
                session.step()
        return [session.results[number] for number in range(len(jobs))]

    def log_probability(self, prefix: tuple[int, ...], prompt: Sequence[int], output: Sequence[int]) -> float:
        """Return the mean log-probability of an output's tokens after a prompt; ``prompt`` holds one token at least."""
        self._lay_out(prefix)
        tokens = [*prompt, *output][: CONTEXT - len(prefix)]
        found = self._runtime.log_probabilities(tokens, len(prompt), len(prefix), self._desk)
        return float(np.mean(found)) if found else 0.0

    def _read(self, prefix: tuple[int, ...], prompt: Sequence[int]) -> Logits:
        self._lay_out(prefix)
        logits: Logits = self._runtime.read(prompt, len(prefix), self._desk).copy()
        return logits

    def _lay_out(self, prefix: tuple[int, ...]) -> None:
        """Bring the desk to the state after a prefix, which is read once and kept."""
        if self._on_desk == prefix:
            self._runtime.rewind(self._desk, len(prefix))
            return
        if prefix not in self._prefixes:
            if len(self._prefixes) == _PREFIXES:
                del self._prefixes[next(iter(self._prefixes))]
            home = min(set(range(self._desk + 1, self._desk + 1 + _PREFIXES)) - set(self._prefixes.values()))
            self._runtime.clear(home)
            self._runtime.read(prefix, 0, home)
            self._prefixes[prefix] = home
        self._runtime.copy(self._prefixes[prefix], self._desk)
        self._on_desk = prefix


@dataclass(slots=True)
class _Session:
    """Hold the slots of one run; every step moves all of them on by one token."""

    runtime: Runtime
    parallel: int
    stops: frozenset[int]
    slots: dict[int, _Slot] = field(default_factory=dict)
    results: dict[int, Hypothesis] = field(default_factory=dict)

    def start(self, index: int, number: int, job: Job, position: int, logits: Logits) -> None:
        """Give a free slot, which holds the prompt already, its job; the slot stays free if the first token ends it."""
        budget = min(job.budget, CONTEXT - position - 1)
        slot = _Slot(number, Job(job.prompt, budget, job.seed, job.temperature), position, _generator(job))
        self._take(index, slot, logits)

    def step(self) -> None:
        """Decode one token in every slot, a dummy in the idle ones."""
        rows = []
        for index in range(self.parallel):
            slot = self.slots.get(index)
            if slot is None:
                self.runtime.clear(index)
            rows.append((slot.token, slot.position) if slot else (min(self.stops), 0))
        logits = self.runtime.step(rows)
        for index in sorted(self.slots):
            self.slots[index].position += 1
            self._take(index, self.slots[index], logits[index])

    def _take(self, index: int, slot: _Slot, logits: Logits) -> None:
        """Choose a token, or close the slot."""
        token = _most_probable(logits) if slot.random is None else _sample(logits, slot.job.temperature, slot.random)
        peak = float(logits.max())
        slot.log_probability += float(logits[token]) - peak - float(np.log(np.exp(logits - peak).sum(dtype=np.float64)))
        if token not in self.stops and len(slot.output) < slot.job.budget:
            slot.output.append(token)
            slot.token = token
            self.slots[index] = slot
            return
        self.slots.pop(index, None)
        self.results[slot.number] = Hypothesis(
            text=self.runtime.text(slot.output).strip(),
            score=slot.log_probability / (len(slot.output) + 1),
            tokens=len(slot.output),
            finish="stop" if token in self.stops else "length",
        )


def _generator(job: Job) -> np.random.Generator | None:
    """Seed the choice of a sample by its prompt and its number, so that it is the same on every run."""
    if job.seed is None:
        return None
    digest = hashlib.sha256(np.asarray(job.prompt, dtype=np.int64).tobytes()).digest()
    return np.random.default_rng([job.seed, int.from_bytes(digest[:8], "little")])


def _most_probable(logits: Logits) -> int:
    return int(logits.argmax())


def _sample(logits: Logits, temperature: float, random: np.random.Generator) -> int:
    """Draw among the 40 most probable tokens, the least probable twentieth of the mass left out (Holtzman 2020)."""
    top = np.argpartition(-logits, _TOP_K)[:_TOP_K]
    top = top[np.lexsort((top, -logits[top]))]
    weights = np.exp((logits[top].astype(np.float64) - float(logits[top[0]])) / temperature)
    mass = np.cumsum(weights / weights.sum())
    kept = int(np.searchsorted(mass, _TOP_P)) + 1
    drawn = random.random() * mass[kept - 1]
    return int(top[min(kept - 1, int(np.searchsorted(mass, drawn, side="right")))])
