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


@eval_app.command("check")
def eval_check(
    folder: Annotated[
        Path, typer.Argument(help="Folder with human translations, one sentence per line in <language>.txt.")
    ],
    pair: Annotated[str, typer.Option("--pair", help="Languages of source and target, such as ko-en.")],
    seed: Annotated[int, typer.Option(help="Seed of the random alterations.")] = 7,
    as_json: JsonOption = False,
) -> None:
    """Measure the fidelity check: what it flags in human translations, and what it finds of altered facts."""
    from pipeline.evaluation import evaluate_check

    with errors():
        result = evaluate_check(folder, pair, seed)
    print_result(result, as_json)
