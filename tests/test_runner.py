"""The stage graph on real articles with the fake engine: skip, redo, resume, count, lock."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from filelock import FileLock

from pipeline.config import load_config
from pipeline.errors import StageError, StoreError
from pipeline.records import Event, Finding
from pipeline.runner import STAGES, _check_counts, load_stage, run, status
from pipeline.stages.base import Count, StageOutput
from pipeline.store import Store

VARIABLE = {"manifest.json", "run.log"}


def data_files(output: Path) -> dict[str, str]:
    """Every file that must not change from run to run, by its hash."""
    return {
        str(path.relative_to(output)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(output.rglob("*"))
        if path.is_file() and path.name not in VARIABLE and not path.name.startswith((".", "memory.sqlite"))
    }


@pytest.fixture
def config(fake_config):
    return load_config(fake_config)


@pytest.fixture
def finished(tmp_path, two_articles, config):
    output = tmp_path / "out"
    return output, run(config, str(two_articles), output)


def test_a_run_makes_everything(finished):
    output, results = finished
    assert [r.stage for r in results] == list(STAGES)
    assert {r.status for r in results} == {"done"}
    for name in (
        "index.html",
        "summary.md",
        "manifest.json",
        "run.log",
        "exports/alignments.tmx",
        "exports/bitext.tsv",
        "exports/findings.csv",
        "exports/glossary-candidates.csv",
        "data/articles.parquet",
        "data/facts.jsonl",
    ):
        assert (output / name).stat().st_size > 0, name
    assert len(list((output / "articles").glob("*.html"))) == 2
    manifest = json.loads((output / "manifest.json").read_text())
    assert set(manifest["stages"]) == set(STAGES)
    for stage in manifest["stages"].values():
        for count in stage["counts"].values():
            assert count["in"] == count["out"] + count["rejected"]


def test_a_second_run_reuses_everything(finished, two_articles, config):
    output, _ = finished
    before = data_files(output)
    results = run(config, str(two_articles), output)
    assert {r.status for r in results} == {"reused"}
    assert data_files(output) == before


def test_two_runs_give_the_same_bytes(finished, tmp_path, two_articles, config):
    other = tmp_path / "elsewhere" / "out"
    run(config, str(two_articles), other)
    assert data_files(other) == data_files(finished[0])


def test_run_time_knobs_change_neither_key_nor_bytes(finished, tmp_path, two_articles, fake_config):
    fake_config.write_text(fake_config.read_text() + "runtime: {threads: 1, batch_size: 3, workers: 2}\n")
    knobs = load_config(fake_config)
    assert {r.status for r in run(knobs, str(two_articles), finished[0])} == {"reused"}
    other = tmp_path / "elsewhere" / "out"
    run(knobs, str(two_articles), other)
    assert data_files(other) == data_files(finished[0])


def test_changing_one_article_redoes_only_what_depends_on_it(finished, two_articles, config):
    path = two_articles / "001_da5b2b627a796a6b.txt"
    path.write_text(path.read_text().replace("Ce matin", "Hier matin"))
    results = {r.stage: r for r in run(config, str(two_articles), finished[0])}
    assert {r.status for r in results.values()} == {"done"}
    notes = results["translate"].manifest.notes
    assert notes["fr-en"]["sent_to_engine"] == 1
    assert notes["ko-en"]["sent_to_engine"] == 0


def test_a_report_setting_redoes_only_the_report(finished, two_articles, fake_config):
    fake_config.write_text(fake_config.read_text() + "report: {title: Another}\n")
    results = run(load_config(fake_config), str(two_articles), finished[0])
    assert [r.status for r in results] == ["reused"] * 5 + ["done"]
    assert "Another" in (finished[0] / "index.html").read_text()


def test_until_stops_there(tmp_path, two_articles, config):
    results = run(config, str(two_articles), tmp_path / "out", until="translate")
    assert [r.stage for r in results] == ["ingest", "detect", "translate"]
    assert not (tmp_path / "out" / "index.html").exists()


@pytest.mark.parametrize("victim", ["index.html", "data/segments.parquet", "exports/bitext.tsv"])
def test_an_altered_output_is_made_again(finished, two_articles, config, victim):
    output, _ = finished
    before = data_files(output)
    (output / victim).write_text("altered")
    results = run(config, str(two_articles), output)
    assert [r.status for r in results] == ["reused"] * 5 + ["done"]
    assert data_files(output) == before


def test_an_altered_artefact_is_made_again(finished, two_articles, config):
    output, _ = finished
    before = data_files(output)
    table = next((output / "stages").glob("detect-*/segments.parquet"))
    table.write_bytes(table.read_bytes()[:-10])
    states = {s.stage: s.reusable for s in status(config, str(two_articles), output)}
    assert (states["ingest"], states["detect"]) == (True, False)
    run(config, str(two_articles), output)
    assert data_files(output) == before


def test_status_says_what_would_run_and_writes_nothing(tmp_path, two_articles, config):
    states = status(config, str(two_articles), tmp_path / "new")
    assert [s.stage for s in states] == list(STAGES)
    assert not any(s.reusable for s in states)
    assert all(s.key and len(s.key) == 16 for s in states)
    assert not (tmp_path / "new").exists()


def test_status_agrees_with_the_run(finished, two_articles, config):
    assert all(s.reusable for s in status(config, str(two_articles), finished[0]))


def test_a_second_run_on_one_output_is_kept_out(finished, two_articles, config):
    with FileLock(finished[0] / ".lock"), pytest.raises(StoreError, match="Another run is writing"):
        run(config, str(two_articles), finished[0])


def test_an_output_that_cannot_be_written(tmp_path, two_articles, config):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        run(config, str(two_articles), tmp_path / "file" / "out")


def test_a_stage_that_loses_something_is_found_out():
    output = StageOutput({}, (), {"segments": Count(3, 2, 0)})
    with pytest.raises(StageError, match="lost segments: 3 in, 2 out, 0 rejected"):
        _check_counts(load_stage("detect"), output)


def test_bad_files_are_rejected_and_the_rest_goes_on(tmp_path, two_articles, config):
    (two_articles / "empty.txt").write_text("")
    (two_articles / "spaces.txt").write_text(" \n\t ")
    (two_articles / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (two_articles / "japanese.txt").write_text(
        "大臣は昨日、つくば市の研究所を訪問しました。そして代表者たちと会談しました。" * 3
    )
    (two_articles / "broken.parquet").write_bytes(b"PAR1nothing")
    (two_articles / "table.csv").write_text("a,b\n1,2\n")
    (two_articles / "latin1.txt").write_bytes("Le ministre est arrivé à Séoul où il a été reçu hier.".encode("latin-1"))
    results = {r.stage: r.manifest for r in run(config, str(two_articles), tmp_path / "out", until="detect")}
    assert results["ingest"].counts["articles"] == {"in": 9, "out": 4, "rejected": 5}
    assert results["detect"].counts["articles"] == {"in": 4, "out": 3, "rejected": 1}


RUN = "import sys; from pipeline.cli import main; sys.argv[0] = 'concord'; main()"


def concord(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-c", RUN, "run", *map(str, arguments), "--quiet"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONHASHSEED": "random"},
        **options,
    )


def test_killed_at_random_moments_the_next_run_ends_with_the_same_bytes(finished, tmp_path, two_articles, fake_config):
    undisturbed, _ = finished
    output = tmp_path / "killed" / "out"
    arguments = ("-i", two_articles, "-o", output, "-c", fake_config)
    rng, kills = random.Random(7), 0
    for _ in range(10):
        process = concord(*arguments)
        time.sleep(rng.uniform(0.1, 4.0))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
    last = concord(*arguments)
    _, errors = last.communicate(timeout=120)
    assert last.returncode == 0, errors.decode()
    assert kills >= 3
    assert data_files(output) == data_files(undisturbed)
    assert not list(output.rglob("*.tmp")) + list(output.rglob("*.partial"))


def test_an_article_that_arrives_is_decided_with_what_was_decided_before(finished, tmp_path, two_articles, config):
    output, _ = finished
    # The first article again under another name, cut: nothing about the pair of the first two changes by it but counts.
    text = sorted(two_articles.glob("*.txt"))[0].read_text(encoding="utf-8")
    (two_articles / "zz_arrived.txt").write_text(text[: len(text) * 2 // 3], encoding="utf-8")
    run(config, str(two_articles), output)
    fresh = tmp_path / "fresh" / "out"
    run(config, str(two_articles), fresh)
    assert data_files(output) == data_files(fresh)


def test_unchanged_articles_are_not_measured_again(finished, two_articles, config):
    output, _ = finished
    other = config.model_copy(update={"align": config.align.model_copy(update={"event_threshold": 0.9})})
    results = {r.stage: r for r in run(other, str(two_articles), output)}
    assert results["align"].status == "done"
    notes = results["align"].manifest.notes
    assert notes["pairs"] == 1
    assert notes["measured"] == 0


def test_where_vectors_lie_changes_no_byte(finished, tmp_path, two_articles, config):
    small = config.model_copy(update={"align": config.align.model_copy(update={"memory": 1e-9})})
    output = tmp_path / "small" / "out"
    run(small, str(two_articles), output)
    assert data_files(output) == data_files(finished[0])
    assert not list(output.rglob("*.vectors"))


def test_what_only_one_of_three_articles_states_is_one_finding(tmp_path, config):
    text = "Le ministre de la Santé a visité l'hôpital de Lyon et rencontré les médecins de la ville. "
    source = tmp_path / "three"
    source.mkdir()
    for number, said in enumerate(
        ("Il a promis 90 lits de plus.", "Il a promis des lits.", "Il a promis bien des lits.")
    ):
        (source / f"{number}.txt").write_text(f"{text}{said}\n\n{text}", encoding="utf-8")
    output = tmp_path / "out"
    results = run(config, str(source), output)
    findings = Store(output).read("score", results[4].manifest.key, "findings", Finding)
    (event,) = Store(output).read("align", results[3].manifest.key, "events", Event)
    assert len(event.article_ids) == 3
    assert len({f.id for f in findings}) == len(findings)
    assert [f.a.surface for f in findings if f.verdict == "only_one" and f.kind == "number"] == ["90 lits"]
