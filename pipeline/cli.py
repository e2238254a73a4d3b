"""The command line: the only place that prints for people and that exits."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.errors import ConcordError

if TYPE_CHECKING:
    from pipeline.engines.registry import Registry

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
models_app = typer.Typer(no_args_is_help=True, help="List, fetch and verify the models.")
eval_app = typer.Typer(no_args_is_help=True, help="Measure the quality of one part on a folder of test data.")
app.add_typer(models_app, name="models")
app.add_typer(eval_app, name="eval")


class Until(Enum):
    """Name the stages at which a run can stop."""

    ingest = "ingest"
    detect = "detect"
    translate = "translate"
    align = "align"
    score = "score"
    report = "report"


ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="YAML configuration; without it the defaults apply.")
]
InputOption = Annotated[
    str, typer.Option("--input", "-i", help="File or folder of articles, or hf://owner/name[:split].")
]
OutputOption = Annotated[Path, typer.Option("--output", "-o", help="Folder of this run; made if it does not exist.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.command("run")
def run_command(
    source: InputOption = "seeds",
    output: OutputOption = Path("outputs/seeds"),
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

    with _errors():
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
    output: OutputOption = Path("outputs/seeds"),
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show each stage's key and whether its result would be reused. Changes nothing."""
    from dataclasses import asdict

    from pipeline.config import load_config
    from pipeline.runner import status as run_status

    with _errors():
        states = run_status(load_config(config), source, output)
    if as_json:
        print(json.dumps([asdict(state) for state in states], indent=2))
        return
    for state in states:
        mark = "reuse" if state.reusable else "run"
        print(f"{state.stage:<10} {state.key or '-':<17} {mark:<6} {state.reason}")


@app.command("config")
def config_command(
    config: ConfigOption = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of the configuration.")] = False,
) -> None:
    """Check a configuration and print it with all defaults, or print the JSON Schema."""
    from pipeline.config import json_schema, load_config

    with _errors():
        data = json_schema() if schema else load_config(config).model_dump(mode="json")
    if schema:
        print(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        import yaml

        print(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), end="")


# --- models -----------------------------------------------------------------------------------------------------------


@models_app.command("list")
def models_list(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the known models: what they translate, their licence, published quality, and whether they are on disk."""
    with _errors():
        registry = _registry(config)
        rows = [_model_row(registry, entry) for entry in registry.entries]
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['name']}  [{'on disk' if row['on_disk'] else 'not on disk'}]")
        print(f"    {row['kind']}, {row['pairs']}, {row['licence']}. {row['description']}")
        print(f"    quality: {row['quality']} ({row['evidence']})")


def _model_row(registry: Registry, entry: Any) -> dict[str, Any]:
    quality = "; ".join(f"{pair} " + " ".join(f"{k} {v}" for k, v in m.items()) for pair, m in entry.quality.items())
    return {
        "name": entry.name,
        "kind": entry.kind,
        "pairs": "any pair" if entry.pairs is None else ", ".join(entry.pairs),
        "licence": entry.licence,
        "description": entry.description,
        "quality": quality or "unknown",
        "evidence": entry.evidence or "no published figure",
        "on_disk": registry.on_disk(entry),
        "path": str(registry.path(entry)),
    }


@models_app.command("fetch")
def models_fetch(
    name: Annotated[str | None, typer.Argument(help="Model to fetch; without a name the embedded default.")] = None,
    config: ConfigOption = None,
    quiet: Annotated[bool, typer.Option("--quiet-if-present", help="Say nothing when it is there already.")] = False,
) -> None:
    """Bring a model onto the disk and compare every byte with the registry; repair it if it is damaged."""
    from pipeline.engines.fetch import fetch_model

    with _errors():
        registry = _registry(config)
        entry = registry.get(name) if name else registry.default
        present = registry.on_disk(entry)
        path = fetch_model(registry, entry, _byte_report())
    if not (quiet and present):
        print(f"{entry.name} is on disk ({entry.licence}): {path}")


@models_app.command("verify")
def models_verify(
    name: Annotated[str | None, typer.Argument(help="Model to verify; without a name all that are on disk.")] = None,
    config: ConfigOption = None,
) -> None:
    """Compare models on disk with the registry, byte by byte."""
    failed = False
    with _errors():
        registry = _registry(config)
        entries = [registry.get(name)] if name else [e for e in registry.entries if registry.path(e).exists()]
        for entry in entries:
            try:
                registry.verify(entry, _byte_report())
                print(f"{entry.name}: sound")
            except ConcordError as error:
                failed = True
                print(f"{entry.name}: {error}", file=sys.stderr)
    if not entries:
        print("No model is on disk. Run: concord models fetch")
    if failed:
        raise typer.Exit(1)


def _registry(config: Path | None) -> Registry:
    from pipeline.config import load_config
    from pipeline.engines.registry import load_registry

    return load_registry(load_config(config).models)


def _byte_report() -> Callable[[str, int, int], None]:
    """Show bytes done on one line that renews itself in a terminal, and every tenth in a log."""
    from pipeline.progress import ByteProgress

    return ByteProgress(sys.stderr)


# --- eval -------------------------------------------------------------------------------------------------------------


@eval_app.command("langid")
def eval_langid(
    folder: Annotated[Path, typer.Argument(help="Folder with one sentence per line in fr.txt, ko.txt, en.txt.")],
    words: Annotated[int | None, typer.Option(help="Use only the first N words of each sentence.", min=1)] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure language identification at sentence level, among the configured languages."""
    from pipeline.config import load_config
    from pipeline.evaluation import evaluate_langid

    with _errors():
        result = evaluate_langid(folder, load_config(config).languages, words)
    _print_result(result, as_json)


def _print_result(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
        return
    for name, value in result.items():
        print(f"{name}: {json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value}")


# --- errors -----------------------------------------------------------------------------------------------------------


@contextmanager
def _errors() -> Iterator[None]:
    """Turn errors into a message and an exit code; a person never sees a traceback for what they can mend."""
    try:
        yield
    except ConcordError as error:
        print(f"concord: {error}", file=sys.stderr)
        raise typer.Exit(error.exit_code) from error
    except KeyboardInterrupt as error:
        print("concord: stopped. What was finished is kept; run the same command to go on.", file=sys.stderr)
        raise typer.Exit(130) from error
    except BrokenPipeError as error:
        raise typer.Exit(0) from error
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if os.environ.get("CONCORD_DEBUG"):
            raise
        print(f"concord: unexpected {type(error).__name__}: {error}", file=sys.stderr)
        print(
            "  This is a defect: please report it with the output of the same command under CONCORD_DEBUG=1.",
            file=sys.stderr,
        )
        raise typer.Exit(70) from error


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
