"""A Ray cluster of two machines, nodes on this one, that loses one of them in the middle of a stage."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipeline.runner import Quiet

__all__ = ["NODE", "RAY_HERE", "Losing", "two_nodes"]

RAY_HERE = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # every address is the loopback one, on Linux as well
    "RAY_worker_niceness": "0",  # on a busy machine the usual 15 starves them
}
"""Environment of a cluster of nodes on one machine; Ray reads it when it is imported."""
NODE = {"num_cpus": 1, "object_store_memory": 256 << 20, "include_dashboard": False}
_WHEN = 0.4  # of the stage's items are done


class Losing(Quiet):
    """Show nothing, and kill the second machine when a part of a stage is done.

    Args:
        cluster: of two machines.
        stage: in which one is lost.

    Attributes:
        lost: items that were done when the machine was killed; ``None`` while both are there.
    """

    def __init__(self, cluster: Any, stage: str) -> None:
        self._cluster = cluster
        self._stage = stage
        self._done = 0
        self._total: int | None = None
        self.lost: int | None = None

    def start(self, stage: str, total: int | None, unit: str) -> None:
        """Begin to count, in the stage that it is about."""
        self._total = total if stage == self._stage else None
        self._done = 0

    def advance(self, done: int) -> None:
        """Count, and kill."""
        self._done += done
        if self.lost is None and self._total is not None and self._done >= _WHEN * self._total:
            self.lost = self._done
            (other,) = [n for n in self._cluster.list_all_nodes() if n is not self._cluster.head_node]
            # Beside the stage, which goes on meanwhile: a machine does not choose when it fails.
            threading.Thread(target=self._cluster.remove_node, args=(other, False), daemon=True).start()


@contextmanager
def two_nodes() -> Iterator[Any]:
    """Start a cluster of two machines with one CPU each, and join it."""
    os.environ.update(RAY_HERE)
    import ray
    from ray.cluster_utils import Cluster

    quick = {"health_check_failure_threshold": 3}
    cluster = Cluster(initialize_head=True, head_node_args={**NODE, "_system_config": quick})
    cluster.add_node(**NODE)
    ray.init(address=cluster.address, log_to_driver=False, logging_level="error")
    try:
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()
