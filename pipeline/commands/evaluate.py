"""concord eval: measure the quality of one part on a folder of test data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.common import ConfigOption, JsonOption, errors, print_result

__all__ = ["eval_app"]

eval_app = typer.Typer(no_args_is_help=True, help="Measure the quality of one part on a folder of test data.")


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

    with errors():
        result = evaluate_langid(folder, load_config(config).languages, words)
    print_result(result, as_json)


@eval_app.command("rendering")
def eval_rendering(
    folder: Annotated[
        Path, typer.Argument(help="Folder with human translations, one sentence per line in <language>.txt.")
    ],
    pair: Annotated[str, typer.Option("--pair", help="Languages of source and target, such as ko-en.")],
    seed: Annotated[int, typer.Option(help="Seed of the digits altered for repair.")] = 7,
    as_json: JsonOption = False,
) -> None:
    """Measure how facts are rendered in the target language, and how altered ones are repaired."""
    from pipeline.evaluation.rendering import evaluate_rendering

    with errors():
        result = evaluate_rendering(folder, pair, seed)
    print_result(result, as_json)
