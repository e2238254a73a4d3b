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


@eval_app.command("qe")
def eval_qe(
    folder: Annotated[Path, typer.Argument(help="Folder of <language>.txt and systems/<pair>.<system>.txt, aligned.")],
    pair: Annotated[str, typer.Option(help="Language pair, such as ko-en.")],
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Also fit anew on half of the lines and measure on the other half.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the quality estimate: does it rank outputs as chrF++ does, and are broken translations seen?"""
    from pipeline.config import load_config
    from pipeline.engines.registry import load_registry
    from pipeline.engines.workshop import Workshop
    from pipeline.evaluation.qe import evaluate_qe

    with errors():
        workshop = Workshop(load_config(config), load_registry(), Path())
        result = evaluate_qe(folder, pair, workshop.encoder(), held_out)
    print_result(result, as_json)
