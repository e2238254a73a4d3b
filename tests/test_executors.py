import pytest

from pipeline.executors import Batch, ItemJob, LocalExecutor, map_items
from pipeline.records import Anchor, Reason, Rejection

ITEMS = [Anchor(i, i * i) for i in range(203)]


def double(batch):
    kept = [Anchor(a.text, 2 * a.raw) for a in batch if a.text % 7]
    dropped = [Rejection(str(a.text), "t", "record", Reason.EMPTY, "seven") for a in batch if not a.text % 7]
    return Batch({"anchors": kept}, dropped)


def run(executor, tmp_path, stage=double):
    done = []
    job = ItemJob(stage, Anchor, {"anchors": Anchor})
    return map_items(executor, job, iter(ITEMS), tmp_path / "partial", done.append), done


@pytest.mark.parametrize("executor", [LocalExecutor(1), LocalExecutor(64), LocalExecutor(1000), LocalExecutor(16, 2)])
def test_batches_and_processes_change_nothing(tmp_path, executor):
    result, done = run(executor, tmp_path)
    assert list(result.tables["anchors"]) == [Anchor(a.text, 2 * a.raw) for a in ITEMS if a.text % 7]
    assert [r.item_id for r in result.rejections] == [str(i) for i in range(0, 203, 7)]
    assert sum(done) == len(ITEMS)


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
    result, _ = run(LocalExecutor(40), tmp_path, lambda batch: seen.extend(a.text for a in batch) or double(batch))
    assert first == 120
    assert seen[first:] == [a.text for a in ITEMS[80:]]
    assert list(result.tables["anchors"]) == list(run(LocalExecutor(40), tmp_path / "new")[0].tables["anchors"])
