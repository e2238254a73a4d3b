"""Kill the pipeline at random moments, start it again until it ends, and compare with a run that nobody disturbed.

python -m benchmarks kills --runs 200                    two hundred kills (SIGKILL), drawn from --seed
python -m benchmarks kills --runs 100 --workers 2        the same of runs of several processes
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.common import SEEDS, Row

__all__ = ["Toll", "compare", "kill_often", "main", "measure", "write_corpus"]

_CONFIG = "translate: {{engine: fake}}\nruntime: {{batch_size: 8, threads: 1, workers: {workers}}}\n"
_KILLS_IN_A_ROW = 8
# Of a manifest; notes count what the memory saved a run.
_TIMES = ("seconds", "finished", "per_second", "peak_mb", "seal", "notes")
_OWN = (".progress.json", "run.log", ".lock")


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


def measure(kills: int = 20, seed: int = 1, articles: int = 40, workers: int = 1) -> list[Row]:
    """Kill so often, and say what was lost."""
    with tempfile.TemporaryDirectory(prefix="concord-kills-") as folder:
        toll = kill_often(Path(folder), kills, seed, articles, workers)
    struck = ", ".join(f"{stage} {n}" for stage, n in sorted(toll.stages.items()))
    return [
        (
            f"kills in {toll.runs} runs of {articles} articles, {workers} processes (seed {seed})",
            f"{toll.kills}: {struck}",
        ),
        ("records lost / doubled", f"{toll.lost} / {toll.doubled}"),
        ("files that differ / left over", f"{toll.differing} / {toll.leftovers}"),
    ]


def kill_often(folder: Path, kills: int, seed: int, articles: int, workers: int = 1) -> Toll:
    """Run, kill, run again, until there were enough kills and the last run has ended."""
    toll = Toll()
    source, config = folder / "in", folder / "config.yaml"
    write_corpus(source, articles)
    config.write_text(_CONFIG.format(workers=workers), encoding="utf-8")
    undisturbed = folder / "undisturbed" / "out"
    _remember_corrections(undisturbed)
    with closing(_Victims(source, config)) as victims:
        begun = time.monotonic()
        victims.run(undisturbed, None)
        chance = _Chance(random.Random(seed), time.monotonic() - begun)
        while toll.kills < kills:
            _one_run(victims, folder, min(_KILLS_IN_A_ROW, kills - toll.kills), chance, toll)
    return toll


@dataclass(frozen=True, slots=True)
class _Chance:
    """Draw when to kill: often early, because a run that goes on where another was killed is shorter."""

    rng: random.Random
    whole: float

    def delay(self) -> float:
        return self.rng.uniform(0, self.whole * self.rng.choice((0.15, 0.4, 1)))


def _one_run(victims: _Victims, folder: Path, kills: int, chance: _Chance, toll: Toll) -> None:
    """Kill a run so often, or until it ends before, and count what it left."""
    output = folder / f"run{toll.runs}" / "out"
    _remember_corrections(output)
    for _ in range(kills):
        struck = victims.run(output, chance.delay())
        if struck is None:
            break
        toll.kills += 1
        toll.stages[struck] += 1
    else:
        victims.run(output, None)
    toll.runs += 1
    compare(folder / "undisturbed" / "out", output, toll)
    shutil.rmtree(output.parent)
    print(f"run {toll.runs}: {toll.kills} kills, harm {toll.harm} ({dict(toll.stages)})", file=sys.stderr, flush=True)


def write_corpus(folder: Path, articles: int) -> None:
    """Write articles in three languages from the sentences of the seeds, some as records, and a few bad files."""
    folder.mkdir(parents=True)
    texts = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))]
    lines = [[line.strip() for line in text.split("\n") if len(line.strip()) > 30] for text in texts]
    records = []
    for number in range(articles):
        own = lines[number % len(lines)]
        body = "\n\n".join(f"{own[(number * 3 + i) % len(own)]} ({number * 10 + i})" for i in range(3))
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


class _Victims:
    """Run the pipeline in processes that can be killed: forked from one that has imported everything and runs nothing.

    Importing takes longer than a run of a small corpus; killed there, a run has not begun.
    """

    def __init__(self, source: Path, config: Path) -> None:
        root = Path(__file__).resolve().parent.parent
        command = [sys.executable, "-m", "benchmarks.kills", str(source), str(config)]
        self._parent = subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._parent.stdin is not None and self._parent.stdout is not None
        self._ask, self._answer = self._parent.stdin, self._parent.stdout
        self._answer.readline()

    def run(self, output: Path, delay: float | None) -> str | None:
        """Run, and kill after some seconds; return the stage that was struck, ``None`` if the run ended before."""
        print(output, file=self._ask, flush=True)
        pid = int(self._answer.readline())
        if delay is not None and not select.select([self._answer], [], [], delay)[0]:
            with suppress(ProcessLookupError):  # it ended in this very moment
                os.kill(pid, signal.SIGKILL)
        status = int(self._answer.readline())
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return _under_way(output)
        if status:
            raise RuntimeError(f"a run failed by itself with status {status}")
        return None

    def close(self) -> None:
        """End the process that the runs are forked from."""
        self._ask.close()
        self._parent.wait()
        self._answer.close()


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
    parser.add_argument("--workers", type=int, default=1, help="processes of each run; the one that began it is killed")
    options = parser.parse_args(arguments)
    print("| measure | figure |\n|---|---|")
    rows = measure(options.runs, options.seed, options.articles, options.workers)
    for name, figure in rows:
        print(f"| {name} | {figure} |", flush=True)
    return 0 if rows[1][1] == rows[2][1] == "0 / 0" else 1


def _be_the_parent(source: str, config: str) -> None:
    """Import, say so, and fork a run into every folder that is named on standard input."""
    from pipeline.config import load_config
    from pipeline.facts.korean_names import korean_tokens
    from pipeline.runner import STAGES, load_stage, run

    for stage in STAGES:
        load_stage(stage)
    korean_tokens("안녕")  # seconds to load
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                run(load_config(config), source, Path(line.strip()))
                code = 0
            except Exception:  # noqa: BLE001 - whatever it is, the one who asked must know
                traceback.print_exc()
            finally:
                os._exit(code)
        print(pid, flush=True)
        print(os.waitpid(pid, 0)[1], flush=True)


if __name__ == "__main__":
    _be_the_parent(*sys.argv[1:])
