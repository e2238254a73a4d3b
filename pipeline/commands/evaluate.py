"""concord eval: measure the quality of one part on a folder of test data."""

from __future__ import annotations

from enum import Enum
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


@eval_app.command("events")
def eval_events(
    path: Annotated[
        Path,
        typer.Argument(help="JSON lines {id, topic, event, sentences}, or a folder: articles/, meta.jsonl, gold.json."),
    ],
    cross_validate: Annotated[
        bool, typer.Option("--cross-validate", help="Train on the other topics only, instead of the packaged model.")
    ] = False,
    ignore_published: Annotated[
        bool, typer.Option("--ignore-published", help="Take no publication date from the metadata.")
    ] = False,
    translate: Annotated[
        bool, typer.Option("--translate", help="Translate into the target language first, as a run does.")
    ] = False,
    train_with: Annotated[
        list[Path] | None, typer.Option(help="With --cross-validate: labelled data that trains every model.")
    ] = None,
    memory: Annotated[Path | None, typer.Option(help="Keep translations in this memory, and go on from there.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure which articles are taken to report one event: B-cubed, pairs and V-measure against the labels."""
    from pipeline.config import load_config
    from pipeline.engines.workshop import Workshop
    from pipeline.evaluation.events import evaluate_events

    with errors(), TemporaryDirectory() as scratch:
        result = evaluate_events(
            path,
            Workshop.of(load_config(config), None, Path(scratch)),
            validate=cross_validate,
            ignore_published=ignore_published,
            translate=translate,
            memory=memory,
            train_with=train_with or (),
        )
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


class Order(Enum):
    """Name the ways to align sentences."""

    parallel = "parallel"
    comparable = "comparable"


@eval_app.command("sentences")
def eval_sentences(
    folder: Annotated[
        Path, typer.Argument(help="Folder of NAME.<a>, NAME.<b> (a sentence a line) and gold NAME.<ab>.")
    ],
    order: Annotated[Order, typer.Option(help="parallel keeps the order; comparable matches without it.")] = (
        Order.parallel
    ),
    shuffle: Annotated[
        int | None, typer.Option(help="Seed to shuffle the second side with; the sentences of a bead stay together.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure sentence alignment: strict and lax precision, recall and F1, as Vecalign's scorer gives them."""
    from pipeline.config import load_config
    from pipeline.engines.registry import load_registry
    from pipeline.engines.workshop import Workshop
    from pipeline.evaluation.sentences import evaluate_sentences

    with errors():
        workshop = Workshop(load_config(config), load_registry(), Path())
        result = evaluate_sentences(folder, workshop.encoder(), order.value, shuffle)
    print_result(result, as_json)


@eval_app.command("documents")
def eval_documents(
    folder: Annotated[Path, typer.Argument(help="Folder of line-aligned <language>.txt, and docids.txt.")],
    languages: Annotated[str | None, typer.Option(help="Languages to measure, such as en,fr; all by default.")] = None,
    drop: Annotated[float, typer.Option(help="Share of the sentences of each document to remove at random.")] = 0.0,
    missing: Annotated[float, typer.Option(help="Share of the documents of one language to remove at random.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of what is removed.")] = 1,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure document alignment across languages, without translation."""
    from pipeline.config import load_config
    from pipeline.engines.registry import load_registry
    from pipeline.engines.workshop import Workshop
    from pipeline.evaluation.documents import evaluate_documents

    with errors():
        workshop = Workshop(load_config(config), load_registry(), Path())
        chosen = languages.split(",") if languages else None
        result = evaluate_documents(folder, workshop.encoder(), chosen, drop=drop, missing=missing, seed=seed)
    print_result(result, as_json)
