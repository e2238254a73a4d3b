"""Kill the pipeline at random moments, start it again until it ends, and compare with a run that nobody disturbed.

python -m benchmarks kills --runs 200       two hundred kills (SIGKILL), drawn from --seed
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.common import SEEDS, Row

__all__ = ["Toll", "compare", "kill_often", "main", "measure", "write_corpus"]

_CONFIG = "translate: {engine: fake}\nruntime: {batch_size: 8, threads: 1}\n"
_KILLS_IN_A_ROW = 8
_TIMES = ("seconds", "finished", "seal", "notes")  # of a manifest; notes count what the memory saved a run
_OWN = ("run.log", ".lock")


@dataclass(slots=True)
class Toll:
    """Count kills and what they did. ``stages`` says what was under way when a kill struck."""

    kills: int = 0
    runs: int = 0
    lost: int = 0
    doubled: int = 0
    differing: int = 0
    leftovers: int = 0
    stages: Counter[str] = field(default_factory=Counter)

    @property
    def harm(self) -> int:
        """Return the sum of all that must be 0."""
        return self.lost + self.doubled + self.differing + self.leftovers


def measure(kills: int = 20, seed: int = 1, articles: int = 40) -> list[Row]:
    """Kill so often, and say what was lost."""
    with tempfile.TemporaryDirectory(prefix="concord-kills-") as folder:
        toll = kill_often(Path(folder), kills, seed, articles)
    struck = ", ".join(f"{stage} {n}" for stage, n in sorted(toll.stages.items()))
    return [
        (f"kills in {toll.runs} runs of {articles} articles (seed {seed})", f"{toll.kills}: {struck}"),
        ("records lost / doubled", f"{toll.lost} / {toll.doubled}"),
        ("files that differ / left over", f"{toll.differing} / {toll.leftovers}"),
    ]


def kill_often(folder: Path, kills: int, seed: int, articles: int) -> Toll:
    """Run, kill, run again, until there were enough kills and the last run has ended."""
    rng, toll = random.Random(seed), Toll()
    source, config = folder / "in", folder / "config.yaml"
    write_corpus(source, articles)
    config.write_text(_CONFIG, encoding="utf-8")
    undisturbed = folder / "undisturbed" / "out"
    _remember_corrections(undisturbed)
    begun = time.monotonic()
    if _run(source, undisturbed, config, None) is None:
        raise RuntimeError("the undisturbed run failed")
    whole = time.monotonic() - begun
    while toll.kills < kills:
        output = folder / f"run{toll.runs}" / "out"
        _remember_corrections(output)
        for _ in range(min(_KILLS_IN_A_ROW, kills - toll.kills)):
            # Often early: a run that goes on where another was killed is shorter.
            delay = rng.uniform(0, whole * rng.choice((0.15, 0.4, 1)))
            struck = _run(source, output, config, delay)
            if struck is None:
                break
            toll.kills += 1
            toll.stages[struck] += 1
        else:
            _run(source, output, config, None)
        toll.runs += 1
        compare(undisturbed, output, toll)
    return toll


def write_corpus(folder: Path, articles: int) -> None:
    """Write articles in three languages from the sentences of the seeds, some as records, and a few bad files."""
    folder.mkdir(parents=True)
    texts = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))]
    lines = [[line.strip() for line in text.split("\n") if len(line.strip()) > 30] for text in texts]
    records = []
    for number in range(articles):
        own = lines[number % len(lines)]
        body = "\n\n".join(f"{own[(number * 3 + i) % len(own)]} ({number * 10 + i})" for i in range(8))
        if number % 4:
            (folder / f"{number:04d}.txt").write_text(body, encoding="utf-8")
        else:
            records.append(json.dumps({"id": f"r{number}", "text": body, "date": "2024-05-10"}, ensure_ascii=False))
    (folder / "records.jsonl").write_text("\n".join([*records, "{broken"]), encoding="utf-8")
    (folder / "empty.txt").write_text("", encoding="utf-8")


def _remember_corrections(output: Path) -> None:
    """Put what a reviewer said into the memory: nothing but the memory holds it."""
    from pipeline.engines.memory import TranslationMemory
    from pipeline.engines.memory_work import store_pairs

    memory = TranslationMemory(output / "memory.sqlite")
    rows = [(f"Phrase {n} du relecteur.", f"Sentence {n} of the reviewer.") for n in range(20)]
    store_pairs(memory, "fr-en", rows, "review", "2024-05-10T00:00:00Z")
    memory.close()


def _run(source: Path, output: Path, config: Path, delay: float | None) -> str | None:
    """Start a run and kill it after some seconds of work; return the stage that was struck, ``None`` if it ended."""
    command = [sys.executable, "-m", "benchmarks.kills", str(source), str(output), str(config)]
    root = Path(__file__).resolve().parent.parent
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()  # it has imported what it needs and begins
        try:
            _, errors = process.communicate(timeout=delay)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return _under_way(output)
        if process.returncode:
            raise RuntimeError(f"a run failed by itself: {errors.decode()[-2000:]}")
    return None


def _under_way(output: Path) -> str:
    """Return the stage that a killed run was in, by its log."""
    from pipeline.runner import STAGES

    try:
        lines = (output / "run.log").read_text(encoding="utf-8").splitlines()
        events = [json.loads(line) for line in lines]
    except (OSError, ValueError):
        return "start"
    last = max((i for i, event in enumerate(events) if event["event"] == "start"), default=None)
    if last is None:
        return "start"
    ended = {event["stage"] for event in events[last:] if event["event"] in ("done", "reused")}
    return next((stage for stage in STAGES if stage not in ended), "end")


def compare(expected: Path, found: Path, toll: Toll) -> None:
    """Add to the toll how two outputs differ: records by table, files by their bytes, and what should be gone."""
    ours, theirs = _records(expected), _records(found)
    for name in ours.keys() | theirs.keys():
        ours_of, theirs_of = ours.get(name, Counter()), theirs.get(name, Counter())
        toll.lost += (ours_of - theirs_of).total()
        toll.doubled += (theirs_of - ours_of).total()
    files, others = _files(expected), _files(found)
    toll.differing += sum(files.get(name) != others.get(name) for name in files.keys() | others.keys())
    toll.leftovers += len([p for p in found.rglob("*") if p.name.endswith((".tmp", ".partial", ".vectors"))])


def _records(output: Path) -> dict[str, Counter[str]]:
    import pyarrow.parquet as pq

    from pipeline.engines.memory import TranslationMemory

    tables = {
        f"{path.parent.name}/{path.name}": Counter(map(repr, pq.read_table(path).to_pylist()))
        for path in output.glob("stages/*/*.parquet")
    }
    memory = TranslationMemory(output / "memory.sqlite", read_only=True)
    tables["memory"] = Counter(map(repr, memory.entries()))
    memory.close()
    return tables


def _files(output: Path) -> dict[str, str]:
    found = {}
    for path in sorted(output.rglob("*")):
        name = str(path.relative_to(output))
        if path.is_file() and path.name not in _OWN and not path.name.startswith("memory.sqlite"):
            found[name] = hashlib.sha256(_lasting(path)).hexdigest()
    return found


def _lasting(path: Path) -> bytes:
    """Return the bytes of a file; of a manifest what does not tell when and how fast a run went."""
    if path.name != "manifest.json":
        return path.read_bytes()

    def without_times(data: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in data.items() if name not in _TIMES}

    data = without_times(json.loads(path.read_text(encoding="utf-8")))
    if "stages" in data:
        data["stages"] = {name: without_times(stage) for name, stage in data["stages"].items()}
    return json.dumps(data, sort_keys=True).encode()


def main(arguments: list[str]) -> int:
    """Kill as often as the options say; return 1 where anything was lost."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks kills", description="Kill runs, compare what they leave."
    )
    parser.add_argument("--runs", type=int, default=200, help="number of kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--articles", type=int, default=40)
    options = parser.parse_args(arguments)
    print("| measure | figure |\n|---|---|")
    rows = measure(options.runs, options.seed, options.articles)
    for name, figure in rows:
        print(f"| {name} | {figure} |", flush=True)
    return 0 if rows[1][1] == rows[2][1] == "0 / 0" else 1


def _victim(source: str, output: str, config: str) -> None:
    """Be the run that is killed: import, say so, run."""
    from pipeline.config import load_config
    from pipeline.runner import STAGES, load_stage, run

    for stage in STAGES:
        load_stage(stage)
    print("ready", flush=True)
    run(load_config(config), source, Path(output))


if __name__ == "__main__":
    _victim(*sys.argv[1:])
