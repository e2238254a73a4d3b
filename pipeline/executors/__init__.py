"""How a per-item stage is mapped over its items: in one process, in several, or on a Ray cluster.

The same items give the same bytes everywhere: an executor decides where a batch is worked on, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.config import RuntimeConfig
from pipeline.executors.base import Batch, Executor, ItemJob, Mapped, Task, map_batches, map_items
from pipeline.executors.crew import Crew
from pipeline.executors.local import LocalExecutor

__all__ = [
    "Batch",
    "Crew",
    "Executor",
    "ItemJob",
    "LocalExecutor",
    "Mapped",
    "Task",
    "map_batches",
    "map_items",
    "opened_executor",
]


@contextmanager
def opened_executor(runtime: RuntimeConfig) -> Iterator[Executor]:
    """Give the configured executor, and end what it started.

    Raises:
        DependencyMissing: Ray is wanted and not installed.
    """
    if runtime.executor == "local":
        yield LocalExecutor(workers=runtime.workers)
        return
    from pipeline.executors.ray import RayExecutor

    executor = RayExecutor(runtime.workers, runtime.address, cpus=runtime.threads or 1)
    try:
        yield executor
    finally:
        executor.close()
