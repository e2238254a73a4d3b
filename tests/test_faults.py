"""What goes wrong on real machines: killed, full, read-only, altered, locked, out of memory, clocks that jump.

Each fault must be found, said with its remedy, and leave nothing that the next run does not mend to the same bytes.
"""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from test_executors import ITEMS, double
from test_memory import without_rights_of_root
from test_runner import data_files

from pipeline.config import Config
from pipeline.engines.base import Hypothesis
from pipeline.engines.memory import MemoryEntry, RememberingTranslator, TranslationMemory
from pipeline.engines.watch import Watched
from pipeline.errors import InputError, ModelCorrupt, StageError, StoreError
from pipeline.executors import ItemJob, LocalExecutor, map_items
from pipeline.readers.inventory import CACHE_FILE_BYTES, take_inventory
from pipeline.readers.items import iter_items
from pipeline.readers.settings import ReaderSettings
from pipeline.records import Anchor
from pipeline.runner import run, status
from pipeline.store import Manifest, Store

ROOT = Path(__file__).resolve().parent.parent


class Said:
    """Keep what a run tells people."""

    def __init__(self):
        self.notes = []

    def start(self, stage, total, unit):
        pass

    def advance(self, done):
        pass

    def note(self, text):
        self.notes.append(text)


@pytest.fixture(scope="module")
def base(tmp_path_factory, seeds):
    """Two articles, a configuration, and a finished run of them that tests copy."""
    folder = tmp_path_factory.mktemp("faults")
    source = folder / "input"
    source.mkdir()
    for name in ("001_da5b2b627a796a6b.txt", "003_8c49706cb32dc222.txt"):
        shutil.copy(seeds / name, source)
    config = Config.model_validate({"translate": {"engine": "fake"}, "runtime": {"threads": 1}})
    run(config, str(source), folder / "whole" / "out")
    return folder, source, config, data_files(folder / "whole" / "out")


@pytest.fixture
def again(base, tmp_path):
    """A copy of the finished run, and what it takes to run it again and to compare."""
    folder, source, config, expected = base
    output = tmp_path / "again" / "out"
    shutil.copytree(folder / "whole" / "out", output)
    return output, source, config, expected


def artefacts(output):
    return sorted(path for path in (output / "stages").glob("[!.]*/*") if path.is_file())


HARMS = ("cut", "empty", "altered", "gone")


def damaged(data, how):
    middle = len(data) // 2
    altered = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    return {"cut": data[:middle], "empty": b"", "altered": altered}[how]


def harm(path, how):
    path.unlink() if how == "gone" else path.write_bytes(damaged(path.read_bytes(), how))


def test_every_file_of_every_artefact_is_watched(again):
    output, source, config, expected = again
    stage_of = {path: path.parent.name.rsplit("-", 1)[0] for path in artefacts(output)}
    assert len(stage_of) > 20
    for number, path in enumerate(stage_of):
        before = path.read_bytes()
        for how in (HARMS[number % 4], HARMS[(number + 1) % 4]):
            harm(path, how)
            manifest = path.parent.name.split("-")
            assert isinstance(Store(output).inspect(*manifest), Path), (path, how)
            path.write_bytes(before)
        assert isinstance(Store(output).inspect(*manifest), Manifest)
    victims = random.Random(3).sample(sorted(stage_of), 4)
    for path, how in zip(victims, HARMS, strict=True):
        harm(path, how)
    said = Said()
    results = run(config, str(source), output, progress=said)
    assert {r.stage for r in results if r.status == "done"} == {stage_of[path] for path in victims}
    assert data_files(output) == expected
    for stage in {stage_of[path] for path in victims}:
        assert any(f"{stage} is made anew" in note and any(str(v) in note for v in victims) for note in said.notes)
    assert "damaged" in (output / "run.log").read_text()


def test_a_number_changed_in_a_manifest_is_found(again):
    output, source, config, _ = again
    path = next(output.glob("stages/translate-*/manifest.json"))
    path.write_text(path.read_text().replace('"sent_to_engine": ', '"sent_to_engine": 1'))
    json.loads(path.read_text())
    assert {s.stage for s in status(config, str(source), output) if not s.reusable} == {"translate"}


def test_a_run_killed_before_its_own_manifest_gets_it_from_the_next(again):
    output, source, config, _ = again
    path = output / "manifest.json"
    old = json.loads(path.read_text())
    old["stages"]["ingest"]["key"] = "0" * 16  # of the run before, whose input was another
    for stale in (json.dumps(old), '{"stages"', None):
        path.unlink() if stale is None else path.write_text(stale)
        assert {r.status for r in run(config, str(source), output)} == {"reused"}
        stages = json.loads(path.read_text())["stages"]
        assert stages["ingest"]["key"] == next(output.glob("stages/ingest-*")).name.split("-")[1]


def test_a_damaged_finished_batch_is_done_again(tmp_path):
    partial, done = tmp_path / "partial", []

    def count(batch):
        done.append(len(batch))
        return double(batch)

    def mapped(stage):
        made = map_items(
            LocalExecutor(50), ItemJob(stage, Anchor, {"anchors": Anchor}), iter(ITEMS), partial, lambda _: None
        )
        return list(made.tables["anchors"]), list(made.rejections)

    expected = mapped(double)
    files = sorted(partial.iterdir())
    assert len(files) == 3 * 5
    assert mapped(count) == expected
    assert done == []
    for number, path in enumerate(files):
        harm(path, HARMS[number % 4])
        assert mapped(count) == expected
        assert len(done) == number + 1


def test_clocks_and_file_times_decide_nothing(again, monkeypatch):
    output, source, config, expected = again
    rng = random.Random(5)
    for path in [*output.rglob("*"), *source.rglob("*")]:
        when = rng.choice([0, 10**9, 4 * 10**9])
        os.utime(path, (when, when))
    for now in ("1970-01-01T00:00:00+00:00", "2106-02-07T06:28:15+00:00"):
        monkeypatch.setattr("pipeline.runner._now", lambda now=now: now)
        assert {r.status for r in run(config, str(source), output)} == {"reused"}
    fresh = output.parent.parent / "fresh" / "out"
    run(config, str(source), fresh)
    assert data_files(fresh) == expected


# --- full and read-only disks ---------------------------------------------------------------------------------------


@pytest.fixture
def small_disk():
    """A file system of its own, whose size and rights can be changed; needs the right to mount."""
    folder = Path(tempfile.mkdtemp(prefix="concord-disk-"))
    if (
        os.geteuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64m", "concord", str(folder)], capture_output=True, check=False
        ).returncode
    ):
        folder.rmdir()
        pytest.skip("mounting a small disk needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def remount(folder, options):
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def filled(folder, room):
    """Fill a disk up to some bytes."""
    free = os.statvfs(folder)
    size = free.f_bavail * free.f_frsize - room
    with (folder / "ballast").open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, size)


def test_a_full_disk_stops_a_run_and_loses_nothing(base, small_disk):
    _, source, config, expected = base
    output = small_disk / "out"
    messages = []
    for room in (4096, 40_000, 120_000, 300_000, 600_000):
        filled(small_disk, room)
        try:
            run(config, str(source), output)
        except StoreError as error:
            messages.append(str(error))
            assert str(small_disk) in error.message
            assert "room" in error.remedy or "space" in error.remedy
        (small_disk / "ballast").unlink()
    assert len(messages) >= 4, messages
    assert len({m.splitlines()[0] for m in messages}) >= 3, messages
    run(config, str(source), output)
    assert data_files(output) == expected
    assert not [p for p in output.rglob("*") if p.name.endswith((".tmp", ".partial"))]


def test_vectors_on_a_full_disk_are_an_error_and_no_crash(base, small_disk):
    _, source, config, _ = base
    tiny = config.model_copy(update={"align": config.align.model_copy(update={"memory": 1e-9})})
    output = small_disk / "out"
    run(tiny, str(source), output, until="translate")
    filled(small_disk, 60_000)
    with pytest.raises(StoreError, match="No space"):
        run(tiny, str(source), output)


def test_a_file_that_may_not_grow_is_explained(base, tmp_path):
    _, source, _, _ = base
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from pipeline.config import Config; from pipeline.runner import run\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n"
        "config = Config.model_validate({'translate': {'engine': 'fake'}})\n"
        "try:\n    run(config, sys.argv[1], Path(sys.argv[2]))\n"
        "except Exception as error:\n    print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(source), str(tmp_path / "out")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert done.stdout.startswith("StoreError"), done
    assert str(tmp_path / "out") in done.stdout and "Free some" in done.stdout


def test_a_disk_that_became_read_only_is_explained(base, small_disk):
    _, source, config, _ = base
    output = small_disk / "out"
    run(config, str(source), output, until="detect")
    remount(small_disk, "ro")
    with pytest.raises(StoreError, match=r"(?s)Read-only file system.*OUTPUT="):
        run(config, str(source), output)
    remount(small_disk, "rw")
    run(config, str(source), output, until="translate")


def test_a_folder_without_rights_is_explained(base):
    _, source, config, _ = base
    folder = Path(tempfile.mkdtemp(prefix="concord-rights-"))  # tmp_path is closed to nobody
    shutil.copytree(source, folder / "in")
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    try:
        with without_rights_of_root(), pytest.raises(StoreError, match=r"(?s)cannot be written.*OUTPUT="):
            run(config, str(folder / "in"), folder / "out")
    finally:
        shutil.rmtree(folder)


# --- the translation memory -------------------------------------------------------------------------------------------


@pytest.fixture
def filled_memory(tmp_path):
    """A memory of some pages with corrections in it."""
    path = tmp_path / "m.sqlite"
    memory = TranslationMemory(path)
    memory.store([MemoryEntry(f"s{n:05d}", Hypothesis(f"t{n}" * 20)) for n in range(3000)], "fr-en", "e")
    memory.store(
        [MemoryEntry(f"s{n:05d}", Hypothesis(f"by a person {n}"), "review") for n in range(0, 3000, 30)], "fr-en", ""
    )
    memory.close()
    return path


def said_by_people(path):
    memory = TranslationMemory(path)
    try:
        return {e.source: e.hypothesis.text for e in memory.entries(origin="review")}, memory.repaired, memory.news
    finally:
        memory.close()


@pytest.mark.parametrize("how", ["cut", "page", "header"])
def test_what_can_be_read_of_a_damaged_memory_is_saved(filled_memory, how):
    whole, _, _ = said_by_people(filled_memory)
    data = bytearray(filled_memory.read_bytes())
    page = 4096
    if how == "cut":
        del data[len(data) * 3 // 4 :]
    elif how == "page":
        middle = len(data) // page // 2 * page
        data[middle : middle + page] = os.urandom(page)
    else:
        data[:100] = bytes(100)
    filled_memory.write_bytes(data)
    saved, repaired, news = said_by_people(filled_memory)
    assert repaired and f"{len(saved)} of them corrections" in news
    assert saved.items() <= whole.items()
    assert filled_memory.with_name("m.sqlite.damaged").read_bytes() == data
    # Nothing can be read without its header; of a broken page only what lay on it is lost.
    assert len(saved) > 0.9 * len(whole) if how == "page" else len(saved) > 0 if how == "cut" else saved == {}


def test_a_second_damage_overwrites_nothing(filled_memory):
    for number in range(2):
        filled_memory.write_bytes(b"garbage %d" % number)
        assert said_by_people(filled_memory)[1]
    assert filled_memory.with_name("m.sqlite.damaged").read_bytes() == b"garbage 0"
    assert filled_memory.with_name("m.sqlite.damaged2").read_bytes() == b"garbage 1"


def test_corrections_survive_a_broken_page_in_a_run(again):
    output, source, config, _ = again
    memory = TranslationMemory(output / "memory.sqlite")
    memory.store([MemoryEntry(f"zz{n}", Hypothesis("x" * 900), "review") for n in range(200)], "fr-en", "")
    memory.close()
    run(config, str(source), output)
    with closing(sqlite3.connect(output / "memory.sqlite")) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    data = bytearray((output / "memory.sqlite").read_bytes())
    data[(pages - 3) * 4096 : (pages - 2) * 4096] = os.urandom(4096)
    (output / "memory.sqlite").write_bytes(data)
    said = Said()
    run(config, str(source), output, progress=said)
    assert [note for note in said.notes if "memory.sqlite was damaged" in note]
    assert len(said_by_people(output / "memory.sqlite")[0]) > 150


def test_a_locked_memory_stops_a_run_with_its_remedy(again, monkeypatch):
    output, source, config, _ = again
    monkeypatch.setattr(
        TranslationMemory.__init__, "__kwdefaults__", {"must_exist": False, "read_only": False, "wait_seconds": 0}
    )
    holder = sqlite3.connect(output / "memory.sqlite")
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match=r"(?s)memory.sqlite.*locked.*Another process"):
        run(config, str(source), output)
    holder.close()
    assert {r.status for r in run(config, str(source), output)} == {"reused"}


# --- files that change while they are used --------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["overwrite", "cut", "replace", "remove"])
def test_a_model_file_that_changes_during_use_is_found_and_nothing_of_it_is_kept(tmp_path, change):
    file = tmp_path / "model.gguf"
    file.write_bytes(b"weights" * 100)

    class Engine:
        signature = "e"
        calls = 0

        def translate(self, texts, source, target):
            self.calls += 1
            if self.calls == 3:
                {
                    "overwrite": lambda: file.write_bytes(b"WEIGHTS" * 100),
                    "cut": lambda: os.truncate(file, 10),
                    "replace": lambda: (file.unlink(), file.write_bytes(b"weights" * 100)),
                    "remove": file.unlink,
                }[change]()
            return [Hypothesis(text.upper()) for text in texts]

    memory = TranslationMemory(tmp_path / "m.sqlite")
    watch = Watched.of([file])
    translator = RememberingTranslator(Engine(), "e", memory, batch_size=2, check=watch.check)
    with pytest.raises(ModelCorrupt, match=r"(?s)model.gguf changed while it was in use.*run again"):
        translator.translate([f"text {n}" for n in range(10)], "fr", "en")
    assert len(memory) == 4
    memory.close()


def test_plans_of_real_engines_watch_their_files(tmp_path):
    from pipeline.engines.workshop import Workshop

    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF")
    config = Config.model_validate({"translate": {"engine": "gguf", "model": str(file)}})
    plan = Workshop.of(config, tmp_path / "home", tmp_path / "out").plan("fr", "en")
    plan.check_files()
    file.write_bytes(b"GGUF2")
    with pytest.raises(ModelCorrupt, match=r"m\.gguf changed"):
        plan.check_files()


@pytest.mark.parametrize("moment", [0, 1])
def test_an_input_that_changes_while_it_is_streamed_is_found(tmp_path, moment):
    path = tmp_path / "in" / "a.jsonl"
    path.parent.mkdir()
    line = json.dumps({"text": "Un article assez long pour compter. " * 30}) + "\n"
    path.write_text(line * (CACHE_FILE_BYTES // len(line) + 10))
    inventory = take_inventory(path.parent)
    items = iter_items(inventory, ReaderSettings())
    for _ in range(moment):
        next(items)
    with path.open("a") as stream:
        stream.write(line)
    with pytest.raises(InputError, match=r"a.jsonl was changed while it was being read"):
        list(items)


# --- memory that runs out ---------------------------------------------------------------------------------------------


OUT_OF_MEMORY = """
import resource, sys
from pathlib import Path
from pipeline.config import Config
from pipeline.commands.common import errors
from pipeline.runner import STAGES, load_stage, run
for stage in STAGES:
    load_stage(stage)
config = Config.model_validate({"translate": {"engine": "fake"}, "runtime": {"threads": 1}})
pages = int(Path("/proc/self/statm").read_text().split()[0])
room = pages * resource.getpagesize() + int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_AS, (room, resource.RLIM_INFINITY))
with errors():
    run(config, sys.argv[1], Path(sys.argv[2]))
"""


def test_memory_that_runs_out_is_explained(base, tmp_path):
    _, source, config, expected = base
    output = tmp_path / "x" / "out"
    for room in (2_000_000, 120_000_000):  # in ingest, and where a later stage has loaded its models
        command = [sys.executable, "-c", OUT_OF_MEMORY, str(source), str(output), str(room)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 1, done.stderr
        assert "concord: The stage" in done.stderr and "ran out of memory" in done.stderr
    run(config, str(source), output)
    assert data_files(output) == expected


def test_a_worker_that_is_killed_is_explained(tmp_path):
    with pytest.raises(StageError, match=r"(?s)worker process was killed.*runtime.workers"):
        map_items(
            LocalExecutor(16, 2), ItemJob(die, Anchor, {"anchors": Anchor}), iter(ITEMS), tmp_path, lambda _: None
        )


def die(_batch):
    os.kill(os.getpid(), 9)


@pytest.mark.parametrize(("kills", "workers"), [(5, 1), (3, 2)])
def test_kills_at_random_moments_lose_and_double_nothing(tmp_path, kills, workers):
    from benchmarks.kills import kill_often

    toll = kill_often(tmp_path, kills, seed=11, articles=6, workers=workers)
    assert toll.kills == kills
    assert (toll.lost, toll.doubled, toll.differing, toll.leftovers) == (0, 0, 0, 0)
