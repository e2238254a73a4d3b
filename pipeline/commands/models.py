"""concord models: list, fetch and verify the models."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.common import ConfigOption, JsonOption, errors
from pipeline.errors import ConcordError

if TYPE_CHECKING:
    from pipeline.engines.registry import Registry

__all__ = ["models_app"]

models_app = typer.Typer(no_args_is_help=True, help="List, fetch and verify the models.")


@models_app.command("list")
def models_list(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the known models: what they translate, their licence, published quality, and whether they are on disk."""
    with errors():
        registry = _registry(config)
        rows = [_model_row(registry, entry) for entry in registry.entries]
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['name']}  [{'on disk' if row['on_disk'] else 'not on disk'}]")
        print(f"    {row['kind']}, {row['pairs']}, {row['licence']}. {row['description']}")
        print(f"    quality: {row['quality']} ({row['evidence']})")


def _model_row(registry: Registry, entry: Any) -> dict[str, Any]:
    quality = "; ".join(f"{pair} " + " ".join(f"{k} {v}" for k, v in m.items()) for pair, m in entry.quality.items())
    return {
        "name": entry.name,
        "kind": entry.kind,
        "pairs": "any pair" if entry.pairs is None else ", ".join(entry.pairs),
        "licence": entry.licence,
        "description": entry.description,
        "quality": quality or "unknown",
        "evidence": entry.evidence or "no published figure",
        "on_disk": registry.on_disk(entry),
        "path": str(registry.path(entry)),
    }


@models_app.command("fetch")
def models_fetch(
    name: Annotated[str | None, typer.Argument(help="Model to fetch; without a name the embedded default.")] = None,
    config: ConfigOption = None,
    quiet: Annotated[bool, typer.Option("--quiet-if-present", help="Say nothing when it is there already.")] = False,
) -> None:
    """Bring a model onto the disk and compare every byte with the registry; repair it if it is damaged."""
    from pipeline.engines.fetch import fetch_model

    with errors():
        registry = _registry(config)
        entry = registry.get(name) if name else registry.default
        present = registry.on_disk(entry)
        path = fetch_model(registry, entry, _byte_report())
    if not (quiet and present):
        print(f"{entry.name} is on disk ({entry.licence}): {path}")


@models_app.command("verify")
def models_verify(
    name: Annotated[str | None, typer.Argument(help="Model to verify; without a name all that are on disk.")] = None,
    config: ConfigOption = None,
) -> None:
    """Compare models on disk with the registry, byte by byte."""
    failed = False
    with errors():
        registry = _registry(config)
        entries = [registry.get(name)] if name else [e for e in registry.entries if registry.path(e).exists()]
        for entry in entries:
            try:
                registry.verify(entry, _byte_report())
                print(f"{entry.name}: sound")
            except ConcordError as error:
                failed = True
                print(f"{entry.name}: {error}", file=sys.stderr)
    if not entries:
        print("No model is on disk. Run: concord models fetch")
    if failed:
        raise typer.Exit(1)


def _registry(config: Path | None) -> Registry:
    from pipeline.config import load_config
    from pipeline.engines.registry import load_registry

    return load_registry(load_config(config).models)


def _byte_report() -> Callable[[str, int, int], None]:
    """Show bytes done on one line that renews itself in a terminal, and every tenth in a log."""
    from pipeline.progress import ByteProgress

    return ByteProgress(sys.stderr)
