"""concord review: bring reviewers' decisions into a run, list them, turn them into calibration data."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.common import RUN_FOLDER, ConfigOption, JsonOption, OutputOption, errors, print_result

if TYPE_CHECKING:
    from pipeline.reviews.importing import Taken
    from pipeline.reviews.model import Decision

__all__ = ["review_app"]

review_app = typer.Typer(
    no_args_is_help=True, help="Bring reviewers' decisions into a run; the next 'concord run' honours them."
)
_SHOWN = 10


class KindChoice(Enum):
    """Name what a decision is about."""

    translation = "translation"
    bead = "bead"
    membership = "membership"
    finding = "finding"


@review_app.command("import")
def review_import(
    file: Annotated[Path, typer.Argument(help="reviews.jsonl, as the report exports it.")],
    *,
    output: OutputOption = RUN_FOLDER,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Merge decisions into a run. Corrections and accepted translations enter its translation memory.

    A line that holds no decision is named, and the rest is taken. Of several decisions on one thing the last counts.
    """
    from pipeline.config import load_config
    from pipeline.engines.workshop import Workshop
    from pipeline.reviews.book import reviews_path
    from pipeline.reviews.importing import import_reviews

    with errors():
        settings = load_config(config)
        memory = Workshop.of(settings, None, output).memory()
        into = reviews_path(settings.reviews, output)
        done = import_reviews(file, into, memory)
    if as_json:
        print_result({"into": str(into), **asdict(done)}, True)
    else:
        _print_taken(done, file, into, memory is not None)
    if done.bad and not done.read:
        raise typer.Exit(1)


def _print_taken(done: Taken, file: Path, into: Path, has_memory: bool) -> None:
    print(
        f"Read {done.read:,} decisions of {file}: {done.new:,} new, {done.changed:,} changed, {done.same:,} as they "
        f"were, {done.outdated:,} overruled by later ones."
    )
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in done.by_kind.items())
    print(f"  In force in {into}: {done.total:,}{f' ({kinds})' if kinds else ''}.")
    if has_memory:
        print(f"  Translation memory: {done.remembered:,} taken in, {done.forgotten:,} taken out.")
    else:
        print("  The translation memory is switched off: corrections are kept but not applied.")
    for bad in done.bad[:_SHOWN]:
        print(f"  {bad.file}, line {bad.line}: {bad.problem}")
    if len(done.bad) > _SHOWN:
        print(f"  and {len(done.bad) - _SHOWN:,} more lines that hold no decision")
    print("Run the same 'concord run' again to have them honoured.")


@review_app.command("list")
def review_list(
    *,
    output: OutputOption = RUN_FOLDER,
    config: ConfigOption = None,
    kind: Annotated[KindChoice | None, typer.Option(help="Only decisions about this.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the decisions that the next run honours, the newest first."""
    from pipeline.config import load_config
    from pipeline.reviews.book import load_reviews
    from pipeline.reviews.files import as_line

    with errors():
        reviews = load_reviews(load_config(config).reviews, output)
        found = [d for d in reviews.decisions.values() if kind is None or d.kind == kind.value]
    found.sort(key=lambda d: (d.time, d.subject.key), reverse=True)
    if as_json:
        print(json.dumps([json.loads(as_line(d)) for d in found], ensure_ascii=False, indent=2))
        return
    for decision in found:
        print(f"{decision.time[:16].replace('T', ' ')}  {decision.kind:<11} {decision.verdict:<8} {_about(decision)}")
        if decision.note:
            print(f"{'':<18}note: {_short(decision.note)}")
    print(f"{len(found):,} decisions in force.")


def _about(decision: Decision) -> str:
    about: Any = decision.subject
    if decision.kind == "translation":
        words = f"{about.pair}: {_short(about.source)}"
        return f"{words} -> {_short(decision.correction)}" if decision.correction else words
    if decision.kind == "bead":
        return f"{', '.join(about.segments_a)} with {', '.join(about.segments_b)}"
    if decision.kind == "membership":
        return f"{about.article_id} with {', '.join(about.others)}"
    second = f" with {_short(about.b.surface)}" if about.b else ""
    return f"{about.verdict} of {about.kind}: {_short(about.a.surface)}{second}"


def _short(text: str, most: int = 60) -> str:
    from pipeline.reporting.words import visible

    line = visible(" ".join(text.split()))
    return line if len(line) <= most else line[: most - 1] + "…"


@review_app.command("calibration")
def review_calibration(
    file: Annotated[Path | None, typer.Argument(help="File to write; without it <output>/calibration.jsonl.")] = None,
    *,
    output: OutputOption = RUN_FOLDER,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write findings with what reviewers said of them, one JSON object a line, to calibrate the comparison with."""
    from pipeline.config import load_config
    from pipeline.records import Bead, Finding, Segment
    from pipeline.reporting.tables import read_table
    from pipeline.reviews.book import load_reviews
    from pipeline.reviews.calibration import calibration_rows
    from pipeline.store import write_atomic

    with errors():
        reviews = load_reviews(load_config(config).reviews, output)
        done = calibration_rows(
            reviews,
            read_table(output, "findings", Finding),
            read_table(output, "segments", Segment),
            read_table(output, "beads", Bead),
        )
        target = file or output / "calibration.jsonl"
        lines = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in done.rows)
        write_atomic(target, lines.encode())
    if as_json:
        print_result({"file": str(target), "rows": len(done.rows), "unmatched": done.unmatched}, True)
        return
    print(f"Wrote {len(done.rows):,} findings with their verdicts to {target}.")
    if done.unmatched:
        print(f"  {done.unmatched:,} more verdicts are about findings that this run does not make.")
