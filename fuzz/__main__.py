"""Fuzz targets: python -m fuzz [TARGET ...] --runs N; prints a Markdown row for each.

The first executions are guided by coverage and gather inputs that reach different code; the others change these inputs
blindly, at any length and without the cost of guidance.

Needs atheris (pip install atheris; Linux, Python 3.11 to 3.13). What fails is written to --found; a failure that has
been mended belongs into fuzz/crashers/TARGET/, which a test replays.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from fuzz.corpus import dictionary, starting_inputs

LONGEST_SECONDS = 5
_LONGEST_BYTES = {"facts": 512, "check": 512, "text": 1024}  # by what stands before a hyphen; sentences are shorter
_LONGEST_FILE = 2048


@dataclass(frozen=True, slots=True)
class Limits:
    """Say how often and how long a target is executed; zero seconds are no limit."""

    runs: int
    guided: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Count what a target went through."""

    target: str
    runs: int
    guided: int
    seconds: float
    failures: int
    hangs: int

    def row(self) -> str:
        """Return a row of the table."""
        rate = self.runs / self.seconds if self.seconds else 0
        return f"| {self.target} | {self.runs:,} | {self.guided:,} | {rate:,.0f} | {self.failures} | {self.hangs} |"


def main() -> int:
    """Fuzz; exit with 1 where anything failed."""
    names = sorted(_names())
    parser = argparse.ArgumentParser(description="Fuzz what reads foreign input.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(names)}; none: all")
    parser.add_argument("--runs", type=int, default=100_000, help="executions of each target")
    parser.add_argument("--guided", type=int, default=100_000, help="so many of them by coverage, the others blindly")
    parser.add_argument("--seconds", type=int, default=0, help="most seconds for each target; 0: no limit")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--found", type=Path, default=Path("fuzz-found"), help="folder for inputs that fail")
    options = parser.parse_args()
    if unknown := sorted(set(options.targets) - set(names)):
        parser.error(f"unknown target {unknown[0]}; there are: {', '.join(names)}")
    options.found.mkdir(parents=True, exist_ok=True)
    print("| target | executions | guided | a second | failures | hangs |\n|---|---|---|---|---|---|", flush=True)
    failed = 0
    for name in options.targets or names:
        outcome = fuzz(name, Limits(options.runs, options.guided, options.seconds), options.seed, options.found)
        failed += outcome.failures + outcome.hangs
        print(outcome.row(), flush=True)
    return int(failed > 0)


def _names() -> list[str]:
    from fuzz.targets import make_targets

    return list(make_targets())


def fuzz(name: str, limits: Limits, seed: int, found: Path) -> Outcome:
    """Run workers, one after the other where one ends early, until the target has had its runs."""
    runs, guided, seconds = limits.runs, limits.guided, limits.seconds
    begun, done, failures, hangs, starts = time.monotonic(), 0, set[str](), 0, 0
    with tempfile.TemporaryDirectory(prefix="concord-corpus-") as folder:
        corpus, words = Path(folder) / "corpus", Path(folder) / "words"
        corpus.mkdir()
        words.write_text(dictionary(), encoding="ascii")
        for number, data in enumerate(starting_inputs(name)):
            (corpus / f"start{number}").write_bytes(data)
        while done < runs and (not seconds or time.monotonic() - begun < seconds) and starts < 50:
            leading = done < guided
            ahead = min(runs, guided) if leading else runs
            left = max(1, int(seconds - (time.monotonic() - begun))) if seconds else 0
            longest = _LONGEST_BYTES.get(name.partition("-")[0], _LONGEST_FILE)
            flags = [
                *(f"-runs={ahead - done}", f"-max_total_time={left}", f"-seed={seed + starts}"),
                *(f"-timeout={LONGEST_SECONDS}", f"-max_len={longest}", f"-dict={words}", "-print_final_stats=1"),
                *("-rss_limit_mb=4096", f"-artifact_prefix={found}/{name}-"),
                *(() if leading else ("-keep_seed=1", "-len_control=0")),  # nothing is new without coverage
            ]
            mode = "guided" if leading else "blind"
            command = [sys.executable, "-m", "fuzz.worker", name, str(found), mode, *flags, str(corpus)]
            result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
            starts += 1
            executed = re.findall(r"stat::number_of_executed_units:\s*(\d+)", result.stderr)
            done += int(executed[-1]) if executed else 0
            failures |= set(re.findall(r"^FOUND (.*)$", result.stderr, re.MULTILINE))
            hangs += result.stderr.count("ERROR: libFuzzer: timeout")
            if result.returncode and "libFuzzer: timeout" not in result.stderr:
                failures.add(f"{name}: the process ended with {result.returncode}")
                print(result.stderr[-3000:], file=sys.stderr)
                if not executed:
                    break
    for failure in sorted(failures):
        print(failure, file=sys.stderr, flush=True)
    return Outcome(name, done, min(done, guided), time.monotonic() - begun, len(failures), hangs)


if __name__ == "__main__":
    sys.exit(main())
