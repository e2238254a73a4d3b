"""Translate and judge in the workers of an executor, each of which loads its engine once; the memory stays at home."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.defects import blaming_texts
from pipeline.engines.base import Hypothesis
from pipeline.engines.memory_judge import Rendered, Verdict, verdicts
from pipeline.engines.workshop import Workshop
from pipeline.errors import ModelUnsupported
from pipeline.executors import Batch, Executor, ItemJob, map_batches

__all__ = ["JudgeJob", "TranslateJob", "spread_judge", "spread_translator"]


@dataclass(frozen=True, slots=True)
class _Text:
    text: str


@dataclass(frozen=True, slots=True)
class TranslateJob:
    """Translate texts of one pair: a per-item stage.

    Args:
        workshop: loads the engine, on first use.
        source: ISO 639-1 code.
        target: ISO 639-1 code.
        signature: of the engine whose work the results will be kept as.
    """

    workshop: Workshop
    source: str
    target: str
    signature: str

    def __call__(self, texts: Sequence[_Text]) -> Batch:
        """Translate a batch.

        Raises:
            ModelUnsupported: the engine of this machine is another one.
        """
        plan = self.workshop.plan(self.source, self.target)
        if plan.signature != self.signature:
            raise ModelUnsupported(
                f"The machine {platform.node()} would translate {self.source}-{self.target} otherwise than the one "
                f"that leads the run: with {plan.signature}, not {self.signature}.",
                "Run on machines of one kind, with the same packages, or compile llama.cpp for what their processors "
                "share (docs/translate-engines.md).",
            )
        engine = plan.load()
        own = [text.text for text in texts]
        return Batch({"made": blaming_texts(own, lambda t: engine.translate(t, self.source, self.target), str)})


@dataclass(frozen=True, slots=True)
class JudgeJob:
    """Judge translations of one pair: a per-item stage; its fields are among those of :class:`TranslateJob`."""

    workshop: Workshop
    source: str
    target: str

    def __call__(self, batch: Sequence[Rendered]) -> Batch:
        """Judge a batch."""
        return Batch({"made": verdicts(self.workshop.judge(), batch, self.source, self.target)})


def spread_translator(
    executor: Executor, workshop: Workshop, batches: Iterable[Sequence[str]], source: str, target: str
) -> Iterator[tuple[Sequence[str], Sequence[Hypothesis]]]:
    """Translate batches of texts in workers, and yield each with its translations as it is done, in any order."""
    # Of a workshop of its own: this one goes to the workers with nothing loaded.
    signature = workshop.elsewhere().plan(source, target).signature
    job = ItemJob(TranslateJob(workshop, source, target, signature), _Text, {"made": Hypothesis})
    for batch, made in map_batches(executor, job, (list(map(_Text, batch)) for batch in batches)):
        yield [item.text for item in batch], made.tables["made"]


def spread_judge(
    executor: Executor, workshop: Workshop, batches: Iterable[Sequence[Rendered]], source: str, target: str
) -> Iterator[tuple[Sequence[Rendered], Sequence[Verdict]]]:
    """Judge batches of translations in workers, and yield each with its verdicts as it is done, in any order."""
    job = ItemJob(JudgeJob(workshop, source, target), Rendered, {"made": Verdict})
    for batch, made in map_batches(executor, job, batches):
        yield batch, made.tables["made"]
