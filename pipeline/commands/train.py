"""concord train: fit the small models that ship as coefficients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.common import ConfigOption, JsonOption, errors, print_result

__all__ = ["train_app"]

train_app = typer.Typer(no_args_is_help=True, help="Fit the small models that ship with Concord as coefficients.")


@train_app.command("quality")
def train_quality_command(
    folder: Annotated[
        Path, typer.Argument(help="Folder of line-aligned <language>.txt and systems/<pair>.<system>.txt.")
    ],
    out: Annotated[Path | None, typer.Option(help="Where to write the coefficients (JSON).")] = None,
    scores: Annotated[
        Path | None, typer.Option(help="JSON lines {pair, system, line, score, reverse}: what an engine says.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit the quality estimate on system outputs with references; texts of the folder do not enter the result."""
    from pipeline.config import load_config
    from pipeline.engines.registry import load_registry
    from pipeline.engines.workshop import Workshop
    from pipeline.evaluation.qe import train_quality
    from pipeline.evaluation.samples import read_scores

    with errors():
        workshop = Workshop(load_config(config), load_registry(), Path())
        model, report = train_quality(folder, workshop.encoder(), read_scores(scores))
        if out is not None:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(json.dumps(model.to_json(), indent=2) + "\n", encoding="utf-8")
    print_result({"held_out": report, "signature": model.signature}, as_json)


@train_app.command("events")
def train_events_command(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="JSON lines {id, topic, event, sentences}; folders with docids.txt; newsroom folders with gold.json."
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Where to write the coefficients (JSON).")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit the event model on labelled articles; texts do not enter the result, and the same data give the same file."""
    from pipeline.alignment.model import model_to_json
    from pipeline.config import load_config
    from pipeline.engines.registry import load_registry
    from pipeline.engines.workshop import Workshop
    from pipeline.evaluation.events import train_event_model

    with errors():
        workshop = Workshop(load_config(config), load_registry(), Path())
        model = train_event_model(paths, workshop)
        if out is not None:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(json.dumps(dict(model_to_json(model)), indent=1) + "\n", encoding="utf-8")
    print_result({"signature": model.signature}, as_json)


@train_app.command("slots")
def train_slots_command(
    newsroom: Annotated[Path, typer.Argument(help="Newsroom folder: articles/, meta.jsonl and gold.json.")],
    parallel: Annotated[Path, typer.Argument(help="Folder of line-aligned fr.txt, ko.txt, en.txt with docids.txt.")],
    out: Annotated[Path | None, typer.Option(help="Where to write the coefficients (JSON).")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit what tells whether two facts of two accounts are about one thing; no text enters the result."""
    from pipeline.config import load_config
    from pipeline.engines.registry import load_registry
    from pipeline.engines.workshop import Workshop
    from pipeline.evaluation.consistency import newsroom_stories
    from pipeline.evaluation.newsroom import read_newsroom
    from pipeline.evaluation.slot_training import train_slots

    with errors():
        settings = load_config(config)
        workshop = Workshop(settings, load_registry(), Path())
        room = read_newsroom(newsroom, settings, workshop)
        encoder = workshop.encoder()
        result = train_slots(room, newsroom_stories(room, encoder), parallel, encoder)
        held_out = result.pop("held_out")
        if out is not None:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print_result({"held_out": held_out, "signature": result["signature"]}, as_json)
