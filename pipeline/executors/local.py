"""Map a per-item stage on this machine: in this process, or in several through Hugging Face ``datasets``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.executors.base import ItemJob, Packed, Task, work_on
from pipeline.executors.crew import ending_together, worker_killed
from pipeline.tables import chunks

__all__ = ["LocalExecutor"]

_ROUND = 16  # batches of each process between two looks at what is done: what a killed run loses, and starting costs


@dataclass(frozen=True, slots=True)
class LocalExecutor:
    """Implement :class:`~pipeline.executors.base.Executor` on this machine.

    Args:
        batch_size: most items of a batch; does not change the result.
        workers: processes; more than one goes through Hugging Face ``datasets``.
    """

    batch_size: int = 64
    workers: int = 1

    @property
    def distributed(self) -> bool:
        """Say that all workers are on this machine."""
        return False

    def run(self, job: ItemJob, tasks: Iterable[Task]) -> Iterator[tuple[str, Packed]]:
        """Work on tasks in order; several processes take rounds of them."""
        if self.workers == 1:
            yield from ((task.key, work_on(job, task.items)) for task in tasks)
            return
        for round_ in chunks(tasks, self.workers * _ROUND):
            yield from zip([t.key for t in round_], _in_processes(job, round_, self.workers), strict=True)


def _in_processes(job: ItemJob, tasks: Sequence[Task], workers: int) -> Iterator[Packed]:
    """Map over processes with ``datasets``: one row in, one packed batch out."""
    import datasets

    def one(row: dict[str, Any]) -> dict[str, Any]:
        return dict(work_on(job, row["items"]))

    table = datasets.Dataset(pa.table({"items": pa.array([task.data for task in tasks], pa.large_binary())}))
    shown = datasets.is_progress_bar_enabled()
    datasets.disable_progress_bars()
    try:
        with ending_together():
            mapped = table.map(
                one,
                num_proc=min(workers, len(tasks)),
                remove_columns=["items"],
                load_from_cache_file=False,
                keep_in_memory=True,
            )
    except RuntimeError as error:
        if "died" not in str(error):
            raise
        raise worker_killed() from error
    finally:
        if shown:
            datasets.enable_progress_bars()
    yield from mapped
