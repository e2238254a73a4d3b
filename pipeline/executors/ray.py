"""Map a per-item stage on a Ray cluster: a pool of actors, each of which loads the stage's models once (Ray Data)."""

from __future__ import annotations

import os
import pickle
import traceback
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from pipeline.errors import DependencyMissing, StageError
from pipeline.executors.base import ItemJob, Packed, Task, work_on

__all__ = ["RayExecutor"]

_ROUND = 1 << 30  # bytes of input in the cluster's object store at a time; a pool of actors lives for a round
_IN_FLIGHT = 2  # batches of an actor: one that it works on, one that is on its way


class RayExecutor:
    """Implement :class:`~pipeline.executors.base.Executor` on Ray; it is started by the first stage that has work.

    Batches that a lost machine was working on are given to another one. Concord must be installed on every machine, in
    the same version, and its models on every machine that translates.

    Args:
        workers: most actors; each takes one CPU.
        address: of a running cluster, such as ``"10.0.0.1:6379"`` or ``"auto"``; ``None`` starts Ray on this machine
            alone.
        batch_size: most items of a batch; does not change the result.

    Raises:
        DependencyMissing: Ray is not installed.
    """

    def __init__(self, workers: int = 1, address: str | None = None, batch_size: int = 64) -> None:
        self.batch_size = batch_size
        self._workers = workers
        self._address = address
        self._ray = _import_ray()
        self._started = False

    @property
    def distributed(self) -> bool:
        """Say that engines belong into the workers."""
        return True

    def run(self, job: ItemJob, tasks: Iterable[Task]) -> Iterator[tuple[str, Packed]]:
        """Work on tasks, as many at a time as there are actors, and yield them as they are done.

        Raises:
            ConcordError: what the stage raised, or the cluster cannot be reached.
        """
        left = iter(tasks)
        while round_ := list(self._put(left)):
            yield from self._round(job, round_)

    def close(self) -> None:
        """Leave the cluster, and end it where this executor started it."""
        if self._started:
            self._ray.shutdown()
            self._started = False

    def _start(self) -> None:
        if self._ray.is_initialized():
            return
        try:
            self._ray.init(
                address=self._address,
                include_dashboard=None if self._address else False,
                num_cpus=None if self._address else self._workers,
                _node_ip_address=None if self._address else "127.0.0.1",
                log_to_driver=False,
                logging_level="error",
            )
        except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
            raise StageError(
                f"The Ray cluster {self._address or 'of this machine'} cannot be used: {error}",
                "Correct runtime.address, or set runtime.executor: local.",
            ) from error
        self._started = True

    def _put(self, tasks: Iterator[Task]) -> Iterator[Any]:
        """Put tasks into the cluster's object store, which spills to disk, until a round is full."""
        room = _ROUND
        for task in tasks:
            self._start()
            yield self._ray.put(pa.table({"key": [task.key], "items": [task.data]}))
            room -= len(task.data)
            if room <= 0:
                return

    def _round(self, job: ItemJob, refs: list[Any]) -> Iterator[tuple[str, Packed]]:
        data = self._ray.data
        context = data.DataContext.get_current()
        context.enable_progress_bars = False
        mapped = data.from_arrow_refs(refs).map_batches(
            _Worker,
            fn_constructor_args=(job,),
            batch_size=None,
            batch_format="pyarrow",
            zero_copy_batch=True,
            num_cpus=1,
            compute=data.ActorPoolStrategy(
                min_size=1, max_size=self._workers, max_tasks_in_flight_per_actor=_IN_FLIGHT
            ),
        )
        for block in mapped.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=1):
            for row in block.to_pylist():
                if (failed := row.pop("error")) is not None:
                    _raise(failed)
                yield row.pop("key"), row


class _Worker:
    """Work on batches in an actor: what Ray makes once per worker."""

    def __init__(self, job: ItemJob) -> None:
        self._job = job

    def __call__(self, block: pa.Table) -> pa.Table:
        """Work on the batch of each row; an error travels back as a value, so that Ray does not wrap it."""
        rows: list[dict[str, Any]] = []
        for row in block.to_pylist():
            try:
                rows.append({"key": row["key"], "error": None, **work_on(self._job, row["items"])})
            except Exception as error:  # noqa: BLE001  # raised again by the run, whatever it is
                rows.append({"key": row["key"], "error": _packed_error(error)})
        binary = [(name, pa.large_binary()) for name in ("error", *self._job.outputs)]
        return pa.Table.from_pylist(rows, schema=pa.schema([("key", pa.string()), *binary]))


def _packed_error(error: Exception) -> bytes:
    trace = "".join(traceback.format_exception(error))
    try:
        return pickle.dumps((error, trace))
    except (pickle.PicklingError, TypeError, AttributeError):
        return pickle.dumps((RuntimeError(f"{type(error).__name__}: {error}"), trace))


def _raise(packed: bytes) -> None:
    error, trace = pickle.loads(packed)
    raise error from _WorkerTrace(trace)


class _WorkerTrace(Exception):
    """Show where in the worker an error came from."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def _import_ray() -> Any:
    # No report about this machine leaves it. Both are read when Ray is imported.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise DependencyMissing("ray", "ray", "The executor ray") from error
    return ray
