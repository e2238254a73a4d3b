"""concord eval: measure the quality of one part on a folder of test data."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from pipeline.commands.common import (
    ConfigOption,
    JsonOption,
    PairOption,
    errors,
    print_result,
    split_pair,
    with_engine,
    without_care,
)

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


@eval_app.command("translate")
def eval_translate(
    folder: Annotated[Path, typer.Argument(help="Folder with one sentence per line in <language>.txt.")],
    pair: PairOption = "ko-en",
    engine: Annotated[str | None, typer.Option(help="auto, gguf, ctranslate, transformers or fake.")] = None,
    limit: Annotated[int | None, typer.Option(help="Use only the first N lines.", min=1)] = None,
    first_answer: Annotated[
        bool, typer.Option("--first-answer", help="Take what the engine says first: nothing pinned, retried or mended.")
    ] = False,
    keep: Annotated[Path | None, typer.Option(help="Write the translations to this file, a line each.")] = None,
    memory: Annotated[
        Path | None, typer.Option(help="Keep translations in this memory, and go on from there; times then mislead.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Translate a test set and measure BLEU, chrF, and the numbers, dates and names that come through."""
    from pipeline.config import load_config
    from pipeline.engines.memory import TranslationMemory
    from pipeline.engines.workshop import Workshop
    from pipeline.evaluation.translate import evaluate_translation
    from pipeline.progress import console_progress

    with errors():
        settings = load_config(config)
        source, target = split_pair(pair)
        if engine is not None:
            settings = with_engine(settings, engine)
        if first_answer:
            settings = without_care(settings)
        with console_progress(quiet=False) as progress, TemporaryDirectory() as scratch:
            workshop = Workshop.of(settings, None, Path(scratch))
            plan = workshop.plan(source, target)
            progress.start("translate", limit, "lines")
            result = evaluate_translation(
                folder,
                source,
                target,
                plan,
                limit=limit,
                keep=keep,
                memory=TranslationMemory(memory) if memory else None,
                advance=progress.advance,
            )
    print_result(result, as_json)


@eval_app.command("qe")
def eval_qe(
    folder: Annotated[Path, typer.Argument(help="Folder of <language>.txt and systems/<pair>.<system>.txt, aligned.")],
    pair: PairOption = "ko-en",
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


@eval_app.command("rendering")
def eval_rendering(
    folder: Annotated[
        Path, typer.Argument(help="Folder with human translations, one sentence per line in <language>.txt.")
    ],
    pair: PairOption = "ko-en",
    seed: Annotated[int, typer.Option(help="Seed of the digits altered for repair.")] = 7,
    as_json: JsonOption = False,
) -> None:
    """Measure how facts are rendered in the target language, and how altered ones are repaired."""
    from pipeline.evaluation.rendering import evaluate_rendering

    with errors():
        result = evaluate_rendering(folder, pair, seed)
    print_result(result, as_json)


@eval_app.command("check")
def eval_check(
    folder: Annotated[
        Path, typer.Argument(help="Folder with human translations, one sentence per line in <language>.txt.")
    ],
    pair: PairOption = "ko-en",
    seed: Annotated[int, typer.Option(help="Seed of the random alterations.")] = 7,
    as_json: JsonOption = False,
) -> None:
    """Measure the fidelity check: what it flags in human translations, and what it finds of altered facts."""
    from pipeline.evaluation import evaluate_check

    with errors():
        result = evaluate_check(folder, pair, seed)
    print_result(result, as_json)


@eval_app.command("consistency")
def eval_consistency(
    folder: Annotated[Path, typer.Argument(help="Newsroom folder: articles/, meta.jsonl and gold.json.")],
    events: Annotated[
        Path | None, typer.Option(help="JSON {event: [article names]} to compare inside, instead of the gold events.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the altered translations.")] = 7,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure which conflicts between accounts are found, and which equivalent statements are taken for conflicts."""
    from pipeline.config import load_config
    from pipeline.engines.registry import load_registry
    from pipeline.engines.workshop import Workshop
    from pipeline.evaluation.consistency import evaluate_consistency, read_events
    from pipeline.evaluation.newsroom import read_newsroom

    with errors():
        settings = load_config(config)
        workshop = Workshop(settings, load_registry(), Path())
        newsroom = read_newsroom(folder, settings, workshop)
        chosen = read_events(events) if events is not None else None
        least = settings.score.min_probability
        result = evaluate_consistency(newsroom, workshop.encoder(), chosen, min_probability=least, seed=seed)
    print_result(result, as_json)


@eval_app.command("perturbation")
def eval_perturbation(
    folder: Annotated[Path, typer.Argument(help="Folder of line-aligned <language>.txt with docids.txt.")],
    pair: PairOption = "fr-en",
    seed: Annotated[int, typer.Option(help="Seed of the alterations.")] = 7,
    documents: Annotated[int | None, typer.Option(help="Use only the first N documents.", min=1)] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare parallel documents as two accounts: conflicts where nothing was altered, and altered facts found."""
    from pipeline.config import load_config
    from pipeline.engines.registry import load_registry
    from pipeline.engines.workshop import Workshop
    from pipeline.evaluation.perturbation import evaluate_perturbation

    with errors():
        settings = load_config(config)
        workshop = Workshop(settings, load_registry(), Path())
        result = evaluate_perturbation(
            folder,
            pair,
            workshop.encoder(),
            seed=seed,
            min_probability=settings.score.min_probability,
            documents=documents,
        )
    print_result(result, as_json)
