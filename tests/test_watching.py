"""Following a run from another process, and cleaning up after one."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import load_config
from pipeline.runner import STAGES, Quiet, run
from pipeline.watching import Snapshot, ToldProgress, read_snapshot, watch

CLI = CliRunner()


def test_a_run_tells_how_far_it_is_and_when_it_is_over(tmp_path, two_articles, fake_config):
    output = tmp_path / "out"
    seen: list[Snapshot | None] = []

    class Looking(Quiet):
        def start(self, stage, total, unit):
            seen.append(read_snapshot(output))

    run(load_config(fake_config), str(two_articles), output, progress=Looking())
    assert list(dict.fromkeys(s.stage for s in seen if s is not None)) == list(STAGES[:-1])
    last = read_snapshot(output)
    assert last is not None
    assert (last.state, last.stage) == ("ended", "report")
    shown = CLI.invoke(app, ["status", "--watch", "--output", str(output)])
    assert shown.exit_code == 0
    assert shown.output.startswith("ended    report")


def test_units_add_up_and_give_a_rate(tmp_path):
    told = ToldProgress(Quiet(), tmp_path)
    told.start("translate", 30, "segments")
    first = read_snapshot(tmp_path)
    assert first is not None
    assert (first.state, first.done, first.total, first.per_second) == ("running", 0, 30, None)
    told.advance(4)
    told.advance(6)
    told.end()
    last = read_snapshot(tmp_path)
    assert last is not None
    assert (last.state, last.done) == ("ended", 10)
    assert last.per_second == pytest.approx(10 / last.seconds)


def test_a_killed_run_is_seen_as_stopped(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from pipeline.runner import Quiet;"
        "from pipeline.watching import ToldProgress; told = ToldProgress(Quiet(), Path(sys.argv[1]));"
        "told.start('align', 7, 'articles'); print('ready', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        running = read_snapshot(tmp_path)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert running is not None
    assert running.state == "running"
    assert [s.state for s in watch(tmp_path)] == ["stopped"]
    shown = CLI.invoke(app, ["status", "--watch", "--output", str(tmp_path)])
    assert "it goes on where it stopped" in shown.output


def test_watching_follows_changes_until_the_end(tmp_path):
    told = ToldProgress(Quiet(), tmp_path)
    told.start("align", 2, "articles")
    steps = iter([lambda: None, lambda: told.start("score", 1, "articles"), told.end])
    seen = [(s.stage, s.state) for s in watch(tmp_path, sleep=lambda _: next(steps)())]
    assert seen == [("align", "running"), ("score", "running"), ("score", "ended")]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}'])
def test_a_broken_progress_file_is_none(tmp_path, content):
    (tmp_path / ".progress.json").write_text(content)
    assert read_snapshot(tmp_path) is None
    shown = CLI.invoke(app, ["status", "--watch", "--output", str(tmp_path)])
    assert "No run has written" in shown.output


def test_the_manifest_gives_rates_and_memory(tmp_path, two_articles, fake_config):
    results = run(load_config(fake_config), str(two_articles), tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    for result in results:
        stage = manifest["stages"][result.stage]
        assert set(stage["per_second"]) == set(stage["counts"])
        assert stage["peak_mb"] > 20
        for unit, rate in stage["per_second"].items():
            assert rate == pytest.approx(stage["counts"][unit]["in"] / max(stage["seconds"], 1e-3), rel=0.01)


# --- clean ------------------------------------------------------------------------------------------------------------


def files(output: Path) -> dict[str, bytes]:
    return {str(p.relative_to(output)): p.read_bytes() for p in sorted((output / "data").rglob("*")) if p.is_file()}


def test_clean_removes_artefacts_and_the_next_run_makes_the_same(tmp_path, two_articles, fake_config):
    output, settings = tmp_path / "out", load_config(fake_config)
    run(settings, str(two_articles), output)
    before = files(output)
    shown = CLI.invoke(app, ["clean", str(output)])
    assert shown.exit_code == 0
    assert shown.output.startswith("Removed ")
    assert not (output / "stages").exists()
    assert (output / "index.html").is_file()
    assert (output / "memory.sqlite").is_file()
    again = run(settings, str(two_articles), output)
    assert {r.status for r in again} == {"done"}
    assert files(output) == before


def test_clean_refuses_a_folder_that_is_no_run_and_one_in_use(tmp_path, two_articles, fake_config):
    strange = tmp_path / "photos"
    (strange / "keep").mkdir(parents=True)
    shown = CLI.invoke(app, ["clean", str(strange)])
    assert shown.exit_code != 0
    assert "is not the output folder of a run" in shown.output
    output = tmp_path / "out"
    run(load_config(fake_config), str(two_articles), output)
    with FileLock(output / ".lock"):
        shown = CLI.invoke(app, ["clean", str(output)])
    assert shown.exit_code != 0
    assert "Another run is writing" in shown.output
    assert (output / "stages").is_dir()
