"""Run all stages on corpora of growing size, without a translation model: time, memory and growth of each stage.

python -m benchmarks scale --articles N [--articles M ...] [--until STAGE] [--executor local|ray|lossy] [--workers N]
                           [--sentences N] [--results F] [--plot F] [--bars F] [--keep FOLDER] [--same-as FOLDER]

``lossy`` is a Ray cluster of two machines, nodes on this one, of which one is killed in the middle of each stage that
is spread. The articles are those of :mod:`benchmarks.newswire`; the encoder is the real one. Each stage of each size
runs in a process of its own, because what the system tells of a process's memory is its peak since it began. ``--keep``
leaves input and output of each size in a folder, so that another run of this command goes on from the stages there.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import Row, timed
from benchmarks.growth_plot import stages_plot
from benchmarks.losing import Losing, two_nodes
from benchmarks.newswire import Newswire
from benchmarks.settings_plot import settings_plot
from pipeline.digests import file_sha256

__all__ = ["main", "measure"]

SIZES = (500, 2_000)
STAGES = ("ingest", "detect", "translate", "align", "score", "report")
Result = dict[str, Any]
_KEY = re.compile(r"(stages/\w+)-\w+")


def measure() -> list[Row]:
    """Measure the smallest size, for ``make bench``."""
    with tempfile.TemporaryDirectory() as folder:
        return _rows(_corpus(SIZES[0], Path(folder), STAGES, ("local", 1)))


def main(arguments: list[str]) -> int:
    """Run the sizes asked for, print them, and the exponents between one size and the next."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks scale")
    parser.add_argument("--articles", type=int, action="append", help="size of a corpus; may be repeated")
    parser.add_argument("--until", choices=STAGES, default=STAGES[-1], help="last stage to run")
    parser.add_argument("--executor", choices=("local", "ray", "lossy"), default="local")
    parser.add_argument("--workers", type=int, default=1, help="processes or actors")
    parser.add_argument("--sentences", type=int, help="most sentences of an article; all by default: six on average")
    parser.add_argument("--results", type=Path, help="JSON file that results are kept in")
    parser.add_argument("--plot", type=Path, help="SVG file for the growth of these sizes")
    parser.add_argument("--bars", type=Path, help="SVG file for the largest size in all settings that --results holds")
    parser.add_argument("--keep", type=Path, help="folder to keep input and output in, one subfolder a size")
    parser.add_argument("--same-as", type=Path, help="folder that --keep left: compare the tables with those there")
    parser.add_argument("--one", nargs=2, metavar=("STAGE", "FOLDER"), help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.one:
        print(json.dumps(_one(asked.one[0], Path(asked.one[1]), asked.executor, asked.workers)))
        return 0
    stages = STAGES[: STAGES.index(asked.until) + 1]
    found: list[Result] = json.loads(asked.results.read_text()) if asked.results and asked.results.exists() else []
    made: list[Result] = []
    print("| measure | figure |\n|---|---|")
    for size in sorted(asked.articles or SIZES):
        with tempfile.TemporaryDirectory() as temporary:
            name = str(size) if asked.sentences is None else f"{size}-{asked.sentences}"  # another corpus
            folder = asked.keep / name if asked.keep else Path(temporary)
            result = _corpus(size, folder, stages, (asked.executor, asked.workers), asked.sentences)
            same = [] if asked.same_as is None else _compared(folder / "out", asked.same_as / name / "out")
        _print(_rows(result) + same)
        if made:
            _print(_growth(made[-1], result))
        made.append(result)
        if asked.results:
            found = [r for r in found if _setting(r) != _setting(result)] + [result]
            asked.results.write_text(json.dumps(sorted(found, key=_setting), indent=1) + "\n")
    if asked.bars:
        known = sorted(found if asked.results else made, key=_setting)
        settings = [r for r in known if _setting(r)[:2] == _setting(made[-1])[:2]]  # of the same corpus
        asked.bars.write_text(settings_plot(settings), encoding="utf-8")
    if asked.plot:
        asked.plot.write_text(stages_plot(made), encoding="utf-8")
    return 0


def _setting(result: Result) -> tuple[int, int, str, int]:
    return result["articles"], result.get("sentences") or 0, result["executor"], result["workers"]


def _print(rows: Sequence[Row]) -> None:
    for name, figure in rows:
        print(f"| {name} | {figure} |", flush=True)


def _rows(result: Result) -> list[Row]:
    n = result["articles"]
    rows = []
    for stage, r in result["stages"].items():
        workers = f", a worker {r['worker_mb']:.0f} MB" if r["worker_mb"] else ""
        reused = " (reused: memory of checking it)" if r["reused"] else ""
        cpu = "" if r["reused"] else f" ({r['cpu']:.1f} s of CPU)"
        figure = f"{r['seconds']:.1f} s{cpu}, {1000 * r['seconds'] / n:.2f} ms an article, peak {r['peak_mb']:.0f} MB"
        if r.get("lost"):
            figure += f", a machine killed after {r['lost']:,} items"
        rows.append((f"{stage}, {n:,} articles", figure + workers + reused))
    total = sum(r["seconds"] for r in result["stages"].values())
    rows.append((f"all, {n:,} articles", f"{total:.1f} s, {result['output_mb']:.0f} MB of output on disk"))
    return rows


def _compared(ours: Path, theirs: Path) -> list[Row]:
    """Count the tables, and the files that people read, of which both outputs have the same bytes."""
    rows = []
    for what, *patterns in (
        ("tables of the stages", "stages/*/*.parquet"),
        ("files of data/ and exports/", "data/*", "exports/**/*"),
        ("pages", "**/*.html", "**/*.md"),
    ):
        a, b = (_hashes(folder, patterns) for folder in (ours, theirs))
        differing = sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))
        shown = f": {', '.join(differing[:5])}" if differing else ""
        rows.append((f"{what} that differ", f"{len(differing)} of {len(b):,}{shown}"))
    return rows


def _hashes(folder: Path, patterns: Sequence[str]) -> dict[str, str]:
    """Hash files by their place, without the key of a stage; working folders are left out."""
    found = (path for pattern in patterns for path in folder.glob(pattern) if path.is_file())
    shown = (path for path in found if not path.parent.name.startswith("."))
    return {_KEY.sub(r"\1", str(path.relative_to(folder))): file_sha256(path) for path in shown}


def _growth(small: Result, large: Result) -> list[Row]:
    """Give for each stage the exponent of its time between two sizes (1: in proportion) and its memory per article."""
    rows = []
    times = large["articles"] / small["articles"]
    for stage in small["stages"]:
        a, b = small["stages"][stage], large["stages"][stage]
        spent = "seconds" if a["reused"] or b["reused"] or large["executor"] != "local" else "cpu"
        if times > 1:
            exponent = math.log(b[spent] / a[spent]) / math.log(times)
            kilobytes = 1024 * (b["peak_mb"] - a["peak_mb"]) / (large["articles"] - small["articles"])
            name = f"{stage}, {small['articles']:,} to {large['articles']:,}"
            rows.append((name, f"exponent {exponent:.2f}, {kilobytes:.1f} kB of memory an article"))
    return rows


def _corpus(
    size: int, folder: Path, stages: Sequence[str], where: tuple[str, int], sentences: int | None = None
) -> Result:
    """Run the stages on a corpus one after the other; earlier ones are found done."""
    if not (folder / "in").exists():
        seconds, _ = timed(lambda: Newswire(size, most=sentences).write(folder / "in"))
        print(f"{size:,} articles written in {seconds:.0f} s", file=sys.stderr)
    executor, workers = where
    measured = {stage: _apart(stage, folder, executor, workers) for stage in stages}
    output = sum(f.stat().st_size for f in (folder / "out").rglob("*") if f.is_file()) / (1 << 20)
    return {
        "articles": size,
        "sentences": sentences,
        "executor": executor,
        "workers": workers,
        "stages": measured,
        "output_mb": round(output, 1),
    }


def _apart(stage: str, folder: Path, executor: str, workers: int) -> Result:
    options = ["--executor", executor, "--workers", str(workers)]
    command = [sys.executable, "-m", "benchmarks", "scale", "--one", stage, str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    result: Result = json.loads(done.stdout.splitlines()[-1])
    return result


def _one(stage: str, folder: Path, executor: str, workers: int) -> Result:
    """Run until a stage and give what the last one took; of a stage found done, what its manifest says."""
    from pipeline.config import Config
    from pipeline.runner import run

    runtime = {"executor": "local" if executor == "local" else "ray", "workers": workers}
    config = Config.model_validate({"translate": {"engine": "fake"}, "runtime": runtime})
    begun, lost = _cpu(), None
    if executor == "lossy" and stage != "report":  # which is made on this machine
        with two_nodes() as cluster:
            losing = Losing(cluster, stage)
            last = run(config, str(folder / "in"), folder / "out", until=stage, progress=losing)[-1]
        lost = losing.lost
    else:
        last = run(config, str(folder / "in"), folder / "out", until=stage)[-1]
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "seconds": last.manifest.seconds if last.status == "reused" else last.seconds,
        "cpu": round(_cpu() - begun, 3),
        "peak_mb": round(own / unit, 1),
        "worker_mb": round(children / unit, 1) if workers > 1 else None,
        "reused": last.status == "reused",
        "lost": lost,
    }


def _cpu() -> float:
    """Return the processor time of this process and of its children that have ended; actors of Ray are not children."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
