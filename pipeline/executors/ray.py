"""Map a per-item stage on a Ray cluster: a pool of actors, each of which loads the stage's models once (Ray Data)."""

from __future__ import annotations

import logging
import os
import pickle
import traceback
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from pipeline.errors import ConfigError, DependencyMissing, StageError
from pipeline.executors.base import ItemJob, Packed, Task, work_on

__all__ = ["RayExecutor"]

_ROUND = 1 << 29  # bytes of input that are given out at a time; a pool of actors lives for a round
_IN_FLIGHT = 2  # batches of an actor: one that it works on, one that is on its way


class RayExecutor:
    """Implement :class:`~pipeline.executors.base.Executor` on Ray; it is started by the first stage that has work.

    Batches that a lost machine was working on are given to another one. Concord must be installed on every machine, in
    the same version, and its models on every machine that translates.

    Args:
        workers: most actors.
        address: of a running cluster, such as ``"10.0.0.1:6379"`` or ``"auto"``; ``None`` starts Ray on this machine
            alone.
        batch_size: most items of a batch; does not change the result.
        cpus: CPUs of one actor, which are the threads of its models.

    Raises:
        DependencyMissing: Ray is not installed.
    """

    def __init__(self, workers: int = 1, address: str | None = None, *, batch_size: int = 64, cpus: int = 1) -> None:
        self.batch_size = batch_size
        self._cpus = cpus
        self._workers = workers
        self._address = address
        self._ray = _import_ray(alone=address is None)
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
        while rows := list(_round(left)):
            self._start()
            self._require_cpus()
            try:
                yield from self._map(job, rows)
            except self._ray.exceptions.RayError as error:
                raise StageError(
                    f"Ray could not finish the work: {error}",
                    "Look whether Concord is installed on every machine of the cluster, in this version; run again to "
                    "go on from what was finished.",
                ) from error

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
                num_cpus=None if self._address else self._workers * self._cpus,
                log_to_driver=False,
                logging_level="error",
            )
        except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
            raise StageError(
                f"The Ray cluster {self._address or 'of this machine'} cannot be used: {error}",
                "Correct runtime.address, or set runtime.executor: local.",
            ) from error
        self._started = True

    def _require_cpus(self) -> None:
        """Refuse what would wait for ever: an actor that fits on no machine."""
        most = max(node["Resources"].get("CPU", 0) for node in self._ray.nodes() if node["Alive"])
        if most < self._cpus:
            raise ConfigError(
                f"A worker is to have {self._cpus} CPUs, but the largest machine of the cluster has {most:g}.",
                "Lower runtime.threads.",
            )

    def _map(self, job: ItemJob, rows: list[dict[str, Any]]) -> Iterator[tuple[str, Packed]]:
        """Let a pool of actors work on a round, a block of the object store for each task."""
        data = self._ray.data
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        data.DataContext.get_current().enable_progress_bars = False  # the run shows its own
        actors = min(self._workers, len(rows))
        mapped = data.from_items(rows, override_num_blocks=len(rows)).map_batches(
            _Worker,
            fn_constructor_args=(job,),
            batch_size=None,
            batch_format="pyarrow",
            zero_copy_batch=True,
            num_cpus=self._cpus,
            compute=data.ActorPoolStrategy(
                min_size=1,  # where machines are lost, those that are left go on
                max_size=actors,
                initial_size=actors,
                max_tasks_in_flight_per_actor=_IN_FLIGHT,
            ),
        )
        for block in mapped.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=1):
            for row in block.to_pylist():
                if (failed := row.pop("error")) is not None:
                    _raise(failed)
                yield row.pop("key"), row


def _round(tasks: Iterator[Task]) -> Iterator[dict[str, Any]]:
    """Take tasks until a round is full."""
    room = _ROUND
    for task in tasks:
        yield {"key": task.key, "items": task.data}
        room -= len(task.data)
        if room <= 0:
            return


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


def _import_ray(alone: bool) -> Any:
    # Read when Ray is imported: no report about this machine leaves it, and Ray on one machine keeps to the loopback
    # address (the variable has its name from the systems where that is the default).
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if alone:
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise DependencyMissing("ray", "ray", "The executor ray") from error
    return ray
