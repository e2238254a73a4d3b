"""Executors change nothing but where work is done: batches, processes, order of arrival, errors, resuming."""

import pickle
import platform
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import errors, runner
from pipeline.config import load_config
from pipeline.engines.spread import TranslateJob
from pipeline.errors import ConcordError, DependencyMissing, InputError, ModelUnsupported
from pipeline.executors import Batch, ItemJob, LocalExecutor, map_batches, map_items
from pipeline.executors.base import work_on
from pipeline.records import Anchor, Reason, Rejection
from pipeline.store import Store

ITEMS = [Anchor(i, i * i) for i in range(203)]


def double(batch):
    kept = [Anchor(a.text, 2 * a.raw) for a in batch if a.text % 7]
    dropped = [Rejection(str(a.text), "t", "record", Reason.EMPTY, "seven") for a in batch if not a.text % 7]
    return Batch({"anchors": kept}, dropped)


class Backwards:
    """Stand for a cluster: the job travels pickled, tasks as bytes, and the last comes back first."""

    batch_size = 16
    distributed = True

    def run(self, job, tasks):
        carried = pickle.loads(pickle.dumps(job))
        done = [(task.key, work_on(carried, task.data)) for task in tasks]
        yield from reversed(done)


def run(executor, tmp_path, stage=double):
    done = []
    job = ItemJob(stage, Anchor, {"anchors": Anchor})
    return map_items(executor, job, iter(ITEMS), tmp_path / "partial", done.append), done


@pytest.mark.parametrize(
    "executor",
    [LocalExecutor(1), LocalExecutor(64), LocalExecutor(1000), LocalExecutor(3, 2), LocalExecutor(500, 2), Backwards()],
)
def test_batches_and_processes_change_nothing(tmp_path, executor):
    result, done = run(executor, tmp_path)
    assert list(result.tables["anchors"]) == [Anchor(a.text, 2 * a.raw) for a in ITEMS if a.text % 7]
    assert [r.item_id for r in result.rejections] == [str(i) for i in range(0, 203, 7)]
    assert sum(done) == len(ITEMS) == len(result.tables["anchors"]) + len(result.rejections)


def test_no_items(tmp_path):
    job = ItemJob(double, Anchor, {"anchors": Anchor})
    made = map_items(LocalExecutor(), job, [], tmp_path / "partial", lambda _: None)
    assert (list(made.tables["anchors"]), list(made.rejections)) == ([], [])


def test_finished_batches_are_not_done_again(tmp_path):
    seen = []

    def counting(batch):
        seen.extend(a.text for a in batch)
        if len(seen) == 120:
            raise KeyboardInterrupt
        return double(batch)

    with pytest.raises(KeyboardInterrupt):
        run(LocalExecutor(40), tmp_path, counting)
    first = len(seen)
    result, done = run(LocalExecutor(40), tmp_path, lambda batch: seen.extend(a.text for a in batch) or double(batch))
    assert first == 120
    assert seen[first:] == [a.text for a in ITEMS[80:]]
    assert list(result.tables["anchors"]) == list(run(LocalExecutor(40), tmp_path / "new")[0].tables["anchors"])
    assert sum(done) == len(ITEMS)


def test_a_batch_ends_where_it_holds_enough_characters(tmp_path):
    sizes = []
    job = ItemJob(lambda b: sizes.append(len(b)) or Batch({}), Anchor, {}, size=lambda a: 200_000 if a.text < 6 else 1)
    map_items(LocalExecutor(10), job, ITEMS[:20], tmp_path / "partial", lambda _: None)
    assert sizes == [3, 3, 10, 4]


def test_batches_come_back_with_what_became_of_them():
    batches = [ITEMS[:3], ITEMS[3:4], ITEMS[10:17]]
    job = ItemJob(double, Anchor, {"anchors": Anchor})
    got = list(map_batches(Backwards(), job, batches))
    assert [batch for batch, _ in got] == batches[::-1]
    assert all(made == double(batch) for batch, made in got)


@pytest.mark.parametrize("executor", [LocalExecutor(), LocalExecutor(16, 2)])
@pytest.mark.parametrize("error", [InputError("The record a is bad.", "Mend it."), DependencyMissing("p", "x", "This")])
def test_an_error_of_a_stage_comes_back_as_it_was(tmp_path, executor, error):
    def failing(_batch):
        raise error

    with pytest.raises(type(error)) as raised:
        run(executor, tmp_path, failing)
    assert str(raised.value) == str(error)


OF_ANY_PROBLEM = [name for name in errors.__all__ if name not in ("DefectError", "DependencyMissing")]


@pytest.mark.parametrize("name", OF_ANY_PROBLEM)
def test_errors_survive_the_way_between_processes(name):
    error = getattr(errors, name)("what", "remedy")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), again.message, again.remedy, again.exit_code) == (str(error), "what", "remedy", error.exit_code)


def test_a_defect_survives_it_too():
    error = errors.DefectError("a", ValueError("v"), ["x", "y"], text="t")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (errors.DefectError, str(error))
    assert (again.articles, again.text, again.exit_code) == (("x", "y"), "t", 70)


def test_a_missing_package_survives_it_too():
    again = pickle.loads(pickle.dumps(DependencyMissing("ray", "ray", "The executor ray")))
    assert isinstance(again, ConcordError)
    assert again.package == "ray"
    assert "pip install --editable '.[ray]'" in str(again)


def test_engines_in_workers_change_no_byte(tmp_path, two_articles, fake_config, monkeypatch):
    from test_runner import data_files

    @contextmanager
    def opened(_runtime):
        yield Backwards()

    config = load_config(fake_config)
    runner.run(config, str(two_articles), tmp_path / "local" / "out", until="score")
    monkeypatch.setattr(runner, "opened_executor", opened)
    monkeypatch.setattr("pipeline.stages.translate._BLOCK", 7)
    results = runner.run(config, str(two_articles), tmp_path / "away" / "out", until="score")
    assert {r.status for r in results} == {"done"}
    assert data_files(tmp_path / "away" / "out") == data_files(tmp_path / "local" / "out")
    notes = {r.stage: r.manifest.notes for r in results}["translate"]
    assert sum(note["sent_to_engine"] for note in notes.values()) > 0


def test_a_machine_that_would_translate_otherwise_is_refused(two_articles, tmp_path, fake_config, monkeypatch):
    """Its translations would be remembered as those of the engine of the machine that leads the run."""

    class Elsewhere(Backwards):
        def run(self, job, tasks):
            if isinstance(job.stage, TranslateJob):
                job = replace(job, stage=replace(job.stage, signature="compiled for another processor"))
            yield from super().run(job, tasks)

    @contextmanager
    def opened(_runtime):
        yield Elsewhere()

    monkeypatch.setattr(runner, "opened_executor", opened)
    with pytest.raises(ModelUnsupported, match="not compiled for another processor") as caught:
        runner.run(load_config(fake_config), str(two_articles), tmp_path / "out", until="translate")
    assert platform.node() in caught.value.message and "machines of one kind" in caught.value.remedy


def test_ray_is_asked_for_by_name_where_it_is_missing(two_articles, tmp_path, fake_config, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "ray", None)
    fake_config.write_text(fake_config.read_text() + "runtime: {executor: ray}\n")
    with pytest.raises(DependencyMissing, match=r"pip install --editable '\.\[ray\]'"):
        runner.run(load_config(fake_config), str(two_articles), tmp_path / "out")


# --- corpora that change ----------------------------------------------------------------------------------------------


def named(seen):
    return ItemJob(
        lambda b: seen.append(len(b)) or double(b), Anchor, {"anchors": Anchor}, name=lambda anchor: f"a{anchor.text}"
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 400), max_size=4), st.lists(st.integers(0, 299), max_size=4), st.integers(2, 32))
def test_items_that_come_and_go_are_all_that_is_worked_on(new, gone, most):
    before = [Anchor(i, i * i) for i in range(300)]
    after = [a for a in before if a.text not in gone]
    for place in new:
        after.insert(min(place, len(after)), Anchor(1000 + place, place))
    seen, afresh = [], []
    with tempfile.TemporaryDirectory() as folder:
        map_items(LocalExecutor(most), named(seen), before, Path(folder) / "kept", lambda _: None)
        seen.clear()
        kept = map_items(LocalExecutor(most), named(seen), after, Path(folder) / "kept", lambda _: None)
        fresh = map_items(LocalExecutor(most), named(afresh), after, Path(folder) / "new", lambda _: None)
        assert list(kept.tables["anchors"]) == list(fresh.tables["anchors"])
        assert list(kept.rejections) == list(fresh.rejections)
        # Cuts meet again after a few batches; without names all that follow would be others.
        assert sum(seen) <= 12 * most * (len(set(new)) + len(set(gone)))
        assert {p.name for p in (Path(folder) / "kept").iterdir()} == {p.name for p in (Path(folder) / "new").iterdir()}


def test_the_settings_of_a_job_are_not_mixed_up(tmp_path):
    store = Store(tmp_path)
    old = store.batches("views", "one")
    old.mkdir(parents=True)
    other = store.batches("detect", "one")
    other.mkdir(parents=True)
    assert store.batches("views", "two") != old
    assert not old.exists()
    assert other.exists()
