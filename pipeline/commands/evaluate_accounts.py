"""concord eval consistency, perturbation: measure the comparison of accounts."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from pipeline.commands.common import ConfigOption, JsonOption, PairOption, errors, print_result, split_pair
from pipeline.commands.evaluate import eval_app

__all__ = ["eval_consistency", "eval_perturbation"]


@eval_app.command("consistency")
def eval_consistency(
    folder: Annotated[Path, typer.Argument(help="Newsroom folder: articles/, meta.jsonl and gold.json.")],
    events: Annotated[
        Path | None, typer.Option(help="JSON file {event: [article names]}; without it the events of the gold.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the translations that are altered to measure artefacts.")] = 7,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the conflicts found between accounts, and equivalent statements called conflicts."""
    from pipeline.config import load_config
    from pipeline.engines.workshop import Workshop
    from pipeline.evaluation.consistency import evaluate_consistency, read_events
    from pipeline.evaluation.newsroom import read_newsroom

    with errors(), TemporaryDirectory() as scratch:
        settings = load_config(config)
        workshop = Workshop.of(settings, None, Path(scratch))
        newsroom = read_newsroom(folder, settings, workshop)
        result = evaluate_consistency(
            newsroom,
            workshop.encoder(),
            read_events(events) if events else None,
            min_probability=settings.score.min_probability,
            seed=seed,
        )
    print_result(result, as_json)


@eval_app.command("perturbation")
def eval_perturbation(
    folder: Annotated[Path, typer.Argument(help="Folder of <language>.txt, line-aligned, and docids.txt.")],
    pair: PairOption = "fr-en",
    seed: Annotated[int, typer.Option(help="Seed of the random alterations.")] = 7,
    documents: Annotated[int | None, typer.Option(help="Use only the first N documents.", min=1)] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure false conflicts between translations of one text, and facts altered at random that are found."""
    from pipeline.config import load_config
    from pipeline.engines.workshop import Workshop
    from pipeline.evaluation.perturbation import evaluate_perturbation

    with errors(), TemporaryDirectory() as scratch:
        settings = load_config(config)
        split_pair(pair)
        encoder = Workshop.of(settings, None, Path(scratch)).encoder()
        result = evaluate_perturbation(
            folder, pair, encoder, seed=seed, min_probability=settings.score.min_probability, documents=documents
        )
    print_result(result, as_json)
