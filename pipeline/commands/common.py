"""What all commands share: options, errors as messages with exit codes, results as text or JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from pipeline.defects import is_panic
from pipeline.errors import ConcordError, ConfigError

if TYPE_CHECKING:
    from pipeline.config import Config

__all__ = [
    "RUN_FOLDER",
    "ConfigOption",
    "InputOption",
    "JsonOption",
    "OutputOption",
    "PairOption",
    "errors",
    "print_result",
    "split_pair",
    "with_engine",
    "without_care",
]

RUN_FOLDER = Path("outputs/seeds")
"""Where a run lies unless ``--output`` names another folder."""

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="YAML configuration; without it the defaults apply.")
]
InputOption = Annotated[
    str, typer.Option("--input", "-i", help="File or folder of articles, or hf://owner/name[:split].")
]
OutputOption = Annotated[Path, typer.Option("--output", "-o", help="Folder of this run; made if it does not exist.")]
PairOption = Annotated[str, typer.Option("--pair", "-p", help="Source and target language, such as ko-en.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def print_result(result: dict[str, Any], as_json: bool) -> None:
    """Print a result as JSON, or a line per name."""
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
        return
    for name, value in result.items():
        print(f"{name}: {json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value}")


def split_pair(pair: str) -> tuple[str, str]:
    """Return source and target of a pair such as ``ko-en``.

    Raises:
        ConfigError: it is not one.
    """
    source, _, target = pair.partition("-")
    if not (source.isalpha() and target.isalpha()) or source == target:
        raise ConfigError(f"{pair!r} is not a language pair.", "Write source and target, such as ko-en.")
    return source.lower(), target.lower()


def with_engine(config: Config, engine: str) -> Config:
    """Return the configuration with another engine for every pair.

    Raises:
        ConfigError: there is no such engine.
    """
    from pipeline.config import TranslateConfig

    known = get_args(TranslateConfig.model_fields["engine"].annotation)
    if engine not in known:
        raise ConfigError(f"There is no engine {engine!r}.", f"Engines: {', '.join(known)}.")
    settings = config.translate.model_copy(update={"engine": engine, "pairs": {}})
    return config.model_copy(update={"translate": settings})


def without_care(config: Config) -> Config:
    """Return the configuration that takes an engine's first answer: nothing pinned, tried again or mended."""
    plain = {"hypotheses": 1, "retries": 0, "repair": False, "pin_facts": False}
    return config.model_copy(update={"translate": config.translate.model_copy(update=plain)})


@contextmanager
def errors() -> Iterator[None]:
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
    except MemoryError as error:
        print("concord: memory ran out. What was finished is kept.", file=sys.stderr)
        print("  Free memory, or give the machine more, and run the same command again.", file=sys.stderr)
        raise typer.Exit(1) from error
    except (typer.Exit, typer.Abort):
        raise
    except BaseException as error:
        if os.environ.get("CONCORD_DEBUG") or not (isinstance(error, Exception) or is_panic(error)):
            raise
        print(f"concord: unexpected {type(error).__name__}: {error}", file=sys.stderr)
        print(
            "  This is a defect: please report it with the output of the same command under CONCORD_DEBUG=1.",
            file=sys.stderr,
        )
        raise typer.Exit(70) from error
