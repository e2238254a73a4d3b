"""The Ray executor on a real local cluster of two nodes; skipped where Ray is not installed."""

import hashlib
import os
import sys
import time
from pathlib import Path

import pytest

from benchmarks.losing import NODE, RAY_HERE, two_nodes

os.environ.update(RAY_HERE)
pytest.importorskip("ray", reason="the extra 'ray' is not installed")

from pipeline.config import load_config
from pipeline.errors import ConfigError, DependencyMissing, InputError
from pipeline.executors import Batch, ItemJob, LocalExecutor, map_items
from pipeline.executors.ray import RayExecutor
from pipeline.records import Anchor, Reason, Rejection
from pipeline.runner import run

pytestmark = pytest.mark.filterwarnings("default")  # Ray warns of its own use of files and sockets
ITEMS = [Anchor(i, i * i) for i in range(200)]
SLOW = 0.1


@pytest.fixture(scope="module")
def cluster():
    import ray

    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers need not find the folder of the tests
    with two_nodes() as cluster:
        yield cluster


class Doubler:
    """Double, slowly, and say where: each instance stands for a model that is loaded."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __call__(self, batch):
        import ray

        time.sleep(SLOW)
        node = ray.get_runtime_context().get_node_id() if ray.is_initialized() else "driver"
        with (self.folder / f"{node}-{os.getpid()}-{id(self)}").open("a") as stream:
            stream.write(f"{batch[0].text}\n")
        kept = [Anchor(a.text, 2 * a.raw) for a in batch if a.text % 7]
        dropped = [Rejection(str(a.text), "t", "record", Reason.EMPTY, "seven") for a in batch if not a.text % 7]
        return Batch({"anchors": kept}, dropped)


def mapped(executor, stage, partial, advance=lambda _: None):
    return map_items(executor, ItemJob(stage, Anchor, {"anchors": Anchor}), iter(ITEMS), partial, advance)


def whole(made) -> bool:
    kept = [Anchor(i, 2 * i * i) for i in range(200) if i % 7]
    return list(made.tables["anchors"]) == kept and [r.item_id for r in made.rejections] == [
        str(i) for i in range(0, 200, 7)
    ]


def test_a_model_is_loaded_once_per_worker(cluster, tmp_path):
    seen = tmp_path / "seen"
    seen.mkdir()
    done = []
    made = mapped(RayExecutor(2, batch_size=4), Doubler(seen), tmp_path / "partial", done.append)
    assert whole(made)
    assert sum(done) == 200
    workers = [path.name.split("-")[1] for path in seen.iterdir()]
    assert len(workers) == len(set(workers))  # one instance in each process, although it had many batches
    assert 1 <= len(workers) <= 2


def test_a_lost_machine_costs_only_its_batches(cluster, tmp_path):
    seen = tmp_path / "seen"
    seen.mkdir()
    killed = []

    def advance(_done):
        others = [n for n in cluster.list_all_nodes() if n is not cluster.head_node]
        used = {path.name.split("-")[0] for path in seen.iterdir()}
        if not killed and len(used) == 2:
            killed.append(others[0])
            cluster.remove_node(others[0], allow_graceful=False)

    made = mapped(RayExecutor(2, batch_size=4), Doubler(seen), tmp_path / "partial", advance)
    assert killed
    assert whole(made)
    again = [line for path in seen.iterdir() for line in path.read_text().split()]
    assert len(again) - len(set(again)) <= 4  # what lay with the lost worker
    cluster.add_node(**NODE)


@pytest.mark.parametrize(
    "error",
    [InputError("The record a is bad.", "Mend it."), DependencyMissing("p", "x", "This"), ValueError("a defect")],
)
def test_an_error_of_a_stage_comes_back_as_it_was(cluster, tmp_path, error):
    def failing(batch):
        raise error

    with pytest.raises(type(error)) as raised:
        mapped(RayExecutor(1), failing, tmp_path / "partial")
    assert str(raised.value) == str(error)


def test_a_worker_that_fits_on_no_machine_is_refused(cluster, tmp_path):
    with pytest.raises(ConfigError, match=r"(?s)to have 3 CPUs.*has 1.*runtime.threads"):
        mapped(RayExecutor(1, cpus=3), lambda b: Batch({"anchors": b}), tmp_path / "partial")


def test_finished_batches_are_not_done_again(cluster, tmp_path):
    def until_the_third(batch):
        if batch[0].text >= 80:
            raise InputError("stop")
        return Batch({"anchors": [Anchor(a.text, 2 * a.raw) for a in batch]})

    with pytest.raises(InputError):
        mapped(RayExecutor(1, batch_size=40), until_the_third, tmp_path / "partial")
    seen = []
    mapped(LocalExecutor(40), lambda b: seen.append(b[0].text) or Batch({"anchors": b}), tmp_path / "partial")
    assert seen == [80, 120, 160]


def test_a_run_on_ray_gives_the_bytes_of_a_local_one(cluster, tmp_path, two_articles, fake_config):
    def tables(output: Path) -> dict[str, str]:
        found = sorted((output / "stages").rglob("*.parquet"))
        return {str(p.relative_to(output)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}

    run(load_config(fake_config), str(two_articles), tmp_path / "local", until="translate")
    fake_config.write_text(fake_config.read_text() + "runtime: {executor: ray, workers: 2}\n")
    results = run(load_config(fake_config), str(two_articles), tmp_path / "ray", until="translate")
    assert {r.status for r in results} == {"done"}
    assert tables(tmp_path / "ray") == tables(tmp_path / "local")
