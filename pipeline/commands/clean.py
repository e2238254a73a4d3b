"""concord clean: remove what a run keeps for the next one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.common import errors

__all__ = ["clean_command"]


def clean_command(
    output: Annotated[Path, typer.Argument(help="A run's output folder.", show_default=False)],
) -> None:
    """Remove the artefacts that a run keeps so that the next one can skip stages.

    Reports, data, exports, decisions of reviewers and the translation memory stay. The next run makes the artefacts
    again, with the same results and from known translations.
    """
    from pipeline.errors import InputError, StoreError
    from pipeline.runner import locked

    with errors():
        if not (output / "stages").is_dir() and not (output / "manifest.json").is_file():
            raise InputError(f"{output} is not the output folder of a run.", "Name a folder that 'concord run' wrote.")
        with locked(output):
            stages = output / "stages"
            freed = sum(file.stat().st_size for file in stages.rglob("*") if file.is_file())
            try:
                shutil.rmtree(stages)
            except FileNotFoundError:
                pass  # removed before
            except OSError as error:
                raise StoreError(
                    f"{stages} cannot be removed: {error.strerror or error}.", "Give yourself the right to change it."
                ) from error
    print(f"Removed {freed / 1e6:,.1f} MB from {output}.")
