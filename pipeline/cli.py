"""The command line: the only place that prints for people and that exits."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.commands import evaluate_accounts as _evaluate_accounts  # noqa: F401 - adds its commands
from pipeline.commands.align import align_command
from pipeline.commands.check import check_command
from pipeline.commands.clean import clean_command
from pipeline.commands.common import RUN_FOLDER, ConfigOption, InputOption, JsonOption, OutputOption, errors
from pipeline.commands.compare import compare_command
from pipeline.commands.diff import diff_command
from pipeline.commands.evaluate import eval_app
from pipeline.commands.glossary import glossary_app
from pipeline.commands.memory import memory_app
from pipeline.commands.models import models_app
from pipeline.commands.review import review_app
from pipeline.commands.schema import schema_command
from pipeline.commands.serve import serve_command
from pipeline.commands.train import train_app

__all__ = ["app", "main"]

app = typer.Typer(
    name="concord",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="One event, many languages: do the accounts agree?\n\nTranslates, aligns and compares news articles, and "
    "writes a folder that people review. Start with 'concord run', then open index.html in the output folder.",
)
app.add_typer(models_app, name="models")
app.add_typer(memory_app, name="memory")
app.add_typer(glossary_app, name="glossary")
app.add_typer(eval_app, name="eval")
app.add_typer(train_app, name="train")
app.add_typer(review_app, name="review")
app.command("align")(align_command)
app.command("check")(check_command)
app.command("clean")(clean_command)
app.command("compare")(compare_command)
app.command("diff")(diff_command)
app.command("schema")(schema_command)
app.command("serve")(serve_command)


class Until(Enum):
    """Name the stages at which a run can stop."""

    ingest = "ingest"
    detect = "detect"
    translate = "translate"
    align = "align"
    score = "score"
    report = "report"


@app.command("run")
def run_command(
    source: InputOption = "seeds",
    output: OutputOption = RUN_FOLDER,
    config: ConfigOption = None,
    until: Annotated[Until, typer.Option(help="Last stage to run.")] = Until.report,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Run the pipeline: ingest, detect, translate, align, score, report.

    Stages whose result is on disk and still right are skipped. A run that was killed goes on where it stopped.
    """
    from pipeline.config import load_config
    from pipeline.progress import console_progress
    from pipeline.runner import run

    with errors():
        settings = load_config(config)
        with console_progress(quiet) as progress:
            results = run(settings, source, output, until=until.value, progress=progress)
        if not quiet:
            _print_results(results, output, until)


def _print_results(results: list[Any], output: Path, until: Until) -> None:
    from pipeline.progress import duration

    for result in results:
        counts = ", ".join(f"{c['out']} {unit}" for unit, c in result.manifest.counts.items())
        dropped = sum(c["rejected"] for c in result.manifest.counts.values())
        took = "up to date" if result.status == "reused" else duration(result.seconds)
        print(f"{result.stage:<10} {took:>10}  {counts}" + (f"; {dropped} dropped" if dropped else ""))
    if all(result.status == "reused" for result in results):
        print("All is up to date.")
    if until is Until.report:
        print(f"Open {output / 'index.html'} in a browser, or read {output / 'summary.md'}.")


@app.command()
def status(
    source: InputOption = "seeds",
    output: OutputOption = RUN_FOLDER,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    watching: Annotated[
        bool, typer.Option("--watch", "-w", help="Follow a run that is going on in another terminal, until it is over.")
    ] = False,
) -> None:
    """Show each stage's key and whether its result would be reused. Changes nothing."""
    from dataclasses import asdict

    if watching:
        _watch(output, as_json)
        return

    from pipeline.config import load_config
    from pipeline.runner import status as run_status

    with errors():
        states = run_status(load_config(config), source, output)
    if as_json:
        print(json.dumps([asdict(state) for state in states], indent=2))
        return
    for state in states:
        mark = "reuse" if state.reusable else "run"
        print(f"{state.stage:<10} {state.key or '-':<17} {mark:<6} {state.reason}")


def _watch(output: Path, as_json: bool) -> None:
    from dataclasses import asdict

    from pipeline.progress import duration
    from pipeline.watching import watch

    now = None
    for now in watch(output):
        if as_json:
            print(json.dumps(asdict(now)), flush=True)
            continue
        of = f" of {now.total:,}" if now.total is not None else ""
        rate = now.per_second
        left = f", about {duration((now.total - now.done) / rate)} left" if rate and now.total is not None else ""
        pace = f", {rate:.2g}/s{left}" if rate and now.state == "running" else ""
        print(f"{now.state:<8} {now.stage:<10} {now.done:,}{of} {now.unit}{pace}", flush=True)
    if now is None:
        print(f"No run has written to {output} yet.")
    elif now.state == "stopped":
        print("The process is gone. Run the same command again: it goes on where it stopped.")


@app.command("config")
def config_command(
    config: ConfigOption = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of the configuration.")] = False,
) -> None:
    """Check a configuration and print it with all defaults, or print the JSON Schema."""
    from pipeline.config import json_schema, load_config

    with errors():
        data = json_schema() if schema else load_config(config).model_dump(mode="json")
    if schema:
        print(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        import yaml

        print(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), end="")


def version_callback(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        from pipeline import __version__

        print(f"concord {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=version_callback, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """One event, many languages: do the accounts agree?"""


def main() -> None:
    """Run the command line."""
    app()
