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
